from odoo import api, models


class StockMove(models.Model):
    _inherit = 'stock.move'

    @api.constrains('state', 'sale_line_id', 'location_dest_id')
    def _check_payment_condition(self):
        """Nothing is handed over that the customer has to pay for before, as an approval says (article R2)."""
        self.filtered(lambda move: move.state == 'done')._get_shipped_orders()._check_condition('shipping')

    def _get_shipped_orders(self):
        """:return: the orders whose goods these moves hand over to customers, as superuser"""
        orders = self.env['sale.order'].sudo()
        for move in self.sudo():
            if not self.env['order.policy']._has_governed(move.company_id.id) or not move._is_to_customer():
                continue
            # What was added to a transfer has no order line; it goes out with the order all the same.
            orders |= move.sale_line_id.order_id or move.picking_id.sale_id | move.reference_ids.sale_ids
        return orders
