"""What applies and how long an approval holds (articles R2-R5): approvals, persons, tolerance, validity, gate."""
from datetime import timedelta

from freezegun import freeze_time
from psycopg2 import IntegrityError

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..common import LifecycleCommon


class StageCommon(LifecycleCommon):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user_finance_2 = cls._new_user('finance_2', 'sale_order_lifecycle.group_finance')
        # Somebody of several departments.
        cls.user_both = cls._new_user(
            'both', 'sales_team.group_sale_salesman_all_leads,sale_order_lifecycle.group_finance,'
                    'sale_order_lifecycle.group_legal')

    def _pending(self, orders, user=None):
        return self._get_pending_reviews(orders).sudo(False).with_user(user or self.env.user)

    def _of(self, order, stage):
        return order.sudo().review_ids.filtered(lambda review: review.stage_id == stage)

    def _approve_as(self, order, user):
        reviews = self._pending(order, user)
        self.assertTrue(reviews)
        reviews.action_approve()
        return reviews.with_env(self.env)


@tagged('post_install', '-at_install')
class TestSlots(StageCommon):
    """A stage that needs two of its people."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.stage_finance.required_count = 2
        cls.policy.stage_ids = [Command.create({
            'name': "Legal", 'role_id': cls._role('legal').id, 'sequence': 30})]
        cls.stage_legal = cls.policy.stage_ids.sorted('sequence')[2]

    def _submit_to_finance(self, count=None, **vals):
        orders = self._submit(self._new_order(count, **vals))
        self._pending(orders, self.user_sales).action_approve()
        return orders

    def test_two_persons(self):
        order = self._submit_to_finance()
        first, second = self._pending(order).sorted('approval_number')
        self.assertEqual((first.approval_number, second.approval_number, order.open_review_count), (1, 2, 3))
        first.with_user(self.user_finance).action_approve()
        self.assertEqual((order.waiting_for, order.open_review_count), ("Finance", 2))
        self.assertFalse(self._of(order, self.stage_legal).state == 'pending')
        self.assertEqual([(chip['state'], chip['given'], chip['needed']) for chip in order.review_summary],
                         [('approved', 1, 1), ('pending', 1, 2), ('waiting', 0, 1)])
        with self.assertRaises(AccessError) as error:
            second.with_user(self.user_finance).action_approve()
        self.assertIn("requires the approval of 2 different people", str(error.exception))
        for action in ('action_return', 'action_reject'):
            with self.assertRaises(AccessError):
                getattr(second.with_user(self.user_finance), action)("No")
        self.assertFalse(second.with_user(self.user_finance).can_decide)
        Review = self.env['order.review']
        mine = [('can_decide', '=', True), ('order_id', '=', order.id)]
        self.assertFalse(Review.with_user(self.user_finance).search(mine))
        self.assertEqual(Review.with_user(self.user_finance_2).search(mine), second)
        second.with_user(self.user_finance_2).action_approve()
        self.assertEqual(self._of(order, self.stage_legal).state, 'pending')
        self._approve(order)
        self.assertEqual(order.review_state, 'approved')
        self.assertEqual(self._of(order, self.stage_finance).decided_by_id, self.user_finance + self.user_finance_2)

    def test_both_at_once(self):
        order = self._submit_to_finance()
        reviews = self._pending(order, self.user_finance)
        self.assertEqual(len(reviews), 2)
        with self.assertRaises(AccessError):
            reviews.action_approve()
        self.assertEqual(set(reviews.mapped('state')), {'pending'})
        with self.assertRaises(AccessError):
            reviews.action_return("Both")
        result = reviews.action_approve_possible()
        self.assertIn("1 reviews approved", result['params']['message'])
        self.assertIn("different people", result['params']['message'])
        self.assertEqual(reviews.sorted('approval_number').mapped('state'), ['approved', 'pending'])

    def test_change_opens_both(self):
        order = self._submit_to_finance()
        self._pending(order)[0].with_user(self.user_finance).action_approve()
        self._pending(order)[0].with_user(self.user_finance_2).action_approve()
        self._approve(order)
        order.with_user(self.user_sales).order_line.price_unit = 50
        self.assertEqual(order.review_state, 'in_review')
        self.assertEqual(
            self._of(order, self.stage_finance).sorted('id').mapped(
                lambda review: (review.approval_number, review.state)),
            [(1, 'approved'), (2, 'approved'), (1, 'waiting'), (2, 'waiting')])
        self.assertTrue(all(self._of(order, self.stage_finance)[:2].mapped('voided_at')))
        # Who approved before may do so again.
        self._pending(order, self.user_sales).action_approve()
        self._pending(order)[0].with_user(self.user_finance_2).action_approve()

    def test_return_of_one_keeps_the_other(self):
        order = self._submit_to_finance()
        first, second = self._pending(order).sorted('approval_number')
        first.with_user(self.user_finance).action_approve()
        second.with_user(self.user_finance_2).action_return("The term is missing")
        self.assertEqual(order.review_state, 'returned')
        self.assertEqual([chip['state'] for chip in order.review_summary], ['approved', 'returned'])
        self._submit(order)
        again = self._pending(order)
        self.assertEqual((again.approval_number, again.stage_id), (2, self.stage_finance))
        self.assertFalse(first.voided_at)
        with self.assertRaises(AccessError):
            again.with_user(self.user_finance).action_approve()
        again.with_user(self.user_finance_2).action_approve()
        self._approve(order)
        self.assertEqual(order.review_state, 'approved')

    def test_gate_counts(self):
        """One of two approvals is none, whatever the order says of itself."""
        order = self._submit_to_finance()
        self._pending(order)[0].with_user(self.user_finance).action_approve()
        self._pending(order)[0].with_user(self.user_finance_2).action_approve()
        self._approve(order)
        self._of(order, self.stage_finance)[1].sudo().voided_at = fields.Datetime.now()
        self.assertFalse(order.is_accepted)
        with self.assertRaises(UserError):
            order.with_user(self.user_sales).action_confirm()
        with self.assertRaises(ValidationError):
            order.with_user(self.user_sales).write({'state': 'sale'})

    def test_fewer_needed_later(self):
        order = self._submit_to_finance()
        self.stage_finance.required_count = 1
        order.with_user(self.user_sales).client_order_ref = "Look again"
        self.assertEqual(
            self._of(order, self.stage_finance).sorted('approval_number').mapped('state'), ['pending', 'cancelled'])
        self._approve(order)
        self.assertEqual(order.review_state, 'approved')
        self.stage_finance.required_count = 2
        self.assertFalse(order._is_accepted())

    def test_at_least_one(self):
        with self.assertRaises(IntegrityError), mute_logger('odoo.sql_db'), self.env.cr.savepoint():
            self.stage_finance.required_count = 0
            self.env.flush_all()

    def test_sheet_shows_both(self):
        order = self._submit_to_finance()
        self._pending(order)[0].with_user(self.user_finance).action_approve("One")
        self._pending(order)[0].with_user(self.user_finance_2).action_approve("Two")
        sheet = self.env['report.sale_order_lifecycle.report_review_sheet']._get_sheet(order.sudo())
        self.assertEqual(sheet['current'].mapped('comment'), [False, "One", "Two", False])
        self.assertFalse(sheet['earlier'])


@tagged('post_install', '-at_install')
class TestSeveralStages(StageCommon):
    """One person in several departments."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy.stage_ids = [Command.create({
            'name': "Legal", 'role_id': cls._role('legal').id, 'sequence': 20})]
        cls.stage_legal = cls.policy.stage_ids - cls.stage_sales - cls.stage_finance

    def _submit_to_two(self):
        order = self._submit(self._new_order())
        self._pending(order, self.user_sales).action_approve()
        return order

    def test_not_allowed(self):
        self.policy.allow_several_stages = False
        order = self._submit(self._new_order())
        self._pending(order, self.user_both).action_approve()
        reviews = self._pending(order, self.user_both)
        self.assertEqual(len(reviews), 2)
        for review in reviews:
            self.assertFalse(review.can_decide)
            with self.assertRaises(AccessError) as error:
                review.action_approve()
            self.assertIn("anybody to decide more than one stage", str(error.exception))
        self.assertFalse(reviews.search([('can_decide', '=', True), ('order_id', '=', order.id)]))
        self._approve(order)
        self.assertEqual(order.review_state, 'approved')
        # What is no longer valid does not count: after a change the person may take another stage.
        order.with_user(self.user_sales).order_line.price_unit = 50
        self._pending(order, self.user_sales).action_approve()
        self._pending(order, self.user_both)[0].action_approve()

    def test_not_allowed_together(self):
        self.policy.allow_several_stages = False
        order = self._submit_to_two()
        reviews = self._pending(order, self.user_both)
        self.assertEqual(reviews.mapped('can_decide'), [True, True])
        with self.assertRaises(AccessError):
            reviews.action_approve()
        with self.assertRaises(AccessError):
            reviews.action_return("Both")
        self.assertEqual(set(reviews.mapped('state')), {'pending'})

    def test_dialog(self):
        """Where it is allowed, one dialog shows all and decides what is ticked."""
        self.stage_finance.requires_plan = 'payment'
        self.stage_legal.check_ids = [Command.create({'name': "Contract read"})]
        order = self._submit_to_two()
        reviews = self._pending(order, self.user_both).sorted('id')
        self.assertEqual(reviews.mapped('is_one_of_several'), [True, True])
        self.assertFalse(any(self._pending(order, self.user_finance).mapped('is_one_of_several')))
        action = reviews[0].action_open_decide()
        decision = self.env[action['res_model']].with_user(self.user_both).browse(action['res_id'])
        self.assertEqual(decision.line_ids.review_id, reviews)
        self.assertEqual(decision.check_ids.mapped('name'), ["Contract read"])
        with self.assertRaises(UserError):
            decision.action_apply()
        self.assertEqual(set(reviews.mapped('state')), {'pending'})
        decision.write({
            'line_ids': [Command.update(decision.line_ids[0].id, {'planned_date': '2031-02-03'})],
            'check_ids': [Command.update(decision.check_ids.id, {'result': 'ok'})]})
        decision.action_apply()
        self.assertEqual(reviews.mapped('state'), ['approved', 'approved'])
        self.assertEqual(fields.Date.to_string(reviews[0].planned_date), '2031-02-03')
        self.assertEqual(order.review_state, 'approved')

    def test_dialog_of_those_ticked(self):
        order = self._submit_to_two()
        action = order.with_user(self.user_both).action_decide_reviews()
        decision = self.env[action['res_model']].with_user(self.user_both).browse(action['res_id'])
        decision.line_ids.is_chosen = False
        with self.assertRaises(UserError):
            decision.action_apply()
        decision.line_ids[1].is_chosen = True
        decision.action_apply()
        self.assertEqual(self._of(order, self.stage_finance).state, 'pending')
        self.assertEqual(self._of(order, self.stage_legal).state, 'approved')

    def test_dialog_returns(self):
        order = self._submit_to_two()
        action = order.with_user(self.user_both).action_decide_reviews()
        decision = self.env[action['res_model']].with_user(self.user_both).browse(action['res_id'])
        decision.write({'decision': 'return', 'comment': "Neither price nor contract"})
        decision.action_apply()
        self.assertEqual(order.review_state, 'returned')
        self.assertEqual((self._of(order, self.stage_finance) + self._of(order, self.stage_legal)).mapped('state'),
                         ['returned', 'returned'])

    def test_dialog_is_no_way_round(self):
        """Lines of a dialog name any review; the rights are asked for when it is applied."""
        order = self._submit_to_two()
        decision = self.env['order.review.decision'].with_user(self.user_legal).create({
            'decision': 'approve', 'review_ids': [Command.set(self._pending(order).ids)],
            'line_ids': [Command.create({'review_id': review.id, 'seen_digest': "x"}) for review in
                         self._of(order, self.stage_finance)]})
        with self.assertRaises(AccessError):
            decision.action_apply()
        with self.assertRaises(AccessError):
            self.env['order.review.decision.line'].with_user(self.user_legal).browse(
                decision.line_ids.ids).planned_date = '2031-01-01'
            self.env.flush_all()

    def test_dialog_of_a_delegate(self):
        """A delegate of somebody of both departments, without own access, has the same dialog."""
        self.env['order.review.delegation'].with_user(self.user_manager).create({
            'user_id': self.user_both.id, 'delegate_id': self.user_employee.id,
            'date_from': fields.Date.today(), 'date_to': fields.Date.today()})
        order = self._submit_to_two()
        reviews = self._pending(order, self.user_employee).sorted('id')
        self.env.invalidate_all()
        self.assertEqual(reviews.mapped('is_one_of_several'), [True, True])
        action = reviews[0].with_context(seen_digests=reviews[0].seen_digest).action_open_decide()
        decision = self.env[action['res_model']].with_user(self.user_employee).browse(action['res_id'])
        values = decision.web_read({
            'order_id': {'fields': {'display_name': {}}}, 'partner_id': {'fields': {'display_name': {}}},
            'amount_untaxed': {}, 'line_ids': {'fields': {
                'stage_id': {'fields': {'display_name': {}}}, 'changes': {}, 'requires_plan': {}, 'planned_date': {}}}})
        self.assertEqual(len(values[0]['line_ids']), 2)
        decision.action_apply()
        self.assertEqual(order.review_state, 'approved')
        self.assertEqual(reviews.decided_by_id, self.user_employee)
        self.assertEqual(reviews.sudo().delegated_for_id, self.user_both)

    def test_decide_on_the_order(self):
        order = self._submit_to_two()
        self.assertEqual(len(order.with_user(self.user_both).reviews_to_decide), 2)
        self.assertEqual(len(order.with_user(self.user_legal).reviews_to_decide), 1)
        for user in (self.user_sales, self.user_manager, self.user_stock, self.user_accountant):
            with self.subTest(user=user.login):
                self.assertFalse(order.with_user(user).sudo(False).reviews_to_decide)
        with self.assertRaises(UserError):
            order.with_user(self.user_manager).action_decide_reviews()


