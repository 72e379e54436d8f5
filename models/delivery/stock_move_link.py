from contextlib import nullcontext

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import ormcache

from ..review.sale_order_line_loose import CORE_PRICING


class StockMove(models.Model):
    _inherit = 'stock.move'

    @api.model
    @ormcache()
    def _get_link_fields(self):
        """:return: frozenset of the fields that lead from a move to its order, or tell that it goes to a customer, with
            those that they are computed from: a move of a manufacturing order goes where that says"""
        names = {
            'sale_line_id', 'picking_id', 'reference_ids', 'location_dest_id', 'location_final_id', 'product_id',
            'company_id', 'partner_id', 'origin_returned_move_id',
        }
        return frozenset(names | self._find_fields_behind({(self._name, name) for name in names}))

    def _get_order_links(self):
        links = {}
        for move in self:
            if orders := move._get_tied_orders():
                ties = ['order', *move._get_customer_places()]
                if line := move.sale_line_id:
                    ties += [f'line {line.id}', f'product {move.product_id.id}']
                links[move.id] = {(order_id, tie) for order_id in orders.ids for tie in ties}
        return links

    def _get_customer_places(self):
        """:return: list of the fields by which the goods of this move go to a customer"""
        self.ensure_one()
        return [name for name in ('location_dest_id', 'location_final_id') if self._is_customer_location(self[name])]

    def _may_be_ruled(self):
        """:return: whether the move's company may have orders under policy, or the move is for one of another company;
            asked as superuser"""
        self.ensure_one()
        Policy = self.env['order.policy']
        return Policy._has_governed(self.company_id.id) or (
            Policy._has_any_governed() and bool(self._get_ruling_orders().policy_id))

    def _get_ruling_orders(self):
        """:return: the orders whose rules hold this move, as superuser"""
        self.ensure_one()
        # What was added to a transfer has no order line; it goes out with the order all the same.
        return self.sale_line_id.order_id or self.picking_id.sale_id | self.reference_ids.sale_ids

    def _links_kept(self, vals):
        """:return: context manager: the values may be written in its block as long as they keep the ties of these moves
            and add none that was not approved"""
        touched = vals.keys() & self._get_link_fields()
        if not touched:
            return nullcontext()
        # Core gives each new move its transfer: that adds orders and takes none away.
        gives = touched == {'picking_id'} and not any(move.picking_id for move in self)
        return self._ties_judged() if gives else self._order_links_kept()

    def _get_link_error(self, order):
        if self.picking_id:
            return self.picking_id._get_link_error(order)
        return super()._get_link_error(order)

    # -- new ties ---------------------------------------------------------------------------------

    def _get_tied_orders(self):
        return self._get_judged_orders().filtered(lambda order: order.state == 'sale')

    def _get_judged_orders(self):
        if not self.env['order.policy']._has_any_governed() or not self._get_customer_places():
            return self.env['sale.order']
        is_open = self.state not in ('done', 'cancel')
        return self._get_ruling_orders().filtered(
            lambda order: order.policy_id and (is_open or order.state == 'sale'))

    def _find_tie_faults(self, order):
        faults = super()._find_tie_faults(order)
        if order.state != 'sale':
            return faults
        if self.sale_line_id and not self.sale_line_id._is_delivered_by(self.product_id):
            faults.add((order.id, 'product', self.product_id.id))
        # What goes out once more after a return is no further delivery, and does not count as one.
        origin = self.origin_returned_move_id
        if origin and not (self._is_customer_location(origin.location_id) and origin.sale_line_id == self.sale_line_id):
            faults.add((order.id, 'return', origin.id))
        # Core empties the address where it puts orders together, and a vendor who delivers is that of the transfer.
        addresses = self._get_ruling_orders().partner_shipping_id
        if self.location_id.usage == 'supplier':
            addresses |= self.purchase_line_id.order_id.partner_id
        return faults | {
            (order.id, 'address', partner.id) for partner in (self.partner_id | self.picking_id.partner_id) - addresses}

    def _get_company_ids(self):
        return super()._get_company_ids() | {picking.company_id.id for picking in self.picking_id}

    def _get_tie_siblings(self):
        return self._get_ruling_orders().order_line.move_ids

    def _get_tie_neighbours(self):
        # The order of a transfer is that of the lines of its moves.
        return self.filtered(lambda move: move.sudo().sale_line_id.order_id.policy_id).picking_id.move_ids

    def _get_tie_error(self, order, kind):
        if kind == 'address':
            return order._get_address_error()
        if kind == 'product':
            return self._get_product_error(order, self.product_id)
        if kind == 'return':
            return UserError(self.env._(
                "This transfer delivers “%(product)s” of %(order)s to the customer, so it cannot be the return of"
                " another transfer.",
                product=self.product_id.display_name, order=order.name))
        return super()._get_tie_error(order, kind)

    def _check_pushed(self):
        """:raise UserError: when a rule of core has led these moves to the customer of an order under policy, and they
            are not what was approved; which company moves them says the rule"""
        for move_id, faults in self._get_tie_faults().items():
            if faults := {fault for fault in faults if fault[1] != 'company'}:
                order_id, kind, _id = min(faults)
                raise self.browse(move_id)._get_tie_error(self.env['sale.order'].browse(order_id), kind)

    def _get_product_error(self, order, product, line=None):
        """:param line: ``sale.order.line`` that it would go out for, that of this move by default
        :return: UserError for a product that would go out for an order as something else"""
        sold = (line or self.sale_line_id).product_id or self.product_id
        return UserError(self.env._(
            "“%(product)s” does not deliver “%(sold)s” of %(order)s. Add it to the transfer without an order "
            "line.", product=product.display_name, order=order.name, sold=sold.display_name))

    # -- repairs ----------------------------------------------------------------------------------

    def _check_repair_tie(self, vals):
        """The line of a part comes to the order with its repair and is priced by core: no line of an order becomes one
        and none ceases to be one, because a move says so.

        :param vals: values that these moves are about to get
        :raise UserError: for moves of orders under policy, for everybody but core in its own work
        """
        if self._is_system_recording() or CORE_PRICING.lies_on(self):
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
    def _check_new_repair_ties(self, vals_list):
        """:raise UserError: as :meth:`_check_repair_tie`, for moves that are about to be created"""
        # As they will be: what a value does not say comes from the context.
        given = {
            name: self.env.context[f'default_{name}'] for name in ('repair_id', 'sale_line_id')
            if f'default_{name}' in self.env.context}
        for vals in vals_list:
            vals = given | vals
            if vals.get('repair_id') and vals.get('sale_line_id'):
                self._check_repair_tie(vals)

    @api.model
    def _get_repair_tie_error(self, order):
        """:param order: ``sale.order`` that the parts belong to
        :return: UserError"""
        return UserError(self.env._(
            "The parts of a repair are added to %(order)s by the repair order. Add or remove them there.",
            order=order.name))
