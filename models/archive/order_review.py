from odoo import models


class OrderReview(models.Model):
    _name = 'order.review'
    _inherit = ['order.review', 'order.sealed.mixin']
