from datetime import date

from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged

from .common import FactsCommon


@tagged('post_install', '-at_install')
class TestReviewFacts(FactsCommon):
    """Who sees the basis of a review, and when."""

    def test_who_sees_them(self):
        self._set_stages('finance', 'legal')
        order = self._submit_order()
        review = self._get_review(order, 'finance')
        seen = {
            login for login, user in self.users_by_login.items()
            if review.with_user(user).has_access('read') and review.with_user(user).facts}
        self.assertEqual(seen, {'finance', 'manager'})

    def test_as_long_as_there_is_something_to_decide(self):
        self._set_stages(('finance', {'requires_plan': 'payment'}))
        order = self._submit_order()
        review = self._get_review(order, 'finance')
        self.assertTrue(review.facts)
        self.assertTrue(review.proposed_date)
        review.planned_date = review.proposed_date
        review.action_approve()
        self.env.invalidate_all()
        self.assertFalse(review.facts)
        self.assertFalse(review.proposed_date)

    def test_superuser_code_does_not_widen(self):
        """The person is asked, not the mode: automation runs as superuser with the user's id."""
        self._set_stages('finance')
        review = self._get_review(self._submit_order(), 'finance')
        self.assertFalse(review.with_user(self.user_legal).sudo().facts)

    def test_no_other_right_is_needed(self):
        for code in ('sales', 'finance', 'legal', 'production', 'logistics', 'purchasing', 'quality'):
            with self.subTest(role=code):
                self._set_stages(code)
                product = self._new_manufactured_product(f"Made for {code}")
                order = self._submit_order(lines=[(self.product_stock, 1), (product, 2), (self.product_service, 1)])
                self.assertTrue(self._get_facts(order, code))
                self.assertTrue(self._get_review(order, code).read())

    def test_roles_without_facts(self):
        self._set_stages('aftersales')
        self.assertEqual(self._get_facts(self._submit_order(), 'aftersales'), {})

    def test_costs_are_for_some(self):
        """Cost and margin are for finance, sales managers and managers; sales sees prices only."""
        self.product_stock.standard_price = 40
        self._set_stages('sales', 'finance')
        order = self._submit_order()
        review = self._get_review(order, 'sales')
        for login, expected in (('sales', False), ('sales_manager', True), ('manager', True)):
            with self.subTest(login=login):
                [prices] = [s for s in review.with_user(self.users_by_login[login]).facts if s['name'] == 'prices']
                names = {column['name'] for column in prices['table']['columns']}
                self.assertEqual({'cost', 'margin'} <= names, expected)
                self.assertEqual(bool(self._get_row(prices, 'margin')), expected)
                self.assertEqual('60.0' in str(prices), expected)

    def test_plan_first_and_nothing_twice(self):
        self._set_stages(('production', {'requires_plan': 'production'}), ('finance', {'requires_plan': 'payment'}))
        order = self._submit_order()
        names = [section['name'] for section in self._get_review(order, 'production').facts]
        self.assertEqual(names, ['feasibility'])
        names = [section['name'] for section in self._get_review(order, 'finance').facts]
        self.assertEqual(names[0], 'instalments')
        self.assertEqual(len(names), len(set(names)))

    def test_form(self):
        self._set_stages(('finance', {'requires_plan': 'payment'}))
        review = self._get_review(self._submit_order(), 'finance')
        with Form(review) as form:
            self.assertTrue(form.facts)
            form.planned_date = form.proposed_date
        self.assertEqual(review.planned_date, review.proposed_date)

    def test_other_company(self):
        """Credit, costs and terms are those of the company of the order, whichever the person works in."""
        other = self._new_company(policy=True)
        self.user_finance.company_ids |= other
        self.product_stock.with_company(other).standard_price = 90
        self.product_stock.with_company(self.company).standard_price = 10
        self._set_stages('finance')
        order = self._submit_order()
        review = self._get_review(order, 'finance')
        for company in (self.company, other):
            self.env.invalidate_all()
            facts = review.with_company(company).with_context(allowed_company_ids=[company.id, self.company.id]).facts
            [prices] = [section for section in facts if section['name'] == 'prices']
            self.assertEqual(self._get_row(prices, 'margin')['value'], 90.0)

    def test_queries(self):
        """Facts of twenty reviews need as many queries as those of one."""
        def read_facts(reviews):
            self.assertTrue(all(review['facts'] for review in reviews.read(['facts', 'proposed_date'])))

        product = self._new_manufactured_product()
        workcenter = self.env['mrp.workcenter'].create({'name': "Bench"})
        product.bom_ids.operation_ids = [Command.create({'name': "Turn", 'workcenter_id': workcenter.id})]
        plans = {
            'sales': 'none', 'finance': 'payment', 'legal': 'none', 'production': 'production',
            'logistics': 'delivery', 'purchasing': 'none', 'quality': 'none',
        }
        self._set_stages(*((code, {'requires_plan': plan}) for code, plan in plans.items()))
        orders = self.env['sale.order'].concat(*(self._new_order(
            lines=[(self.product_stock, 1 + index), (product, 2 + index), (self.product_service, 1)],
            partner_id=self.partner.copy({'name': f"Customer {index}"}).id,
            commitment_date=f"2031-03-{index + 1:02} 12:00:00") for index in range(20)))
        self._submit(orders)
        for code in plans:
            with self.subTest(role=code):
                reviews = self._get_review(orders, code)
                self.assertEqual(len(reviews), 20)
                self.assertSameQueries(lambda number, reviews=reviews: reviews[:number], read_facts, more=3)


