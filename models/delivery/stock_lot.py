from odoo import api, models


class StockLot(models.Model):
    _inherit = 'stock.lot'

    @api.ondelete(at_uninstall=False)
    def _unlink_except_delivered(self):
        # The lines of transfers would lose what they have moved.
        if self.env['order.policy']._has_any_governed():
            self.env['stock.move.line'].sudo().search(
                [('lot_id', 'in', self.ids), ('state', '=', 'done')]).move_id._check_not_delivered()
