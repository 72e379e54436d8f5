import itertools
from contextlib import contextmanager
from datetime import date

from freezegun import freeze_time
from psycopg2.errors import CheckViolation

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ...hooks import uninstall_hook
from .common import JUNE, AssessmentCommon


@tagged('post_install', '-at_install')
class TestAssessment(AssessmentCommon):
    """From the draft to the published sheets (articles E1-E3)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.indicator_manual = cls.env['order.indicator'].create({
            'policy_id': cls.policy.id, 'name': "Teamwork", 'kind': 'manual', 'code': 'teamwork', 'weight': 20,
            'target': 100, 'floor': 0, 'sequence': 90,
        })
        cls.orders = cls._new_fact(4, commitment_date='2026-06-30 04:00:00', received_at='2026-06-10 08:00:00')
        cls.env.flush_all()
        cls.orders[:3].sudo().fulfilled_at = '2026-06-20 08:00:00'
        cls.assessment = cls._new_assessment()

    # -- computation ----------------------------------------------------------------------------

    def test_sheets(self):
        """Departments with responsibilities, their employees, whoever else has facts: each with their figures."""
        outsider = self._new_employee(self.user_logistics, 'logistics')
        outsider.department_id = False
        below = self.env['hr.department'].create({
            'name': "Sales North", 'parent_id': self.departments['sales'].id, 'company_id': self.company.id})
        member = self._new_employee(self.user_legal, 'sales')
        member.department_id = below
        self.orders[3].sudo().user_id = self.user_logistics
        self._compute(self.assessment)
        self.assertEqual(self.assessment.state, 'computed')
        sheets = self.assessment.sheet_ids
        self.assertEqual(set(sheets.department_id), set(self.departments.values()))
        self.assertEqual(
            set(sheets.employee_id), {self.employee_sales, self.employee_finance, outsider, member})
        self.assertEqual(
            self._sheet(self.assessment, outsider).line_ids.indicator_id.mapped('code'), ['completion_rate'])
        self.assertEqual(
            set(self._sheet(self.assessment, member).line_ids.indicator_id.mapped('code')),
            {'completion_rate', 'on_time_rate', 'processing_efficiency', 'review_on_time', 'intake_accuracy',
             'emergency_releases', 'teamwork'})
        self.assertRecordValues(self._line(self.assessment, self.employee_sales, 'completion_rate'), [{
            'numerator': 3, 'denominator': 3, 'value': 100, 'score': 100, 'case_count': 3, 'failed_count': 0}])
        self.assertRecordValues(self._line(self.assessment, self.departments['sales'], 'completion_rate'), [{
            'numerator': 3, 'denominator': 4, 'value': 75, 'score': 75, 'case_count': 4, 'failed_count': 1}])

    def test_weights_are_renormalised(self):
        """Figures with too few cases do not count; the others make the whole by their weights."""
        self._indicator('completion_rate').sudo().weight = 30
        self._indicator('on_time_rate').sudo().write({'weight': 10, 'target': 80})
        self._compute(self.assessment)
        sheet = self._sheet(self.assessment, self.employee_sales)
        # 75 points of weight 30, 100 of weight 10
        self.assertRecordValues(sheet, [{'is_rated': True, 'score': 81.25, 'coefficient': 0.9}])
        self.assertEqual(sheet.grade_id.name, "Pass")
        shares = {line.indicator_id.code: line.share for line in sheet.line_ids.filtered('is_scored')}
        self.assertEqual(shares, {'completion_rate': 75, 'on_time_rate': 25})
        self._indicator('on_time_rate').sudo().minimum_cases = 4
        self._compute(self.assessment)
        self.assertRecordValues(sheet, [{'score': 75}])
        self.assertFalse(self._line(self.assessment, self.employee_sales, 'on_time_rate').is_scored)
        self._indicator('completion_rate').sudo().minimum_cases = 5
        self._compute(self.assessment)
        self.assertRecordValues(sheet, [{'is_rated': False, 'score': 0, 'grade_id': False, 'coefficient': 1}])
        self.assertFalse(sheet.measure_ids)

    def test_evidence_counts_exactly_the_number(self):
        self._accept(self._new_order(2))
        self.env['order.review'].sudo().search([]).write({
            'decided_at': '2026-06-10 08:00:00', 'deadline': '2026-06-10 09:00:00'})
        self.orders.sudo().write({'submitted_at': '2026-06-11 08:00:00', 'registered_by_id': self.user_sales.id})
        visit = self.env['order.visit'].create({'order_id': self.orders[0].id})
        self.env.flush_all()
        visit.sudo().write({'state': 'done', 'satisfaction': 3, 'done_at': '2026-06-12 08:00:00'})
        self._compute(self.assessment)
        self.assertRecordValues(self._line(self.assessment, self.departments['aftersales'], 'customer_satisfaction'), [{
            'numerator': 3, 'denominator': 5, 'case_count': 1, 'failed_count': 1, 'value': 60}])
        lines = self.assessment.sheet_ids.line_ids.with_user(self.user_assessor)
        counted = lines.filtered('case_count')
        self.assertGreater(len(counted.indicator_id), 4)
        for line in counted:
            with self.subTest(line=line.display_name, subject=line.sheet_id.display_name):
                action = line.action_open_evidence()
                Model = self.env[action['res_model']].with_user(self.user_assessor)
                self.assertEqual(Model.search_count(action['domain']), line.case_count)
                failures = line.action_open_failures()
                self.assertEqual(Model.search_count(failures['domain']), line.failed_count)
                if line.indicator_id.code != 'customer_satisfaction':
                    self.assertEqual(line.case_count, line.denominator)
                    self.assertEqual(line.failed_count, line.denominator - line.numerator)
        with self.assertRaises(UserError):
            self._line(self.assessment, self.employee_sales, 'teamwork').action_open_evidence()

    def test_evidence_of_confirmed_figures(self):
        """What happens later changes neither the figure nor the records behind it."""
        self._compute(self.assessment)
        self.assessment.with_user(self.user_assessor).action_confirm()
        self.orders[3].sudo().fulfilled_at = '2026-07-20 08:00:00'
        line = self._line(self.assessment, self.departments['sales'], 'completion_rate')
        self.assertEqual((line.numerator, line.denominator), (3, 4))
        self.assertEqual(line.action_open_failures()['domain'], [('id', 'in', self.orders[3].ids)])

    def test_recompute_keeps_what_was_entered(self):
        self._compute(self.assessment)
        line = self._line(self.assessment, self.employee_sales, 'teamwork').with_user(self.user_assessor)
        line.write({'manual_value': 40, 'note': "Helps nobody"})
        sheet = self._sheet(self.assessment, self.employee_sales)
        sheet.with_user(self.user_assessor).comment = "Should help"
        score = sheet.score
        self.orders[3].sudo().fulfilled_at = '2026-06-20 08:00:00'
        self._compute(self.assessment)
        self.assertRecordValues(line, [{
            'manual_value': 40, 'value': 40, 'score': 40, 'is_scored': True, 'note': "Helps nobody",
            'entered_by_id': self.user_assessor.id}])
        self.assertEqual(sheet.comment, "Should help")
        self.assertGreater(sheet.score, score)

    def test_recompute_follows_the_facts(self):
        """Who has no facts any more and belongs to no department loses the sheet, unless something is written on it."""
        outsider = self._new_employee(self.user_logistics, 'logistics')
        outsider.department_id = False
        self.orders[3].sudo().user_id = self.user_logistics
        self._compute(self.assessment)
        self.assertTrue(self._sheet(self.assessment, outsider))
        self.orders[3].sudo().user_id = self.user_sales
        self._compute(self.assessment)
        self.assertFalse(self._sheet(self.assessment, outsider))
        line = self._line(self.assessment, self.employee_finance, 'teamwork')
        line.with_user(self.user_assessor).manual_value = 50
        self.employee_finance.department_id = False
        self._compute(self.assessment)
        self.assertEqual(self._sheet(self.assessment, self.employee_finance).line_ids, line)
        self.assertEqual(line.score, 50)

    def test_manual_value(self):
        """An entered zero counts; what is taken back does not."""
        self._compute(self.assessment)
        line = self._line(self.assessment, self.departments['finance'], 'teamwork').with_user(self.user_assessor)
        sheet = self._sheet(self.assessment, self.departments['finance'])
        self.assertFalse(sheet.is_rated)
        self.assertEqual(self.assessment.missing_entry_count, 6)
        line.is_entered = True
        self.assertRecordValues(sheet, [{'is_rated': True, 'score': 0, 'coefficient': 0.5}])
        self.assertEqual(self.assessment.missing_entry_count, 5)
        line.manual_value = 70
        self.assertRecordValues(sheet, [{'score': 70, 'coefficient': 0.9}])
        line.is_entered = False
        self.assertFalse(sheet.is_rated)
        with self.assertRaises(ValidationError):
            line.manual_value = 101
        with self.assertRaises(UserError):
            self._line(self.assessment, self.employee_sales, 'on_time_rate').with_user(
                self.user_assessor).manual_value = 90

    # -- refusals -------------------------------------------------------------------------------

    def test_order_of_the_steps(self):
        assessment = self.assessment.with_user(self.user_assessor)
        for action in ('action_confirm', 'action_publish', 'action_draft'):
            with self.subTest(action=action), self.assertRaises(UserError):
                getattr(assessment, action)()
        assessment.action_compute()
        with self.assertRaises(UserError):
            assessment.action_publish()
        with self.assertRaises(UserError):
            assessment.date_to = '2026-07-31'
        assessment.action_draft()
        assessment.date_to = '2026-07-31'
        assessment.action_compute()
        assessment.action_confirm()
        for action in ('action_compute', 'action_confirm', 'action_draft'):
            with self.subTest(action=action), self.assertRaises(UserError):
                getattr(assessment, action)()
        with self.assertRaises(UserError):
            assessment.unlink()
        assessment.action_publish()
        self.assertRecordValues(assessment, [{
            'state': 'published', 'confirmed_by_id': self.user_assessor.id, 'published_by_id': self.user_assessor.id}])

    def test_period_that_runs(self):
        """Computed in between, but confirmed only when the last day is over, in Shanghai."""
        self._compute(self.assessment)
        with freeze_time('2026-06-30 15:59:00'), self.assertRaises(UserError):
            self.assessment.with_user(self.user_assessor).action_confirm()
        with freeze_time('2026-06-30 16:01:00'):
            self.assessment.with_user(self.user_assessor).action_confirm()
        self.assertEqual(self.assessment.state, 'confirmed')

    def test_refused_assessments(self):
        with self.assertRaises(ValidationError):
            self._new_assessment(policy=self._new_policy())
        with mute_logger('odoo.sql_db'), self.assertRaises(CheckViolation), self.env.cr.savepoint():
            self._new_assessment((JUNE[1], JUNE[0]))
        self.policy.sudo().indicator_ids.active = False
        with self.assertRaises(UserError):
            self._compute(self.assessment)

    def test_all_or_none(self):
        other = self._new_assessment((date(2026, 5, 1), date(2026, 5, 31)))
        self._compute(other)
        other.with_user(self.user_assessor).action_confirm()
        with self.assertRaises(UserError), self.env.cr.savepoint():
            self._compute(self.assessment | other)
        self.assertEqual(self.assessment.state, 'draft')
        third = self._new_assessment((date(2026, 4, 1), date(2026, 4, 30)))
        self._compute(self.assessment | third)
        self.assertEqual((self.assessment | third).mapped('state'), ['computed', 'computed'])

    # -- what follows ---------------------------------------------------------------------------

    def test_coefficient(self):
        """Payroll reads the coefficient of the last published assessment (article E3)."""
        employee = self.employee_sales.with_user(self.user_hr)
        self.assertEqual(employee.performance_coefficient, 1)
        self._compute(self.assessment)
        assessment = self.assessment.with_user(self.user_assessor)
        assessment.action_confirm()
        self.assertEqual(employee.performance_coefficient, 1)
        assessment.action_publish()
        self.assertEqual(employee.performance_coefficient, 0.9)
        # An earlier period that is published later is not the last one.
        earlier = self._new_assessment((date(2026, 5, 1), date(2026, 5, 31)))
        self.orders[3].sudo().received_at = '2026-05-10 08:00:00'
        self._compute(earlier)
        self.assertEqual(self._sheet(earlier, self.employee_sales).coefficient, 0.5)
        earlier.with_user(self.user_assessor).action_confirm()
        earlier.with_user(self.user_assessor).action_publish()
        self.assertEqual(employee.performance_coefficient, 0.9)
        later = self._new_assessment((date(2026, 7, 1), date(2026, 7, 31)))
        self.orders[3].sudo().received_at = '2026-07-10 08:00:00'
        self._compute(later)
        later.with_user(self.user_assessor).action_confirm()
        later.with_user(self.user_assessor).action_publish()
        self.assertEqual(employee.performance_coefficient, 0.5)
        with self.assertRaises(AccessError):
            employee.performance_coefficient = 2
        with self.assertRaises(AccessError):
            self.env['hr.employee'].with_user(self.user_hr).create({'name': "New", 'performance_coefficient': 2})
        with self.assertRaises(AccessError):
            self.employee_sales.with_user(self.user_sales).read(['performance_coefficient'])

    def test_employee_reads_the_own_sheet(self):
        self._compute(self.assessment)
        own = self._sheet(self.assessment, self.employee_sales).with_user(self.user_sales)
        other = self._sheet(self.assessment, self.employee_finance).with_user(self.user_sales)
        department = self._sheet(self.assessment, self.departments['sales']).with_user(self.user_sales)
        menu = self.env.ref('sale_order_lifecycle.menu_order_assessment_mine')
        Sheet = self.env['order.assessment.sheet'].with_user(self.user_sales)

        def reads(sheet):
            self.env.invalidate_all()
            try:
                sheet.read(['score', 'comment'])
                sheet.line_ids.read(['value', 'score'])
            except AccessError:
                return False
            return True

        self.assertFalse(reads(own))
        self.assertNotIn(menu.id, self.env['ir.ui.menu'].with_user(self.user_sales).load_menus(False))
        self.assessment.with_user(self.user_assessor).action_confirm()
        self.assertFalse(reads(own))
        self.assessment.with_user(self.user_assessor).action_publish()
        self.assertTrue(reads(own))
        self.assertFalse(reads(other))
        self.assertFalse(reads(department))
        self.assertEqual(Sheet.search([]), own)
        self.assertIn(menu.id, self.env['ir.ui.menu'].with_user(self.user_sales).load_menus(False))
        message = self.env['mail.message'].sudo().search([
            ('partner_ids', 'in', self.user_sales.partner_id.ids), ('subject', '=', self.assessment.name)])
        self.assertIn("My Assessments", message.body)

    def test_application_of_plain_employees(self):
        """People without a role see the application once there is something about them, and then that only."""
        root = self.env.ref('sale_order_lifecycle.menu_root')
        employee = self._new_employee(self.user_employee, 'sales')
        Menu = self.env['ir.ui.menu'].with_user(self.user_employee)
        self.assertNotIn(root.id, Menu.load_menus(False))
        self._compute(self.assessment)
        self.assertTrue(self._sheet(self.assessment, employee))
        self.assessment.with_user(self.user_assessor).action_confirm()
        self.assessment.with_user(self.user_assessor).action_publish()
        menus = Menu.load_menus(False)
        self.assertEqual(
            menus[root.id]['children'], self.env.ref('sale_order_lifecycle.menu_order_assessment_mine').ids)

    def test_second_company(self):
        """An assessor sees and computes nothing of a company without access."""
        company = self._new_company()
        departments = self._new_departments(company)
        policy = self._new_policy(company, departments=departments)
        self._adopt(policy)
        foreign = self._new_user('foreign', 'sale_order_lifecycle.group_assessor', company=company)
        assessment = self._new_assessment(policy=policy, user=foreign)
        self._compute(assessment, foreign)
        self.assertEqual(assessment.sheet_ids.company_id, company)
        self.env.invalidate_all()
        own = assessment.with_user(self.user_assessor)
        for records in (own, own.sudo().sheet_ids.sudo(False), own.sudo().sheet_ids.line_ids.sudo(False)):
            with self.assertRaises(AccessError):
                records.read(['id', 'company_id'])
        with self.assertRaises(AccessError):
            own.action_compute()
        with self.assertRaises(AccessError):
            self._new_assessment(policy=policy)

    def test_query_budget(self):
        """Compute costs the same for 1 and for 20 employees with orders."""
        months = itertools.count(1)

        def get_counts(number):
            month = next(months)
            users = [self._new_user(f'{month}_{index}', 'sales_team.group_sale_salesman') for index in range(number)]
            for user in users:
                self._new_employee(user, 'sales')
                self._new_fact(received_at=f'2026-0{month}-01 08:00:00', user_id=user.id)
            assessment = self._new_assessment((date(2026, month, 1), date(2026, month, 28)))
            # The second computation updates what the first has created: both count.
            counts = {step: self._count_queries(self._compute, assessment) for step in ('create', 'update')}
            self.assertGreaterEqual(len(assessment.sheet_ids), len(self.departments) + number)
            return counts

        # Core inserts a hundred rows a statement, and twenty sheets have more lines than that.
        self.assertSameCounts(get_counts, more=5)

    def test_policy_form_shows_the_rules(self):
        view = self.env['order.policy'].with_user(self.user_manager).get_view(view_type='form')
        for name in ('indicator_ids', 'grade_ids', 'processing_target_hours'):
            self.assertIn(f'name="{name}"', view['arch'])

    def test_counters_of_departments_and_employees(self):
        self._compute(self.assessment)
        self.assertEqual(self.departments['sales'].with_user(self.user_assessor).order_sheet_count, 1)
        self.assertEqual(self.employee_sales.with_user(self.user_hr).order_sheet_count, 0)
        self.assessment.with_user(self.user_assessor).action_confirm()
        self.assessment.with_user(self.user_assessor).action_publish()
        self.env.invalidate_all()
        self.assertEqual(self.employee_sales.with_user(self.user_hr).order_sheet_count, 1)
        action = self.employee_sales.with_user(self.user_hr).action_open_order_sheets()
        self.assertEqual(
            self.env['order.assessment.sheet'].with_user(self.user_hr).search(action['domain']),
            self._sheet(self.assessment, self.employee_sales))

    def test_uninstall(self):
        """Also confirmed assessments leave the database with the addon."""
        self._compute(self.assessment)
        self.assessment.with_user(self.user_assessor).action_confirm()
        self.env.flush_all()
        uninstall_hook(self.env)
        for model in ('order.assessment', 'order.assessment.sheet', 'order.assessment.line', 'order.indicator'):
            self.assertFalse(self.env[model].search([]), model)

    def test_role_of_an_indicator(self):
        """Roles narrow whom a manual indicator assesses."""
        self.indicator_manual.write({'role_ids': [Command.set(self._role('finance').ids)], 'subject': 'employee'})
        self._compute(self.assessment)
        lines = self.assessment.sheet_ids.line_ids.filtered(lambda line: line.indicator_id == self.indicator_manual)
        self.assertEqual(lines.employee_id, self.employee_finance)
        self.assertFalse(lines.department_id)

    # -- once ---------------------------------------------------------------------------------------

    @contextmanager
    def assertOverlap(self):
        with self.assertRaisesRegex(ValidationError, "already covers"), self.env.cr.savepoint():
            yield

    def test_period_is_assessed_once(self):
        """Neither the same days, nor some of them, by this policy or by another one of the company."""
        policy = self._adopt(self._new_policy())
        for period in (JUNE, (date(2026, 6, 30), date(2026, 7, 31)), (date(2026, 5, 1), date(2026, 6, 1)),
                       (date(2026, 6, 10), date(2026, 6, 10)), (date(2026, 1, 1), date(2026, 12, 31))):
            for own in (self.policy, policy):
                with self.subTest(period=period), self.assertOverlap():
                    self._new_assessment(period, policy=own)
        with self.assertOverlap():
            self.assessment.with_user(self.user_assessor).copy()
        july = self._new_assessment((date(2026, 7, 1), date(2026, 7, 31)))
        with self.assertOverlap():
            july.with_user(self.user_assessor).date_from = date(2026, 6, 30)
        self._compute(self.assessment)
        self._compute(self.assessment)
        self._compute(july)

    def test_periods_that_came_together(self):
        """What two assessors have entered in the same moment is computed for neither before one is changed."""
        other = self._new_assessment((date(2026, 7, 1), date(2026, 7, 31)))
        self.env.cr.execute("UPDATE order_assessment SET date_from = '2026-06-30' WHERE id = %s", [other.id])
        self.env.invalidate_all()
        for assessment in (self.assessment, other):
            with self.assertOverlap():
                self._compute(assessment)
        other.with_user(self.user_assessor).date_from = date(2026, 7, 1)
        self._compute(self.assessment | other)

    def test_other_company_has_its_own_periods(self):
        company = self._new_company()
        policy = self._adopt(self._new_policy(company, departments=self._new_departments(company)))
        foreign = self._new_user('foreign', 'sale_order_lifecycle.group_assessor', company=company)
        self._compute(self._new_assessment(policy=policy, user=foreign), foreign)

    def test_averages(self):
        """Who has no score does not lower the average of those who have one, nor a figure that is not scored."""
        self._compute(self.assessment)
        sheets = self.assessment.sheet_ids
        rated = sheets.filtered('is_rated')
        self.assertTrue(rated and sheets - rated)
        [[average, coefficient]] = self.env['order.assessment.sheet']._read_group(
            [('assessment_id', '=', self.assessment.id)], [], ['score:avg', 'coefficient:avg'])
        self.assertAlmostEqual(average, sum(rated.mapped('score')) / len(rated))
        self.assertAlmostEqual(coefficient, sum(rated.mapped('coefficient')) / len(rated))
        self.assertAlmostEqual(self.assessment.average_score, average)
        lines = sheets.line_ids
        scored = lines.filtered('is_scored')
        self.assertTrue(scored and lines - scored)
        [[value, score, entered]] = self.env['order.assessment.line']._read_group(
            [('assessment_id', '=', self.assessment.id)], [], ['value:avg', 'score:avg', 'manual_value:avg'])
        self.assertAlmostEqual(value, sum(scored.mapped('value')) / len(scored))
        self.assertAlmostEqual(score, sum(scored.mapped('score')) / len(scored))
        self.assertFalse(entered)
        unrated = self.env['order.assessment.sheet'].with_user(self.user_assessor).formatted_read_group(
            [('assessment_id', '=', self.assessment.id), ('is_rated', '=', False)], [], ['score:avg'])
        self.assertFalse(unrated[0]['score:avg'])
