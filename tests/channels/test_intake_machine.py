"""A machine has the rows of its own, whatever employees read beside them, and finds out nobody's login."""
from xmlrpc.client import Fault

from odoo import Command, fields
from odoo.exceptions import AccessError
from odoo.tests import HttpCase, new_test_user, tagged
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

    def test_no_forms(self):
        """A form tells, as superuser, of what the client says that it names: a machine opens none but for its key."""
        walked = 0
        Rule = self.env['ir.rule'].with_user(self.user_api)
        for model in self.env.values():
            own = model.with_user(self.user_api).sudo(False)
            if model._abstract or not own.has_access('create') or not Rule._get_intake_machine_domain(
                    model._name).is_false():
                continue
            walked += 1
            with self.subTest(model=model._name), self.assertRaises(AccessError):
                own.onchange({}, [], {'display_name': {}})
        self.assertGreater(walked, 10)
        Key = self.env['res.users.apikeys.description'].with_user(self.user_api)
        self.assertIn('name', Key.onchange({'name': "Key"}, [], {'name': {}})['value'])

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
        self.assertEqual(self._call('sale.order', 'search_read', [], ['name'])[0]['id'], results[0]['order_id'])

    # -- orders ---------------------------------------------------------------------------------

    def _new_customer(self):
        customer = self.env['res.partner'].create({
            'name': "Secret Hotel", 'ref': '4711', 'is_company': True, 'email': 'secret@hotel.example',
            'phone': '+44 20 7946 0555', 'street': "Secret Street", 'vat': 'GB123456782'})
        self.env['product.supplierinfo'].create({
            'partner_id': customer.id, 'product_tmpl_id': self.product_stock.product_tmpl_id.id,
            'product_name': "Secret Name"})
        self.env.flush_all()
        return customer

    @mute_logger('odoo.http')
    def test_nothing_of_the_customer(self):
        """A machine that guesses a customer number reads what it has sent and what became of it."""
        customer = self._new_customer()
        order = self._order(self._submit_one(
            customer={'ref': '4711', 'name': "guess"}, lines=[{'sku': 'CHAIR', 'quantity': 2}]))
        self.assertEqual(order.partner_id, customer)
        self.env.flush_all()
        context = {
            'sale_show_partner_name': True, 'show_address': 1, 'show_email': 1, 'show_vat': 1,
            'partner_id': customer.id, 'seller_id': customer.id}
        told = []
        for model, ids in (('sale.order', order.ids), ('sale.order.line', order.order_line.ids)):
            allowed = self.env[model]._get_intake_machine_fields()
            names = [
                name for name, field in self.env[model].with_user(self.user_api)._fields.items()
                if self.env[model].with_user(self.user_api)._has_field_access(field, 'read')]
            self.assertLessEqual(set(names), allowed)
            told.append(self._call(model, 'read', ids, names, context=context))
            told.append(self._call(model, 'web_read', ids, {
                name: {'fields': {'display_name': {}}} if self.env[model]._fields[name].relational else {}
                for name in names}, context=context))
            told.append(self._call(model, 'name_search', order.name))
        self.assertIn(order.name, str(told))
        self.assertIn('CHAIR', str(told))
        for secret in ("Secret", 'secret', 'GB123456782', '4711'):
            self.assertNotIn(secret, str(told))
        for name in ('partner_id', 'partner_invoice_id', 'user_id', 'policy_id', 'payment_term_id'):
            for domain in ([(f'{name}.name', 'ilike', 'a')], [(name, '=', 1)]):
                with self.subTest(domain=domain), self.assertRaises(Fault):
                    self._call('sale.order', 'search_count', domain)
        with self.assertRaises(Fault):
            self._call('sale.order', 'name_search', "Secret", context=context)

    def test_no_candidates(self):
        """The answer to a phone number is not whose it is; people are told."""
        self._new_customer()
        payload = self._payload(customer={'name': "Nobody", 'phone': '+44 20 7946 0555'})
        result = self._submit_orders(payload)[0]
        status = self.env['order.channel'].with_user(self.user_api).order_status('shop', ['A-1'])[0]
        for missing in (result['missing'], status['missing']):
            self.assertEqual(
                missing, ["The customer could not be identified. The sales team will select the right one."])
        self.assertIn("Secret Hotel", str(self._submit_orders(payload, user=self.user_sales)[0]['missing']))

    @mute_logger('odoo.http')
    def test_company(self):
        for name in ('order_policy_id', 'order_channel_id'):
            with self.subTest(field=name), self.assertRaises(Fault):
                self._call('res.company', 'read', self.company.ids, [name])
            with self.subTest(field=name), self.assertRaises(Fault):
                self._call('res.company', 'search_count', [(f'{name}.name', 'ilike', 'a')])
        self.assertTrue(self._call('res.company', 'read', self.company.ids, ['name']))
        self.assertEqual(
            self.company.with_user(self.user_employee).read(['order_policy_id'])[0]['order_policy_id'][0],
            self.policy.id)

    def test_set_back(self):
        """The wish of the sender to cancel goes with an order that is set back, and with no other call."""
        order = self._order(self._submit_one())
        self._confirm(order)
        Channel = self.env['order.channel'].with_user(self.user_api)
        self.assertEqual(Channel.cancel_orders('shop', ['A-1'], "Withdrawn")[0]['status'], 'too_late')
        portal = new_test_user(
            self.env, login='test_portal', groups='base.group_portal', partner_id=order.partner_id.id)
        for user in (self.user_finance, self.user_stock, self.user_sales, self.user_api, portal):
            with self.subTest(user=user.login):
                try:
                    order.with_user(user).action_draft()
                except AccessError:
                    self.env.invalidate_all()
                self.assertEqual(order.sudo().cancellation_reason, "Withdrawn")
        order._action_cancel()
        order.with_user(self.user_sales).action_draft()
        self.assertRecordValues(order, [{
            'state': 'draft', 'cancellation_requested_at': False, 'cancellation_reason': False}])

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
