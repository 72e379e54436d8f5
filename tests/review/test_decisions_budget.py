"""Taking back, asking, answering and releasing cost the same number of queries for 1 and for 20 orders."""
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

    def _count(self, action):
        """Queries of one action, everything flushed before and after, caches cold."""
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        action()
        self.env.flush_all()
        return self.env.cr.sql_log_count - before

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
            'ask': self._count(lambda: finance.action_ask("Which discount?")),
            'answer': self._count(lambda: sales.action_answer("Five percent")),
        }
        finance.action_approve()
        counts['revoke'] = self._count(lambda: finance.action_revoke("Mistake"))
        self.assertEqual(set(orders.mapped('review_state')), {'in_review'})
        return counts

    def test_decisions(self):
        self._get_counts(1)  # warms what is kept between requests
        one, twenty = self._get_counts(1), self._get_counts(20)
        for step, count in twenty.items():
            # One message names all orders, so a few queries about its record come or go.
            with self.subTest(step=step):
                self.assertLess(count, one[step] + 6, f"{step}: {one[step]} for 1, {count} for 20")

    def test_release(self):
        """Confirmation costs core some queries an order; the release adds a constant."""
        def released(number):
            orders = self.env['sale.order'].with_user(self.user_releaser).browse(self._new_orders(number).ids)
            count = self._count(lambda: orders.action_release_emergency("The line stands still"))
            self.assertEqual(set(orders.mapped('state')), {'sale'})
            return count

        def plain(number):
            orders = self._new_order(
                number, company_id=self.company_plain.id, lines=[(self.product_service, 1)]).with_user(self.user_sales)
            return self._count(orders.action_confirm)

        released(1), plain(1)
        added_one = released(1) - plain(1)
        added_twenty = released(20) - plain(20)
        self.assertLess(added_twenty, added_one + 6, f"{added_one} for 1, {added_twenty} for 20")
