"""Taking back, asking, answering and releasing cost the same number of queries for 2 and for 20 orders."""
from odoo.tests import tagged

from ..common import LifecycleCommon


@tagged('post_install', '-at_install')
class TestDecisionsQueryBudget(LifecycleCommon):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.stage_finance.sla_hours = 8
        cls.policy.allow_emergency_release = True
        cls.user_releaser = cls._new_user('releaser', 'sale_order_lifecycle.group_emergency_release')
        cls.company_plain = cls._new_company("Plain")
        cls.user_sales.company_ids |= cls.company_plain

    def _new_orders(self, number):
        orders = self._submit(self._new_order(number, lines=[(self.product_service, 1)]))
        self._get_pending_reviews(orders).with_user(self.user_sales).sudo(False).action_approve()
        return orders

    def _get_counts(self, number):
        orders = self._new_orders(number)
        ids = self._get_pending_reviews(orders).ids
        finance = self.env['order.review'].with_user(self.user_finance).browse(ids)
        sales = self.env['order.review'].with_user(self.user_sales).browse(ids)
        counts = {
            'ask': self._count_queries(finance.action_ask, "Which discount?"),
            'answer': self._count_queries(sales.action_answer, "Five percent"),
        }
        finance.action_approve()
        counts['revoke'] = self._count_queries(finance.action_revoke, "Mistake")
        self.assertEqual(set(orders.mapped('review_state')), {'in_review'})
        return counts

    def test_decisions(self):
        # One order gets its message itself, which costs more than a message that names several.
        self.assertSameCounts(self._get_counts, sizes=(2, 20), more=2)

    def test_release(self):
        """Confirmation costs core some queries an order; the release adds a constant."""
        def released(number):
            orders = self.env['sale.order'].with_user(self.user_releaser).browse(self._new_orders(number).ids)
            count = self._count_queries(orders.action_release_emergency, "The line stands still")
            self.assertEqual(set(orders.mapped('state')), {'sale'})
            return count

        def plain(number):
            orders = self._new_order(
                number, company_id=self.company_plain.id, lines=[(self.product_service, 1)]).with_user(self.user_sales)
            return self._count_queries(orders.action_confirm)

        self.assertSameCounts(lambda number: released(number) - plain(number), sizes=(2, 20), more=2)
