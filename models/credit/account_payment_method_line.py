from odoo import api, models


class AccountPaymentMethodLine(models.Model):
    """On which account payments wait for the bank statement, and count as money, says who keeps the journal.

    Core lets everybody who invoices say so, by the payment methods of the journal.
    """
    _inherit = 'account.payment.method.line'

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines._check_journal_right()
        return lines

    def write(self, vals):
        if vals.keys() & {'journal_id', 'payment_account_id'}:
            self._check_journal_right()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_journal(self):
        self._check_journal_right()

    def _check_journal_right(self):
        """:raise AccessError: for people who may not write the journals of these methods, where a policy holds; no
            record rule of core keeps people of other companies from these rows"""
        if not self.env.su and self.env['order.policy']._is_governed_for_person(self.sudo().journal_id.company_id):
            self.journal_id.check_access('write')
