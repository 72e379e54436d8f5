from odoo import api, models


class OrderInsideMixin(models.AbstractModel):
    _inherit = 'order.inside.mixin'

    @api.model
    def _is_internally_visible(self):
        # A machine is nobody of the company.
        return super()._is_internally_visible() and not self.env['sale.order']._is_intake_machine()
