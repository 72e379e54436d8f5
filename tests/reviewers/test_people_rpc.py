"""Delegation and assignment from outside: XML-RPC, as people without the right."""
import xmlrpc.client

from odoo import fields
from odoo.tests import HttpCase, tagged

from ..review.common import PeopleCommon


@tagged('post_install', '-at_install')
class TestPeopleRpc(PeopleCommon, HttpCase):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for login in ('employee', 'legal', 'finance', 'sales'):
            cls.users_by_login[login].password = f'test_{login}_password'

    def setUp(self):
        super().setUp()
        self.review = self._new_finance_reviews()
        self.today = fields.Date.to_string(fields.Date.today())
        self.env.flush_all()

    def _call(self, login, model, method, *args, **kwargs):
        user = self.users_by_login[login]
        return self.xmlrpc_object.execute_kw(
            self.env.cr.dbname, user.id, f'test_{login}_password', model, method, list(args), kwargs)

    def assertRefused(self, *args, **kwargs):
        with self.assertRaises(xmlrpc.client.Fault):
            self._call(*args, **kwargs)
        self.env.invalidate_all()
        self.assertRecordValues(self.review, [{
            'state': 'pending', 'user_id': False, 'decided_by_id': False, 'delegated_for_id': False}])

    def _prepare_delegation(self, user=None, delegate=None, **vals):
        return {
            'user_id': (user or self.user_finance).id, 'delegate_id': (delegate or self.user_employee).id,
            'date_from': self.today, 'date_to': self.today, **vals,
        }

    def test_other_peoples_rights(self):
        for login in ('employee', 'legal', 'sales'):
            delegate = self.users_by_login[login]
            with self.subTest(login=login):
                self.assertRefused(login, 'order.review.delegation', 'create', self._prepare_delegation(
                    delegate=delegate))
                self.assertRefused(login, 'order.review.delegation', 'create', {
                    'delegate_id': delegate.id, 'date_from': self.today, 'date_to': self.today,
                }, context={'default_user_id': self.user_finance.id})
        [own] = self._call('legal', 'order.review.delegation', 'create', [self._prepare_delegation(
            user=self.user_legal, date_from='2099-01-01', date_to='2099-01-02')])
        self.assertRefused('legal', 'order.review.delegation', 'write', [own], {'user_id': self.user_finance.id})
        self.assertRefused('legal', 'order.review.delegation', 'write', [own], {'starts_at': '2020-01-01 00:00:00'})
        self.assertRefused('employee', 'order.review.delegation', 'write', [own], {'date_from': self.today})

    def test_delegation_that_runs_ended_or_begins_later(self):
        ids = self.review.ids
        yesterday = fields.Date.to_string(fields.Date.subtract(fields.Date.today(), days=2))
        tomorrow = fields.Date.to_string(fields.Date.add(fields.Date.today(), days=2))
        self.assertRefused('employee', 'order.review', 'action_approve', ids)
        for period in ({'date_from': '2020-01-01', 'date_to': yesterday}, {'date_from': tomorrow, 'date_to': tomorrow}):
            self._call('finance', 'order.review.delegation', 'create', [self._prepare_delegation(**period)])
            self.assertRefused('employee', 'order.review', 'action_approve', ids)
            self.assertRefused('employee', 'order.review', 'read', ids, ['state'])
        self._call('finance', 'order.review.delegation', 'create', [self._prepare_delegation(
            role_id=self._role('legal').id)])
        self.assertRefused('employee', 'order.review', 'action_approve', ids)
        [running] = self._call('finance', 'order.review.delegation', 'create', [self._prepare_delegation()])
        self.assertEqual(self._call('employee', 'order.review', 'search', []), ids)
        for field in ('user_id', 'delegated_for_id', 'decided_by_id', 'notified_at', 'escalated_at', 'reminded_at',
                      'state'):
            self.assertRefused('employee', 'order.review', 'write', ids, {field: False})
        self.assertRefused('employee', 'sale.order', 'read', self.review.order_id.ids, ['name'])
        self._call('finance', 'order.review.delegation', 'action_end', [running])
        self.assertRefused('employee', 'order.review', 'action_approve', ids)
        self._call('finance', 'order.review.delegation', 'create', [self._prepare_delegation()])
        self._call('employee', 'order.review', 'action_approve', ids)
        self.env.invalidate_all()
        self.assertRecordValues(self.review, [{
            'state': 'approved', 'decided_by_id': self.user_employee.id, 'delegated_for_id': self.user_finance.id}])

    def test_assignment(self):
        ids = self.review.ids
        for login in ('employee', 'legal', 'sales'):
            with self.subTest(login=login):
                self.assertRefused(login, 'order.review', 'action_assign_to_me', ids)
                self.assertRefused(login, 'order.review', 'action_assign', ids, self.user_finance.id)
                self.assertRefused(login, 'order.review', 'action_forward', ids, self.user_finance2.id, "For you")
                self.assertRefused(login, 'order.review', 'write', ids, {'user_id': self.users_by_login[login].id})
        self.assertRefused('finance', 'order.review', 'action_assign', ids, self.user_finance.id)
        self.assertRefused('finance', 'order.review.handover', 'create', {
            'review_id': ids[0], 'kind': 'claim', 'by_id': self.user_finance.id})
        for method in ('_action_hand_over', '_action_claim', '_announce', '_escalate', '_remind'):
            self.assertRefused('finance', 'order.review', method, ids)
        self._call('finance', 'order.review', 'action_assign_to_me', ids)
        self.env.invalidate_all()
        self.assertEqual(self.review.user_id, self.user_finance)
        handover = self.review.handover_ids
        with self.assertRaises(xmlrpc.client.Fault):
            self._call('finance', 'order.review.handover', 'write', handover.ids, {'note': "Other"})
        with self.assertRaises(xmlrpc.client.Fault):
            self._call('finance', 'order.review.handover', 'unlink', handover.ids)

    def test_fields_of_people(self):
        self._call('finance', 'res.users', 'write', self.user_finance.ids, {'order_notice_mode': 'digest'})
        self.assertRefused('finance', 'res.users', 'write', self.user_legal.ids, {'order_notice_mode': 'digest'})
        self.assertRefused('finance', 'res.users', 'write', self.user_finance.ids, {
            'order_digest_at': '2020-01-01 00:00:00'})
