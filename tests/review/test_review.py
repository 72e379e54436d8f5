"""Review by departments (articles R1-R6): stages, order of decisions, return, reject, resubmit."""
from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from ..common import LifecycleCommon


@tagged('post_install', '-at_install')
class TestReview(LifecycleCommon):

    def _pending(self, orders):
        return self._get_pending_reviews(orders).sudo(False)

    def _decide(self, orders, role, method='action_approve', **kwargs):
        reviews = self._pending(orders).filtered(lambda review: review.sudo().role_id.code == role)
        self.assertTrue(reviews, f"nothing pending for {role}")
        getattr(reviews.with_user(self.users_by_login[role]), method)(**kwargs)
        return reviews.with_env(self.env)

    # -- the way through --------------------------------------------------------------------------

    def test_way_through(self):
        order = self._new_order().with_user(self.user_sales)
        self.assertEqual((order.lifecycle_phase, order.review_state), ('quotation', 'none'))
        order.action_submit_review()
        self.assertTrue(order.received_at)
        self.assertEqual(order.submitted_by_id, self.user_sales)
        self.assertEqual((order.lifecycle_phase, order.review_state, order.review_round), ('review', 'in_review', 1))
        self.assertEqual(order.open_review_count, 2)
        self.assertEqual(order.waiting_for, "Sales")
        self.assertEqual([chip['state'] for chip in order.review_summary], ['pending', 'waiting'])
        review = self._decide(order, 'sales', comment="Checked")
        self.assertRecordValues(review, [{
            'state': 'approved', 'decided_by_id': self.user_sales.id, 'comment': "Checked", 'voided_at': False}])
        self.assertEqual(order.waiting_for, "Finance")
        self.assertEqual(order.open_review_count, 1)
        self._decide(order, 'finance')
        self.assertEqual((order.lifecycle_phase, order.review_state), ('review', 'approved'))
        self.assertTrue(order.approved_at)
        self.assertTrue(order.is_accepted)
        order.action_confirm()
        self.assertEqual(order.state, 'sale')
        self.assertTrue(order.confirmed_at)

    def test_submit_and_review(self):
        """The form's button submits and decides the sales stage in one click."""
        order = self._new_order().with_user(self.user_sales)
        order.action_submit_and_review()
        self.assertEqual(order.review_ids.filtered(lambda r: r.state == 'approved').role_id.code, 'sales')
        self.assertEqual(self._pending(order).sudo().role_id.code, 'finance')

    def test_submit_and_review_respects_four_eyes(self):
        self.stage_sales.four_eyes = True
        order = self._new_order().with_user(self.user_sales)
        order.action_submit_and_review()
        self.assertEqual(order.review_ids.sorted('id')[0].state, 'pending')
        with self.assertRaises(AccessError):
            self._pending(order).with_user(self.user_sales).action_approve()
        self._pending(order).with_user(self.user_sales_manager).action_approve()
        self.assertEqual(order.review_ids.sorted('id')[0].state, 'approved')

    def test_parallel_and_sequence(self):
        self.policy.stage_ids = [Command.create({
            'name': "Legal", 'role_id': self._role('legal').id, 'sequence': self.stage_finance.sequence})]
        order = self._submit(self._new_order())
        self.assertEqual(self._pending(order).sudo().role_id.mapped('code'), ['sales'])
        self._decide(order, 'sales')
        self.assertEqual(set(self._pending(order).sudo().role_id.mapped('code')), {'finance', 'legal'})
        with self.assertRaises(UserError):
            order.review_ids.filtered(lambda r: r.state == 'approved').with_user(self.user_sales).action_approve()

    def test_waiting_review_cannot_be_decided(self):
        order = self._submit(self._new_order())
        waiting = order.review_ids.filtered(lambda review: review.state == 'waiting')
        with self.assertRaises(UserError) as error:
            waiting.with_user(self.user_finance).action_approve()
        self.assertIn("cannot start until the previous stages", str(error.exception))

    def test_all_or_none(self):
        orders = self._submit(self._new_order(2))
        self._decide(orders, 'sales')
        reviews = self._pending(orders).with_user(self.user_finance)
        self.stage_finance.check_ids = [Command.create({'name': "Credit limit"})]
        self._decide(orders[0], 'finance')
        with self.assertRaises(UserError):
            reviews.action_approve()
        self.assertEqual(reviews.sorted('id')[1].state, 'pending')
        result = reviews.action_approve_possible()
        self.assertEqual(reviews.mapped('state'), ['approved', 'approved'])
        self.assertIn("1 reviews approved", result['params']['message'])
        self.assertIn("has already decided", result['params']['message'])

    def test_no_stage_applies(self):
        self.policy.stage_ids.domain = "[('amount_total', '>', 1000000)]"
        order = self._submit(self._new_order())
        self.assertEqual(order.review_state, 'approved')
        self.assertFalse(order.review_ids)
        self.assertIn("requires no review", order.message_ids[0].body)
        order.with_user(self.user_sales).order_line[0].price_unit = 900000
        self.assertEqual(order.review_state, 'in_review')
        with self.assertRaises(UserError):
            order.with_user(self.user_sales).action_confirm()

    def test_stage_no_longer_applies(self):
        self.stage_finance.domain = "[('amount_untaxed', '>', 1000)]"
        order = self._submit(self._new_order(lines=[(self.product_stock, 20)]))
        self.assertEqual(order.open_review_count, 2)
        order.with_user(self.user_sales).order_line[0].product_uom_qty = 2
        self.assertEqual(order.review_ids.filtered(lambda r: r.stage_id == self.stage_finance).state, 'cancelled')
        self._decide(order, 'sales')
        self.assertEqual(order.review_state, 'approved')

    # -- checks, plans, incompleteness --------------------------------------------------------------

    def test_required_check(self):
        self.stage_sales.check_ids = [
            Command.create({'name': "Specification"}), Command.create({'name': "Photo", 'required': False})]
        order = self._submit(self._new_order())
        review = self._pending(order).with_user(self.user_sales)
        for result in (False, 'fail'):
            review.check_ids[0].result = result
            with self.assertRaises(UserError) as error:
                review.action_approve()
            self.assertIn("Specification", str(error.exception))
        review.check_ids[0].result = 'na'
        review.action_approve()
        self.assertEqual(review.state, 'approved')
        with self.assertRaises(UserError):
            review.check_ids[0].result = 'ok'

    def test_checks_belong_to_the_role(self):
        self.stage_finance.check_ids = [Command.create({'name': "Credit limit"})]
        order = self._submit(self._new_order())
        self._decide(order, 'sales')
        check = self._pending(order).check_ids
        with self.assertRaises(AccessError):
            check.with_user(self.user_legal).result = 'ok'
        with self.assertRaises(AccessError):
            check.with_user(self.user_finance).required = False
        with self.assertRaises(AccessError):
            check.with_user(self.user_finance).unlink()
        with self.assertRaises(AccessError):
            self.env['order.review.check'].with_user(self.user_finance).create({
                'review_id': check.review_id.id, 'name': "X"})
        check.with_user(self.user_finance).result = 'ok'

    def test_required_plan(self):
        self.stage_finance.requires_plan = 'payment'
        order = self._submit(self._new_order())
        self._decide(order, 'sales')
        review = self._pending(order).with_user(self.user_finance)
        with self.assertRaises(UserError):
            review.action_approve()
        with self.assertRaises(AccessError):
            review.with_user(self.user_legal).planned_date = '2031-01-01'
        review.planned_date = '2031-01-01'
        review.action_approve()
        self.assertEqual(order.review_state, 'approved')

    def test_incomplete_order(self):
        self.policy.intake_rule_ids = [Command.create({
            'name': "Payment", 'domain': "[('payment_term_id', '!=', False)]", 'message': "Enter the payment term."})]
        order = self._new_order(payment_term_id=False).with_user(self.user_sales)
        order.payment_term_id = False
        with self.assertRaises(UserError) as error:
            order.action_submit_review()
        self.assertIn("Enter the payment term.", str(error.exception))
        order.payment_term_id = self.payment_term
        order.action_submit_review()
        self.assertEqual(order.review_state, 'in_review')

    def test_submission_refused(self):
        order = self._new_order()
        for login in ('finance', 'employee', 'manager', 'stock'):
            with self.subTest(login=login), self.assertRaises(AccessError):
                order.with_user(self.users_by_login[login]).action_submit_review()
        self._submit(order)
        with self.assertRaises(UserError):
            order.with_user(self.user_sales).action_submit_review()
        company = self._new_company("Plain")
        self.user_sales.company_ids |= company
        plain = self._new_order(company_id=company.id)
        with self.assertRaises(UserError):
            plain.with_user(self.user_sales).sudo().action_submit_review()

    # -- return, reject, resubmit ---------------------------------------------------------------------

    def test_return_and_resubmit(self):
        order = self._submit(self._new_order())
        approved = self._decide(order, 'sales')
        with self.assertRaises(UserError):
            self._pending(order).with_user(self.user_finance).action_return(" ")
        returned = self._decide(order, 'finance', 'action_return', comment="Price below list")
        self.assertEqual((order.review_state, order.lifecycle_phase), ('returned', 'intake'))
        self.assertEqual(order.activity_ids.user_id, self.user_sales)
        self.assertIn("Price below list", order.activity_ids.note)
        self.assertFalse(self._pending(order))
        with self.assertRaises(UserError):
            order.with_user(self.user_sales).action_confirm()
        # Unchanged: the approval of sales stands, finance gets a new round.
        order.with_user(self.user_sales).action_submit_review()
        self.assertEqual(order.review_round, 2)
        self.assertFalse(approved.voided_at)
        self.assertEqual(self._pending(order).sudo().role_id.code, 'finance')
        self.assertEqual(returned.state, 'returned')
        self.assertFalse(order.activity_ids)

    def test_resubmit_changed(self):
        order = self._submit(self._new_order())
        approved = self._decide(order, 'sales')
        self._decide(order, 'finance', 'action_return', comment="Price below list")
        order.with_user(self.user_sales).order_line[0].price_unit = 120
        order.with_user(self.user_sales).action_submit_review()
        self.assertTrue(approved.voided_at)
        review = self._pending(order)
        self.assertEqual(review.sudo().role_id.code, 'sales')
        self.assertIn("100.00 → 120.00", review.with_user(self.user_sales).changes)

    def test_reject_starts_anew(self):
        order = self._submit(self._new_order())
        approved = self._decide(order, 'sales')
        self._decide(order, 'finance', 'action_reject', comment="Customer is insolvent")
        self.assertEqual((order.review_state, order.lifecycle_phase), ('rejected', 'intake'))
        self._submit(order)
        self.assertTrue(approved.voided_at)
        self.assertEqual(self._pending(order).sudo().role_id.code, 'sales')

    def test_cancel_ends_reviews(self):
        order = self._submit(self._new_order())
        approved = self._decide(order, 'sales')
        order.with_user(self.user_sales).action_cancel()
        self.assertEqual(order.lifecycle_phase, 'cancelled')
        self.assertTrue(approved.voided_at)
        self.assertEqual(set(order.review_ids.mapped('state')), {'approved', 'cancelled'})
        order.with_user(self.user_sales).action_draft()
        self.assertEqual((order.review_state, order.lifecycle_phase), ('to_submit', 'intake'))
        self.assertFalse(order.copy().review_ids)

    def test_reviewed_order_is_not_deleted(self):
        order = self._submit(self._new_order())
        order.with_user(self.user_sales).action_cancel()
        with self.assertRaises(UserError):
            order.unlink()

    # -- who may decide ---------------------------------------------------------------------------------

    def test_four_eyes(self):
        self.stage_finance.four_eyes = True
        self.user_sales.group_ids += self.env.ref('sale_order_lifecycle.group_finance')
        order = self._submit(self._new_order())
        self._decide(order, 'sales')
        review = self._pending(order)
        with self.assertRaises(AccessError) as error:
            review.with_user(self.user_sales).action_approve()
        self.assertIn("another member", str(error.exception))
        self.assertNotIn(review, self.env['order.review'].with_user(self.user_sales).search(
            [('can_decide', '=', True)]))
        self.assertFalse(review.with_user(self.user_sales).can_decide)
        self.assertTrue(review.with_user(self.user_finance).can_decide)

    def test_four_eyes_of_each_part(self):
        """Whoever has sold, entered, registered or submitted the order is excluded, each separately."""
        self.stage_finance.four_eyes = True
        groups = 'sales_team.group_sale_salesman_all_leads,sale_order_lifecycle.group_finance'
        seller, creator, registrar, submitter, stranger = (
            self._new_user(login, groups) for login in ('seller', 'creator', 'registrar', 'submitter', 'stranger'))
        order = self._new_order(user=creator, user_id=seller.id)
        self._register(order, registrar)
        self._submit(order, submitter)
        self._pending(order).with_user(self.user_sales_manager).action_approve()
        review = self._pending(order)
        self.assertRecordValues(order, [{
            'user_id': seller.id, 'create_uid': creator.id, 'registered_by_id': registrar.id,
            'submitted_by_id': submitter.id}])
        for user in (seller, creator, registrar, submitter):
            for action in (
                lambda own: own.action_approve(), lambda own: own.action_return("No"),
                lambda own: own.action_reject("No"),
            ):
                with self.subTest(user=user.login), self.assertRaisesRegex(AccessError, "another member"):
                    action(review.with_user(user))
        review.with_user(stranger).action_approve()
        self.assertEqual(order.review_state, 'approved')

    def test_other_company(self):
        company = self._new_company("Second", policy=True)
        stranger = self._new_user('stranger', 'sale_order_lifecycle.group_finance', company=company)
        order = self._submit(self._new_order())
        self._decide(order, 'sales')
        review = self._pending(order)
        self.assertFalse(self.env['order.review'].with_user(stranger).search([('id', '=', review.id)]))
        with self.assertRaises(AccessError):
            review.with_user(stranger).action_approve()

    def test_order_of_a_colleague(self):
        """A user who sees own orders only cannot decide the sales stage of others by their id."""
        colleague = self._new_user('colleague', 'sales_team.group_sale_salesman')
        order = self._submit(self._new_order())
        with self.assertRaises(AccessError):
            self._pending(order).with_user(colleague).action_approve()

    def test_search_can_decide(self):
        orders = self._submit(self._new_order(2))
        self._decide(orders[0], 'sales')
        mine = self.env['order.review'].with_user(self.user_finance).search([('can_decide', '=', True)])
        self.assertEqual(mine.order_id, orders[0])

    # -- stages -------------------------------------------------------------------------------------------

    def test_bad_domain(self):
        for domain in ("[('no_such_field', '=', 1)]", "nonsense(", "[('id', '=')]"):
            with self.subTest(domain=domain), self.assertRaises(ValidationError):
                self.stage_sales.domain = domain

    def test_watched_fields(self):
        """A stage that watches the client's reference only keeps its approval when prices change."""
        self.stage_finance.watched_field_ids = self.env['ir.model.fields']._get('sale.order', 'client_order_ref')
        order = self._accept(self._new_order()).with_user(self.user_sales)
        finance = order.review_ids.filtered(lambda review: review.stage_id == self.stage_finance)
        order.order_line[0].price_unit = 70
        self.assertFalse(finance.voided_at)
        self.assertEqual(self._pending(order).sudo().role_id.code, 'sales')
        self._decide(order, 'sales')
        order.client_order_ref = "PO 7"
        self.assertTrue(finance.voided_at)
        self.assertEqual(self._pending(order).sudo().role_id.code, 'finance')

    def test_conditions_on_the_customer(self):
        self.stage_finance.domain = "[('is_new_customer', '=', True)]"
        first, second = self._new_order(), self._new_order()
        self.assertTrue(first.is_new_customer)
        self.assertIn(first, self.env['sale.order'].search([('is_new_customer', '=', True)]))
        self._confirm(first)
        second.invalidate_recordset()
        self.assertFalse(second.is_new_customer)
        self.assertTrue(first.is_new_customer)
        found = self.env['sale.order'].search([('is_new_customer', '=', True), ('partner_id', '=', self.partner.id)])
        self.assertEqual(found, first)
        self._submit(second)
        self.assertEqual(second.review_ids.stage_id, self.stage_sales)

    # -- deadline ---------------------------------------------------------------------------------------

    def test_deadline_starts_when_pending(self):
        self.policy.calendar_id = self.env['resource.calendar'].create({
            'name': "Nine to five", 'tz': 'UTC', 'attendance_ids': [Command.clear(), *(
                Command.create({'name': "Day", 'dayofweek': str(day), 'hour_from': 9, 'hour_to': 17})
                for day in range(5))]})
        self.policy.stage_ids.sla_hours = 4
        with freeze_time('2026-03-06 15:00:00'):  # a Friday
            order = self._submit(self._new_order())
            sales, finance = order.review_ids.sorted('id')
            self.assertEqual(str(sales.deadline), '2026-03-09 11:00:00')
            self.assertFalse(finance.deadline)
        with freeze_time('2026-03-09 10:00:00'):
            self._decide(order, 'sales')
            self.assertAlmostEqual(sales.hours_used, 3.0)
            self.assertEqual(str(finance.deadline), '2026-03-09 14:00:00')
            self.assertFalse(finance.is_overdue)
        with freeze_time('2026-03-09 14:00:01'):
            finance.invalidate_recordset()
            self.assertTrue(finance.is_overdue)
            self.assertIn(finance, self.env['order.review'].search([('is_overdue', '=', True)]))
            self._decide(order, 'finance')
            self.assertFalse(finance.is_overdue)

    # -- lists ------------------------------------------------------------------------------------------

    def test_what_waits_comes_first(self):
        """Lists order by state as people decide: pending, waiting, then what is decided."""
        returned, approved = orders = self._submit(self._new_order(count=2))
        self._get_pending_reviews(returned).with_user(self.user_sales).action_return("Wrong price")
        self._decide(approved, 'sales')
        orders += self._submit(self._new_order())
        reviews = self.env['order.review'].search([('order_id', 'in', orders.ids)], order='state, id')
        self.assertEqual(reviews.mapped('state'), [
            'pending', 'pending', 'waiting', 'approved', 'returned', 'cancelled'])
