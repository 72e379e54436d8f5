from datetime import date, timedelta

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import SettlementCommon

# The settings of a term: what 100 and 19 % of taxes make, and what 2 % of it are.
COMPUTATIONS = {
    'included': (119.00, 2.38),  # of everything
    'excluded': (119.00, 2.00),  # of what is not taxes
    'mixed': (118.62, 2.00),  # and the taxes are those of 98
}


class CashDiscountCommon(SettlementCommon):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.tax_calculation_rounding_method = 'round_globally'
        cls.stage_finance.may_set_condition = True
        cls.vat = cls.env['account.tax'].create({'name': "Test 19 %", 'amount': 19})
        cls.terms = {
            computation: cls.env['account.payment.term'].create({
                'name': f"2 % within 10 Days, {computation}", 'early_discount': True, 'discount_percentage': 2,
                'discount_days': 10, 'early_pay_discount_computation': computation,
                'line_ids': [Command.create({'value': 'percent', 'value_amount': 100, 'nb_days': 30})],
            }) for computation in COMPUTATIONS}
        cls.discount_account = cls.env['account.account'].create({
            'name': "Cash Discounts", 'code': 'DISCOUNT', 'account_type': 'expense'})
        cls.company.account_journal_early_pay_discount_loss_account_id = cls.discount_account
        cls.today = date.today()

    @classmethod
    def _new_discounted(cls, computation='included', count=1, quantity=5, price=20, product=None, lines=1, **vals):
        return cls._new_order(count, payment_term_id=cls.terms[computation].id, lines=[{
            'product_id': (product or cls.product_delivered).id, 'product_uom_qty': quantity, 'price_unit': price,
            'tax_ids': [Command.set(cls.vat.ids)]} for _index in range(lines)], **vals)

    @classmethod
    def _new_of_each(cls, **vals):
        """:return: dict computation → orders with such terms"""
        return {computation: cls._new_discounted(computation, **vals) for computation in COMPUTATIONS}

    @classmethod
    def _join(cls, orders):
        """:return: the orders of a dict as one recordset, as several go through their steps together"""
        return cls.env['sale.order'].union(*orders.values())

    def _pay_late(self, invoice, amount, days, **vals):
        return self._pay(invoice, amount=amount, payment_date=self.today + timedelta(days=days), **vals)

    def _write_off(self, invoice, amount, days):
        """Pay so much, and write the rest off by hand."""
        return self._pay_late(
            invoice, amount, days, payment_difference_handling='reconcile',
            writeoff_account_id=self.discount_account.id)


