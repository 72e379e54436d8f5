from odoo import models

from .account_move import VOID_STATES


class AccountPayment(models.Model):
    _inherit = 'account.payment'

    def write(self, vals):
        if 'state' not in vals:
            return super().write(vals)
        void = {payment.id: payment.state in VOID_STATES for payment in self}
        result = super().write(vals)
        # The bank rejects a payment without a change of its entry, by which what is paid would be computed anew.
        changed = self.filtered(lambda payment: (payment.state in VOID_STATES) != void[payment.id])
        changed.sudo().reconciled_invoice_ids.modified(['amount_residual'])
        return result
