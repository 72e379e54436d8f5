"""Tickets and visits from outside, over XML-RPC and the JSON API: no way round the rules."""
import json
import xmlrpc.client
from datetime import timedelta

from odoo import fields
from odoo.tests import HttpCase, tagged

from .common import AftersalesCommon


@tagged('post_install', '-at_install')
class TestAftersalesRpc(AftersalesCommon, HttpCase):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for login in ('aftersales', 'sales'):
            cls.users_by_login[login].password = 'test_password'
        cls.order = cls._confirm(cls._new_order())
        cls.ticket = cls._new_ticket(kind='complaint', order_id=cls.order.id, cause_id=cls.cause.id)
        cls.visit = cls.env['order.visit'].create({'order_id': cls.order.id})
        cls.customer = cls._new_portal_user('customer', cls.partner)
        cls.other = cls._new_ticket(partner_id=cls.env['res.partner'].create({'name': "Other"}).id)

    def setUp(self):
        super().setUp()
        self.env.flush_all()

    def _xmlrpc(self, user, password, model, method, *args, **kwargs):
        return self.xmlrpc_object.execute_kw(
            self.env.cr.dbname, user.id, password, model, method, list(args), kwargs)

    def _json(self, user, model, method, **params):
        key = self.env['res.users.apikeys'].with_user(user)._generate(
            'rpc', 'Test', fields.Datetime.now() + timedelta(hours=1))
        return self.url_open(
            f'/json/2/{model}/{method}', data=json.dumps(params),
            headers={'Authorization': f'Bearer {key}', 'Content-Type': 'application/json'})

    def _get_attempts(self):
        """(model, method, ids, keyword arguments) of every way that a member of after-sales might try."""
        ticket, visit, closed = self.ticket.ids, self.visit.ids, self.stage_closed.id
        vals = {'subject': "A", 'partner_id': self.partner.id}
        return [
            ('order.ticket', 'action_close', ticket, {}),
            ('order.ticket', 'write', ticket, {'vals': {'stage_id': closed}}),
            ('order.ticket', 'write', ticket, {'vals': {'stage_id': closed, 'kind': 'inquiry'}}),
            ('order.ticket', 'write', ticket, {'vals': {'kind': 'inquiry'}}),
            ('order.ticket', 'write', ticket, {'vals': {'outcome_sent_at': '2026-01-01 00:00:00'}}),
            ('order.ticket', 'write', ticket, {'vals': {'closed_at': '2026-01-01 00:00:00'}}),
            ('order.ticket', 'write', ticket, {'vals': {'deadline': '2030-01-01 00:00:00'}}),
            ('order.ticket', 'write', ticket, {'vals': {'responded_at': '2026-01-01 00:00:00'}}),
            ('order.ticket', 'write', ticket, {'vals': {'is_closed': True}}),
            ('order.ticket', 'create', None, {'vals_list': [{**vals, 'stage_id': closed}]}),
            ('order.ticket', 'create', None, {'vals_list': [
                {**vals, 'stage_id': closed, 'kind': 'complaint', 'cause_id': self.cause.id}]}),
            ('order.ticket', 'create', None, {'vals_list': [vals], 'context': {'default_stage_id': closed}}),
            ('order.ticket', 'create', None, {
                'vals_list': [vals], 'context': {'default_outcome_sent_at': '2026-01-01 00:00:00'}}),
            ('order.ticket', 'web_save', ticket, {'vals': {'stage_id': closed}, 'specification': {}}),
            ('order.ticket', 'unlink', ticket, {}),
            ('order.ticket.stage', 'write', self.stage_new.ids, {'vals': {'is_closed': True}}),
            ('order.ticket.team', 'write', self.team.ids, {'vals': {'resolution_hours': 900}}),
            ('order.ticket.cause', 'create', None, {'vals_list': [{'name': "Mine"}]}),
            ('order.visit', 'write', visit, {'vals': {'state': 'done'}}),
            ('order.visit', 'write', visit, {'vals': {'satisfaction': 5}}),
            ('order.visit', 'action_done', visit, {'satisfaction': 9}),
            ('order.visit', 'create', None, {'vals_list': [
                {'order_id': self.order.id, 'state': 'done', 'satisfaction': 5}]}),
            ('order.visit', 'create', None, {
                'vals_list': [{'order_id': self.order.id}], 'context': {'default_satisfaction': 5}}),
            ('order.visit', 'unlink', visit, {}),
        ]

    def assertUntouched(self):
        self.env.invalidate_all()
        self.assertRecordValues(self.ticket, [{
            'stage_id': self.stage_new.id, 'kind': 'complaint', 'closed_at': False, 'outcome_sent_at': False,
            'responded_at': False}])
        self.assertRecordValues(self.visit, [{'state': 'todo', 'satisfaction': 0}])
        self.assertFalse(self.env['order.ticket'].search([('stage_id', '=', self.stage_closed.id)]))
        self.assertFalse(self.stage_new.is_closed)

    def test_xmlrpc(self):
        for model, method, ids, kwargs in self._get_attempts():
            with self.subTest(model=model, method=method, kwargs=kwargs):
                with self.assertRaises(xmlrpc.client.Fault):
                    self._xmlrpc(
                        self.user_aftersales, 'test_password', model, method, *([ids] if ids else []), **kwargs)
                self.assertUntouched()

    def test_json(self):
        for model, method, ids, kwargs in self._get_attempts():
            with self.subTest(model=model, method=method, kwargs=kwargs):
                response = self._json(self.user_aftersales, model, method, **({'ids': ids} if ids else {}), **kwargs)
                self.assertGreaterEqual(response.status_code, 400, response.text)
                self.assertUntouched()

    def test_load(self):
        result = self._xmlrpc(self.user_aftersales, 'test_password', 'order.ticket', 'load', [
            '.id', 'stage_id/.id'], [[str(self.ticket.id), str(self.stage_closed.id)]])
        self.assertFalse(result['ids'])
        self.assertUntouched()

    def test_private_methods(self):
        for model, methods in (
            ('order.ticket', (
                '_action_close', '_record_closing', '_make_return', '_post_outcome', '_welcome_customer')),
            ('order.visit', ('_open_tickets', '_follow_orders')),
            ('sale.order', ('_open_customer_ticket',)),
        ):
            for method in methods:
                with self.subTest(method=method), self.assertRaises(xmlrpc.client.Fault):
                    self._xmlrpc(self.user_aftersales, 'test_password', model, method, self.ticket.ids)
        self.assertUntouched()

    def test_sales(self):
        """A salesperson opens tickets and neither works on them nor closes them."""
        for method, kwargs in (
            ('write', {'vals': {'subject': "B"}}), ('action_close', {}), ('action_reopen', {}),
            ('action_tell_outcome', {'note': "A"}), ('action_create_return', {}), ('action_assign_to_me', {}),
        ):
            with self.subTest(method=method), self.assertRaises(xmlrpc.client.Fault):
                self._xmlrpc(self.user_sales, 'test_password', 'order.ticket', method, self.ticket.ids, **kwargs)
        self.assertUntouched()
        self.assertTrue(self._xmlrpc(self.user_sales, 'test_password', 'order.ticket', 'create', [
            {'subject': "A", 'order_id': self.order.id}]))

    def test_customer(self):
        """Customers read what is theirs, and only what is for them; they change nothing."""
        password = self.customer.login

        def call(method, *args, **kwargs):
            return self._xmlrpc(self.customer, password, 'order.ticket', method, *args, **kwargs)

        rows = call('search_read', [])
        self.assertEqual([row['id'] for row in rows], self.ticket.ids)
        self.assertFalse({'cause_id', 'cause_note', 'deadline', 'team_id', 'message_ids'} & set(rows[0]))
        own, other = self.ticket.ids, self.other.ids
        for method, ids, kwargs in (
            ('read', other, {'fields': ['subject']}),
            ('read', own, {'fields': ['cause_id']}),
            ('read', own, {'fields': ['message_follower_ids']}),
            ('export_data', own, {'fields_to_export': ['cause_note']}),
            ('write', own, {'vals': {'subject': "B"}}),
            ('write', own, {'vals': {'access_token': "known"}}),
            ('action_close', own, {}), ('action_reopen', own, {}), ('action_tell_outcome', own, {'note': "A"}),
            ('action_create_return', own, {}), ('unlink', own, {}),
            ('message_post', other, {'body': "A"}),
        ):
            with self.subTest(method=method, kwargs=kwargs), self.assertRaises(xmlrpc.client.Fault):
                call(method, ids, **kwargs)
        for domain in ([('cause_id', '=', self.cause.id)], [('cause_note', 'ilike', 'a')], [('is_overdue', '=', True)]):
            with self.subTest(domain=domain), self.assertRaises(xmlrpc.client.Fault):
                call('search', domain)
        with self.assertRaises(xmlrpc.client.Fault):
            call('create', [{'subject': "A", 'partner_id': self.customer.partner_id.id}])
        with self.assertRaises(xmlrpc.client.Fault):
            self._xmlrpc(self.customer, password, 'order.visit', 'search_read', [])
        with self.assertRaises(xmlrpc.client.Fault):
            self._xmlrpc(self.customer, password, 'sale.order', 'read', self.order.ids, fields=['ticket_ids'])
        self.assertUntouched()

    def test_right_person_over_rpc(self):
        call = lambda method, **kwargs: self._xmlrpc(  # noqa: E731
            self.user_aftersales, 'test_password', 'order.ticket', method, self.ticket.ids, **kwargs)
        self.assertTrue(call('action_tell_outcome', note="A new one is on its way."))
        self.assertTrue(call('action_close'))
        self.env.invalidate_all()
        self.assertRecordValues(self.ticket, [{
            'stage_id': self.stage_closed.id, 'closed_by_id': self.user_aftersales.id}])
        self.assertTrue(self._xmlrpc(
            self.user_aftersales, 'test_password', 'order.visit', 'action_done', self.visit.ids, satisfaction=4))
