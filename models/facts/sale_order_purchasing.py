from odoo import models

from .review_facts import judge_date, make_row, make_section, make_table


class SaleOrder(models.Model):
    """What purchasing judges (article F2): what has to be bought, from whom, and when it is there."""
    _inherit = 'sale.order'

    def _get_review_facts_purchasing(self):
        plans = self._get_material_plans()
        return {order.id: [order._get_shortage_section(plans[order.id])] for order in self}

    def _get_shortage_section(self, plan):
        """:param plan: :class:`MaterialPlan` of this order
        :return: section: products and components that neither stock nor open purchases cover"""
        self.ensure_one()
        write, promised = self._get_fact_writer(), self.promised_date
        unsupplied = [product for product in plan.bought if product not in plan.sources]
        if not plan.bought:
            state = write.text(self.env._("None, stock and open purchases are sufficient"), 'ok')
        elif unsupplied:
            state = write.text(self.env._(
                "%(count)s, of which without a vendor: %(unsupplied)s",
                count=len(plan.bought), unsupplied=len(unsupplied)), 'bad')
        else:
            state = write.number(len(plan.bought))
        rows = [
            make_row('promised', self.env._("Promised date"), write.date(promised, None if promised else 'warn')),
            make_row('to_buy', self.env._("Products to buy"), state),
        ]
        return make_section('shortages', self.env._("Component and Product Shortages"), rows, make_table({
            'product': self.env._("Product"), 'needed': self.env._("Needed"), 'free': self.env._("Free to Use"),
            'short': self.env._("Shortage"), 'vendor': self.env._("Vendor"), 'delay': self.env._("Lead Time"),
            'ready': self.env._("Available On"),
        }, [self._get_shortage_cells(product, short, plan) for product, short in plan.bought.items()],
        ) if plan.bought else None)

    def _get_shortage_cells(self, product, short, plan):
        """:return: list of the cells of a product that has to be bought"""
        write, source = self._get_fact_writer(), plan.sources.get(product)
        date = self._get_working_day(source.days) if source else False
        return [
            write.text(product.display_name), write.quantity(plan.needed[product], product.uom_id),
            write.quantity(plan.free.get(product, 0.0), product.uom_id),
            write.quantity(short, product.uom_id),
            write.text(source.name if source else False, None if source else 'bad'),
            write.days(source.days if source else None),
            write.date(date, judge_date(date, self.promised_date) or (None if date else 'bad')),
        ]
