from odoo import Command
from odoo.exceptions import ValidationError
from odoo.tests import Form, tagged

from ..common import LifecycleCommon


@tagged('post_install', '-at_install')
class TestCompleteness(LifecycleCommon):
    """Article I3: what is missing is listed, and blocks the submission."""

    @classmethod
    def _set_up_policy(cls):
        super()._set_up_policy()
        cls.template = cls.env.ref('sale_order_lifecycle.policy_template_standard')
        cls.policy.intake_rule_ids = [
            Command.create(vals) for vals in cls.template.intake_rule_ids.copy_data({'policy_id': cls.policy.id})]

    def _missing(self, order):
        order.invalidate_recordset()
        self.assertEqual(order._get_missing_information()[order.id], order.missing_information)
        self.assertEqual(order.is_complete, not order.missing_information)
        self.assertEqual(order.missing_summary or '', '\n'.join(order.missing_information))
        found = order.search([('id', '=', order.id), ('is_complete', '=', True)])
        self.assertEqual(bool(found), order.is_complete)
        return order.missing_information

    def test_seven_rules(self):
        self.assertEqual(len(self.template.intake_rule_ids), 7)
        self.assertEqual(set(self.template.intake_rule_ids.mapped('severity')), {'blocking'})
        messages = dict(zip(
            ('customer', 'contact', 'product', 'quantity', 'price', 'payment', 'date'),
            self.policy.intake_rule_ids.mapped('message')))
        order = self._new_order()
        self.assertEqual(self._missing(order), [])
        line = order.order_line

        def check(*names):
            self.assertEqual(self._missing(order), [messages[name] for name in names])

        order.partner_id.write({'email': False})
        check()
        order.partner_id.write({'phone': False})
        check('contact')
        order.payment_term_id = False
        order.commitment_date = False
        check('contact', 'payment', 'date')
        line.price_unit = 0
        line.product_uom_qty = 0
        check('contact', 'quantity', 'price', 'payment', 'date')
        line.unlink()
        check('contact', 'product', 'payment', 'date')
        nameless = self.env['res.partner'].create({
            'type': 'invoice', 'street': "1 Nowhere", 'email': 'x@example.com'})
        order.partner_id = nameless
        self.assertIn(messages['customer'], self._missing(order))
        nameless.parent_id = self.partner
        self.assertNotIn(messages['customer'], self._missing(order))

    def test_lines_that_do_not_count(self):
        order = self._new_order()
        self.company.sale_discount_product_id = self._new_product("Discount", type='service')
        order.order_line = [
            Command.create({'display_type': 'line_section', 'name': "Section"}),
            Command.create({'display_type': 'line_note', 'name': "Note"}),
            Command.create({
                'product_id': self.company.sale_discount_product_id.id, 'product_uom_qty': 1, 'price_unit': -5}),
            Command.create({
                'product_id': self.product_service.id, 'product_uom_qty': 0, 'is_downpayment': True, 'price_unit': 0}),
        ]
        self.assertEqual(self._missing(order), [])
        order.order_line = [Command.create({
            'product_id': self.product_service.id, 'product_uom_qty': 1, 'price_unit': 0})]
        self.assertEqual(len(self._missing(order)), 1)

    def test_many_orders(self):
        orders = self._new_order(5)
        orders[1].payment_term_id = False
        orders[3].order_line.product_uom_qty = 0
        self.assertEqual(orders.filtered('is_complete'), orders[0] | orders[2] | orders[4])
        self.env.flush_all()
        Order = self.env['sale.order'].with_user(self.user_sales)
        domain = [('id', 'in', orders.ids)]
        self.assertEqual(Order.search([*domain, ('is_complete', '=', False)], order='id').ids,
                         (orders[1] | orders[3]).ids)
        self.assertEqual(Order.search_count([*domain, ('is_complete', '!=', False)]), 3)
        self.assertEqual(Order.search_count([*domain, ('is_complete', 'in', (True, False))]), 5)

    def test_queries(self):
        """Missing information costs the same for one order and for twenty."""
        self.assertSameQueries(
            lambda number: self._new_order(number, lines=[(self.product_stock, 1), (self.product_service, 1)]),
            lambda orders: orders.mapped('missing_information'))

    def test_inactive_rule_and_warning(self):
        order = self._new_order(payment_term_id=False, commitment_date=False)
        order.payment_term_id = False
        rules = self.policy.intake_rule_ids
        payment = rules.filtered(lambda rule: 'payment_term_id' in rule.domain)
        date = rules.filtered(lambda rule: 'commitment_date' in rule.domain)
        self.assertEqual(self._missing(order), [payment.message, date.message])
        payment.active = False
        date.severity = 'warning'
        self.assertEqual(self._missing(order), [])
        self.assertEqual(order.intake_warnings, date.message)
        self._submit(order)
        self.assertTrue(order.received_at)

    def test_without_policy(self):
        company = self._new_company()
        order = self.env['sale.order'].with_company(company).create({
            'partner_id': self.partner.id, 'company_id': company.id})
        self.assertFalse(order.policy_id)
        self.assertEqual(self._missing(order), [])

    def test_reader_without_rights(self):
        """Rules look at facts that the reader of the order may not see."""
        order = self._new_order()
        order.partner_id.phone = order.partner_id.email = False
        self.assertEqual(len(order.with_user(self.user_legal).missing_information), 1)
        self.assertIn(order, order.with_user(self.user_legal).search([('is_complete', '=', False)]))

    def test_form_tells_while_typing(self):
        with Form(self.env['sale.order'].with_user(self.user_sales)) as form:
            form.partner_id = self.partner
            form.payment_term_id = self.payment_term
            self.assertIn("Add the products", form.missing_summary)
            with form.order_line.new() as line:
                line.product_id = self.product_stock
            self.assertNotIn("Add the products", form.missing_summary)
            self.assertNotIn("payment terms", form.missing_summary)
            form.payment_term_id = self.env['account.payment.term']
            self.assertIn("payment terms", form.missing_summary)

    def test_bad_conditions(self):
        for values in (
            {'domain': "[('no_such_field', '=', 1)]"},
            {'domain': "[('partner_id', '=')]"},
            {'domain': "import os"},
            {'domain': "5"},
            {'line_domain': "[('order_id.no_such_field', '=', 1)]"},
            {'line_domain': "__import__('os').system('true')"},
        ):
            with self.subTest(values=values), self.assertRaises(ValidationError) as error:
                self.policy.intake_rule_ids = [Command.create({'name': "Bad", 'message': "Bad.", **values})]
            self.assertIn("is invalid", str(error.exception))

    def test_copy_of_a_policy(self):
        copy = self.policy.copy()
        self.assertEqual(copy.intake_rule_ids.mapped('message'), self.policy.intake_rule_ids.mapped('message'))
        self.assertFalse(copy.intake_rule_ids & self.policy.intake_rule_ids)
