from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged

from ..common import LifecycleCommon

REASON = "The customer's line stands still"


@tagged('post_install', '-at_install')
class TestEmergencyRelease(LifecycleCommon):
    """Named people confirm an order before its review has ended, and the review goes on (article R5)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy.allow_emergency_release = True
        # Nothing else than the right that reads orders.
        cls.user_releaser = cls._new_user('releaser', 'sale_order_lifecycle.group_emergency_release')

    def _release(self, orders, user=None):
        orders.with_user(user or self.user_releaser).action_release_emergency(REASON)
        return orders

    def _cancel(self, order):
        # Core lets a salesperson without purchasing or stock cancel no order that has transfers.
        order.with_user(self.user_sales).sudo()._action_cancel()

    def _review(self, order, code):
        return order.review_ids.filtered(lambda review: review.role_id.code == code).sorted('id')[-1:]

    # -- the release ------------------------------------------------------------------------------

    def test_release(self):
        order = self._submit(self._new_order())
        self.assertTrue(order.with_user(self.user_releaser).can_release)
        self._release(order)
        self.assertRecordValues(order, [{
            'state': 'sale', 'released_by_id': self.user_releaser.id, 'release_reason': REASON,
            'release_outcome': 'pending', 'review_state': 'in_review', 'lifecycle_phase': 'delivery'}])
        self.assertTrue(order.released_at and order.confirmed_at and order.picking_ids)
        self.assertEqual(self._review(order, 'sales').state, 'pending')
        self.assertIn("Sales (review)", order.waiting_for)
        self.assertIn(REASON, order.release_note)
        self.assertFalse(order.with_user(self.user_releaser).can_release)

    def test_approved_afterwards(self):
        self.stage_sales.sla_hours = self.stage_finance.sla_hours = 1
        order = self._release(self._submit(self._new_order()))
        sales = self._review(order, 'sales')
        self.assertTrue(sales.with_user(self.user_sales).can_decide)
        sales.sudo().deadline = '2020-01-01 00:00:00'
        self.assertTrue(sales.is_overdue)
        sales.with_user(self.user_sales).action_approve()
        self.assertEqual(self._review(order, 'finance').state, 'pending')
        self.assertEqual(order.release_outcome, 'pending')
        self._review(order, 'finance').with_user(self.user_finance).action_approve()
        self.assertRecordValues(order, [{
            'state': 'sale', 'release_outcome': 'approved', 'review_state': 'approved', 'open_review_count': 0}])
        self.assertNotIn("(review)", order.waiting_for)

    def test_refused_afterwards(self):
        for method, word in (('action_return', "returned"), ('action_reject', "rejected")):
            with self.subTest(method=method):
                order = self._release(self._submit(self._new_order()))
                before = self.env['mail.message'].search([])
                getattr(self._review(order, 'sales').with_user(self.user_sales_manager), method)("Never at this price")
                self.assertRecordValues(order, [{
                    'state': 'sale', 'release_outcome': 'refused', 'lifecycle_phase': 'delivery'}])
                self.assertIn(f"Then {word} by Sales", order.release_note)
                self.assertIn("Never at this price", order.release_note)
                told = (self.env['mail.message'].search([]) - before).notified_partner_ids
                self.assertLessEqual((self.user_manager | self.user_releaser).partner_id, told)
                self.assertIn("after the emergency release", order.activity_ids.filtered(
                    lambda activity: activity.user_id == self.user_sales).summary)
                self.assertEqual(self._review(order, 'finance').state, 'cancelled')

    def test_everybody_is_told(self):
        self.policy.stage_ids = [Command.create({
            'name': "Legal", 'role_id': self._role('legal').id, 'sequence': self.stage_finance.sequence})]
        orders = self._submit(self._new_order(2))
        before = self.env['mail.message'].search([])
        self._release(orders)
        told = (self.env['mail.message'].search([]) - before).filtered(lambda message: REASON in message.body)
        # Whose turn it is and who comes later, the salesperson and the managers; one message each.
        for user in (self.user_sales, self.user_finance, self.user_legal, self.user_manager):
            with self.subTest(user=user.login):
                own = told.filtered(lambda message, user=user: user.partner_id in message.notified_partner_ids)
                self.assertEqual(len(own), 1)
                self.assertTrue(all(order.name in own.body for order in orders))
        self.assertNotIn(self.user_releaser.partner_id, told.notified_partner_ids)
        self.assertNotIn(self.user_production.partner_id, told.notified_partner_ids)

    def test_core_adds_lines_before_the_outcome(self):
        """A down payment is no change of what was approved: no stage is opened again by it."""
        order = self._submit(self._new_order())
        self._review(order, 'sales').with_user(self.user_sales).action_approve()
        self._release(order)
        self.env['sale.advance.payment.inv'].with_user(self.user_sales).with_context(
            active_model='sale.order', active_ids=order.ids).create({
                'advance_payment_method': 'percentage', 'amount': 30}).create_invoices()
        self._review(order, 'finance').with_user(self.user_finance).action_approve()
        self.assertEqual(order.release_outcome, 'approved')
        self.assertEqual(len(order.review_ids), 2)

    def test_way_to_the_end(self):
        """Delivered, invoiced, paid and settled while the departments still decide; archived after that only."""
        order = self._release(self._submit(self._new_order()))
        self._deliver(order.picking_ids)
        self._pay(self._invoice(order))
        self._settle(order)
        self.assertEqual(order.lifecycle_phase, 'aftersales')
        archivist = self._new_user('archivist', 'sale_order_lifecycle.group_archivist')
        with self.assertRaisesRegex(UserError, "its review is still in progress"):
            order.with_user(archivist).action_prepare_archive()
        self.assertNotIn(order, self.env['sale.order'].search(order._get_to_archive_domain()))
        self._approve(order)
        self.assertEqual((order.release_outcome, order.lifecycle_phase), ('approved', 'aftersales'))
        order.with_user(archivist).action_prepare_archive()
        facts = order._get_archive_facts()[order.id]
        self.assertEqual(facts['order']['release_reason'], REASON)

    # -- refusals ---------------------------------------------------------------------------------

    def test_who_may(self):
        order = self._submit(self._new_order())
        for login in ('sales', 'sales_manager', 'finance', 'manager', 'employee'):
            with self.subTest(login=login):
                self.assertFalse(order.sudo().with_user(self.users_by_login[login]).sudo().can_release)
                with self.assertRaises(AccessError):
                    order.with_user(self.users_by_login[login]).action_release_emergency(REASON)
        with self.assertRaises(AccessError):
            order.with_user(self.env.ref('base.user_root')).action_release_emergency(REASON)
        # Automation runs as superuser with the id of somebody.
        with self.assertRaises(AccessError):
            order.with_user(self.user_sales).sudo().action_release_emergency(REASON)
        with self.assertRaisesRegex(UserError, "Explain why"):
            order.with_user(self.user_releaser).action_release_emergency(" ")
        self.assertEqual(order.state, 'draft')
        self.assertFalse(order.released_at)

    def test_nobody_by_default(self):
        group = self.env.ref('sale_order_lifecycle.group_emergency_release')
        self.assertFalse(group.all_user_ids - self.user_releaser)
        self.assertNotIn(group, self.env.ref('sale_order_lifecycle.group_manager').all_implied_ids)

    def test_policy_allows_none(self):
        self.policy.allow_emergency_release = False
        order = self._submit(self._new_order())
        with self.assertRaisesRegex(UserError, "does not allow emergency releases"):
            self._release(order)

    def test_only_in_review(self):
        quotation, registered = self._new_order(), self._register(self._new_order())
        approved, confirmed = self._accept(self._new_order()), self._confirm(self._new_order())
        for order in (quotation, registered, approved, confirmed):
            with self.subTest(review_state=order.review_state), self.assertRaisesRegex(UserError, "is not in review"):
                self._release(order)

    def test_four_eyes(self):
        """A user who may not decide the own order cannot release it either, whichever stage asks for it."""
        self.user_sales.group_ids += self.env.ref('sale_order_lifecycle.group_emergency_release')
        self.stage_finance.four_eyes = True
        order = self._submit(self._new_order())
        with self.assertRaisesRegex(AccessError, "somebody else has to release it"):
            self._release(order, self.user_sales)
        # Given away, it was the user's order all the same.
        order.user_id = self.user_sales_manager
        order.sudo().write({'registered_by_id': self.user_legal.id, 'submitted_by_id': self.user_legal.id})
        with self.assertRaises(AccessError):
            self._release(order, self.user_sales)
        self._release(order)
        self.assertEqual(order.state, 'sale')
        # Where no open stage asks for somebody else, the salesperson may.
        self.stage_finance.four_eyes = False
        own = self._submit(self._new_order())
        self._release(own, self.user_sales)
        self.assertEqual(own.state, 'sale')

    def test_confirmation_with_the_customer_stays_needed(self):
        self.policy.require_customer_confirmation = True
        order = self._submit(self._new_order())
        with self.assertRaisesRegex(UserError, "has not been confirmed with the customer"):
            self._release(order)
        self.assertFalse(order.released_at)
        order.with_user(self.user_sales).action_confirm_customer('phone')
        self._release(order)
        self.assertEqual(order.state, 'sale')

    def test_other_company(self):
        company = self._new_company()
        self.user_sales.company_ids |= company
        self._adopt(self._new_policy(company, allow_emergency_release=True))
        order = self._submit(self._new_order(company_id=company.id, channel_id=self._get_channel(company).id))
        with self.assertRaises(AccessError):
            self._release(order)
        self.user_releaser.company_ids |= company
        self._release(order)
        self.assertEqual(order.state, 'sale')

    def test_all_or_none(self):
        orders = self._submit(self._new_order(2)) + self._new_order()
        with self.assertRaises(UserError):
            self._release(orders)
        self.assertEqual(orders.mapped('state'), ['draft'] * 3)
        self.assertFalse(any(orders.mapped('released_at')))
        self._release(orders[:2])
        self.assertEqual(orders.mapped('state'), ['sale', 'sale', 'draft'])

    # -- the gate ---------------------------------------------------------------------------------

    def test_release_opens_nothing_else(self):
        """Only the action itself confirms: what is left over from before opens no gate."""
        order = self._submit(self._new_order())
        self._release(order)
        self._cancel(order)
        self.assertEqual(order.release_outcome, 'void')
        self.assertTrue(order.release_ended_at and order.released_at)
        self.assertFalse(self._get_pending_reviews(order))
        order.with_user(self.user_sales).action_draft()
        with self.assertRaises(UserError):
            order.with_user(self.user_sales).action_confirm()
        with self.assertRaises(ValidationError):
            order.sudo().state = 'sale'

    def test_change_before_the_confirmation(self):
        """The release holds for the values that it was given for, whoever changes them on the way."""
        order = self._submit(self._new_order())
        order_class = self.registry['sale.order']
        confirm = order_class.action_confirm

        def change_and_confirm(records):
            records.sudo().order_line.price_unit = 1
            return confirm(records)

        self.patch(order_class, 'action_confirm', change_and_confirm)
        with self.assertRaises(UserError):
            self._release(order)

    def test_released_again(self):
        order = self._release(self._submit(self._new_order()))
        self._cancel(order)
        order.with_user(self.user_sales).action_draft()
        self._submit(order)
        self._release(order)
        self.assertRecordValues(order, [{
            'state': 'sale', 'release_outcome': 'pending', 'release_ended_at': False}])
        self._approve(order)
        self.assertEqual(order.release_outcome, 'approved')
        self._cancel(order)
        # What came of it stays on record.
        self.assertEqual(order.release_outcome, 'approved')

    def test_copy(self):
        order = self._release(self._submit(self._new_order()))
        copy = order.with_user(self.user_sales).copy()
        self.assertFalse(copy.released_at or copy.release_outcome or copy.release_reason)

    # -- policy, settings, dialog -------------------------------------------------------------------

    def test_printed_policy(self):
        Report = self.env['ir.actions.report'].with_user(self.user_manager)
        text = Report._render_qweb_html('sale_order_lifecycle.report_policy', self.policy.ids)[0].decode()
        self.assertIn(f"before its review has ended: {self.user_releaser.name}", text)
        self.policy.allow_emergency_release = False
        text = Report._render_qweb_html('sale_order_lifecycle.report_policy', self.policy.ids)[0].decode()
        self.assertIn("not even in an emergency", text)
        self.assertNotIn(self.user_releaser.name, text)

    def test_settings(self):
        admin = self._new_user('admin', 'base.group_system')
        settings = Form(self.env['res.config.settings'].with_user(admin))
        self.assertEqual(settings.emergency_release_user_ids[:], self.user_releaser)
        settings.emergency_release_user_ids.add(self.user_manager)
        settings.emergency_release_user_ids.remove(self.user_releaser.id)
        settings.save()
        group = self.env.ref('sale_order_lifecycle.group_emergency_release')
        self.assertEqual(group.user_ids, self.user_manager)

    def test_searches(self):
        released, other = self._release(self._submit(self._new_order())), self._new_order()
        orders = released | other
        self.assertEqual(orders.search([('id', 'in', orders.ids), ('released_at', '!=', False)]), released)
        self.assertEqual(orders.search([('id', 'in', orders.ids), ('release_outcome', '=', 'pending')]), released)

    def test_dialog(self):
        order = self._submit(self._new_order()).with_user(self.user_releaser)
        action = order.action_open_release()
        self.env['order.review.reason'].with_user(self.user_releaser).with_context(action['context']).create({
            'text': REASON}).action_apply()
        self.assertEqual(order.state, 'sale')

    def test_review_sheet(self):
        order = self._release(self._submit(self._new_order()))
        content = self.env['ir.actions.report'].with_user(self.user_finance)._render_qweb_html(
            'sale_order_lifecycle.report_review_sheet', order.ids)[0].decode()
        self.assertIn(REASON, content.replace("&#39;", "'"))
