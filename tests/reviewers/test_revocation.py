from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..common import LifecycleCommon


@tagged('post_install', '-at_install')
class TestRevocation(LifecycleCommon):
    """Whoever has decided takes it back, as long as the order is not confirmed (article R6)."""

    def _review(self, order, code):
        """:return: the last review of the role of this code"""
        return order.review_ids.filtered(lambda review: review.role_id.code == code).sorted('id')[-1:]

    def test_approved_order(self):
        order = self._accept(self._new_order())
        review = self._review(order, 'finance')
        review.with_user(self.user_finance).action_revoke(" The credit limit is used up. ")
        self.assertRecordValues(review, [{
            'state': 'approved', 'decided_by_id': self.user_finance.id, 'revoked_by_id': self.user_finance.id,
            'revocation_reason': "The credit limit is used up."}])
        self.assertTrue(review.voided_at and review.revoked_at)
        self.assertRecordValues(order, [{'review_state': 'in_review', 'open_review_count': 1, 'approved_at': False}])
        again = self._review(order, 'finance')
        self.assertRecordValues(again, [{'state': 'pending', 'decided_by_id': False, 'revoked_at': False}])
        self.assertIn("The credit limit is used up.", again.revocation_note)
        self.assertFalse(self._review(order, 'sales').voided_at)
        with self.assertRaises(UserError):
            order.with_user(self.user_sales).action_confirm()
        self._approve(order)
        self.assertFalse(self._review(order, 'finance').revocation_note)
        order.with_user(self.user_sales).action_confirm()
        self.assertEqual(order.state, 'sale')

    def test_sales_is_told(self):
        order = self._accept(self._new_order())
        messages = self.env['mail.message'].search([])
        self._review(order, 'finance').with_user(self.user_finance).action_revoke("Wrong order")
        new = self.env['mail.message'].search([]) - messages
        self.assertIn(self.user_sales.partner_id, new.notified_partner_ids)
        self.assertTrue(any("Wrong order" in body for body in new.mapped('body')))

    def test_earlier_stage(self):
        """The later stage waits again, and begins anew when the earlier one has decided."""
        order = self._submit(self._new_order())
        self._review(order, 'sales').with_user(self.user_sales).action_approve()
        self.assertEqual(self._review(order, 'finance').state, 'pending')
        self._review(order, 'sales').with_user(self.user_sales).action_revoke("Price not checked")
        self.assertEqual(self._review(order, 'sales').state, 'pending')
        self.assertEqual(self._review(order, 'finance').state, 'waiting')
        self._approve(order)
        self.assertEqual(order.review_state, 'approved')

    def test_returned_order(self):
        """Of an order that sales has to submit again, the approval taken back is missing then."""
        order = self._submit(self._new_order())
        approved = self._review(order, 'sales').with_user(self.user_sales)
        approved.action_approve()
        self._review(order, 'finance').with_user(self.user_finance).action_return("Discount missing")
        approved.action_revoke("Price not checked")
        self.assertEqual((order.review_state, order.open_review_count), ('returned', 0))
        self._submit(order)
        self.assertEqual(self._get_pending_reviews(order).role_id.code, 'sales')

    def test_return_taken_back(self):
        """The review goes on where it was, and sales has nothing to correct any more."""
        order = self._submit(self._new_order())
        self._review(order, 'sales').with_user(self.user_sales).action_approve()
        returned = self._review(order, 'finance')
        returned.with_user(self.user_finance).action_return("Discount missing")
        self.assertTrue(order.activity_ids)
        returned.with_user(self.user_finance).action_revoke("The discount is in the contract")
        self.assertRecordValues(returned, [{
            'state': 'returned', 'decided_by_id': self.user_finance.id, 'revoked_by_id': self.user_finance.id}])
        self.assertRecordValues(order, [{'review_state': 'in_review', 'open_review_count': 1, 'review_round': 1}])
        self.assertFalse(order.activity_ids)
        self.assertEqual(self._get_pending_reviews(order).role_id.code, 'finance')
        self.assertEqual([chip['state'] for chip in order.review_summary], ['approved', 'pending'])
        self.assertFalse(self._review(order, 'sales').voided_at)
        with self.assertRaises(UserError):
            order.with_user(self.user_sales).action_confirm()
        self._approve(order)
        order.with_user(self.user_sales).action_confirm()
        self.assertEqual(order.state, 'sale')

    def test_rejection_taken_back(self):
        """Other approvals stand, for sales has not submitted the order anew; not those of values that are changed."""
        orders = self._submit(self._new_order(2))
        changed = orders[1]
        for order in orders:
            self._review(order, 'sales').with_user(self.user_sales).action_approve()
            self._review(order, 'finance').with_user(self.user_finance).action_reject("Insolvent")
        changed.order_line.with_user(self.user_sales).price_unit += 1
        rejected = orders.review_ids.filtered(lambda review: review.state == 'rejected')
        rejected.with_user(self.user_finance).action_revoke("Another company of this name")
        self.assertEqual(orders.mapped('review_state'), ['in_review', 'in_review'])
        self.assertEqual(self._get_pending_reviews(orders[0]).role_id.code, 'finance')
        self.assertEqual(self._get_pending_reviews(changed).role_id.code, 'sales')

    def test_refusal_of_several(self):
        """The order stays with sales as long as one of the departments wants it corrected."""
        self.policy.stage_ids.sequence = 10
        order = self._submit(self._new_order())
        self.user_finance.group_ids |= self._role('sales').group_id
        self.policy.allow_several_stages = True
        reviews = self._get_pending_reviews(order).with_user(self.user_finance)
        self.assertEqual(len(reviews), 2)
        reviews.action_return("Price and terms")
        reviews[0].action_revoke("The price is right")
        self.assertEqual((order.review_state, order.open_review_count), ('returned', 0))
        reviews[1].action_revoke("So are the terms")
        self.assertEqual((order.review_state, order.open_review_count), ('in_review', 2))

    def test_refusal_that_is_over(self):
        """What sales has submitted again, or cancelled, is not taken back."""
        orders = self._submit(self._new_order(2))
        for order in orders:
            self._review(order, 'sales').with_user(self.user_sales).action_return("Discount missing")
        returned = orders.review_ids.filtered(lambda review: review.state == 'returned').with_user(self.user_sales)
        for user in (self.user_finance, self.user_manager):
            with self.subTest(user=user.login), self.assertRaisesRegex(AccessError,
                "can only be revoked by the same user"):
                returned.with_user(user).action_revoke("Not mine")
        self.assertEqual(returned.mapped('can_revoke'), [True, True])
        self._submit(orders[0])
        orders[1].with_user(self.user_sales).action_cancel()
        self.assertEqual(returned.mapped('can_revoke'), [False, False])
        for review, reason in zip(returned, ("is no longer valid", "is cancelled"), strict=True):
            with self.assertRaisesRegex(UserError, reason):
                review.action_revoke("Too late")
        self.assertEqual(orders.mapped('review_state')[0], 'in_review')
        self.assertFalse(any(returned.mapped('revoked_at')))

    def test_refusals(self):
        order = self._submit(self._new_order())
        pending = self._review(order, 'sales')
        with self.assertRaisesRegex(UserError, "has not been decided"):
            pending.with_user(self.user_sales).action_revoke("No")
        pending.with_user(self.user_sales).action_approve()
        with self.assertRaisesRegex(UserError, "Explain why"):
            pending.with_user(self.user_sales).action_revoke("  ")
        for user in (self.user_sales_manager, self.user_finance, self.user_manager, self.env.ref('base.user_root')):
            with self.subTest(user=user.login), self.assertRaisesRegex(AccessError,
                "can only be revoked by the same user"):
                pending.with_user(user).action_revoke("Not mine")
        # An automation rule runs as superuser with the id of somebody.
        with self.assertRaises(AccessError):
            pending.with_user(self.user_finance).sudo().action_revoke("Not mine")
        with self.assertRaises(AccessError):
            pending.with_user(self.user_employee).action_revoke("Not mine")
        pending.with_user(self.user_sales).action_revoke("Mistake")
        with self.assertRaisesRegex(UserError, "is no longer valid"):
            pending.with_user(self.user_sales).action_revoke("Mistake")

    def test_for_whom_it_was_decided(self):
        """The absent person revokes what was approved on their behalf, and so does the delegate."""
        self.env['order.review.delegation'].with_user(self.user_finance).create({
            'user_id': self.user_finance.id, 'delegate_id': self.user_legal.id,
            'date_from': fields.Date.today(), 'date_to': fields.Date.today()})
        for taken_back_by in (self.user_finance, self.user_legal):
            with self.subTest(user=taken_back_by.login):
                order = self._submit(self._new_order())
                self._review(order, 'sales').with_user(self.user_sales).action_approve()
                review = self._review(order, 'finance')
                review.with_user(self.user_legal).sudo(False).action_approve()
                self.assertEqual(review.delegated_for_id, self.user_finance)
                review.with_user(taken_back_by).action_revoke("Mistake")
                self.assertEqual(review.revoked_by_id, taken_back_by)
                self.assertTrue(any("has revoked the decision" in body for body in order.message_ids.mapped('body')))

    def test_confirmed_order(self):
        order = self._confirm(self._new_order())
        review = self._review(order, 'finance').with_user(self.user_finance)
        self.assertFalse(review.can_revoke)
        with self.assertRaisesRegex(UserError, "is confirmed"):
            review.action_revoke("Too late")

    def test_other_company(self):
        company = self._new_company()
        self.user_finance.company_ids |= company
        self.user_sales.company_ids |= company
        self._adopt(self._new_policy(company))
        order = self._submit(self._new_order(company_id=company.id, channel_id=self._get_channel(company).id))
        self._approve(order)
        review = self._review(order, 'finance')
        self.user_finance.company_ids -= company
        with self.assertRaises(AccessError):
            review.with_user(self.user_finance).action_revoke("Mistake")
        self.assertFalse(review.voided_at)

    def test_all_or_none(self):
        orders = self._accept(self._new_order(3))
        reviews = orders.review_ids.filtered(lambda review: review.role_id.code == 'finance')
        orders[1].with_user(self.user_sales).action_confirm()
        with self.assertRaises(UserError):
            reviews.with_user(self.user_finance).action_revoke("Mistake")
        self.assertFalse(any(reviews.mapped('voided_at')))
        reviews.filtered(lambda review: review.order_id != orders[1]).with_user(self.user_finance).action_revoke("Now")
        self.assertEqual(orders.mapped('review_state'), ['in_review', 'approved', 'in_review'])

    def test_no_way_over_the_order(self):
        order = self._submit(self._new_order())
        review = self._review(order, 'finance')
        with self.assertRaises(AccessError):
            order.with_user(self.user_sales).write({'review_ids': [Command.update(review.id, {'voided_at': False})]})

    def test_dialog(self):
        order = self._accept(self._new_order())
        review = self._review(order, 'finance').with_user(self.user_finance)
        self.assertTrue(review.can_revoke)
        self.assertFalse(review.with_user(self.user_legal).can_revoke)
        action = review.action_open_revoke()
        dialog = self.env['order.review.reason'].with_user(self.user_finance).with_context(action['context']).create({
            'text': "Overlooked the old debts"})
        dialog.action_apply()
        self.assertEqual(review.revocation_reason, "Overlooked the old debts")

    def test_new_review_has_its_own_time(self):
        """The time of the new review is its own: it begins now."""
        self.stage_finance.sla_hours = 4
        order = self._accept(self._new_order())
        first = self._review(order, 'finance')
        first.with_user(self.user_finance).action_revoke("Mistake")
        again = self._review(order, 'finance')
        self.assertTrue(again.deadline)
        self.assertEqual(again.hours_used, 0)
        self.assertTrue(first.decided_at)
