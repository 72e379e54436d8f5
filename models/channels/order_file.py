"""Orders in files: CSV and XLSX read, columns recognised, rows put together, without the ORM.

A row is a line of an order; rows with the same reference are one order. What a cell says is turned into the values
that :mod:`order_payload` reads; what cannot be turned stays as it is, and is refused there with its reason. What a file
leaves open (:mod:`order_file_text`, :mod:`order_file_number`) is not decided here but told.
"""
import itertools
from collections import namedtuple

from odoo.tools.translate import LazyTranslate

from . import order_file_csv, order_file_text, order_workbook
from .order_file_cell import (
    BLANKS,
    clean_cell,
    guard_cell,
    is_formula,
    keep_cell,
    protect_cell,
    remove_guard,
    simplify,
    to_text,
)
from .order_file_csv import DELIMITERS
from .order_file_number import MAX_VALUE, decide_decimal, read_number, split_currency
from .order_file_orders import DATE_FIELDS, MONEY_FIELDS, NUMBER_FIELDS, Converter, FileOrder
from .order_file_text import ENCODINGS, preview_text
from .order_file_value import decide_date_order, guess_date_order, guess_decimal, parse_moment, parse_number
from .order_payload import clean_text

# What others use is here in one place, though a part of it is defined next door.
__all__ = [
    'COLUMN_FIELDS', 'DATE_FIELDS', 'DELIMITERS', 'ENCODINGS', 'MAX_BYTES', 'MAX_VALUE', 'NUMBER_FIELDS',
    'REQUIRED_FIELDS', 'Converter', 'FileError', 'FileOrder', 'KnownSheets', 'Table', 'decide_date_order',
    'decide_decimal', 'find_delimiter', 'find_encoding', 'find_twins', 'guard_cell', 'guess_date_order',
    'guess_decimal', 'guess_fields', 'is_formula', 'number_names', 'parse_moment', 'parse_number', 'preview_text',
    'protect_cell', 'read_number', 'read_table', 'simplify', 'to_text',
]

_lt = LazyTranslate(__name__)

# What a file holds: ``csv`` or ``xlsx``, how it was read, the names of the columns, and rows as pairs of the number
# that a spreadsheet shows and a list of cells, each a text, a number, True, False, a date or a moment as text, or
# a dict of a cell that shows something else than it holds (see order_workbook.py); behind the cells of a row that
# cannot be read there is a dict with its fault (``row``). Then the number of the row that names the columns, the sheet
# of a workbook, the indexes of columns that it does not show, encodings that come into question and sheets that do,
# both empty where there is nothing to ask, and sentences on what was left out.
Table = namedtuple('Table', (
    'kind', 'encoding', 'delimiter', 'header', 'rows', 'header_number', 'sheet', 'hidden', 'encodings', 'sheets',
    'remarks'), defaults=(0, False, frozenset(), (), (), ()))

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
# The same in Taiwan, Hong Kong and Macau; "折扣" and the like are written as on the mainland.
_TRADITIONAL_SYNONYMS = {
    'reference': "訂單編號 訂單號碼 訂單號 單號 編號 採購單號 採購單編號",
    'received_at': "下單時間 下單日期 訂單日期 訂單時間 訂購日期 收單時間",
    'promised_date': "交貨日期 交貨日 交期 要求交期 交付日期 預交日 預計交期",
    'payment_term': "付款條件 付款方式 結算方式 支付方式",
    'salesperson': "業務員 業務人員 銷售員 銷售人員",
    'currency': "幣別 幣種 貨幣",
    'note': "備註 備注 說明 附註",
    'customer.ref': "客戶編號 客戶代號 客戶編碼 客戶代碼",
    'customer.name': "客戶 客戶名稱 客戶姓名 買家 公司名稱 買方",
    'customer.email': "郵箱 電郵 電子郵件 電子信箱 信箱 客戶郵箱 客戶電郵",
    'customer.phone': "電話 電話號碼 手機 手機號碼 聯絡電話 聯繫電話 客戶電話 行動電話",
    'customer.vat': "稅號 統一編號 統編",
    'customer.street': "客戶地址",
    'customer.zip': "郵編 郵遞區號 郵政編碼",
    'customer.country': "國家 國別",
    'delivery_address.name': "收貨人 收件人 收貨人姓名 收件人姓名",
    'delivery_address.email': "收貨郵箱 收件人電郵",
    'delivery_address.phone': "收貨電話 收件人電話 收貨人電話",
    'delivery_address.street': "收貨地址 送貨地址 收件地址 送貨地點",
    'delivery_address.zip': "收貨郵編 收件郵遞區號",
    'delivery_address.country': "收貨國家",
    'lines.sku': "產品編碼 產品編號 商品編碼 商品編號 貨號 料號 品號 物料編碼 物料編號",
    'lines.name': "產品名稱 商品名稱 品名 品名規格",
    'lines.quantity': "數量 訂購數量 購買數量 訂單數量",
    'lines.unit_price': "單價 價格 售價",
    'lines.discount': "折扣率",
}
_FIELD_BY_NAME = {
    name: field for synonyms in (_SYNONYMS, _TRADITIONAL_SYNONYMS) for field, names in synonyms.items()
    for name in names.split()}

