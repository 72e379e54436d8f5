"""The cells of a workbook (XLSX), read part by part with a bound on whatever its sender can make large.

A library that opens the whole workbook first does what the file says: fills up two thousand million rows before a cell,
copies a text of a kilobyte a million times, reads the same sheet as often as it is listed. Here each part is unpacked
once, piece by piece, and what is larger than any file of orders ends the reading where that shows. Knows nothing of
Odoo's models.
"""
import io
import posixpath
import zipfile
from datetime import date, datetime
from xml.parsers import expat

from openpyxl.styles.numbers import BUILTIN_FORMATS, is_date_format, is_timedelta_format
from openpyxl.utils.datetime import MAC_EPOCH, WINDOWS_EPOCH, from_excel

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

# The parser begins a token (a tag, a comment) anew with each piece that does not end it, so that none may be long.
_PIECE = 1024 * 1024
_MAX_TOKEN = 2 * 1024 * 1024


class TooLarge(Exception):
    """A workbook that is larger than it looks, or than any file of orders."""


def read_rows(content, max_columns):
    """Read the first visible sheet; formulas as the values that they had when it was saved.

    :param content: bytes
    :param max_columns: cells to the right of these are left out; a last column says that there are any
    :return: iterator of pairs (number of the row, list of cells) for the rows that hold a cell; a cell is a text, a
        number, a bool, a date, a time, a datetime, a timedelta or None
    :raise TooLarge: where a bound is passed
    :raise Exception: whatever a file that is no workbook leads to
    """
    if content.count(b'PK\x01\x02') > MAX_PARTS:
        raise TooLarge
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        yield from _Book(archive).read_rows(max_columns)


class _Book:

    def __init__(self, archive):
        self.archive = archive
        self.parts = {info.filename: info for info in archive.infolist()}
        self.unpacked = self.elements = 0
        self.allowed = FREE_ELEMENTS

    def read_rows(self, max_columns):
        path = self.find_target('', '/officeDocument') or 'xl/workbook.xml'
        targets = self.read_targets(path)
        workbook = self.parse_whole(path, _Workbook())
        sheet = next((
            targets[key][1] for key in workbook.sheets
            if key in targets and targets[key][0].endswith('/worksheet') and targets[key][1] in self.parts), None)
        if sheet is None:
            return
        strings, styles = _Strings(), _Styles()
        for kind, handler in (('/sharedStrings', strings), ('/styles', styles)):
            target = next((target for _key, (name, target) in targets.items() if name.endswith(kind)), None)
            if target in self.parts:
                self.parse_whole(target, handler)
        handler = _Sheet(strings.texts, styles.get_formats(), workbook.epoch, max_columns)
        for _piece in self.parse(sheet, handler):
            rows, handler.rows = handler.rows, []
            yield from rows

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
        info = self.parts[path]
        # What other methods unpack at a time has no bound.
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise TooLarge
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
        self.sheets = []
        self.epoch = WINDOWS_EPOCH

    def start(self, name, attributes):
        if name == 'sheet' and attributes.get('state', 'visible') == 'visible':
            self.sheets += [value for key, value in attributes.items() if key.endswith(':id')][:1]
        elif name == 'workbookPr' and attributes.get('date1904') in ('1', 'true'):
            self.epoch = MAC_EPOCH


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
        """:return: list of one of ``date``, ``timedelta``, ``percent`` and None, per style"""
        formats = {}
        for key in set(self.styles):
            code = self.codes.get(key) or BUILTIN_FORMATS.get(int(key[:9] or 0))
            formats[key] = code and (
                'timedelta' if is_timedelta_format(code) else 'date' if is_date_format(code)
                else 'percent' if '%' in code else None)
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
            self.texts.append(self.take().replace('x005F_', ''))


class _Sheet(_Texts):

    def __init__(self, strings, formats, epoch, max_columns):
        super().__init__()
        self.strings, self.formats, self.epoch, self.max_columns = strings, formats, epoch, max_columns
        self.rows = []
        self.number = self.column = 0
        self.cells = self.kind = self.style = None

    def start(self, name, attributes):
        if name == 'c' and self.cells is not None:
            self.column = _read_column(attributes['r']) if 'r' in attributes else self.column + 1
            self.kind, self.style = attributes.get('t', 'n'), attributes.get('s', '0')
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
        elif name == 'rPh':
            self.start_text(name)

    def end(self, name):
        if name == 'c' and self.kind is not None:
            self.keep(self.take())
            self.kind = None
        elif name == 'v':
            self.collecting = False
        elif name == 'row':
            if self.cells:
                self.rows.append((self.number, [
                    self.cells.get(column) for column in range(1, max(self.cells) + 1)]))
            self.cells = None
        else:
            self.end_text(name)

    def keep(self, text):
        if text:
            value = self.get_value(text)
            if self.column <= self.max_columns:
                self.cells[self.column] = value
            elif value not in (None, ''):
                self.cells[self.max_columns + 1] = value

    def get_value(self, text):
        """:return: what a cell says, as the spreadsheet shows it: 15 for 15 %, of which the file says 0.15"""
        if self.kind == 's':
            return self.strings[int(text[:9])]
        if self.kind == 'b':
            return bool(int(text[:9]))
        if self.kind == 'd':
            return _read_moment(text)
        if self.kind != 'n' or len(text) > MAX_NUMBER:
            return text
        try:
            value = float(text) if any(sign in text for sign in '.eE') else int(text)
        except ValueError:
            return text
        index = int(self.style[:9])
        style = self.formats[index] if index < len(self.formats) else None
        if style == 'percent':
            return round(value * 100, 10)
        if style:
            try:
                return from_excel(value, self.epoch, timedelta=style == 'timedelta')
            except (OverflowError, ValueError):
                return '#VALUE!'
        return value


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
