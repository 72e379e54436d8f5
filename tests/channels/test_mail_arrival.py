"""What is received by mail is an order with what was written, or it is listed with its reason (articles I1, I2)."""
import base64
import xmlrpc.client
from datetime import timedelta
from unittest.mock import patch

from psycopg2.errors import SerializationFailure

from odoo import SUPERUSER_ID, fields
from odoo.exceptions import AccessError, ConcurrencyError, UserError
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from odoo.addons.mail.models.mail_thread import MailThread as Gateway

from .test_order_mail import ADDRESS, PDF, MailCommon

KEEPING = 'odoo.addons.sale_order_lifecycle.models.channels.order_channel_mail_keeping'


class Connection:
    """To a mail server with some mails."""

    def __init__(self, *mails):
        self.mails = dict(enumerate(mails))

    def check_unread_messages(self):
        return len(self.mails)

    def retrieve_unread_messages(self):
        yield from list(self.mails.items())

    def handled_message(self, number):
        del self.mails[number]

    def disconnect(self):
        pass


class ArrivalCommon(MailCommon):

    @classmethod
    def _raw(cls, body=b'5 lanterns\r\n', **headers):
        """:return: bytes of a mail, with these headers as they are written; None for one that it has not"""
        cls.number += 1
        lines = {
            'From': b'Ms Lee <orders@blueharbour.example.com>', 'To': ADDRESS.encode(), 'Subject': b'Order of lanterns',
            'Message-ID': b'<raw.%d@customer.example.com>' % cls.number,
            'Date': (fields.Datetime.now() - timedelta(hours=1)).strftime('%d %b %Y %H:%M:%S +0000').encode(),
            **{name.replace('_', '-'): value for name, value in headers.items()}}
        return b''.join(
            b'%s: %s\r\n' % (name.encode(), value) for name, value in lines.items() if value is not None
        ) + b'\r\n' + body

    @classmethod
    def _raw_parts(cls, *parts, kind=b'mixed', **headers):
        """:return: bytes of a mail of these parts, each with its headers"""
        body = b''.join(b'--=x\r\n%s\r\n' % part for part in parts) + b'--=x--\r\n'
        return cls._raw(body, Content_Type=b'multipart/%s; boundary="=x"' % kind, MIME_Version=b'1.0', **headers)

    def _count(self):
        """:return: pair: orders of the channel, rows of its list"""
        return (
            self.env['sale.order'].search_count([('channel_id', '=', self.mailbox.id)]),
            self.env['order.channel.refusal'].search_count([('channel_id', '=', self.mailbox.id)]))

    def _get_last_refusal(self):
        return self.env['order.channel.refusal'].search(
            [('channel_id', '=', self.mailbox.id)], order='id desc', limit=1)

    def _get_message(self, order):
        return order.message_ids.filtered(lambda message: message.message_type == 'email')[:1]

    def _get_notes(self, order):
        return ' '.join(order.message_ids.filtered(
            lambda message: message.message_type == 'notification').mapped('body'))

    def _get_files(self, order):
        """:return: dict name of a file of an order → its bytes"""
        return {file.name: file.raw for file in self.env['ir.attachment'].search([
            ('res_model', '=', 'sale.order'), ('res_id', '=', order.id)])}

    def _break(self, error, method='_receive_mail'):
        """Let the making of orders fail with an error."""
        return patch.object(type(self.env['order.channel']), method, side_effect=error)


