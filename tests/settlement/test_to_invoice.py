from lxml import etree

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .common import SettlementCommon


@tagged('post_install', '-at_install')
class TestToInvoice(SettlementCommon):
    """What is delivered and not invoiced is known before the order is settled without it (articles S1, S3)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user_accounting_finance = cls._new_user(
            'accounting_finance', 'sale_order_lifecycle.group_finance,account.group_account_invoice')
        cls.order = cls._fulfil(cls._new_order(lines=[
            {'product_id': cls.product_delivered.id, 'product_uom_qty': 6, 'price_unit': 80}]))
        cls.settlement = cls.order.settlement_id

    def _clean(self, text):
        """:return: an amount is written without what keeps it in one line"""
        return text.replace("\xa0", " ").replace("\ufeff", "")

    def test_known_before(self):
        self.assertAccount(
            self.order, state='open', contract=480, owed=480, invoiced=0, paid=0, unpaid=0, to_invoice=480,
            difference=0)
        self.assertEqual(self.order.settlement_summary, "To invoice")
        own = self.settlement.with_user(self.user_finance)
        self.assertRecordValues(own, [{'can_settle': False, 'needs_reason': True, 'can_invoice': False}])
        dialog = Form.from_action(self.env(user=self.user_finance), own.action_open_reason())
        text = self._clean(dialog.differences)
        self.assertIn("$ 480.00 has been delivered but not invoiced.", text)
        self.assertIn("Difference to the contract: $ -480.00.", text)
        dialog.reason = "A gift"
        dialog.save().action_settle()
        self.assertAccount(self.order, state='settled', difference=-480, is_different=True, difference_reason="A gift")
        note = self._clean(self.order.message_ids[0].body)
        for part in ("480.00 has been delivered but not invoiced", "-480.00", "A gift"):
            self.assertIn(part, note)

    def test_only_part_invoiced(self):
        order = self._confirm(self._new_order(lines=[(self.product_delivered, 5)]))
        first = self._deliver(order.picking_ids, {self.product_delivered: 2})
        self._pay(self._invoice(order))
        self._deliver(first.backorder_ids)
        self.assertAccount(order, state='open', owed=500, invoiced=200, paid=200, to_invoice=300, difference=0)
        self._settle(order, "The rest is a gift")
        self.assertAccount(order, state='settled', difference=-300)
        self.assertIn("300.00 has been delivered", self._clean(order.message_ids[0].body))

    def test_tolerance_is_one(self):
        """496 paid of 500, and 4 not invoiced: 8 of 504 are missing, which is more than the 5 that are tolerated."""
        self.policy.settlement_tolerance = 5
        first, second = (self._new_product(name, invoice_policy='delivery') for name in ("First", "Second"))
        order = self._fulfil(self._new_order(lines=[
            {'product_id': first.id, 'product_uom_qty': 1, 'price_unit': 500},
            {'product_id': second.id, 'product_uom_qty': 1, 'price_unit': 4}]))
        invoice = order._create_invoices()
        invoice.invoice_line_ids.filtered(lambda line: line.product_id == second).unlink()
        invoice.invoice_line_ids.price_unit = 496
        invoice.action_post()
        self._pay(invoice)
        self.assertAccount(order, state='difference', contract=504, paid=496, to_invoice=4, difference=-8)
        with self.assertRaisesRegex(UserError, "Enter the reason"):
            self._settle(order)
        self._settle(order, "A gift")
        self.assertAccount(order, state='settled', difference=-8)
        self.assertIn("Difference to the contract: $\xa0-\ufeff8.00.", order.message_ids[0].body.unescape())

    def test_led_to_the_invoice(self):
        """Who may invoice makes the invoice from here; a draft that is there is opened."""
        own = self.settlement.with_user(self.user_accounting_finance)
        self.assertTrue(own.can_invoice)
        action = own.action_invoice()
        invoice = self.order.invoice_ids
        self.assertRecordValues(invoice, [{'state': 'draft', 'amount_total': 480}])
        self.assertEqual((action['res_model'], action['res_id']), ('account.move', invoice.id))
        self.env.invalidate_all()
        self.assertTrue(own.can_invoice)
        self.assertEqual(own.action_invoice()['res_id'], invoice.id)
        self.assertEqual(self.order.invoice_ids, invoice)
        invoice.with_user(self.user_accounting_finance).action_post()
        self.env.invalidate_all()
        self.assertRecordValues(own, [{'can_invoice': False, 'needs_reason': False, 'to_invoice_amount': 0}])
        with self.assertRaisesRegex(UserError, "There is nothing to invoice"):
            own.action_invoice()

    def test_who_makes_invoices(self):
        for user in (self.user_finance, self.user_legal, self.user_manager, self.user_employee):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self.settlement.with_user(user).action_invoice()
        self.assertFalse(self.order.invoice_ids)

    def test_several(self):
        """All or none; one invoice for the orders of a customer, as core makes them."""
        other, done = self._fulfil(self._new_order(count=2))
        self._invoice(done)
        own = (self.order | other).settlement_id.with_user(self.user_accounting_finance)
        with self.assertRaisesRegex(UserError, "There is nothing to invoice"):
            (own | done.settlement_id.with_user(self.user_accounting_finance)).action_invoice()
        self.assertFalse(self.order.invoice_ids)
        own.action_invoice()
        self.assertEqual(self.order.invoice_ids, other.invoice_ids)
        self.assertEqual(self.order.invoice_ids.amount_total, 980)

    def test_button(self):
        """Settling with a reason is not what the form proposes first while something is to be invoiced."""
        view = etree.fromstring(
            self.env['order.settlement'].with_user(self.user_finance).get_view(view_type='form')['arch'])
        primary = {
            (button.get('name'), button.get('invisible')) for button in view.iterfind('.//header/button')
            if 'btn-primary' in button.get('class', '')}
        self.assertIn(('action_invoice', "not can_invoice"), primary)
        self.assertIn(('action_open_reason', "not needs_reason or state == 'open'"), primary)
        self.assertEqual(len(view.findall(".//header/button[@name='action_open_reason']")), 2)

    def test_difference_in_the_dialog(self):
        """Of what is invoiced otherwise the dialog says the amount, too; of what is as agreed, nothing."""
        order = self._confirm(self._new_order(lines=[(self.product_delivered, 5)]))
        self._deliver(order.picking_ids, {self.product_delivered: 3}, backorder=False)
        self._pay(self._invoice(order))
        agreed = self._fulfil(self._new_order())
        self._pay(self._invoice(agreed))
        settlements = (order | agreed).settlement_id.with_user(self.user_finance)
        dialog = Form.from_action(self.env(user=self.user_finance), settlements.action_open_reason())
        self.assertIn("-200.00", self._clean(dialog.differences))
        self.assertNotIn(agreed.name, dialog.differences)
        dialog.reason = "Less was needed"
        dialog.save().action_settle()
        self.assertIn("-200.00", self._clean(order.message_ids[0].body))
        self.assertNotIn("Difference", agreed.message_ids[0].body)

    def test_dossier(self):
        """An order that was settled without an invoice has none to put into its dossier."""
        self.policy.sudo().archive_rule_ids = [(5, 0), (0, 0, {'kind': 'settlement'})]
        self._settle(self.order, "A gift")
        self.assertNotIn('settlement', self.order._get_dossier_kinds()[self.order.id])
        invoiced = self._fulfil(self._new_order())
        self.assertIn('settlement', invoiced._get_dossier_kinds()[invoiced.id])
        invoice = self._invoice(invoiced)
        self._pay(invoice)
        self._settle(invoiced)
        self.assertIn('settlement', invoiced._get_dossier_kinds()[invoiced.id])
