"""The cells of a workbook (XLSX), read part by part with a bound on whatever its sender can make large.

A library that opens the whole workbook first does what the file says: fills up two thousand million rows before a cell,
copies a text of a kilobyte a million times, reads the same sheet as often as it is listed. Here each part is unpacked
once, piece by piece, and what is larger than any file of orders ends the reading where that shows. Knows nothing of
Odoo's models.

What a spreadsheet shows is what is read: a number with its zeros in front, per cent as it is written. A cell that shows
something else than it holds, or nothing that holds, is a dict: ``text`` as it is shown, ``value`` of a number,
``problem`` where it cannot be taken at its word. A row that is not shown ends with the dict ``HIDDEN``.
"""
import contextlib
import io
import itertools
import math
import posixpath
import re
import zipfile
from datetime import date, datetime
from xml.parsers import expat

from openpyxl.utils.datetime import MAC_EPOCH, WINDOWS_EPOCH, from_excel

from .order_workbook_format import MAX_DIGITS, read_format, show_number, show_text

# What all parts that are read may unpack to, and how many elements they may have: some, and then as many as the bytes
# of the file can tell apart. Cells that say something are packed into a byte or two.
MAX_UNPACKED = 150 * 1024 * 1024
MAX_ELEMENTS = 8_000_000
FREE_ELEMENTS = 500_000
ELEMENTS_PER_BYTE = 4
# Parts of a package; a workbook has some dozens.
MAX_PARTS = 10_000
# As many as spreadsheets have.
MAX_ROW = 1_048_576
MAX_STYLES = 65_490
MAX_CELL = 32_767
# A longer number is none that a cell can hold; Excel allows so many signs in a format.
MAX_NUMBER = 64
MAX_FORMAT = 255
# Sheets whose beginnings are looked at, and rows of each.
MAX_SHEETS = 20
HEAD_ROWS = 30
MAX_MERGES = 200_000

# The parser begins a token (a tag, a comment) anew with each piece that does not end it, so that none may be long.
_PIECE = 1024 * 1024
_TRUE = ('1', 'true', 'on')
_MAX_TOKEN = 2 * 1024 * 1024


class TooLarge(Exception):
    """A workbook that is larger than it looks, or than any file of orders."""


# A row that the spreadsheet does not show.
HIDDEN = {'row': 'hidden'}


class Workbook:
    """A workbook whose sheets are read one by one.

    :ivar sheets: names of the visible sheets
    :ivar hidden_sheets: names of the others
    :ivar hidden: set of the indexes of the columns that the sheet that was read last does not show
    """

    def __init__(self, content, max_columns):
        """
        :param content: bytes
        :param max_columns: cells to the right of these are left out; a last column says that there are any
        :raise TooLarge: where a bound is passed
        :raise Exception: whatever a file that is no workbook leads to
        """
        if content.count(b'PK\x01\x02') > MAX_PARTS:
            raise TooLarge
        self.book = _Book(zipfile.ZipFile(io.BytesIO(content)))
        self.max_columns, self.hidden = max_columns, set()
        self.book.prepare()
        self.sheets, self.hidden_sheets = list(self.book.paths), self.book.workbook.hidden

    def read_head(self, sheet):
        """:return: list of the first rows of a sheet, as of :meth:`read_rows`"""
        with contextlib.closing(self.read_rows(sheet)) as rows:
            return list(itertools.islice(rows, HEAD_ROWS))

    def read_rows(self, sheet):
        """Read a sheet; formulas as the values that they had when it was saved.

        :param sheet: one of the names
        :return: iterator of pairs (number of the row, list of cells) for the rows that hold a cell; a cell is a text,
            a number, a bool, a date, a time, a datetime, a timedelta, a dict or None
        """
        for number, cells in self.book.read_rows(sheet, self.max_columns):
            self.hidden = self.book.hidden
            yield number, cells


