"""A mail to the address of a channel becomes a draft order in the ledger; programs and loops do not (article I1)."""
import time
import tracemalloc
from datetime import timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime

from odoo import SUPERUSER_ID, fields
from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from ..common import LifecycleCommon

PDF = b'%PDF-1.4 purchase order'
ADDRESS = 'orders@shop.example.com'


class MailCommon(LifecycleCommon):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.domain = cls.env['mail.alias.domain'].create({'name': 'shop.example.com'})
        cls.company.alias_domain_id = cls.domain
        cls.mailbox = cls.env['order.channel'].search([
            ('company_id', '=', cls.company.id), ('kind', '=', 'email')], limit=1)
        cls.mailbox.with_user(cls.user_sales_manager).write({'alias_name': 'orders', 'user_id': cls.user_sales.id})
        cls.number = 0

    @classmethod
    def _new_mail(cls, sender='Ms Lee <orders@blueharbour.example.com>', subject="Order of lanterns", body="5 lanterns",
                  to=ADDRESS, **headers):
        cls.number += 1
        mail = EmailMessage()
        for name, value in {
            'From': sender, 'To': to, 'Subject': subject, 'Message-ID': f'<order.{cls.number}@customer.example.com>',
            'Date': format_datetime(fields.Datetime.now() - timedelta(hours=1)),
            **{name.replace('_', '-'): value for name, value in headers.items()},
        }.items():
            if value is not None:
                mail[name] = value
        if body is not None:
            mail.set_content(body)
        return mail

    def _receive(self, mail):
        """Give the mail to the gateway as the mail server does.

        :return: the order that it has made, or that it went to
        """
        raw = mail if isinstance(mail, bytes) else mail.as_bytes()
        thread_id = self.env['mail.thread'].with_user(SUPERUSER_ID).with_context(lang=None).message_process(None, raw)
        self.env.flush_all()
        return self.env['sale.order'].browse(thread_id or ()).exists()

    def _get_refusal(self, mail):
        return self.env['order.channel.refusal'].search([]).filtered(
            lambda refusal: refusal.payload.get('message_id') == mail['Message-ID'])


