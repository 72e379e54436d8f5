from odoo import models


class AccountMoveLine(models.Model):
    _inherit = 'account.move.line'

    def _sale_create_reinvoice_sale_line(self):
        # An expense that the customer bears comes to the confirmed order with the vendor's bill, entered
        # by an accountant. A line that merely says that it is an expense is one like any other.
        with self.env['sale.order.line']._core_adds_lines():
            return super()._sale_create_reinvoice_sale_line()
