"""The number formats of a workbook: what a spreadsheet shows of a number or a text.

Of a number with zeros in front or behind, with a text or a currency beside it, what is shown is what is meant. Of
numbers that are shown in groups, as powers or as fractions, what they say is taken, not how it looks. Knows nothing of
Odoo's models.
"""
import unicodedata
from collections import namedtuple
from decimal import ROUND_HALF_UP, Decimal

from openpyxl.styles.numbers import BUILTIN_FORMATS, is_date_format, is_timedelta_format

from .order_file_number import read_currency

# Spreadsheets keep so many digits; the others of a longer number are lost.
MAX_DIGITS = 15
# Nobody reads more behind the decimal sign.
MAX_DECIMALS = 12

# How numbers are shown: ``kind`` is ``date``, ``timedelta``, ``percent``, ``scaled`` (thousands as ones) or ``number``;
# ``parts`` are pairs (text, whether it is shown as it is) of positive numbers, ``is_whole`` says that these are nothing
# but digits and texts, ``decimals`` how many decimals are shown at least and at most (None: as many as there are),
# ``currency`` what is shown beside them (see :class:`order_file_number.Number`), ``around`` what is shown around texts,
# ``unseen`` says of positive and negative numbers and of zero whether nothing is shown of them.
NumberFormat = namedtuple(
    'NumberFormat', ('kind', 'parts', 'is_whole', 'decimals', 'currency', 'around', 'unseen'),
    defaults=('number', (), False, None, None, None, (False, False, False)))

# What is in their place is a matter of the computer that shows them.
_LOCAL_FORMATS = frozenset(map(str, (*range(5, 9), *range(37, 45))))
# A foot or a forint.
_NO_CURRENCIES = ('ft',)
_PLAIN = ('general', 'standard', '@')


def read_format(key, code):
    """
    :param key: number of a format
    :param code: its text, None for those that every spreadsheet has
    :return: :class:`NumberFormat`, None where what is shown is what is there
    """
    is_local = code is None and key in _LOCAL_FORMATS
    code = code or BUILTIN_FORMATS.get(int(key[:9] or 0))
    if not code or code.lower() in _PLAIN:
        return None
    sections = _split_sections(code)
    around = _read_around(sections)
    if is_timedelta_format(code):
        return NumberFormat('timedelta', around=around)
    if is_date_format(code):
        return NumberFormat('date', around=around)
    parts = _read_section(sections[0])
    signs = ''.join(sign for sign, is_literal in parts if not is_literal)
    if '%' in signs:
        return NumberFormat('percent', around=around)
    currency = None if is_local else _find_currency(sections[0])
    if _is_scaled(signs):
        return NumberFormat('scaled', currency=currency, around=around)
    unseen = _find_unseen(sections)
    if not signs or set(signs) - set('0#?.,G') or signs.count('.') > 1:
        found = NumberFormat(currency=currency, around=around, unseen=unseen)
    else:
        fraction = signs.partition('.')[2]
        decimals = tuple(min(count, MAX_DECIMALS) for count in (fraction.count('0'), len(fraction)))
        found = NumberFormat(
            parts=tuple(parts), is_whole=not set(signs) - set('0#G') and (len(signs) > 1 or len(parts) > 1),
            decimals=None if 'G' in signs else decimals, currency=currency, around=around, unseen=unseen)
    return None if found == NumberFormat() else found


def _is_scaled(signs):
    """:return: whether a comma behind the last digit divides what is shown by a thousand"""
    return bool(signs.strip(',.')) and (signs.endswith(',') or signs.partition('.')[0].endswith(','))


def _find_unseen(sections):
    """:return: whether nothing is shown of positive and negative numbers and of zero"""
    if len(sections) < 2:
        return (False, False, False)
    positive, negative, *others = (not ''.join(text for text, _is_literal in _read_section(section)).strip()
                                   for section in sections)
    return (positive, negative, others[0] if others else positive)


def _split_sections(code):
    """:return: list of the formats of positive and negative numbers, zero and texts, as far as there are any"""
    sections, start, index = [], 0, 0
    while index < len(code):
        sign = code[index]
        if sign in '"[':
            end = code.find('"' if sign == '"' else ']', index + 1)
            index = len(code) if end < 0 else end + 1
        elif sign in '\\_*':
            index += 2
        elif sign == ';':
            sections.append(code[start:index])
            index += 1
            start = index
        else:
            index += 1
    return [*sections, code[start:]]


