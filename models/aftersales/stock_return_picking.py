from odoo import models

from .stock_move import RETURNING


class StockReturnPicking(models.TransientModel):
    _inherit = 'stock.return.picking'

    def _create_return(self):
        if not any(move._get_named_lot() for move in self.product_return_moves.move_id.move_dest_ids):
            return super()._create_return()
        return RETURNING.take_off(super(StockReturnPicking, RETURNING.put(self))._create_return(), self)
