from odoo import api, fields, models


class SaleOrder(models.Model):
    """What an order needs and does not get in time (article F2)."""
    _inherit = 'sale.order'

    material_risk_count = fields.Integer(
        "Material at Risk", compute='_compute_material_risk_count', compute_sudo=True,
        help="How many components and products this order needs that are not procured, or come too late.")
    material_told = fields.Json(
        readonly=True, copy=False, groups=fields.NO_ACCESS,
        help="Of what is at risk the departments have been notified.")

    @api.depends('state', 'policy_id')
    def _compute_material_risk_count(self):
        counts = {}
        for row in self.env['order.material']._find_at_risk(self._origin):
            counts[row.order_id] = counts.get(row.order_id, 0) + 1
        for order in self:
            order.material_risk_count = counts.get(order._origin, 0)

    def _get_guarded_fields(self):
        return super()._get_guarded_fields() | {'material_told'}

    def action_open_material(self):
        """:return: the action with the material at risk of these orders"""
        return self._open_action('order_material_action', domain=[('order_id', 'in', self.ids)], context={})
