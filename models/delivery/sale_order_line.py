from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError


class SaleOrderLine(models.Model):
    _inherit = 'sale.order.line'

    service_delivered_at = fields.Datetime(
        compute='_compute_service_delivered_at', store=True, copy=False,
        help="When the service was recorded as fully delivered.")

    # -- compute --------------------------------------------------------------------------------

    @api.depends('qty_delivered', 'product_uom_qty', 'product_id', 'is_expense', 'order_id.policy_id')
    def _compute_service_delivered_at(self):
        now = fields.Datetime.now()
        for line in self:
            if not line.order_id.policy_id or line._is_stock_line() or not line._is_delivered_in_full():
                line.service_delivered_at = False
            elif not line.service_delivered_at:
                # The day on which it was entered is kept when other values are computed again.
                line.service_delivered_at = now

    # -- what may change ------------------------------------------------------------------------

    def _get_guarded_fields(self):
        return super()._get_guarded_fields() | {'service_delivered_at', 'kit_parts'}

    @api.constrains('state')
    def _check_state_of_order(self):
        # The state of a line follows its order, yet the field takes a written value, and core
        # procures for any line that says it is confirmed.
        for line in self.sudo():
            if line.order_id.policy_id and line.state != line.order_id.state:
                raise ValidationError(self.env._(
                    "The lines of %(order)s have the status of the order. Confirm the order to deliver its lines.",
                    order=line.order_id.name))

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        # Lines of a quotation may say how much of a service is done; core adds what it has delivered itself.
        lines.filtered(lambda line: line.qty_delivered and not line.sudo()._is_repair_part())._check_entered_delivery()
        return lines

    def write(self, vals):
        if 'qty_delivered' in vals:
            self._check_delivered_quantity(vals['qty_delivered'])
        result = super().write(vals)
        if not vals.keys().isdisjoint({'qty_delivered', 'product_uom_qty'}):
            # The date of a service is that of this entry, so it is not left to a later flush either.
            self.order_id._follow_facts()
        return result

    def _check_delivered_quantity(self, quantity):
        """Goods are delivered by transfers; sales enters the services that are done.

        :raise UserError: for lines of goods
        :raise AccessError: for people who are no sales staff
        """
        self.filtered(
            # The line of a down payment has no unit.
            lambda line: not line.product_uom_id or line.product_uom_id.compare(line.qty_delivered, quantity) != 0
        )._check_entered_delivery()

    def _check_entered_delivery(self):
        if self._is_core_pricing():
            return
        for line in self.sudo():
            if not line.order_id.policy_id:
                continue
            if (
                line.order_id.state == 'sale' and not line._is_stock_line() and (
                    not line.product_uom_qty and not line._is_agreed_without_quantity() or line._is_repair_part())
            ):
                raise UserError(self.env._(
                    "“%(product)s” is not part of what was approved in %(order)s, so it cannot be entered as "
                    "delivered. Enter a new order for it.",
                    product=line.product_id.display_name, order=line.order_id.name))
            if line._is_stock_line():
                raise UserError(self.env._(
                    "The delivered quantity of “%(product)s” in %(order)s is computed from its transfers. Validate or "
                    "return a transfer to change it.",
                    product=line.product_id.display_name, order=line.order_id.name))
            if not self.env['sale.order']._is_lifecycle_sales():
                raise AccessError(self.env._(
                    "Only sales staff can enter the delivered quantity of “%(product)s” in %(order)s. Ask %(person)s "
                    "to do it.",
                    product=line.product_id.display_name, order=line.order_id.name,
                    person=line.order_id.user_id.name or self.env._("a member of the sales team")))

    @api.model
    def _is_core_at_work(self):
        # Goods that were not ordered come to the order with their transfer.
        return super()._is_core_at_work() or self.env['stock.move']._is_core_recording()

    # -- fulfilment -----------------------------------------------------------------------------

    def _counts_for_fulfilment(self):
        """Whether the order is fulfilled only when this line is (articles F1, D1).

        Sections and notes, down payments, expenses, the parent of a combo (its items count), discounts,
        delivery costs, rewards, parts of a repair and whatever is not ordered do not count. Override
        for more.

        :return: bool
        """
        self.ensure_one()
        return not (
            self.display_type
            or self.is_downpayment
            or self.is_expense
            or self.product_id.type == 'combo'
            or self.product_uom_id.compare(self.product_uom_qty, 0) <= 0
            or self._is_delivery()
            or self._is_discount_line()
            or ('is_reward_line' in self._fields and self.is_reward_line)
            or self.sudo()._is_repair_part()
        )

    def _is_stock_line(self):
        """Whether transfers deliver this line; services are entered as delivered."""
        self.ensure_one()
        return self.product_id.type == 'consu' and not self.is_expense

    def _is_delivered_in_full(self):
        self.ensure_one()
        return bool(self.product_uom_id) and self.product_uom_id.compare(self.qty_delivered, self.product_uom_qty) >= 0

    def _get_fulfilment(self):
        """What has happened to this line of a confirmed order.

        :return: dict ``kind`` (``stock`` or ``service``), ``state`` (``waiting``, ``partial``, ``done``,
            or ``cancelled`` where nothing is left to be delivered and nothing was), ``is_ready``
            (goods for the customer are reserved) and ``dates`` (list of naive UTC datetimes)
        """
        self.ensure_one()
        return self._get_stock_fulfilment() if self._is_stock_line() else self._get_service_fulfilment()

    def _get_stock_fulfilment(self):
        # Returns go the other way and are left out: what was returned has been delivered.
        moves = self.sudo().move_ids.filtered(lambda move: move._goes_to_customer())
        done = moves.filtered(lambda move: move.state == 'done')
        pending = moves.filtered(lambda move: move.state not in ('done', 'cancel'))
        if pending:
            state = 'partial' if done else 'waiting'
        elif done:
            state = 'done'
        else:
            state = 'cancelled' if moves else 'waiting'
        return {
            'kind': 'stock',
            'state': state,
            'is_ready': any(move.state == 'assigned' and move._is_to_customer() for move in pending),
            'dates': done.mapped('date'),
        }

    def _get_stock_shares(self):
        """What of this line is taken from stock; the parts of a kit count the same.

        :return: list of pairs, one for each product: share that is reserved or has left the stock, and 1
        """
        self.ensure_one()
        sums = defaultdict(lambda: [0.0, 0.0])
        for move in self.sudo().move_ids:
            if move._is_taken_from_stock():
                own = sums[move.product_id]
                own[0] += min(move._in_product_unit(move.quantity), move.product_qty)
                own[1] += move.product_qty
        return [(reserved / total, 1.0) for reserved, total in sums.values() if total > 0]

    def _get_service_fulfilment(self):
        if self._is_delivered_in_full():
            # A service may be entered before the order is confirmed; it is due from then on.
            moments = [moment for moment in (self.service_delivered_at, self.order_id.confirmed_at) if moment]
            return {'kind': 'service', 'state': 'done', 'is_ready': False, 'dates': [max(moments)] if moments else []}
        started = self.product_uom_id.compare(self.qty_delivered, 0) > 0
        return {
            'kind': 'service', 'state': 'partial' if started else 'waiting', 'is_ready': False, 'dates': [],
        }

    # -- plan -----------------------------------------------------------------------------------

    def _prepare_procurement_values(self):
        values = super()._prepare_procurement_values()
        self._check_location_final(values.get('location_final_id'))
        # Goods leave on the day that logistics has confirmed (article D1); the deadline stays what was promised.
        if planned := self.order_id._get_planned_moment('delivery'):
            values['date_planned'] = planned
        return values

    def _check_location_final(self, location):
        """Goods of an order go to its customer. Where a contact has another location, nothing would be delivered, and
        no rule would hold what leaves.

        :param location: ``stock.location`` that the goods of this line go to in the end
        :raise UserError: for an order under policy, if that is no place of customers
        """
        if location and self.order_id.policy_id and not self.env['stock.move']._is_customer_location(location):
            raise UserError(self.env._(
                "The goods of %(order)s would be moved to %(location)s, which is not a customer location. Change the "
                "customer location of %(address)s.", order=self.order_id.name, location=location.display_name,
                address=self.order_id.partner_shipping_id.display_name))

    # -- what goes into a dossier -----------------------------------------------------------------

    @api.model
    def _get_dossier_fields(self):
        return [*super()._get_dossier_fields(), 'service_delivered_at']

    # -- readers --------------------------------------------------------------------------------

    @api.model
    def _get_reader_field_names(self):
        return super()._get_reader_field_names() | {
            'display_qty_widget', 'forecast_expected_date', 'free_qty_today', 'product_updatable',
            'qty_available_today', 'qty_to_deliver', 'scheduled_date', 'virtual_available_at_date'}
