"""The customer confirms on the portal, or asks for a correction; nobody and nothing else does so (article I4)."""
import re
from datetime import datetime

from freezegun import freeze_time

from odoo import Command, http
from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, new_test_user, tagged

from ..common import LifecycleCommon


class RequestCommon(LifecycleCommon):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy.calendar_id = cls.env['resource.calendar'].create({
            'name': "Office", 'tz': 'UTC', 'company_id': cls.company.id})
        cls.order = cls._request(cls._register(cls._new_order(user_id=cls.user_sales.id)))
        cls.customer = cls._new_portal_user('customer', cls.partner)

    @classmethod
    def _new_portal_user(cls, name, partner):
        contact = cls.env['res.partner'].create({
            'name': f"Test {name.title()}", 'parent_id': partner.id, 'email': f'{name}@customer.example.com'})
        return new_test_user(cls.env, login=f'test_portal_{name}', groups='base.group_portal', partner_id=contact.id)

    @classmethod
    def _request(cls, orders, user=None):
        orders.with_user(user or cls.user_sales).action_request_confirmation()
        return orders

    def _get_mails(self, orders):
        return self.env['mail.mail'].sudo().search([('model', '=', 'sale.order'), ('res_id', 'in', orders.ids)])

    def _answer(self, order, answer='confirmed', name="Ms Lee", correction=None, digest=None, user=None):
        own = order.with_user(user or self.env.ref('base.public_user')).sudo()
        own._take_customer_answer(answer, name, correction, digest or own._get_confirmation_digest())
        return order


