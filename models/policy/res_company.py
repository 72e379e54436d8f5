from odoo import fields, models


class ResCompany(models.Model):
    _name = 'res.company'
    _inherit = ['res.company', 'order.guarded.mixin']

    order_policy_id = fields.Many2one(
        'order.policy', string="Order Policy in Force", readonly=True, copy=False,
        help="The customer-order policy that this company has adopted. Without one, "
             "sales orders behave as in plain Odoo.")

    def _get_guarded_fields(self):
        return super()._get_guarded_fields() | {'order_policy_id'}