@tagged('post_install', '-at_install')
class TestTolerance(StageCommon):
    """Finance lets the amount move by 5 percent; sales looks at everything."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.stage_finance.tolerance_percent = 5
        cls.stage_sales.tolerance_percent = 5

    def setUp(self):
        super().setUp()
        # 10 × 100
        self.order = self._accept(self._new_order(lines=[(self.product_stock, 10)])).with_user(self.user_sales)
        self.line = self.order.order_line

    def test_within(self):
        for vals in ({'price_unit': 105}, {'price_unit': 95}, {'price_unit': 100, 'discount': 5},
                     {'discount': 0, 'product_uom_qty': 10.5}):
            with self.subTest(vals=vals):
                self.line.write(vals)
                self.assertEqual(self.order.review_state, 'approved')
                self.assertTrue(self.order._is_accepted())
        self.order.action_confirm()
        self.assertEqual(self.order.state, 'sale')

    def test_beyond(self):
        for price in (105.01, 94.99):
            with self.subTest(price=price):
                order = self._accept(self._new_order(lines=[(self.product_stock, 10)])).with_user(self.user_sales)
                order.order_line.price_unit = price
                self.assertEqual(order.review_state, 'in_review')
                with self.assertRaises(UserError):
                    order.action_confirm()

    def test_small_steps_do_not_add_up(self):
        for price in (98, 96):
            self.line.price_unit = price
            self.assertEqual(self.order.review_state, 'approved')
        self.line.price_unit = 94
        self.assertEqual(self.order.review_state, 'in_review')

    def test_back_within_stands_not_again(self):
        """An approval that a change has voided stays void when the change is taken back."""
        self.line.price_unit = 50
        self.line.price_unit = 100
        self.assertEqual(self.order.review_state, 'in_review')
        self.assertTrue(all(self.order.review_ids.filtered(lambda r: r.state == 'approved').mapped('voided_at')))

    def test_other_changes_are_never_within(self):
        other = self._new_product("Same Price")
        tax = self.env['account.tax'].create({'name': "Half Percent", 'amount': 0.5})
        unit = self.env.ref('uom.product_uom_dozen')
        self.env['res.currency'].search([('name', '=', 'EUR')]).active = True
        changes = [
            lambda order: order.order_line.write({'product_id': other.id, 'price_unit': 100}),
            lambda order: order.order_line.write({'tax_ids': [Command.set(tax.ids)]}),
            lambda order: order.order_line.write({'product_uom_id': unit.id, 'price_unit': 100}),
            lambda order: order.write({'order_line': [Command.create({
                'product_id': self.product_service.id, 'product_uom_qty': 1, 'price_unit': 1})]}),
            lambda order: order.write({'partner_id': self.vendor.id}),
            lambda order: order.write({'payment_term_id': False}),
            lambda order: order.write({'commitment_date': '2031-05-05 10:00:00'}),
            lambda order: order.write({'pricelist_id': self.env['product.pricelist'].create({
                'name': "Euro", 'currency_id': self.env.ref('base.EUR').id}).id}),
        ]
        for number, change in enumerate(changes):
            with self.subTest(number=number):
                order = self._accept(self._new_order(lines=[(self.product_stock, 10)])).with_user(self.user_sales)
                change(order)
                self.assertEqual(order.review_state, 'in_review')

    def test_removed_line(self):
        order = self._accept(self._new_order(lines=[(self.product_stock, 10), {
            'product_id': self.product_service.id, 'product_uom_qty': 1, 'price_unit': 1}])).with_user(self.user_sales)
        order.order_line[1].unlink()
        self.assertEqual(order.review_state, 'in_review')

    def test_stage_without_tolerance_looks_again(self):
        self.stage_finance.tolerance_percent = 0
        order = self._accept(self._new_order(lines=[(self.product_stock, 10)])).with_user(self.user_sales)
        order.order_line.price_unit = 101
        self.assertEqual(self._pending(order).sudo().stage_id, self.stage_finance)

    def test_change_by_recompute(self):
        """The gate compares in the same way what no write has told of."""
        line = self.line.sudo()
        for price, accepted in ((104, True), (106, False)):
            self.env.flush_all()
            self.env.cr.execute("UPDATE sale_order_line SET price_unit = %s WHERE id = %s", [price, line.id])
            self.env.invalidate_all()
            self.env.add_to_compute(line._fields['price_subtotal'], line)
            self.env.add_to_compute(self.order._fields['amount_untaxed'], self.order.sudo())
            self.env.flush_all()
            with self.subTest(price=price):
                self.assertEqual(self.order.sudo()._is_accepted(), accepted)

    def test_range(self):
        for percent in (-1, 100):
            with self.subTest(percent=percent), self.assertRaises(IntegrityError), mute_logger('odoo.sql_db'), \
                    self.env.cr.savepoint():
                self.stage_finance.tolerance_percent = percent
                self.env.flush_all()


@tagged('post_install', '-at_install')
class TestValidity(StageCommon):
    """Finance's approval holds for 30 days."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.stage_finance.validity_days = 30

    def setUp(self):
        super().setUp()
        with freeze_time('2026-03-02 09:00:00'):
            self.order = self._accept(self._new_order()).with_user(self.user_sales)
        self.finance = self._of(self.order, self.stage_finance)

    def _run_cron(self, moment):
        with freeze_time(moment), self.enter_registry_test_mode():
            self.env.ref('sale_order_lifecycle.ir_cron_lapse_reviews').method_direct_trigger()
        self.env.invalidate_all()

    def test_decided_meanwhile(self):
        """Found by the scheduled action and cancelled or confirmed before its turn: nothing is opened anew."""
        with freeze_time('2026-03-02 09:00:00'):
            cancelled, confirmed = self._accept(self._new_order()), self._confirm(self._new_order())
            cancelled.with_user(self.user_sales).action_cancel()
        reviews = (cancelled | confirmed).sudo().review_ids
        before = reviews.read(['state', 'voided_at'])
        with freeze_time('2026-05-01 09:00:00'):
            (cancelled | confirmed).sudo()._sync_lapsed()
            self.env.invalidate_all()
        self.assertEqual((cancelled | confirmed).sudo().review_ids, reviews)
        self.assertEqual(reviews.read(['state', 'voided_at']), before)

    def test_gate(self):
        self.assertEqual(fields.Datetime.to_string(self.finance.valid_until), '2026-04-01 09:00:00')
        self.assertFalse(self._of(self.order, self.stage_sales).valid_until)
        with freeze_time('2026-04-01 08:59:00'):
            self.env.invalidate_all()
            self.assertTrue(self.order._is_accepted())
        with freeze_time('2026-04-01 09:00:00'):
            self.env.invalidate_all()
            self.assertFalse(self.order.is_accepted)
            with self.assertRaises(UserError) as error:
                self.order.action_confirm()
            self.assertIn("has expired", str(error.exception))
            with self.assertRaises(ValidationError):
                self.order.write({'state': 'sale'})

    def test_cron(self):
        other = self._accept(self._new_order())
        self._run_cron('2026-04-02')
        self.assertEqual((self.order.review_state, other.review_state), ('in_review', 'approved'))
        self.assertTrue(self.finance.voided_at)
        self.assertEqual(self._pending(self.order).sudo().stage_id, self.stage_finance)
        self.assertIn("has expired after 30 days", " ".join(self.order.message_ids.mapped('body')))
        self._approve(self.order)
        self.assertEqual(self.order.review_state, 'approved')


    def test_confirmed_holds(self):
        with freeze_time('2026-03-03'):
            self.order.action_confirm()
        self._run_cron('2026-05-02')
        with freeze_time('2026-05-02'):
            self.assertFalse(self.finance.voided_at)
            self.assertFalse(self.order.sudo()._get_approval_obstacles())

    def test_returned_order_is_left_alone(self):
        with freeze_time('2026-03-04'):
            self.order.order_line.price_unit = 1
            self._pending(self.order, self.user_sales).action_return("Why?")
        self._run_cron('2026-05-02')
        self.assertEqual(self.order.review_state, 'returned')

    def test_other_changes_at_once(self):
        """A change evaluates lapsed approvals, too."""
        with freeze_time('2026-05-02'):
            self.order.client_order_ref = "PO 8"
            self.assertEqual(self.order.review_state, 'in_review')
            self.assertEqual(self._pending(self.order).sudo().stage_id, self.stage_finance)

    def test_shorter_is_refused(self):
        with self.assertRaises(IntegrityError), mute_logger('odoo.sql_db'), self.env.cr.savepoint():
            self.stage_finance.validity_days = -1
            self.env.flush_all()


