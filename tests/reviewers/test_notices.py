"""Responsible users are notified once, gathered, in the way that they have chosen; nobody else is."""
from unittest.mock import patch

from odoo import Command
from odoo.tests import tagged

from ..review.common import MONDAY, PeopleCommon

CRON = 'ir_cron_notify_reviewers'


@tagged('post_install', '-at_install')
class TestNotices(PeopleCommon):

    def _run_at(self, moment, cron=CRON):
        with self._at(moment):
            self._run_cron(cron)

    def test_gathered_into_one(self):
        with self._at('2026-03-09 09:00:00'):
            first = self._new_finance_reviews()
        with self._at('2026-03-09 09:04:00'):
            self._new_finance_reviews(2)
        self._run_at('2026-03-09 09:04:30')
        self.assertFalse(self._get_messages(self.user_finance), "it is still being gathered")
        self._run_at('2026-03-09 09:05:00')
        for user in (self.user_finance, self.user_finance2):
            self.assertEqual(self._get_subjects(user), ["3 reviews are waiting for you"])
        body = self._get_messages(self.user_finance).body
        self.assertIn(f'/odoo/order-reviews/{first.id}', body)
        self.assertIn(self.partner.name, body)
        self._run_at('2026-03-09 09:30:00')
        self.assertEqual(len(self._get_messages(self.user_finance)), 1)
        self.assertTrue(first.notified_at)

    def test_trigger(self):
        triggers = self.env['ir.cron.trigger'].search([
            ('cron_id', '=', self.env.ref(f'sale_order_lifecycle.{CRON}').id)])
        triggers.unlink()
        with self._at(MONDAY):
            self._new_finance_reviews()
            times = set(self.env['ir.cron.trigger'].search([
                ('cron_id', '=', self.env.ref(f'sale_order_lifecycle.{CRON}').id)]).mapped('call_at'))
            self.assertEqual(times, {self._moment('2026-03-09 09:05:00')})

    def test_at_once_when_the_deadline_is_close(self):
        self.stage_finance.sla_hours = 0.5
        with self._at(MONDAY):
            review = self._new_finance_reviews()
            self.assertIn(self._moment(MONDAY), self.env['ir.cron.trigger'].search([
                ('cron_id', '=', self.env.ref(f'sale_order_lifecycle.{CRON}').id)]).mapped('call_at'))
        self._run_at('2026-03-09 09:00:05')
        self.assertEqual(self._get_subjects(self.user_finance), [f"To review: {review.display_name}"])

    def test_only_whose_turn_it_is(self):
        with self._at(MONDAY):
            self._new_finance_reviews()
        self._run_at('2026-03-09 09:10:00')
        for user in self.users_by_login.values():
            self.assertEqual(bool(self._get_messages(user)), user == self.user_finance, user.login)

    def test_waiting_reviews_are_no_turn(self):
        with self._at(MONDAY):
            self._submit(self._new_order())
        self._run_at('2026-03-09 09:10:00')
        self.assertFalse(self._get_messages(self.user_finance))

    def test_sales_pool(self):
        """Of a sales review hear the salesperson and those who see all orders, no colleague."""
        colleague = self._new_user('sales2', 'sales_team.group_sale_salesman', notification_type='inbox')
        with self._at(MONDAY):
            self._submit(self._new_order(), user=self.user_sales_manager)
        self._run_at('2026-03-09 09:10:00')
        self.assertTrue(self._get_messages(self.user_sales))
        self.assertTrue(self._get_messages(self.user_sales_manager))
        self.assertFalse(self._get_messages(colleague))

    def test_assigned_only_the_assignee(self):
        with self._at(MONDAY):
            review = self._new_finance_reviews()
            review.with_user(self.user_manager).action_assign(self.user_finance2.id)
        self._run_at('2026-03-09 09:10:00')
        self.assertFalse(self._get_messages(self.user_finance))
        self.assertEqual(len(self._get_messages(self.user_finance2)), 1)
        with self._at('2026-03-09 10:00:00'):
            review.with_user(self.user_manager).action_assign(self.user_finance.id)
        self._run_at('2026-03-09 10:10:00')
        self.assertEqual(len(self._get_messages(self.user_finance)), 1, "notified when the review is pending")

    def test_claimed_is_told_to_nobody(self):
        with self._at(MONDAY):
            self._new_finance_reviews().with_user(self.user_finance).action_assign_to_me()
        self._run_at('2026-03-09 09:10:00')
        self.assertFalse(self._get_messages(self.user_finance) | self._get_messages(self.user_finance2))

    def test_excluded_by_four_eyes(self):
        self.stage_finance.four_eyes = True
        self.user_finance.group_ids = [Command.link(self.env.ref('sales_team.group_sale_salesman').id)]
        with self._at(MONDAY):
            self._new_finance_reviews(user=self.user_sales_manager, user_id=self.user_finance.id)
        self._run_at('2026-03-09 09:10:00')
        self.assertFalse([subject for subject in self._get_subjects(self.user_finance) if "turn" in subject])
        self.assertTrue(self._get_messages(self.user_finance2))

    def test_decided_meanwhile(self):
        with self._at(MONDAY):
            reviews = self._new_finance_reviews(2)
        with self._at('2026-03-09 09:02:00'):
            reviews[0].with_user(self.user_finance2).action_approve()
        self._run_at('2026-03-09 09:10:00')
        self.assertEqual(self._get_subjects(self.user_finance), [f"To review: {reviews[1].display_name}"])

    def test_decided_after_it_was_found(self):
        """Whoever decides while the scheduled action goes through its reviews hears nothing of them."""
        with self._at(MONDAY):
            reviews = self._new_finance_reviews(2)

        def work_off(_cron, _job, groups, work, **_kwargs):
            reviews[0].with_user(self.user_finance2).action_approve()
            return work(*groups)

        with self._at('2026-03-09 09:10:00'), patch.object(self.env.registry['ir.cron'], '_work_off', work_off):
            self.env['order.review']._cron_notify_reviewers()
        self.assertEqual(self._get_subjects(self.user_finance), [f"To review: {reviews[1].display_name}"])
        self.assertEqual([bool(review.notified_at) for review in reviews], [False, True])

    def test_delegate_instead_of_who_is_away(self):
        with self._at(MONDAY):
            self._delegate()
            review = self._new_finance_reviews()
        self._run_at('2026-03-09 09:10:00')
        self.assertFalse(self._get_messages(self.user_finance))
        self.assertEqual(self._get_subjects(self.user_employee)[-1], f"To review: {review.display_name}")

    def test_waiting_for_an_answer(self):
        """While sales is asked it is nobody's turn; with the answer it is again."""
        with self._at(MONDAY):
            review = self._new_finance_reviews()
            review.sudo()._pause_clock()
        self._run_at('2026-03-09 09:10:00')
        self.assertFalse(self._get_messages(self.user_finance))
        with self._at('2026-03-09 11:00:00'):
            review.sudo()._resume_clock()
        self._run_at('2026-03-09 11:10:00')
        self.assertEqual(len(self._get_messages(self.user_finance)), 1)

    def test_way_and_language(self):
        """By e-mail where the user prefers it, in the language of the user."""
        self.env['res.lang']._activate_lang('fr_FR')
        self.user_finance.write({'notification_type': 'email', 'lang': 'fr_FR'})
        with self._at(MONDAY):
            self._new_finance_reviews()
        self._run_at('2026-03-09 09:10:00')
        notification = self.env['mail.notification'].search([('res_partner_id', '=', self.user_finance.partner_id.id)])
        self.assertEqual(notification.notification_type, 'email')
        self.assertNotEqual(
            notification.mail_message_id, self._get_messages(self.user_finance2), "one message a language")

    def test_same_for_several(self):
        """People who are told the same share one message."""
        with self._at(MONDAY):
            self._new_finance_reviews()
        self._run_at('2026-03-09 09:10:00')
        self.assertEqual(self._get_messages(self.user_finance), self._get_messages(self.user_finance2))

    def test_no_policy_no_message(self):
        company = self._new_company("Plain")
        self.user_sales.company_ids |= company
        with self._at(MONDAY):
            order = self._new_order(company_id=company.id, lines=[(self.product_service, 1)])
            order.with_user(self.user_sales).action_confirm()
        before = self.env['mail.notification'].search_count([])
        for cron in (CRON, 'ir_cron_follow_review_deadlines', 'ir_cron_send_order_digest'):
            self._run_at('2026-03-09 09:10:00', cron)
        self.assertEqual(self.env['mail.notification'].search_count([]), before)

    def test_person_without_address_decides_all_the_same(self):
        self.user_finance.email = False
        review = self._new_finance_reviews()
        review.with_user(self.user_finance).action_approve()
        self.assertEqual(self._get_subjects(self.user_sales), [f"Approved: {review.order_id.name}"])


