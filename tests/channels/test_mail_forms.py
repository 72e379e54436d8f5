"""No order is empty without a word: what is inside of files is said, and what is no order is listed (article I1)."""
import base64
import random

from odoo.tests import BaseCase, tagged

from odoo.addons.sale_order_lifecycle.models.channels import incoming_mail, mail_parts, mail_signed

from .test_mail_arrival import ArrivalCommon

SIGNED_DATA, DATA = b'\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02', b'\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01'
ENVELOPED_DATA = b'\x2a\x86\x48\x86\xf7\x0d\x01\x07\x03'
INVITATION = b'BEGIN:VCALENDAR\r\nMETHOD:%s\r\nBEGIN:VEVENT\r\nSUMMARY:Talk\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n'


def element(tag, *contents, open_ended=False):
    """:return: bytes of an element of a signed envelope; with a length, or with an end"""
    content = b''.join(contents)
    if open_ended:
        return bytes((tag, 0x80)) + content + b'\0\0'
    length = len(content)
    size = bytes((length,)) if length < 0x80 else b'\x84' + length.to_bytes(4, 'big')
    return bytes((tag,)) + size + content


def sign(content, open_ended=False, kind=SIGNED_DATA):
    """:return: bytes of an envelope around a mail, as programs that sign a mail as a whole write it"""
    octets = element(0x04, content)
    if open_ended:
        octets = element(0x24, *(element(0x04, content[start:start + 7]) for start in range(0, len(content), 7)),
                         open_ended=True)
    inner = element(0x30, element(0x06, DATA), element(0xa0, octets, open_ended=open_ended), open_ended=open_ended)
    signed = element(
        0x30, element(0x02, b'\1'), element(0x31, element(0x30, element(0x06, b'\1\2'), open_ended=open_ended)), inner,
        element(0x31), open_ended=open_ended)
    return element(0x30, element(0x06, kind), element(0xa0, signed, open_ended=open_ended), open_ended=open_ended)


@tagged('post_install', '-at_install')
class TestSignedEnvelope(BaseCase):

    def test_content(self):
        for content in (b'5 lanterns', b'x' * 1000, b''):
            for open_ended in (False, True):
                self.assertEqual(mail_signed.unpack(sign(content, open_ended)), content)
        for other in (b'', b'x', sign(b'x', kind=ENVELOPED_DATA), sign(b'x')[:20], b'0\x80' * 9):
            self.assertIsNone(mail_signed.unpack(other))

    def test_anything(self):
        """Whatever is changed in it, it is read or it is none."""
        seed = 17
        numbers = random.Random(seed)
        for whole in (sign(b'5 lanterns'), sign(b'5 lanterns', True)):
            for _round in range(2000):
                content = bytearray(whole)
                for _change in range(numbers.randint(1, 4)):
                    content[numbers.randrange(len(content))] = numbers.randrange(256)
                found = mail_signed.unpack(bytes(content[:numbers.randint(0, len(content))]))
                self.assertIsInstance(found, (bytes, type(None)), f"seed {seed}")
        for hostile in (b'0\x80' * 100_000, b'\x24\x80' * 100_000, b'\x30\x84\xff\xff\xff\xff'):
            self.assertIsNone(mail_signed.unpack(hostile))


