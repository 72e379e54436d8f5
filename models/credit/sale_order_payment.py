from odoo import models

# Kinds of documents that say what a customer owes.
INVOICE_TYPES = ('out_invoice', 'out_refund')


class SaleOrder(models.Model):
    _inherit = 'sale.order'

    # -- what the customer has paid ---------------------------------------------------------------

    def _get_paid_amounts(self, seen=()):
        """The money that has come in for these orders, in batch and as superuser.

        What is paid of their posted invoices, less what was paid back or has been credited to be, with the share of
        these orders only; and what customers have paid online that is on no invoice yet. Who has paid in time has paid
        what the terms take off, too. The settlement knows what is paid of invoices alone.

        :return: dict order id → amount in the currency of the order, taxes included
        """
        self = self.sudo()  # noqa: PLW0642 - whoever is kept waiting needs no access to invoices
        credited = self._get_credited_moves()
        if credited and len(self) > 1:
            # Rare, and whom one may be given something by depends on who asks.
            apart = self.filtered(lambda order: order.order_line.invoice_lines.move_id & credited)
            result = (self - apart)._get_paid_amounts(seen)
            for order in apart:
                result |= order._get_paid_amounts(seen)
            return result
        covered, uncovered = self._get_credits_of_others(credited, {*seen, *self.ids}) if credited else ({}, {})
        documents, online = self._get_document_amounts(covered), self._get_online_amounts()
        return {
            order.id: order.currency_id.round(
                sum(online[order.id]) - order._get_credit_due(documents[order.id], online[order.id]) + sum(
                    (paid + granted) * (1 - uncovered.get(move.id, 0.0)) if amount > 0 else paid
                    for move, amount, _unpaid, paid, granted in documents[order.id]))
            for order in self
        }

    def _get_credit_due(self, rows, online):
        """What is still to be given back by credit notes: Odoo does not set a refund that was made online off against
        the credit note that it is made for.

        :param rows: what :meth:`_get_document_amounts` returns for the order
        :param online: what :meth:`_get_online_amounts` returns for the order
        :return: amount in its currency, not negative
        """
        self.ensure_one()
        return max(self._get_open_credit(rows) + sum(amount for amount in online if amount < 0), 0.0)

    def _get_open_credit(self, rows):
        """What this order owes its customer by credit notes: that is paid for nothing any more.

        A credit note lowers what is unpaid of the invoice that it reverses, else of all of them, before it gives
        money back.

        :param rows: what :meth:`_get_document_amounts` returns for the order
        :return: amount in its currency, not negative
        """
        self.ensure_one()
        open_amounts = {move: open_amount for move, _amount, open_amount, _paid, _granted in rows}
        unpaid = {move: amount for move, amount in open_amounts.items() if move.move_type == 'out_invoice'}
        credit = 0.0
        # Those first that lower one invoice only.
        for move in sorted(open_amounts.keys() - unpaid.keys(), key=lambda move: (
                move.reversed_entry_id not in unpaid, move.id)):
            rest = -open_amounts[move]
            for invoice in (move.reversed_entry_id,) if move.reversed_entry_id in unpaid else tuple(unpaid):
                lowered = max(min(unpaid[invoice], rest), 0.0)
                unpaid[invoice] -= lowered
                rest -= lowered
            credit += max(rest, 0.0)
        return credit

    def _get_credited_moves(self):
        """:return: the posted documents of these orders to which others give something, on them or by credit notes"""
        return self.order_line.invoice_lines.move_id.filtered(
            lambda move: move.state == 'posted' and (move._get_foreign_credits() or move._get_amounts_given()))

    def _get_credits_of_others(self, moves, seen):
        """How far what other orders give was paid to the company before, as superuser.

        A customer who is given credit on an unpaid order has paid nothing by it.

        :param moves: documents of this order, as :meth:`_get_credited_moves` returns them
        :param seen: ids of this order and of those for which it is asked
        :return: pair of a dict move id → how much of a credit note of other orders is covered, and a dict move id → how
            much of what a document charges is given by orders that have not been paid it; floats between 0 and 1
        """
        notes = moves.browse().union(*(move._get_foreign_credits() for move in moves))
        given = {move: amounts for move in moves if (amounts := move._get_amounts_given())}
        givers = notes.invoice_line_ids._get_billed_orders().union(*(
            order for amounts in given.values() for order in amounts)) - self.browse(seen)
        paid = givers._get_paid_amounts(seen)

        def get_missing(order, move):
            return order.currency_id._convert(
                max(-paid.get(order.id, 0.0), 0.0), move.currency_id, order.company_id, move.date)

        covered, uncovered = {}, {}
        for note in notes:
            missing = sum(get_missing(order, note) for order in note.invoice_line_ids._get_billed_orders())
            settled = note.amount_total - note.amount_residual
            covered[note.id] = min(max(1 - missing / settled, 0.0), 1.0) if settled else 1.0
        for move, amounts in given.items():
            missing = sum(min(get_missing(order, move), amount) for order, amount in amounts.items())
            charged = sum(
                amount for line in move.invoice_line_ids if (amount := -move.direction_sign * line.price_total) > 0)
            uncovered[move.id] = min(missing / charged, 1.0) if charged else 0.0
        return covered, uncovered

    def _get_document_amounts(self, covered=None):
        """The posted documents of each order with what is paid of them, in batch.

        What is settled of a document counts as paid as far as money or another order's document settles it: a
        write-off or a credit note that belongs to no order is no payment.

        :param covered: as for :meth:`account.move._get_settled_parts`
        :return: dict order id → list of (``account.move``, amount, unpaid, paid, granted as a cash discount) in the
            order's currency, credit notes with negative amounts
        """
        shares = self._get_document_shares()
        moves = self.env['account.move'].browse({move.id for own in shares.values() for move in own})
        parts = moves._get_settled_parts(covered)
        documents = {}
        for order in self:
            documents[order.id] = rows = []
            for move, share in shares[order.id].items():
                amount, unpaid = order._convert_document_share(move, share)
                money, granted = parts[move.id]
                paid = order.currency_id.round((amount - unpaid) * money)
                # Rounded together, so that nothing is missing of what is paid in full.
                rows.append((move, amount, unpaid, paid, order.currency_id.round(
                    order.currency_id.round((amount - unpaid) * (money + granted)) - paid)))
        return documents

    def _get_document_shares(self):
        """The posted documents of each order, and how much of each belongs to it.

        :return: dict order id → dict ``account.move`` → amount in the currency of the move, unsigned
        """
        shares = {order.id: {} for order in self}
        line_totals = {}
        # No filtered(): its result would be prefetched order by order.
        for order in self:
            own = shares[order.id]
            for line in order.order_line:
                for invoice_line in line.invoice_lines:
                    move = invoice_line.move_id
                    if move.state == 'posted' and move.move_type in INVOICE_TYPES:
                        own.setdefault(move, 0.0)
            for move in own:
                products = [line for line in move.invoice_line_ids if line.display_type == 'product']
                if all(line.sale_line_ids and set(line.sale_line_ids.order_id._ids) == {order.id} for line in products):
                    # Nothing but this order: its rounding belongs to it, too.
                    own[move] = move.amount_total
                    continue
                if move not in line_totals:
                    line_totals[move] = move._get_line_totals()
                # A line that stands for several order lines belongs to each in equal parts.
                own[move] = move.currency_id.round(sum(
                    line_totals[move].get(line, 0.0)
                    * sum(sold.order_id == order for sold in line.sale_line_ids) / len(line.sale_line_ids)
                    for line in products if line.sale_line_ids))
                if reduced := -sum(
                        line.price_total for line in products
                        if line.price_total < 0 and not line._get_billed_orders()):
                    # What is taken off the invoice by a line of its own is owed by nobody, and nobody pays it.
                    own[move] *= move.amount_total / (move.amount_total + reduced)
        return shares

    def _convert_document_share(self, move, share):
        """:return: pair of the signed amount of a document and what is unpaid of it, in the order's currency"""
        self.ensure_one()
        date = move.invoice_date or move.date
        amount = -move.direction_sign * share
        unpaid = amount * move.amount_residual / move.amount_total if move.amount_total else 0.0
        return tuple(
            move.currency_id._convert(value, self.currency_id, self.company_id, date) for value in (amount, unpaid))

    def _get_discount_terms(self, move):
        """What the terms of this order take off one of its documents if it is paid in time, as superuser.

        :return: pair of the part that is taken off, 0 where nothing is, and the last day
        """
        self.ensure_one()
        term = self.payment_term_id
        # Whoever keeps the terms may have made others of them since.
        if not (term.early_discount and move.amount_total and self._is_cash_discount_agreed()):
            return 0.0, False
        amounts = term._compute_terms(
            date_ref=move.invoice_date or move.date, currency=move.currency_id, company=move.company_id, sign=1,
            tax_amount=abs(move.amount_tax_signed), tax_amount_currency=move.amount_tax,
            untaxed_amount=abs(move.amount_untaxed_signed), untaxed_amount_currency=move.amount_untaxed,
            cash_rounding=move.invoice_cash_rounding_id)
        return 1 - amounts['discount_amount_currency'] / move.amount_total, amounts['discount_date']

    def _get_online_amounts(self):
        """What has been paid online for each order and is on no invoice yet, in batch.

        :return: dict order id → list of amounts in the currency of the order, one for each payment, negative where more
            was paid back than is on no invoice; a payment for several orders counts for each in proportion to its total
        """
        amounts = {}
        for order in self:
            amounts[order.id] = []
            for transaction in order.transaction_ids.filtered(
                    lambda transaction, own=order.transaction_ids: transaction.source_transaction_id not in own):
                orders = transaction.sale_order_ids
                total = sum(orders.mapped('amount_total'))
                share = order.amount_total / total if total else 1 / len(orders)
                amounts[order.id].append(sum(share * part.currency_id._convert(
                    part._get_amount_without_invoice(), order.currency_id, order.company_id,
                    part.last_state_change or order.date_order) for part in transaction._get_money_parts()))
        return amounts
