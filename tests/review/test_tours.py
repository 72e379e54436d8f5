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
