from odoo import api, fields, models

from ...models.tracking.order_incident import KINDS, SEVERITIES


class OrderIncidentReport(models.TransientModel):
    """Asks what has gone wrong with one or many orders (article K2)."""
    _name = 'order.incident.report'
    _inherit = ['order.dialog.mixin']
    _description = "Report an Incident"

    kind = fields.Selection(KINDS, required=True, default='delay')
    severity = fields.Selection(SEVERITIES, string="Severity Level", required=True, default='normal')
    description = fields.Text(required=True)
    role_ids = fields.Many2many(
        'order.role', string="Bring In", compute='_compute_role_ids', store=True, readonly=False, precompute=True,
        help="The departments that have to act: their members follow the incident and are notified.")
    source_model = fields.Char()
    source_id = fields.Integer()

    @api.depends('kind')
    def _compute_role_ids(self):
        for dialog in self:
            dialog.role_ids = self.env['sale.order']._get_default_incident_roles(dialog.kind).sudo(False)

    def action_apply(self):
        """Report an incident on each of the orders, or on none.

        :return: the action that opens them
        :raise AccessError, UserError: with the first order of which nothing can be reported
        """
        self._check_one()
        return self.order_ids.action_raise_incident(
            self.kind, self.description, self.severity, self.role_ids.mapped('code'),
            [self.source_model, self.source_id] if self.source_model else None)
