from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError


class OrderTicketStage(models.Model):
    """A step that tickets go through; it says whether the clock runs and whether the matter is closed."""
    _name = 'order.ticket.stage'
    _description = "Ticket Stage"
    _order = 'sequence, id'
    _allow_sudo_commands = False

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    fold = fields.Boolean("Folded in Kanban")
    is_waiting = fields.Boolean(
        "Waiting", help="The customer or a third party has to act: the deadline of the ticket is suspended.")
    is_closed = fields.Boolean(
        "Closed", help="The matter is closed. A ticket can only be moved here with its cause, and a complaint only "
                       "once the customer has been informed of the outcome.")

    # -- constraints ----------------------------------------------------------------------------

    @api.constrains('is_waiting', 'is_closed')
    def _check_kind(self):
        if wrong := self.filtered(lambda stage: stage.is_waiting and stage.is_closed)[:1]:
            raise ValidationError(self.env._(
                "The stage “%(stage)s” cannot be both waiting and closed: select one of them.", stage=wrong.name))

    # -- CRUD -----------------------------------------------------------------------------------

    def write(self, vals):
        changing = self.filtered(lambda stage: any(
            name in vals and bool(vals[name]) != stage[name] for name in ('is_waiting', 'is_closed')))
        if changing:
            changing._check_unused()
        return super().write(vals)

    def _check_unused(self):
        """Tickets are closed, paused and taken up again one by one and by their rules, not by their stage.

        :raise UserError: if a ticket stands in one of these stages
        """
        ticket_sudo = self.env['order.ticket'].sudo().search([('stage_id', 'in', self.ids)], limit=1)
        if ticket_sudo:
            raise UserError(self.env._(
                "There are tickets in “%(stage)s”, for example %(ticket)s, so it cannot be changed: move them to "
                "another stage first.", stage=ticket_sudo.stage_id.name, ticket=ticket_sudo.name))

    # -- business -------------------------------------------------------------------------------

    @api.model
    def _get_first(self, **flags):
        """:return: the first stage with these flags, both off where they are not given; empty without one"""
        return self.sudo().search([
            (name, '=', flags.get(name, False)) for name in ('is_waiting', 'is_closed')
        ], limit=1).sudo(self.env.su)
