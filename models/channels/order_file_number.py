"""Numbers as people write them in files: which values a text can mean, and which decimal sign a column has.

Whether the point or the comma is the decimal sign is a matter of a column, not of a cell: ``1.250`` is one and a
quarter or twelve hundred and fifty. What a text says by itself is told here, and what only its neighbours or a person
can tell. Knows nothing of Odoo's models.
"""
import unicodedata
from collections import namedtuple
from functools import lru_cache

# No number is longer.
MAX_VALUE = 64
MAX_DIGITS = 30
# No name of a column is longer.
MAX_HEADING = 256

# What a text means where the point is the decimal sign and where the comma is (None: nothing), the currency that is
# written with it (a code, several as CNY/JPY, '' for a sign that is not known, None without one), and whether a per
# cent sign is.
Number = namedtuple('Number', ('point', 'comma', 'currency', 'percent'))

# The decimal sign of a column, None where no value tells it; what is to be asked, ``unclear`` (all values can be read
# in two ways) or ``mixed`` (they contradict each other), else None; and examples of it.
Decision = namedtuple('Decision', ('sign', 'question', 'samples'))

_DECIMAL = '\x01'
_SAME_SIGNS = str.maketrans({
    # decimal and thousands separator, comma of Arabic
    '٫': _DECIMAL, '٬': "'", '،': ',',
    **dict.fromkeys("’‘ʼʹ′`´", "'"), **dict.fromkeys('−‐‑‒–—﹣⁻', '-'), '⁺': '+', '٪': '%',
})
_CODES = (
    "AED ARS AUD BGN BRL CAD CHF CLP CNY COP CZK DKK EGP EUR GBP HKD HUF IDR ILS INR ISK JPY KES KRW KWD MAD MXN "
    "MYR NGN NOK NZD PEN PHP PKR PLN QAR RON RSD RUB SAR SEK SGD THB TND TRY TWD UAH USD UYU VND ZAR "
    "AMD AZN BDT CRC GEL GHS KHR KZT LAK LKR MDL MNT MOP NPR PYG XAF XOF")
_DOLLARS = (
    'USD/AUD/BRL/CAD/CLP/COP/HKD/MXN/NZD/SGD/TWD/ARS/UYU/BBD/BMD/BND/BSD/BZD/CUP/DOP/FJD/GYD/JMD/KYD/LRD/MOP/NAD/SBD/'
    'SRD/TTD/XCD')
_CURRENCIES = {
    '$': _DOLLARS, '¥': 'CNY/JPY',
    **dict.fromkeys(('kr', 'kr.'), 'SEK/DKK/NOK/ISK'), **dict.fromkeys(('rs', 'rs.'), 'INR/PKR/LKR/NPR/MUR'),
    '€': 'EUR', '£': 'GBP', '₹': 'INR', '₩': 'KRW',
    '֏': 'AMD', '₼': 'AZN', '৳': 'BDT', '₡': 'CRC', '₾': 'GEL', '₵': 'GHS', '៛': 'KHR', '₸': 'KZT', '₭': 'LAK',
    '₮': 'MNT', '₲': 'PYG', 'au$': 'AUD', 'ca$': 'CAD', 'cn¥': 'CNY', 'jp¥': 'JPY',
    '원': 'KRW', '₽': 'RUB', 'руб': 'RUB', 'руб.': 'RUB', '₴': 'UAH', '₺': 'TRY', 'tl': 'TRY', '₫': 'VND', '₪': 'ILS',
    '฿': 'THB', '₱': 'PHP', '₦': 'NGN',
    **dict.fromkeys('元圆圓', 'CNY/TWD/HKD'), 'rmb': 'CNY', '円': 'JPY', 'zł': 'PLN', 'kč': 'CZK', 'ft': 'HUF',
    'lei': 'RON/MDL', 'лв': 'BGN', 'лв.': 'BGN', 'fr': 'CHF', 'fr.': 'CHF', 'sfr': 'CHF', 'us$': 'USD', 'a$': 'AUD',
    'c$': 'CAD', 's$': 'SGD', 'r$': 'BRL', 'hk$': 'HKD', 'nt$': 'TWD', 'ntd': 'TWD', 'nz$': 'NZD', 'mx$': 'MXN',
    **{code.lower(): code for code in _CODES.split()},
}
_LONGEST_CURRENCY = max(map(len, _CURRENCIES))


def read_number(text):
    """Read a text as a number.

    :return: :class:`Number`, or None for what is no number in either way: a fraction, a power of ten, words
    """
    return _read_number(text) if len(text) <= MAX_VALUE else None


@lru_cache(maxsize=4096)
def _read_number(text):
    if text.isascii():
        if text.isdigit() and len(text) <= MAX_DIGITS:
            value = float(text)
            return Number(value, value, None, False)
    else:
        # ½, ² and ① are no digits of a number, though they look like some when they are simplified.
        if any(unicodedata.category(char) == 'No' for char in text):
            return None
        text = unicodedata.normalize('NFKC', text.translate(_SAME_SIGNS)).translate(_SAME_SIGNS)
        text = ''.join(
            str(unicodedata.decimal(char)) if char.isdecimal() else char for char in text
            if unicodedata.category(char) != 'Cf')
    trimmed = _trim(text.replace('`', "'"))
    if not trimmed:
        return None
    body, negative, currency, percent = trimmed
    point, comma = _read_body(body, '.'), _read_body(body, ',')
    if point is None and comma is None:
        return None
    if negative:
        point, comma = point and -point, comma and -comma
    return Number(point, comma, currency, percent)


