from odoo import models
from odoo.exceptions import AccessError


class IrActionsReport(models.Model):
    _inherit = 'ir.actions.report'

    def _check_report_access(self, report, docids):
        # Reports show more of an order than a machine may read, and some of them read it as superuser.
        if self.env['sale.order']._is_intake_machine():
            raise AccessError(self.env._(
                "Members of the group Intake API can only submit orders and cannot print documents: ask a member of "
                "the sales team."))
        return super()._check_report_access(report, docids)