@tagged('post_install', '-at_install')
class TestSalesIsTold(PeopleCommon):

    def test_approval(self):
        reviews = self._new_finance_reviews(3)
        reviews.with_user(self.user_finance).action_approve()
        self.assertEqual(self._get_subjects(self.user_sales), ["3 orders are approved"])

    def test_not_of_partial_approval(self):
        self.policy.stage_ids = [Command.create({
            'name': "Legal", 'role_id': self._role('legal').id, 'sequence': 30})]
        review = self._new_finance_reviews()
        review.with_user(self.user_finance).action_approve()
        self.assertFalse(self._get_messages(self.user_sales))
        self._get_pending_reviews(review.order_id).with_user(self.user_legal).sudo(False).action_approve()
        self.assertEqual(len(self._get_messages(self.user_sales)), 1)

    def test_not_of_own_doing(self):
        self.stage_finance.active = False
        self._new_order().with_user(self.user_sales).action_submit_and_review()
        self.assertFalse(self._get_messages(self.user_sales))

    def test_one_notice_of_a_return(self):
        review = self._new_finance_reviews()
        review.with_user(self.user_finance).action_return("The price is wrong.")
        activity = review.order_id.activity_ids
        self.assertEqual(activity.user_id, self.user_sales)
        self.assertFalse(self._get_messages(self.user_sales).filtered(lambda m: 'pproved' in (m.subject or '')))
        self.assertLessEqual(len(self._get_messages(self.user_sales)), 1)

    def test_at_once_of_a_return_and_a_rejection(self):
        """The salesperson hears of it in the same moment, once and with the reason; no job has to run."""
        for action in ('action_return', 'action_reject'):
            with self.subTest(action=action):
                review = self._new_finance_reviews()
                before = self._get_messages(self.user_sales)
                getattr(review.with_user(self.user_finance), action)("The price is wrong.")
                told = self._get_messages(self.user_sales) - before
                self.assertEqual(len(told), 1)
                self.assertEqual(told.res_id, review.order_id.id)
                self.assertIn("The price is wrong.", review.order_id.activity_ids.note)


