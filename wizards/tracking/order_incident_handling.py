from odoo import fields, models


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
    fault_role_id = fields.Many2one('order.role', string="Department at Fault")
    reason = fields.Text()

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
            self.incident_ids.action_resolve(self.measure, day, self.fault_role_id.code)
        else:
            self.incident_ids.action_cancel(self.reason)
        return self._close_dialog()
