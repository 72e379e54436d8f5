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
                [vals['location_id'] for vals in vals_list if vals.get('location_id')]))
        return super().create(vals_list)

    def write(self, vals):
        if not self.env.su and not _COUNTED.isdisjoint(vals):
            self._check_counted_by_moves(self.location_id)
        return super().write(vals)

    @api.model
    def _check_counted_by_moves(self, locations):
        """:raise UserError: when goods are inspected of the company of one of these locations; where companies share
            one, of a company of the person"""
        inspecting = self.env['order.policy']._get_inspecting_ids()
        if not inspecting:
            return
        companies = locations.sudo().company_id
        if not all(location.company_id for location in locations.sudo()):
            companies |= self.env.user.sudo().company_ids
        if any(company.order_policy_id.id in inspecting for company in companies):
            raise UserError(self.env._(
                "Products are inspected when they arrive and before they leave, so stock is not changed directly. Use "
                "a transfer or an inventory adjustment."))
