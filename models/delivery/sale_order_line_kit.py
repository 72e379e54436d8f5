from collections import defaultdict

from odoo import fields, models
from odoo.fields import Domain
from odoo.tools import float_compare

from .sale_order_line_quantity import DIGITS


class SaleOrderLine(models.Model):
    """What a kit consists of: as it was when its order was confirmed, however its bill of materials changes since."""
    _inherit = 'sale.order.line'

    kit_parts = fields.Json(
        "Parts of the Kit", readonly=True, copy=False,
        help="The components of one unit of a kit when the order was confirmed.")

    # -- what is kept ---------------------------------------------------------------------------

    def _action_launch_stock_rule(self, **kwargs):
        if self.env.context.get('skip_procurement') and not self._is_core_at_work() and self.sudo().order_id.policy_id:
            # Core says so of what it has just delivered itself; a client would leave an order without its documents.
            self = self.with_context(skip_procurement=False)  # noqa: PLW0642
        result = super()._action_launch_stock_rule(**kwargs)
        # Core comes here again when a quantity is written, the same one too, and its moves may be others by then.
        if not kwargs.get('previous_product_uom_qty'):
            lines = self.sudo().filtered(lambda line: line.order_id.policy_id and line.state == 'sale')
            without = lines.filtered(
                lambda line: line._is_stock_line() and line.product_id not in line._get_live_moves().product_id)
            lines._keep_kit_parts(without._get_parts_of_today())
        return result

    def _get_live_moves(self):
        """:return: the moves of this line that have not been cancelled"""
        return self.move_ids.filtered(lambda move: move.state != 'cancel')

    def _keep_kit_parts(self, parts_of_today=None):
        """Keep what core has just procured for the kits of confirmed orders under policy; in batch, as superuser.

        :param parts_of_today: value of :meth:`_get_parts_of_today`, where that is what was procured: there is no move
            yet for what a vendor delivers
        """
        for line in self.filtered(lambda line: line.order_id.policy_id and line.state == 'sale'):
            moves = line._get_live_moves()
            parts = {}
            if any(move.state == 'done' for move in moves):
                if not line._is_procured_by_other_parts(moves, (parts_of_today or {}).get(line)):
                    continue
                # Confirmed again: the rest comes by another recipe than what was delivered before.
                parts = {
                    product_id: quantity / line.product_uom_qty
                    for product_id, quantity in line._get_procured_quantities(moves).items() if quantity > 0}
            elif line.product_id not in moves.product_id:
                parts = (parts_of_today or {}).get(line, {}) | line._get_procured_parts(moves)
            if parts or line.kit_parts:
                line._write_guarded({
                    'kit_parts': {str(product_id): quantity for product_id, quantity in parts.items()} or False})

    def _is_procured_by_other_parts(self, moves, today):
        """:param moves: moves of this line that have not been cancelled
        :param today: what one unit of this line consists of now, None where it is no kit
        :return: whether the open moves bring a kit by another recipe than the one that is kept
        """
        self.ensure_one()
        kept = self.kit_parts and self._get_kit_parts()
        if not kept or not today or not self.product_uom_qty or all(move.state == 'done' for move in moves):
            return False
        return kept.keys() != today.keys() or any(
            float_compare(today[product_id], part, precision_digits=DIGITS) for product_id, part in kept.items())

    def _get_procured_parts(self, moves):
        """What the moves that were made for a kit were to deliver; asked as superuser.

        :return: dict ``product.product`` id → quantity for one unit of this line, in the unit of the part
        """
        self.ensure_one()
        parts = defaultdict(float)
        for move in moves:
            if move.bom_line_id and not move.origin_returned_move_id and move._is_meant_for_customer():
                parts[move.product_id.id] += move._in_product_unit(move.product_uom_qty)
        return {
            product_id: quantity / self.product_uom_qty for product_id, quantity in parts.items()
            if quantity and self.product_uom_qty}

    def _get_parts_of_today(self):
        """What core asks for to deliver these lines; in batch, as superuser.

        :return: dict line → dict ``product.product`` id → quantity for one unit of the line, in the unit of the part;
            lines that are no kits are missing
        """
        parts = {}
        for company, lines in self.grouped('company_id').items():
            kits = self.env['mrp.bom']._bom_find(lines.product_id, company_id=company.id, bom_type='phantom')
            for line in lines:
                if (kit := kits.get(line.product_id)) and line.product_uom_qty:
                    parts[line] = line._explode(kit)
        return parts

    def _explode(self, kit):
        """:param kit: ``mrp.bom`` of the product of this line
        :return: value of :meth:`_get_parts_of_today` for this line"""
        self.ensure_one()
        quantity = self.product_uom_id._compute_quantity(self.product_uom_qty, kit.product_uom_id, round=False)
        _kits, rows = kit.explode(
            self.product_id, quantity / kit.product_qty,
            never_attribute_values=self.product_no_variant_attribute_value_ids)
        parts = defaultdict(float)
        for row, values in rows:
            if row.product_id.type == 'consu' and values['qty']:
                parts[row.product_id.id] += row.product_uom_id._compute_quantity(
                    values['qty'], row.product_id.uom_id, round=False) / self.product_uom_qty
        return dict(parts)

    # -- parts ----------------------------------------------------------------------------------

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
