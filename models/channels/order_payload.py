"""Orders as web shops and platforms send them: read, checked and compared without the ORM.

A payload is what a machine sends and may be anything. :func:`read_order` turns it into an order of
known keys and types, or into a list of problems; nothing that is sent makes it raise.
"""
import itertools
import math
import re
from collections import namedtuple
from datetime import date, datetime

from odoo.tools.translate import LazyTranslate

from ..mixins.arguments import check_year, read_moment

_lt = LazyTranslate(__name__)

# What is wrong with a payload: the code of the contract, the path of the field (``lines[0].sku``)
# and a sentence that is translated when it is told.
Problem = namedtuple('Problem', ('code', 'field', 'message'))

ORDER_KEYS = (
    'reference', 'received_at', 'customer', 'delivery_address', 'payment_term', 'promised_date', 'salesperson',
    'currency', 'note', 'lines',
)
ADDRESS_KEYS = ('ref', 'name', 'email', 'phone', 'vat', 'street', 'city', 'zip', 'country')
LINE_KEYS = ('sku', 'name', 'quantity', 'unit_price', 'discount')

MAX_TEXT = 256
MAX_LONG_TEXT = 10000
# How much a call may bring; system parameters may say otherwise (see order_submission.py).
MAX_ORDERS = 1000
MAX_LINES = 1000
MAX_CALL_LINES = 10000
MAX_QUANTITY = 10 ** 9
MAX_PRICE = 10 ** 12
# More are not told of one object.
MAX_UNKNOWN_KEYS = 20
# More are not told of one order.
MAX_PROBLEMS = 100

# Deeper or longer than any order; what is kept of a refused payload ends there.
MAX_DEPTH = 12
MAX_KEPT_TEXT = 100000
MAX_KEPT_TEXTS = 1000000
MAX_KEPT_VALUES = 50000

# Control characters but tabulator and ends of lines, and half surrogates.
_NOT_STORABLE = re.compile('[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]')


# -- reading ------------------------------------------------------------------------------------

def read_order(payload, now, max_lines=MAX_LINES):
    """Read one payload.

    :param payload: anything
    :param now: naive UTC datetime; nothing is received later
    :param max_lines: an order with more lines is refused before they are read
    :return: pair (order, problems); order has the keys of ``ORDER_KEYS``, None for what is not given,
        ``received_at`` as naive UTC datetime, ``promised_date`` as date, numbers as float; it is of
        use only where problems, a list of :class:`Problem`, is empty
    """
    reader = _Reader(max_lines)
    return reader.read_order(payload, now), reader.problems


def _read_day(value):
    if isinstance(value, datetime):
        if value.tzinfo or value.time() != datetime.min.time():
            raise ValueError("a day has no time")
        value = value.date()
    elif isinstance(value, str):
        value = date.fromisoformat(value.strip())
    if not isinstance(value, date):
        raise ValueError(f"not a day: {value!r:.50}")
    return check_year(value)


def count_lines(payload):
    """:return: how many lines a payload has, as far as that can be told without reading them"""
    lines = payload.get('lines') if isinstance(payload, dict) else None
    return len(lines) if isinstance(lines, (list, tuple)) else 0


def read_reference(value):
    """:return: a reference as far as it can be read, else None"""
    text = value.strip() if isinstance(value, str) else ''
    return clean_text(text[:MAX_TEXT]) or None


def read_text(container, key, limit=MAX_LONG_TEXT):
    """Read a text that has to be there.

    :param container: dict of what was sent
    :return: pair (text or None, list of :class:`Problem`)
    """
    reader = _Reader(0)
    return reader.text(container, key, '', required=True, limit=limit), reader.problems


