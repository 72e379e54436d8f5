"""Customers report problems and follow their tickets on the portal; what is not theirs is refused."""
import re

from odoo import http
from odoo.tests import HttpCase, JsonRpcException, tagged
from odoo.tools import mute_logger

from .common import AftersalesCommon


@tagged('post_install', '-at_install')
class TestTicketPortal(AftersalesCommon, HttpCase):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.order = cls._confirm(cls._new_order(lines=[(cls.product_stock, 5)]))
        cls.order._portal_ensure_token()
        cls.customer = cls._new_portal_user('customer', cls.partner)
        cls.stranger = cls._new_portal_user('stranger', cls.env['res.partner'].create({'name': "Stranger"}))
        cls.ticket = cls._new_ticket(
            order_id=cls.order.id, kind='complaint', subject="Own matter", cause_id=cls.cause.id,
            cause_note="Secret furnace")
        cls.ticket._portal_ensure_token()
        cls.url = f'/my/orders/{cls.order.id}/ticket'

    def _login(self, user):
        self.authenticate(user and user.login, user and user.login)

    def _post(self, url=None, files=None, **vals):
        """Send the form with what a customer enters, and ``vals`` in its place."""
        self.env.flush_all()
        return self.url_open(url or self.url, files=files, data={
            'csrf_token': http.Request.csrf_token(self), 'kind': 'complaint', 'subject': "Two are cracked",
            'description': "Line one\nLine two", 'product_id': self.product_stock.id, **vals,
        }, allow_redirects=False)

    def _get_tickets(self):
        self.env.invalidate_all()
        return self.env['order.ticket'].search([('id', '!=', self.ticket.id)])

    # -- opening --------------------------------------------------------------------------------

    def test_customer_opens_a_ticket(self):
        self._login(self.customer)
        page = self.url_open(f'/my/orders/{self.order.id}')
        self.assertIn('name="report_problem"', page.text)
        form = self.url_open(self.url)
        self.assertIn(self.product_stock.name, form.text)
        response = self._post(files=[('attachments', ('photo.png', b'\x89PNG\r\n', 'image/png'))])
        ticket = self._get_tickets()
        self.assertRecordValues(ticket, [{
            'kind': 'complaint', 'subject': "Two are cracked", 'description': "Line one\nLine two",
            'order_id': self.order.id, 'partner_id': self.customer.partner_id.id, 'product_id': self.product_stock.id,
            'company_id': self.company.id, 'team_id': self.team.id, 'stage_id': self.stage_new.id,
            'responded_at': False}])
        self.assertEqual(ticket.message_attachment_count, 1)
        comments = ticket.message_ids.filtered(lambda message: not message.subtype_id.internal).sorted('id')
        self.assertEqual(comments.mapped('author_id'), self.customer.partner_id + self.company.partner_id)
        self.assertIn(self.customer.partner_id, comments[1].notified_partner_ids)
        notice = self.env['mail.message'].search([
            ('model', '=', 'order.ticket'), ('res_id', '=', ticket.id), ('message_type', '=', 'user_notification')])
        self.assertIn(self.user_aftersales.partner_id, notice.notified_partner_ids)
        self.assertIn(f'/my/tickets/{ticket.id}', response.headers['Location'])
        self.assertEqual(self.url_open(response.headers['Location']).status_code, 200)

    def test_by_the_link_of_the_order(self):
        """Whoever holds the link speaks for the customer, without a login."""
        self._login(None)
        self._post(access_token=self.order.access_token)
        self.assertEqual(self._get_tickets().partner_id, self.partner)

    def test_company_without_address(self):
        """The customer is answered all the same, from Odoo's own address."""
        self.company.email = False
        self._login(self.customer)
        self._post()
        answer = self._get_tickets().message_ids.filtered(lambda message: message.message_type == 'auto_comment')
        self.assertTrue(answer.email_from)
        self.assertIn(self.customer.partner_id, answer.notified_partner_ids)

    def test_what_is_missing_is_said(self):
        self._login(self.customer)
        for vals in ({'subject': " "}, {'description': ""}, {'kind': "nonsense"}, {'kind': ""},
                     {'product_id': self.product_service.id}):
            with self.subTest(vals=vals):
                response = self._post(**vals)
                self.assertEqual(response.status_code, 200)
                self.assertIn('alert-danger', response.text)
        self.assertIn("Two are cracked", self._post(description="").text)
        too_many = [('attachments', (f'{number}.txt', b'a', 'text/plain')) for number in range(11)]
        self.assertIn('alert-danger', self._post(files=too_many).text)
        self.assertFalse(self._get_tickets())

    def test_nothing_else_is_taken_from_the_form(self):
        self._login(self.customer)
        self._post(
            partner_id=self.stranger.partner_id.id, stage_id=self.stage_closed.id, company_id=99, user_id=self.env.uid,
            outcome_sent_at='2026-01-01', order_id=self._new_order().id, name="T99999")
        self.assertRecordValues(self._get_tickets(), [{
            'partner_id': self.customer.partner_id.id, 'order_id': self.order.id, 'stage_id': self.stage_new.id,
            'user_id': False, 'outcome_sent_at': False}])
        self.assertNotEqual(self._get_tickets().name, "T99999")

    def test_who_cannot_open_a_ticket(self):
        token = self.order.access_token
        foreign = self._confirm(self._new_order())
        attempts = [
            (None, {}),
            (None, {'access_token': "guessed"}),
            (None, {'access_token': foreign._portal_ensure_token()}),
            (self.stranger, {}),
            # A link that somebody has passed on gives another company no voice.
            (self.stranger, {'access_token': token}),
        ]
        for user, vals in attempts:
            with self.subTest(user=user and user.login, vals=vals):
                self._login(user)
                self.assertEqual(self._post(**vals).status_code, 303)
        self.assertFalse(self._get_tickets())
        self._login(self.customer)
        response = self._post(csrf_token="forged")
        self.assertEqual(response.status_code, 400)
        self.assertFalse(self._get_tickets())

    def test_staff_uses_the_backend(self):
        self.user_sales.password = self.user_sales.login
        self._login(self.user_sales)
        self.assertNotIn('name="report_problem"', self.url_open(f'/my/orders/{self.order.id}').text)
        self._post()
        self.assertFalse(self._get_tickets())

    def test_orders_without_the_way_to_a_ticket(self):
        draft = self._new_order()
        plain = self._new_order()
        plain.sudo().policy_id = False
        plain.sudo().action_confirm()
        self._login(self.customer)
        for order in (draft, plain):
            order.sudo().state = 'sent' if order == draft else 'sale'
            self.assertNotIn('name="report_problem"', self.url_open(f'/my/orders/{order.id}').text)
            self._post(f'/my/orders/{order.id}/ticket')
        self.assertFalse(self._get_tickets())

    # -- following ------------------------------------------------------------------------------

    def test_list_and_page(self):
        other = self._new_ticket(partner_id=self.stranger.partner_id.id, subject="Matter of a stranger")
        self._login(self.customer)
        listed = self.url_open('/my/tickets').text
        self.assertIn("Own matter", listed)
        self.assertNotIn(other.subject, listed)
        self.assertNotIn("Own matter", self.url_open('/my/tickets?filterby=closed').text)
        page = self.url_open(f'/my/tickets/{self.ticket.id}')
        self.assertIn("Own matter", page.text)
        self.assertNotIn("Secret furnace", page.text)
        self.assertNotIn(self.cause.name, page.text)
        self.assertEqual(self.make_jsonrpc_request('/my/counters', {'counters': ['ticket_count']})['ticket_count'], 1)

    def test_tickets_of_others(self):
        url = f'/my/tickets/{self.ticket.id}'
        other = self._new_ticket(partner_id=self.stranger.partner_id.id)
        for user, token in (
            (self.stranger, None), (None, None), (None, "guessed"), (None, other._portal_ensure_token()),
            (self.stranger, other._portal_ensure_token()), (None, self.order.access_token),
        ):
            with self.subTest(user=user and user.login, token=token):
                self._login(user)
                response = self.url_open(f'{url}?access_token={token}' if token else url)
                self.assertNotIn("Own matter", response.text)
        self._login(None)
        self.assertIn("Own matter", self.url_open(f'{url}?access_token={self.ticket.access_token}').text)
        self.assertNotIn("Own matter", self.url_open(f'/my/tickets/{self.ticket.id + 10000}').text)

    def _fetch_messages(self, ticket, **kwargs):
        """:return: what the portal gets of the chatter as text, empty where it is refused"""
        try:
            return str(self.make_jsonrpc_request('/mail/chatter_fetch', {
                'thread_model': 'order.ticket', 'thread_id': ticket.id, **kwargs}))
        except JsonRpcException:
            return ''

    def test_chatter(self):
        """Customers write and read what is for them, and no notes."""
        own = self.ticket.with_user(self.user_aftersales)
        own.message_post(body="For the customer", message_type='comment', subtype_xmlid='mail.mt_comment')
        own.message_post(body="Internal note", message_type='comment', subtype_xmlid='mail.mt_note')
        self.env.flush_all()
        self._login(self.customer)
        bodies = self._fetch_messages(self.ticket)
        self.assertIn("For the customer", bodies)
        self.assertNotIn("Internal note", bodies)
        self.make_jsonrpc_request('/mail/message/post', {
            'thread_model': 'order.ticket', 'thread_id': self.ticket.id,
            'post_data': {'body': "My answer", 'message_type': 'comment', 'subtype_xmlid': 'mail.mt_comment'}})
        message = self.ticket.message_ids[0]
        self.assertEqual(re.sub('<.*?>', '', message.body), "My answer")
        self.assertEqual(message.author_id, self.customer.partner_id)
        self._login(self.stranger)
        for params in ({}, {'token': "guessed"}, {'token': self.order.access_token}):
            with self.subTest(params=params):
                with self.assertRaises(JsonRpcException):
                    self.make_jsonrpc_request('/mail/message/post', {
                        'thread_model': 'order.ticket', 'thread_id': self.ticket.id, **params,
                        'post_data': {'body': "Intruder", 'message_type': 'comment',
                                      'subtype_xmlid': 'mail.mt_comment'}})
                self.assertNotIn("For the customer", self._fetch_messages(self.ticket, **params))
        self.env.invalidate_all()
        self.assertFalse(self.ticket.message_ids.filtered(lambda row: "Intruder" in row.body))

    def test_link_opens_the_page_only(self):
        """What Mail keeps beside the messages of orders and tickets is the company's, whoever has the link."""
        requests = ['activities', 'attachments', 'followers', 'scheduledMessages', 'suggestedRecipients']
        for document in (self.order, self.ticket):
            note = document.message_post(body="Secret note", subtype_xmlid='mail.mt_note')
            word = document.message_post(
                body="For the customer", message_type='comment', subtype_xmlid='mail.mt_comment',
                attachments=[('offer.txt', b'Offer')])
            self.env['ir.attachment'].create({
                'name': "Secret.txt", 'raw': b'Secret', 'res_model': document._name, 'res_id': document.id})
            document.activity_schedule('mail.mail_activity_data_todo', user_id=self.user_sales.id, summary="Secret")
            self.env['mail.scheduled.message'].create({
                'model': document._name, 'res_id': document.id, 'body': "Secret", 'is_note': True,
                'scheduled_date': '2099-01-01', 'author_id': self.user_sales.partner_id.id})
            self.env.flush_all()
            token = {'token': document.access_token}
            thread = {'thread_model': document._name, 'thread_id': document.id}
            for user in (None, self.customer, self.stranger):
                with self.subTest(model=document._name, user=user and user.login):
                    self._login(user)
                    for params in (token, {}):
                        told = self.make_jsonrpc_request('/mail/data', {'fetch_params': [[
                            'mail.thread', {**thread, 'access_params': params, 'request_list': requests}]]})
                        self.assertLessEqual(set(told), {'mail.thread', 'res.users', 'res.partner'})
                        self.assertNotIn("Secret", str(told))
                        self.assertFalse({*requests, 'followersCount', 'selfFollower'} & set(told['mail.thread'][0]))
                    if user:
                        self.assertFalse(self._get_result('/mail/thread/recipients', thread))
                        self.assertFalse(self._get_result(
                            '/mail/thread/recipients/get_suggested_recipients', thread))
                    reaction = {'content': "👍", 'action': 'add', **token}
                    self.assertFalse(self._get_result(
                        '/mail/message/reaction', {'message_id': note.id, **reaction}))
                    # What the page shows stays: messages with their files, an answer, a reaction.
                    bodies = str(self.make_jsonrpc_request('/mail/chatter_fetch', {**thread, **token}))
                    self.assertIn("offer.txt", bodies)
                    self.assertNotIn("Secret", bodies)
                    self.assertTrue(self._get_result('/portal/chatter_init', {**thread, **token}))
                    if user != self.stranger:
                        self.assertTrue(self._get_result(
                            '/mail/message/reaction', {'message_id': word.id, **reaction}))
                        self.assertTrue(self._get_result('/mail/message/post', {**thread, **token, 'post_data': {
                            'body': "My answer", 'message_type': 'comment', 'subtype_xmlid': 'mail.mt_comment'}}))
            self.env.invalidate_all()
            self.assertFalse(note.reaction_ids)
            self.assertTrue(word.reaction_ids)
            self.assertIn("My answer", document.message_ids[0].body)
            self.user_aftersales.group_ids += self.env.ref('sales_team.group_sale_salesman_all_leads')
            self._login(self.user_aftersales)
            told = self.make_jsonrpc_request('/mail/data', {'fetch_params': [[
                'mail.thread', {**thread, 'request_list': requests}]]})
            self.assertIn("Secret", str(told['ir.attachment']))

    def test_link_of_a_plain_order(self):
        plain = self._new_order()
        plain.sudo().policy_id = False
        self.env['ir.attachment'].create({
            'name': "Plain.txt", 'raw': b'Plain', 'res_model': 'sale.order', 'res_id': plain.id})
        self.env.flush_all()
        self._login(None)
        told = self.make_jsonrpc_request('/mail/data', {'fetch_params': [['mail.thread', {
            'thread_model': 'sale.order', 'thread_id': plain.id, 'request_list': ['attachments'],
            'access_params': {'token': plain._portal_ensure_token()}}]]})
        self.assertIn("Plain.txt", str(told))

    @mute_logger('odoo.http')
    def _get_result(self, path, params):
        """:return: what a route answers, nothing where it refuses"""
        try:
            return self.make_jsonrpc_request(path, params)
        except JsonRpcException:
            return None
