from odoo.tests import HttpCase, tagged

from .common import AssessmentCommon


@tagged('post_install', '-at_install')
class TestAssessmentTours(AssessmentCommon, HttpCase):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy.indicator_ids.filtered(lambda indicator: indicator.code != 'completion_rate').active = False
        cls.env['order.indicator'].create({
            'policy_id': cls.policy.id, 'name': "Teamwork", 'kind': 'manual', 'code': 'teamwork', 'target': 100,
            'floor': 0, 'subject': 'employee', 'role_ids': cls._role('sales').ids})
        orders = cls._new_fact(4, received_at='2026-06-10 08:00:00')
        cls.env.flush_all()
        orders[:3].sudo().fulfilled_at = '2026-06-20 08:00:00'
        cls.assessment = cls._new_assessment(name="Tour Period")

    def test_assess(self):
        """The assessor's way from the draft to the published sheets, then the employee's (articles E1-E3)."""
        self.start_tour('/odoo/order-assessments', 'order_assessment', login=self.user_assessor.login)
        self.assertEqual(self.assessment.state, 'published')
        line = self._line(self.assessment, self.employee_sales, 'teamwork')
        self.assertRecordValues(line, [{'manual_value': 85, 'note': "Always there", 'score': 85}])
        self.assertEqual(self._sheet(self.assessment, self.employee_sales).score, 80)
        self.start_tour('/odoo/my-assessments', 'order_assessment_own', login=self.user_sales.login)

    def test_measure(self):
        """A rectification is decided, extended and done (article E4)."""
        self._indicator('completion_rate').target = 76
        self._indicator('completion_rate').floor = 74
        self._compute(self.assessment)
        self.assessment.with_user(self.user_assessor).action_confirm()
        self.start_tour('/odoo/order-measures', 'order_measure', login=self.user_assessor.login)
        measure = self._sheet(self.assessment, self.departments['sales']).measure_ids
        self.assertRecordValues(measure, [{
            'state': 'done', 'outcome': "All in order now", 'extension_reason': "Waits for the supplier"}])
