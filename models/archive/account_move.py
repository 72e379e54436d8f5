from odoo import models


class AccountMove(models.Model):
    _inherit = 'account.move'

    # The accounts go on after an order is sealed: a credit note is posted as ever.

    def action_post(self):
        with self.env['sale.order.line']._follow_invoices():
            return super().action_post()

    def button_draft(self):
        with self.env['sale.order.line']._follow_invoices():
            return super().button_draft()

    def button_cancel(self):
        with self.env['sale.order.line']._follow_invoices():
            return super().button_cancel()
