"""Orders in files: CSV and XLSX read, columns recognised, rows put together, without the ORM.

A row is a line of an order; rows with the same reference are one order. What a cell says is turned into the values
that :mod:`order_payload` reads; what cannot be turned stays as it is, and is refused there with its reason.
"""
import csv
import io
import itertools
import re
import unicodedata
from collections import namedtuple
from datetime import date, datetime, time

import pytz

from odoo.tools.translate import LazyTranslate

from . import order_workbook
from .order_payload import Problem, clean_text

_lt = LazyTranslate(__name__)

# What a file holds: ``csv`` or ``xlsx``, how it was read, the names of the columns, and rows as pairs of the number
# that a spreadsheet shows and a list of cells, each a text, a number, True, False, a date or a moment as text.
Table = namedtuple('Table', ('kind', 'encoding', 'delimiter', 'header', 'rows'))

# An order of a file: its reference (None without one), the numbers of its rows, what is to be submitted, which row
# each of its lines is, and the problems of the rows among themselves; what else is to be told of its rows, and why it
# is no order at all (see :mod:`order_sheet`).
FileOrder = namedtuple(
    'FileOrder', ('reference', 'numbers', 'payload', 'line_numbers', 'problems', 'remarks', 'skipped'),
    defaults=((), None))

# What a column can hold.
COLUMN_FIELDS = [
    ('reference', "Order: Reference"),
    ('received_at', "Order: Received At"),
    ('promised_date', "Order: Promised Date"),
    ('payment_term', "Order: Payment Term"),
    ('salesperson', "Order: Salesperson (Login)"),
    ('currency', "Order: Currency"),
    ('note', "Order: Note"),
    ('customer.ref', "Customer: Number"),
    ('customer.name', "Customer: Name"),
    ('customer.email', "Customer: E-mail"),
    ('customer.phone', "Customer: Phone"),
    ('customer.vat', "Customer: Tax ID"),
    ('customer.street', "Customer: Street"),
    ('customer.city', "Customer: City"),
    ('customer.zip', "Customer: ZIP"),
    ('customer.country', "Customer: Country"),
    ('delivery_address.name', "Delivery Address: Name"),
    ('delivery_address.email', "Delivery Address: E-mail"),
    ('delivery_address.phone', "Delivery Address: Phone"),
    ('delivery_address.street', "Delivery Address: Street"),
    ('delivery_address.city', "Delivery Address: City"),
    ('delivery_address.zip', "Delivery Address: ZIP"),
    ('delivery_address.country', "Delivery Address: Country"),
    ('lines.sku', "Line: Internal Reference"),
    ('lines.name', "Line: Description"),
    ('lines.quantity', "Line: Quantity"),
    ('lines.unit_price', "Line: Unit Price"),
    ('lines.discount', "Line: Discount (%)"),
]
REQUIRED_FIELDS = ('reference', 'customer.name', 'lines.sku', 'lines.quantity')

# What people call the columns, in the form of :func:`simplify`.
_SYNONYMS = {
    'reference': "orderno ordernumber orderid orderref order number no reference ref ponumber po "
                 "订单号 订单编号 单号 编号 采购单号",
    'received_at': "receivedat received orderdate ordertime date 下单时间 下单日期 订单日期 收单时间 日期",
    'promised_date': "promiseddate promised deliverydate duedate requireddate shipby 交货日期 交期 要求交期 交付日期",
    'payment_term': "paymentterm paymentterms payment terms 付款条件 付款方式 结算方式",
    'salesperson': "salesperson login seller 业务员 销售员 销售人员",
    'currency': "currency 币种 货币",
    'note': "note notes remark remarks comment 备注 说明 附言",
    'customer.ref': "customerno customernumber customerid customerref customercode 客户编号 客户编码 客户代码",
    'customer.name': "customer customername name company client buyer 客户 客户名称 客户姓名 买家 公司名称 姓名",
    'customer.email': "email customeremail mail 邮箱 电子邮箱 电子邮件 客户邮箱",
    'customer.phone': "phone customerphone telephone tel mobile 电话 手机 手机号 联系电话 客户电话",
    'customer.vat': "vat taxid customervat vatno 税号 纳税人识别号 统一社会信用代码",
    'customer.street': "street address customerstreet customeraddress 地址 客户地址 街道",
    'customer.city': "city customercity 城市 市",
    'customer.zip': "zip postcode postalcode zipcode 邮编 邮政编码",
    'customer.country': "country customercountry 国家",
    'delivery_address.name': "shipname shipto deliveryname recipient 收货人 收件人",
    'delivery_address.email': "shipemail deliveryemail 收货邮箱",
    'delivery_address.phone': "shipphone deliveryphone 收货电话 收件人电话",
    'delivery_address.street': "shipaddress shipstreet deliveryaddress deliverystreet 收货地址 送货地址",
    'delivery_address.city': "shipcity deliverycity 收货城市",
    'delivery_address.zip': "shipzip shippostalcode deliveryzip 收货邮编",
    'delivery_address.country': "shipcountry deliverycountry 收货国家",
    'lines.sku': "sku productcode productno productid itemno item article internalreference "
                 "产品编码 产品编号 商品编码 货号 物料编码",
    'lines.name': "description productname itemname 产品名称 商品名称 品名 描述",
    'lines.quantity': "quantity qty pieces 数量 订购数量",
    'lines.unit_price': "unitprice price 单价 价格",
    'lines.discount': "discount discount% rebate 折扣 折扣率",
}
_FIELD_BY_NAME = {name: field for field, names in _SYNONYMS.items() for name in names.split()}