@tagged('post_install', '-at_install')
class TestProposedDate(FactsCommon):

    def test_use(self):
        self._set_stages(('finance', {'requires_plan': 'payment'}))
        orders = self._submit_order(2)
        reviews = self._get_pending_reviews(orders).with_user(self.user_finance).sudo(False)
        self.assertTrue(reviews.action_use_proposed_date())
        for review in reviews:
            self.assertTrue(review.planned_date)
            self.assertEqual(review.planned_date, review.proposed_date)
        with self.assertRaises(AccessError):
            reviews.with_user(self.user_legal).action_use_proposed_date()

    def test_all_or_none(self):
        self._set_stages('finance', ('finance', {'requires_plan': 'payment', 'name': "Payment"}))
        order = self._submit_order()
        reviews = self._get_pending_reviews(order).with_user(self.user_finance).sudo(False)
        with self.assertRaisesRegex(UserError, "does not require a planned date"):
            reviews.action_use_proposed_date()
        self.assertFalse(any(reviews.mapped('planned_date')))

    def test_what_is_possible(self):
        self._set_stages('legal', ('finance', {'requires_plan': 'payment'}))
        orders = self._submit_order(3)
        reviews = self._get_pending_reviews(orders).with_user(self.user_finance).sudo(False)
        own = reviews.filtered(lambda review: review.role_id.code == 'finance')
        own[0].planned_date = '2031-01-01'
        notification = reviews.action_use_proposed_date_possible()
        self.assertIn("2", str(notification))
        self.assertEqual(own[0].planned_date, date(2031, 1, 1))
        self.assertTrue(all(own.mapped('planned_date')))
        self.assertFalse(any((reviews - own).mapped('planned_date')))


