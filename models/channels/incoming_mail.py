"""A mail as it came in, before the gateway of Odoo reads it.

The gateway gives up on what it does not know (an encoding, a type of content, a character that cannot be stored), and
loses some of what it does not understand. A mail that it reads as it is goes to it as it is; any other is written anew,
with the same words and files, in a form that it reads. What is written nowhere in it is told: the codes of ``remarks``.
"""
import email.policy
import hashlib
import re
from email.encoders import encode_base64
from email.header import Header
from email.mime.base import MIMEBase
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.parser import BytesHeaderParser
from email.utils import format_datetime, formataddr

from . import mail_senders, mail_signed, mail_text
from .mail_parts import (
    MAX_PARTS,
    MailError,
    find_form,
    find_kind,
    get_attached_mail,
    get_bytes,
    get_file_name,
    get_parameter,
    get_type,
    has_text_outside,
    is_attachment,
    is_damaged,
    mend,
    parse_mail,
    says_anything,
)
from .mail_soundness import FORM_REMARKS, KNOWN_TYPES, MAX_DEPTH, READ_HEADERS, is_readable_html, is_sound
from .mail_text import clean, clean_line, decode_header

# The beginning of a mail in which its headers stand.
MAX_HEAD = 256 * 1024
MAX_RECIPIENTS = 500
MAX_HEADERS = 200
RECIPIENT_HEADERS = ('to', 'cc', 'delivered-to', 'resent-to', 'resent-cc')
# Where mail servers write whom they deliver to, and the gateway does not look.
OTHER_RECIPIENT_HEADERS = (
    'x-original-to', 'envelope-to', 'x-envelope-to', 'x-delivered-to', 'apparently-to', 'x-apparently-to', 'bcc',
    'resent-bcc', 'x-forwarded-to', 'x-rcpt-to', 'x-real-to', 'x-mdaemon-deliver-to', 'x-original-delivered-to')
RECEIVED_FOR = re.compile(r"\bfor\s{1,9}<?([\w.!#$%&'*+/=?^`{|}~-]{1,64}@[\w.-]{1,255})")
MAX_RECEIVED = 30
MAX_REFERENCES = 20_000
NUMBER = re.compile(r'<([^<>]{1,900})>')
ADDRESS = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[\w.-]{1,255}")

# After these the original is worth a look.
REMARKS_ON_TEXT = ('encoding', 'damaged', 'partial', 'unread')


