from odoo import models

from .review_facts import make_row, make_section, make_table


class SaleOrder(models.Model):
    """What a payment plan is made from (article R4): the instalments of the payment terms."""
    _inherit = 'sale.order'

    def _get_review_facts_plan_payment(self):
        return {order.id: [order._get_instalments_section()] for order in self}

    def _get_proposed_dates_payment(self):
        """:return: dict order id → date on which the last instalment is due"""
        return {order.id: max(date for date, _amount in order._get_instalments()) for order in self}

    def _get_expected_invoice_date(self):
        """:return: the date from which the terms are counted: the delivery that logistics has confirmed, else the
            promised one, else today"""
        self.ensure_one()
        today = self._get_lifecycle_today()
        date = self._get_planned_date('delivery') or self.promised_date
        return max(date, today) if date else today

    def _get_instalments(self):
        """What the customer pays when, as the terms of the order say.

        :return: list of pairs (date, amount in the currency of the order), never empty
        """
        self.ensure_one()
        start = self._get_expected_invoice_date()
        if not self.payment_term_id:
            return [(start, self.amount_total)]
        company = self.company_id
        rate = self.currency_rate or 1.0
        terms = self.payment_term_id._compute_terms(
            date_ref=start, currency=self.currency_id, company=company, sign=1,
            tax_amount=company.currency_id.round(self.amount_tax / rate), tax_amount_currency=self.amount_tax,
            untaxed_amount=company.currency_id.round(self.amount_untaxed / rate),
            untaxed_amount_currency=self.amount_untaxed)
        return [(line['date'], line['foreign_amount']) for line in terms['line_ids']] or [(start, self.amount_total)]

    def _get_instalments_section(self):
        """:return: section: the instalments with their dates"""
        self.ensure_one()
        write, instalments = self._get_fact_writer(), self._get_instalments()
        return make_section('instalments', self.env._("Instalments"), [
            make_row('payment_term', self.env._("Payment terms"), write.text(self.payment_term_id.display_name or (
                self.env._("Due on invoicing")))),
            make_row(
                'start', self.env._("Counted from"), write.date(self._get_expected_invoice_date()),
                self.env._("The expected date of the invoice.")),
        ], make_table(
            {'number': self.env._("Instalment"), 'date': self.env._("Due on"), 'amount': self.env._("Amount"),
             'share': self.env._("Share")},
            [[
                write.number(number), write.date(date), write.amount(amount),
                write.percent(100.0 * amount / self.amount_total if self.amount_total else None),
            ] for number, (date, amount) in enumerate(instalments, 1)]))
