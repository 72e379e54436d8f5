from odoo import models


class ProductCategory(models.Model):
    _inherit = 'product.category'

    def _search_total_route_ids(self, operator, value):
        # Core looks at each category, where nobody asks for the rights to fields.
        operand = self._settle_operand('total_route_ids', operator, value)
        if operand is not value:
            operator, operand = 'in' if operator == 'any' else 'not in', operand.get_result_ids()
        return super()._search_total_route_ids(operator, operand)
