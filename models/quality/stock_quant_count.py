from odoo import api, models
from odoo.exceptions import UserError

# What a quant says of the goods that lie somewhere.
_COUNTED = {'location_id', 'lot_id', 'product_id', 'quantity'}


class StockQuant(models.Model):
    """Where goods are inspected, stock changes by moves: Odoo lets whoever works in a warehouse write the numbers
    themselves, and what came or left that way would be on no record."""
    _inherit = 'stock.quant'
    _allow_sudo_commands = False

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su and any(vals.get('quantity') for vals in vals_list):
            self._check_counted_by_moves(self.env['stock.location'].browse(
                [vals['location_id'] for vals in vals_list if vals.get('location_id')]).sudo().company_id)
        return super().create(vals_list)

    def write(self, vals):
        if not self.env.su and not _COUNTED.isdisjoint(vals):
            self._check_counted_by_moves(self.sudo().company_id)
        return super().write(vals)

    @api.model
    def _check_counted_by_moves(self, companies):
        """:raise UserError: when goods of one of these companies are inspected"""
        inspecting = self.env['order.policy']._get_inspecting_ids()
        if any(company.order_policy_id.id in inspecting for company in companies.sudo()):
            raise UserError(self.env._(
                "Products are inspected when they arrive and before they leave, so stock is not changed directly. Use "
                "a transfer or an inventory adjustment."))
