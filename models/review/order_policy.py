from odoo import fields, models


class OrderPolicy(models.Model):
    _inherit = 'order.policy'

    stage_ids = fields.One2many('order.review.stage', 'policy_id', string="Review Stages", copy=True)
