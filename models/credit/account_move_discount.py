from collections import defaultdict

from odoo import models

from .cash_discount import Entry, grant_discounts


class AccountMove(models.Model):
    """What is taken off documents because their customers have paid in time: as agreed, it is no write-off."""
    _inherit = 'account.move'

    def _get_granted_discounts(self, shares):
        """What these entries settle of documents by a cash discount that the terms grant, in batch.

        :param shares: as :meth:`_get_money_shares` returns it for these entries
        :return: dict (document, entry) → pair of the parts of what the entry settles of the document: money, and
            granted discount; entries that take off nothing, or nothing of documents with a discount, are missing
        """
        # Rare: for other entries nobody is asked what else they settle.
        reducing = self.filtered(lambda entry: shares[entry.id].reduced)
        documents = self.browse().union(*(
            document for own in reducing._get_settled_documents().values() for document in own))
        terms = {document: document._get_discount_terms() for document in documents}
        terms = {document: (rate, day) for document, (rate, day) in terms.items() if 0 < rate < 1}
        if not terms:
            return {}
        settling = documents._get_settling_moves()
        entries = reducing.union(*(
            other for document in terms for other, _amount, _worth in settling[document.id]))
        entries = entries.filtered(lambda entry: entry.state == 'posted' and not entry.is_invoice())
        shares = {**shares, **(entries - self)._get_money_shares()}
        settled = entries._get_settled_documents()
        found = grant_discounts({document: rate for document, (rate, _day) in terms.items()}, {
            entry: Entry(
                {document: amount for document, amount in settled[entry].items()
                 if document in terms and entry.date <= terms[document][1]},
                shares[entry.id].settled, shares[entry.id].reduced * shares[entry.id].settled,
                entry.company_currency_id.rounding)
            for entry in entries.sorted(lambda entry: (entry.date, entry.id)) if shares[entry.id].settled})
        return {
            (document, entry): (
                max(shares[entry.id].money + shares[entry.id].reduced - parts.get(document, 0.0) - rest, 0.0),
                parts.get(document, 0.0))
            for entry, (parts, rest) in found.items() if parts and entry in reducing for document in settled[entry]}

    def _get_settled_documents(self):
        """:return: dict entry → dict ``account.move`` that it settles → amount in the currency of the company, as the
            entry has it"""
        settled = {}
        for entry in self:
            own = defaultdict(float)
            for line in entry.line_ids:
                if line.amount_currency and line.account_id.account_type == 'asset_receivable':
                    worth = abs(line.balance / line.amount_currency)
                    for partial in line.matched_debit_ids:
                        own[partial.debit_move_id.move_id] += partial.credit_amount_currency * worth
                    for partial in line.matched_credit_ids:
                        own[partial.credit_move_id.move_id] += partial.debit_amount_currency * worth
            # Core settles a part so small that it is nothing in the other currency.
            settled[entry] = {document: amount for document, amount in own.items() if amount}
        return settled

    def _get_discount_terms(self):
        """What the terms take off this document if it is paid in time: its own, and not more than those of its orders.

        :return: pair of the part that is taken off, 0 where nothing is, and the last day
        """
        self.ensure_one()
        lines = self.line_ids.filtered(lambda line: line.display_type == 'payment_term' and line.discount_date)
        total = sum(lines.mapped('amount_currency'))
        if not total or self.move_type not in self._early_payment_discount_move_types():
            return 0.0, False
        rate = 1 - sum(lines.mapped('discount_amount_currency')) / total
        day = min(lines.mapped('discount_date'))
        for order in self.invoice_line_ids._get_billed_orders():
            agreed_rate, agreed_day = order._get_discount_terms(self)
            rate, day = min(rate, agreed_rate), agreed_day and min(day, agreed_day)
        return (rate, day) if day else (0.0, False)
