import logging
import xmlrpc.client
from collections import Counter
from email import message_from_bytes, policy

from markupsafe import Markup

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import html2plaintext, html_sanitize
from odoo.tools.misc import clean_context

from . import incoming_mail, mail_parts, order_payload
from .incoming_mail import REMARKS_ON_TEXT, IncomingMail

_logger = logging.getLogger(__name__)

ORIGINAL_NAME = 'original.eml'


class OrderChannel(models.Model):
    """What is received is an order, or it is listed with the reason: no mail to a channel vanishes (articles I1, I2).

    The gateway of Odoo gives up on mails that it cannot read or store, and lets others fall; the mail server takes them
    for done. A mail to a channel is read here first, and kept until it is known what has become of it.
    """
    _inherit = 'order.channel'

    # -- which mails --------------------------------------------------------------------------------

    @api.model
    def _open_incoming_mail(self, message):
        """
        :param message: what the gateway was given
        :return: :class:`IncomingMail`; None for what is no mail, or of nobody who has business with the gateway
        """
        if not (self.env.su or self.env.user._is_internal()):
            # Nobody who has no business with the gateway keeps anything here.
            return None
        raw = message.data if isinstance(message, xmlrpc.client.Binary) else message
        if isinstance(raw, str):
            try:
                raw = raw.encode('utf-8', 'surrogateescape')
            except UnicodeEncodeError:
                raw = raw.encode('utf-8', 'surrogatepass')
        return IncomingMail(raw) if isinstance(raw, bytes) else None

    @api.model
    def _find_channels_of_mail(self, incoming, is_for_orders=False):
        """Find out to which channels a mail is, and keep it with the mail.

        :param incoming: :class:`IncomingMail`
        :param is_for_orders: whether what has no address is to become an order
        :return: ``order.channel``; empty for a mail that is Odoo's own business
        """
        recipients = incoming.list_recipients()
        channels = self.sudo()._find_mail_channels(recipients)
        if channels and not all(recipients.values()):
            seen = self.sudo()._find_mail_channels(address for address, is_seen in recipients.items() if is_seen)
            incoming.missing = list(filter(None, (channels - seen).mapped('alias_email')))
        elif not channels and not self.env['mail.alias.domain'].sudo()._find_aliases(list(recipients)):
            channels = self.sudo()._find_mail_channels(incoming.list_hidden_recipients())
            incoming.missing = list(filter(None, channels.mapped('alias_email')))
            if is_for_orders and not channels:
                channels = self.sudo()._find_fetching_channels()
                incoming.is_addressed = False
                # Of which company it is, nobody can tell: it is listed, for a person to decide.
                incoming.is_undecided = len(channels.company_id) > 1
                channels = channels[:1]
        incoming.channel_ids = channels.ids
        return channels

    @api.model
    def _find_mail_channels(self, addresses):
        """:return: the ``order.channel`` that have one of these addresses"""
        addresses = list(addresses)[:incoming_mail.MAX_RECIPIENTS]
        if not addresses:
            return self.browse()
        names = [address.partition('@')[0] for address in addresses]
        aliases = self.env['mail.alias'].search(
            Domain('alias_parent_model_id.model', '=', self._name)
            & (Domain('alias_full_name', 'in', addresses)
               | Domain('alias_name', 'in', names) & Domain('alias_incoming_local', '=', True)))
        return self.browse(aliases.mapped('alias_parent_thread_id')).exists()

    @api.model
    def _find_fetching_channels(self):
        """:return: the ``order.channel`` of mails that are fetched for orders whoever they are written to, those of the
            environment's company, else those of all companies under policy; may be empty"""
        channels = self.search([('kind', '=', 'email'), ('company_id.order_policy_id', '!=', False)])
        return channels.filtered(lambda channel: channel.company_id == self.env.company) or channels

    # -- on its way -----------------------------------------------------------------------------------

    @api.model
    def _process_incoming_mail(self, incoming, process):
        """Let the gateway work on a mail, and see to what it leaves.

        :param incoming: :class:`IncomingMail` to a channel
        :param process: function (``mail.thread``, bytes) that is the gateway's
        :return: what the gateway returns: the id of a record, or False
        :raise Exception: what another transaction was in the way of, so that the caller tries again. Whoever fetches
            mails takes each for done, and has it listed.
        """
        thread = self.env['mail.thread'].with_context(order_lifecycle_mail=incoming)
        channels = self.with_context(order_lifecycle_mail=incoming).sudo().browse(incoming.channel_ids)
        error = result = None
        try:
            with self.env.cr.savepoint():
                result = process(thread, self._prepare_incoming_mail(incoming))
                channels._note_remarks(incoming)
        except self.env['order.submission']._get_concurrency_errors() as failure:
            if not self._is_mail_fetched():
                raise
            error = failure
            _logger.info("A mail was not taken in as another transaction was in the way", exc_info=True)
        except Exception as failure:  # whatever it is, the mail is kept
            error = failure
            _logger.info("The gateway failed on a mail to an order channel", exc_info=True)
        # Afterwards it stands where it is brought to now.
        incoming.was_seen = (error or not result) and bool(self._find_messages(incoming))
        incoming.is_elsewhere = not error and bool(result) and not incoming.is_answer
        if error:
            incoming.forget()
            result = self._leave_to_others(incoming, process)
        elif result and not incoming.taken and not incoming.is_addressed:
            # What has no address of a channel is brought to what it answers.
            return result
        for channel in channels.filtered(lambda channel: channel.id not in incoming.taken):
            if incoming.is_answer:
                break
            result = channel._settle_incoming_mail(incoming, error) or result
        return result or False

    @api.model
    def _leave_to_others(self, incoming, process):
        """Let the gateway bring a mail to the other addresses that it is written to, when no order could be made of it.

        :return: id of a record, or None
        """
        aliases = self.env['mail.alias'].sudo().search([('alias_full_name', 'in', list(incoming.list_recipients()))])
        if all(alias.alias_parent_model_id.model == self._name for alias in aliases):
            return None
        incoming.is_left_to_others = True
        thread = self.env['mail.thread'].with_context(order_lifecycle_mail=incoming)
        try:
            with self.env.cr.savepoint():
                return process(thread, self._prepare_incoming_mail(incoming))
        except self.env['order.submission']._get_concurrency_errors():
            if not self._is_mail_fetched():
                raise
        except Exception:  # then it has been listed all the same
            _logger.info("The gateway failed on a mail to an order channel and others", exc_info=True)
        finally:
            incoming.is_left_to_others = False
            incoming.forget()
        return None

    @api.model
    def _prepare_incoming_mail(self, incoming):
        """:return: bytes of a mail for the gateway: as it came where nobody can say more of it"""
        try:
            return incoming.prepare()
        except mail_parts.MailError:
            raise
        except Exception:  # the library raises whatever it trips over
            _logger.info("A mail to an order channel goes to the gateway as it is", exc_info=True)
            return incoming.raw

    @api.model
    def _is_mail_fetched(self):
        """:return: whether a mail server of Odoo's fetches mails, which takes each for done whatever becomes of it"""
        context = self.env.context
        return bool(context.get('default_fetchmail_server_id') or context.get('fetchmail_cron_running'))

    def _settle_incoming_mail(self, incoming, error):
        """What becomes of a mail that the gateway has made no order of.

        :param error: what the gateway has failed with, or None
        :return: id of the order, False where it is listed or was received before
        """
        self.ensure_one()
        concurrency = self.env['order.submission']._get_concurrency_errors()
        if error:
            self._read_anew(incoming)
        if self._has_received(incoming):
            return False
        if not isinstance(error, concurrency):
            if incoming.is_undecided:
                self._keep_incoming_mail(
                    incoming, self.env['order.channel.refusal']._prepare_error('unknown_company', 'mail', 'no_company'),
                    'rejected')
                return False
            if problem := self._get_drop_problem(incoming):
                self._keep_incoming_mail(incoming, problem, 'ignored')
                return False
            try:
                with self.env.cr.savepoint():
                    return self._take_in_mail(incoming, incoming.write_anew()).id
            except concurrency as failure:
                if not self._is_mail_fetched():
                    raise
                error = failure
            except Exception as failure:  # whatever it is, the mail is kept
                error = failure
                _logger.warning("A mail to an order channel is listed as it cannot be taken in", exc_info=True)
            incoming.forget()
        if not self._keep_incoming_mail(incoming, self._get_failure_problem(error), 'rejected') and (
                not self._is_mail_fetched()):
            # The mail server that brings it keeps it, or tells the sender.
            raise error
        return False

    @api.model
    def _read_anew(self, incoming):
        """Read what a mail says that the gateway has failed on, so that it is known when it comes again."""
        for write in (incoming.prepare, incoming.write_anew):
            try:
                with self.env.cr.savepoint():
                    self.env['mail.thread'].message_parse(message_from_bytes(write(), policy=policy.SMTP))
                return
            except Exception:  # then it is known by its bytes
                _logger.info("A mail to an order channel cannot be read", exc_info=True)

    def _get_drop_problem(self, incoming):
        """:return: error of a mail that is no order, as :meth:`_get_mail_problem` gives it, None where it may be one"""
        code, reason = {
            'calendar': ('calendar', 'calendar'),
            'report': ('automatic_mail', 'report'),
            'loop': ('mail_loop', 'too_many'),
            'alias': ('unknown_sender', 'unknown_sender'),
        }.get(incoming.kind or incoming.dropped, (None, None))
        if not reason and incoming.was_seen:
            code = reason = 'received_before'
        elif not reason and incoming.is_elsewhere:
            code = reason = 'elsewhere'
        return self.env['order.channel.refusal']._prepare_error(code, 'mail', reason) if reason else None

    def _get_failure_problem(self, error):
        """:return: error of a mail that could not be taken in, as :meth:`_get_mail_problem` gives it"""
        Refusal = self.env['order.channel.refusal']
        if isinstance(error, self.env['order.submission']._get_concurrency_errors()):
            return Refusal._prepare_error('concurrency', 'mail', 'concurrency')
        if isinstance(error, (mail_parts.MailError, RecursionError)):
            return Refusal._prepare_error('unreadable', 'mail', 'too_deep')
        if isinstance(error, UserError):
            # What others refuse it with is kept in the words that they have.
            return Refusal._prepare_error(
                'invalid_value', 'mail', 'not_created', reason=order_payload.clean_text(str(error)))
        return Refusal._prepare_error('unreadable', 'mail', 'unreadable')

    # -- received before ------------------------------------------------------------------------------

    def _has_received(self, incoming):
        """Whether this very mail is in the list of this channel, or stands on an order of its company."""
        self.ensure_one()
        return self.env['order.channel.refusal']._is_listed(self, self.company_id, incoming.digest) or bool(
            self._find_order_of_mail(incoming))

    @api.model
    def _find_messages(self, incoming):
        """:return: the ``mail.message`` with the number of a mail, as superuser"""
        return self.env['mail.message'].sudo().search([('message_id', '=', incoming.number)], limit=50)

    def _find_order_of_mail(self, incoming):
        """:return: the ``sale.order`` of this company on which this very mail stands, as superuser; may be empty"""
        for message in self._find_messages(incoming).filtered(lambda message: message.model == 'sale.order'):
            order = self.env['sale.order'].sudo().browse(message.res_id).exists()
            if order.company_id == self.company_id and self._is_message_of_mail(message, incoming):
                return order
        return self.env['sale.order'].sudo()

    @api.model
    def _is_message_of_mail(self, message, incoming):
        """Whether a message says what the gateway has read of a mail, or is our own that comes back."""
        if message.message_type != 'email':
            return not self._leave_out_own(incoming.read_pairs('from'))

        def normalize(text):
            return ''.join(str(text or '').split())

        # Without a subject it has got that of the order.
        if incoming.body_read is None or incoming.subject_read and (
                normalize(message.subject) != normalize(incoming.subject_read)):
            return False
        # Images of the text have got an address of their own.
        said, read = (html2plaintext(body or '', include_references=False)
                      for body in (message.body, html_sanitize(incoming.body_read)))
        return normalize(said) == normalize(read) and self._are_files_of_mail(message.attachment_ids, incoming)

    @api.model
    def _are_files_of_mail(self, attachments, incoming):
        """:return: whether the files of a message are those of a mail, as far as they are stored as they came"""
        Attachment = self.env['ir.attachment']
        stored = Counter(
            attachment.checksum for attachment in attachments
            if self._is_file_stored_as_is(attachment.name, attachment.mimetype))
        received = Counter()
        for name, content, info in incoming.files_read:
            if content is not None:
                raw = self._read_mail_file(content, (info or {}).get('encoding'))
                if self._is_file_stored_as_is(name, Attachment._compute_mimetype({'name': name, 'raw': raw})):
                    received[Attachment._compute_checksum(raw)] += 1
        return stored == received

    @api.model
    def _is_file_stored_as_is(self, name, mimetype):
        # Large images are made smaller; the mail itself is added where a server asks for that.
        return name != 'original_email.eml' and not (mimetype or '').startswith('image/')

    # -- an order, or listed --------------------------------------------------------------------------

    def _take_in_mail(self, incoming, content, is_asked=True):
        """Make an order of a mail, whatever the gateway thinks of it.

        :param content: bytes of the mail that the gateway reads
        :param is_asked: whether it may be no order (see :meth:`_get_mail_problem`)
        :return: ``sale.order``, empty where the mail is listed
        """
        self.ensure_one()
        context = {
            **clean_context(self.env.context), 'order_lifecycle_mail': incoming, 'order_lifecycle_outside': True}
        thread = self.env['mail.thread'].with_context(context)  # pylint: disable=context-overridden
        message = message_from_bytes(content, policy=policy.SMTP)
        values = thread.message_parse(message)
        if is_asked and (problem := self._get_mail_problem(message, values)):
            self._keep_refused_mail(message, values, problem)
            return self.env['sale.order']
        answered = self.env['sale.order']._find_answered_order(values) if is_asked else self.env['sale.order']
        if not (answered and answered._accepts_mail_from(values.get('email_from'))):
            answered = answered.browse()
        user = thread._mail_find_user_for_gateway(values['email_from']) or self.env.user
        routes = [('sale.order', answered.id, {'channel_id': self.id}, user.id, self.env['mail.alias'])]
        values.update(thread._message_parse_post_process(message, values, routes))
        order = self.env['sale.order'].browse(thread._message_route_process(message, values, routes))
        self._note_remarks(incoming)
        return order

    def _take_in_refused_mail(self, incoming):
        """Make the order of a mail that was refused, with nothing but the original where nothing else can be read.

        :return: ``sale.order``
        """
        concurrency = self.env['order.submission']._get_concurrency_errors()
        try:
            with self.env.cr.savepoint():
                return self._take_in_mail(incoming, incoming.write_anew(), is_asked=False)
        except concurrency:
            raise
        except Exception:  # whatever it is, the mail itself is there
            _logger.info("A mail becomes an order without its text, which cannot be read", exc_info=True)
        incoming.forget()
        incoming.remarks = ['unread']
        content = incoming.write_bare(self._get_remarks()['unread'])
        return self._take_in_mail(incoming, content, is_asked=False)

    def _keep_incoming_mail(self, incoming, problem, status):
        """Keep a mail that is no order as it came, with the reason.

        :param problem: error, as :meth:`_get_mail_problem` gives it
        :param status: of the ``order.channel.refusal``
        :return: ``order.channel.refusal``, empty where there is no more room for any
        """
        self.ensure_one()
        Refusal = self.env['order.channel.refusal'].sudo()
        incoming.taken.add(self.id)
        room, _notice = Refusal._claim_room(self, self.company_id, self.env['res.users'])
        if not room:
            return Refusal
        sender = incoming.read_pairs('from') or incoming.read_pairs('sender')
        subject = incoming.subject
        refusal = Refusal._create_guarded({
            'company_id': self.company_id.id,
            'channel_id': self.id,
            'channel_code': self.code,
            'reference': order_payload.clean_text(subject or incoming.number)[:200],
            'status': status,
            'received_at': fields.Datetime.now(),
            'mail_digest': incoming.digest,
            'payload': order_payload.to_json({
                'message_id': incoming.number,
                'from': ', '.join(f'{name} <{address}>'.strip() for name, address in sender),
                'subject': subject,
            }),
            'errors': [problem],
        })
        original = self._keep_original(incoming, refusal)
        refusal._write_guarded({'original_id': original.id})
        return refusal

    @api.model
    def _keep_original(self, incoming, record):
        """:return: the ``ir.attachment`` of a record with a mail as it came"""
        return self.env['ir.attachment'].sudo().create({
            'name': ORIGINAL_NAME, 'raw': incoming.raw, 'res_model': record._name, 'res_id': record.id,
        })

    def _note_remarks(self, incoming):
        """Say on the orders of a mail what of it cannot be read there."""
        if not incoming.remarks:
            return
        for order in self.env['sale.order'].with_user(SUPERUSER_ID).browse(incoming.order_ids):
            # Whoever fetches mails reads none of them.
            sentences = self.with_context(lang=order._get_lang_of_notes())._get_remarks()
            body = Markup('<br/>').join(sentences[code] for code in incoming.remarks)
            original = self.env['ir.attachment']
            if any(code in REMARKS_ON_TEXT for code in incoming.remarks):
                original = self._keep_original(incoming, order)
            order._message_log(body=body, attachment_ids=original.ids or False)
        incoming.order_ids.clear()

    def _get_remarks(self):
        """:return: dict code of a remark on a mail → translated sentence"""
        return {
            'encoding': self.env._(
                "The e-mail does not say how its text is encoded, or says it wrongly: compare the text with the "
                "original e-mail, which is attached."),
            'damaged': self.env._(
                "The e-mail is damaged: compare its text and files with the original e-mail, which is attached."),
            'partial': self.env._(
                "The e-mail is one part of a larger one: wait for the other parts, or ask the sender to send it as a "
                "whole."),
            'unread': self.env._(
                "The text of the e-mail could not be read: open the original e-mail, which is attached."),
            'signed': self.env._(
                "The e-mail is digitally signed. Its text was taken out of the file smime.p7m; the signature was not "
                "checked."),
            'sealed': self.env._(
                "The text of the e-mail is inside the file smime.p7m: open it with an e-mail program."),
            'encrypted': self.env._(
                "The e-mail is encrypted: its text is inside the attached file. Open it with the key of the "
                "recipient, or ask the sender to send it without encryption."),
            'tnef': self.env._(
                "The e-mail was sent by Microsoft Outlook in its own format: text and files may be inside the file "
                "winmail.dat. Open it with Outlook, or ask the sender to send the e-mail as HTML or plain text."),
            'empty': self.env._("The e-mail has neither text nor files."),
        }
