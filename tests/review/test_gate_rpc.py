"""The gate from outside: XML-RPC and the JSON API, as a salesperson (article R5)."""
import json
import xmlrpc.client
from datetime import timedelta

from odoo import fields
from odoo.tests import HttpCase, tagged

from ..common import LifecycleCommon


@tagged('post_install', '-at_install')
class TestGateRpc(LifecycleCommon, HttpCase):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user_sales.password = 'test_sales_password'

    def setUp(self):
        super().setUp()
        self.order = self._submit(self._new_order())
        self.review = self._get_pending_reviews(self.order)
        self.env.flush_all()

    def _xmlrpc(self, model, method, *args, **kwargs):
        return self.xmlrpc_object.execute_kw(
            self.env.cr.dbname, self.user_sales.id, 'test_sales_password', model, method, list(args), kwargs)

    def _json(self, model, method, **params):
        key = self.env['res.users.apikeys'].with_user(self.user_sales)._generate(
            'rpc', 'Test', fields.Datetime.now() + timedelta(hours=1))
        return self.url_open(
            f'/json/2/{model}/{method}', data=json.dumps(params),
            headers={'Authorization': f'Bearer {key}', 'Content-Type': 'application/json'})

    def _get_attempts(self):
        """(model, method, ids, keyword arguments) of every way that a client might try."""
        order, review = self.order.ids, self.review.ids
        line = self.order.order_line.ids
        return [
            ('sale.order', 'write', order, {'vals': {'state': 'sale'}}),
            ('sale.order', 'write', order, {'vals': {'policy_id': False}}),
            ('sale.order', 'write', order, {'vals': {'review_state': 'approved'}}),
            ('sale.order', 'write', order, {'vals': {'lifecycle_phase': 'production'}}),
            ('sale.order', 'write', order, {'vals': {'review_ids': [[5, 0, 0]]}}),
            ('sale.order', 'write', order, {'vals': {'review_ids': [[1, review[0], {'state': 'approved'}]]}}),
            ('sale.order', 'action_confirm', order, {}),
            ('sale.order', 'action_confirm', order, {'context': {'send_email': True, 'default_state': 'sale'}}),
            ('sale.order', 'create', None, {'vals_list': [{'partner_id': self.partner.id, 'state': 'sale'}]}),
            ('sale.order', 'create', None, {
                'vals_list': [{'partner_id': self.partner.id}], 'context': {'default_state': 'sale'}}),
            ('sale.order', 'create', None, {
                'vals_list': [{'partner_id': self.partner.id}], 'context': {'default_review_state': 'approved'}}),
            ('sale.order', 'unlink', order, {}),
            ('order.review', 'write', review, {'vals': {'state': 'approved'}}),
            ('order.review', 'write', review, {'vals': {'watched_values': {}}}),
            ('order.review', 'unlink', review, {}),
            ('order.review', 'create', None, {'vals_list': [{
                'order_id': order[0], 'stage_id': self.stage_finance.id, 'role_id': self.stage_finance.role_id.id,
                'state': 'approved'}]}),
            ('order.review.stage', 'write', self.stage_finance.ids, {'vals': {'active': False}}),
            ('order.review.stage', 'write', self.stage_finance.ids, {'vals': {'domain': "[('id', '=', 0)]"}}),
            ('order.review.stage', 'unlink', self.stage_finance.ids, {}),
            ('order.policy', 'write', self.policy.ids, {'vals': {'stage_ids': [[5, 0, 0]]}}),
            ('order.policy', 'action_retire', self.policy.ids, {}),
            ('res.company', 'write', self.company.ids, {'vals': {'order_policy_id': False}}),
            ('sale.order.line', 'write', line, {'vals': {'order_id': 0}}),
        ]

    def assertUntouched(self):
        self.env.invalidate_all()
        self.assertRecordValues(self.order, [{
            'state': 'draft', 'review_state': 'in_review', 'policy_id': self.policy.id, 'open_review_count': 2}])
        self.assertEqual(self.company.order_policy_id, self.policy)
        self.assertTrue(self.stage_finance.active)
        self.assertFalse(self.env['sale.order'].search([('policy_id', '=', self.policy.id), ('state', '=', 'sale')]))

    def test_xmlrpc(self):
        for model, method, ids, kwargs in self._get_attempts():
            with self.subTest(model=model, method=method, kwargs=kwargs):
                with self.assertRaises(xmlrpc.client.Fault):
                    self._xmlrpc(model, method, *([ids] if ids else []), **kwargs)
                self.assertUntouched()

    def test_json(self):
        for model, method, ids, kwargs in self._get_attempts():
            with self.subTest(model=model, method=method, kwargs=kwargs):
                response = self._json(model, method, **({'ids': ids} if ids else {}), **kwargs)
                self.assertGreaterEqual(response.status_code, 400, response.text)
                self.assertUntouched()

    def test_private_methods(self):
        for method in ('_action_submit_review', '_sync_reviews', '_settle_review_state',
                       '_register_customer_acceptance'):
            with self.subTest(method=method):
                with self.assertRaises(xmlrpc.client.Fault):
                    self._xmlrpc('sale.order', method, self.order.ids)
                self.assertGreaterEqual(self._json('sale.order', method, ids=self.order.ids).status_code, 400)
        self.assertUntouched()

    def test_load(self):
        result = self._xmlrpc('sale.order', 'load', ['partner_id/.id', 'state'], [
            [str(self.partner.id), 'Sales Order']])
        self.assertFalse(result['ids'])
        self.assertUntouched()

    def test_right_person_over_rpc(self):
        """The same door is open to those who may: submitting and approving are public methods."""
        self.assertTrue(self._xmlrpc('order.review', 'action_approve', self.review.ids, comment="Checked"))
        self.env.invalidate_all()
        self.assertEqual(self.review.state, 'approved')
        self.assertEqual(self.review.decided_by_id, self.user_sales)
