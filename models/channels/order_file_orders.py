"""Rows of files put together to orders, and what is wrong with them, without the ORM."""
import re
from collections import namedtuple

from odoo.tools.translate import LazyTranslate

from .order_file_cell import simplify, to_text
from .order_file_number import read_number, split_currency
from .order_file_value import parse_moment, parse_number
from .order_payload import Problem

_lt = LazyTranslate(__name__)

# An order of a file: its reference (None without one), the numbers of its rows, what is to be submitted, which row
# each of its lines is, and the problems of the rows among themselves; what else is to be told of its rows, and why it
# is no order at all (see :mod:`order_sheet`).
FileOrder = namedtuple(
    'FileOrder', ('reference', 'numbers', 'payload', 'line_numbers', 'problems', 'remarks', 'skipped'),
    defaults=((), None))

# A remark of an order: the number of its row, a sentence to translate, and whether the row is no part of the order.
Remark = namedtuple('Remark', ('number', 'message', 'is_left_out'), defaults=(False,))

_LINE_NUMBERS = ('lines.quantity', 'lines.unit_price', 'lines.discount')
# Those of a line, and what known sheets have besides (see order_sheet.py).
NUMBER_FIELDS = (
    *_LINE_NUMBERS, 'lines.amount', 'lines.discount_amount', 'lines.shipping', 'lines.shipping_discount',
    'lines.charge', 'lines.kinds', 'amounts.shipping', 'amounts.discount', 'amounts.change', 'amounts.tax',
    'amounts.refund', 'amounts.total')
DATE_FIELDS = ('received_at', 'promised_date')
_NO_MONEY = ('lines.quantity', 'lines.discount', 'lines.kinds')
# Where a currency says in which the order is.
MONEY_FIELDS = frozenset(NUMBER_FIELDS).difference(_NO_MONEY)

# What spreadsheets take for a number or a day though it is the name or number of something.
_CODES = ('reference', 'lines.sku', 'lines.sku2', 'lines.product', 'salesperson', 'payment_term', 'currency')
_ADDRESSES = ('customer.', 'delivery_address.')
_NAMES = ('lines.variant', 'lines.items')
# A total below the orders is none of their lines.
_TOTAL_WORDS = (
    "total totals grandtotal subtotal sum totalsum summe gesamt gesamtsumme zwischensumme totale totaal итого всего "
    "razem celkem 合计 总计 小计 共计 总和 合計 總計 小計 합계 총계")
_TOTALS = frozenset(_TOTAL_WORDS.split())
# What spreadsheets write into cells that cannot be calculated.
_ERROR_WORDS = (
    "#n/a #ref! #value! #div/0! #name? #num! #null! #spill! #calc! #getting_data #nv #bezug! #wert! #zahl! #н/д #знач! "
    "#ссылка! #имя? #число! #дел/0! #valeur! #nom? #nombre! #nome? #valor! #¡valor! #¿nombre? #¡ref!")
_ERRORS = frozenset(_ERROR_WORDS.split())

NO_PRICE = _lt("The file has no price: that of the pricelist is taken.")
_ROW_FAULTS = {
    'quote': _lt("A quotation mark in this row is not closed, or a text contains one: write it twice inside a text in "
                 "quotation marks, and close the text."),
    'torn': _lt("The row ends in the middle: put a text with line breaks in quotation marks."),
    'long': _lt("The row has more cells than there are column names: put a text that contains the separator in "
                "quotation marks."),
    'far': _lt("The row has cells to the right of column 200: remove those that are not related to orders."),
    'hidden': _lt("The row is hidden in the file: show it and select the file again, or delete it."),
    'total': _lt("The row is a total, not a line of an order: remove it."),
}


# A sign that several currencies have: their codes, and an amount with it.
Sign = namedtuple('Sign', ('currencies', 'sample'))


class Payload(dict):
    """A payload; whether its amounts are in the currency of the order, whoever knows the customer can tell.

    :ivar sign: :class:`Sign` that is written with the amounts, None without one
    """
    sign = None


