from collections import defaultdict

from odoo import api, models
from odoo.exceptions import ValidationError

# Where goods lie that are counted, and where they end without being delivered or used.
IN_HOUSE = ('internal', 'transit')
DISPOSED = ('supplier', 'inventory')


class StockMove(models.Model):
    _inherit = 'stock.move'

    # -- goods that arrive ------------------------------------------------------------------------

    def write(self, vals):
        if vals.get('state') != 'done' or not self.env['order.policy']._get_inspecting_ids():
            return super().write(vals)
        ending = self.sudo().filtered(lambda move: move.state != 'done')
        result = super().write(vals)
        # At once: core goes on to reserve what has come for those who wait for it.
        ending.move_line_ids._inspect_arrivals()
        return result

    def _action_done(self, cancel_backorder=False):
        done = super()._action_done(cancel_backorder=cancel_backorder)
        if self.env['order.policy']._get_inspecting_ids():
            returned = done.sudo().filtered(
                lambda move: move.state == 'done' and move.location_dest_id.usage == 'supplier')
            if returned:
                self.env['order.inspection'].sudo()._follow_disposals(returned)
        return done

    @api.model
    def _get_arrival_points(self, move):
        """:return: tuple of the points of inspection plans that apply to what this move brings in; what comes in by
            another way than it went out, or is found, is inspected as well"""
        if move.production_id:
            return ('production',)
        # A sister company delivers by way of what lies between the companies.
        is_bought = move.location_id.usage == 'supplier' or (
            move.location_id.usage == 'transit' and not move.location_id._is_in_house())
        return ('receipt',) if is_bought else ('receipt', 'production')

    def _get_inspection_orders(self):
        """:return: the orders under policy for which these moves bring or take goods; as superuser"""
        orders = (
            self.sale_line_id.order_id | self.reference_ids.sale_ids | self.move_dest_ids.sale_line_id.order_id
            | self.production_id._get_served_orders())
        return orders.filtered('policy_id')

    # -- goods that stay --------------------------------------------------------------------------

    @api.constrains('state')
    def _check_held_goods(self):
        """What was not inspected, or has failed, stays in its warehouse: it is neither shipped nor used (article F4),
        whoever makes the move."""
        requiring = self.env['order.policy']._get_requiring_ids()
        if not requiring:
            return
        leaving = outside = self.env['stock.move.line'].sudo()
        for move in self.sudo():
            if move.state == 'done' and move.product_id.is_storable and move._is_under_inspection(requiring):
                leaving |= move.move_line_ids.filtered(lambda line: line._leaves_warehouse())
                outside |= move.move_line_ids.filtered(lambda line: line._is_taken_from_outside())
        leaving and leaving._check_held_quantities()
        outside and outside._check_nothing_held()

    def _is_under_inspection(self, requiring):
        """:param requiring: ids of the policies under which goods are held
        :return: whether one of them rules this move; asked as superuser"""
        self.ensure_one()
        if self.company_id.order_policy_id.id in requiring:
            return True
        # Not added up: the orders of all moves are read together.
        for orders in (self.sale_line_id.order_id, self.picking_id.sale_id, self.reference_ids.sale_ids):
            if any(order.policy_id.id in requiring for order in orders):
                return True
        return False

    @api.model
    def _get_held_error(self, product, warehouse, lot, held, present):
        """:param warehouse: ``stock.warehouse`` or ``stock.location`` from which it would be taken, empty for what is
            under way
        :param lot: ``stock.lot``, empty where it is about all of them
        :param held: how much has to stay
        :param present: how much there would be left
        :return: ValidationError for whoever would take more of a product than has passed"""
        values = {
            'product': product.display_name, 'unit': product.uom_id.name, 'lot': lot.name,
            'warehouse': warehouse.display_name or self.env._("transit"), 'held': f"{held:g}",
            'left': f"{max(present, 0):g}"}
        if not held:
            # Only what is not there can have been taken from where nothing is held.
            return ValidationError(self.env._(
                "“%(product)s” is not in stock in %(warehouse)s, and other pieces of it have not passed the "
                "inspection. Select the pieces that are taken.", **values))
        if lot:
            return ValidationError(self.env._(
                "%(held)s %(unit)s of “%(product)s” (%(lot)s) in %(warehouse)s have not passed the inspection, and "
                "only %(left)s %(unit)s would be left. Ask quality to inspect them, or remove them from this document.",
                **values))
        return ValidationError(self.env._(
            "%(held)s %(unit)s of “%(product)s” in %(warehouse)s have not passed the inspection, and only %(left)s "
            "%(unit)s would be left. Ask quality to inspect them, or remove them from this document.", **values))

    @api.model
    def _get_present_quantities(self, products):
        """What lies in the warehouses, in one query; as superuser.

        :param products: ``product.product``
        :return: dict (``product.product``, ``stock.warehouse``, empty for what is under way) → dict ``stock.lot`` →
            quantity in the unit of the product
        """
        present = defaultdict(lambda: defaultdict(float))
        for product, location, lot, quantity in self.env['stock.quant'].sudo()._read_group(
                [('product_id', 'in', products.ids), ('location_id.usage', 'in', IN_HOUSE)],
                ['product_id', 'location_id', 'lot_id'], ['quantity:sum']):
            if location._is_in_house():
                present[product, location.warehouse_id][lot] += quantity
        return present
