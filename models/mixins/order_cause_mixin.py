from odoo import api, fields, models
from odoo.exceptions import ValidationError


class OrderCauseMixin(models.AbstractModel):
    """Why something went wrong: a tree that the company keeps, so that it is analysed roughly and in detail.

    An inheriting model has ``parent_id`` and ``child_ids`` of its own kind, ``_parent_store``, and the ``role_id``
    that is usually at fault.
    """
    _name = 'order.cause.mixin'
    _description = "Tree of Causes"
    _order = 'parent_id, sequence, id'

    name = fields.Char(required=True, translate=True)
    display_name = fields.Char(recursive=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    parent_id = fields.Many2one('order.cause.mixin', string="Parent Cause")
    parent_path = fields.Char(index=True)

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
