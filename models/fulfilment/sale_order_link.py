from contextlib import ExitStack

from odoo import models


class SaleOrder(models.Model):
    _inherit = 'sale.order'

    def write(self, vals):
        if 'stock_reference_ids' not in vals:
            return super().write(vals)
        with ExitStack() as kept:
            for documents in self.sudo().stock_reference_ids._get_documents_of_orders():
                kept.enter_context(documents._order_links_kept())
            return super().write(vals)
