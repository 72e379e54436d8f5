from odoo import models

from ..mixins.mark import Work


class StockQuant(models.Model):
    _inherit = 'stock.quant'

    def _get_reserve_quantity(
            self, product_id, location_id, quantity, uom_id=None, lot_id=None, package_id=None, owner_id=None,
            strict=False):
        beside = Work.find('beside_held', self)
        if not beside or product_id.uom_id.compare(quantity, 0) <= 0:
            return super()._get_reserve_quantity(
                product_id, location_id, quantity, uom_id=uom_id, lot_id=lot_id, package_id=package_id,
                owner_id=owner_id, strict=strict)
        # Core names the pieces in the order in which they are removed; those that are held are passed over.
        free = dict(beside.result)
        packaging = self.env.context.get('packaging_uom_id')
        found = super(StockQuant, self.with_context(packaging_uom_id=False))._get_reserve_quantity(
            product_id, location_id, quantity + free['left_out'], lot_id=lot_id, package_id=package_id,
            owner_id=owner_id, strict=strict)
        possible = self._pass_over_held(found, quantity, free)
        wanted = min(quantity, sum(part for _quant, part in possible))
        if packaging and product_id.product_tmpl_id.categ_id.packaging_reserve_method == 'full':
            wanted = packaging._check_qty(wanted, product_id.uom_id, 'DOWN')
        if not strict and uom_id and product_id.uom_id != uom_id:
            # As core: no part of the unit of the move.
            wanted = uom_id._compute_quantity(
                product_id.uom_id._compute_quantity(wanted, uom_id, rounding_method='DOWN'), product_id.uom_id,
                rounding_method='HALF-UP')
        if product_id.tracking == 'serial' and product_id.uom_id.compare(wanted, int(wanted)):
            wanted = 0
        taken = self._pass_over_held(possible, wanted, dict(beside.result))
        for quant, part in taken:
            for key in (quant.lot_id.id, 'total'):
                beside.result[key] = beside.result.get(key, 0) - part
        return taken

    def _pass_over_held(self, found, quantity, free):
        """:param found: list of pairs of a ``stock.quant`` and how much of it there is
        :param quantity: how much is wanted
        :param free: dict id of a lot, ``total`` → quantity that may be taken; counts down
        :return: list of pairs of those that may be taken and how much of each"""
        rows = []
        for quant, part in found:
            lot_id = quant.lot_id.id
            part = min(part, quantity, free.get(lot_id, part), free['total'])
            if quant.product_uom_id.compare(part, 0) > 0:
                rows.append((quant, part))
                quantity -= part
                free['total'] -= part
                free[lot_id] = free.get(lot_id, part) - part
        return rows