def describe_fault(fault, field, text):
    """:return: sentence on a cell that cannot be taken at its word"""
    if fault == 'formula':
        return _lt("“%(field)s” is a formula without a stored result: open the file in a spreadsheet, save it, and "
                   "select it again.", field=field)
    if fault == 'error':
        return _lt("“%(field)s” contains the spreadsheet error %(text)s: correct the cell.", field=field, text=text)
    if fault == 'digits':
        return _lt("“%(field)s” has lost digits (%(text)s): format the column as text, and enter the value again.",
                   field=field, text=text)
    if fault == 'day':
        return _lt("“%(field)s” has become a date or a time (%(text)s): format the column as text, and enter the value "
                   "again.", field=field, text=text)
    if fault == 'merged':
        return _lt("“%(field)s” is merged over several rows: unmerge the cells, and enter the value of each row.",
                   field=field)
    if fault == 'unseen':
        return _lt("“%(field)s” contains %(text)s, which the file does not show: change the number format of the cell.",
                   field=field, text=text)
    if fault == 'decimals':
        return _lt("“%(field)s” (%(text)s) has more decimals than an order keeps: correct the cell, or have the "
                   "administrator increase the decimal accuracy.", field=field, text=text)
    if fault == 'scaled':
        return _lt("“%(field)s” is shown in thousands or millions, but contains %(text)s: change the number format of "
                   "the cell.", field=field, text=text)
    if fault == 'signs':
        return _lt("“%(field)s” contains characters that could not be read: correct the cell, or select another "
                   "encoding.", field=field)
    if fault == 'percent':
        return _lt("“%(field)s” is a percentage (%(text)s): enter a number.", field=field, text=text)
    if fault == 'currency':
        return _lt("“%(field)s” is an amount of money (%(text)s): enter a number.", field=field, text=text)
    if fault == 'mixed':
        return _lt("“%(field)s” is written with a decimal point in some rows and with a decimal comma in others "
                   "(%(text)s): select the decimal sign of the column, or correct the file.", field=field, text=text)
    return _lt("“%(field)s” does not have the decimal sign of its column (%(text)s): correct the cell.",
               field=field, text=text)


