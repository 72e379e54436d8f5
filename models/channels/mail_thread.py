from odoo import api, models

from ..mixins.base import ADDON
from . import mail_parts
from .incoming_mail import IncomingMail


class MailThread(models.AbstractModel):
    """Who quotes a message of somebody else's order does not write on that order; no mail to a channel gets lost."""
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
        thread = self.with_context(order_lifecycle_outside=True)

        def process(thread, message):
            return super().message_process(
                model, message, custom_values=custom_values, save_original=save_original,
                strip_attachments=strip_attachments, thread_id=thread_id)

        Channel = thread.env['order.channel']
        incoming = Channel._open_incoming_mail(message)
        if incoming and Channel._find_channels_of_mail(
                incoming, is_for_orders=model == 'sale.order' and not custom_values and not thread_id):
            return Channel._process_incoming_mail(incoming, process)
        return process(thread.with_context(order_lifecycle_other_mail=incoming), message)

    @api.model
    def _get_incoming_mail(self):
        """:return: the :class:`IncomingMail` to a channel that the gateway is working on, or None"""
        incoming = self.env.context.get('order_lifecycle_mail')
        return incoming if isinstance(incoming, IncomingMail) else None

    @api.model
    def _get_raw_mail(self, message):
        """:return: :class:`IncomingMail` that the gateway is working on, to a channel or not

        :param message: the ``EmailMessage``, for what the gateway has not brought
        """
        incoming = self._get_incoming_mail() or self.env.context.get('order_lifecycle_other_mail')
        return incoming if isinstance(incoming, IncomingMail) else IncomingMail(mail_parts.get_bytes(message) or b'')

    @api.model
    def message_parse(self, message, save_original=False):
        result = super().message_parse(message, save_original=save_original)
        if incoming := self._get_incoming_mail():
            incoming.subject_read, incoming.body_read = result.get('subject') or '', result.get('body') or ''
            incoming.files_read = tuple(result.get('attachments') or ())
        return result

    def _routing_check_route(self, message, message_dict, route, raise_exception=True):
        # The gateway asks no model about an answer, only about a mail to an alias.
        result = super()._routing_check_route(message, message_dict, route, raise_exception=raise_exception)
        if not result or result[0] != 'sale.order':
            return result
        if not result[1]:
            return self._routing_check_fetched(message, message_dict, result)
        order = self.env['sale.order'].browse(result[1])
        if order._accepts_mail_from(message_dict.get('email_from')):
            return result
        if result[4]:
            # It is a mail to a channel like any other: what becomes of it is asked next.
            return ()
        order._keep_foreign_mail(message, message_dict)
        return False

    @api.model
    def _routing_check_fetched(self, message, message_dict, route):
        """A mail that no address leads to, and that was fetched as one about an order, is for the channel of mails."""
        incoming = self._get_incoming_mail()
        if not incoming or route[4] or route[2]:
            return route
        if incoming.is_undecided:
            return False
        channel = self.env['order.channel'].sudo().browse(incoming.channel_ids[:1])
        return self.env['sale.order']._routing_to_channel(message, message_dict, route, channel)

    # -- why the gateway lets a mail fall ---------------------------------------------------------

    @api.model
    def _drop_incoming_mail(self, reason):
        if incoming := self._get_incoming_mail():
            incoming.dropped = incoming.dropped or reason

    @api.model
    def _routing_handle_bounce(self, email_message, message_dict):
        self._drop_incoming_mail('report')
        return super()._routing_handle_bounce(email_message, message_dict)

    @api.model
    def _detect_loop_headers(self, msg_dict):
        result = super()._detect_loop_headers(msg_dict)
        if result:
            self._drop_incoming_mail('loop')
        return result

    @api.model
    def _detect_loop_sender(self, message, message_dict, routes):
        result = super()._detect_loop_sender(message, message_dict, routes)
        if result:
            self._drop_incoming_mail('loop')
        return result

    @api.model
    def _detect_write_to_catchall(self, msg_dict):
        # Somewhere the mail names a channel, though not among those that it is written to.
        return not self._get_incoming_mail() and super()._detect_write_to_catchall(msg_dict)

    @api.model
    def _is_person_inside(self):
        # A machine is nobody of the company.
        return super()._is_person_inside() and not self.env['sale.order']._is_intake_machine()
