from odoo import fields, models


class OrderProgressUrge(models.TransientModel):
    """Asks sales which department is urged about one or many orders, and why (article K1)."""
    _name = 'order.progress.urge'
    _inherit = ['order.dialog.mixin']
    _description = "Urge a Department"

    role_id = fields.Many2one(
        'order.role', string="Department", required=True, domain=[('code', '!=', 'sales')])
    reason = fields.Text(required=True)

    def action_urge(self):
        """Urge the department about all of the orders or none.

        :return: the action that closes the dialog
        :raise AccessError, UserError: as :meth:`sale.order.action_urge`
        """
        self._check_one()
        self.order_ids.action_urge(self.role_id.code, self.reason)
        return self._close_dialog()
