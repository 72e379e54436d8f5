from odoo import api, models


class OrderInsideMixin(models.AbstractModel):
    """Records of core that customers and vendors read, too: what the addon keeps there is the company's own."""
    _name = 'order.inside.mixin'
    _description = "Internal Fields"

    @api.model
    def _is_internally_visible(self):
        """:return: bool, whether the person reads the fields of the addon"""
        return self.env.user._is_internal()

    def _has_field_access(self, field, operation):
        return super()._has_field_access(field, operation) and (
            self.env.su or field._module != 'sale_order_lifecycle' or self._is_internally_visible())
