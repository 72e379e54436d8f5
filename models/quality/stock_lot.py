from odoo import models
from odoo.exceptions import UserError


class StockLot(models.Model):
    """By its number a lot is known that has not passed its inspection (article F4)."""
    _inherit = 'stock.lot'

    def write(self, vals):
        if not vals.keys().isdisjoint(('name', 'product_id')) and self.env['order.policy']._get_inspecting_ids():
            self.filtered(lambda lot: vals.get('name', lot.name) != lot.name or (
                vals.get('product_id', lot.product_id.id) != lot.product_id.id))._check_not_under_inspection()
        return super().write(vals)

    def _check_not_under_inspection(self):
        """:raise UserError: when one of these lots is to be inspected, or has failed: it would pass for another one"""
        if not self or self.env['stock.move']._is_system_recording():
            return
        inspection_sudo = self.env['order.inspection'].sudo().search([
            ('lot_id', 'in', self.ids), '|', ('held_quantity', '>', 0), ('state', 'in', ('todo', 'failed'))], limit=1)
        if inspection_sudo:
            raise UserError(self.env._(
                "“%(lot)s” is the number in an inspection that is open or has failed, so it cannot be changed. Use the "
                "chatter for notes.", lot=inspection_sudo.lot_id.name))
