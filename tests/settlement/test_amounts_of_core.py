from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import SettlementCommon


@tagged('post_install', '-at_install')
class TestAmountsOfCore(SettlementCommon):
    """What is owed is what Odoo invoices: rounding, taxes, discounts, several documents. Without any tolerance."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.tax_calculation_rounding_method = 'round_globally'
        cls.vat = cls._new_tax("Test 19 %", 19)
        cls.service = cls._new_product("Advice", type='service', invoice_policy='delivery')

    @classmethod
    def _new_tax(cls, name, amount, **vals):
        return cls.env['account.tax'].create({'name': name, 'amount': amount, **vals})

    @classmethod
    def _new_priced(cls, price, count=1, quantity=1, taxes=None, **vals):
        """An order of lines of a service with these prices and taxes."""
        taxes = cls.vat if taxes is None else taxes
        line_vals = vals.pop('line_vals', {})
        return cls._new_order(lines=[{
            'product_id': cls.service.id, 'product_uom_qty': quantity, 'price_unit': price,
            'tax_ids': [Command.set(taxes.ids)], **line_vals} for _index in range(count)], **vals)

    def _new_currency(self, name):
        currency = self.env['res.currency'].with_context(active_test=False).search([('name', '=', name)])
        currency.active = True
        self.env['res.currency.rate'].search([('currency_id', '=', currency.id)]).unlink()
        self.env['res.currency.rate'].create({
            'name': '2020-01-01', 'rate': 150, 'currency_id': currency.id, 'company_id': self.company.id})
        return currency

    def _serve(self, order, quantity):
        """Deliver so much of each line."""
        order.with_user(self.user_sales).order_line.filtered(
            lambda line: line.product_id == self.service and not line.is_downpayment).qty_delivered = quantity

    def assertSettles(self, order, total, invoices=None):
        """Fulfilled, invoiced and paid, the order has no difference, and is settled without a word."""
        if order.state != 'sale':
            self._fulfil(order)
        self.assertAccount(order, state='open', owed=total, difference=0, to_invoice=total, is_different=False)
        self._pay_together(invoices or self._invoice(order))
        self.assertAccount(
            order, state='to_check', owed=total, invoiced=total, paid=total, unpaid=0, difference=0, to_invoice=0,
            is_different=False)
        self._settle(order)
        self.assertAccount(order, state='settled', difference_reason=False)

    # -- rounding -------------------------------------------------------------------------------------

    def test_rounded_per_tax(self):
        """30.42 and 5.7798 of taxes; line by line it would be 3 × 12.07 = 36.21."""
        self.assertSettles(self._new_priced(10.14, count=3), 36.20)

    def test_rounded_per_line(self):
        self.company.tax_calculation_rounding_method = 'round_per_line'
        self.assertSettles(self._new_priced(10.14, count=3), 36.21)

    def test_many_lines(self):
        """25 × 0.50 = 12.50 and 2.375 of taxes; line by line it would be 25 × 0.60 = 15.00."""
        self.assertSettles(self._new_priced(0.50, count=25), 14.88)

    def test_yen(self):
        """525 and 52.5 of taxes; line by line it would be 5 × 116 = 580."""
        pricelist = self.env['product.pricelist'].create({
            'name': "Yen", 'currency_id': self._new_currency('JPY').id})
        self.assertSettles(self._new_priced(
            105, count=5, taxes=self._new_tax("Test 10 %", 10), pricelist_id=pricelist.id), 578)

    def test_quantity_of_a_line(self):
        self.assertSettles(self._new_priced(0.50, quantity=250), 148.75)

    def test_taxes_in_the_price(self):
        """Three prices of 9.99 are 29.97, whatever the taxes in them are."""
        self.assertSettles(self._new_priced(9.99, count=3, taxes=self._new_tax(
            "Included", 19, price_include_override='tax_included')), 29.97)

    def test_group_of_taxes(self):
        """30.42, 7 % = 2.1294 and 3.3 % = 1.00386."""
        group = self._new_tax("Both", 0, amount_type='group', children_tax_ids=[Command.set((
            self._new_tax("First", 7) | self._new_tax("Second", 3.3)).ids)])
        self.assertSettles(self._new_priced(10.14, count=3, taxes=group), 33.55)

    def test_fixed_tax(self):
        """4 × 10.14 = 40.56, 4 × 0.33 = 1.32 and 19 % = 7.7064; of two of them 20.28, 0.66 and 3.8532."""
        taxes = self._new_tax("Per Unit", 0.33, amount_type='fixed') | self.vat
        self.assertSettles(self._new_priced(10.14, quantity=4, taxes=taxes), 49.59)
        order = self._confirm(self._new_priced(
            10.14, quantity=4, taxes=taxes, line_vals={'product_id': self.product_delivered.id}))
        self._deliver(order.picking_ids, {self.product_delivered: 2}, backorder=False)
        self._pay(self._invoice(order))
        self.assertAccount(order, state='difference', owed=24.79, invoiced=24.79, paid=24.79, difference=-24.80)

    def test_discount_of_lines(self):
        """3 × 10.14 less 33.33 % = 20.281014 → 20.28 and 3.8534 of taxes."""
        self.assertSettles(self._new_priced(10.14, quantity=3, line_vals={'discount': 33.33}), 24.13)

    def test_discount_of_the_order(self):
        """The discount of 10 % has taxes of its own: 30.42 − 3.04 = 27.38 and 5.20."""
        order = self._new_priced(10.14, count=3)
        self.company.sale_discount_product_id = self._new_product("Discount", type='service')
        self.env['sale.order.discount'].with_user(self.user_sales_manager).create({
            'sale_order_id': order.id, 'discount_type': 'so_discount', 'discount_percentage': 0.1,
        }).action_apply_discount()
        self.assertEqual(len(order.order_line), 4)
        self.assertSettles(order, order.amount_total)
        self.assertAlmostEqual(order.amount_total, 32.58)

    # -- several documents ----------------------------------------------------------------------------

    def test_several_invoices(self):
        """Each of three invoices rounds by itself: 3 × (10.14 + 1.93) = 36.21 for an order of 36.20."""
        order = self._confirm(self._new_priced(10.14, quantity=3))
        for quantity in (1, 2, 3):
            self._serve(order, quantity)
            self._pay(self._invoice(order))
        self.assertAccount(
            order, state='to_check', contract=36.20, owed=36.21, invoiced=36.21, paid=36.21, difference=0,
            is_different=False)
        self._settle(order)

    def test_invoice_of_several_orders(self):
        """Six lines of 10.14 have 11.5596 of taxes on the common invoice; core says which line gets which cent."""
        first, second = self._fulfil(self._new_priced(10.14, count=3) | self._new_priced(10.14, count=3))
        invoice = self._invoice(first | second)
        self.assertEqual((len(invoice), invoice.amount_total), (1, 72.40))
        self._pay(invoice)
        for order in first | second:
            self.assertAccount(order, state='to_check', unpaid=0, difference=0, is_different=False)
            self.assertAlmostEqual(order.settlement_id.paid_amount, 36.20, delta=0.011)
        self.assertAlmostEqual(sum((first | second).settlement_id.mapped('paid_amount')), 72.40)
        self._settle(first | second)

    def test_invoice_of_several_orders_that_rounds_otherwise(self):
        """One line has 1.9266 of taxes, 1.93; two on one invoice have 3.8532, 3.85: a cent is nobody's."""
        orders = self._fulfil(self._new_priced(10.14) | self._new_priced(10.14))
        invoice = self._invoice(orders)
        self.assertEqual(invoice.amount_total, 24.13)
        self._pay(invoice)
        self.assertEqual(orders.settlement_id.mapped('state'), ['to_check', 'to_check'])
        self.assertAlmostEqual(sum(orders.settlement_id.mapped('invoiced_amount')), 24.13)
        self._settle(orders)

    def test_part_delivered(self):
        """Two of three: 20.28 and 3.8532 of taxes, in one invoice or in two of 12.07."""
        for steps, owed, difference in (((2,), 24.13, -12.07), ((1, 1), 24.14, -12.07)):
            order = self._confirm(self._new_priced(
                10.14, quantity=3, line_vals={'product_id': self.product_delivered.id}))
            picking = order.picking_ids
            for index, quantity in enumerate(steps, 1):
                done = self._deliver(picking, {self.product_delivered: quantity}, backorder=index < len(steps))
                picking = done.backorder_ids
                self._pay(self._invoice(order))
            self.assertAccount(
                order, state='difference', owed=owed, invoiced=owed, paid=owed, difference=difference)

    def test_down_payment(self):
        order = self._confirm(self._new_priced(10.14, count=3))
        self._pay(self._down_payment(order, 33))
        self._serve(order, 1)
        self._pay(self._invoice(order))
        self.assertAccount(order, state='to_check', owed=36.20, invoiced=36.20, paid=36.20, difference=0)
        self._settle(order)

    def test_cash_rounding(self):
        """An invoice that is rounded to what can be paid in cash: 36.20 is paid with 36.00 of halves."""
        order = self._fulfil(self._new_priced(10.14, count=3))
        account = self._get_expense_account()
        rounding = self.env['account.cash.rounding'].create({
            'name': "Halves", 'rounding': 0.5, 'strategy': 'add_invoice_line', 'rounding_method': 'HALF-UP',
            'profit_account_id': account.id, 'loss_account_id': account.id})
        invoice = order.with_user(self.user_accountant)._create_invoices()
        invoice.invoice_cash_rounding_id = rounding
        invoice.action_post()
        self.assertEqual(invoice.amount_total, 36)
        self._pay(invoice)
        self.assertAccount(order, state='to_check', owed=36, invoiced=36, paid=36, difference=0)

    def test_bill_with_taxes(self):
        """Whoever enters a vendor bill enters its taxes as they are printed on it: 100 and 20.50 of taxes."""
        tax = self._new_tax("Test 20 %", 20, type_tax_use='purchase')
        bill = self.env['account.move'].with_user(self.user_accountant).create({
            'move_type': 'in_invoice', 'partner_id': self.partner.id, 'invoice_date': '2026-03-09',
            'invoice_line_ids': [Command.create({
                'name': "Glass", 'price_unit': 100, 'tax_ids': [Command.set(tax.ids)]})]})
        self.assertEqual(bill.amount_total, 120)
        totals = bill.tax_totals
        group = totals['subtotals'][0]['tax_groups'][0]
        group['tax_amount_currency'] = 20.5
        bill.tax_totals = totals
        self.assertEqual((bill.amount_untaxed, bill.amount_tax, bill.amount_total), (100, 20.5, 120.5))
        with self.assertRaises(AccessError):
            bill.amount_untaxed = 1

    # -- what is a difference all the same ---------------------------------------------------------------

    def test_rounding_that_is_none(self):
        """Whoever invoices makes methods of rounding, too: what is more than a few coins is not paid as agreed."""
        order = self._fulfil(self._new_priced(10.14, count=3))
        account = self._get_expense_account()
        rounding = self.env['account.cash.rounding'].with_user(self.user_accountant).create({
            'name': "Tens", 'rounding': 10, 'strategy': 'add_invoice_line', 'rounding_method': 'DOWN',
            'profit_account_id': account.id, 'loss_account_id': account.id})
        invoice = order.with_user(self.user_accountant)._create_invoices()
        invoice.invoice_cash_rounding_id = rounding
        invoice.action_post()
        self.assertEqual(invoice.amount_total, 30)
        self._pay(invoice)
        self.assertAccount(order, state='difference', owed=36.20, invoiced=30, paid=30, difference=-6.20)
        with self.assertRaisesRegex(UserError, "Enter the reason"):
            self._settle(order)

    def test_other_price(self):
        """A cent less in the price is a difference, and so is a tax that somebody has changed on the invoice."""
        order = self._fulfil(self._new_priced(10.14, count=3))
        invoice = order.with_user(self.user_accountant)._create_invoices()
        invoice.invoice_line_ids[0].price_unit = 11.14
        invoice.action_post()
        self._pay(invoice)
        self.assertAccount(order, state='difference', owed=36.20, invoiced=37.39, paid=37.39, difference=1.19)
        other = self._fulfil(self._new_priced(10.14, count=3))
        invoice = other.with_user(self.user_accountant)._create_invoices()
        invoice.invoice_line_ids[0].tax_ids = False
        invoice.action_post()
        self._pay(invoice)
        self.assertAccount(
            other, state='difference', owed=36.20, invoiced=34.27, paid=34.27, to_invoice=0, difference=-1.93)
        with self.assertRaisesRegex(UserError, "Enter the reason"):
            self._settle(other)

    def test_one_line_too_much_and_one_too_little(self):
        """What was charged for goods that never came does not pay for those that came."""
        other = self._new_product("Other Good", invoice_policy='order')
        self._put_in_stock(other, 10)
        order = self._confirm(self._new_order(lines=[(self.product_delivered, 2), (other, 3)]))
        self._pay(self._invoice(order))
        self.assertEqual(order.invoice_ids.amount_total, 300)
        self._deliver(order.picking_ids, {self.product_delivered: 2}, backorder=False)
        self.assertAccount(
            order, state='open', contract=500, owed=200, invoiced=300, paid=300, to_invoice=200, difference=0,
            is_different=True)

    def test_credit_note(self):
        """One of three is credited with its own rounding: 36.20 − 12.07 = 24.13 for 24.13."""
        order = self._fulfil(self._new_priced(10.14, quantity=3))
        invoice = self._invoice(order)
        self._pay(invoice)
        self._pay(self._credit(invoice, quantity=1))
        self.assertAccount(order, state='difference', owed=36.20, invoiced=24.13, paid=24.13, difference=-12.07)

    # -- down payments that are taken back ---------------------------------------------------------------

    def test_credited_down_payment(self):
        """What is credited was not charged: everything is still to be invoiced."""
        order = self._confirm(self._new_priced(100, taxes=self.env['account.tax']))
        invoice = self._down_payment(order, 30)
        self._reconcile(invoice, self._credit(invoice))
        self._serve(order, 1)
        self.assertAccount(order, state='open', owed=100, invoiced=0, paid=0, unpaid=0, to_invoice=100, difference=0)
        self._pay(self._invoice(order))
        self.assertAccount(order, state='to_check', invoiced=100, paid=100, to_invoice=0, difference=0)

    def test_down_payment_credited_in_part(self):
        """What is left of it was charged. Core forgets it on the final invoice: that is a difference."""
        order = self._confirm(self._new_priced(100, taxes=self.env['account.tax']))
        invoice = self._down_payment(order, 30)
        self._pay(invoice)
        self._pay(self._credit(invoice, price=10))
        self._serve(order, 1)
        self.assertAccount(order, state='open', invoiced=20, paid=20, unpaid=0, to_invoice=80, difference=0)
        final = self._invoice(order)
        self.assertEqual(final.amount_total, 100)
        self._pay(final)
        self.assertAccount(order, state='difference', invoiced=120, paid=120, to_invoice=0, difference=20)

    def test_down_payment_paid_back(self):
        order = self._confirm(self._new_priced(100, taxes=self.env['account.tax']))
        invoice = self._down_payment(order, 30)
        self._pay(invoice)
        refund = self._credit(invoice)
        self._serve(order, 1)
        self.assertAccount(order, state='open', invoiced=0, paid=30, unpaid=-30, to_invoice=100, difference=0)
        self._pay(refund)
        self.assertAccount(order, state='open', invoiced=0, paid=0, unpaid=0, to_invoice=100, difference=0)
        self._pay(self._invoice(order))
        self.assertAccount(order, state='to_check', invoiced=100, paid=100, difference=0)