@tagged('post_install', '-at_install')
class TestMailArrival(ArrivalCommon):

    # -- what the gateway cannot read ---------------------------------------------------------------

    def test_encodings(self):
        self.env['ir.config_parameter'].set_param('mail.gateway.loop.threshold', 100)
        for charset, content, text, is_sure in (
            (b'"text/html"', b'caf\xe9, 5 lanterns', "café, 5 lanterns", False),
            (b'X-UNKNOWN', b'5 lanterns', "5 lanterns", True),
            (b'X-UNKNOWN', b'5 Lampen f\xc3\xbcr K\xc3\xb6ln', "5 Lampen für Köln", True),
            (b'x-gbk', "订购灯笼 5 个，镕".encode('gbk'), "订购灯笼 5 个，镕", True),
            # gb2312 has no 镕; what people mean by the name has
            (b'gb2312', "订购灯笼 5 个，镕".encode('gbk'), "订购灯笼 5 个，镕", True),
            (b'unknown-8bit', "请发灯笼五个".encode('gbk'), "请发灯笼五个", False),
            (b'us-ascii', "Müller, 5 Stück".encode('cp1252'), "Müller, 5 Stück", False),
            (b'iso-8859-1', b'5 for 9.50 \x80', "5 for 9.50 €", True),
            (b'utf-8', "fünf Lampen aus dem Lager, ".encode() * 5 + b'\xff', "fünf Lampen aus dem Lager, ", False),
            (b'iso-2022-jp', b'(\x1b$B-j\x1b(B) 5 ' + "灯籠".encode('iso-2022-jp'), "(㈱) 5 灯籠", True),
            (b'ks_c_5601-1987', "랜턴 5개 뷁".encode('cp949'), "랜턴 5개 뷁", True),
            (b'punycode', b'5 lanterns', "5 lanterns", True),
        ):
            for content_type in (b'text/plain', b'text/html')[:2 if b'X' in charset else 1]:
                with self.subTest(charset=charset, content_type=content_type):
                    raw = self._raw(content, Content_Type=content_type + b'; charset=' + charset)
                    order = self._receive(raw)
                    self.assertEqual(order.partner_id, self.partner)
                    self.assertIn(text, self._get_message(order).body)
                    # What had to be guessed is said, with the mail as it came.
                    self.assertEqual("how its text is encoded" in self._get_notes(order), not is_sure)
                    self.assertEqual(self._get_files(order).get('original.eml'), None if is_sure else raw)
        self.assertFalse(self._count()[1])

    def test_quoted_printable_of_the_issue(self):
        order = self._receive(self._raw(
            b'<p>caf=E9</p>', Content_Type=b'text/html; charset="text/html"',
            Content_Transfer_Encoding=b'quoted-printable'))
        self.assertIn("<p>café</p>", self._get_message(order).body)

    def test_text_without_an_encoding(self):
        order = self._receive(self._raw("5 Lampen für Köln".encode()))
        self.assertIn("5 Lampen für Köln", self._get_message(order).body)

    def test_characters_that_cannot_be_stored(self):
        order = self._receive(self._raw(Subject=b'=?utf-8?B?T3JkZXIgACA1IGxhbnRlcm5z?='))
        self.assertEqual(self._get_message(order).subject, "Order 5 lanterns")
        name = base64.b64encode(b"Ms\0 Zhou")
        order = self._receive(self._raw(From=b'=?utf-8?B?%s?= <zhou@neu.example.cn>' % name))
        self.assertRecordValues(order.partner_id, [{'name': "Ms Zhou", 'email': 'zhou@neu.example.cn'}])
        name = base64.b64encode(b'order\0.pdf')
        order = self._receive(self._raw_parts(
            b'Content-Type: text/plain\r\n\r\n5 lanterns',
            b'Content-Type: application/pdf\r\nContent-Disposition: attachment; filename="=?utf-8?B?%s?="\r\n'
            b'Content-Transfer-Encoding: base64\r\n\r\n%s' % (name, base64.b64encode(PDF))))
        self.assertEqual(self._get_files(order), {'order.pdf': PDF})
        order = self._receive(self._raw(b'5 lan\0terns'))
        self.assertIn("5 lanterns", self._get_message(order).body)
        # half a sign, and a header in an encoding that nobody knows
        order = self._receive(self._raw(Subject=b'=?x-gbk?B?%s?=' % base64.b64encode("订单".encode('gbk'))))
        self.assertEqual(self._get_message(order).subject, "订单")
        order = self._receive(self._raw(Subject="Bestellung für Köln".encode('cp1252')))
        self.assertEqual(self._get_message(order).subject, "Bestellung für Köln")

    def test_a_letter_cut_between_two_words(self):
        words = [base64.b64encode(piece) for piece in ("订单".encode()[:4], "订单".encode()[4:])]
        order = self._receive(self._raw(
            b'5 \xe9', Subject=b'=?utf-8?B?%s?=\r\n =?utf-8?B?%s?=' % (*words,)))
        self.assertEqual(self._get_message(order).subject, "订单")

    def test_odd_types(self):
        content = bytes(range(256))
        encoded = b'Content-Transfer-Encoding: base64\r\n\r\n' + base64.b64encode(content)
        order = self._receive(self._raw_parts(
            b'Content-Type: text/plain\r\n\r\n5 lanterns',
            b'Content-Type: model/step; name="lamp.stp"\r\n' + encoded,
            b'Content-Type: font/woff; name="brand.woff"\r\n' + encoded,
            b'Content-Type: pdf; name="drawing.pdf"\r\n' + encoded,
            b'Content-Type: text/csv; name="lines.csv"\r\n\r\n' + "灯笼,5".encode('gbk')))
        self.assertIn("5 lanterns", self._get_message(order).body)
        self.assertEqual(self._get_files(order), {
            'lamp.stp': content, 'brand.woff': content, 'drawing.pdf': content, 'lines.csv': "灯笼,5".encode('gbk')})

    def test_texts_that_the_gateway_drops(self):
        plain, empty = b'Content-Type: text/plain\r\n\r\n5 lanterns', b'Content-Type: text/html\r\n\r\n<p>&nbsp;</p>'
        # Of two forms the last one is empty.
        order = self._receive(self._raw_parts(plain, empty, kind=b'alternative'))
        self.assertIn("5 lanterns", self._get_message(order).body)
        # A text behind a mail of two forms.
        inner = b'Content-Type: multipart/alternative; boundary="=y"\r\n\r\n' + b''.join(
            b'--=y\r\nContent-Type: text/%s\r\n\r\n%s\r\n' % pair
            for pair in ((b'plain', b'5 lanterns'), (b'html', b'<p>5 lanterns</p>'))) + b'--=y--\r\n'
        order = self._receive(self._raw_parts(inner, b'Content-Type: text/plain\r\n\r\nAnd 10 desks'))
        self.assertIn("And 10 desks", self._get_message(order).body)
        self.assertEqual(self._get_message(order).body.count("5 lanterns"), 1)
        # Parts without the line that divides them.
        raw = self._raw(b'5 lanterns', Content_Type=b'multipart/mixed', MIME_Version=b'1.0')
        order = self._receive(raw)
        self.assertIn("5 lanterns", self._get_message(order).body)
        self.assertEqual(self._get_files(order), {'original.eml': raw})

    def test_several_forms(self):
        """Outlook, Apple Mail and lists: of two texts in one form, or of two mails in one, neither gets lost."""
        def text(kind, content):
            return b'Content-Type: text/%s\r\n\r\n%s' % (kind, content)

        def parts(kind, *children):
            return b'Content-Type: multipart/%s; boundary="=%s"\r\n\r\n' % (kind, kind) + b''.join(
                b'--=%s\r\n%s\r\n' % (kind, child) for child in children) + b'--=%s--\r\n' % kind

        lanterns, desks = text(b'html', b'<p>5 lanterns</p>'), text(b'html', b'<p>And 10 desks</p>')
        plain, more = text(b'plain', b'5 lanterns'), text(b'plain', b'And 10 desks')
        pdf = b'Content-Type: application/pdf; name="a.pdf"\r\nContent-Transfer-Encoding: base64\r\n\r\n' + (
            base64.b64encode(PDF))
        both = text(b'plain', b'5 lanterns And 10 desks')
        for kind, children in (
            (b'alternative', (both, parts(b'related', lanterns, pdf, desks))),
            (b'alternative', (both, parts(b'mixed', lanterns, pdf, desks))),
            (b'alternative', (both, parts(b'mixed', lanterns, pdf, more))),
            (b'mixed', (parts(b'alternative', plain), pdf, parts(b'alternative', more))),
            (b'mixed', (parts(b'alternative', plain, lanterns), pdf, parts(b'alternative', more))),
            (b'related', (parts(b'alternative', plain, lanterns), pdf, parts(b'alternative', more, desks))),
            (b'mixed', (plain, pdf, desks)),
        ):
            with self.subTest(kind=kind, children=children):
                order = self._receive(self._raw_parts(*children, kind=kind))
                body = self._get_message(order).body
                self.assertEqual((body.count("5 lanterns"), body.count("And 10 desks")), (1, 1))
                self.assertEqual(self._get_files(order), {'a.pdf': PDF})

    def test_text_outside_of_the_parts(self):
        """What no mail program shows is in the original; what mail programs write there says nothing."""
        part = b'--=x\r\nContent-Type: text/plain\r\n\r\n5 lanterns\r\n--=x--\r\n'
        for before, behind, is_told in (
            (b'This is a multi-part message in MIME format.\r\n', b'\r\n', False), (b'7 desks\r\n', b'', True),
            (b'', b'\r\n7 desks\r\n', True),
        ):
            with self.subTest(before=before, behind=behind):
                raw = self._raw(before + part + behind, Content_Type=b'multipart/mixed; boundary="=x"')
                order = self._receive(raw)
                self.assertEqual(self._get_files(order), {'original.eml': raw} if is_told else {})
                self.assertEqual("is damaged" in self._get_notes(order), is_told)

    def test_names_of_files(self):
        for written, name in (
            (b"filename*0*=utf-8''%E9%87%87%E8; filename*1*=%B4%AD.pdf", "采购.pdf"),
            (b"filename*1*=%B4%AD.pdf; filename*0*=utf-8''%E9%87%87%E8", "采购.pdf"),
            (b"filename*=gbk''%B2%C9%B9%BA.pdf", "采购.pdf"),
            (b"filename*=x-gbk''%B2%C9%B9%BA.pdf", "采购.pdf"),
            (b'filename="=?gb2312?B?ssm5ug==?=\r\n =?gb2312?B?LnBkZg==?="', "采购.pdf"),
            (b'filename==?utf-8?B?6YeH6LStLnBkZg==?=', "采购.pdf"),
            (b'filename="\xe9\x87\x87\xe8\xb4\xad.pdf"', "采购.pdf"),
            (b'filename="caf\xe9.pdf"', "café.pdf"),
            (b"filename*=''caf%E9.pdf", "café.pdf"),
            (b"filename*=iso-8859-1'en'caf%E9.pdf", "café.pdf"),
            (b"filename*=unknown''a.pdf", "a.pdf"),
            (b"filename*=UTF-8''a%00b.pdf", "ab.pdf"),
            (b'filename=a b.pdf', "a b.pdf"),
            (b'filename="a;b.pdf"', "a;b.pdf"),
            (b'filename*0="very long "; filename*1="name.pdf"', "very long name.pdf"),
            (b'filename="=?UTF-8?Q?Bestellung_f=C3=BCr?= M=?UTF-8?Q?=C3=BCller.pdf?="', "Bestellung für Müller.pdf"),
            (b"filename*0*=iso-2022-jp'ja'%1B%24BCmJ8%1B%28B; filename*1*=.pdf", "注文.pdf"),
        ):
            with self.subTest(written=written):
                order = self._receive(self._raw_parts(
                    b'Content-Type: text/plain\r\n\r\n5 lanterns',
                    b'Content-Type: application/pdf\r\nContent-Disposition: attachment; %s\r\n'
                    b'Content-Transfer-Encoding: base64\r\n\r\n%s' % (written, base64.b64encode(PDF))))
                self.assertEqual(self._get_files(order), {name: PDF})
                self.assertIn("5 lanterns", self._get_message(order).body)

    def test_nothing_but_a_file(self):
        """The lines of a table stay lines, in a file."""
        for content_type, name, is_read in (
            (b'text/csv', b'a.csv', False), (b'text/plain', b'a.txt', True), (b'application/pdf', b'a.pdf', False),
        ):
            with self.subTest(content_type=content_type):
                order = self._receive(self._raw(
                    b'sku;qty\r\nCHAIR;5\r\n', Content_Type=content_type + b'; name=' + name,
                    Content_Disposition=b'attachment; filename=' + name))
                self.assertEqual(self._get_files(order), {name.decode(): b'sku;qty\r\nCHAIR;5\r\n'})
                self.assertEqual("CHAIR;5" in self._get_message(order).body, is_read)
                self.assertNotIn("neither text nor files", self._get_notes(order))

    def test_headers_that_are_broken(self):
        raw = self._raw(Cc=b'x@elsewhere.example.com')
        torn = self._raw(b'5 lanterns\r\n\r\nof\r\nTo: us').replace(b'From: ', b'X-Note: a\r\nsecond line\r\nFrom: ', 1)
        for written in (
            b'\r\n' + raw, b'\xef\xbb\xbf' + self._raw(), b'From lee@x Mon Mar  3 10:00:00 2031\r\n' + self._raw(),
            self._raw(Subject=b'Order\r\nof lanterns'), torn, self._raw().replace(b'\r\n', b'\n'),
            self._raw().replace(b'\r\n', b'\r'),
        ):
            with self.subTest(written=written):
                order = self._receive(written)
                self.assertEqual(order.partner_id, self.partner)
                self.assertEqual(self._get_message(order).subject, "Order of lanterns")
                self.assertIn("5 lanterns", self._get_message(order).body)
                self.assertEqual("To: us" in self._get_message(order).body, written is torn)
                self.assertFalse(self._receive(written))
        # A text without an empty line before it is none of the headers.
        order = self._receive(self._raw().replace(b'\r\n\r\n', b'\r\n'))
        self.assertIn("5 lanterns", self._get_message(order).body)
        self.assertEqual(self._count(), (8, 0))

    def test_addresses_that_end_early(self):
        """Python's own parser fails on them; what is written beside them is read, and the mail is kept as it came."""
        self.env['ir.config_parameter'].set_param('mail.gateway.loop.threshold', 100)
        broken = (
            b'zhou@', b'Li Zhou <zhou@>', b'<@>', b'@', b'"Li Zhou" <zhou@', b'Li Zhou zhou@', b'a b@', b'<', b'",',
            b'zhou@;', b'a:b@', b'=?utf-8?q?zhou=40?=')
        for number, address in enumerate(broken, start=1):
            for headers in [{name: address} for name in ('From', 'Cc', 'Reply_To', 'Sender', 'Resent_From')]:
                with self.subTest(address=address, headers=list(headers)):
                    raw = self._raw(**headers)
                    order = self._receive(raw)
                    self.assertEqual(order.channel_id, self.mailbox)
                    self.assertIn("5 lanterns", self._get_message(order).body)
                    if 'From' not in headers:
                        self.assertIn('orders@blueharbour.example.com', self._get_message(order).email_from)
                    self.assertFalse(self._receive(raw))
            self.assertEqual(self._count(), (5 * number, 0))

    def test_damaged_file(self):
        raw = self._raw_parts(
            b'Content-Type: text/plain\r\n\r\n5 lanterns',
            b'Content-Type: application/pdf; name="a.pdf"\r\nContent-Transfer-Encoding: base64\r\n\r\nJVBER??i0xLjQ')
        order = self._receive(raw)
        self.assertIn("is damaged", self._get_notes(order))
        self.assertEqual(self._get_files(order)['original.eml'], raw)

    def test_sound_mails_stay_as_they_are(self):
        """What the gateway reads goes to it as it is; the note and the original are for what it does not."""
        mail = self._new_mail(subject="订单：灯笼", body="请见附件。")
        mail.add_alternative("<p>请见<b>附件</b>。</p>", subtype='html')
        mail.add_attachment(PDF, maintype='application', subtype='pdf', filename="采购订单.pdf")
        channel = self.env['order.channel']
        incoming = channel._open_incoming_mail(mail.as_bytes())
        self.assertEqual(channel._find_channels_of_mail(incoming), self.mailbox)
        self.assertEqual(incoming.prepare(), mail.as_bytes())
        self.assertFalse(incoming.remarks)
        self.assertEqual(incoming.channel_ids, self.mailbox.ids)
        # What is written to nobody of ours is none of our business.
        other = channel._open_incoming_mail(self._new_mail(to='sales@shop.example.com').as_bytes())
        self.assertFalse(channel._find_channels_of_mail(other))

    # -- what it cannot store, or drops -------------------------------------------------------------

    @mute_logger(KEEPING)
    def test_what_cannot_be_read_is_listed(self):
        body = b'5 lanterns'
        for depth in range(150):
            body = b'--x%d\r\nContent-Type: multipart/mixed; boundary=x%d\r\n\r\n%s\r\n--x%d--\r\n' % (
                depth + 1, depth, body, depth + 1)
        raw = self._raw(body, Content_Type=b'multipart/mixed; boundary=x150')
        before = self._count()
        self.assertFalse(self._receive(raw))
        refusal = self._get_last_refusal()
        self.assertRecordValues(refusal, [{
            'status': 'rejected', 'channel_id': self.mailbox.id, 'company_id': self.company.id,
            'reference': "Order of lanterns", 'created_order_id': False}])
        self.assertIn("nested too deeply", refusal.error_summary)
        self.assertEqual(refusal.original_id.raw, raw)
        self.assertEqual(refusal.attachment_ids, refusal.original_id)
        self.assertIn('orders@blueharbour.example.com', refusal.payload_text)
        # Again: no second row.
        self.assertFalse(self._receive(raw))
        self.assertEqual(self._count(), (before[0], before[1] + 1))
        # A person makes an order of it, with the mail beside it.
        action = refusal.with_user(self.user_sales_manager).action_create_order()
        order = self.env['sale.order'].browse(action['res_id'])
        self.assertEqual(order.partner_id, self.partner)
        self.assertEqual(self._get_files(order), {'original.eml': raw})
        self.assertIn("could not be read", self._get_message(order).body)
        self.assertFalse(self._receive(raw))
        self.assertEqual(self._count(), (before[0] + 1, before[1] + 1))

    @mute_logger(KEEPING, 'odoo.sql_db')
    def test_what_cannot_be_stored_is_listed(self):
        """Nothing is half done, whatever fails; the sender gets no answer, and the address stays valid."""
        for error, reason in (
            (ValueError("A string literal cannot contain NUL"), "could not be read or stored"),
            (KeyError('x'), "could not be read or stored"), (UserError("Not today."), "Not today."),
        ):
            raw = self._raw()
            before, partners = self._count(), self.env['res.partner'].search_count([])
            mails = self.env['mail.mail'].search_count([])
            with self.subTest(error=error), self._break(error):
                self.assertFalse(self._receive(raw))
            refusal = self._get_last_refusal()
            self.assertIn(reason, refusal.error_summary)
            self.assertEqual(refusal.original_id.raw, raw)
            self.assertEqual(self._count(), (before[0], before[1] + 1))
            self.assertEqual(self.env['res.partner'].search_count([]), partners)
            self.assertEqual(self.env['mail.mail'].search_count([]), mails)
            self.assertNotEqual(self.mailbox.alias_id.alias_status, 'invalid')

    @mute_logger(KEEPING, 'odoo.sql_db')
    def test_database_error(self):
        """The transaction goes on behind an error of the database."""
        def fail(channel, message_dict):
            channel.env.cr.execute("SELECT 1 / 0")

        with patch.object(type(self.env['order.channel']), '_receive_mail', fail):
            self.assertFalse(self._receive(self._raw()))
        self.assertIn("could not be read or stored", self._get_last_refusal().error_summary)
        self.assertTrue(self._receive(self._raw()))

    @mute_logger(KEEPING, 'odoo.addons.mail.models.mail_thread')
    def test_another_transaction_in_the_way(self):
        """Who calls tries again; who fetches mails takes each for done, so it is listed."""
        for error in (SerializationFailure(), ConcurrencyError("again")):
            raw = self._raw()
            before = self._count()
            with self.subTest(error=error), self._break(error):
                with self.assertRaises(type(error)), self.env.cr.savepoint():
                    self._receive(raw)
                self.assertEqual(self._count(), before)
                fetched = self.env['mail.thread'].with_user(SUPERUSER_ID).with_context(default_fetchmail_server_id=1)
                self.assertFalse(fetched.message_process('sale.order', raw))
            self.assertEqual(self._count(), (before[0], before[1] + 1))
            refusal = self._get_last_refusal()
            self.assertEqual(refusal.original_id.raw, raw)
            self.assertIn("somebody else", refusal.error_summary)
            refusal.with_user(self.user_sales_manager).action_create_order()
            self.assertEqual(refusal.created_order_id.partner_id, self.partner)

    def test_seen_elsewhere(self):
        """A number that another mail has is no reason to let this one fall."""
        mail = self._new_mail()
        order = self._receive(mail)
        # The same mail by another way: another server has added its lines.
        self.assertFalse(self._receive(b'Received: from mx2.example.com\r\n' + mail.as_bytes()))
        self.assertEqual(self._count(), (1, 0))
        other = self._new_mail(body="7 desks", Message_ID=mail['Message-ID'])
        for _number in range(2):
            self.assertFalse(self._receive(other))
            self.assertEqual(self._count(), (1, 1))
        refusal = self._get_last_refusal()
        self.assertEqual(refusal.status, 'ignored')
        self.assertIn("same Message-ID", refusal.error_summary)
        refusal.with_user(self.user_sales_manager).action_create_order()
        self.assertNotEqual(refusal.created_order_id, order)
        self.assertIn("7 desks", self._get_message(refusal.created_order_id).body)
        # A message of another record that somebody redirects to the channel.
        note = self.partner.message_post(body="Hello", message_type='comment')
        self.assertFalse(self._receive(self._new_mail(Message_ID=note.message_id)))
        self.assertEqual(self._count(), (2, 2))

    def test_odd_numbers(self):
        """However the number of a mail is written, the mail is an order, once."""
        for number in (
            b'<a  b@c>', b'<tab\t@x>', b'=?utf-8?Q?<q@x>?=', b'<' + b'a' * 1500 + b'@x>', b'<a@b> <c@d>', b'<a@b',
            b'<a@b>\r\n <c@e>', b'<[uuid]@x.y>', b'<>', b'""', b'abc', b'<nul\0@x>', b'\r\n <folded@x>',
            b'<bestellung-f\xc3\xbcr@x>', b' <x@y> (comment)', b'<a=?b@c>',
        ):
            with self.subTest(number=number):
                raw, before = self._raw(Message_ID=number), self._count()
                order = self._receive(raw)
                self.assertEqual(order.partner_id, self.partner)
                self.assertFalse(self._receive(raw))
                self.assertEqual(self._count(), (before[0] + 1, before[1]))

    def test_twice_with_images(self):
        """Odoo gives images in the text an address of their own: it is the same mail all the same."""
        raw = self._raw_parts(
            b'Content-Type: text/html\r\n\r\n<p>5 lanterns <img src="cid:x1@y"> <a href="https://x.example">as</a></p>',
            b'Content-Type: image/png; name="logo.png"\r\nContent-ID: <x1@y>\r\nContent-Transfer-Encoding: base64\r\n'
            b'\r\niVBORw0KGgoxMjM=', kind=b'related')
        for mail in (raw, b'To: %s\r\n\r\n' % ADDRESS.encode(), self._raw(Subject=None)):
            before = self._count()
            self.assertTrue(self._receive(mail))
            self.assertFalse(self._receive(mail))
            self.assertEqual(self._count(), (before[0] + 1, before[1]))

    def test_one_number_for_all_mails(self):
        """A program that gives all its mails one number sends another order with another file."""
        def send(content):
            return self._receive(self._raw_parts(
                b'Content-Type: text/plain\r\n\r\nSee the file.',
                b'Content-Type: application/pdf; name="a.pdf"\r\nContent-Transfer-Encoding: base64\r\n\r\n'
                + base64.b64encode(content), Message_ID=b'<always@erp.example.com>'))

        order = send(b'%PDF-1.4 first')
        for content, row in ((b'%PDF-1.4 first', 0), (b'%PDF-1.4 second', 1), (b'%PDF-1.4 second', 1)):
            self.assertFalse(send(content))
            self.assertEqual(self._count(), (1, row))
        refusal = self._get_last_refusal()
        self.assertIn("same Message-ID", refusal.error_summary)
        refusal.with_user(self.user_sales_manager).action_create_order()
        self.assertNotEqual(refusal.created_order_id, order)
        self.assertEqual(self._get_files(refusal.created_order_id), {'a.pdf': b'%PDF-1.4 second'})

    def test_without_a_number(self):
        """The same bytes are the same mail; another day's order with the same words is another one."""
        raw = self._raw(Message_ID=None)
        order = self._receive(raw)
        self.assertTrue(order)
        self.assertFalse(self._receive(raw))
        self.assertTrue(self._receive(raw.replace(b'Date: ', b'Date: Mon, ')))
        self.assertEqual(self._count(), (2, 0))

    @mute_logger('odoo.addons.mail.models.mail_thread')
    def test_addresses_that_the_gateway_does_not_read(self):
        for headers in (
            {'To': b'undisclosed-recipients:;', 'X_Original_To': ADDRESS.encode()},
            {'To': b'list@elsewhere.example.com', 'Envelope_To': b'<ORDERS@shop.example.com>'},
            {'To': self.domain.catchall_email.encode(), 'Cc': ADDRESS.encode()},
            {'To': b'list@elsewhere.example.com', 'Delivered_To': ADDRESS.encode()},
            {'To': b'"orders@shop.example.com <' + ADDRESS.encode() + b'>', 'Subject': b'Bro\xffken'},
            {'To': b"'orders@shop.example.com'"}, {'To': b'orders@shop.example.com.'},
            {'To': b'orders+lee@shop.example.com'}, {'To': None, 'X_Forwarded_To': ADDRESS.encode()},
            {'To': b'me@private.example', 'Received': b'from a by b for <orders@shop.example.com>; Mon, 2 Mar 2026'},
        ):
            with self.subTest(headers=headers):
                order = self._receive(self._raw(**headers))
                self.assertEqual(order.channel_id, self.mailbox)
                self.assertEqual(order.partner_id, self.partner)
        self.assertEqual(self._count(), (10, 0))
        # An address with a plus sign may be another one of Odoo's.
        self.env['mail.alias'].create({
            'alias_name': 'orders+crm', 'alias_domain_id': self.domain.id,
            'alias_model_id': self.env['ir.model']._get_id('res.partner')})
        self._receive(self._raw(To=b'orders+crm@shop.example.com'))
        self.assertEqual(self._count(), (10, 0))

    def _add_alias(self):
        return self.env['mail.alias'].create({
            'alias_name': 'contacts', 'alias_domain_id': self.domain.id,
            'alias_model_id': self.env['ir.model']._get_id('res.partner')})

    @mute_logger(KEEPING, 'odoo.addons.mail.models.mail_thread')
    def test_written_to_others_too(self):
        """What becomes of an order changes nothing for the other addresses of a mail, and the other way round."""
        self._add_alias()
        everybody = ADDRESS.encode() + b', contacts@shop.example.com'
        contacts = self.env['res.partner'].search_count([])
        self.assertTrue(self._receive(self._raw(To=everybody, Subject=b'One')))
        with self._break(ValueError("no")):
            self._receive(self._raw(To=everybody, Subject=b'Two'))
        self.assertEqual(self._get_last_refusal().status, 'rejected')
        self._receive(self._raw(To=everybody, Subject=b'Three', Precedence=b'bulk'))
        self.mailbox.alias_id.alias_contact = 'partners'
        self._receive(self._raw(To=everybody, Subject=b'Four', From=b'stranger@elsewhere.example.com'))
        self.assertIn("only from known senders", self._get_last_refusal().error_summary)
        self.assertEqual(self._count(), (1, 3))
        self.assertEqual(self.env['res.partner'].search_count([]), contacts + 4)
        self.assertEqual(self.env['res.partner'].search_count([('name', 'in', ("One", "Two", "Three", "Four"))]), 4)

    def test_brought_elsewhere(self):
        """An answer about something else, with the channel in Cc, stands there, and is in the list."""
        note = self.vendor.message_post(body="Your offer", message_type='comment', subtype_xmlid='mail.mt_comment')
        mail = self._new_mail(to='me@private.example', Cc=ADDRESS, In_Reply_To=note.message_id)
        for _number in range(2):
            self._receive(mail)
            self.assertEqual(self._count(), (0, 1))
        self.assertIn("5 lanterns", self.vendor.message_ids[:1].body)
        refusal = self._get_last_refusal()
        self.assertEqual((refusal.status, refusal.original_id.raw), ('ignored', mail.as_bytes()))
        self.assertIn("added to another record", refusal.error_summary)
        refusal.with_user(self.user_sales_manager).action_create_order()
        self.assertEqual(refusal.created_order_id.partner_id, self.partner)

    def test_text_that_no_bytes_say(self):
        """Over JSON half a sign may come."""
        text = self._raw(b'5 lanterns').decode() + "\ud83d"
        order = self.env['sale.order'].browse(
            self.env['mail.thread'].with_user(SUPERUSER_ID).message_process(None, text))
        self.assertIn("5 lanterns", self._get_message(order).body)

    def test_fetched_for_orders(self):
        """What a mail server fetches for orders goes to the channel of mails, whoever it is written to."""
        fetched = self.env['mail.thread'].with_user(SUPERUSER_ID).with_context(default_fetchmail_server_id=1)
        raw = self._raw(To=b'me@private.example')
        order = self.env['sale.order'].browse(fetched.message_process('sale.order', raw))
        self.assertEqual((order.channel_id, order.partner_id), (self.mailbox, self.partner))
        raw = self._raw(To=b'me@private.example', Auto_Submitted=b'auto-replied')
        self.assertFalse(fetched.message_process('sale.order', raw))
        self.assertIn("sent automatically", self._get_last_refusal().error_summary)
        broken = self._raw(b'5 \xe9', To=b'me@private.example', Content_Type=b'text/plain; charset=x-unknown')
        order = self.env['sale.order'].browse(fetched.message_process('sale.order', broken))
        self.assertIn("5 é", self._get_message(order).body)

    @mute_logger(KEEPING)
    def test_fetched_for_nobody_knows_whom(self):
        """Where several companies have channels, a person says whose order it is that names none."""
        other = self._new_company()
        self._adopt(self._new_policy(other))
        self.env['order.channel'].create({
            'name': "Mailbox 2", 'code': 'mail2', 'kind': 'email', 'company_id': other.id})
        fetched = self.env['mail.thread'].with_user(SUPERUSER_ID).with_company(
            self._new_company(name="Third Company")).with_context(default_fetchmail_server_id=1)
        before = self.env['sale.order'].search_count([])
        raw = self._raw(To=b'me@private.example')
        for _turn in range(2):
            self.assertFalse(fetched.message_process('sale.order', raw))
        self.assertEqual(self.env['sale.order'].search_count([]), before)
        refusal = self._get_last_refusal()
        self.assertEqual((refusal.status, refusal.company_id), ('rejected', self.mailbox.company_id))
        self.assertIn("several companies", refusal.error_summary)
        self.assertEqual(self.env['order.channel.refusal'].search_count([('id', '>=', refusal.id)]), 1)
        # An address of a channel decides.
        order = self.env['sale.order'].browse(fetched.message_process('sale.order', self._raw()))
        self.assertEqual(order.channel_id, self.mailbox)

    @mute_logger(KEEPING)
    def test_fetched_by_a_mail_server(self):
        """The mail server takes each mail for done, and each is an order or listed."""
        server = self.env['fetchmail.server'].create({
            'name': "Orders", 'state': 'done', 'original': True,
            'object_id': self.env['ir.model']._get_id('sale.order')})
        self.env['fetchmail.server'].search([('id', '!=', server.id)]).action_archive()
        blocked, fine = self._raw(Subject=b'Blocked'), self._raw(To=b'me@private.example')
        broken = self._raw(b'5 \xe9', Content_Type=b'text/plain; charset=x-unknown')
        connection = Connection(fine, broken, blocked, fine)
        receive = type(self.env['order.channel'])._receive_mail

        def receive_or_fail(channel, message_dict):
            if message_dict['subject'] == "Blocked":
                raise SerializationFailure()
            return receive(channel, message_dict)

        with (
            self.enter_registry_test_mode(), self.registry.cursor() as cr,
            patch.object(self.registry['fetchmail.server'], '_connect__', return_value=connection),
            patch.object(type(self.env['order.channel']), '_receive_mail', receive_or_fail),
        ):
            self.assertIsNone(server.with_env(server.env(cr=cr))._fetch_mail())
        self.env.invalidate_all()
        self.assertFalse(connection.mails)
        self.assertEqual(self._count(), (2, 1))
        self.assertEqual(self._get_last_refusal().original_id.raw, blocked)
        orders = self.env['sale.order'].search([('channel_id', '=', self.mailbox.id)])
        self.assertEqual(orders.partner_id, self.partner)

    def test_gateway_of_odoo(self):
        """What is to no channel reaches the gateway of Odoo as it came, and its answer the caller."""
        thread = self.env['mail.thread'].with_user(SUPERUSER_ID)
        values = {'custom_values': {'name': "x"}, 'save_original': True, 'strip_attachments': True, 'thread_id': 7}
        for message in (
            self._raw(To=b'sales@shop.example.com'), self._raw(To=b'sales@shop.example.com').decode(), b'',
            b'\r\n\xff\0',
            xmlrpc.client.Binary(self._raw(To=b'sales@shop.example.com', Subject=b'\0')),
            b'\r\n' + self._raw(To=b'sales@shop.example.com', References=b'\xe9'),
        ):
            with self.subTest(message=message), patch.object(
                    Gateway, 'message_process', autospec=True, return_value=42) as process:
                self.assertEqual(thread.message_process('res.partner', message, **values), 42)
                process.assert_called_once()
                self.assertEqual(process.call_args.args[1], 'res.partner')
                self.assertIs(process.call_args.args[2], message)
                self.assertEqual(process.call_args.kwargs, values)
        self.assertEqual(self._count(), (0, 0))

    @mute_logger('odoo.addons.mail.models.mail_thread')
    def test_other_addresses_stay_with_odoo(self):
        before = self.env['order.channel.refusal'].search_count([])
        with self.assertRaises(ValueError):
            self._receive(self._raw(To=b'nobody@shop.example.com'))
        with self.assertRaises(LookupError):
            self._receive(self._raw(
                b'5 \xe9', To=b'sales@shop.example.com', Content_Type=b'text/plain; charset=x-unknown'))
        self.assertEqual(self.env['order.channel.refusal'].search_count([]), before)

    def test_programs_twice(self):
        mail = self._new_mail(Auto_Submitted='auto-replied')
        for _number in range(2):
            self._receive(mail)
        self.assertEqual(self._count(), (0, 1))

    def test_senders_whom_the_address_does_not_accept(self):
        self.mailbox.alias_id.alias_contact = 'partners'
        self.assertTrue(self._receive(self._raw()))
        self.assertFalse(self._receive(self._raw(From=b'stranger@elsewhere.example.com')))
        self.assertEqual(self._count(), (1, 1))
        self.assertIn("only from known senders", self._get_last_refusal().error_summary)

    def test_answer_that_has_to_be_written_anew(self):
        order = self._receive(self._new_mail())
        question = order.with_user(self.user_sales).message_post(
            body="Which colour?", message_type='comment', subtype_xmlid='mail.mt_comment', partner_ids=self.partner.ids)
        answer = self._receive(self._raw(
            b'Bleu\xe9', Content_Type=b'text/plain; charset=x-unknown', In_Reply_To=question.message_id.encode()))
        self.assertEqual(answer, order)
        self.assertIn("Bleué", self._get_message(order).body)
        self.assertIn("how its text is encoded", self._get_notes(order))
        self.assertEqual(self._count(), (1, 0))

    def test_answers_in_odd_forms(self):
        """However a mail says what it answers, it makes no second order."""
        order = self._receive(self._new_mail())
        question = order.with_user(self.user_sales).message_post(
            body="Which colour?", message_type='comment', subtype_xmlid='mail.mt_comment', partner_ids=self.partner.ids)
        number = question.message_id.encode()
        for headers in (
            {'References': b'<other@x>', 'In_Reply_To': number}, {'References': number, 'In_Reply_To': b'<other@x>'},
            {'In_Reply_To': number.strip(b'<>')}, {'References': b'<other@x>,' + number + b',<last@x>'},
            {'References': number[:9] + b'\r\n ' + number[9:]}, {'In_Reply_To': b'Your message of "Mon" ' + number},
            {'References': b'=?utf-8?B?%s?=' % base64.b64encode(number)},
            {'References': number[:9] + b'\r\n\t' + number[9:], 'Subject': b'Bro\xffken'},
            {'References': b'<a\0b@c> <\xe9@d> ' + number},
        ):
            with self.subTest(headers=headers):
                self.assertEqual(self._receive(self._raw(b'Blue', **headers)), order)
        self.assertEqual(self._count(), (1, 0))

    # -- how much is kept, and for whom ---------------------------------------------------------------

    @mute_logger(KEEPING)
    def test_flood(self):
        self.env['ir.config_parameter'].set_param('sale_order_lifecycle.max_refusals', 2)
        with self._break(ValueError("no")):
            for _number in range(2):
                self._receive(self._raw())
            # The mail server is told; what is fetched is taken for done, and one row says that there are more.
            with self.assertRaises(ValueError), self.env.cr.savepoint():
                self._receive(self._raw())
            fetched = self.env['mail.thread'].with_user(SUPERUSER_ID).with_context(default_fetchmail_server_id=1)
            for _number in range(3):
                fetched.message_process(None, self._raw())
        self.assertEqual(self._count(), (0, 3))
        self.assertIn("not stored", self._get_last_refusal().error_summary)

    @mute_logger(KEEPING, 'odoo.addons.base.models.ir_model')
    def test_customers_keep_nothing(self):
        customer = new_test_user(self.env, login='mail_customer', groups='base.group_portal')
        before = self._count()
        Thread = self.env['mail.thread'].with_user(customer).sudo(False)
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            Thread.message_process(None, self._raw())
        self.assertEqual(self._count(), before)
        for message in (None, 5, [b'x']):
            with self.subTest(message=message), self.assertRaises(AttributeError):
                self.env['mail.thread'].message_process(None, message)

    def test_company_of_the_channel(self):
        company = self._new_company(policy=True)
        company.alias_domain_id = self.domain
        channel = self.env['order.channel'].search([('company_id', '=', company.id), ('kind', '=', 'email')], limit=1)
        channel.alias_name = 'orders-two'
        with mute_logger(KEEPING), self._break(ValueError("no")):
            self._receive(self._raw(To=b'orders-two@shop.example.com'))
        refusal = self.env['order.channel.refusal'].search([('channel_id', '=', channel.id)])
        self.assertEqual(refusal.company_id, company)
        for user in (self.user_sales_manager, self.user_manager, self.user_sales):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                refusal.with_user(user).action_create_order()