@tagged('post_install', '-at_install')
class TestConfirmationRequest(RequestCommon):

    # -- asking ---------------------------------------------------------------------------------

    def test_mail_in_the_language_of_the_customer(self):
        self.env['res.lang']._activate_lang('fr_FR')
        template = self.env.ref('sale_order_lifecycle.mail_template_order_confirmation')
        template.with_context(lang='fr_FR').subject = "Veuillez confirmer {{ object.name }}"
        french = self.env['res.partner'].create({'name': "Hôtel", 'email': 'h@example.fr', 'lang': 'fr_FR'})
        orders = self._register(self._new_order(2))
        orders[1].partner_id = french
        self._request(orders)
        self.assertEqual(set(orders.mapped('confirmation_requested_by_id.login')), {'test_sales'})
        for order, subject in zip(orders, (f"Please confirm your order {orders[0].name}",
                                           f"Veuillez confirmer {orders[1].name}")):
            mail = self._get_mails(order)
            self.assertEqual(mail.subject, subject)
            self.assertEqual(mail.recipient_ids, order.partner_id)
            self.assertIn(order.access_token, mail.body_html)
            self.assertIn(f'/my/orders/{order.id}/confirmation', mail.body_html)

    def test_refusals(self):
        mute = self.env['res.partner'].create({'name': "Mute", 'phone': '1234'})
        quotation, silent = self._new_order(), self._register(self._new_order(partner_id=mute.id))
        confirmed, cancelled = self._confirm(self._new_order()), self._register(self._new_order())
        cancelled.with_user(self.user_sales)._action_cancel()
        known = self._register(self._new_order())
        known.with_user(self.user_sales).action_confirm_customer('phone')
        good = self._register(self._new_order())
        for order, message in (
            (quotation, "is not registered yet"), (silent, "has no e-mail address"), (cancelled, "is cancelled"),
            (confirmed, "is already confirmed"), (known, "has already been confirmed with the customer"),
        ):
            with self.subTest(message=message), self.assertRaisesRegex(UserError, message):
                self._request(good | order)
        self.assertFalse(good.confirmation_requested_at)
        notification = (good | quotation | silent).with_user(self.user_sales).action_request_confirmation_possible()
        self.assertIn("1 orders sent", notification['params']['message'])
        self.assertIn("has no e-mail address", notification['params']['message'])
        self.assertTrue(good.confirmation_requested_at)
        self.assertEqual(len(self._get_mails(good | quotation | silent)), 1)

    def test_only_sales(self):
        order = self._register(self._new_order())
        for login, user in self.users_by_login.items():
            if login in ('sales', 'sales_manager'):
                continue
            for su in (False, True):
                with self.subTest(login=login, su=su), self.assertRaises(AccessError):
                    order.with_user(user).sudo(su).action_request_confirmation()
                with self.subTest(login=login, su=su), self.assertRaises(AccessError):
                    order.with_user(user).sudo(su).action_request_confirmation_possible()
        self.assertFalse(self._get_mails(order))

    def test_queries(self):
        """What the addon adds to the mails does not grow with the number of orders."""
        template = self.env.ref('sale_order_lifecycle.mail_template_order_confirmation')
        def count(number, action):
            orders = self._register(self._new_order(number)).with_user(self.user_sales)
            orders.sudo().mapped(lambda order: order._portal_ensure_token())
            return self._count_queries(action, orders)

        def get_added(number):
            own = count(number, lambda orders: orders.action_request_confirmation())
            return own - count(number, lambda orders: template.sudo().send_mail_batch(orders.ids))

        self.assertSameCounts(get_added)

    # -- answering ------------------------------------------------------------------------------

    def test_confirm(self):
        # Friday afternoon to Monday morning: two working hours and two more.
        with freeze_time('2031-03-07 15:00:00'):
            order = self._request(self._register(self._new_order()))
        with freeze_time('2031-03-10 10:00:00'):
            self._answer(order)
        self.assertRecordValues(order, [{
            'customer_confirmed_at': datetime(2031, 3, 10, 10), 'customer_confirmed_method': 'portal',
            'customer_confirmed_by_id': False, 'customer_confirmed_note': "Ms Lee", 'confirmation_hours': 4.0,
            'customer_answer': 'confirmed', 'customer_answered_by': "Ms Lee", 'customer_correction': False,
            'state': 'draft'}])
        self.assertIn("Ms Lee", order.message_ids[:1].body)

    def test_gate(self):
        self.policy.require_customer_confirmation = True
        order = self._accept(self._request(self._register(self._new_order())))
        with self.assertRaisesRegex(UserError, "has not been confirmed with the customer"):
            order.with_user(self.user_sales).action_confirm()
        self._answer(order)
        order.with_user(self.user_sales).action_confirm()
        self.assertEqual(order.state, 'sale')

    def test_correction(self):
        self._answer(self.order, 'correction', correction="Six of them\nin <b>blue</b>", user=self.customer)
        self.assertRecordValues(self.order, [{
            'customer_answer': 'correction', 'customer_correction': "Six of them\nin <b>blue</b>",
            'customer_confirmed_at': False}])
        message = self.order.message_ids[:1]
        self.assertEqual(message.author_id, self.customer.partner_id)
        self.assertIn("&lt;b&gt;blue", message.body)
        activity = self.order.activity_ids
        self.assertEqual(activity.user_id, self.user_sales)
        self.assertIn("Six of them", activity.note)
        # Corrected and sent again, the customer can answer again, and nothing is left to do.
        self.order.order_line.with_user(self.user_sales).product_uom_qty = 6
        self._request(self.order)
        self.assertFalse(self.order.customer_answer or self.order.activity_ids)
        self._answer(self.order)
        self.assertTrue(self.order.customer_confirmed_at)

    def test_correction_settled_by_phone(self):
        self._answer(self.order, 'correction', correction="Call me")
        self.order.with_user(self.user_sales).action_confirm_customer('phone')
        self.assertFalse(self.order.activity_ids)

    def test_first_answer_stands(self):
        self._answer(self.order, 'correction', correction="Six")
        for answer in ('confirmed', 'correction'):
            with self.assertRaisesRegex(UserError, "waiting for your answer"):
                self._answer(self.order, answer, correction="Seven")
        self.assertEqual(self.order.customer_correction, "Six")
        other = self._answer(self._request(self._register(self._new_order())))
        with self.assertRaisesRegex(UserError, "waiting for your answer"):
            self._answer(other, 'correction', correction="Six")

    def test_other_values_than_were_seen(self):
        digest = self.order._get_confirmation_digest()
        self.order.order_line.with_user(self.user_sales).price_unit = 120
        with self.assertRaisesRegex(UserError, "has changed since you opened this page"):
            self._answer(self.order, digest=digest)
        for forged in ('', 'x' * 64, self._register(self._new_order())._get_confirmation_digest()):
            with self.assertRaises(UserError):
                self.order.with_user(self.env.ref('base.public_user')).sudo()._take_customer_answer(
                    'confirmed', "Ms Lee", None, forged)
        self.assertFalse(self.order.customer_confirmed_at)
        self._answer(self.order)

    def test_what_cannot_be_answered(self):
        asked = self._request(self._register(self._new_order(3)))
        asked[0].with_user(self.user_sales)._action_cancel()
        asked[1].with_user(self.user_sales).action_confirm_customer('phone')
        never = self._register(self._new_order())
        for order in (asked[0], asked[1], never):
            with self.assertRaisesRegex(UserError, "waiting for your answer"):
                self._answer(order)
        asked[0].with_user(self.user_sales).action_draft()
        with self.assertRaisesRegex(UserError, "waiting for your answer"):
            self._answer(asked[0])
        for kwargs in ({'answer': 'maybe'}, {'answer': None}, {'name': "  "}, {'name': None},
                       {'answer': 'correction', 'correction': " "}):
            with self.subTest(kwargs=kwargs), self.assertRaises(UserError):
                self._answer(asked[2], **kwargs)
        self.assertFalse(asked[2].customer_answered_at)

    def test_staff_does_not_answer_for_the_customer(self):
        for login in ('sales', 'sales_manager', 'manager', 'employee'):
            with self.subTest(login=login), self.assertRaises(AccessError):
                self._answer(self.order, user=self.users_by_login[login])
        self.assertFalse(self.order.customer_confirmed_at)


