from odoo import api, models
from odoo.exceptions import UserError


class StockLot(models.Model):
    _inherit = 'stock.lot'

    def write(self, vals):
        if 'name' in vals:
            self.filtered(lambda lot: lot.name != vals['name'])._check_number_kept()
        return super().write(vals)

    def _check_number_kept(self):
        """:raise UserError: when something else would have been delivered with one of these lots for an order under
            policy"""
        if not self or self.env['stock.move']._is_system_recording():
            return
        if facts := self._get_moves_done()._get_delivery_facts():
            raise UserError(self.env._(
                "Products with this number were delivered with %(order)s, so it cannot be changed. Use the chatter for "
                "notes.", order=self.env['sale.order'].sudo().browse(next(iter(facts.values()))[0]).name))

    @api.ondelete(at_uninstall=False)
    def _unlink_except_delivered(self):
        # The lines of transfers would lose what they have moved.
        self._get_moves_done()._check_not_delivered()

    def _get_moves_done(self):
        """:return: the ``stock.move`` that have moved these lots, as superuser; none where no order is under policy"""
        if not self.env['order.policy']._has_any_governed():
            return self.env['stock.move'].sudo()
        return self.env['stock.move.line'].sudo().search(
            [('lot_id', 'in', self.ids), ('state', '=', 'done')]).move_id