# Rows among which the names of the columns are looked for.
HEAD_ROWS = order_workbook.HEAD_ROWS
# A mark of a known sheet weighs more than all columns that a file can have.
SURE = 1000

MAX_BYTES = 20 * 1024 * 1024
MAX_UNPACKED = order_workbook.MAX_UNPACKED
MAX_COLUMNS = 200
MAX_CELL = order_workbook.MAX_CELL
# A text may be in as many cells of a workbook as its sender likes; what is kept of all cells together.
MAX_TEXT = 50 * 1000 * 1000
# So many rows has a sheet, empty ones among them; a line of a CSV file is shorter than that.
MAX_NUMBER = order_workbook.MAX_ROW
MAX_LINE = order_file_csv.MAX_LINE


class FileError(Exception):
    """A file that cannot be read; the only argument is a sentence to translate, which says what to do."""


# -- reading ------------------------------------------------------------------------------------

def read_table(content, encoding=None, delimiter=None, max_rows=50000, header_number=None, sheet=None,
               guess=None, known_sheets=None):
    """Read a CSV or XLSX file; the first row with names of columns that are known names them, else the first row.

    :param content: bytes
    :param encoding, delimiter: of a CSV file; found out by default
    :param header_number: of the row that names the columns; found out by default
    :param sheet: name of a sheet of a workbook; found out by default
    :param guess: function as :func:`guess_fields`, which is the default
    :param known_sheets: :class:`KnownSheets` by whose headings a file is recognised, too
    :return: :class:`Table`
    :raise FileError: unless it is such a file with a row below its header
    """
    if len(content) > MAX_BYTES:
        raise FileError(_lt("The file is larger than 20 MB: split it."))
    known_sheets = known_sheets or KnownSheets()
    head = _Head(guess or guess_fields, known_sheets)
    encodings, sheets, remarks = (), (), []
    if content[:4] == b'PK\x03\x04':
        kind, encoding, delimiter, book = 'xlsx', False, False, _open_workbook(content)
        sheet, sheets, others = _find_sheet(book, sheet, head)
        if others:
            remarks.append(_lt("Other sheets with data are not imported: %(sheets)s.", sheets=', '.join(others)))
        if book.hidden_sheets:
            remarks.append(_lt("Hidden sheets are not imported: %(sheets)s.", sheets=', '.join(
                name[:64] for name in book.hidden_sheets[:20])))
        records = _read_workbook(book, sheet)
    elif content[:8] == b'\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1':
        raise FileError(_lt("The file has an old spreadsheet format: save it as XLSX or CSV."))
    elif _is_document(content):
        raise FileError(_lt(
            "The file is a document, not a table: open it in a spreadsheet, and save it as XLSX or CSV."))
    else:
        kind, book, sheet = 'csv', None, False
        if not encoding:
            text, found = order_file_text.read(content, lambda text: _has_known_name(text, known_sheets.names))
            encoding, encodings = found.encoding, () if found.is_sure else tuple(found.candidates)
        else:
            text = _decode(content, encoding)
        text, named = order_file_csv.split_sep_line(text)
        delimiter = delimiter or (named if named in DELIMITERS else order_file_csv.find_delimiter(text, head.rate))
        records = _read_csv(text, delimiter)
    table = _collect(head.find(_bound(records, max_rows), header_number), kind, max_rows, head.guess)
    return Table(
        kind, encoding, delimiter, table.header, table.rows, head.number, sheet or False,
        frozenset(book.hidden if book else ()), encodings, sheets, (*remarks, *head.remarks, *table.remarks))


def _is_document(content):
    """:return: whether a file is none of texts and separators; programs call web pages with a table spreadsheets"""
    start = content[:1000].removeprefix(b'\xef\xbb\xbf').lstrip().lower()
    return start.startswith((b'%pdf', b'{\\rtf', b'<!doctype', b'<html', b'<table', b'<?xml', b'<meta', b'<style'))


