from odoo import Command, fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import SettlementCommon


@tagged('post_install', '-at_install')
class TestSettlementAmounts(SettlementCommon):
    """What was agreed, delivered, invoiced and paid, whatever way accounting takes (articles S1-S3)."""

    def test_partial_payments(self):
        order = self._fulfil(self._new_order())
        invoice = self._invoice(order)
        self._pay(invoice, amount=200)
        self.assertAccount(order, state='open', invoiced=500, paid=200, unpaid=300, difference=0)
        self._pay(invoice, amount=300)
        self.assertAccount(order, state='to_check', paid=500, unpaid=0)

    def test_draft_and_cancelled_invoices_do_not_count(self):
        order = self._fulfil(self._new_order())
        invoice = order.with_user(self.user_accountant)._create_invoices()
        self.assertAccount(order, state='open', invoiced=0, unpaid=0)
        invoice.action_post()
        self.assertAccount(order, invoiced=500, unpaid=500)
        invoice.button_draft()
        self.assertAccount(order, state='open', invoiced=0, unpaid=0)
        invoice.button_cancel()
        self.assertAccount(order, state='open', invoiced=0)
        invoice.button_draft()
        invoice.unlink()
        self.assertAccount(order, state='open', invoiced=0)

    def test_down_payment(self):
        order = self._confirm(self._new_order())
        self._pay(self._down_payment(order, 30))
        self._deliver(order.picking_ids)
        self.assertAccount(
            order, state='open', owed=500, invoiced=150, paid=150, unpaid=0, difference=0, is_different=False)
        with self.assertRaisesRegex(UserError, "Invoice the rest"):
            self._settle(order)
        final = self._invoice(order)
        self.assertEqual(final.amount_total, 350)
        self.assertAccount(order, state='open', invoiced=500, paid=150, unpaid=350, difference=0)
        self._pay(final)
        self.assertAccount(order, state='to_check', invoiced=500, paid=500)
        self._settle(order)

    def test_down_payment_above_what_was_delivered(self):
        """The final document is a credit note for what was paid too much."""
        order = self._confirm(self._new_order(lines=[(self.product_delivered, 5)]))
        self._pay(self._down_payment(order, 80))
        self._deliver(order.picking_ids, {self.product_delivered: 3}, backorder=False)
        refund = self._invoice(order)
        self.assertEqual((refund.move_type, refund.amount_total), ('out_refund', 100))
        self.assertAccount(order, state='open', owed=300, invoiced=300, paid=400, unpaid=-100, difference=-200)
        with self.assertRaisesRegex(UserError, "has not been refunded"):
            self._settle(order, "Less was needed")
        self._pay(refund)
        self.assertAccount(order, state='difference', invoiced=300, paid=300, unpaid=0)

    def test_several_invoices(self):
        order = self._confirm(self._new_order(lines=[(self.product_delivered, 5)]))
        picking = self._deliver(order.picking_ids, {self.product_delivered: 2})
        self._pay(self._invoice(order))
        self.assertFalse(order.settlement_id)
        self._deliver(picking.backorder_ids)
        self.assertAccount(order, state='open', owed=500, invoiced=200, paid=200)
        self._pay(self._invoice(order))
        self.assertAccount(order, state='to_check', invoiced=500, paid=500)

    def test_cancelled_rest(self):
        order = self._confirm(self._new_order(lines=[(self.product_delivered, 5)]))
        self._deliver(order.picking_ids, {self.product_delivered: 3}, backorder=False)
        self._pay(self._invoice(order))
        self.assertAccount(
            order, state='difference', contract=500, owed=300, invoiced=300, paid=300, difference=-200,
            is_different=True)

    def test_cancelled_rest_was_invoiced(self):
        """Goods that are invoiced as ordered and never came need a reason, too, or a credit note."""
        order = self._confirm(self._new_order())
        self._deliver(order.picking_ids, {self.product_stock: 3}, backorder=False)
        invoice = self._invoice(order)
        self._pay(invoice)
        self.assertAccount(order, state='difference', owed=300, invoiced=500, paid=500, difference=0)
        with self.assertRaisesRegex(UserError, "was delivered"):
            self._settle(order)
        refund = self._credit(invoice, quantity=2)
        self.assertAccount(order, state='open', owed=300, invoiced=300, paid=500, unpaid=-200, difference=-200)
        self._pay(refund)
        self.assertAccount(order, state='difference', invoiced=300, paid=300, unpaid=0, difference=-200)

    def test_return_with_credit_note(self):
        order = self._fulfil(self._new_order(lines=[(self.product_delivered, 5)]))
        invoice = self._invoice(order)
        self._pay(invoice)
        self.assertEqual(order.settlement_state, 'to_check')
        wizard = self.env['stock.return.picking'].with_user(self.user_stock).with_context(
            active_model='stock.picking', active_id=order.picking_ids.id, active_ids=order.picking_ids.ids).create({})
        wizard.product_return_moves.write({'quantity': 2, 'to_refund': True})
        self._deliver(self.env['stock.picking'].browse(wizard.action_create_returns()['res_id']))
        self.assertEqual(order.fulfilment_state, 'done')
        self.assertAccount(order, state='difference', owed=300, invoiced=500, paid=500, difference=0, is_different=True)
        self._pay(self._credit(invoice, quantity=2))
        self.assertAccount(order, state='difference', owed=300, invoiced=300, paid=300, difference=-200)

    def test_over_delivery(self):
        order = self._confirm(self._new_order(lines=[(self.product_delivered, 5)]))
        self._deliver(order.picking_ids, {self.product_delivered: 6})
        invoice = self._invoice(order)
        self._pay(invoice)
        self.assertAccount(order, state='difference', owed=600, invoiced=600, paid=600, difference=100)

    def test_credit_note_settles_the_invoice(self):
        """A credit note that is reconciled with the invoice is no payment."""
        order = self._fulfil(self._new_order())
        invoice = self._invoice(order)
        refund = self._credit(invoice, quantity=1, price=20)
        self.assertAccount(order, state='open', invoiced=480, paid=0, unpaid=480, difference=-20)
        self._reconcile(invoice, refund)
        self.assertAccount(order, state='open', invoiced=480, paid=0, unpaid=480, difference=-20)
        self._pay(invoice)
        self.assertAccount(order, state='difference', invoiced=480, paid=480, unpaid=0, difference=-20)

    def test_invoice_taken_back_in_full(self):
        order = self._fulfil(self._new_order())
        invoice = self._invoice(order)
        self._reconcile(invoice, self._credit(invoice))
        self.assertEqual(invoice.payment_state, 'reversed')
        self.assertAccount(order, state='difference', invoiced=0, paid=0, unpaid=0, difference=-500)
        again = self._invoice(order)
        self.assertAccount(order, state='open', invoiced=500, unpaid=500, difference=0)
        self._pay(again)
        self.assertAccount(order, state='to_check', invoiced=500, paid=500)

    def test_credit_note_of_no_order(self):
        """A credit note that names no order settles its invoice; the order shows what was given away."""
        order = self._fulfil(self._new_order())
        invoice = self._invoice(order)
        self._reconcile(invoice, self._new_free_credit_note(50))
        self.assertAccount(order, state='open', invoiced=500, paid=0, unpaid=450, difference=-50)
        self._pay(invoice)
        self.assertEqual(invoice.payment_state, 'paid')
        self.assertAccount(order, state='difference', invoiced=500, paid=450, unpaid=0, difference=-50)

    def test_credit_of_another_order(self):
        """What the company owes the customer from one order pays another one."""
        first, second = self._fulfil(self._new_order(count=2))
        credited, invoice = self._invoice(first), self._invoice(second)
        self._pay(credited)
        refund = self._credit(credited, quantity=1)
        self._reconcile(refund, invoice)
        self.assertAccount(first, state='difference', invoiced=400, paid=400, unpaid=0, difference=-100)
        self.assertAccount(second, state='open', invoiced=500, paid=100, unpaid=400, difference=0)

    def test_write_off(self):
        """A payment that writes off the rest has paid what came in."""
        order = self._fulfil(self._new_order())
        invoice = self._invoice(order)
        self._pay(invoice, amount=490, payment_difference_handling='reconcile',
                  writeoff_account_id=self._get_expense_account().id)
        self.assertEqual(invoice.payment_state, 'paid')
        self.assertAccount(order, state='difference', invoiced=500, paid=490, unpaid=0, difference=-10)

    def test_entry_without_its_other_side(self):
        """With a flag of a client core posts an entry that does not balance: nothing came in by it."""
        order = self._fulfil(self._new_order())
        invoice = self._invoice(order)
        open_line = invoice.line_ids.filtered(lambda line: line.display_type == 'payment_term')
        bank = self.env['account.journal'].search(
            [('type', '=', 'bank'), ('company_id', '=', self.company.id)], limit=1).default_account_id
        with self._in_transaction_of(self.user_accountant):
            for credit, debit in ((300, 0), (200, 50)):
                lines = [
                    {'account_id': open_line.account_id.id, 'partner_id': self.partner.id, 'credit': credit},
                    {'account_id': bank.id, 'debit': debit}]
                entry = self.env['account.move'].with_user(self.user_accountant).with_context(
                    check_move_validity=False).create({
                        'move_type': 'entry', 'line_ids': [Command.create(vals) for vals in lines]})
                entry.action_post()
                (entry.line_ids.filtered('credit') | open_line.with_user(self.user_accountant)).reconcile()
        self.assertEqual(invoice.payment_state, 'paid')
        self.assertAccount(order, state='difference', invoiced=500, paid=50, unpaid=0, difference=-450)

    def test_invoice_of_two_orders(self):
        first, second = self._fulfil(self._new_order() + self._new_order(lines=[(self.product_stock, 15)]))
        invoice = self._invoice(first + second)
        self.assertEqual(len(invoice), 1)
        self.assertAccount(first, invoiced=500, unpaid=500)
        self.assertAccount(second, invoiced=1500, unpaid=1500)
        self._pay(invoice, amount=1000)
        self.assertAccount(first, state='open', invoiced=500, paid=250, unpaid=250)
        self.assertAccount(second, state='open', invoiced=1500, paid=750, unpaid=750)
        self._pay(invoice)
        self.assertEqual(set((first + second).mapped('settlement_state')), {'to_check'})

    def test_foreign_line_in_the_invoice(self):
        """What an accountant adds to the invoice belongs to no order."""
        order = self._fulfil(self._new_order())
        invoice = order.with_user(self.user_accountant)._create_invoices()
        invoice.write({'invoice_line_ids': [Command.create({
            'name': "Something else", 'quantity': 1, 'price_unit': 500, 'tax_ids': False})]})
        invoice.action_post()
        self.assertAccount(order, invoiced=500, unpaid=500)
        self._pay(invoice, amount=500)
        self.assertAccount(order, invoiced=500, paid=250, unpaid=250)

    def test_taxes(self):
        tax = self.env['account.tax'].create({'name': "Test 19 %", 'amount': 19})
        order = self._new_order(lines=[{
            'product_id': self.product_delivered.id, 'product_uom_qty': 3, 'price_unit': 3.33,
            'tax_ids': [Command.set(tax.ids)]}])
        self._fulfil(order)
        invoice = self._invoice(order)
        self.assertAccount(order, contract=order.amount_total, owed=order.amount_total, invoiced=invoice.amount_total)
        self._pay(invoice)
        self.assertAccount(order, state='to_check', paid=order.amount_total, difference=0)

    def test_discount_freight_and_section(self):
        discount = self._new_product("Discount", type='service')
        self.company.sale_discount_product_id = discount
        order = self._new_order(lines=[
            (self.product_delivered, 5),
            {'display_type': 'line_section', 'name': "Extras"},
            {'product_id': discount.id, 'product_uom_qty': 1, 'price_unit': -50},
        ])
        self._fulfil(order)
        self.assertAccount(order, contract=450, owed=450)
        self._pay(self._invoice(order))
        self.assertAccount(order, state='to_check', invoiced=450, paid=450)

    def test_foreign_currency(self):
        currency = self.env['res.currency'].with_context(active_test=False).search(
            [('id', '!=', self.company.currency_id.id)], limit=1)
        currency.active = True
        self.env['res.currency.rate'].search([('currency_id', '=', currency.id)]).unlink()
        self.env['res.currency.rate'].create({
            'name': '2020-01-01', 'rate': 2, 'currency_id': currency.id, 'company_id': self.company.id})
        pricelist = self.env['product.pricelist'].create({'name': "Foreign", 'currency_id': currency.id})
        self.policy.settlement_tolerance = 5
        order = self._new_order(pricelist_id=pricelist.id, lines=[{
            'product_id': self.product_stock.id, 'product_uom_qty': 5, 'price_unit': 200}])
        self._fulfil(order)
        self.assertEqual(order.settlement_id.currency_id, currency)
        invoice = self._invoice(order)
        self.assertAccount(order, contract=1000, invoiced=1000, unpaid=1000)
        # The customer pays in the company's currency, at a rate that has changed since.
        self.env['res.currency.rate'].create({
            'name': fields.Date.today(), 'rate': 2.5, 'currency_id': currency.id, 'company_id': self.company.id})
        self._pay(invoice, amount=200, currency_id=self.company.currency_id.id)
        self.assertAccount(order, state='open', paid=500, unpaid=500, difference=0)
        # Five units of the company's currency are ten of the order's.
        self._pay(invoice, amount=490, currency_id=currency.id)
        self.assertAccount(order, state='to_check', paid=990, unpaid=10, difference=0)

    def test_tolerance(self):
        self.policy.settlement_tolerance = 10
        order = self._fulfil(self._new_order())
        invoice = self._invoice(order)
        self._pay(invoice, amount=489.99)
        self.assertAccount(order, state='open')
        self._pay(invoice, amount=0.01)
        self.assertAccount(order, state='to_check', unpaid=10)
        self.policy.settlement_tolerance = 9
        self.assertAccount(order, state='open')
        self.policy.settlement_tolerance = 10
        self._settle(order)
        self.assertAccount(order, state='settled', paid=490, unpaid=10, is_different=False)

    def test_nothing_to_invoice(self):
        order = self._fulfil(self._new_order(lines=[{
            'product_id': self.product_stock.id, 'product_uom_qty': 1, 'price_unit': 0}]))
        self.assertAccount(order, state='to_check', contract=0, invoiced=0)
        self._settle(order)
        self.assertEqual(order.lifecycle_phase, 'aftersales')

    def test_due_date(self):
        order = self._fulfil(self._new_order())
        invoice = self._invoice(order)
        self.assertEqual(
            order.settlement_id.invoice_due_date, fields.Date.add(fields.Date.today(), days=30))
        self.assertEqual(order.settlement_id.invoice_due_date, invoice.invoice_date_due)
        self._pay(invoice)
        self.assertFalse(order.settlement_id.invoice_due_date)

    def test_oldest_instalment_is_due_first(self):
        term = self.env['account.payment.term'].create({'name': "Two Rates", 'line_ids': [
            Command.create({'value': 'percent', 'value_amount': 50, 'nb_days': days}) for days in (10, 60)]})
        order = self._fulfil(self._new_order(payment_term_id=term.id))
        invoice = self._invoice(order)
        today = fields.Date.today()
        self.assertEqual(order.settlement_id.invoice_due_date, fields.Date.add(today, days=10))
        self._pay(invoice, amount=250)
        self.assertEqual(order.settlement_id.invoice_due_date, fields.Date.add(today, days=60))