@tagged('post_install', '-at_install')
class TestGateEvaluates(StageCommon):
    """Conditions that time changes are found at the gate, in either direction."""

    def test_stage_newly_applies(self):
        self.stage_finance.domain = "[('customer_has_overdue_invoice', '=', True)]"
        order = self._accept(self._new_order()).with_user(self.user_sales)
        self.assertNotIn(self.stage_finance, order.sudo().review_ids.stage_id)
        invoice = self.env['account.move'].create({
            'move_type': 'out_invoice', 'partner_id': self.partner.id, 'invoice_date': '2020-01-01',
            'invoice_date_due': '2020-02-01', 'invoice_line_ids': [Command.create({
                'product_id': self.product_service.id, 'quantity': 1, 'price_unit': 50})]})
        invoice.action_post()
        self.env.invalidate_all()
        with self.assertRaises(UserError) as error:
            order.action_confirm()
        self.assertIn("now also needs the approval of Finance", str(error.exception))

    def test_payment_state_that_somebody_has_written(self):
        """What is unpaid follows from the amounts, whatever an import has entered as the payment status."""
        invoice = self.env['account.move'].create({
            'move_type': 'out_invoice', 'partner_id': self.partner.id, 'invoice_date': '2020-01-01',
            'invoice_date_due': '2020-02-01', 'invoice_line_ids': [Command.create({
                'product_id': self.product_service.id, 'quantity': 1, 'price_unit': 50})]})
        invoice.action_post()
        with self.assertRaises(AccessError):
            invoice.with_user(self.user_accountant).payment_state = 'paid'
        invoice.payment_state = 'paid'
        order = self._new_order()
        self.assertTrue(order.customer_has_overdue_invoice)
        self._pay(invoice)
        self.env.invalidate_all()
        self.assertFalse(order.customer_has_overdue_invoice)

    def test_stage_no_longer_applies(self):
        """The reason for a pending review has gone: the gate cancels it and lets the order through."""
        self.stage_finance.domain = "[('is_new_customer', '=', True)]"
        order, other = self._submit(self._new_order(2)).with_user(self.user_sales)
        self._pending(order, self.user_sales).action_approve()
        self.assertEqual(self._of(order, self.stage_finance).state, 'pending')
        self._approve(other)
        other.action_confirm()
        self.env.invalidate_all()
        order.action_confirm()
        self.assertEqual(order.state, 'sale')
        self.assertEqual(self._of(order, self.stage_finance).state, 'cancelled')

    def test_stage_no_longer_applies_and_the_customer_waits(self):
        """The order confirms by itself while sales presses the button: that is no error."""
        self.stage_finance.domain = "[('is_new_customer', '=', True)]"
        order, other = self._submit(self._new_order(2)).with_user(self.user_sales)
        self._pending(order, self.user_sales).action_approve()
        self._approve(other)
        other.action_confirm()
        order.sudo()._register_customer_acceptance('signature')
        self.env.invalidate_all()
        order.action_confirm()
        self.assertEqual(order.state, 'sale')

    def test_accepted_by_policy(self):
        self.policy.stage_ids.domain = "[('amount_untaxed', '>', 1000)]"
        order = self._submit(self._new_order(lines=[(self.product_stock, 20)])).with_user(self.user_sales)
        self.assertEqual(order.review_state, 'in_review')
        order.order_line.product_uom_qty = 2
        self.assertEqual(order.review_state, 'approved')
        self.assertTrue(order.is_accepted_by_policy)
        self.assertIn("requires no review", order.message_ids[0].body)
        self.assertEqual(set(order.sudo().review_ids.mapped('state')), {'cancelled'})
        sheet = self.env['report.sale_order_lifecycle.report_review_sheet']._get_sheet(order.sudo())
        self.assertTrue(sheet['by_policy'])
        self.assertFalse(sheet['current'])

    def test_return_of_a_stage_that_no_longer_applies(self):
        """The sheet does not go on showing the return of a stage that has nothing to say any more."""
        self.stage_finance.domain = "[('amount_untaxed', '>', 1000)]"
        order = self._submit(self._new_order(lines=[(self.product_stock, 20)])).with_user(self.user_sales)
        self._pending(order, self.user_sales).action_approve()
        self._pending(order, self.user_finance).action_return("Too much")
        order.order_line.product_uom_qty = 2
        self._submit(order)
        self._approve(order)
        self.assertEqual([chip['role_code'] for chip in order.review_summary], ['sales'])


