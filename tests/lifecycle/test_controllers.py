"""Whatever a client sends to a page of the addon, it is answered with a page and a sentence."""
import re

from odoo import http
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from ..common import LifecycleCommon

MODULE = 'odoo.addons.sale_order_lifecycle.controllers'
TEXTS = (
    'a\x00b', '', "<b>'--", 'é\u2028', '9' * 30, '-1', '\U0001f600' * 20, 'x' * 100_000, '²',
)
# What pages and their templates call things by.
NAMES = (
    'access_token', 'ticket', 'order_id', 'ticket_id', 'kind', 'subject', 'description', 'product_id', 'attachments',
    'answer', 'name', 'correction', 'digest', 'filterby', 'page', 'sortby', 'pid', 'hash', 'error', 'warning',
    'success', 'document', 'values', 'session_history', 'no_breadcrumbs', 'opened', 'message', 'lang', 'debug',
)


@tagged('post_install', '-at_install')
class TestControllers(LifecycleCommon, HttpCase):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.order = cls._confirm(cls._new_order(lines=[(cls.product_service, 1)]))
        cls.asked = cls._register(cls._new_order())
        cls.partner.email = 'customer@example.com'
        cls.asked.with_user(cls.user_sales).action_request_confirmation()
        cls.ticket = cls.env['order.ticket'].create({
            'order_id': cls.order.id, 'partner_id': cls.partner.id, 'subject': "Own matter"})
        cls.customer = new_test_user(
            cls.env, login='test_customer', groups='base.group_portal', partner_id=cls.partner.id)
        cls.env.flush_all()

    def _get_paths(self):
        """:return: dict path with ids in it → methods, of every route of the addon"""
        paths = {}
        modules = self.env['ir.module.module'].search([('state', '=', 'installed')]).mapped('name')
        for url, endpoint in http._generate_routing_rules(modules, nodb_only=False):
            if endpoint.func.__module__.startswith(MODULE):
                order = self.asked if 'confirmation' in url else self.order
                good = {'order_id': order.id, 'ticket_id': self.ticket.id, 'page': 1, 'ticket': 'unknown'}
                for kind in ('good', 'huge', 'nul'):
                    path = re.sub(r'<(?:(\w+)(?:\([^)]*\))?:)?(\w+)>', lambda match: str(
                        good[match[2]] if kind == 'good' else '9' * 25 if kind == 'huge' else
                        '%00' if match[1] in (None, 'string', 'path') else 2147483648), url)
                    paths[path] = endpoint.routing['methods'] or ['GET', 'POST']
        return paths

    def _check(self, path, **kwargs):
        response = self.url_open(path, **kwargs)
        self.assertLess(response.status_code, 500, response.text[:300])
        return response

    @mute_logger('odoo.http', 'odoo.addons.http_routing.models.ir_http', 'werkzeug')
    def test_walk(self):
        paths = self._get_paths()
        for name in ('/ticket', '/confirmation', '/my/tickets', '/order-archive/'):
            self.assertTrue(any(name in path for path in paths), name)
        token = {}
        for user in (self.customer, None):
            self.authenticate(user and user.login, user and user.login)
            for path, methods in paths.items():
                with self.subTest(user=user and user.login, path=path):
                    self._check(path)
                    token = {'csrf_token': http.Request.csrf_token(self)}
                    # A document that cannot be has one form, one that is there has every form.
                    for text in TEXTS if '9999' not in path and '2147483648' not in path else TEXTS[:1]:
                        params = dict.fromkeys(NAMES, text)
                        if len(text) < 1000:
                            self._check(path, params=params)
                        if 'POST' not in methods:
                            continue
                        self._check(path, data={**params, **token})
                    if 'POST' not in methods:
                        continue
                    self._check(path, data=token)
                    # Every field as a file, and a file without a name that can be kept.
                    self._check(path, data=token, files=[
                        (name, ('a.txt', b'x\x00y', 'text/plain')) for name in NAMES])
                    self._check(path, data=token, files=[
                        ('attachments', (file_name, b'x', 'text/plain'))
                        for file_name in ('x' * 5000, '..%00/..', ' ', '<b>')])
                    # No form at all.
                    self._check(path, data=b'\x00\xff', headers={'Content-Type': 'application/x-www-form-urlencoded'})
                    self._check(path, data=b'[1', headers={'Content-Type': 'application/json'})

    def _post(self, path, **vals):
        return self._check(path, data={'csrf_token': http.Request.csrf_token(self), **vals})

    @mute_logger('odoo.http')
    def test_sentences(self):
        """What is wrong is told on the page; what can be stored is taken without the rest."""
        self.authenticate(self.customer.login, self.customer.login)
        url = f'/my/orders/{self.order.id}/ticket'
        self.assertIn("Enter a subject.", self._post(url, kind='inquiry', subject='\x00', description="x").text)
        self.assertIn("Select a product of this order.", self._post(
            url, kind='inquiry', subject="x", description="x", product_id='1234567').text)
        before = self.env['order.ticket'].search([])
        self._post(url, kind='inquiry', subject="Broken\x00 lamp", description="It is\x00 dark")
        self.env.invalidate_all()
        ticket = self.env['order.ticket'].search([]) - before
        self.assertRecordValues(ticket, [{'subject': "Broken lamp", 'description': "It is dark"}])
        url = f'/my/orders/{self.asked.id}/confirmation'
        self.assertIn("Enter your name.", self._post(url, answer='confirmed', name='\x00').text)
        self.assertIn("The order has changed", self._post(url, answer='confirmed', name="Ms Lee", digest='é').text)
        self._post(url, answer='correction', name="Ms\x00 Lee", correction="Six\x00 of them")
        self.env.invalidate_all()
        self.assertRecordValues(self.asked, [{
            'customer_answered_by': "Ms Lee", 'customer_correction': "Six of them"}])

    @mute_logger('odoo.http')
    def test_pages_of_core(self):
        """The pages of orders ask the same way."""
        self.authenticate(None, None)
        for path in ('/my/orders/99999999999', f'/my/orders/{self.order.id}?access_token=é'):
            self._check(path)
