"""Whether the gateway of Odoo reads a mail as people do; where it does not, the mail is written anew."""
import email.policy
from email.message import EmailMessage

import lxml.html
from lxml.etree import LxmlError

from odoo.tools.mail import email_split_tuples, unfold_references

from . import mail_text
from .mail_parts import (
    MAX_NAME,
    MAX_PARTS,
    MailError,
    find_form,
    get_file_name,
    get_parameter,
    get_type,
    has_text_outside,
    is_attachment,
    is_encoded,
    says_anything,
)

MAX_DEPTH = 40
# What is said of files with a text inside.
FORM_REMARKS = {'tnef': 'tnef', 'locked': 'encrypted'}
# What the library gives as bytes whatever it is.
KNOWN_TYPES = ('application', 'audio', 'image', 'video')
ADDRESS_HEADERS = (
    'from', 'sender', 'reply-to', 'return-path', 'to', 'cc', 'delivered-to', 'resent-to', 'resent-cc')
READ_HEADERS = (*ADDRESS_HEADERS, 'subject', 'date', 'message-id', 'references', 'in-reply-to')


def is_readable_html(text):
    """:return: whether the library finds anything in an HTML text"""
    try:
        lxml.html.fromstring(text.encode())
    except (LxmlError, ValueError, AssertionError):
        return False
    return True


def is_sound(message, incoming):
    """:return: whether the gateway reads a mail as people do; what is to be remarked of one is"""
    parts = list(_walk(message, incoming))
    if _is_file_alone(message) or not _are_headers_sound(incoming) or not all(_is_leaf_sound(*item) for item in parts):
        return False
    texts = [(part, inside) for part, inside, is_mail in parts if not is_mail and _is_text(part)]
    said = [
        (part, inside, says_anything(get_type(part) == 'text/html', _get_text(part))) for part, inside in texts]
    if any(inside for _part, inside, _is_mail in parts):
        # Of a mail with several forms the gateway reads the last one, empty or not, and nothing else.
        forms = [inside for _part, inside, says in said if inside and says]
        if len(set(forms)) < len(forms) or len({container for container, _number in forms}) > 1 or any(
                is_mail for _part, _inside, is_mail in parts) or any(
                not inside and says for _part, inside, says in said) or any(
                not says and get_type(part) == 'text/html' for part, _inside, says in said):
            return False
    for part, _inside, _is_mail in parts:
        if form := find_form(part):
            incoming.remark(FORM_REMARKS[form])
    if len(parts) == len(texts) and not any(says for _part, _inside, says in said):
        incoming.remark('empty')
    return True


def _walk(message, incoming):
    """:return: iterator of triples (part without parts; pair of the part with several forms that it belongs to and the
        number of the form, None outside of any; whether it belongs to a mail that is attached)
    :raise MailError: for parts in parts in parts
    """
    todo, count = [(message, None, False, 0)], 0
    while todo:
        part, inside, is_mail, depth = todo.pop(0)
        count += 1
        if depth > MAX_DEPTH or count > MAX_PARTS:
            raise MailError("parts in parts")
        content_type = get_type(part)
        is_container = part.is_multipart() and content_type.startswith('multipart/')
        if not is_container:
            yield part, inside, is_mail
        if is_container or part.is_multipart() and content_type == 'message/rfc822':
            has_forms = content_type == 'multipart/alternative'
            if is_container and has_text_outside(part):
                incoming.remark('damaged')
            todo += [(
                child, inside or ((id(part), number) if has_forms else None), is_mail or not is_container, depth + 1,
            ) for number, child in enumerate(part.get_payload())]


def _is_file_alone(message):
    """:return: whether a mail is nothing but a file, of which the gateway makes a text"""
    return not message.is_multipart() and get_type(message).startswith('text/') and bool(
        get_file_name(message) or is_attachment(message))


def _is_text(part):
    return get_type(part) in ('text/plain', 'text/html') and not (get_file_name(part) or is_attachment(part))


def _get_text(part):
    return mail_text.decode(part.get_payload(decode=True) or b'', get_parameter(part, 'charset'))[0]


def _are_headers_sound(incoming):
    if not incoming.message_id or not incoming.read_pairs('from') and incoming.read_pairs('sender'):
        return False
    texts = {}
    for name, value in incoming.head.raw_items():
        if name.lower() not in READ_HEADERS:
            continue
        try:
            _name, parsed = email.policy.SMTP.header_source_parse([f'{name}: {value}'])
            text = str(email.policy.SMTP.header_fetch_parse(name, parsed))
        except Exception:  # the library raises whatever it trips over
            return False
        texts.setdefault(name.lower(), text)
        if not str(value).isascii() or mail_text.NOT_STORABLE.search(text) or '\N{REPLACEMENT CHARACTER}' in text:
            return False
        # Of a text that is no date the gateway picks out whatever looks like one.
        if name.lower() == 'date' and text.strip() and mail_text.read_date(value) is None:
            return False
        if name.lower() == 'message-id' and text.strip() != incoming.number:
            return False
        if name.lower() == 'from' and email_split_tuples(text) != incoming.read_pairs('from'):
            return False
    # The gateway looks for what a mail answers in one of both.
    seen = unfold_references(texts.get('references') or texts.get('in-reply-to') or '')
    return all(number in seen for number in incoming.list_references())


def _is_leaf_sound(part, inside, is_mail):
    content_type = get_type(part)
    maintype = content_type.partition('/')[0]
    if maintype not in (*KNOWN_TYPES, 'text', 'message') or find_form(part) == 'signed':
        return False
    if content_type == 'message/rfc822' and part.is_multipart():
        return not is_encoded(part) and _is_part_readable(part) and _is_writable(part)
    if maintype == 'message' or part.is_multipart() or not _is_part_readable(part):
        return False
    content = part.get_payload(decode=True) or b''
    if any(type(defect).__name__.startswith('InvalidBase64') for defect in part.defects):
        return False
    if maintype != 'text':
        return True
    if content_type not in ('text/plain', 'text/html') and not (get_file_name(part) or is_attachment(part)):
        return False
    charset = get_parameter(part, 'charset') or 'ascii'
    text = mail_text.decode_as_named(content, charset)
    if text is None or mail_text.NOT_STORABLE.search(text):
        return False
    if not _is_text(part):
        return text.encode(charset, 'replace') == content
    return content_type != 'text/html' or not text.strip() or is_readable_html(text)


def _is_writable(part):
    """:return: whether the library can make a file of a mail that is attached"""
    try:
        part.get_payload(0).as_bytes()
    except Exception:  # the library raises whatever it trips over
        return False
    return True


def _is_part_readable(part):
    """:return: whether the library of the gateway reads the headers of a part, and the name of its file"""
    copy = EmailMessage(policy=email.policy.SMTP)
    try:
        for name, value in part.raw_items():
            if name.lower().startswith('content-'):
                if not str(value).isascii():
                    return False
                copy._headers.append(email.policy.SMTP.header_source_parse([f'{name}: {value}']))
        texts = [copy.get_filename() or '', copy.get_content_charset() or '', copy.get('content-disposition', ''),
                 copy.get('content-id', ''), copy.get('content-type', ''), copy.get_content_type()]
    except Exception:  # the library raises whatever it trips over
        return False
    # The gateway takes the first word of a name without quotation marks, say.
    if mail_text.clean_line(texts[0])[:MAX_NAME] != (get_file_name(part) or ''):
        return False
    return get_type(part) == texts[-1] and not any(mail_text.NOT_STORABLE.search(str(text)) for text in texts)