@tagged('post_install', '-at_install')
class TestDepartmentsAreTold(PeopleCommon):
    """Article I5: the departments concerned hear of a new order when it is registered and passed on."""

    @classmethod
    def _set_up_policy(cls):
        super()._set_up_policy()
        policy = cls._new_policy(notified_role_ids=[Command.set(
            (cls._role('logistics') | cls._role('production')).ids)])
        cls._adopt(policy)
        cls.policy = policy
        cls.stage_sales, cls.stage_finance = policy.stage_ids.sorted('sequence')[:2]

    def test_told_with_the_first_submission(self):
        with self._at(MONDAY):
            order = self._register(self._new_order())
            self.assertFalse(order.departments_to_notify, "not yet passed on")
            self._submit(order)
        with self._at('2026-03-09 09:01:00'):
            self._run_cron(CRON)
        self.assertFalse(self._get_messages(self.user_logistics))
        with self._at('2026-03-09 09:06:00'):
            self._run_cron(CRON)
        for user in (self.user_logistics, self.user_production):
            self.assertEqual(self._get_subjects(user), [f"New order: {order.name}"])
        self.assertFalse(self._get_messages(self.user_quality))
        self.assertRecordValues(order, [{'departments_to_notify': False}])
        with self._at('2026-03-09 10:00:00'):
            self._get_pending_reviews(order).with_user(self.user_sales).sudo(False).action_return("No")
            self._submit(order)
        with self._at('2026-03-09 11:00:00'):
            self._run_cron(CRON)
        self.assertEqual(len(self._get_messages(self.user_logistics)), 1, "a resubmission is no new order")

    def test_gathered_with_the_turn(self):
        self.stage_finance.role_id = self._role('logistics')
        with self._at(MONDAY):
            self._new_finance_reviews(2)
            self._run_cron(CRON)
        with self._at('2026-03-09 09:06:00'):
            self._run_cron(CRON)
        self.assertEqual(self._get_subjects(self.user_logistics), ["2 reviews are waiting for you · 2 new orders"])

    def test_cancelled_meanwhile(self):
        with self._at(MONDAY):
            order = self._submit(self._new_order())
            order.with_user(self.user_sales).action_cancel()
        with self._at('2026-03-09 09:06:00'):
            self._run_cron(CRON)
        self.assertFalse(self._get_messages(self.user_logistics))

    def test_cancelled_after_it_was_found(self):
        with self._at(MONDAY):
            orders = self._submit(self._new_order(2))

        def work_off(_cron, _job, groups, work, **_kwargs):
            orders[0].with_user(self.user_sales).action_cancel()
            return work(*groups)

        with self._at('2026-03-09 09:06:00'), patch.object(self.env.registry['ir.cron'], '_work_off', work_off):
            self.env['order.review']._cron_notify_reviewers()
        self.assertEqual(self._get_subjects(self.user_logistics), [f"New order: {orders[1].name}"])

    def test_other_company(self):
        company = self._new_company()
        self.user_logistics.write({'company_ids': [Command.set(company.ids)], 'company_id': company.id})
        with self._at(MONDAY):
            self._submit(self._new_order())
        with self._at('2026-03-09 09:06:00'):
            self._run_cron(CRON)
        self.assertFalse(self._get_messages(self.user_logistics))
        self.assertTrue(self._get_messages(self.user_production))

    def test_printed(self):
        html = self.env['ir.actions.report']._render_qweb_html(
            'sale_order_lifecycle.action_report_policy', self.policy.ids)[0].decode()
        self.assertIn("these departments are notified immediately: Production and Logistics", html)


