"""Who the customer of a mail is: its sender, whom a shop has written for, or whose mail was forwarded (article I3)."""
from odoo.tests import tagged

from odoo.addons.sale_order_lifecycle.models.channels import mail_senders

from .test_mail_arrival import ArrivalCommon
from .test_order_mail import ADDRESS

SHOP = 'Lantern Shop <wordpress@lanternshop.example.com>'
ZHOU = 'Li Zhou <zhou@neu.example.cn>'


@tagged('post_install', '-at_install')
class TestMailSender(ArrivalCommon):

    def _receive_from(self, sender, reply_to=None, **kwargs):
        return self._receive(self._new_mail(sender, Reply_To=reply_to, **kwargs))

    def assertCustomer(self, order, name, email):
        self.assertRecordValues(order, [{'customer_to_check': False}])
        self.assertRecordValues(order.partner_id, [{'name': name, 'email': email, 'active': True}])

    # -- shops --------------------------------------------------------------------------------------

    def test_mail_of_a_shop(self):
        order = self._receive_from(SHOP, ZHOU)
        self.assertCustomer(order, "Li Zhou", 'zhou@neu.example.cn')
        again = self._receive_from(SHOP, 'zhou@neu.example.cn')
        self.assertEqual(again.partner_id, order.partner_id)
        known = self._receive_from(SHOP, 'Anybody <orders@blueharbour.example.com>')
        self.assertEqual(known.partner_id, self.partner)

    def test_whoever_a_program_was_taken_for(self):
        """That somebody has entered the shop as a customer makes it none."""
        self.env['res.partner'].create({'name': "Lantern Shop", 'email': 'wordpress@lanternshop.example.com'})
        self.assertCustomer(self._receive_from(SHOP, ZHOU), "Li Zhou", 'zhou@neu.example.cn')

    def test_addresses_of_programs(self):
        for number, address in enumerate((
            'noreply@shop.example.org', 'no-reply@shop.example.org', 'do_not_reply@shop.example.org',
            'woocommerce@shop.example.org', 'orders-noreply@shop.example.org', 'shop@lantern.example.org',
        )):
            with self.subTest(address=address):
                order = self._receive_from(f'Lantern Shop <{address}>', f'Wei {number} <wei.{number}@neu.example.cn>')
                self.assertCustomer(order, f"Wei {number}", f'wei.{number}@neu.example.cn')

    def test_shop_that_names_nobody(self):
        """Without an address of the customer a person has to look."""
        for reply_to in (None, 'wordpress@lanternshop.example.com', self.mailbox.alias_email):
            with self.subTest(reply_to=reply_to):
                order = self._receive_from(SHOP, reply_to)
                self.assertTrue(order.customer_to_check)
                self.assertFalse(order.partner_id.active)
        # The system of a customer sends from an address that nobody reads, too.
        partner = self.env['res.partner'].create({'name': "Big Ltd", 'email': 'noreply@big.example.org'})
        order = self._receive_from('SAP <noreply@big.example.org>')
        self.assertRecordValues(order, [{'partner_id': partner.id, 'customer_to_check': False}])

    def test_many_customers_of_a_shop_are_no_loop(self):
        for number in range(25):
            order = self._receive_from(SHOP, f'Customer {number} <c{number}@neu.example.cn>')
            self.assertCustomer(order, f"Customer {number}", f'c{number}@neu.example.cn')
        self.assertEqual(self._count(), (25, 0))

    def test_one_customer_of_a_shop_may_be_one(self):
        self.env['ir.config_parameter'].set_param('mail.gateway.loop.threshold', 3)
        for _number in range(4):
            self._receive_from(SHOP, ZHOU)
        self.assertEqual(self._count(), (3, 1))
        self.assertIn("too many e-mails", self._get_last_refusal().error_summary)
        self.assertTrue(self._receive_from(SHOP, 'Else <else@neu.example.cn>'))

    # -- two addresses ------------------------------------------------------------------------------

    def test_second_address_of_a_customer(self):
        for sender, reply_to in (
            (self.partner.email_formatted, 'Ms Lee <lee.private@gmail.com>'),
            (self.partner.email_formatted, 'dock@blueharbour.example.com'),
            # The other way round: known is the address for answers.
            ('Blue Harbour Ltd <lee.private@gmail.com>', self.partner.email_formatted),
        ):
            with self.subTest(sender=sender):
                order = self._receive_from(sender, reply_to)
                self.assertRecordValues(order, [{'partner_id': self.partner.id, 'customer_to_check': False}])
        order = self._receive_from('Anna Smith <anna@smith.example.org>', 'anna.smith@private.example.net')
        self.assertCustomer(order, "Anna Smith", 'anna@smith.example.org')
        order = self._receive_from('Orders <orders@dyer.example.org>', 'Ms Dyer <dyer@dyer.example.org>')
        self.assertCustomer(order, "Orders", 'orders@dyer.example.org')

    def test_two_people(self):
        """A person who writes for somebody else: nobody guesses who the customer is."""
        order = self._receive_from('Agent <agent@agency.example.org>', ZHOU)
        self.assertTrue(order.customer_to_check)
        self.assertRecordValues(order.partner_id, [{'name': "Li Zhou", 'active': False}])
        order = self._receive_from('Agent <agent@agency.example.org>', self.partner.email_formatted)
        self.assertTrue(order.customer_to_check)
        self.assertEqual(order.customer_candidate_ids, self.partner)
        other = self.env['res.partner'].create({'name': "Zhou Trading", 'email': 'zhou@neu.example.cn'})
        order = self._receive_from(self.partner.email_formatted, ZHOU)
        self.assertTrue(order.customer_to_check)
        self.assertEqual(order.customer_candidate_ids, self.partner | other)

    def test_several_people(self):
        """A mail of several, or with several to answer to: a person decides, unless all of them are one customer."""
        self.env['res.partner'].create({
            'name': "Wei", 'parent_id': self.partner.id, 'email': 'wei@elsewhere.example.com'})
        other = self.env['res.partner'].create({'name': "Zhou Trading", 'email': 'zhou@neu.example.cn'})
        lee = self.partner.email_formatted
        for sender, reply_to, is_certain in (
            (f'{lee}, {ZHOU}', None, False), (f'{ZHOU}, {lee}', None, False), (f'Both: {lee}, {ZHOU};', None, False),
            (f'{lee}\r\nFrom: {ZHOU}', None, False), (SHOP, f'{ZHOU}, {lee}', False),
            (f'{lee}, Wei <wei@elsewhere.example.com>', None, True), (SHOP, f'wei@elsewhere.example.com, {lee}', True),
            (SHOP, f'{lee}, {ADDRESS}', True), (f'{lee}, {lee}', None, True),
        ):
            with self.subTest(sender=sender, reply_to=reply_to):
                order = self._receive(self._raw(
                    From=sender.encode(), Reply_To=reply_to.encode() if reply_to else None))
                self.assertEqual(order.customer_to_check, not is_certain)
                if is_certain:
                    self.assertEqual(order.partner_id.commercial_partner_id, self.partner)
                else:
                    self.assertEqual(order.customer_candidate_ids, self.partner | other)

    def test_lists(self):
        """A list puts itself in the place of whoever has written to it."""
        post = {'From': b"'Ms Lee' via Orders <orders-list@lists.example.org>",
                'List_Post': b'<https://lists.example.org/g/o>, <mailto:orders-list@lists.example.org>'}
        for headers in (
            {'X_Original_From': b'Ms Lee <orders@blueharbour.example.com>'},
            {'Reply_To': b'Ms Lee <orders@blueharbour.example.com>, orders-list@lists.example.org'},
        ):
            order = self._receive(self._raw(**post, **headers))
            self.assertRecordValues(order, [{'partner_id': self.partner.id, 'customer_to_check': False}])
        order = self._receive(self._raw(**post, Reply_To=b'orders-list@lists.example.org'))
        self.assertTrue(order.customer_to_check)
        # A list that leaves the sender where it was.
        order = self._receive(self._raw(List_Post=post['List_Post']))
        self.assertRecordValues(order, [{'partner_id': self.partner.id, 'customer_to_check': False}])

    def test_relays_of_market_places(self):
        """Each buyer has an address of the market place, and none has a part in the order of another."""
        order = self._receive_from('Li Zhou <abc123+d@marketplace.amazon.co.uk>')
        self.assertCustomer(order, "Li Zhou", 'abc123+d@marketplace.amazon.co.uk')
        self.assertFalse(order._accepts_mail_from('xyz789@marketplace.amazon.co.uk'))
        self.assertTrue(order._accepts_mail_from('abc123+d@marketplace.amazon.co.uk'))

    def test_loop_of_a_customer_without_an_address(self):
        self.env['ir.config_parameter'].set_param('mail.gateway.loop.threshold', 3)
        company = self.env['res.partner'].create({'name': "Big Machines Ltd", 'is_company': True})
        for number in range(5):
            order = self._receive_from('Big Machines Ltd <edi@bigmachines.example.org>')
            self.assertEqual(order.partner_id, company if number < 3 else company.browse())
        self.assertEqual(self._count(), (3, 2))

    # -- nobody -------------------------------------------------------------------------------------

    def test_sender_without_from(self):
        order = self._receive(self._raw(From=None, Sender=b'Ms Lee <orders@blueharbour.example.com>'))
        self.assertRecordValues(order, [{'partner_id': self.partner.id, 'customer_to_check': False}])
        message = self._get_message(order)
        self.assertIn('orders@blueharbour.example.com', message.email_from)
        # With From, whoever has sent it decides nothing.
        order = self._receive(self._raw(Sender=b'wordpress@lanternshop.example.com'))
        self.assertEqual(order.partner_id, self.partner)

    def test_nobody(self):
        # An address without an address lets nobody in.
        allowed = self.env['mail.gateway.allowed'].create({'email': 'x@example.com'})
        self.env.flush_all()
        self.env.cr.execute("UPDATE mail_gateway_allowed SET email_normalized = NULL WHERE id = %s", allowed.ids)
        self.env.invalidate_all()
        self.assertFalse(self._receive(self._raw(From=None, Auto_Submitted=b'auto-replied')))
        self.env['ir.config_parameter'].set_param('mail.gateway.loop.threshold', 3)
        for _number in range(4):
            order = self._receive(self._raw(From=None))
            if order:
                self.assertTrue(order.customer_to_check)
                self.assertFalse(order.partner_id.active)
        self.assertEqual(self._count(), (3, 2))
        self.assertTrue(self._receive(self._raw()))

    # -- names --------------------------------------------------------------------------------------

    def test_comma_in_a_name(self):
        order = self._receive(self._raw(From=b'McDonald, Ronald <ronald@burger.example.org>'))
        self.assertCustomer(order, "McDonald, Ronald", 'ronald@burger.example.org')
        order = self._receive(self._new_mail(
            self.user_sales.email_formatted,
            body="FYI\n\nFrom: McDonald, Donald <donald@burger.example.org>\nSubject: Order\n\n5 lanterns"))
        self.assertCustomer(order, "McDonald, Donald", 'donald@burger.example.org')
        mail = self._new_mail(self.user_sales.email_formatted, body="See below")
        mail.add_attachment(
            b'From: McDonald, Grace <grace@burger.example.org>\r\nSubject: Order\r\n\r\n5 lanterns',
            maintype='application', subtype='octet-stream', filename='order.eml')
        self.assertCustomer(self._receive(mail), "McDonald, Grace", 'grace@burger.example.org')

    def test_forwarded_in_many_languages(self):
        lines = (
            "From: %s", "发件人: %s", "發件人： %s", "寄件者: %s", "寄件人: %s", "差出人: %s", "送信者: %s",
            "보낸 사람: %s",
            "보낸사람: %s", "Von: %s", "Van: %s", "Från: %s", "Fra: %s", "De: %s", "De : %s", "Da: %s", "De la: %s",
            "Od: %s", "Odesílatel: %s", "От: %s", "От кого: %s", "Від: %s", "Lähettäjä: %s", "Feladó: %s",
            "Kimden: %s", "Gönderen: %s", "Από: %s", "من: %s", "מאת: %s", "จาก: %s", "Từ: %s", "Dari: %s",
            "*Von:* %s", "> 보낸 사람: %s", "KIMDEN: %s", "\u200fמאת:\u200f %s", "| Od: | %s",
        )
        for number, line in enumerate(lines):
            with self.subTest(line=line):
                address = f'lee.{number}@neu.example.cn'
                pairs = mail_senders.list_forwarded("\n\n" + line % f'Ms Lee <{address}>' + "\nSubject: x\n")
                self.assertEqual(pairs, [("Ms Lee", address)])
        for text in ("Vanessa: x <a@b.example.com>", "commande: a@b.example.com", "Lefrom: a@b.c", "From a@b.c"):
            with self.subTest(text=text):
                self.assertEqual(mail_senders.list_forwarded(text), [])
        order = self._receive(self._new_mail(
            self.user_sales.email_formatted,
            body="참고\n\n보낸 사람: Ms Lee <orders@blueharbour.example.com>\n제목: 주문"))
        self.assertEqual(order.partner_id, self.partner)
