from odoo import Command
from odoo.tests import HttpCase, new_test_user, tagged

from ..common import LifecycleCommon


@tagged('post_install', '-at_install')
class TestReviewTours(LifecycleCommon, HttpCase):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.product = cls._new_product("Tour Lantern", type='service')

    def _submit_for(self, name):
        """An order of a customer of this name that sales has submitted and approved."""
        order = self._new_order(
            partner_id=self.env['res.partner'].create({'name': name}).id, lines=[(self.product, 1)])
        order.with_user(self.user_sales).action_submit_and_review()
        return order

    def test_approve(self):
        """Finance decides from the card, the form and the list (article R2)."""
        orders = self.env['sale.order']
        for number in ('One', 'Two', 'Three', 'Four'):
            orders += self._submit_for(f"Customer {number}")
        self.start_tour('/odoo', 'order_approve', login=self.user_finance.login)
        self.assertEqual(set(orders.mapped('review_state')), {'approved'})
        decided = orders.review_ids.filtered(lambda review: review.role_id.code == 'finance')
        self.assertEqual(decided.decided_by_id, self.user_finance)

    def test_decide_all(self):
        """One person of two departments: one dialog shows both stages and decides them (articles R2, R3)."""
        self.policy.stage_ids = [Command.create({
            'name': "Legal review", 'role_id': self._role('legal').id, 'sequence': self.stage_finance.sequence,
            'check_ids': [Command.create({'name': "Contract read"})]})]
        self.stage_finance.requires_plan = 'payment'
        both = self._new_user(
            'both', 'sale_order_lifecycle.group_finance,sale_order_lifecycle.group_legal')
        order, other = self._submit_for("Customer One"), self._submit_for("Customer Two")
        self.start_tour('/odoo', 'order_decide_all', login=both.login)
        decided = order.review_ids.filtered(lambda review: review.role_id.code != 'sales')
        self.assertRecordValues(decided, [{'state': 'approved', 'decided_by_id': both.id}] * 2)
        self.assertEqual(str(decided.filtered('planned_date').planned_date), '2031-02-03')
        # In the other order only what stayed ticked.
        self.assertEqual(
            {review.role_id.code: review.state for review in other.review_ids},
            {'sales': 'approved', 'finance': 'pending', 'legal': 'approved'})

    def test_changed_on_screen(self):
        """What changes while a list or a card is on the screen is not approved with it."""
        self.stage_sales.watched_field_ids = self.env['ir.model.fields']._get('sale.order', 'client_order_ref')
        self.user_finance.group_ids += self.env.ref('sales_team.group_sale_salesman_all_leads')
        one, two = self._submit_for("Customer One"), self._submit_for("Customer Two")
        self.start_tour('/odoo/order-reviews', 'order_changed_on_screen', login=self.user_finance.login)
        self.assertEqual((one.review_state, two.review_state), ('in_review', 'approved'))
        self.assertEqual(one.amount_untaxed, 77)

    def test_return_and_resubmit(self):
        """Legal returns, sales corrects and resubmits, the card moves (articles R3, R6)."""
        self.stage_finance.role_id = self._role('legal')
        order = self._submit_for("Tour Customer")
        self.start_tour('/odoo', 'order_return', login=self.user_legal.login)
        self.assertRecordValues(order, [{'review_state': 'returned', 'lifecycle_phase': 'intake'}])
        self.start_tour('/odoo/order-board', 'order_correct_and_resubmit', login=self.user_sales.login)
        self.assertRecordValues(order, [{
            'review_state': 'in_review', 'lifecycle_phase': 'review', 'review_round': 2, 'amount_untaxed': 95}])
        self.assertEqual(self._get_pending_reviews(order).role_id.code, 'legal')

    def test_ask_answer_and_revoke(self):
        """Finance asks and sets a condition, sales answers, finance approves and takes it back (article R6)."""
        self.stage_finance.may_set_condition = True
        order = self._submit_for("Asking Customer")
        self.start_tour('/odoo', 'order_review_ask', login=self.user_finance.login)
        review = self._get_pending_reviews(order)
        self.assertRecordValues(review.question_ids, [{'state': 'open', 'asked_by_id': self.user_finance.id}])
        self.assertRecordValues(review.condition_ids, [{'kind': 'percent', 'value': 30, 'point': 'shipping'}])
        self.start_tour('/odoo/order-board', 'order_review_answer', login=self.user_sales.login)
        self.assertRecordValues(review.question_ids, [{'state': 'answered', 'answer': "Five percent"}])
        self.start_tour('/odoo', 'order_review_revoke', login=self.user_finance.login)
        self.assertRecordValues(review, [{'state': 'approved', 'revoked_by_id': self.user_finance.id}])
        self.assertEqual(self._get_pending_reviews(order).condition_ids.value, 30)

    def test_emergency_release(self):
        """A person who may release orders and has no other right does so from the board (article R5)."""
        self.policy.allow_emergency_release = True
        releaser = self._new_user('releaser', 'sale_order_lifecycle.group_emergency_release')
        order = self._submit_for("Urgent Customer")
        self.start_tour('/odoo/order-board', 'order_release', login=releaser.login)
        self.assertRecordValues(order, [{
            'state': 'sale', 'released_by_id': releaser.id, 'release_outcome': 'pending'}])

    def test_sign_in_review(self):
        """A customer signs on the portal while sales and finance review; the last approval confirms (article R5)."""
        customer = new_test_user(
            self.env, login='test_ann', groups='base.group_portal', name="Ann Customer", email='ann@example.com')
        order = self._new_order(
            partner_id=customer.partner_id.id, lines=[(self.product, 1)], require_signature=True, require_payment=False)
        order.with_user(self.user_sales).action_quotation_sent()
        order.with_user(self.user_sales).action_submit_and_review()
        self.start_tour(order.get_portal_url(), 'order_sign_in_review', login=customer.login)
        self.assertRecordValues(order, [{
            'state': 'sent', 'review_state': 'in_review', 'customer_waits': True, 'signed_by': "Ann Customer"}])
        self._approve(order)
        self.assertEqual(order.state, 'sale')
