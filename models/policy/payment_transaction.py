from odoo import models


class PaymentTransaction(models.Model):
    """A payment keeps where its customer goes on to afterwards: to the page of the order, with the link of that."""
    _inherit = 'payment.transaction'

    def _has_field_access(self, field, operation):
        return super()._has_field_access(field, operation) and (
            field.name != 'landing_route' or operation != 'read' or self.env.su
            or not self.env['sale.order']._is_portal_link_kept())
