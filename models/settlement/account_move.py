from odoo import models


class AccountMove(models.Model):
    _inherit = 'account.move'

    def _get_oldest_due_date(self):
        """:return: the date of the oldest instalment that is not paid, False if there is none"""
        self.ensure_one()
        return min((
            line.date_maturity for line in self.line_ids
            if line.display_type == 'payment_term' and line.date_maturity and not line.reconciled
        ), default=False)