class KnownSheets:
    """The headings of known sheets (``order.channel.sheet``)."""

    def __init__(self, marks=(), names=frozenset()):
        """
        :param marks: list of the marks of each sheet, a list of sets of simplified headings one of which is there
        :param names: set of the simplified headings of all sheets
        """
        self.marks, self.names = marks, names

    def count_marks(self, header):
        """:return: number of the marks of the sheet that a list of headings is, 0 if it is none"""
        names = {simplify(name) for name in header if name}
        return max((
            len(marks) for marks in self.marks if marks and all(not names.isdisjoint(mark) for mark in marks)),
            default=0)


class _Head:
    """Finds the row that names the columns, which is not always the first one."""

    def __init__(self, guess, known_sheets):
        self.guess, self.known_sheets, self.number, self.remarks = guess, known_sheets, 0, []

    def rate(self, cells):
        """:return: how many different fields the cells of a row name; the headings of a known sheet are beyond doubt"""
        if not any(cells):
            return 0
        names = [to_text(cell)[:256] for cell in cells]
        return len(set(filter(None, self.guess(names)))) + SURE * self.known_sheets.count_marks(names)

    def rate_required(self, rows):
        """:return: how many of the fields that every order needs are named in the row that names the most"""
        return max(
            (self._count_required([to_text(cell)[:256] for cell in cells]) for _number, cells in rows), default=0)

    def _count_required(self, names):
        return len(REQUIRED_FIELDS) if self.known_sheets.count_marks(names) else len(
            set(REQUIRED_FIELDS).intersection(self.guess(names)))

    def find(self, records, header_number=None):
        """
        :param records: iterator of pairs (number, cells)
        :param header_number: where a person has said which row it is
        :return: iterator of the pairs from that row on
        """
        first = list(itertools.islice((pair for pair in records if any(_is_said(cell) for cell in pair[1])), HEAD_ROWS))
        index = 0
        if header_number:
            # Rows that are far below are data.
            index = next((index for index, (number, _cells) in enumerate(first) if number == header_number), None)
            if index is None:
                raise FileError(_lt(
                    "The column names are expected in row %(row)s: enter the number of one of the first rows that is "
                    "not empty.", row=header_number))
        elif first:
            rates = [self.rate(cells) for _number, cells in first]
            best = max(rates)
            if best >= 3 and best > 2 * rates[0] or best >= 2 and not rates[0]:
                index = rates.index(best)
        if first:
            self.number = first[index][0]
        if index:
            text = ' · '.join(filter(None, (to_text(cell) for _number, cells in first[:index] for cell in cells)))
            self.remarks.append(_lt(
                "Rows above the column names are not imported: %(text)s", text=clean_text(text[:200])))
        return itertools.chain(first[index:], records)


def _is_said(cell):
    return cell not in (None, '') and not (isinstance(cell, dict) and 'row' in cell)


def _bound(records, max_rows):
    """:return: the rows, empty ones among them, as far as a sheet has any"""
    for pair in records:
        if pair[0] > MAX_NUMBER:
            raise FileError(_lt("The file has more than %(limit)s rows: split it.", limit=max_rows))
        yield pair


def _collect(records, kind, max_rows, guess):
    """Take the rows in.

    :param records: iterator of pairs (number, cells), the first of which names the columns
    :param guess: function as :func:`guess_fields`
    :return: :class:`Table` of header, rows and remarks
    """
    header, names, rows, size, repeated, lengths = None, [], [], 0, [], []
    for number, cells in records:
        fault = cells.pop() if cells and isinstance(cells[-1], dict) and 'row' in cells[-1] else None
        length = len(cells)
        while cells and cells[-1] in (None, ''):
            cells.pop()
        if not cells:
            continue
        if header is None:
            if len(cells) > MAX_COLUMNS:
                raise FileError(_lt("The file has more than 200 columns: remove those that are not related to orders."))
            header = [clean_cell(to_text(cell)[:256]) for cell in cells]
            names = list(map(simplify, header))
            continue
        if _is_header(cells, header, names):
            repeated.append(number)
            continue
        if len(rows) >= max_rows:
            raise FileError(_lt("The file has more than %(limit)s rows: split it.", limit=max_rows))
        if len(cells) > len(header):
            if kind == 'xlsx' and len(cells) <= MAX_COLUMNS:
                # What stands beside a sheet has a column, though it has no name.
                header += [''] * (len(cells) - len(header))
            else:
                cells, fault = cells[:len(header) + 20], fault or {'row': 'long' if kind == 'csv' else 'far'}
                while cells and cells[-1] in (None, ''):
                    cells.pop()
        kept = [keep_cell(cell) for cell in cells]
        size += sum(len(cell) for cell in kept if isinstance(cell, str))
        if size > MAX_TEXT:
            raise FileError(_lt("The file contains more text than orders require: remove the columns with long texts, "
                                "or split the file."))
        lengths.append(length)
        rows.append((number, [*kept, fault] if fault else kept))
    if not rows:
        raise FileError(_lt("The file has no rows below the column names: select another file."))
    if kind == 'csv':
        _mark_torn_rows(rows, lengths, len(header), [
            index for index, field in enumerate(guess(header)) if field in REQUIRED_FIELDS])
    _mark_lost_digits(rows)
    remarks = [_lt(
        "Rows that repeat the column names are not imported: %(rows)s.", rows=', '.join(map(str, repeated[:20]))
    )] if repeated else []
    return Table(kind, False, False, header, rows, remarks=remarks)


