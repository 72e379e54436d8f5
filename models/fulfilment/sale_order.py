from datetime import datetime, time

import pytz

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL


class SaleOrder(models.Model):
    _inherit = 'sale.order'

    lifecycle_phase = fields.Selection(selection_add=[
        ('production', "Production"), ('delivery', "Delivery"), ('settlement', "Settlement"), ('cancelled',),
    ])

    # promise
    promised_date = fields.Date(
        compute='_compute_promised_date', inverse='_inverse_promised_date', store=True, readonly=False, copy=False,
        help="The day on which the customer has been promised the delivery.")
    is_late = fields.Boolean(
        "Late", compute='_compute_is_late', search='_search_is_late',
        help="Fulfilled after the promised date, or not fulfilled and the promised date is over.")

    # facts
    fulfilment_state = fields.Selection(
        [('none', "Not Confirmed"), ('waiting', "Waiting"), ('ready', "Ready to Deliver"),
         ('partial', "Partly Delivered"), ('done', "Fulfilled")],
        string="Fulfilment", compute='_compute_fulfilment', store=True, copy=False)
    ready_at = fields.Datetime(
        compute='_compute_fulfilment', store=True, copy=False,
        help="When the first goods were ready to be delivered.")
    fulfilled_at = fields.Datetime(
        compute='_compute_fulfilment', store=True, copy=False,
        help="When the last goods were delivered and the last service was done.")

    # -- compute, inverse and search ------------------------------------------------------------

    @api.depends('commitment_date', 'policy_id')
    def _compute_promised_date(self):
        for order in self:
            order.promised_date = order._to_lifecycle_date(order.commitment_date)

    def _inverse_promised_date(self):
        for order in self:
            # A promise of the same day keeps the hour that it may have.
            if order._to_lifecycle_date(order.commitment_date) != order.promised_date:
                order.commitment_date = order._get_promised_datetime(order.promised_date)

    @api.onchange('promised_date')
    def _onchange_promised_date(self):
        # Inverses wait for the save, but the form tells at once what is missing and what is too early.
        self._inverse_promised_date()

    @api.depends('promised_date', 'fulfilled_at', 'state', 'policy_id')
    def _compute_is_late(self):
        now = fields.Datetime.now()
        for order in self:
            order.is_late = bool(
                order.policy_id and order.state != 'cancel' and order.promised_date
                and order._to_lifecycle_date(order.fulfilled_at or now) > order.promised_date
            )

    @api.model
    def _search_is_late(self, operator, value):
        if operator != 'in':
            return NotImplemented
        if True not in value:
            return Domain.FALSE
        late = []
        policies = self.env['order.policy'].sudo().with_context(active_test=False).search([])
        for zone, group in policies.grouped(
                lambda policy: self._get_timezone(policy.calendar_id, policy.company_id)).items():
            today = pytz.utc.localize(fields.Datetime.now()).astimezone(zone).date()
            late.append(Domain('policy_id', 'in', group.ids) & (
                Domain('fulfilled_at', '=', False) & Domain('promised_date', '<', today)
                | Domain('fulfilled_at', '!=', False) & self._get_fulfilled_late_domain(zone)
            ))
        return Domain('state', '!=', 'cancel') & Domain.OR(late)

    @api.model
    def _get_fulfilled_late_domain(self, zone):
        """:return: Domain of fulfilled orders whose day of fulfilment in ``zone`` is after the promised one"""
        return Domain.custom(
            to_sql=lambda model, alias, query: SQL(
                "(%s AT TIME ZONE 'UTC' AT TIME ZONE %s)::date > %s",
                model._field_to_sql(alias, 'fulfilled_at', query), zone.zone,
                model._field_to_sql(alias, 'promised_date', query)),
            predicate=lambda order: order.is_late,
        )

    @api.depends(
        'state', 'policy_id', 'confirmed_at',
        'order_line.product_id', 'order_line.product_uom_qty', 'order_line.display_type',
        'order_line.is_downpayment', 'order_line.is_expense',
        'order_line.qty_delivered', 'order_line.service_delivered_at',
        'order_line.move_ids.state', 'order_line.move_ids.date',
        'order_line.move_ids.location_dest_id', 'order_line.move_ids.location_final_id',
    )
    def _compute_fulfilment(self):
        """Fulfilment from the facts of the order lines (articles F1, D1): transfers and services."""
        now = fields.Datetime.now()
        for order in self:
            if not order.policy_id or order.state != 'sale':
                order.fulfilment_state = 'none' if order.policy_id else False
                order.ready_at = order.fulfilled_at = False
                continue
            state, dates = order._get_fulfilment()
            order.fulfilment_state = state
            order.fulfilled_at = state == 'done' and max(dates, default=order.confirmed_at)
            # The moment of becoming ready is kept by no document, so it is kept here.
            order.ready_at = state != 'waiting' and (
                order.ready_at or min(dates, default=order.confirmed_at if state == 'done' else now))

    def _get_fulfilment(self):
        """What the lines of a confirmed order say.

        :return: pair of the value of ``fulfilment_state`` and the list of the dates (naive UTC) on
            which goods were delivered or services done so far
        """
        self.ensure_one()
        lines = self.order_line.filtered(lambda line: line._counts_for_fulfilment())
        facts = [line._get_fulfilment() for line in lines]
        dates = [date for fact in facts for date in fact['dates']]
        if all(fact['state'] == 'done' for fact in facts):
            return 'done', dates
        # What was cancelled is closed short, once anything else was delivered.
        if dates and all(fact['state'] in ('done', 'cancelled') for fact in facts):
            return 'done', dates
        if any(fact['state'] in ('partial', 'done') for fact in facts):
            return 'partial', dates
        if any(fact['is_ready'] for fact in facts):
            return 'ready', dates
        return 'waiting', dates

    def _compute_field_value(self, field):
        result = super()._compute_field_value(field)
        if field.compute == '_compute_fulfilment':
            governed = self.filtered(lambda order: order.id and order.policy_id)
            governed and governed._follow_fulfilment()
        return result

    def _follow_fulfilment(self):
        """Hook: the fulfilment of these orders has just been computed, in batch, and may be what it was."""

    # -- phase ----------------------------------------------------------------------------------

    @api.depends('fulfilment_state')
    def _compute_lifecycle_phase(self):
        return super()._compute_lifecycle_phase()

    def _get_lifecycle_phase(self):
        if self.state == 'sale':
            if self.fulfilment_state == 'done':
                return 'settlement'
            if self.fulfilment_state in ('ready', 'partial'):
                return 'delivery'
            return 'production'
        return super()._get_lifecycle_phase()

    def _get_waiting_for(self):
        waiting = super()._get_waiting_for()
        orders = self.sudo().filtered(lambda order: order.lifecycle_phase in ('production', 'delivery'))
        producing, buying = orders._get_orders_in_production(), orders._get_orders_in_purchase()
        for order in orders:
            facts = [line._get_fulfilment() for line in order.order_line if line._counts_for_fulfilment()]
            codes = []
            if order in producing:
                codes.append('production')
            if order in buying:
                codes.append('purchasing')
            if any(fact['is_ready'] for fact in facts):
                codes.append('logistics')
            if not codes:
                # Nobody has a document to work on: goods are for logistics to find, services
                # are entered as delivered by sales.
                has_goods = any(fact['kind'] == 'stock' and fact['state'] not in ('done', 'cancelled')
                                for fact in facts)
                codes.append('logistics' if has_goods else 'sales')
            waiting[order.id] += self._get_role_names(codes)
        for order in self.filtered(lambda order: order.lifecycle_phase == 'settlement'):
            waiting[order.id] += self._get_role_names(['finance'])
        return waiting

    @api.model
    def _get_role_names(self, codes):
        """:return: list of the translated names of the roles with these codes"""
        return [self.env['order.role']._get_by_code(code).sudo().name for code in codes]

    def _get_orders_in_production(self):
        """:return: those of the orders that have an open manufacturing order, on any level"""
        productions = self.env['mrp.production'].search(
            Domain('state', 'not in', ('done', 'cancel'))
            & (Domain('reference_ids.sale_ids', 'in', self.ids) | Domain('sale_line_id.order_id', 'in', self.ids))
        ) if self else self.env['mrp.production']
        return productions.reference_ids.sale_ids | productions.sale_line_id.order_id

    def _get_orders_in_purchase(self):
        """:return: those of the orders for which something is being bought and has not arrived"""
        orders = self.browse()
        if not self:
            return orders
        PurchaseLine = self.env['purchase.order.line']
        links = Domain('order_id.reference_ids.sale_ids', 'in', self.ids)
        if 'sale_line_id' in PurchaseLine._fields:
            links |= Domain('sale_line_id.order_id', 'in', self.ids)
        lines = PurchaseLine.search(
            links & Domain('order_id.state', '!=', 'cancel') & Domain('display_type', '=', False)
        ).filtered(lambda line: line.product_uom_id.compare(line.qty_received, line.product_qty) < 0)
        orders |= lines.order_id.reference_ids.sale_ids
        if 'sale_line_id' in PurchaseLine._fields:
            orders |= lines.sale_line_id.order_id
        return orders

    # -- guarded fields -------------------------------------------------------------------------

    def _get_guarded_fields(self):
        return super()._get_guarded_fields() | {'fulfilment_state', 'ready_at', 'fulfilled_at'}

    # -- time zone ------------------------------------------------------------------------------

    @api.model
    def _get_timezone(self, calendar, company):
        """:return: the tzinfo of a working calendar, else of the company's"""
        return pytz.timezone((calendar or company.resource_calendar_id).tz or 'UTC')

    def _get_lifecycle_timezone(self):
        """:return: the tzinfo in which the days of this order are counted: the policy's, else the company's"""
        self.ensure_one()
        order_sudo = self.sudo()
        return self._get_timezone(order_sudo.policy_id.calendar_id, order_sudo.company_id)

    def _to_lifecycle_date(self, moment):
        """:return: the date of a naive UTC datetime where the order is worked on, False without one"""
        if not moment:
            return False
        return pytz.utc.localize(moment).astimezone(self._get_lifecycle_timezone()).date()

    def _get_promised_datetime(self, date):
        """:return: noon of a date where the order is worked on, as naive UTC datetime; False without one"""
        if not date:
            return False
        noon = self._get_lifecycle_timezone().localize(datetime.combine(date, time(12)))
        return noon.astimezone(pytz.utc).replace(tzinfo=None)