class _Reader:
    """Collects the problems of one payload while it is read."""

    def __init__(self, max_lines):
        self.max_lines = max_lines
        self.problems = []

    def refuse(self, code, field, message):
        if len(self.problems) < MAX_PROBLEMS:
            self.problems.append(Problem(code, field, message))

    def read_order(self, payload, now):
        if not self.is_object(payload, ''):
            return None
        self.check_keys(payload, ORDER_KEYS, '')
        return {
            'reference': self.text(payload, 'reference', '', required=True),
            'received_at': self.received_at(payload, now),
            'customer': self.address(payload, 'customer', required=True),
            'delivery_address': self.address(payload, 'delivery_address'),
            'payment_term': self.text(payload, 'payment_term', ''),
            'promised_date': self.promised_date(payload),
            'salesperson': self.text(payload, 'salesperson', ''),
            'currency': self.code(payload, 'currency', '', 3),
            'note': self.text(payload, 'note', '', limit=MAX_LONG_TEXT),
            'lines': self.lines(payload),
        }

    # -- parts ----------------------------------------------------------------------------------

    def received_at(self, payload, now):
        value = payload.get('received_at')
        if value is None:
            return None
        try:
            moment = read_moment(value)
        except ValueError:
            self.refuse('invalid_value', 'received_at', _lt(
                "“received_at” must be a date and time in ISO 8601, such as 2025-03-31T14:05:00Z."))
            return None
        if moment > now:
            self.refuse('invalid_value', 'received_at', _lt(
                "“received_at” is in the future: send the time at which the order was received."))
        return moment

    def promised_date(self, payload):
        value = payload.get('promised_date')
        if value is None:
            return None
        try:
            return _read_day(value)
        except ValueError:
            self.refuse('invalid_value', 'promised_date', _lt(
                "“promised_date” must be a date in ISO 8601, such as 2025-03-31."))
            return None

    def address(self, payload, key, required=False):
        value = payload.get(key)
        if value is None:
            if required:
                self.miss(key)
            return None
        if not self.is_object(value, key):
            return None
        self.check_keys(value, ADDRESS_KEYS, key)
        address = {
            name: self.text(value, name, key, required=required and name == 'name')
            for name in ADDRESS_KEYS if name != 'country'
        }
        if address['email'] and not re.fullmatch(r'[^@\s,;<>]{1,254}@[^@\s,;<>]{1,254}', address['email']):
            self.refuse('invalid_value', f'{key}.email', _lt(
                "“%(field)s” must be one e-mail address.", field=f'{key}.email'))
        address['country'] = self.code(value, 'country', key, 2)
        if not required and not any(address.values()):
            return None
        return address

    def lines(self, payload):
        value = payload.get('lines')
        if value is None or (isinstance(value, (list, tuple)) and not value):
            self.miss('lines')
            return []
        if not isinstance(value, (list, tuple)):
            self.refuse('invalid_value', 'lines', _lt("“lines” must be a list of order lines."))
            return []
        if len(value) > self.max_lines:
            self.refuse('too_large', 'lines', _lt(
                "An order can have at most %(limit)s lines: split it.", limit=self.max_lines))
            return []
        return [self.line(line, f'lines[{index}]') for index, line in enumerate(value)]

    def line(self, value, path):
        if not self.is_object(value, path):
            return None
        self.check_keys(value, LINE_KEYS, path)
        return {
            'sku': self.text(value, 'sku', path, required=True),
            'name': self.text(value, 'name', path, limit=MAX_LONG_TEXT),
            'quantity': self.number(value, 'quantity', path, MAX_QUANTITY, required=True, positive=True),
            'unit_price': self.number(value, 'unit_price', path, MAX_PRICE),
            'discount': self.number(value, 'discount', path, 100),
        }

    # -- values ---------------------------------------------------------------------------------

    def miss(self, field):
        self.refuse('missing_field', field, _lt("“%(field)s” is missing: send it with the order.", field=field))

    def is_object(self, value, path):
        if isinstance(value, dict):
            return True
        self.refuse('invalid_value', path, _lt(
            "“%(field)s” must be an object with named values.", field=path) if path else _lt(
            "An order must be an object with named values."))
        return False

    def check_keys(self, value, known, path):
        for key in itertools.islice((key for key in value if key not in known), MAX_UNKNOWN_KEYS):
            field = _join(path, _printable(key))
            self.refuse('invalid_value', field, _lt(
                "“%(field)s” is not a field of an order: correct its name or remove it.", field=field))

    def text(self, container, key, path, required=False, limit=MAX_TEXT):
        field, value = _join(path, key), container.get(key)
        if value is not None and not isinstance(value, str):
            self.refuse('invalid_value', field, _lt("“%(field)s” must be a text.", field=field))
            return None
        value = (value or '').strip()
        if not value:
            if required:
                self.miss(field)
            return None
        if len(value) > limit:
            self.refuse('invalid_value', field, _lt(
                "“%(field)s” must not be longer than %(limit)s characters.", field=field, limit=limit))
            return None
        if not is_storable(value):
            self.refuse('invalid_value', field, _lt(
                "“%(field)s” contains characters that cannot be stored: send plain Unicode text.", field=field))
            return None
        return value

    def code(self, container, key, path, length):
        value = self.text(container, key, path)
        if value and not (len(value) == length and value.isascii() and value.isalpha()):
            field = _join(path, key)
            self.refuse('invalid_value', field, _lt(
                "“%(field)s” must be an ISO code of %(length)s letters.", field=field, length=length))
        return value and value.upper()

    def number(self, container, key, path, limit, required=False, positive=False):
        field, value = _join(path, key), container.get(key)
        if value is None:
            if required:
                self.miss(field)
            return None
        # Compared before it is converted: an integer may be too large for a float, and NaN is in no range.
        valid = isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value <= limit
        if not valid or (positive and not value):
            self.refuse('invalid_value', field, _lt(
                "“%(field)s” must be a number greater than 0 and at most %(limit)s.", field=field, limit=limit,
            ) if positive else _lt(
                "“%(field)s” must be a number from 0 to %(limit)s.", field=field, limit=limit))
            return None
        return float(value)


