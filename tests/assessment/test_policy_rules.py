from lxml import html

from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import AssessmentCommon


@tagged('post_install', '-at_install')
class TestRulesOfThePolicy(AssessmentCommon):
    """Indicators and grades are rules: what is in force refuses change, and what is printed is what counts (P3)."""

    def test_in_force_refuses_change(self):
        policy = self.policy.with_user(self.user_manager)
        indicator, grade = policy.indicator_ids[0], policy.grade_ids[0]
        for attempt in (
            lambda: indicator.write({'target': 50, 'floor': 10}),
            lambda: indicator.write({'active': False}),
            indicator.unlink,
            lambda: grade.write({'coefficient': 2}),
            grade.unlink,
            lambda: policy.write({'processing_target_hours': 100}),
            lambda: policy.write({'indicator_ids': [(5,)]}),
            lambda: self.env['order.indicator'].with_user(self.user_manager).create({
                'policy_id': policy.id, 'name': "Teamwork", 'kind': 'manual', 'code': 'teamwork'}),
        ):
            for su in (False, True):
                indicator, grade, policy = indicator.sudo(su), grade.sudo(su), policy.sudo(su)
                with self.assertRaises(UserError), self.env.cr.savepoint():
                    attempt()

    def test_new_version(self):
        """Rules change in a new version, which tells what is different."""
        self.policy.with_user(self.user_manager).action_new_version()
        draft = self.env['order.policy'].search([('previous_id', '=', self.policy.id)]).with_user(self.user_manager)
        self.assertEqual(draft.indicator_ids.mapped('code'), self.policy.indicator_ids.mapped('code'))
        draft.indicator_ids[0].weight = 40
        draft.grade_ids[0].coefficient = 1.5
        self.assertIn("40", str(draft.version_changes))
        self.assertIn("1.5", str(draft.version_changes))

    def test_printed(self):
        report = self.env['ir.actions.report'].with_user(self.user_legal)
        content, _kind = report._render_qweb_html('sale_order_lifecycle.report_policy', self.policy.ids)
        text = " ".join(html.fromstring(content).text_content().split())
        for part in ("Assessment, Rewards and Penalties", "Completion Rate",
            "Fulfilled orders among the orders received",
                     "100 %", "Excellent", "1.2", "Commendation", "Fail", "Rectification"):
            self.assertIn(part, text)
        self.env['order.indicator'].search([('policy_id', '=', self.policy.id)]).unlink()
        self.env['order.grade'].search([('policy_id', '=', self.policy.id)]).unlink()
        content, _kind = report._render_qweb_html('sale_order_lifecycle.report_policy', self.policy.ids)
        self.assertNotIn("Assessment, Rewards and Penalties", html.fromstring(content).text_content())
