from collections import defaultdict

from odoo import models

# What is rounded off to pay in cash: so many of the smallest unit of a currency, or such a part of the amount.
COINS = 100
CASH_SHARE = 0.001


class SaleOrder(models.Model):
    """What the customer owes, as Odoo would invoice it: taxes are rounded as the company rounds them, and on each
    document by itself."""
    _inherit = 'sale.order'

    def _get_owed_values(self, documents):
        """What this order's customer owes for what was delivered, in the documents that there are and one more for
        what they leave out, as superuser.

        :param documents: dict ``account.move`` of this order → its signed amount for it, in the order's currency
        :return: dict of ``owed``, taxes included; ``rounding``: how much of it documents compute otherwise than the
            order does; and ``to_invoice``: what is delivered and was not charged yet
        """
        self.ensure_one()
        owed = {line: line._get_owed_quantity() for line in self.order_line}
        delivered = self._get_invoice_amount(owed)
        rest, uncharged = dict(owed), dict(owed)
        amount = advance = 0.0
        for move, own_amount in documents.items():
            billed = self._get_billed_quantities(move)
            # Mostly one document has everything.
            expected = delivered if billed == {line: quantity for line, quantity in owed.items() if quantity} else (
                self._get_invoice_amount(billed))
            amount += self._get_document_amount(move, own_amount, expected)
            advance += self._get_downpayment_amount(move)
            for line, quantity in billed.items():
                rest[line] = rest.get(line, 0.0) - quantity
                # What was taken back is a difference, and no reason to charge it again.
                if line in owed and quantity * owed[line] > 0:
                    uncharged[line] = max(uncharged[line] - quantity, 0.0) if quantity > 0 else (
                        min(uncharged[line] - quantity, 0.0))
        amount += self._get_invoice_amount(rest) if documents else delivered
        missing = self._get_invoice_amount(uncharged) if documents else delivered
        ordered = {line: line.product_uom_qty for line in self._get_priced_lines()}
        # What the order would be invoiced with; it adds up otherwise in rare cases.
        agreed = delivered if ordered == {line: owed[line] for line in ordered} else self._get_invoice_amount(ordered)
        return {
            'owed': self.currency_id.round(amount),
            'rounding': self.currency_id.round(amount - delivered + agreed - self.amount_total),
            'to_invoice': self.currency_id.round(max(missing - advance, 0.0)),
        }

    def _get_billed_quantities(self, move):
        """:return: dict ``sale.order.line`` of this order → how much of it a document charges, in the unit of the line,
            negative for what it gives back; down payments are owed for the other lines"""
        quantities = defaultdict(float)
        for invoice_line in move.invoice_line_ids:
            for line in invoice_line.sale_line_ids:
                if line.order_id == self and not line.display_type and not line.is_downpayment:
                    quantities[line] -= move.direction_sign * line._get_billed_quantity(invoice_line)
        return quantities

    # -- what documents should say ----------------------------------------------------------------

    def _get_document_amount(self, move, amount, expected):
        """What a document should charge for what it bills, at the prices of this order.

        :param amount: signed amount of the document for this order, in its currency
        :param expected: what one invoice of the same would charge
        :return: signed amount; that of the document itself as far as the two differ by roundings only
        """
        self.ensure_one()
        if move.currency_id != self.currency_id:
            return expected
        rounding = self._get_cash_rounding(move, amount)
        difference = amount - self._get_downpayment_amount(move) - rounding - expected
        # Where a document bills several orders, core spreads each tax over all of them.
        taxes = len(self.order_line.tax_ids.flatten_taxes_hierarchy())
        if self.currency_id.compare_amounts(abs(difference), taxes * self.currency_id.rounding) > 0:
            difference = 0.0
        return expected + rounding + difference

    def _get_downpayment_amount(self, move):
        """:return: signed amount of a document for down payments of this order, taxes included"""
        self.ensure_one()
        lines = move.invoice_line_ids.filtered(
            lambda line: any(own.is_downpayment and own.order_id == self for own in line.sale_line_ids))
        if not lines:
            return 0.0
        base_lines = [move._prepare_product_base_line_for_taxes_computation(line) for line in lines]
        return move.currency_id._convert(
            -move.direction_sign * self._get_base_lines_amount(base_lines), self.currency_id, self.company_id,
            move.invoice_date or move.date)

    def _get_cash_rounding(self, move, amount):
        """:return: signed amount by which a document was rounded to what can be paid in cash, as far as it is this
            order's"""
        self.ensure_one()
        if not move.invoice_cash_rounding_id or not move.amount_total:
            return 0.0
        lines = move.line_ids.filtered(lambda line: line.display_type == 'rounding')
        rounding = -sum(lines.mapped('amount_currency'))
        # Whoever invoices says how it is rounded: by more than coins are worth it is another price.
        if move.currency_id.compare_amounts(abs(rounding), max(
                COINS * move.currency_id.rounding, CASH_SHARE * move.amount_total)) > 0:
            return 0.0
        return rounding * abs(amount) / move.amount_total

    # -- as core computes it ------------------------------------------------------------------------

    def _get_invoice_amount(self, quantities):
        """What Odoo would put on one invoice of these quantities, taxes included.

        :param quantities: dict ``sale.order.line`` → quantity in its unit
        :return: float in the currency of the order
        """
        self.ensure_one()
        return self._get_base_lines_amount([
            line._prepare_base_line_for_taxes_computation(quantity=quantity)
            for line, quantity in quantities.items()
            if quantity and not line.product_uom_id.is_zero(quantity)])

    def _get_base_lines_amount(self, base_lines):
        """:return: what a document with these base lines charges, taxes included"""
        if not base_lines:
            return 0.0
        AccountTax = self.env['account.tax']
        base_lines = base_lines + self._prepare_cash_discount_base_lines(base_lines)
        AccountTax._add_tax_details_in_base_lines(base_lines, self.company_id)
        AccountTax._round_base_lines_tax_details(base_lines, self.company_id)
        return AccountTax._get_tax_totals_summary(
            base_lines=base_lines, currency=self.currency_id, company=self.company_id)['total_amount_currency']

    def _prepare_cash_discount_base_lines(self, base_lines):
        """The lines by which an invoice lowers its taxes where the terms always tax what is left after a cash discount.

        Core rounds what they take off line by line, and not as it does on the order.

        :return: list of base lines
        """
        term = self.payment_term_id
        if not term.early_discount or term.early_pay_discount_computation != 'mixed':
            return []
        AccountTax = self.env['account.tax']
        amounts = defaultdict(float)
        for base_line in base_lines:
            if base_line['tax_ids']:
                AccountTax._add_tax_details_in_base_line(base_line, self.company_id)
                AccountTax._round_base_lines_tax_details([base_line], self.company_id)
                taxes = base_line['tax_ids'].filtered(lambda tax: tax.amount_type != 'fixed')
                amounts[taxes] += self.currency_id.round(
                    base_line['tax_details']['total_excluded_currency'] * term.discount_percentage / 100)
        return [
            AccountTax._prepare_base_line_for_taxes_computation(
                self, price_unit=price, quantity=1.0, currency_id=self.currency_id, sign=1, tax_ids=taxes,
                special_mode='total_excluded', special_type='early_payment')
            for own_taxes, amount in amounts.items()
            for price, taxes in ((-amount, own_taxes), (amount, own_taxes.browse()))]
