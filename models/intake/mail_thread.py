from odoo import models


class MailThread(models.AbstractModel):
    """Who quotes a message of somebody else's order does not write on that order."""
    _inherit = 'mail.thread'

    def _routing_check_route(self, message, message_dict, route, raise_exception=True):
        # The gateway asks no model about an answer, only about a mail to an alias.
        result = super()._routing_check_route(message, message_dict, route, raise_exception=raise_exception)
        if not result or result[0] != 'sale.order' or not result[1]:
            return result
        order = self.env['sale.order'].browse(result[1])
        if order._accepts_mail_from(message_dict.get('email_from')):
            return result
        if result[4]:
            # It is a mail to a channel like any other: what becomes of it is asked next.
            return ()
        order._keep_foreign_mail(message_dict)
        return False
