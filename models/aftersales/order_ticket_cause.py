from odoo import fields, models


class OrderTicketCause(models.Model):
    """Why tickets come up (article A3)."""
    _name = 'order.ticket.cause'
    _inherit = ['order.cause.mixin']
    _description = "Ticket Cause"
    _parent_store = True
    _allow_sudo_commands = False

    parent_id = fields.Many2one('order.ticket.cause', index=True, ondelete='restrict')
    child_ids = fields.One2many('order.ticket.cause', 'parent_id', string="Child Causes")
    role_id = fields.Many2one(
        'order.role', string="Department", ondelete='restrict',
        help="The role usually at fault; proposed on tickets with this cause.")
