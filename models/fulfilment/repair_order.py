from odoo import models


class RepairOrder(models.Model):
    _inherit = 'repair.order'

    def action_repair_done(self):
        # The end of a repair delivers the service that was sold, entered by the person who repairs.
        with self.env['stock.move']._core_records_facts():
            return super().action_repair_done()

    def _update_sale_order_line_price(self):
        # Under warranty or not: parts cost nothing, or what they cost.
        with self.env['sale.order.line']._core_sets_prices():
            return super()._update_sale_order_line_price()
