"""CSV files as they really are: lines, records and separators, without the ORM.

Python's own reader closes a quotation mark that was left open at the next one, some orders further down. Here such a
row is told from a text of several lines, given back by itself, and reading goes on with the line below.
"""
import csv
import io
import re
from collections import Counter, deque

DELIMITERS = (',', ';', '\t', '|')

# A line of a file of orders is shorter, and no text of a cell has more lines.
MAX_LINE = 2 * 1000 * 1000
MAX_RECORD_LINES = 500
# The beginning of a file tells how it is written.
MAX_SAMPLE = 100 * 1000
SAMPLE_LINES = 40

# A row that cannot be read, beside what can be told of its cells.
BROKEN = {'row': 'quote'}


class LineTooLong(Exception):
    """A line that is none of a file of orders."""


class _Unclosed(Exception):
    """More lines than a cell has."""


def split_sep_line(text):
    """:return: pair (text without a first line such as ``sep=;``, its separator or None)"""
    match = re.match(r'"?sep=([^\r\n])"?(?:\r\n|\r|\n)', text, re.IGNORECASE)
    return (text[match.end():], match.group(1)) if match else (text, None)


def split_lines(text):
    """:return: iterator of the lines with their ends, whichever of the three usual ones each has
    :raise LineTooLong: where a line is longer than any of a file of orders
    """
    for line in io.StringIO(text, newline=''):
        if len(line) > MAX_LINE:
            raise LineTooLong
        yield line


def _sample(text):
    lines = list(io.StringIO(text[:MAX_SAMPLE], newline=''))
    if len(text) > MAX_SAMPLE and len(lines) > 1:
        # The last one may be cut off.
        del lines[-1]
    return [line for line in lines if line.strip()][:SAMPLE_LINES]


def find_delimiter(text, rate_header=None):
    """:param rate_header: function (list of texts) → how many of them are names of columns
    :return: the one of ``DELIMITERS`` that splits the first rows into known names, else into the most columns"""
    sample = _sample(text)

    def rate(delimiter):
        try:
            rows = [row for row in csv.reader(sample, delimiter=delimiter) if row]
        except csv.Error:
            return (0, 0, 0)
        known = max((rate_header(row[:200]) for row in rows if len(row) > 1), default=0) if rate_header else 0
        lengths = list(map(len, rows))
        return (known, min(lengths, default=0), sum(lengths))

    return max(DELIMITERS, key=rate)


class Records:
    """The rows of a CSV text, each a list of texts; one that cannot be read ends with ``BROKEN``."""

    def __init__(self, text, delimiter):
        self.options = {'delimiter': delimiter, 'skipinitialspace': True}
        self.source, self.pending, self.taken = iter(_sample(text)), deque(), []
        self.width = None
        lengths = Counter(len(row) for row in self if len(row) > 1 and row[-1] is not BROKEN)
        self.width = max(lengths, key=lengths.get, default=None)
        self.source = split_lines(text)

    def split(self, line):
        """:return: the cells of one line by itself, as far as they can be told"""
        try:
            return next(csv.reader([line.rstrip('\r\n')], **self.options), [])
        except csv.Error:
            return [line]

    def take(self):
        while True:
            if self.pending:
                line = self.pending.popleft()
            else:
                line = next(self.source, None)
                if line is None:
                    return
            self.taken.append(line)
            if len(self.taken) > MAX_RECORD_LINES:
                raise _Unclosed
            yield line

    def __iter__(self):
        reader = csv.reader(self.take(), strict=True, **self.options)
        while True:
            self.taken.clear()
            try:
                row = next(reader)
            except StopIteration:
                return
            except (csv.Error, _Unclosed):
                row = self.mend()
                reader = csv.reader(self.take(), strict=True, **self.options)
            if row is None or (len(self.taken) > 1 and self.has_swallowed(row)):
                first, *others = self.taken
                self.pending.extendleft(reversed(others))
                row = [*self.split(first), BROKEN]
            yield row

    def mend(self):
        """:return: the cells of a line whose only fault are blanks behind a quotation mark, else None"""
        if len(self.taken) != 1:
            return None
        delimiter = self.options['delimiter']
        parts = self.taken[0].rstrip().split(delimiter)
        line = delimiter.join(part.rstrip() if part.rstrip().endswith('"') else part for part in parts)
        try:
            return next(csv.reader([line], strict=True, **self.options), None)
        except csv.Error:
            return None

    def has_swallowed(self, row):
        """:return: whether the lines of a text in a row are rather rows of their own"""
        if not self.width:
            return False
        for index, cell in enumerate(row):
            _first, *inner = cell.replace('\r\n', '\n').replace('\r', '\n').split('\n')
            if not inner:
                continue
            last = inner.pop()
            if any(len(self.split(line)) == self.width for line in inner):
                return True
            # The last line of a text in one of the first columns may look like a row, too.
            if len(self.split(last)) > 1 and len(self.split(self.taken[-1])) == self.width and (
                    index > 1 or len(row) != self.width):
                return True
        return False