@tagged('post_install', '-at_install')
class TestOrderMail(MailCommon):

    # -- what becomes an order ------------------------------------------------------------------

    def test_plain_text(self):
        sent = fields.Datetime.now().replace(microsecond=0) - timedelta(hours=1)
        order = self._receive(self._new_mail())
        self.assertRecordValues(order, [{
            'partner_id': self.partner.id, 'channel_id': self.mailbox.id, 'company_id': self.company.id,
            'user_id': self.user_sales.id, 'registered_by_id': SUPERUSER_ID, 'policy_id': self.policy.id,
            'state': 'draft', 'lifecycle_phase': 'intake', 'review_state': 'to_submit', 'customer_to_check': False}])
        self.assertAlmostEqual(order.received_at, sent, delta=timedelta(seconds=5))
        message = order.message_ids.filtered(lambda message: message.message_type == 'email')
        self.assertEqual(message.subject, "Order of lanterns")
        self.assertIn("5 lanterns", message.body)
        self.assertEqual(message.author_id, self.partner)
        # The salesperson is told.
        self.assertIn(self.user_sales.partner_id, order.message_partner_ids)
        self.assertIn(order, self.env['sale.order'].with_user(self.user_sales).search([('received_at', '!=', False)]))

    def test_multipart_with_attachments_and_chinese_subject(self):
        mail = self._new_mail(subject="订单：灯笼 50 个（请尽快确认）", body="请见附件。")
        mail.add_alternative("<p>请见<b>附件</b>。</p>", subtype='html')
        mail.add_attachment(PDF, maintype='application', subtype='pdf', filename="采购订单.pdf")
        mail.add_attachment("sku,qty\nA,5\n", subtype='csv', filename="lines.csv")
        order = self._receive(mail)
        message = order.message_ids.filtered(lambda message: message.message_type == 'email')
        self.assertEqual(message.subject, "订单：灯笼 50 个（请尽快确认）")
        self.assertIn("<b>附件</b>", message.body)
        attachments = self.env['ir.attachment'].search([('res_model', '=', 'sale.order'), ('res_id', '=', order.id)])
        self.assertEqual(set(attachments.mapped('name')), {"采购订单.pdf", "lines.csv"})
        self.assertEqual(attachments.filtered(lambda file: file.name.endswith('pdf')).raw, PDF)

    def test_html_only(self):
        mail = self._new_mail(body=None)
        mail.set_content(
            "<html><body><script>alert(1)</script><p>Five <i>lanterns</i></p></body></html>", subtype='html')
        message = self._receive(mail).message_ids.filtered(lambda message: message.message_type == 'email')
        self.assertIn("<i>lanterns</i>", message.body)
        self.assertNotIn('script', message.body)

    def test_no_subject(self):
        order = self._receive(self._new_mail(subject=None))
        self.assertTrue(order.received_at)
        self.assertTrue(order.name)

    def test_old_charset(self):
        raw = (
            b'From: =?gb2312?B?wO7W3A==?= <orders@blueharbour.example.com>\r\nTo: orders@shop.example.com\r\n'
            b'Message-ID: <gb@customer.example.com>\r\nSubject: =?gb2312?B?tqnUxA==?=\r\n'
            b'Content-Type: text/plain; charset=gb2312\r\nContent-Transfer-Encoding: 8bit\r\n\r\n'
            + "订购灯笼".encode('gb2312') + b'\r\n')
        message = self._receive(raw).message_ids.filtered(lambda message: message.message_type == 'email')
        self.assertEqual(message.subject, "订阅")
        self.assertIn("订购灯笼", message.body)

    def test_25_mb_of_attachments(self):
        mail = self._new_mail()
        for number in range(5):
            mail.add_attachment(
                bytes([number]) * (5 * 1024 * 1024), maintype='image', subtype='tiff', filename=f'drawing{number}.tiff')
        raw = mail.as_bytes()
        tracemalloc.start()
        self.addCleanup(tracemalloc.stop)
        start = time.monotonic()
        order = self._receive(raw)
        seconds, peak = time.monotonic() - start, tracemalloc.get_traced_memory()[1]
        # The gateway holds the text, its parts and the files once each.
        self.assertLess(seconds, 60)
        self.assertLess(peak, 10 * len(raw))
        attachments = self.env['ir.attachment'].search([('res_model', '=', 'sale.order'), ('res_id', '=', order.id)])
        self.assertEqual(sum(attachments.mapped('file_size')), 25 * 1024 * 1024)

    def test_twice_is_once(self):
        mail = self._new_mail()
        order = self._receive(mail)
        self.assertFalse(self._receive(mail))
        self.assertEqual(self.env['sale.order'].search([('channel_id', '=', self.mailbox.id)]), order)

    def test_strange_dates(self):
        for date in (
            None, "yesterday", "Mon, 01 Jan 2001 00:00:00 +0000", "Fri, 31 Dec 2199 00:00:00 +0000",
            "Mon, 02 Mar 202 09:00:00 +0000", "Mon, 01 Jan 0001 00:00:00 +1400", "Fri, 31 Dec 9999 23:59:59 -1200",
            "2 202 3 4", "Mon, 31 Feb 2026 09:00:00 +0000",
        ):
            with self.subTest(date=date):
                order = self._receive(self._new_mail(Date=date))
                self.assertAlmostEqual(order.received_at, fields.Datetime.now(), delta=timedelta(seconds=60))

    # -- the customer ---------------------------------------------------------------------------

    def test_contact_of_a_customer(self):
        contact = self.env['res.partner'].create({
            'name': "Wei Zhang", 'parent_id': self.partner.id, 'email': 'wei@blueharbour.example.com'})
        order = self._receive(self._new_mail('WEI <Wei@BlueHarbour.example.com>'))
        self.assertEqual(order.partner_id, contact)

    def test_new_customer(self):
        order = self._receive(self._new_mail(Address("李 周", 'zhou', 'neu.example.cn').__str__()))
        self.assertRecordValues(order.partner_id, [{
            'name': "李 周", 'email': 'zhou@neu.example.cn', 'company_id': self.company.id, 'active': True}])
        self.assertFalse(order.customer_to_check)
        again = self._receive(self._new_mail('zhou@neu.example.cn'))
        self.assertEqual(again.partner_id, order.partner_id)

    def test_doubtful_customer(self):
        twins = self.env['res.partner'].create([
            {'name': name, 'email': 'buying@group.example.com'} for name in ("Group North", "Group South")])
        order = self._receive(self._new_mail('Buying <buying@group.example.com>'))
        self.assertTrue(order.customer_to_check)
        self.assertEqual(order.customer_candidate_ids, twins)
        self.assertFalse(order.partner_id.active)
        self.assertFalse(order.is_complete)

    def test_customer_of_another_company(self):
        company = self._new_company()
        stranger = self.env['res.partner'].create({
            'name': "Elsewhere", 'email': 'x@elsewhere.example.com', 'company_id': company.id})
        order = self._receive(self._new_mail('Elsewhere <x@elsewhere.example.com>'))
        self.assertNotEqual(order.partner_id, stranger)
        self.assertEqual(order.partner_id.company_id, self.company)

    def test_forwarded_by_staff(self):
        bodies = (
            "Please enter.\n\n---------- Forwarded message ---------\nFrom: Ms Lee <orders@blueharbour.example.com>\n"
            "Date: Mon, 3 Mar 2031\nSubject: Order\nTo: sales@example.com\n\n5 lanterns",
            "转发\n\n-----邮件原件-----\n发件人： Ms Lee [mailto:orders@blueharbour.example.com]\n"
            "发送时间: 2031年3月3日\n收件人: sales@example.com\n\n5 lanterns",
        )
        for body in bodies:
            with self.subTest(body=body):
                order = self._receive(self._new_mail(self.user_sales.email_formatted, body=body))
                self.assertEqual(order.partner_id, self.partner)
                # That it comes from a colleague is what it says.
                self.assertEqual(order.registered_by_id.id, SUPERUSER_ID)
        mail = self._new_mail(self.user_sales.email_formatted, body=None)
        mail.set_content(
            "<div>FYI</div><hr><p><b>From:</b> Ms Lee &lt;<a href='mailto:orders@blueharbour.example.com'>"
            "orders@blueharbour.example.com</a>&gt;<br><b>To:</b> sales@example.com</p>", subtype='html')
        self.assertEqual(self._receive(mail).partner_id, self.partner)

    def test_forwarded_as_attachment(self):
        mail = self._new_mail(self.user_sales.email_formatted, body="See below")
        mail.add_attachment(self._new_mail(to='sales@example.com'))
        self.assertEqual(self._receive(mail).partner_id, self.partner)

    def test_forwarded_text_is_read_in_no_time(self):
        """Words that look like the head of a mail, over and over, keep nobody busy."""
        start = time.monotonic()
        for text in ("From" + " " * 90000, "From\n" * 20000, "\nFrom *" * 20000, "From: " + "<" * 90000):
            self.mailbox._list_forwarded_senders({'body': f'<pre>{text}</pre>'})
        self.assertLess(time.monotonic() - start, 10)

    def test_forwarded_by_staff_without_a_trace(self):
        order = self._receive(self._new_mail(self.user_legal.email_formatted))
        self.assertTrue(order.customer_to_check)
        self.assertNotEqual(order.partner_id, self.user_legal.partner_id)
        self.assertEqual(order.registered_by_id.id, SUPERUSER_ID)
        order.with_user(self.user_sales).action_choose_customer(self.partner.id)
        self.assertEqual(order.partner_id, self.partner)

    # -- what does not ----------------------------------------------------------------------------

    def test_programs(self):
        for headers in (
            {'Auto_Submitted': 'auto-replied'}, {'Auto_Submitted': 'auto-generated (vacation)'},
            {'Precedence': 'bulk'}, {'Precedence': 'auto_reply'}, {'Precedence': 'List'}, {'X_Autoreply': 'yes'},
        ):
            with self.subTest(headers=headers):
                mail = self._new_mail(**headers)
                self.assertFalse(self._receive(mail))
                refusal = self._get_refusal(mail)
                self.assertRecordValues(refusal, [{
                    'status': 'ignored', 'channel_id': self.mailbox.id, 'company_id': self.company.id}])
                self.assertIn("sent automatically", refusal.error_summary)
                self.assertIn("5 lanterns", refusal.payload_text)
        self.assertTrue(self._receive(self._new_mail(Auto_Submitted='no')))
        self.env['mail.gateway.allowed'].create({'email': 'orders@blueharbour.example.com'})
        self.assertTrue(self._receive(self._new_mail(Auto_Submitted='auto-generated')))

    def test_files_of_programs_are_kept(self):
        """The machines of some customers send their orders as programs do: a person takes them in."""
        mail = self._new_mail(Auto_Submitted='auto-generated')
        mail.add_attachment(PDF, maintype='application', subtype='pdf', filename="采购订单.pdf")
        mail.add_attachment("a,b\n", subtype='csv', filename="lines.csv")
        mail.add_attachment(self._new_mail())
        self.assertFalse(self._receive(mail))
        refusal = self._get_refusal(mail)
        files = refusal.with_user(self.user_sales_manager).attachment_ids
        self.assertEqual(len(files), 4)
        self.assertEqual(refusal.original_id.raw, mail.as_bytes())
        self.assertEqual(files.filtered(lambda file: file.name == "采购订单.pdf").raw, PDF)
        for user in (self.user_sales, self.user_legal):
            with self.assertRaises(AccessError):
                files.with_user(user).read(['raw'])

    def test_bounces(self):
        count = self.env['sale.order'].search_count([])
        report = (
            b'From: MAILER-DAEMON@mx.example.com\r\nTo: orders@shop.example.com\r\nSubject: Undelivered\r\n'
            b'Message-ID: <bounce@mx.example.com>\r\nContent-Type: multipart/report; report-type=delivery-status; '
            b'boundary="x"\r\n\r\n--x\r\nContent-Type: text/plain\r\n\r\nUser unknown\r\n--x\r\n'
            b'Content-Type: message/delivery-status\r\n\r\nAction: failed\r\n--x--\r\n')
        self.assertFalse(self._receive(report))
        self.assertFalse(self._receive(self._new_mail(to=f'{self.domain.bounce_email}, {ADDRESS}')))
        self.assertEqual(self.env['sale.order'].search_count([]), count)

    def test_loops(self):
        mail = self._new_mail(f'Us <{ADDRESS}>')
        self.assertFalse(self._receive(mail))
        self.assertIn("an address of this database", self._get_refusal(mail).error_summary)
        self.env['ir.config_parameter'].set_param('mail.gateway.loop.threshold', 3)
        for _index in range(3):
            self.assertTrue(self._receive(self._new_mail()))
        mail = self._new_mail()
        self.assertFalse(self._receive(mail))
        self.assertIn("too many e-mails", self._get_refusal(mail).error_summary)
        self.assertTrue(self._receive(self._new_mail('Else <else@example.org>')))

    # -- answers ----------------------------------------------------------------------------------

    def test_answer_goes_to_the_order(self):
        order = self._receive(self._new_mail())
        question = order.with_user(self.user_sales).message_post(
            body="Which colour?", message_type='comment', subtype_xmlid='mail.mt_comment',
            partner_ids=self.partner.ids)
        answer = self._receive(self._new_mail(
            subject="Re: Order of lanterns", body="Blue", In_Reply_To=question.message_id,
            References=question.message_id))
        self.assertEqual(answer, order)
        self.assertIn("Blue", order.message_ids[:1].body)
        self.assertEqual(self.env['sale.order'].search_count([('channel_id', '=', self.mailbox.id)]), 1)
        # The customer answers to the same address.
        self.assertIn(ADDRESS, order._notify_get_reply_to()[order.id])
        plain = self._new_order()
        self.assertNotIn(ADDRESS, plain._notify_get_reply_to()[plain.id] or '')

    def _answer(self, order, sender, **kwargs):
        """A mail that answers the last message on an order."""
        message = order.message_ids.filtered('message_id')[:1]
        return self._receive(self._new_mail(
            sender, subject="Re: Order", body="Twice as many", In_Reply_To=message.message_id, **kwargs))

    def test_answers_of_those_who_have_a_part(self):
        colleague = self.env['res.partner'].create({
            'name': "Wei", 'parent_id': self.partner.id, 'email': 'wei@elsewhere.example.com'})
        follower = self.env['res.partner'].create({'name': "Agent", 'email': 'agent@example.org'})
        asked = self.env['res.partner'].create({'name': "Forwarder", 'email': 'forwarder@example.org'})
        order = self._receive(self._new_mail(Cc='Boss <boss@private.example.net>'))
        order.message_subscribe(follower.ids)
        order.with_user(self.user_sales).message_post(
            body="Any truck?", message_type='comment', subtype_xmlid='mail.mt_comment', partner_ids=asked.ids)
        for sender in (self.partner.email, colleague.email, follower.email, asked.email, 'boss@private.example.net',
                       self.user_legal.email):
            with self.subTest(sender=sender):
                self.assertEqual(self._answer(order, sender), order)
        self.assertEqual(self.env['sale.order'].search_count([('channel_id', '=', self.mailbox.id)]), 1)
        # The own first mail is a message of the order, too, which a second one may refer to.
        first = order.message_ids.sorted('id').filtered(lambda message: message.message_type == 'email')[:1]
        self.assertEqual(self._receive(self._new_mail(References=f'<x@y> {first.message_id}')), order)

    def test_answer_of_an_unknown_colleague(self):
        """The sender uses the mail domain of the customer, which nobody else uses; a public provider is used by
        everybody."""
        order = self._receive(self._new_mail())
        self.assertEqual(self._answer(order, 'dock@blueharbour.example.com'), order)
        self.env['res.partner'].create({'name': "Tenant", 'email': 'x@blueharbour.example.com'})
        self.assertNotEqual(self._answer(order, 'ramp@blueharbour.example.com'), order)
        self.partner.email = 'blueharbour@qq.com'
        order = self._receive(self._new_mail(self.partner.email))
        self.assertNotEqual(self._answer(order, 'rival@qq.com'), order)

    def test_answer_of_a_stranger_to_the_channel(self):
        """Somebody who has got hold of a message does not write on the order: it starts another one."""
        order = self._receive(self._new_mail())
        competitor = new_test_user(
            self.env, login='competitor', groups='base.group_portal', name="Competitor", email='c@rival.example.com')
        for sender in (competitor.email, 'Ms Lee <lee@rival.example.com>'):
            before = order.message_ids
            with self.subTest(sender=sender):
                other = self._answer(order, sender)
                self.assertTrue(other.received_at)
                self.assertNotEqual(other, order)
                self.assertNotEqual(other.partner_id, self.partner)
                self.assertEqual(order.message_ids, before)
                note = other.message_ids.filtered(lambda message: order.name in (message.body or ''))
                self.assertTrue(note.is_internal)
                self.assertFalse(order.message_partner_ids & other.partner_id)

    def test_answer_of_a_stranger_to_no_channel(self):
        order = self._register(self._new_order())
        before = order.message_ids
        mail = self._new_mail(
            'Rival <lee@rival.example.com>', to=f'{self.domain.catchall_email}', In_Reply_To=before[:1].message_id)
        mail.add_attachment(PDF, maintype='application', subtype='pdf', filename="forged.pdf")
        self.assertFalse(self._receive(mail))
        self.assertEqual(order.message_ids, before)
        refusal = self._get_refusal(mail)
        self.assertRecordValues(refusal, [{'status': 'ignored', 'company_id': self.company.id}])
        self.assertIn(order.name, refusal.error_summary)
        self.assertEqual(refusal.original_id.raw, mail.as_bytes())
        self.assertEqual((refusal.attachment_ids - refusal.original_id).raw, PDF)
        # Again: no second row.
        self.assertFalse(self._receive(mail))
        self.assertEqual(self._get_refusal(mail), refusal)
        self.assertEqual(self._answer(order, self.partner.email, to=self.domain.catchall_email), order)

    def test_answers_to_plain_orders(self):
        """What neither follows a policy nor came by a channel is Odoo's own."""
        company = self._new_company()
        order = self.env['sale.order'].with_company(company).create({'partner_id': self.partner.id})
        self.assertEqual(
            self._answer(order, 'anybody@rival.example.com', to=self.domain.catchall_email), order)

    # -- companies and attacks --------------------------------------------------------------------

    def test_company_without_policy(self):
        """The mail is not lost: it becomes a plain quotation."""
        self.policy.with_user(self.user_manager).action_retire()
        order = self._receive(self._new_mail())
        self.assertRecordValues(order, [{'policy_id': False, 'received_at': False, 'partner_id': self.partner.id}])

    def test_second_company(self):
        company = self._new_company(policy=True)
        company.alias_domain_id = self.domain
        channel = self.env['order.channel'].search([('company_id', '=', company.id), ('kind', '=', 'email')], limit=1)
        channel.alias_name = 'orders-two'
        order = self._receive(self._new_mail(to='orders-two@shop.example.com'))
        self.assertRecordValues(order, [{
            'company_id': company.id, 'channel_id': channel.id, 'policy_id': company.order_policy_id.id}])
        # Who writes to both has ordered from both.
        last = self._receive(self._new_mail(to=f'{ADDRESS}, orders-two@shop.example.com'))
        both = self.env['sale.order'].search([
            ('channel_id', 'in', (self.mailbox | channel).ids), ('id', '>', order.id)])
        self.assertIn(last, both)
        self.assertEqual(both.company_id, self.company | company)
        self.assertEqual(len(both), 2)

    def test_defaults_of_the_alias_open_nothing(self):
        other = self._get_channel(self._new_company(policy=True))
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            self.mailbox.alias_id.with_user(self.user_sales_manager).alias_defaults = '{}'
        self.mailbox.with_user(self.user_sales_manager).write({
            'alias_defaults': repr({'channel_id': other.id, 'review_state': 'approved'})})
        self.mailbox.alias_id.alias_defaults = repr({
            'channel_id': other.id, 'review_state': 'approved', 'state': 'sale', 'partner_id': self.vendor.id})
        order = self._receive(self._new_mail())
        self.assertRecordValues(order, [{
            'channel_id': self.mailbox.id, 'company_id': self.company.id, 'review_state': 'to_submit',
            'state': 'draft', 'partner_id': self.partner.id}])

    @mute_logger('odoo.addons.mail.models.mail_thread')
    def test_another_alias_opens_nothing(self):
        self.env['mail.alias'].create({
            'alias_name': 'backdoor', 'alias_model_id': self.env['ir.model']._get_id('sale.order'),
            'alias_domain_id': self.domain.id,
            'alias_defaults': repr({'partner_id': self.partner.id, 'review_state': 'approved'})})
        order = self._receive(self._new_mail(to='backdoor@shop.example.com'))
        self.assertRecordValues(order, [{'review_state': 'none', 'partner_id': self.partner.id}])

    def test_who_sets_the_address(self):
        for login in ('sales', 'finance', 'employee'):
            with self.subTest(login=login), self.assertRaises(AccessError):
                self.mailbox.with_user(self.users_by_login[login]).write({'alias_name': 'mine'})
        self.mailbox.with_user(self.user_manager).write({'alias_name': 'order-desk'})
        self.assertEqual(self.mailbox.alias_email, 'order-desk@shop.example.com')
        alias = self.mailbox.alias_id
        empty = self.mailbox.copy()
        self.assertFalse(empty.alias_id)
        empty.unlink()
        self.assertTrue(alias.exists())
