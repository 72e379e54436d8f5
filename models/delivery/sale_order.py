from collections import defaultdict

from odoo import api, fields, models


class SaleOrder(models.Model):
    _inherit = 'sale.order'

    lifecycle_phase = fields.Selection(selection_add=[
        ('delivery', "Delivery"), ('settlement', "Settlement"), ('cancelled',),
    ])

    # facts
    fulfilment_state = fields.Selection(
        [('none', "Not Confirmed"), ('waiting', "Waiting"), ('ready', "Ready to Deliver"),
         ('partial', "Partly Delivered"), ('done', "Fulfilled")],
        string="Fulfilment", compute='_compute_fulfilment', store=True, copy=False)
    ready_at = fields.Datetime(
        compute='_compute_fulfilment', store=True, copy=False,
        help="When the first goods were ready for delivery.")
    fulfilled_at = fields.Datetime(compute='_compute_fulfilment', store=True)

    delivery_progress = fields.Integer(
        "Delivered (%)", compute='_compute_progress', compute_sudo=True,
        help="Percentage of the goods delivered to the customer; every line has the same weight.")
    stock_progress = fields.Integer(
        "Reserved (%)", compute='_compute_progress', compute_sudo=True,
        help="Percentage of the goods taken from stock for this order that are reserved or have left the stock; every "
             "line has the same weight.")
    planned_delivery_date = fields.Date(
        "Delivery Plan", compute='_compute_planned_dates', compute_sudo=True,
        help="The delivery date confirmed by logistics.")

    # -- compute --------------------------------------------------------------------------------

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

    def _flush(self):
        # Facts are followed when they are written: nothing is created while a value is computed, and what core
        # computes below ``write`` is followed, too.
        dirty = self.env._field_dirty
        ids = {
            order_id for name in ('fulfilment_state', 'fulfilled_at')
            for order_id in dirty.get(self._fields[name], ())}
        result = super()._flush()
        if governed := self.sudo().browse(sorted(ids)).filtered('policy_id'):
            governed._follow_fulfilment()
        return result

    def _follow_facts(self):
        """Follow the fulfilment of these orders at the end of the work that changes it, and not only when its values
        are written to the database."""
        self.sudo().filtered('policy_id').flush_recordset(['fulfilment_state', 'fulfilled_at'])

    def _action_confirm(self):
        # An order without anything to deliver is fulfilled by its confirmation.
        result = super()._action_confirm()
        self._follow_facts()
        return result

    def _follow_fulfilment(self):
        """Hook: facts of the fulfilment of these orders, all under policy, have just been written; in batch, as
        superuser.
        """
        self._end_progress_requests()

    # -- phase ----------------------------------------------------------------------------------

    @api.depends('fulfilment_state')
    def _compute_lifecycle_phase(self):
        return super()._compute_lifecycle_phase()

    def _get_lifecycle_phase(self):
        if self.state == 'sale' and self.fulfilment_state == 'done':
            return 'settlement'
        if self.state == 'sale' and self.fulfilment_state in ('ready', 'partial'):
            return 'delivery'
        return super()._get_lifecycle_phase()

    def _is_being_fulfilled(self):
        return self.lifecycle_phase == 'delivery' or super()._is_being_fulfilled()

    def _get_waiting_for(self):
        waiting = super()._get_waiting_for()
        for order in self.filtered(lambda order: order.lifecycle_phase == 'settlement'):
            waiting[order.id] += self._get_role_names(['finance'])
        return waiting

    def _get_working_roles(self):
        roles = super()._get_working_roles()
        for order in self:
            codes = roles[order.id]
            facts = [line._get_fulfilment() for line in order.order_line if line._counts_for_fulfilment()]
            if any(fact['is_ready'] for fact in facts):
                codes.append('logistics')
            if not codes:
                # Nobody has a document to work on: goods are for logistics to find, services
                # are entered as delivered by sales.
                has_goods = any(fact['kind'] == 'stock' and fact['state'] not in ('done', 'cancelled')
                                for fact in facts)
                codes.append('logistics' if has_goods else 'sales')
        return roles

    # -- documents and progress -----------------------------------------------------------------

    def _get_documents(self):
        return [
            *super()._get_documents(),
            *self._get_transfers().sorted(lambda transfer: (transfer.scheduled_date, transfer.id))]

    def _get_transfers(self):
        """:return: deliveries, receipts and steps between them for these orders; to be asked as superuser"""
        return (self.picking_ids | self.stock_reference_ids.move_ids.picking_id)._origin

    @api.depends('order_line.qty_delivered', 'order_line.product_uom_qty')
    def _compute_progress(self):
        return super()._compute_progress()

    @api.depends('order_line.qty_delivered', 'order_line.product_uom_qty')
    def _compute_progress_summary(self):
        return super()._compute_progress_summary()

    @api.model
    def _get_progress_kinds(self):
        return {
            **super()._get_progress_kinds(), 'stock': self.env._("Reserved from stock"),
            'delivery': self.env._("Delivered")}

    @api.model
    def _get_progress_icons(self):
        return {**super()._get_progress_icons(), 'stock': 'fa-cubes', 'delivery': 'fa-truck'}

    def _get_progress_quantities(self):
        return {
            **super()._get_progress_quantities(), 'stock': self._get_stock_quantities(),
            'delivery': self._get_delivery_quantities()}

    def _get_stock_quantities(self):
        """:return: dict order id → list of (line, reserved or moved, to be taken from stock) of the goods that nobody
            makes or buys for the order"""
        quantities = defaultdict(list)
        for order in self:
            for line in order.order_line:
                if line._is_stock_line() and line._counts_for_fulfilment():
                    quantities[order.id] += [(line, *pair) for pair in line._get_stock_shares()]
        return quantities

    def _get_delivery_quantities(self):
        """:return: dict order id → list of (line, delivered, ordered) of its goods"""
        return defaultdict(list, {
            order.id: [
                (line, max(line.qty_delivered, 0), line.product_uom_qty)
                for line in order.order_line if line._is_stock_line() and line._counts_for_fulfilment()
            ] for order in self
        })

    def _compute_planned_dates(self):
        result = super()._compute_planned_dates()
        for order in self:
            order.planned_delivery_date = order._get_planned_date('delivery')
        return result

    # -- payments that approvals ask for ----------------------------------------------------------

    @api.depends('fulfilment_state')
    def _compute_payment_condition(self):
        return super()._compute_payment_condition()

    def _get_open_payment_points(self):
        points = super()._get_open_payment_points()
        for order in self:
            if order.id in points and order.fulfilment_state == 'done':
                points[order.id] = [point for point in points[order.id] if point != 'shipping']
        return points

    # -- guarded fields -------------------------------------------------------------------------

    def _get_guarded_fields(self):
        return super()._get_guarded_fields() | {'fulfilment_state', 'ready_at', 'fulfilled_at'}

    # -- what goes into a dossier -----------------------------------------------------------------

    @api.model
    def _get_dossier_fields(self):
        return [*super()._get_dossier_fields(), 'fulfilled_at']

    def _get_dossier_kinds(self):
        kinds = super()._get_dossier_kinds()
        for order in self:
            if any(line._counts_for_fulfilment() and line._is_stock_line() for line in order.order_line):
                kinds[order.id].add('delivery')
        return kinds

    # -- readers --------------------------------------------------------------------------------

    @api.model
    def _get_reader_button_names(self):
        return super()._get_reader_button_names() | {'action_view_delivery'}

    @api.model
    def _get_reader_field_names(self):
        return super()._get_reader_field_names() | {
            'delivery_count', 'json_popover', 'late_availability', 'show_json_popover'}
