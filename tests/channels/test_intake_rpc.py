import xmlrpc.client
from datetime import datetime, timedelta

from odoo import fields
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .test_submit_orders import SubmitCommon


@tagged('post_install', '-at_install')
class TestIntakeRPC(SubmitCommon, HttpCase):
    """The external API as a shop uses it, and as a salesperson might misuse it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for user in (cls.user_api, cls.user_sales, cls.user_stock):
            user.password = f'{user.login}-password'

    def _xmlrpc(self, user, model, method, *args, **kwargs):
        return self.xmlrpc_object.execute_kw(
            self.env.cr.dbname, user.id, f'{user.login}-password', model, method, args, kwargs)

    def _json2(self, user, model, method, **kwargs):
        key = self.env['res.users.apikeys'].with_user(user).sudo()._generate(
            'rpc', 'test', fields.Datetime.now() + timedelta(days=1))
        return self.url_open(
            f'/json/2/{model}/{method}', json=kwargs, headers={'Authorization': f'Bearer {key}'})

    def test_submit_over_xmlrpc(self):
        payload = self._payload(received_at=datetime(2025, 3, 31, 14, 5), promised_date=datetime(2025, 7, 1))
        results = self._xmlrpc(self.user_api, 'order.channel', 'submit_orders', 'shop', [payload, {'lines': [1]}])
        self.assertEqual([result['status'] for result in results], ['created', 'rejected'])
        order = self._order(results[0])
        self.assertEqual(order.received_at, datetime(2025, 3, 31, 14, 5))
        self.assertEqual(order.commitment_date.date().isoformat(), '2025-07-01')
        results = self._xmlrpc(self.user_api, 'order.channel', 'submit_orders', 'shop', [payload])
        self.assertEqual((results[0]['status'], results[0]['order_id']), ('duplicate', order.id))

    def test_submit_over_json2(self):
        payload = self._payload(received_at='2025-03-31T14:05:00', promised_date='2025-07-01', note=None)
        for status in ('created', 'duplicate'):
            response = self._json2(
                self.user_api, 'order.channel', 'submit_orders', channel_code='shop', orders=[payload])
            self.assertEqual(response.status_code, 200)
            self.assertEqual(response.json()[0]['status'], status)
        response = self._json2(
            self.user_api, 'order.channel', 'submit_orders', channel_code=None, orders={'a': [None, 1e308]})
        self.assertEqual(response.status_code, 200)
        self.assertEqual(response.json()[0]['errors'][0]['code'], 'unknown_channel')

    @mute_logger('odoo.http', 'odoo.models')
    def test_submit_without_right(self):
        with self.assertRaises(xmlrpc.client.Fault):
            self._xmlrpc(self.user_stock, 'order.channel', 'submit_orders', 'shop', [self._payload()])
        response = self._json2(
            self.user_stock, 'order.channel', 'submit_orders', channel_code='shop', orders=[self._payload()])
        self.assertEqual(response.status_code, 403)
        self.assertFalse(self.env['sale.order'].search([('channel_reference', '=', 'A-1')]))

    @mute_logger('odoo.http', 'odoo.models', 'odoo.addons.base.models.ir_model', 'odoo.addons.base.models.ir_rule')
    def test_wrong_key(self):
        """Neither a wrong key nor none reaches a method; each call to it does nothing."""
        for headers in ({'Authorization': 'Bearer ' + 'a' * 40}, {}, {'Authorization': 'Basic YTpi'}):
            for method, values in (
                ('submit_orders', {'channel_code': 'shop', 'orders': [self._payload()]}),
                ('order_status', {'channel_code': 'shop', 'references': ['A-1']}),
                ('cancel_orders', {'channel_code': 'shop', 'references': ['A-1'], 'reason': "x"}),
            ):
                with self.subTest(method=method, headers=headers):
                    response = self.url_open(f'/json/2/order.channel/{method}', json=values, headers=headers)
                    self.assertEqual(response.status_code, 401)
        with self.assertRaises(xmlrpc.client.Fault):
            self.xmlrpc_object.execute_kw(
                self.env.cr.dbname, self.user_api.id, 'wrong', 'order.channel', 'submit_orders',
                ['shop', [self._payload()]])
        self.assertFalse(self.env['sale.order'].search([('channel_reference', '=', 'A-1')]))

    @mute_logger('odoo.http', 'odoo.models', 'odoo.addons.base.models.ir_model', 'odoo.addons.base.models.ir_rule')
    def test_requests_over_json2(self):
        """Submit, ask, cancel, ask again, as a shop does; and read what was submitted, and no more."""
        self.user_api.group_ids += self.env.ref('base.group_user')
        order_id = self._json2(
            self.user_api, 'order.channel', 'submit_orders', channel_code='shop',
            orders=[self._payload()]).json()[0]['order_id']
        ask = {'channel_code': 'shop', 'references': ['A-1', 'A-2']}
        response = self._json2(self.user_api, 'order.channel', 'order_status', **ask)
        self.assertEqual(response.status_code, 200)
        self.assertEqual([(result['status'], result.get('phase')) for result in response.json()],
                         [('found', 'intake'), ('unknown', None)])
        response = self._json2(self.user_api, 'order.channel', 'cancel_orders', **ask, reason="Changed my mind")
        self.assertEqual([result['status'] for result in response.json()], ['cancelled', 'unknown'])
        response = self._json2(self.user_api, 'order.channel', 'order_status', **ask)
        self.assertEqual(response.json()[0]['phase'], 'cancelled')
        for user in (self.user_stock, self.user_employee):
            for method, values in (('order_status', ask), ('cancel_orders', {**ask, 'reason': "x"})):
                with self.subTest(method=method, user=user.login):
                    response = self._json2(user, 'order.channel', method, **values)
                    self.assertEqual(response.status_code, 403)
        response = self._json2(self.user_api, 'sale.order', 'search_read', domain=[], fields=['name', 'state'])
        self.assertEqual([row['id'] for row in response.json()], [order_id])
        for model, method, values in (
            ('sale.order', 'write', {'ids': [order_id], 'vals': {'note': "Mine"}}),
            ('sale.order', 'read', {'ids': [order_id], 'fields': ['review_ids']}),
            ('sale.order', 'action_draft', {'ids': [order_id]}),
            ('order.channel', 'search_read', {'domain': []}),
            ('sale.report', 'search_read', {'domain': []}),
        ):
            with self.subTest(model=model, method=method):
                self.assertEqual(self._json2(self.user_api, model, method, **values).status_code, 403)
        self.assertEqual(self._json2(self.user_api, 'order.review', 'search_read', domain=[]).json(), [])
        # Neither a parameter that is missing nor one too many does anything.
        for values in ({'channel_code': 'shop'}, {**ask, 'company': 1}):
            self.assertEqual(self._json2(self.user_api, 'order.channel', 'order_status', **values).status_code, 422)

    def test_requests_over_xmlrpc(self):
        self._xmlrpc(self.user_api, 'order.channel', 'submit_orders', 'shop', [self._payload()])
        result = self._xmlrpc(self.user_api, 'order.channel', 'order_status', 'shop', ['A-1'])[0]
        self.assertEqual((result['status'], result['promised_date'], result['missing']), ('found', False, []))
        result = self._xmlrpc(self.user_api, 'order.channel', 'cancel_orders', 'shop', ['A-1'], "No")[0]
        self.assertEqual(result['status'], 'cancelled')

    def test_channel_of_another_company(self):
        company = self._new_company(policy=True)
        self.shop.copy({'code': 'foreign', 'company_id': company.id})
        for method, values in (
            ('submit_orders', {'orders': [self._payload()]}), ('order_status', {'references': ['A-1']}),
            ('cancel_orders', {'references': ['A-1'], 'reason': "x"}),
        ):
            # Not even where the caller names the company: the caller does not belong to it.
            for context, status in (({}, 200), ({'allowed_company_ids': company.ids}, 403)):
                with self.subTest(method=method, context=context), mute_logger('odoo.http'):
                    response = self._json2(
                        self.user_api, 'order.channel', method, channel_code='foreign', context=context, **values)
                    self.assertEqual(response.status_code, status)
                    if status == 200:
                        self.assertEqual(response.json()[0]['errors'][0]['code'], 'unknown_channel')
        self.assertFalse(self.env['sale.order'].search([('channel_id.code', '=', 'foreign')]))

    def test_json_text(self):
        """What JSON text itself can say badly: a key twice, NaN, a number without end, and text that is none."""
        key = self.env['res.users.apikeys'].with_user(self.user_api).sudo()._generate(
            'rpc', 'test', fields.Datetime.now() + timedelta(days=1))
        headers = {'Authorization': f'Bearer {key}', 'Content-Type': 'application/json'}

        def post(text):
            return self.url_open('/json/2/order.channel/submit_orders', data=text, headers=headers)

        order = ('{"reference": "J-%s", "customer": {"ref": "C-1", "name": "Blue Harbour Ltd"},'
                 ' "lines": [{"sku": "CHAIR", "quantity": %s}]}')
        response = post('{"channel_code": "shop", "orders": [%s, %s, %s, %s]}' % (
            order % (1, 'NaN'), order % (2, '1e400'), order % (3, '2'), order % (4, '9' * 4000)))
        self.assertEqual(response.status_code, 200, response.text[:500])
        self.assertEqual(
            [result['status'] for result in response.json()], ['rejected', 'rejected', 'created', 'rejected'])
        with mute_logger('odoo.http'):
            self.assertEqual(post('{"channel_code": ').status_code, 400)
            self.assertEqual(post('[]').status_code, 422)
            self.assertEqual(self.url_open(
                '/json/2/order.channel/submit_orders', data='a=1',
                headers={**headers, 'Content-Type': 'application/x-www-form-urlencoded'}).status_code, 415)
            self.assertEqual(self._json2(self.user_api, 'order.channel', 'no_method').status_code, 404)
            self.assertEqual(self._json2(self.user_api, 'no.model', 'submit_orders').status_code, 404)

    def test_key_twice(self):
        """An object with one key twice is the error of its order; the others are created."""
        order = ('{"reference": "D-%s", "customer": {"ref": "C-1", "name": "Blue Harbour Ltd"%s},'
                 ' "lines": [{"sku": "CHAIR", "quantity": 2%s}]%s}')
        orders = [order % values for values in (
            (1, '', '', ''), (2, '', ', "quantity": 3', ''),
            (3, ', "name": "Other"', '', ', "note": "a", "note": "b"'))]
        key = self.env['res.users.apikeys'].with_user(self.user_api).sudo()._generate(
            'rpc', 'test', fields.Datetime.now() + timedelta(days=1))
        headers = {'Authorization': f'Bearer {key}', 'Content-Type': 'application/json'}
        results = self.url_open(
            '/json/2/order.channel/submit_orders', headers=headers,
            data='{"channel_code": "shop", "orders": [%s]}' % ', '.join(orders)).json()
        self.assertEqual([result['status'] for result in results], ['created', 'rejected', 'rejected'])
        self.assertEqual([[error['field'] for error in result['errors']] for result in results], [
            [], ['lines[0].quantity'], ['note', 'customer.name']])
        self.assertEqual({error['code'] for result in results for error in result['errors']}, {'invalid_value'})
        refusals = self.env['order.channel.refusal'].search([('reference', '=like', 'D-%')])
        self.assertEqual(set(refusals.mapped('reference')), {'D-2', 'D-3'})
        # The call itself says two things.
        results = self.url_open(
            '/json/2/order.channel/submit_orders', headers=headers,
            data='{"channel_code": "shop", "orders": [], "orders": [%s]}' % orders[0]).json()
        self.assertEqual([(error['code'], error['field']) for error in results[0]['errors']],
                         [('invalid_value', 'orders')])

    def test_key_twice_in_the_web_client(self):
        """The other way in that takes JSON sees it, too, whether the orders come by place or by name."""
        order = ('{"reference": "J-1", "customer": {"ref": "C-1", "name": "Blue Harbour Ltd"},'
                 ' "lines": [{"sku": "CHAIR", "quantity": 2, "quantity": 3}]}')
        self.authenticate(self.user_sales.login, f'{self.user_sales.login}-password')
        for arguments in (f'"args": ["shop", [{order}]], "kwargs": {{}}',
                          f'"args": ["shop"], "kwargs": {{"orders": [{order}]}}'):
            with self.subTest(arguments=arguments):
                response = self.url_open(
                    '/web/dataset/call_kw/order.channel/submit_orders', headers={'Content-Type': 'application/json'},
                    data=f'{{"params": {{"model": "order.channel", "method": "submit_orders", {arguments}}}}}')
                [result] = response.json()['result']
                self.assertEqual(
                    [(error['code'], error['field']) for error in result['errors']],
                    [('invalid_value', 'lines[0].quantity')])

    @mute_logger('odoo.http', 'odoo.models', 'odoo.addons.base.models.ir_model', 'odoo.addons.base.models.ir_rule')
    def test_guarded_fields(self):
        quotation = self._new_order()
        registered = self._register(self._new_order())
        attempts = [
            (self.user_sales, order, {name: value})
            for order in (quotation, registered) for name, value in (
                ('received_at', '2020-01-01 00:00:00'), ('registered_by_id', self.user_sales.id),
                ('received_payload', {'a': 1}), ('customer_to_check', True), ('cancellation_reason', "x"))
        ]
        attempts += [
            (self.user_sales, registered, {'channel_id': self.shop.id}),
            (self.user_sales, registered, {'channel_reference': 'X'}),
            (self.user_stock, quotation, {'channel_reference': 'X'}),
            (self.user_stock, registered, {'commitment_date': '2031-01-01 00:00:00'}),
            (self.user_api, quotation, {'note': 'X'}),
        ]
        before = (quotation | registered).read(['received_at', 'registered_by_id', 'channel_id', 'commitment_date'])
        for user, order, vals in attempts:
            with self.subTest(user=user.login, vals=vals):
                with self.assertRaises(xmlrpc.client.Fault):
                    self._xmlrpc(user, 'sale.order', 'write', order.ids, vals)
                response = self._json2(user, 'sale.order', 'write', ids=order.ids, vals=vals)
                self.assertIn(response.status_code, (403, 422))
        self.env.invalidate_all()
        after = (quotation | registered).read(['received_at', 'registered_by_id', 'channel_id', 'commitment_date'])
        self.assertEqual(before, after)
        for user, method, args in (
            (self.user_sales, 'create', [{'partner_id': self.partner.id, 'received_at': '2020-01-01 00:00:00'}]),
            (self.user_sales, '_action_register', [quotation.ids]),
            (self.user_stock, 'action_register', [quotation.ids]),
            (self.user_sales, 'unlink', [registered.ids]),
        ):
            with self.subTest(method=method), self.assertRaises(xmlrpc.client.Fault):
                self._xmlrpc(user, 'sale.order', method, *args)
        with self.assertRaises(xmlrpc.client.Fault):
            self._xmlrpc(self.user_sales, 'order.submission', '_submit', 'shop', [self._payload()])
        self.assertTrue(self._xmlrpc(self.user_sales, 'sale.order', 'action_register', quotation.ids))
