from odoo import api, models

from ..mixins.base import ADDON


class MailThread(models.AbstractModel):
    """Who quotes a message of somebody else's order does not write on that order."""
    _inherit = 'mail.thread'

    @api.model
    def message_process(self, model, message, custom_values=None, save_original=False, strip_attachments=False,
                        thread_id=None):
        if not (self.env.su or self.env.user.has_group('base.group_system')):
            # Values and record of the caller would be written as superuser. Mail servers hand over the mail alone.
            custom_values = thread_id = None
            if model in self.env and self.env[model]._original_module == ADDON and not (
                    self.env[model].has_access('create')):
                # What no address leads to would be made as superuser, too.
                model = None
        # What comes in by mail is nobody's of the addon, also where a scheduled action of OdooBot fetches it.
        return super(MailThread, self.with_context(order_lifecycle_outside=True)).message_process(
            model, message, custom_values=custom_values, save_original=save_original,
            strip_attachments=strip_attachments, thread_id=thread_id)

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

    @api.model
    def _is_person_inside(self):
        # A machine is nobody of the company.
        return super()._is_person_inside() and not self.env['sale.order']._is_intake_machine()
