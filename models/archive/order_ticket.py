from odoo import api, models

from .order_sealed_mixin import get_sealed_error


class OrderTicket(models.Model):
    """Tickets that are in a sealed dossier stay as they are; what comes up later is a new ticket."""
    _inherit = 'order.ticket'

    def _get_sealed_writable_fields(self):
        """:return: set of the fields of tickets in a sealed dossier that stay writable"""
        return self.env['sale.order']._get_message_fields() | {'access_token'}

    @api.model_create_multi
    def create(self, vals_list):
        tickets = super().create(vals_list)
        # An order with an open ticket is not sealed.
        tickets.sudo().order_id._meet_seal()
        return tickets

    def write(self, vals):
        if not (vals.keys() <= self._get_sealed_writable_fields()):
            for ticket in self.sudo():
                sealed = ticket.closed_at and ticket.order_id._get_sealed_archives()
                if sealed and ticket.closed_at <= sealed.sealed_at:
                    raise get_sealed_error(ticket.order_id)
            self.sudo().order_id._meet_seal()
        return super().write(vals)
