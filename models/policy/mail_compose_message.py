from odoo import models


class MailComposeMessage(models.TransientModel):
    """Mails of orders under policy are written by who sends them, whatever the template or the form says."""
    _inherit = 'mail.compose.message'

    def _prepare_mail_values(self, res_ids):
        values_by_order = super()._prepare_mail_values(res_ids)
        if self.model != 'sale.order' or self.env.su:
            return values_by_order
        orders_sudo = self.env['sale.order'].sudo().browse(values_by_order).exists()
        user = self.env.user
        for order in orders_sudo.filtered('policy_id'):
            values = values_by_order[order.id]
            values['author_id'] = user.partner_id.id
            if self.env['mail.message']._is_voice_of_others(values.get('email_from')):
                values['email_from'] = user.email_formatted
        return values_by_order
