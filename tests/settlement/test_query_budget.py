from odoo.tests import tagged

from .common import SettlementCommon


@tagged('post_install', '-at_install')
class TestSettlementQueryBudget(SettlementCommon):
    """What the addon asks the database for is the same for one order and for twenty."""

    def _new_fulfilled(self, count):
        # Services: what transfers cost is none of this.
        orders = self._fulfil(self._new_order(count=count, lines=[(self.product_service, 5)]))
        self.assertEqual(set(orders.mapped('settlement_state')), {'open'})
        return orders

    def test_settle(self):
        def count(number):
            orders = self._new_fulfilled(number)
            self._pay_together(self._invoice_each(orders))
            # As a client names them: what is prefetched follows from the ids alone.
            settlements = self.env['order.settlement'].with_user(self.user_finance).browse(orders.settlement_id.ids)
            queries = self._count_queries(settlements.action_settle)
            self.assertEqual(set(orders.mapped('lifecycle_phase')), {'aftersales'})
            return queries

        self.assertSameCounts(count, more=2)

    def test_follow_invoices(self):
        """Posting and paying costs core some queries a document; following them costs a constant."""
        def get_added(number):
            plain = self._new_order(count=number, lines=[(self.product_service, 5)])
            governed = self._new_fulfilled(number)
            plain.policy_id = False
            # Core looks for an earlier message of each order that is paid; reviewed orders have one.
            plain._message_log_batch(bodies=dict.fromkeys(plain.ids, "Noted"))
            plain.with_user(self.user_sales).action_confirm()
            queries = []
            for orders in (plain, governed):
                invoices = orders.with_user(self.user_accountant)._create_invoices(grouped=True)
                queries.append(
                    self._count_queries(invoices.action_post)
                    + self._count_queries(self._pay_together, invoices, each=True))
            self.assertEqual(set(governed.mapped('settlement_state')), {'to_check'})
            return queries[1] - queries[0]

        # The first batch of several payments begins the numbering of batches.
        self.assertSameCounts(get_added, more=2, warm=2)
