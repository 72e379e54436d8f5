from odoo import fields, models


class OrderDecline(models.TransientModel):
    """Asks sales what to write to the customers of orders that the company does not take (article R6)."""
    _name = 'order.decline'
    _inherit = ['order.dialog.mixin']
    _description = "Decline Orders"

    reason = fields.Text("Reason for the Customer")

    def action_apply(self):
        """Decline all of the orders or none.

        :return: the action that closes the dialog
        :raise AccessError, UserError: as :meth:`sale.order.action_decline`
        """
        self._check_one()
        self.order_ids.action_decline(self.reason)
        return self._close_dialog()
