"""The customer's acceptance from outside: staff over XML-RPC, customers on the portal (articles R5, R6)."""
import xmlrpc.client

from odoo import fields, http
from odoo.tests import HttpCase, new_test_user, tagged

from ..review.common import AcceptanceCommon


@tagged('post_install', '-at_install')
class TestCustomerRpc(AcceptanceCommon, HttpCase):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for user in (cls.user_sales, cls.user_finance):
            user.password = user.login
        cls.customer = new_test_user(
            cls.env, login='test_ann', groups='base.group_portal', name="Ann Customer", email='ann@example.com')

    def _xmlrpc(self, user, model, method, *args, **kwargs):
        return self.xmlrpc_object.execute_kw(
            self.env.cr.dbname, user.id, user.login, model, method, list(args), kwargs)

    def test_nothing_is_got_round(self):
        order = self._sign(self._submit(self._new_sent_order()))
        fresh = self._submit(self._new_sent_order())
        self.env.flush_all()
        now = fields.Datetime.to_string(fields.Datetime.now())
        attempts = [
            (self.user_sales, 'write', fresh, [{'customer_accepted_at': now}]),
            (self.user_sales, 'write', fresh, [{'customer_waits': True}]),
            (self.user_sales, 'write', order, [{'customer_accepted_values': {}}]),
            (self.user_sales, 'write', order, [{'rejection_reason': "x"}]),
            (self.user_sales, 'write', order, [{'payment_to_refund': True}]),
            (self.user_sales, 'write', order, [{'state': 'cancel'}]),
            (self.user_sales, 'write', order, [{'rejection_reason': "x", 'state': 'cancel'}]),
            (self.user_sales, 'action_cancel', order, []),
            (self.user_sales, 'action_decline', order, [""]),
            (self.user_sales, 'action_payment_refunded', order, []),
            (self.user_finance, 'action_decline', order, ["Reason"]),
            (self.user_finance, 'action_open_decline', order, []),
            (self.user_sales, '_register_customer_acceptance', fresh, ['signature']),
            (self.user_sales, '_confirm_what_customer_accepted', order, []),
            (self.user_sales, '_queue_customer_mail', order, [1]),
            (self.user_sales, '_cron_write_to_customers', order, []),
            (self.user_sales, 'create', None, [{'partner_id': self.partner.id, 'customer_accepted_at': now}]),
        ]
        for user, method, records, args in attempts:
            with self.subTest(method=method, args=args), self.assertRaises(xmlrpc.client.Fault):
                self._xmlrpc(user, 'sale.order', method, *([records.ids] if records else []), *args)
        with self.subTest("defaults of the context"), self.assertRaises(xmlrpc.client.Fault):
            self._xmlrpc(self.user_sales, 'sale.order', 'create', {'partner_id': self.partner.id},
                         context={'default_customer_accepted_at': now})
        self.env.invalidate_all()
        self.assertRecordValues(order, [{'state': 'sent', 'customer_waits': True, 'rejection_reason': False}])
        self.assertRecordValues(fresh, [{'state': 'sent', 'customer_waits': False}])

    def test_decline_over_rpc(self):
        order = self._sign(self._submit(self._new_sent_order()))
        self.env.flush_all()
        self._xmlrpc(self.user_sales, 'sale.order', 'action_decline', order.ids, "We are closed.")
        order.invalidate_recordset()
        self.assertEqual((order.state, order.rejection_reason), ('cancel', "We are closed."))

    # -- portal -------------------------------------------------------------------------------------

    def test_customer_declines_in_review(self):
        """The customer may decline while the departments review: the order is cancelled, and nobody goes on
        reviewing."""
        order = self._submit(self._new_sent_order(partner_id=self.customer.partner_id.id))
        self.authenticate(self.customer.login, self.customer.login)
        response = self.url_open(f'/my/orders/{order.id}/decline', data={
            'access_token': order._portal_ensure_token(), 'csrf_token': http.Request.csrf_token(self),
            'decline_message': "Too expensive"})
        self.assertEqual(response.status_code, 200)
        order.invalidate_recordset()
        self.assertRecordValues(order, [{
            'state': 'cancel', 'review_state': 'to_submit', 'lifecycle_phase': 'cancelled', 'open_review_count': 0}])
        self.assertFalse(self._get_pending_reviews(order))
        self.assertTrue(self._get_messages(order, "Too expensive"))
        self.assertFalse(order.pending_email_template_id)

    def test_customer_cannot_decline_what_he_signed(self):
        order = self._sign(self._submit(self._new_sent_order(partner_id=self.customer.partner_id.id)))
        self.authenticate(self.customer.login, self.customer.login)
        response = self.url_open(f'/my/orders/{order.id}/decline', data={
            'access_token': order._portal_ensure_token(), 'csrf_token': http.Request.csrf_token(self),
            'decline_message': "No"})
        self.assertIn('cant_reject', response.url)
        order.invalidate_recordset()
        self.assertEqual(order.state, 'sent')

    def test_decline_by_get_does_nothing(self):
        """Mail crawlers follow links."""
        order = self._submit(self._new_sent_order())
        self.url_open(f'/my/orders/{order.id}/decline?access_token={order._portal_ensure_token()}&decline_message=x')
        order.invalidate_recordset()
        self.assertEqual(order.state, 'sent')

    def test_page(self):
        """The customer sees that the order is being checked, and nothing of how."""
        order = self._submit(self._new_sent_order(partner_id=self.customer.partner_id.id))
        self._get_pending_reviews(order).with_user(self.user_sales).sudo(False).action_approve("An internal comment")
        before = self.url_open(order.get_portal_url()).text
        self.assertNotIn("We are checking your order", before)
        self._sign(order)
        self.env.flush_all()
        for suffix in ('', '&message=sign_ok'):
            page = self.url_open(order.get_portal_url() + suffix).text
            self.assertEqual(page.count("We are checking your order"), 1)
            self.assertEqual(page.count("your order has been signed"), 1)
            for internal in ("has been confirmed", "An internal comment", "Review by", "Test Finance",
                             "is waiting for the confirmation", "Your order has been signed"):
                self.assertNotIn(internal, page)

    def test_list(self):
        order = self._sign(self._submit(self._new_sent_order(partner_id=self.customer.partner_id.id)))
        self._submit(self._new_sent_order(partner_id=self.customer.partner_id.id))
        self.authenticate(self.customer.login, self.customer.login)
        page = self.url_open('/my/quotes').text
        self.assertEqual(page.count("Being Checked"), 1)
        self.assertIn(order.name, page)

    def test_notes_stay_internal(self):
        """Internal notes about the customer are not in the history on the portal."""
        order = self._sign(self._submit(self._new_sent_order(partner_id=self.customer.partner_id.id)))
        self.authenticate(self.customer.login, self.customer.login)
        result = self.make_jsonrpc_request('/mail/thread/messages', {
            'thread_model': 'sale.order', 'thread_id': order.id, 'fetch_params': {'limit': 30}})
        self.assertNotIn("is waiting for the confirmation", str(result))
        self.assertNotIn("has accepted the order; the internal", str(result))

    def test_declined_page(self):
        order = self._sign(self._submit(self._new_sent_order(partner_id=self.customer.partner_id.id)))
        order.with_user(self.user_sales).action_decline("The lamp is no longer made.")
        self.assertIn("The lamp is no longer made.", self.url_open(order.get_portal_url()).text)