@tagged('post_install', '-at_install')
class TestSeen(StageCommon):
    """Nobody approves what was not on the screen."""

    def setUp(self):
        super().setUp()
        self.order = self._submit(self._new_order())
        self.review = self._pending(self.order, self.user_sales)

    def _seen(self, reviews):
        self.env.invalidate_all()
        return reviews.with_context(seen_digests=reviews.mapped('seen_digest'))

    def test_changed_since(self):
        review = self._seen(self.review)
        self.order.with_user(self.user_sales).order_line.price_unit = 1
        with self.assertRaises(UserError) as error:
            review.action_approve()
        self.assertIn("has changed since you opened it", str(error.exception))
        result = review.action_approve_possible()
        self.assertIn("has changed since you opened it", result['params']['message'])
        self.assertEqual(review.state, 'pending')
        self._seen(self.review).action_approve()
        self.assertEqual(review.state, 'approved')

    def test_unwatched_change_is_none(self):
        review = self._seen(self.review)
        self.order.with_user(self.user_sales).write({'client_order_ref': "PO 9"})
        review.action_approve()
        self.assertEqual(review.state, 'approved')

    def test_key_opens_nothing(self):
        """The key is a reason to refuse and nothing else."""
        other = self._submit(self._new_order())
        finance = self._of(self.order, self.stage_finance).with_user(self.user_finance).sudo(False)
        digest = self.review.seen_digest
        for seen in ([digest], [f"{finance.id}:x"], [finance.sudo().seen_digest], "text", 7, None, [None, 3], {}):
            with self.subTest(seen=seen), self.assertRaises(UserError), self.env.cr.savepoint():
                finance.with_context(seen_digests=seen).action_approve()
        for seen in ([f"{self.review.id}:x"], [digest, f"{self.review.id}:x"]):
            with self.subTest(seen=seen), self.assertRaises(UserError), self.env.cr.savepoint():
                self.review.with_context(seen_digests=seen).action_approve()
        # What it says of other reviews does not matter.
        self.review.with_context(seen_digests=[f"{self._pending(other).id}:x", digest]).action_approve()
        self.assertEqual(self.review.state, 'approved')

    def test_many(self):
        orders = self._submit(self._new_order(3))
        reviews = self._seen(self._pending(orders, self.user_sales))
        orders[1].with_user(self.user_sales).order_line.product_uom_qty = 77
        with self.assertRaises(UserError):
            reviews.action_approve()
        result = reviews.action_approve_possible()
        self.assertIn("2 reviews approved", result['params']['message'])
        self.assertIn(orders[1].name, result['params']['message'])

    def test_dialog(self):
        action = self.order.with_user(self.user_sales).action_decide_reviews()
        decision = self.env[action['res_model']].with_user(self.user_sales).browse(action['res_id'])
        self.order.with_user(self.user_sales).order_line.price_unit = 1
        with self.assertRaises(UserError) as error:
            decision.action_apply()
        self.assertIn("has changed since you opened it", str(error.exception))

    def test_order_form(self):
        order = self.order.with_user(self.user_sales)
        seen = order.reviews_to_decide
        order.order_line.price_unit = 1
        with self.assertRaises(UserError):
            order.with_context(seen_digests=seen).action_decide_reviews()


