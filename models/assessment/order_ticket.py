from odoo import api, fields, models


class OrderTicket(models.Model):
    _inherit = 'order.ticket'

    is_closed_late = fields.Boolean(
        "Closed Late", compute='_compute_is_closed_late', store=True, help="Closed after the deadline.")

    @api.depends('closed_at', 'deadline')
    def _compute_is_closed_late(self):
        for ticket in self:
            ticket.is_closed_late = bool(ticket.closed_at and ticket.deadline and ticket.closed_at > ticket.deadline)

    def _get_guarded_fields(self):
        return super()._get_guarded_fields() | {'is_closed_late'}
