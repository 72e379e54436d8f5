from odoo import models


class PurchaseOrderLine(models.Model):
    _inherit = 'purchase.order.line'

    def _get_order_shares(self):
        """How much of this line is bought for each of the sales orders that its purchase serves; as superuser.

        :return: dict order id → float between 0 and 1
        """
        self.ensure_one()
        if 'sale_line_id' in self._fields and self.sale_line_id:
            return {self.sale_line_id.order_id.id: 1.0}
        # Once it is confirmed, the receipts know for what the goods are fetched.
        destinations = self.move_dest_ids | self.move_ids.move_dest_ids
        return destinations._get_order_shares(self.order_id._get_served_orders(), self.product_uom_qty)

    def _has_arrived(self):
        """:return: whether everything that is bought on this line has been received"""
        self.ensure_one()
        return self.product_uom_id.compare(self.qty_received, self.product_qty) >= 0
