from odoo import models


class MailAlias(models.Model):
    """The address of a channel: a mail that no order was made of is kept, and its sender did nothing wrong."""
    _inherit = 'mail.alias'

    def _alias_bounce_incoming_email(self, message, message_dict, set_invalid=True):
        incoming = self.env['mail.thread']._get_incoming_mail()
        if incoming:
            if incoming.has_failed:
                return None
            incoming.dropped = incoming.dropped or 'alias'
        return super()._alias_bounce_incoming_email(message, message_dict, set_invalid=set_invalid)
