"""Goods that a subcontractor makes for an order."""
from odoo import Command
from odoo.tests import tagged
from odoo.tools import format_list

from ..common import LifecycleCommon
from .common import OPTIONAL


@tagged(*OPTIONAL)
class TestSubcontracting(LifecycleCommon):

    def test_bought_from_a_subcontractor(self):
        """The order knows the purchase and its receipt, and counts by what comes in; nobody in the house makes it."""
        part = self._new_product("Part")
        casting = self._new_purchased_product("Casting")
        self.env['mrp.bom'].create({
            'product_tmpl_id': casting.product_tmpl_id.id, 'type': 'subcontract',
            'subcontractor_ids': [Command.set(self.vendor.ids)],
            'bom_line_ids': [Command.create({'product_id': part.id, 'product_qty': 1})]})
        order = self._confirm(self._new_order(lines=[(casting, 4)]))
        purchase = order.purchase_ids
        self.assertEqual((purchase.partner_id, purchase.order_line.product_qty), (self.vendor, 4))
        self.assertFalse(order.production_ids)
        purchase.button_confirm()
        receipt = purchase.picking_ids
        self.assertTrue(receipt.move_ids.is_subcontract)
        self.assertEqual((receipt.sale_order_ids, purchase.sale_order_ids), (order, order))
        self.assertIn(receipt, order._get_transfers())
        for percent, waits in ((0, ["Purchasing"]), (100, ["Logistics"])):
            if percent:
                self._deliver(receipt)
            self.env.flush_all()
            self.env.invalidate_all()
            own = order.with_user(self.user_logistics)
            self.assertEqual(
                {part['kind']: part['percent'] for part in own.progress_summary}, {'purchase': percent, 'delivery': 0})
            self.assertEqual(own.waiting_for, format_list(self.env, waits))
        self.assertEqual(order.fulfilment_state, 'ready')
        self._deliver_next(order)
        self.assertEqual(order.fulfilment_state, 'done')
