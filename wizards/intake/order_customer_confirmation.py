from odoo import api, fields, models


class OrderCustomerConfirmation(models.TransientModel):
    """Asks how one or many orders were confirmed with their customers, and what was said (article I4)."""
    _name = 'order.customer.confirmation'
    _description = "Confirm Orders with Customers"

    order_ids = fields.Many2many(
        'sale.order', string="Orders", required=True, default=lambda self: self._get_default_orders())
    order_count = fields.Integer("Number of Orders", compute='_compute_order_count')
    customer_contact = fields.Char("Contact", compute='_compute_customer_contact')
    method = fields.Selection(
        [('phone', "Phone"), ('email', "E-mail")], string="Confirmed by", required=True, default='phone')
    note = fields.Text()

    @api.model
    def _get_default_orders(self):
        """:return: the orders that the person was looking at"""
        if self.env.context.get('active_model') != 'sale.order':
            return self.env['sale.order']
        return self.env['sale.order'].browse(self.env.context.get('active_ids', ())).exists()

    @api.depends('order_ids')
    def _compute_order_count(self):
        for wizard in self:
            wizard.order_count = len(wizard.order_ids)

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
            return {'type': 'ir.actions.act_window_close'}
        notification = self.order_ids.action_confirm_customer_possible(self.method, self.note)
        notification['params']['next'] = {'type': 'ir.actions.act_window_close'}
        return notification