@tagged('post_install', '-at_install')
class TestCashDiscount(CashDiscountCommon):
    """2 % for who pays within ten days: agreed, so no difference and no reason (articles S1, S3, R2)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Two with each kind of terms, delivered and not invoiced.
        cls.orders = cls._new_of_each(count=2)
        cls._fulfil(cls._join(cls.orders))
        cls.order, cls.other = cls.orders['included']

    def test_in_time(self):
        for computation, (total, discount) in COMPUTATIONS.items():
            with self.subTest(computation=computation):
                order = self.orders[computation][0]
                self.assertAccount(order, contract=total, owed=total, to_invoice=total, difference=0)
                invoice = self._invoice(order)
                self.assertEqual(invoice.amount_total, total)
                self._pay(invoice)
                self.assertEqual(invoice.payment_state, 'paid')
                self.assertAccount(
                    order, state='to_check', contract=total, owed=total, invoiced=total, paid=total - discount,
                    discount=discount, unpaid=0, difference=0, is_different=False)
                self._settle(order)
                self.assertIn("Cash discount", order.message_ids[0].body)

    def test_by_hand(self):
        """What somebody writes off on the fifteenth day was granted by nobody; on the fifth it is as agreed."""
        for computation, (total, discount) in COMPUTATIONS.items():
            with self.subTest(computation=computation):
                order, other = self.orders[computation]
                self._write_off(self._invoice(order), total - discount, 15)
                self.assertAccount(
                    order, state='difference', paid=total - discount, discount=0, unpaid=0, difference=-discount)
                with self.assertRaisesRegex(UserError, "Enter the reason"):
                    self._settle(order)
                self._write_off(self._invoice(other), total - discount, 5)
                self.assertAccount(other, state='to_check', discount=discount, unpaid=0, difference=0)

    def test_terms_that_have_changed(self):
        """Whoever keeps the terms grants afterwards what no department has approved."""
        self.terms['included'].write({'discount_percentage': 90, 'discount_days': 300})
        self._pay(self._invoice(self.order))
        self.assertAccount(self.order, state='difference', paid=11.90, discount=0, unpaid=0, difference=-107.10)
        with self.assertRaisesRegex(UserError, "Enter the reason"):
            self._settle(self.order)

    def test_last_day(self):
        for order, days, state in ((self.order, 10, 'to_check'), (self.other, 11, 'difference')):
            self._write_off(self._invoice(order), 116.62, days)
            self.assertAccount(order, state=state, paid=116.62, unpaid=0)

    def test_more_than_granted(self):
        """110 of 119 with 9 written off: 2 % of what is paid with it are granted, 2.24, the rest is not."""
        self._write_off(self._invoice(self.order), 110, 5)
        self.assertAccount(
            self.order, state='difference', paid=110, discount=2.24, unpaid=0, difference=-6.76)

    def test_nothing_paid(self):
        """Who pays nothing has not paid in time."""
        self._write_off(self._invoice(self.order), 0.01, 5)
        self.assertAccount(
            self.order, state='difference', paid=0.01, discount=0, unpaid=0, difference=-118.99)

    def test_in_parts(self):
        """Half in time, half late: nothing is granted. All in time in two parts: as agreed."""
        order, other = self.order, self.other
        invoice = self._invoice(order)
        self._pay_late(invoice, 59.50, 3)
        self.assertAccount(order, state='open', paid=59.50, unpaid=59.50, discount=0, difference=0)
        self._write_off(invoice, 57.12, 15)
        self.assertAccount(order, state='difference', paid=116.62, discount=0, unpaid=0, difference=-2.38)
        invoice = self._invoice(other)
        self._pay_late(invoice, 59.50, 3)
        self._write_off(invoice, 57.12, 8)
        self.assertAccount(other, state='to_check', paid=116.62, discount=2.38, unpaid=0, difference=0)

    def test_in_full(self):
        """Who pays everything has given more than the terms ask for, and that is as agreed, too."""
        self._pay_late(self._invoice(self.order), 119, 15)
        self.assertAccount(self.order, state='to_check', paid=119, discount=0, difference=0)

    def test_several_invoices(self):
        orders = self._new_of_each(count=2)
        self._confirm(self._join(orders))
        for computation, (total, discount) in COMPUTATIONS.items():
            with self.subTest(computation=computation):
                order, late = orders[computation]
                first = self._deliver(order.picking_ids, {self.product_delivered: 2})
                invoices = self._invoice(order)
                self._deliver(first.backorder_ids)
                invoices |= self._invoice(order)
                self.assertEqual(len(invoices), 2)
                self._pay_together(invoices)
                self.assertEqual(set(invoices.mapped('payment_state')), {'paid'})
                self.assertAccount(
                    order, state='to_check', owed=total, invoiced=total, paid=total - discount, discount=discount,
                    difference=0)
                # One in time, one late.
                first = self._deliver(late.picking_ids, {self.product_delivered: 2})
                in_time = self._invoice(late)
                self._deliver(first.backorder_ids)
                self._pay(in_time)
                rest = self._invoice(late)
                self._write_off(rest, rest.amount_total - 1, 15)
                self.assertAccount(late, state='difference', unpaid=0, difference=-1)

    def test_paid_together(self):
        """One payment for two orders takes off where the terms say so."""
        with_discount = self.order
        without = self._fulfil(self._new_order(lines=[(self.product_delivered, 1)]))
        invoices = self._invoice(with_discount) | self._invoice(without)
        self._pay_together(invoices)
        self.assertEqual(set(invoices.mapped('payment_state')), {'paid'})
        self.assertAccount(with_discount, state='to_check', paid=116.62, discount=2.38, difference=0)
        self.assertAccount(without, state='to_check', paid=100, discount=0, difference=0)

    def test_roundings(self):
        """Three lines of 10.14: core rounds what is taken off on the invoice line by line."""
        orders = self._new_of_each(quantity=1, price=10.14, lines=3)
        self._fulfil(self._join(orders))
        for computation, order in orders.items():
            with self.subTest(computation=computation):
                self.assertAccount(order, state='open', difference=0, is_different=False)
                self._pay(self._invoice(order))
                self.assertAccount(order, state='to_check', unpaid=0, difference=0, is_different=False)

    def test_taxes_in_the_price(self):
        """119 with 19 in it: the order knows nothing of what its invoice takes off the taxes, 118.62."""
        self.vat.price_include_override = 'tax_included'
        orders = self._new_of_each(quantity=1, price=119)
        self._fulfil(self._join(orders))
        for computation, (total, discount) in COMPUTATIONS.items():
            with self.subTest(computation=computation):
                order = orders[computation]
                invoice = self._invoice(order)
                self.assertEqual(invoice.amount_total, total)
                self._pay(invoice)
                self.assertAccount(
                    order, state='to_check', owed=total, invoiced=total, paid=total - discount, discount=discount,
                    difference=0, is_different=False)

    def test_other_terms_on_the_invoice(self):
        """An accountant who grants more than was agreed has to say why."""
        order = self.order
        invoice = order.with_user(self.user_accountant)._create_invoices()
        invoice.invoice_payment_term_id = self.terms['included'].copy({'discount_percentage': 50, 'discount_days': 90})
        invoice.action_post()
        self._pay(invoice)
        self.assertEqual(invoice.payment_state, 'paid')
        self.assertAccount(order, state='difference', paid=59.50, unpaid=0, discount=1.21, difference=-58.29)

    def test_foreign_currency(self):
        """The rate has changed between invoice and payment."""
        currency = self.env['res.currency'].with_context(active_test=False).search([('name', '=', 'CHF')])
        currency.active = True
        self.env['res.currency.rate'].search([('currency_id', '=', currency.id)]).unlink()
        for day, rate in (('2020-01-01', 2.0), (self.today + timedelta(days=3), 2.1)):
            self.env['res.currency.rate'].create({
                'name': day, 'rate': rate, 'currency_id': currency.id, 'company_id': self.company.id})
        pricelist = self.env['product.pricelist'].create({'name': "Foreign", 'currency_id': currency.id})
        orders = self._fulfil(self._new_discounted(count=2, pricelist_id=pricelist.id))
        for order, days in zip(orders, (0, 5)):
            invoice = self._invoice(order)
            self.assertEqual((invoice.currency_id, invoice.amount_total), (currency, 119))
            self._pay(invoice, payment_date=self.today + timedelta(days=days))
            self.assertAccount(order, state='to_check', paid=116.62, discount=2.38, unpaid=0, difference=0)

    def test_credit_note_before(self):
        """One of five is credited, and the rest paid in time: 2 % of 95.20 are 1.90."""
        order = self.order
        invoice = self._invoice(order)
        self._reconcile(invoice, self._credit(invoice, quantity=1))
        self._write_off(invoice, 93.30, 5)
        self.assertAccount(order, state='difference', invoiced=95.20, paid=93.30, discount=1.90, difference=-23.80)


@tagged('post_install', '-at_install')
class TestConditionWithDiscount(CashDiscountCommon):
    """Half has to be paid before shipping: what the terms take off of it is paid, too."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.orders = cls._new_of_each()
        cls._confirm_under(50, cls._join(cls.orders))

    @classmethod
    def _confirm_under(cls, percent, orders):
        cls._submit(orders)
        while pending := cls._get_pending_reviews(orders):
            reviews = pending.filtered(lambda review: review.role_id == pending[0].role_id)
            cls.env['order.review.condition'].with_user(cls.user_finance).create([
                {'review_id': review.id, 'kind': 'percent', 'value': percent, 'point': 'shipping'}
                for review in reviews if review.stage_id == cls.stage_finance])
            reviews.with_user(cls.users_by_login[reviews.role_id.code]).sudo(False).action_approve()
        orders.with_user(cls.user_sales).action_confirm()
        return orders

    def test_condition(self):
        """Half of it before shipping, paid in time with the discount: nothing is missing."""
        for computation, order in self.orders.items():
            with self.subTest(computation=computation):
                self.assertTrue(order.is_waiting_for_payment)
                invoice = self._down_payment(order, 50)
                self.assertTrue(order._get_payment_shortfalls('shipping'))
                self._pay(invoice)
                self.assertEqual(invoice.payment_state, 'paid')
                self.assertFalse(order._get_payment_shortfalls('shipping'))
                self.env.invalidate_all()
                self.assertFalse(order.is_waiting_for_payment)
                self._deliver(order.picking_ids)
                self._pay(self._invoice(order))
                self.assertAccount(order, state='to_check', unpaid=0, difference=0, is_different=False)

    def test_condition_by_hand(self):
        """What is written off late has not been paid."""
        order = self.orders['included']
        self._write_off(self._down_payment(order, 50), 58.31, 15)
        self.assertEqual(order._get_payment_shortfalls('shipping'), {order.id: (59.50, 58.31, 1.19)})

    def test_condition_after_a_credit(self):
        """A down payment that is credited counts nothing, whether the money is paid back or not."""
        orders = self._confirm_under(50, self._new_discounted('excluded', count=3, product=self.product_stock))
        for order, (paid, refunded) in zip(orders, ((True, True), (True, False), (False, False))):
            with self.subTest(paid=paid, refunded=refunded):
                invoice = self._down_payment(order, 50)
                if paid:
                    self._pay(invoice, amount=59.50)
                    self.assertFalse(order._get_payment_shortfalls('shipping'))
                refund = self._credit(invoice)
                if refunded:
                    self._pay(refund)
                self.assertEqual(order._get_paid_amounts(), {order.id: 0})
                self.assertEqual(order._get_payment_shortfalls('shipping'), {order.id: (59.50, 0, 59.50)})
                self._invoice(order)
                self.assertEqual(order._get_paid_amounts(), {order.id: 0})

    def test_condition_after_a_credit_of_a_part(self):
        order = self.orders['excluded']
        invoice = self._down_payment(order, 50)
        self._pay(invoice, amount=59.50)
        self._credit(invoice, price=10)
        self.assertEqual(order._get_paid_amounts(), {order.id: 47.60})
