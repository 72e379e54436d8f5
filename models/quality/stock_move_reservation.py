from collections import defaultdict

from odoo import api, models

from ..mixins.mark import Work
from .stock_move import DISPOSED, IN_HOUSE

# What of a product in a warehouse may be reserved to leave it: how much is free of all, and of each lot; how much of
# what lies there is left out for it.
_TOTAL = 'total'
_LEFT_OUT = 'left_out'


class StockMove(models.Model):
    """Goods that were not inspected, or have failed, are reserved by nobody who would take them out of their warehouse
    (article F4). What is put away there, and what is returned, scrapped or reworked, may be."""
    _inherit = 'stock.move'

    # -- reserving --------------------------------------------------------------------------------

    def _action_assign(self, force_qty=False):
        free = self._get_free_quantities()
        if not free:
            return super()._action_assign(force_qty=force_qty)
        with Work.begin('reservation', self) as work:
            work.result = free
            result = super(StockMove, work.put(self))._action_assign(force_qty=force_qty)
        return work.take_off(result, self)

    def _update_reserved_quantity_vals(
            self, need, location_id, lot_id=None, package_id=None, owner_id=None, strict=True):
        work = Work.find('reservation', self)
        free = work and work.result.get((self.product_id.id, location_id.warehouse_id.id))
        if not free or not self.sudo()._takes_out():
            return super()._update_reserved_quantity_vals(
                need, location_id, lot_id=lot_id, package_id=package_id, owner_id=owner_id, strict=strict)
        with Work.begin('beside_held', self) as beside:
            beside.result = free
            found = super(StockMove, beside.put(self))._update_reserved_quantity_vals(
                need, location_id, lot_id=lot_id, package_id=package_id, owner_id=owner_id, strict=strict)
        return beside.take_off(found, self)

    def _set_quantity_done_prepare_vals(self, qty):
        # Whoever enters a quantity gets the lots of which something is free; which pieces these are is said by lots.
        free = self.product_id.tracking != 'none' and self._get_free_quantities()
        own = free and free.get((self.product_id.id, self.location_id.warehouse_id.id))
        if not own:
            return super()._set_quantity_done_prepare_vals(qty)
        with Work.begin('beside_held', self) as beside:
            beside.result = own
            commands = super(StockMove, beside.put(self))._set_quantity_done_prepare_vals(qty)
        return beside.take_off(commands, self)

    # -- what is free -----------------------------------------------------------------------------

    def _get_free_quantities(self):
        """What of the goods that these moves take out of their warehouses is held by nothing, in a constant number of
        queries; none where no policy requires inspections.

        :return: dict (id of the product, id of the warehouse) → dict id of a lot, ``total`` → quantity that may still
            be reserved, ``left_out`` → quantity that may not; empty where nothing is held
        """
        moves = self.sudo()._filter_held_back()
        inspections = moves and self.env['order.inspection']._get_held_inspections(moves.product_id)
        if not inspections:
            return {}
        held, products = inspections._get_held_quantities(), inspections.product_id
        present, (leaving, disposed) = self._get_present_quantities(products), self._get_reserved_quantities(products)
        free = {}
        for key, stays in held.items():
            there, taken, gone = present[key], leaving[key], disposed[key]
            # What is about to be returned or scrapped is what has failed.
            kept = {lot: max(stays.get(lot, 0), gone.get(lot, 0)) for lot in {*stays, *gone}}
            product, warehouse = key
            own = free[product.id, warehouse.id] = {
                lot.id: max(quantity - kept.get(lot, 0) - taken.get(lot, 0), 0) for lot, quantity in there.items()}
            own[_LEFT_OUT] = sum(kept.values())
            own[_TOTAL] = max(sum(there.values()) - own[_LEFT_OUT] - sum(taken.values()), 0)
        return free

    def _filter_held_back(self):
        """:return: those of these moves that take nothing that was not inspected or has failed; asked as superuser"""
        requiring = self.env['order.policy']._get_requiring_ids()
        return requiring and self.filtered(lambda move: (
            move.state not in ('draft', 'done', 'cancel') and move.product_id.is_storable
            and move._is_under_inspection(requiring) and move._takes_out())) or self.browse()

    def _describe_held_back(self):
        """:return: list of translated texts: the products of which something is held where these moves take them, and
            how much; asked as superuser"""
        moves = self._filter_held_back()
        held = defaultdict(float)
        places = {(move.product_id, move.location_id.warehouse_id) for move in moves}
        for row in moves and self.env['order.inspection']._get_held_inspections(moves.product_id):
            if (row.product_id, row.warehouse_id) in places:
                held[row.product_id] += row.held_quantity
        return [self.env._(
            "%(product)s (%(quantity)s %(unit)s wait for quality)", product=product.display_name,
            quantity=f"{quantity:g}", unit=product.uom_id.name) for product, quantity in held.items()]

    @api.model
    def _get_reserved_quantities(self, products):
        """What of these products is reserved already; as superuser.

        :param products: ``product.product``
        :return: pair of dicts (``product.product``, ``stock.warehouse``) → dict ``stock.lot`` → quantity: what is about
            to leave its warehouse, and what is about to be returned or scrapped
        """
        leaving, disposed = (defaultdict(lambda: defaultdict(float)) for _kind in range(2))
        for line in self.env['stock.move.line'].sudo().search([
                ('product_id', 'in', products.ids), ('state', 'not in', ('draft', 'done', 'cancel')),
                ('quantity_product_uom', '>', 0), ('location_id.usage', 'in', IN_HOUSE)]):
            move = line.move_id
            kind = leaving if move._takes_out() else disposed if move._is_disposal() else None
            if kind is not None:
                kind[line.product_id, line.location_id.warehouse_id][line.lot_id] += line.quantity_product_uom
        return leaving, disposed

    def _takes_out(self):
        """:return: whether this move, or what follows after it, takes goods out of their warehouse, other than to
            dispose of them; asked as superuser"""
        self.ensure_one()
        warehouse, destination = self.location_id.warehouse_id, self.location_dest_id
        if destination.usage in DISPOSED:
            return False
        if destination.usage != 'internal' or destination.warehouse_id != warehouse:
            return True
        if destination.parent_path.startswith(warehouse.lot_stock_id.parent_path or '/'):
            # What is put away stays, whoever waits for it.
            return False
        final = self.location_final_id
        if final.usage in DISPOSED:
            return False
        return bool(final and (final.usage != 'internal' or final.warehouse_id != warehouse)) or any(
            move._takes_out() for move in self.move_dest_ids if move.state not in ('done', 'cancel'))

    def _is_disposal(self):
        """:return: whether this move, or what follows after it, brings goods back to a vendor or scraps them; asked as
            superuser"""
        self.ensure_one()
        return not {self.location_dest_id.usage, self.location_final_id.usage}.isdisjoint(DISPOSED)
