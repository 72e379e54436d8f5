from odoo import api, models


class SaleOrderLine(models.Model):
    _inherit = 'sale.order.line'

    def _compute_field_value(self, field):
        if self.env['sale.order']._is_read_by_reviewer(field):
            return super(SaleOrderLine, self.sudo())._compute_field_value(field)
        return super()._compute_field_value(field)

    @api.model
    def fields_get(self, allfields=None, attributes=None):
        result = super().fields_get(allfields, attributes)
        return self.env['sale.order']._leave_out_of_description(result, self._name)
