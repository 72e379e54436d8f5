from contextlib import contextmanager

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged

from ..common import LifecycleCommon


class ConditionCommon(LifecycleCommon):
    """Finance may approve under a condition; orders are worth 500."""

    @contextmanager
    def assertRefused(self, text):
        """What is done inside is refused with this text, and rolled back as a request would be."""
        with self.assertRaises(UserError) as error:
            yield
        self.assertIn(text, str(error.exception))

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.stage_finance.may_set_condition = True

    @classmethod
    def _new_review(cls, order=None):
        """:return: the pending review of finance, as its member"""
        order = cls._submit(order or cls._new_order())
        cls._get_pending_reviews(order).with_user(cls.user_sales).sudo(False).action_approve()
        return cls._get_pending_reviews(order).with_user(cls.user_finance).sudo(False)

    @classmethod
    def _set_condition(cls, review, value, point='shipping', kind='percent'):
        review.condition_ids = [Command.create({'kind': kind, 'value': value, 'point': point})]
        return review.condition_ids

    @classmethod
    def _confirm_under(cls, *conditions, **vals):
        """:return: orders that are confirmed under these conditions: triples (value, point, kind)"""
        reviews = cls._new_review(cls._new_order(**vals))
        for review in reviews:
            for condition in conditions:
                cls._set_condition(review, *condition)
        reviews.action_approve()
        orders = reviews.sudo().order_id.with_env(cls.env)
        orders.with_user(cls.user_sales).action_confirm()
        return orders

    @classmethod
    def _down_payment(cls, order, percent):
        """:return: the posted invoice of a down payment"""
        before = order.invoice_ids
        cls.env['sale.advance.payment.inv'].with_user(cls.user_sales).with_context(
            active_model='sale.order', active_ids=order.ids,
        ).create({'advance_payment_method': 'percentage', 'amount': percent}).create_invoices()
        cls.env.invalidate_all()
        invoice = order.invoice_ids - before
        invoice.with_user(cls.user_accountant).action_post()
        return invoice


