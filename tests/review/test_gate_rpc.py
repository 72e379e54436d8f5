"""The gate from outside: XML-RPC and the JSON API, as a salesperson (article R5)."""
import json
import xmlrpc.client
from contextlib import suppress
from datetime import timedelta

from odoo import fields
from odoo.tests import HttpCase, JsonRpcException, tagged

from ..common import LifecycleCommon

# What XML-RPC answers where code has failed, and nobody has refused.
APPLICATION_ERROR = 1


@tagged('post_install', '-at_install')
class TestGateRpc(LifecycleCommon, HttpCase):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user_sales.password = 'test_sales_password'
        cls.company_other = cls._new_company("Other Company", policy=True)

    def setUp(self):
        super().setUp()
        self.order = self._submit(self._new_order())
        self.review = self._get_pending_reviews(self.order)
        seller = self._new_user('seller', 'sales_team.group_sale_salesman', company=self.company_other)
        self.review_other = self._get_pending_reviews(
            self._submit(self._new_order(user=seller, company_id=self.company_other.id), seller))
        self.env.flush_all()

    def _xmlrpc(self, model, method, *args, user=None, **kwargs):
        user = user or self.user_sales
        return self.xmlrpc_object.execute_kw(
            self.env.cr.dbname, user.id, 'test_sales_password', model, method, list(args), kwargs)

    def _json(self, model, method, **params):
        key = self.env['res.users.apikeys'].with_user(self.user_sales)._generate(
            'rpc', 'Test', fields.Datetime.now() + timedelta(hours=1))
        return self.url_open(
            f'/json/2/{model}/{method}', data=json.dumps(params),
            headers={'Authorization': f'Bearer {key}', 'Content-Type': 'application/json'})

    def _get_attempts(self):
        """(model, method, ids, keyword arguments) of every way that a client might try."""
        order, review = self.order.ids, self.review.ids
        waiting, foreign = (self.order.review_ids - self.review).ids, self.review_other.ids
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
            ('order.review', 'write', review, {'vals': {'decided_by_id': self.user_sales.id}}),
            ('order.review', 'write', review, {'vals': {'decided_at': '2020-01-01 00:00:00'}}),
            ('order.review', 'write', review, {'vals': {'approval_number': 2}}),
            ('order.review', 'write', review, {'vals': {'valid_until': '2050-01-01 00:00:00'}}),
            ('order.review', 'write', review, {'vals': {'voided_at': False}}),
            ('order.review', 'write', review, {'vals': {'order_id': order[0]}}),
            ('order.review', 'copy', review, {}),
            ('order.review', 'copy', review, {'default': {'state': 'approved'}}),
            ('order.review', 'create', None, {'vals_list': [{}], 'context': {
                'default_order_id': order[0], 'default_stage_id': self.stage_finance.id,
                'default_role_id': self.stage_finance.role_id.id, 'default_state': 'approved'}}),
            ('order.review', 'web_save', review, {'vals': {'state': 'approved'}, 'specification': {}}),
            ('order.review', 'action_approve', waiting, {}),
            ('order.review', 'action_return', waiting, {'comment': "Not mine"}),
            ('order.review', 'action_approve', waiting, {'context': {
                'seen_digests': [f'{waiting[0]}:0'], 'default_state': 'approved', 'tracking_disable': True}}),
            ('order.review', 'action_approve', review, {'context': {'seen_digests': [f'{review[0]}:0']}}),
            ('order.review', 'action_approve', foreign, {}),
            ('order.review', 'action_approve', foreign, {'context': {'allowed_company_ids': self.company_other.ids}}),
            ('sale.order', 'write', order, {'vals': {'values_version': 5}}),
            ('sale.order', 'write', order, {'vals': {'review_ids': [[0, 0, {
                'stage_id': self.stage_finance.id, 'role_id': self.stage_finance.role_id.id, 'state': 'approved'}]]}}),
            ('sale.order', 'write', order, {'vals': {'review_ids': [[2, review[0], 0]]}}),
            ('sale.order', 'write', order, {'vals': {'review_ids': [[6, 0, []]]}}),
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
        self.assertEqual(self.order.review_ids.sorted('id').mapped('state'), ['pending', 'waiting'])
        self.assertFalse(any(self.order.review_ids.mapped('decided_by_id')))
        self.assertEqual(self.review_other.state, 'pending')

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

    def test_decide_what_is_not_ones_own(self):
        """A pending review of another role, and one's own before the stages that come first."""
        self.user_finance.password = 'test_sales_password'
        waiting = self.order.review_ids - self.review
        calls = [
            ('action_approve', [], {}), ('action_return', ["No"], {}), ('action_reject', ["No"], {}),
            ('action_approve_possible', [], {}), ('action_return_possible', ["No"], {}),
            ('action_reject_possible', ["No"], {}), ('write', [{'planned_date': '2031-01-01'}], {}),
            ('action_forward', [self.user_sales_manager.id, "Take it"], {}), ('action_ask', ["Why?"], {}),
        ]
        for user, review in ((self.user_finance, self.review), (self.user_finance, waiting)):
            for method, args, kwargs in calls:
                with self.subTest(method=method, role=review.role_id.code):
                    with suppress(xmlrpc.client.Fault):
                        self._xmlrpc('order.review', method, review.ids, *args, user=user, **kwargs)
                    self.assertUntouched()
                    self.assertFalse(any(self.order.review_ids.mapped('planned_date')))
            for decision in ('approve', 'return', 'reject'):
                with self.subTest(decision=decision, role=review.role_id.code):
                    with suppress(xmlrpc.client.Fault):
                        [dialog] = self._xmlrpc('order.review.decision', 'create', [{
                            'review_ids': [[6, 0, review.ids]], 'decision': decision, 'comment': "No"}], user=user)
                        self._xmlrpc('order.review.decision', 'action_apply', [dialog], user=user)
                    self.assertUntouched()

    def test_context_opens_nothing(self):
        """No key that a client sends with the call takes anything away from the gate or the reviews."""
        self.user_finance.password = 'test_sales_password'
        keys = {
            **{f'default_{name}': value for name, value in {
                'state': 'sale', 'review_state': 'approved', 'policy_id': False, 'is_accepted': True,
                'review_round': 0, 'open_review_count': 0, 'decided_by_id': self.user_sales.id,
                'confirmed_at': '2020-01-01 00:00:00', 'released_at': '2020-01-01 00:00:00',
            }.items()},
            'active_test': False, 'allowed_company_ids': self.company.ids, 'su': True, 'uid': self.user_finance.id,
            'send_email': True, 'tracking_disable': True, 'mail_notrack': True,
            'import_file': True, 'install_mode': True, 'module': 'sale_order_lifecycle', 'skip_validation': True,
            'skip_review': True, 'skip_checks': True, 'bypass': True, 'no_check': True, 'force': True,
            'seen_digests': self.review.seen_digest, 'prefetch_fields': False, 'bin_size': True, 'lang': 'en_US',
            'active_model': 'sale.order', 'active_ids': self.order.ids, 'active_id': self.order.id,
        }
        waiting, order = self.order.review_ids - self.review, self.order.ids
        contexts = [
            keys, *({name: value} for name, value in keys.items()),
            {'allowed_company_ids': (self.company + self.company_other).ids}, {'allowed_company_ids': []},
        ]
        for context in contexts:
            for user, model, method, *args in (
                (self.user_sales, 'sale.order', 'action_confirm', order),
                (self.user_sales, 'sale.order', 'write', order, {'state': 'sale'}),
                (self.user_sales, 'sale.order', 'write', order, {'review_state': 'approved'}),
                (self.user_finance, 'order.review', 'action_approve', waiting.ids),
                (self.user_finance, 'order.review', 'write', self.review.ids, {'state': 'approved'}),
            ):
                with self.subTest(context=context, method=method):
                    with self.assertRaises(xmlrpc.client.Fault) as refusal:
                        self._xmlrpc(model, method, *args, user=user, context=context)
                    # Refused, and not failed for some other reason.
                    self.assertNotEqual(refusal.exception.faultCode, APPLICATION_ERROR)
                    self.assertUntouched()

    def test_submitted_with_any_context(self):
        """An archived stage does not come, and no stage stays away, whatever the client sends."""
        self.stage_finance.copy({'name': "Old Stage", 'active': False})
        expected = self.stage_sales + self.stage_finance
        for context in ({'active_test': False}, {'allowed_company_ids': self.company.ids, 'active_test': True},
                        {'default_state': 'approved', 'default_stage_id': self.stage_sales.id}):
            order = self._new_order()
            self.env.flush_all()
            with self.subTest(context=context):
                self._xmlrpc('sale.order', 'action_submit_review', order.ids, context=context)
                self.env.invalidate_all()
                self.assertEqual(order.review_ids.stage_id, expected)
                self.assertEqual(order.review_ids.sorted('id').mapped('state'), ['pending', 'waiting'])

    # -- after the approval -------------------------------------------------------------------------

    def _approve_all(self):
        self._approve(self.order)
        self.env.flush_all()

    def _confirm_refused(self, call=None):
        """:return: the text of the refusal; ``assertRaises`` would roll back what comes after it"""
        try:
            (call or self._xmlrpc)('sale.order', 'action_confirm', self.order.ids)
        except (xmlrpc.client.Fault, JsonRpcException) as error:
            self.env.invalidate_all()
            self.assertEqual(self.order.state, 'draft')
            return str(error)
        return self.fail("The order was confirmed.")

    def _call_kw(self, model, method, *args):
        """As the web client does it."""
        self.authenticate(self.user_sales.login, 'test_sales_password')
        return self.make_jsonrpc_request(f'/web/dataset/call_kw/{model}/{method}', {
            'model': model, 'method': method, 'args': args, 'kwargs': {}})

    def test_raised_after_the_approval(self):
        self._approve_all()
        self._xmlrpc('sale.order.line', 'write', self.order.order_line.ids, {'price_unit': 1000})
        self._confirm_refused()
        self.assertEqual(self.order.review_state, 'in_review')
        with self.assertRaises(xmlrpc.client.Fault):
            self._xmlrpc('sale.order', 'write', self.order.ids, {
                'state': 'sale', 'order_line': [[1, self.order.order_line.id, {'price_unit': 100}]]})

    def test_refusal_opens_the_review(self):
        """The refusal rolls its transaction back; what is lacking is open afterwards all the same."""
        for call in (self._xmlrpc, self._call_kw):
            self._approve_all()
            self.env.cr.execute(
                "UPDATE sale_order_line SET price_unit = price_unit / 2 WHERE id = %s", self.order.order_line.ids)
            self.env.invalidate_all()
            self._confirm_refused(call)
            self.assertEqual((self.order.review_state, self.order.open_review_count), ('in_review', 2))
            self.assertEqual(self._get_pending_reviews(self.order).stage_id, self.stage_sales)
        self._approve_all()
        self._xmlrpc('sale.order', 'action_confirm', self.order.ids)
        self.env.invalidate_all()
        self.assertEqual(self.order.state, 'sale')

    def test_stale_copy(self):
        """A client that writes back what it has read confirms nothing, and neither does a copy of the order."""
        self._approve_all()
        [stale] = self._xmlrpc('sale.order', 'read', self.order.ids, ['partner_id', 'payment_term_id'])
        self._xmlrpc('sale.order.line', 'write', self.order.order_line.ids, {'price_unit': 1})
        with self.assertRaises(xmlrpc.client.Fault):
            self._xmlrpc('sale.order', 'write', self.order.ids, {
                'partner_id': stale['partner_id'][0], 'payment_term_id': stale['payment_term_id'][0],
                'state': 'sale'})
        [copy] = self._xmlrpc('sale.order', 'copy', self.order.ids)
        with self.assertRaises(xmlrpc.client.Fault):
            self._xmlrpc('sale.order', 'action_confirm', [copy])
        self.env.invalidate_all()
        self.assertFalse(self.env['sale.order'].browse(copy).review_ids)

    def test_harmless_edits_stay_free(self):
        """Notes, tags, attachments, activities and a reference that nobody watches: in review and after it."""
        tag = self.env['crm.tag'].create({'name': "Urgent"})
        kind = self.env.ref('mail.mail_activity_data_todo')
        model = self.env['ir.model']._get('sale.order')
        for state in ('in_review', 'approved'):
            for model_name, method, args, kwargs in (
                ('sale.order', 'message_post', [self.order.ids], {'body': "Called the customer"}),
                ('sale.order', 'write', [self.order.ids, {'tag_ids': [[4, tag.id]]}], {}),
                ('sale.order', 'write', [self.order.ids, {'client_order_ref': f"PO {state}"}], {}),
                ('ir.attachment', 'create', [[{
                    'name': "contract.txt", 'raw': 'Text', 'res_model': 'sale.order', 'res_id': self.order.id}]], {}),
                ('mail.activity', 'create', [[{
                    'activity_type_id': kind.id, 'res_model_id': model.id, 'res_id': self.order.id,
                    'user_id': self.user_sales.id}]], {}),
            ):
                with self.subTest(state=state, model=model_name, method=method):
                    self._xmlrpc(model_name, method, *args, **kwargs)
                    self.env.invalidate_all()
                    self.assertEqual(self.order.review_state, state)
                    self.assertFalse(self.order.review_ids.filtered('voided_at'))
            if state == 'in_review':
                self._approve_all()
        self._xmlrpc('sale.order', 'action_confirm', self.order.ids)
        self.env.invalidate_all()
        self.assertEqual(self.order.state, 'sale')

    def test_own_order_under_four_eyes(self):
        self.stage_finance.four_eyes = True
        both = self._new_user('both', 'sales_team.group_sale_salesman,sale_order_lifecycle.group_finance')
        both.password = 'test_sales_password'
        order = self._submit(self._new_order(user=both, user_id=both.id), both)
        self._get_pending_reviews(order).with_user(both).sudo(False).action_approve()
        review = self._get_pending_reviews(order)
        self.env.flush_all()
        for context in ({}, {'seen_digests': [review.seen_digest]}, {'uid': self.user_finance.id, 'su': True}):
            with self.subTest(context=context), self.assertRaises(xmlrpc.client.Fault):
                self._xmlrpc('order.review', 'action_approve', review.ids, user=both, context=context)
        self.env.invalidate_all()
        self.assertEqual(review.state, 'pending')

    def test_two_approvals_one_person(self):
        self.stage_sales.required_count = 2
        order = self._submit(self._new_order())
        first, second = self._get_pending_reviews(order)
        self.env.flush_all()
        self._xmlrpc('order.review', 'action_approve', first.ids)
        for method, args in (('action_approve', ()), ('action_return', ("No",)), ('action_approve_possible', ())):
            with self.subTest(method=method):
                with suppress(xmlrpc.client.Fault):
                    self._xmlrpc('order.review', method, second.ids, *args)
                self.env.invalidate_all()
                self.assertEqual(second.state, 'pending')

    def test_seen_over_rpc(self):
        """What a stale tab sends back is refused; without a digest the values at the click count."""
        stale = self.review.seen_digest
        self._xmlrpc('sale.order.line', 'write', self.order.order_line.ids, {'price_unit': 7})
        with self.assertRaises(xmlrpc.client.Fault) as error:
            self._xmlrpc('order.review', 'action_approve', self.review.ids, context={'seen_digests': [stale]})
        self.assertIn("has changed since you opened it", error.exception.faultString)
        self._xmlrpc('order.review', 'action_approve', self.review.ids)
        self.env.invalidate_all()
        self.assertEqual(self.review.state, 'approved')
        self.assertEqual(list(self.review.watched_values['lines'].values())[0]['price_unit'], 7)