@tagged('post_install', '-at_install')
class TestFactsSales(FactsCommon):

    def test_specification(self):
        self._set_stages('sales')
        archived = self._new_product("Old Lamp")
        order = self._submit_order(lines=[(self.product_stock, 1), (archived, 1)])
        section = self._get_facts(order, 'sales')['specification']
        self.assertEqual(section['level'], 'ok')
        self.assertFalse(section['table'])
        archived.active = False
        section = self._get_facts(order, 'sales')['specification']
        self.assertEqual(section['level'], 'bad')
        self.assertIn("archived", self._get_cells(section, product="Old Lamp")['defect']['text'])

    def test_variants(self):
        attribute = self.env['product.attribute'].create({
            'name': "Engraving", 'create_variant': 'no_variant', 'value_ids': [
                Command.create({'name': "None"}), Command.create({'name': "Text", 'is_custom': True})]})
        product = self._new_product("Cup")
        self.env['product.template.attribute.line'].create({
            'product_tmpl_id': product.product_tmpl_id.id, 'attribute_id': attribute.id,
            'value_ids': [Command.set(attribute.value_ids.ids)]})
        values = self.env['product.template.attribute.value'].search(
            [('product_tmpl_id', '=', product.product_tmpl_id.id)])
        custom = values.filtered('is_custom')
        self._set_stages('sales')
        order = self._submit_order(lines=[{'product_id': product.id, 'product_uom_qty': 1}])
        text = self._get_cells(self._get_facts(order, 'sales')['specification'], product="Cup")['defect']['text']
        self.assertIn("“Engraving” is not selected", text)
        line = order.with_user(self.user_sales).order_line
        line.product_no_variant_attribute_value_ids = custom
        text = self._get_cells(self._get_facts(order, 'sales')['specification'], product="Cup")['defect']['text']
        self.assertIn("is not described", text)
        line.product_custom_attribute_value_ids = [Command.create({
            'custom_product_template_attribute_value_id': custom.id, 'custom_value': "For Ada"})]
        self.assertEqual(self._get_facts(order, 'sales')['specification']['level'], 'ok')

    def test_prices(self):
        self._set_stages('sales', discount_limit=10, minimum_price_percent=80)
        order = self._submit_order(lines=[
            {'product_id': self.product_stock.id, 'product_uom_qty': 2, 'price_unit': 100, 'discount': 10},
            {'product_id': self.product_service.id, 'product_uom_qty': 1, 'price_unit': 70},
        ])
        prices = self._get_facts(order, 'sales')['prices']
        cells = self._get_cells(prices, product="Stock Good")
        self.assertEqual((cells['price']['value'], cells['price']['level']), (90.0, 'ok'))
        self.assertEqual((cells['list_price']['value'], cells['minimum']['value']), (100.0, 80.0))
        self.assertEqual(cells['discount']['value'], 10.0)
        cells = self._get_cells(prices, product="Installation")
        self.assertEqual((cells['price']['value'], cells['price']['level']), (70.0, 'warn'))
        # 250 instead of 280
        self.assertEqual(self._get_row(prices, 'discount')['value'], 10.7)
        order.with_user(self.user_sales).order_line[1].price_unit = 60
        prices = self._get_facts(order, 'sales')['prices']
        self.assertEqual(self._get_cells(prices, product="Installation")['price']['level'], 'bad')
        self.assertEqual(prices['level'], 'bad')

    def test_prices_without_limits(self):
        self._set_stages('sales')
        order = self._submit_order(lines=[
            {'product_id': self.product_stock.id, 'product_uom_qty': 2, 'price_unit': 10}])
        prices = self._get_facts(order, 'sales')['prices']
        self.assertFalse(prices['level'])
        self.assertIsNone(self._get_cells(prices, product="Stock Good").get('minimum'))

    def test_price_list_in_foreign_currency_and_unit(self):
        """The price list, its rules by quantity, the currency and the unit of the line count, as in core."""
        currency = self.env['res.currency'].with_context(active_test=False).search([('name', '=', 'JPY')])
        currency.active = True
        currency.rate_ids.unlink()
        currency.rate_ids = [Command.create({'name': '2020-01-01', 'rate': 150})]
        pricelist = self.env['product.pricelist'].create({
            'name': "Japan", 'currency_id': currency.id, 'item_ids': [
                Command.create({'compute_price': 'percentage', 'percent_price': 20, 'applied_on': '3_global',
                                'min_quantity': 10}),
                Command.create({'compute_price': 'fixed', 'fixed_price': 7000, 'applied_on': '1_product',
                                'product_tmpl_id': self.product_service.product_tmpl_id.id})]})
        self._set_stages('finance')
        self.product_stock.standard_price = 60
        dozen = self.env.ref('uom.product_uom_dozen')
        order = self._submit_order(pricelist_id=pricelist.id, lines=[
            {'product_id': self.product_stock.id, 'product_uom_qty': 1, 'product_uom_id': dozen.id},
            {'product_id': self.product_stock.id, 'product_uom_qty': 1},
            {'product_id': self.product_service.id, 'product_uom_qty': 3},
        ])
        prices = self._get_facts(order, 'finance')['prices']
        rows = [{column['name']: cell for column, cell in zip(prices['table']['columns'], row['cells'])}
                for row in prices['table']['rows']]
        self.assertEqual([row['list_price']['value'] for row in rows], [144000, 15000, 7000])
        self.assertEqual([row['price']['value'] for row in rows], [144000, 15000, 7000])
        self.assertEqual([row['cost']['value'] for row in rows], [108000, 9000, False])
        self.assertEqual([row['margin']['value'] for row in rows], [25.0, 40.0, False])
        self.assertEqual(rows[0]['list_price']['currency'], 'JPY')
        self.assertEqual(self._get_row(prices, 'without_cost')['value'], 1)
        for line, row in zip(order.order_line, rows):
            self.assertEqual(line._get_pricelist_price(), row['list_price']['value'])

    def test_terms(self):
        self._set_stages('sales')
        order = self._submit_order()
        row = self._get_row(self._get_facts(order, 'sales')['terms'], 'payment_term')
        self.assertEqual((row['text'], row['level']), ("Test 30 Days", False))
        self.partner.property_payment_term_id = self.payment_term
        row = self._get_row(self._get_facts(order, 'sales')['terms'], 'payment_term')
        self.assertEqual((row['level'], row['note']), ('ok', False))
        self.partner.property_payment_term_id = self.env['account.payment.term'].create({'name': "Ten Days"})
        row = self._get_row(self._get_facts(order, 'sales')['terms'], 'payment_term')
        self.assertEqual(row['level'], 'warn')
        self.assertIn("Ten Days", row['note'])


