from odoo import api, fields, models

# States of a manufacturing order on which work has begun.
STARTED_STATES = ('progress', 'to_close', 'done')


class MrpProduction(models.Model):
    _inherit = 'mrp.production'

    payment_obstacle = fields.Char(
        compute='_compute_payment_obstacle', compute_sudo=True,
        help="The payment that an approval of the order asks for before this is started.")

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

    @api.model_create_multi
    def create(self, vals_list):
        productions = super().create(vals_list)
        productions._check_payment_condition()
        return productions

    def write(self, vals):
        waiting = self.browse()
        if vals.get('state') in STARTED_STATES:
            waiting = self._filter_not_begun()
        result = super().write(vals)
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
