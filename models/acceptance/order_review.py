from odoo import fields, models


class OrderReview(models.Model):
    _inherit = 'order.review'

    customer_waits = fields.Boolean(related='order_id.customer_waits')
