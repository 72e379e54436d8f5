from odoo import api, models


class MailScheduledMessage(models.Model):
    """Messages that are scheduled for orders under policy and for documents of this addon are written by who schedules
    them."""
    _inherit = 'mail.scheduled.message'

    @api.model_create_multi
    def create(self, vals_list):
        messages = super().create(vals_list)
        if not self.env.su:
            on_orders = messages.filtered(lambda message: message.model == 'sale.order')
            orders_sudo = self.env['sale.order'].sudo().browse(on_orders.mapped('res_id')).exists()
            ids = set(orders_sudo.filtered('policy_id')._ids)
            own, Message = self.env.user.partner_id, self.env['mail.message']
            messages.filtered(lambda row: row.author_id != own and (
                row in on_orders and row.res_id in ids or Message._is_model_on_record(row.model))).sudo().write({
                    'author_id': own.id})
        return messages
