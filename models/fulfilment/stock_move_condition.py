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
            if move._may_be_ruled() and move._hands_over():
                orders |= move._get_ruling_orders()
        return orders

    def _hands_over(self):
        """Whether goods of this move go to a customer, by its own destination or by that of a line of it."""
        self.ensure_one()
        return self._is_to_customer() or any(
            self._is_customer_location(location) for location in self.move_line_ids.location_dest_id)
