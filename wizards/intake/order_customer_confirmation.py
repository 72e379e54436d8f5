from odoo import api, fields, models


class OrderCustomerConfirmation(models.TransientModel):
    """Asks how one or many orders were confirmed with their customers, and what was said (article I4)."""
    _name = 'order.customer.confirmation'
    _inherit = ['order.dialog.mixin']
    _description = "Confirm Orders with Customers"

    customer_contact = fields.Char("Contact", compute='_compute_customer_contact')
    method = fields.Selection(
        [('phone', "Phone"), ('email', "E-mail")], string="Confirmation Method", required=True, default='phone')
    note = fields.Text()

    @api.depends('order_ids')
    def _compute_customer_contact(self):
        for wizard in self:
            wizard.customer_contact = len(wizard.order_ids) == 1 and wizard.order_ids.customer_contact

    def action_confirm(self):
        """Confirm one order, or those of many that can be confirmed.

        :return: the action that closes the dialog, which tells for many what was left out
        :raise AccessError, UserError: as ``sale.order.action_confirm_customer``
        """
        self._check_one()
        if len(self.order_ids) == 1:
            self.order_ids.action_confirm_customer(self.method, self.note)
            return self._close_dialog()
        return self._close_dialog(self.order_ids.action_confirm_customer_possible(self.method, self.note))