class IncomingMail:
    """One mail on its way, and what becomes of it."""

    def __init__(self, raw):
        self.raw = raw              # as it came
        self.content = mend(raw)
        self.head = BytesHeaderParser().parsebytes(self.content[:MAX_HEAD])
        self.channel_ids = []       # the channels that it is for
        self.is_addressed = True    # to them; else it was fetched for orders
        self.is_undecided = False   # whose company's it is
        self.was_seen = False       # whether its number was known before
        self.is_elsewhere = False   # whether the gateway has brought it to something else than orders
        self.is_left_to_others = False
        self.kind = None            # 'calendar', 'report' for what is no order
        self.remarks = []
        self.missing = []           # addresses of channels that the gateway does not see
        self.actor_id = None        # the user who makes an order of a mail that was refused
        self.forget()
        self._digest = None

    def forget(self):
        """What has become of it is rolled back."""
        self.taken = set()          # channels in whose ledger or list it stands
        self.order_ids = set()      # the orders that it made or went to
        self.is_answer = False
        self.dropped = None         # why the gateway has let it fall
        self.has_failed = False     # while an order was made of it
        # what the gateway has read
        self.subject_read = self.body_read = None
        self.files_read = ()

    def get_header(self, name):
        """:return: a header as it was sent"""
        return next((value for key, value in self.head.raw_items() if key.lower() == name), '')

    @property
    def subject(self):
        return decode_header(self.get_header('subject'))

    @property
    def message_id(self):
        return clean_line(mail_text.decode(mail_text.to_bytes(self.get_header('message-id')))[0])[:mail_text.MAX_HEADER]

    @property
    def number(self):
        """What the gateway knows it by; without a number of its own, its content."""
        if not self.message_id:
            return f'<{self.digest[:48]}@no-message-id.invalid>'
        if len(self.message_id) < mail_text.MAX_HEADER and read_as_gateway('Message-ID', self.message_id) == (
                self.message_id):
            return self.message_id
        # By the standard it is none: the gateway reads a part of it, or fails on it.
        name = hashlib.sha256(mail_text.to_bytes(self.get_header('message-id')).strip()).hexdigest()
        return f'<{name[:48]}@odd-message-id.invalid>'

    def read_pairs(self, name):
        """:return: list of pairs (name, address) of a header"""
        return self._split(self.get_header(name))

    def read_senders(self, name):
        """:return: list of pairs (name, address) of all headers of this name, each address once"""
        found = {}
        for key, value in self.head.raw_items():
            if key.lower() == name and len(found) < mail_senders.MAX_SENDERS:
                for pair in self._split(value):
                    found.setdefault(pair[1].lower(), pair)
        return list(found.values())

    def _split(self, value):
        value = ' '.join(str(value)[:mail_text.MAX_HEADER].split())
        pairs = mail_senders.split_addresses(value) or mail_senders.split_addresses(decode_header(value))
        return [(decode_header(name), decode_header(address)) for name, address in pairs]

    @property
    def digest(self):
        """What tells one mail from another: its number, sender, subject and content, and not the way that it came."""
        if self._digest is None:
            parts = [mail_text.to_bytes(self.get_header(name)).strip() for name in ('message-id', 'from', 'subject')]
            if not parts[0]:
                parts.append(mail_text.to_bytes(self.get_header('date')).strip())
            content = self.content.replace(b'\r\n', b'\n')
            if any((parts[0], parts[-1])):
                content = content.partition(b'\n\n')[2]
            self._digest = hashlib.sha256(b'\0'.join([*parts, content])).hexdigest()
        return self._digest

    def list_references(self):
        """:return: list of the numbers of the mails that this one answers, the last one at the end. Some programs tear
            them over lines, encode them, or write them without their brackets"""
        found = []
        for name in ('references', 'in-reply-to'):
            text = decode_header(self.get_header(name), limit=MAX_REFERENCES)
            numbers = NUMBER.findall(text) or [word for word in re.split(r'[\s,;"]', text) if '@' in word.strip('@')]
            found += [f"<{''.join(number.split())}>" for number in numbers]
        return [number for position, number in enumerate(found) if number not in found[position + 1:]][-40:]

    def list_recipients(self):
        """:return: dict address → whether the gateway looks where it stands"""
        found = {}
        for names, is_seen in ((RECIPIENT_HEADERS, True), (OTHER_RECIPIENT_HEADERS, False)):
            for key, value in self.head.raw_items():
                if key.lower() in names:
                    text = str(value)[:MAX_HEAD]
                    for address in ADDRESS.findall(text)[:MAX_RECIPIENTS]:
                        bare = address.strip("'.").lower()
                        found.setdefault(bare, is_seen and bare == address.lower())
        return found

    def list_hidden_recipients(self):
        """:return: list of addresses that the mail may have come to though it names others: without what follows a plus
            sign, and those that mail servers note in passing"""
        found = []
        for address in self.list_recipients():
            local, _at_sign, domain = address.partition('@')
            if '+' in local:
                found.append(f"{local.partition('+')[0]}@{domain}")
        received = [str(value) for key, value in self.head.raw_items() if key.lower() == 'received'][:MAX_RECEIVED]
        for value in received:
            found += [address.lower() for address in RECEIVED_FOR.findall(value[:mail_text.MAX_HEADER])]
        return found

    # -- for the gateway ----------------------------------------------------------------------------

    def prepare(self):
        """:return: bytes of the mail that the gateway reads
        :raise MailError: where nothing can be read of it
        :raise Exception: whatever the library trips over
        """
        message = parse_mail(self.content)
        self.kind = find_kind(message)
        raw = b''.join(b'Delivered-To: %s\r\n' % address.encode() for address in self.missing) + self.content
        # What a report says of other mails is for the gateway.
        if self.kind == 'report' or is_sound(message, self):
            return raw
        return self.write_anew(message)

    def write_anew(self, message=None):
        """:return: bytes of a mail with the same words and files that every program reads
        :raise MailError: where nothing can be read of it
        """
        message = message or parse_mail(self.content)
        body = Body(self)
        body.add(message)
        root = MIMEMultipart('mixed')
        self._write_headers(root, message)
        root.attach(body.to_part())
        for name, content_type, content, content_id in body.files:
            root.attach(_to_file(name, content_type, content, content_id))
        return root.as_bytes()

    def write_bare(self, text):
        """:return: bytes of a mail that says from whom it came, and nothing else but this text"""
        root = MIMEText(text, 'plain', 'utf-8')
        self._write_headers(root, self.head)
        return root.as_bytes()

    def _write_headers(self, root, message):
        for name, value in list(message.raw_items())[:MAX_HEADERS]:
            key = name.lower()
            if key in READ_HEADERS or key.startswith('content-') or key in ('mime-version', 'received'):
                continue
            if re.fullmatch(r'[a-z0-9-]{1,60}', key):
                self._write_text(root, name, decode_header(value))
        sender = self.read_pairs('from') or self.read_pairs('sender')
        if addresses := _to_addresses(sender):
            root['From'] = addresses
        else:
            self._write_text(root, 'From', decode_header(self.get_header('from')))
        for name in ('Reply-To', 'Return-Path', *(name.title() for name in RECIPIENT_HEADERS)):
            if addresses := _to_addresses(self.read_all_pairs(name.lower())):
                root[name] = addresses
        for address in self.missing:
            root['Delivered-To'] = address
        subject, is_sure = mail_text.read_header(self.get_header('subject'))
        root['Subject'] = _to_header(subject)
        if not is_sure:
            self.remark('encoding')
        root['Message-ID'] = self.number
        if references := self.list_references():
            root['References'] = ' '.join(references)
            root['In-Reply-To'] = references[-1]
        if date := mail_text.read_date(self.get_header('date')):
            root['Date'] = format_datetime(date)

    def read_all_pairs(self, name):
        """:return: list of pairs (name, address) of all headers of this name"""
        pairs = []
        for key, value in self.head.raw_items():
            if key.lower() == name:
                text = ' '.join(str(value)[:MAX_HEAD].split())
                split = mail_senders.split_addresses(text)
                known = {address.lower() for _name, address in split}
                split += [('', address) for address in ADDRESS.findall(text) if address.lower() not in known]
                pairs += [(decode_header(name), clean_line(address)) for name, address in split[:MAX_RECIPIENTS]]
        return pairs

    def _write_text(self, root, name, text):
        """:param root: the mail that is written anew, which gets a header with this text"""
        if read_as_gateway(name, text) is not None:
            root[name] = _to_header(text)
        else:
            # No program reads it; it stands in the original.
            self.remark('damaged')

    def remark(self, code):
        if code not in self.remarks:
            self.remarks.append(code)


