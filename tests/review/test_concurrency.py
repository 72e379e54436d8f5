"""Two people act on one order at the same time, each in a separate transaction (articles R5, R6)."""
from odoo import Command
from odoo.exceptions import UserError
from odoo.service.model import retrying
from odoo.tests import tagged

from ..concurrency import ConcurrencyCommon, Meeting


@tagged('post_install', '-at_install')
class TestTwoDeciders(ConcurrencyCommon):

    people = {
        'sales': 'sales_team.group_sale_salesman',
        'finance': 'sale_order_lifecycle.group_finance',
        'finance2': 'sale_order_lifecycle.group_finance',
        'legal': 'sale_order_lifecycle.group_legal',
        'quality': 'sale_order_lifecycle.group_quality',
        'quality2': 'sale_order_lifecycle.group_quality',
    }

    @classmethod
    def _prepare_stage_vals(cls, env):
        role = env['order.role']._get_by_code
        return [
            *({'name': code, 'role_id': role(code).id, 'may_set_condition': True} for code in ('finance', 'legal')),
            # Only for orders of two.
            {'name': "quality", 'role_id': role('quality').id, 'required_count': 2,
             'domain': "[('client_order_ref', '=', 'two')]"},
        ]

    @classmethod
    def _set_up(cls, env):
        super()._set_up(env)
        cls.product_ids = env['product.product'].create([
            {'name': f"{name} {cls.key}", 'type': 'service', 'list_price': 100, 'taxes_id': False}
            for name in ("Oak", "Pine")]).ids

    def _new_order(self, **vals):
        """:return: id of an order in review"""
        with self._acting() as env:
            order = self._new_orders(env, 1, order_line=[Command.create({
                'product_id': self.product_ids[0], 'product_uom_qty': 1})], **vals)
            order.action_submit_review()
            return order.id

    def _read(self, order_id):
        """:return: dict of what is stored of an order, and of its reviews by role"""
        with self._acting() as env:
            order = env['sale.order'].browse(order_id)
            return {
                'state': order.state, 'review_state': order.review_state, 'open': order.open_review_count,
                'accepted': order._is_accepted(), 'line': order.order_line.id,
                'product': order.order_line.product_id.id,
                'reviews': [(
                    review.role_id.code, review.state, review.decided_by_id.id, bool(review.voided_at),
                    [line['product_id'] for line in (review.watched_values or {}).get('lines', {}).values()],
                ) for review in order.review_ids.sorted('id')],
            }

    def _act_together(self, order_id, *actions):
        """Run actions in transactions of their own; each has read the order before any of them writes.

        :param actions: pairs of a person and a function of an environment
        :return: list of errors, None where the action went through
        """
        meeting = Meeting(len(actions))

        def get_job(action):
            def job(env):
                # Only what the person reads of the order: it fixes what this transaction sees.
                self.assertTrue(env['sale.order'].browse(order_id).name)
                meeting.wait()
                action(env)
            return job

        return self._run_together(*((who, get_job(action)) for who, action in actions))

    def _decide_together(self, order_id, decisions):
        """:param decisions: list of (person, review id)"""
        return self._act_together(order_id, *(
            (who, lambda env, review_id=review_id: env['order.review'].browse(review_id).action_approve() and None)
            for who, review_id in decisions))

    def _get_reviews(self, order_id):
        """:return: dict role code → list of review ids"""
        with self._acting() as env:
            reviews = env['order.review'].search([('order_id', '=', order_id)], order='id')
            return {role.code: rows.ids for role, rows in reviews.grouped('role_id').items()}

    def test_last_two_approvals_together(self):
        order_id = self._new_order()
        reviews = self._get_reviews(order_id)
        self.assertEqual(
            self._decide_together(order_id, [('finance', reviews['finance'][0]), ('legal', reviews['legal'][0])]),
            [None, None])
        stored = self._read(order_id)
        self.assertEqual((stored['review_state'], stored['open']), ('approved', 0))

    def test_same_review_twice(self):
        order_id = self._new_order()
        [review_id] = self._get_reviews(order_id)['finance']
        errors = self._decide_together(order_id, [('finance', review_id), ('finance2', review_id)])
        self.assertEqual(errors.count(None), 1)
        refused = next(error for error in errors if error)
        self.assertIsInstance(refused, UserError)
        self.assertIn("has already decided", str(refused))
        self.assertEqual(self._read(order_id)['open'], 1)
        with self._acting() as env:
            # One note, as there is one decision.
            order = env['sale.order'].browse(order_id)
            self.assertEqual(sum("finance: Approved" in (body or '') for body in order.message_ids.mapped('body')), 1)

    def test_two_approvals_two_persons(self):
        order_id = self._new_order(client_order_ref='two')
        first, second = self._get_reviews(order_id)['quality']
        self.assertEqual(self._decide_together(order_id, [('quality', first), ('quality2', second)]), [None, None])
        self.assertEqual(self._read(order_id)['open'], 2)

    def test_two_approvals_one_person(self):
        """Two tabs of one person, one approval in each, at the same moment."""
        order_id = self._new_order(client_order_ref='two')
        first, second = self._get_reviews(order_id)['quality']
        errors = self._decide_together(order_id, [('quality', first), ('quality', second)])
        self.assertEqual(errors.count(None), 1)
        self.assertIn("different people", str(next(error for error in errors if error)))
        self.assertEqual(self._read(order_id)['open'], 3)

    def _change_product(self, env, line_id):
        # The amount stays, so nothing of the order itself changes.
        env['sale.order.line'].browse(line_id).write({'product_id': self.product_ids[1], 'price_unit': 100})

    def test_decide_and_edit_together(self):
        """The other product is either seen by who approves, or the approval does not stand on it."""
        for digest in (False, True):
            with self.subTest(digest=digest):
                order_id = self._new_order()
                line_id = self._read(order_id)['line']
                reviews = self._get_reviews(order_id)
                self._decide_together(order_id, [('legal', reviews['legal'][0])])
                with self._acting('finance') as env:
                    review = env['order.review'].browse(reviews['finance'][0])
                    seen = {'seen_digests': [review.seen_digest]} if digest else {}
                errors = self._act_together(
                    order_id,
                    ('finance', lambda env, seen=seen, review_id=review.id: (
                        env['order.review'].browse(review_id).with_context(**seen).action_approve())),
                    ('sales', lambda env, line_id=line_id: self._change_product(env, line_id)),
                )
                stored = self._read(order_id)
                self.assertIsNone(errors[1])
                self.assertEqual(stored['product'], self.product_ids[1])
                # Legal has approved the other product: nobody may say that the order is approved.
                self.assertEqual((stored['review_state'], stored['accepted']), ('in_review', False))
                for role, state, _person, voided, products in stored['reviews']:
                    if role == 'finance' and state == 'approved' and not voided:
                        self.assertEqual(products, [self.product_ids[1]])
                        self.assertFalse(digest, "approved what the screen did not show")
                self.assertIn('legal', {
                    role for role, state, _person, _voided, _products in stored['reviews'] if state == 'pending'})

    def _set_condition(self, env, review_id, value):
        review = env['order.review'].browse(review_id)
        review.condition_ids = [Command.clear()] + ([Command.create({'value': value})] if value else [])

    def test_approve_and_take_the_condition_away(self):
        """An approval holds with the conditions that its department has when it is given, whoever is first."""
        for value in (False, 80):
            with self.subTest(value=value):
                order_id = self._new_order()
                [review_id] = self._get_reviews(order_id)['finance']
                with self._acting('finance') as env:
                    self._set_condition(env, review_id, 30)

                errors = self._act_together(
                    order_id,
                    ('finance', lambda env, review_id=review_id: env['order.review'].browse(
                        review_id).action_approve()),
                    ('finance2', lambda env, review_id=review_id, value=value: self._set_condition(
                        env, review_id, value)))
                self.assertIsNone(errors[0])
                with self._acting() as env:
                    review = env['order.review'].browse(review_id)
                    told = " ".join(body or '' for body in review.order_id.message_ids.mapped('body'))
                    kept = review.condition_ids
                    self.assertEqual(bool(kept), "on the condition of" in told)
                    self.assertIn(f"{kept.value:g} % paid" if kept else "finance: Approved", told)
                    # Who comes too late is told so.
                    self.assertEqual(kept.value == 30, isinstance(errors[1], UserError))

    def test_confirm_and_edit_together(self):
        """Confirming what is just being changed confirms what was approved, or nothing."""
        order_id = self._new_order()
        reviews = self._get_reviews(order_id)
        self._decide_together(order_id, [('finance', reviews['finance'][0]), ('legal', reviews['legal'][0])])
        line_id = self._read(order_id)['line']
        self._act_together(
            order_id,
            ('sales', lambda env: env['sale.order'].browse(order_id).action_confirm()),
            ('sales', lambda env: self._change_product(env, line_id)),
        )
        stored = self._read(order_id)
        if stored['state'] == 'sale':
            self.assertEqual(stored['product'], self.product_ids[0])
        else:
            self.assertEqual((stored['product'], stored['review_state']), (self.product_ids[1], 'in_review'))

    def test_refusal_opens_the_review_for_good(self):
        """The gate finds what no write has told of, refuses, and the review is open after the rollback."""
        order_id = self._new_order()
        reviews = self._get_reviews(order_id)
        self._decide_together(order_id, [('finance', reviews['finance'][0]), ('legal', reviews['legal'][0])])
        with self._acting() as env:
            env.cr.execute("UPDATE sale_order_line SET price_unit = 1 WHERE order_id = %s", [order_id])
        with self.assertRaises(UserError), self._acting('sales') as env:
            retrying(env['sale.order'].browse(order_id).action_confirm, env)
        stored = self._read(order_id)
        self.assertEqual((stored['state'], stored['review_state'], stored['open']), ('draft', 'in_review', 2))
        self.assertEqual([row[1] for row in stored['reviews']], ['approved', 'approved', 'pending', 'pending'])
        # Refused again: they are open already.
        with self.assertRaises(UserError), self._acting('sales') as env:
            retrying(env['sale.order'].browse(order_id).action_confirm, env)
        self.assertEqual(len(self._read(order_id)['reviews']), 4)

    def test_refusal_that_is_caught_opens_nothing_apart(self):
        """A caller that catches the refusal and commits keeps its own transaction, without a second one."""
        order_id = self._new_order()
        reviews = self._get_reviews(order_id)
        self._decide_together(order_id, [('finance', reviews['finance'][0]), ('legal', reviews['legal'][0])])
        with self._acting() as env:
            env.cr.execute("UPDATE sale_order_line SET price_unit = 1 WHERE order_id = %s", [order_id])
        with self._acting('sales') as env:
            order = env['sale.order'].browse(order_id)
            with self.assertRaises(UserError), env.cr.savepoint():
                order.action_confirm()
            order.action_submit_review()
        self.assertEqual(self._read(order_id)['review_state'], 'in_review')
