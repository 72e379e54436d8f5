"""What platforms write into the cells of their exports: marks around values, moments, several products in one cell;
without the ORM."""
import re
import unicodedata

from . import order_address, order_file

_MONTHS = {name: number for number, name in enumerate(
    ('jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'), start=1)}
_NAMED_DAY = re.compile(r'([A-Za-z]{3,9})\.? (\d{1,2}),? (\d{4})(?:,? (.{1,32}))?', re.ASCII)
_HALF_DAY = re.compile(r'(.{0,32}?)\b(\d{1,2}):(\d{2})(:\d{2})? ?([AaPp])\.?[Mm]\.?', re.ASCII)


def clean_mark(cell, is_code=False):
    """Take off what a platform has put around a value so that spreadsheets show it as it is: tabs, ``="…"``, and in
    front of numbers an apostrophe.

    :param is_code: whether it is a number by which something is called
    :return: the value; what is no text as it is
    """
    if not isinstance(cell, str):
        return cell
    text = cell.strip()
    if len(text) >= 3 and text.startswith('="') and text.endswith('"'):
        text = text[2:-1].replace('""', '"').strip()
    if is_code and len(text) > 1 and text[0] in "'`’" and (text[1].isdigit() or text[1] == '+'):
        text = text[1:]
    return text


def simplify_status(text):
    return ' '.join(unicodedata.normalize('NFKC', text).split()).casefold()


def plain_moment(text):
    """:return: a moment with the name of its month, or in half days, as it is written elsewhere; else the text"""
    text = ' '.join(text.split())
    if len(text) > order_file.MAX_VALUE:
        return text
    if (match := _NAMED_DAY.fullmatch(text)) and (month := _MONTHS.get(match[1][:3].lower())):
        text = f"{match[3]}-{month:02}-{int(match[2]):02} {match[4] or ''}".strip()
    if match := _HALF_DAY.fullmatch(text):
        day, hour, minute, second, half = match.groups()
        if 1 <= int(hour) <= 12:
            text = f"{day}{int(hour) % 12 + (12 if half in 'Pp' else 0):02}:{minute}{second or ''}"
    return text


def split_items(text):
    """Read a cell with several products: ``name:Chair|sku:CHAIR|quantity:2|total:19.00;name:…`` as WooCommerce writes
    it, or ``CHAIR × 2; DESK × 1``.

    :return: list of dicts with any of ``name``, ``sku``, ``quantity``, ``unit_price``, ``amount``, ``whole`` (the
        amount before discounts), all of them text; an entry that cannot be read is None
    """
    if len(text) >= order_file.MAX_CELL:
        # What was behind it is not known.
        return [None]
    if re.match(r'\w{1,20}:', text, re.ASCII) and '|' in text:
        entries = re.split(r'(?:;|\|\||\n)\s{0,9}(?=(?:id|name|sku|product_id|item_id):)', text)
        return [_read_pairs(entry) for entry in entries if entry.strip()]
    entries = []
    for part in re.split(r'[;；\n]', text):
        # A comma may be in a name, too: it parts where a quantity is in front of it, or behind it.
        if re.match(r'\s{0,9}\d{1,9}\s?×', part):
            entries += re.split(r'[,，]\s{0,9}(?=\d{1,9}\s?×)', part)
        else:
            entries += re.split(r'(?<=\d)\s{0,9}[,，+]', part)
    return [_read_times(entry.strip()) for entry in entries if entry.strip()]


_PAIR_KEYS = {
    'name': 'name', 'sku': 'sku', 'quantity': 'quantity', 'qty': 'quantity', 'total': 'amount', 'subtotal': 'whole',
    'sub_total': 'whole', 'price': 'unit_price'}


def _read_pairs(entry):
    item = {}
    for part in re.split(r'(?<!\\)\|', entry):
        key, colon, value = part.partition(':')
        field = _PAIR_KEYS.get(key.strip().lower())
        if colon and field and value.strip():
            item[field] = value.replace('\\|', '|').strip()
    return item if item.keys() >= {'quantity'} and item.keys() & {'sku', 'name'} else None


def _read_times(entry):
    head, sign, tail = entry.partition('×')
    if sign and _is_count(head.strip()) and tail.strip():
        return {'sku': tail.strip(), 'quantity': head.strip()}
    for sign in '×*＊xX':
        head, found, tail = entry.rpartition(sign)
        # A letter is a sign only where it stands apart: MAX2 is a name.
        if not found or (sign in 'xX' and not head.endswith(' ')):
            continue
        head, tail = head.strip(), tail.strip()
        if head and _is_count(tail):
            return {'sku': head, 'quantity': tail}
    return None


def _is_count(text):
    return len(text) <= 12 and text.replace('.', '', 1).isdecimal()


def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def join_names(first, last):
    """:return: a name in two parts, the family name first and without a space where it is of East Asia"""
    if order_address.is_han(first + last) or any('\uac00' <= char <= '\ud7a3' for char in first + last):
        return last + first
    return f'{first} {last}'.strip()


def format_money(amount):
    return order_file.to_text(amount) if amount == int(amount) else f'{amount:.2f}'


def join_parts(parts, separator):
    """:return: parts of an address, without anything between them where they are Chinese"""
    if all(map(order_address.is_han, parts)):
        return ''.join(parts)
    return separator.join(parts)
