"""What a shop order lives through when the company reviews it (articles R5, R6), over HTTP."""
from odoo.tests import tagged

from .common import OPTIONAL, ShopCommon


@tagged(*OPTIONAL)
class TestShopReview(ShopCommon):

    def test_paid_then_approved(self):
        """It confirms by itself, with one confirmation mail, and the salesperson of the shop looks after it."""
        order = self._buy()
        self.assertEqual(order.user_id, self.user_sales)
        self.assertEqual(order.channel_id.kind, 'web')
        self.assertTrue(order.customer_waits)
        self._approve(order)
        self.assertRecordValues(order, [{'state': 'sale', 'customer_waits': False}])
        self.assertTrue(order.picking_ids)
        self.assertEqual(order.pending_email_template_id, order._get_confirmation_template())

    def test_automatic_invoice(self):
        self.env['ir.config_parameter'].sudo().set_param('sale.automatic_invoice', 'True')
        order = self._buy()
        self.assertFalse(order.invoice_ids)
        self._approve(order)
        self.assertRecordValues(order.invoice_ids, [{'state': 'posted', 'amount_total': order.amount_total}])
        self.assertIn(order.invoice_ids.payment_state, ('paid', 'in_payment'))

    def test_no_edit_in_review(self):
        """What is in review cannot be changed from the shop: not by a session that still knows it, nor by its token."""
        order = self._buy()
        lines = {line.id: line.product_uom_qty for line in order.order_line}
        line = order.order_line.filtered(lambda line: line.product_id == self.product_shop)
        self.make_jsonrpc_request('/shop/cart/update', {'line_id': line.id, 'quantity': 9})
        self.make_jsonrpc_request('/shop/cart/add', {
            'product_template_id': self.product_shop.product_tmpl_id.id, 'product_id': self.product_shop.id,
            'quantity': 1})
        order.invalidate_recordset()
        self.assertEqual({line.id: line.product_uom_qty for line in order.order_line}, lines)
        self.assertNotEqual(self._get_cart(), order)

    def test_cart_that_sales_submits(self):
        """A cart that a salesperson submits leaves the shop at that moment."""
        cart = self._put_into_cart()
        cart.write({'payment_term_id': self.payment_term.id})
        cart.with_user(self.user_sales_manager).channel_id = self.channel
        self._submit(cart, self.user_sales_manager)
        self.assertEqual(cart.state, 'sent')
        self.assertNotEqual(self._put_into_cart(), cart)

    def test_no_abandoned_cart(self):
        """A customer who has paid is not reminded of the cart."""
        order = self._buy()
        cart = self._put_into_cart()
        (order | cart).write({'date_order': '2020-01-01'})
        self.assertTrue(cart.is_abandoned_cart)
        self.assertFalse(order.is_abandoned_cart)
        abandoned = self.env['sale.order'].search([('is_abandoned_cart', '=', True)])
        self.assertIn(cart, abandoned)
        self.assertNotIn(order, abandoned)
        # The job of the shop writes to those whose carts are left, and marks what it has looked at.
        self.website.send_abandoned_cart_email = True
        self.website.send_abandoned_cart_email_activation_time = '2019-01-01 00:00:00'
        self.env['website']._send_abandoned_cart_email()
        self.assertTrue(cart.cart_recovery_email_sent)
        self.assertFalse(order.cart_recovery_email_sent)
        subject = self.env.ref('website_sale.mail_template_sale_cart_recovery').subject
        self.assertTrue(cart.message_ids.filtered(lambda message: message.subject == subject))
        self.assertFalse(order.message_ids.filtered(lambda message: message.subject == subject))

    def test_visitor_without_login(self):
        """A public visitor fills a cart under policy: nothing refuses what the shop writes for the visitor."""
        self.authenticate(None, None)
        for quantity in (1, 2):
            self.make_jsonrpc_request('/shop/cart/add', {
                'product_template_id': self.product_shop.product_tmpl_id.id, 'product_id': self.product_shop.id,
                'quantity': quantity})
        self.assertEqual(self.url_open('/shop/cart').status_code, 200)
        cart = self.env['sale.order'].search([('website_id', '=', self.website.id)], limit=1, order='id DESC')
        self.assertRecordValues(cart, [{'state': 'draft', 'policy_id': self.policy.id, 'lifecycle_phase': 'quotation'}])
        self.assertEqual(cart.order_line.product_uom_qty, 3)
        self.make_jsonrpc_request('/shop/cart/update', {'line_id': cart.order_line.id, 'quantity': 0})
        self.assertFalse(cart.order_line)

    def test_without_default_channel(self):
        """The shop has its own channel; no default is asked for."""
        self.company.order_channel_id = False
        order = self._buy()
        self.assertRecordValues(order, [{'review_state': 'in_review', 'state': 'sent'}])
        self.assertEqual(order.channel_id.kind, 'web')

    def test_pending_payment(self):
        """A wire transfer is announced: the order is no cart any more, and nothing is accepted."""
        order = self._buy(state='pending')
        self.assertRecordValues(order, [{'state': 'sent', 'customer_accepted_at': False}])

    def test_declined(self):
        order = self._buy()
        order.with_user(self.user_sales).action_decline("We are closed.")
        self.assertRecordValues(order, [{'state': 'cancel', 'payment_to_refund': True}])
        page = self.url_open(order.get_portal_url())
        self.assertIn("We are closed.", page.text)

    def test_portal_page(self):
        order = self._buy()
        page = self.url_open(order.get_portal_url()).text
        self.assertIn("We are checking your order", page)
        for internal in ("Finance", "Review by", "in_review"):
            self.assertNotIn(internal, page)

    def test_real_shipping_cost(self):
        """What the carrier really takes comes to the confirmed order with the transfer, and is on record."""
        carrier = self._new_carrier("Truck", 15, invoice_policy='real')
        order = self._new_order(lines=[(self.product_shop, 1)], carrier_id=carrier.id)
        order.set_delivery_line(carrier, 0)
        self._confirm(order)
        self._deliver(order.picking_ids)
        line = order.order_line.filtered('is_delivery')
        self.assertEqual(line.price_unit, 15)
        notes = "".join(body or '' for body in order.message_ids.mapped('body'))
        self.assertIn("The confirmed order was changed beyond what was approved", notes)
        self.assertIn("15.00", notes)
