import email.policy
import itertools
from email.message import EmailMessage
from email.parser import BytesHeaderParser

from odoo import api, models
from odoo.tools import email_normalize

from . import mail_senders, mail_text
from .mail_senders import MAX_SENDERS

# The sender of a forwarded mail stands at its beginning.
MAX_SEARCHED_BODY = 100000
MAX_READ_HEADERS = 64 * 1024
# Whoever else may have written a mail.
MAX_OTHERS = 10


class OrderChannel(models.Model):
    """Who the customer of a mail is (article I3): its sender, whom a shop writes for, or whose mail is forwarded."""
    _inherit = 'order.channel'

    def _read_mail_sender(self, message_dict, staff):
        """Who has written the order: the sender, or whose mail one of our people has forwarded.

        A shop sends in its own name, with the customer as the one who is to get the answer.

        :param staff: the ``res.users`` who has sent it, may be empty
        :return: dict ``name``, ``email``; both empty where nobody can tell; ``others``, list of such dicts of whoever
            it may be as well, and ``is_certain``, whether it is this one
        """
        incoming = self.env['mail.thread']._get_incoming_mail()
        answers = self._leave_out_own(incoming.read_senders('reply-to') if incoming else [])
        if staff:
            pairs = self._list_forwarded_senders(message_dict)
            if not pairs and answers:
                # The form of an own web site, say.
                return {**self._prepare_one_mail_sender(answers), 'is_certain': False}
            return self._prepare_mail_sender(*pairs[:1])
        pairs = incoming and (incoming.read_senders('from') or incoming.read_senders('sender')) or (
            mail_senders.split_addresses(message_dict.get('email_from') or ''))
        if len(pairs) == 1 and incoming and self._is_mail_of_list(incoming, pairs[0]):
            # The list has put itself in the place of whoever has written to it.
            pairs = incoming.read_senders('x-original-from') or incoming.read_senders('x-original-sender') or [
                pair for pair in answers if not self._is_mail_of_list(incoming, pair)]
            return self._prepare_one_mail_sender(pairs)
        writer = self._prepare_one_mail_sender(pairs)
        if not answers or writer['email'] in [email_normalize(address) for _name, address in answers]:
            answer = None
        else:
            answer = self._prepare_one_mail_sender(answers)
        return self._choose_mail_sender(writer, answer)

    @api.model
    def _is_mail_of_list(self, incoming, pair):
        """:return: whether an address is that of the mailing list that has passed a mail on"""
        return email_normalize(pair[1]) in [
            email_normalize(address) for _name, address in incoming.read_all_pairs('list-post')]

    def _prepare_one_mail_sender(self, pairs):
        """:return: dict of the first of several senders, who is certain where all of them are one customer"""
        sender = self._prepare_mail_sender(*pairs[:1])
        others = [self._prepare_mail_sender(pair) for pair in pairs[1:MAX_OTHERS]]
        others = [other for other in others if other['email'] and other['email'] != sender['email']]
        customers = [self._find_customers_at(one) for one in (sender, *others)] if others else []
        if others and not (all(customers) and len(customers[0].union(*customers)) == 1):
            return {**sender, 'is_certain': False, 'others': others}
        return sender

    def _prepare_mail_sender(self, pair=('', ''), is_certain=True):
        """:return: dict of a sender, as :meth:`_read_mail_sender` gives it"""
        name, address = pair
        address = email_normalize(address) or ''
        name = mail_text.clean_line(name) or address.split('@')[0]
        return {'name': name, 'email': address, 'others': [], 'is_certain': is_certain}

    def _choose_mail_sender(self, writer, answer):
        """Which of two addresses is the customer's: the one that sends, or the one that answers go to.

        Software is nobody. A customer who is known stays the same, whatever second address there is. Where both could
        be, a person decides.

        :param writer: dict of the sender
        :param answer: dict of whoever is to get the answer; None where that is the sender
        :return: dict of the customer
        """
        kind = mail_senders.get_program_kind(writer['email'])
        if kind in ('program', 'automatic'):
            if answer:
                return answer
            is_customer = kind == 'automatic' and self._find_customers_at(writer)
            return {**writer, 'is_certain': bool(is_customer)}
        if not answer:
            return writer
        if not writer['is_certain']:
            return {**writer, 'others': [*writer['others'], answer]}
        known, known_answer = self._find_customers_at(writer), self._find_customers_at(answer)
        if known and (not known_answer or known & known_answer):
            return writer
        if writer['email'] and not known:
            is_same = self._is_same_person(writer, answer)
            if known_answer and (is_same or kind == 'shop') or not known_answer and kind == 'shop' and not is_same:
                return answer
            if is_same:
                return writer
        first, second = (writer, answer) if known else (answer, writer)
        return {**first, 'is_certain': False, 'others': [second, *first['others'], *second['others']]}

    def _find_customers_at(self, sender):
        """:return: the commercial ``res.partner`` that are known by the address of a sender"""
        if not sender['email']:
            return self.env['res.partner'].sudo()
        return self.env['res.partner'].sudo().search([
            ('email_normalized', '=', sender['email']), ('company_id', 'in', (False, self.company_id.id)),
        ]).commercial_partner_id

    def _is_same_person(self, one, other):
        """Whether two senders look like one: by their names, or by a domain that is not everybody's."""
        names = [sender['name'] for sender in (one, other) if sender['name'] != sender['email'].split('@')[0]]
        if len(names) == 2 and self._names_agree(*names):
            return True
        domains = {sender['email'].rpartition('@')[2] for sender in (one, other)}
        if len(domains) == 1 and not self.env['order.public.domain']._is_public(domains.pop(), self.company_id):
            return True
        # An address without a name, which has one of the names in it: anna.smith@…
        local = (one if len(names) < 2 and other['name'] in names else other)['email'].partition('@')[0]
        return len(names) == 1 and any(
            len(word) > 2 and word in local for word in self._normalize_trait(names[0]).replace(',', ' ').split())

    def _leave_out_own(self, pairs):
        """:return: those pairs (name, address) that are addresses, and none of our own people or aliases"""
        addresses = [email_normalize(address) for _name, address in pairs]
        own = set(self.env['res.users'].sudo().search([
            ('email_normalized', 'in', addresses), ('share', '=', False)]).mapped('email_normalized'))
        own.update(self.env['mail.alias.domain'].sudo()._find_aliases(list(filter(None, addresses))))
        return [pair for pair, address in zip(pairs, addresses) if address and address not in own]

    def _list_forwarded_senders(self, message_dict):
        """:return: list of pairs (name, address) of what a mail forwards, without our own people and addresses"""
        pairs = []
        for name, content, *_info in itertools.islice(message_dict.get('attachments') or (), MAX_SENDERS):
            if isinstance(content, bytes) and name.lower().endswith('.eml'):
                content = BytesHeaderParser(policy=email.policy.SMTP).parsebytes(content[:MAX_READ_HEADERS])
            if isinstance(content, EmailMessage):
                pairs += [
                    (mail_text.decode_header(name), address)
                    for name, address in mail_senders.split_addresses(self._read_mail_header(content, 'From'))]
        text = self._read_mail_text(message_dict, include_references=False)
        pairs += mail_senders.list_forwarded(text[:MAX_SEARCHED_BODY])
        return self._leave_out_own(pairs)

    def _find_or_create_mail_customer(self, sender):
        """The customer of a sender; one who is new or may be several gets a separate contact.

        :param sender: result of :meth:`_read_mail_sender`
        :return: triple (``res.partner``, ``res.partner`` that it may be as well, whether the customer is certain)
        """
        none = self.env['res.partner']
        if not sender['email']:
            return none.create(self._prepare_mail_contact_vals(sender, active=False)), none, False
        if not sender.get('is_certain', True):
            matches = self._match_customers([sender, *sender.get('others', ())])
            candidates = none.union(*(match.partner | match.candidates for match in matches))
            return none.create(self._prepare_mail_contact_vals(sender, active=False)), candidates, False
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