class _Book:

    def __init__(self, archive):
        self.archive = archive
        self.parts = {info.filename: info for info in archive.infolist()}
        self.unpacked = self.searched = self.elements = 0
        self.allowed = FREE_ELEMENTS
        self.paths, self.merges, self.hidden = {}, {}, set()

    def prepare(self):
        """Find the visible sheets, and what all of them share."""
        path = self.find_target('', '/officeDocument') or 'xl/workbook.xml'
        targets = self.read_targets(path)
        self.workbook = self.parse_whole(path, _Workbook())
        for key, name in self.workbook.sheets[:MAX_SHEETS]:
            kind, target = targets.get(key, ('', ''))
            if kind.endswith('/worksheet') and target in self.parts and target not in self.paths.values():
                self.paths.setdefault(name, target)
        self.strings, self.styles = _Strings(), _Styles()
        for kind, handler in (('/sharedStrings', self.strings), ('/styles', self.styles)):
            target = next((target for _key, (name, target) in targets.items() if name.endswith(kind)), None)
            if target in self.parts:
                self.parse_whole(target, handler)
        self.formats = self.styles.get_formats()

    def read_rows(self, sheet, max_columns):
        path = self.paths[sheet]
        if path not in self.merges:
            self.merges[path] = self.find_merges(path, max_columns)
        handler = _Sheet(self, max_columns)
        self.hidden = handler.hidden
        rows = self.read_unmerged(path, handler)
        return _fill_merged(rows, self.merges[path]) if self.merges[path] else rows

    def read_unmerged(self, path, handler):
        for _piece in self.parse(path, handler):
            rows, handler.rows = handler.rows, []
            yield from rows

    def find_merges(self, path, max_columns):
        """:return: dict (row, column) → last row, of the cells that are merged with cells below; a sheet says so behind
            its rows"""
        merges, rest = {}, b''
        with self.archive.open(self.get_part(path)) as stream:
            while piece := stream.read(_PIECE):
                self.searched += len(piece)
                if self.searched > MAX_UNPACKED:
                    raise TooLarge
                piece = rest + piece
                if b'mergeCell ' in piece:
                    for match in re.finditer(
                            rb'<(?:\w{1,20}:)?mergeCell ref="([A-Z]{1,3})(\d{1,7}):[A-Z]{1,3}(\d{1,7})"', piece):
                        column, first, last = _read_column(match[1].decode()), int(match[2]), int(match[3])
                        if last > first and column <= max_columns:
                            merges[first, column] = last
                    if len(merges) > MAX_MERGES:
                        raise TooLarge
                rest = piece[-80:]
        return merges

    def find_target(self, path, kind):
        return next((target for name, target in self.read_targets(path).values() if name.endswith(kind)), None)

    def read_targets(self, path):
        """:return: dict id → pair (kind, path) of the parts that a part is related to"""
        folder, name = posixpath.split(path)
        relations = posixpath.join(folder, '_rels', f'{name}.rels')
        if relations not in self.parts:
            return {}
        return {
            key: (kind, posixpath.normpath(posixpath.join('/', folder, target)).lstrip('/'))
            for key, kind, target in self.parse_whole(relations, _Relations()).targets}

    def parse_whole(self, path, handler):
        for _piece in self.parse(path, handler):
            pass
        return handler

    def parse(self, path, handler):
        """Parse a part; pauses after each piece.

        :raise TooLarge: where it makes the workbook too large
        """
        info = self.get_part(path)
        self.allowed = min(self.allowed + ELEMENTS_PER_BYTE * info.compress_size, MAX_ELEMENTS)
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = self.refuse
        parser.StartElementHandler = self.count(handler.start)
        parser.EndElementHandler = lambda name: handler.end(_local(name))
        parser.CharacterDataHandler = handler.text
        size = 0
        with self.archive.open(info) as stream:
            while piece := stream.read(_PIECE):
                size += len(piece)
                self.unpacked += len(piece)
                if self.unpacked > MAX_UNPACKED:
                    raise TooLarge
                parser.Parse(piece, False)
                if size - parser.CurrentByteIndex > _MAX_TOKEN:
                    raise TooLarge
                yield
        parser.Parse(b'', True)
        yield

    def get_part(self, path):
        info = self.parts[path]
        # What other methods unpack at a time has no bound.
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise TooLarge
        return info

    def count(self, start):
        def counted(name, attributes):
            self.elements += 1
            if self.elements > self.allowed:
                raise TooLarge
            start(_local(name), attributes)
        return counted

    @staticmethod
    def refuse(*_declaration):
        # Entities can say more than their text; no spreadsheet program declares any.
        raise TooLarge


