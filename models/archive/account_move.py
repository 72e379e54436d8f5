from odoo import api, models
from odoo.exceptions import UserError

from .sale_order_line import CORE_FOLLOWING

# What the dossier takes for the invoice that the customer was sent.
PRINTED = 'invoice_pdf_report_file'


class AccountMove(models.Model):
    _inherit = 'account.move'

    # -- what may change ------------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        if f'default_{PRINTED}' in self.env.context or any(vals.get(PRINTED) for vals in vals_list):
            self._check_printed()
        return super().create(vals_list)

    def write(self, vals):
        if vals.get(PRINTED):
            self._check_printed()
        return super().write(vals)

    def _check_printed(self):
        """Odoo prints the invoice that the customer is sent, and keeps it as superuser.

        :raise UserError: for people who would put another file in its place
        """
        if self._is_computed_kept():
            raise UserError(self.env._(
                "The PDF of an invoice is the one that Odoo prints and sends. Attach other files to the chatter."))

    # -- core records ---------------------------------------------------------------------------

    # The accounts go on after an order is sealed: a credit note is posted as ever.

    @CORE_FOLLOWING.during
    def action_post(self):
        return super().action_post()

    @CORE_FOLLOWING.during
    def button_draft(self):
        return super().button_draft()

    @CORE_FOLLOWING.during
    def button_cancel(self):
        return super().button_cancel()