class Converter:
    """Turns the cells of one file into values of orders."""

    def __init__(self, fields, decimal='.', date_order='ymd', timezone='UTC', countries=None, decimals=None,
                 currency=None, headings=()):
        """
        :param fields: list of the field of each column, False for what is left out
        :param decimal: decimal sign of columns without one of their own
        :param countries: dict name of a country in small letters → its code
        :param decimals: dict index of a column → its decimal sign, ``''`` where its values contradict each other
        :param currency: code of the currency of a file whose orders name none, where that is known
        :param headings: list of the names of the columns, in which there may be a currency
        """
        self.columns = [(index, field) for index, field in enumerate(fields) if field]
        self.decimal = decimal
        self.date_order = date_order
        self.timezone = timezone
        self.countries = countries or {}
        self.decimals = decimals or {}
        self.currency = currency
        self.headings = headings
        self.money = {index for index, field in self.columns if field in MONEY_FIELDS}
        self.currencies = {
            index: found for index, field in self.columns if field in MONEY_FIELDS and index < len(headings)
            and (found := split_currency(headings[index])[1]) is not None}

    def convert(self, field, cell, decimal=None):
        """:return: value of the field, None for an empty cell"""
        if cell is None or cell == '':
            return None
        if field in NUMBER_FIELDS:
            return parse_number(cell, self.decimal if decimal is None else decimal)
        if field == 'received_at':
            value = parse_moment(cell, self.date_order, self.timezone)
            if re.fullmatch(r'\d{4}-\d{2}-\d{2}', value):
                # A day begins where those work who have written the file.
                value = parse_moment(f'{value} 00:00', timezone=self.timezone)
            return value
        if field == 'promised_date':
            value = parse_moment(cell, self.date_order)
            return value[:10] if re.match(r'\d{4}-\d{2}-\d{2}T', value) else value
        text = to_text(cell)
        if field.endswith('.country'):
            return self.countries.get(text.casefold(), text)
        return text or None

    def find_fault(self, field, cell, value, decimal):
        """
        :param value: what :meth:`convert` has made of the cell
        :return: the fault of a cell that may not be taken at its word, else None
        """
        if isinstance(cell, dict):
            if cell.get('problem'):
                return cell['problem']
            if cell.get('merged') and field.startswith('lines.'):
                return 'merged'
            name = field.partition('#')[0]
            if cell.get('percent') and name in NUMBER_FIELDS and name != 'lines.discount':
                return 'percent'
            if cell.get('currency') is not None and name in _NO_MONEY:
                return 'currency'
        elif not isinstance(cell, str):
            return None
        text = cell if isinstance(cell, str) else to_text(cell)
        if '\N{REPLACEMENT CHARACTER}' in text:
            return 'signs'
        if text[:1] == '#' and (text.casefold() in _ERRORS or len(text) > 1 and not text.strip('#')):
            return 'error'
        if field.partition('#')[0] in NUMBER_FIELDS:
            return self._find_fault_of_number(field, text, value, decimal) if isinstance(cell, str) else None
        return self._find_fault_of_text(field, text) if text[:1].isdigit() and len(text) <= 32 else None

    @staticmethod
    def _find_fault_of_text(field, text):
        is_code = field in _CODES or field.startswith(_ADDRESSES)
        if is_code and re.fullmatch(r'\d(?:[.,]\d{1,16})?[Ee]\+\d{2,3}', text, re.ASCII):
            return 'digits'
        # 1-2 is a size, and 10:30 may be a number.
        if (is_code or field.partition('#')[0] in _NAMES) and re.fullmatch(
                r'\d{4}-\d\d-\d\d \d\d:\d\d:\d\d', text, re.ASCII):
            return 'day'
        if is_code and re.fullmatch(r'(?:\d{1,6} days?, )?\d{1,2}:\d\d:\d\d', text, re.ASCII):
            return 'day'
        return None

    def _find_fault_of_number(self, field, text, value, decimal):
        if text.isascii() and text.isdigit():
            return None
        number = read_number(text)
        if number is None:
            # Neither way is it a number, which is told where all values are checked.
            return None
        name = field.partition('#')[0]
        if number.percent and name != 'lines.discount':
            return 'percent'
        if number.currency is not None and name in _NO_MONEY:
            return 'currency'
        if isinstance(value, str):
            return 'decimal' if decimal else 'mixed'
        return None

    def get_reference(self, cells):
        """:return: the reference in a row, '' without one"""
        return next((
            to_text(cells[index]) for index, field in self.columns if field == 'reference' and index < len(cells)), '')

    def build_orders(self, rows):
        """Put rows with the same reference together.

        :param rows: list of pairs (number, cells)
        :return: list of :class:`FileOrder` in the order of their first rows
        """
        groups = {}
        for number, cells in rows:
            reference = self.get_reference(cells)
            groups.setdefault(reference or number, []).append((number, cells))
        orders = [self._build_order(reference, group) for reference, group in groups.items()]
        for order in orders:
            for line, number in zip(order.payload['lines'], order.line_numbers):
                if 'unit_price' not in line and line.get('sku'):
                    order.remarks.append(Remark(number, NO_PRICE))
        return orders

    def _build_order(self, reference, rows):
        values, origin, lines, line_numbers, problems, currencies, remarks = {}, {}, [], [], [], {}, []
        for number, cells in rows:
            line, row_fault = {}, None
            if cells and isinstance(cells[-1], dict) and 'row' in cells[-1]:
                cells, row_fault = cells[:-1], cells[-1]['row']
            for index, field in self.columns:
                cell = cells[index] if index < len(cells) else None
                if cell is None or cell == '':
                    continue
                decimal = self.decimals.get(index, self.decimal)
                value = self.convert(field, cell, decimal)
                if fault := self.find_fault(field, cell, value, decimal):
                    text = to_text(cell)
                    value = text
                    problems.append((number, Problem('invalid_value', field, describe_fault(
                        fault, self.get_name(field), text[:64]))))
                elif index in self.money:
                    if (currency := self._get_currency(cell)) is not None:
                        currencies.setdefault(currency, (number, field, to_text(cell)))
                    if index in self.currencies:
                        currencies.setdefault(self.currencies[index], (number, field, self.headings[index]))
                if value is None:
                    continue
                if isinstance(cell, dict) and 'shown' in cell and field.partition('#')[0] in NUMBER_FIELDS:
                    remarks.append(Remark(number, _lt(
                        "“%(field)s” contains %(value)s, which the file shows as %(shown)s: it is imported as it is.",
                        field=self.get_name(field), value=to_text(cell.get('value')), shown=cell['shown'])))
                if field.startswith('lines.'):
                    line[field[6:]] = value
                elif field not in values:
                    values[field], origin[field] = value, number
                elif values[field] != value:
                    problems.append((number, Problem('different_rows', field, _lt(
                        "“%(field)s” differs from row %(row)s of the same order: correct one of them.",
                        field=self.get_name(field), row=origin[field]))))
            if not row_fault and self._is_total(line, cells):
                row_fault = 'total'
            if row_fault:
                # What is told of its cells would only be what follows from it.
                problems = [problem for problem in problems if problem[0] != number]
                problems.append((number, Problem('invalid_value', '', _ROW_FAULTS[row_fault])))
            if line:
                lines.append(line)
                line_numbers.append(number)
        faults, sign = self._settle_currency(values, currencies)
        problems += faults
        payload = Payload({'customer': {}, 'lines': lines})
        payload.sign = sign
        for field, value in values.items():
            container, _dot, key = field.rpartition('.')
            (payload.setdefault(container, {}) if container else payload)[key] = value
        return FileOrder(
            None if isinstance(reference, int) else reference, [number for number, _cells in rows], payload,
            line_numbers, problems, remarks)

    def get_name(self, field):
        """:return: what a field of :attr:`columns` is called in a sentence: its name, which is replaced by that of its
            column; where several columns hold it, that of the column"""
        return field

    def _get_currency(self, cell):
        """:return: what is written with an amount of money: the code of a currency, those of several with slashes, an
            empty text for a sign that is not known; None for nothing"""
        if isinstance(cell, dict):
            return cell.get('currency')
        if not isinstance(cell, str) or not cell.strip('0123456789.,'):
            return None
        number = read_number(cell)
        return number and number.currency

    def _settle_currency(self, values, currencies):
        """What is written with the amounts of an order is its currency, or contradicts it.

        :param values: dict field → value of the order, which gets its currency where that is certain
        :param currencies: dict as of :meth:`_get_currency` → (number of a row, field, text with it)
        :return: pair (list of pairs (number of a row, problem), :class:`Sign` or None)
        """
        problems, taken, sign = [], values.get('currency'), None
        # What names one currency tells of those that name several.
        for currency in sorted(currencies, key=lambda currency: (not currency, '/' in currency)):
            number, field, text = currencies[currency]
            codes = currency.split('/')
            if taken:
                if currency and str(taken).upper() not in codes:
                    problems.append((number, Problem('different_rows', field, _lt(
                        "“%(field)s” is written in %(currency)s, but the order is in %(other)s: correct one of them.",
                        field=self.get_name(field), currency='/'.join(codes[:4]), other=taken))))
            elif self.currency in codes:
                taken = self.currency
            elif len(codes) == 1 and currency:
                taken = values['currency'] = currency
            elif self.currency or not currency or sign:
                problems.append((number, Problem('invalid_value', field, _lt(
                    "“%(field)s” (%(text)s) does not tell the currency of the order: add a column with the code of the "
                    "currency.", field=self.get_name(field), text=text[:64]))))
            else:
                sign = Sign(codes, text[:64])
        return problems, sign

    @staticmethod
    def _is_total(line, cells):
        """:return: whether a row without a product says that it is a total"""
        if line.get('sku'):
            return False
        first = next(filter(None, map(to_text, cells)), '')
        return len(first) <= 32 and simplify(first) in _TOTALS
