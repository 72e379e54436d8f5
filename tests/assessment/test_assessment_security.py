from xmlrpc.client import Fault

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .common import MAY, AssessmentCommon

NOTHING = {'read': False, 'write': False, 'create': False, 'unlink': False}
READ = {**NOTHING, 'read': True}
PLAIN = ('employee', 'stock', 'mrp', 'buyer')
ROLES = ('production', 'logistics', 'finance', 'legal', 'purchasing', 'quality', 'aftersales')


class SecurityCommon(AssessmentCommon):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env['order.indicator'].create({
            'policy_id': cls.policy.id, 'name': "Teamwork", 'kind': 'manual', 'code': 'teamwork', 'target': 100,
            'floor': 0})
        cls.orders = cls._new_fact(2, commitment_date='2026-06-30 04:00:00', received_at='2026-06-10 08:00:00')
        cls.env.flush_all()
        cls.orders[0].sudo().fulfilled_at = '2026-06-20 08:00:00'
        cls.employee_assessor = cls._new_employee(cls.user_assessor, 'sales')
        cls.assessment = cls._compute(cls._new_assessment())
        cls.line_own = cls._line(cls.assessment, cls.employee_assessor, 'teamwork')
        cls.line_own.with_user(cls.user_assessor_2).manual_value = 10
        cls.sheet = cls._sheet(cls.assessment, cls.employee_sales)
        cls.line = cls._line(cls.assessment, cls.employee_sales, 'completion_rate')
        cls.line_manual = cls._line(cls.assessment, cls.employee_sales, 'teamwork')
        cls.measure = cls._sheet(cls.assessment, cls.departments['sales']).measure_ids

    @classmethod
    def _publish(cls):
        cls.assessment.with_user(cls.user_assessor).action_confirm()
        cls.measure.with_user(cls.user_assessor).action_decide()
        cls.assessment.with_user(cls.user_assessor).action_publish()


@tagged('post_install', '-at_install')
class TestOwnEmployee(SecurityCommon):

    @mute_logger('odoo.addons.base.models.ir_model', 'odoo.models')
    def test_nobody_ceases_to_be_the_own_employee(self):
        """Whose sheet it is says the user of the employee, which HR officers write, directly or by its resource."""
        user = self._new_user('judge', (
            'sale_order_lifecycle.group_assessor,hr.group_hr_user,mrp.group_mrp_manager'))
        own = self._new_employee(user, 'sales')
        other = self.env['resource.resource'].create({'name': "Other"})
        sheet = self._sheet(self._compute(self._new_assessment(MAY)), own)
        with self._in_transaction_of(user):
            for records, vals in (
                (own, {'user_id': False}), (own, {'user_id': self.user_legal.id}), (own, {'resource_id': other.id}),
                (own.resource_id, {'user_id': False}), (own, {'resource_id': False}),
                (user, {'employee_ids': [Command.unlink(own.id)]}),
            ):
                for mine in (records.with_user(user).sudo(False), records.with_user(user).sudo()):
                    with self.subTest(records=records, vals=vals, su=mine.env.su), self.assertRaises(
                            UserError), self.env.cr.savepoint():
                        mine.write(vals)
            with self.assertRaises(UserError), self.env.cr.savepoint():
                own.with_user(user).sudo(False).unlink()
            own.with_user(user).sudo(False).write({'user_id': user.id, 'name': "Same Person"})
        self.assertTrue(sheet.with_user(user).is_own)
        # Others may: the sheet is somebody's by what is linked now, and this person assesses nobody.
        with self._in_transaction_of(self.user_hr):
            own.with_user(self.user_hr).user_id = False
        self.assertFalse(own.user_id)