@tagged('post_install', '-at_install')
class TestOrderOfRefusedMail(ArrivalCommon):

    def _refuse(self, mail=None):
        self._receive(mail or self._new_mail(Auto_Submitted='auto-replied'))
        return self._get_last_refusal()

    def test_who_makes_it(self):
        refusal = self._refuse()
        with self._in_transaction_of(self.user_sales_manager):
            action = refusal.with_user(self.user_sales_manager).sudo(False).action_create_order()
        order = self.env['sale.order'].browse(action['res_id'])
        self.assertRecordValues(order, [{
            'registered_by_id': self.user_sales_manager.id, 'channel_id': self.mailbox.id,
            'partner_id': self.partner.id, 'policy_id': self.policy.id}])
        self.assertIn("5 lanterns", self._get_message(order).body)
        self.assertIn("sent automatically", self._get_notes(order))
        self.assertEqual(refusal.created_order_id, order)
        self.assertFalse(refusal.with_user(self.user_sales_manager).can_create_order)

    def test_once(self):
        refusals = self._refuse() | self._refuse()
        action = refusals.with_user(self.user_sales_manager).action_create_order()
        self.assertEqual(len(refusals.created_order_id), 2)
        self.assertEqual(action['domain'], [('id', 'in', refusals.created_order_id.ids)])
        for records in (refusals, refusals[0]):
            with self.assertRaises(UserError):
                records.with_user(self.user_sales_manager).action_create_order()
        # All or none.
        other = self._refuse()
        with self.assertRaises(UserError), self.env.cr.savepoint():
            (other | refusals).with_user(self.user_sales_manager).action_create_order()
        self.assertFalse(other.created_order_id)

    def test_files(self):
        mail = self._new_mail(Auto_Submitted='auto-generated')
        mail.add_attachment(PDF, maintype='application', subtype='pdf', filename="采购订单.pdf")
        refusal = self._refuse(mail)
        refusal.with_user(self.user_sales_manager).action_create_order()
        self.assertEqual(self._get_files(refusal.created_order_id), {"采购订单.pdf": PDF})

    def test_whole(self):
        """What people read of a mail has an end; its order has all of it, and what no text says of it."""
        rows = ''.join(f'<tr><td>CHAIR</td><td>{number}</td></tr>' for number in range(2000))
        mail = self._new_mail(
            'Lantern Shop <wordpress@lanternshop.example.com>', body=None, Precedence='bulk',
            Reply_To='Li Zhou <zhou@neu.example.cn>')
        mail.set_content(f'<table>{rows}</table>', subtype='html')
        refusal = self._refuse(mail)
        self.assertEqual(refusal.original_id.raw, mail.as_bytes())
        self.assertEqual(len(refusal.payload['body']), 20001)
        self.assertTrue(refusal.payload['body'].endswith("…"))
        refusal.with_user(self.user_sales_manager).action_create_order()
        order = refusal.created_order_id
        self.assertEqual(order.partner_id.email, 'zhou@neu.example.cn')
        self.assertIn('<tr><td>CHAIR</td><td>1999</td></tr>', self._get_message(order).body)

    def test_reason_in_the_language_of_the_reader(self):
        self.env['res.lang']._activate_lang('zh_CN')
        automatic = self._refuse()
        with mute_logger(KEEPING), self._break(UserError("Not today.")):
            broken = self._refuse(self._new_mail())
        order = self._receive(self._new_mail())
        foreign = self._refuse(self._new_mail(
            'Rival <lee@rival.example.com>', to=self.domain.catchall_email,
            In_Reply_To=self._get_message(order).message_id))
        self.assertEqual(foreign.status, 'ignored')
        for refusal, english, chinese in (
            (automatic, "The e-mail was sent automatically, such as an out-of-office reply.",
             "该邮件由程序发出，例如外出自动回复。"),
            (broken, "The order of the e-mail could not be created: Not today.", "未能根据该邮件创建订单：Not today."),
            (foreign, f"The e-mail is a reply to a message about {order.name}, but its sender is not involved in that "
             "order.", f"该邮件回复的是有关 {order.name} 的消息，但发件人与该订单无关。"),
        ):
            with self.subTest(english=english):
                self.assertEqual(refusal.with_context(lang='en_US').error_summary, english)
                self.assertEqual(refusal.with_context(lang='zh_CN').error_summary, chinese)
        # What was listed before reasons were kept says what it has said.
        automatic._write_guarded({'errors': [{'code': 'automatic_mail', 'field': 'mail', 'message': "As it was."}]})
        self.assertEqual(automatic.with_context(lang='zh_CN').error_summary, "As it was.")

    def test_notes_in_the_language_of_the_salesperson(self):
        self.env['res.lang']._activate_lang('zh_CN')
        self.user_sales.lang = 'zh_CN'
        self.assertIn("该邮件既无文字也无文件", self._get_notes(self._receive(self._raw(b'\r\n'))))

    def test_without_right(self):
        refusal = self._refuse()
        self.assertTrue(refusal.with_user(self.user_sales_manager).can_create_order)
        machine = self._new_user('machine', 'sale_order_lifecycle.group_intake_api')
        for user in (self.user_manager, self.user_sales, self.user_finance, self.user_employee, machine):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                refusal.with_user(user).action_create_order()
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                refusal.with_user(user).sudo().action_create_order()
        self.assertFalse(refusal.with_user(self.user_manager).can_create_order)
        self.assertFalse(refusal.created_order_id)

    def test_no_mail(self):
        """What a machine has submitted is none, whatever it calls its values."""
        machine = self._new_user('machine', 'sale_order_lifecycle.group_intake_api')
        for payload in ({'reference': "A-1", 'lines': []}, {'message_id': "<1@example.com>", 'from': "a@example.com"}):
            refusal = self.env['order.channel.refusal']._create_guarded({
                'company_id': self.company.id, 'channel_id': self.mailbox.id, 'status': 'rejected',
                'received_at': fields.Datetime.now(), 'user_id': machine.id, 'payload': payload})
            self.assertFalse(refusal.with_user(self.user_sales_manager).can_create_order)
            with self.assertRaises(UserError):
                refusal.with_user(self.user_sales_manager).action_create_order()


