from odoo import models


class PurchaseOrderLine(models.Model):
    _inherit = 'purchase.order.line'

    def _get_order_share(self, order):
        """How much of this line is bought for one of the sales orders that its purchase serves.

        :return: float between 0 and 1
        """
        self.ensure_one()
        if 'sale_line_id' in self._fields and self.sale_line_id:
            return float(self.sale_line_id.order_id == order)
        # Once it is confirmed, the receipts know for what the goods are fetched.
        destinations = self.move_dest_ids | self.move_ids.move_dest_ids
        orders = self.order_id._get_served_orders()
        if not destinations:
            return 1 / len(orders) if order in orders else 0.0
        return destinations._get_order_share(order, orders, self.product_uom_qty)

    def _has_arrived(self):
        """:return: whether everything that is bought on this line has been received"""
        self.ensure_one()
        return self.product_uom_id.compare(self.qty_received, self.product_qty) >= 0
