"""Server actions and automation rules submit and decide with the rights of their user."""
from unittest.mock import patch

from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import PeopleCommon


@tagged('post_install', '-at_install')
class TestAutomation(PeopleCommon):

    def _new_action(self, model, code):
        return self.env['ir.actions.server'].create({
            'name': "Automatic", 'model_id': self.env['ir.model']._get_id(model), 'state': 'code', 'code': code})

    def _run(self, action, records, user):
        return action.with_user(user).sudo(False).with_context(
            active_model=records._name, active_ids=records.ids, active_id=records[:1].id).run()

    def test_server_action(self):
        orders = self._new_order(2)
        submit = self._new_action('sale.order', "records.action_submit_and_review()")
        submit.group_ids = self.env.ref('base.group_user')
        with self.assertRaises(AccessError):
            self._run(submit, orders, self.user_employee)
        self._run(submit, orders, self.user_sales)
        self.assertEqual(set(orders.mapped('review_state')), {'in_review'})
        reviews = self._get_pending_reviews(orders).sudo(False)
        approve = self._new_action('order.review', "records.action_approve('Automatic')")
        approve.group_ids = self.env.ref('base.group_user')
        for user in (self.user_sales, self.user_legal, self.user_employee):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self._run(approve, reviews, user)
        self._run(approve, reviews, self.user_finance)
        self.assertEqual(set(orders.mapped('review_state')), {'approved'})
        self.assertEqual(reviews.decided_by_id, self.user_finance)

    def test_automation_rule(self):
        """Rules run as superuser with the person's id: superuser is no right."""
        review = self._new_finance_reviews()
        for user in (self.user_sales, self.user_legal, self.user_employee, self.user_manager):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                review.with_user(user).sudo().action_approve()
        review.with_user(self.user_finance).sudo().action_approve()
        self.assertEqual(review.decided_by_id, self.user_finance)
        order = self._new_order()
        with self.assertRaises(AccessError):
            order.with_user(self.user_employee).sudo().action_submit_review()
        order.with_user(self.user_sales).sudo().action_submit_review()
        self.assertEqual(order.review_state, 'in_review')

    def test_automation_decides_nothing_unseen(self):
        """As superuser, a salesperson decides no review of an order that is not visible."""
        other = self._new_user('sales2', 'sales_team.group_sale_salesman')
        review = self._get_pending_reviews(self._submit(self._new_order()))
        with self.assertRaises(AccessError):
            review.with_user(other).sudo().action_approve()

    def test_odoobot(self):
        """OdooBot submits and decides nothing."""
        order = self._new_order()
        order.with_user(self.env.ref('base.user_root')).action_submit_review()
        review = self._get_pending_reviews(order)
        with self.assertRaises(AccessError):
            review.with_user(self.env.ref('base.user_root')).action_approve()
        with self.assertRaises(AccessError):
            review.with_user(self.env.ref('base.user_root')).action_assign_to_me()

    def test_who_may_review_is_a_hook(self):
        review = self._new_finance_reviews()
        Review = type(self.env['order.review'])
        origin = Review._is_member

        def is_member(row, user):
            return origin(row, user) or user == self.user_legal

        with patch.object(Review, '_is_member', is_member):
            review.with_user(self.user_legal).action_approve()
        self.assertEqual(review.decided_by_id, self.user_legal)

    def test_which_stages_apply_is_a_hook(self):
        Stage = type(self.env['order.review.stage'])
        origin = Stage._get_applicable_orders

        def get_applicable_orders(stage, orders):
            found = origin(stage, orders)
            return found.filtered('client_order_ref') if stage == self.stage_finance else found

        with patch.object(Stage, '_get_applicable_orders', get_applicable_orders):
            plain, named = self._submit(self._new_order() | self._new_order(client_order_ref="PO 7"))
        self.assertEqual(plain.review_ids.stage_id, self.stage_sales)
        self.assertEqual(named.review_ids.stage_id, self.stage_sales + self.stage_finance)

    def test_what_happens_on_approval_is_a_hook(self):
        Order = type(self.env['sale.order'])
        origin, accepted = Order._on_accepted, []

        def on_accepted(orders):
            accepted.append(orders)
            return origin(orders)

        orders = self._submit(self._new_order(2))
        with patch.object(Order, '_on_accepted', on_accepted):
            self._approve(orders)
        self.assertEqual(accepted, [orders])
