from odoo import api, fields, models


class OrderSettlementReason(models.TransientModel):
    """Asks finance why the customer pays other than what was agreed, for one or many orders (article S3)."""
    _name = 'order.settlement.reason'
    _description = "Settle with a Reason"

    settlement_ids = fields.Many2many('order.settlement', string="Orders", required=True)
    differences = fields.Text(compute='_compute_differences', help="The differences with which the orders are settled.")
    reason = fields.Text(required=True)
    fault_role_id = fields.Many2one(
        'order.role', string="Department at Fault", help="The role responsible for the difference, if any.")

    @api.depends('settlement_ids')
    def _compute_differences(self):
        for dialog in self:
            dialog.differences = "\n".join(
                f"{settlement.display_name}: {text}" for settlement in dialog.settlement_ids
                if (text := settlement._describe_difference()))

    def action_settle(self):
        """Settle all of the orders or none.

        :return: the action that closes the dialog
        :raise AccessError, UserError: with the first order that cannot be settled
        """
        self._check_one()
        self.settlement_ids.action_settle(self.reason, self.fault_role_id.code)
        return self._close_dialog()
