from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import PolicyCommon


@tagged('post_install', '-at_install')
class TestOrderPolicyVersions(PolicyCommon):

    def _new_version(self, policy, user=None):
        user = user or self.user_manager
        action = policy.with_user(user).with_context(allowed_company_ids=policy.company_id.ids).action_new_version()
        if action.get('res_id'):
            return self.env[action['res_model']].browse(action['res_id'])
        return self.env[action['res_model']].search(action['domain'])

    def test_new_version(self):
        """A draft with all that hangs on the policy, and the one before stays in force until it is adopted."""
        department = self.env['hr.department'].create({'name': "Sales", 'company_id': self.company.id})
        self.policy.write({'interpreting_department_id': department.id, 'purpose': "<p>Order</p>"})
        self.policy.responsibility_ids.user_id = self.user_sales
        self._adopt(self.policy)
        draft = self._new_version(self.policy)
        self.assertRecordValues(draft, [{
            'name': self.policy.name, 'version': 2, 'previous_id': self.policy.id, 'state': 'draft',
            'effective_date': False, 'interpreting_department_id': department.id, 'company_id': self.company.id,
            'create_uid': self.user_manager.id, 'purpose': self.policy.purpose, 'is_frozen': False,
        }])
        self.assertEqual(draft.responsibility_ids.role_id, self.policy.responsibility_ids.role_id)
        self.assertEqual(draft.responsibility_ids.user_id, self.user_sales)
        self.assertEqual(self.company.order_policy_id, self.policy)
        draft.with_user(self.user_manager).responsibility_ids[0].duties = "<p>More</p>"

    def test_adopt_new_version(self):
        """The one before is retired; what is registered keeps it, what is not goes over."""
        self._adopt(self.policy)
        registered, quotation = self._new_quotation(), self._new_quotation()
        registered.sudo().received_at = '2025-01-01 08:00:00'
        draft = self._adopt(self._new_version(self.policy))
        self.assertEqual((self.policy.state, draft.state), ('retired', 'in_force'))
        self.assertEqual(self.company.order_policy_id, draft)
        self.assertEqual(registered.policy_id, self.policy)
        self.assertEqual(quotation.policy_id, draft)

    def test_versions(self):
        """Each version has its number, also where an old one is drafted from anew, and all find each other."""
        self._adopt(self.policy)
        second = self._adopt(self._new_version(self.policy))
        third = self._new_version(second)
        fourth = self._new_version(self.policy)
        versions = self.policy | second | third | fourth
        self.env.invalidate_all()
        self.assertEqual(versions.mapped('version'), [1, 2, 3, 4])
        self.assertEqual(third.first_version_id, self.policy)
        for policy in versions:
            self.assertEqual(policy.version_ids, versions)
            self.assertEqual(policy.version_count, 4)
            self.assertEqual(self.env['order.policy'].search(policy.action_open_versions()['domain']), versions)
        self.assertNotIn(self._new_policy(), self.policy.version_ids)

    def test_many(self):
        """One draft for each, all or none."""
        company = self._new_company()
        self.user_manager.company_ids |= company
        policies = self._adopt(self.policy) | self._adopt(self._new_policy(company))
        manager = self.user_manager.with_context(allowed_company_ids=policies.company_id.ids)
        action = policies.with_env(manager.env(user=manager)).action_new_version()
        drafts = self.env['order.policy'].search(action['domain'])
        self.assertEqual(drafts.previous_id, policies)
        self.assertEqual(set(drafts.mapped('version')), {2})
        with self.assertRaisesRegex(UserError, "is a draft"):
            (policies | drafts[0]).with_env(manager.env(user=manager)).action_new_version()
        self.assertEqual(self.env['order.policy'].search_count([('previous_id', 'in', policies.ids)]), 2)

    def test_refusals(self):
        manager = self.user_manager
        with self.assertRaisesRegex(UserError, "is a draft"):
            self.policy.with_user(manager).action_new_version()
        with self.assertRaisesRegex(UserError, "is a template"):
            self.template.with_user(manager).action_new_version()
        self._adopt(self.policy)
        for login, user in self.users_by_login.items():
            if login != 'manager':
                with self.subTest(login=login), self.assertRaises(AccessError):
                    self.policy.with_user(user).sudo().action_new_version()
        foreign = self._adopt(self._new_policy(self._new_company()))
        manager.company_ids = self.company
        for policy in (foreign.with_user(manager), foreign.with_user(manager).sudo()):
            with self.assertRaises(AccessError):
                policy.action_new_version()

    def test_version_stays_in_its_company(self):
        company = self._new_company()
        self.user_manager.company_ids |= company
        self._adopt(self.policy)
        draft = self._new_version(self.policy)
        with self.assertRaisesRegex(UserError, "duplicate it there instead"):
            draft.with_user(self.user_manager).company_id = company

    def test_duplicate_is_no_version(self):
        self._adopt(self.policy)
        copy = self.policy.with_user(self.user_manager).copy()
        self.assertRecordValues(copy, [{'version': 1, 'previous_id': False, 'first_version_id': False}])

    # -- templates ----------------------------------------------------------------------------------

    def test_template_refuses_change(self):
        """What is everybody's is changed by nobody; a duplicate belongs to the company."""
        template = self.template.with_user(self.user_manager)
        duty = template.responsibility_ids[0]
        for attempt in (
            lambda: template.write({'name': "Mine"}), lambda: template.write({'active': False}),
            lambda: template.write({'sequence': 1}), lambda: template.write({'calendar_id': False}),
            template.unlink, template.action_archive,
            lambda: template.sudo().write({'purpose': "Mine"}),
            lambda: duty.write({'duties': "Mine"}), lambda: duty.write({'user_id': self.user_sales.id}), duty.unlink,
            lambda: template.write({'responsibility_ids': [Command.create({'role_id': self._role('sales').id})]}),
        ):
            with self.assertRaisesRegex(UserError, "is a template for all companies"), (
                    self._in_transaction_of(self.user_manager)), self.env.cr.savepoint():
                attempt()
        copy = template.copy()
        self.assertRecordValues(copy, [{'company_id': self.company.id, 'state': 'draft', 'is_frozen': False}])
        copy.responsibility_ids[0].duties = "<p>Ours</p>"

    def test_nobody_makes_templates(self):
        Policy = self.env['order.policy'].with_user(self.user_manager)
        for attempt in (
            lambda: Policy.create({'name': "Mine", 'company_id': False}),
            lambda: Policy.with_context(default_company_id=False).create({'name': "Mine"}),
            lambda: self.template.with_user(self.user_manager).copy({'company_id': False}),
            lambda: self.policy.with_user(self.user_manager).write({'company_id': False}),
            lambda: Policy.sudo().create({'name': "Mine", 'company_id': False}),
        ):
            with self.assertRaisesRegex(UserError, "Templates are part of the application"), self.env.cr.savepoint():
                attempt()
