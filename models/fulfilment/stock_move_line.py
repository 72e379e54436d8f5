from odoo import api, models


class StockMoveLine(models.Model):
    _inherit = 'stock.move.line'

    @api.constrains('location_dest_id', 'move_id', 'quantity')
    def _check_payment_condition(self):
        """The goods of a move go where its lines say, and lines of what is done can still be changed."""
        self.filtered(lambda line: line.move_id.state == 'done').move_id._get_shipped_orders()._check_condition(
            'shipping')
