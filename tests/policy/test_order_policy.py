from datetime import timedelta

from psycopg2.errors import UniqueViolation

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import PolicyCommon


@tagged('post_install', '-at_install')
class TestOrderPolicy(PolicyCommon):

    # -- adopt --------------------------------------------------------------------------------------

    def test_adopt(self):
        """Adoption puts a policy in force for its company: orders follow it from then on."""
        self._adopt(self.policy)
        self.assertRecordValues(self.policy, [{
            'state': 'in_force', 'effective_date': self.company._get_local_date(), 'version': 1,
        }])
        self.assertEqual(self.company.order_policy_id, self.policy)
        order = self._new_quotation()
        self.assertRecordValues(order, [{'policy_id': self.policy.id, 'lifecycle_phase': 'quotation'}])
        self.assertEqual(self.policy.order_count, 1)
        self.assertEqual(self.env['sale.order'].search(self.policy.action_open_orders()['domain']), order)

    def test_adopt_keeps_date(self):
        yesterday = fields.Date.today() - timedelta(days=1)
        self.policy.effective_date = yesterday
        self._adopt(self.policy)
        self.assertEqual(self.policy.effective_date, yesterday)

    def test_adopt_leaves_open_quotations_free(self):
        order = self._new_quotation()
        self._adopt(self.policy)
        self.assertRecordValues(order, [{'policy_id': False, 'lifecycle_phase': False}])

    def test_adopt_includes_open_quotations(self):
        order, sent, cancelled, elsewhere = (
            self._new_quotation(), self._new_quotation(), self._new_quotation(),
            self._new_quotation(company=self._new_company()))
        sent.action_quotation_sent()
        cancelled._action_cancel()
        self.policy.with_user(self.user_manager).action_adopt(include_open_quotations=True)
        self.assertEqual(order.policy_id, self.policy)
        self.assertEqual(sent.policy_id, self.policy)
        self.assertFalse(cancelled.policy_id)
        self.assertFalse(elsewhere.policy_id)

    def test_adopt_leaves_confirmed_orders_alone(self):
        order = self._new_quotation()
        order.action_confirm()
        self.policy.with_user(self.user_manager).action_adopt(include_open_quotations=True)
        self.assertFalse(order.policy_id)

    def test_adopt_replaces(self):
        """The policy before is retired, and quotations that follow it go over, cancelled ones included."""
        self._adopt(self.policy)
        order, cancelled = self._new_quotation(), self._new_quotation()
        cancelled._action_cancel()
        successor = self._adopt(self._new_policy())
        self.assertEqual(self.policy.state, 'retired')
        self.assertEqual(successor.state, 'in_force')
        self.assertEqual(self.company.order_policy_id, successor)
        self.assertEqual((order | cancelled).policy_id, successor)

    def test_adopt_second_company(self):
        """Each company has its own policy in force."""
        self._adopt(self.policy)
        company = self._new_company()
        other = self._adopt(self._new_policy(company))
        self.assertEqual(self.policy.state, 'in_force')
        self.assertEqual(self.company.order_policy_id, self.policy)
        self.assertEqual(company.order_policy_id, other)
        self.assertEqual(self._new_quotation(company=company).policy_id, other)
        self.assertEqual(self._new_quotation().policy_id, self.policy)

    def test_adopt_many(self):
        """Policies of several companies are adopted together, and the ones before retired."""
        companies = self.company | self._new_company("Second Company") | self._new_company("Third Company")
        self.user_manager.company_ids |= companies
        manager = self.user_manager.with_context(allowed_company_ids=companies.ids)
        first = self.env['order.policy'].union(*(self._new_policy(company) for company in companies))
        first.with_env(manager.env(user=manager)).action_adopt()
        self.assertEqual(set(first.mapped('state')), {'in_force'})
        orders = self.env['sale.order'].union(*(self._new_quotation(company=company) for company in companies))
        second = self.env['order.policy'].union(*(self._new_policy(company) for company in companies))
        second.with_env(manager.env(user=manager)).action_adopt()
        self.assertEqual(set(first.mapped('state')), {'retired'})
        self.assertEqual(companies.order_policy_id, second)
        for order in orders:
            self.assertEqual(order.policy_id, order.company_id.order_policy_id)

    def test_adopt_all_or_none(self):
        company = self._new_company()
        self.user_manager.company_ids |= company
        retired = self._adopt(self._new_policy(company))
        retired.with_user(self.user_manager).with_company(company).action_retire()
        manager = self.user_manager.with_context(allowed_company_ids=(self.company | company).ids)
        with self.assertRaisesRegex(UserError, "already been adopted"):
            (self.policy | retired).with_env(manager.env(user=manager)).action_adopt()
        self.assertEqual(self.policy.state, 'draft')
        self.assertFalse(self.company.order_policy_id)

    def test_adopt_refusals(self):
        """One sentence each: templates, adopted, archived, later ones, two of a company."""
        manager = self.user_manager
        with self.assertRaisesRegex(UserError, "is a template"):
            self.template.with_user(manager).action_adopt()
        with self.assertRaisesRegex(UserError, "select one of them"):
            (self.policy | self._new_policy()).with_user(manager).action_adopt()
        self.policy.active = False
        with self.assertRaisesRegex(UserError, "unarchive"):
            self.policy.with_user(manager).action_adopt()
        self.policy.active = True
        self._adopt(self.policy)
        with self.assertRaisesRegex(UserError, "already been adopted"):
            self.policy.with_user(manager).action_adopt()
        self.assertEqual(self.template.state, 'draft')

    def test_adopt_only_by_managers(self):
        """Asked of the person, also where automation lets code of a person run as superuser."""
        for login, user in self.users_by_login.items():
            if login == 'manager':
                continue
            with self.subTest(login=login):
                with self.assertRaises(AccessError):
                    self.policy.with_user(user).action_adopt()
                with self.assertRaises(AccessError):
                    self.policy.with_user(user).sudo().action_adopt()
        self.assertEqual(self.policy.state, 'draft')

    def test_adopt_only_in_own_company(self):
        other = self._new_policy(self._new_company())
        with self.assertRaises(AccessError):
            other.with_user(self.user_manager).action_adopt()
        with self.assertRaisesRegex(AccessError, "You do not have access to Second Company"):
            other.with_user(self.user_manager).sudo().action_adopt()
        self.assertEqual(other.state, 'draft')

    def test_one_in_force(self):
        """The database itself keeps a second one out."""
        self._adopt(self.policy)
        with mute_logger('odoo.sql_db'), self.assertRaises(UniqueViolation):
            self._new_policy().state = 'in_force'
            self.env.flush_all()

    # -- retire -------------------------------------------------------------------------------------

    def test_retire(self):
        self._adopt(self.policy)
        order = self._new_quotation()
        self.policy.with_user(self.user_manager).action_retire()
        self.assertEqual(self.policy.state, 'retired')
        self.assertFalse(self.company.order_policy_id)
        self.assertRecordValues(order, [{'policy_id': False, 'lifecycle_phase': False}])
        self.assertFalse(self._new_quotation().policy_id)
        order.action_confirm()
        self.assertEqual(order.state, 'sale')

    def test_retire_refusals(self):
        with self.assertRaisesRegex(UserError, "is not in force"):
            self.policy.with_user(self.user_manager).action_retire()
        self._adopt(self.policy)
        for user in (self.user_sales_manager, self.user_finance, self.user_employee):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self.policy.with_user(user).action_retire()
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self.policy.with_user(user).sudo().action_retire()
        self.assertEqual(self.policy.state, 'in_force')

    def test_retire_leaves_other_company(self):
        self._adopt(self.policy)
        other = self._adopt(self._new_policy(self._new_company()))
        order = self._new_quotation(company=other.company_id)
        self.policy.with_user(self.user_manager).action_retire()
        self.assertEqual(other.state, 'in_force')
        self.assertEqual(order.policy_id, other)

    # -- copies and templates -----------------------------------------------------------------------

    def test_copy(self):
        """A copy has all rules and begins as a draft."""
        self._adopt(self.policy)
        copy = self.policy.with_user(self.user_manager).copy()
        self.assertRecordValues(copy, [{
            'state': 'draft', 'version': 1, 'effective_date': False, 'company_id': self.company.id,
            'name': "Policy of First Company (copy)",
        }])
        self.assertEqual(copy.responsibility_ids.role_id, self.policy.responsibility_ids.role_id)
        self.assertNotEqual(copy.responsibility_ids, self.policy.responsibility_ids)

    def test_copy_template(self):
        """A company's own from the template: the same texts and duties, nothing of the template changes."""
        policy = self.template.with_user(self.user_manager).copy({'company_id': self.company.id})
        self.assertEqual(policy.name, self.template.name)
        self.assertEqual(policy.purpose, self.template.purpose)
        self.assertEqual(len(policy.responsibility_ids), 8)
        self.assertEqual(
            policy.responsibility_ids.mapped('duties'), self.template.responsibility_ids.mapped('duties'))
        self.assertEqual(policy.calendar_id, self.company.resource_calendar_id)
        self._adopt(policy)
        self.assertRecordValues(self.template, [{'state': 'draft', 'company_id': False, 'is_template': True}])

    def test_copy_to_other_company(self):
        """What belongs to the company stays there: departments, persons, working hours."""
        department = self.env['hr.department'].create({'name': "Sales", 'company_id': self.company.id})
        self.policy.interpreting_department_id = department
        self.policy.responsibility_ids.write({'department_id': department.id, 'user_id': self.user_sales.id})
        company = self._new_company()
        copy = self.policy.copy({'company_id': company.id})
        self.assertFalse(copy.interpreting_department_id)
        self.assertFalse(copy.responsibility_ids.department_id | copy.interpreting_department_id)
        self.assertFalse(copy.responsibility_ids.user_id)
        self.assertEqual(copy.calendar_id, company.resource_calendar_id)
        same = self.policy.copy()
        self.assertEqual(same.responsibility_ids.department_id, department)
        self.assertEqual(same.responsibility_ids.user_id, self.user_sales)

    def test_template_is_complete(self):
        """The standard template lays down the duties of the eight departments (P1)."""
        self.assertEqual(set(self.template.responsibility_ids.role_id.mapped('code')), {
            'sales', 'production', 'logistics', 'finance', 'legal', 'purchasing', 'quality', 'aftersales'})
        self.assertTrue(all(self.template.responsibility_ids.mapped('duties')))
        self.assertTrue(all(self.template[name] for name in ('purpose', 'scope', 'principles', 'closing')))
        self.assertEqual(self.env['order.policy'].search([('is_template', '=', True)], limit=1), self.template)
        self.assertNotIn(self.template, self.env['order.policy'].search([('is_template', '=', False)]))

    # -- what an adopted policy forbids -------------------------------------------------------------

    def test_delete(self):
        self._new_policy().with_user(self.user_manager).unlink()
        self._adopt(self.policy)
        with self.assertRaisesRegex(UserError, "has been adopted"):
            self.policy.with_user(self.user_manager).unlink()
        self.policy.with_user(self.user_manager).action_retire()
        with self.assertRaisesRegex(UserError, "has been adopted"):
            self.policy.with_user(self.user_manager).unlink()

    def test_archive(self):
        self._adopt(self.policy)
        with self.assertRaisesRegex(ValidationError, "retire it before"):
            self.policy.with_user(self.user_manager).action_archive()
        self.policy.with_user(self.user_manager).action_retire()
        self.policy.with_user(self.user_manager).action_archive()
        self.assertFalse(self.policy.active)

    def test_change_company(self):
        company = self._new_company()
        self.policy.company_id = company
        self.assertEqual(self.policy.calendar_id, company.resource_calendar_id)
        with self.assertRaisesRegex(UserError, "is a template"):
            self.template.company_id = company
        self._adopt(self.policy)
        for company_id in (self.company.id, False):
            with self.assertRaisesRegex(UserError, "cannot move to another company"):
                self.policy.company_id = company_id

    def test_change_company_checks_departments(self):
        self.policy.responsibility_ids[0].department_id = self.env['hr.department'].create({
            'name': "Sales", 'company_id': self.company.id})
        with self.assertRaises(UserError):
            self.policy.company_id = self._new_company()

    def test_one_row_per_role(self):
        with mute_logger('odoo.sql_db'), self.assertRaises(UniqueViolation):
            self.policy.responsibility_ids = [Command.create({'role_id': self._role('sales').id})]

    def test_state_is_tracked(self):
        policy = self.policy.with_context(mail_notrack=False, tracking_disable=False)
        self.env.flush_all()
        self.flush_tracking()
        policy.with_user(self.user_manager).action_adopt()
        self.flush_tracking()
        message = policy.message_ids[:1]
        self.assertEqual(message.author_id, self.user_manager.partner_id)
        self.assertIn('state', message.sudo().tracking_value_ids.field_id.mapped('name'))

    def flush_tracking(self):
        self.env.flush_all()
        self.cr.precommit.run()
