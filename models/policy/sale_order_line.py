from odoo import api, models


class SaleOrderLine(models.Model):
    _name = 'sale.order.line'
    _inherit = ['sale.order.line', 'order.dossier.mixin']

    @api.model
    def _get_dossier_fields(self):
        return super()._get_dossier_fields() + [
            'sequence', 'display_type', 'product_id', 'name', 'product_uom_qty', 'product_uom_id', 'price_unit',
            'discount', 'tax_ids', 'price_subtotal', 'price_tax', 'price_total', 'qty_delivered', 'qty_invoiced',
        ]

    @api.model
    def _get_reader_field_names(self):
        """:return: set of names, as of the order"""
        return set()
