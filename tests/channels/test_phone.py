"""What the person on the phone sees: the customer, by any detail given, the receivables and the last orders."""
from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import Form, HttpCase, tagged

from ..common import LifecycleCommon


class PhoneCommon(LifecycleCommon):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.phone = cls.env['order.channel'].search([
            ('company_id', '=', cls.company.id), ('kind', '=', 'phone')], limit=1)
        cls.partner.write({'ref': 'C-4711', 'vat': 'XX123456', 'phone': '+44 (0)20-7946 0000'})

    def _open_form(self, user=None, record=None):
        return Form(
            (record or self.env['sale.order']).with_user(user or self.user_sales).with_context(
                order_phone_registration=True),
            view='sale_order_lifecycle.sale_order_view_form_phone')


@tagged('post_install', '-at_install')
class TestPhone(PhoneCommon):

    def test_customer_while_typing(self):
        Partner = self.env['res.partner'].with_user(self.user_sales).with_context(order_customer_search=True)
        for text in ("blue harb", "C-4711", "XX1234", "20 7946 0000", "02079460000", "+44 20 7946-0000", "7946 00"):
            with self.subTest(text=text):
                self.assertIn(self.partner.id, [found[0] for found in Partner.name_search(text)])
        for text in ("7946 0001", "794", "7946 x"):
            with self.subTest(text=text):
                self.assertNotIn(self.partner.id, [found[0] for found in Partner.name_search(text)])
        # Elsewhere customers are found as before.
        self.assertFalse(self.env['res.partner'].name_search("02079460000"))

    def test_missing_is_listed_while_the_call_runs(self):
        self.policy.intake_rule_ids = [
            Command.create({'name': "Product", 'message': "Ask for the products.",
                            'domain': "[('order_line', '!=', False)]"}),
            Command.create({'name': "Terms", 'message': "Ask for the terms.",
                            'domain': "[('payment_term_id', '!=', False)]"}),
        ]
        with self._open_form() as form:
            self.assertEqual(form.channel_id, self.phone)
            form.partner_id = self.partner
            self.assertEqual(form.missing_summary, "Ask for the products.\nAsk for the terms.")
            with form.order_line.new() as line:
                line.product_id = self.product_stock
                self.assertEqual(line.free_qty_today, 10000)
                self.assertEqual(line.price_unit, 100)
                line.product_uom_qty = 3
            self.assertEqual(form.missing_summary, "Ask for the terms.")
            form.payment_term_id = self.payment_term
            self.assertFalse(form.missing_summary)
        order = form.record
        order.action_register()
        self.assertRecordValues(order, [{
            'channel_id': self.phone.id, 'registered_by_id': self.user_sales.id, 'amount_total': 300}])

    def test_a_draft_is_enough(self):
        """It is saved as soon as the customer is known, whatever is missing."""
        with self._open_form() as form:
            form.partner_id = self.partner
        self.assertEqual((form.record.state, form.record.received_at), ('draft', False))
        with self._open_form(record=form.record) as form:
            form.client_order_ref = "PO 9"
        self.assertEqual(form.record.client_order_ref, "PO 9")

    def test_last_orders(self):
        orders = self._register(self._new_order(7, user_id=self.user_sales.id))
        hidden = self._register(self._new_order(
            user_id=self.user_sales_manager.id, user=self.user_sales_manager), self.user_sales_manager)
        other = self._register(self._new_order(partner_id=self.vendor.id))
        with self._open_form() as form:
            form.partner_id = self.partner
            last = form.customer_last_order_ids[:]
        self.assertEqual(last, orders.sorted('id', reverse=True)[:5])
        self.assertNotIn(form.record, form.record.customer_last_order_ids)
        self.assertFalse((hidden | other) & last)

    def test_receivables(self):
        order = self._confirm(self._new_order())
        invoice = order._create_invoices()
        invoice.invoice_date = '2025-01-01'
        invoice.action_post()
        contact = self.env['res.partner'].create({'name': "Purchasing", 'parent_id': self.partner.id})
        for partner in (self.partner, contact):
            with self._open_form() as form:
                form.partner_id = partner
                self.assertEqual((form.customer_receivable, form.customer_overdue), (500, 500))
        company = self._new_company()
        elsewhere = self.env['sale.order'].create({'partner_id': self.partner.id, 'company_id': company.id})
        self.assertEqual(elsewhere.customer_receivable, 0)
        # Nor does a form tell what a customer owes a company that its person has nothing to do with.
        stranger = self._new_user('stranger', 'sales_team.group_sale_manager', company=company)
        for user, owed in ((self.user_sales, 500), (stranger, 0)):
            own = self.env['sale.order'].with_user(user).with_context(allowed_company_ids=user.company_ids.ids)
            values = own.onchange(
                {'partner_id': self.partner.id, 'company_id': self.company.id}, ['partner_id'],
                {'partner_id': {}, 'company_id': {}, 'customer_receivable': {}})['value']
            self.assertEqual(values.get('customer_receivable', 0), owed)
        # Who is no salesperson learns no amounts from an order.
        for user in (self.user_stock, self.user_legal):
            with self.assertRaises(AccessError):
                order.with_user(user).read(['customer_receivable'])

    def test_plain_company(self):
        company = self._new_company()
        order = self.env['sale.order'].with_company(company).with_context(order_phone_registration=True).create({
            'partner_id': self.partner.id})
        self.assertFalse(order.channel_id)

    # -- the customer is not certain ----------------------------------------------------------------

    def _new_doubtful(self):
        sender = self.env['res.partner'].create({'name': "B. Harbour", 'email': 'b@example.com', 'active': False})
        order = self._register(self._new_order(partner_id=sender.id, user_id=self.user_sales.id))
        order.sudo().write({'customer_to_check': True, 'customer_candidate_ids': [
            Command.set((self.partner | self.vendor).ids)]})
        return order

    def test_choice(self):
        order = self._new_doubtful()
        action = order.with_user(self.user_sales).action_open_customer_choice()
        choice = self.env['order.customer.choice'].with_user(self.user_sales).browse(action['res_id'])
        self.assertEqual(choice.line_ids.partner_id, self.partner | self.vendor)
        self.assertEqual(choice.sender_email, 'b@example.com')
        choice.line_ids.filtered(lambda line: line.partner_id == self.partner).action_choose()
        self.assertEqual((order.partner_id, order.customer_to_check), (self.partner, False))

    def test_choice_of_another_and_of_a_new_one(self):
        third = self.env['res.partner'].create({'name': "Third"})
        for partner in (third, None):
            order = self._new_doubtful()
            sender = order.partner_id
            choice = self.env['order.customer.choice'].with_user(self.user_sales).browse(
                order.with_user(self.user_sales).action_open_customer_choice()['res_id'])
            if partner:
                choice.partner_id = partner
                choice.action_choose()
            else:
                choice.action_keep()
            self.assertEqual(order.partner_id, partner or sender)
            self.assertEqual(sender.active, not partner)

    def test_choice_is_for_sales(self):
        order = self._new_doubtful()
        for user in (self.user_finance, self.user_stock, self.user_manager):
            with self.assertRaises(AccessError):
                order.with_user(user).action_open_customer_choice()


