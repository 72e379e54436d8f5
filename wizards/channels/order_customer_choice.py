from odoo import fields, models


class OrderCustomerChoice(models.TransientModel):
    """Asks which of several customers the sender of an order is."""
    _name = 'order.customer.choice'
    _description = "Select the Customer of an Order"

    order_id = fields.Many2one('sale.order', required=True, readonly=True, ondelete='cascade')
    # With the rights of the person: what is asked about could be any order.
    sender_name = fields.Char("Sender", related='order_id.partner_id.name', related_sudo=False)
    sender_email = fields.Char("E-mail", related='order_id.partner_id.email', related_sudo=False)
    sender_phone = fields.Char("Phone", related='order_id.partner_id.phone', related_sudo=False)
    line_ids = fields.One2many('order.customer.choice.line', 'choice_id', string="Possible Customers", readonly=True)
    partner_id = fields.Many2one('res.partner', string="Another Customer")

    def action_choose(self):
        """Take the customer that the person has looked up.

        :return: the action that closes the dialog
        :raise AccessError, UserError: as ``sale.order.action_choose_customer``
        """
        self._check_one()
        self.order_id.action_choose_customer(self.partner_id.id)
        return self._close_dialog()

    def action_keep(self):
        """The sender is a new customer.

        :return: the action that closes the dialog
        :raise AccessError, UserError: as ``sale.order.action_choose_customer``
        """
        self._check_one()
        self.order_id.action_choose_customer()
        return self._close_dialog()
