"""docs/security.md says who may what, as it is installed."""
import importlib.util
from pathlib import Path

from lxml import etree

from odoo.tests import TransactionCase, tagged

from odoo.addons import sale_order_lifecycle

ADDON = Path(sale_order_lifecycle.__file__).resolve().parent


@tagged('post_install', '-at_install')
class TestSecurityDocument(TransactionCase):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        spec = importlib.util.spec_from_file_location('sol_dev_security', ADDON / 'dev/security.py')
        cls.security = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(cls.security)

    def test_document_is_fresh(self):
        document = self.security.DOCUMENT.read_text()
        fresh = self.security.insert(document, self.security.render(self.env)).splitlines()
        stale = [line for line in document.splitlines() if line not in fresh]
        missing = [line for line in fresh if line not in document.splitlines()]
        self.assertEqual((stale, missing), ([], []), "docs/security.md is stale: run `make security`")

    def test_a_right_more_shows(self):
        before = self.security.render(self.env)
        self.env['ir.model.access'].create({
            'name': "hole", 'model_id': self.env['ir.model']._get_id('order.review'),
            'group_id': self.env.ref('base.group_portal').id, 'perm_unlink': True})
        after = self.security.render(self.env)
        self.assertNotEqual(before, after)
        rules = self.env['ir.rule'].search([('model_id.model', '=', 'order.settlement'), ('groups', '!=', False)])
        rules.domain_force = "[(1, '=', 1)]"
        self.assertNotEqual(after, self.security.render(self.env))

    def test_table_is_what_people_may(self):
        """What the table says of a person with one group is what Odoo answers."""
        for name, group in self.security.list_groups(self.env):
            user = self.env['res.users'].create({
                'name': name, 'login': f'table_{group.id}', 'group_ids': [(6, 0, group.ids)]})
            groups = group | group.all_implied_ids
            access, rules = self.security.read_access(self.env), self.security.read_rules(self.env)
            for _title, models in self.security.list_models(self.env):
                for model in models:
                    text = self.security.describe(access[model], rules[model], groups)
                    records = self.env[model].with_user(user)
                    may = ''.join(
                        letter for letter, operation in zip('RWCD', self.security.OPERATIONS)
                        if self.env['ir.model.access'].with_user(user).check(model, operation, False))
                    self.assertEqual(text.upper().replace('·', ''), may, f'{name}: {records}')

    def test_every_model_is_in_it(self):
        document = self.security.DOCUMENT.read_text()
        for name, model in self.env.registry.items():
            if model._original_module == 'sale_order_lifecycle' and not model._abstract:
                self.assertIn(f'| `{name}` |', document)


@tagged('post_install', '-at_install')
class TestAdministrator(TransactionCase):
    """Who looks around in the demo data may do everything; elsewhere the administrator is in no department."""

    def test_roles_of_the_administrator(self):
        roles = self.env['order.role'].search([('group_id', 'in', self.env['ir.model.data'].search([
            ('module', 'in', ('sale_order_lifecycle', 'sales_team')), ('model', '=', 'res.groups')]).mapped('res_id'))])
        expected = roles.group_id | self.env.ref('sale_order_lifecycle.group_archivist') | self.env.ref(
            'sale_order_lifecycle.group_assessor') | self.env.ref('sale_order_lifecycle.group_manager')
        record = etree.parse(ADDON / 'demo/assessment/res_users_demo.xml').find('.//record[@id="base.user_admin"]')
        text = record.findtext('field') or record.find('field').get('eval')
        given = self.env['res.groups']
        for name in text.split("ref('")[1:]:
            name = name.partition("'")[0]
            given |= self.env.ref(name if '.' in name else f'sale_order_lifecycle.{name}')
        self.assertFalse(expected - (given | given.all_implied_ids))
        self.assertNotIn(self.env.ref('sale_order_lifecycle.group_intake_api'), given)
        self.assertNotIn(self.env.ref('sale_order_lifecycle.group_emergency_release'), given)
        if self.env.ref('sale_order_lifecycle.demo_user_finance', raise_if_not_found=False):
            return
        departments = (given - self.env.ref('sale_order_lifecycle.group_manager')).filtered(
            lambda group: group.privilege_id == self.env.ref('sale_order_lifecycle.res_groups_privilege_lifecycle'))
        self.assertFalse(self.env.ref('base.user_admin').all_group_ids & departments)
