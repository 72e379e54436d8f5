"""Reminder before the deadline and escalation after it, each once."""
from unittest.mock import patch

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged

from ..review.common import MONDAY, PeopleCommon

CRON = 'ir_cron_follow_review_deadlines'


@tagged('post_install', '-at_install')
class TestDeadlines(PeopleCommon):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.stage_finance.sla_hours = 8
        cls.stage_finance.escalation_user_id = cls.user_quality
        cls.policy.responsibility_ids = [Command.create({
            'role_id': cls._role('finance').id, 'user_id': cls.user_production.id})]

    def _run_at(self, moment):
        with self._at(moment):
            self._run_cron(CRON)

    def test_when(self):
        with self._at(MONDAY):
            review = self._new_finance_reviews()
        # Eight hours from nine: the lunch hour lies between; six of them are three quarters.
        self.assertRecordValues(review, [{
            'deadline': self._moment('2026-03-10 09:00:00'), 'reminder_at': self._moment('2026-03-09 16:00:00'),
            'escalation_at': self._moment('2026-03-10 09:00:00')}])
        self._run_at('2026-03-09 15:59:00')
        self.assertFalse(review.reminded_at)
        self._run_at('2026-03-09 16:00:00')
        self.assertTrue(review.reminded_at)
        for user in (self.user_finance, self.user_finance2):
            self.assertEqual(self._get_subjects(user), [f"Due soon: {review.display_name}"])
        self._run_at('2026-03-09 17:00:00')
        self.assertEqual(len(self._get_messages(self.user_finance)), 1, "once")

    def test_escalation_in_two_steps(self):
        with self._at(MONDAY):
            review = self._new_finance_reviews()
        self._run_at('2026-03-10 09:01:00')
        self.assertEqual(self._get_subjects(self.user_quality), [f"Overdue: {review.display_name}"])
        self.assertFalse(self._get_messages(self.user_production))
        self.assertFalse(self._get_messages(self.user_finance), "too late to remind")
        self.assertRecordValues(review, [{
            'escalation_level': 1, 'escalation_at': self._moment('2026-03-11 09:00:00')}])
        self._run_at('2026-03-11 08:59:00')
        self.assertFalse(self._get_messages(self.user_production))
        self._run_at('2026-03-11 09:00:00')
        self.assertEqual(self._get_subjects(self.user_production), [f"Overdue: {review.display_name}"])
        self.assertEqual(len(self._get_messages(self.user_quality)), 1)
        for moment in ('2026-03-12 09:00:00', '2026-04-12 09:00:00'):
            self._run_at(moment)
        self.assertEqual(len(self._get_messages(self.user_production)), 1)
        self.assertFalse(review.escalation_at)

    def test_only_the_person_in_charge(self):
        self.stage_finance.escalation_user_id = False
        with self._at(MONDAY):
            review = self._new_finance_reviews()
        self._run_at('2026-03-10 09:01:00')
        self.assertEqual(self._get_subjects(self.user_production), [f"Overdue: {review.display_name}"])
        self._run_at('2026-03-12 09:01:00')
        self.assertEqual(len(self._get_messages(self.user_production)), 1)

    def test_archived_person_is_passed_over(self):
        self.user_quality.active = False
        with self._at(MONDAY):
            self._new_finance_reviews()
        self._run_at('2026-03-10 09:01:00')
        self.assertEqual(len(self._get_messages(self.user_production)), 1)

    def test_nobody_is_named(self):
        self.stage_finance.escalation_user_id = False
        self.policy.responsibility_ids = [Command.clear()]
        with self._at(MONDAY):
            review = self._new_finance_reviews()
        self._run_at('2026-03-10 09:01:00')
        self.assertRecordValues(review, [{'escalated_at': False, 'escalation_at': False}])

    def test_decided_in_time(self):
        with self._at(MONDAY):
            review = self._new_finance_reviews()
            review.with_user(self.user_finance).action_approve()
        for moment in ('2026-03-09 16:30:00', '2026-03-10 10:00:00'):
            self._run_at(moment)
        self.assertFalse(self._get_messages(self.user_quality) | self._get_messages(self.user_finance))

    def test_paused_clock(self):
        with self._at(MONDAY):
            review = self._new_finance_reviews()
        with self._at('2026-03-09 10:00:00'):
            review.sudo()._pause_clock()
        for moment in ('2026-03-09 16:30:00', '2026-03-12 10:00:00'):
            self._run_at(moment)
        self.assertRecordValues(review, [{'reminded_at': False, 'escalated_at': False}])
        with self._at('2026-03-12 10:00:00'):
            review.sudo()._resume_clock()
        self.assertRecordValues(review, [{
            'reminder_at': self._moment('2026-03-12 16:00:00').replace(hour=16),
            'deadline': review.escalation_at}])
        self.assertGreater(review.deadline, self._moment('2026-03-12 12:00:00'))
        self._run_at('2026-03-20 10:00:00')
        self.assertEqual(len(self._get_messages(self.user_quality)), 1)

    def test_settings(self):
        self.policy.sudo().write({'reminder_percent': 50, 'escalation_hours': 4})
        with self._at(MONDAY):
            review = self._new_finance_reviews()
        self.assertEqual(review.reminder_at, self._moment('2026-03-09 14:00:00'))
        self._run_at('2026-03-10 09:01:00')
        self.assertEqual(review.escalation_at, self._moment('2026-03-10 14:00:00'))
        self.policy.sudo().reminder_percent = 0
        with self._at(MONDAY):
            self.assertFalse(self._new_finance_reviews().reminder_at)

    def test_gathered(self):
        """What is due at once is one message a person."""
        with self._at(MONDAY):
            self._new_finance_reviews(3)
        self._run_at('2026-03-10 09:01:00')
        self.assertEqual(self._get_subjects(self.user_quality), ["3 reviews are overdue"])

    def test_assignee_is_reminded(self):
        with self._at(MONDAY):
            review = self._new_finance_reviews()
            review.with_user(self.user_finance).action_assign_to_me()
        self._run_at('2026-03-09 16:30:00')
        self.assertEqual(len(self._get_messages(self.user_finance)), 1)
        self.assertFalse(self._get_messages(self.user_finance2))

    def test_new_round_starts_anew(self):
        with self._at(MONDAY):
            review = self._new_finance_reviews()
        self._run_at('2026-03-10 09:01:00')
        with self._at('2026-03-10 10:00:00'):
            review.with_user(self.user_finance).action_return("No")
            review.order_id.with_user(self.user_sales).action_submit_review()
            again = self._get_pending_reviews(review.order_id)
        self.assertRecordValues(again, [{'escalation_level': 0, 'escalated_at': False, 'reminded_at': False}])

    def test_busy_rows_are_left(self):
        """What another node is at work on is told by that node."""
        with self._at(MONDAY):
            reviews = self._new_finance_reviews(2)
        Review = type(self.env['order.review'])
        with patch.object(Review, 'try_lock_for_update', lambda rows, **kwargs: rows - reviews[0]):
            self._run_at('2026-03-10 09:01:00')
        self.assertEqual(reviews.mapped('escalation_level'), [0, 1])

    def test_batches(self):
        with self._at(MONDAY):
            reviews = self._new_finance_reviews(3)
        with patch('odoo.addons.sale_order_lifecycle.models.mixins.order_deadline_mixin._BATCH', 2):
            self._run_at('2026-03-10 09:01:00')
        self.assertEqual(set(reviews.mapped('escalation_level')), {1})
        self.assertEqual(self._get_subjects(self.user_quality)[0], "2 reviews are overdue")

    def test_living_settings(self):
        """How people are reminded changes under a policy in force; who is told of new orders is a rule."""
        policy = self.policy.with_user(self.user_manager)
        policy.write({'reminder_percent': 60, 'escalation_hours': 2})
        self.stage_finance.with_user(self.user_manager).escalation_user_id = self.user_legal
        with self.assertRaises(UserError):
            policy.notified_role_ids = [Command.link(self._role('logistics').id)]
        template = self.env.ref('sale_order_lifecycle.policy_template_standard')
        with self.assertRaises(UserError):
            template.with_user(self.user_manager).reminder_percent = 10

    def test_copy_for_another_company(self):
        company = self._new_company()
        self.user_manager.company_ids |= company
        copy = self.policy.copy({'company_id': company.id})
        self.assertFalse(copy.stage_ids.escalation_user_id)
        self.assertEqual(self.policy.copy().stage_ids.escalation_user_id, self.user_quality)
