from odoo import api, fields, models
from odoo.exceptions import ValidationError


class OrderTicketCause(models.Model):
    """Why tickets come up (article A3): a tree, so that they are analysed roughly and in detail."""
    _name = 'order.ticket.cause'
    _description = "Ticket Cause"
    _parent_store = True
    _order = 'parent_id, sequence, id'
    _allow_sudo_commands = False

    name = fields.Char(required=True, translate=True)
    display_name = fields.Char(recursive=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    parent_id = fields.Many2one('order.ticket.cause', string="Parent Cause", index=True, ondelete='restrict')
    parent_path = fields.Char(index=True)
    child_ids = fields.One2many('order.ticket.cause', 'parent_id', string="Child Causes")
    role_id = fields.Many2one(
        'order.role', string="Department", ondelete='restrict',
        help="The role usually at fault; proposed on tickets with this cause.")

    # -- constraints ----------------------------------------------------------------------------

    @api.constrains('parent_id')
    def _check_parent_id(self):
        if self._has_cycle():
            raise ValidationError(self.env._("A cause cannot belong to itself: select another parent."))

    # -- compute --------------------------------------------------------------------------------

    @api.depends('name', 'parent_id.display_name')
    @api.depends_context('lang')
    def _compute_display_name(self):
        for cause in self:
            parent = cause.parent_id.display_name
            cause.display_name = f"{parent} / {cause.name}" if parent else cause.name
