"""Telling, escalating and handing over cost the same number of queries for 1 review and for 20."""
from odoo.tests import tagged

from ..review.common import MONDAY, PeopleCommon


@tagged('post_install', '-at_install')
class TestPeopleQueries(PeopleCommon):

    def test_messages_and_deadlines(self):
        self.stage_finance.write({'sla_hours': 8, 'escalation_user_id': self.user_quality.id})

        def counts_of(number):
            with self._at(MONDAY):
                reviews = self._new_finance_reviews(number)
                holders = self._count_queries(reviews._get_turn_holders)
            with self._at('2026-03-09 10:00:00'):
                telling = self._count_queries(reviews.sudo()._notify_reviewers, reviews.sudo().order_id)
            with self._at('2026-03-09 16:30:00'):
                remind = self._count_queries(reviews.sudo()._remind)
            with self._at('2026-03-10 10:00:00'):
                escalate = self._count_queries(reviews.sudo()._escalate)
            self.assertEqual(set(reviews.mapped('escalation_level')), {1})
            self.assertTrue(all(reviews.mapped('notified_at')))
            reviews.with_user(self.user_finance).action_approve()
            return {'holders': holders, 'tell': telling, 'remind': remind, 'escalate': escalate}

        self.assertSameCounts(counts_of, more=3)

    def test_hand_over_and_decide(self):
        self._delegate()

        def counts_of(number):
            reviews = self._new_finance_reviews(number)
            delegate = reviews.with_user(self.user_employee)
            return {
                'assign': self._count_queries(
                    reviews.with_user(self.user_manager).action_assign, self.user_finance2.id),
                'unassign': self._count_queries(reviews.with_user(self.user_manager).action_unassign),
                'claim': self._count_queries(reviews.with_user(self.user_finance).action_assign_to_me),
                'forward': self._count_queries(
                    reviews.with_user(self.user_finance).action_forward, self.user_finance2.id, "For you"),
                'back': self._count_queries(
                    reviews.with_user(self.user_finance2).action_forward, self.user_finance.id, "For you"),
                'read': self._count_queries(delegate.read, [
                    'can_decide', 'can_claim', 'can_assign', 'acting_for_id', 'is_delegated_to_me', 'line_summary',
                    'reads_order', 'order_line']),
                'approve': self._count_queries(delegate.action_approve),
            }

        self.assertSameCounts(counts_of, more=3)