@tagged('post_install', '-at_install')
class TestRereview(StageCommon):
    """What a reviewer is told who sees an order again."""

    def test_after_own_return(self):
        order = self._submit(self._new_order()).with_user(self.user_sales)
        self._pending(order, self.user_sales).action_approve()
        self._pending(order, self.user_finance).action_return("Too cheap")
        order.order_line.write({'price_unit': 110, 'product_uom_qty': 6, 'discount': 2})
        self._submit(order)
        self._pending(order, self.user_sales).action_approve()
        changes = self._pending(order, self.user_finance).changes
        currency = order.currency_id.name
        self.assertIn(f"100.00 → 110.00 {currency}", changes)
        self.assertIn("5.00 → 6.00 Units", changes)
        self.assertIn("→ 2.00 %", changes)
        self.assertIn("Untaxed Amount: $\N{NO-BREAK SPACE}500.00 → $\N{NO-BREAK SPACE}646.80", changes)

    def test_first_time_nothing(self):
        order = self._submit(self._new_order())
        self.assertFalse(self._pending(order).changes)

    def test_rounds_stay(self):
        order = self._submit(self._new_order()).with_user(self.user_sales)
        self._pending(order, self.user_sales).action_approve()
        self._pending(order, self.user_finance).action_return("Again")
        rows = order.sudo().review_ids
        order.action_cancel()
        order.action_draft()
        self._submit(order)
        self.assertLessEqual(rows, order.sudo().review_ids)
        copy = order.copy()
        self.assertFalse(copy.sudo().review_ids)
        self.assertEqual((copy.review_state, copy.review_round), ('none', 0))
        self.assertLessEqual(rows, order.sudo().review_ids)

    def test_reason_of_reopening(self):
        order = self._accept(self._new_order()).with_user(self.user_sales)
        order.order_line.price_unit = 5
        self.assertIn("the order has changed since it was approved", order.message_ids[0].body)
        self.stage_finance.domain = "[('amount_untaxed', '>', 1000)]"
        order = self._accept(self._new_order()).with_user(self.user_sales)
        order.order_line.product_uom_qty = 100
        self.assertIn("Review by finance is now required", order.message_ids[0].body)