@tagged('post_install', '-at_install')
class TestDigest(PeopleCommon):
    """Users with the daily summary get it once a day, in the morning of their time zone."""

    def setUp(self):
        super().setUp()
        self.user_finance.with_user(self.user_finance).order_notice_mode = 'digest'

    def _digest_at(self, moment):
        with self._at(moment):
            self._run_cron('ir_cron_send_order_digest')

    def test_own_choice(self):
        with self._at(MONDAY):
            self._new_finance_reviews(2)
        with self._at('2026-03-09 09:10:00'):
            self._run_cron(CRON)
        self.assertFalse(self._get_messages(self.user_finance))
        self.assertTrue(self._get_messages(self.user_finance2))
        for moment in ('2026-03-10 07:59:00', '2026-03-09 13:00:00'):
            self._digest_at(moment)
        self.assertFalse(self._get_messages(self.user_finance))
        self._digest_at('2026-03-10 08:00:00')
        self.assertEqual(self._get_subjects(self.user_finance), ["2 reviews are waiting for you"])
        self._digest_at('2026-03-10 09:00:00')
        self.assertEqual(len(self._get_messages(self.user_finance)), 1)
        self._digest_at('2026-03-11 08:30:00')
        self.assertEqual(len(self._get_messages(self.user_finance)), 2, "what still waits is named again")
        self.assertEqual(len(self._get_messages(self.user_finance2)), 1)

    def test_time_zone(self):
        self.user_finance.tz = 'Asia/Shanghai'
        with self._at(MONDAY):
            self._new_finance_reviews()
        self._digest_at('2026-03-10 08:00:00')
        self.assertFalse(self._get_messages(self.user_finance))
        self._digest_at('2026-03-11 00:00:00')
        self.assertEqual(len(self._get_messages(self.user_finance)), 1)

    def test_nothing_is_no_message(self):
        self._digest_at('2026-03-10 08:00:00')
        self.assertFalse(self._get_messages(self.user_finance))

    def test_decided_by_then(self):
        with self._at(MONDAY):
            self._new_finance_reviews().with_user(self.user_finance2).action_approve()
        self._digest_at('2026-03-10 08:00:00')
        self.assertFalse(self._get_messages(self.user_finance))

    def test_escalations_come_at_once(self):
        self.stage_finance.write({'sla_hours': 1, 'escalation_user_id': self.user_finance.id})
        with self._at(MONDAY):
            review = self._new_finance_reviews()
        with self._at('2026-03-09 13:00:00'):
            self._run_cron('ir_cron_follow_review_deadlines')
        self.assertEqual(self._get_subjects(self.user_finance), [f"Overdue: {review.display_name}"])

    def test_new_orders(self):
        policy = self._new_policy(notified_role_ids=[Command.set(self._role('finance').ids)])
        self._adopt(policy)
        with self._at(MONDAY):
            order = self._submit(self._new_order())
        with self._at('2026-03-09 09:10:00'):
            self._run_cron(CRON)
        self._digest_at('2026-03-10 08:00:00')
        self.assertEqual(self._get_subjects(self.user_finance), [f"New order: {order.name}"])
        self._digest_at('2026-03-11 08:00:00')
        self.assertEqual(len(self._get_messages(self.user_finance)), 1)


