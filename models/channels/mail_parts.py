"""Parts of mails, as the library gives them: types, parameters, names of files, and what a whole mail is."""
import base64
import email
import re
from email.message import Message

from . import mail_text
from .mail_text import clean_line, decode_header

MAX_NAME = 255
MAX_PARTS = 2000
MAX_SAMPLE = 256 * 1024
# More is no mail of a person. The library looks for the end of each container in every line.
MAX_CONTAINERS = 100
CONTAINER = re.compile(rb'^content-type:\s{0,99}multipart/', re.IGNORECASE | re.MULTILINE)

# What stands before the name of a header, or instead of one.
MARK = b'\xef\xbb\xbf'
HEADER = re.compile(rb'[!-9;-~]{1,100}[ \t]{0,9}:')
KNOWN_HEADER = re.compile(
    rb'(?:from|to|cc|subject|date|message-id|received|delivered-to|mime-version|content-type|return-path|reply-to):',
    re.IGNORECASE)
EMPTY_LINE = re.compile(rb'\n\r?\n')
MAX_MENDED = 256 * 1024

SIGNED_TYPES = ('application/pkcs7-mime', 'application/x-pkcs7-mime')
TNEF_TYPES = ('application/ms-tnef', 'application/vnd.ms-tnef')
LOCKED_TYPES = ('application/pgp-encrypted', 'application/x-microsoft-rpmsg-message')
# Invitations and answers to them; what a calendar publishes may be a file like any other.
CALENDAR_METHODS = ('request', 'reply', 'cancel', 'counter', 'declinecounter', 'refresh', 'add')


# How files begin whose names say nothing of them.
TNEF_START = b'\x78\x9f\x3e\x22'
PGP_START = b'-----BEGIN PGP MESSAGE-----'


class MailError(ValueError):
    """A mail that nothing can be read of."""


def mend(raw):
    """Some programs put an empty line or a mark before the headers of a mail, or a line break into one of them: all
    that follows would be text.

    :return: bytes of the mail with its headers together
    """
    mended = raw.removeprefix(MARK).lstrip(b'\r\n')
    end = EMPTY_LINE.search(mended, 0, MAX_MENDED)
    end = end.start() if end else MAX_MENDED
    lines = mended[:end].split(b'\n')
    known = [number for number, line in enumerate(lines) if KNOWN_HEADER.match(line)]
    broken = [
        number for number, line in enumerate(lines)
        if known and number < known[-1] and line.strip() and line[:1] not in b' \t' and not HEADER.match(line)
        and (number or not line.startswith((b'From ', b'>From ')))]
    if not known or not broken and len(mended) == len(raw):
        return raw
    if not broken:
        return mended
    for number in broken:
        lines[number] = b' ' + lines[number]
    return b'\n'.join(lines) + mended[end:]


def parse_mail(raw):
    """:return: a mail as the library reads it, which keeps what it does not understand
    :raise MailError: for one that would keep it busy
    """
    if len(CONTAINER.findall(raw)) > MAX_CONTAINERS:
        raise MailError("parts in parts")
    return email.message_from_bytes(raw)


def says_anything(is_html, text):
    """:return: whether a text shows something"""
    if not is_html or len(text) > mail_text.MAX_SAMPLE or '<img' in text.lower():
        return bool(text.strip())
    text = re.sub(r'<(?:style|title)\b[^<]{0,20000}', ' ', text)
    return bool(re.sub(r'<[^>]{0,2000}>|&nbsp;|&#160;|[\s\xa0]', '', text))


def get_type(part):
    """:return: the type of a part, that of any file where it is none"""
    try:
        content_type = part.get_content_type()
    except Exception:  # the library raises whatever it trips over
        return 'application/octet-stream'
    if 'content-type' in part and '/' not in str(part['content-type']).partition(';')[0] and is_attachment(part):
        return 'application/octet-stream'
    return content_type


def get_parameter(part, name, header='content-type'):
    """:return: a parameter of a header, '' without it"""
    try:
        raw = next((value for key, value in part.raw_items() if key.lower() == header), '')
        # The library has question marks for the letters of a header that does not say how it is encoded.
        holder = Message()
        holder[header] = mail_text.decode(mail_text.to_bytes(raw))[0]
        value = holder.get_param(name, '', header=header)
        if isinstance(value, tuple):
            charset, _language, text = value
            return mail_text.decode(text.encode('latin_1', 'surrogateescape'), charset)[0]
        return decode_header(value)
    except Exception:  # the library raises whatever it trips over
        return ''