@tagged('post_install', '-at_install')
class TestPaymentCondition(ConditionCommon):
    """An approval that is good once the customer has paid so much (article R2)."""

    # -- setting it ---------------------------------------------------------------------------------

    def test_form(self):
        review = self._new_review()
        with Form(review) as form, form.condition_ids.new() as line:
            line.value = 30
        self.assertRecordValues(review.condition_ids, [{'kind': 'percent', 'value': 30, 'point': 'shipping'}])
        self.assertEqual(review.condition_summary, "30 % paid before shipping")
        review.action_approve()
        order = review.sudo().order_id
        self.assertEqual(order.payment_condition, "30 % paid before shipping")
        self.assertFalse(order.is_waiting_for_payment)
        self.assertTrue(any("30 % paid before shipping" in body for body in order.message_ids.mapped('body')))

    def test_who_sets_it(self):
        review = self._new_review()
        for login in ('legal', 'manager', 'sales'):
            with self.subTest(login=login), self.assertRaises(AccessError):
                self._set_condition(review.with_user(self.users_by_login[login]), 30)
        condition = self._set_condition(review, 30)
        for login in ('legal', 'manager', 'sales'):
            own = condition.with_user(self.users_by_login[login])
            with self.subTest(login=login):
                with self.assertRaises(AccessError):
                    own.value = 1
                with self.assertRaises(AccessError):
                    own.unlink()
        for login in ('employee', 'stock'):
            with self.subTest(login=login), self.assertRaises(AccessError):
                condition.with_user(self.users_by_login[login]).read(['value'])
        condition.value = 40
        self.assertEqual(review.condition_summary, "40 % paid before shipping")

    def test_stage_says_who(self):
        self.stage_finance.may_set_condition = False
        review = self._new_review()
        with self.assertRefused("does not allow"):
            self._set_condition(review, 30)
        self.assertFalse(self.env['order.review.condition'].search_count([('review_id', '=', review.id)]))

    def test_values(self):
        review = self._new_review()
        for value, kind in ((0, 'percent'), (-5, 'percent'), (101, 'percent'), (0, 'amount'), (-1, 'amount')):
            with self.subTest(value=value, kind=kind), self.assertRaises(ValidationError):
                self._set_condition(review, value, kind=kind)

    def test_fixed_by_the_decision(self):
        review = self._new_review()
        condition = self._set_condition(review, 30)
        review.action_approve()
        with self.assertRefused("is not pending"):
            condition.value = 1
        with self.assertRaises(UserError):
            condition.unlink()
        with self.assertRaises(UserError):
            self._set_condition(review, 10)
        other = self._new_review()
        moving = self._set_condition(other, 10)
        with self.assertRaises(UserError):
            condition.review_id = other
        with self.assertRaises(UserError):
            moving.review_id = review

    def test_by_default_of_the_context(self):
        """A default of the client names the review: asked is what the row has become."""
        decided = self._new_review()
        decided.action_approve()
        with self.assertRaises(UserError):
            self.env['order.review.condition'].with_user(self.user_finance).with_context(
                default_review_id=decided.id).create({'value': 1})

    def test_other_company(self):
        company = self._new_company()
        (self.user_finance | self.user_sales).company_ids |= company
        self._adopt(self._new_policy(company))
        self.env['order.review.stage'].search([('company_id', '=', company.id)]).may_set_condition = True
        review = self._new_review(self._new_order(company_id=company.id, channel_id=self._get_channel(company).id))
        condition = self._set_condition(review, 30)
        self.user_finance.company_ids -= company
        self.env.invalidate_all()
        with self.assertRaises(AccessError):
            condition.with_user(self.user_finance).value = 1
        self.assertFalse(self.env['order.review.condition'].with_user(self.user_finance).search(
            [('id', '=', condition.id)]))

    def test_new_round_proposes_it(self):
        """What was asked for before is proposed, may be changed, and the old one holds no more."""
        review = self._new_review()
        self._set_condition(review, 30)
        review.action_approve()
        order = review.sudo().order_id
        order.with_user(self.user_sales).order_line.price_unit = 200
        self.assertTrue(review.voided_at)
        self.assertFalse(order.payment_condition)
        self._get_pending_reviews(order).filtered(lambda row: row.role_id.code == 'sales').with_user(
            self.user_sales).sudo(False).action_approve()
        again = self._get_pending_reviews(order).with_user(self.user_finance).sudo(False)
        self.assertRecordValues(again.condition_ids, [{'kind': 'percent', 'value': 30, 'point': 'shipping'}])
        again.condition_ids.value = 50
        again.action_approve()
        order.with_user(self.user_sales).action_confirm()
        self.assertEqual(order._get_payment_shortfalls('shipping'), {order.id: (500, 0, 500)})

    def test_proposal_ends_with_the_switch(self):
        review = self._new_review()
        self._set_condition(review, 30)
        review.action_approve()
        self.stage_finance.may_set_condition = False
        review.action_revoke("Again")
        self.assertFalse(self._get_pending_reviews(review.sudo().order_id).condition_ids)

    # -- what is required -----------------------------------------------------------------------------

    def test_strictest_holds(self):
        order = self._confirm_under((30, 'shipping'), (200, 'shipping', 'amount'), (10, 'production'))
        self.assertEqual(order._get_payment_shortfalls('production'), {order.id: (50, 0, 50)})
        self.assertEqual(order._get_payment_shortfalls('shipping'), {order.id: (200, 0, 200)})
        # What is due before production is due before shipping, too.
        order = self._confirm_under((80, 'production'), (30, 'shipping'))
        self.assertEqual(order._get_payment_shortfalls('shipping'), {order.id: (400, 0, 400)})

    def test_several_stages(self):
        self.stage_sales.may_set_condition = True
        order = self._submit(self._new_order())
        sales = self._get_pending_reviews(order).with_user(self.user_sales).sudo(False)
        self._set_condition(sales, 60)
        sales.action_approve()
        finance = self._get_pending_reviews(order).with_user(self.user_finance).sudo(False)
        self._set_condition(finance, 30)
        finance.action_approve()
        order.with_user(self.user_sales).action_confirm()
        self.assertEqual(order._get_payment_shortfalls('shipping'), {order.id: (300, 0, 300)})
        self.assertEqual(order.payment_condition, "60 % paid before shipping and 30 % paid before shipping")

    def test_never_more_than_the_order(self):
        order = self._confirm_under((9000, 'shipping', 'amount'))
        self.assertEqual(order._get_payment_shortfalls('shipping'), {order.id: (500, 0, 500)})

    def test_cents(self):
        """A third of 100 is 33.33, and 33.33 are enough."""
        order = self._confirm_under((33.333, 'shipping'), lines=[(self.product_stock, 1)])
        self.assertEqual(order._get_payment_shortfalls('shipping'), {order.id: (33.33, 0, 33.33)})
        self._pay(self._down_payment(order, 33.33))
        self.assertFalse(order._get_payment_shortfalls('shipping'))

    # -- what is paid -----------------------------------------------------------------------------------

    def test_down_payment(self):
        order = self._confirm_under((30, 'shipping'))
        self.assertTrue(order.is_waiting_for_payment)
        self.assertIn("150.00", order.payment_obstacle)
        invoice = self._down_payment(order, 30)
        self.assertEqual(order._get_paid_amounts(), {order.id: 0})
        self._pay(invoice, amount=100)
        self.assertEqual(order._get_payment_shortfalls('shipping'), {order.id: (150, 100, 50)})
        self._pay(invoice)
        self.assertEqual(order._get_paid_amounts(), {order.id: 150})
        self.env.invalidate_all()
        self.assertFalse(order.is_waiting_for_payment or order.payment_obstacle)
        self.assertEqual(order.payment_condition, "30 % paid before shipping")
        # The final invoice takes the down payment off, and changes nothing about what is paid.
        self._invoice(order)
        self.assertEqual(order._get_paid_amounts(), {order.id: 150})

    def test_payment_that_is_taken_back(self):
        order = self._confirm_under((30, 'shipping'))
        invoice = self._down_payment(order, 30)
        self._pay(invoice)
        self.assertFalse(order._get_payment_shortfalls('shipping'))
        invoice.line_ids.remove_move_reconcile()
        self.assertEqual(order._get_paid_amounts(), {order.id: 0})

    def test_write_off_and_credit_note_are_no_payment(self):
        order = self._confirm_under((30, 'shipping'))
        invoice = self._down_payment(order, 30)
        reversal = self.env['account.move.reversal'].with_user(self.user_accountant).with_context(
            active_model='account.move', active_ids=invoice.ids).create({'journal_id': invoice.journal_id.id})
        reversal.refund_moves()
        reversal.new_move_ids.with_user(self.user_accountant).action_post()
        lines = (invoice | reversal.new_move_ids).line_ids.filtered(
            lambda line: line.account_id.account_type == 'asset_receivable' and not line.reconciled)
        lines.reconcile()
        self.assertEqual(invoice.amount_residual, 0)
        self.assertEqual(order._get_paid_amounts(), {order.id: 0})

    def test_written_off_to_a_balance_account(self):
        """A write-off is none for being booked on an asset."""
        order = self._confirm_under((30, 'shipping'))
        account = self.env['account.account'].create({
            'name': "Sundry Debts", 'code': 'SUNDRY', 'account_type': 'asset_current'})
        self._pay(self._down_payment(order, 30), amount=1, payment_difference_handling='reconcile',
                  writeoff_account_id=account.id)
        self.assertEqual(order._get_paid_amounts(), {order.id: 1})

    def test_account_of_a_payment_method(self):
        """On which account payments wait, and count, is not for those to say who register them."""
        order = self._confirm_under((30, 'shipping'))
        account = self.env['account.account'].create({
            'name': "Sundry Debts", 'code': 'SUNDRY', 'account_type': 'asset_current'})
        method = self.env['account.journal'].search([
            ('type', '=', 'bank'), ('company_id', '=', self.company.id)], limit=1).inbound_payment_method_line_ids[0]
        own = method.with_user(self.user_accountant)
        for values in ({'payment_account_id': account.id}, {'journal_id': method.journal_id.id}):
            with self.subTest(values=values), self.assertRaises(AccessError):
                own.write(values)
        for change in (own.unlink, lambda: own.create({
                'name': "Other", 'payment_method_id': method.payment_method_id.id, 'journal_id': method.journal_id.id,
                'payment_account_id': account.id})):
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                change()
        self._pay(self._down_payment(order, 30), amount=1, payment_difference_handling='reconcile',
                  writeoff_account_id=account.id)
        self.assertEqual(order._get_paid_amounts(), {order.id: 1})
        # Who keeps the journals says so.
        method.with_user(self._new_user('adviser', 'account.group_account_manager')).payment_account_id = account

    def test_owed_by_somebody_else(self):
        """A debt that is moved to another customer is still a debt."""
        order = self._confirm_under((30, 'shipping'))
        invoice = self._down_payment(order, 30)
        owed = invoice.line_ids.filtered(lambda line: line.display_type == 'payment_term')
        other = self.env['res.partner'].create({'name': "Somebody Else"})
        entry = self.env['account.move'].with_user(self.user_accountant).create({
            'move_type': 'entry', 'line_ids': [
                Command.create({'account_id': owed.account_id.id, 'partner_id': partner.id, 'balance': balance})
                for partner, balance in ((self.partner, -owed.balance), (other, owed.balance))]})
        entry.action_post()
        (owed | entry.line_ids[0]).with_user(self.user_accountant).reconcile()
        self.assertEqual(invoice.amount_residual, 0)
        self.assertEqual(order._get_paid_amounts(), {order.id: 0})

    def test_line_that_takes_something_off(self):
        """What an accountant takes off an invoice is not paid by anybody."""
        for reduction, paid in ((500, 0), (400, 100)):
            order = self._confirm_under((30, 'shipping'))
            invoice = order.with_user(self.user_accountant)._create_invoices()
            invoice.write({'invoice_line_ids': [Command.create({
                'name': "Goodwill", 'quantity': 1, 'price_unit': -reduction, 'tax_ids': False})]})
            invoice.action_post()
            if paid:
                self._pay(invoice)
            self.assertEqual(order._get_paid_amounts(), {order.id: paid})

    def test_line_taken_off_for_a_quotation(self):
        """A line that bills a mere quotation takes off as much as one that bills nothing."""
        order, quotation = self._confirm_under((30, 'shipping')), self._new_order()
        invoice = order.with_user(self.user_accountant)._create_invoices()
        invoice.write({'invoice_line_ids': [Command.create({
            'name': "Goodwill", 'quantity': 1, 'price_unit': -500, 'tax_ids': False,
            'sale_line_ids': [Command.set(quotation.order_line.ids)]})]})
        invoice.action_post()
        self.assertEqual(order._get_paid_amounts(), {order.id: 0})

    def test_money_of_a_branch(self):
        """A branch books its payments in the journals of its company."""
        branch = self.env['res.company'].create({'name': "Branch", 'parent_id': self.company.id})
        journal = self.env['account.journal'].search(
            [('company_id', '=', self.company.id), ('type', '=', 'bank')], limit=1)
        self.assertIn(journal.default_account_id, branch._get_money_accounts())

    def test_credit_note_of_a_quotation(self):
        """Only what another sales order credits counts as money."""
        order, quotation = self._confirm_under((30, 'shipping')), self._new_order()
        invoice = self._invoice(order)
        refund = self.env['account.move'].with_user(self.user_accountant).create({
            'move_type': 'out_refund', 'partner_id': self.partner.id, 'invoice_line_ids': [Command.create({
                'name': "Credit", 'quantity': 1, 'price_unit': 500, 'tax_ids': False,
                'sale_line_ids': [Command.set(quotation.order_line.ids)]})]})
        refund.action_post()
        (invoice | refund).line_ids.filtered(
            lambda line: line.account_id.account_type == 'asset_receivable').reconcile()
        self.assertEqual(invoice.amount_residual, 0)
        self.assertEqual(order._get_paid_amounts(), {order.id: 0})

    def _credit_all(self, invoice):
        """:return: the posted credit note of an invoice, which settles nothing yet"""
        reversal = self.env['account.move.reversal'].with_user(self.user_accountant).with_context(
            active_model='account.move', active_ids=invoice.ids).create({'journal_id': invoice.journal_id.id})
        reversal.refund_moves()
        reversal.new_move_ids.with_user(self.user_accountant).action_post()
        (reversal.new_move_ids.line_ids & invoice.line_ids.matched_credit_ids.credit_move_id).remove_move_reconcile()
        return reversal.new_move_ids

    def _reconcile(self, *moves):
        self.env['account.move.line'].union(*(move.line_ids for move in moves)).filtered(
            lambda line: line.account_id.account_type == 'asset_receivable' and not line.reconciled
        ).with_user(self.user_accountant).reconcile()

    def test_credit_of_an_order_that_is_not_paid(self):
        """What another order gives was paid there before, however many orders it goes through."""
        order, giver, first = (
            self._confirm_under((30, 'shipping')), self._confirm(self._new_order()), self._confirm(self._new_order()))
        invoice, given, begun = self._invoice(order), self._invoice(giver), self._invoice(first)
        self._reconcile(self._credit_all(given), invoice)
        self.assertEqual(invoice.amount_residual, 0)
        self.assertEqual(order._get_paid_amounts(), {order.id: 0})
        self.assertEqual((order | giver)._get_paid_amounts(), {order.id: 0, giver.id: -500})
        self._reconcile(self._credit_all(begun), given)
        self.assertEqual(order._get_paid_amounts(), {order.id: 0})
        every = order | giver | first
        self.assertEqual(every._get_paid_amounts(), {order.id: 0, giver.id: -500, first.id: -500})
        self._pay(begun, amount=200)
        self.assertEqual(order._get_paid_amounts(), {order.id: 200})
        self._pay(begun)
        self.assertEqual(order._get_paid_amounts(), {order.id: 500})

    def test_credit_on_the_same_invoice(self):
        """Of what one order is charged nothing is paid by what another one gives, unless that was paid before."""
        order, giver = self._confirm_under((30, 'shipping')), self._confirm(self._new_order())
        invoice = self.env['account.move'].with_user(self.user_accountant).create({
            'move_type': 'out_invoice', 'partner_id': self.partner.id, 'invoice_line_ids': [Command.create({
                'name': own.name, 'quantity': 1, 'price_unit': price, 'tax_ids': False,
                'sale_line_ids': [Command.set(own.order_line.ids)],
            }) for own, price in ((order, 500), (giver, -400))]})
        invoice.action_post()
        self.assertEqual(order._get_paid_amounts(), {order.id: 0})
        self._pay(invoice)
        self.assertEqual(order._get_paid_amounts(), {order.id: 100})
        self._pay(self._down_payment(giver, 40))
        self.assertEqual((order | giver)._get_paid_amounts(), {order.id: 300, giver.id: -200})

    def test_payer_of_an_invoice(self):
        """What others are charged does not pay for an order, whoever the invoice was made for."""
        order = self._confirm_under((30, 'shipping'))
        invoice = order.with_user(self.user_accountant)._create_invoices().with_user(self.user_accountant)
        contact = self.env['res.partner'].create({'name': "Contact", 'parent_id': self.partner.id})
        other = self.env['res.partner'].create({'name': "Somebody Else"})
        invoice.partner_id = contact
        with self.assertRefused("is not billed to Somebody Else"):
            invoice.partner_id = other
        free = self.env['account.move'].with_user(self.user_accountant).create({
            'move_type': 'out_invoice', 'partner_id': self.partner.id})
        free.partner_id = other

    def test_payment_in_another_currency(self):
        """What is missing of a payment in another currency is no difference of rates."""
        foreign = self.env['res.currency'].with_context(active_test=False).search(
            [('id', '!=', self.company.currency_id.id)], limit=1)
        foreign.active = True
        self.env['res.currency.rate'].create({
            'currency_id': foreign.id, 'rate': 2.0, 'name': '2020-01-01', 'company_id': self.company.id})
        account = self.company.expense_currency_exchange_account_id
        for amount, paid in ((1, 1), (250, 250)):
            order = self._confirm_under((30, 'shipping'))
            invoice = order.with_user(self.user_accountant)._create_invoices()
            invoice.currency_id = foreign
            invoice.action_post()
            self._pay(invoice, amount=amount, currency_id=self.company.currency_id.id,
                      payment_difference_handling='reconcile', writeoff_account_id=account.id)
            self.assertEqual(invoice.amount_residual, 0)
            self.assertAlmostEqual(order._get_paid_amounts()[order.id], paid, places=1)

    def test_entry_that_is_not_posted(self):
        """Core settles invoices with drafts; nothing has come in with them."""
        order = self._confirm_under((30, 'shipping'))
        invoice = self._invoice(order)
        owed = invoice.line_ids.filtered(lambda line: line.display_type == 'payment_term')
        bank = self.env['account.journal'].search(
            [('company_id', '=', self.company.id), ('type', '=', 'bank')], limit=1).default_account_id
        entry = self.env['account.move'].with_user(self.user_accountant).create({
            'move_type': 'entry', 'line_ids': [
                Command.create({'account_id': account.id, 'partner_id': self.partner.id, 'balance': balance})
                for account, balance in ((owed.account_id, -500), (bank, 500))]})
        self._reconcile(invoice, entry)
        self.assertEqual((entry.state, invoice.amount_residual), ('draft', 0))
        self.assertEqual(order._get_paid_amounts(), {order.id: 0})
        entry.with_user(self.user_accountant).action_post()
        self.assertEqual(order._get_paid_amounts(), {order.id: 500})

    def test_payment_that_the_bank_rejects(self):
        """Core leaves its entry as it is, and the invoice paid; nothing has come in."""
        order = self._fulfil(self._new_order())
        invoice = self._pay(self._invoice(order))
        settlement = order.settlement_id
        payment = invoice.matched_payment_ids
        self.assertRecordValues(settlement, [{'paid_amount': 500, 'state': 'to_check'}])
        for act, paid, state in ((payment.action_reject, 0, 'difference'), (
                lambda: payment.write({'state': 'paid'}), 500, 'to_check'), (payment.action_reject, 0, 'difference')):
            with self._in_transaction_of(self.user_accountant):
                act()
            self.env.flush_all()
            self.env.invalidate_all()
            self.assertEqual((payment.move_id.state, invoice.amount_residual), ('posted', 0))
            self.assertEqual(order._get_paid_amounts(), {order.id: paid})
            self.assertRecordValues(settlement, [{'paid_amount': paid, 'state': state}])
        with self.assertRefused("reason"):
            self._settle(order)

    def test_total_is_not_entered(self):
        """An invoice that says to be of more than it is has not been paid the rest."""
        order = self._confirm_under((30, 'shipping'))
        invoice = self._invoice(order)
        entry = self.env['account.move'].create({'move_type': 'entry', 'line_ids': [
            Command.create({'account_id': line.account_id.id, 'balance': line.balance, 'partner_id': self.partner.id})
            for line in invoice.line_ids]})
        own = invoice.with_user(self.user_accountant)
        for paid in (0, 1):
            if paid:
                self._pay(invoice, amount=paid)
            for vals in ({'amount_total': 5000}, {'payment_state': 'paid'}, {'payment_state': 'in_payment'}):
                with self.subTest(paid=paid, vals=vals), self.assertRaises(AccessError), self.env.cr.savepoint():
                    own.write(vals)
            self.assertEqual(order._get_paid_amounts(), {order.id: paid})
        # Below the ORM, too, nothing was paid that nothing settles.
        other = self._invoice(self._confirm(self._new_order()))
        other.with_context(check_move_validity=False).amount_total = 5000
        self.assertEqual(other._get_settled_parts(), {other.id: (0, 0)})
        entry.with_user(self.user_accountant).amount_total = 300
        self.assertEqual(set(entry.line_ids.mapped('balance')), {300, -300})

    def test_term_that_becomes_something_else(self):
        """What the customer owes on a posted invoice is not entered as something that nobody owes."""
        accounts = self.env['account.account'].search([('account_type', 'in', ('income', 'asset_current'))])
        instalments = self.env['account.payment.term'].create({'name': "In Two Parts", 'line_ids': [
            Command.create({'value': 'percent', 'value_amount': 50, 'nb_days': days}) for days in (10, 20)]})
        for paid, term in ((0, self.payment_term), (1, self.payment_term), (1, instalments)):
            order = self._confirm_under((30, 'shipping'), payment_term_id=term.id)
            invoice = self._invoice(order)
            if paid:
                self._pay(invoice, amount=paid)
            owed = invoice.line_ids.filtered(
                lambda line: line.display_type == 'payment_term').sorted('date_maturity')[-1:]
            for kind in ('product', 'tax', 'rounding', 'cogs', 'non_deductible_product', 'epd'):
                for account in accounts.grouped('account_type').values():
                    try:
                        with self.env.cr.savepoint():
                            owed.with_user(self.user_accountant).write({
                                'display_type': kind, 'account_id': account[0].id})
                            self.env.flush_all()
                            self.env.invalidate_all()
                            amounts = order._get_paid_amounts()
                            raise ValueError(amounts[order.id])
                    except UserError:
                        continue
                    except ValueError as undone:
                        with self.subTest(kind=kind, account=account[0].name, paid=paid, term=term.name):
                            self.assertLessEqual(undone.args[0], paid)

    def test_what_settles_what_is_not_entered(self):
        order = self._confirm_under((30, 'shipping'))
        invoice = self._invoice(order)
        owed = invoice.line_ids.filtered(lambda line: line.display_type == 'payment_term')
        vals = {
            'debit_move_id': owed.id, 'credit_move_id': (invoice.line_ids - owed)[0].id, 'amount': 500,
            'debit_amount_currency': 500, 'credit_amount_currency': 500}
        with self._in_transaction_of(self.user_accountant):
            Partial = self.env['account.partial.reconcile'].with_user(self.user_accountant)
            for records in (Partial, Partial.sudo()):
                with self.assertRefused("cannot be entered"), self.env.cr.savepoint():
                    records.create(vals)
            with self.assertRefused("cannot be entered"), self.env.cr.savepoint():
                owed.with_user(self.user_accountant).write({'matched_credit_ids': [Command.create(vals)]})
            self._pay(invoice, amount=100)
            with self.assertRefused("cannot be entered"), self.env.cr.savepoint():
                owed.matched_credit_ids.with_user(self.user_accountant).write({
                    'amount': 500, 'debit_amount_currency': 500})
        self.assertEqual(order._get_paid_amounts(), {order.id: 100})

    def test_invoice_of_several_orders(self):
        """Each order has its share of what is paid of a common invoice."""
        first, second = self._confirm_under((30, 'shipping')), self._confirm_under((90, 'shipping'))
        invoice = self._invoice(first | second)
        self.assertEqual(len(invoice), 1)
        self._pay(invoice, amount=500)
        self.assertEqual((first | second)._get_paid_amounts(), {first.id: 250, second.id: 250})
        self.assertEqual((first | second)._get_payment_shortfalls('shipping'), {second.id: (450, 250, 200)})

    def _new_transaction(self, orders, amount, **vals):
        """A finished online payment of orders, not processed yet unless told otherwise."""
        method = self.env['payment.method'].with_context(active_test=False).search([], limit=1)
        provider = self.env['payment.provider'].create({
            'name': "Test Provider", 'code': 'none', 'state': 'test', 'company_id': self.company.id})
        return self.env['payment.transaction'].create({
            'provider_id': provider.id, 'payment_method_id': method.id, 'amount': amount,
            'currency_id': orders[0].currency_id.id, 'partner_id': self.partner.id, 'state': 'done',
            'reference': f"TX-{fields.Datetime.now()}-{self.env['payment.transaction'].search_count([])}",
            'sale_order_ids': [Command.set(orders.ids)], **vals})

    def test_lines_of_a_posted_invoice(self):
        """Half of an invoice of two orders is paid: nobody says afterwards that it is for one of them."""
        orders = self._confirm_under((100, 'shipping'), count=2)
        invoice = self._invoice(orders)
        self.assertEqual(len(invoice), 1)
        self._pay(invoice, amount=invoice.amount_total / 2)
        paid = orders._get_paid_amounts()
        line, other = invoice.invoice_line_ids
        for records, vals in (
            (line, {'price_unit': 1}), (line, {'quantity': 0.1}), (line, {'discount': 90}), (line, {'balance': -1}),
            (line, {'credit': 1}),
            (invoice, {'journal_line_ids': [[1, line.id, {'price_unit': 1}]]}),
            (self._down_payment(self._confirm_under((30, 'shipping')), 30), {
                'journal_line_ids': [[4, other.id]]}),
        ):
            with self.subTest(vals=vals), self._in_transaction_of(self.user_accountant), self.assertRaises(
                    UserError), self.env.cr.savepoint():
                records.with_user(self.user_accountant).write(vals)
        self.env.invalidate_all()
        self.assertEqual(orders._get_paid_amounts(), paid)
        line.with_user(self.user_accountant).name = "As ordered"

    def test_online_payment(self):
        """It counts from the moment it is done, and once: not again when it comes to an invoice."""
        order = self._confirm_under((30, 'shipping'))
        transaction = self._new_transaction(order, 200)
        self.assertEqual(order._get_paid_amounts(), {order.id: 200})
        self._new_transaction(order, 70, state='pending')
        self._new_transaction(order, 70, state='cancel')
        self.assertEqual(order._get_paid_amounts(), {order.id: 200})
        payment = self.env['account.payment'].create({
            'amount': 200, 'payment_type': 'inbound', 'partner_type': 'customer', 'partner_id': self.partner.id,
            'journal_id': self.env['account.journal'].search(
                [('type', '=', 'bank'), ('company_id', '=', self.company.id)], limit=1).id})
        payment.action_post()
        transaction.write({'payment_id': payment.id, 'is_post_processed': True})
        self.assertTrue(payment.move_id)
        self.assertEqual(order._get_paid_amounts(), {order.id: 200})
        invoice = self._invoice(order)
        self.env.invalidate_all()
        # Core pays the invoice with it.
        self.assertEqual(invoice.amount_residual, 300)
        self.assertEqual(order._get_paid_amounts(), {order.id: 200})

    def test_online_payment_that_is_paid_back(self):
        order = self._confirm_under((30, 'shipping'))
        transaction = self._new_transaction(order, 200)
        refund = transaction._create_child_transaction(150, is_refund=True)
        self.assertEqual(order._get_paid_amounts(), {order.id: 200})
        refund.state = 'done'
        self.assertEqual(order._get_paid_amounts(), {order.id: 50})

    def test_online_payment_of_a_credited_invoice(self):
        """What the provider has paid back is no longer owed by the credit note, which Odoo leaves open."""
        order = self._confirm_under((30, 'shipping'))
        invoice = self._down_payment(order, 50)
        journal = self.env['account.journal'].search(
            [('type', '=', 'bank'), ('company_id', '=', self.company.id)], limit=1)

        def settle(transaction, amount, kind):
            payment = self.env['account.payment'].create({
                'amount': amount, 'payment_type': kind, 'partner_type': 'customer', 'partner_id': self.partner.id,
                'journal_id': journal.id})
            payment.action_post()
            transaction.write({'payment_id': payment.id, 'is_post_processed': True})
            return payment

        transaction = self._new_transaction(order, 250, invoice_ids=[Command.set(invoice.ids)])
        receivable = (settle(transaction, 250, 'inbound').move_id | invoice).line_ids.filtered(
            lambda line: line.account_id.account_type == 'asset_receivable')
        receivable.reconcile()
        self.assertEqual(order._get_paid_amounts(), {order.id: 250})
        credit = invoice._reverse_moves()
        credit.action_post()
        self.assertEqual(order._get_paid_amounts(), {order.id: 0})
        refund = transaction._create_child_transaction(250, is_refund=True)
        refund.state = 'done'
        settle(refund, 250, 'outbound')
        self.assertEqual(credit.amount_residual, 250)
        self.assertEqual(order._get_paid_amounts(), {order.id: 0})

    def test_credit_notes_of_unpaid_invoices(self):
        """Two down payments of 100, unpaid, and a credit note for each, one of which names none: nothing is paid."""
        order = self._confirm_under((30, 'shipping'))
        first, second = self._down_payment(order, 20), self._down_payment(order, 20)
        loose, named = second._reverse_moves(), first._reverse_moves()
        loose.reversed_entry_id = False
        (loose | named).action_post()
        self.assertEqual((first | second | loose | named).mapped('amount_residual'), [0, 100, 100, 0])
        self.assertEqual(order._get_paid_amounts(), {order.id: 0})

    def test_online_payment_in_parts(self):
        """Of a payment that is captured in parts, the parts count, also when the whole is done."""
        order = self._confirm_under((30, 'shipping'))
        transaction = self._new_transaction(order, 200, state='draft')
        self.assertEqual(order._get_paid_amounts(), {order.id: 0})
        transaction._create_child_transaction(120).state = 'done'
        self.assertEqual(order._get_paid_amounts(), {order.id: 120})
        transaction.state = 'done'
        self.assertEqual(order._get_paid_amounts(), {order.id: 120})
        # Where a part names the order, too, it is the same money.
        transaction.child_transaction_ids.sale_order_ids = order
        self.assertEqual(order._get_paid_amounts(), {order.id: 120})

    def test_online_payment_of_several_orders(self):
        first, second = self._confirm_under((30, 'shipping')), self._confirm_under((30, 'shipping'))
        self._new_transaction(first | second, 200)
        self.assertEqual((first | second)._get_paid_amounts(), {first.id: 100, second.id: 100})

    # -- what is shown ----------------------------------------------------------------------------------

    def test_search(self):
        waiting, paid, free = (
            self._confirm_under((30, 'shipping')), self._confirm_under((30, 'shipping')), self._confirm_under())
        open_order = self._new_review()
        self._set_condition(open_order, 30)
        self._pay(self._down_payment(paid, 30))
        orders = waiting | paid | free | open_order.sudo().order_id.with_env(self.env)
        for user in (self.user_sales_manager, self.user_logistics):
            found = orders.with_user(user).search([('id', 'in', orders.ids), ('is_waiting_for_payment', '=', True)])
            self.assertEqual(found.ids, waiting.ids)
        found = orders.search([('id', 'in', orders.ids), ('is_waiting_for_payment', '=', False)])
        self.assertEqual(set(found.ids), set((orders - waiting).ids))

    def test_shown_to_reviewers(self):
        """Who reads the order without any right on invoices reads what it waits for."""
        order = self._confirm_under((30, 'shipping')).with_user(self.user_logistics)
        self.env.invalidate_all()
        self.assertTrue(order.is_waiting_for_payment)
        self.assertIn("Customer ($ 150.00 before shipping)", order.waiting_for.replace("\xa0", " "))

    def test_customer_reads_nothing_of_it(self):
        order = self._confirm_under((30, 'shipping'))
        portal = self._new_user('portal', 'base.group_portal')
        order.message_subscribe(portal.partner_id.ids)
        for name in ('payment_condition', 'payment_obstacle', 'release_note', 'open_questions'):
            with self.subTest(name=name), self.assertRaises(AccessError):
                order.with_user(portal).read([name])

    def test_cancelled_order(self):
        order = self._confirm_under((30, 'shipping'))
        order.with_user(self.user_sales).sudo()._action_cancel()
        self.assertFalse(order.payment_condition)
        self.assertFalse(order._get_standing_conditions())

    def test_review_sheet(self):
        order = self._confirm_under((30, 'shipping'))
        content = self.env['ir.actions.report'].with_user(self.user_finance)._render_qweb_html(
            'sale_order_lifecycle.report_review_sheet', order.ids)[0].decode()
        self.assertIn("30 % paid before shipping", content)

    def test_printed_policy(self):
        content = self.env['ir.actions.report'].with_user(self.user_manager)._render_qweb_html(
            'sale_order_lifecycle.report_policy', self.policy.ids)[0].decode()
        self.assertIn("Can approve on the condition of a payment", content)