def _read_section(code):
    """:return: list of pairs (text, whether it is shown as it is)"""
    parts, index = [], 0
    while index < len(code):
        sign, index = code[index], index + 1
        if sign == '"':
            end = code.find('"', index)
            end = len(code) if end < 0 else end
            parts.append((code[index:end], True))
            index = end + 1
        elif sign == '\\':
            parts.append((code[index:index + 1], True))
            index += 1
        elif sign in '_*':
            # A blank as wide as a sign, or as many signs as there is room for.
            index += 1
        elif sign == '[':
            end = code.find(']', index)
            inside, index = code[index:end], (end + 1 or len(code))
            # Colours say nothing, currencies are shown, conditions are another format for other numbers.
            parts += [(inside[1:].partition('-')[0], True)] if inside.startswith('$') else [
                ('!', False)] if inside[:1] in ('<', '>', '=') else []
        elif code[index - 1:index + 6].lower() == 'general':
            parts.append(('G', False))
            index += 6
        elif sign in ' -+()/:' or unicodedata.category(sign) == 'Sc':
            # A slash between digits makes a fraction.
            parts.append((sign, sign != '/'))
        else:
            parts.append((sign, False))
    return [part for part in parts if part[0]]


def _find_currency(code):
    """:return: the currency that is shown beside a number, as :class:`order_file_number.Number` has it"""
    text = ''
    for sign, is_literal in [*_read_section(code), ('0', False)]:
        if is_literal:
            text += sign
            continue
        name = text.strip(' -+()')
        if name and name.lower() not in _NO_CURRENCIES and (found := read_currency(name)) is not None:
            return found
        text = ''
    return None


def _read_around(sections):
    """:return: pair of what is shown in front of a text and behind it, None for nothing"""
    section = sections[3] if len(sections) > 3 else next((section for section in sections if '@' in section), '')
    parts = _read_section(section)
    if ('@', False) not in parts:
        return None
    index = parts.index(('@', False))
    front, behind = (''.join(sign for sign, is_literal in some if is_literal) for some in (
        parts[:index], parts[index + 1:]))
    return (front, behind) if front.strip() or behind.strip() else None


def show_text(text, number_format):
    """:return: a text as it is shown"""
    if number_format is None or number_format.around is None:
        return text
    front, behind = number_format.around
    return front + text + behind


def show_number(value, number_format):
    """
    :param value: int or float
    :param number_format: :class:`NumberFormat` of the kind ``number`` or ``scaled``
    :return: the number, or a dict of what is shown of it: ``text``, where that differs, ``value``, ``currency``,
        ``shown`` where it is shown with fewer decimals than it has, and ``problem``; None for a zero that is not shown
    """
    positive, negative, zero = number_format.unseen
    if not value and zero:
        return None
    if value > 0 and positive or value < 0 and negative:
        return {'text': f'{value:.{MAX_DIGITS}g}', 'value': value, 'problem': 'unseen'}
    cell = {}
    if number_format.currency is not None:
        cell['currency'] = number_format.currency
    if number_format.kind == 'scaled':
        return {**cell, 'text': f'{value:.{MAX_DIGITS}g}', 'value': value, 'problem': 'scaled'} if value else value
    if number_format.parts and 0 <= value < 10 ** MAX_DIGITS:
        text = _show(value, number_format, cell)
        if text != f'{value:.{MAX_DIGITS}g}':
            cell['text'] = text
    return {'text': None, **cell, 'value': value} if cell else value


def _show(value, number_format, cell):
    """:param cell: dict that gets what is shown of a number that has more decimals than that
    :return: text of a positive number"""
    if value == int(value) and number_format.is_whole:
        return _show_whole(int(value), number_format.parts)
    text = f'{value:.{MAX_DIGITS}g}'
    least, most = number_format.decimals or (0, MAX_DECIMALS)
    places = len(text.partition('.')[2])
    if number_format.decimals and ('e' in text or places and not least <= places <= most):
        text = _fit(Decimal(text), least, most, cell)
    signs = [index for index, (_text, is_literal) in enumerate(number_format.parts) if not is_literal]
    if len(signs) == len(number_format.parts):
        return text
    front, behind = (
        ''.join(part for part, _is_literal in some)
        for some in (number_format.parts[:signs[0]], number_format.parts[signs[-1] + 1:]))
    if '%' in (front + behind):
        # Percent that was typed as such.
        front = behind = ''
    return f'{front}{text}{behind}'.strip()


def _fit(digits, least, most, cell):
    """:return: text of a number with at least so many decimals; where it has more than are shown, the cell says so"""
    shown = digits.quantize(Decimal(1).scaleb(-most), ROUND_HALF_UP)
    if shown != digits:
        cell['shown'] = f'{shown:f}'
    elif digits != digits.to_integral_value():
        # 1.10 is no 1.1 where it is the number of something.
        digits = digits.quantize(Decimal(1).scaleb(min(digits.as_tuple().exponent, -least)))
    return f'{digits:f}'


def _show_whole(value, parts):
    """:return: text of a whole number in a format of nothing but digits and texts"""
    digits = str(value)
    count = sum(not is_literal for _text, is_literal in parts)
    shown, is_first = [], True
    for text, is_literal in parts:
        if is_literal:
            shown.append(text)
            continue
        here = digits[:max(len(digits) - count + 1, 0)] if is_first or len(digits) >= count else ''
        digits, count, is_first = digits[len(here):], count - 1, False
        shown.append(here or ('0' if text == '0' else ''))
    return ''.join(shown)
