from odoo import fields, models


class OrderPolicy(models.Model):
    _inherit = 'order.policy'

    inspection_plan_ids = fields.One2many(
        'order.inspection.plan', 'policy_id', string="Inspection Plans", copy=True)

    # -- printed policy -------------------------------------------------------------------------

    def _get_report_chapters(self):
        chapters = super()._get_report_chapters()
        if plans := self.inspection_plan_ids.filtered('active').sorted():
            chapters.append({
                'sequence': 50, 'title': self.env._("Inspection of Products"),
                'template': 'sale_order_lifecycle.report_policy_inspection', 'plans': plans,
            })
        return chapters
