from odoo import api, models


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

    def write(self, vals):
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