def get_file_name(part):
    """:return: the name of the file of a part, None without one"""
    name = get_parameter(part, 'filename', 'content-disposition') or get_parameter(part, 'name')
    return clean_line(name)[:MAX_NAME] or None


def is_attachment(part):
    value = next((value for key, value in part.raw_items() if key.lower() == 'content-disposition'), '')
    return str(value).strip().lower().startswith('attachment')


def find_form(part):
    """:return: ``signed``, ``tnef`` or ``locked`` for a file with a text inside that few programs read, else None"""
    content_type, name = get_type(part), (get_file_name(part) or '').lower()
    if content_type in SIGNED_TYPES or name == 'smime.p7m':
        return 'signed'
    start = _get_start(part) if content_type == 'application/octet-stream' else b''
    if content_type in TNEF_TYPES or name == 'winmail.dat' or start.startswith(TNEF_START):
        return 'tnef'
    if content_type in LOCKED_TYPES or name.endswith('.rpmsg') or start.startswith(PGP_START):
        return 'locked'
    return None


def _get_start(part):
    """:return: the first bytes of a file"""
    payload = part.get_payload()
    text = payload[:200].strip() if isinstance(payload, str) else ''
    if str(part.get('content-transfer-encoding', '')).strip().lower() != 'base64':
        return mail_text.to_bytes(text)
    text = ''.join(text.split())[:60]
    try:
        return base64.b64decode(text[:len(text) // 4 * 4])
    except ValueError:
        return b''


def has_text_outside(part):
    """:return: whether something is written before the first of several parts, or behind the last one, that mail
        programs do not show"""
    before, behind = (str(text or '')[:MAX_SAMPLE].strip() for text in (part.preamble, part.epilogue))
    # “This is a multi-part message in MIME format.”
    return bool(before and 'mime' not in before.lower() or behind)


def is_damaged(part):
    """:return: whether a part that was read has lost something on its way"""
    defects = {type(defect).__name__ for defect in part.defects}
    payload = part.get_payload() if 'InvalidBase64CharactersDefect' in defects else ''
    return 'InvalidBase64LengthDefect' in defects or isinstance(payload, str) and bool(
        re.search(r'[^A-Za-z0-9+/=\s]', payload))


def is_encoded(part):
    """:return: whether a part is encoded like a file"""
    return str(part.get('content-transfer-encoding', '')).strip().lower() in ('base64', 'quoted-printable')


def get_attached_mail(part):
    """:return: the mail that a part holds"""
    inner = part.get_payload(0)
    if not is_encoded(part):
        return inner
    # Some programs encode a mail like a file.
    text = get_bytes(inner) or b''
    holder = email.message_from_bytes(b'Content-Transfer-Encoding: %s\n\n%s' % (
        mail_text.to_bytes(part['content-transfer-encoding']).strip(), text.lstrip()))
    return parse_mail(holder.get_payload(decode=True) or b'')


def get_bytes(part):
    """:return: the bytes of a mail, or of a part with its headers, None where the library cannot write them"""
    for write in (part.as_bytes, lambda: part.as_string().encode('utf-8', 'surrogateescape')):
        try:
            return write()
        except Exception:  # the library raises whatever it trips over
            continue
    return None


def find_kind(message):
    """:return: ``report`` for what mail servers and programs say of a mail, ``calendar`` for invitations and the
        answers to them, None for a mail of a person"""
    content_type = get_type(message)
    if content_type == 'multipart/report' or content_type in (
            'message/delivery-status', 'message/disposition-notification'):
        return 'report'
    parts, depth = [message], 0
    while parts and depth < 4:
        for part in parts:
            if get_type(part) == 'multipart/report':
                # With the footer of a list, say.
                return 'report'
            if get_type(part) == 'text/calendar' and (part is message or not is_attachment(part)):
                method = get_parameter(part, 'method').lower() or _read_method(part)
                if method in CALENDAR_METHODS:
                    return 'calendar'
        parts = [
            child for part in parts if part.is_multipart() and get_type(part).startswith('multipart/')
            for child in part.get_payload()][:MAX_PARTS]
        depth += 1
    return None


def _read_method(part):
    content = (part.get_payload(decode=True) or b'')[:MAX_SAMPLE]
    found = re.search(rb'(?:^|\n)METHOD:([A-Za-z]{1,20})', content)
    return found[1].decode().lower() if found else ''