ENCODINGS = ('utf-8', 'gb18030', 'utf-16', 'cp1252')
DELIMITERS = (',', ';', '\t', '|')

MAX_BYTES = 20 * 1024 * 1024
MAX_UNPACKED = order_workbook.MAX_UNPACKED
MAX_COLUMNS = 200
MAX_CELL = order_workbook.MAX_CELL
# A text may be in as many cells of a workbook as its sender likes; what is kept of all cells together.
MAX_TEXT = 50 * 1000 * 1000
# So many rows has a sheet, empty ones among them; a line of a CSV file is shorter than that.
MAX_NUMBER = order_workbook.MAX_ROW
MAX_LINE = 2 * 1000 * 1000
# The beginning of a file tells how it is written.
MAX_SAMPLE = 100 * 1000
# No number, day or moment is longer.
MAX_VALUE = 64

# With these a spreadsheet begins to calculate.
FORMULA_SIGNS = ('=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠')


class FileError(Exception):
    """A file that cannot be read; the only argument is a sentence to translate, which says what to do."""


# -- reading ------------------------------------------------------------------------------------

def read_table(content, encoding=None, delimiter=None, max_rows=50000):
    """Read a CSV or XLSX file; the first row that is not empty names the columns.

    :param content: bytes
    :param encoding, delimiter: of a CSV file; found out by default
    :return: :class:`Table`
    :raise FileError: unless it is such a file with a row below its header
    """
    if len(content) > MAX_BYTES:
        raise FileError(_lt("The file is larger than 20 MB: split it."))
    if content[:4] == b'PK\x03\x04':
        kind, encoding, delimiter = 'xlsx', False, False
        records = _read_workbook(content)
    elif content[:8] == b'\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1':
        raise FileError(_lt("The file has an old spreadsheet format: save it as XLSX or CSV."))
    else:
        kind = 'csv'
        encoding = encoding or find_encoding(content)
        text = _decode(content, encoding)
        delimiter = delimiter or find_delimiter(text)
        records = _read_csv(text, delimiter)
    header, rows, size = None, [], 0
    for number, cells in records:
        if number > MAX_NUMBER:
            raise FileError(_lt("The file has more than %(limit)s rows: split it.", limit=max_rows))
        while cells and cells[-1] in (None, ''):
            cells.pop()
        if not cells:
            continue
        if header is None:
            if len(cells) > MAX_COLUMNS:
                raise FileError(_lt("The file has more than 200 columns: remove those that are not related to orders."))
            header = [_clean_cell(to_text(cell)[:256]) for cell in cells]
            continue
        if len(rows) >= max_rows:
            raise FileError(_lt("The file has more than %(limit)s rows: split it.", limit=max_rows))
        kept = [_keep_cell(cell) for cell in cells[:len(header)]]
        size += sum(len(cell) for cell in kept if isinstance(cell, str))
        if size > MAX_TEXT:
            raise FileError(_lt("The file contains more text than orders require: remove the columns with long texts, "
                                "or split the file."))
        rows.append((number, kept))
    if not rows:
        raise FileError(_lt("The file has no rows below the column names: select another file."))
    return Table(kind, encoding, delimiter, header, rows)


