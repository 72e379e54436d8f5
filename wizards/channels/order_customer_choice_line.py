from odoo import api, fields, models


class OrderCustomerChoiceLine(models.TransientModel):
    """One of the customers that the sender of an order may be."""
    _name = 'order.customer.choice.line'
    _description = "Possible Customer of an Order"

    choice_id = fields.Many2one('order.customer.choice', required=True, readonly=True, index=True, ondelete='cascade')
    partner_id = fields.Many2one('res.partner', string="Customer", required=True, readonly=True, ondelete='cascade')
    # With the rights of the person: the customer could be any partner.
    ref = fields.Char("Customer Number", related='partner_id.ref', related_sudo=False)
    vat = fields.Char("Tax ID", related='partner_id.vat', related_sudo=False)
    email = fields.Char("E-mail", related='partner_id.email', related_sudo=False)
    phone = fields.Char(related='partner_id.phone', related_sudo=False)
    city = fields.Char(related='partner_id.city', related_sudo=False)
    order_count = fields.Integer("Orders", compute='_compute_order_count')

    @api.depends('partner_id')
    def _compute_order_count(self):
        counts = dict(self.env['sale.order']._read_group(
            [('partner_id', 'in', self.partner_id.ids), ('received_at', '!=', False)], ['partner_id'], ['__count']))
        for line in self:
            line.order_count = counts.get(line.partner_id, 0)

    def action_choose(self):
        """This is the customer.

        :return: the action that closes the dialog
        :raise AccessError, UserError: as ``sale.order.action_choose_customer``
        """
        self._check_one()
        self.choice_id.order_id.action_choose_customer(self.partner_id.id)
        return self._close_dialog()
