"""Parts of mails, as the library gives them: types, parameters, names of files, and what a whole mail is."""
import email
import re

from . import mail_text
from .mail_text import clean_line, decode_header

MAX_NAME = 255
MAX_PARTS = 2000
MAX_SAMPLE = 256 * 1024
# More is no mail of a person. The library looks for the end of each container in every line.
MAX_CONTAINERS = 100
CONTAINER = re.compile(rb'^content-type:\s{0,99}multipart/', re.IGNORECASE | re.MULTILINE)

SIGNED_TYPES = ('application/pkcs7-mime', 'application/x-pkcs7-mime')
TNEF_TYPES = ('application/ms-tnef', 'application/vnd.ms-tnef')
LOCKED_TYPES = ('application/pgp-encrypted', 'application/x-microsoft-rpmsg-message')
# Invitations and answers to them; what a calendar publishes may be a file like any other.
CALENDAR_METHODS = ('request', 'reply', 'cancel', 'counter', 'declinecounter', 'refresh', 'add')


class MailError(ValueError):
    """A mail that nothing can be read of."""


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
        value = part.get_param(name, '', header=header)
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