@tagged('post_install', '-at_install')
class TestConfirmationPage(RequestCommon, HttpCase):

    def setUp(self):
        super().setUp()
        self.url = f'/my/orders/{self.order.id}/confirmation'
        self.token = self.order._portal_ensure_token()

    def _login(self, user):
        self.authenticate(user and user.login, user and user.login)

    def _read_digest(self, token=None):
        page = self.url_open(f'{self.url}?access_token={token or self.token}')
        return re.search(r'name="digest" value="([^"]+)"', page.text).group(1)

    def _post(self, **vals):
        self.env.flush_all()
        data = {'csrf_token': http.Request.csrf_token(self), 'answer': 'confirmed', 'name': "Ms Lee", **vals}
        response = self.url_open(self.url, data={key: value for key, value in data.items() if value is not None},
                                 allow_redirects=False)
        self.env.invalidate_all()
        return response

    def test_by_the_link(self):
        self._login(None)
        response = self._post(access_token=self.token, digest=self._read_digest())
        self.assertEqual(response.status_code, 303)
        self.assertRecordValues(self.order, [{
            'customer_confirmed_method': 'portal', 'customer_answered_by': "Ms Lee"}])
        page = self.url_open(response.headers['Location'])
        self.assertIn('answer_confirmed', page.text)
        self.assertNotIn('name="digest"', page.text)
        again = self._post(access_token=self.token, digest="x", answer='correction', correction="Too late")
        self.assertEqual(again.status_code, 200)
        self.assertIn("waiting for your answer", again.text)
        self.assertEqual(self.order.customer_answer, 'confirmed')

    def test_by_login(self):
        self._login(self.customer)
        self.assertIn('name="confirm_order"', self.url_open(f'/my/orders/{self.order.id}').text)
        page = self.url_open(self.url)
        self.assertIn(self.product_stock.name, page.text)
        self._post(answer='correction', correction="Six", digest="")
        self.assertEqual(self.order.customer_correction, "Six")
        self.assertNotIn('name="confirm_order"', self.url_open(f'/my/orders/{self.order.id}').text)

    def test_reading_answers_nothing(self):
        """Crawlers and previews follow links."""
        self._login(None)
        digest = self._read_digest()
        query = f'access_token={self.token}&answer=confirmed&name=Robot&digest={digest}'
        self.assertEqual(self.url_open(f'{self.url}?{query}').status_code, 200)
        self.assertEqual(self.url_open(f'{self.url}?{query}', method='HEAD').status_code, 200)
        self.env.invalidate_all()
        self.assertFalse(self.order.customer_answered_at or self.order.customer_confirmed_at)

    def test_name_of_a_person(self):
        """A company does not answer by its name, a person's is proposed."""
        self._login(None)
        for is_company in (True, False):
            self.order.partner_id.is_company = is_company
            page = self.url_open(f'{self.url}?access_token={self.token}').text
            field = re.search(r'<input[^>]*id="answer_name"[^>]*>', page).group()
            self.assertEqual(self.order.partner_id.name in field, not is_company)

    def test_without_csrf(self):
        self._login(None)
        digest = self._read_digest()
        self.assertEqual(self._post(access_token=self.token, digest=digest, csrf_token=None).status_code, 400)
        self.assertFalse(self.order.customer_answered_at)

    def test_wrong_token(self):
        other = self._request(self._register(self._new_order()))
        stranger = self._new_portal_user('stranger', self.vendor)
        for user, token in ((None, None), (None, "guessed"), (None, other._portal_ensure_token()), (stranger, None)):
            with self.subTest(user=user and user.login, token=token):
                self._login(user)
                response = self._post(access_token=token, digest=self.order._get_confirmation_digest())
                self.assertEqual((response.status_code, response.headers['Location'][-3:]), (303, '/my'))
        self.assertFalse(self.order.customer_answered_at)

    def test_staff(self):
        self._login(self.user_sales)
        response = self._post(access_token=self.token, digest=self.order._get_confirmation_digest())
        self.assertIn("This page is for the customer", response.text)
        self.assertFalse(self.order.customer_answered_at)

    def test_page_in_the_language_of_the_customer(self):
        self.env['res.lang']._activate_lang('fr_FR')
        self.order.partner_id.lang = 'fr_FR'
        self.order.order_line.product_uom_qty = 1234.5
        self._login(None)
        page = self.url_open(f'{self.url}?access_token={self.token}')
        self.assertIn('450,00', page.text)

    def test_tour(self):
        """The customer asks for a correction, and confirms when asked again (article I4)."""
        url = self.order.get_portal_url(suffix='/confirmation')
        self.start_tour(url, 'order_portal_correction', login=None)
        self.assertEqual(self.order.customer_correction, "We need six of them")
        self.order.with_user(self.user_sales).write({
            'order_line': [Command.update(self.order.order_line.id, {'product_uom_qty': 6})]})
        self._request(self.order)
        self.start_tour(url, 'order_portal_confirm', login=None)
        self.assertRecordValues(self.order, [{
            'customer_confirmed_method': 'portal', 'customer_confirmed_note': "Ms Lee"}])
