"""What outsiders send is read within bounds: files, mails and payloads that wear a server out are refused at once."""
import ast
import io
import json
import re
import time
import tracemalloc
import zipfile
from contextlib import contextmanager
from datetime import datetime
from email.message import EmailMessage
from importlib import import_module
from pathlib import Path
from unittest.mock import patch

from odoo.tests import BaseCase, tagged
from odoo.tools import mute_logger

from odoo.addons.sale_order_lifecycle.models.channels import order_file, order_payload, order_wire, order_workbook

from .test_order_file import workbook
from .test_order_mail import MailCommon

sre = import_module('re._parser') if hasattr(re, '_parser') else import_module('sre_parse')

ADDON = Path(order_file.__file__).parents[2]
NAMESPACE = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
RELATION = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'


def package(sheet, compression=zipfile.ZIP_DEFLATED, sheets=1, **parts):
    """:return: bytes of a workbook with the text of its sheet, and further parts"""
    relation = f'<Relationship Id="%s" Type="{RELATION}/%s" Target="%s"/>'
    own = {
        '_rels/.rels': f'<Relationships>{relation % ("r", "officeDocument", "/xl/workbook.xml")}</Relationships>',
        'xl/workbook.xml': f'<workbook {NAMESPACE} xmlns:r="{RELATION}"><sheets>%s</sheets></workbook>' % ''.join(
            f'<sheet name="S{number}" sheetId="{number}" r:id="r1"/>' for number in range(1, sheets + 1)),
        'xl/_rels/workbook.xml.rels': '<Relationships>%s%s%s</Relationships>' % (
            relation % ("r1", "worksheet", "worksheets/sheet1.xml"), relation % ("r2", "sharedStrings", "strings.xml"),
            relation % ("r3", "styles", "styles.xml")),
        'xl/worksheets/sheet1.xml': sheet, **{f'xl/{name}.xml': text for name, text in parts.items()},
    }
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, 'w', compression) as archive:
        for name, text in own.items():
            archive.writestr(name, text)
    return stream.getvalue()


def sheet(*rows, head=''):
    """:return: text of a sheet with a header and these rows"""
    header = '<row r="1"><c t="str"><v>a</v></c><c t="str"><v>b</v></c></row>'
    return (f'<?xml version="1.0"?>{head}<worksheet {NAMESPACE}><sheetData>{header}{"".join(rows)}</sheetData>'
            '</worksheet>')


class BoundCase:

    @contextmanager
    def assertFast(self, seconds=3, megabytes=None):
        """Far more than it takes, and far less than without a bound."""
        if megabytes:
            tracemalloc.start()
        start = time.monotonic()
        try:
            yield
            peak = tracemalloc.get_traced_memory()[1] if megabytes else 0
        finally:
            tracemalloc.stop()
        self.assertLess(time.monotonic() - start, seconds)
        self.assertLess(peak, (megabytes or 1) * 1024 * 1024)


