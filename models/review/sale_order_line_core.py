from odoo import api, models


class SaleOrderLine(models.Model):
    _inherit = 'sale.order.line'

    # What core itself changes on a confirmed order passes: over-delivery, freight, down payments, expenses,
    # repairs. The order says what it was.

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        confirmed = lines.order_id.sudo()._get_frozen_orders({'order_line'})
        if confirmed:
            confirmed._log_core_changes(confirmed._get_loose_values(without=lines))
        return lines

    def write(self, vals):
        orders = self.order_id.sudo()._get_frozen_orders(vals.keys() & set(self._get_commercial_fields()))
        before = orders._get_loose_values()
        result = super().write(vals)
        orders._log_core_changes(before)
        return result

    def unlink(self):
        orders = self.order_id.sudo()._get_frozen_orders({'order_line'})
        before = orders._get_loose_values()
        names = {str(line.id): line.display_name for line in self} if orders else {}
        result = super().unlink()
        orders._log_core_changes(before, names)
        return result
