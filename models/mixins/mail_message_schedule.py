from markupsafe import Markup

from odoo import fields, models

from .mail_message import HIDING, HIDING_KEY


class MailMessageSchedule(models.Model):
    """Mails that are sent later are written from the message when they are sent; until then the chatter shows it."""
    _inherit = 'mail.message.schedule'

    hidden_body = fields.Html(
        readonly=True, sanitize=False, groups=fields.NO_ACCESS,
        help="The content that is sent: the text with the link of the customer, which the chatter does not show.")

    def _hide_until_sent(self):
        """Take the links of customers out of the messages that wait, and keep what is to be sent, as superuser."""
        for schedule in self:
            message, body = schedule.mail_message_id, schedule.mail_message_id.body
            message._remove_portal_secrets()
            if message.body != body:
                schedule.hidden_body = body

    def _send_notifications(self, default_notify_kwargs=None):
        for schedule in self.sudo().filtered('hidden_body'):
            # Hidden again with the mails that are written now.
            schedule.mail_message_id.with_context(**{HIDING_KEY: HIDING}).body = Markup(schedule.hidden_body)
        return super()._send_notifications(default_notify_kwargs=default_notify_kwargs)
