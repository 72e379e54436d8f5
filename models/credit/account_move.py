from odoo import models
from odoo.fields import Domain

# The lines of an entry that what customers owe is settled by.
_RECEIVABLE = Domain('account_id.account_type', '=', 'asset_receivable')


class AccountMove(models.Model):
    _inherit = 'account.move'

    def _get_settled_by_money(self):
        """How much of what is settled of these documents was settled by money, in batch.

        Documents of orders that settle each other count as money: each is netted in its own order.

        :return: dict move id → float between 0 and 1, 1 where nothing is settled
        """
        settled = {move.id: [] for move in self}
        for move in self:
            for line in move.line_ids:
                if line.display_type == 'payment_term':
                    for partial in line.matched_debit_ids:
                        settled[move.id].append((partial.debit_move_id.move_id, partial.credit_amount_currency))
                    for partial in line.matched_credit_ids:
                        settled[move.id].append((partial.credit_move_id.move_id, partial.debit_amount_currency))
        counterparts = self.browse({move.id for pairs in settled.values() for move, _amount in pairs})
        money = counterparts._get_money_shares()
        result = {}
        for move_id, pairs in settled.items():
            total = sum(amount for _move, amount in pairs)
            result[move_id] = sum(amount * money[move.id] for move, amount in pairs) / total if total else 1.0
        return result

    def _get_money_shares(self):
        """How much of what these entries settle is money, in batch; neither a write-off is, nor what another customer
        owes instead.

        :return: dict move id → float between 0 and 1
        """
        shares = {move.id: 1.0 for move in self}
        entries = self.browse([
            move.id for move in self
            if not move.is_invoice() or not move.invoice_line_ids._get_billed_orders()])
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
