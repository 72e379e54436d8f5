"""A customer who signs or pays while the departments review (article R5): no error, nothing lost, no confirmation."""
import base64
import io

from PIL import Image

from odoo import Command
from odoo.exceptions import ValidationError
from odoo.tests import HttpCase, tagged

from odoo.addons.payment.tests.common import PaymentCommon

from ..common import LifecycleCommon

SIGNATURE = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='


class SignatureCommon(LifecycleCommon):

    def _new_sent_order(self, **vals):
        order = self._new_order(require_signature=True, require_payment=False, **vals)
        order.with_user(self.user_sales).action_quotation_sent()
        return order


@tagged('post_install', '-at_install')
class TestPortalEdit(SignatureCommon):

    def test_no_edit_on_portal_in_review(self):
        order = self._new_sent_order()
        self.assertTrue(order._can_be_edited_on_portal())
        self._submit(order)
        self.assertFalse(order._can_be_edited_on_portal())


@tagged('post_install', '-at_install')
class TestPortalSignature(SignatureCommon, HttpCase):

    def _sign(self, order):
        self.env.flush_all()
        return self.make_jsonrpc_request(
            f'/my/orders/{order.id}/accept',
            {'access_token': order._portal_ensure_token(), 'name': "Ann Customer", 'signature': SIGNATURE})

    def test_sign_during_review(self):
        order = self._submit(self._new_sent_order())
        result = self._sign(order)
        self.assertNotIn('error', result)
        self.assertIn('sign_ok', result['redirect_url'])
        order.invalidate_recordset()
        self.assertRecordValues(order, [{
            'state': 'sent', 'review_state': 'in_review', 'signed_by': "Ann Customer",
            'customer_accepted_by': "Ann Customer", 'customer_accepted_method': 'signature'}])
        self.assertTrue(order.signature)
        self.assertTrue(order.customer_accepted_at)
        self.assertEqual(self.url_open(order.get_portal_url()).status_code, 200)
        # The departments go on, and the last one's approval confirms it.
        self._approve(order)
        self.assertEqual((order.review_state, order.state), ('approved', 'sale'))
        self.assertTrue(order.customer_accepted_at)

    def test_sign_approved(self):
        order = self._accept(self._new_sent_order())
        self._sign(order)
        order.invalidate_recordset()
        self.assertEqual(order.state, 'sale')

    def test_sign_quotation(self):
        """Signing a quotation registers it and, as it is complete, submits it."""
        order = self._new_sent_order()
        self.company.order_channel_id = self.channel
        self.assertNotIn('error', self._sign(order))
        order.invalidate_recordset()
        self.assertTrue(order.received_at)
        self.assertEqual((order.state, order.review_state), ('sent', 'in_review'))

    def test_sign_returned(self):
        order = self._submit(self._new_sent_order())
        self._get_pending_reviews(order).with_user(self.user_sales).sudo(False).action_return("Wrong price")
        self.assertNotIn('error', self._sign(order))
        order.invalidate_recordset()
        self.assertEqual((order.state, order.review_state), ('sent', 'returned'))

    def test_signature_gone(self):
        order = self._submit(self._new_sent_order())
        self._sign(order)
        order.with_user(self.user_sales).action_draft()
        self.assertFalse(order.customer_accepted_at)

    def test_token_of_another_order(self):
        order, other = self._submit(self._new_sent_order()), self._new_sent_order()
        result = self.make_jsonrpc_request(f'/my/orders/{order.id}/accept', {
            'access_token': other._portal_ensure_token(), 'name': "Mallory", 'signature': SIGNATURE})
        self.assertIn('error', result)
        order.invalidate_recordset()
        self.assertFalse(order.customer_accepted_at)

    @staticmethod
    def _get_huge_picture():
        """:return: a small file that takes 75 MB when it is unpacked, as base64"""
        data = io.BytesIO()
        Image.new('L', (5000, 5000)).save(data, 'PNG')
        return base64.b64encode(data.getvalue()).decode()

    def test_no_signature(self):
        """Without a name, or with anything that is no picture, nobody has signed."""
        order = self._submit(self._new_sent_order())
        self.env.flush_all()
        no_name, no_picture = "Enter your name.", "The signature is not an image. Please sign again."
        for name, signature, problem in (
            *((name, SIGNATURE, no_name) for name in ('', ' \x00', None, ['Ann'], 3)),
            *(("Ann", signature, no_picture) for signature in (
                '\x00', 'AAAA', 'PA==', SIGNATURE[:30], 3, {'x': 1}, '', None, self._get_huge_picture())),
        ):
            with self.subTest(name=name, signature=signature):
                result = self.make_jsonrpc_request(f'/my/orders/{order.id}/accept', {
                    'access_token': order._portal_ensure_token(), 'name': name, 'signature': signature})
                self.assertEqual(result['error'], problem)
        # Another way to the same field.
        for values in ({'signature': '\x00', 'signed_by': "Ann"}, {'signature': SIGNATURE, 'signed_by': ' '}):
            with self.subTest(values=values), self.assertRaises(ValidationError), self.env.cr.savepoint():
                order.sudo().write(values)
        order.invalidate_recordset()
        self.assertRecordValues(order, [{'signature': False, 'signed_by': False, 'customer_accepted_at': False}])

    def test_optional_products(self):
        """The customer chooses an option on the portal as long as nobody reviews the order, and not after that."""
        order = self._new_sent_order()
        order.with_user(self.user_sales).order_line = [
            Command.create({'display_type': 'line_section', 'name': "Options", 'is_optional': True}),
            Command.create({'product_id': self.product_service.id, 'product_uom_qty': 0}),
        ]
        option = order.order_line[-1]
        values = {'access_token': order._portal_ensure_token(), 'line_id': option.id, 'input_quantity': 2}
        self.env.flush_all()
        self.make_jsonrpc_request(f'/my/orders/{order.id}/update_line_dict', values)
        order.invalidate_recordset()
        self.assertEqual((option.product_uom_qty, order.amount_untaxed), (2, 660))
        self._submit(order)
        self.env.flush_all()
        self.make_jsonrpc_request(f'/my/orders/{order.id}/update_line_dict', {**values, 'input_quantity': 9})
        order.invalidate_recordset()
        self.assertEqual((option.product_uom_qty, order.review_state), (2, 'in_review'))


