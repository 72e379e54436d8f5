"""The portal link speaks for the customer: who may only read an order has it by no way, and signs nothing with it."""
from contextlib import suppress
from xmlrpc.client import Fault

from markupsafe import Markup

from odoo import http
from odoo.tests import HttpCase, JsonRpcException, new_test_user, tagged
from odoo.tools import SQL, mute_logger

from ..common import LifecycleCommon

PIXEL = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=='


@tagged('post_install', '-at_install')
class TestPortalLink(LifecycleCommon, HttpCase):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.order = cls._submit(cls._new_order())
        cls.order.sudo().state = 'sent'
        cls.token = cls.order._portal_ensure_token()
        # Sees the orders of all as a reviewer, and changes own ones only.
        cls.user_both = cls._new_user(
            'both', 'sales_team.group_sale_salesman,sale_order_lifecycle.group_legal')
        cls.env.flush_all()

    def _call(self, user, model, method, *args, **kwargs):
        return self.xmlrpc_object.execute_kw(self.env.cr.dbname, user.id, user.login, model, method, args, kwargs)

    def _get_ways(self, order_id):
        """:return: list of (model, method, args, kwargs), each of which tells or uses the link of an order"""
        template = self.env.ref('sale_order_lifecycle.mail_template_order_confirmation')
        context = {'active_model': 'sale.order', 'active_id': order_id}
        return [
            ('sale.order', 'read', [[order_id], ['access_token']], {}),
            ('sale.order', 'web_read', [[order_id], {'access_token': {}}], {}),
            ('sale.order', 'export_data', [[order_id], ['access_token']], {}),
            ('sale.order', 'search_count', [[('access_token', '=like', f'{self.token[:4]}%')]], {}),
            ('sale.order', 'search', [[]], {'order': 'access_token'}),
            ('sale.order', 'formatted_read_group', [[], ['access_token']], {}),
            ('sale.order.line', 'search_count', [[('order_id.access_token', '=', self.token)]], {}),
            ('sale.order', 'get_portal_url', [[order_id]], {}),
            ('sale.order', 'action_preview_sale_order', [[order_id]], {}),
            ('portal.share', 'default_get', [['share_link']], {'context': context}),
            ('portal.share', 'web_save', [
                [], {'res_model': 'sale.order', 'res_id': order_id}, {'share_link': {}}], {}),
            ('mail.template', 'send_mail', [[template.id], order_id], {
                'email_values': {'email_to': 'me@example.com'}}),
            ('sale.order', 'write', [[order_id], {'access_token': 'known'}], {}),
        ]

    @mute_logger('odoo.http', 'odoo.orm.models', 'odoo.domains', 'odoo.addons.base.models.ir_rule')
    def test_readers(self):
        for user in (self.user_legal, self.user_manager, self.user_aftersales, self.user_stock, self.user_both):
            for model, method, args, kwargs in self._get_ways(self.order.id):
                if user == self.user_both and method in ('search', 'search_count', 'formatted_read_group'):
                    continue  # the links of own orders are allowed
                with self.subTest(user=user.login, model=model, method=method), self.assertRaises(Fault):
                    self._call(user, model, method, *args, **kwargs)
        self.env.invalidate_all()
        self.assertEqual(self.order.access_token, self.token)

    @mute_logger('odoo.http', 'odoo.orm.models')
    def test_no_token_is_made(self):
        order = self._new_order()
        self.env.flush_all()
        with self.assertRaisesRegex(Fault, "acts on behalf of the customer"):
            self._call(self.user_legal, 'sale.order', 'get_portal_url', order.ids)
        with self.assertRaises(Fault):
            self._call(self.user_sales, 'sale.order', 'write', order.ids, {'access_token': 'known'})
        self.env['ir.default'].set('sale.order', 'access_token', 'known', user_id=self.user_sales.id)
        self.env.invalidate_all()
        self.assertFalse(order.access_token)
        self.assertFalse(self._new_order().access_token)

    def test_sales_may(self):
        for user in (self.user_sales, self.user_sales_manager):
            self.assertIn(self.token, self._call(user, 'sale.order', 'get_portal_url', self.order.ids))
            action = self._call(user, 'sale.order', 'action_preview_sale_order', self.order.ids)
            self.assertIn(self.token, action['url'])
            self.assertEqual(
                self._call(user, 'sale.order', 'read', self.order.ids, ['access_token'])[0]['access_token'], self.token)
        # The others still read all that is left.
        self.assertTrue(self._call(self.user_legal, 'sale.order', 'read', self.order.ids, ['name', 'access_url']))

    def test_messages(self):
        """What a customer is sent holds the link; what stays in the chatter does not."""
        self.order.partner_id.email = 'customer@example.com'
        self.env.ref('sale_order_lifecycle.mail_template_order_confirmation').sudo().send_mail(self.order.id)
        self.user_sales.group_ids += self.env.ref('base.group_partner_manager')
        share = self.env['portal.share'].with_user(self.user_sales).create({
            'res_model': 'sale.order', 'res_id': self.order.id, 'partner_ids': self.partner.ids})
        share.action_send_mail()
        mails = self.env['mail.mail'].sudo().search([
            ('mail_message_id.model', '=', 'sale.order'), ('mail_message_id.res_id', '=', self.order.id)])
        self.assertEqual(
            [self.token in mail.body_html for mail in mails if "access_token" in mail.body_html], [True] * 2)
        self.env.flush_all()
        for message in self._call(self.user_legal, 'mail.message', 'search_read', [
                ('model', '=', 'sale.order'), ('res_id', '=', self.order.id)], ['body']):
            self.assertNotIn(self.token, message['body'])
            self.assertNotRegex(message['body'], r'hash=\w')

    @mute_logger('odoo.http')
    def test_invitations(self):
        """What makes a login of a customer goes to the customer by mail only."""
        self.env['ir.config_parameter'].sudo().set_param('auth_signup.invitation_scope', 'b2c')
        known = new_test_user(self.env, login='test_known', groups='base.group_portal').partner_id
        for user in (self.user_legal, self.user_sales):
            for partner in (self.partner, known):
                with self.subTest(user=user.login, partner=partner.name), self.assertRaisesRegex(Fault, "Private"):
                    self._call(user, 'res.partner', 'signup_get_auth_param', partner.ids)
        # Whoever shares another document sends it in a mail; core asks for the right to create contacts.
        self.user_buyer.group_ids += self.env.ref('base.group_partner_manager')
        purchase = self.env['purchase.order'].create({'partner_id': self.vendor.id})
        self.env['portal.share'].with_user(self.user_buyer).create({
            'res_model': 'purchase.order', 'res_id': purchase.id, 'partner_ids': self.partner.ids}).action_send_mail()

    def _get_body(self, message):
        return self._call(self.user_legal, 'mail.message', 'read', message.ids, ['body'])[0]['body']

    def test_mails_that_wait(self):
        """Until it is sent, a mail is kept with its link where nobody reads it."""
        link = Markup('<a href="%s">Order</a>') % self.order.get_portal_url()
        for moment, waits in (('2099-01-01 00:00:00', True), ('2020-01-01 00:00:00', False)):
            message = self.order.with_user(self.user_sales).message_post(
                body=link, partner_ids=self.partner.ids, subtype_xmlid='mail.mt_comment', scheduled_date=moment)
            self.env.flush_all()
            self.assertNotIn(self.token, self._get_body(message))
            schedule = self.env['mail.message.schedule'].search([('mail_message_id', '=', message.id)])
            self.assertEqual(bool(schedule), waits)
            schedule.force_send()
            self.env.flush_all()
            mail = self.env['mail.mail'].sudo().search([('mail_message_id', '=', message.id)])
            self.assertIn(f'access_token={self.token}', mail.body_html)
            self.assertNotIn(self.token, self._get_body(message))

    @mute_logger('odoo.http', 'odoo.addons.base.models.ir_rule')
    def test_scheduled_messages(self):
        body = f'<p>See {self.order.get_portal_url()}</p>'
        held, free = self.env['mail.scheduled.message'].with_user(self.user_sales).create([{
            'model': 'sale.order', 'res_id': self.order.id, 'body': text, 'scheduled_date': '2099-01-01 00:00:00',
            'author_id': self.user_sales.partner_id.id,
        } for text in (body, "<p>See you</p>")])
        self.env.flush_all()
        name, domain = 'mail.scheduled.message', [('res_id', '=', self.order.id), ('model', '=', 'sale.order')]
        for user in (self.user_legal, self.user_manager, self.user_stock, self.user_employee):
            with self.subTest(user=user.login):
                self.assertNotIn(held.id, self._call(user, name, 'search', domain))
                self.assertFalse(self._call(user, name, 'search_count', [('body', 'like', self.token[:3])]))
                for method, args in (('read', [['body']]), ('web_read', [{'body': {}}]), ('export_data', [['body']])):
                    with self.assertRaises(Fault):
                        self._call(user, name, method, held.ids, *args)
        self.assertEqual(self._call(self.user_stock, name, 'search', domain), free.ids)
        self.assertEqual(set(self._call(self.user_sales, name, 'search', domain)), {held.id, free.id})
        self.assertIn(self.token, self._call(self.user_sales, name, 'read', held.ids, ['body'])[0]['body'])

    # -- where it is kept -----------------------------------------------------------------------

    def _pay_online(self, order, **vals):
        """:return: a payment from the page of an order, as core keeps it"""
        provider = self.env['payment.provider'].create({'name': "Pay", 'company_id': order.company_id.id})
        return self.env['payment.transaction'].create({
            'provider_id': provider.id, 'payment_method_id': self.env.ref('payment.payment_method_unknown').id,
            'reference': order.name, 'amount': 10, 'currency_id': order.currency_id.id,
            'partner_id': order.partner_id.id, 'landing_route': order.get_portal_url(),
            'sale_order_ids': order.ids,
        })

    def _find_kept(self):
        """:return: list of the stored fields, of whatever model, that hold the link"""
        kept = []
        for model in self.env.values():
            fields = [field for field in model._fields.values() if field.store and field.column_type and (
                field.type in ('char', 'text', 'html', 'json'))]
            if not (model._auto and not model._abstract and fields):
                continue
            [found] = self.env.execute_query(SQL("SELECT %s FROM %s", SQL(", ").join(
                SQL("bool_or(%s::text LIKE %s)", SQL.identifier(field.name), f'%{self.token}%') for field in fields),
                SQL.identifier(model._table)))
            kept += [field for field, holds in zip(fields, found) if holds]
        return kept

    @mute_logger('odoo.http', 'odoo.orm.models', 'odoo.domains', 'odoo.addons.base.models.ir_rule',
                 'odoo.addons.base.models.ir_model')
    def test_where_it_is_kept(self):
        """Whatever field of whatever model holds the link, who has no right to it reads and finds nothing there."""
        self.order.partner_id.email = 'customer@example.com'
        self.env.ref('sale_order_lifecycle.mail_template_order_confirmation').sudo().send_mail(self.order.id)
        self._pay_online(self.order)
        self.env['mail.scheduled.message'].with_user(self.user_sales).create({
            'model': 'sale.order', 'res_id': self.order.id, 'body': self.order.get_portal_url(),
            'scheduled_date': '2099-01-01 00:00:00', 'author_id': self.user_sales.partner_id.id})
        self.env.flush_all()
        kept = self._find_kept()
        self.assertLessEqual(
            {'sale.order.access_token', 'payment.transaction.landing_route', 'mail.scheduled.message.body',
             'mail.mail.body_html'}, set(map(str, kept)))
        user_books = self._new_user('books', 'account.group_account_manager,sale_order_lifecycle.group_finance')
        for user in (user_books, self.user_accountant, self.user_manager, self.user_stock, self.user_employee):
            for field in kept:
                with self.subTest(user=user.login, field=str(field)):
                    found = []
                    with suppress(Fault):
                        found += self._call(user, field.model_name, 'search_read', [], [field.name])
                    with suppress(Fault):
                        found += self._call(user, field.model_name, 'search', [(field.name, 'like', self.token)])
                    self.assertNotIn(self.token, str(found))
                    self.assertFalse([row for row in found if isinstance(row, int)])

    def test_payments_of_others(self):
        """Where no policy ever was, a payment is read as in plain Odoo."""
        company = self._new_company()
        user = self._new_user('plain_accountant', 'account.group_account_invoice', company=company)
        order = self.env['sale.order'].with_company(company).create({
            'partner_id': self.partner.id, 'company_id': company.id})
        payment = self._pay_online(order)
        self.env.flush_all()
        self.assertEqual(
            self._call(user, 'payment.transaction', 'read', payment.ids, ['landing_route'])[0]['landing_route'],
            order.get_portal_url())

    # -- the page -------------------------------------------------------------------------------

    def _accept(self, order, **params):
        return self.make_jsonrpc_request(f'/my/orders/{order.id}/accept', {
            'name': "Mallory", 'signature': PIXEL, **params})

    @mute_logger('odoo.http')
    def test_page(self):
        """The page holds the link, and what is sent from it is the customer's word."""
        url = f'/my/orders/{self.order.id}'
        for user, shown in ((self.user_legal, False), (self.user_both, False), (self.user_sales, True)):
            for query in ('', f'?access_token={self.token}'):
                self.authenticate(user.login, user.login)
                with self.subTest(user=user.login, query=query):
                    page = self.url_open(url + query)
                    self.assertEqual(self.token in page.text, shown)
                    try:
                        answer = self._accept(self.order, access_token=self.token)
                    except JsonRpcException as error:
                        self.assertIn('UserError', str(error))
                    else:
                        self.assertIn('error', answer)
                    page = self.url_open(f'{url}/decline{query}', data={
                        'csrf_token': http.Request.csrf_token(self), 'decline_message': "No"})
                    self.assertEqual("This page is for the customer" in page.text, shown)
                    self.env.invalidate_all()
                    self.assertFalse(self.order.signature or self.order.customer_accepted_at)
                    self.assertEqual(self.order.state, 'sent')

    def test_customers_may(self):
        customer = new_test_user(
            self.env, login='test_customer', groups='base.group_portal', partner_id=self.partner.id)
        self.authenticate(customer.login, customer.login)
        self.assertIn(self.token, self.url_open('/my/quotes').text)
        self.assertIn(self.token, self.url_open(f'/my/orders/{self.order.id}').text)
        self.assertTrue(self._accept(self.order)['force_refresh'])
        self.env.invalidate_all()
        self.assertEqual(self.order.signed_by, "Mallory")

    def test_own_orders_of_staff(self):
        """A person who buys is the customer, employee or not; lists show others nothing that refuses."""
        own = self._new_order(partner_id=self.user_legal.partner_id.id)
        own.sudo().state = 'sent'
        child = self.env['res.partner'].create({'name': "Child", 'parent_id': self.user_legal.partner_id.id})
        other = self._new_order(partner_id=child.id)
        other.sudo().state = 'sent'
        self.env.flush_all()
        self.authenticate(self.user_legal.login, self.user_legal.login)
        page = self.url_open('/my/quotes')
        self.assertEqual(page.status_code, 200)
        self.assertIn(own.name, page.text)
        self.assertNotIn(other.name, page.text)
        self.assertTrue(self._accept(own)['force_refresh'])

    def test_company_without_policy(self):
        company = self._new_company()
        user = self._new_user('plain_stock', 'stock.group_stock_user', company=company)
        order = self.env['sale.order'].with_company(company).create({
            'partner_id': self.partner.id, 'company_id': company.id})
        own = order.with_user(user).with_company(company)
        self.assertIn('access_token=', url := own.get_portal_url())
        self.assertTrue(url.endswith(own.access_token))
        own.write({'access_token': 'known'})
        self.assertEqual(order.access_token, 'known')