@tagged('post_install', '-at_install')
class TestPhoneTour(PhoneCommon, HttpCase):

    def test_tour(self):
        """A salesperson registers an order on the phone; what is entered is saved by itself (articles I1-I3)."""
        self.partner.write({'name': "Tour Customer", 'property_payment_term_id': self.payment_term.id})
        self._new_product("Tour Lantern", type='service')
        self.policy.intake_rule_ids = [Command.create({
            'name': "Reference", 'domain': "[('client_order_ref', '!=', False)]", 'message': "Ask for the number."})]
        self._register(self._new_order(user_id=self.user_sales.id))
        self.start_tour('/odoo/phone-registration', 'order_phone_registration', login=self.user_sales.login)
        order = self.env['sale.order'].search([('client_order_ref', '=', "PO 4711")])
        self.assertRecordValues(order, [{
            'partner_id': self.partner.id, 'channel_id': self.phone.id, 'registered_by_id': self.user_sales.id,
            'amount_total': 300}])

    def test_closed_tab(self):
        """Whoever closes the page in the middle of a call, with a line in the works, finds everything in the draft."""
        self.partner.write({'name': "Tour Customer"})
        lantern = self._new_product("Tour Lantern", type='service')
        self.start_tour('/odoo/phone-registration', 'order_phone_closed_tab', login=self.user_sales.login)
        order = self.env['sale.order'].search([('partner_id', '=', self.partner.id)])
        self.assertRecordValues(order, [{'state': 'draft', 'received_at': False, 'channel_id': self.phone.id}])
        self.assertRecordValues(order.order_line, [{'product_id': lantern.id, 'product_uom_qty': 7}])
