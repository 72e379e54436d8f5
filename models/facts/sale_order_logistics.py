from odoo import models

from .review_facts import get_worst, judge_date, make_row, make_section, make_table


class SaleOrder(models.Model):
    """What logistics judges (article R4): where the goods go, by which way, and when they can."""
    _inherit = 'sale.order'

    def _get_review_facts_logistics(self):
        plans = self._get_material_plans()
        dates = self._get_delivery_dates(plans)
        return {
            order.id: [
                order._get_address_section(), order._get_transport_section(),
                order._get_readiness_section(plans[order.id], dates[order.id]),
            ] for order in self
        }

    def _get_review_facts_plan_delivery(self):
        return self._get_review_facts_logistics()

    def _get_proposed_dates_delivery(self):
        """:return: dict order id → the promised day where it can be kept, else the first working day that can"""
        dates = self._get_delivery_dates(self._get_material_plans())
        return {
            order.id: max(dates[order.id], order.promised_date or dates[order.id])
            for order in self if dates[order.id]
        }

    def _get_delivery_dates(self, plans):
        """When these orders can be delivered: on the day of the production plan, or else when the goods are there.

        :param plans: as :meth:`_get_material_plans`
        :return: dict order id → date, False where something is missing that nobody supplies
        """
        produced = self._get_production_plans()
        missing = self.filtered(lambda order: not produced[order.id])
        ready = missing._get_production_dates(plans, missing._get_work_loads(plans))
        dates = {}
        for order in self:
            ready_date = produced[order.id] or ready[order.id]
            dates[order.id] = ready_date and order._get_working_day(
                (ready_date - order._get_lifecycle_today()).days + order.company_id.security_lead)
        return dates

    def _get_production_plans(self):
        """:return: dict order id → the day that production has planned, approved or entered only; False without one"""
        return {
            order.id: max((
                review.planned_date for review in order.review_ids
                if review.stage_id.requires_plan == 'production' and review.planned_date and not review.voided_at
                and review.state in ('pending', 'approved')
            ), default=False) for order in self
        }

    # -- address --------------------------------------------------------------------------------

    def _get_address_section(self):
        """:return: section: whether the delivery address is complete"""
        self.ensure_one()
        write, partner = self._get_fact_writer(), self.partner_shipping_id
        missing = self._get_missing_address()
        return make_section('address', self.env._("Delivery Address"), [
            make_row('recipient', self.env._("Recipient"), write.text(partner.display_name)),
            make_row('address', self.env._("Address"), write.text(
                ", ".join(filter(None, partner._display_address(without_company=True).split("\n"))),
                get_worst(level for _field, level in missing) or 'ok'), self.env._(
                    "Missing: %(fields)s.", fields=", ".join(label for label, _level in missing)) if missing else None),
            make_row('phone', self.env._("Phone"), write.text(partner.phone or self.partner_id.phone)),
            make_row(
                'other', self.env._("Different from the customer's"), write.text(self.env._("Yes")),
                self.partner_id.display_name)
            if partner.commercial_partner_id != self.partner_id.commercial_partner_id else None,
        ])

    def _get_missing_address(self):
        """What a carrier would ask for.

        :return: list of pairs (label of a field, level)
        """
        self.ensure_one()
        partner = self.partner_shipping_id
        missing = [
            (partner._fields[name]._description_string(self.env), level)
            for name, level in (('street', 'bad'), ('city', 'bad'), ('country_id', 'bad'), ('zip', 'warn'))
            if not partner[name]]
        if not (partner.phone or self.partner_id.phone):
            missing.append((partner._fields['phone']._description_string(self.env), 'warn'))
        return missing

    # -- transport ------------------------------------------------------------------------------

    def _get_transport_section(self):
        """:return: section: warehouse, carrier, route, weight and volume"""
        self.ensure_one()
        write = self._get_fact_writer()
        lines = [line for line in self._get_goods_lines() if line.product_id]
        routes = self.env['stock.route'].union(*(line.route_ids for line in lines))
        Template = self.env['product.template']
        weight = sum(line.product_id.weight * line._get_goods_quantity() for line in lines)
        volume = sum(line.product_id.volume * line._get_goods_quantity() for line in lines)
        unweighed = sum(not line.product_id.weight for line in lines)
        rows = [
            make_row('warehouse', self.env._("Warehouse"), write.text(self.warehouse_id.display_name)),
            make_row('policy', self.env._("Shipping"), write.text(dict(
                self._fields['picking_policy']._description_selection(self.env))[self.picking_policy])),
            make_row('route', self.env._("Route"), write.text(", ".join(routes.mapped('name')))) if routes else None,
            make_row('incoterm', self.env._("Incoterm"), write.text(self.incoterm.display_name))
            if self.incoterm else None,
            make_row('weight', self.env._("Weight"), write.measure(
                weight, Template._get_weight_uom_name_from_ir_config_parameter()),
                self.env._("Lines without a weight: %(count)s.", count=unweighed) if unweighed else None)
            if weight else None,
            make_row('volume', self.env._("Volume"), write.measure(
                volume, Template._get_volume_uom_name_from_ir_config_parameter())) if volume else None,
        ]
        if 'carrier_id' in self._fields:
            rows.insert(1, make_row('carrier', self.env._("Carrier"), write.text(
                self.carrier_id.name, 'ok' if self.carrier_id else 'warn')))
        return make_section('transport', self.env._("Transport"), rows)

    # -- readiness ------------------------------------------------------------------------------

    def _get_readiness_section(self, plan, date):
        """:return: section: from when the goods can be delivered, against the promise"""
        self.ensure_one()
        write, promised = self._get_fact_writer(), self.promised_date
        produced = self._get_production_plans()[self.id]
        rows = [
            make_row('promised', self.env._("Promised date"), write.date(promised, None if promised else 'warn')),
            make_row('production', self.env._("Production plan"), write.date(produced)) if produced else None,
            make_row(
                'deliverable', self.env._("Earliest delivery date"), write.date(date, judge_date(date, promised)),
                None if date else self.env._("A required product has no source of supply.")),
        ]
        table = [[
            write.text(line.product_id.display_name),
            write.quantity(line._get_goods_quantity(), line.product_id.uom_id),
            write.text(False) if plan.free.get(line.product_id) is None else write.quantity(
                plan.free[line.product_id], line.product_id.uom_id),
            write.date(
                self._get_working_day(day), judge_date(self._get_working_day(day), promised)
                or (None if day is not None else 'bad')),
        ] for line, day in plan.line_days.items()]
        return make_section('readiness', self.env._("Goods"), rows, make_table({
            'product': self.env._("Product"), 'quantity': self.env._("Needed"), 'free': self.env._("Free to Use"),
            'ready': self.env._("Available On"),
        }, table) if table else None)