@tagged('post_install', '-at_install')
class TestAssessmentRights(SecurityCommon):
    """Each role over every model of the room."""

    def assertRights(self, records, logins, **expected):
        for login in logins:
            self.env.invalidate_all()
            with self.subTest(login=login, records=records):
                own = records.with_user(self.users_by_login[login])
                self.assertEqual({operation: own.has_access(operation) for operation in expected}, expected)

    def test_rules_of_the_policy(self):
        for records in (self.policy.indicator_ids, self.policy.grade_ids):
            self.assertRights(records, ('sales', 'sales_manager', 'assessor', *ROLES), **READ)
            self.assertRights(records, (*PLAIN, 'hr'), **NOTHING)
            self.assertRights(records, ('manager',), read=True, write=True, create=True, unlink=True)

    def test_templates(self):
        template = self.env.ref('sale_order_lifecycle.policy_template_standard')
        for records in (template.indicator_ids, template.grade_ids):
            self.assertRights(records, ('manager',), read=True)

    def test_in_work(self):
        self.assertRights(
            self.assessment, ('assessor', 'assessor_2'), read=True, write=True, create=True, unlink=True)
        self.assertRights(self.assessment, ('manager',), **READ)
        self.assertRights(self.assessment, ('sales', 'sales_manager', 'hr', *PLAIN, *ROLES), **NOTHING)
        for records in (self.sheet, self.line):
            self.assertRights(records, ('assessor', 'assessor_2'), read=True, write=True, create=False, unlink=False)
            self.assertRights(records, ('manager',), **READ)
            self.assertRights(records, ('sales', 'sales_manager', 'hr', *PLAIN, *ROLES), **NOTHING)
        self.assertRights(self.measure, ('assessor', 'assessor_2'), read=True, write=True, create=True, unlink=True)
        self.assertRights(self.measure, ('manager',), **READ)
        self.assertRights(self.measure, ('sales', 'sales_manager', 'hr', *PLAIN, *ROLES), **NOTHING)

    def test_published(self):
        self._publish()
        self.assertRights(self.sheet | self.line.sheet_id, ('sales', 'hr', 'manager'), **READ)
        self.assertRights(self.line, ('sales', 'hr', 'manager'), **READ)
        others = self._sheet(self.assessment, self.employee_finance)
        for records in (others, others.line_ids, self.measure):
            self.assertRights(records, ('sales', 'sales_manager', 'legal', *PLAIN), **NOTHING)
        self.assertRights(self.measure, ('hr', 'manager'), **READ)
        self.assertRights(self.assessment, ('sales', 'hr', *PLAIN, *ROLES), **NOTHING)

    def test_other_companies(self):
        company = self._new_company()
        outsider = self._new_user('outsider', 'sale_order_lifecycle.group_assessor', company=company)
        self.users_by_login['outsider'] = outsider
        for records in (
            self.assessment, self.sheet, self.line, self.measure, self.policy.indicator_ids, self.policy.grade_ids,
        ):
            self.assertRights(records, ('outsider',), **NOTHING)

    def test_wizard(self):
        self.assertRights(self.env['order.measure.handling'], ('assessor',), create=True)
        self.assertRights(self.env['order.measure.handling'], ('sales', 'manager', *ROLES, *PLAIN), create=False)

    def test_actions_are_for_assessors(self):
        for login in ('manager', 'sales', 'finance', 'employee', 'hr'):
            user = self.users_by_login[login]
            for record, action in (
                (self.assessment, 'action_compute'), (self.assessment, 'action_draft'),
                (self.assessment, 'action_confirm'), (self.assessment, 'action_publish'),
                (self.measure, 'action_decide'),
            ):
                with self.subTest(login=login, action=action), self.assertRaises(AccessError):
                    getattr(record.with_user(user), action)()
                # Superuser rights of whatever code runs in the person's name are no right (automation rules).
                with self.subTest(login=login, action=action, sudo=True), self.assertRaises(AccessError):
                    getattr(record.with_user(user).sudo(), action)()

    # -- nobody raises the own score ----------------------------------------------------------------

    def test_own_sheet(self):
        own = self._sheet(self.assessment, self.employee_assessor).with_user(self.user_assessor)
        line = self._line(self.assessment, self.employee_assessor, 'teamwork').with_user(self.user_assessor)
        self.assertTrue(own.is_own)
        self.assertFalse(line.can_enter)
        for attempt in (
            lambda: own.write({'comment': "Best of all"}),
            lambda: own.write({'line_ids': [(1, line.id, {'manual_value': 100})]}),
            lambda: line.write({'manual_value': 100}),
            lambda: line.write({'is_entered': True}),
            lambda: line.write({'note': "Best of all"}),
            lambda: (own | self.sheet.with_user(self.user_assessor)).write({'comment': "Best of all"}),
            lambda: own.write({'measure_ids': [(0, 0, {'kind': 'reward', 'amount': 1000})]}),
        ):
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                attempt()
        line.with_user(self.user_assessor_2).manual_value = 55
        self.assertEqual(line.score, 55)
        self.assertEqual(line.entered_by_id, self.user_assessor_2)

    def test_own_figures_are_not_left_out(self):
        """Neither by confirming before they are entered nor by deleting the assessment."""
        with self.assertRaises(AccessError):
            self.assessment.with_user(self.user_assessor).unlink()
        self.line_own.with_user(self.user_assessor_2).is_entered = False
        with self.assertRaises(UserError):
            self.assessment.with_user(self.user_assessor).action_confirm()
        self.assertEqual(self.assessment.state, 'computed')
        self.assessment.with_user(self.user_assessor_2).action_confirm()
        self.assertEqual(self.assessment.state, 'confirmed')

    # -- frozen ---------------------------------------------------------------------------------------

    def test_confirmed_is_frozen_on_every_path(self):
        """Also for code that runs as superuser in somebody's name."""
        self.assessment.with_user(self.user_assessor).action_confirm()
        for su in (False, True):
            def own(record, su=su):
                return record.with_user(self.user_assessor).sudo(su)

            for attempt in (
                lambda: own(self.sheet).write({'comment': "Later"}),
                lambda: own(self.sheet).write({'line_ids': [(1, self.line_manual.id, {'manual_value': 100})]}),
                lambda: own(self.sheet).write({'measure_ids': [(0, 0, {'kind': 'reward'})]}),
                lambda: own(self.line_manual).write({'manual_value': 100}),
                lambda: own(self.line_manual).write({'note': "Later"}),
                lambda: own(self.measure).write({'amount': 100}),
                lambda: own(self.measure).write({'kind': 'reward'}),
                lambda: own(self.measure).write({'reason': "Other"}),
                lambda: own(self.measure).unlink(),
                lambda: own(self.measure).copy({'kind': 'reward'}),
                lambda: own(self.env['order.measure']).create({'sheet_id': self.sheet.id, 'kind': 'reward'}),
                lambda: own(self.assessment).write({'name': "Other"}),
                lambda: own(self.assessment).write({'date_to': '2026-07-31'}),
                lambda: own(self.assessment).write({'policy_id': self.policy.id}),
                lambda: own(self.assessment).unlink(),
            ):
                with self.subTest(su=su), self.assertRaises(UserError), self.env.cr.savepoint():
                    attempt()
        for attempt in (
            lambda: self.sheet.sudo().write({'score': 100}),
            lambda: self.line.sudo().write({'numerator': 100}),
            lambda: self.sheet.sudo().unlink(),
            lambda: self.line.sudo().unlink(),
            lambda: self.assessment.sudo().write({'state': 'draft'}),
            lambda: self.assessment.sudo().write({'state': 'computed'}),
        ):
            with self.assertRaises(UserError), self.env.cr.savepoint():
                attempt()

    def test_nothing_comes_to_a_frozen_assessment(self):
        self.assessment.with_user(self.user_assessor).action_confirm()
        self.orders.sudo().received_at = '2026-05-10 08:00:00'
        other = self._compute(self._new_assessment(MAY))
        measure = self._sheet(other, self.departments['sales']).measure_ids
        with self.assertRaises(UserError):
            measure.with_user(self.user_assessor).sheet_id = self.sheet
        with self.assertRaises(UserError):
            self._sheet(other, self.employee_sales).line_ids[0].sudo().sheet_id = self.sheet

    def test_chatter_of_a_confirmed_assessment(self):
        self._publish()
        for record in (self.assessment, self.measure):
            message = record.with_user(self.user_assessor).message_post(body="Discussed in the meeting")
            self.assertTrue(message)


