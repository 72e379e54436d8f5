"""The web shop under policy, over HTTP: what the customer does meets no error, and the gate holds."""
from odoo.tests import tagged

from .common import OPTIONAL, ShopCommon


@tagged(*OPTIONAL)
class TestShop(ShopCommon):

    def test_cart(self):
        """A cart is a quotation: in no ledger, in nobody's review."""
        order = self._put_into_cart()
        self.assertRecordValues(order, [{
            'state': 'draft', 'policy_id': self.policy.id, 'lifecycle_phase': 'quotation', 'received_at': False}])
        self._check_out(order)
        self.assertRecordValues(order.order_line.filtered('is_delivery'), [{'price_unit': 7}])
        self.assertFalse(order.received_at)

    def test_pay(self):
        """A paid order is registered and in review, the payment is in, and the customer sees the order."""
        order = self._buy()
        self.assertRecordValues(order, [{
            'state': 'sent', 'review_state': 'in_review', 'lifecycle_phase': 'review',
            'customer_accepted_method': 'payment'}])
        self.assertTrue(order.received_at)
        self.assertRecordValues(order.transaction_ids, [{'state': 'done', 'is_post_processed': True}])
        self.assertFalse(order.picking_ids)
        page = self.url_open('/shop/payment/validate')
        self.assertEqual(page.status_code, 200)
        self.assertIn('/shop/confirmation', page.url)
        self.assertIn(order.name, page.text)
        # What is in review is no cart any more: the next product makes a new one.
        self.assertNotEqual(self._put_into_cart(), order)

    def test_pay_then_approve(self):
        order = self._approve(self._buy())
        self.assertRecordValues(order, [{'review_state': 'approved', 'customer_accepted_method': 'payment'}])

    def test_payment_that_fails(self):
        order = self._buy(state='error')
        self.assertRecordValues(order, [{'state': 'draft', 'review_state': 'none', 'received_at': False}])

    def test_plain_company(self):
        """Without a policy the shop is Odoo's: paid is confirmed."""
        self.policy.with_user(self.user_manager).action_retire()
        order = self._buy()
        self.assertRecordValues(order, [{'state': 'sale', 'policy_id': False, 'lifecycle_phase': False}])
