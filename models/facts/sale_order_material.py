from collections import defaultdict
from datetime import timedelta

from odoo import fields, models
from odoo.fields import Domain

from ..production.material_plan import MaterialPlan, Recipe, Source

# Bills of materials are read level by level; deeper ones than this are taken as bought.
_MAX_LEVELS = 12


class SaleOrder(models.Model):
    """From when the goods of an order are there, for production, logistics and purchasing: in batch."""
    _inherit = 'sale.order'

    def _get_material_plans(self):
        """Plan the goods of these orders against free stock, what is on its way, bills of materials and vendors.

        Each order is planned by itself, as if it were confirmed now and the others were not.

        :return: dict order id → :class:`MaterialPlan` with products as keys and two attributes more: ``line_days``,
            dict order line → day from today on which its goods are there, None where nobody supplies them, and
            ``boms``, dict product → ``mrp.bom``
        """
        needs = {order.id: order._get_goods_lines() for order in self}
        boms = self._get_boms_below(self.env['product.product'].union(
            *(line.product_id for lines in needs.values() for line in lines)))
        recipes = {product: self._get_recipe(product, bom) for product, bom in boms.items() if bom}
        storable = self.env['product.product'].union(*boms).filtered('is_storable')
        sources = self._get_sources(storable)
        plans = {}
        for warehouse, orders in self.grouped('warehouse_id').items():
            free, projections = self._get_projected_stock(storable, warehouse)
            for order in orders:
                plan = MaterialPlan(free, projections, recipes, sources)
                plan.boms = boms
                plan.line_days = {
                    line: plan.add(line.product_id, line._get_goods_quantity()) for line in needs[order.id]}
                plans[order.id] = plan
        return plans

    def _get_goods_lines(self):
        """:return: list of the lines of this order that deliver goods"""
        self.ensure_one()
        return [
            line for line in self._get_fact_lines()
            if line._is_stock_line() and line.product_uom_id.compare(line.product_uom_qty, 0) > 0]

    def _get_boms_below(self, products):
        """The bills of materials of products and of all that they are made of, read level by level.

        :return: dict ``product.product`` → ``mrp.bom``, empty for what is not made
        """
        boms, level = {}, products
        for _number in range(_MAX_LEVELS):
            level = self.env['product.product'].union(*(product for product in level if product not in boms))
            if not level:
                break
            found = self.env['mrp.bom']._bom_find(level, company_id=self.env.company.id)
            boms.update((product, found[product]) for product in level)
            level = self.env['mrp.bom'].union(*(found[product] for product in level)).bom_line_ids.product_id
        boms.update((product, self.env['mrp.bom']) for product in level if product not in boms)
        return boms

    def _get_recipe(self, product, bom):
        """:return: :class:`Recipe` of a product, services and what its variant leaves out not counted"""
        batch = bom.product_uom_id._compute_quantity(
            bom.product_qty, product.uom_id, round=False, raise_if_failure=False) or 1.0
        return Recipe(bom.type == 'phantom', bom.produce_delay, tuple(
            (line.product_id, line.product_uom_id._compute_quantity(
                line.product_qty, line.product_id.uom_id, round=False, raise_if_failure=False) / batch)
            for line in bom.bom_line_ids
            if line.product_id.type == 'consu' and not line._skip_bom_line(product)))

    def _get_sources(self, products):
        """:return: dict ``product.product`` → :class:`Source`, the vendor that a purchase would be made from today;
            products without a vendor are missing"""
        products.seller_ids.mapped('partner_id.name')
        today, delay = self.env.company._get_local_date(), self.env.company.days_to_purchase
        sources = {}
        for product in products:
            sellers = product._prepare_sellers().filtered(lambda seller, product=product: (
                (not seller.date_start or seller.date_start <= today)
                and (not seller.date_end or seller.date_end >= today)
                and (not seller.product_id or seller.product_id == product)))
            if sellers:
                sources[product] = Source(sellers[0].partner_id.display_name, sellers[0].delay + delay)
        return sources

    def _get_projected_stock(self, products, warehouse):
        """What is free of products in a warehouse, and how their stock goes on by the transfers that are planned.

        :return: pair of dicts ``product.product`` → free quantity, and → list of (day from today, quantity)
        """
        products = products.with_context(warehouse_id=warehouse.id)
        stock = products._compute_quantities_dict(None, None, None)
        _quants, incoming, outgoing = products._get_domain_locations()
        # The days of what is planned are those of the company, as today is.
        today = self.env.company._get_local_date()
        steps = defaultdict(lambda: defaultdict(float))
        Move = self.env['stock.move'].with_context(tz=self.env.company._get_working_time_zone().zone)
        for sign, location in ((1, incoming), (-1, outgoing)):
            for product, day, quantity in Move._read_group(
                    Domain('product_id', 'in', products.ids)
                    & Domain('state', 'in', ('waiting', 'confirmed', 'assigned', 'partially_available')) & location,
                    ['product_id', 'date:day'], ['product_qty:sum']):
                # What is late is expected any day.
                steps[product.id][max((day.date() - today).days, 0)] += sign * quantity
        free, projections = {}, {}
        for product in products:
            free[product] = stock[product.id]['free_qty']
            projected = stock[product.id]['qty_available']
            projections[product] = [(0, projected)] if 0 not in steps[product.id] else []
            for day in sorted(steps[product.id]):
                projected += steps[product.id][day]
                projections[product].append((day, projected))
        return free, projections

    def _get_working_day(self, day):
        """:param day: number of days from today, None where it is not known
        :return: the first working day of the policy's calendar from then on, False where it is not known"""
        self.ensure_one()
        if day is None:
            return False
        date = fields.Date.add(self._get_lifecycle_today(), days=int(-(-day // 1)))
        calendar = self.policy_id.calendar_id or self.company_id.resource_calendar_id
        weekdays = {int(attendance.dayofweek) for attendance in calendar.attendance_ids}
        while weekdays and date.weekday() not in weekdays:
            date += timedelta(days=1)
        return date