def find_encoding(content):
    """:return: one of ``ENCODINGS``, the one in which the text makes sense"""
    if content.startswith((b'\xff\xfe', b'\xfe\xff')):
        return 'utf-16'
    if _is_decodable(content, 'utf-8'):
        return 'utf-8'
    if not _is_decodable(content, 'gb18030'):
        return 'cp1252'
    foreign = list(itertools.islice(
        (char for char in content.decode('gb18030') if not char.isascii()), MAX_SAMPLE))
    # Many texts in Western European languages can be read as Chinese, with signs that hardly anybody uses.
    usual = sum(_is_encodable(char, 'gb2312') for char in foreign)
    return 'gb18030' if 2 * usual > len(foreign) else 'cp1252'


def _is_decodable(content, encoding):
    try:
        content.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _is_encodable(char, encoding):
    try:
        return bool(char.encode(encoding))
    except UnicodeEncodeError:
        return False


def _decode(content, encoding):
    try:
        return content.decode('utf-8-sig' if encoding == 'utf-8' else encoding)
    except UnicodeDecodeError as error:
        raise FileError(_lt("The encoding of the file is not %(encoding)s: select another one.",
                            encoding=encoding)) from error


def find_delimiter(text):
    """:return: the one of ``DELIMITERS`` that splits the first rows into the most columns"""
    lines = text[:MAX_SAMPLE].splitlines()
    if len(text) > MAX_SAMPLE and len(lines) > 1:
        # The last one may be cut off.
        del lines[-1]
    sample = '\n'.join(lines[:20])

    def count(delimiter):
        rows = [len(row) for row in csv.reader(io.StringIO(sample), delimiter=delimiter) if row]
        return (min(rows, default=0), sum(rows))

    try:
        return max(DELIMITERS, key=count)
    except csv.Error:
        return DELIMITERS[0]


def _read_csv(text, delimiter):
    """:return: iterator of pairs (number of the row, list of cells)"""
    try:
        reader = csv.reader(_split_lines(text), delimiter=delimiter)
        for number, row in enumerate(reader, start=1):
            cells = [_remove_guard(cell.strip()) for cell in row[:MAX_COLUMNS]]
            # That there are more columns is enough.
            yield number, cells + ['…'] if any(row[MAX_COLUMNS:]) else cells
    except csv.Error as error:
        raise FileError(_lt("The file cannot be read as CSV (%(error)s): save it as XLSX or CSV.",
                            error=str(error))) from error


def _split_lines(text):
    for line in io.StringIO(text, newline=''):
        if len(line) > MAX_LINE:
            raise FileError(_lt("A line of the file is too long for an order: select another separator or file."))
        yield line


def _read_workbook(content):
    """:return: iterator as of :func:`_read_csv` over the first sheet; formulas as the values that they had when it was
    saved"""
    try:
        yield from order_workbook.read_rows(content, MAX_COLUMNS)
    except order_workbook.TooLarge as error:
        raise FileError(_lt("The unpacked file is too large: save the orders as a CSV file.")) from error
    except Exception as error:
        raise FileError(_lt("The file cannot be read as a workbook: open it and save it as XLSX or CSV.")) from error


def _keep_cell(cell):
    """:return: the cell in a form that JSON keeps"""
    if isinstance(cell, datetime):
        return cell.replace(microsecond=0).isoformat(sep=' ')
    if isinstance(cell, (date, time)):
        return cell.isoformat()
    if isinstance(cell, bool) or cell is None:
        return cell
    if isinstance(cell, (int, float)):
        # Numbers that JSON does not know are no values of an order either.
        return cell if abs(cell) < 1e15 else to_text(cell)
    return _clean_cell(str(cell))


def _clean_cell(text):
    return clean_text(text[:MAX_CELL]).strip()


def guard_cell(cell):
    """What is written into a file for a spreadsheet: what outsiders have sent calculates nothing there.

    :return: the cell, a text that would be read as a formula with an apostrophe in front; numbers stay numbers
    """
    return f"'{cell}" if is_formula(cell) else cell


def is_formula(cell):
    """:return: whether a spreadsheet would take a cell for a formula"""
    return isinstance(cell, str) and cell.startswith(FORMULA_SIGNS) and not (
        len(cell) <= MAX_VALUE and re.fullmatch(r'[+-][\d.,]{1,64}%?', cell, re.ASCII))


def _remove_guard(text):
    """:return: the text of a cell that :func:`guard_cell` has written, as it was"""
    return text[1:] if text.startswith("'") and is_formula(text[1:]) else text


def to_text(cell):
    """:return: what a cell says, as text: 1001 of a number, not 1001.0"""
    if cell is None:
        return ''
    if isinstance(cell, bool):
        return 'TRUE' if cell else 'FALSE'
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell)) if abs(cell) < 1e15 else repr(cell)
    return str(cell).strip()


