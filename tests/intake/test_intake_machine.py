"""A machine has the rows of its own, whatever employees read beside them, and finds out nobody's login."""
from xmlrpc.client import Fault

from odoo import Command, fields
from odoo.exceptions import AccessError
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .test_submit_orders import SubmitCommon


@tagged('post_install', '-at_install')
class TestIntakeMachine(SubmitCommon, HttpCase):

    def _call(self, model, method, *args, **kwargs):
        return self.xmlrpc_object.execute_kw(
            self.env.cr.dbname, self.user_api.id, self.user_api.login, model, method, args, kwargs)

    @mute_logger('odoo.addons.base.models.ir_rule', 'odoo.addons.base.models.ir_model')
    def test_rows(self):
        """Every model that employees read, also that of the next addon."""
        self._order(self._submit_one())
        self.env['hr.employee'].create({'name': "Secret Colleague"})
        self.env.flush_all()
        Rule = self.env['ir.rule'].with_user(self.user_api)
        own = {
            'res.users': self.user_api, 'res.company': self.company,
            'res.partner': self.user_api.partner_id | self.company.partner_id,
        }
        open_models = set()
        for model in self.env.values():
            if model._abstract or not model.with_user(self.user_api).has_access('read'):
                continue
            domain = Rule._get_intake_machine_domain(model._name)
            if domain.is_true():
                open_models.add(model._name)
                continue
            with self.subTest(model=model._name):
                rows = model.with_user(self.user_api).with_context(active_test=False).search([])
                if model._name in own:
                    self.assertEqual(rows, own[model._name].with_user(self.user_api))
                elif domain.is_false():
                    self.assertFalse(rows)
                else:
                    self.assertFalse(rows.sudo().filtered(
                        lambda row: (row.user_id if 'user_id' in row._fields else row.create_uid) != self.user_api))
                if foreign := (model.sudo().with_context(active_test=False).search([], limit=1000) - rows)[:1]:
                    if model._table_query is None:
                        with self.assertRaises(AccessError):
                            foreign.with_user(self.user_api).check_access('read')
        self.assertEqual(open_models - {'uom.uom'}, {
            'res.country', 'res.country.group', 'res.country.state', 'res.currency', 'res.lang', 'ir.ui.menu',
            'sale.order', 'sale.order.line', 'order.channel.refusal'})

    @mute_logger('odoo.http', 'odoo.addons.base.models.ir_rule', 'odoo.addons.base.models.ir_model')
    def test_rpc(self):
        self.env['hr.employee'].create({'name': "Secret Colleague"})
        self.env.flush_all()
        self.assertEqual(
            {row['id'] for row in self._call('res.users', 'search_read', [], ['login'])}, {self.user_api.id})
        self.assertFalse(self._call('res.partner', 'name_search', "Blue Harbour"))
        self.assertFalse(self._call('res.users', 'name_search', "Test Sales"))
        for model in ('hr.employee.public', 'product.product', 'crm.team', 'discuss.channel', 'mail.activity'):
            self.assertEqual(self._call(model, 'search_count', []), 0, model)
        for model, method, args in (
            ('res.partner', 'read', [self.partner.ids, ['email']]),
            ('res.users', 'read', [self.user_sales.ids, ['login']]),
            ('hr.employee.public', 'read', [self.env['hr.employee'].search([], limit=1).ids, ['name']]),
            ('utm.source', 'create', [{'name': "Mine"}]),
            ('mail.activity', 'create', [{'res_model_id': self.env['ir.model']._get_id('res.partner'),
                                          'res_id': self.user_api.partner_id.id}]),
            ('discuss.channel', 'create', [{'name': "Mine"}]),
        ):
            with self.subTest(model=model, method=method), self.assertRaises(Fault):
                self._call(model, method, *args)

    def test_person_behind_it(self):
        """It logs in and has its key; it submits, and asks about its orders."""
        self.authenticate(self.user_api.login, self.user_api.login)
        self.assertEqual(self.url_open('/odoo').status_code, 200)
        self.assertTrue(self._call('res.users', 'get_views', [[False, 'form']]))
        self.assertEqual(self._call('res.users', 'read', self.user_api.ids, ['login'])[0]['login'], 'test_api')
        self._call('res.users', 'write', self.user_api.ids, {'tz': 'Europe/Berlin'})
        key = self._call('res.users.apikeys.description', 'create', {'name': "Shop", 'duration': '1'})
        self.assertTrue(self._call('res.users.apikeys.description', 'read', key, ['name']))
        key = self.env['res.users.apikeys'].with_user(self.user_api)._generate(
            'rpc', "Shop", fields.Datetime.add(fields.Datetime.now(), days=1))
        self.env.flush_all()
        results = self.xmlrpc_object.execute_kw(
            self.env.cr.dbname, self.user_api.id, key, 'order.channel', 'submit_orders', ['shop', [self._payload()]])
        self.assertEqual(results[0]['status'], 'created')
        self.assertEqual(self._call('sale.order', 'search_read', [], ['partner_id'])[0]['id'], results[0]['order_id'])

    def test_machine_that_is_a_person(self):
        """Sales staff who submit orders as well read what sales staff read."""
        self.user_sales.group_ids += self.env.ref('sale_order_lifecycle.group_intake_api')
        self.assertIn(self.partner, self.env['res.partner'].with_user(self.user_sales).search([]))

    # -- salespeople ----------------------------------------------------------------------------

    def test_salespeople(self):
        """Whom it may name works for the channel; of the others it hears the same, whether they are there or not."""
        outsider = self._new_user('outsider', 'sales_team.group_sale_salesman')
        answers = []
        for index, login in enumerate((outsider.login, 'test_nobody_x', 'admin')):
            result = self._submit_one(reference=f'X-{index}', salesperson=login)
            self.assertErrors(result, 'rejected', ('unknown_salesperson', 'salesperson'))
            answers.append(result['errors'][0]['message'].replace(login, 'LOGIN'))
        self.assertEqual(len(set(answers)), 1)
        self.assertEqual(self._order(self._submit_one(
            reference='X-5', salesperson='test_sales')).user_id, self.user_sales)
        self.shop.user_id = outsider
        self.assertEqual(self._order(self._submit_one(
            reference='X-6', salesperson=outsider.login)).user_id, outsider)
        # Sales staff know their colleagues.
        self.shop.user_id = False
        self.assertEqual(self._order(self._submit_one(
            user=self.user_sales_manager, reference='X-7', salesperson=outsider.login)).user_id, outsider)

    def test_channel_without_team(self):
        self.shop.team_id = False
        for index, login in enumerate(('test_sales', 'test_nobody_x')):
            self.assertErrors(
                self._submit_one(reference=f'X-{index}', salesperson=login), 'rejected',
                ('unknown_salesperson', 'salesperson'))
        self.team.member_ids = [Command.clear()]
        self.assertEqual(self._submit_one(reference='X-9')['status'], 'created')
