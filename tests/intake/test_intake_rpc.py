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
    def test_guarded_fields(self):
        quotation = self._new_order()
        registered = self._register(self._new_order())
        attempts = [
            (self.user_sales, order, {name: value})
            for order in (quotation, registered) for name, value in (
                ('received_at', '2020-01-01 00:00:00'), ('registered_by_id', self.user_sales.id),
                ('received_payload', {'a': 1}))
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
