"""The gate (article R5): no way to ``sale`` without the departments' approval, nor with other values."""
from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged

from ..common import LifecycleCommon


@tagged('post_install', '-at_install')
class TestGate(LifecycleCommon):
    """Each test tries one way as a salesperson and finds the order where it was."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company_plain = cls._new_company("Plain Company")
        cls.user_sales.company_ids |= cls.company_plain
        cls.partner_other = cls.env['res.partner'].create({'name': "Somebody Else"})

    def setUp(self):
        super().setUp()
        self.order = self._new_order().with_user(self.user_sales)

    def assertNotConfirmed(self, order=None):
        (order or self.order).invalidate_recordset()
        self.assertNotEqual((order or self.order).state, 'sale')

    # -- before the approval ----------------------------------------------------------------------

    def test_button(self):
        with self.assertRaises(UserError) as error:
            self.order.action_confirm()
        self.assertIn("Submit it for review", str(error.exception))
        self.assertNotConfirmed()

    def test_list_action(self):
        orders = self.order + self._new_order().with_user(self.user_sales)
        with self.assertRaises(UserError):
            orders.action_confirm()
        self.assertNotConfirmed(orders[0])
        self.assertNotConfirmed(orders[1])

    def test_write_state(self):
        with self.assertRaises(ValidationError):
            self.order.write({'state': 'sale'})

    def test_create_state(self):
        with self.assertRaises(ValidationError):
            self.env['sale.order'].with_user(self.user_sales).create({
                'partner_id': self.partner.id, 'state': 'sale'})

    def test_superuser_is_no_way_round(self):
        with self.assertRaises(ValidationError):
            self.order.sudo().write({'state': 'sale'})

    def test_draft_and_back(self):
        self._accept(self.order)
        self.order.action_confirm()
        self.order._action_cancel()
        self.assertEqual(self.order.review_state, 'to_submit')
        self.assertTrue(all(self.order.review_ids.mapped('voided_at')))
        self.order.action_draft()
        with self.assertRaises(UserError):
            self.order.action_confirm()
        with self.assertRaises(ValidationError):
            self.order.write({'state': 'sale'})

    def test_confirmed_to_draft_by_write(self):
        self._accept(self.order)
        self.order.action_confirm()
        for state in ('draft', 'sent'):
            with self.assertRaises(UserError):
                self.order.write({'state': state})

    def test_change_company(self):
        with self.assertRaises(UserError):
            self.order.write({'company_id': self.company_plain.id})
        self.assertEqual(self.order.company_id, self.company)

    def test_change_company_into_policy(self):
        """An order confirmed in a company without policy cannot be carried into one under policy."""
        order = self.env['sale.order'].with_user(self.user_sales).with_context(
            allowed_company_ids=[self.company_plain.id, self.company.id]
        ).create({'partner_id': self.partner.id, 'company_id': self.company_plain.id})
        order.action_confirm()
        self.assertEqual(order.state, 'sale')
        with self.assertRaises(UserError):
            order.write({'company_id': self.company.id})

    def test_empty_policy(self):
        with self.assertRaises(AccessError):
            self.order.write({'policy_id': False})
        with self.assertRaises(AccessError):
            self.env['sale.order'].with_user(self.user_sales).create({
                'partner_id': self.partner.id, 'policy_id': False})

    def test_review_records(self):
        self.order.action_submit_review()
        review = self.order.review_ids.filtered(lambda review: review.role_id.code == 'finance')
        self.assertTrue(review)
        for vals in ({'state': 'approved'}, {'order_id': False}, {'role_id': self._role('sales').id},
                     {'stage_id': self.stage_sales.id}, {'watched_values': {}},
                     {'decided_by_id': self.user_finance.id}):
            for user in (self.user_sales, self.user_finance):
                with self.subTest(vals=vals, user=user.login), self.assertRaises(UserError):
                    review.with_user(user).write(vals)
        with self.assertRaises(AccessError):
            review.with_user(self.user_finance).unlink()
        with self.assertRaises(AccessError):
            self.env['order.review'].with_user(self.user_finance).create({
                'order_id': self.order.id, 'stage_id': self.stage_sales.id, 'role_id': self._role('sales').id,
                'state': 'approved'})
        for command in (Command.delete(review.id), Command.update(review.id, {'state': 'approved'}),
                        Command.create({'stage_id': self.stage_sales.id, 'state': 'approved'}), Command.clear()):
            with self.subTest(command=command), self.assertRaises(UserError):
                self.order.write({'review_ids': [command]})

    def test_other_departments_review(self):
        self.order.action_submit_review()
        self._get_pending_reviews(self.order).with_user(self.user_sales).sudo(False).action_approve()
        finance = self.order.review_ids.filtered(lambda review: review.state == 'pending')
        self.assertEqual(finance.role_id.code, 'finance')
        with self.assertRaises(AccessError):
            finance.with_user(self.user_sales).action_approve()
        with self.assertRaises(AccessError):
            finance.with_user(self.user_sales).sudo().action_approve()
        with self.assertRaises(AccessError):
            finance.with_user(self.env.ref('base.user_root')).action_approve()

    def test_context_defaults(self):
        Order = self.env['sale.order'].with_user(self.user_sales)
        with self.assertRaises(ValidationError):
            Order.with_context(default_state='sale').create({'partner_id': self.partner.id})
        self.order.action_submit_review()
        with self.assertRaises(UserError):
            self.order.with_context(
                default_review_state='approved', send_email=True, default_state='sale').action_confirm()

    def test_own_default(self):
        """A user's own ir.default approves no review, nor does one of ``state`` open the gate."""
        Default = self.env['ir.default'].with_user(self.user_sales)
        Default.set('order.review', 'state', 'approved', user_id=True)
        self.order.action_submit_review()
        self.assertNotIn('approved', self.order.review_ids.mapped('state'))
        Default.set('sale.order', 'state', 'sale', user_id=True)
        with self.assertRaises(ValidationError):
            self.env['sale.order'].with_user(self.user_sales).create({'partner_id': self.partner.id})

    def test_load(self):
        result = self.env['sale.order'].with_user(self.user_sales).load(
            ['partner_id/.id', 'state'], [[str(self.partner.id), 'Sales Order']])
        self.assertFalse(result['ids'])
        result = self.env['sale.order'].with_user(self.user_sales).load(
            ['partner_id/.id', 'review_state'], [[str(self.partner.id), 'Approved']])
        self.assertFalse(result['ids'])

    # -- other values than were approved --------------------------------------------------------------

    def test_line_after_approval(self):
        self._accept(self.order)
        self.assertEqual(self.order.review_state, 'approved')
        self.order.order_line[0].price_unit -= 1
        self.assertEqual(self.order.review_state, 'in_review')
        with self.assertRaises(UserError):
            self.order.action_confirm()
        self.assertIn('→', self.order.review_ids.filtered(lambda review: review.state == 'pending')[0].changes)

    def test_new_and_removed_line_after_approval(self):
        self._accept(self.order)
        line = self.env['sale.order.line'].with_user(self.user_sales).create({
            'order_id': self.order.id, 'product_id': self.product_service.id, 'product_uom_qty': 1})
        self.assertEqual(self.order.review_state, 'in_review')
        line.unlink()
        self._approve(self.order)
        self.assertEqual(self.order.review_state, 'approved')
        self.order.write({'order_line': [Command.clear()]})
        self.assertEqual(self.order.review_state, 'in_review')

    def test_terms_after_approval(self):
        for vals in ({'payment_term_id': self.env.ref('account.account_payment_term_immediate').id},
                     {'commitment_date': '2031-05-05 10:00:00'}, {'partner_shipping_id': self.partner_other.id},
                     {'note': '<p>Free of charge</p>'}):
            with self.subTest(vals=vals):
                order = self._new_order().with_user(self.user_sales)
                self._accept(order)
                order.write(vals)
                self.assertEqual(order.review_state, 'in_review')
                with self.assertRaises(ValidationError):
                    order.write({'state': 'sale'})

    def test_recompute_after_approval(self):
        """A recomputation passes below ``write``; the gate compares the values all the same."""
        self._accept(self.order)
        line = self.order.sudo().order_line[0]
        self.env.flush_all()
        self.env.cr.execute("UPDATE sale_order_line SET price_unit = price_unit / 2 WHERE id = %s", [line.id])
        self.env.invalidate_all()
        self.assertEqual(self.order.review_state, 'approved')
        self.assertFalse(self.order.is_accepted)
        with self.assertRaises(UserError) as error:
            self.order.action_confirm()
        self.assertIn("differ from those approved", str(error.exception))
        with self.assertRaises(ValidationError):
            self.order.write({'state': 'sale'})
        # The way on: submitting evaluates it again, and the departments see what changed.
        self.order.action_submit_review()
        self.assertEqual(self.order.review_state, 'in_review')
        self._approve(self.order)
        self.order.action_confirm()
        self.assertEqual(self.order.state, 'sale')

    def test_harmless_edits_stay_free(self):
        self._accept(self.order)
        self.order.write({'client_order_ref': 'PO 1', 'tag_ids': [Command.create({'name': 'Urgent'})]})
        self.order.message_post(body="Called the customer")
        self.assertEqual(self.order.review_state, 'approved')
        self.order.action_confirm()
        self.assertEqual(self.order.state, 'sale')

    def test_after_confirmation(self):
        self._accept(self.order)
        self.order.action_confirm()
        line = self.order.order_line[0]
        attempts = [
            lambda: line.write({'price_unit': 1}),
            lambda: line.write({'product_uom_qty': line.product_uom_qty + 1}),
            lambda: line.write({'discount': 50}),
            lambda: line.write({'is_downpayment': True, 'product_uom_qty': 0}),
            lambda: self.order.write({'order_line': [Command.update(line.id, {'price_unit': 1})]}),
            lambda: self.order.write({'order_line': [Command.create({
                'product_id': self.product_service.id, 'product_uom_qty': 1})]}),
            lambda: self.order.write({'commitment_date': '2031-05-05 10:00:00'}),
            lambda: self.order.write({'payment_term_id': False}),
            lambda: self.order.write({'partner_id': self.partner_other.id}),
            lambda: self.order.sudo().write({'payment_term_id': False}),
        ]
        for number, attempt in enumerate(attempts):
            with self.subTest(number=number), self.assertRaises(UserError), self.env.cr.savepoint():
                attempt()
        # The same values are no change.
        line.write({'price_unit': line.price_unit, 'product_uom_qty': line.product_uom_qty})

    def test_line_moved_into_confirmed_order(self):
        self._accept(self.order)
        self.order.action_confirm()
        other = self._new_order().with_user(self.user_sales)
        with self.assertRaises(UserError):
            other.order_line[0].write({'order_id': self.order.id})
        with self.assertRaises(UserError):
            self.order.order_line[0].write({'order_id': other.id})

    def test_quantity_zero_line_after_confirmation(self):
        """Core adds lines of ordered quantity 0 for what was delivered in excess; raising it is a change."""
        self._accept(self.order)
        self.order.action_confirm()
        line = self.env['sale.order.line'].with_user(self.user_sales).create({
            'order_id': self.order.id, 'product_id': self.product_service.id, 'product_uom_qty': 0})
        with self.assertRaises(UserError):
            line.product_uom_qty = 3

    def test_down_payment_after_confirmation(self):
        self._accept(self.order)
        self.order.action_confirm()
        wizard = self.env['sale.advance.payment.inv'].with_context(active_ids=self.order.ids).create({
            'advance_payment_method': 'percentage', 'amount': 30})
        wizard.create_invoices()
        self.assertTrue(self.order.order_line.filtered('is_downpayment'))

    def test_people_of_other_departments(self):
        """Core lets stock and manufacturing users write sales orders over RPC."""
        for group in ('stock.group_stock_user', 'mrp.group_mrp_user'):
            user = self.user_stock if group.startswith('stock') else self.user_mrp
            line = self.order.order_line[0].with_user(user)
            for attempt in (
                lambda line=line: line.write({'price_unit': 1}),
                lambda line=line: line.copy({'order_id': line.order_id.id}),
                lambda line=line: line.unlink(),
            ):
                with self.subTest(group=group), self.assertRaises(AccessError), self.env.cr.savepoint():
                    attempt()
            with self.assertRaises(UserError):
                self.order.with_user(user).write({'state': 'sale'})

    def test_company_without_policy_is_plain(self):
        order = self._new_order(company_id=self.company_plain.id)
        self.assertFalse(order.policy_id)
        order.action_confirm()
        self.assertEqual(order.state, 'sale')
        self.assertFalse(order.lifecycle_phase)
        order.order_line[0].price_unit = 3
        self.assertEqual(order.review_state, 'none')

    def test_form_saves_without_change(self):
        self._accept(self.order)
        with Form(self.order) as form:
            form.client_order_ref = 'X'
        self.assertEqual(self.order.review_state, 'approved')
