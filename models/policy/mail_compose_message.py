from odoo import models


class MailComposeMessage(models.TransientModel):
    """Mails of orders under policy and of documents of this addon are written by who sends them, whatever the template
    or the form says."""
    _inherit = 'mail.compose.message'

    def _prepare_mail_values(self, res_ids):
        values_by_id = super()._prepare_mail_values(res_ids)
        user, Message = self.env.user, self.env['mail.message']
        kept_ids = ()
        if self.env.su:
            return values_by_id
        if self.model == 'sale.order':
            kept_ids = self.env['sale.order'].sudo().browse(values_by_id).exists().filtered('policy_id').ids
        elif Message._is_model_on_record(self.model):
            kept_ids = list(values_by_id)
        for res_id in kept_ids:
            values = values_by_id[res_id]
            values['author_id'] = user.partner_id.id
            if Message._is_sender_of_others(values.get('email_from')):
                values['email_from'] = user.email_formatted
        return values_by_id