@tagged('post_install', '-at_install')
class TestSystray(PeopleCommon):
    """The activity menu counts what a user may decide, in all companies of the user, without an activity."""

    def _get_group(self, user, **context):
        groups = self.env['res.users'].with_user(user).with_context(**context)._get_activity_groups()
        return next((group for group in groups if group['model'] == 'order.review'), None)

    def test_counts(self):
        self.assertIsNone(self._get_group(self.user_finance))
        with self._at(MONDAY):
            self.stage_finance.sla_hours = 4
            reviews = self._new_finance_reviews(2)
            self.stage_finance.sla_hours = 80
            self._new_finance_reviews(3)
            group = self._get_group(self.user_finance)
            self.assertEqual(
                [group[name] for name in ('total_count', 'today_count', 'overdue_count', 'planned_count')],
                [5, 2, 0, 3])
            self.assertFalse(self._get_group(self.user_legal))
            self.assertFalse(self._get_group(self.user_employee))
        with self._at('2026-03-10 09:00:00'):
            self.assertEqual(self._get_group(self.user_finance)['overdue_count'], 2)
            reviews.with_user(self.user_finance2).action_assign_to_me()
            self.assertEqual(self._get_group(self.user_finance)['total_count'], 3)
            self.assertEqual(self._get_group(self.user_finance2)['total_count'], 5)
        self.assertFalse(self.env['mail.activity'].search([('res_model', '=', 'order.review')]))

    def test_delegate(self):
        with self._at(MONDAY):
            self._new_finance_reviews()
            self._delegate()
            self.assertEqual(self._get_group(self.user_employee)['total_count'], 1)

    def test_all_companies(self):
        company = self._new_company(policy=True)
        for user in (self.user_sales, self.user_finance):
            user.company_ids |= company
        self._new_finance_reviews()
        self._new_finance_reviews(company_id=company.id, lines=[(self.product_service, 1)])
        group = self._get_group(self.user_finance, allowed_company_ids=self.company.ids)
        self.assertEqual(group['total_count'], 2)
        self.assertEqual(set(group['company_ids']), {self.company.id, company.id})

    def test_portal_user(self):
        portal = self._new_user('portal', 'base.group_portal')
        self.assertIsNone(self.env['order.review'].with_user(portal)._get_systray_group())

    def test_one_query(self):
        Review = self.env['order.review'].with_user(self.user_finance)
        self.assertSameQueries(
            self._new_finance_reviews, lambda _reviews: Review._get_systray_group(), more=1)
