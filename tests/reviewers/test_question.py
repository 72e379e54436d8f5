from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..common import LifecycleCommon


@tagged('post_install', '-at_install')
class TestQuestion(LifecycleCommon):
    """A reviewer asks sales, and the deadline is suspended until the answer (article R6)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.stage_finance.sla_hours = 4
        # Plain hours, around the clock.
        cls.policy.calendar_id = False
        cls.company.resource_calendar_id = False

    def _new_review(self, count=1):
        """:return: pending reviews of finance, as its member"""
        orders = self._submit(self._new_order(count))
        self._get_pending_reviews(orders).with_user(self.user_sales).sudo(False).action_approve()
        return self._get_pending_reviews(orders).with_user(self.user_finance).sudo(False)

    def test_ask_and_answer(self):
        with freeze_time('2026-05-04 08:00:00'):
            review = self._new_review()
            order = review.sudo().order_id
            self.assertEqual(str(review.deadline), '2026-05-04 12:00:00')
        with freeze_time('2026-05-04 09:00:00'):
            review.action_ask(" Which discount was agreed? ")
        self.assertTrue(review.is_asked)
        self.assertEqual(review.state, 'pending')
        self.assertTrue(review.can_decide)
        self.assertRecordValues(review.question_ids, [{
            'state': 'open', 'question': "Which discount was agreed?", 'asked_by_id': self.user_finance.id,
            'answer': False, 'order_id': order.id, 'company_id': self.company.id}])
        self.assertEqual(order.waiting_for, "Sales")
        self.assertIn("Which discount was agreed?", order.with_user(self.user_sales).open_questions)
        activity = order.activity_ids
        self.assertRecordValues(activity, [{'user_id': self.user_sales.id}])
        self.assertIn("Which discount was agreed?", activity.note)
        with freeze_time('2026-05-05 09:00:00'):
            self.env.invalidate_all()
            # The time allowed would be over long since.
            self.assertFalse(review.is_overdue)
            review.with_user(self.user_sales).action_answer("Five percent")
            self.assertFalse(review.is_asked)
            self.assertEqual(str(review.deadline), '2026-05-05 12:00:00')
        self.assertRecordValues(review.question_ids, [{
            'state': 'answered', 'answer': "Five percent", 'answered_by_id': self.user_sales.id}])
        self.assertFalse(order.activity_ids)
        self.assertEqual(order.waiting_for, "Finance")
        self.assertFalse(order.is_asked)
        with freeze_time('2026-05-05 10:30:00'):
            review.action_approve()
        self.assertEqual(review.hours_used, 2.5)

    def test_both_are_told(self):
        def told(action):
            before = self.env['mail.message'].search([])
            action()
            return self.env['mail.message'].search([]) - before

        review = self._new_review()
        asked = told(lambda: review.action_ask("Which discount?"))
        self.assertIn(self.user_sales.partner_id, asked.notified_partner_ids)
        answered = told(lambda: review.with_user(self.user_sales).action_answer("Five percent"))
        self.assertIn(self.user_finance.partner_id, answered.notified_partner_ids)
        self.assertTrue(any("Five percent" in body for body in answered.mapped('body')))

    def test_one_message_for_many(self):
        reviews = self._new_review(4)
        before = self.env['mail.message'].search([])
        reviews.action_ask("Which discount?")
        told = (self.env['mail.message'].search([]) - before).filtered(
            lambda message: self.user_sales.partner_id in message.notified_partner_ids)
        self.assertEqual(len(told), 1)
        for order in reviews.sudo().order_id:
            self.assertIn(order.name, told.body)
        self.assertEqual(len(reviews.sudo().order_id.activity_ids), 4)

    def test_decided_without_answer(self):
        with freeze_time('2026-05-04 08:00:00'):
            review = self._new_review()
        with freeze_time('2026-05-04 09:00:00'):
            review.action_ask("Which discount?")
        with freeze_time('2026-05-04 20:00:00'):
            review.action_return("Enter the discount")
        # Eleven hours in which sales was asked are not those of finance.
        self.assertEqual(review.hours_used, 1)
        self.assertFalse(review.is_asked)
        self.assertRecordValues(review.question_ids, [{'state': 'closed', 'answer': False}])
        order = review.sudo().order_id
        self.assertEqual(len(order.activity_ids), 1)
        self.assertIn("Enter the discount", order.activity_ids.note)
        with self.assertRaisesRegex(UserError, "No question"):
            review.with_user(self.user_sales).action_answer("Late")

    def test_ends_with_the_review(self):
        """Another department returns the order, or sales cancels it: nobody waits for the answer any more."""
        self.policy.stage_ids = [Command.create({
            'name': "Legal", 'role_id': self._role('legal').id, 'sequence': self.stage_finance.sequence})]
        for end in ('return', 'cancel'):
            with self.subTest(end=end):
                reviews = self._new_review()
                finance = reviews.filtered(lambda review: review.role_id.code == 'finance')
                order = finance.sudo().order_id
                finance.action_ask("Which discount?")
                self.assertEqual(order.waiting_for, "Sales and Legal")
                if end == 'return':
                    (reviews - finance).with_user(self.user_legal).action_return("No contract")
                else:
                    order.with_user(self.user_sales)._action_cancel()
                self.assertEqual(finance.state, 'cancelled')
                self.assertEqual(finance.question_ids.state, 'closed')
                self.assertFalse(order.is_asked)

    def test_earlier_stage_opens_again(self):
        """The question stays with the review that has to wait, and its time stands still when its turn comes."""
        review = self._new_review()
        order = review.sudo().order_id
        review.action_ask("Which discount?")
        order.review_ids.filtered(lambda row: row.role_id.code == 'sales').with_user(
            self.user_sales).action_revoke("Price")
        self.assertEqual((review.state, review.is_asked), ('waiting', True))
        self._get_pending_reviews(order).with_user(self.user_sales).sudo(False).action_approve()
        self.assertEqual((review.state, review.is_asked), ('pending', True))
        self.assertTrue(review.paused_at)
        review.with_user(self.user_sales).action_answer("Five percent")
        self.assertFalse(review.paused_at)

    def test_sales_corrects_what_was_asked(self):
        """Editing the order answers nothing by itself, and takes nothing away."""
        review = self._new_review()
        review.action_ask("Which discount?")
        review.sudo().order_id.with_user(self.user_sales).order_line.discount = 5
        self.assertTrue(review.is_asked)
        self.assertEqual(self._get_pending_reviews(review.sudo().order_id).role_id.code, 'sales')

    def test_who_asks(self):
        review = self._new_review()
        with self.assertRaisesRegex(UserError, "Enter the question"):
            review.action_ask("  ")
        for login in ('legal', 'manager', 'sales'):
            with self.subTest(login=login), self.assertRaises(AccessError):
                review.with_user(self.users_by_login[login]).action_ask("May I?")
        self.stage_finance.four_eyes = True
        review.sudo().order_id.submitted_by_id = self.user_finance
        with self.assertRaises(AccessError):
            review.action_ask("May I?")
        self.stage_finance.four_eyes = False
        review.action_ask("Which discount?")
        with self.assertRaisesRegex(UserError, "already waiting for an answer"):
            review.action_ask("And which terms?")
        review.with_user(self.user_sales).action_answer("Five percent")
        review.action_ask("And which terms?")
        self.assertEqual(len(review.question_ids), 2)
        review.action_approve()
        with self.assertRaises(UserError):
            review.action_ask("Too late?")

    def test_who_answers(self):
        review = self._new_review()
        review.action_ask("Which discount?")
        with self.assertRaisesRegex(UserError, "Enter the answer"):
            review.with_user(self.user_sales).action_answer("")
        for user in (self.user_legal, self.user_manager, self.user_employee, self.env.ref('base.user_root')):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                review.with_user(user).action_answer("Guess")
        stranger = self._new_user('stranger', 'sales_team.group_sale_salesman')
        with self.assertRaises(AccessError):
            review.with_user(stranger).action_answer("Not my order")
        # A reviewer who asks does not answer as a salesperson, and so start and stop the own clock.
        self.user_finance.group_ids += self.env.ref('sales_team.group_sale_salesman_all_leads')
        with self.assertRaisesRegex(AccessError, "yourself"):
            review.action_answer("Five percent")
        review.with_user(self.user_sales_manager).action_answer("Five percent")
        self.assertEqual(review.question_ids.answered_by_id, self.user_sales_manager)

    def test_other_company(self):
        company = self._new_company()
        (self.user_finance | self.user_sales).company_ids |= company
        self._adopt(self._new_policy(company))
        order = self._submit(self._new_order(company_id=company.id, channel_id=self._get_channel(company).id))
        self._get_pending_reviews(order).with_user(self.user_sales).sudo(False).action_approve()
        review = self._get_pending_reviews(order).with_user(self.user_finance).sudo(False)
        review.action_ask("Which discount?")
        foreigner = self.user_sales_manager
        self.assertFalse(self.env['order.review.question'].with_user(foreigner).search([]))
        with self.assertRaises(AccessError):
            review.with_user(foreigner).action_answer("Five percent")
        review.with_user(self.user_sales).action_answer("Five percent")

    def test_all_or_none(self):
        reviews = self._new_review(3)
        reviews[0].action_ask("Which discount?")
        with self.assertRaises(UserError):
            reviews.action_ask("Which terms?")
        self.assertEqual(len(reviews.question_ids), 1)
        with self.assertRaises(UserError):
            reviews.with_user(self.user_sales).action_answer("Five percent")
        reviews[1:].action_ask("Which terms?")
        reviews.with_user(self.user_sales).action_answer("As always")
        self.assertEqual(set(reviews.question_ids.mapped('state')), {'answered'})

    def test_nobody_edits(self):
        review = self._new_review()
        review.action_ask("Which discount?")
        question = review.question_ids
        for user in (self.user_finance, self.user_sales, self.user_manager):
            with self.subTest(user=user.login):
                for operation in ('write', 'create', 'unlink'):
                    self.assertFalse(question.with_user(user).has_access(operation))
        with self.assertRaises(AccessError):
            review.write({'question_ids': [Command.update(question.id, {'state': 'closed'})]})

    def test_searches(self):
        review, other = self._new_review(2)
        review.action_ask("Which discount?")
        Order = self.env['sale.order'].with_user(self.user_sales)
        orders = (review | other).sudo().order_id
        self.assertEqual(
            Order.search([('is_asked', '=', True), ('id', 'in', orders.ids)]).ids, review.sudo().order_id.ids)
        self.assertEqual(
            Order.search([('is_asked', '=', False), ('id', 'in', orders.ids)]).ids, other.sudo().order_id.ids)
        self.assertEqual(
            self.env['order.review'].with_user(self.user_finance).search(
                [('is_asked', '=', True), ('id', 'in', (review | other).ids)]), review)

    def test_without_salesperson(self):
        review = self._new_review()
        review.sudo().order_id.user_id = False
        review.action_ask("Which discount?")
        self.assertEqual(review.sudo().order_id.activity_ids.user_id, self.user_sales)

    def test_dialogs(self):
        review = self._new_review()
        action = review.action_open_ask()
        self.env['order.review.reason'].with_user(self.user_finance).with_context(action['context']).create({
            'text': "Which discount?"}).action_apply()
        order = review.sudo().order_id.with_user(self.user_sales).sudo(False)
        action = order.action_open_answer()
        dialog = self.env['order.review.reason'].with_user(self.user_sales).with_context(action['context']).create({
            'text': "Five percent"})
        self.assertEqual(dialog.questions, "Which discount?")
        dialog.action_apply()
        self.assertEqual(review.question_ids.answer, "Five percent")
        with self.assertRaises(UserError):
            order.action_open_answer()
