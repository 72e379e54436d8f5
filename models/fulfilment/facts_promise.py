from odoo import fields, models

from ..review.review_facts import make_row, make_section


class SaleOrder(models.Model):
    """The promised date against the lead times (article R1), for sales, and as base of the payment plan."""
    _inherit = 'sale.order'

    def _get_review_facts_sales(self):
        facts = super()._get_review_facts_sales()
        for order in self:
            if section := order._get_promise_section():
                facts[order.id].insert(1, section)
        return facts

    def _get_promise_section(self):
        """:return: section: the promised day against the customer lead times of the products; None for services"""
        self.ensure_one()
        write, today, promised = self._get_fact_writer(), self._get_lifecycle_today(), self.promised_date
        earliest = self._to_lifecycle_date(self.expected_date)
        if not promised:
            level, note = 'warn', self.env._("Nothing is promised.")
        elif promised < today:
            level, note = 'bad', self.env._("The day is over.")
        elif earliest and promised < earliest:
            level, note = 'warn', self.env._("Earlier than usual by %(days)s d.", days=(earliest - promised).days)
        else:
            level, note = 'ok', None
        lead = max((line.customer_lead for line in self._get_goods_lines()), default=None)
        return make_section('promise', self.env._("Promise"), [
            make_row('promised', self.env._("Promised date"), write.date(promised, level), note),
            make_row('earliest', self.env._("Usual date"), write.date(earliest), self.env._(
                "By the lead times of the products, the longest is %(days)s d.", days=f"{lead:g}"))
            if lead is not None else None,
        ])

    def _get_expected_invoice_date(self):
        # The day that logistics has confirmed says more than the promise.
        date = self._get_planned_date('delivery') or self.promised_date
        return max(date, fields.Date.context_today(self)) if date else super()._get_expected_invoice_date()
