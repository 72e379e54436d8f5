from collections import defaultdict
from typing import NamedTuple

from odoo import models
from odoo.fields import Domain

# The states of a payment with which nothing has come in.
VOID_STATES = ('draft', 'canceled', 'rejected')
# The lines of an entry that what customers owe is settled by.
_RECEIVABLE = Domain('account_id.account_type', '=', 'asset_receivable')


class Shares(NamedTuple):
    """What an entry settles documents with."""
    money: float  # the part of it that is money, 0 to 1
    reduced: float  # the part that is taken off: written off, or a discount
    settled: float  # all that it settles, in the currency of the company


class AccountMove(models.Model):
    _inherit = 'account.move'

    def _get_settled_parts(self, covered=None):
        """How much of what is settled of these documents was settled by money, and how much by a cash discount that
        was granted, in batch.

        Documents of orders that settle each other count as money: each is netted in its own order. What is not posted
        is none: core settles invoices with drafts, too.

        :param covered: dict move id → how much of a credit note counts as money in documents of other orders than its
            own, as :meth:`sale.order._get_credits_of_others` returns it
        :return: dict move id → pair of floats between 0 and 1, 0 where nothing is settled
        """
        settled = self._get_settling_moves()
        counterparts = self.browse({move.id for rows in settled.values() for move, _amount, _worth in rows})
        shares = counterparts._get_money_shares()
        discounts = counterparts._get_granted_discounts(shares)
        result = {}
        for move in self:
            rows = settled[move.id]
            foreign = covered and move._get_foreign_credits().ids
            # What is neither owed any more nor settled by anything was not paid: people have made something else of a
            # part of the entry.
            total = max(sum(amount for _move, amount, _worth in rows), move.amount_total - move.amount_residual)
            money = granted = 0.0
            for other, amount, worth in rows:
                own_money, discount = discounts.get((move, other)) or (shares[other.id].money, 0.0)
                money += worth * (covered.get(other.id, 1.0) if foreign and other.id in foreign else own_money)
                granted += amount * discount
            result[move.id] = (money / total, granted / total) if total else (0.0, 0.0)
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

    def _get_line_totals(self):
        """What each product line of this document adds to its total, with its part of what core computes for all of
        them: taxes that are rounded together, taxes on what is left after a cash discount, cash rounding.

        :return: dict ``account.move.line`` → amount in the currency of the document, positive where it adds
        """
        self.ensure_one()
        totals, bases, common = {}, {}, []
        for base_line in self._get_rounded_base_and_tax_lines()[0]:
            line, details = base_line['record'], base_line['tax_details']
            taxes = sum(tax['tax_amount_currency'] for tax in details['taxes_data'])
            base = details['total_excluded_currency'] + details['delta_total_excluded_currency']
            if line.display_type == 'product':
                totals[line], bases[line] = base + taxes, base
            elif line.display_type == 'epd':
                # Their bases are taken off and added again.
                common.append((taxes, {own for own in bases if own.tax_ids.filtered(
                    lambda tax: tax.amount_type != 'fixed') == line.tax_ids} if taxes else bases))
            else:
                common.append((base + taxes, bases))
        for amount, lines in common:
            if whole := sum(bases[line] for line in lines):
                for line in lines:
                    totals[line] += amount * bases[line] / whole
        return totals

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

        :return: dict move id → :class:`Shares`
        """
        shares = {move.id: Shares(float(move._is_in_force()), 0.0, 0.0) for move in self}
        entries = self.browse([
            move.id for move in self
            if move._is_in_force() and not (move.is_invoice() and move.invoice_line_ids._get_billed_orders())])
        if not entries:
            return shares
        money = Domain('account_id', 'in', entries.company_id._get_money_accounts().ids)
        receivables, received = (
            {move: sums for move, *sums in self.env['account.move.line']._read_group(
                Domain('move_id', 'in', entries.ids) & domain, ['move_id'], ['debit:sum', 'credit:sum'])}
            for domain in (_RECEIVABLE, ~_RECEIVABLE & money))
        for move in entries:
            if settled := max(receivables.get(move, (0.0,))):
                moved = 0.0 if move._is_of_counter() else min(receivables[move])
                # Whatever of it is not on an account of money, be it on another one or, past core's checks, on none.
                reduced = move.company_currency_id.round(abs(sum(
                    debit - credit for debit, credit in (receivables[move], received.get(move, (0.0, 0.0))))))
                shares[move.id] = Shares(
                    min(max(1 - (reduced + moved) / settled, 0.0), 1.0), min(reduced / settled, 1.0), settled)
        return shares

    def _is_in_force(self):
        """:return: bool, whether this entry is booked, and is no payment that the bank has rejected: core leaves the
            entry of one as it is"""
        self.ensure_one()
        return self.state == 'posted' and self.origin_payment_id.state not in VOID_STATES

    def _is_of_counter(self):
        """:return: bool, whether the point of sale, which need not be there, has made this entry: what is paid there
            is owed by the counter until its session is closed"""
        self.ensure_one()
        return 'pos_payment_ids' in self._fields and bool(self.pos_payment_ids)