@tagged('post_install', '-at_install')
@freeze_time('2031-03-05 09:00:00')
class TestFactsFinance(FactsCommon):

    def test_margin(self):
        self._set_stages('finance', minimum_margin=30)
        self.product_stock.standard_price = 80
        order = self._submit_order(lines=[(self.product_stock, 5), (self.product_service, 1)])
        prices = self._get_facts(order, 'finance')['prices']
        self.assertEqual(self._get_row(prices, 'margin_amount')['value'], 100.0)
        self.assertEqual(self._get_row(prices, 'margin')['value'], 20.0)
        self.assertEqual(self._get_row(prices, 'margin')['level'], 'warn')
        self.assertEqual(self._get_row(prices, 'without_cost')['value'], 1)
        self.product_stock.standard_price = 101
        self.assertEqual(self._get_row(self._get_facts(order, 'finance')['prices'], 'margin')['level'], 'bad')

    def test_taxes_included_are_no_margin(self):
        tax = self.env['account.tax'].create({'name': "VAT", 'amount': 25, 'price_include_override': 'tax_included'})
        self.product_stock.write({'standard_price': 60, 'taxes_id': [Command.set(tax.ids)]})
        self._set_stages('finance')
        order = self._submit_order()
        self.assertEqual(self._get_row(self._get_facts(order, 'finance')['prices'], 'margin')['value'], 25.0)

    def test_credit(self):
        self._set_stages('finance')
        self._new_invoice(self.partner, 400, '2031-04-01')
        order = self._submit_order()
        row = self._get_row(self._get_facts(order, 'finance')['credit'], 'limit')
        self.assertIn("does not use credit limits", row['note'])
        self.company.account_use_credit_limit = True
        self.partner.credit_limit = 1000
        credit = self._get_facts(order, 'finance')['credit']
        self.assertEqual(self._get_row(credit, 'owed')['value'], 400)
        self.assertEqual(self._get_row(credit, 'exposure')['value'], 900)
        self.assertEqual((self._get_row(credit, 'used')['value'], credit['level']), (90.0, 'warn'))
        # What is confirmed and not invoiced counts, too.
        self._confirm(self._new_order(lines=[(self.product_service, 3)]))
        credit = self._get_facts(order, 'finance')['credit']
        self.assertEqual(self._get_row(credit, 'to_invoice')['value'], 240)
        self.assertEqual((self._get_row(credit, 'used')['value'], credit['level']), (114.0, 'bad'))

    def test_receivables_of_the_whole_customer(self):
        self._set_stages('finance')
        order = self._submit_order()
        section = self._get_facts(order, 'finance')['receivables']
        self.assertEqual(self._get_row(section, 'overdue')['level'], 'ok')
        branch = self.env['res.partner'].create({'name': "Accounts", 'parent_id': self.partner.id})
        self._new_invoice(branch, 400, '2031-02-23')
        self._new_invoice(self.partner, 100, '2031-04-01')
        self._new_invoice(self.partner, 70, '2031-01-01', paid='2031-01-05')
        section = self._get_facts(order, 'finance')['receivables']
        self.assertEqual(self._get_row(section, 'open')['value'], 500)
        self.assertEqual((self._get_row(section, 'overdue')['value'], section['level']), (400, 'warn'))
        self.assertEqual(self._get_row(section, 'oldest')['value'], '2031-02-23')
        self._new_invoice(self.partner, 50, '2031-02-01')
        section = self._get_facts(order, 'finance')['receivables']
        self.assertEqual((self._get_row(section, 'overdue')['value'], section['level']), (450, 'bad'))

    def test_how_the_customer_pays(self):
        self._set_stages('finance')
        order = self._submit_order()
        self.assertIsNone(self._get_row(self._get_facts(order, 'finance')['receivables'], 'delay'))
        self._new_invoice(self.partner, 70, '2031-01-01', paid='2031-01-13')
        self._new_invoice(self.partner, 70, '2031-02-01', paid='2031-02-05')
        self._new_invoice(self.partner, 70, '2029-02-01', paid='2029-08-05')
        row = self._get_row(self._get_facts(order, 'finance')['receivables'], 'delay')
        self.assertEqual((row['text'], row['level']), ("8 d late", 'warn'))
        self.assertIn("2", row['note'])

    def test_usual_terms(self):
        self._set_stages('finance')
        other = self.env['account.payment.term'].create({'name': "Ten Days"})
        self._confirm(self._new_order(2, payment_term_id=other.id))
        self._confirm(self._new_order(1))
        order = self._submit_order()
        row = self._get_row(self._get_facts(order, 'finance')['terms'], 'usual_term')
        self.assertEqual((row['text'], row['level']), ("Ten Days", 'warn'))
        self.assertIn("2 of 3", row['note'])


