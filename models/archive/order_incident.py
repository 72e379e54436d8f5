from odoo import models


class OrderIncident(models.Model):
    _name = 'order.incident'
    _inherit = ['order.incident', 'order.sealed.mixin']

    def _get_sealed_writable_fields(self):
        return super()._get_sealed_writable_fields() | self.env['sale.order']._get_message_fields()
