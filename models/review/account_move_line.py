from odoo import models

from .sale_order_line import CORE_ADDING


class AccountMoveLine(models.Model):
    _inherit = 'account.move.line'

    @CORE_ADDING.during
    def _sale_create_reinvoice_sale_line(self):
        # An expense that the customer bears comes to the confirmed order with the vendor's bill, entered
        # by an accountant. A line that merely says that it is an expense is one like any other.
        return super()._sale_create_reinvoice_sale_line()
