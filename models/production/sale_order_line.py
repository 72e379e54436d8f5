from odoo import fields, models


class SaleOrderLine(models.Model):
    _inherit = 'sale.order.line'

    production_ids = fields.One2many(
        'mrp.production', 'sale_line_id', string="Manufacturing Orders", copy=False, groups='mrp.group_mrp_user')
