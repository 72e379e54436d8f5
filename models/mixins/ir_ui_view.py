from odoo import api, models


class IrUiView(models.Model):
    _inherit = 'ir.ui.view'

    @api.model
    def _search_model_data_id(self, operator, value):
        return super()._search_model_data_id(operator, self._settle_operand('model_data_id', operator, value))