def _fill_merged(rows, merges):
    """What merged cells say, they say in each of their rows."""
    open_cells = {}
    for number, cells in rows:
        marks = cells[-1:] if cells and cells[-1] is HIDDEN else []
        if marks:
            cells = cells[:-1]
        for column, (last, cell) in list(open_cells.items()):
            if number > last:
                del open_cells[column]
            else:
                cells += [None] * (column - len(cells))
                if cells[column - 1] is None:
                    cells[column - 1] = cell
        for index, cell in enumerate(cells):
            if (last := merges.get((number, index + 1))) and cell is not None:
                cells[index] = {'text': None, **(cell if isinstance(cell, dict) else {'value': cell}), 'merged': True}
                open_cells[index + 1] = last, cells[index]
        yield number, cells + marks


def _local(name):
    return name[name.find(':') + 1:]


class _Handler:
    """What is done with the elements of a part; names come without their prefix."""

    def start(self, name, attributes):
        pass

    def end(self, name):
        pass

    def text(self, text):
        pass


class _Relations(_Handler):

    def __init__(self):
        self.targets = []

    def start(self, name, attributes):
        if name == 'Relationship' and attributes.get('TargetMode') != 'External':
            self.targets.append((attributes['Id'], attributes['Type'], attributes['Target']))


class _Workbook(_Handler):

    def __init__(self):
        # Pairs (id of the relation, name) of the visible sheets, names of the others.
        self.sheets, self.hidden = [], []
        self.epoch = WINDOWS_EPOCH
        # Programs that do not calculate ask the spreadsheet to do so, and write zeros or nothing meanwhile.
        self.is_calculated = True

    def start(self, name, attributes):
        if name == 'sheet' and attributes.get('state', 'visible') != 'visible':
            self.hidden.append(attributes.get('name', ''))
        elif name == 'sheet':
            self.sheets += [
                (value, attributes.get('name', '')) for key, value in attributes.items() if key.endswith(':id')][:1]
        elif name == 'workbookPr' and attributes.get('date1904') in _TRUE:
            self.epoch = MAC_EPOCH
        elif name == 'calcPr':
            self.is_calculated = attributes.get('fullCalcOnLoad') not in _TRUE


class _Styles(_Handler):

    def __init__(self):
        self.codes, self.styles = {}, []
        self.inside = False

    def start(self, name, attributes):
        if name == 'numFmt' and len(attributes.get('formatCode', '')) <= MAX_FORMAT:
            self.codes[attributes['numFmtId']] = attributes['formatCode']
        elif name == 'cellXfs':
            self.inside = True
        elif name == 'xf' and self.inside:
            self.styles.append(attributes.get('numFmtId', '0'))
            if len(self.styles) > MAX_STYLES:
                raise TooLarge

    def end(self, name):
        if name == 'cellXfs':
            self.inside = False

    def get_formats(self):
        """:return: list of one :class:`order_workbook_format.NumberFormat` or None per style"""
        formats = {key: read_format(key, self.codes.get(key)) for key in set(self.styles)}
        return [formats[key] for key in self.styles]


class _Texts(_Handler):
    """Collects the text of the elements ``t``, without the readings of Chinese signs."""

    def __init__(self):
        self.snippets, self.length = [], 0
        self.collecting = self.reading = False

    def start(self, name, attributes):
        self.start_text(name)

    def start_text(self, name):
        if name == 'rPh':
            self.reading = True
        elif name == 't':
            self.collecting = not self.reading

    def end_text(self, name):
        if name == 'rPh':
            self.reading = False
        elif name == 't':
            self.collecting = False

    def text(self, text):
        # The rest of a text that is longer than a cell can be is left out.
        if self.collecting and self.length < MAX_CELL:
            self.snippets.append(text[:MAX_CELL - self.length])
            self.length += len(self.snippets[-1])

    def take(self):
        text, self.snippets, self.length = ''.join(self.snippets), [], 0
        return text


class _Strings(_Texts):

    def __init__(self):
        super().__init__()
        self.texts = []

    def end(self, name):
        self.end_text(name)
        if name == 'si':
            self.texts.append(_unescape(self.take()))