def _is_header(cells, header, names):
    """:return: whether a row repeats the names of the columns"""
    return to_text(cells[0])[:256] == header[0] and len(cells) > 1 and [
        simplify(to_text(cell)[:256]) for cell in cells] == names[:len(cells)] and 2 * len(cells) > len(header)


def _mark_torn_rows(rows, lengths, width, required):
    """A text with an end of a line and without quotation marks makes two rows of one, together as long as one.

    :param required: indexes of the columns that each row of an order has
    """
    short = [index for index, length in enumerate(lengths) if length < width]
    if 5 * len(short) > len(rows) and len(rows) > 5:
        # In such a file rows end where they are empty.
        return
    for index in short:
        if index + 1 < len(rows) and lengths[index + 1] < width and lengths[index] + lengths[index + 1] == width + 1:
            if required and all(
                    position < len(cells) and cells[position] not in (None, '')
                    for _number, cells in rows[index:index + 2] for position in required):
                # Two rows that end where they are empty.
                continue
            for _number, cells in rows[index:index + 2]:
                if not isinstance(cells[-1], dict) or 'row' not in cells[-1]:
                    cells.append({'row': 'torn'})


def _mark_lost_digits(rows):
    """Spreadsheets keep fifteen digits and write zeros for the others; then all longer numbers of a column end so."""
    columns, kept = {}, set()
    for number, cells in rows:
        for index, cell in enumerate(cells):
            if isinstance(cell, str) and 15 < len(cell) <= 30 and cell.isascii() and cell.isdigit():
                if cell[15:].strip('0'):
                    kept.add(index)
                else:
                    columns.setdefault(index, []).append((number, cells))
    for index, found in columns.items():
        texts = {cells[index] for _number, cells in found}
        # One number may end like that by itself.
        if index not in kept and sum(len(text) - 15 for text in texts) >= (3 if len(texts) > 1 else 4):
            for _number, cells in found:
                cells[index] = {'text': cells[index], 'problem': 'digits'}


def find_encoding(content):
    """:return: one of ``ENCODINGS``, the one in which the text makes sense"""
    return order_file_text.find_encoding(content, _has_known_name).encoding


def _has_known_name(text, names=frozenset()):
    """:param names: set of simplified headings of known sheets
    :return: whether one of the first lines has the name of a column that is no plain ASCII"""
    for line in text[:10_000].splitlines()[:3]:
        for delimiter in DELIMITERS:
            for name in line.split(delimiter)[:MAX_COLUMNS]:
                if not name.isascii() and len(name) >= 2 and (
                        (name := simplify(name.strip(' "'))) in _FIELD_BY_NAME or name in names):
                    return True
    return False


def _decode(content, encoding):
    try:
        return order_file_text.decode(content, encoding)
    except UnicodeDecodeError as error:
        raise FileError(_lt("The encoding of the file is not %(encoding)s: select another one.",
                            encoding=encoding)) from error


def find_delimiter(text):
    """:return: the one of ``DELIMITERS`` that splits the first rows into names that are known, else the most columns"""
    return order_file_csv.find_delimiter(text, _Head(guess_fields, KnownSheets()).rate)


