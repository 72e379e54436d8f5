from odoo import models


class OrderProgress(models.Model):
    _name = 'order.progress'
    _inherit = ['order.progress', 'order.sealed.mixin']
