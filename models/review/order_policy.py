from odoo import fields, models


class OrderPolicy(models.Model):
    _inherit = 'order.policy'

    stage_ids = fields.One2many('order.review.stage', 'policy_id', string="Review Stages", copy=True)

    # -- printed policy -------------------------------------------------------------------------

    def _get_report_chapters(self):
        chapters = super()._get_report_chapters()
        if stages := self.stage_ids.filtered('active').sorted():
            chapters.append({
                'sequence': 40, 'title': self.env._("Review of Orders"),
                'template': 'sale_order_lifecycle.report_policy_review',
                'stages': self._get_report_stages(stages),
                'guides': self._get_report_price_guides(),
                'checklists': [{
                    'title': self.env._("%(stage)s: this is checked.", stage=stage.name),
                    'checks': stage.check_ids,
                } for stage in stages if stage.check_ids],
            })
        return chapters

    def _get_report_stages(self, stages):
        """:return: list of dicts of translated texts, one for each stage"""
        text = self._get_rule_text()
        steps = {sequence: step for step, sequence in enumerate(sorted(set(stages.mapped('sequence'))), 1)}
        return [{
            'step': steps[stage.sequence],
            'name': stage.name,
            'role': stage.role_id.name,
            'condition': text.get_condition('sale.order', stage.domain) or self.env._("all orders"),
            'time': text.get_hours(stage.sla_hours) if stage.sla_hours else "—",
            'particulars': stage._get_report_particulars(),
        } for stage in stages]

    def _get_report_deadlines(self):
        text = self._get_rule_text()
        return super()._get_report_deadlines() + [{
            'sequence': 40, 'task': stage.name, 'role': stage.role_id.name, 'time': text.get_hours(stage.sla_hours),
        } for stage in self.stage_ids.filtered('active').sorted() if stage.sla_hours]
