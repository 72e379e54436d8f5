from collections import defaultdict

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import format_amount, format_list

# The points at which a payment may be asked for, the earlier one first: what is due before one is due before the next.
POINTS = ('production', 'shipping')


class SaleOrder(models.Model):
    _inherit = 'sale.order'

    payment_condition = fields.Char(
        compute='_compute_payment_condition',
        help="The payments that the departments require before the order can proceed.")
    payment_obstacle = fields.Char(
        "Missing Payment",
        compute='_compute_payment_condition', help="The amount to be paid before the order can proceed.")
    is_waiting_for_payment = fields.Boolean(
        "Waiting for Payment", compute='_compute_payment_condition', search='_search_is_waiting_for_payment',
        help="An approval requires a payment that has not been received.")

    # -- compute and search ---------------------------------------------------------------------

    @api.depends('review_ids.state', 'review_ids.voided_at', 'state')
    @api.depends_context('lang')
    def _compute_payment_condition(self):
        conditions = self._get_standing_conditions()
        waiting = self.filtered(lambda order: order.id in conditions)._get_awaited_payments()
        for order in self:
            own = conditions.get(order.id, ())
            order.payment_condition = format_list(
                self.env, list(dict.fromkeys(condition._describe() for condition in own))) or False
            order.payment_obstacle = order.id in waiting and order._describe_awaited_payment(*waiting[order.id])
            order.is_waiting_for_payment = order.id in waiting

    @api.model
    def _search_is_waiting_for_payment(self, operator, value):
        if operator != 'in':
            return NotImplemented
        self._check_field_access(self._fields['is_waiting_for_payment'], 'read')
        if True not in value:
            return Domain.FALSE
        orders = self.env['order.review.condition'].sudo().search(
            self._get_standing_condition_domain() & Domain('order_id.state', '=', 'sale')).order_id
        return Domain('id', 'in', list(orders._get_awaited_payments()))

    def _get_waiting_for(self):
        waiting = super()._get_waiting_for()
        confirmed = self.filtered(lambda order: order.policy_id and order.state == 'sale')
        for order_id, (point, _required, _paid, missing) in confirmed._get_awaited_payments().items():
            amount = format_amount(self.env, missing, self.browse(order_id).currency_id)
            waiting[order_id].append(
                self.env._("Customer (%(amount)s before production)", amount=amount) if point == 'production'
                else self.env._("Customer (%(amount)s before shipping)", amount=amount))
        return waiting

    # -- conditions that hold ---------------------------------------------------------------------

    @api.model
    def _get_standing_condition_domain(self):
        """:return: Domain of the ``order.review.condition`` that hold: their approval does"""
        return Domain('review_id.state', '=', 'approved') & Domain('review_id.voided_at', '=', False)

    def _get_standing_conditions(self):
        """The conditions that hold for each order, in one query and as superuser.

        :return: dict order id → list of ``order.review.condition``; orders without any are missing
        """
        conditions = defaultdict(list)
        orders = self._origin.filtered('policy_id')
        if orders:
            for condition in self.env['order.review.condition'].sudo().search(
                    Domain('order_id', 'in', orders.ids) & self._get_standing_condition_domain()):
                conditions[condition.order_id.id].append(condition)
        return conditions

    def _get_payment_shortfalls(self, point, conditions=None):
        """What is missing at a point of what the strictest condition asks for, in batch and as superuser.

        What has to be paid before production has to be paid before shipping, too, so that an order for which
        nothing is made does not get round it.

        :param point: a value of ``order.review.condition.point``
        :param conditions: what :meth:`_get_standing_conditions` returned, if it was asked before
        :return: dict order id → (required, paid, missing) in the currency of the order; others are missing
        """
        conditions = self._get_standing_conditions() if conditions is None else conditions
        due = POINTS[:POINTS.index(point) + 1]
        required = {}
        for order_id, rows in conditions.items():
            amounts = [condition._get_required_amount() for condition in rows if condition.point in due]
            if amounts:
                required[order_id] = max(amounts)
        paid = self.browse(required)._get_paid_amounts() if required else {}
        return {
            order.id: (required[order.id], paid[order.id], order.currency_id.round(required[order.id] - paid[order.id]))
            for order in self.browse(required).sudo()
            if order.currency_id.compare_amounts(paid[order.id], required[order.id]) < 0
        }

    def _get_condition_obstacles(self, point):
        """Why orders cannot go on to a point, because a payment that an approval asks for is missing.

        The rooms that do the work ask this before they do it; override to add other conditions.

        :param point: ``production`` or ``shipping``
        :return: dict order id → one translated sentence; orders that may go on are missing
        """
        return {
            order_id: self.browse(order_id)._describe_shortfall(point, *shortfall)
            for order_id, shortfall in self._get_payment_shortfalls(point).items()
        }

    def _describe_shortfall(self, point, required, paid, missing):
        """:return: the sentence for whoever would go on with this order"""
        self.ensure_one()
        order_sudo = self.sudo()
        required, paid, missing = (
            format_amount(self.env, amount, order_sudo.currency_id) for amount in (required, paid, missing))
        if point == 'production':
            return self.env._(
                "%(order)s was approved on the condition that %(required)s is paid before production: %(paid)s has "
                "been paid, %(missing)s is missing.",
                order=order_sudo.name, required=required, paid=paid, missing=missing)
        return self.env._(
            "%(order)s was approved on the condition that %(required)s is paid before shipping: %(paid)s has been "
            "paid, %(missing)s is missing.", order=order_sudo.name, required=required, paid=paid, missing=missing)

    # -- what an order waits for ------------------------------------------------------------------

    def _get_open_payment_points(self):
        """Which points lie ahead of confirmed orders; the rooms that know the work leave out what is behind.

        :return: dict order id → list of points, the next one first; asked as superuser
        """
        return {order.id: list(POINTS) for order in self if order.state == 'sale'}

    def _get_awaited_payments(self):
        """The payment that each order waits for before its next point, in batch.

        :return: dict order id → (point, required, paid, missing); orders that wait for none are missing
        """
        conditions = self._get_standing_conditions()
        orders_sudo = self.browse(conditions).sudo()
        points = orders_sudo._get_open_payment_points()
        awaited = {}
        for point in reversed(POINTS):
            for order_id, shortfall in orders_sudo._get_payment_shortfalls(point, conditions).items():
                if point in points.get(order_id, ()):
                    awaited[order_id] = (point, *shortfall)
        return awaited

    def _describe_awaited_payment(self, point, required, paid, missing):
        """:return: translated text for the form of this order"""
        self.ensure_one()
        required, paid, missing = (
            format_amount(self.env, amount, self.currency_id) for amount in (required, paid, missing))
        if point == 'production':
            return self.env._(
                "%(paid)s of %(required)s has been paid: %(missing)s is due before the production.", paid=paid,
                required=required, missing=missing)
        return self.env._(
            "%(paid)s of %(required)s has been paid: %(missing)s is due before the delivery.",
            paid=paid, required=required,
            missing=missing)

    # -- reviews ----------------------------------------------------------------------------------

    def _prepare_review_vals(self, stage, approval_number=1):
        vals = super()._prepare_review_vals(stage, approval_number)
        if stage.may_set_condition:
            # A new round proposes what this department asked for before; no slice, for the sake of the prefetch.
            before = [review for review in self.review_ids if review.stage_id == stage and review.condition_ids]
            if before:
                vals['condition_ids'] = [
                    {'kind': row.kind, 'value': row.value, 'point': row.point}
                    for row in max(before, key=lambda review: review.id).condition_ids]
        return vals
