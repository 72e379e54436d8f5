from odoo.tests import HttpCase, tagged

from .common import SettlementCommon


@tagged('post_install', '-at_install')
class TestSettlementTours(SettlementCommon, HttpCase):

    def _new_order_of(self, name):
        return self._new_order(
            partner_id=self.env['res.partner'].create({'name': name}).id, lines=[(self.product_delivered, 5)])

    def test_settle(self):
        """Finance settles several from the list and one with a reason (articles S1, S3)."""
        one, two, unpaid, short = orders = self.env['sale.order'].concat(*(
            self._new_order_of(f"Customer {name}") for name in ("One", "Two", "Unpaid", "Short")))
        self._confirm(orders)
        self._deliver((one + two + unpaid).picking_ids)
        self._deliver(short.picking_ids, {self.product_delivered: 3}, backorder=False)
        for order in orders:
            invoice = self._invoice(order)
            if order != unpaid:
                self._pay(invoice)
        self.env.flush_all()
        self.start_tour('/odoo', 'order_settle', login=self.user_finance.login)
        self.assertEqual(orders.mapped('settlement_state'), ['settled', 'settled', 'open', 'settled'])
        self.assertEqual((one + two + short).settlement_id.settled_by_id, self.user_finance)
        self.assertEqual(short.settlement_id.difference_reason, "Two pieces were sold out.")
