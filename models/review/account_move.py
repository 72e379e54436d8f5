from odoo import api, models
from odoo.exceptions import AccessError

from ..mixins.mark import is_system
from .sale_order_line_loose import CORE_PRICING

# What people say of an invoice with a button, and take back.
_ENTERED_PAYMENT_STATES = ('blocked', 'not_paid')


class AccountMove(models.Model):
    _name = 'account.move'
    _inherit = ['account.move', 'order.computed.mixin']

    @api.model
    def _get_computed_left_out(self):
        return super()._get_computed_left_out() | {
            'made_sequence_gap', 'payment_state', 'sequence_number', 'sequence_prefix'}

    def _has_field_access(self, field, operation):
        # Of an entry of two lines core lets people enter the total, and it fills the lines; of an invoice it keeps what
        # they enter, and what is paid is counted from it.
        return super()._has_field_access(field, operation) and (
            operation != 'write' or field.name != 'amount_total' or not self._is_computed_kept()
            or not any(move.is_invoice(include_receipts=True) for move in self.sudo()))

    def write(self, vals):
        if vals.get('payment_state', 'blocked') not in _ENTERED_PAYMENT_STATES and self._is_computed_kept():
            raise AccessError(self.env._(
                "The payment status follows from what is paid: register the payment instead."))
        if 'partner_id' not in vals or is_system(self) or not self.env['order.policy']._has_any_governed():
            return super().write(vals)
        before = {move: move.commercial_partner_id for move in self.sudo()}
        result = super().write(vals)
        self.sudo().filtered(lambda move: move.commercial_partner_id != before[move]).with_env(
            self.env).invoice_line_ids._check_payers()
        return result

    def _compute_amount(self):
        # Core calls it by itself, in the rights of whoever enters the taxes of a bill.
        return super(AccountMove, self.sudo())._compute_amount()

    def _recompute_cash_rounding_lines(self):
        # Core writes what it computes in the rights of whoever chooses the rounding.
        return super(AccountMove, self.sudo())._recompute_cash_rounding_lines()

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