@tagged('post_install', '-at_install')
class TestHostileFiles(BoundCase, BaseCase):

    def assertRefused(self, content, seconds=3, **kwargs):
        with self.assertFast(seconds), self.assertRaises(order_file.FileError) as caught:
            order_file.read_table(content, **kwargs)
        return caught.exception.args[0]._source

    # -- workbooks --------------------------------------------------------------------------------

    def test_a_cell_far_away(self):
        for number in (250_000, 1_048_576):
            with self.subTest(number=number), self.assertFast(1, megabytes=20):
                table = order_file.read_table(package(sheet(f'<row r="{number}"><c t="str"><v>x</v></c></row>')))
                self.assertEqual(table.rows, [(number, ["x"])])
        self.assertRefused(package(sheet('<row r="2000000000"><c><v>1</v></c></row>')))
        self.assertRefused(package(sheet('<row r="7"><c><v>1</v></c></row>', '<row r="7"><c><v>1</v></c></row>')))
        # far to the right, and in columns that are none
        table = order_file.read_table(package(sheet('<row r="2"><c r="XFD2"><v>1</v></c><c r="A2"><v>2</v></c></row>')))
        self.assertEqual(table.rows, [(2, [2, {'row': 'far'}])])
        self.assertRefused(package(sheet('<row r="2"><c r="2"><v>1</v></c></row>')))

    def test_empty_elements(self):
        with patch.object(order_workbook, 'FREE_ELEMENTS', 100_000):
            for text in ('<row/>' * 300_000, '<row>' + '<c/>' * 300_000 + '</row>', '<x>' * 300_000,
                         '<row>' + '<c t="s"><v>0</v></c>' * 300_000 + '</row>'):
                with self.subTest(text=text[:20]):
                    self.assertRefused(package(sheet(text), strings='<sst><si><t>x</t></si></sst>'))
            self.assertRefused(package(sheet(), strings='<sst>' + '<si/>' * 300_000 + '</sst>'))
        # A sound file of that size says more.
        rows = ''.join(f'<row><c><v>{number * number}</v></c></row>' for number in range(10_000))
        with patch.object(order_workbook, 'FREE_ELEMENTS', 1000):
            self.assertEqual(len(order_file.read_table(package(sheet(rows))).rows), 10_000)
            # A tag or a comment without end is read once.
            for text in (f'<!--{"x" * 5_000_000}-->', f'<x a="{"x" * 5_000_000}"/>', '<x %s/>' % ' '.join(
                    f'a{number}=""' for number in range(500_000))):
                self.assertRefused(package(sheet(text)))
        self.assertRefused(package(
            sheet(), styles='<styleSheet><cellXfs>' + '<xf numFmtId="0"/>' * 70_000 + '</cellXfs></styleSheet>'))

    def test_a_sheet_that_is_listed_often(self):
        with self.assertFast():
            order_file.read_table(package(sheet('<row><c><v>1</v></c></row>' * 2000), sheets=10_000))

    def test_merged_cells(self):
        """The rows of many sheets are looked through for merged cells within the same bound."""
        many = ''.join(f'<mergeCell ref="A{number}:A{number + 1}"/>' for number in range(2, 3000, 2))
        rows = ''.join(f'<row r="{number}"><c r="A{number}"><v>1</v></c></row>' for number in range(2, 3000))
        content = package(sheet(rows).replace('</worksheet>', f'<mergeCells>{many}</mergeCells></worksheet>'))
        with self.assertFast():
            self.assertEqual(len(order_file.read_table(content).rows), 2998)
        for name, limit in (('MAX_MERGES', 1000), ('MAX_UNPACKED', 100_000)):
            with self.subTest(name=name), patch.object(order_workbook, name, limit):
                self.assertRefused(content)
        for reference in ("A2:A1048576", "A0:A99", "ZZZ1:ZZZ9", "A2", "A2:B2"):
            with self.subTest(reference=reference), self.assertFast(1):
                order_file.read_table(package(sheet('<row><c><v>1</v></c></row>').replace(
                    '</worksheet>', f'<mergeCells><mergeCell ref="{reference}"/></mergeCells></worksheet>')))

    def test_a_text_in_all_cells(self):
        """A workbook of some kilobytes that would become gigabytes of rows."""
        row = '<row>' + '<c t="s"><v>0</v></c>' * 2 + '</row>'
        content = package(sheet(row * 5000), strings=f'<sst><si><t>{"x" * 40_000}</t></si></sst>')
        self.assertLess(len(content), 100_000)
        self.assertIn("text", self.assertRefused(content))
        table = order_file.read_table(package(sheet(row * 50), strings=f'<sst><si><t>{"x" * 40_000}</t></si></sst>'))
        self.assertEqual(len(table.rows[0][1][0]), order_file.MAX_CELL)

    def test_unpacking(self):
        padding = f'<!--{"0" * 8_000_000}-->'
        with patch.object(order_workbook, 'MAX_UNPACKED', 1_000_000):
            self.assertRefused(package(sheet() + padding))
            self.assertRefused(package(sheet('<row><c><v>1</v></c></row>'), strings=f'<sst>{padding}</sst>'))
        # What these methods unpack at a time has no bound.
        for compression in (zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
            self.assertRefused(package(sheet('<row><c><v>1</v></c></row>'), compression))
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, 'w') as archive:
            for number in range(order_workbook.MAX_PARTS + 1):
                archive.writestr(f'{number}', '')
        self.assertRefused(stream.getvalue())

    def test_entities(self):
        entities = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">' + ''.join(
            f'<!ENTITY {name} "{f"&{before};" * 10}">' for before, name in zip('abcdefgh', 'bcdefghi')) + ']>'
        self.assertRefused(package(sheet('<row><c t="str"><v>&i;</v></c></row>', head=entities)))
        outside = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]>'
        self.assertRefused(package(sheet('<row><c t="str"><v>&a;</v></c></row>', head=outside)))

    def test_values_of_cells(self):
        cells = {
            f'<v>{"9" * 4300}</v>': "9" * 4300, '<v>1e999</v>': 'inf', '<v>-1e999</v>': '-inf',
            '<v>1234567890123456</v>': {'text': '1234567890123456', 'problem': 'digits'}}
        for text, value in cells.items():
            with self.subTest(text=text[:20]):
                table = order_file.read_table(package(sheet(f'<row><c>{text}</c></row>')))
                self.assertEqual(table.rows, [(2, [value])])
        formats = ''.join(f'<xf numFmtId="{number}"/>' for number in (0, 9, 14, 46, 200, 99999999))
        styles = (f'<styleSheet><numFmts><numFmt numFmtId="200" formatCode="{"[" * 200_000}"/></numFmts>'
                  f'<cellXfs>{formats}</cellXfs></styleSheet>')
        for style in range(8):
            for number in ('9' * 4300, '1e308', '-1', 'nan', '0.15', '45000.5'):
                with self.subTest(style=style, number=number[:9]), self.assertFast():
                    table = order_file.read_table(package(sheet(
                        f'<row><c s="{style}"><v>{number}</v></c></row>'), styles=styles))
                    json.dumps(table.rows, allow_nan=False)

    def test_what_a_workbook_says(self):
        """The bounds take nothing from a sound file."""
        content = package(
            '<x:worksheet xmlns:x="x"><x:sheetData><x:row r="2"><x:c r="A2" t="s"><x:v>0</x:v></x:c>'
            '<x:c r="C2" t="inlineStr"><x:is><x:r><x:t>in</x:t></x:r><x:r><x:t>line</x:t></x:r></x:is></x:c></x:row>'
            '<x:row r="4"><x:c r="A4" s="1"><x:v>45000.5</x:v></x:c>'
            '<x:c r="B4" t="str"><x:f>1+1</x:f><x:v>two</x:v></x:c><x:c r="C4" t="b"><x:v>1</x:v></x:c></x:row>'
            '</x:sheetData></x:worksheet>',
            strings='<sst><si><r><t>订</t></r><r><t>单</t></r><rPh sb="0" eb="1"><t>dingdan</t></rPh></si></sst>',
            styles='<styleSheet><cellXfs><xf numFmtId="0"/><xf numFmtId="22"/></cellXfs></styleSheet>')
        table = order_file.read_table(content)
        self.assertEqual(table.header, ["订单", "", "inline"])
        self.assertEqual(table.rows, [(4, ["2023-03-15 12:00:00", "two", True])])
        self.assertEqual(
            order_file.read_table(workbook(["a"], [datetime(2025, 1, 2, 3, 4)])).rows, [(2, ["2025-01-02 03:04:00"])])

    # -- CSV --------------------------------------------------------------------------------------

    def test_csv(self):
        most = order_file.MAX_BYTES
        with self.assertFast(10):
            # rows without end, and one after many that are empty
            self.assertRefused(b'a\n' + b'\n' * (most // 2), 10)
            self.assertEqual(order_file.read_table(b'a\n' + b'\n' * 249_998 + b'x').rows, [(250_000, ["x"])])
        self.assertRefused(b',' * (most - 1) + b'x', 10)
        self.assertRefused(b'a,b\n' + b',' * 3_000_000 + b'x\n')
        # Open quotation marks make no cell of the rest of the file, and each is looked for in some lines only.
        with self.assertFast():
            table = order_file.read_table(b'a;b\n1;"' + b'xx\n' * 40_000)
            self.assertEqual(table.rows[0], (2, ["1", "xx", {'row': 'quote'}]))
            self.assertEqual(len(table.rows), 40_000)
        self.assertRefused(b'a;b\n1;"' + b'xx\n' * 1_000_000)
        for line in (b'"\n', b'"x\n', b'1;"x\n', b'"""x\n', b'1;"x""\n', b'1;"\n\n\n2;""\n'):
            with self.subTest(line=line):
                self.assertRefused(b'a;b\n' + line * (1_000_000 // len(line)), 6)
        self.assertRefused((','.join('abcdefgh' * 25) + '\n' + ','.join(['x' * 30_000] * 200) + '\n').encode() * 3, 10)
        with patch.object(order_file, 'MAX_TEXT', 1000):
            self.assertRefused(b'a,b\n' + b'1234567890,1234567890\n' * 51)

    def test_encoding(self):
        """The encoding of a large text is found from its beginning."""
        content = "客户,订单\n".encode('gb18030') + "灯塔,一\n".encode('gb18030') * 2_000_000
        with self.assertFast(8):
            self.assertEqual(order_file.find_encoding(content[:order_file.MAX_BYTES - 1]), 'gb18030')

    def test_values(self):
        blanks, digits = ' ' * 32_000, '1' * 32_000
        hostile = [
            f'1-1-1{blanks}x', f'1-1-1 T{blanks}1', f'{blanks}x', f'1{blanks}-1-1', f'{digits}-1-1', ',1' * 16_000,
            f',{digits}x', ',111' * 8_000 + 'x', '\ufdfa' * 32_000, '.' * 32_000, "'" * 32_000, '+' + digits,
            '¥' * 32_000]
        for text in hostile:
            with self.subTest(text=text[:12]), self.assertFast(1):
                for decimal in '.,':
                    order_file.parse_number(text, decimal)
                for order in ('ymd', 'dmy', 'mdy'):
                    self.assertEqual(order_file.parse_moment(text, order), text.strip())
                order_file.guess_decimal([text] * 1000)
                order_file.guess_date_order([text] * 1000)
                order_file.guess_fields([text[:256]] * 200)
                order_payload.clean_text(text)


@tagged('post_install', '-at_install')
class TestExpressions(BaseCase):
    """No regular expression of the addon backtracks over what outsiders send."""

    def _list_expressions(self):
        """:return: list of triples (place, name of the function, pattern) of the whole addon"""
        found = []
        for folder in ('models', 'controllers', 'wizards', 'reports'):
            for path in sorted((ADDON / folder).rglob('*.py')):
                for node in ast.walk(ast.parse(path.read_text())):
                    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and isinstance(
                            node.func.value, ast.Name) and node.func.value.id == 're' and node.func.attr != 'escape':
                        pattern = node.args[0]
                        place = f'{path.relative_to(ADDON)}:{node.lineno}'
                        self.assertIsInstance(pattern, ast.Constant, f'{place}: write the expression where it is used')
                        found.append((place, node.func.attr, pattern.value))
        return found

    @classmethod
    def _list_repeats(cls, pattern):
        """:return: list of pairs (most, whether a long repeat is in it) of the repeats of an expression"""
        repeats = []
        for operation, argument in pattern:
            name = str(operation)
            if name.endswith('REPEAT'):
                inner = cls._list_repeats(argument[2])
                repeats += [(argument[1], any(most > 64 for most, _nested in inner)), *inner]
            elif name == 'SUBPATTERN':
                repeats += cls._list_repeats(argument[-1])
            elif name == 'BRANCH':
                repeats += [repeat for branch in argument[1] for repeat in cls._list_repeats(branch)]
            elif name in ('ASSERT', 'ASSERT_NOT'):
                repeats += cls._list_repeats(argument[1])
            elif name == 'ATOMIC_GROUP':
                repeats += cls._list_repeats(argument)
        return repeats

    def _is_linear(self, function, text):
        pattern = sre.parse(text)
        repeats = self._list_repeats(pattern)
        if any(most > 1 and nested for most, nested in repeats):
            # Each multiplies the other.
            return False
        unbounded = [most for most, _nested in repeats if most is sre.MAXREPEAT]
        # One repeat, tried from one place or alone in its expression, never goes back.
        return not unbounded or len(unbounded) == 1 and (
            function in ('match', 'fullmatch') or len(pattern) == 1 and str(pattern[0][0]).endswith('REPEAT'))

    def test_all_are_linear(self):
        expressions = self._list_expressions()
        self.assertGreater(len(expressions), 15)
        for place, function, pattern in expressions:
            with self.subTest(place=place, pattern=pattern):
                self.assertTrue(self._is_linear(function, pattern), "bound its repeats: {0,99} instead of * and +")

    def test_the_test(self):
        for function, pattern in (('sub', r'\]|\s+>'), ('fullmatch', r'(\d+)\s*x\s*'), ('match', r'(a+)+'),
                                  ('findall', r'From:(.*)$'), ('fullmatch', r'(?:a{1,99}){1,99}')):
            self.assertFalse(self._is_linear(function, pattern), pattern)
        for function, pattern in (('sub', r'\s+'), ('fullmatch', r'[a-z]\d*'), ('search', r'\d{1,9}x')):
            self.assertTrue(self._is_linear(function, pattern), pattern)


@tagged('post_install', '-at_install')
class TestHostilePayloads(BoundCase, BaseCase):

    def test_read(self):
        now = datetime(2025, 1, 1)
        order = {
            'reference': "x" * 10_000_000, 'customer': {str(number): 1 for number in range(100_000)},
            'note': "\0" * 9_999, 'lines': [{'a': 1}] * 1000, 'currency': [[]] * 100_000}
        with self.assertFast():
            _order, problems = order_payload.read_order(order, now)
        self.assertLessEqual(len(problems), order_payload.MAX_PROBLEMS)
        with self.assertFast():
            for email in ("@" * 256, "a" * 256, "a@" * 128, " " * 256):
                order_payload.read_order({'customer': {'email': email}}, now)

    def test_keep(self):
        """What is kept of a refused payload has a size, whatever its form."""
        nested = []
        for _depth in range(100_000):
            nested = [nested]
        for value in ("x" * 50_000_000, ["x" * 90_000] * 10_000, {str(number): "y" for number in range(1_000_000)},
                      [[]] * 1_000_000, [[[[0] * 100] * 100] * 100] * 100, nested, b'x' * 50_000_000):
            with self.subTest(value=type(value)), self.assertFast():
                kept = json.dumps(order_payload.to_json(value), ensure_ascii=False)
                self.assertLess(len(kept), 3_000_000)
        # An order of the largest size is kept as it is.
        order = {'lines': [{'sku': "S" * 250, 'name': "N" * 500, 'quantity': number} for number in range(1000)]}
        self.assertEqual(order_payload.to_json(order), order)
        while nested:
            nested = nested[0]

    def test_wire(self):
        depth = 900
        many = ','.join(f'"a{number}":1,"a{number}":2' for number in range(50_000))
        for order in ('{"a":' * depth + '1' + '}' * depth, '[' * depth + ']' * depth, f'{{{many}}}',
                      '{"%s":1,"%s":2}' % (("k" * 1_000_000,) * 2)):
            with self.subTest(order=order[:12]), self.assertFast():
                found = order_wire.find_repeated_names('/json/2/', f'{{"orders": [{order}]}}'.encode())
                self.assertLessEqual(len(found.get(0, ())), order_payload.MAX_UNKNOWN_KEYS)
                self.assertLess(sum(map(len, found.get(0, ()))), 10_000)


@tagged('post_install', '-at_install')
class TestHostileMail(BoundCase, MailCommon):

    def _forward(self, body='', **kwargs):
        return self._new_mail(sender=self.user_sales.email_formatted, subject="Fwd: order", body=body, **kwargs)

    def test_bodies(self):
        blanks = ' ' * 45_000
        for body in (f"From:{blanks}x", f"From: {blanks}>", f"From: a{blanks}<{blanks}b", "From: " * 15_000,
                     "From:\t\t\t\t\t\t\t\t\t * " * 4000, "<" * 45_000, "From: " + "[mailto:" * 6000,
                     "From: " + "a@" * 20_000,
                     ">" * 45_000 + "From:", "From: " + "(" * 300, '"' * 45_000):
            with self.subTest(body=body[:20]), self.assertFast(6):
                mail = self._forward()
                dictionary = {'body': f'<pre>{body}</pre>', 'attachments': [], 'email_from': mail['From']}
                self.mailbox._read_mail_sender(dictionary, self.user_sales)
        with self.assertFast(20):
            order = self._receive(self._forward(body=f"From:{blanks}x\nFrom: Ms Lee <orders@blueharbour.example.com>"))
        self.assertTrue(order)

    def test_forwarded_sender_is_still_found(self):
        for line in ("From: Ms Lee <orders@blueharbour.example.com>",
                     "发件人： Ms Lee [mailto:orders@blueharbour.example.com]",
                     "> *Von:* Ms Lee < orders@blueharbour.example.com >"):
            with self.subTest(line=line):
                order = self._receive(self._forward(body=f"See below.\n\n{line}\nSubject: lanterns\n"))
                self.assertEqual(order.partner_id, self.partner)

    def test_files(self):
        """Of an attached mail only the head is read, of that only the sender."""
        inner = self._new_mail(sender='=?utf-8?q?M=C3=BCller=2C_Ms?= <orders@blueharbour.example.com>')
        content = inner.as_bytes() + b'x' * 5_000_000
        nested = EmailMessage()
        nested['From'] = 'x@example.com'
        pairs = self.mailbox._list_forwarded_senders({'body': '', 'attachments': [('a.eml', content, {})]})
        self.assertEqual(pairs, [("Müller, Ms", 'orders@blueharbour.example.com')])
        for head in (b'From: ' + b'(' * 200_000, b'From: ' + b'=?' * 100_000, b'From: ' + b'a,' * 100_000,
                     b'From: =?nothing?q?x?= <a@example.com>', b'From:' + b'\n ' * 100_000):
            with self.subTest(head=head[:20]), self.assertFast(10), mute_logger('odoo.tools.mail'):
                self.mailbox._list_forwarded_senders(
                    {'body': '', 'attachments': [('a.eml', head + b'\n\nx', {})] * 20})

    def test_headers(self):
        mail = self._new_mail()
        for name in ('Auto-Submitted', 'Precedence'):
            del mail[name]
            mail._headers.append((name, 'no ' + '=?' * 500_000))
        with self.assertFast():
            self.assertIsNone(self.mailbox._get_mail_problem(mail, {'email_from': 'x@example.com'}))
        del mail['Precedence']
        mail['Precedence'] = 'Bulk'
        problem = self.mailbox._get_mail_problem(mail, {'email_from': 'x@example.com'})
        self.assertEqual(problem['code'], 'automatic_mail')
