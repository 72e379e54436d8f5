from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import SQL

from .test_submit_orders import SubmitCommon


@tagged('post_install', '-at_install')
class TestCustomerMatching(SubmitCommon):
    """Customers are recognised where that is certain; where it is not, a person chooses."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partner.write({'ref': 'C-1', 'vat': 'DE123456788'})

    def _new_partner(self, **vals):
        return self.env['res.partner'].create({'name': "Anna Berg", **vals})

    def _match(self, **values):
        return self.env['order.channel']._match_customers([values])[0]

    def assertMatch(self, partner, **values):
        self.assertEqual(self._match(**values), (partner, self.env['res.partner']))

    def assertDoubtful(self, candidates, **values):
        self.assertEqual(self._match(**values), (self.env['res.partner'], candidates))

    def assertNew(self, **values):
        self.assertEqual(self._match(**values), (self.env['res.partner'],) * 2)

    # -- which partner --------------------------------------------------------------------------

    def test_certain(self):
        for values in (
            {'ref': 'C-1', 'name': "Whatever"},
            {'ref': 'unknown', 'vat': 'de 123.456-788', 'name': "Whatever"},
            {'name': "blue  harbour ltd", 'email': 'Orders@BlueHarbour.example.com'},
            {'name': "Blue Harbour", 'email': 'orders@blueharbour.example.com', 'phone': '+49 30 99999999'},
            {'name': "Blue Harbour Ltd", 'phone': '020 7946-0000'},
            {'name': "Blue Harbour Ltd", 'phone': '(0044) 2079460000', 'email': 'other@example.com'},
        ):
            with self.subTest(values=values):
                self.assertMatch(self.partner, **values)

    def test_tax_id_in_any_writing(self):
        for written in ('DE 123 456 788', 'de123456788', 'DE-123.456/788'):
            self.partner.vat = written
            for sent in ('DE123456788', 'de 123 456 788'):
                with self.subTest(written=written, sent=sent):
                    self.assertMatch(self.partner, name="Whatever", vat=sent)
        self.partner.vat = '/'
        self.assertNew(name="Whatever", vat='/')

    def test_new(self):
        for values in (
            {}, {'name': "Nobody knows"}, {'name': "Nobody", 'email': 'nobody@example.com', 'phone': '+1 555 0000000'},
            # too short to tell anything
            {'name': "Nobody", 'phone': '0000'},
            # the same name, and everything else is another's
            {'name': "Blue Harbour Ltd", 'ref': 'C-2'}, {'name': "Blue Harbour Ltd", 'vat': 'DE136695976'},
            {'name': "Blue Harbour Ltd", 'email': 'x@example.com', 'phone': '+44 20 1111 1111'},
        ):
            with self.subTest(values=values):
                self.assertNew(**values)

    def test_doubtful(self):
        # an address or a number that belongs to another name
        self.assertDoubtful(self.partner, name="Anna Berg", email='orders@blueharbour.example.com')
        self.assertDoubtful(self.partner, name="Anna Berg", phone='+44 20 7946 0000')
        # the name, and another number or nothing else
        self.assertDoubtful(self.partner, name="Blue Harbour Ltd", phone='+44 20 1111 1111')
        self.assertDoubtful(self.partner, name="Blue Harbour Ltd")
        # all the same, but a tax id of somebody else
        self.assertDoubtful(
            self.partner, name="Blue Harbour Ltd", email='orders@blueharbour.example.com', vat='DE136695976')

    def test_two_with_one_address(self):
        anna, bert = self._new_partner(email='shared@example.com'), self._new_partner(
            name="Bert Berg", email='shared@example.com')
        self.assertMatch(anna, name="anna berg", email='shared@example.com')
        self.assertDoubtful(anna | bert, name="Berg", email='shared@example.com')
        self.assertDoubtful(anna | bert, name="Carl", email='shared@example.com')
        namesake = self._new_partner(email='shared@example.com', phone='+49 30 1234567')
        self.assertDoubtful(anna | bert | namesake, name="Anna Berg", email='shared@example.com')
        self.assertMatch(namesake, name="Anna Berg", email='shared@example.com', phone='030 1234567')

    def test_two_with_one_number(self):
        twin = self._new_partner(name="Blue Harbour Branch", ref='C-1', email='branch@example.com')
        self.assertDoubtful(self.partner | twin, name="Somebody", ref='C-1')
        self.assertMatch(twin, name="Somebody", ref='C-1', email='branch@example.com')
        self.assertMatch(self.partner, name="Blue Harbour Ltd", ref='C-1')

    def test_name_is_enough(self):
        """The name of a company that nothing contradicts, or a name and its address."""
        person = self._new_partner(street="Am Kai 1", city="Kiel", zip='24103')
        self.assertDoubtful(person, name="Anna Berg")
        self.assertMatch(person, name="Anna Berg", street="am kai 1", zip='24103')
        self.assertDoubtful(person, name="Anna Berg", street="Am Kai 2", zip='24103')
        company = self._new_partner(name="深圳市灯塔有限公司", is_company=True, phone='0755 1234 5678')
        self.assertMatch(company, name="深圳市灯塔有限公司")
        self.assertMatch(company, name="深圳市灯塔有限公司", email='new@example.com')
        self.assertDoubtful(company, name="深圳市灯塔有限公司", phone='0755 8765 4321')

    def test_not_of_the_company(self):
        company = self._new_company()
        self.partner.company_id = company
        self.assertNew(name="Blue Harbour Ltd", ref='C-1', email='orders@blueharbour.example.com')
        found = self.env['order.channel'].with_company(company)._match_customers([{'name': "X", 'ref': 'C-1'}])
        self.assertEqual(found[0].partner, self.partner)
        self.partner.company_id = False
        self.partner.active = False
        self.assertNew(name="Blue Harbour Ltd", ref='C-1', phone='+44 20 7946 0000')

    def test_numbers_with_the_same_end(self):
        """The last eight digits of (171) 555-2282 in London and (91) 555 22 82 in Madrid are the same."""
        countries = {code: self.env.ref(f'base.{code}') for code in ('uk', 'es', 'de')}
        madrid = self._new_partner(
            name="Bólido Comidas preparadas", is_company=True, phone="(91) 555 22 82", country_id=countries['es'].id)
        london = {'name': "Consolidated Holdings", 'phone': "(171) 555-2282"}
        self.assertNew(**london, country='GB')
        self.assertNew(**london)
        result = self._submit_one(reference='D-1', customer={'ref': 'CONSH', **london, 'country': 'GB'})
        self.assertRecordValues(self._order(result), [{'customer_to_check': False, 'customer_candidate_ids': []}])
        for written in ("(91) 555 22 82", "+34 91 555 22 82", "0034 915552282", "91-555-2282", "+34 915552282 ext 7"):
            with self.subTest(written=written):
                self.assertMatch(madrid, name="bólido  COMIDAS Preparadas", phone=written, country='ES')
                self.assertDoubtful(madrid, name="Somebody", phone=written, country='ES')
        # The country of a number that is in none of its own is that of the other one.
        self.assertDoubtful(madrid, name="Somebody", phone="91 555 22 82")
        self.assertDoubtful(madrid, name="Somebody", phone="91 555 22 82", country='GB')
        # A short number with a long prefix, on either side.
        short = self._new_partner(name="Kiosk", phone="030 901820", country_id=countries['de'].id)
        self.assertMatch(short, name="Kiosk", phone="+49 (30) 901820")
        extension = self._new_partner(
            name="Office", phone="+44 20 7946 0018 ext. 123456", country_id=countries['uk'].id)
        self.assertMatch(extension, name="Office", phone="020 7946 0018")

    def test_number_that_is_none(self):
        """A number that the numbering plans reject is the same when all its digits are."""
        partner = self._new_partner(name="Consolidated Holdings", phone="(171) 555-2282")
        self.assertMatch(partner, name="Consolidated Holdings", phone="171.555.2282", country='GB')
        self.assertDoubtful(partner, name="Consolidated Holdings", phone="(271) 555-2282", country='GB')
        self.assertNew(name="Somebody", phone="(271) 555-2282", country='GB')

    def test_doubt_has_a_reason(self):
        """Who has a number that nobody has, another name and another country is somebody new."""
        self.partner.country_id = self.env.ref('base.uk')
        shared = {'email': 'orders@blueharbour.example.com', 'phone': '+44 20 7946 0000'}
        self.assertNew(**shared, name="Casa Verde", ref='C-9', country='ES')
        for values in (
            {'name': "Casa Verde", 'ref': 'C-9', 'country': 'GB'}, {'name': "Casa Verde", 'ref': 'C-9'},
            {'name': "Casa Verde", 'country': 'ES'},
        ):
            with self.subTest(values=values):
                self.assertDoubtful(self.partner, **shared, **values)
        self.assertMatch(self.partner, **shared, name="Blue Harbour", ref='C-9', country='ES')
        self.partner.country_id = False
        self.assertDoubtful(self.partner, **shared, name="Casa Verde", ref='C-9', country='ES')

    def test_names_are_found_as_they_are_compared(self):
        company = self._new_partner(name="Blue  Harbour Straßenbau（中国） ΟΔΟΣ Ltd", is_company=True)
        for name in (
            "BLUE HARBOUR STRASSENBAU(中国) ΟΔΟΣ LTD", "blue harbour straßenbau (中国) οδος ltd".replace(" (", "("),
            " ＢＬＵＥ　Harbour Straßenbau(中国)\tΟδός Ltd".replace("ό", "ο"),
        ):
            with self.subTest(name=name):
                self.assertMatch(company, name=name)
        self.assertMatch(self.partner, name="BLUE HARBOUR LTD", phone='020 7946 0000')
        first = self._submit_one(reference='N-1', customer={'name': "Straßenbau Berg", 'phone': '030 901820'})
        second = self._submit_one(reference='N-2', customer={'name': "STRASSENBAU  BERG", 'phone': '030 901820'})
        self.assertEqual(self._order(first).partner_id, self._order(second).partner_id)

    def test_long_names(self):
        name = "X" * 5000
        company = self._new_partner(name=name[:2000], is_company=True)
        self.assertMatch(company, name=name[:2000].lower())
        self.assertNew(name=name)

    def test_indexes_are_used(self):
        """Without them each call would read all partners."""
        self.env['res.partner'].with_context(no_vat_validation=True).create([
            {'name': f"Partner {index}", 'phone': f'030 9018{index:03}', 'vat': f'V-{index}'} for index in range(300)])
        self.env.flush_all()
        self.env.cr.execute("ANALYZE res_partner; SET LOCAL enable_seqscan = off")
        partners = self.env['res.partner']
        for kwargs, index in (
            ({'names': ["Blue"]}, 'res_partner_name_key_idx'),
            ({'phone_ends': ['460000']}, 'res_partner_phone_end_idx'),
            ({'vats': ['DE123456788']}, 'res_partner_vat_plain_idx'),
        ):
            with self.subTest(index=index):
                query = partners._prepare_writing_query(**kwargs)
                self.assertIn(index, str(self.env.execute_query(SQL("EXPLAIN %s", query))))

    def test_contacts(self):
        """A company before its contacts, and no mere delivery address."""
        contact = self._new_partner(parent_id=self.partner.id, email='anna@example.com')
        self._new_partner(
            parent_id=self.partner.id, type='delivery', email='anna@example.com', name="Anna Berg, Warehouse")
        self.assertMatch(contact, name="Anna Berg", email='anna@example.com')
        self.assertMatch(self.partner, name="Anna Berg", vat='DE123456788')

    def test_queries(self):
        self.assertSameQueries(lambda number: [{
            'name': f"Name {index}", 'email': f'{index}@example.com', 'phone': f'+49 30 12345{index:03}',
            'ref': f'R-{index}', 'vat': f'V-{index}',
        } for index in range(number)], self.env['order.channel']._match_customers)

    # -- what becomes of the order ----------------------------------------------------------------

    def _submit_doubtful(self, reference='D-1', **values):
        result = self._submit_one(
            reference=reference, customer={'name': "Anna Berg", 'email': 'orders@blueharbour.example.com'}, **values)
        self.assertEqual(result['status'], 'created')
        return self._order(result), result

    def test_order_waits_for_the_choice(self):
        order, result = self._submit_doubtful()
        self.assertRecordValues(order, [{
            'customer_to_check': True, 'customer_candidate_ids': self.partner.ids, 'is_complete': False}])
        self.assertEqual(len(result['missing']), 1)
        # People are told who it may be, the machine is not.
        self.assertNotIn("Blue Harbour Ltd", result['missing'][0])
        self.assertIn("Blue Harbour Ltd", order.with_user(self.user_sales_manager).missing_summary)
        self.assertRecordValues(order.partner_id, [{
            'name': "Anna Berg", 'email': 'orders@blueharbour.example.com', 'active': False}])
        Order = self.env['sale.order']
        self.assertIn(order, Order.search([('is_complete', '=', False)]))
        self.assertNotIn(order, Order.search([('is_complete', '=', True)]))
        with self.assertRaises(UserError):
            order.with_user(self.user_sales_manager).action_submit_review()
        # A second order of the same sender is as doubtful: the archived contact is nobody's candidate.
        other, _result = self._submit_doubtful('D-2')
        self.assertEqual(other.customer_candidate_ids, self.partner)

    def test_choose(self):
        order, _result = self._submit_doubtful(payment_term="Test 30 Days", delivery_address={
            'name': "Warehouse", 'street': "2 Quay Street", 'city': "Bristol"})
        made, shipping = order.partner_id, order.partner_shipping_id
        self.assertEqual((shipping.parent_id, shipping.active), (made, False))
        self.partner.property_payment_term_id = False
        total = order.amount_total
        order.with_user(self.user_sales_manager).action_choose_customer(self.partner.id)
        self.assertRecordValues(order, [{
            'partner_id': self.partner.id, 'customer_to_check': False, 'is_complete': True,
            'partner_shipping_id': shipping.id, 'payment_term_id': self.payment_term.id, 'amount_total': total}])
        self.assertEqual((shipping.parent_id, shipping.active), (self.partner, True))
        self.assertFalse(made.active)
        with self.assertRaises(UserError):
            order.with_user(self.user_sales_manager).action_choose_customer(self.partner.id)

    def test_choose_new(self):
        orders = self._submit_doubtful('D-1')[0] | self._submit_doubtful('D-2')[0]
        orders.with_user(self.user_sales_manager).action_choose_customer()
        self.assertEqual(orders.mapped('customer_to_check'), [False, False])
        # One sender is one customer, however many calls there were.
        self.assertRecordValues(orders.partner_id, [{'active': True, 'name': "Anna Berg"}])
        self.assertEqual(self._submit_doubtful('D-3')[0].partner_id, orders.partner_id)

    def test_next_order_of_a_doubtful_sender(self):
        """The contact is not created again, unless the details differ or a person has chosen meanwhile."""
        first = self._submit_doubtful('D-1')[0]
        second = self._submit_doubtful('D-2')[0]
        self.assertEqual(first.partner_id, second.partner_id)
        self.assertEqual(second.customer_candidate_ids, self.partner)
        other = self._order(self._submit_one(reference='D-3', customer={
            'name': "Anna Berg", 'email': 'orders@blueharbour.example.com', 'city': "Bath"}))
        self.assertNotEqual(other.partner_id, first.partner_id)
        (first | second).with_user(self.user_sales_manager).action_choose_customer(self.partner.id)
        self.assertEqual((first | second).partner_id, self.partner)
        self.assertNotEqual(self._submit_doubtful('D-4')[0].partner_id, first.partner_id)
        company = self._new_company(policy=True)
        self.user_api.company_ids |= company
        self.shop.copy({'code': 'foreign', 'company_id': company.id})
        self.product_stock.company_id = False
        foreign = self.env['order.channel'].with_user(self.user_api).with_company(company).submit_orders('foreign', [
            self._payload('D-1', customer={'name': "Anna Berg", 'email': 'orders@blueharbour.example.com'})])[0]
        self.assertEqual(self._order(foreign).partner_id.company_id, company)

    def test_customer_entered_by_hand(self):
        order, _result = self._submit_doubtful()
        order.with_user(self.user_sales_manager).partner_id = self.partner
        self.assertFalse(order.customer_to_check)

    def test_one_customer_in_one_call(self):
        """New customers of one call are one by the full number, however it is written, and not by its end."""
        results = self._submit_orders(*(
            self._payload(f'P-{index}', customer={'name': "Casa Verde", 'phone': phone, 'country': country})
            for index, (phone, country) in enumerate((
                ("91 555 22 82", 'ES'), ("+34 915552282", None), ("(171) 555-2282", 'GB')))))
        partners = [self._order(result).partner_id for result in results]
        self.assertEqual(partners[0], partners[1])
        self.assertNotEqual(partners[0], partners[2])

    def test_same_sender_in_one_call(self):
        customer = {'name': "Anna Berg", 'email': 'orders@blueharbour.example.com'}
        results = self._submit_orders(
            self._payload('D-1', customer=customer), self._payload('D-2', customer=customer),
            self._payload('D-3', customer={**customer, 'name': "Bert"}))
        orders = [self._order(result) for result in results]
        self.assertEqual(orders[0].partner_id, orders[1].partner_id)
        self.assertNotEqual(orders[0].partner_id, orders[2].partner_id)

    def test_who_chooses(self):
        order, _result = self._submit_doubtful()
        for login in ('legal', 'manager', 'stock', 'employee'):
            with self.subTest(login=login), self.assertRaises(AccessError):
                order.with_user(self.users_by_login[login]).action_choose_customer(self.partner.id)
        foreign = self._new_partner(company_id=self._new_company().id)
        for partner_id in (foreign.id, 10 ** 8):
            with self.subTest(partner_id=partner_id), self.assertRaises(UserError):
                order.with_user(self.user_sales_manager).action_choose_customer(partner_id)
        self.assertTrue(order.customer_to_check)