@tagged('post_install', '-at_install')
class TestNobodyCanDecide(StageCommon):
    """A review that no active person can decide is told at once and blocks nobody in silence."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        group = cls.env.ref('sale_order_lifecycle.group_finance')
        group.user_ids = [Command.set(cls.user_finance.ids)]
        cls.type = cls.env.ref('sale_order_lifecycle.mail_activity_type_nobody_decides')

    def _submit_to_finance(self, count=None, **vals):
        orders = self._submit(self._new_order(count, **vals))
        self._pending(orders, self.user_sales).action_approve()
        return orders

    def _get_todos(self, user=None):
        todos = self.policy.activity_ids.filtered(lambda activity: activity.activity_type_id == self.type)
        return todos.filtered(lambda activity: activity.user_id == (user or self.user_manager))

    def test_somebody(self):
        order = self._submit_to_finance()
        self.assertFalse(self._get_todos())
        self.assertFalse(self._pending(order).nobody_can_decide)
        self.assertFalse(order.undecidable_stages)

    def test_archived_and_gathered(self):
        self.user_finance.active = False
        orders = self._submit_to_finance(12)
        todo = self._get_todos()
        self.assertEqual(len(todo), 1)
        self.assertIn("Review by finance (Finance)", todo.note)
        self.assertIn(orders[0].name, todo.note)
        self.assertIn("2 more", todo.note)
        self.assertTrue(all(self._pending(orders).mapped('nobody_can_decide')))
        self.assertEqual(orders[0].undecidable_stages, "Review by finance")
        domain = [('nobody_can_decide', '=', True)]
        Review = self.env['order.review'].with_user(self.user_manager)
        self.assertLessEqual(self._pending(orders), Review.search(domain))
        self.assertLessEqual(orders, self.env['sale.order'].search(domain))
        # Further orders of the same stage make no noise, other stages do.
        self._submit_to_finance()
        self.assertEqual(len(self._get_todos()), 1)
        note = todo.note
        self.policy.stage_ids = [Command.create({
            'name': "Quality", 'role_id': self._role('quality').id, 'sequence': 5})]
        self.user_quality.active = False
        self._submit(self._new_order())
        self.assertEqual(self._get_todos(), todo)
        self.assertIn("Quality (Quality)", todo.note)
        self.assertIn(note[:30], todo.note)

    def test_other_company_only(self):
        company = self._new_company("Second")
        self.user_finance.write({'company_ids': [Command.set(company.ids)], 'company_id': company.id})
        order = self._submit_to_finance()
        self.assertTrue(self._pending(order).nobody_can_decide)
        self.assertTrue(self._get_todos())

    def test_four_eyes(self):
        group = self.env['res.groups'].create({
            'name': "Desk", 'user_ids': [Command.set(self.user_sales.ids)],
            'implied_ids': [Command.link(self.env.ref('sales_team.group_sale_salesman').id)]})
        desk = self.env['order.role'].create({'name': "Desk", 'code': 'desk', 'group_id': group.id})
        self.stage_sales.write({'four_eyes': True, 'role_id': desk.id})
        order = self._submit(self._new_order())
        self.assertTrue(self._pending(order).nobody_can_decide)
        # A colleague who sees own orders only could not decide.
        group.user_ids += self._new_user('colleague', 'sales_team.group_sale_salesman')
        self.env.invalidate_all()
        self.assertTrue(self._pending(order).nobody_can_decide)
        group.user_ids += self._new_user('head', 'sales_team.group_sale_salesman_all_leads')
        self.env.invalidate_all()
        self.assertFalse(self._pending(order).nobody_can_decide)

    def test_second_approval(self):
        self.stage_finance.required_count = 2
        order = self._submit_to_finance()
        self.assertFalse(any(self._pending(order).mapped('nobody_can_decide')))
        self.assertFalse(self._get_todos())
        self._pending(order, self.user_finance)[0].action_approve()
        self.env.invalidate_all()
        self.assertTrue(self._pending(order).nobody_can_decide)
        # It was pending before, and is told all the same.
        self.assertIn(order.name, self._get_todos().note)

    def test_several_stages(self):
        self.policy.allow_several_stages = False
        self.env.ref('sale_order_lifecycle.group_finance').user_ids = [Command.set(self.user_both.ids)]
        order = self._submit(self._new_order())
        self._pending(order, self.user_both).action_approve()
        self.assertTrue(self._pending(order).nobody_can_decide)
        self.assertTrue(self._get_todos())

    def test_several_stages_side_by_side(self):
        self.policy.allow_several_stages = False
        self.policy.stage_ids = [Command.create({
            'name': "Legal", 'role_id': self._role('legal').id, 'sequence': self.stage_finance.sequence})]
        for name in ('finance', 'legal'):
            self.env.ref(f'sale_order_lifecycle.group_{name}').user_ids = [Command.set(self.user_both.ids)]
        order = self._submit_to_finance()
        self.assertFalse(self._get_todos())
        self._pending(order, self.user_both)[0].action_approve()
        self.assertTrue(self._pending(order).nobody_can_decide)
        self.assertIn(order.name, self._get_todos().note)

    def test_sold_by_the_last_one(self):
        self.stage_finance.four_eyes = True
        order = self._submit_to_finance()
        self.assertFalse(self._get_todos())
        order.with_user(self.user_sales).user_id = self.user_finance
        self.assertIn(order.name, self._get_todos().note)

    def _run_people_job(self):
        """Let the scheduled action do its work, without its commits."""
        self.env['order.review'].search([('people_changed', '=', True)])._report_people_changed()

    def test_people_leave(self):
        """The review is pending already when the last one who could decide it goes, by whatever way."""
        company = self._new_company("Second")
        group = self.env.ref('sale_order_lifecycle.group_finance')
        empty = self.env['res.groups'].create({'name': "Empty", 'implied_ids': [Command.link(
            self.env.ref('sale_order_lifecycle.group_reviewer').id)]})
        ways = {
            'archived': self.user_finance.action_archive,
            'group of the user': lambda: self.user_finance.write({'group_ids': [Command.unlink(group.id)]}),
            'users of the group': lambda: group.write({'user_ids': [Command.unlink(self.user_finance.id)]}),
            'members of the role': lambda: self._role('finance').write({'user_ids': [Command.clear()]}),
            'group of the role': lambda: self._role('finance').write({'group_id': empty.id}),
            'company': lambda: self.user_finance.write({
                'company_ids': [Command.set(company.ids)], 'company_id': company.id}),
        }
        order = self._submit_to_finance()
        self.env.flush_all()
        for name, leave in ways.items():
            with self.subTest(way=name):
                savepoint = self.env.cr.savepoint()
                try:
                    leave()
                    self._run_people_job()
                    self.assertIn(order.name, self._get_todos().note or '')
                    self.assertTrue(self._pending(order).undecidable_at)
                finally:
                    self.env.invalidate_all(flush=False)
                    savepoint.close(rollback=True)
                    self.env.registry.clear_all_caches()
        self.assertFalse(self._get_todos())

    def test_told_once(self):
        """A manager who has closed the to-do gets no other until it happens anew."""
        order = self._submit_to_finance()
        review = self._pending(order)
        self.user_finance.action_archive()
        self._run_people_job()
        self._get_todos().action_feedback()
        order.with_user(self.user_sales).order_line.sequence = 3
        order.with_user(self.user_sales).client_order_ref = "PO 1"
        self.user_legal.action_archive()
        self._run_people_job()
        self.assertFalse(self._get_todos())
        self.user_finance.action_unarchive()
        self._run_people_job()
        self.assertFalse(review.undecidable_at)
        self.user_finance.action_archive()
        self._run_people_job()
        self.assertTrue(self._get_todos())
        self.assertTrue(review.undecidable_at)

    def test_managers_of_other_companies_are_not_told(self):
        company = self._new_company("Second")
        stranger = self._new_user('stranger', 'sale_order_lifecycle.group_manager', company=company)
        self.user_finance.active = False
        self._submit_to_finance()
        self.assertFalse(self._get_todos(stranger))

    def test_warning_on_the_policy(self):
        draft = self._new_policy(stages=(('finance', 10), ('legal', 20, {'required_count': 3})))
        draft = draft.with_user(self.user_manager)
        self.user_finance.active = False
        self.env.invalidate_all()
        finance, legal = draft.unstaffed_stages.splitlines()
        self.assertIn("no members in", finance)
        self.assertIn("3 approvals are required", legal)
        template = self.env['order.policy'].search([('company_id', '=', False)], limit=1)
        self.assertFalse(template.unstaffed_stages)

    def test_no_query_a_review(self):
        self.user_finance.active = False
        self._submit_to_finance(2)
        reviews = self._pending(self._submit_to_finance(20))
        self.assertSameQueries(
            lambda number: reviews[:number],
            lambda some: self.assertTrue(all(some.mapped('nobody_can_decide'))), more=2)


@tagged('post_install', '-at_install')
class TestPreview(StageCommon):
    """Which of the open orders a stage would review."""

    def test_preview(self):
        self.stage_finance.domain = "[('amount_untaxed', '>=', 1000)]"
        small = self._new_order()
        draft, registered, submitted, confirmed, cancelled = (
            self._new_order(lines=[(self.product_stock, 10)]) for _index in range(5))
        self._register(registered)
        self._submit(submitted)
        self._confirm(confirmed)
        cancelled.action_cancel()
        company = self._new_company("Second", policy=True)
        self.user_sales.company_ids |= company
        foreign = self._new_order(company_id=company.id, lines=[(self.product_service, 100)])
        stage = self.stage_finance.with_user(self.user_manager)
        action = stage.action_preview()
        found = self.env['sale.order'].with_user(self.user_manager).search(action['domain'])
        self.assertLessEqual(draft + registered + submitted, found)
        self.assertFalse(found & (small + confirmed + cancelled + foreign))
        self.assertEqual(stage.open_order_count, len(found))

    def test_condition_being_entered(self):
        stage = self.env['order.review.stage'].new({'policy_id': self.policy.id, 'domain': "[('no_such', '=', 1)]"})
        self.assertEqual(stage.open_order_count, 0)

    def test_stranger(self):
        company = self._new_company("Second")
        stranger = self._new_user('stranger', 'sale_order_lifecycle.group_manager', company=company)
        with self.assertRaises(AccessError):
            self.stage_finance.with_user(stranger).action_preview()


@tagged('post_install', '-at_install')
class TestRulesInWords(StageCommon):

    def test_printed_policy(self):
        self.stage_finance.write({'required_count': 2, 'tolerance_percent': 2.5, 'validity_days': 30})
        text = " ".join(self.stage_finance._get_report_particulars())
        for words in ("2 approvals are required", "at most 2.5 %", "Expires 30 days after"):
            self.assertIn(words, text)
        self.assertFalse(self.stage_sales._get_report_particulars())
        html = str(self.env['ir.actions.report']._render_qweb_html(
            'sale_order_lifecycle.report_policy', self.policy.ids)[0])
        self.assertNotIn("Nobody may decide more than one review", html)
        self.policy.allow_several_stages = False
        html = str(self.env['ir.actions.report']._render_qweb_html(
            'sale_order_lifecycle.report_policy', self.policy.ids)[0])
        self.assertIn("Nobody may decide more than one review", html)

    def test_versions(self):
        draft = self.policy.browse(self.policy.with_user(self.user_manager).action_new_version()['res_id'])
        stage = draft.stage_ids.filtered(lambda stage: stage.role_id.code == 'finance')
        self.assertEqual((stage.required_count, stage.tolerance_percent, stage.validity_days), (1, 0, 0))
        stage.write({'required_count': 2, 'tolerance_percent': 2.5, 'validity_days': 30})
        draft.allow_several_stages = False
        changes = draft.version_changes
        for words in ("Required Approvals",
            "Tolerance (%)", "Valid for (Days)", "One Person May Decide Several Stages"):
            self.assertIn(words, changes)


@tagged('post_install', '-at_install')
class TestDeadlineOfSlots(StageCommon):

    def test_clock_starts_for_each(self):
        self.stage_sales.write({'required_count': 2, 'sla_hours': 4})
        order = self._submit(self._new_order())
        reviews = self._pending(order)
        self.assertEqual(len(reviews.filtered('deadline')), 2)
        self.assertLess(abs(reviews[0].deadline - reviews[1].deadline), timedelta(seconds=5))
