from contextlib import ExitStack

from odoo import models


class StockReference(models.Model):
    _inherit = 'stock.reference'

    def write(self, vals):
        # Every employee may write references, and orders and documents know each other by them.
        if vals.keys().isdisjoint({'sale_ids', 'move_ids', 'production_ids'}):
            return super().write(vals)
        with ExitStack() as kept:
            for documents in self.sudo()._get_documents_of_orders():
                kept.enter_context(documents._order_links_kept())
            return super().write(vals)

    def _get_documents_of_orders(self):
        """:return: list of recordsets of the documents that keep their orders, as superuser"""
        return [self.move_ids, self.production_ids]
