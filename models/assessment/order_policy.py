from odoo import api, fields, models
from odoo.exceptions import ValidationError


class OrderPolicy(models.Model):
    _inherit = 'order.policy'

    indicator_ids = fields.One2many('order.indicator', 'policy_id', string="Indicators", copy=True)
    grade_ids = fields.One2many('order.grade', 'policy_id', string="Grades", copy=True)
    processing_target_hours = fields.Float(
        "Processing Target", default=8.0,
        help="Working hours from the receipt of an order to its acceptance. The indicator of order processing "
             "counts the orders that were accepted within them.")

    @api.constrains('processing_target_hours')
    def _check_processing_target_hours(self):
        if wrong := self.filtered(lambda policy: policy.processing_target_hours <= 0):
            raise ValidationError(self.env._(
                "The processing target of “%(policy)s” has to be more than no time: enter working hours.",
                policy=wrong[0].name))
