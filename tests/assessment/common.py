from datetime import date

from odoo import Command

from ..common import LifecycleCommon

MAY = date(2026, 5, 1), date(2026, 5, 31)
JUNE = date(2026, 6, 1), date(2026, 6, 30)
COMPUTED = (
    'completion_rate', 'on_time_rate', 'processing_efficiency', 'review_on_time', 'intake_accuracy',
    'customer_satisfaction', 'aftersales_quality', 'settlement_accuracy', 'emergency_releases', 'collaboration',
    'quality',
)


class AssessmentCommon(LifecycleCommon):
    """A company in Shanghai with departments, employees and a policy that says how they are assessed."""

    @classmethod
    def _set_up_users(cls):
        super()._set_up_users()
        cls.user_assessor = cls._new_user('assessor', 'sale_order_lifecycle.group_assessor')
        cls.user_assessor_2 = cls._new_user('assessor_2', 'sale_order_lifecycle.group_assessor')
        cls.user_hr = cls._new_user('hr', 'hr.group_hr_user')
        cls.users_by_login.update(assessor=cls.user_assessor, assessor_2=cls.user_assessor_2, hr=cls.user_hr)

    @classmethod
    def _set_up_policy(cls):
        cls.departments = cls._new_departments(cls.company)
        cls.employee_sales = cls._new_employee(cls.user_sales, 'sales')
        cls.employee_finance = cls._new_employee(cls.user_finance, 'finance')
        super()._set_up_policy()

    @classmethod
    def _new_departments(cls, company):
        """:return: dict code of a role → its department in the company"""
        return {
            code: cls.env['hr.department'].create({'name': f"{code.title()} Department", 'company_id': company.id})
            for code in ('sales', 'finance', 'logistics', 'aftersales')
        }

    @classmethod
    def _new_employee(cls, user, code, company=None, departments=None):
        company = company or cls.company
        return cls.env['hr.employee'].create({
            'name': f"{user.name} of {company.name}", 'user_id': user.id, 'company_id': company.id,
            'department_id': (departments or cls.departments)[code].id,
        })

    @classmethod
    def _new_policy(cls, company=None, **vals):
        company = company or cls.company
        departments = cls.departments if company == cls.company else vals.pop('departments', {})
        calendar = cls.env['resource.calendar'].create({
            'name': "Shanghai", 'tz': 'Asia/Shanghai', 'company_id': company.id,
            'attendance_ids': [Command.create({
                'name': str(day), 'dayofweek': str(day), 'hour_from': 9, 'hour_to': 17,
            }) for day in range(5)],
        })
        return super()._new_policy(company, **{
            'calendar_id': calendar.id,
            'responsibility_ids': [Command.create({'role_id': cls._role(code).id, 'department_id': department.id})
                                   for code, department in departments.items()],
            'indicator_ids': [Command.create({
                'name': code.replace('_', ' ').title(), 'measured_by': code, 'weight': 10, 'target': 100, 'floor': 0,
            }) for code in COMPUTED],
            'grade_ids': [Command.create(grade) for grade in (
                {'name': "Excellent", 'score_from': 90, 'coefficient': 1.2, 'measure_kind': 'commendation'},
                {'name': "Pass", 'score_from': 60, 'coefficient': 0.9},
                {'name': "Fail", 'score_from': 0, 'coefficient': 0.5, 'measure_kind': 'rectification',
                 'measure_hours': 16},
            )],
            **vals,
        })

    @classmethod
    def _indicator(cls, code, policy=None):
        return (policy or cls.policy).indicator_ids.filtered(lambda indicator: indicator.code == code)

    @classmethod
    def _new_fact(cls, count=None, company=None, **facts):
        """An order, or ``count`` of them, on which these guarded facts are written as the addon itself does."""
        orders = cls._new_order(count, **({'company_id': company.id} if company else {}))
        # What is computed for a new order would come after the facts and take them away.
        cls.env.flush_all()
        orders.sudo().write(facts)
        return orders

    @classmethod
    def _new_assessment(cls, period=JUNE, user=None, policy=None, **vals):
        policy = policy or cls.policy
        return cls.env['order.assessment'].with_user(user or cls.user_assessor).with_company(
            policy.company_id).create({
                'policy_id': policy.id, 'date_from': period[0], 'date_to': period[1], **vals}).with_env(cls.env)

    @classmethod
    def _compute(cls, assessments, user=None):
        assessments.with_user(user or cls.user_assessor).action_compute()
        return assessments

    @classmethod
    def _sheet(cls, assessment, subject):
        name = 'department_id' if subject._name == 'hr.department' else 'employee_id'
        return assessment.sheet_ids.filtered(lambda sheet: sheet[name] == subject)

    @classmethod
    def _line(cls, assessment, subject, code):
        return cls._sheet(assessment, subject).line_ids.filtered(lambda line: line.indicator_id.code == code)

    def assertMeasured(self, code, expected, period=JUNE, policy=None):
        """:param expected: dict subject → (numerator, denominator)"""
        measured = self._indicator(code, policy)._measure(*period)
        self.assertEqual(
            {key: tuple(tally) for key, tally in measured.items()},
            {(subject._name, subject.id): tally for subject, tally in expected.items()})
