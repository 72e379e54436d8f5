from collections import defaultdict
from math import floor

from odoo import fields, models
from odoo.fields import Domain


class SaleOrderLine(models.Model):
    """What a kit consists of: as it was when its order was confirmed, however its bill of materials changes since."""
    _inherit = 'sale.order.line'

    kit_parts = fields.Json(
        "Parts of the Kit", readonly=True, copy=False,
        help="The components of one unit of a kit when the order was confirmed.")

    # -- parts ----------------------------------------------------------------------------------

    def _action_launch_stock_rule(self, **kwargs):
        result = super()._action_launch_stock_rule(**kwargs)
        # Core comes here again when a quantity is written, the same one too, and its moves may be others by then.
        if not kwargs.get('previous_product_uom_qty'):
            self.sudo()._keep_kit_parts()
        return result

    def _keep_kit_parts(self):
        """Keep what core has just procured for the kits of confirmed orders under policy; in batch, as superuser."""
        for line in self.filtered(
                lambda line: line.order_id.policy_id and line.state == 'sale' and line.move_ids.bom_line_id):
            moves = line.move_ids.filtered(
                lambda move: move.bom_line_id and move.product_qty and move.state != 'cancel'
                and move._goes_to_customer())
            parts = defaultdict(float)
            if line.product_uom_qty and line.product_id not in moves.product_id:
                for move in moves:
                    parts[str(move.product_id.id)] += move.product_qty / line.product_uom_qty
            if parts and all(move.state != 'done' for move in line.move_ids):
                line._write_guarded({'kit_parts': parts})

    def _get_kit_parts(self):
        """What one unit of this line consists of; asked as superuser.

        :return: dict ``product.product`` id → quantity in its unit: the parts of a kit, or the product that was sold;
            empty where that is not known, because nothing has been procured in this company
        """
        self.ensure_one()
        if not self.kit_parts and self.product_id in self.move_ids.product_id:
            return {self.product_id.id: self.product_uom_id._compute_quantity(1, self.product_id.uom_id, round=False)}
        return {int(product_id): quantity for product_id, quantity in (self.kit_parts or {}).items()}

    def _is_delivered_by(self, product):
        """Whether a transfer of a product delivers this line: it is what was sold, or part of that kit at any depth."""
        self.ensure_one()
        if product == self.product_id:
            return True
        if parts := self._get_kit_parts():
            return product.id in parts
        known = todo = self.product_id
        while todo and product not in known:
            kits = self.env['mrp.bom'].sudo().with_context(active_test=False).search(
                Domain('type', '=', 'phantom') & Domain('product_tmpl_id', 'in', todo.product_tmpl_id.ids)
                & Domain('product_id', 'in', [False, *todo.ids]))
            todo = kits.bom_line_ids.product_id - known
            known |= todo
        return product in known

    # -- delivered quantity ---------------------------------------------------------------------

    def _prepare_qty_delivered(self):
        # Core counts kits by the bill of materials of today, and what has become a kit as one.
        quantities = super()._prepare_qty_delivered()
        for line in self.sudo():
            if line not in quantities or line.qty_delivered_method != 'stock_move' or not line.order_id.policy_id:
                continue
            parts = line._get_kit_parts()
            if line.kit_parts:
                quantities[line] = line._get_delivered_kits(parts)
            elif parts and (not quantities[line] or line.move_ids.bom_line_id):
                quantities[line] = line.product_id.uom_id._compute_quantity(
                    line._get_delivered_parts()[line.product_id.id], line.product_uom_id, rounding_method='HALF-UP')
        return quantities

    def _get_delivered_parts(self):
        """:return: dict ``product.product`` id → how much of it the customer has got for this line and has not given
            back for a refund, in its unit; asked as superuser"""
        self.ensure_one()
        delivered = defaultdict(float)
        for move in self.move_ids.filtered(
                lambda move: move.state == 'done' and move.location_dest_id.usage != 'inventory'):
            quantity = move.product_uom._compute_quantity(
                move.quantity, move.product_id.uom_id, rounding_method='HALF-UP')
            if move._is_to_customer():
                if not move.origin_returned_move_id or move.to_refund:
                    delivered[move.product_id.id] += quantity
            elif move.to_refund and move._is_customer_location(move.location_id):
                delivered[move.product_id.id] -= quantity
        return delivered

    def _get_delivered_kits(self, parts):
        """:param parts: value of :meth:`_get_kit_parts`
        :return: how many whole kits the customer has got, in the unit of this line"""
        self.ensure_one()
        delivered, products = self._get_delivered_parts(), self.env['product.product'].browse(parts)
        unit = self.product_id.uom_id
        whole = self.product_uom_id._compute_quantity(1, unit, round=False)
        kits = floor(min(
            product.uom_id.round(whole * delivered[product.id] / parts[product.id]) for product in products))
        return unit._compute_quantity(kits, self.product_uom_id, rounding_method='HALF-UP')