def read_as_gateway(name, value):
    """:return: what the library of the gateway reads of a header, None where it fails on it"""
    try:
        _name, parsed = email.policy.SMTP.header_source_parse([f'{name}: {value}'])
        return str(email.policy.SMTP.header_fetch_parse(name, parsed)).strip()
    except Exception:  # the library raises whatever it trips over
        return None


def _to_header(text):
    return text if text.isascii() and '=?' not in text else Header(text, 'utf-8')


def _to_addresses(pairs):
    """:return: a header of addresses in letters that every program reads, '' without any"""
    written = []
    for name, address in pairs:
        local, at_sign, domain = address.rpartition('@')
        if not at_sign or not domain.strip():
            continue
        try:
            domain = domain.encode('ascii').decode() if domain.isascii() else domain.encode('idna').decode()
            text = formataddr((name, f'{local}@{domain}'))
        except (ValueError, IndexError):
            continue
        if read_as_gateway('To', text) is not None:
            written.append(text)
    return ', '.join(written)


def _to_file(name, content_type, content, content_id):
    maintype, _slash, subtype = content_type.partition('/')
    if maintype not in KNOWN_TYPES or not re.fullmatch(r'[a-z0-9.+-]{1,80}', subtype):
        maintype, subtype = 'application', 'octet-stream'
    part = MIMEBase(maintype, subtype)
    part.set_payload(content)
    encode_base64(part)
    part.add_header('Content-Disposition', 'attachment', filename=('utf-8', '', name))
    if content_id:
        part['Content-ID'] = f'<{content_id}>'
    return part


# -- reading --------------------------------------------------------------------------------------

