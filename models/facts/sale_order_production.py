from collections import defaultdict
from datetime import timedelta

from odoo import fields, models
from odoo.fields import Domain

from ..production.material_plan import get_first_covered
from .review_facts import judge_date, judge_load, make_row, make_section, make_table

# How far the load of a work centre is looked at where nothing is promised, and at most where it is full.
_LOAD_DAYS = 30
_LOAD_HORIZON = timedelta(days=365)


class SaleOrder(models.Model):
    """What production judges (articles R4, F1): stock, bills of materials, components and work centres."""
    _inherit = 'sale.order'

    def _get_review_facts_production(self):
        plans = self._get_material_plans()
        loads = self._get_work_loads(plans)
        dates = self._get_production_dates(plans, loads)
        return {
            order.id: list(filter(None, [
                order._get_feasibility_section(plans[order.id], dates[order.id]),
                order._get_load_section(loads[order.id]),
            ])) for order in self
        }

    def _get_review_facts_plan_production(self):
        return self._get_review_facts_production()

    def _get_proposed_dates_production(self):
        """:return: dict order id → first working day on which all goods can be there"""
        plans = self._get_material_plans()
        dates = self._get_production_dates(plans, self._get_work_loads(plans))
        return {order_id: date for order_id, date in dates.items() if date}

    def _get_production_dates(self, plans, loads):
        """When production can be ready: when the last goods are there and the work centres have found the time.

        :param plans: as :meth:`_get_material_plans`
        :param loads: as :meth:`_get_work_loads`
        :return: dict order id → date, False where something is missing that nobody supplies
        """
        dates = {}
        for order in self:
            days = list(plans[order.id].line_days.values())
            date = order._get_working_day(None if None in days else max(days, default=0))
            finished = [load['finished'] for load in loads[order.id]]
            if date and None not in finished:
                dates[order.id] = max([date, *(order._to_lifecycle_date(moment) for moment in finished)])
            else:
                dates[order.id] = False
        return dates

    # -- feasibility ----------------------------------------------------------------------------

    def _get_feasibility_section(self, plan, date):
        """:param plan: :class:`MaterialPlan` of this order
        :param date: the date on which production can be ready, False where that is not known
        :return: section: for each product what is free, forecast and made, and when it is there"""
        self.ensure_one()
        write, promised = self._get_fact_writer(), self.promised_date
        rows = [
            make_row('promised', self.env._("Promised date"), write.date(promised, None if promised else 'warn')),
            make_row(
                'ready', self.env._("Earliest completion date"), write.date(date, judge_date(date, promised)),
                None if date else self.env._("A required product has no source of supply.")),
        ]
        table = [
            self._get_feasibility_cells(line.product_id, line._get_goods_quantity(), plan, day)
            for line, day in plan.line_days.items()]
        lines = {line.product_id for line in plan.line_days}
        # What the goods are made of, where it is short.
        table += [
            self._get_feasibility_cells(product, plan.needed[product], plan, plan.days[product], is_part=True)
            for product in plan.needed if product not in lines and plan.days[product] != 0]
        if not table:
            return make_section('feasibility', self.env._("Feasibility"), [
                make_row('goods', self.env._("Goods"), write.text(self.env._("None, services only"), 'ok'))])
        return make_section('feasibility', self.env._("Feasibility"), rows, make_table({
            'product': self.env._("Product"), 'quantity': self.env._("Needed"), 'free': self.env._("Free to Use"),
            'forecast': self.env._("On Promised Date"), 'way': self.env._(
                "Supply Method"), 'ready': self.env._("Available On"),
        }, table))

    def _get_feasibility_cells(self, product, quantity, plan, day, is_part=False):
        """:return: list of the cells of one product"""
        write, date = self._get_fact_writer(), self._get_working_day(day)
        free, projection = plan.free.get(product), plan.projections.get(product, ())
        name = self.env._("↳ %(product)s", product=product.display_name) if is_part else product.display_name
        return [
            write.text(name), write.quantity(quantity, product.uom_id),
            write.text(False) if free is None else write.quantity(
                free, product.uom_id, 'ok' if free >= quantity else None),
            write.text(False) if free is None else write.quantity(
                self._get_forecast(projection), product.uom_id),
            write.text(self._describe_way(product, quantity, plan)),
            write.date(date, judge_date(date, self.promised_date) or (None if date else 'bad')),
        ]

    def _get_forecast(self, projection):
        """:return: the stock that is projected for the promised day, or in the end where none is promised"""
        self.ensure_one()
        last = (self.promised_date - self._get_lifecycle_today()).days if self.promised_date else None
        quantities = [quantity for day, quantity in projection if last is None or day <= max(last, 0)]
        return quantities[-1] if quantities else 0.0

    def _describe_way(self, product, quantity, plan):
        """:return: translated text for where the product comes from"""
        recipe = plan.recipes.get(product)
        if recipe and recipe.is_kit:
            return self.env._("Kit, by components")
        if product in plan.made:
            return self.env._("Manufacture, %(days)s d", days=f"{recipe.days:g}")
        if product in plan.bought:
            source = plan.sources.get(product)
            return self.env._("Buy, %(days)s d", days=f"{source.days:g}") if source else (
                self.env._("No bill of materials, no vendor"))
        if plan.free.get(product, quantity) < quantity and get_first_covered(
                plan.projections.get(product, ()), quantity) is not None:
            return self.env._("In transit")
        return self.env._("In stock")

    # -- work centres ---------------------------------------------------------------------------

    def _get_work_hours(self, plan):
        """:return: dict ``mrp.workcenter`` → hours that it needs for what an order has made"""
        hours = defaultdict(float)
        boms = plan.boms
        for product, quantity in plan.made.items():
            bom = boms[product]
            for operation in bom.operation_ids:
                if operation._skip_operation_line(product):
                    continue
                capacity, setup, cleanup = operation.workcenter_id._get_capacity(
                    product, product.uom_id, bom.product_qty or 1)
                cycles = -(-quantity // (capacity or 1))
                minutes = setup + cleanup + cycles * operation.time_cycle * 100.0 / (
                    operation.workcenter_id.time_efficiency or 100.0)
                hours[operation.workcenter_id] += minutes / 60.0
        return hours

    def _get_work_loads(self, plans):
        """How busy the work centres are that these orders need, until the promised day.

        :return: dict order id → list of dicts ``workcenter``, ``own`` (hours for the order), ``planned`` (hours of
            open work orders until then), ``capacity`` (working hours until then), ``percent`` (None without
            working hours) and ``finished`` (when it is through with all, naive UTC, None beyond a year)
        """
        own = {order.id: order._get_work_hours(plans[order.id]) for order in self}
        workcenters = self.env['mrp.workcenter'].union(*(workcenter for hours in own.values() for workcenter in hours))
        if not workcenters:
            return {order.id: [] for order in self}
        backlog = self._get_work_backlog(workcenters)
        now = fields.Datetime.now()
        spans = {
            calendar: self.env['order.review']._get_working_time(calendar, now, now + _LOAD_HORIZON)
            for calendar in workcenters.resource_calendar_id}
        return {
            order.id: [
                order._get_work_load(workcenter, hours, backlog[workcenter], spans.get(workcenter.resource_calendar_id))
                for workcenter, hours in own[order.id].items()
            ] for order in self
        }

    def _get_work_backlog(self, workcenters):
        """:return: dict ``mrp.workcenter`` → list of (day on which it is planned, or False; hours) of open work"""
        backlog = defaultdict(list)
        Workorder = self.env['mrp.workorder'].with_context(tz=self.env.company._get_working_time_zone().zone)
        for workcenter, day, minutes in Workorder._read_group(
                Domain('workcenter_id', 'in', workcenters.ids) & Domain('state', 'not in', ('done', 'cancel')),
                ['workcenter_id', 'date_start:day'], ['duration_expected:sum']):
            backlog[workcenter].append((day and day.date(), (minutes or 0.0) / 60.0))
        return backlog

    def _get_work_load(self, workcenter, hours, backlog, span):
        """:param span: ``WorkingTime`` of the work centre from now on, None where it has no calendar
        :return: dict, as :meth:`_get_work_loads`"""
        self.ensure_one()
        now = fields.Datetime.now()
        last = self.promised_date or self._get_lifecycle_today() + timedelta(days=_LOAD_DAYS)
        end = max(self._get_promised_datetime(last), now)
        planned = sum(amount for day, amount in backlog if not day or day <= last)
        capacity = span.hours_until(end) if span else (end - now).total_seconds() / 3600
        finished = (
            span.moment_after(planned + hours) if span else now + timedelta(hours=planned + hours))
        return {
            'workcenter': workcenter, 'own': hours, 'planned': planned, 'capacity': capacity,
            'percent': 100.0 * (planned + hours) / capacity if capacity > 0 else None,
            'finished': finished if hours else now,
        }

    def _get_load_section(self, loads):
        """:return: section: the work centres that the order needs; None where it needs none"""
        self.ensure_one()
        if not loads:
            return None
        write = self._get_fact_writer()
        return make_section('load', self.env._("Work Centers until the Promised Date"), table=make_table({
            'workcenter': self.env._("Work Center"), 'own': self.env._("This Order"),
            'planned': self.env._("Planned"), 'capacity': self.env._("Working Hours"),
            'load': self.env._("Load"), 'finished': self.env._("Completed On"),
        }, [[
            write.text(load['workcenter'].name), write.hours(load['own']), write.hours(load['planned']),
            write.hours(load['capacity']), write.percent(load['percent'], judge_load(load['percent'])),
            write.date(load['finished'] and self._to_lifecycle_date(load['finished'])),
        ] for load in loads]))
