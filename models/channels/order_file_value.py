"""What the cells of files say: numbers and moments, and how those of a column are written.

Knows nothing of Odoo's models.
"""
import re
import unicodedata
from datetime import date, datetime

import pytz

from .order_file_cell import to_text
from .order_file_number import MAX_VALUE, decide_decimal, read_number


def guess_decimal(texts):
    """:return: ``,`` where numbers such as 1.234,50 or 9,5 are written with it, else ``.``"""
    return decide_decimal(texts).sign or '.'


def parse_number(cell, decimal='.'):
    """:param decimal: the sign of its column; ``''`` where that has none and only what has no separator is a number
    :return: float of a cell, or its text where it is no number"""
    if isinstance(cell, dict) and isinstance(cell.get('value'), (int, float)):
        cell = cell['value']
    if isinstance(cell, (int, float)) and not isinstance(cell, bool):
        return cell
    text = to_text(cell)
    number = read_number(text)
    if number is None:
        return text
    value = number.comma if decimal == ',' else number.point
    return text if value is None or not decimal and number.point != number.comma else value


def decide_date_order(texts):
    """Find the order of day, month and year in the dates of a file, from all of them.

    :return: pair (``ymd``, ``dmy``, ``mdy`` or None where it is to be asked, a date that has two meanings or None)
    """
    orders, unclear, is_dated = set(), None, False
    for text in dict.fromkeys(texts):
        match = re.match(r'(\d{1,2}) ?([./\-]) ?(\d{1,2}) ?[./\-] ?\d{4}(?!\d)', text[:MAX_VALUE].lstrip())
        if not match:
            continue
        is_dated = True
        first, second = int(match[1]), int(match[3])
        if first > 12 >= second:
            orders.add('dmy')
        elif second > 12 >= first:
            orders.add('mdy')
        elif first != second:
            if match[2] == '.':
                # With points nobody writes the month first.
                orders.add('dmy')
            unclear = unclear or text
    if len(orders) == 1:
        return orders.pop(), None
    if unclear:
        return None, unclear
    return 'dmy' if is_dated else 'ymd', None


def guess_date_order(texts):
    """:return: ``dmy`` or ``mdy`` where days are written like that, else ``ymd``"""
    return decide_date_order(texts)[0] or 'dmy'


def parse_moment(cell, order='ymd', timezone='UTC'):
    """:return: ISO 8601 text of a day or a moment in UTC, or the text of a cell that is none

    :param order: of day, month and year where they are not written with the year first
    :param timezone: name of the zone of moments without one
    """
    text = to_text(cell)
    if len(text) > MAX_VALUE:
        return text
    text = unicodedata.normalize('NFKC', text)
    match = re.fullmatch(
        r'(\d{1,4}) ?[年./\-] ?(\d{1,2}) ?[月./\-] ?(\d{1,4}) ?日?'
        r'(?:[T ]{1,2}(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d{1,9})?)?)? ?(Z|[+-]\d{2}:?\d{2})?', ' '.join(text.split()))
    if not match:
        return text
    first, second, third = (int(part) for part in match.group(1, 2, 3))
    if len(match.group(1)) == 4:
        year, month, day = first, second, third
    elif len(match.group(3)) == 4:
        year = third
        day, month = (second, first) if order == 'mdy' else (first, second)
    else:
        return text
    try:
        if match.group(4) is None:
            return date(year, month, day).isoformat()
        moment = datetime(year, month, day, *(int(part or 0) for part in match.group(4, 5, 6)))
        if zone := match.group(7):
            return moment.isoformat() + ('Z' if zone == 'Z' else f"{zone[:3]}:{zone[-2:]}")
        return pytz.timezone(timezone).localize(moment).astimezone(pytz.utc).isoformat()
    except (ValueError, OverflowError):
        return text
