from odoo import fields, models


class OrderIncidentCause(models.Model):
    """Why orders get into trouble on their way (article K2): another matter than why customers complain, and known to
    other people, so the list is another one than that of the tickets."""
    _name = 'order.incident.cause'
    _inherit = ['order.cause.mixin']
    _description = "Incident Cause"
    _parent_store = True
    _allow_sudo_commands = False

    parent_id = fields.Many2one('order.incident.cause', index=True, ondelete='restrict')
    child_ids = fields.One2many('order.incident.cause', 'parent_id', string="Child Causes")
    role_id = fields.Many2one(
        'order.role', string="Department", ondelete='restrict',
        help="The role usually at fault; proposed on incidents with this cause.")
