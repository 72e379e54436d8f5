import re
from datetime import timedelta
from email.message import EmailMessage

from odoo import SUPERUSER_ID, api, fields, models
from odoo.fields import Command, Domain
from odoo.tools import email_normalize, html2plaintext
from odoo.tools.misc import clean_context

from . import mail_parts, mail_senders, mail_text, order_payload

# A mail that waited longer than this on its way was received when it arrived; its date may be anything.
MAX_DELAY = timedelta(days=7)

# What people read of a mail that was not taken in; it is kept whole beside it.
MAX_KEPT_BODY = 20000

# What programs that answer by themselves write.
AUTOMATIC_HEADERS = (
    'X-Autoreply', 'X-Auto-Reply', 'X-Mail-Autoreply', 'X-Autoreply-From', 'X-Autorespond', 'X-Autorespond-From')

# What is read of a body before it becomes text.
MAX_READ_BODY = 1000 * 1000


class OrderChannel(models.Model):
    """A channel with an e-mail address: what arrives there becomes a draft order in the ledger (articles I1, I2)."""
    _name = 'order.channel'
    _inherit = ['order.channel', 'mail.alias.mixin.optional']

    # Not the defaults: they would speak for fields that nobody else may write.
    ALIAS_WRITEABLE_FIELDS = ['alias_domain_id', 'alias_name', 'alias_contact', 'alias_bounced_content']

    def _alias_get_creation_values(self):
        values = super()._alias_get_creation_values()
        values['alias_model_id'] = self.env['ir.model']._get_id('sale.order')
        if self.id:
            values['alias_defaults'] = repr({'channel_id': self.id})
        return values

    def write(self, vals):
        # Core lets an address pass in silence that the person has no right to set.
        self.check_access('write')
        return super().write(vals)

    # -- what is taken in -----------------------------------------------------------------------

    def _get_mail_problem(self, message, message_dict):
        """Why a mail to this channel is no order; override for more.

        Addresses that the administrator has allowed (``mail.gateway.allowed``) may send what they like.

        :param message: the ``EmailMessage``
        :param message_dict: what the gateway has read of it
        :return: dict as ``errors`` of ``order.channel.refusal`` keeps it, None where it may be an order
        """
        self.ensure_one()
        Refusal = self.env['order.channel.refusal']
        sender = email_normalize(message_dict.get('email_from') or '')
        incoming = self.env['mail.thread']._get_incoming_mail()
        kind = incoming and incoming.kind or mail_parts.find_kind(message)
        if kind == 'calendar':
            return Refusal._prepare_error('calendar', 'mail', 'calendar')
        if kind == 'report':
            return Refusal._prepare_error('automatic_mail', 'mail', 'report')
        if sender and self.env['mail.gateway.allowed'].sudo().search_count(
                [('email_normalized', '=', sender)], limit=1):
            return None
        if sender and self.env['mail.alias.domain'].sudo()._find_aliases([sender]):
            return Refusal._prepare_error('mail_loop', 'mail', 'own_address')
        if self._is_mail_automatic(message):
            return Refusal._prepare_error('automatic_mail', 'mail', 'automatic')
        if self._count_mails_of(self._get_counted_sender(message_dict)) >= self._get_mail_limit('threshold', 20):
            return Refusal._prepare_error('mail_loop', 'mail', 'too_many')
        return None

    @api.model
    def _is_mail_automatic(self, message):
        """:return: whether a mail says of itself that a program has written it"""
        automatic = (self._read_mail_header(message, 'Auto-Submitted') or 'no').casefold()
        precedence = self._read_mail_header(message, 'Precedence').casefold()
        return (
            not re.match(r'no\b', automatic) or precedence in ('auto_reply', 'bulk', 'junk', 'list')
            or any(self._read_mail_header(message, name) for name in AUTOMATIC_HEADERS)
            # Exchange, to which nobody can answer.
            or self._read_mail_header(message, 'Return-Path') == '<>'
            and bool(self._read_mail_header(message, 'X-Auto-Response-Suppress'))
            or mail_senders.is_automatic_subject(mail_text.decode_header(self._read_mail_header(message, 'Subject'))))

    def _get_mail_limit(self, name, default):
        """:return: a limit of the gateway against loops, ``minutes`` or ``threshold``, as Odoo has it"""
        return int(self.env['ir.config_parameter'].sudo().get_param(f'mail.gateway.loop.{name}', default))

    def _get_counted_sender(self, message_dict):
        """:return: dict of the sender whose mails are counted: the customer where a shop sends for many; without an
            address where nobody says who has sent it"""
        sender = self._read_mail_sender(message_dict, self.env['res.users'])
        return {**sender, 'email': sender['email'] or email_normalize(message_dict.get('email_from') or '')}

    def _count_mails_of(self, sender):
        """:return: how many orders the mails of a sender, or of nobody, have made in the time of the gateway's limit"""
        since = self.env.cr.now() - timedelta(minutes=self._get_mail_limit('minutes', 120))
        theirs = Domain('partner_id.email_normalized', '=', sender['email'])
        if sender['email']:
            # A customer who is known by name may have no address.
            partner = self.with_company(self.company_id)._match_customers([sender])[0].partner
            theirs |= Domain('partner_id', 'in', [] if partner.email_normalized else partner.ids)
        return self.env['sale.order'].sudo().search_count(
            Domain('channel_id', '=', self.id) & Domain('create_date', '>=', since) & theirs)

    def _keep_refused_mail(self, message, message_dict, problem, company=None):
        """Keep a mail that is no order with the reason, as it came and with its files beside it: nothing received
        vanishes.

        :param message: the ``EmailMessage``
        :param problem: result of :meth:`_get_mail_problem`
        :param company: ``res.company`` where the mail came by no channel
        """
        company = self.company_id or company
        incoming = self.env['mail.thread']._get_raw_mail(message)
        Refusal = self.env['order.channel.refusal'].sudo()
        incoming.taken.add(self.id)
        if Refusal._is_listed(self, company, incoming.digest):
            # The same mail again.
            return
        room, _notice = Refusal._claim_room(self, company, self.env['res.users'])
        if not room:
            return
        subject = order_payload.clean_text((message_dict.get('subject') or '').strip()[:mail_text.MAX_HEADER])
        refusal = Refusal._create_guarded({
            'company_id': company.id,
            'channel_id': self.id,
            'channel_code': self.code,
            'reference': (subject or order_payload.clean_text(message_dict['message_id']))[:200],
            'status': 'ignored',
            'received_at': fields.Datetime.now(),
            'mail_digest': incoming.digest,
            'payload': order_payload.to_json({
                'message_id': message_dict['message_id'],
                'from': message_dict.get('email_from'),
                'subject': message_dict.get('subject'),
                'body': self._shorten_mail_text(self._read_mail_text(message_dict)),
                'attachments': [attachment[0] for attachment in message_dict.get('attachments') or ()],
            }),
            'errors': [problem],
        })
        if incoming.raw:
            refusal._write_guarded({'original_id': self._keep_original(incoming, refusal).id})
        self.env['ir.attachment'].sudo().create([{
            'name': order_payload.clean_text((attachment[0] or '')[:255]) or self.env._("File"),
            'raw': self._read_mail_file(attachment[1], (attachment[2] or {}).get('encoding')),
            'res_model': refusal._name, 'res_id': refusal.id,
        } for attachment in message_dict.get('attachments') or ()])

    @api.model
    def _shorten_mail_text(self, text):
        """:return: what people read of a text that is kept elsewhere"""
        return text if len(text) <= MAX_KEPT_BODY else text[:MAX_KEPT_BODY] + "…"

    @api.model
    def _read_mail_header(self, message, name):
        """:return: the beginning of a header as it was sent, on one line; '' without it"""
        # The library parses a whole header whenever it is asked for one, and takes its time for some.
        raw = next((value for key, value in message.raw_items() if key.lower() == name.lower()), '')
        raw = str(raw)[:mail_text.MAX_HEADER].encode('utf-8', 'surrogateescape').decode('utf-8', 'replace')
        return ' '.join(raw.split())

    @api.model
    def _read_mail_text(self, message_dict, **kwargs):
        """:return: the beginning of the body of a mail as text"""
        return html2plaintext((message_dict.get('body') or '')[:MAX_READ_BODY], **kwargs)

    def _read_mail_file(self, content, encoding=None):
        """:return: the bytes of an attachment as the gateway gives it"""
        if isinstance(content, EmailMessage):
            return mail_parts.get_bytes(content) or b''
        if not isinstance(content, str):
            return content
        try:
            return content.encode(encoding or 'utf-8')
        except (UnicodeEncodeError, LookupError):
            return content.encode('utf-8', 'surrogateescape')

    # -- from mail to order ---------------------------------------------------------------------

    def _receive_mail(self, message_dict):
        """Make the draft order of a mail, and register it where a policy is in force.

        The mail itself goes into the chatter, with its attachments, by the gateway.

        :param message_dict: what the gateway has read of the mail
        :return: ``sale.order``
        """
        self.ensure_one()
        incoming = self.env['mail.thread']._get_incoming_mail()
        # The sender may be a customer with a login, or nobody: Odoo acts, for the company of the channel. Whoever makes
        # an order of a mail that was refused is on record with it.
        actor_id = incoming and incoming.actor_id or SUPERUSER_ID
        context = {**clean_context(self.env.context), 'allowed_company_ids': self.company_id.ids}
        # pylint: disable-next=context-overridden
        channel = self.with_user(actor_id).sudo().with_context(context)
        staff = channel._find_mail_staff(self.env.user, message_dict)
        sender = channel._read_mail_sender(message_dict, staff)
        partner, candidates, certain = channel._find_or_create_mail_customer(sender)
        order = channel.env['sale.order']._create_guarded(
            channel._prepare_mail_order_vals(partner, candidates, certain, sender, message_dict))
        if not order._get_registration_refusals():
            # Whoever the sender claims to be: anybody can write that, and four eyes go by the registrar.
            order.sudo()._action_register(received_at=channel._read_mail_date(message_dict), channel=channel)
        if answered := order._find_answered_order(message_dict):
            # Whoever has a part in that order would have written on it.
            order._message_log(body=self.with_context(lang=order._get_lang_of_notes()).env._(
                "The e-mail is a reply to a message about %(order)s, but its sender is not involved in that order: "
                "check the request.", order=answered.name))
        if incoming:
            incoming.taken.add(self.id)
            incoming.order_ids.add(order.id)
        return order

    def _find_mail_staff(self, user, message_dict):
        """Who of the company a mail claims to come from. Nothing that needs a right may rest on it.

        :return: ``res.users`` whose address the sender is, empty for customers
        """
        address = email_normalize(message_dict.get('email_from') or '')
        users = address and self.env['res.users'].search([
            ('email_normalized', '=', address), ('share', '=', False), ('company_ids', 'in', self.company_id.ids)])
        return (users or self.env['res.users']) and (users & user or users)[:1]

    def _prepare_mail_contact_vals(self, sender, active):
        """Values of the contact of a sender whom nobody knows.

        :param active: whether it is a new customer; else a person has to choose first
        """
        return {
            'name': sender['name'] or self.env._("Unknown sender"), 'email': sender['email'] or False,
            'company_id': self.company_id.id, 'active': active,
        }

    def _prepare_mail_order_vals(self, partner, candidates, certain, sender, message_dict):
        """Values of the order of a mail; override to read more from it.

        :param partner, candidates, certain: result of :meth:`_find_or_create_mail_customer`
        :param sender: result of :meth:`_read_mail_sender`
        """
        vals = {
            'company_id': self.company_id.id,
            'partner_id': partner.id,
            'channel_id': self.id,
            'user_id': (self.user_id or partner.user_id or partner.commercial_partner_id.user_id).id,
            'customer_to_check': not certain,
            'customer_candidate_ids': [Command.set(candidates.ids)],
        }
        if self.team_id:
            vals['team_id'] = self.team_id.id
        return vals

    def _read_mail_date(self, message_dict):
        """:return: when the mail was sent, naive UTC; now where its date cannot be the time of receipt"""
        now = fields.Datetime.now()
        sent = fields.Datetime.to_datetime(message_dict.get('date') or False)
        return sent if sent and now - MAX_DELAY <= sent <= now else now
