from odoo.tests import tagged

from ..common import LifecycleCommon


@tagged('post_install', '-at_install')
class TestFulfilmentQueryBudget(LifecycleCommon):
    """What the addon adds to the queries of core is the same for one order and for twenty."""

    def _count_delivery(self, orders):
        """:return: number of queries that validating the transfers of these orders takes"""
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.cr.sql_log_count
        self._deliver(orders.picking_ids)
        self.env.flush_all()
        return self.cr.sql_log_count - before

    def _new_confirmed_orders(self, count, policy):
        orders = self._new_order(count=count)
        if not policy:
            orders.policy_id = False
            orders.with_user(self.user_sales).action_confirm()
            return orders
        return self._confirm(orders)

    def test_delivery(self):
        added = {}
        self._count_delivery(self._new_confirmed_orders(1, True))
        for count in (1, 20):
            plain, governed = (self._new_confirmed_orders(count, policy) for policy in (False, True))
            added[count] = -self._count_delivery(plain) + self._count_delivery(governed)
            self.assertEqual(set(plain.mapped('lifecycle_phase')), {False})
            self.assertEqual(set(governed.mapped('lifecycle_phase')), {'settlement'})
        # A query that core runs once in a while may fall into either; one per order would be nineteen more.
        self.assertLess(added[20], added[1] + 3, added)
