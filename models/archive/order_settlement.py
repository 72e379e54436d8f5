from odoo import models


class OrderSettlement(models.Model):
    _name = 'order.settlement'
    _inherit = ['order.settlement', 'order.sealed.mixin']

    def _get_sealed_writable_fields(self):
        return super()._get_sealed_writable_fields() | self.env['sale.order']._get_message_fields()
