from odoo import models

from ..mixins.mark import Mark

# Core makes a further return of what a transfer has delivered.
RETURNING = Mark('returning')


class StockMove(models.Model):
    _inherit = 'stock.move'

    def _get_named_lot(self):
        """:return: ``stock.lot``, as superuser: the one that the ticket names for which this move brings goods back,
            empty where any may come back"""
        self.ensure_one()
        lot = self.sudo().origin_returned_move_id and self.sudo().picking_id.ticket_id.lot_id
        return lot if lot and lot.product_id == self.product_id else self.env['stock.lot'].sudo()

    def _do_unreserve(self):
        # Core frees what is about to come back of a transfer when a further return of it is made, and would reserve
        # for that one what a ticket has named for this one.
        kept = self.filtered(lambda move: move._get_named_lot()) if RETURNING.lies_on(self) else self.browse()
        return super(StockMove, self - kept)._do_unreserve()

    def _get_available_move_lines(self, assigned_moves_ids, partially_available_moves_ids):
        available = super()._get_available_move_lines(assigned_moves_ids, partially_available_moves_ids)
        if self.origin_returned_move_id and (named := self._get_named_lot()):
            # Core takes them as they come.
            return dict(sorted(available.items(), key=lambda item: item[0][1] != named))
        return available
