from odoo import api, fields, models


class OrderIncidentTelling(models.TransientModel):
    """Shows sales the message by which the customer is told the new date, before it is sent (article K2)."""
    _name = 'order.incident.telling'
    _description = "Inform the Customer of the New Date"

    incident_id = fields.Many2one('order.incident', required=True, readonly=True)
    partner_id = fields.Many2one(related='incident_id.partner_id', string="Customer")
    partner_email = fields.Char(related='incident_id.partner_id.email', string="E-mail")
    new_promised_date = fields.Date(related='incident_id.new_promised_date')
    subject = fields.Char(compute='_compute_message', store=True, readonly=False, precompute=True, required=True)
    body = fields.Html(compute='_compute_message', store=True, readonly=False, precompute=True)

    @api.depends('incident_id')
    def _compute_message(self):
        for dialog in self:
            incident = dialog.incident_id
            # The message is for who may send it.
            message = incident._get_customer_message() if incident and incident.can_tell else {}
            dialog.subject, dialog.body = message.get('subject'), message.get('body')

    def action_apply(self):
        """Send the message.

        :return: the action that closes the dialog
        :raise AccessError, UserError: if the customer cannot be told
        """
        self._check_one()
        self.incident_id.action_tell_customer(self.body, self.subject)
        return self._close_dialog()
