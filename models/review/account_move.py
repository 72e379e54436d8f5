from odoo import api, models

from ..mixins.mark import is_system
from .sale_order_line_loose import CORE_PRICING


class AccountMove(models.Model):
    _name = 'account.move'
    _inherit = ['account.move', 'order.computed.mixin']

    @api.model
    def _get_computed_left_out(self):
        return super()._get_computed_left_out() | {
            'made_sequence_gap', 'payment_state', 'sequence_number', 'sequence_prefix'}

    def write(self, vals):
        if 'partner_id' not in vals or is_system(self) or not self.env['order.policy']._has_any_governed():
            return super().write(vals)
        before = {move: move.commercial_partner_id for move in self.sudo()}
        result = super().write(vals)
        self.sudo().filtered(lambda move: move.commercial_partner_id != before[move]).with_env(
            self.env).invoice_line_ids._check_payers()
        return result

    @CORE_PRICING.during
    def action_post(self):
        # A posted invoice tells the line of its down payment price and taxes.
        return super().action_post()

    # The text of that line tells the state of its invoice.

    @CORE_PRICING.during
    def button_draft(self):
        return super().button_draft()

    @CORE_PRICING.during
    def button_cancel(self):
        return super().button_cancel()
