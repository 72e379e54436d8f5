from collections import defaultdict
from math import floor

from odoo import api, fields, models
from odoo.tools import float_compare

# To how many digits a quotient of quantities is exact.
DIGITS = 6
# What is measured comes in any fraction; everything else is counted, and a kit is there when all of its parts are.
MEASURES = (
    'uom.product_uom_gram', 'uom.product_uom_hour', 'uom.product_uom_kwh', 'uom.product_uom_milliliter',
    'uom.product_uom_millimeter', 'uom.product_uom_square_meter',
)


class SaleOrderLine(models.Model):
    """What was delivered of a line say its transfers: added up as they are, and rounded once, in the line's unit."""
    _inherit = 'sale.order.line'

    # -- delivered quantity ---------------------------------------------------------------------

    @api.depends('product_uom_qty', 'kit_parts')
    def _compute_qty_delivered(self):
        return super()._compute_qty_delivered()

    def _prepare_qty_delivered(self):
        # Core rounds each move, counts kits by the bill of materials of today, and what has become a kit as one.
        quantities = super()._prepare_qty_delivered()
        for line in self.sudo():
            if line in quantities and line._is_counted_by_moves() and (parts := line._get_kit_parts()):
                quantities[line] = line._to_line_quantity(parts, line._get_delivered_parts(parts))
        return quantities

    def _is_counted_by_moves(self):
        """:return: whether what was delivered is what transfers have moved; parts of a repair are used up by it"""
        self.ensure_one()
        return bool(
            self.qty_delivered_method == 'stock_move' and self.order_id.policy_id and not self.move_ids.repair_id)

    def _get_delivered_parts(self, parts):
        """What the customer has got for this line and has not given back for a credit; asked as superuser.

        What is given back without a credit comes again, from a repair or in exchange: as long as the customer has
        less than was ordered, it counts as if it had stayed.

        :param parts: value of :meth:`_get_kit_parts`
        :return: dict ``product.product`` id → quantity in its unit
        """
        self.ensure_one()
        delivered, lent = defaultdict(float), defaultdict(float)
        for move in self._get_moves_done():
            product_id, quantity = move.product_id.id, move._in_product_unit(move.quantity)
            if move._is_to_customer():
                if not move.origin_returned_move_id or move.to_refund:
                    delivered[product_id] += quantity
                else:
                    lent[product_id] -= quantity
            elif move._is_customer_location(move.location_id):
                if move.to_refund:
                    delivered[product_id] -= quantity
                else:
                    lent[product_id] += quantity
        for product_id, quantity in lent.items():
            surplus = delivered[product_id] - parts.get(product_id, 0.0) * self.product_uom_qty
            delivered[product_id] -= max(min(quantity, surplus), 0.0)
        return delivered

    def _get_moves_done(self):
        """:return: the moves of this line that have moved something; those of a day, where core asks what had been
            delivered by then"""
        moves = self.move_ids.filtered(lambda move: move.state == 'done' and move.location_dest_id.usage != 'inventory')
        if day := fields.Date.to_date(self.env.context.get('accrual_entry_date')):
            moves = moves.filtered(lambda move: fields.Date.context_today(move, move.date) <= day)
        return moves

    # -- quantities of parts ----------------------------------------------------------------------

    def _to_line_quantity(self, parts, quantities):
        """How much of this line quantities of its parts are.

        :param parts: value of :meth:`_get_kit_parts`
        :param quantities: dict ``product.product`` id → quantity in its unit
        :return: quantity in the unit of the line
        """
        self.ensure_one()
        quantity = self._count_by_parts(parts, quantities)
        return self._round_kits(quantity) if self._is_counted_as_kit(parts) else self.product_uom_id.round(quantity)

    def _count_by_parts(self, parts, quantities):
        """As :meth:`_to_line_quantity`, not rounded.

        A piece of what is kept in dozens is moved as 0.08 of them: that is all of it.
        """
        self.ensure_one()
        counts = []
        for product in self.env['product.product'].browse(parts):
            quantity, part = quantities.get(product.id, 0.0), parts[product.id]
            is_all = quantity and product.uom_id.compare(quantity, part * self.product_uom_qty) == 0
            counts.append(self.product_uom_qty if is_all else quantity / part)
        return min(counts)

    def _is_counted_as_kit(self, parts):
        return parts.keys() != {self.product_id.id}

    def _round_kits(self, quantity, unit=None):
        """How many kits there are: a dozen has twelve, and what was ordered is there when it is, be it two and a half.

        :param quantity: in the unit of this line
        :param unit: ``uom.uom`` of the result, that of this line by default
        :return: quantity in that unit
        """
        self.ensure_one()
        own = self.product_uom_id
        unit = unit or own
        if self._is_measured(own):
            return unit.round(round(quantity * own.factor / unit.factor, DIGITS), rounding_method='DOWN')
        kits = floor(round(quantity * own.factor, DIGITS))
        if float_compare(quantity, self.product_uom_qty, precision_digits=DIGITS) >= 0:
            kits = max(kits, self.product_uom_qty * own.factor)
        return unit.round(kits / unit.factor)

    @api.model
    def _is_measured(self, unit):
        """:return: whether what comes in a unit of measure is measured, and not counted"""
        root_id = int(unit.parent_path.split('/')[0])
        to_id = self.env['ir.model.data']._xmlid_to_res_id
        return any(to_id(name, raise_if_not_found=False) == root_id for name in MEASURES)

    # -- procured quantity ------------------------------------------------------------------------

    def _get_qty_procurement(self, previous_product_uom_qty=False):
        # What a recipe of today says of moves of an earlier one would be procured once more, or not at all.
        line_sudo = self.sudo()
        parts = line_sudo._get_kit_parts() if line_sudo.order_id.policy_id and line_sudo.kit_parts else {}
        moves_sudo = line_sudo._get_live_moves()
        if not parts or not parts.keys() <= set(moves_sudo.product_id.ids):
            return super()._get_qty_procurement(previous_product_uom_qty=previous_product_uom_qty)
        procured = line_sudo._get_procured_quantities(moves_sudo)
        return self.product_uom_id.round(self._count_by_parts(parts, procured))

    def _get_procured_quantities(self, moves):
        """:param moves: moves of a line as superuser
        :return: dict ``product.product`` id → what they have brought to the customer or shall bring, in its unit
        """
        procured = defaultdict(float)
        for move in moves.filtered(lambda move: move.location_dest_id.usage != 'inventory'):
            quantity = move._in_product_unit(move.quantity if move.state == 'done' else move.product_uom_qty)
            if move._goes_to_customer():
                if not move.origin_returned_move_id or move.to_refund:
                    procured[move.product_id.id] += quantity
            elif move.to_refund and move._is_customer_location(move.location_id):
                procured[move.product_id.id] -= quantity
        return procured
