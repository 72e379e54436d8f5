"""An order that the customer has accepted and the company does not take (article R6)."""
from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from odoo.addons.payment.tests.common import PaymentCommon

from ..review.common import AcceptanceCommon, PaymentMixin


@tagged('post_install', '-at_install')
class TestDecline(PaymentMixin, AcceptanceCommon, PaymentCommon):

    def _new_signed_order(self):
        return self._sign(self._submit(self._new_sent_order()))

    def test_decline(self):
        order = self._new_signed_order()
        action = order.with_user(self.user_sales).action_open_decline()
        dialog = Form.from_action(self.env(user=self.user_sales), action)
        dialog.reason = "The lamp is no longer made."
        dialog.save().action_apply()
        self.assertRecordValues(order, [{
            'state': 'cancel', 'rejection_reason': "The lamp is no longer made.", 'customer_waits': False,
            'customer_accepted_at': False, 'payment_to_refund': False}])
        self.assertFalse(self._get_pending_reviews(order))
        self.assertFalse(self._get_mails(order))
        self._run_mail_job()
        mail = self._get_mails(order)
        self.assertEqual(len(mail), 1)
        self.assertIn("The lamp is no longer made.", mail.body)

    def test_not_without_reason(self):
        order = self._new_signed_order().with_user(self.user_sales)
        for reason in (None, '', '  '):
            with self.assertRaisesRegex(UserError, "Enter the reason for the customer"):
                order.action_decline(reason)

    def test_not_by_cancelling(self):
        """No way to leave the customer without an answer: button, mass cancel, write."""
        order = self._new_signed_order().with_user(self.user_sales)
        with self.assertRaisesRegex(UserError, "Decline"):
            order.action_cancel()
        with self.assertRaisesRegex(UserError, "Decline"):
            self.env['sale.mass.cancel.orders'].with_user(self.user_sales).with_context(
                active_ids=order.ids).create({}).action_mass_cancel()
        with self.assertRaisesRegex(UserError, "Decline"):
            order.write({'state': 'cancel'})
        self.assertEqual(order.state, 'sent')
        self.assertFalse(order.pending_email_template_id)

    def test_rejection_alone_writes_nothing(self):
        """What a department has rejected, sales may still correct; the customer hears nothing of it."""
        order = self._new_signed_order()
        self._get_pending_reviews(order).with_user(self.user_sales).sudo(False).action_reject("Internal reason")
        self.assertRecordValues(order, [{'state': 'sent', 'customer_waits': True, 'rejection_reason': False}])
        self.assertFalse(order.pending_email_template_id)
        order.with_user(self.user_sales).action_decline("We are sorry.")
        self._run_mail_job()
        self.assertNotIn("Internal reason", self._get_mails(order).body)

    def test_only_accepted_orders(self):
        order = self._submit(self._new_sent_order()).with_user(self.user_sales)
        with self.assertRaisesRegex(UserError, "has not been accepted by the customer"):
            order.action_decline("Reason")
        order.action_cancel()
        self.assertEqual(order.state, 'cancel')

    def test_only_sales(self):
        order = self._new_signed_order()
        for user in (self.user_finance, self.user_manager, self.user_employee):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                order.with_user(user).action_decline("Reason")

    def test_all_or_none(self):
        orders = self._new_signed_order() | self._submit(self._new_sent_order())
        with self.assertRaises(UserError):
            orders.with_user(self.user_sales).action_decline("Reason")
        self.assertEqual(set(orders.mapped('state')), {'sent'})

    def test_many(self):
        orders = self._submit(self._new_sent_order(3))
        for order in orders:
            self._sign(order)
        orders.with_user(self.user_sales).action_decline("We are closed.")
        self.assertEqual(set(orders.mapped('state')), {'cancel'})
        self._run_mail_job()
        self.assertEqual([len(self._get_mails(order)) for order in orders], [1, 1, 1])

    def test_customer_without_email(self):
        order = self._new_signed_order()
        self.partner.email = False
        order.with_user(self.user_sales).action_decline("We are closed.")
        self.assertEqual(order.state, 'cancel')
        self.assertFalse(order.pending_email_template_id)
        self.assertTrue(self._get_messages(order, "has no e-mail address"))

    def test_back_to_quotation(self):
        order = self._new_signed_order()
        self._pay_online(order)
        order.with_user(self.user_sales).action_decline("We are closed.")
        self.assertTrue(order.payment_to_refund)
        order.with_user(self.user_sales).action_draft()
        self.assertRecordValues(order, [{'rejection_reason': False, 'payment_to_refund': False}])

    # -- the payment --------------------------------------------------------------------------------

    def test_payment_to_refund(self):
        order = self._submit(self._new_order_to_pay())
        self._pay_online(order)
        order.with_user(self.user_sales).action_decline("We are closed.")
        self.assertTrue(order.payment_to_refund)
        note = self._get_messages(order, "Refund the payment")
        self.assertIn(self.user_finance.partner_id, note.notified_partner_ids)
        self.assertTrue(order.filtered_domain([('payment_to_refund', '=', True)]))
        self.assertIn(order, self.env['sale.order'].search([('payment_to_refund', '=', True)]))
        self._run_mail_job()
        self.assertIn("We will return your payment", self._get_mails(order)[:1].body)
        for user in (self.user_sales, self.user_legal, self.user_manager):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                order.with_user(user).action_payment_refunded()
        order.with_user(self.user_finance).action_payment_refunded()
        self.assertFalse(order.payment_to_refund)
        with self.assertRaisesRegex(UserError, "no payment to refund"):
            order.with_user(self.user_finance).action_payment_refunded()

    def test_refund_transaction(self):
        """A refund that goes through the provider takes the flag away by itself."""
        order = self._submit(self._new_order_to_pay())
        transaction = self._pay_online(order)
        order.with_user(self.user_sales).action_decline("We are closed.")
        partial = transaction._create_child_transaction(order.amount_total / 2, is_refund=True)
        partial._set_done()
        partial._post_process()
        self.assertTrue(order.payment_to_refund)
        rest = transaction._create_child_transaction(order.amount_total / 2, is_refund=True)
        rest._set_done()
        rest._post_process()
        self.assertFalse(order.payment_to_refund)

    def test_void_authorization(self):
        self.provider.support_manual_capture = 'partial'
        order = self._submit(self._new_order_to_pay())
        transaction = self._pay_online(order, 'authorized')
        order.with_user(self.user_sales).action_decline("We are closed.")
        self.assertTrue(order.payment_to_refund)
        transaction._set_canceled()
        transaction._post_process()
        self.assertFalse(order.payment_to_refund)

    def test_refund_is_no_payment(self):
        """Finance has put on record that all is paid back: what the provider tells of a part of it is no news."""
        order = self._submit(self._new_order_to_pay())
        transaction = self._pay_online(order)
        order.with_user(self.user_sales).action_decline("We are closed.")
        order.with_user(self.user_finance).action_payment_refunded()
        part = transaction._create_child_transaction(order.amount_total / 2, is_refund=True)
        part._set_done()
        part._post_process()
        self.assertFalse(order.payment_to_refund)

    def test_cancel_confirmed_order(self):
        """A confirmed order is cancelled as ever; its payment is left to finance, too."""
        order = self._submit(self._new_order_to_pay(lines=[(self.product_service, 1)]))
        self._pay_online(order)
        self._approve(order)
        self.assertEqual(order.state, 'sale')
        order.with_user(self.user_sales).action_cancel()
        self.assertRecordValues(order, [{'state': 'cancel', 'payment_to_refund': True}])

    # -- payments in parts ----------------------------------------------------------------------------

    def _new_cancelled(self):
        """:return: a declined order, and its payment, which waits to be captured"""
        self.provider.support_manual_capture = 'partial'
        order = self._submit(self._new_order_to_pay())
        transaction = self._pay_online(order, 'authorized')
        order.with_user(self.user_sales).action_decline("We are closed.")
        self.assertTrue(order.payment_to_refund)
        return order, transaction

    def _process_child(self, transaction, part, state='done', **kwargs):
        """Capture, void or refund a part of a payment.

        :return: the transaction of that
        """
        child = transaction._create_child_transaction(part, **kwargs)
        child._set_done() if state == 'done' else child._set_canceled()
        child._post_process()
        return child

    def test_captured_and_refunded(self):
        """The refund pays back the part that was captured: two steps below the payment of the order."""
        order, transaction = self._new_cancelled()
        captured = self._process_child(transaction, order.amount_total)
        self.assertEqual(transaction.state, 'done')
        self.assertTrue(order.payment_to_refund)
        self.assertEqual(order._get_amount_to_refund(), order.amount_total)
        self.assertEqual(len(self._get_messages(order, "Refund the payment")), 1, "finance knows")
        self._process_child(captured, order.amount_total, is_refund=True)
        self.assertEqual(order._get_amount_to_refund(), 0)
        self.assertFalse(order.payment_to_refund)
        self.assertEqual(order._get_paid_amounts(), {order.id: 0})

    def test_captured_in_parts_with_a_voided_remainder(self):
        order, transaction = self._new_cancelled()
        total = order.amount_total
        captured = self._process_child(transaction, total - 300)
        self.assertEqual(order._get_amount_to_refund(), total)
        self._process_child(transaction, 300, 'cancel')
        self.assertEqual((transaction.state, order._get_amount_to_refund()), ('done', total - 300))
        self.assertTrue(order.payment_to_refund)
        self._process_child(captured, 50, is_refund=True)
        self.assertEqual(order._get_amount_to_refund(), total - 350)
        self._process_child(captured, total - 350, is_refund=True)
        self.assertFalse(order.payment_to_refund)

    def test_captured_in_two_parts(self):
        """Each part is paid back by itself; the flag goes with the last."""
        order, transaction = self._new_cancelled()
        parts = [self._process_child(transaction, amount) for amount in (200, order.amount_total - 200)]
        for part in parts:
            self.assertTrue(order.payment_to_refund)
            self._process_child(part, part.amount, is_refund=True)
        self.assertFalse(order.payment_to_refund)

    def test_all_voided(self):
        order, transaction = self._new_cancelled()
        self._process_child(transaction, 200, 'cancel')
        self.assertEqual(order._get_amount_to_refund(), order.amount_total - 200)
        self.assertTrue(order.payment_to_refund)
        self._process_child(transaction, order.amount_total - 200, 'cancel')
        self.assertEqual(transaction.state, 'cancel')
        self.assertFalse(order.payment_to_refund)

    def test_money_of_parts(self):
        """What the payments of a confirmed order have brought, at any depth."""
        self.provider.support_manual_capture = 'partial'
        order = self._submit(self._new_order_to_pay())
        transaction = self._pay_online(order, 'authorized')
        self.assertEqual(order._get_paid_amounts(), {order.id: 0})
        captured = self._process_child(transaction, 200)
        self.assertEqual(order._get_paid_amounts(), {order.id: 200})
        refund = captured._create_child_transaction(80, is_refund=True)
        self.assertEqual(order._get_paid_amounts(), {order.id: 200})
        refund._set_done()
        refund._post_process()
        self.assertEqual(order._get_paid_amounts(), {order.id: 120})
        self._process_child(transaction, order.amount_total - 200, 'cancel')
        self.assertEqual(transaction.state, 'done')
        self.assertEqual(order._get_paid_amounts(), {order.id: 120})

    def test_payment_of_several_orders(self):
        """The one that is not cancelled keeps its part."""
        order, other = self._submit(self._new_order_to_pay(count=2))
        transaction = self._pay_online(order)
        transaction.write({
            'sale_order_ids': [Command.link(other.id)], 'amount': order.amount_total + other.amount_total})
        order.with_user(self.user_sales).action_decline("We are closed.")
        self.assertEqual(order._get_amount_to_refund(), order.amount_total)
        self._process_child(transaction, order.amount_total, is_refund=True)
        self.assertFalse(order.payment_to_refund)
        self.assertEqual(other._get_amount_to_refund(), 0)

    def test_payment_that_comes_late(self):
        """What was on its way when the order was declined is to be given back, and once that is done it is done."""
        order = self._submit(self._new_order_to_pay())
        transaction = self._pay_online(order, 'pending')
        order.with_user(self.user_sales).sudo()._action_cancel()
        self.assertFalse(order.payment_to_refund)
        transaction._set_done()
        transaction._post_process()
        self.assertTrue(order.payment_to_refund)
        order.with_user(self.user_finance).action_payment_refunded()
        transaction._post_process()
        self.assertFalse(order.payment_to_refund)
