from odoo import api, models


class OrderComputedMixin(models.AbstractModel):
    _inherit = 'order.computed.mixin'

    @api.model
    def _is_computed_kept(self):
        # Plain Odoo stays plain: for people who work for a company under policy.
        return super()._is_computed_kept() and self.env['order.policy']._is_governed_person()
