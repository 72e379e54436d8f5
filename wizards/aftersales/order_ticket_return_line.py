from odoo import fields, models


class OrderTicketReturnLine(models.TransientModel):
    """How much of one product comes back."""
    _name = 'order.ticket.return.line'
    _description = "Returned Product"

    wizard_id = fields.Many2one('order.ticket.return', required=True, ondelete='cascade')
    product_id = fields.Many2one('product.product', required=True, readonly=True)
    product_uom_id = fields.Many2one(related='product_id.uom_id', string="Unit")
    returnable_quantity = fields.Float("Returnable", digits='Product Unit', readonly=True)
    quantity = fields.Float("To Return", digits='Product Unit')
