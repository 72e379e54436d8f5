"""Taking back, asking, conditions and releases from outside, as people without the right (articles R2, R5, R6)."""
import xmlrpc.client

from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from ..common import LifecycleCommon


@tagged('post_install', '-at_install')
class TestDecisionsRpc(LifecycleCommon, HttpCase):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.stage_finance.may_set_condition = True
        cls.policy.allow_emergency_release = True
        for user in (cls.user_sales, cls.user_finance, cls.user_legal, cls.user_manager, cls.user_employee):
            user.password = 'test_rpc_password'

    def setUp(self):
        super().setUp()
        self.order = self._submit(self._new_order())
        self.approved = self._get_pending_reviews(self.order).sudo(False)
        self.approved.with_user(self.user_sales).action_approve()
        self.pending = self._get_pending_reviews(self.order).sudo(False)
        self.pending.with_user(self.user_finance).action_ask("Which discount?")
        self.condition = self.env['order.review.condition'].create({'review_id': self.pending.id, 'value': 30})
        self.env.flush_all()

    def _call(self, user, model, method, *args, **kwargs):
        return self.xmlrpc_object.execute_kw(
            self.env.cr.dbname, user.id, 'test_rpc_password', model, method, list(args), kwargs)

    @mute_logger('odoo.http', 'odoo.models', 'odoo.addons.base.models.ir_model', 'odoo.addons.base.models.ir_rule')
    def test_dialog_is_no_window(self):
        """Everybody may be somebody's delegate and open the dialog; it shows what the delegate may read."""
        Decision, Line = 'order.review.decision', 'order.review.decision.line'
        line = {'review_id': self.pending[0].id, 'seen_digest': "X"}
        decision = self._call(self.user_employee, Decision, 'create', {})
        for model, values in (
            (Decision, {'order_id': self.order.id}), (Decision, {'review_ids': [[6, 0, self.pending.ids]]}),
            (Decision, {'line_ids': [[0, 0, line]]}), (Line, {**line, 'decision_id': decision}),
        ):
            with self.subTest(values=values), self.assertRaises(xmlrpc.client.Fault) as refused:
                self._call(self.user_employee, model, 'create', values)
            self.assertEqual(refused.exception.faultCode, 4)  # no access
        own = self._call(self.user_finance, Decision, 'create', {'line_ids': [[0, 0, line]]})
        self.assertEqual(
            self._call(self.user_finance, Decision, 'read', [own], ['amount_untaxed'])[0]['amount_untaxed'],
            self.order.amount_untaxed)

    def _get_attempts(self):
        """(user, model, method, arguments) of what people without the right might try."""
        order, approved, pending, condition = self.order.ids, self.approved.ids, self.pending.ids, self.condition.ids
        question = self.pending.question_ids.ids
        reason = {'context': {'send_email': True, 'default_released_at': '2026-01-01 00:00:00'}}
        attempts = []
        for user in (self.user_finance, self.user_legal, self.user_manager):
            attempts += [(user, 'order.review', 'action_revoke', (approved, "Not mine"), {})]
        for user in (self.user_sales, self.user_legal, self.user_manager):
            attempts += [
                (user, 'order.review', 'action_ask', (pending, "May I?"), {}),
                (user, 'order.review.condition', 'write', (condition, {'value': 1}), {}),
                (user, 'order.review.condition', 'unlink', (condition,), {}),
                (user, 'order.review.condition', 'create', ([{'review_id': pending[0], 'value': 1}],), {}),
                (user, 'order.review', 'write', (pending, {'condition_ids': [[5, 0, 0]]}), {}),
            ]
        for user in (self.user_finance, self.user_legal, self.user_manager):
            attempts += [(user, 'order.review', 'action_answer', (pending, "Guess"), {})]
        for user in (self.user_sales, self.user_finance, self.user_legal, self.user_manager):
            attempts += [
                (user, 'sale.order', 'action_release_emergency', (order, "Now"), reason),
                (user, 'sale.order', 'write', (order, {'released_at': '2026-01-01 00:00:00'}), {}),
                (user, 'sale.order', 'write', (order, {'release_outcome': 'pending'}), {}),
                (user, 'order.review', 'write', (approved, {'revoked_at': '2026-01-01 00:00:00'}), {}),
                (user, 'order.review', 'write', (pending, {'is_asked': False}), {}),
                (user, 'order.review.question', 'write', (question, {'answer': "Guess"}), {}),
                (user, 'order.review.question', 'unlink', (question,), {}),
                (user, 'order.review.question', 'create', ([{'review_id': pending[0], 'question': "X"}],), {}),
                (user, 'order.review', '_action_revoke', (approved, "X"), {}),
                (user, 'order.review', '_action_answer', (pending, "X"), {}),
                (user, 'sale.order', '_action_release_emergency', (order, "X"), {}),
                (user, 'order.policy', 'write', (self.policy.ids, {'allow_emergency_release': True}), {}),
                (user, 'order.review.stage', 'write', (self.stage_finance.ids, {'may_set_condition': True}), {}),
                (user, 'res.groups', 'write', (
                    self.env.ref('sale_order_lifecycle.group_emergency_release').ids,
                    {'user_ids': [[4, user.id, 0]]}), {}),
            ]
        attempts += [(self.user_sales, 'sale.order', 'create', ([{'partner_id': self.partner.id}],), {
            'context': {'default_state': 'sale', 'default_released_at': '2026-01-01 00:00:00',
                        'default_release_outcome': 'pending'}})]
        return attempts

    def test_attempts(self):
        for user, model, method, args, kwargs in self._get_attempts():
            with (
                self.subTest(user=user.login, model=model, method=method, args=args),
                self.assertRaises(xmlrpc.client.Fault),
            ):
                self._call(user, model, method, *args, **kwargs)
        self.env.invalidate_all()
        self.assertRecordValues(self.order, [{
            'state': 'draft', 'review_state': 'in_review', 'released_at': False, 'release_outcome': False}])
        self.assertFalse(self.approved.voided_at)
        self.assertRecordValues(self.pending, [{'state': 'pending', 'is_asked': True}])
        self.assertRecordValues(self.pending.question_ids, [{'state': 'open', 'answer': False}])
        self.assertRecordValues(self.pending.condition_ids, [{'value': 30, 'point': 'shipping'}])

    def test_fixed_conditions(self):
        """After the decision the person of the role itself changes nothing any more."""
        self.pending.with_user(self.user_finance).action_approve()
        self.env.flush_all()
        for args in (
            ('write', self.condition.ids, {'value': 1}), ('unlink', self.condition.ids),
            ('create', [{'review_id': self.pending.id, 'value': 1}]), ('copy', self.condition.ids),
        ):
            with self.subTest(method=args[0]), self.assertRaises(xmlrpc.client.Fault):
                self._call(self.user_finance, 'order.review.condition', *args)
        with self.assertRaises(xmlrpc.client.Fault):
            self._call(self.user_finance, 'order.review', 'write', self.pending.ids, {
                'condition_ids': [[2, self.condition.id, 0]]})

    def test_unpaid_goods_stay(self):
        """A stock user ships nothing before the payment, by the transfer, its moves or their state."""
        self.user_stock.password = 'test_rpc_password'
        self.pending.with_user(self.user_finance).action_approve()
        self.order.with_user(self.user_sales).action_confirm()
        picking, moves = self.order.picking_ids, self.order.picking_ids.move_ids
        moves.with_user(self.user_stock).write({'quantity': 5, 'picked': True})
        self.env.flush_all()
        for model, method, *args in (
            ('stock.picking', 'button_validate', picking.ids),
            ('stock.move', 'write', moves.ids, {'state': 'done'}),
            ('stock.picking', 'write', picking.ids, {'move_ids': [[1, moves.id, {'state': 'done'}]]}),
        ):
            with self.subTest(method=method), self.assertRaises(xmlrpc.client.Fault):
                self._call(self.user_stock, model, method, *args)
        self.env.invalidate_all()
        self.assertNotEqual(moves.state, 'done')

    def test_right_people_over_rpc(self):
        """The same doors are open to those who may."""
        releaser = self._new_user('releaser', 'sale_order_lifecycle.group_emergency_release')
        releaser.password = 'test_rpc_password'
        self.assertTrue(self._call(self.user_sales, 'order.review', 'action_answer', self.pending.ids, "Five percent"))
        self.assertTrue(self._call(self.user_sales, 'order.review', 'action_revoke', self.approved.ids, "Mistake"))
        self.assertTrue(self._call(releaser, 'sale.order', 'action_release_emergency', self.order.ids, "Now"))
        self.env.invalidate_all()
        self.assertEqual(self.order.state, 'sale')
        self.assertEqual(self.order.released_by_id, releaser)
