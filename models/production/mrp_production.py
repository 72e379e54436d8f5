from contextlib import nullcontext
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

# States of a manufacturing order on which work has begun.
STARTED_STATES = ('progress', 'to_close', 'done')


class MrpProduction(models.Model):
    _name = 'mrp.production'
    _inherit = ['mrp.production', 'order.document.mixin', 'order.link.mixin']

    # Orders look for their manufacturing orders.
    sale_line_id = fields.Many2one(index='btree_not_null')
    payment_obstacle = fields.Char(
        "Missing Payment", compute='_compute_payment_obstacle', compute_sudo=True,
        help="The payment required by an approval of the order before production.")

    # -- CRUD -------------------------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        productions = super().create(vals_list)
        productions._plan_first_end(vals_list)
        productions._check_payment_condition()
        productions._check_ties()
        return productions

    def write(self, vals):
        if 'state' in vals:
            self._check_state_written(vals['state'])
        waiting = self._filter_not_begun() if vals.get('state') in STARTED_STATES else self.browse()
        leads_away = not vals.keys().isdisjoint({'sale_line_id', 'reference_ids', 'company_id'})
        with self._order_links_kept() if leads_away else nullcontext():
            result = super().write(vals)
            waiting._check_payment_condition()
        return result

    def _check_state_written(self, state):
        """:raise UserError: when a person would call a manufacturing order for an order under policy done, or not done
            any more, otherwise than by its moves"""
        if state != 'done':
            self._check_done_kept()
        elif self.env['order.policy']._has_any_governed():
            self.filtered(lambda production: any(
                move.state not in ('done', 'cancel') for move in production.move_raw_ids | production.move_finished_ids
            ))._check_made_by_moves()

    # -- compute --------------------------------------------------------------------------------

    @api.depends('state', 'reference_ids.sale_ids', 'sale_line_id')
    @api.depends_context('lang')
    def _compute_payment_obstacle(self):
        waiting = self.filtered(lambda production: production._is_to_start() and production._may_be_ruled())
        orders = {production: production._get_ruling_orders() for production in waiting}
        obstacles = self.env['sale.order'].union(*orders.values()).filtered(
            lambda order: order.policy_id and order.state == 'sale')._get_condition_obstacles('production')
        for production in self:
            own = [obstacles[order.id] for order in orders.get(production, ()) if order.id in obstacles]
            production.payment_obstacle = "\n".join(own) or False

    # -- sales orders ---------------------------------------------------------------------------

    @api.model
    def _get_served_order_paths(self):
        # Only the topmost has an order line; what is made for it shares its references.
        return ['reference_ids.sale_ids', 'sale_line_id.order_id']

    def _get_served_orders_sql(self, alias):
        return SQL(
            "(%s UNION ALL SELECT line.order_id FROM sale_order_line line WHERE line.id = %s)",
            self._get_reference_orders_sql('reference_ids', alias), self._field_to_sql(alias, 'sale_line_id'))

    @api.model
    def _get_document_end_fields(self):
        return ['date_finished', 'state']

    def _get_order_shares(self):
        """How much of this manufacturing order is for each of the sales orders that it serves; as superuser.

        :return: dict order id → float between 0 and 1
        """
        self.ensure_one()
        orders = self._get_served_orders()
        if len(orders) == 1:
            return {orders.id: 1.0}
        main = self.move_finished_ids.filtered(lambda move: move.product_id == self.product_id)
        return main.move_dest_ids._get_order_shares(orders, self.product_uom_qty)

    def _prepare_order_row(self):
        self.ensure_one()
        return {
            **super()._prepare_order_row(),
            'kind': 'production',
            'kind_label': self.env._("Production"),
            'subject': self.product_id.display_name,
            'quantity': self._describe_quantity(self.qty_produced, self.product_qty, self.product_uom_id),
            'done': self.state == 'done' and self.date_finished,
        }

    # -- plan -----------------------------------------------------------------------------------

    def _plan_first_end(self, vals_list):
        """Plan new manufacturing orders to end on the day that production has confirmed: only now their duration is
        known.

        :param vals_list: what they were created with
        """
        for production, vals in zip(self, vals_list):
            if vals.get('sale_line_id') and vals.get('date_finished') and production._may_serve_governed():
                end = fields.Datetime.to_datetime(vals['date_finished'])
                if end == production.sudo().sale_line_id.order_id._get_planned_moment('production'):
                    production._plan_end(end)

    def _plan_confirmed_end(self):
        """Plan what is made for order lines to end on the day that production has confirmed, where there is one."""
        for production in self:
            order_sudo = production._may_serve_governed() and production.sudo().sale_line_id.order_id
            if order_sudo and order_sudo.state == 'sale' and (end := order_sudo._get_planned_moment('production')):
                production._plan_end(end)

    def _plan_end(self, end):
        """Plan this manufacturing order so that it ends at a moment; its components are needed at its start."""
        self.ensure_one()
        start = end - self._get_planned_duration()
        if (self.date_start, self.date_finished) != (start, end):
            self.write({'date_start': start, 'date_finished': end})

    def _get_planned_duration(self):
        """:return: timedelta from start to end, as core plans it"""
        self.ensure_one()
        if self.bom_id.produce_delay:
            return timedelta(days=self.bom_id.produce_delay)
        return timedelta(minutes=sum(self.workorder_ids.mapped('duration_expected')) or 60)

    def _get_backorder_mo_vals(self):
        vals = super()._get_backorder_mo_vals()
        # What is left keeps the plan, as somebody may have changed it meanwhile, while it lies ahead.
        if self._has_governed_plan() and self.date_finished > fields.Datetime.now():
            vals.update(date_start=self.date_start, date_finished=self.date_finished)
        return vals

    def _has_governed_plan(self):
        """:return: whether this manufacturing order has a planned end and serves, on whatever level, an order under
            policy"""
        self.ensure_one()
        return bool(self.date_finished) and self._may_serve_governed() and bool(
            self.sudo()._get_served_orders().policy_id)

    def action_merge(self):
        planned = self.filtered(lambda production: production._has_governed_plan())
        action = super().action_merge()
        if planned:
            # Core plans what it merges from now on. It is needed when the first of them was.
            self.browse(action['res_id'])._plan_end(min(planned.mapped('date_finished')))
        return action

    # -- what may be produced -------------------------------------------------------------------

    @api.constrains('sale_line_id')
    def _check_order_accepted(self):
        """Nothing is produced for an order that is not accepted (article F1), whoever makes the order.

        What remains of a manufacturing order goes on: its order was accepted when it began.
        """
        for production in self.sudo():
            order = production.sale_line_id.order_id
            if order.policy_id and order.state in ('draft', 'sent') and not production._is_rest_of_production():
                raise order._get_production_error()

    def _is_rest_of_production(self, states=None):
        """Whether an earlier manufacturing order for the same order line has left this one over.

        :param states: of the earlier one; all by default
        """
        self.ensure_one()
        return any(
            other.sale_line_id == self.sale_line_id and other.backorder_sequence < self.backorder_sequence
            and (states is None or other.state in states)
            for other in self.production_group_id.production_ids - self)

    # -- what may be started --------------------------------------------------------------------

    def _get_ruling_orders(self):
        """:return: the orders whose rules hold these manufacturing orders, as superuser: those that they serve, and
            those whose deliveries wait for what is made here"""
        own_sudo = self.sudo()
        return own_sudo._get_served_orders() | own_sudo.move_finished_ids.move_dest_ids.sale_line_id.order_id

    def _may_be_ruled(self):
        """:return: whether the company may have orders under policy, or one of another company rules this
            manufacturing order"""
        self.ensure_one()
        Policy = self.env['order.policy']
        return Policy._has_governed(self.company_id.id) or (
            Policy._has_any_governed() and bool(self._get_ruling_orders().policy_id))

    def _is_to_start(self):
        """:return: whether the work of this manufacturing order has not begun and may still do so"""
        self.ensure_one()
        return self.state not in (*STARTED_STATES, 'cancel')

    def _filter_not_begun(self):
        """:return: those of these manufacturing orders on which no work has begun; core lets people call one cancelled
            that then goes on"""
        return self.filtered(lambda production: production.state not in STARTED_STATES)

    def _compute_field_value(self, field):
        # Work begins by quantities, consumption and work orders; all of them come to the state. What has begun goes
        # on, whatever becomes of the payment.
        if field.name != 'state':
            return super()._compute_field_value(field)
        waiting = self.filtered('id')._filter_not_begun()
        result = super()._compute_field_value(field)
        waiting._check_payment_condition()
        return result

    def button_mark_done(self):
        # Before anything is asked about quantities and backorders.
        self._filter_not_begun()._check_served_orders()
        return super().button_mark_done()

    def _check_payment_condition(self):
        """Nothing is started for an order that is a quotation again (article F1), or that the customer has to pay for
        before, as an approval says (article R2).

        :raise ValidationError: with the first order that is not accepted, or waits for its payment
        """
        self.filtered(lambda production: production.state in STARTED_STATES)._check_served_orders()

    def _check_served_orders(self):
        governed = self.sudo().filtered(lambda production: production._may_be_ruled())
        for production in governed:
            orders = production._get_ruling_orders().filtered('policy_id')
            # What is made for a cancelled order may still be made for stock, and rests of what has begun go on.
            if orders and all(order.state in ('draft', 'sent') for order in orders) and not (
                    production._is_rest_of_production(STARTED_STATES)):
                raise orders[0]._get_production_error()
        governed and governed._get_ruling_orders()._check_condition('production')

    # -- links ------------------------------------------------------------------------------------

    def _get_open_for_orders(self):
        # What was made for an order is on its record afterwards, too.
        return self.sudo()

    def _get_order_links(self):
        # An order that is a quotation again may be confirmed again, and until then nothing is made for it. What is made
        # for a cancelled one may be made for stock.
        links = {}
        for production in self:
            if orders := production._get_judged_orders().filtered(lambda order: order.state != 'cancel'):
                links[production.id] = {(order_id, 'order') for order_id in orders.ids}
        return links

    def _get_tied_orders(self):
        return self._get_judged_orders().filtered(lambda order: order.state == 'sale')

    def _get_judged_orders(self):
        if not self.env['order.policy']._has_any_governed():
            return self.env['sale.order']
        return self._get_served_orders().filtered('policy_id')

    def _get_link_error(self, order):
        if self.state == 'done':
            return UserError(self.env._(
                "%(document)s is done and was made for %(order)s, so it must stay linked to the order.",
                document=self.display_name, order=order.name))
        return super()._get_link_error(order)

    def _get_tie_siblings(self):
        return self.production_group_id.production_ids

    def _check_done_kept(self):
        """:raise UserError: when a person would call a manufacturing order for an order under policy not done"""
        done = self.sudo().filtered(lambda production: production.state == 'done')
        if done and not self._is_system_recording():
            for production_id, ties in done._get_order_links().items():
                raise done.browse(production_id)._get_link_error(self.env['sale.order'].sudo().browse(min(ties)[0]))

    def _check_made_by_moves(self):
        """A manufacturing order is done when its moves are; core lets none end in another way.

        :raise ValidationError: when a person would call one done that waits for a payment
        :raise UserError: when it is for an order under policy
        """
        if self._is_system_recording():
            return
        self._filter_not_begun()._check_served_orders()
        for production in self.sudo():
            if order := production._get_ruling_orders().filtered(
                    lambda order: order.policy_id and order.state == 'sale')[:1]:
                raise UserError(self.env._(
                    "%(document)s is made for %(order)s. Produce it to set it to done.",
                    document=production.display_name, order=order.name))
