from odoo import models


class ResCompany(models.Model):
    _inherit = 'res.company'

    def _get_money_accounts(self):
        """The accounts that money is booked on when it comes in: those of bank, cash and card journals, and those on
        which payments wait for the bank statement. What settles an invoice on another account is no payment.

        :return: ``account.account``, as superuser
        """
        journals = self.env['account.journal'].sudo().with_context(active_test=False).search([
            ('company_id', 'in', self.sudo().parent_ids.ids), ('type', 'in', ('bank', 'cash', 'credit'))])
        methods = journals.inbound_payment_method_line_ids | journals.outbound_payment_method_line_ids
        accounts = journals.default_account_id | journals.suspense_account_id | methods.payment_account_id
        # Where a payment method has no account, core takes that of the chart of accounts.
        for company in self.root_id:
            chart = self.env['account.chart.template'].sudo().with_context(allowed_company_ids=company.ids)
            for name in ('account_journal_payment_debit_account_id', 'account_journal_payment_credit_account_id'):
                accounts |= chart.ref(name, raise_if_not_found=False) or company.sudo().transfer_account_id
        return accounts
