from odoo import models

from ..review.sale_order_line_loose import CORE_PRICING
from .stock_move import CORE_RECORDING


class RepairOrder(models.Model):
    _inherit = 'repair.order'

    @CORE_RECORDING.during
    def action_repair_done(self):
        # The end of a repair delivers the service that was sold, entered by the person who repairs.
        return super().action_repair_done()

    @CORE_PRICING.during
    def _update_sale_order_line_price(self):
        # Under warranty or not: parts cost nothing, or what they cost.
        return super()._update_sale_order_line_price()
