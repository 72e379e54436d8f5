"""The form of the numbers of dossiers, apart from the database: ``AR/{year}/{number}`` with five digits is
AR/2026/00001.

The numbers of a year are counted without gaps, whatever their form says. A form is one in which each of them is another
text: it has the number once, and the year once, as each year begins with 1.
"""
import re

DEFAULT_FORM = 'AR/{year}/{number}'
DEFAULT_DIGITS = 5
MAX_DIGITS = 9
MAX_LENGTH = 40
NUMBER = '{number}'
# Years have a fixed width, so that what is left of a text is the number.
YEAR_WIDTHS = {'{year}': 4, '{yy}': 2}


def split(form):
    """:return: list of the parts of a form: placeholders, and the text between them"""
    return [part for part in re.split(r'(\{[^{}]{0,40}\})', form) if part]


def find_problem(form):
    """:return: what is wrong with a form: ``number``, ``year``, ``characters`` or ``length``; None if nothing is"""
    parts = split(form)
    if parts.count(NUMBER) != 1:
        return 'number'
    if parts.count('{year}') + parts.count('{yy}') != 1:
        return 'year'
    # Files and folders have the number as their name.
    texts = [part for part in parts if part != NUMBER and part not in YEAR_WIDTHS]
    if form != form.strip() or any(not re.fullmatch(r'[\w /.-]+', text) for text in texts) or (
            '//' in form or '..' in form or form[0] in './' or form[-1] in './'):
        return 'characters'
    return 'length' if len(form) > MAX_LENGTH else None


def format_number(form, digits, year, number):
    """:return: the text of a number of a year"""
    values = {'{year}': f'{year:04d}', '{yy}': f'{year % 100:02d}', '{number}': f'{number:0{digits}d}'}
    return ''.join(values.get(part, part) for part in split(form))


def fold(text):
    """:return: what two texts have in common that would be the same folder"""
    return text.replace('/', '-').casefold()


def read_number(form, digits, text):
    """:return: pair of the year and the number whose text would be the same, or the same folder, in this form; the year
        as far as the form says it. None if there are none"""
    text, parts, year = fold(text), split(form), None
    at = parts.index(NUMBER)
    # What stands before the number, from the left, and what stands behind it, from the right.
    for part, is_before in [(part, True) for part in parts[:at]] + [(part, False) for part in parts[:at:-1]]:
        width = YEAR_WIDTHS.get(part) or len(fold(part))
        piece, text = (text[:width], text[width:]) if is_before else (text[-width:], text[:-width])
        if part not in YEAR_WIDTHS:
            if piece != fold(part):
                return None
        elif len(piece) == width and _is_number(piece):
            year = int(piece)
        else:
            return None
    if not _is_number(text) or not digits <= len(text) <= max(digits, len(str(int(text)))):
        return None
    return year, int(text)


def _is_number(text):
    return text.isascii() and text.isdigit()
