from datetime import timedelta

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .common import PolicyCommon


@tagged('post_install', '-at_install')
class TestOrderPolicyAdopt(PolicyCommon):

    def _get_form(self, user=None, company=None, **context):
        company = company or self.company
        return Form(self.env['order.policy.adopt'].with_user(user or self.user_manager).with_context(
            allowed_company_ids=company.ids, **context))

    def _set_person(self, form, code, user, department=None):
        roles = self.template.responsibility_ids.role_id
        with form.line_ids.edit(roles.ids.index(self._role(code).id)) as line:
            line.user_id = user
            if department:
                line.department_id = department

    def _get_policy(self, action):
        return self.env[action['res_model']].browse(action['res_id'])

    def test_adopt(self):
        """A manager adopts the template: a copy with departments and persons is in force (P2)."""
        department = self.env['hr.department'].create({'name': "Accounting", 'company_id': self.company.id})
        free = self._new_quotation()
        form = self._get_form()
        self.assertEqual(form.template_id, self.template)
        self.assertEqual(form.effective_date, self.company._get_local_date())
        self.assertEqual(len(form.line_ids), 8)
        self._set_person(form, 'finance', self.user_finance, department)
        form.interpreting_department_id = department
        self.assertFalse(form.outsiders)
        policy = self._get_policy(form.save().action_adopt())
        self.assertRecordValues(policy, [{
            'state': 'in_force', 'company_id': self.company.id, 'effective_date': self.company._get_local_date(),
            'interpreting_department_id': department.id, 'create_uid': self.user_manager.id,
        }])
        self.assertEqual(self.company.order_policy_id, policy)
        finance = policy.responsibility_ids.filtered(lambda row: row.role_id.code == 'finance')
        self.assertRecordValues(finance, [{'department_id': department.id, 'user_id': self.user_finance.id}])
        self.assertIn("terms of payment", finance.duties)
        self.assertEqual(self.template.state, 'draft')
        self.assertFalse(free.policy_id)

    def test_adopt_includes_open_quotations(self):
        order = self._new_quotation()
        form = self._get_form()
        form.include_open_quotations = True
        policy = self._get_policy(form.save().action_adopt())
        self.assertEqual(order.policy_id, policy)

    def test_adopt_again(self):
        """Who was in charge under the policy before is proposed again, and that policy is retired."""
        form = self._get_form()
        self._set_person(form, 'legal', self.user_legal)
        first = self._get_policy(form.save().action_adopt())
        form = self._get_form()
        self.assertEqual(form.policy_in_force_id, first)
        second = self._get_policy(form.save().action_adopt())
        self.assertEqual(
            second.responsibility_ids.filtered(lambda row: row.role_id.code == 'legal').user_id, self.user_legal)
        self.assertEqual(first.state, 'retired')

    def test_adopt_from_template_form(self):
        other = self.template.copy({'name': "Other template", 'company_id': False})
        form = self._get_form(active_model='order.policy', active_id=other.id, active_ids=other.ids)
        self.assertEqual(form.template_id, other)
        form = self._get_form(active_model='order.policy', active_id=self.policy.id, active_ids=self.policy.ids)
        self.assertEqual(form.template_id, self.template)

    def test_adopt_in_second_company(self):
        company = self._new_company()
        self.user_manager.company_ids |= company
        policy = self._get_policy(self._get_form(company=company).save().action_adopt())
        self.assertEqual(policy.company_id, company)
        self.assertEqual(company.order_policy_id, policy)
        self.assertFalse(self.company.order_policy_id)

    def test_adopt_in_foreign_company(self):
        company = self._new_company()
        wizard = self._get_form().save()
        wizard.sudo().company_id = company
        with self.assertRaisesRegex(UserError, "You do not have access to Second Company"):
            wizard.action_adopt()
        self.assertFalse(company.order_policy_id)

    def test_adopt_later(self):
        """A later date schedules the copy, and keeps what was said about open quotations."""
        form = self._get_form()
        self.assertFalse(form.is_for_later)
        day = self.company._get_local_date() + timedelta(days=3)
        form.effective_date = day
        self.assertTrue(form.is_for_later)
        form.include_open_quotations = True
        policy = self._get_policy(form.save().action_adopt())
        self.assertRecordValues(policy, [{
            'state': 'draft', 'effective_date': day, 'scheduled_by_id': self.user_manager.id,
            'include_open_quotations': True,
        }])
        self.assertTrue(policy.scheduled_at)
        self.assertFalse(self.company.order_policy_id)

    def test_adopt_own_policy(self):
        wizard = self._get_form().save()
        wizard.template_id = self.policy
        with self.assertRaisesRegex(UserError, "is not a template"):
            wizard.action_adopt()

    def test_only_managers(self):
        for login in ('sales', 'sales_manager', 'finance', 'employee'):
            with self.subTest(login=login), self.assertRaises(AccessError):
                self.env['order.policy.adopt'].with_user(self.users_by_login[login]).create({})
        wizard = self._get_form().save()
        with self.assertRaises(AccessError):
            wizard.with_user(self.user_sales).sudo().action_adopt()
        self.assertFalse(self.company.order_policy_id)

    def test_outsiders_by_manager(self):
        """A manager sees who is not in the role, but has no right to add them."""
        form = self._get_form()
        self._set_person(form, 'quality', self.user_employee)
        self.assertEqual(form.outsiders, "Test Employee (Quality)")
        self.assertFalse(form.may_add_to_groups)
        wizard = form.save()
        wizard.add_to_groups = True
        wizard.action_adopt()
        self.assertFalse(self.user_employee.has_group('sale_order_lifecycle.group_quality'))

    def test_outsiders_by_administrator(self):
        for add_to_groups in (False, True):
            form = self._get_form(user=self.admin)
            self._set_person(form, 'quality', self.user_employee)
            self.assertTrue(form.may_add_to_groups)
            form.add_to_groups = add_to_groups
            form.save().action_adopt()
            self.assertEqual(
                self.user_employee.has_group('sale_order_lifecycle.group_quality'), add_to_groups)
