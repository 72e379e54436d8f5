import io
import zipfile
from datetime import date, datetime

import xlsxwriter

from odoo.tests import BaseCase, tagged

from odoo.addons.sale_order_lifecycle.models.channels import order_file


def workbook(*rows, hidden_first=False):
    """:return: bytes of an XLSX file"""
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {'in_memory': True}) as book:
        if hidden_first:
            sheet = book.add_worksheet("Notes")
            sheet.write(0, 0, "nothing")
            sheet.hide()
        sheet = book.add_worksheet("Orders")
        sheet.activate()
        formats = {date: book.add_format({'num_format': 'yyyy-mm-dd'}),
                   datetime: book.add_format({'num_format': 'yyyy-mm-dd hh:mm'}),
                   'percent': book.add_format({'num_format': '0%'})}
        for row, cells in enumerate(rows):
            for column, cell in enumerate(cells):
                if isinstance(cell, tuple):
                    sheet.write(row, column, cell[0], formats['percent'])
                elif isinstance(cell, (date, datetime)):
                    sheet.write_datetime(row, column, cell, formats[type(cell)])
                elif isinstance(cell, str):
                    sheet.write_string(row, column, cell)
                elif cell is not None:
                    sheet.write(row, column, cell)
    return stream.getvalue()


@tagged('post_install', '-at_install')
class TestOrderFile(BaseCase):
    """Reading files of orders, which knows neither database nor models."""

    def assertUnreadable(self, content, **kwargs):
        with self.assertRaises(order_file.FileError):
            order_file.read_table(content, **kwargs)

    # -- files ----------------------------------------------------------------------------------

    def test_encodings(self):
        text = "订单号,客户名称,数量\nA-1,深圳市灯塔有限公司,2\n"
        for encoding, found in (('utf-8', 'utf-8'), ('utf-8-sig', 'utf-8'), ('gb18030', 'gb18030'), ('gbk', 'gb18030'),
                                ('utf-16', 'utf-16')):
            with self.subTest(encoding=encoding):
                table = order_file.read_table(text.encode(encoding))
                self.assertEqual((table.encoding, table.header), (found, ["订单号", "客户名称", "数量"]))
                self.assertEqual(table.rows, [(2, ["A-1", "深圳市灯塔有限公司", "2"])])
        table = order_file.read_table("Nummer;Kunde\n1;Müller & Söhne\n2;Café Zürich, Ä".encode('cp1252'))
        self.assertEqual((table.encoding, table.rows[0]), ('cp1252', (2, ["1", "Müller & Söhne"])))
        self.assertUnreadable("订单号,a\n1,2".encode('gb18030'), encoding='utf-8')

    def test_delimiters(self):
        for delimiter in order_file.DELIMITERS:
            with self.subTest(delimiter=delimiter):
                row = delimiter.join(['"A 1"', f'"x{delimiter}y"', '3', '"two\nlines"'])
                table = order_file.read_table(f"{delimiter.join('abcd')}\r\n\r\n{row}\r\n".encode())
                self.assertEqual((table.delimiter, table.header), (delimiter, list('abcd')))
                self.assertEqual(table.rows, [(3, ["A 1", f"x{delimiter}y", "3", "two\nlines"])])
        self.assertEqual(order_file.read_table(b"only\none").rows, [(2, ["one"])])

    def test_workbook(self):
        content = workbook(
            ["Order", "When", "Day", "Qty", "Discount", "Ok"], [None],
            [1001, datetime(2025, 3, 31, 14, 5), date(2025, 7, 1), 2.5, (0.15,), True], ["A-2", None, None, 3],
            hidden_first=True)
        table = order_file.read_table(content)
        self.assertEqual((table.kind, table.encoding), ('xlsx', False))
        self.assertEqual(table.header, ["Order", "When", "Day", "Qty", "Discount", "Ok"])
        self.assertEqual(table.rows, [
            (3, [1001, '2025-03-31 14:05:00', '2025-07-01 00:00:00', 2.5, {'text': '15%', 'value': 15, 'percent': True},
                 True]), (4, ["A-2", None, None, 3])])

    def test_unreadable(self):
        for content in (
            b'', b'\n\n', b'a,b,c\n', b'\xef\xbb\xbf <HTML><table><tr><td>a</td></tr>\n</table>', b'%PDF-1.7\na,b\n',
            b'<?xml version="1.0"?>\n<Workbook/>\n', b'PK\x03\x04nothing', workbook(["a", "b"]), workbook(),
            b'\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 old', b'a' * (order_file.MAX_BYTES + 1),
            ','.join(map(str, range(300))).encode() + b'\n1',
        ):
            with self.subTest(content=content[:20]):
                self.assertUnreadable(content)
        self.assertUnreadable(b"a,b\n1,2\n3,4\n", max_rows=1)
        # a small file that unpacks to a huge one
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, 'w', zipfile.ZIP_DEFLATED) as archive:
            archive.writestr('xl/worksheets/sheet1.xml', b'0' * (order_file.MAX_UNPACKED + 1))
        self.assertUnreadable(stream.getvalue())

    def test_signs_that_cannot_be_stored(self):
        table = order_file.read_table(b"a\x00b,c\nx\x00,\x1b[0m\n")
        self.assertNotIn('\x00', ''.join([*table.header, *table.rows[0][1]]))

    # -- columns and values -----------------------------------------------------------------------

    def test_guess_fields(self):
        header = ["订单编号", "Customer Name", "SKU", "Qty.", "unit_price", "Colour", "qty", "交货日期", "ship-city"]
        self.assertEqual(order_file.guess_fields(header), [
            'reference', 'customer.name', 'lines.sku', 'lines.quantity', 'lines.unit_price', False, False,
            'promised_date', 'delivery_address.city'])
        self.assertEqual(order_file.guess_fields([
            "訂單編號", "客戶名稱", "統一編號", "郵遞區號", "商品編號", "品名", "數量", "單價", "交貨日期", "幣別",
            "備註"]), [
                'reference', 'customer.name', 'customer.vat', 'customer.zip', 'lines.sku', 'lines.name',
                'lines.quantity', 'lines.unit_price', 'promised_date', 'currency', 'note'])
        known = {order_file.simplify("Colour"): 'lines.name', order_file.simplify("SKU"): False}
        self.assertEqual(order_file.guess_fields(["Colour", "SKU"], known), ['lines.name', False])
        self.assertEqual(
            order_file.guess_fields(["Bestellnummer"], labels=[('reference', "Bestellnummer")]), ['reference'])
        fields = {field for field, _label in order_file.COLUMN_FIELDS}
        self.assertEqual(order_file.guess_fields(fields), list(fields))

    def test_numbers(self):
        for cell, decimal, value in (
            ("1,234.50", '.', 1234.5), ("1.234,50", ',', 1234.5), ("9,5", ',', 9.5), ("1 234,5", ',', 1234.5),
            ("1'234.5", '.', 1234.5), ("15 %", '.', 15), ("¥88.00", '.', 88), ("１２", '.', 12), ("-3", '.', -3),
            (7, '.', 7), (2.5, ',', 2.5), ("12 pcs", '.', "12 pcs"), ("1,2", '.', "1,2"), ("", '.', ""),
            ("nan", '.', "nan"), ("1e5", '.', "1e5"), (True, '.', 'TRUE'), ("9" * 400, '.', "9" * 400),
        ):
            with self.subTest(cell=str(cell)[:9], decimal=decimal):
                self.assertEqual(order_file.parse_number(cell, decimal), value)
        for texts, decimal in (
                (["1.234,50"], ','), (["9,5", "3"], ','), (["1,234.50"], '.'), (["1,234", "5"], '.'), ([], '.')):
            with self.subTest(texts=texts):
                self.assertEqual(order_file.guess_decimal(texts), decimal)

    def test_moments(self):
        for cell, order, value in (
            ("2025-03-31", 'ymd', '2025-03-31'), ("2025/3/1", 'ymd', '2025-03-01'),
            ("2025年3月31日", 'ymd', '2025-03-31'), ("31.03.2025", 'dmy', '2025-03-31'),
            ("03/31/2025", 'mdy', '2025-03-31'), ("03/04/2025", 'mdy', '2025-03-04'),
            ("31.13.2025", 'dmy', "31.13.2025"), ("soon", 'ymd', "soon"), ("31.03.25", 'dmy', "31.03.25"),
            ("2025-03-31 14:05", 'ymd', '2025-03-31T06:05:00+00:00'),
            ("2025-03-31T14:05:00Z", 'ymd', '2025-03-31T14:05:00Z'),
            ("2025-03-31 14:05:00+02:00", 'ymd', '2025-03-31T14:05:00+02:00'),
            ("2025-03-31 25:05", 'ymd', "2025-03-31 25:05"),
            ("0000-00-00", 'ymd', "0000-00-00"), (45000, 'ymd', '45000'),
        ):
            with self.subTest(cell=cell):
                self.assertEqual(order_file.parse_moment(cell, order, 'Asia/Shanghai'), value)
        for texts, order in (
                (["31/03/2025"], 'dmy'), (["03/31/2025"], 'mdy'), (["03/04/2025"], 'dmy'), (["2025-01-02"], 'ymd')):
            with self.subTest(texts=texts):
                self.assertEqual(order_file.guess_date_order(texts), order)

    # -- orders -----------------------------------------------------------------------------------

    def build(self, fields, *rows, **options):
        return order_file.Converter(fields, **options).build_orders(list(enumerate(map(list, rows), start=2)))

    def test_orders(self):
        fields = ['reference', 'customer.name', 'customer.country', 'lines.sku', 'lines.quantity', False, 'note',
                  'promised_date', 'delivery_address.city']
        orders = self.build(
            fields,
            ["A-1", "Anna", "Germany", 1001.0, "2", "x", None, "1.7.2025", "Kiel"],
            [1002, "Bert", "FR", "DESK", 1],
            ["A-1", "", "", "DESK", "3", "", "Ring twice", "", ""],
            ["", "Carl", "", "DESK", "3"],
            ["A-1", "Anna", "DE"],
            date_order='dmy', countries={'germany': 'DE'})
        self.assertEqual([(order.reference, order.numbers, order.line_numbers) for order in orders], [
            ("A-1", [2, 4, 6], [2, 4]), ("1002", [3], [3]), (None, [5], [5])])
        self.assertEqual(orders[0].payload, {
            'reference': "A-1", 'customer': {'name': "Anna", 'country': 'DE'}, 'note': "Ring twice",
            'promised_date': '2025-07-01', 'delivery_address': {'city': "Kiel"},
            'lines': [{'sku': "1001", 'quantity': 2.0}, {'sku': "DESK", 'quantity': 3.0}]})
        self.assertEqual(orders[0].problems, [])
        self.assertNotIn('reference', orders[2].payload)

    def test_rows_that_disagree(self):
        order, = self.build(
            ['reference', 'customer.name', 'lines.sku'],
            ["A-1", "Anna", "X"], ["A-1", "Bert", "Y"], ["A-1", "Anna", "Z"])
        self.assertEqual([(number, problem.code, problem.field) for number, problem in order.problems], [
            (3, 'different_rows', 'customer.name')])

    def test_received_at(self):
        orders = self.build(
            ['reference', 'received_at'], ["A", "2025-03-31"], ["B", "2025-03-31 08:00"], ["C", "?"],
            timezone='Asia/Shanghai')
        self.assertEqual([order.payload['received_at'] for order in orders], [
            '2025-03-30T16:00:00+00:00', '2025-03-31T00:00:00+00:00', "?"])
