from collections import defaultdict

from odoo import api, fields, models
from odoo.tools import format_date


class SaleOrder(models.Model):
    _inherit = 'sale.order'

    lifecycle_phase = fields.Selection(selection_add=[('production', "Production"), ('cancelled',)])

    # documents and how far they are
    production_ids = fields.Many2many(
        'mrp.production', string="All Manufacturing Orders", compute='_compute_document_ids', compute_sudo=True,
        help="The manufacturing orders of this order, including components.")
    purchase_ids = fields.Many2many(
        'purchase.order', string="Purchases", compute='_compute_document_ids', compute_sudo=True,
        help="The purchases for this order, including components.")
    production_count = fields.Integer(compute='_compute_progress', compute_sudo=True)
    purchase_count = fields.Integer(compute='_compute_progress', compute_sudo=True)
    production_progress = fields.Integer(
        "Produced (%)", compute='_compute_progress', compute_sudo=True,
        help="Percentage of the products manufactured for this order that have been completed; every product has the "
             "same weight.")
    purchase_progress = fields.Integer(
        "Received from Vendors (%)", compute='_compute_progress', compute_sudo=True,
        help="Percentage of the products purchased for this order that have been received; every product has the same "
             "weight.")
    progress_summary = fields.Json(
        "Progress", compute='_compute_progress_summary', compute_sudo=True,
        help="The progress while the order is being fulfilled.")
    fulfilment_documents = fields.Json(compute='_compute_fulfilment_documents')
    planned_production_date = fields.Date(
        "Production Plan", compute='_compute_planned_dates', compute_sudo=True,
        help="The completion date confirmed by production.")

    # -- phase ----------------------------------------------------------------------------------

    def _get_lifecycle_phase(self):
        if self.state == 'sale':
            return 'production'
        return super()._get_lifecycle_phase()

    def _is_being_fulfilled(self):
        """:return: whether goods of this order are still made, bought or delivered"""
        self.ensure_one()
        return self.lifecycle_phase == 'production'

    def _get_waiting_for(self):
        waiting = super()._get_waiting_for()
        orders = self.sudo().filtered(lambda order: order._is_being_fulfilled())
        for order_id, codes in orders._get_working_roles().items():
            waiting[order_id] += self._get_role_names(codes)
        return waiting

    def _get_working_roles(self):
        """Whose work is next to fulfil these orders. Later rooms add to the result of ``super()``.

        :return: dict order id → list of codes of roles; to be asked as superuser
        """
        self._read_documents()
        bought, roles = self._get_purchase_lines(), {}
        for order in self:
            codes = roles[order.id] = []
            if any(production.state not in ('done', 'cancel') for production in order._get_productions()):
                codes.append('production')
            if any(not line._has_arrived() for line, _share in bought[order.id]):
                codes.append('purchasing')
        return roles

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

    @api.depends('state', 'policy_id')
    @api.depends_context('lang', 'uid')
    def _compute_fulfilment_documents(self):
        rows = {order: order.sudo()._get_document_rows() if order.policy_id else [] for order in self}
        names = {row['model'] for own in rows.values() for row in own}
        may_open = {name: self.env[name].has_access('read') for name in names}
        for order, own in rows.items():
            order.fulfilment_documents = [{**row, 'may_open': may_open[row['model']]} for row in own]

    def _get_document_rows(self):
        """What is made, bought and moved for this order, for people who have no access to those documents.

        :return: list of dicts of texts, in the order of the work; to be asked as superuser
        """
        self.ensure_one()
        return [self._prepare_document_row(document) for document in self._get_documents()]

    def _get_documents(self):
        """:return: list of the documents that serve this order, in the order of the work; to be asked as superuser.
            Later rooms add theirs"""
        self.ensure_one()
        return [*self._get_productions().sorted('date_start'), *self._get_purchases().sorted('date_planned')]

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

    @api.depends('state', 'policy_id')
    def _compute_progress(self):
        progress, kinds = self._get_progress(), self._get_progress_kinds()
        for order in self:
            percents = progress.get(order.id, {})
            for kind in kinds:
                order[f'{kind}_progress'] = percents.get(kind, 0)
            order.production_count = len(order._get_productions()) if order.id in progress else 0
            order.purchase_count = len(order._get_purchases()) if order.id in progress else 0

    @api.depends('lifecycle_phase')
    @api.depends_context('lang')
    def _compute_progress_summary(self):
        kinds, icons = self._get_progress_kinds(), self._get_progress_icons()
        progress = self.filtered(lambda order: order._is_being_fulfilled())._get_progress()
        for order in self:
            percents = progress.get(order.id, {})
            order.progress_summary = [
                {'kind': kind, 'icon': icons[kind], 'percent': percents[kind], 'title': self.env._(
                    "%(kind)s: %(percent)s %%", kind=label, percent=percents[kind])}
                for kind, label in kinds.items() if kind in percents
            ]

    @api.model
    def _get_progress_kinds(self):
        """What the progress of an order consists of, in the order of the work. Later rooms add theirs, each with a
        field ``<kind>_progress``.

        :return: dict kind of progress → its translated name
        """
        return {
            'purchase': self.env._("Purchased goods received"),
            'production': self.env._("Produced"),
        }

    @api.model
    def _get_progress_icons(self):
        """:return: dict kind of progress → class of its icon"""
        return {'purchase': 'fa-shopping-cart', 'production': 'fa-cogs'}

    def _get_progress(self):
        """How far purchasing, production and delivery of confirmed orders under policy are (article F3).

        :return: dict order id → dict kind → percent; where there is nothing to do the kind is missing
        """
        orders = self.sudo().filtered(lambda order: order.policy_id and order.state == 'sale')
        orders._read_documents()
        parts, progress = orders._get_progress_quantities(), {}
        for order in orders:
            percents = {kind: self._to_percent(quantities[order.id]) for kind, quantities in parts.items()}
            progress[order.id] = {kind: percent for kind, percent in percents.items() if percent is not None}
        return progress

    def _get_progress_quantities(self):
        """What the progress of these orders is counted from; to be asked as superuser.

        :return: dict kind of :meth:`_get_progress_kinds` → dict order id → list of (what counts as one, quantity done,
            quantity in all)
        """
        return {
            'purchase': self._get_purchase_quantities(),
            'production': self._get_production_quantities(),
        }

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

    # -- plan -----------------------------------------------------------------------------------

    @api.depends('review_ids.state', 'review_ids.voided_at', 'review_ids.planned_date')
    def _compute_planned_dates(self):
        for order in self:
            order.planned_production_date = order._get_planned_date('production')

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

    # -- what goes into a dossier -----------------------------------------------------------------

    @api.model
    def _get_dossier_fields(self):
        return [*super()._get_dossier_fields(), 'promised_date']

    # -- readers --------------------------------------------------------------------------------

    @api.model
    def _get_reader_button_names(self):
        return super()._get_reader_button_names() | {
            'action_view_mrp_production', 'action_view_purchase_orders', 'action_open_material'}
