from odoo import api, fields, models
from odoo.exceptions import ValidationError


class OrderPolicy(models.Model):
    _inherit = 'order.policy'

    indicator_ids = fields.One2many('order.indicator', 'policy_id', string="Indicators", copy=True)
    grade_ids = fields.One2many('order.grade', 'policy_id', string="Grades", copy=True)
    processing_target_hours = fields.Float(
        "Processing Target", default=8.0,
        help="Working hours from the receipt of an order to its acceptance. The indicator of order processing counts "
             "the orders accepted within this time.")

    @api.constrains('processing_target_hours')
    def _check_processing_target_hours(self):
        if wrong := self.filtered(lambda policy: policy.processing_target_hours <= 0):
            raise ValidationError(self.env._(
                "The processing target of “%(policy)s” must be greater than zero: enter working hours.",
                policy=wrong[0].name))

    # -- printed policy -------------------------------------------------------------------------

    def _get_report_chapters(self):
        chapters = super()._get_report_chapters()
        indicators, grades = self.indicator_ids.filtered('active'), self.grade_ids.sorted('score_from', reverse=True)
        if indicators or grades:
            chapters.append({
                'sequence': 80, 'title': self.env._("Assessment, Rewards and Penalties"),
                'template': 'sale_order_lifecycle.report_policy_assessment',
                'indicators': indicators, 'grades': grades,
                'hours': self._get_rule_text().get_hours(self.processing_target_hours),
                'measures': dict(self.env['order.grade']._fields['measure_kind']._description_selection(self.env)),
            })
        return chapters