# -- columns ------------------------------------------------------------------------------------

def simplify(name):
    """:return: the name of a column without what people write in different ways"""
    return re.sub(r'[\s_\-./:：()（）#*]', '', unicodedata.normalize('NFKC', name)).casefold()


def guess_fields(header, known=None, labels=()):
    """What the columns hold, by their names.

    :param header: list of names
    :param known: dict simplified name → field or False, of former files; wins
    :param labels: pairs (field, translated label)
    :return: list of a field or False per column; none twice
    """
    by_name = _FIELD_BY_NAME | {simplify(label): field for field, label in labels} | {
        simplify(field): field for field, _label in COLUMN_FIELDS} | (known or {})
    taken, fields = set(), []
    for name in header:
        field = by_name.get(simplify(name)) or False
        fields.append(False if field in taken else field)
        taken.add(field)
    return fields


# -- values -------------------------------------------------------------------------------------

def guess_decimal(texts):
    """:return: ``,`` where numbers such as 1.234,50 or 9,5 are written with it, else ``.``"""
    for text in texts:
        text = text[:MAX_VALUE].strip()
        if re.search(r',\d{1,2}$|,\d{4,64}$', text) and not re.search(r'\.\d{1,2}$', text):
            return ','
        if re.search(r'\.\d{1,2}$|\.\d{4,64}$', text):
            return '.'
    return '.'


def guess_date_order(texts):
    """:return: ``dmy`` or ``mdy`` where days are written like that, else ``ymd``"""
    texts = [text[:MAX_VALUE].lstrip() for text in texts]
    for text in texts:
        if match := re.match(r'(\d{1,2})[./\-](\d{1,2})[./\-]\d{4}', text):
            first, second = map(int, match.groups())
            if first > 12 >= second:
                return 'dmy'
            if second > 12 >= first:
                return 'mdy'
    return 'dmy' if any(re.match(r'\d{1,2}[./\-]\d{1,2}[./\-]\d{4}', text) for text in texts) else 'ymd'


def parse_number(cell, decimal='.'):
    """:return: float of a cell, or its text where it is no number"""
    if isinstance(cell, (int, float)) and not isinstance(cell, bool):
        return cell
    text = to_text(cell)
    if len(text) > MAX_VALUE:
        return text
    plain = re.sub(r"[\s'’%¥￥€$£]", '', unicodedata.normalize('NFKC', text))
    if decimal == ',':
        plain = plain.replace('.', '').replace(',', '.')
    else:
        plain = re.sub(r',(?=\d{3}(\D|$))', '', plain)
    return float(plain) if re.fullmatch(r'[+-]?\d{1,30}(\.\d{0,30})?', plain) else text


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


class Converter:
    """Turns the cells of one file into values of orders."""

    def __init__(self, fields, decimal='.', date_order='ymd', timezone='UTC', countries=None):
        """
        :param fields: list of the field of each column, False for what is left out
        :param countries: dict name of a country in small letters → its code
        """
        self.columns = [(index, field) for index, field in enumerate(fields) if field]
        self.decimal = decimal
        self.date_order = date_order
        self.timezone = timezone
        self.countries = countries or {}

    def convert(self, field, cell):
        """:return: value of the field, None for an empty cell"""
        if cell is None or cell == '':
            return None
        if field in ('lines.quantity', 'lines.unit_price', 'lines.discount'):
            return parse_number(cell, self.decimal)
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
        return text

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
        return [self._build_order(reference, group) for reference, group in groups.items()]

    def _build_order(self, reference, rows):
        values, origin, lines, line_numbers, problems = {}, {}, [], [], []
        for number, cells in rows:
            line = {}
            for index, field in self.columns:
                value = self.convert(field, cells[index]) if index < len(cells) else None
                if value is None:
                    continue
                if field.startswith('lines.'):
                    line[field[6:]] = value
                elif field not in values:
                    values[field], origin[field] = value, number
                elif values[field] != value:
                    problems.append((number, Problem('different_rows', field, _lt(
                        "“%(field)s” differs from row %(row)s of the same order: correct one of them.",
                        field=field, row=origin[field]))))
            if line:
                lines.append(line)
                line_numbers.append(number)
        payload = {'customer': {}, 'lines': lines}
        for field, value in values.items():
            container, _dot, key = field.rpartition('.')
            (payload.setdefault(container, {}) if container else payload)[key] = value
        return FileOrder(
            None if isinstance(reference, int) else reference, [number for number, _cells in rows], payload,
            line_numbers, problems)