@tagged('post_install', '-at_install')
class TestPortalPayment(LifecycleCommon, PaymentCommon):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.currency = cls.company.currency_id

    def _pay(self, order, state='done', amount=None):
        transaction = self._create_transaction(
            'redirect', amount=amount or order.amount_total, currency_id=order.currency_id.id,
            sale_order_ids=[order.id], state=state, partner_id=order.partner_id.id,
            reference=f'{order.name} {state}')
        transaction.with_user(self.env.ref('base.public_user')).sudo()._post_process()
        return transaction

    def _new_order_to_pay(self):
        return self._new_order(require_payment=True, require_signature=False, prepayment_percent=1.0)

    def test_pay_during_review(self):
        order = self._submit(self._new_order_to_pay())
        transaction = self._pay(order)
        self.assertEqual(transaction.state, 'done')
        self.assertRecordValues(order, [{
            'state': 'sent', 'review_state': 'in_review', 'customer_accepted_method': 'payment'}])
        self.assertTrue(order.customer_accepted_at)
        self._approve(order)
        self.assertEqual(order.state, 'sale')

    def test_authorized_during_review(self):
        order = self._submit(self._new_order_to_pay())
        self.provider.support_manual_capture = 'partial'
        self._pay(order, 'authorized')
        self.assertEqual((order.state, order.customer_accepted_method), ('sent', 'payment'))

    def test_pay_approved(self):
        order = self._accept(self._new_order_to_pay())
        self._pay(order)
        self.assertEqual(order.state, 'sale')

    def test_partial_payment_is_no_acceptance(self):
        order = self._submit(self._new_order_to_pay())
        self._pay(order, amount=1.0)
        self.assertFalse(order.customer_accepted_at)

    def test_confirming_provider(self):
        """Cash on delivery and the like confirm by themselves as superuser."""
        order = self._submit(self._new_order_to_pay())
        order.sudo().with_context(send_email=True).action_confirm()
        self.assertEqual((order.state, order.customer_accepted_method), ('sent', 'payment'))