@tagged('post_install', '-at_install')
@freeze_time('2031-03-05 09:00:00')
class TestFactsPaymentPlan(FactsCommon):

    def test_instalments(self):
        self._set_stages(('finance', {'requires_plan': 'payment'}))
        term = self.env['account.payment.term'].create({'name': "Thirds", 'line_ids': [
            Command.create({'value': 'percent', 'value_amount': 30, 'nb_days': 0}),
            Command.create({'value': 'percent', 'value_amount': 70, 'nb_days': 60})]})
        order = self._submit_order(payment_term_id=term.id, commitment_date='2031-03-20 12:00:00')
        section = self._get_facts(order, 'finance')['instalments']
        self.assertEqual([
            (row['cells'][1]['value'], row['cells'][2]['value'], row['cells'][3]['value'])
            for row in section['table']['rows']
        ], [('2031-03-20', 150.0, 30.0), ('2031-05-19', 350.0, 70.0)])
        self.assertEqual(self._get_review(order, 'finance').proposed_date, date(2031, 5, 19))

    def test_without_terms_and_date(self):
        self._set_stages(('finance', {'requires_plan': 'payment'}))
        order = self._submit_order(payment_term_id=False, commitment_date=False)
        section = self._get_facts(order, 'finance')['instalments']
        self.assertEqual(section['table']['rows'][0]['cells'][1]['value'], '2031-03-05')
        self.assertEqual(self._get_review(order, 'finance').proposed_date, date(2031, 3, 5))


