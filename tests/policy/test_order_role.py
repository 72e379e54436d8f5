from psycopg2.errors import UniqueViolation

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .common import PolicyCommon


@tagged('post_install', '-at_install')
class TestOrderRole(PolicyCommon):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Role = cls.env['order.role'].with_user(cls.user_manager)

    def test_get_by_code(self):
        sales = self.env.ref('sale_order_lifecycle.order_role_sales')
        self.assertEqual(self.Role._get_by_code('sales'), sales)
        self.assertEqual(sales.group_id, self.env.ref('sales_team.group_sale_salesman'))
        self.assertFalse(self.Role._get_by_code('engineering'))
        engineering = self.Role.create({'name': "Engineering", 'code': 'engineering'})
        self.assertEqual(self.Role._get_by_code('engineering'), engineering)
        engineering.active = False
        self.assertEqual(self.Role._get_by_code('engineering'), engineering)

    def test_get_role_ids_of(self):
        self.assertEqual(self.Role._get_role_ids_of(self.user_finance), self._role('finance').ids)
        # by implication: managers of sales are salespeople
        self.assertEqual(self.Role._get_role_ids_of(self.user_sales_manager), self._role('sales').ids)
        self.assertEqual(self.Role._get_role_ids_of(self.user_employee), [])

    def test_own_role(self):
        """A manager adds a role: a group of its own is made, and nobody is in it yet."""
        form = Form(self.Role)
        form.name = "Engineering"
        form.code = 'engineering'
        role = form.save()
        self.assertEqual(role.group_id.name, "Engineering")
        self.assertEqual(
            role.group_id.privilege_id, self.env.ref('sale_order_lifecycle.res_groups_privilege_lifecycle'))
        self.assertIn(self.env.ref('sale_order_lifecycle.group_reviewer'), role.group_id.sudo().all_implied_ids)
        self.assertFalse(role.user_ids)
        role.with_user(self.admin).user_ids = self.user_employee
        self.assertTrue(self.user_employee.has_group('sale_order_lifecycle.group_reviewer'))
        self.assertEqual(self.Role._get_role_ids_of(self.user_employee), role.ids)
        self.policy.with_user(self.user_employee).check_access('read')
        group = role.group_id
        role.unlink()
        self.assertFalse(group.exists())

    def test_own_defaults_name_nobody(self):
        """Whoever adds a role says neither who acts for it nor which people imply it, in any company."""
        employees, manager = self.env.ref('base.group_user'), self.user_manager
        for name, value in (
            ('user_ids', manager.ids), ('user_ids', [[4, manager.id, 0]]), ('implied_by_ids', employees.ids),
            ('comment', "Mine"),
        ):
            with self.subTest(name=name, value=value):
                self.env['ir.default'].with_user(manager).set('res.groups', name, value, user_id=True)
                for number, context in enumerate(({}, {f'default_{name}': value})):
                    role = self.Role.with_context(**context).create({
                        'name': f"Own {name} {value} {number}", 'code': f'own_{number}'})
                    self.assertFalse(role.group_id.sudo()[name])
                    self.assertFalse(role.group_id.sudo().all_user_ids)
                    role.unlink()

    def test_many_own_roles(self):
        roles = self.Role.create([
            {'name': f"Role {number}", 'code': f'role_{number}'} for number in range(3)])
        self.assertEqual(len(roles.group_id), 3)
        self.assertEqual(roles.group_id.mapped('name'), roles.mapped('name'))
        copy = roles[0].copy()
        self.assertEqual(copy.code, 'role_0_2')
        self.assertNotIn(copy.group_id, roles.group_id)

    def test_group_is_chosen_by_administrators(self):
        """Whoever chooses the group decides who approves: managers cannot."""
        finance, group_sales = self._role('finance'), self.env.ref('sales_team.group_sale_salesman')
        with self.assertRaises(AccessError):
            finance.with_user(self.user_manager).group_id = group_sales
        with self.assertRaises(AccessError):
            self.Role.create({'name': "Engineering", 'code': 'engineering', 'group_id': group_sales.id})
        role = self.Role.with_context(default_group_id=group_sales.id).create({
            'name': "Engineering", 'code': 'engineering'})
        self.assertEqual(role.group_id.name, "Engineering")
        finance.with_user(self.admin).group_id = group_sales
        self.assertIn(finance.id, self.Role._get_role_ids_of(self.user_sales))
        with self.assertRaisesRegex(ValidationError, "cannot read orders"):
            finance.with_user(self.admin).group_id = self.env.ref('base.group_portal')

    def test_members(self):
        """Administrators of access rights say who is in a role, others see it."""
        finance = self._role('finance')
        self.assertIn(self.user_finance, finance.with_user(self.user_sales).user_ids)
        self.assertNotIn(self.env.ref('base.user_root'), finance.user_ids)
        finance.with_user(self.admin).user_ids = [Command.link(self.user_employee.id)]
        self.assertTrue(self.user_employee.has_group('sale_order_lifecycle.group_finance'))
        self.assertTrue(self.user_finance.has_group('sale_order_lifecycle.group_finance'))
        finance.with_user(self.admin).user_ids = [Command.unlink(self.user_employee.id)]
        self.assertFalse(self.user_employee.has_group('sale_order_lifecycle.group_finance'))
        with self.assertRaisesRegex(UserError, "Only access rights administrators"):
            finance.with_user(self.user_manager).user_ids = [Command.link(self.user_manager.id)]
        with self.assertRaises(UserError):
            finance.with_user(self.user_manager).sudo().user_ids = [Command.link(self.user_manager.id)]
        with self.assertRaises(AccessError):
            finance.with_user(self.user_finance).user_ids = [Command.link(self.user_employee.id)]
        self.assertFalse(self.user_manager.has_group('sale_order_lifecycle.group_finance'))

    def test_members_by_implication(self):
        sales = self._role('sales').with_user(self.admin)
        self.assertIn(self.user_sales_manager, sales.user_ids)
        with self.assertRaisesRegex(UserError, "through another group"):
            sales.user_ids = [Command.unlink(self.user_sales_manager.id)]

    def test_members_who_left(self):
        """Archived people are not shown, and editing the others leaves them as they are."""
        self.user_finance.active = False
        finance = self._role('finance').with_user(self.admin)
        self.assertNotIn(self.user_finance, finance.user_ids)
        finance.user_ids = self.user_employee
        self.assertTrue(self.user_employee.has_group('sale_order_lifecycle.group_finance'))
        self.assertTrue(self.user_finance.has_group('sale_order_lifecycle.group_finance'))

    def test_code(self):
        role = self.Role.create({'name': "Engineering", 'code': 'engineering'})
        with self.assertRaisesRegex(UserError, "cannot be changed"):
            role.code = 'other'
        role.write({'code': 'engineering', 'name': "Design"})
        with self.assertRaisesRegex(ValidationError, "lower-case letters"):
            self.Role.create({'name': "Bad", 'code': 'Not a code'})
        with mute_logger('odoo.sql_db'), self.assertRaises(UniqueViolation):
            self.Role.create({'name': "Second", 'code': 'engineering'})

    def test_icon(self):
        with self.assertRaisesRegex(ValidationError, "is not an icon"):
            self.Role.create({'name': "Engineering", 'code': 'engineering', 'icon': '" onload="'})

    def test_delete(self):
        with self.assertRaisesRegex(UserError, "archive it instead"):
            self._role('legal').with_user(self.user_manager).unlink()
        role = self.Role.create({'name': "Engineering", 'code': 'engineering'})
        self.policy.responsibility_ids = [Command.create({'role_id': role.id})]
        with self.assertRaisesRegex(UserError, "in use"):
            role.unlink()
        role.action_archive()
        self.assertFalse(role.active)

    def test_rights(self):
        finance = self._role('finance')
        for login, user in self.users_by_login.items():
            with self.subTest(login=login):
                role = finance.with_user(user)
                self.assertEqual(
                    role.has_access('read'), login not in ('employee', 'stock', 'mrp', 'buyer', 'accountant'))
                for operation in ('write', 'create', 'unlink'):
                    self.assertEqual(role.has_access(operation), login == 'manager')