@tagged('post_install', '-at_install')
class TestRefusedMailRpc(ArrivalCommon, HttpCase):

    @mute_logger('odoo.http', 'odoo.models', 'odoo.addons.base.models.ir_model', 'odoo.addons.base.models.ir_rule')
    def test_create_order(self):
        self._receive(self._new_mail(Auto_Submitted='auto-replied'))
        refusal = self._get_last_refusal()

        def call(user, method, **values):
            key = self.env['res.users.apikeys'].with_user(user).sudo()._generate(
                'rpc', 'test', fields.Datetime.now() + timedelta(days=1))
            self.env.flush_all()
            return self.url_open(
                f'/json/2/order.channel.refusal/{method}', json={'ids': refusal.ids, **values},
                headers={'Authorization': f'Bearer {key}'})

        for user in (self.user_employee, self.user_sales, self.user_manager):
            self.assertEqual(call(user, 'action_create_order').status_code, 403)
        for vals in ({'created_order_id': 1}, {'mail_digest': 'x'}, {'original_id': False}, {'status': 'rejected'}):
            self.assertIn(call(self.user_sales_manager, 'write', vals=vals).status_code, (403, 404))
        for method in ('_create_order', '_action_create_order'):
            self.assertIn(call(self.user_sales_manager, method).status_code, (403, 404))
        self.assertEqual(self._count(), (0, 1))
        self.assertEqual(call(self.user_sales_manager, 'action_create_order').status_code, 200)
        self.assertEqual(call(self.user_sales_manager, 'action_create_order').status_code, 422)
        self.env.invalidate_all()
        self.assertEqual(self._count(), (1, 1))
        self.assertEqual(refusal.created_order_id.registered_by_id, self.user_sales_manager)
