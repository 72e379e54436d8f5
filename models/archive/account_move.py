from odoo import models

from .sale_order_line import CORE_FOLLOWING


class AccountMove(models.Model):
    _inherit = 'account.move'

    # The accounts go on after an order is sealed: a credit note is posted as ever.

    @CORE_FOLLOWING.during
    def action_post(self):
        return super().action_post()

    @CORE_FOLLOWING.during
    def button_draft(self):
        return super().button_draft()

    @CORE_FOLLOWING.during
    def button_cancel(self):
        return super().button_cancel()
