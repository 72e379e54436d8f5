"""Two people decide at the same time, each in a transaction of his own (articles R5, R6)."""
from odoo.exceptions import UserError
from odoo.tests import tagged

from ..concurrency import ConcurrencyCommon, Meeting


@tagged('post_install', '-at_install')
class TestTwoDeciders(ConcurrencyCommon):

    people = {
        'sales': 'sales_team.group_sale_salesman',
        'finance': 'sale_order_lifecycle.group_finance',
        'finance2': 'sale_order_lifecycle.group_finance',
        'legal': 'sale_order_lifecycle.group_legal',
    }
    stages = ('finance', 'legal')

    @classmethod
    def _set_up(cls, env):
        super()._set_up(env)
        orders = cls._new_orders(env, 2)
        orders.action_submit_review()
        cls.order_ids = orders.ids

    def _decide_together(self, order_id, *decisions):
        """Each decision has read the order before any of them writes.

        :param decisions: pairs of a person and the code of the role whose review the person approves
        :return: list of errors, True where the decision was taken
        """
        meeting = Meeting(len(decisions))
        with self._acting() as env:
            review_ids = {
                review.role_id.code: review.id
                for review in env['order.review'].search([('order_id', '=', order_id)])}

        def decide(env, role):
            review = env['order.review'].browse(review_ids[role])
            self.assertTrue(review.order_id.open_review_count)
            meeting.wait()
            return review.action_approve()

        return self._run_together(*(
            (who, lambda env, role=role: decide(env, role)) for who, role in decisions))

    def test_last_two_approvals_together(self):
        results = self._decide_together(self.order_ids[0], ('finance', 'finance'), ('legal', 'legal'))
        self.assertEqual(results, [True, True])
        with self._acting() as env:
            order = env['sale.order'].browse(self.order_ids[0])
            self.assertEqual((order.review_state, order.open_review_count), ('approved', 0))

    def test_same_review_twice(self):
        results = self._decide_together(self.order_ids[1], ('finance', 'finance'), ('finance2', 'finance'))
        self.assertEqual(results.count(True), 1)
        refused = next(result for result in results if result is not True)
        self.assertIsInstance(refused, UserError)
        self.assertIn("has already decided", str(refused))
        with self._acting() as env:
            order = env['sale.order'].browse(self.order_ids[1])
            self.assertEqual(order.open_review_count, 1)
