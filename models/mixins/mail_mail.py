from odoo import api, models


class MailMail(models.Model):
    _inherit = 'mail.mail'

    @api.model_create_multi
    def create(self, vals_list):
        mails = super().create(vals_list)
        # What is sent is ``body_html``; the message beside it is what the chatter shows.
        mails.filtered(lambda mail: not mail.is_notification).mail_message_id.sudo()._remove_portal_secrets()
        return mails