class _Sheet(_Texts):

    def __init__(self, book, max_columns):
        super().__init__()
        self.strings, self.formats = book.strings.texts, book.formats
        self.epoch, self.is_calculated = book.workbook.epoch, book.workbook.is_calculated
        self.max_columns = max_columns
        self.rows, self.hidden = [], set()
        self.number = self.column = 0
        self.cells = self.kind = self.style = None
        self.is_formula = self.is_hidden = False

    def start(self, name, attributes):
        if name == 'c' and self.cells is not None:
            self.column = _read_column(attributes['r']) if 'r' in attributes else self.column + 1
            self.kind, self.style, self.is_formula = attributes.get('t', 'n'), attributes.get('s', '0'), False
        elif name == 'f':
            self.is_formula = True
        elif name == 'v':
            self.collecting = self.kind not in (None, 'inlineStr')
        elif name == 't':
            if self.kind == 'inlineStr':
                self.start_text(name)
        elif name == 'row':
            number = int(attributes['r'][:9]) if 'r' in attributes else self.number + 1
            if not self.number < number <= MAX_ROW:
                raise ValueError("a row is where no row can be")
            self.number, self.column, self.cells = number, 0, {}
            self.is_hidden = _is_hidden(attributes, 'ht')
        elif name == 'rPh':
            self.start_text(name)
        elif name == 'col' and _is_hidden(attributes, 'width'):
            first, last = int(attributes.get('min', '1')[:9]), int(attributes.get('max', '1')[:9])
            self.hidden.update(range(first - 1, min(last, self.max_columns)))

    def end(self, name):
        if name == 'c' and self.kind is not None:
            self.keep(self.take())
            self.kind = None
        elif name == 'v':
            self.collecting = False
        elif name == 'row':
            if self.cells:
                cells = [self.cells.get(column) for column in range(1, max(self.cells) + 1)]
                self.rows.append((self.number, cells + [HIDDEN] if self.is_hidden else cells))
            self.cells = None
        else:
            self.end_text(name)

    def keep(self, text):
        value = self.get_value(text) if text else None
        if self.is_formula and (
                value in (None, '', 0) and not self.is_calculated or value is None and self.kind != 'str'):
            value = {'text': '=…', 'problem': 'formula'}
        if value is not None:
            if self.column <= self.max_columns:
                self.cells[self.column] = value
            elif value not in (None, ''):
                self.cells[self.max_columns + 1] = value

    def get_format(self):
        index = int(self.style[:9])
        return self.formats[index] if index < len(self.formats) else None

    def get_value(self, text):
        """:return: what a cell says, as the spreadsheet shows it: 15 for 15 %, of which the file says 0.15"""
        if self.kind == 's':
            return show_text(self.strings[int(text[:9])], self.get_format())
        if self.kind == 'b':
            return bool(int(text[:9]))
        if self.kind == 'e':
            return {'text': text[:MAX_NUMBER], 'problem': 'error'}
        if self.kind in ('str', 'inlineStr'):
            return show_text(_unescape(text), self.get_format())
        if self.kind == 'd':
            return _read_moment(text)
        if self.kind != 'n' or len(text) > MAX_NUMBER:
            return text
        try:
            # As many digits as a spreadsheet shows of it: 0.3, where 0.30000000000000004 is stored.
            value = float(f'{float(text):.{MAX_DIGITS}g}') if any(sign in text for sign in '.eE') else int(text)
        except ValueError:
            return text
        style = self.get_format()
        if style and style.kind in ('date', 'timedelta'):
            try:
                return from_excel(value, self.epoch, timedelta=style.kind == 'timedelta')
            except (OverflowError, ValueError):
                return {'text': '#VALUE!', 'problem': 'error'}
        if isinstance(value, int) and abs(value) >= 10 ** MAX_DIGITS or (
                isinstance(value, float) and 10 ** MAX_DIGITS <= abs(value) < math.inf):
            return {'text': text, 'problem': 'digits'}
        if style and style.kind == 'percent':
            value = round(value * 100, 10)
            return {'text': f'{value:.{MAX_DIGITS}g}%', 'value': value, 'percent': True}
        return show_number(value, style) if style and abs(value) < math.inf else value


def _is_hidden(attributes, size):
    """:return: whether a row or a column is hidden, or has no size"""
    return attributes.get('hidden') in _TRUE or attributes.get(size) in ('0', '0.0')


def _unescape(text):
    """:return: text in which _x000D_ and the like are the signs that they mean"""
    return re.sub(r'_x([0-9A-Fa-f]{4})_', lambda match: chr(int(match[1], 16)), text) if '_x' in text else text


def _read_column(coordinate):
    """:return: 28 of ``AB12``"""
    column = 0
    for sign in coordinate[:4]:
        if not 'A' <= sign <= 'Z':
            break
        column = 26 * column + ord(sign) - 64
    if not column:
        raise ValueError("a cell is in no column")
    return column


def _read_moment(text):
    try:
        return date.fromisoformat(text) if len(text) == 10 else datetime.fromisoformat(text[:32].rstrip('Z'))
    except ValueError:
        return text[:MAX_NUMBER]
