from odoo import Command

from ..common import LifecycleCommon


class SettlementCommon(LifecycleCommon):
    """Orders whose invoices, credit notes and payments an accountant makes in Odoo's own way."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.product_delivered = cls._new_product("Invoiced as Delivered", invoice_policy='delivery')
        cls._put_in_stock(cls.product_delivered, 1000)

    def _down_payment(self, order, percent):
        """:return: the posted invoice of a down payment"""
        before = order.invoice_ids
        self.env['sale.advance.payment.inv'].with_user(self.user_sales).with_context(
            active_model='sale.order', active_ids=order.ids,
        ).create({'advance_payment_method': 'percentage', 'amount': percent}).create_invoices()
        self.env.invalidate_all()
        invoice = order.invoice_ids - before
        invoice.with_user(self.user_accountant).action_post()
        return invoice

    def _credit(self, invoice, quantity=None, price=None):
        """Reverse an invoice with a posted credit note, of the first line only where a value is given.

        :return: the credit note, not reconciled unless it reverses the whole invoice
        """
        reversal = self.env['account.move.reversal'].with_user(self.user_accountant).with_context(
            active_model='account.move', active_ids=invoice.ids).create({'journal_id': invoice.journal_id.id})
        reversal.reverse_moves()
        refund = reversal.new_move_ids
        if quantity is not None or price is not None:
            line = refund.invoice_line_ids.filtered(lambda row: row.display_type == 'product')[0]
            line.write({name: value for name, value in (('quantity', quantity), ('price_unit', price))
                        if value is not None})
            (refund.invoice_line_ids - line).unlink()
        refund.action_post()
        return refund.with_env(self.env)

    def _reconcile(self, *moves):
        lines = self.env['account.move.line'].concat(*(move.line_ids for move in moves)).filtered(
            lambda line: line.account_id.account_type == 'asset_receivable' and not line.reconciled)
        lines.with_user(self.user_accountant).sudo().reconcile()

    def _new_free_credit_note(self, amount):
        """A posted credit note that is linked to no order."""
        refund = self.env['account.move'].with_user(self.user_accountant).create({
            'move_type': 'out_refund', 'partner_id': self.partner.id,
            'invoice_line_ids': [Command.create({
                'name': "Goodwill", 'quantity': 1, 'price_unit': amount, 'tax_ids': False})],
        })
        refund.action_post()
        return refund.with_env(self.env)

    def _get_expense_account(self):
        return self.env['account.account'].search(
            [('account_type', '=', 'expense'), ('company_ids', 'in', self.company.ids)], limit=1)

    def assertAccount(self, order, **values):
        """The settlement of the order has these values; the names of amounts come without ``_amount``."""
        names = order.settlement_id._fields
        self.assertRecordValues(order.settlement_id, [{
            f'{name}_amount' if f'{name}_amount' in names else name: value for name, value in values.items()}])
