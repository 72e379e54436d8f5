from typing import NamedTuple

from odoo import fields, models

from .review_facts import (
    get_discount,
    get_margin,
    judge_margin,
    judge_price,
    make_row,
    make_section,
    make_table,
)


class LinePrice(NamedTuple):
    """The price of an order line beside what it could be, in the currency of the order and the unit of the line."""
    line: object
    net: float  # after the discount
    listed: float  # of the price list, today
    cost: float  # None where the product has none

    def get_total(self, value):
        """:return: what ``value`` a unit makes for the line"""
        return (value or 0.0) * self.line.product_uom_qty


class SaleOrder(models.Model):
    """Prices of orders against price list, lowest price and cost, for sales and finance."""
    _inherit = 'sale.order'

    def _get_line_prices(self):
        """The prices of the lines of these orders beside the price list of today and the cost.

        Rules of a price list are read once for all lines, not line by line as core does.

        :return: dict order id → list of :class:`LinePrice`, for lines with a product
        """
        now = fields.Datetime.now()
        prices = {order.id: [] for order in self}
        for pricelist, orders in self.grouped('pricelist_id').items():
            lines = [line for order in orders for line in order._get_fact_lines() if line.product_id]
            products = self.env['product.product'].union(*(line.product_id for line in lines))
            rules = pricelist._get_applicable_rules(products, now) if products else pricelist.item_ids
            for line in lines:
                prices[line.order_id.id].append(LinePrice(
                    line, line.price_unit * (1.0 - (line.discount or 0.0) / 100.0),
                    line._get_listed_price(rules, now), line._get_unit_cost(now)))
        return prices

    def _get_price_sections(self):
        """Prices against the price list and the lowest price; with costs and margin for who may see them.

        :return: dict order id → section
        """
        with_costs = self._may_see_costs()
        return {
            order_id: self.browse(order_id).with_prefetch(self._prefetch_ids)._get_price_section(prices, with_costs)
            for order_id, prices in self._get_line_prices().items() if prices
        }

    def _get_price_section(self, prices, with_costs):
        """:param prices: list of :class:`LinePrice`"""
        self.ensure_one()
        policy, write = self.policy_id, self._get_fact_writer()
        limit, minimum = policy.discount_limit, policy.minimum_price_percent
        columns = {
            'product': self.env._("Product"), 'quantity': self.env._("Quantity"),
            'price': self.env._("Net Price"), 'list_price': self.env._("List Price"),
            'discount': self.env._("Below List Price")}
        if minimum:
            columns['minimum'] = self.env._("Lowest Price")
        if with_costs:
            columns |= {'cost': self.env._("Cost"), 'margin': self.env._("Margin")}
        table = []
        for price in prices:
            line = price.line
            discount = get_discount(price.listed, price.net) if price.listed > 0 else None
            cells = [
                write.text(line.product_id.display_name), write.quantity(line.product_uom_qty, line.product_uom_id),
                write.amount(price.net, judge_price(price.listed, price.net, limit, minimum)),
                write.amount(price.listed), write.percent(discount)]
            if minimum:
                cells.append(write.amount(price.listed * minimum / 100.0))
            if with_costs:
                margin = None if price.cost is None else get_margin(line._get_untaxed_unit_price(), price.cost)
                cells += [
                    write.text(False) if price.cost is None else write.amount(price.cost),
                    write.percent(margin, judge_margin(margin, policy.minimum_margin))]
            table.append(cells)
        rows = [self._get_discount_row(prices)]
        if with_costs:
            rows += self._get_margin_rows(prices)
        return make_section('prices', self.env._("Prices"), rows, make_table(columns, table))

    def _get_discount_row(self, prices):
        """:return: row of what the order is below the price list in all"""
        write, limit = self._get_fact_writer(), self.policy_id.discount_limit
        listed, net = (
            sum(price.get_total(getattr(price, name)) for price in prices if price.listed > 0)
            for name in ('listed', 'net'))
        return make_row(
            'discount', self.env._("Total below price list"),
            write.percent(get_discount(listed, net) if listed > 0 else None, judge_price(
                listed, net, limit, self.policy_id.minimum_price_percent)),
            self.env._("Sales can grant up to %(limit)s %%.", limit=f"{limit:g}") if limit else None)

    def _get_margin_rows(self, prices):
        """:return: list of rows of the margin of the order in all, of the lines whose cost is known"""
        write, minimum = self._get_fact_writer(), self.policy_id.minimum_margin
        known = [price for price in prices if price.cost is not None]
        if not known:
            return [make_row('margin', self.env._("Margin in percent"), write.percent(None), self.env._(
                "No product of the order has a cost."))]
        revenue = sum(price.get_total(price.line._get_untaxed_unit_price()) for price in known)
        cost = sum(price.get_total(price.cost) for price in known)
        margin = get_margin(revenue, cost)
        rows = [
            make_row('margin_amount', self.env._("Margin"), write.amount(revenue - cost)),
            make_row(
                'margin', self.env._("Margin in percent"), write.percent(margin, judge_margin(margin, minimum)),
                self.env._("Target: at least %(minimum)s %%.", minimum=f"{minimum:g}") if minimum else None),
        ]
        if len(known) < len(prices):
            rows.append(make_row(
                'without_cost', self.env._("Products without a cost"), write.number(len(prices) - len(known), 'warn'),
                self.env._("They are not included in the margin.")))
        return rows
