from collections import defaultdict

from odoo import models
from odoo.fields import Domain

# The lines of an entry that what customers owe is settled by.
_RECEIVABLE = Domain('account_id.account_type', '=', 'asset_receivable')


class AccountMove(models.Model):
    _inherit = 'account.move'

    def _get_settled_by_money(self, covered=None):
        """How much of what is settled of these documents was settled by money, in batch.

        Documents of orders that settle each other count as money: each is netted in its own order. What is not posted
        is none: core settles invoices with drafts, too.

        :param covered: dict move id → how much of a credit note counts as money in documents of other orders than its
            own, as :meth:`sale.order._get_credits_of_others` returns it
        :return: dict move id → float between 0 and 1, 0 where nothing is settled
        """
        settled = self._get_settling_moves()
        counterparts = self.browse({move.id for rows in settled.values() for move, _amount, _worth in rows})
        money = counterparts._get_money_shares()
        result = {}
        for move in self:
            rows = settled[move.id]
            foreign = covered and move._get_foreign_credits().ids
            # What is neither owed any more nor settled by anything was not paid: people have made something else of a
            # part of the entry.
            total = max(sum(amount for _move, amount, _worth in rows), move.amount_total - move.amount_residual)
            result[move.id] = sum(
                worth * (covered.get(other.id, 1.0) if foreign and other.id in foreign else money[other.id])
                for other, _amount, worth in rows) / total if total else 0.0
        return result

    def _get_settling_moves(self):
        """:return: dict move id → list of (``account.move`` that settles it, amount that it settles, what that is
            worth), in the currency of the document"""
        settled = {move.id: [] for move in self}
        for move in self:
            for line in move.line_ids:
                if line.display_type == 'payment_term':
                    settled[move.id] += [
                        (partial.debit_move_id.move_id, partial.credit_amount_currency,
                         partial._get_worth('credit', 'debit')) for partial in line.matched_debit_ids]
                    settled[move.id] += [
                        (partial.credit_move_id.move_id, partial.debit_amount_currency,
                         partial._get_worth('debit', 'credit')) for partial in line.matched_credit_ids]
        return settled

    def _get_foreign_credits(self):
        """:return: the credit notes of other orders than its own that settle this document"""
        self.ensure_one()
        refunds = self.browse([
            move.id for move, _amount, _worth in self._get_settling_moves()[self.id] if move.move_type == 'out_refund'])
        orders = refunds and self.invoice_line_ids._get_billed_orders()
        return refunds.filtered(
            lambda refund: (own := refund.invoice_line_ids._get_billed_orders()) and not own & orders)

    def _get_amounts_given(self):
        """What orders give back on this document while others are charged.

        :return: dict ``sale.order`` → amount in the currency of the document, positive; empty where nothing is charged,
            as on a credit note
        """
        self.ensure_one()
        amounts = defaultdict(float)
        for line in self.invoice_line_ids:
            for sold in line.sale_line_ids if line._get_billed_orders() else ():
                amounts[sold.order_id] -= self.direction_sign * line.price_total / len(line.sale_line_ids)
        if len(amounts) < 2 or max(amounts.values()) <= 0:
            return {}
        return {order: -amount for order, amount in amounts.items() if amount < 0}

    def _get_money_shares(self):
        """How much of what these entries settle is money, in batch; neither a write-off is, nor what another customer
        owes instead.

        :return: dict move id → float between 0 and 1
        """
        shares = {move.id: float(move.state == 'posted') for move in self}
        entries = self.browse([
            move.id for move in self
            if move.state == 'posted' and not (move.is_invoice() and move.invoice_line_ids._get_billed_orders())])
        if not entries:
            return shares
        money = Domain('account_id', 'in', entries.company_id._get_money_accounts().ids)
        receivables, results = (
            {move: sums for move, *sums in self.env['account.move.line']._read_group(
                Domain('move_id', 'in', entries.ids) & domain, ['move_id'], ['debit:sum', 'credit:sum'])}
            for domain in (_RECEIVABLE, ~_RECEIVABLE & ~money))
        for move in entries:
            if settled := max(receivables.get(move, (0.0,))):
                debit, credit = results.get(move, (0.0, 0.0))
                moved = 0.0 if move._is_of_counter() else min(receivables[move])
                shares[move.id] = min(max(1 - (abs(debit - credit) + moved) / settled, 0.0), 1.0)
        return shares

    def _is_of_counter(self):
        """:return: bool, whether the point of sale, which need not be there, has made this entry: what is paid there
            is owed by the counter until its session is closed"""
        self.ensure_one()
        return 'pos_payment_ids' in self._fields and bool(self.pos_payment_ids)
