from odoo import api, fields, models

from ..mixins.mark import is_system
from ..production.order_link_mixin import CORE_PROCURING


class StockRule(models.Model):
    _inherit = 'stock.rule'

    @api.model
    def run(self, procurements, raise_user_error=True):
        # Routes may lead through other companies and addresses; what core makes along them is as it was approved.
        if not self.env['order.policy']._has_any_governed():
            return super().run(procurements, raise_user_error=raise_user_error)
        if not (CORE_PROCURING.lies_on(self) or is_system(self)):
            self._check_requests(procurements)
        return super(StockRule, CORE_PROCURING.put(self)).run(procurements, raise_user_error=raise_user_error)

    @api.model
    def _check_requests(self, procurements):
        """What is asked for at the customer's place is what was approved: core makes it with the values of whoever
        asks, of a dialog of returns or a move that is made to order.

        :param procurements: list of core's ``Procurement``
        :raise UserError: for goods that an order under policy has not sold, and for another address than its own
        """
        Move = self.env['stock.move'].sudo()
        for procurement in procurements:
            values = procurement.values
            if not (values.get('sale_line_id') or values.get('reference_ids')) or not Move._is_customer_location(
                    procurement.location_id):
                continue
            line_sudo = self.env['sale.order.line'].sudo().browse(values.get('sale_line_id') or [])
            orders_sudo = (line_sudo.order_id or values['reference_ids'].sudo().sale_ids).filtered(
                lambda order: order.policy_id and order.state == 'sale')
            if not orders_sudo:
                continue
            if line_sudo and not line_sudo._is_delivered_by(procurement.product_id):
                raise Move._get_product_error(orders_sudo, procurement.product_id, line_sudo)
            if values.get('partner_id') and values['partner_id'] not in orders_sudo.partner_shipping_id.ids:
                raise orders_sudo[0]._get_address_error()

    def _run_push(self, move):
        if not self.env['order.policy']._has_any_governed():
            return super()._run_push(move)
        # What leads to a customer from its beginning was judged then.
        leads_there = bool(move.sudo()._get_customer_places())
        new_move = super(StockRule, CORE_PROCURING.put(self))._run_push(CORE_PROCURING.put(move))
        if not leads_there:
            (move | new_move if new_move else move).sudo()._check_pushed()
        return new_move and CORE_PROCURING.take_off(new_move, move.sudo())

    def _get_push_new_date(self, move):
        new_date = super()._get_push_new_date(move)
        # The last step of a delivery is born when the goods are picked, and still has its confirmed day.
        if self.env['order.policy']._has_governed(move.company_id.id) and move._is_customer_location(
                self.location_dest_id):
            order_sudo = move.sudo().sale_line_id.order_id
            planned = order_sudo and order_sudo._get_planned_moment('delivery')
            if planned and planned > fields.Datetime.to_datetime(new_date):
                return fields.Datetime.to_string(planned)
        return new_date