def _read_csv(text, delimiter):
    """:return: iterator of pairs (number of the row, list of cells)"""
    try:
        for number, row in enumerate(order_file_csv.Records(text, delimiter), start=1):
            fault = [row.pop()] if row and isinstance(row[-1], dict) else []
            cells = [remove_guard(cell.strip(BLANKS)) for cell in row[:MAX_COLUMNS]]
            # That there are more columns is enough.
            yield number, cells + (['…'] if any(row[MAX_COLUMNS:]) else []) + fault
    except order_file_csv.LineTooLong as error:
        raise FileError(_lt(
            "A line of the file is too long for an order: select another separator or file.")) from error


def _open_workbook(content):
    try:
        return order_workbook.Workbook(content, MAX_COLUMNS)
    except order_workbook.TooLarge as error:
        raise FileError(_lt("The unpacked file is too large: save the orders as a CSV file.")) from error
    except Exception as error:
        raise FileError(_lt("The file cannot be read as a workbook: open it and save it as XLSX or CSV.")) from error


def _find_sheet(book, name, head):
    """:return: (name of the sheet with the orders, names of those that may have them, names of others with data)"""
    if name:
        sheet = next((sheet for sheet in book.sheets if sheet.casefold() == name.strip().casefold()), None)
        if sheet is None:
            raise FileError(_lt(
                "The file has no visible sheet “%(sheet)s”: enter one of %(sheets)s.", sheet=name,
                sheets=', '.join(book.sheets)))
        return sheet, (), [other for other in book.sheets if other != sheet]
    if len(book.sheets) < 2:
        return next(iter(book.sheets), None), (), ()
    rates = {}
    for sheet in book.sheets:
        rows = [pair for pair in _guard_reading(lambda sheet=sheet: book.read_head(sheet)) if any(pair[1])]
        if rows:
            rates[sheet] = (head.rate_required(rows), max(head.rate(cells) for _number, cells in rows), len(rows) > 1)
    if not rates:
        return book.sheets[0], (), ()
    best = max(rates.values())
    sheets = [sheet for sheet, rate in rates.items() if rate == best or rate[0] == len(REQUIRED_FIELDS)]
    if len(sheets) > 1:
        return sheets[0], tuple(sheets), ()
    return sheets[0], (), [sheet for sheet in rates if sheet != sheets[0]]


def _read_workbook(book, sheet):
    """:return: iterator as of :func:`_read_csv` over a sheet; formulas as the values that they had when it was saved"""
    if sheet is None:
        return
    rows = book.read_rows(sheet)
    while pair := _guard_reading(lambda: next(rows, None)):
        yield pair


def _guard_reading(read):
    """:raise FileError: where reading a workbook fails, whatever for"""
    try:
        return read()
    except order_workbook.TooLarge as error:
        raise FileError(_lt("The unpacked file is too large: save the orders as a CSV file.")) from error
    except Exception as error:
        raise FileError(_lt("The file cannot be read as a workbook: open it and save it as XLSX or CSV.")) from error


# -- columns ------------------------------------------------------------------------------------

def guess_fields(header, known=None, labels=()):
    """What the columns hold, by their names.

    :param header: list of names
    :param known: dict simplified name → field or False, of former files; wins. Of columns of one name it has the second
        under the pair (simplified name, 2), and so on
    :param labels: pairs (field, translated label)
    :return: list of a field or False per column; none twice
    """
    known = known or {}
    by_name = _FIELD_BY_NAME | {simplify(label): field for field, label in labels} | {
        simplify(field): field for field, _label in COLUMN_FIELDS} | known
    taken, fields = set(), []
    for heading, (name, occurrence) in zip(header, number_names(header)):
        field = (known.get((name, occurrence)) if occurrence > 1 and (name, occurrence) in known else
                 by_name.get(name)) or False
        if name and name not in by_name:
            # Unit Price (EUR)
            found = by_name.get(simplify(split_currency(heading)[0]))
            field = found in MONEY_FIELDS and found
        fields.append(False if field in taken else field)
        taken.add(field)
    return fields


def number_names(header):
    """:return: list of pairs (simplified name, how many columns up to this one have it)"""
    counts, pairs = {}, []
    for name in map(simplify, header):
        counts[name] = counts.get(name, 0) + 1
        pairs.append((name, counts[name]))
    return pairs


def find_twins(table):
    """:return: list of groups of indexes of columns that have one name and do not say the same"""
    groups = {}
    for index, name in enumerate(table.header):
        if name:
            groups.setdefault(name.casefold(), []).append(index)
    return [group for group in groups.values() if len(group) > 1 and any(
        len({to_text(cells[index]) if index < len(cells) else '' for index in group}) > 1
        for _number, cells in table.rows)]
