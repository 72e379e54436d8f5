import email.policy
import itertools
import re
from datetime import timedelta
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.parser import BytesHeaderParser

from odoo import SUPERUSER_ID, api, fields, models
from odoo.fields import Command
from odoo.tools import email_normalize, html2plaintext
from odoo.tools.mail import email_split_tuples
from odoo.tools.misc import clean_context

from . import order_payload

# How mail programs introduce the sender of what is forwarded.
FORWARDED_FROM = re.compile(
    r'(?:^|[\s>*|])(?:From|发件人|寄件者|寄件人|差出人|Von|De|Da|Van|Från|Fra|Od|От)'
    r'\s{0,9}\*?\s{0,9}[:：][\s*]{0,9}([^\n]{0,400})', re.MULTILINE)

# A mail that waited longer than this on its way was received when it arrived; its date may be anything.
MAX_DELAY = timedelta(days=7)

# What is kept of a mail that was not taken in; its files are kept whole.
MAX_KEPT_BODY = 20000

# The sender of a forwarded mail stands at its beginning; so many lines and files may name one.
MAX_SEARCHED_BODY = 100000
MAX_SENDERS = 50

# What is read of a header, and of a body before it becomes text.
MAX_HEADER = 1000
MAX_COMMENTS = 20
MAX_READ_HEADERS = 64 * 1024
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
        :return: pair (code, translated sentence), None where it may be an order
        """
        self.ensure_one()
        sender = email_normalize(message_dict.get('email_from') or '')
        if self.env['mail.gateway.allowed'].sudo().search_count([('email_normalized', '=', sender)], limit=1):
            return None
        if sender and self.env['mail.alias.domain'].sudo()._find_aliases([sender]):
            return 'mail_loop', self.env._("The e-mail comes from an address of this database.")
        automatic = (self._read_mail_header(message, 'Auto-Submitted') or 'no').casefold()
        precedence = self._read_mail_header(message, 'Precedence').casefold()
        if not re.match(r'no\b', automatic) or precedence in ('auto_reply', 'bulk', 'junk', 'list') or any(
                self._read_mail_header(message, name)
                for name in ('X-Autoreply', 'X-Autorespond', 'X-Autorespond-From')):
            return 'automatic_mail', self.env._("The e-mail was sent automatically, such as an out-of-office reply.")
        if sender and self._count_mails_of(sender) >= self._get_mail_limit('threshold', 20):
            return 'mail_loop', self.env._(
                "The sender has sent too many e-mails in a short time, such as programs replying to each other.")
        return None

    def _get_mail_limit(self, name, default):
        """:return: a limit of the gateway against loops, ``minutes`` or ``threshold``, as Odoo has it"""
        return int(self.env['ir.config_parameter'].sudo().get_param(f'mail.gateway.loop.{name}', default))

    def _count_mails_of(self, sender):
        """:return: how many orders the mails of an address have made in the time of the gateway's limit"""
        since = self.env.cr.now() - timedelta(minutes=self._get_mail_limit('minutes', 120))
        return self.env['sale.order'].sudo().search_count([
            ('channel_id', '=', self.id), ('create_date', '>=', since), ('partner_id.email_normalized', '=', sender)])

    def _keep_refused_mail(self, message_dict, problem, company=None):
        """Keep a mail that is no order with the reason, and its files with it: nothing received vanishes.

        :param problem: result of :meth:`_get_mail_problem`
        :param company: ``res.company`` where the mail came by no channel
        """
        code, reason = problem
        Refusal = self.env['order.channel.refusal'].sudo()
        room, _notice = Refusal._claim_room(self, self.company_id or company, self.env['res.users'])
        if not room:
            return
        subject = (message_dict.get('subject') or '').strip()[:MAX_HEADER]
        refusal = Refusal._create_guarded({
            'company_id': (self.company_id or company).id,
            'channel_id': self.id,
            'channel_code': self.code,
            'reference': order_payload.clean_text(subject or message_dict['message_id'])[:200],
            'status': 'ignored',
            'received_at': fields.Datetime.now(),
            'payload': order_payload.to_json({
                'message_id': message_dict['message_id'],
                'from': message_dict.get('email_from'),
                'subject': message_dict.get('subject'),
                'body': self._read_mail_text(message_dict)[:MAX_KEPT_BODY],
                'attachments': [attachment[0] for attachment in message_dict.get('attachments') or ()],
            }),
            'errors': [{'code': code, 'field': 'mail', 'message': reason}],
        })
        self.env['ir.attachment'].sudo().create([{
            'name': order_payload.clean_text((attachment[0] or '')[:255]) or self.env._("File"),
            'raw': self._read_mail_file(attachment[1]),
            'res_model': refusal._name, 'res_id': refusal.id,
        } for attachment in message_dict.get('attachments') or ()])

    @api.model
    def _read_mail_header(self, message, name):
        """:return: the beginning of a header as it was sent, on one line; '' without it"""
        # The library parses a whole header whenever it is asked for one, and takes its time for some.
        raw = next((value for key, value in message.raw_items() if key.lower() == name.lower()), '')
        raw = str(raw)[:MAX_HEADER].encode('utf-8', 'surrogateescape').decode('utf-8', 'replace')
        return ' '.join(raw.split())

    @api.model
    def _split_mail_addresses(self, text):
        """:return: list of pairs (name, address) at the beginning of a header"""
        text = text[:MAX_HEADER]
        if text.count('(') > MAX_COMMENTS:
            # Comments in comments are read by recursion.
            text = text.replace('(', ' ').replace(')', ' ')
        return email_split_tuples(text)

    @api.model
    def _decode_mail_name(self, name):
        """:return: the name of a header as people read it"""
        try:
            return str(make_header(decode_header(name)))
        except (LookupError, ValueError, HeaderParseError):
            return name

    @api.model
    def _read_mail_text(self, message_dict, **kwargs):
        """:return: the beginning of the body of a mail as text"""
        return html2plaintext((message_dict.get('body') or '')[:MAX_READ_BODY], **kwargs)

    def _read_mail_file(self, content):
        """:return: the bytes of an attachment as the gateway gives it"""
        if isinstance(content, EmailMessage):
            return content.as_bytes()
        return content.encode() if isinstance(content, str) else content

    # -- from mail to order ---------------------------------------------------------------------

    def _receive_mail(self, message_dict):
        """Make the draft order of a mail, and register it where a policy is in force.

        The mail itself goes into the chatter, with its attachments, by the gateway.

        :param message_dict: what the gateway has read of the mail
        :return: ``sale.order``
        """
        self.ensure_one()
        # The sender may be a customer with a login, or nobody: Odoo acts, for the company of the channel.
        context = {**clean_context(self.env.context), 'allowed_company_ids': self.company_id.ids}
        channel = self.with_user(SUPERUSER_ID).with_context(context)  # pylint: disable=context-overridden
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
            order._message_log(body=self.env._(
                "The e-mail is a reply to a message about %(order)s, but its sender is not involved in that order: "
                "check the request.", order=answered.name))
        return order

    def _find_mail_staff(self, user, message_dict):
        """Who of the company a mail claims to come from. Nothing that needs a right may rest on it.

        :return: ``res.users`` whose address the sender is, empty for customers
        """
        address = email_normalize(message_dict.get('email_from') or '')
        users = address and self.env['res.users'].search([
            ('email_normalized', '=', address), ('share', '=', False), ('company_ids', 'in', self.company_id.ids)])
        return (users or self.env['res.users']) and (users & user or users)[:1]

    def _read_mail_sender(self, message_dict, staff):
        """Who has written the order: the sender, or whose mail one of our people has forwarded.

        :param staff: the ``res.users`` who has sent it, may be empty
        :return: dict ``name``, ``email``; both empty where nobody can tell
        """
        pairs = self._split_mail_addresses(message_dict.get('email_from') or '')
        if staff:
            pairs = self._list_forwarded_senders(message_dict)
        name, address = (pairs or [('', '')])[0]
        address = email_normalize(address) or ''
        return {'name': (name or address.split('@')[0]).strip(), 'email': address}

    def _list_forwarded_senders(self, message_dict):
        """:return: list of pairs (name, address) of what a mail forwards, without our own people and addresses"""
        pairs = []
        for name, content, *_info in itertools.islice(message_dict.get('attachments') or (), MAX_SENDERS):
            if isinstance(content, bytes) and name.lower().endswith('.eml'):
                content = BytesHeaderParser(policy=email.policy.SMTP).parsebytes(content[:MAX_READ_HEADERS])
            if isinstance(content, EmailMessage):
                pairs += [
                    (self._decode_mail_name(name), address)
                    for name, address in self._split_mail_addresses(self._read_mail_header(content, 'From'))]
        text = self._read_mail_text(message_dict, include_references=False)
        for match in itertools.islice(FORWARDED_FROM.finditer(text[:MAX_SEARCHED_BODY]), MAX_SENDERS):
            # Outlook writes “Name [mailto:address]”, and links become “< address >”.
            line = ' '.join(match[1].split()).replace('[mailto:', '<').replace(']', '>')
            pairs += self._split_mail_addresses(line.replace('< ', '<').replace(' >', '>'))[:1]
        addresses = [email_normalize(address) for _name, address in pairs]
        own = set(self.env['res.users'].search([
            ('email_normalized', 'in', addresses), ('share', '=', False)]).mapped('email_normalized'))
        own.update(self.env['mail.alias.domain']._find_aliases([address for address in addresses if address]))
        return [pair for pair, address in zip(pairs, addresses) if address and address not in own]

    def _find_or_create_mail_customer(self, sender):
        """The customer of a sender; one who is new or may be several gets a separate contact.

        :return: triple (``res.partner``, ``res.partner`` that it may be as well, whether the customer is certain)
        """
        none = self.env['res.partner']
        if not sender['email']:
            return none.create(self._prepare_mail_contact_vals(sender, active=False)), none, False
        match = self._match_customers([sender])[0]
        # People write in the name of companies: of one customer the address alone is enough.
        same = match.candidates.filtered(lambda partner: partner.email_normalized == sender['email'])
        if len(same.commercial_partner_id) == 1:
            named = same.filtered(lambda partner: self._names_agree(partner.name, sender['name']))
            return (named or same & same.commercial_partner_id or same)[:1], none, True
        if match.partner:
            return match.partner, none, True
        certain = not match.candidates
        return none.create(self._prepare_mail_contact_vals(sender, active=certain)), match.candidates, certain

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
