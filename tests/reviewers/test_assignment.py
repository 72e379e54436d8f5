"""Whose turn it is: claimed, assigned, forwarded, and on record."""
from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..review.common import PeopleCommon


@tagged('post_install', '-at_install')
class TestAssignment(PeopleCommon):

    def test_claim(self):
        reviews = self._new_finance_reviews(2)
        reviews.with_user(self.user_finance).action_assign_to_me()
        self.assertEqual(reviews.user_id, self.user_finance)
        self.assertRecordValues(reviews.handover_ids[:1], [{
            'kind': 'claim', 'to_id': self.user_finance.id, 'from_id': False, 'by_id': self.user_finance.id}])
        self.assertIn("assigned to Test Finance", reviews[0].order_id.message_ids[0].body)

    def test_assigned_is_the_turn_of_one(self):
        review = self._new_finance_reviews()
        review.with_user(self.user_finance).action_assign_to_me()
        colleague = review.with_user(self.user_finance2)
        self.assertFalse(colleague.can_decide)
        self.assertFalse(colleague.search([('can_decide', '=', True)]))
        self.assertEqual(review.with_user(self.user_finance).search([('can_decide', '=', True)]), review)
        with self.assertRaisesRegex(UserError, "assigned to Test Finance"):
            colleague.action_approve()
        self.assertTrue(colleague.can_claim)
        colleague.action_assign_to_me()
        self.assertEqual(review.handover_ids.sorted('id')[-1].from_id, self.user_finance)
        colleague.action_approve()
        self.assertEqual(review.decided_by_id, self.user_finance2)

    def test_assignee_who_left_binds_nobody(self):
        review = self._new_finance_reviews()
        review.with_user(self.user_finance).action_assign_to_me()
        colleague = review.with_user(self.user_finance2)
        self.user_finance.group_ids = [Command.unlink(self.env.ref('sale_order_lifecycle.group_finance').id)]
        self.env.invalidate_all()
        self.assertEqual(colleague.search([('can_decide', '=', True)]), colleague)
        self.assertTrue(colleague.can_decide)
        self.user_finance.group_ids = [Command.link(self.env.ref('sale_order_lifecycle.group_finance').id)]
        self.env.invalidate_all()
        self.assertFalse(colleague.can_decide)
        self.user_finance.active = False
        self.env.invalidate_all()
        self.assertEqual(colleague.search([('can_decide', '=', True)]), colleague)
        colleague.action_approve()

    def test_delegate_of_the_assignee(self):
        review = self._new_finance_reviews()
        review.with_user(self.user_finance).action_assign_to_me()
        self._delegate(user=self.user_finance2)
        self.assertFalse(review.with_user(self.user_employee).can_decide)
        self._delegate()
        self.env.invalidate_all()
        own = review.with_user(self.user_employee)
        self.assertEqual(own.search([('can_decide', '=', True)]), own)
        own.action_approve()
        self.assertEqual(review.delegated_for_id, self.user_finance)

    def test_claim_refused(self):
        review = self._new_finance_reviews()
        for user in (self.user_legal, self.user_sales, self.user_manager, self.user_employee):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                review.with_user(user).action_assign_to_me()
        self.stage_finance.four_eyes = True
        self.user_finance.group_ids = [Command.link(self.env.ref('sales_team.group_sale_salesman').id)]
        review.order_id.user_id = self.user_finance
        with self.assertRaises(AccessError):
            review.with_user(self.user_finance).action_assign_to_me()
        review.with_user(self.user_finance2).action_assign_to_me()
        with self.assertRaises(UserError):
            review.with_user(self.user_finance2).action_assign_to_me()
        review.with_user(self.user_finance2).action_approve()
        with self.assertRaises(UserError):
            review.with_user(self.user_finance2).action_assign_to_me()

    def test_claim_for_who_is_away(self):
        """A delegate takes a review for the absent person, not as an own one."""
        review = self._new_finance_reviews()
        self._delegate()
        own = review.with_user(self.user_employee)
        own.action_assign_to_me()
        self.assertEqual(review.user_id, self.user_finance)
        self.assertRecordValues(review.handover_ids, [{
            'by_id': self.user_employee.id, 'to_id': self.user_finance.id}])
        own.action_approve()

    def test_all_or_none_and_possible(self):
        mine, other = self._new_finance_reviews(), self._get_pending_reviews(self._submit(self._new_order()))
        both = (mine | other.sudo(False)).with_user(self.user_finance)
        with self.assertRaises(AccessError):
            both.action_assign_to_me()
        self.assertFalse(both.sudo().user_id)
        result = both.action_assign_to_me_possible()
        self.assertIn("1 reviews assigned to you", result['params']['message'])
        self.assertIn("is decided by Sales", result['params']['message'])
        self.assertEqual(mine.user_id, self.user_finance)
        self.assertFalse(other.user_id)

    def test_assign_by_manager_and_person_in_charge(self):
        review = self._new_finance_reviews()
        self.policy.responsibility_ids = [Command.create({
            'role_id': self._role('finance').id, 'user_id': self.user_quality.id})]
        for user in (self.user_manager, self.user_quality):
            target = self.user_finance if user == self.user_manager else self.user_finance2
            self.assertTrue(review.with_user(user).can_assign)
            review.with_user(user).action_assign(target.id)
            self.assertEqual(review.user_id, target)
        for user in (self.user_finance, self.user_sales_manager, self.user_legal, self.user_employee):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                review.with_user(user).action_assign(self.user_finance.id)

    def test_assign_to_somebody_who_cannot(self):
        self.stage_finance.four_eyes = True
        review = self._new_finance_reviews()
        own = review.with_user(self.user_manager)
        company = self._new_company()
        foreign = self._new_user('foreign', 'sale_order_lifecycle.group_finance', company=company)
        archived = self._new_user('gone', 'sale_order_lifecycle.group_finance', active=False)
        for user in (self.user_legal, self.user_manager, foreign, archived):
            with self.subTest(user=user.login), self.assertRaises(UserError):
                own.action_assign(user.id)
        for nobody in (False, 0, 999999999):
            with self.subTest(nobody=nobody), self.assertRaises(UserError):
                own.action_assign(nobody)
        self.user_finance.group_ids = [Command.link(self.env.ref('sales_team.group_sale_salesman').id)]
        review.order_id.user_id = self.user_finance
        with self.assertRaises(UserError):
            own.action_assign(self.user_finance.id)

    def test_assign_many(self):
        """Hundreds are assigned in one go, and the summary names what was not."""
        reviews = self._new_finance_reviews(3)
        other = self._get_pending_reviews(self._submit(self._new_order())).sudo(False)
        wizard = self.env['order.review.assign'].with_user(self.user_manager).create({
            'review_ids': [Command.set((reviews | other).ids)], 'user_id': self.user_finance.id})
        self.assertIn(self.user_finance, wizard.candidate_ids)
        result = wizard.action_apply()
        self.assertEqual(reviews.user_id, self.user_finance)
        self.assertIn("3 reviews assigned to Test Finance", result['params']['message'])
        self.assertIn("Test Finance cannot decide", result['params']['message'])

    def test_give_back(self):
        review = self._new_finance_reviews()
        review.with_user(self.user_finance).action_assign_to_me()
        with self.assertRaises(AccessError):
            review.with_user(self.user_finance2).action_unassign()
        self.assertTrue(review.with_user(self.user_finance).can_give_back)
        review.with_user(self.user_finance).action_unassign()
        self.assertFalse(review.user_id)
        with self.assertRaises(UserError):
            review.with_user(self.user_manager).action_unassign()
        review.with_user(self.user_finance2).action_approve()

    def test_forward(self):
        review = self._new_finance_reviews()
        own = review.with_user(self.user_finance)
        for note in ('', '  ', None):
            with self.assertRaises(UserError):
                own.action_forward(self.user_finance2.id, note)
        own.action_forward(self.user_finance2.id, "You know this customer.")
        self.assertEqual(review.user_id, self.user_finance2)
        self.assertRecordValues(review.handover_ids, [{
            'kind': 'forward', 'note': "You know this customer.", 'to_id': self.user_finance2.id}])
        self.assertIn("You know this customer.", review.order_id.message_ids[0].body)
        message = self._get_messages(self.user_finance2)
        self.assertIn("Test Finance forwarded to you", message.subject)
        self.assertIn("You know this customer.", message.body)
        self.assertTrue(review.notified_at, "notified once")
        with self.assertRaises(UserError):
            own.action_forward(self.user_finance.id, "Back to me")

    def test_forward_refused(self):
        review = self._new_finance_reviews()
        with self.assertRaises(UserError):
            review.with_user(self.user_finance).action_forward(self.user_legal.id, "For you")
        for user in (self.user_legal, self.user_manager, self.user_employee):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                review.with_user(user).action_forward(self.user_finance2.id, "For you")

    def test_forward_dialog(self):
        review = self._new_finance_reviews().with_user(self.user_finance)
        action = review.action_open_forward()
        wizard = self.env['order.review.assign'].with_user(self.user_finance).with_context(
            **action['context']).create({'user_id': self.user_finance2.id, 'note': "Please"})
        self.assertEqual(wizard.candidate_ids, self.user_finance2)
        wizard.action_apply()
        self.assertEqual(review.sudo().user_id, self.user_finance2)

    def test_waiting_review_is_assigned_beforehand(self):
        order = self._submit(self._new_order())
        review = order.sudo().review_ids.filtered(lambda row: row.state == 'waiting').sudo(False)
        review.with_user(self.user_manager).action_assign(self.user_finance.id)
        self._get_pending_reviews(order).with_user(self.user_sales).sudo(False).action_approve()
        self.assertEqual(review.state, 'pending')
        self.assertEqual(review._get_turn_holders()[review.id], self.user_finance)

    def test_decide_many(self):
        """Approve and return from the list: what can be decided is, with one comment, and the rest is named."""
        reviews = self._new_finance_reviews(4)
        reviews[0].with_user(self.user_finance2).action_assign_to_me()
        reviews[1].with_user(self.user_finance).action_return("No")
        own = reviews.with_user(self.user_finance)
        wizard = self.env['order.review.decision'].with_user(self.user_finance).create({
            'review_ids': [Command.set(own.ids)], 'decision': 'return', 'comment': "Prices of last year"})
        result = wizard.action_apply()
        self.assertEqual(reviews.mapped('state'), ['pending', 'returned', 'returned', 'returned'])
        self.assertEqual(reviews[2:].mapped('comment'), ["Prices of last year"] * 2)
        message = result['params']['message']
        self.assertIn("2 reviews returned", message)
        self.assertIn("assigned to Test Finance2", message)
        self.assertIn("has already decided", message)
        self.assertEqual(result['params']['next']['type'], 'ir.actions.act_window_close')
        with self.assertRaises(UserError):
            own.action_return_possible(" ")
        with self.assertRaises(UserError):
            own.action_reject_possible(None)
        result = own.action_approve_possible()
        self.assertIn("0 reviews approved", result['params']['message'])
        rejected = self._new_finance_reviews(2).with_user(self.user_finance)
        self.assertIn("2 reviews rejected", rejected.action_reject_possible("No")['params']['message'])

    def test_summary_of_many(self):
        """Of hundreds in one go the summary names the first ones that could not be done, and counts the others."""
        reviews = self._new_finance_reviews(30)
        reviews[:15].with_user(self.user_finance2).action_assign_to_me()
        own = reviews.with_user(self.user_finance)
        wizard = self.env['order.review.decision'].with_user(self.user_finance).create({
            'review_ids': [Command.set(reviews.ids)], 'decision': 'return', 'comment': "Prices of last year"})
        for result, done in (
            (own.action_approve_possible(), "15 reviews approved."),
            (wizard.action_apply(), "0 reviews returned."),
            (reviews.with_user(self.user_manager).action_assign_possible(self.user_finance2.id), "0 reviews assigned"),
        ):
            lines = result['params']['message'].splitlines()
            self.assertIn(done, lines[0])
            self.assertEqual(len(lines), 12)
            self.assertIn(" more", lines[-1])
        self.assertEqual(reviews[15:].mapped('state'), ['approved'] * 15)
        self.assertEqual(reviews[:15].mapped('state'), ['pending'] * 15)

    def test_dialog_of_reviews_that_are_gone(self):
        review = self._new_finance_reviews()
        wizard = self.env['order.review.decision'].sudo().create({
            'review_ids': [Command.set(review.ids)], 'decision': 'approve'})
        with self.assertRaises(AccessError):
            wizard.with_user(self.user_employee).sudo(False).action_apply()
