from collections import defaultdict
from datetime import datetime, time

import pytz

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL, format_date

PROGRESS_ICONS = {'purchase': 'fa-shopping-cart', 'production': 'fa-cogs', 'delivery': 'fa-truck'}


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

    # documents and how far they are
    production_ids = fields.Many2many(
        'mrp.production', string="All Manufacturing Orders", compute='_compute_document_ids', compute_sudo=True,
        help="What is made for this order, components included.")
    purchase_ids = fields.Many2many(
        'purchase.order', string="Purchases", compute='_compute_document_ids', compute_sudo=True,
        help="What is bought for this order, components included.")
    production_count = fields.Integer(compute='_compute_progress', compute_sudo=True)
    purchase_count = fields.Integer(compute='_compute_progress', compute_sudo=True)
    production_progress = fields.Integer(
        "Produced (%)", compute='_compute_progress', compute_sudo=True,
        help="How much of what is made for this order is made; every product counts the same.")
    purchase_progress = fields.Integer(
        "Received from Vendors (%)", compute='_compute_progress', compute_sudo=True,
        help="How much of what is bought for this order has arrived; every product counts the same.")
    delivery_progress = fields.Integer(
        "Delivered (%)", compute='_compute_progress', compute_sudo=True,
        help="How much of the goods is delivered to the customer; every line counts the same.")
    progress_summary = fields.Json(
        "Progress", compute='_compute_progress_summary', compute_sudo=True, help="While the order is being fulfilled.")
    fulfilment_documents = fields.Json(compute='_compute_fulfilment_documents')
    planned_production_date = fields.Date(
        "Production Plan", compute='_compute_planned_dates', compute_sudo=True,
        help="The day by which production has confirmed to be ready.")
    planned_delivery_date = fields.Date(
        "Delivery Plan", compute='_compute_planned_dates', compute_sudo=True,
        help="The day on which logistics has confirmed to deliver.")

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
        self._check_field_access(self._fields['is_late'], 'read')
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
        orders._read_documents()
        bought = orders._get_purchase_lines()
        for order in orders:
            facts = [line._get_fulfilment() for line in order.order_line if line._counts_for_fulfilment()]
            codes = []
            if any(production.state not in ('done', 'cancel') for production in order._get_productions()):
                codes.append('production')
            if any(not line._has_arrived() for line, _share in bought[order.id]):
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

    # -- documents ------------------------------------------------------------------------------

    @api.depends('stock_reference_ids.production_ids', 'stock_reference_ids.purchase_ids', 'order_line')
    def _compute_document_ids(self):
        for order in self:
            order.production_ids = order._get_productions()
            order.purchase_ids = order._get_purchases()

    def _get_productions(self):
        """:return: the manufacturing orders for these orders, on every level; to be asked as superuser"""
        return (self.stock_reference_ids.production_ids | self.order_line.production_ids)._origin

    def _get_purchases(self):
        """:return: the purchases for these orders, components included; to be asked as superuser"""
        purchases = self.stock_reference_ids.purchase_ids
        if 'purchase_line_ids' in self.order_line._fields:
            purchases |= self.order_line.purchase_line_ids.order_id
        return purchases._origin

    def _read_documents(self):
        """Read at once what the documents of many orders are then asked for order by order; as superuser."""
        productions, lines = self._get_productions(), self._get_purchases().order_line
        destinations = productions.move_finished_ids.move_dest_ids | lines.move_dest_ids | lines.move_ids.move_dest_ids
        productions._get_served_orders()
        productions.move_finished_ids.mapped('quantity')
        lines.order_id._get_served_orders()
        lines.order_id.mapped('state')
        destinations.sale_line_id.mapped('order_id')
        destinations.mapped('reference_ids.sale_ids')
        productions.product_id.mapped('uom_id')

    def _get_purchase_lines(self):
        """What is bought for these orders, in purchases that stand; to be asked as superuser.

        :return: dict order id → list of (``purchase.order.line``, share of it that is for the order)
        """
        bought = defaultdict(list)
        for line in self._get_purchases().order_line:
            if not line.display_type and line.state != 'cancel':
                for order_id, share in line._get_order_shares().items():
                    bought[order_id].append((line, share))
        return bought

    def _get_transfers(self):
        """:return: deliveries, receipts and steps between them for these orders; to be asked as superuser"""
        return (self.picking_ids | self.stock_reference_ids.move_ids.picking_id)._origin

    @api.depends('state', 'policy_id')
    @api.depends_context('lang', 'uid')
    def _compute_fulfilment_documents(self):
        models = ('mrp.production', 'purchase.order', 'stock.picking')
        may_open = {model: self.env[model].has_access('read') for model in models}
        for order in self:
            rows = order.sudo()._get_document_rows() if order.policy_id else []
            order.fulfilment_documents = [{**row, 'may_open': may_open[row['model']]} for row in rows]

    def _get_document_rows(self):
        """What is made, bought and moved for this order, for people who have no access to those documents.

        :return: list of dicts of texts, in the order of the work; to be asked as superuser
        """
        self.ensure_one()
        documents = [
            *self._get_productions().sorted('date_start'), *self._get_purchases().sorted('date_planned'),
            *self._get_transfers().sorted(lambda transfer: (transfer.scheduled_date, transfer.id)),
        ]
        return [self._prepare_document_row(document) for document in documents]

    def _prepare_document_row(self, document):
        """:return: dict of texts about one document that serves this order; override to add to it"""
        row = document._prepare_order_row()
        planned, done = (self._to_lifecycle_date(row.pop(name)) for name in ('planned', 'done'))
        return {
            **row,
            'id': document.id,
            'model': document._name,
            'name': document.display_name,
            'planned': planned and format_date(self.env, planned),
            'done': done and format_date(self.env, done),
            'is_late': bool(self.promised_date and planned and not done and not self.fulfilled_at and (
                planned > self.promised_date or self.is_late)),
        }

    # -- progress -------------------------------------------------------------------------------

    @api.depends('state', 'policy_id', 'order_line.qty_delivered', 'order_line.product_uom_qty')
    def _compute_progress(self):
        progress = self._get_progress()
        for order in self:
            percents = progress.get(order.id, {})
            for kind in PROGRESS_ICONS:
                order[f'{kind}_progress'] = percents.get(kind, 0)
            order.production_count = len(order._get_productions()) if order.id in progress else 0
            order.purchase_count = len(order._get_purchases()) if order.id in progress else 0

    @api.depends('lifecycle_phase', 'order_line.qty_delivered', 'order_line.product_uom_qty')
    @api.depends_context('lang')
    def _compute_progress_summary(self):
        labels = self._get_progress_labels()
        progress = self.filtered(lambda order: order.lifecycle_phase in ('production', 'delivery'))._get_progress()
        for order in self:
            percents = progress.get(order.id, {})
            order.progress_summary = [
                {'kind': kind, 'icon': PROGRESS_ICONS[kind], 'percent': percents[kind], 'title': self.env._(
                    "%(kind)s: %(percent)s %%", kind=label, percent=percents[kind])}
                for kind, label in labels.items() if kind in percents
            ]

    @api.model
    def _get_progress_labels(self):
        """:return: dict kind of progress → translated name, in the order of the work"""
        return {
            'purchase': self.env._("Purchased goods received"),
            'production': self.env._("Produced"),
            'delivery': self.env._("Delivered"),
        }

    def _get_progress(self):
        """How far purchasing, production and delivery of confirmed orders under policy are (article F3).

        :return: dict order id → dict kind → percent; where there is nothing to do the kind is missing
        """
        orders = self.sudo().filtered(lambda order: order.policy_id and order.state == 'sale')
        orders._read_documents()
        parts = {
            'purchase': orders._get_purchase_quantities(),
            'production': orders._get_production_quantities(),
            'delivery': orders._get_delivery_quantities(),
        }
        progress = {}
        for order in orders:
            percents = {kind: self._to_percent(quantities[order.id]) for kind, quantities in parts.items()}
            progress[order.id] = {kind: percent for kind, percent in percents.items() if percent is not None}
        return progress

    @api.model
    def _to_percent(self, quantities):
        """One figure for quantities in different units: each product counts the same.

        :param quantities: list of (what counts as one, quantity done, quantity in all)
        :return: whole percent, rounded down so that 100 is reached with the last piece; None without any
        """
        sums = defaultdict(lambda: [0.0, 0.0])
        for key, done, total in quantities:
            sums[key][0] += min(done, total)
            sums[key][1] += total
        ratios = [done / total for done, total in sums.values() if total > 0]
        return int(100 * sum(ratios) / len(ratios) + 1e-6) if ratios else None

    def _get_production_quantities(self):
        """:return: dict order id → list of (product, produced, to produce) of what is made for the order"""
        quantities = defaultdict(list)
        for production in self._get_productions():
            if production.state != 'cancel':
                # Closed with less than was planned is closed.
                done = production.qty_produced
                total = done if production.state == 'done' else production.product_qty
                for order_id, share in production._get_order_shares().items():
                    quantities[order_id].append((production.product_id, share * done, share * total))
        return quantities

    def _get_purchase_quantities(self):
        """:return: dict order id → list of (product, received, ordered) of what is bought for the order"""
        quantities = defaultdict(list)
        for order_id, lines in self._get_purchase_lines().items():
            for line, share in lines:
                quantities[order_id].append((line.product_id, share * line.qty_received, share * line.product_qty))
        return quantities

    def _get_delivery_quantities(self):
        """:return: dict order id → list of (line, delivered, ordered) of its goods"""
        return defaultdict(list, {
            order.id: [
                (line, max(line.qty_delivered, 0), line.product_uom_qty)
                for line in order.order_line if line._is_stock_line() and line._counts_for_fulfilment()
            ] for order in self
        })

    # -- plan -----------------------------------------------------------------------------------

    @api.depends('review_ids.state', 'review_ids.voided_at', 'review_ids.planned_date')
    def _compute_planned_dates(self):
        for order in self:
            order.planned_production_date = order._get_planned_date('production')
            order.planned_delivery_date = order._get_planned_date('delivery')

    def _get_planned_date(self, kind):
        """The day that the departments have confirmed in the order's review (article R4).

        :param kind: a value of ``requires_plan`` of a review stage
        :return: date, the last where several departments have confirmed one; False without a plan that stands
        """
        self.ensure_one()
        order_sudo = self.sudo()
        return bool(order_sudo.policy_id) and max((
            review.planned_date for review in order_sudo.review_ids
            if review.stage_id.requires_plan == kind and review.state == 'approved' and not review.voided_at
            and review.planned_date
        ), default=False)

    def _get_planned_moment(self, kind):
        """:return: noon of the planned day where the order is worked on, as naive UTC datetime, or False"""
        self.ensure_one()
        return self._get_promised_datetime(self._get_planned_date(kind))

    # -- guarded fields -------------------------------------------------------------------------

    def _get_guarded_fields(self):
        return super()._get_guarded_fields() | {'fulfilment_state', 'ready_at', 'fulfilled_at'}

    # -- time zone ------------------------------------------------------------------------------

    @api.model
    def _get_timezone(self, calendar, company):
        """:return: the tzinfo of a working calendar, else of the company's"""
        return pytz.timezone((calendar or company.resource_calendar_id).tz or 'UTC')

    @api.model
    def _get_timezone_sql(self, alias):
        """:return: SQL of the name of the time zone of the row ``alias``, as :meth:`_get_lifecycle_timezone`"""
        Order, Policy, Company, Calendar = (
            self.env[name].sudo() for name in ('sale.order', 'order.policy', 'res.company', 'resource.calendar'))
        return SQL(
            """COALESCE(
                (SELECT %(tz)s FROM order_policy JOIN resource_calendar ON resource_calendar.id = %(policy_calendar)s
                  WHERE order_policy.id = %(policy)s),
                (SELECT %(tz)s FROM res_company JOIN resource_calendar ON resource_calendar.id = %(company_calendar)s
                  WHERE res_company.id = %(company)s),
                'UTC')""",
            tz=Calendar._field_to_sql('resource_calendar', 'tz'),
            policy_calendar=Policy._field_to_sql('order_policy', 'calendar_id'),
            company_calendar=Company._field_to_sql('res_company', 'resource_calendar_id'),
            policy=Order._field_to_sql(alias, 'policy_id'), company=Order._field_to_sql(alias, 'company_id'))

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
