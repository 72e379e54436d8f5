from odoo import api, models

from .account_partial_reconcile import CORE_RECONCILING


class AccountMoveLine(models.Model):
    _inherit = 'account.move.line'

    @api.model
    @CORE_RECONCILING.during
    def _reconcile_plan(self, reconciliation_plan):
        return super()._reconcile_plan(reconciliation_plan)
