from odoo import fields, models


class OrderTicketOutcome(models.TransientModel):
    """Asks for the message to the customers of one or many tickets (article A2)."""
    _name = 'order.ticket.outcome'
    _description = "Send the Outcome of Tickets"

    ticket_ids = fields.Many2many('order.ticket', required=True)
    note = fields.Text("Message to the Customer")

    def action_apply(self):
        """Send the outcome to all of the customers or to none.

        :return: the action that closes the dialog
        :raise AccessError, UserError: with the first ticket whose customer cannot be informed
        """
        self._check_one()
        self.ticket_ids.action_tell_outcome(self.note)
        return self._close_dialog()
