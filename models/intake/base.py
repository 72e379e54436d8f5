from odoo import models

from . import order_file

MODULE = 'sale_order_lifecycle'


class Base(models.AbstractModel):
    _inherit = 'base'

    def export_data(self, fields_to_export):
        """Lists of the ledger hold what outsiders have sent; in a spreadsheet it calculates nothing."""
        result = super().export_data(fields_to_export)
        if self._holds_outside_text():
            result['datas'] = [[order_file.guard_cell(cell) for cell in row] for row in result['datas']]
        return result

    def _holds_outside_text(self):
        """:return: whether these are records of the addon, or orders in its ledger"""
        if self._name == 'sale.order':
            return any(order.policy_id or order.channel_id for order in self.sudo())
        if self._name == 'sale.order.line':
            return any(order.policy_id or order.channel_id for order in self.sudo().order_id)
        return self._original_module == MODULE
