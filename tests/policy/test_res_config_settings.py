from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import Form, tagged

from .common import PolicyCommon


@tagged('post_install', '-at_install')
class TestResConfigSettings(PolicyCommon):

    def _get_settings(self, user=None):
        return self.env['res.config.settings'].with_user(user or self.admin)

    def test_policy_in_force(self):
        self._adopt(self.policy)
        settings = self._get_settings().create({})
        self.assertEqual(settings.order_policy_id, self.policy)
        self.assertEqual(settings.action_open_order_policy()['res_id'], self.policy.id)
        settings.action_retire_order_policy()
        self.assertFalse(self.company.order_policy_id)
        self.assertEqual(self.policy.state, 'retired')

    def test_policy_is_shown_only(self):
        """A value written on the settings does not reach the company."""
        self._get_settings().create({'order_policy_id': self.policy.id}).execute()
        self.assertFalse(self.company.order_policy_id)

    def test_retire_is_for_managers(self):
        self._adopt(self.policy)
        administrator = self._new_user('administrator', 'base.group_system')
        settings = self._get_settings(administrator).create({})
        self.assertEqual(settings.order_policy_id.display_name, self.policy.name)
        with self.assertRaises(AccessError):
            settings.action_retire_order_policy()
        self.assertEqual(self.company.order_policy_id, self.policy)

    def test_members(self):
        """Who is in which role is edited in the settings and saved with them."""
        finance = self._role('finance')
        form = Form(self._get_settings())
        self.assertEqual(form.order_role_ids[:], self.env['order.role'].search([]))
        settings = form.save()
        settings.order_role_ids = [Command.update(finance.id, {'user_ids': [Command.link(self.user_employee.id)]})]
        settings.execute()
        self.assertTrue(self.user_employee.has_group('sale_order_lifecycle.group_finance'))
        self.assertTrue(self.user_finance.has_group('sale_order_lifecycle.group_finance'))

    def test_members_of_system_without_manager(self):
        administrator = self._new_user('administrator', 'base.group_system')
        finance = self._role('finance')
        self._get_settings(administrator).create({
            'order_role_ids': [Command.update(finance.id, {'user_ids': [Command.link(self.user_employee.id)]})],
        }).execute()
        self.assertTrue(self.user_employee.has_group('sale_order_lifecycle.group_finance'))

    def test_only_for_administrators(self):
        for user in (self.user_manager, self.user_sales):
            with self.assertRaises(AccessError):
                self._get_settings(user).create({})
