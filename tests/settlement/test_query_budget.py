from odoo.tests import tagged

from .common import SettlementCommon


@tagged('post_install', '-at_install')
class TestSettlementQueryBudget(SettlementCommon):
    """What the addon asks the database for is the same for one order and for twenty."""

    def _count(self, action):
        """Queries of one action, everything flushed before and after, caches cold."""
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.cr.sql_log_count
        action()
        self.env.flush_all()
        return self.cr.sql_log_count - before

    def _new_fulfilled(self, count):
        orders = self._fulfil(self._new_order(count=count))
        self.assertEqual(set(orders.mapped('settlement_state')), {'open'})
        return orders

    def test_settle(self):
        counts = {}
        for count in (1, 1, 20):
            orders = self._new_fulfilled(count)
            for order in orders:
                self._pay(self._invoice(order))
            # As a client names them: what is prefetched follows from the ids alone.
            settlements = self.env['order.settlement'].with_user(self.user_finance).browse(orders.settlement_id.ids)
            counts[count] = self._count(settlements.action_settle)
            self.assertEqual(set(orders.mapped('lifecycle_phase')), {'aftersales'})
        self.assertLess(counts[20], counts[1] + 3, counts)

    def _pay_together(self, invoices):
        self.env['account.payment.register'].with_user(self.user_accountant).with_context(
            active_model='account.move', active_ids=invoices.ids).create({'group_payment': False})._create_payments()

    def test_follow_invoices(self):
        """Posting and paying costs core some queries a document; following them costs a constant."""
        added = {}
        for count in (1, 1, 20):
            plain, governed = self._new_order(count=count), self._new_fulfilled(count)
            plain.policy_id = False
            # Core looks for an earlier message of each order that is paid; reviewed orders have one.
            plain._message_log_batch(bodies=dict.fromkeys(plain.ids, "Noted"))
            plain.with_user(self.user_sales).action_confirm()
            self._deliver(plain.picking_ids)
            queries = []
            for orders in (plain, governed):
                invoices = self.env['account.move'].concat(*(
                    order.with_user(self.user_accountant)._create_invoices() for order in orders))
                queries.append(self._count(invoices.action_post) + self._count(
                    lambda invoices=invoices: self._pay_together(invoices)))
            self.assertEqual(set(governed.mapped('settlement_state')), {'to_check'})
            added[count] = queries[1] - queries[0]
        self.assertLess(added[20], added[1] + 3, added)