@tagged('post_install', '-at_install')
class TestAssessmentRpc(SecurityCommon, HttpCase):
    """What people try from scripts of their own."""

    def setUp(self):
        super().setUp()
        for user in (self.user_assessor, self.user_sales, self.user_manager, self.user_hr):
            user.password = f'{user.login}_password'
        self.own_sheet = self._sheet(self.assessment, self.employee_assessor)
        self.own_line = self._line(self.assessment, self.employee_assessor, 'teamwork')
        self.env.flush_all()

    def _call(self, user, model, method, *args, **kwargs):
        return self.xmlrpc_object.execute_kw(
            self.env.cr.dbname, user.id, f'{user.login}_password', model, method, list(args), kwargs)

    def assertRefused(self, user, model, method, *args, **kwargs):
        with self.subTest(user=user.login, model=model, method=method, args=args), mute_logger('odoo.http'), \
                self.assertRaises(Fault):
            self._call(user, model, method, *args, **kwargs)

    def _get_state(self):
        self.env.invalidate_all()
        return [
            self.assessment.read(['state', 'date_from', 'date_to', 'policy_id', 'confirmed_by_id']),
            self.assessment.sheet_ids.read(['score', 'grade_id', 'coefficient', 'comment', 'is_rated']),
            self.assessment.sheet_ids.line_ids.read(
                ['numerator', 'denominator', 'value', 'score', 'weight', 'manual_value', 'is_entered', 'case_ids']),
            self.assessment.sheet_ids.measure_ids.read(['state', 'decided_by_id', 'deadline']),
            self.employee_assessor.sudo().performance_coefficient,
        ]

    def test_assessor(self):
        """An assessor changes nothing by hand that is counted, and nothing of the own sheet."""
        before = self._get_state()
        user = self.user_assessor
        for values in ({'score': 100}, {'grade_id': self.policy.grade_ids[0].id}, {'coefficient': 2},
                       {'is_rated': True}, {'employee_id': self.employee_finance.id}, {'state': 'published'},
                       {'user_id': user.id}, {'assessment_id': self.assessment.id}):
            self.assertRefused(user, 'order.assessment.sheet', 'write', self.sheet.ids, values)
        for values in ({'numerator': 5}, {'denominator': 1}, {'value': 100}, {'score': 100}, {'weight': 0},
                       {'is_scored': False}, {'case_ids': []}, {'kind': 'manual'}, {'sheet_id': self.own_sheet.id},
                       {'indicator_id': self.line.indicator_id.id}, {'entered_by_id': user.id}):
            self.assertRefused(user, 'order.assessment.line', 'write', self.line.ids, values)
        self.assertRefused(user, 'order.assessment.line', 'write', self.line.ids, {'manual_value': 100})
        self.assertRefused(user, 'order.assessment.line', 'write', self.own_line.ids, {'manual_value': 100})
        self.assertRefused(user, 'order.assessment.line', 'write', self.own_line.ids, {'is_entered': True})
        self.assertRefused(user, 'order.assessment.sheet', 'write', self.own_sheet.ids, {'comment': "Best"})
        self.assertRefused(user, 'order.assessment.sheet', 'write', self.own_sheet.ids, {
            'line_ids': [[1, self.own_line.id, {'manual_value': 100}]]})
        self.assertRefused(user, 'order.assessment', 'write', self.assessment.ids, {
            'sheet_ids': [[1, self.own_sheet.id, {'comment': "Best"}]]})
        self.assertRefused(user, 'order.assessment', 'write', self.assessment.ids, {'state': 'published'})
        self.assertRefused(user, 'order.assessment', 'write', self.assessment.ids, {'confirmed_by_id': user.id})
        self.assertRefused(user, 'order.assessment.sheet', 'create', [{
            'assessment_id': self.assessment.id, 'employee_id': user.employee_id.id, 'score': 100}])
        self.assertRefused(user, 'order.assessment.line', 'create', [{
            'sheet_id': self.sheet.id, 'indicator_id': self.line.indicator_id.id}])
        self.assertRefused(user, 'order.assessment.sheet', 'unlink', self.own_sheet.ids)
        self.assertRefused(user, 'order.assessment', 'unlink', self.assessment.ids)
        self.assertRefused(user, 'order.assessment.line', 'unlink', self.line.ids)
        self.assertRefused(user, 'order.measure', 'write', self.measure.ids, {'state': 'done'})
        self.assertRefused(user, 'order.measure', 'write', self.measure.ids, {'deadline': '2030-01-01 00:00:00'})
        self.assertRefused(user, 'order.measure', 'create', [{
            'sheet_id': self.sheet.id, 'kind': 'reward', 'state': 'decided'}])
        self.assertRefused(user, 'order.measure', 'create', [{
            'sheet_id': self.own_sheet.id, 'kind': 'reward', 'amount': 1000}])
        self.assertRefused(user, 'order.measure', 'action_decide', self.measure.ids)
        self.assertRefused(user, 'hr.employee', 'write', self.employee_assessor.ids, {'performance_coefficient': 2})
        self.assertRefused(user, 'order.indicator', 'write', self.line.indicator_id.ids, {'target': 1})
        self.assertRefused(user, 'order.grade', 'write', self.policy.grade_ids.ids, {'coefficient': 2})
        for method in ('_action_compute', '_update_sheets', '_rate', '_follow_entry', '_measure'):
            self.assertRefused(user, 'order.assessment', method, self.assessment.ids)
        self.assertEqual(self._get_state(), before)

    def test_defaults(self):
        """Neither a context nor an own default speaks for what only actions write."""
        user = self.user_assessor
        vals = {'policy_id': self.policy.id, 'date_from': '2026-05-01', 'date_to': '2026-05-31'}
        self.assertRefused(user, 'order.assessment', 'create', [vals], context={'default_state': 'published'})
        self._call(user, 'ir.default', 'set', 'order.assessment', 'state', 'published', True)
        self._call(user, 'ir.default', 'set', 'order.measure', 'state', 'done', True)
        [assessment_id] = self._call(user, 'order.assessment', 'create', [vals])
        [measure_id] = self._call(user, 'order.measure', 'create', [{'sheet_id': self.sheet.id, 'kind': 'reward'}])
        self.env.invalidate_all()
        self.assertEqual(self.env['order.assessment'].browse(assessment_id).state, 'draft')
        self.assertEqual(self.env['order.measure'].browse(measure_id).state, 'proposed')
        result = self._call(user, 'order.assessment.sheet', 'load', ['.id', 'score'], [[str(self.sheet.id), '100']])
        self.assertFalse(result['ids'])
        result = self._call(user, 'order.assessment', 'load', ['.id', 'state'], [
            [str(self.assessment.id), 'Published']])
        self.assertFalse(result['ids'])
        self.env.invalidate_all()
        self.assertEqual(self.assessment.state, 'computed')

    def test_confirmed(self):
        self._call(self.user_assessor, 'order.assessment', 'action_confirm', self.assessment.ids)
        before = self._get_state()
        user = self.user_assessor
        self.assertRefused(user, 'order.assessment.line', 'write', self.line_manual.ids, {'manual_value': 100})
        self.assertRefused(user, 'order.assessment.sheet', 'write', self.sheet.ids, {'comment': "Later"})
        self.assertRefused(user, 'order.assessment.sheet', 'write', self.sheet.ids, {'line_ids': [[5]]})
        self.assertRefused(user, 'order.measure', 'write', self.measure.ids, {'amount': 10})
        self.assertRefused(user, 'order.measure', 'unlink', self.measure.ids)
        self.assertRefused(user, 'order.measure', 'create', [{'sheet_id': self.sheet.id, 'kind': 'reward'}])
        self.assertRefused(user, 'order.assessment', 'action_draft', self.assessment.ids)
        self.assertRefused(user, 'order.assessment', 'action_compute', self.assessment.ids)
        self.assertRefused(user, 'order.assessment', 'write', self.assessment.ids, {'date_to': '2026-07-31'})
        self.assertRefused(user, 'order.assessment', 'unlink', self.assessment.ids)
        self.assertEqual(self._get_state(), before)

    def test_others(self):
        """Neither a salesperson nor a manager of the policy nor human resources touch an assessment."""
        self._publish()
        self.env.flush_all()
        before = self._get_state()
        for user in (self.user_sales, self.user_manager, self.user_hr):
            self.assertRefused(user, 'order.assessment.sheet', 'write', self.sheet.ids, {'comment': "Best"})
            self.assertRefused(user, 'order.assessment.line', 'write', self.line_manual.ids, {'manual_value': 100})
            self.assertRefused(user, 'order.assessment', 'create', [{'policy_id': self.policy.id}])
            self.assertRefused(user, 'order.measure', 'create', [{'sheet_id': self.sheet.id, 'kind': 'reward'}])
            self.assertRefused(user, 'order.measure', 'action_done', self.measure.ids, "Done")
            self.assertRefused(user, 'order.assessment', 'action_compute', self.assessment.ids)
        self.assertRefused(self.user_sales, 'order.assessment.sheet', 'read', self.own_sheet.ids, ['score'])
        self.assertRefused(self.user_sales, 'hr.employee', 'write', self.employee_sales.ids, {
            'performance_coefficient': 2})
        self.assertRefused(self.user_hr, 'hr.employee', 'write', self.employee_sales.ids, {
            'performance_coefficient': 2})
        self.assertRefused(self.user_hr, 'hr.employee', 'write', self.employee_sales.ids, {
            'order_sheet_ids': [[1, self.sheet.id, {'comment': "Best"}]]})
        self.assertEqual(
            self._call(self.user_sales, 'order.assessment.sheet', 'search_read', [], ['score'])[0]['id'], self.sheet.id)
        self.assertEqual(self._get_state(), before)
