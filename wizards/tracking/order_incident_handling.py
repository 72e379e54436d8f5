from odoo import api, fields, models


class OrderIncidentHandling(models.TransientModel):
    """Asks for the measure or the reason when incidents go on or end (article K2)."""
    _name = 'order.incident.handling'
    _description = "Handle Incidents"

    incident_ids = fields.Many2many('order.incident', string="Incidents", required=True)
    step = fields.Selection(
        [('act', "Corrective Measure"), ('resolve', "Resolve"), ('cancel', "Cancel")], required=True, default='act',
        readonly=True)
    measure = fields.Text("Corrective Measure")
    new_promised_date = fields.Date(
        "New Date", help="The date by which the order can be delivered now, if the promised one cannot be kept. Sales "
                         "informs the customer of it.")
    cause_id = fields.Many2one('order.incident.cause', string="Root Cause")
    needs_cause = fields.Boolean(compute='_compute_needs_cause', compute_sudo=True)
    fault_role_id = fields.Many2one(
        'order.role', string="Department at Fault", compute='_compute_fault_role_id', store=True, readonly=False)
    reason = fields.Text()

    # -- compute --------------------------------------------------------------------------------

    @api.depends('incident_ids')
    def _compute_needs_cause(self):
        for dialog in self:
            dialog.needs_cause = any(incident._is_cause_lacking() for incident in dialog.incident_ids)

    @api.depends('cause_id')
    def _compute_fault_role_id(self):
        for dialog in self:
            dialog.fault_role_id = dialog.cause_id.sudo().role_id or dialog.fault_role_id

    # -- actions --------------------------------------------------------------------------------

    def action_apply(self):
        """Handle all of the incidents or none.

        :return: the action that closes the dialog
        :raise AccessError, UserError: with the first incident that cannot be handled
        """
        self._check_one()
        # Of several incidents the dialog shows no date, and a day that has passed since is no new one.
        day = self.new_promised_date
        if len(self.incident_ids) == 1 and day == self.incident_ids.new_promised_date:
            day = False
        if self.step == 'act':
            self.incident_ids.action_act(self.measure, day)
        elif self.step == 'resolve':
            self.incident_ids.action_resolve(self.measure, day, self.fault_role_id.code, self.cause_id.id)
        else:
            self.incident_ids.action_cancel(self.reason)
        return self._close_dialog()