class Body:
    """What a mail says: its texts in their order, and its files."""

    def __init__(self, incoming):
        self.incoming = incoming
        self.blocks = []            # pairs (whether it is HTML, text)
        self.files = []             # quadruples (name, type, bytes, number within the mail)
        self.count = 0

    def add(self, part, depth=0):
        self.count += 1
        if depth > MAX_DEPTH or self.count > MAX_PARTS:
            raise MailError("parts in parts")
        content_type = get_type(part)
        if content_type == 'message/rfc822' and part.is_multipart():
            self._read_mail(part, depth)
        elif part.is_multipart() and content_type.startswith('multipart/'):
            self._read_parts(part, content_type, depth)
        else:
            self._read_leaf(part, content_type, depth)

    def _read_parts(self, part, content_type, depth):
        before, forms = self.blocks, []
        if has_text_outside(part):
            self.incoming.remark('damaged')
        for child in part.get_payload():
            self.blocks = []
            self.add(child, depth + 1)
            forms.append([block for block in self.blocks if says_anything(*block)])
        if content_type == 'multipart/alternative':
            # Those with HTML say what the others say.
            forms = [form for form in forms if any(is_html for is_html, _text in form)] or forms
        self.blocks = [*before, *(block for form in forms for block in form)]

    def _read_mail(self, part, depth):
        """A mail that is attached is a file, and what it says is read, too."""
        inner = get_attached_mail(part)
        subject = decode_header(next((value for key, value in inner.raw_items() if key.lower() == 'subject'), ''))
        name = get_file_name(part) or f'{subject[:80] or "mail"}.eml'
        content = get_bytes(inner)
        if content is None:
            # It is in the original.
            self.incoming.remark('damaged')
        else:
            self.files.append((name if name.lower().endswith('.eml') else f'{name}.eml', '', content, None))
        heads = [f'{key}: {decode_header(value)}' for key, value in inner.raw_items()
                 if key.lower() in ('from', 'to', 'date', 'subject')]
        self.blocks.append((False, '\n'.join(['', *heads, ''])))
        self.add(inner, depth + 1)

    def _read_leaf(self, part, content_type, depth):
        if part.is_multipart():
            # The state of a delivery, say: headers without a mail.
            content = get_bytes(part) or b''
        else:
            content = part.get_payload(decode=True) or b''
        if is_damaged(part):
            self.incoming.remark('damaged')
        name, is_attached = get_file_name(part), is_attachment(part)
        form = find_form(part)
        if form == 'signed' and self._read_signed(part, content, depth):
            return
        if content_type.startswith('multipart/'):
            # Without a boundary, or with another one than it says.
            self.incoming.remark('damaged')
            content_type = 'text/plain'
        if content_type in ('text/plain', 'text/html') and not (depth and (name or is_attached)):
            self._read_text(part, content_type, content)
            if not (name or is_attached):
                return
        if content_type == 'message/partial':
            self.incoming.remark('partial')
        elif form in FORM_REMARKS:
            self.incoming.remark(FORM_REMARKS[form])
        elif content_type.startswith('text/') and not (self.blocks or name or is_attached):
            # Another kind of text than people write: as it is, and as a file.
            self._read_text(part, 'text/plain', content)
        content_id = decode_header(next(
            (value for key, value in part.raw_items() if key.lower() == 'content-id'), '')).strip('<> ')
        name = name or f'attachment{_guess_extension(content_type)}'
        self.files.append((name, content_type, content, content_id if content_id.isascii() else None))

    def _read_text(self, part, content_type, content):
        charset = get_parameter(part, 'charset')
        hints = [found.decode() for found in mail_text.CHARSET_IN_HTML.findall(content[:MAX_HEAD])[:1]]
        hints += [match[1] for match in mail_text.ENCODED_WORD.finditer(
            str(self.incoming.get_header('subject'))[:mail_text.MAX_HEADER])]
        text, is_sure = mail_text.decode(content, charset, hints)
        if not is_sure:
            self.incoming.remark('encoding')
        self.blocks.append((content_type == 'text/html', clean(text)))

    def _read_signed(self, part, content, depth):
        """:return: whether it is a mail within an envelope, which is kept whole beside what it holds"""
        name = get_file_name(part) or 'smime.p7m'
        if depth and not name.lower().startswith('smime.'):
            # A file that somebody has signed.
            return False
        self.files.append((name, 'application/pkcs7-mime', content, None))
        inner = mail_signed.unpack(content)
        if inner is None:
            kind = get_parameter(part, 'smime-type').lower()
            self.incoming.remark('sealed' if kind.startswith(('signed', 'compressed', 'certs')) else 'encrypted')
            return True
        self.incoming.remark('signed')
        self.add(parse_mail(inner), depth + 1)
        return True

    def to_part(self):
        """:return: the part with the text of the mail"""
        blocks = [block for block in self.blocks if says_anything(*block)]
        if not any(is_html for is_html, _text in blocks):
            return MIMEText('\n'.join(text for _is_html, text in blocks), 'plain', 'utf-8')
        texts = []
        for is_html, text in blocks:
            if is_html and not is_readable_html(text):
                is_html, text = False, re.sub(r'<[^>]{0,2000}>', ' ', text)
            texts.append(text if is_html else f'<pre>{_escape(text)}</pre>')
        return MIMEText('\n'.join(texts), 'html', 'utf-8')


def _escape(text):
    return text.replace('&', '&amp;').replace('<', '&lt;').replace('>', '&gt;')


def _guess_extension(content_type):
    return {
        'text/csv': '.csv', 'text/calendar': '.ics', 'text/xml': '.xml', 'application/pdf': '.pdf',
        'application/xml': '.xml', 'text/rtf': '.rtf', 'text/html': '.html', 'text/plain': '.txt',
    }.get(content_type, '')