@tagged('post_install', '-at_install')
class TestFactsLegal(FactsCommon):

    def setUp(self):
        super().setUp()
        self._set_stages('legal')

    def test_documents(self):
        order = self._submit_order()
        section = self._get_facts(order, 'legal')['contract']
        self.assertEqual(section['level'], 'warn')
        document = self.env['ir.attachment'].with_user(self.user_sales).create({
            'name': "contract.pdf", 'res_model': 'sale.order', 'res_id': order.id, 'raw': b"%PDF-1.4"})
        section = self._get_facts(order, 'legal')['contract']
        self.assertEqual((self._get_row(section, 'documents')['value'], section['level']), (1, 'ok'))
        cell = self._get_cells(section, name="contract.pdf")['name']
        self.assertEqual(cell['url'], f'/web/content/{document.id}')
        # The link opens for the reviewer by the rights of the reviewer.
        self.assertTrue(document.with_user(self.user_legal).has_access('read'))
        self.assertFalse(document.with_user(self.user_employee).has_access('read'))

    def test_terms(self):
        self.company.invoice_terms = "<p>Ours hold.</p>"
        order = self._submit_order(note=False, client_order_ref="PO-77")
        section = self._get_facts(order, 'legal')['contract_terms']
        self.assertEqual(self._get_row(section, 'reference')['text'], "PO-77")
        self.assertFalse(self._get_row(section, 'note')['level'])
        order.with_user(self.user_sales).note = "<p>Ours hold.</p>"
        self.assertEqual(self._get_row(self._get_facts(order, 'legal')['contract_terms'], 'note')['level'], 'ok')
        order.with_user(self.user_sales).note = "<p>Yours hold.</p>"
        section = self._get_facts(order, 'legal')['contract_terms']
        self.assertEqual(self._get_row(section, 'note')['level'], 'warn')
        self.assertEqual(self._get_row(section, 'text')['text'], "Yours hold.")

    def test_export(self):
        self.company.country_id = self.env.ref('base.us')
        self.partner.country_id = self.env.ref('base.us')
        order = self._submit_order()
        section = self._get_facts(order, 'legal')['parties']
        self.assertFalse(section['level'])
        self.assertFalse(self._get_row(section, 'export_check')['level'])
        self.partner.country_id = self.env.ref('base.uk')
        self.assertEqual(self._get_row(self._get_facts(order, 'legal')['parties'], 'export_check')['level'], 'warn')
        review = self._get_review(order, 'legal')
        review.action_record_export_check('clear')
        row = self._get_row(self._get_facts(order, 'legal')['parties'], 'export_check')
        self.assertEqual(row['level'], 'ok')
        self.assertIn("Test Legal", row['note'])
        review.action_record_export_check('refused', "On the list of 2031.")
        section = self._get_facts(order, 'legal')['parties']
        self.assertEqual(section['level'], 'bad')
        self.assertEqual(self._get_row(section, 'export_note')['text'], "On the list of 2031.")
        # It counts for the next order of the same customer, and for a contact of it.
        contact = self.env['res.partner'].create({'name': "Buyer", 'parent_id': self.partner.id})
        section = self._get_facts(self._submit_order(partner_id=contact.id), 'legal')['parties']
        self.assertEqual(self._get_row(section, 'export_check')['level'], 'bad')

    def test_old_check(self):
        self.partner.country_id = self.env.ref('base.uk')
        with freeze_time('2029-01-01'):
            self._get_review(self._submit_order(), 'legal').action_record_export_check('clear')
        with freeze_time('2031-03-05'):
            row = self._get_row(self._get_facts(self._submit_order(), 'legal')['parties'], 'export_check')
        self.assertEqual(row['level'], 'warn')
        self.assertIn("more than a year ago", row['note'])


@tagged('post_install', '-at_install')
class TestPriceGuides(FactsCommon):

    def test_percentages(self):
        for name in ('discount_limit', 'minimum_price_percent', 'minimum_margin'):
            for value in (-1, 101):
                with self.subTest(name=name, value=value), self.assertRaises(ValidationError):
                    self._new_policy(**{name: value})

    def test_printed_and_fixed(self):
        policy = self._new_policy(discount_limit=10, minimum_price_percent=80, minimum_margin=20)
        [chapter] = [c for c in policy._get_report_chapters() if c['sequence'] == 40]
        self.assertEqual(len(chapter['guides']), 3)
        self.assertIn("10 %", chapter['guides'][0])
        self._adopt(policy)
        with self.assertRaises(UserError):
            policy.with_user(self.user_manager).discount_limit = 99
        self.assertFalse(self._new_policy()._get_report_price_guides())
