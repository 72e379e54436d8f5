"""The cells of files of orders: what is kept of them, what they say, and how they are written for a spreadsheet.

Knows nothing of Odoo's models.
"""
import re
import unicodedata
from datetime import date, datetime, time, timedelta

from .order_file_number import MAX_VALUE
from .order_payload import clean_text
from .order_workbook import MAX_CELL

# Around what a cell says; programs with columns of a fixed width fill them with zero bytes.
BLANKS = ''.join(map(chr, (
    0, *range(9, 14), *range(28, 33), 0x85, 0xa0, *range(0x2000, 0x200c), 0x2028, 0x2029, 0x202f, 0x205f, 0x2060,
    0x3000, 0xfeff)))

# With these a spreadsheet begins to calculate.
FORMULA_SIGNS = ('=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠')


def keep_cell(cell):
    """:return: the cell in a form that JSON keeps"""
    if isinstance(cell, datetime):
        # A moment is kept as a fraction, which may be a little too small.
        return (cell + timedelta(milliseconds=500)).replace(microsecond=0).isoformat(sep=' ')
    if isinstance(cell, dict):
        value = cell.get('value')
        shown = keep_cell(value) if cell.get('text') is None else cell['text']
        kept = {} if value is None else {'value': keep_cell(value)}
        return {**cell, 'text': clean_cell(to_text(shown)), **kept}
    if isinstance(cell, (date, time)):
        return cell.isoformat()
    if isinstance(cell, bool) or cell is None:
        return cell
    if isinstance(cell, (int, float)):
        # Numbers that JSON does not know are no values of an order either.
        return cell if abs(cell) < 1e15 else to_text(cell)
    return clean_cell(str(cell))


def clean_cell(text):
    return clean_text(text[:MAX_CELL].strip(BLANKS))


def guard_cell(cell):
    """What is written into a file for a spreadsheet: what outsiders have sent calculates nothing there.

    :return: the cell, a text that would be read as a formula with an apostrophe in front; numbers stay numbers
    """
    return f"'{cell}" if is_formula(cell) else cell


def is_formula(cell):
    """:return: whether a spreadsheet would take a cell for a formula"""
    return isinstance(cell, str) and cell.startswith(FORMULA_SIGNS) and not (
        len(cell) <= MAX_VALUE and re.fullmatch(r'[+-][\d.,]{1,64}%?', cell, re.ASCII))


def protect_cell(cell):
    """What is written into a CSV file for a spreadsheet, which reads numbers wherever it can: besides what
    :func:`guard_cell` guards, a text that would come back with other signs has an apostrophe in front.

    :return: text
    """
    text = to_text(cell)
    return f"'{text}" if is_formula(text) and not isinstance(cell, (int, float)) or (
        isinstance(cell, (str, dict)) and _is_changed(text)) else text


def _is_changed(text):
    """:return: whether a spreadsheet would take a text for a number or a day and show it with other signs: without its
        zeros in front or its last digits, as a power of ten, as a day of this year"""
    return len(text) <= MAX_VALUE and bool(re.fullmatch(
        r'0\d{1,63}|\d{12,64}|\d{1,20}(?:\.\d{1,20})?[Ee][+-]?\d{1,4}|\d{1,2}[-/]\d{1,2}', text, re.ASCII))


def remove_guard(text):
    """:return: the text of a cell that :func:`guard_cell` or :func:`protect_cell` has written, or a person to have a
        spreadsheet take it for a text, as it was"""
    return text[1:] if text.startswith("'") and (
        is_formula(text[1:]) or _is_changed(text[1:]) or text[1:].isdigit()) else text


def to_text(cell):
    """:return: what a cell says, as text: 1001 of a number, not 1001.0"""
    if cell is None:
        return ''
    if isinstance(cell, dict):
        text = cell.get('text')
        return to_text(cell.get('value')) if text is None else text
    if isinstance(cell, bool):
        return 'TRUE' if cell else 'FALSE'
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell)) if abs(cell) < 1e15 else repr(cell)
    return str(cell).strip()


def simplify(name):
    """:return: the name of a column without what people write in different ways"""
    return re.sub(r'[\s_\-./:：()（）#*]', '', unicodedata.normalize('NFKC', name)).casefold()
