from odoo import api, fields, models


class OrderIntakeWaiving(models.TransientModel):
    """Asks why one or many orders may go on without what they miss (article I3)."""
    _name = 'order.intake.waiving'
    _inherit = ['order.dialog.mixin']
    _description = "Waive Missing Information"

    missing_summary = fields.Text("You Can Waive", compute='_compute_missing_summary')
    reason = fields.Text(required=True)

    @api.depends('order_ids')
    def _compute_missing_summary(self):
        for wizard in self:
            rules = self.env['order.intake.rule'].union(*(
                own for _unmet, own in wizard.order_ids._origin._get_rules_to_waive().values()))
            wizard.missing_summary = '\n'.join(dict.fromkeys(rules.sudo().mapped('message')))

    def action_waive(self):
        """Waive for one order, or for those of many for which the person can.

        :return: the action that closes the dialog, which tells for many what was left out
        :raise AccessError, UserError: as ``sale.order.action_waive``
        """
        self._check_one()
        if len(self.order_ids) == 1:
            self.order_ids.action_waive(self.reason)
            return self._close_dialog()
        return self._close_dialog(self.order_ids.action_waive_possible(self.reason))
