from odoo import models


class OrderPartMixin(models.AbstractModel):
    """What belongs to one order, which it names as ``order_id``."""
    _name = 'order.part.mixin'
    _description = "Part of an Order"

    def action_open_order(self):
        """:return: the action that opens the orders of these records"""
        return self.order_id._open_records()