def _trim(text):
    """:return: (digits and separators, is negative, currency, has per cent sign), None for what is no number"""
    signs, currency, percent = '', None, False
    text = text.strip()
    if text[:1] == '(' and text[-1:] == ')':
        signs, text = '-', text[1:-1]
    # 12,- and 12.-- are whole amounts of money.
    for whole in (',--', '.--', ',-', '.-'):
        if text.endswith(whole) and text[:-len(whole)][-1:].isdigit():
            text = text[:-len(whole)]
            break
    for _part in range(6):
        text = text.strip()
        if not text:
            return None
        if text[0] in '+-':
            signs, text = signs + text[0], text[1:]
        elif text[-1] in '+-':
            signs, text = signs + text[-1], text[:-1]
        elif not percent and '%' in (text[0], text[-1]):
            percent, text = True, text[1:] if text[0] == '%' else text[:-1]
        elif found := _find_currency(text):
            # US$ 5 USD: what both can be.
            currency, text = found if currency is None else (_join_currencies(currency, found[0]), found[1])
            if currency is None:
                return None
        else:
            break
    if len(signs) > 1 or (percent and currency is not None):
        return None
    return text, signs == '-', currency, percent


def read_currency(name):
    """:return: what stands beside an amount as a currency, as :class:`Number` has it; None for what is none"""
    name = unicodedata.normalize('NFKC', name).strip()
    return _CURRENCIES.get(name.lower(), '' if len(name) == 1 and _is_sign(name) else None)


def split_currency(heading):
    """Take a currency off the name of a column, such as ``Unit Price (EUR)``, ``Price €`` or ``USD Amount``.

    :return: pair (the name without it, the currency as :class:`Number` has it), the name and None without one
    """
    text = unicodedata.normalize('NFKC', heading).strip()[:MAX_HEADING]
    for opening, closing in ('()', '[]', '【】'):
        front, bracket, inside = text.rpartition(opening)
        if bracket and front.strip() and inside.endswith(closing) and (
                found := read_currency(inside[:-1].strip())) is not None:
            return front.strip(), found
    words = text.split()
    if len(words) > 1:
        # A code in small letters may be a word, and so may a name in letters.
        for name, rest in ((words[-1], words[:-1]), (words[0], words[1:])):
            if (len(name) == 3 and name.isascii() and name.isupper() or _is_sign(name[-1])) and (
                    found := read_currency(name)) is not None:
                return ' '.join(rest).removesuffix(' in'), found
    return (text[:-1], read_currency(text[-1])) if len(text) > 1 and _is_sign(text[-1]) else (heading, None)


def _is_sign(char):
    # A hundredth of something is another amount.
    return unicodedata.category(char) == 'Sc' and char != '¢'


def _join_currencies(first, second):
    """:return: the codes that two names of a currency have in common, None for two currencies"""
    codes = [code for code in first.split('/') if code in second.split('/')]
    return '/'.join(codes) or None


def _find_currency(text):
    """:return: pair (code, the text without it) for a currency at its beginning or end, else None"""
    for length in range(min(_LONGEST_CURRENCY, len(text) - 1), 0, -1):
        for name, rest, neighbour in (
                (text[:length], text[length:], text[length]), (text[-length:], text[:-length], text[-length - 1])):
            code = _CURRENCIES.get(name.lower())
            if code is not None and not neighbour.isalpha():
                return code, rest
    for sign, rest in ((text[0], text[1:]), (text[-1], text[:-1])):
        if _is_sign(sign):
            return '', rest
    return None


def _read_body(body, sign):
    """:return: float of digits with separators where the decimal sign is this one, else None"""
    if _DECIMAL in body:
        body = body.replace(sign, "'").replace(_DECIMAL, sign)
    whole, _sign, fraction = body.partition(sign)
    if fraction and not fraction.isdigit():
        return None
    whole = _join_groups(whole, ',' if sign == '.' else '.')
    if whole is None or not (whole or fraction) or len(whole) > MAX_DIGITS or len(fraction) > MAX_DIGITS:
        return None
    return float(f'{whole or 0}.{fraction or 0}')


def _join_groups(whole, other):
    """:return: the digits of a whole number, without what separates its thousands; None where that is misplaced"""
    separators = {char for char in whole if not char.isdigit()}
    if not separators:
        return whole
    separator = separators.pop()
    if separators or separator not in (other, ' ', "'"):
        return None
    first, *groups = whole.split(separator)
    if not first or first[0] == '0' or len(groups[-1]) != 3:
        return None
    lengths = {len(group) for group in groups[:-1]}
    if len(first) <= 3 and lengths <= {3}:
        return first + ''.join(groups)
    # 1,23,45,678 in India
    return first + ''.join(groups) if separator == ',' and len(first) <= 2 and lengths == {2} else None


def decide_decimal(texts):
    """Find the decimal sign of a column, from all that is written in it.

    :param texts: iterable
    :return: :class:`Decision`
    """
    sure, unclear = {}, None
    for text in dict.fromkeys(texts):
        number = read_number(text)
        if number is None or number.point == number.comma:
            continue
        if number.comma is None:
            sure.setdefault('.', text)
        elif number.point is None:
            sure.setdefault(',', text)
        elif unclear is None:
            unclear = text
    if len(sure) == 2:
        return Decision(None, 'mixed', (sure['.'], sure[',']))
    if sure:
        sign, sample = next(iter(sure.items()))
        return Decision(sign, None, (sample,))
    return Decision(None, 'unclear', (unclear,)) if unclear is not None else Decision(None, None, ())
