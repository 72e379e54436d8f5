from odoo import models

from .review_facts import make_row, make_section, make_table


class SaleOrder(models.Model):
    """What the sales desk judges (article R1): specification, promised date, prices and the terms of payment."""
    _inherit = 'sale.order'

    def _get_review_facts_sales(self):
        prices = self._get_price_sections()
        return {
            order.id: [
                order._get_specification_section(),
                *filter(None, [order._get_promise_section(), prices.get(order.id)]),
                order._get_sales_terms_section(),
            ] for order in self
        }

    def _get_specification_section(self):
        """:return: section: whether every line says what is to be delivered"""
        self.ensure_one()
        write = self._get_fact_writer()
        defects = {line: line._get_specification_defects() for line in self._get_fact_lines()}
        wrong = [line for line, sentences in defects.items() if sentences]
        if not defects:
            state = write.text(self.env._("The order has no lines"), 'bad')
        elif wrong:
            state = write.text(self.env._(
                "%(count)s of %(total)s to clarify", count=len(wrong), total=len(defects)), 'bad')
        else:
            state = write.text(self.env._("All complete"), 'ok')
        return make_section(
            'specification', self.env._("Specification"),
            [make_row('specification', self.env._("Lines"), state)],
            make_table(
                {'product': self.env._("Line"), 'defect': self.env._("To clarify")},
                [[write.text(line.product_id.display_name or line.name), write.text(" ".join(defects[line]), 'bad')]
                 for line in wrong]) if wrong else None)

    def _get_promise_section(self):
        """:return: section: the promised day against the customer lead times of the products; None for services"""
        self.ensure_one()
        write, today, promised = self._get_fact_writer(), self._get_lifecycle_today(), self.promised_date
        earliest = self._to_lifecycle_date(self.expected_date)
        if not promised:
            level, note = 'warn', self.env._("No date is promised.")
        elif promised < today:
            level, note = 'bad', self.env._("The date has passed.")
        elif earliest and promised < earliest:
            level, note = 'warn', self.env._("%(days)s d earlier than the usual date.", days=(earliest - promised).days)
        else:
            level, note = 'ok', None
        lead = max((line.customer_lead for line in self._get_goods_lines()), default=None)
        return make_section('promise', self.env._("Promised Date"), [
            make_row('promised', self.env._("Promised date"), write.date(promised, level), note),
            make_row('earliest', self.env._("Usual date"), write.date(earliest), self.env._(
                "Based on the lead times of the products, at most %(days)s d.", days=f"{lead:g}"))
            if lead is not None else None,
        ])

    def _get_sales_terms_section(self):
        """:return: section: terms and method of payment against those of the customer"""
        self.ensure_one()
        write, customer = self._get_fact_writer(), self.partner_id.commercial_partner_id
        return make_section('terms', self.env._("Payment"), [
            self._get_agreed_row(
                'payment_term', self.env._("Payment terms"), self.payment_term_id, customer.property_payment_term_id),
            self._get_agreed_row(
                'payment_method', self.env._("Payment method"), self.preferred_payment_method_line_id,
                customer.property_inbound_payment_method_line_id),
            self._get_prepayment_row(write),
        ])

    def _get_agreed_row(self, name, label, value, agreed):
        """:return: row of a value of the order, which is to be the one that is agreed with the customer"""
        write = self._get_fact_writer()
        if not value and not agreed:
            return make_row(name, label, write.text(False))
        if not agreed:
            return make_row(
                name, label, write.text(value.display_name), self.env._("No date is agreed with the customer."))
        if value == agreed:
            return make_row(name, label, write.text(value.display_name, 'ok'))
        return make_row(
            name, label, write.text(value.display_name, 'warn'),
            self.env._("Agreed with the customer: %(agreed)s.", agreed=agreed.display_name))

    def _get_prepayment_row(self, write):
        """:return: row of what the customer pays online before the order is confirmed, None where nothing is asked"""
        if not self.require_payment:
            return None
        return make_row(
            'prepayment', self.env._("Prepaid online"), write.percent(100.0 * self.prepayment_percent))
