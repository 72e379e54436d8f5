from odoo import models


class AccountMoveLine(models.Model):
    _inherit = 'account.move.line'

    def _search_account_id(self, operator, value):
        # Core leaves the rules of accounts out, and only those.
        return super()._search_account_id(operator, self._settle_operand(
            'account_id', operator, value, bypass_access=True))
