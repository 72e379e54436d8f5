from odoo import api, models
from odoo.exceptions import UserError

from ..review.sale_order_line_loose import CORE_PRICING


class StockMove(models.Model):
    _name = 'stock.move'
    _inherit = ['stock.move', 'order.link.mixin']

    @api.model
    def _get_link_fields(self):
        """:return: set of the fields that lead from a move to its order, or tell that it goes to a customer"""
        return {
            'sale_line_id', 'picking_id', 'reference_ids', 'location_dest_id', 'location_final_id', 'product_id',
            'company_id',
        }

    def _get_order_links(self):
        links = {}
        for move in self:
            places = [
                name for name in ('location_dest_id', 'location_final_id')
                if self.env['order.policy']._has_governed(move.company_id.id)
                and self._is_customer_location(move[name])]
            orders = places and move._get_ruling_orders().filtered(
                lambda order: order.policy_id and order.state == 'sale')
            if orders:
                ties = ['order', *places] + [f'line {move.sale_line_id.id}'] * bool(move.sale_line_id)
                links[move.id] = {(order_id, tie) for order_id in orders.ids for tie in ties}
        return links

    def _get_ruling_orders(self):
        """:return: the orders whose rules hold this move, as superuser"""
        self.ensure_one()
        # What was added to a transfer has no order line; it goes out with the order all the same.
        return self.sale_line_id.order_id or self.picking_id.sale_id | self.reference_ids.sale_ids

    # -- repairs ----------------------------------------------------------------------------------

    def _check_repair_tie(self, vals):
        """The line of a part comes to the order with its repair and is priced by core: no line of an order becomes one
        and none ceases to be one, because a move says so.

        :param vals: values that these moves are about to get
        :raise UserError: for moves of orders under policy, for everybody but core in its own work
        """
        if self._is_free_to_relink() or CORE_PRICING.lies_on(self):
            return
        Line = self.env['sale.order.line'].sudo()
        given = Line.browse(vals.get('sale_line_id') or [])
        tied = given if not self and vals.get('repair_id') else Line
        for move in self.sudo():
            before = (move.repair_id.id, move.sale_line_id)
            after = (
                (vals['repair_id'] or False) if 'repair_id' in vals else move.repair_id.id,
                given if 'sale_line_id' in vals else move.sale_line_id)
            if before != after:
                tied |= Line.union(*(line for repair_id, line in (before, after) if repair_id))
        if order := tied.order_id.filtered('policy_id')[:1]:
            raise self._get_repair_tie_error(order)

    @api.model
    def _get_repair_tie_error(self, order):
        """:param order: ``sale.order`` that the parts belong to
        :return: UserError"""
        return UserError(self.env._(
            "The parts of a repair are added to %(order)s by the repair order. Add or remove them there.",
            order=order.name))

    # -- CRUD -------------------------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if vals.get('repair_id') and vals.get('sale_line_id'):
                self._check_repair_tie(vals)
        return super().create(vals_list)

    def write(self, vals):
        if not vals.keys().isdisjoint(('repair_id', 'sale_line_id')):
            self._check_repair_tie(vals)
        touched = vals.keys() & self._get_link_fields()
        # Core gives each new move its transfer: that adds orders and takes none away.
        if not touched or touched == {'picking_id'} and not any(move.picking_id for move in self):
            return super().write(vals)
        with self._order_links_kept():
            return super().write(vals)

    def _get_link_error(self, order):
        if self.picking_id:
            return self.picking_id._get_link_error(order)
        return super()._get_link_error(order)
