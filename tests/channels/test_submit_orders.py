from datetime import date, datetime, timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo import SUPERUSER_ID, Command, fields
from odoo.exceptions import AccessError, ConcurrencyError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..common import LifecycleCommon


class SubmitCommon(LifecycleCommon):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.team = cls.env['crm.team'].create({
            'name': "Shop Team", 'member_ids': [Command.set((cls.user_sales | cls.user_sales_manager).ids)]})
        cls.shop = cls.env['order.channel'].create({
            'name': "Shop", 'code': 'shop', 'kind': 'web', 'team_id': cls.team.id})
        cls.user_api = cls._new_user('api', 'sale_order_lifecycle.group_intake_api')
        cls.product_stock.default_code = 'CHAIR'
        cls.product_service.default_code = 'SETUP'
        cls.partner.ref = 'C-1'

    def _payload(self, reference='A-1', **values):
        return {
            'reference': reference,
            'customer': {'ref': 'C-1', 'name': "Blue Harbour Ltd"},
            'lines': [{'sku': 'CHAIR', 'quantity': 2, 'unit_price': 9.5}],
            **values,
        }

    def _submit_orders(self, *payloads, user=None, code='shop'):
        return self.env['order.channel'].with_user(user or self.user_api).submit_orders(code, list(payloads))

    def _submit_one(self, user=None, **values):
        return self._submit_orders(self._payload(**values), user=user)[0]

    def _order(self, result):
        return self.env['sale.order'].browse(result['order_id'])

    def assertErrors(self, result, status, *expected):
        self.assertEqual(result['status'], status)
        self.assertEqual([(error['code'], error['field']) for error in result['errors']], list(expected))
        for error in result['errors']:
            self.assertIsInstance(error['message'], str)
            self.assertTrue(error['message'].endswith('.'), error['message'])
            self.assertNotIn('%(', error['message'])