@tagged('post_install', '-at_install')
class TestMailForms(ArrivalCommon):

    def _raw_file(self, content_type, content, name, body=b''):
        text = b'Content-Type: text/plain\r\n\r\n' + body
        return self._raw_parts(text, b'Content-Type: %s; name="%s"\r\nContent-Transfer-Encoding: base64\r\n\r\n%s' % (
            content_type, name, base64.b64encode(content)))

    # -- texts that are inside of files -------------------------------------------------------------

    def test_signed_as_a_whole(self):
        inner = b'Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n' + (
            "5 Laternen für Köln".encode())
        for open_ended in (False, True):
            for content_type in (b'application/pkcs7-mime; smime-type=signed-data', b'application/x-pkcs7-mime'):
                with self.subTest(open_ended=open_ended, content_type=content_type):
                    content = sign(inner, open_ended)
                    order = self._receive(self._raw(
                        base64.encodebytes(content), Content_Type=content_type + b'; name="smime.p7m"',
                        Content_Transfer_Encoding=b'base64'))
                    self.assertEqual(order.partner_id, self.partner)
                    self.assertIn("5 Laternen für Köln", self._get_message(order).body)
                    self.assertIn("digitally signed", self._get_notes(order))
                    self.assertEqual(self._get_files(order), {'smime.p7m': content})

    def test_signed_with_files(self):
        inner = self._new_mail()
        inner.add_attachment(b'%PDF-1.4', maintype='application', subtype='pdf', filename='order.pdf')
        for name in ('From', 'To', 'Subject', 'Message-ID', 'Date'):
            del inner[name]
        content = sign(inner.as_bytes())
        order = self._receive(self._raw(
            base64.encodebytes(content), Content_Type=b'application/pkcs7-mime; smime-type=signed-data',
            Content_Transfer_Encoding=b'base64'))
        self.assertIn("5 lanterns", self._get_message(order).body)
        self.assertEqual(self._get_files(order), {'smime.p7m': content, 'order.pdf': b'%PDF-1.4'})

    def test_forms_under_another_type(self):
        """Mail servers on the way forget what a file is; its name and its first bytes say it."""
        octets = b'application/octet-stream; name="%s"'
        order = self._receive(self._raw(
            base64.encodebytes(sign(b'Content-Type: text/plain\r\n\r\n5 lanterns')),
            Content_Type=octets % b'smime.p7m', Content_Transfer_Encoding=b'base64'))
        self.assertIn("5 lanterns", self._get_message(order).body)
        self.assertIn("digitally signed", self._get_notes(order))
        for name, content, note in (
            (b'ATT0001.dat', b'\x78\x9f\x3e\x22' + b'x' * 20, "Microsoft Outlook"),
            (b'message.rpmsg', b'xx', "is encrypted"),
            (b'message.bin', b'-----BEGIN PGP MESSAGE-----\r\n', "is encrypted"),
        ):
            with self.subTest(name=name):
                order = self._receive(self._raw_file(b'application/octet-stream', content, name))
                self.assertIn(note, self._get_notes(order))
                self.assertEqual(self._get_files(order), {name.decode(): content})
        order = self._receive(self._raw_file(b'application/octet-stream', b'anything', b'a.bin', b'5 lanterns'))
        self.assertFalse(self._get_notes(order).count("text"))

    def test_encrypted(self):
        content = sign(b'secret', kind=ENVELOPED_DATA)
        order = self._receive(self._raw(
            base64.encodebytes(content), Content_Transfer_Encoding=b'base64',
            Content_Type=b'application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m'))
        self.assertIn("is encrypted", self._get_notes(order))
        self.assertEqual(self._get_files(order), {'smime.p7m': content})
        order = self._receive(self._raw_parts(
            b'Content-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n',
            b'Content-Type: application/octet-stream; name="encrypted.asc"\r\n\r\n-----BEGIN PGP MESSAGE-----\r\n',
            kind=b'encrypted'))
        self.assertIn("is encrypted", self._get_notes(order))
        self.assertIn('encrypted.asc', self._get_files(order))
        # What cannot be opened though it is only signed.
        order = self._receive(self._raw(
            base64.encodebytes(b'nothing'), Content_Type=b'application/pkcs7-mime; smime-type=signed-data',
            Content_Transfer_Encoding=b'base64'))
        self.assertIn("inside the file smime.p7m", self._get_notes(order))

    def test_signed_file_is_a_file(self):
        content = sign(b'%PDF-1.4')
        order = self._receive(self._raw_file(b'application/pkcs7-mime', content, b'order.pdf.p7m', b'5 lanterns'))
        self.assertIn("5 lanterns", self._get_message(order).body)
        self.assertEqual(self._get_files(order), {'order.pdf.p7m': content})
        self.assertNotIn("digitally signed", self._get_notes(order))

    def test_outlook_format(self):
        content = b'\x78\x9f\x3e\x22' + b'x' * 50
        for content_type in (b'application/ms-tnef', b'application/octet-stream'):
            with self.subTest(content_type=content_type):
                order = self._receive(self._raw_file(content_type, content, b'winmail.dat'))
                self.assertIn("winmail.dat", self._get_notes(order))
                self.assertEqual(self._get_files(order), {'winmail.dat': content})

    def test_empty_mail(self):
        order = self._receive(self._raw(b'\r\n'))
        self.assertIn("neither text nor files", self._get_notes(order))
        order = self._receive(self._raw_file(b'application/pdf', b'%PDF-1.4', b'order.pdf'))
        self.assertNotIn("neither text nor files", self._get_notes(order))

    def test_part_of_a_mail(self):
        order = self._receive(self._raw(
            b'Subject: x\r\n\r\n5 lanterns', Content_Type=b'message/partial; id="a@b"; number=1; total=2'))
        self.assertIn("one part of a larger one", self._get_notes(order))

    def test_mail_that_is_attached_like_a_file(self):
        """Some programs encode a mail that they attach; what it says is read all the same."""
        inner = self._new_mail(to='sales@example.com', body="7 desks").as_bytes()
        order = self._receive(self._raw_parts(
            b'Content-Type: text/plain\r\n\r\nPlease enter.',
            b'Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n' + base64.encodebytes(inner),
            From=self.user_sales.email_formatted.encode()))
        self.assertEqual(order.partner_id, self.partner)
        self.assertIn("Please enter.", self._get_message(order).body)
        self.assertIn("7 desks", self._get_message(order).body)

    def test_text_beside_a_mail_of_two_forms(self):
        """What a colleague writes above a mail that is attached does not get lost."""
        inner = self._new_mail(to='sales@example.com', body="7 desks")
        inner.add_alternative("<p>7 desks</p>", subtype='html')
        mail = self._new_mail(self.user_sales.email_formatted, body="In red, please.")
        mail.add_attachment(inner)
        order = self._receive(mail)
        self.assertEqual(order.partner_id, self.partner)
        self.assertIn("In red, please.", self._get_message(order).body)
        self.assertIn("7 desks", self._get_message(order).body)

    # -- what is no order ---------------------------------------------------------------------------

    def test_calendar(self):
        invitation = b'Content-Type: text/calendar; charset=utf-8%s\r\n\r\n%s'
        for method in (b'REQUEST', b'REPLY', b'CANCEL', b'COUNTER'):
            content = INVITATION % method
            for raw in (
                self._raw(content, Content_Type=b'text/calendar; method=' + method),
                self._raw(content, Content_Type=b'text/calendar; charset=utf-8'),
                self._raw_parts(b'Content-Type: text/plain\r\n\r\nTalk', invitation % (
                    b'; method=' + method.lower(), content), kind=b'alternative'),
                self._raw_parts(b'Content-Type: text/plain\r\n\r\nTalk', invitation % (b'', content)),
            ):
                with self.subTest(method=method, raw=raw[-200:]):
                    self.assertFalse(self._receive(raw))
                    refusal = self._get_last_refusal()
                    self.assertEqual(refusal.status, 'ignored')
                    self.assertIn("invitation", refusal.error_summary)
        self.assertEqual(self._count(), (0, 16))

    def test_order_in_an_invitation(self):
        """It is listed with all that it says, and an order on request."""
        raw = self._raw_parts(
            b'Content-Type: text/plain\r\n\r\n5 lanterns',
            b'Content-Type: multipart/alternative; boundary="=y"\r\n\r\n--=y\r\nContent-Type: text/html\r\n\r\n'
            b'<p>Talk</p>\r\n--=y\r\nContent-Type: text/calendar; method=REQUEST\r\n\r\n%s\r\n--=y--\r\n' % (
                INVITATION % b'REQUEST'))
        self.assertFalse(self._receive(raw))
        refusal = self._get_last_refusal()
        self.assertIn("5 lanterns", refusal.payload['body'])
        self.assertIn("Talk", refusal.payload['body'])
        refusal.with_user(self.user_sales_manager).action_create_order()
        self.assertIn("5 lanterns", self._get_message(refusal.created_order_id).body)
        self.assertIn(b'METHOD:REQUEST', self._get_files(refusal.created_order_id)['attachment.ics'])

    def test_answers_of_programs(self):
        """Without the header for it the programs of some providers say it in the subject."""
        for headers in (
            {'Subject': "自动回复: 订单".encode()}, {'Subject': "自动回复：订单".encode()},
            {'Subject': b'Automatic reply: Order'}, {'Subject': b'Automatische Antwort: Bestellung'},
            {'Subject': "Réponse automatique : Commande".encode()}, {'Subject': "Автоответ: заказ".encode()},
            {'Subject': "自動応答: 注文".encode()}, {'Subject': b'[Auto-Reply]: Order'},
            {'X_Mail_Autoreply': b'yes'}, {'Return_Path': b'<>', 'X_Auto_Response_Suppress': b'All'},
        ):
            with self.subTest(headers=headers):
                before = self._count()
                self.assertFalse(self._receive(self._raw(**headers)))
                self.assertEqual(self._count(), (before[0], before[1] + 1))
                self.assertIn("sent automatically", self._get_last_refusal().error_summary)
        for headers in (
            {'Subject': "Re: 自动回复: 订单".encode()}, {'Subject': b'Automatic reply'}, {'Return_Path': b'<>'},
            {'Subject': b'Order of an automatic door: 5'}, {'X_Auto_Response_Suppress': b'OOF'},
        ):
            with self.subTest(headers=headers):
                self.assertTrue(self._receive(self._raw(**headers)))

    def test_date_in_a_file(self):
        """An order with a file for the calendar is an order."""
        order = self._receive(self._raw_parts(
            b'Content-Type: text/plain\r\n\r\n5 lanterns',
            b'Content-Type: text/calendar; name="delivery.ics"\r\nContent-Disposition: attachment; '
            b'filename="delivery.ics"\r\n\r\n' + INVITATION % b'PUBLISH'))
        self.assertIn("5 lanterns", self._get_message(order).body)
        self.assertIn('delivery.ics', self._get_files(order))

    def test_reports(self):
        for kind, part in ((b'disposition-notification', b'message/disposition-notification'),
                           (b'delivery-status', b'message/delivery-status'),
                           (b'feedback-report', b'message/feedback-report')):
            with self.subTest(kind=kind):
                before = self._count()
                body = (b'--x\r\nContent-Type: text/plain\r\n\r\nIt was read.\r\n--x\r\nContent-Type: %s\r\n\r\n'
                        b'Final-Recipient: rfc822;a@example.com\r\n\r\n--x--\r\n' % part)
                raw = self._raw(body, Content_Type=b'multipart/report; report-type=%s; boundary=x' % kind)
                for _number in range(2):
                    self.assertFalse(self._receive(raw))
                self.assertEqual(self._count(), (before[0], before[1] + 1))
                refusal = self._get_last_refusal()
                self.assertEqual(refusal.status, 'ignored')
                self.assertIn("read receipt", refusal.error_summary)
                self.assertEqual(refusal.original_id.raw, raw)
        # Lists and virus scanners add a text.
        body = (
            b'--x\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=y\r\n\r\n'
            b'--y\r\n\r\nFailed\r\n--y\r\nContent-Type: message/delivery-status\r\n\r\nAction: failed\r\n\r\n'
            b'--y--\r\n--x\r\n\r\nScanned\r\n--x--')
        self.assertFalse(self._receive(self._raw(body, Content_Type=b'multipart/mixed; boundary=x')))
        self.assertIn("could not be delivered", self._get_last_refusal().error_summary)
        self.assertFalse(self._receive(self._raw(From=b'MAILER-DAEMON@mx.example.com')))
        self.assertIn("could not be delivered", self._get_last_refusal().error_summary)

    # -- anything -----------------------------------------------------------------------------------

    def test_mutations(self):
        """Whatever is changed in a mail, it is read, written anew, or refused by name."""
        seed = 17
        numbers = random.Random(seed)
        raw = self._raw_parts(
            b'Content-Type: text/plain; charset=gb2312\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n=B6=A9',
            b'Content-Type: application/pdf; name="=?utf-8?B?YS5wZGY=?="\r\nContent-Transfer-Encoding: base64\r\n\r\n',
            b'Content-Type: message/rfc822\r\n\r\nFrom: a@b\r\n\r\nhello')
        for _round in range(300):
            content = bytearray(raw)
            for _change in range(numbers.randint(1, 8)):
                position = numbers.randrange(len(content))
                content[position:position + numbers.randint(0, 9)] = numbers.randbytes(numbers.randint(0, 4))
            incoming = incoming_mail.IncomingMail(bytes(content))
            try:
                found = incoming.prepare(), incoming.write_anew()
            except mail_parts.MailError:
                continue
            self.assertTrue(all(isinstance(mail, bytes) for mail in found), f"seed {seed}")
