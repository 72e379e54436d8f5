from odoo.tests import HttpCase, tagged

from ..common import LifecycleCommon


@tagged('post_install', '-at_install')
class TestFulfilmentTours(LifecycleCommon, HttpCase):

    def test_progress(self):
        """Logistics follows an order by its documents, and comes back from a transfer (articles F3, D1)."""
        table = self._new_manufactured_product("Table", component=self.product_stock)
        order = self._confirm(self._new_order(
            lines=[(table, 2)], partner_id=self.env['res.partner'].create({'name': "Tour Customer"}).id))
        order.production_ids.with_context(skip_backorder=True).button_mark_done()
        self.assertEqual(order.lifecycle_phase, 'delivery')
        logistics = self._new_user('store', 'sale_order_lifecycle.group_logistics,stock.group_stock_user')
        # Stock users read manufacturing orders in Odoo: take that away to see what a table does then.
        self.env['ir.model.access'].search([
            ('model_id.model', '=', 'mrp.production'), ('group_id', '=', self.env.ref('stock.group_stock_user').id),
        ]).perm_read = False
        self.start_tour('/odoo/order-board', 'order_progress', login=logistics.login)
