from odoo import api, fields, models
from odoo.exceptions import UserError


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

    def write(self, vals):
        closed = self.browse()
        if 'user_id' in vals and not self.env.su:
            closed = self.filtered(lambda ticket: ticket.closed_at and ticket.user_id.id != vals['user_id'])
        result = super().write(vals)
        # What has ended counts for whoever has worked on it.
        if given_away := closed.filtered('closed_at')[:1]:
            raise UserError(self.env._(
                "%(ticket)s is closed and counts for whoever it was assigned to. Reopen it to assign it to somebody "
                "else.", ticket=given_away.display_name))
        return result
