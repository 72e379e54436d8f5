from odoo import fields, models


class StockPicking(models.Model):
    _name = 'stock.picking'
    _inherit = ['stock.picking', 'order.guarded.mixin', 'order.inside.mixin']

    ticket_id = fields.Many2one(
        'order.ticket', readonly=True, copy=False, index='btree_not_null', ondelete='set null',
        help="The ticket for which the goods are returned.")

    # -- guarded fields -------------------------------------------------------------------------

    def _get_guarded_fields(self):
        return super()._get_guarded_fields() | {'ticket_id'}