@tagged('post_install', '-at_install')
class TestSubmitOrders(SubmitCommon):
    """Machine intake: complete orders, honest answers, nothing lost, nothing twice."""

    # -- what is created ------------------------------------------------------------------------

    def test_created(self):
        self.company.resource_calendar_id.tz = self.policy.calendar_id.tz = 'America/New_York'
        result = self._submit_one(
            received_at='2025-03-31T14:05:00+02:00', payment_term="test 30 days ", promised_date='2025-07-01',
            salesperson='test_sales', note="Ring <b>twice</b>",
            lines=[
                {'sku': 'CHAIR', 'name': "Chair, red", 'quantity': 2, 'unit_price': 9.5, 'discount': 15},
                {'sku': 'SETUP', 'quantity': 1.5},
            ])
        order = self._order(result)
        self.assertEqual(result, {
            'reference': 'A-1', 'status': 'created', 'order_id': order.id, 'order_name': order.name,
            'missing': [], 'errors': [],
        })
        self.assertRecordValues(order, [{
            'company_id': self.company.id,
            'partner_id': self.partner.id,
            'channel_id': self.shop.id,
            'channel_reference': 'A-1',
            'received_at': datetime(2025, 3, 31, 12, 5),
            'date_order': datetime(2025, 3, 31, 12, 5),
            'commitment_date': datetime(2025, 7, 1, 16),
            'registered_by_id': self.user_api.id,
            'user_id': self.user_sales.id,
            'payment_term_id': self.payment_term.id,
            'policy_id': self.policy.id,
            'state': 'draft',
            'lifecycle_phase': 'intake',
            'review_state': 'to_submit',
        }])
        self.assertIn("Ring &lt;b&gt;twice&lt;/b&gt;", order.note)
        self.assertRecordValues(order.order_line, [
            {'product_id': self.product_stock.id, 'name': "Chair, red", 'product_uom_qty': 2, 'price_unit': 9.5,
             'discount': 15},
            {'product_id': self.product_service.id, 'name': "[SETUP] Installation", 'product_uom_qty': 1.5,
             'price_unit': 80, 'discount': 0},
        ])
        self.assertFalse(order.message_follower_ids.filtered(
            lambda follower: follower.partner_id == self.user_api.partner_id))

    def test_received_now(self):
        with freeze_time('2031-05-05 10:00:00'):
            order = self._order(self._submit_one())
        self.assertEqual(order.received_at, datetime(2031, 5, 5, 10))
        self.assertFalse(order.commitment_date)

    def test_missing_information(self):
        self.policy.intake_rule_ids = [Command.create({
            'name': "Date", 'domain': "[('commitment_date', '!=', False)]", 'message': "Enter the delivery date."})]
        result = self._submit_one()
        self.assertEqual((result['status'], result['missing']), ('created', ["Enter the delivery date."]))
        # What was missing may have been added since.
        self._order(result).commitment_date = '2031-01-01 12:00:00'
        self.assertEqual(self._submit_one()['missing'], [])

    def test_channel_defaults(self):
        self.shop.user_id = self.user_sales_manager
        results = self._submit_orders(self._payload('A-1'), self._payload('A-2', salesperson='test_sales'))
        orders = self.env['sale.order'].browse([result['order_id'] for result in results])
        self.assertEqual(orders.mapped('user_id'), self.user_sales_manager | self.user_sales)
        self.assertEqual(orders.team_id, self.team)

    def test_auto_submit(self):
        self.policy.intake_rule_ids = [Command.create({
            'name': "Date", 'domain': "[('commitment_date', '!=', False)]", 'message': "Enter the delivery date."})]
        self.shop.auto_submit = True
        results = self._submit_orders(
            self._payload('A-1', promised_date='2031-01-01'), self._payload('A-2'))
        self.assertEqual([result['status'] for result in results], ['created', 'created'])
        self.assertEqual([self._order(result).review_state for result in results], ['in_review', 'to_submit'])

    @mute_logger('odoo.addons.sale_order_lifecycle.models.channels.order_submission')
    def test_auto_submit_failure_keeps_the_order(self):
        self.shop.auto_submit = True
        with patch.object(self.env.registry['sale.order'], '_submit_registered', side_effect=UserError("No.")):
            result = self._submit_one()
        self.assertEqual(result['status'], 'created')
        self.assertTrue(self._order(result).received_at)

    def test_price(self):
        """A price that is sent stands; without one the pricelist decides."""
        self.env.user.group_ids += self.env.ref('product.group_product_pricelist')
        self.env.ref('base.group_user').implied_ids += (
            self.env.ref('product.group_product_pricelist') + self.env.ref('sale.group_discount_per_so_line'))
        self.partner.property_product_pricelist = self.env['product.pricelist'].create({
            'name': "Ten percent off", 'item_ids': [Command.create({
                'compute_price': 'percentage', 'percent_price': 10})],
        })
        order = self._order(self._submit_one(lines=[
            {'sku': 'CHAIR', 'quantity': 1, 'unit_price': 50}, {'sku': 'CHAIR', 'quantity': 1},
            {'sku': 'CHAIR', 'quantity': 1, 'unit_price': 0}, {'sku': 'CHAIR', 'quantity': 1, 'discount': 50}]))
        self.assertEqual(
            [(line.price_unit, line.discount) for line in order.order_line], [(50, 0), (100, 10), (0, 0), (100, 50)])

    # -- customers ------------------------------------------------------------------------------

    def _new_customer_order(self, reference='N-1', **customer):
        return self._submit_one(reference=reference, customer={'name': "New Customer", **customer})

    def test_customer_by_ref_vat_email(self):
        self.partner.vat = 'DE123456788'
        decoy = self.env['res.partner'].create({'name': "Other", 'email': self.partner.email})
        for number, customer in enumerate((
            {'ref': 'C-1', 'name': "Whatever", 'email': decoy.email},
            {'ref': 'unknown', 'vat': 'de123456788', 'name': "Whatever"},
            {'vat': 'DE 123.456-788', 'name': "Whatever"},
            {'email': 'Orders@BlueHarbour.example.com', 'name': " blue harbour ltd"},
        )):
            with self.subTest(customer=customer):
                order = self._order(self._submit_one(reference=f'R-{number}', customer=customer))
                self.assertEqual(order.partner_id, self.partner)
        order = self._order(self._new_customer_order(email=self.partner.email))
        self.assertNotIn(order.partner_id, self.partner | decoy)

    def test_customer_created(self):
        result = self._new_customer_order(
            ref='N', email='new@example.com', phone='+49 30 1234', vat='DE136695976', street="Am Kai 1", city="Kiel",
            zip='24103', country='de')
        self.assertRecordValues(self._order(result).partner_id, [{
            'name': "New Customer", 'ref': 'N', 'email': 'new@example.com', 'phone': '+49 30 1234',
            'vat': 'DE136695976', 'street': "Am Kai 1", 'city': "Kiel", 'zip': '24103',
            'country_id': self.env.ref('base.de').id, 'parent_id': False, 'user_id': False,
        }])

    def test_new_customer_once(self):
        results = self._submit_orders(*(
            self._payload(f'N-{number}', customer=customer) for number, customer in enumerate((
                {'ref': 'N', 'name': "New", 'email': 'new@example.com'},
                {'ref': 'N', 'name': "New again"},
                {'name': "NEW", 'email': 'new@example.com'},
                {'name': "Somebody"},
            ))))
        partners = [self._order(result).partner_id for result in results]
        self.assertEqual(partners[0], partners[1])
        self.assertEqual(partners[0], partners[2])
        self.assertNotEqual(partners[0], partners[3])
        again = self._order(self._submit_one(reference='N-9', customer={'ref': 'N', 'name': "New"}))
        self.assertEqual(again.partner_id, partners[0])

    def test_rejected_order_leaves_no_customer(self):
        count = self.env['res.partner'].search_count([])
        result = self._submit_one(customer={'name': "New", 'ref': 'N'}, lines=[{'sku': 'NONE', 'quantity': 1}])
        self.assertErrors(result, 'rejected', ('unknown_product', 'lines[0].sku'))
        self.assertEqual(self.env['res.partner'].search_count([]), count)

    def test_archived_and_foreign_customers(self):
        company = self._new_company()
        self.partner.company_id = company
        order = self._order(self._submit_one())
        self.assertNotEqual(order.partner_id, self.partner)
        order.partner_id.active = False
        self.assertNotEqual(self._order(self._submit_one(reference='A-2')).partner_id, order.partner_id)

    def test_own_customer_before_shared(self):
        own = self.partner.copy({'ref': 'C-1', 'company_id': self.company.id})
        self.assertEqual(self._order(self._submit_one()).partner_id, own)

    # -- delivery address -----------------------------------------------------------------------

    def test_delivery_address(self):
        address = {'name': "Warehouse", 'street': "2 Quay Street", 'city': "Bristol", 'country': 'GB'}
        results = self._submit_orders(
            self._payload('A-1', delivery_address=address), self._payload('A-2', delivery_address=address),
            self._payload('A-3', delivery_address={**address, 'street': "3 Quay Street"}), self._payload('A-4'))
        first, second, third, fourth = (self._order(result) for result in results)
        child = first.partner_shipping_id
        self.assertRecordValues(child, [{
            'parent_id': self.partner.id, 'type': 'delivery', 'name': "Warehouse", 'street': "2 Quay Street",
            'country_id': self.env.ref('base.uk').id, 'zip': False,
        }])
        self.assertEqual(second.partner_shipping_id, child)
        self.assertNotIn(third.partner_shipping_id, child | self.partner)
        self.assertEqual(fourth.partner_id, self.partner)
        # Another call finds it again, and writes nothing to it.
        again = self._order(self._submit_one(reference='A-5', delivery_address={**address, 'city': " bristol"}))
        self.assertEqual(again.partner_shipping_id, child)
        other = self._order(self._submit_one(reference='A-6', delivery_address={**address, 'phone': '+44 1'}))
        self.assertNotEqual(other.partner_shipping_id, child)

    def test_delivery_to_the_customer_itself(self):
        self.env['res.partner'].create({'parent_id': self.partner.id, 'type': 'delivery', 'name': "Warehouse"})
        own = {name: self.partner[name] for name in ('name', 'email', 'phone', 'street', 'city', 'zip')}
        order = self._order(self._submit_one(delivery_address={**own, 'ref': 'C-1'}))
        self.assertEqual(order.partner_shipping_id, self.partner)

    def test_delivery_address_of_new_customer(self):
        address = {'street': "Am Kai 2", 'city': "Kiel", 'country': 'DE'}
        customer = {'ref': 'N', 'name': "New", 'vat': 'DE136695976'}
        results = self._submit_orders(
            self._payload('N-1', customer=customer, delivery_address=address),
            self._payload('N-2', customer=customer, delivery_address=address))
        orders = self.env['sale.order'].browse([result['order_id'] for result in results])
        self.assertEqual(len(orders.partner_id), 1)
        self.assertEqual(len(orders.partner_shipping_id), 1)
        self.assertEqual(orders.partner_shipping_id.parent_id, orders.partner_id)
        again = self._order(self._submit_one(reference='N-3', customer=customer, delivery_address=address))
        self.assertEqual(again.partner_shipping_id, orders.partner_shipping_id)

    # -- what is unknown ------------------------------------------------------------------------

    def test_unknown(self):
        self._new_user('portal', 'base.group_portal')
        foreign = self._new_company()
        self._new_user('foreign', 'sales_team.group_sale_salesman', company=foreign)
        archived = self._new_user('archived', 'sales_team.group_sale_salesman')
        archived.active = False
        for values, error in (
            ({'customer': {'name': "X", 'country': 'XX'}}, ('unknown_country', 'customer.country')),
            ({'delivery_address': {'city': "X", 'country': 'XX'}}, ('unknown_country', 'delivery_address.country')),
            ({'currency': 'XXX'}, ('unknown_currency', 'currency')),
            ({'payment_term': "Never"}, ('unknown_payment_term', 'payment_term')),
            ({'salesperson': 'nobody'}, ('unknown_salesperson', 'salesperson')),
            ({'salesperson': 'test_legal'}, ('unknown_salesperson', 'salesperson')),
            ({'salesperson': 'test_portal'}, ('unknown_salesperson', 'salesperson')),
            ({'salesperson': 'test_foreign'}, ('unknown_salesperson', 'salesperson')),
            ({'salesperson': 'test_archived'}, ('unknown_salesperson', 'salesperson')),
            ({'lines': [{'sku': 'chair', 'quantity': 1}]}, ('unknown_product', 'lines[0].sku')),
            ({'lines': [{'sku': 'CHAIR', 'quantity': 0.00001}]}, ('invalid_value', 'lines[0].quantity')),
        ):
            with self.subTest(values=values):
                self.assertErrors(self._submit_one(**values), 'rejected', error)

    def test_products(self):
        company = self._new_company()
        archived = self._new_product("Old", default_code='OLD')
        archived.active = False
        self._new_product("Not sold", default_code='PART', sale_ok=False)
        self._new_product("Foreign", default_code='FOREIGN', company_id=company.id)
        self._new_product("One", default_code='TWICE')
        self._new_product("Two", default_code='TWICE')
        for sku in ('OLD', 'PART', 'FOREIGN', 'TWICE'):
            with self.subTest(sku=sku):
                self.assertErrors(
                    self._submit_one(lines=[{'sku': sku, 'quantity': 1}]),
                    'rejected', ('unknown_product', 'lines[0].sku'))
        own = self._new_product("Own", default_code='TWICE', company_id=self.company.id)
        order = self._order(self._submit_one(lines=[{'sku': 'TWICE', 'quantity': 1}]))
        self.assertEqual(order.order_line.product_id, own)

    def test_payment_term_in_any_language(self):
        for lang in ('en_US', 'fr_FR'):
            self.env['res.lang']._activate_lang(lang)
        self.payment_term.with_context(lang='fr_FR').name = "Trente jours"
        foreign = self.env['account.payment.term'].create({
            'name': "Foreign 30", 'company_id': self._new_company().id})
        for number, name in enumerate(("Trente jours", "Test 30 Days", "TEST 30 DAYS")):
            order = self._order(self._submit_one(reference=f'P-{number}', payment_term=name))
            self.assertEqual(order.payment_term_id, self.payment_term)
        self.assertErrors(
            self._submit_one(payment_term=foreign.name), 'rejected', ('unknown_payment_term', 'payment_term'))

    def test_currency(self):
        own, other = self.company.currency_id, self.env.ref('base.CHF')
        other.active = True
        self.assertErrors(self._submit_one(currency='CHF'), 'rejected', ('unknown_currency', 'currency'))
        self.assertEqual(self._order(self._submit_one(currency=own.name)).currency_id, own)
        pricelist = self.env['product.pricelist'].create({'name': "Swiss", 'currency_id': other.id})
        self.env['product.pricelist'].create({
            'name': "Foreign", 'currency_id': other.id, 'company_id': self._new_company().id, 'sequence': 1})
        order = self._order(self._submit_one(reference='A-2', currency='chf'))
        self.assertEqual((order.pricelist_id, order.currency_id), (pricelist, other))
        # The customer's own pricelist first, if it is in the currency.
        self.env.ref('base.group_user').implied_ids += self.env.ref('product.group_product_pricelist')
        special = pricelist.copy({'name': "Special"})
        self.partner.property_product_pricelist = special
        order = self._order(self._submit_one(reference='A-3', currency='CHF'))
        self.assertEqual(order.pricelist_id, special)
        order = self._order(self._submit_one(reference='A-4', currency=own.name))
        self.assertEqual(order.currency_id, own)

    def test_all_errors_at_once(self):
        result = self._submit_one(
            currency='XXX', payment_term="Never", lines=[{'sku': 'A', 'quantity': 1}, {'sku': 'B', 'quantity': 1}])
        self.assertEqual(
            {error['field'] for error in result['errors']},
            {'currency', 'payment_term', 'lines[0].sku', 'lines[1].sku'})
        self.assertEqual((result['order_id'], result['order_name'], result['missing']), (False, False, []))

    def test_unknown_channel(self):
        company = self._new_company()
        self.env['order.channel'].create({'name': "Foreign", 'code': 'foreign', 'company_id': company.id})
        self.shop.copy({'code': 'closed', 'active': False})
        for code in ('nothing', 'foreign', 'closed', 'SHOP', '', None, False, 7, ['shop'], {'code': 'shop'}, 'a\x00'):
            with self.subTest(code=code):
                results = self._submit_orders(self._payload('A-1'), self._payload('A-2'), code=code)
                for result in results:
                    self.assertErrors(result, 'rejected', ('unknown_channel', 'channel_code'))
        self.assertFalse(self.env['sale.order'].search([
            ('company_id', '=', self.company.id), ('channel_reference', 'in', ('A-1', 'A-2'))]))

    def test_company_without_policy(self):
        self.policy.with_user(self.user_manager).action_retire()
        self.assertErrors(self._submit_one(), 'rejected', ('unknown_channel', 'channel_code'))

    # -- whatever is sent -----------------------------------------------------------------------

    def test_not_orders(self):
        for sent in (None, False, 5, 'A-1', {'reference': 'A-1'}, float('nan')):
            with self.subTest(sent=sent):
                results = self.env['order.channel'].with_user(self.user_api).submit_orders('shop', sent)
                self.assertEqual(len(results), 1)
                self.assertErrors(results[0], 'rejected', ('invalid_value', 'orders'))
        self.assertEqual(self._submit_orders(), [])

    def test_one_result_per_order(self):
        results = self._submit_orders(
            None, self._payload('A-1'), [], {}, self._payload('A-2', lines=None), self._payload('A-3'),
            self._payload('A-4', received_at='2999-01-01'), self._payload('A-1'))
        self.assertEqual(
            [result['status'] for result in results],
            ['rejected', 'created', 'rejected', 'rejected', 'rejected', 'created', 'rejected', 'duplicate'])
        self.assertEqual(
            [result['reference'] for result in results],
            [False, 'A-1', False, False, 'A-2', 'A-3', 'A-4', 'A-1'])

    def test_extremes(self):
        result = self._submit_one(
            reference='🚚' * 256, received_at='1900-01-01', promised_date='2999-12-31', note="n" * 10000,
            customer=dict.fromkeys(('ref', 'name', 'phone', 'vat', 'street', 'city', 'zip'), "x" * 256),
            lines=[{'sku': 'CHAIR', 'quantity': 1e9, 'unit_price': 1e12, 'discount': 0.001}] * 50)
        self.assertEqual(result['status'], 'created')
        self.env.flush_all()

    def test_refusals_are_kept(self):
        payload = self._payload('A-1', note="x\x00y", lines=[{'sku': 'CHAIR', 'quantity': float('nan')}])
        result = self._submit_orders(payload)[0]
        refusal = self.env['order.channel.refusal'].search([], limit=1)
        self.assertRecordValues(refusal, [{
            'company_id': self.company.id, 'channel_id': self.shop.id, 'channel_code': 'shop', 'reference': 'A-1',
            'status': 'rejected', 'user_id': self.user_api.id, 'order_id': False,
        }])
        self.assertEqual(refusal.errors, result['errors'])
        self.assertEqual(refusal.payload['lines'], [{'sku': 'CHAIR', 'quantity': 'nan'}])
        self.assertTrue(refusal.with_user(self.user_sales_manager).error_summary)
        self._submit_orders(self._payload('A-2'), code='nothing')
        refusal = self.env['order.channel.refusal'].search([], limit=1)
        self.assertEqual((refusal.channel_id.id, refusal.channel_code), (False, 'nothing'))
        before = self.env['order.channel.refusal'].search_count([])
        self._submit_orders(self._payload('A-3'), self._payload('A-3'))
        self.assertEqual(self.env['order.channel.refusal'].search_count([]), before)

    def test_context_says_nothing(self):
        Channel = self.env['order.channel'].with_user(self.user_sales).with_context(
            default_state='sale', default_review_state='approved', default_user_id=self.user_legal.id,
            default_partner_id=self.vendor.id, active_test=False)
        result = Channel.submit_orders('shop', [self._payload(customer={'name': "New"})])[0]
        self.assertEqual(result['status'], 'created')
        self.assertRecordValues(self._order(result), [{'state': 'draft', 'review_state': 'to_submit'}])
        self.assertNotEqual(self._order(result).user_id, self.user_legal)

    # -- twice ----------------------------------------------------------------------------------

    def test_duplicate(self):
        payload = self._payload(received_at='2025-03-31T14:05:00Z', promised_date='2025-07-01')
        first = self._submit_orders(payload)[0]
        order = self._order(first)
        second = self._submit_orders({
            **payload, 'received_at': '2025-03-31 16:05:00+02:00', 'note': None, 'promised_date': date(2025, 7, 1),
        }, user=self.user_sales)[0]
        self.assertEqual(second, {**first, 'status': 'duplicate'})
        # Also when the order was changed or cancelled since, or its product is gone.
        order.write({'commitment_date': False, 'note': "Changed by hand"})
        order._action_cancel()
        self.product_stock.active = False
        self.assertEqual(self._submit_orders(payload)[0]['status'], 'duplicate')
        self.assertEqual(order.registered_by_id, self.user_api)

    def test_conflict(self):
        first = self._submit_one(customer={'ref': 'C-1', 'name': "Blue Harbour Ltd", 'email': 'a@example.com'})
        order = self._order(first)
        before = order.read(['write_date', 'amount_total', 'partner_id', 'note'])
        result = self._submit_one(
            customer={'ref': 'C-1', 'name': "Blue Harbour Ltd", 'email': 'b@example.com'}, note="More",
            lines=[{'sku': 'CHAIR', 'quantity': 3, 'unit_price': 9.5}])
        self.assertErrors(
            result, 'conflict', ('different_content', 'customer.email'), ('different_content', 'lines[0].quantity'),
            ('different_content', 'note'))
        self.assertEqual((result['order_id'], result['order_name']), (order.id, order.name))
        self.assertEqual(order.read(['write_date', 'amount_total', 'partner_id', 'note']), before)
        refusal = self.env['order.channel.refusal'].search([], limit=1)
        self.assertEqual((refusal.status, refusal.order_id), ('conflict', order))
        # The differences are told, with what was said and what was said before.
        self.assertIn("“lines[0].quantity” is “3”, but was “2” when", refusal.error_summary)
        self.assertIn("“customer.email” is “b@example.com”, but was “a@example.com”", refusal.error_summary)
        self.assertIn("“note” is “More”, but was “-”", refusal.error_summary)

    def test_conflict_with_what_another_has_sent(self):
        """Who guesses a reference learns nothing of the order of somebody else."""
        customer = {'ref': 'C-1', 'name': "Blue Harbour Ltd", 'email': 'secret@example.com'}
        order = self._order(self._submit_one(customer=customer))
        other = self._new_user('other_api', 'sale_order_lifecycle.group_intake_api')
        # Not even whether the content was guessed.
        for values in ({'note': "More"}, {'customer': customer}):
            result = self._submit_one(user=other, **values)
            self.assertErrors(result, 'conflict', ('different_content', 'reference'))
            self.assertEqual((result['order_id'], result['order_name'], result['missing']), (False, False, []))
            self.assertNotIn(order.name, str(result))
        refusal = self.env['order.channel.refusal'].search([], limit=1)
        self.assertEqual((refusal.user_id, refusal.order_id), (other, order))
        self.assertNotIn(order.name, str(refusal.with_user(other).read()))
        own = self._new_user('own_sales', 'sales_team.group_sale_salesman')
        result = self._submit_one(user=own, note="More")
        self.assertErrors(result, 'conflict', ('different_content', 'customer.email'), ('different_content', 'note'))
        self.assertEqual(result['order_id'], order.id)
        self.assertNotIn("secret", str(result))
        self.assertIn("secret@example.com", str(self._submit_one(user=self.user_sales_manager, note="More")))

    def test_twice_in_one_call(self):
        results = self._submit_orders(
            self._payload('A-1'), self._payload('A-1', note="x"), self._payload('A-2'), self._payload('A-1'))
        self.assertEqual([result['status'] for result in results], ['created', 'conflict', 'created', 'duplicate'])
        self.assertEqual(results[0]['order_id'], results[3]['order_id'])

    def test_repeated_after_a_bad_one(self):
        """An order that was refused is not received: the corrected one is taken, in the same call or later."""
        bad = self._payload('A-1', lines=[{'sku': 'NONE', 'quantity': 1}])
        results = self._submit_orders(bad, bad, self._payload('A-1'), self._payload('A-1'), bad)
        self.assertEqual(
            [result['status'] for result in results], ['rejected', 'rejected', 'created', 'duplicate', 'rejected'])
        self.assertErrors(self._submit_orders(bad)[0], 'conflict', ('different_content', 'lines[0].sku'),
                          ('different_content', 'lines[0].quantity'), ('different_content', 'lines[0].unit_price'))

    def test_same_reference_elsewhere(self):
        market = self.shop.copy({'code': 'market'})
        company = self._new_company(policy=True)
        self.user_api.company_ids |= company
        self.shop.copy({'code': 'shop', 'company_id': company.id})
        first = self._submit_one()
        second = self._submit_orders(self._payload(), code=market.code)[0]
        third = self.env['order.channel'].with_user(self.user_api).with_company(company).submit_orders(
            'shop', [self._payload()])[0]
        self.assertEqual([result['status'] for result in (first, second, third)], ['created'] * 3)
        self.assertEqual(self._order(third).company_id, company)
        self.assertEqual(self._order(third).policy_id, company.order_policy_id)

    def test_entered_by_hand_before(self):
        order = self._new_order(channel_id=self.shop.id, channel_reference='A-1')
        for user, order_id in ((self.user_sales, order.id), (self.user_api, False)):
            result = self._submit_one(user=user)
            self.assertErrors(result, 'conflict', ('different_content', 'reference'))
            self.assertEqual(result['order_id'], order_id)

    def test_concurrent_call(self):
        """The order of a parallel call is invisible here: the call has to run again."""
        self._submit_one()
        self.env.flush_all()
        with (
            patch.object(self.env.registry['order.submission'], '_find_known_orders', lambda *args: {}),
            mute_logger('odoo.sql_db'), self.assertRaises(ConcurrencyError), self.env.cr.savepoint(),
        ):
            self._submit_orders(self._payload('A-0'), self._payload('A-1'))
        self.assertFalse(self.env['sale.order'].search([('channel_reference', '=', 'A-0')]))

    # -- when something fails -------------------------------------------------------------------

    def test_one_by_one(self):
        """An order that core refuses does not keep the others out, and leaves nothing behind."""
        create = self.env.registry['sale.order'].create

        def refusing(records, vals_list):
            if any(vals['channel_reference'] == 'A-2' for vals in vals_list):
                raise UserError("The stars are not right.")
            return create(records, vals_list)

        with patch.object(self.env.registry['sale.order'], 'create', refusing):
            results = self._submit_orders(
                self._payload('A-1', customer={'ref': 'N1', 'name': "New 1"}),
                self._payload('A-2', customer={'ref': 'N2', 'name': "New 2"}),
                self._payload('A-3', customer={'ref': 'N1', 'name': "New 1"}))
        self.assertEqual([result['status'] for result in results], ['created', 'rejected', 'created'])
        self.assertErrors(results[1], 'rejected', ('invalid_value', ''))
        self.assertIn("The stars are not right.", results[1]['errors'][0]['message'])
        partners = self.env['res.partner'].search([('ref', 'in', ('N1', 'N2'))])
        self.assertEqual(partners.mapped('ref'), ['N1'])
        self.assertEqual(self._order(results[0]).partner_id, self._order(results[2]).partner_id)
        refusal = self.env['order.channel.refusal'].search([], limit=1)
        self.assertEqual((refusal.reference, refusal.payload['customer']), ('A-2', {'ref': 'N2', 'name': "New 2"}))

    @mute_logger('odoo.addons.sale_order_lifecycle.models.channels.order_submission')
    def test_unexpected_error(self):
        with patch.object(self.env.registry['sale.order'], 'create', side_effect=ZeroDivisionError):
            result = self._submit_one()
        self.assertErrors(result, 'rejected', ('invalid_value', ''))
        self.assertEqual(self._submit_one()['status'], 'created')

    # -- who ------------------------------------------------------------------------------------

    def test_callers(self):
        for number, user in enumerate((
                self.user_api, self.user_sales, self.user_sales_manager, self.env['res.users'].browse(SUPERUSER_ID))):
            with self.subTest(user=user.login):
                self.assertEqual(self._submit_one(user=user, reference=f'W-{number}')['status'], 'created')
        for login in ('manager', 'legal', 'finance', 'employee', 'stock'):
            user = self.users_by_login[login]
            for su in (False, True):
                with self.subTest(login=login, su=su), self.assertRaises(AccessError):
                    self.env['order.channel'].with_user(user).sudo(su).submit_orders('shop', [self._payload()])

    def test_salesperson_sees_own_only(self):
        """Whoever submits gets the answer, also for unreadable orders of colleagues."""
        result = self._submit_one(user=self.user_sales, salesperson='test_sales_manager')
        self.assertTrue(result['order_name'])
        with self.assertRaises(AccessError):
            self._order(result).with_user(self.user_sales).read(['name'])

    def test_future_by_a_minute(self):
        moment = fields.Datetime.now() + timedelta(minutes=1)
        self.assertErrors(
            self._submit_one(received_at=moment.isoformat()), 'rejected', ('invalid_value', 'received_at'))