def _join(path, key):
    return f'{path}.{key}' if path else key


def _printable(key):
    text = key if isinstance(key, str) else repr(to_json(key))
    return clean_text(text[:64])


# -- comparing ----------------------------------------------------------------------------------

def to_canonical(order):
    """The content of an order in a form that JSON keeps and that is equal for equal orders.

    :param order: result of :func:`read_order`
    :return: the same without what is not given, moments and dates as ISO text
    """
    if isinstance(order, dict):
        return {key: to_canonical(value) for key, value in order.items() if value is not None}
    if isinstance(order, list):
        return [to_canonical(value) for value in order]
    if isinstance(order, date):
        return order.isoformat()
    return order


def list_differences(first, second):
    """The fields in which two canonical orders differ.

    :return: list of triples (path, value in the first, value in the second) with paths such as ``customer.email``
        and ``lines[1].quantity``; ``lines`` if their number differs
    """
    return list(_differences(first, second, ''))


def _differences(first, second, path):
    if isinstance(first, dict) and isinstance(second, dict):
        for key in dict.fromkeys([*first, *second]):
            yield from _differences(first.get(key), second.get(key), _join(path, key))
    elif isinstance(first, list) and isinstance(second, list) and len(first) == len(second):
        for index, (one, other) in enumerate(zip(first, second)):
            yield from _differences(one, other, f'{path}[{index}]')
    elif first != second:
        yield path, first, second


# -- keeping what was refused -------------------------------------------------------------------

def is_storable(text):
    """Whether a database keeps the text as it is: no control characters, no half surrogates."""
    return not _NOT_STORABLE.search(text)


def clean_text(text):
    """The text with a replacement for every character that cannot be stored."""
    return _NOT_STORABLE.sub('\N{REPLACEMENT CHARACTER}', text)


def to_json(value):
    """What was received in a form that JSON and the database can keep, whatever it is and however large.

    :return: objects, lists, texts, numbers and None; what these cannot say becomes text, and what is more than any
        order has is left out, with “…” in its place
    """
    return _Keeper().keep(value, 0)


class _Keeper:
    """Counts what it keeps of one payload."""

    def __init__(self):
        self.values, self.characters = MAX_KEPT_VALUES, MAX_KEPT_TEXTS

    def keep(self, value, depth):
        self.values -= 1
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, str):
            return self.keep_text(value)
        if isinstance(value, int):
            return value if abs(value) < 2 ** 63 else f"number of {value.bit_length()} bits"
        if isinstance(value, float):
            return value if math.isfinite(value) else str(value)
        if isinstance(value, date):
            return value.isoformat()
        if depth >= MAX_DEPTH:
            return "…"
        if isinstance(value, dict):
            kept = {}
            for key, item in value.items():
                if self.is_full():
                    kept["…"] = "…"
                    break
                kept[self.keep_text(_printable(key))] = self.keep(item, depth + 1)
            return kept
        if isinstance(value, (list, tuple, set, frozenset)):
            kept = []
            for item in value:
                if self.is_full():
                    kept.append("…")
                    break
                kept.append(self.keep(item, depth + 1))
            return kept
        if isinstance(value, (bytes, bytearray)):
            value = value[:MAX_KEPT_TEXT]
        return self.keep_text(repr(value))

    def keep_text(self, text):
        kept = text[:min(MAX_KEPT_TEXT, max(self.characters, 0))]
        self.characters -= len(kept)
        return clean_text(kept)

    def is_full(self):
        return self.values <= 0 or self.characters <= 0
