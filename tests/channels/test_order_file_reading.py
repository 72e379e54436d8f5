"""What really arrives: how the texts, numbers and shapes of files are read. Neither database nor models are needed."""
import io
import zipfile
from datetime import date, datetime, time

import openpyxl
import xlsxwriter

from odoo.tests import BaseCase, tagged

from odoo.addons.sale_order_lifecycle.models.channels import order_file, order_file_text

HEADER = "Order No;Customer;SKU;Qty;Unit Price\n"


def sheet(write, options=None):
    """
    :param write: function (workbook, sheet, function format code → format)
    :return: bytes of a workbook
    """
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {'in_memory': True, **(options or {})}) as book:
        write(book, book.add_worksheet("Orders"), lambda code: book.add_format({'num_format': code}))
    return stream.getvalue()


class ReadingCase(BaseCase):

    def read(self, text, **kwargs):
        return order_file.read_table(text if isinstance(text, bytes) else text.encode(), **kwargs)

    def build(self, table, **options):
        """:return: dict reference → pair (payload, list of (row, field, sentence)) of the orders of a table"""
        fields = order_file.guess_fields(table.header)
        decimals = {}
        for index, field in enumerate(fields):
            if field in order_file.NUMBER_FIELDS:
                decision = order_file.decide_decimal(
                    cells[index] for _number, cells in table.rows
                    if index < len(cells) and isinstance(cells[index], str))
                decimals[index] = decision.sign or ('' if decision.question else '.')
        return {
            order.reference: (order.payload, [
                (number, problem.field, problem.message._source) for number, problem in order.problems])
            for order in order_file.Converter(fields, decimals=decimals, **options).build_orders(table.rows)}

    def assertRefused(self, order, *expected):
        """:param expected: pairs (row, words of the reason)"""
        self.assertEqual([number for number, _field, _text in order[1]], [number for number, _words in expected])
        for (_number, _field, text), (_row, words) in zip(order[1], expected):
            self.assertIn(words, text)


@tagged('post_install', '-at_install')
class TestNumbers(ReadingCase):

    def test_values(self):
        """What a text is with the decimal point, and what with the decimal comma."""
        for text, point, comma in (
            ("7", 7, 7), ("1,234.50", 1234.5, None), ("1.234,50", None, 1234.5), ("12,345.6", 12345.6, None),
            ("2,5", None, 2.5), ("9.90", 9.9, None), ("1.250", 1.25, 1250), ("1,250", 1250, 1.25),
            ("1.234.567", None, 1234567), ("1,234,567", 1234567, None), ("0.250", 0.25, None), ("0,250", None, 0.25),
            ("1234.567", 1234.567, None), (".5", 0.5, None), (",5", None, 0.5), ("5.", 5, None),
            # grouping of India; not every comma groups
            ("1,23,456.00", 123456, None), ("12,34,567", 1234567, None), ("1,23", None, 1.23), ("12,34,56", None, None),
            ("1,2,3", None, None), ("1.23.456", None, None),
            # blanks and apostrophes
            ("1 234,5", None, 1234.5), ("1\xa0234,50", None, 1234.5), ("1\u202f234,5", None, 1234.5),
            ("1\u2009234.5", 1234.5, None), ("1 234", 1234, 1234), ("12 34", None, None), ("1'234.5", 1234.5, None),
            ("1’234’567.25", 1234567.25, None), ("1'23", None, None), ("1 234'567", None, None),
            # signs
            ("-3", -3, -3), ("+3", 3, 3), ("−5", -5, -5), ("–5", -5, -5), ("5-", -5, -5), ("(5.00)", -5, None),
            ("($5.00)", -5, None), ("--5", None, None), ("-(5)", None, None),
            # currencies and per cent
            ("¥88.00", 88, None), ("￥88", 88, 88), ("€ 9,90", None, 9.9), ("9.90 EUR", 9.9, None),
            ("CHF 12.50", 12.5, None), ("US$5", 5, 5), ("5 kr", 5, 5), ("-$5", -5, -5), ("$-5", -5, -5),
            ("12,-", 12, 12), ("12.–", 12, 12),
            ("Fr. 1'250.-", 1250, 1250), ("10元", 10, 10), ("15 %", 15, 15), ("15%", 15, 15), ("7,5 %", None, 7.5),
            # other digits
            ("１２", 12, 12), ("１，２３４．５", 1234.5, None), ("١٢٣", 123, 123), ("١٬٢٣٤٫٥", 1234.5, 1234.5),
            ("۱۲۳", 123, 123), ("१२", 12, 12), ("\u200e12\u200e", 12, 12),
            # none at all
            ("", None, None), ("-", None, None), (".", None, None), ("many", None, None), ("12 pcs", None, None),
            ("1e5", None, None), ("1.5E+3", None, None), ("½", None, None), ("1½", None, None), ("1/2", None, None),
            ("1 1/2", None, None), ("5²", None, None), ("①", None, None), ("3x", None, None), ("0x10", None, None),
            ("nan", None, None), ("inf", None, None), ("1_000", None, None), ("5 € %", None, None),
            ("1" * 65, None, None),
        ):
            with self.subTest(text=text):
                number = order_file.read_number(text)
                self.assertEqual((number and number.point, number and number.comma), (point, comma))

    def test_currencies(self):
        for text, currency in (
            ("9.90", None), ("¥9", 'CNY/JPY'), ("kr 9", 'SEK/DKK/NOK/ISK'), ("¤9", ''), ("€9", 'EUR'),
            ("9 £", 'GBP'), ("9 EUR", 'EUR'),
            ("usd 9", 'USD'), ("HK$9", 'HKD'), ("9 zł", 'PLN'), ("Kč 9", 'CZK'), ("9元", 'CNY/TWD/HKD'), ("9円", 'JPY'),
            ("CHF9", 'CHF'), ("9 XYZ", None), ("₸9", 'KZT'), ("Rs 9", 'INR/PKR/LKR/NPR/MUR'), ("CA$9", 'CAD'),
            # two names of one currency; another one, and a hundredth, are no such amounts
            ("US$ 9 USD", 'USD'), ("¥9元", 'CNY'), ("US$ 9 EUR", None), ("9¢", None),
        ):
            number = order_file.read_number(text)
            with self.subTest(text=text):
                self.assertEqual(number and number.currency, currency)

    def test_columns(self):
        for texts, sign, question, samples in (
            (["2,5", "1"], ',', None, ("2,5",)), (["9.90", "12.50"], '.', None, ("9.90",)),
            (["10,00", "3.75"], None, 'mixed', ("3.75", "10,00")),
            (["1.250", "2.400"], None, 'unclear', ("1.250",)), (["1,250"], None, 'unclear', ("1,250",)),
            (["1.250", "9.5"], '.', None, ("9.5",)), (["1.250", "9,5"], ',', None, ("9,5",)),
            (["1.250", "1.234.567"], ',', None, ("1.234.567",)), (["1", "25", "many"], None, None, ()),
            (["1,23,456"], '.', None, ("1,23,456",)), ([], None, None, ()),
        ):
            with self.subTest(texts=texts):
                self.assertEqual(order_file.decide_decimal(texts), (sign, question, samples))

    def test_each_column_for_itself(self):
        orders = self.build(self.read(HEADER + "F-1;Blue;CHAIR;2,5;9.90\nF-2;Blue;CHAIR;1;12.50\n"))
        self.assertEqual(orders['F-1'][0]['lines'], [{'sku': "CHAIR", 'quantity': 2.5, 'unit_price': 9.9}])
        self.assertEqual(orders['F-2'][0]['lines'], [{'sku': "CHAIR", 'quantity': 1, 'unit_price': 12.5}])
        self.assertFalse(orders['F-1'][1] or orders['F-2'][1])

    def test_what_cannot_be_meant(self):
        orders = self.build(self.read(HEADER + (
            "F-1;Blue;CHAIR;1;10,00\nF-2;Blue;CHAIR;1;3.75\nF-3;Blue;CHAIR;1;4\n")))
        self.assertRefused(orders['F-1'], (2, "decimal comma in others"))
        self.assertRefused(orders['F-2'], (3, "decimal comma in others"))
        self.assertEqual((orders['F-3'][0]['lines'][0]['unit_price'], orders['F-3'][1]), (4, []))
        fields = ['reference', 'lines.quantity', 'lines.unit_price', 'lines.discount']
        for cells, words in (
            (["F-1", "1", "12,345.6", None], "decimal sign of its column"),
            (["F-1", "15 %", "1", None], "percentage"), (["F-1", "1", "15 %", None], "percentage"),
            (["F-1", "€ 5", "1", None], "amount of money"), (["F-1", "1", "1", "€ 5"], "amount of money"),
            (["F-1", "1", "#WERT!", None], "spreadsheet error"), (["F-1", "1", "#####", None], "spreadsheet error"),
        ):
            with self.subTest(cells=cells):
                order, = order_file.Converter(fields, ',').build_orders([(2, cells)])
                self.assertEqual([number for number, _problem in order.problems], [2])
                self.assertIn(words, order.problems[0][1].message._source)
        order, = order_file.Converter(fields, ',').build_orders([(2, ["F-1", "2,5", "1.250", "15 %"])])
        self.assertEqual(order.payload['lines'], [{'quantity': 2.5, 'unit_price': 1250, 'discount': 15}])
        self.assertFalse(order.problems)

    def test_currency_of_prices(self):
        """What is written with a price is the currency of the order, or contradicts it."""
        fields = ['reference', 'lines.unit_price', 'currency']
        for cells, currency, words in (
            (["F-1", "€ 9.90"], 'EUR', None), (["F-1", "9.90 usd", "USD"], 'USD', None),
            (["F-1", "$ 9.90", "cad"], 'cad', None), (["F-1", "¤ 9.90"], None, "does not tell the currency"),
            (["F-1", "¥ 9.90", "EUR"], 'EUR', "but the order is in"),
            (["F-1", "€ 9.90", "USD"], 'USD', "but the order is in"),
        ):
            with self.subTest(cells=cells):
                order, = order_file.Converter(fields).build_orders([(2, cells)])
                self.assertEqual((order.payload['lines'], order.payload.get('currency')), (
                    [{'unit_price': 9.9}], currency))
                self.assertEqual(len(order.problems), bool(words))
                if words:
                    self.assertIn(words, order.problems[0][1].message._source)
        # One of many is a matter of the customer; of two signs none is.
        for cells, codes in ((["$ 9", "$ 8"], {'USD', 'CAD'}), (["9", "8"], None)):
            order, = order_file.Converter(fields).build_orders([(2, ["F-1", cells[0]]), (3, ["F-1", cells[1]])])
            self.assertEqual((order.payload.sign and codes.issubset(order.payload.sign.currencies), order.problems), (
                codes and True, []))
        order, = order_file.Converter(fields).build_orders([(2, ["F-1", "$9"]), (3, ["F-1", "¥9"])])
        self.assertEqual([number for number, _problem in order.problems], [3])
        # That of the heading is that of its amounts.
        for heading, text, currency, signed, count in (
            ("Unit Price (EUR)", "9", 'EUR', False, 0), ("Price €", "€ 9", 'EUR', False, 0),
            ("USD Price", "9", 'USD', False, 0),
            ("Price in GBP", "9", 'GBP', False, 0), ("Preis [CHF]", "9", 'CHF', False, 0),
            ("单价（元）", "9", None, True, 0), ("Price (USD)", "€ 9", 'EUR', False, 1),
            ("Price (net)", "9", None, False, 0), ("Price try", "9", None, False, 0),
        ):
            with self.subTest(heading=heading, text=text):
                order, = order_file.Converter(fields, headings=["No", heading]).build_orders([(2, ["F-1", text])])
                self.assertEqual((order.payload.get('currency'), bool(order.payload.sign), len(order.problems)), (
                    currency, signed, count))
        self.assertEqual(order_file.guess_fields(["Unit Price (EUR)", "Qty (EUR)", "单价（元）", "Price USD"]), [
            'lines.unit_price', False, False, False])
        # That of a known sheet is known.
        for text, count in (("¥9", 0), ("9 元", 0), ("$9", 1), ("€ 9", 0)):
            order, = order_file.Converter(fields, currency='CNY').build_orders([(2, ["F-1", text])])
            self.assertEqual((len(order.problems), order.payload.sign), (count, None))
        order, = order_file.Converter(fields).build_orders([
            (2, ["F-1", "€ 9.90"]), (3, ["F-1", "9"]), (4, ["F-1", "£9"]), (5, ["F-1", "$9"])])
        self.assertEqual([number for number, _problem in order.problems], [4, 5])

    def test_days(self):
        for texts, order, sample in (
            (["31/03/2025", "03/04/2025"], 'dmy', None), (["03/31/2025", "03/04/2025"], 'mdy', None),
            (["03/04/2025"], None, "03/04/2025"), (["3-4-2025 10:00"], None, "3-4-2025 10:00"),
            (["03.04.2025"], 'dmy', None), (["05/05/2025"], 'dmy', None), (["2025-03-04", "4 May"], 'ymd', None),
            (["31/03/2025", "03/31/2025", "03/04/2025"], None, "03/04/2025"), ([], 'ymd', None),
        ):
            with self.subTest(texts=texts):
                self.assertEqual(order_file.decide_date_order(texts), (order, sample))


@tagged('post_install', '-at_install')
class TestWorkbooks(ReadingCase):
    """What the spreadsheet shows is what is read."""

    def cells(self, *values):
        """:param values: pairs (value, format), each the cell of a column below a header
        :return: the cells as they are read"""
        def write(_book, page, get_format):
            for column, (value, code) in enumerate(values):
                page.write(0, column, f"c{column}")
                if isinstance(value, (date, datetime, time)):
                    page.write_datetime(1, column, value, get_format(code))
                else:
                    page.write(1, column, value, get_format(code) if code else None)
        return order_file.read_table(sheet(write)).rows[0][1]

    def test_formats(self):
        for value, code, text, number in (
            (1234, '000000', "001234", 1234), (1067, '00000', "01067", 1067),
            (123456789, '00000-0000', "12345-6789", 123456789),
            (1067, '00000-0000', "00000-1067", 1067), (42, '"A-"0000', "A-0042", 42), (42, '\\A0000', None, 42),
            (5, '00', "05", 5), (12345678, '000 000', "12345 678", 12345678),
            (1234, '0', "1234", 1234), (1234, '#,##0', "1234", 1234), (1234.5, '000000', "1234.5", 1234.5),
            (1234, '0.00', "1234", 1234), (1234, '[Red]000000;[Blue]-0', "001234", 1234),
            (1234, 'Standard', "1234", 1234),
            (0.5, '0.0" %"', "0.5", 0.5), (0.5, '0.0\\%', "0.5", 0.5), (5, '0" %"', "5 %", 5), (0.05, '0%', "5%", 5),
            (0.07, '0.0%', "7%", 7), (0.15, '0.00 %;[Red]-0.00 %', "15%", 15), (2, '0" pcs"', "2 pcs", 2),
            (3, '0 "days"', "3 days", 3), (0.1 + 0.2, None, "0.3", 0.3), (12, '# ?/?', "12", 12),
            # zeros behind, a text beside any number, texts with more than they hold
            (1.1, '0.00', "1.10", 1.1), (1.1, '0.0#', "1.1", 1.1), (2.5, '"V"0.00', "V2.50", 2.5),
            (12, '"A-"General', "A-12", 12), (0.5, '# ?/?', "0.5", 0.5), (1.5, '0.00E+00', "1.5", 1.5),
            ("17", '"A-"@', "A-17", None), ("17", '0;-0;0;@" B"', "17 B", None), ("17", '@', "17", 17),
            # currencies, with what is left free for a sign or for as much as there is room
            (9.5, '"$"#,##0.00', "$9.50", 9.5), (9.5, '#,##0.00\\ [$€-407]', "9.50 €", 9.5),
            (1250, '_-* #,##0.00\\ [$kr-41D]_-', "1250 kr", 1250), (-9.5, '"$"0.00;("$"0.00)', "-9.5", -9.5),
        ):
            with self.subTest(value=value, code=code):
                cell, = self.cells((value, code))
                if text is not None:
                    self.assertEqual(order_file.to_text(cell), text)
                self.assertEqual(order_file.parse_number(cell), text if number is None else number)

    def test_formats_of_amounts(self):
        """A currency that the spreadsheet shows, and what it does not show."""
        fields = ['reference', 'lines.quantity', 'lines.unit_price', 'lines.discount']
        for quantity, price, discount, words, remarks, currency in (
            ((2, None), (9.5, '"$"0.00'), (5, None), None, [], None),
            ((2, None), (9.5, '[$€-2] 0.00'), (5, None), None, [], 'EUR'),
            ((2, None), (9.5, '0.00 "EUR"'), (5, None), None, [], 'EUR'),
            ((2, '0" ft"'), (9.5, '_($* #,##0.00_)'), (5, None), None, [], None),
            ((2, '"$"0'), (9.5, None), (5, None), "amount of money", [], None),
            ((2, None), (9.5, None), (5, '0.00 €'), "amount of money", [], None),
            ((2, None), (1500, '#,##0,'), (5, None), "thousands or millions", [], None),
            ((2, None), (1500, '0.0,,"m"'), (5, None), "thousands or millions", [], None),
            ((2.6, '0'), (9.995, '#,##0.00'), (5, None), None, [("2.6", "3"), ("9.995", "10.00")], None),
            ((2, '0'), (9.5, '0.0000'), (5, None), None, [], None),
            ((2, '0'), (9.5, '0.' + '0' * 200), (5, '0.' + '?' * 100), None, [], None),
            ((2, '0'), (1234567890.125, '#,##0.00'), (5, None), None, [("1234567890.125", "1234567890.13")], None),
            # of which nothing is shown
            ((2, ';;;'), (9.5, None), (5, None), "does not show", [], None),
            ((2, '0;-0;;@'), (9.5, '0.00;;'), (5, '0;0;'), None, [], None),
            ((2, None), (-9.5, '0.00;;'), (5, None), "does not show", [], None),
        ):
            with self.subTest(quantity=quantity, price=price, discount=discount):
                cells = self.cells(("F-1", None), quantity, price, discount)
                order, = order_file.Converter(fields).build_orders([(2, cells)])
                self.assertEqual(
                    [bool(words) and words in problem.message._source for _number, problem in order.problems],
                    [True] if words else [])
                self.assertEqual([(remark.message._args['value'], remark.message._args['shown'])
                                  for remark in order.remarks], remarks)
                self.assertEqual(order.payload.get('currency'), currency)
                if not words:
                    self.assertEqual(order.payload['lines'], [
                        {'quantity': quantity[0], 'unit_price': price[0], 'discount': 5}])

    def test_zero_that_is_not_shown(self):
        """Nothing is shown, and nothing is read."""
        self.assertEqual(self.cells((0, '0.00;-0.00;;@'), (0, '#,##0;;'), (0, '0;-0;"none"'), ("x", None)), [
            None, None, 0, "x"])

    def test_days_that_were_none(self):
        """What a spreadsheet has taken for a day or a time is no name and no number of anything."""
        fields = ['reference', 'lines.sku', 'lines.variant', 'customer.zip', 'note']
        for cells, faults in (
            (["F-1", "CHAIR", (datetime(2025, 1, 2), 'd-mmm'), None, (datetime(2025, 3, 4), 'd. mmmm')],
             ['lines.variant']),
            (["F-1", (time(10, 30), 'h:mm'), None, (0.4375, 'h:mm'), None], ['lines.sku', 'customer.zip']),
            (["F-1", (1.25, '[h]:mm'), None, None, "10:30:00"], ['lines.sku']),
        ):
            with self.subTest(cells=cells):
                values = self.cells(*(cell if isinstance(cell, tuple) else (cell, None) for cell in cells))
                order, = order_file.Converter(fields).build_orders([(2, values)])
                self.assertEqual([problem.field for _number, problem in order.problems], faults)

    def test_days(self):
        """In both date systems, in any format."""
        def write(_book, page, get_format):
            page.write_row(0, 0, ["c"] * 4)
            for column, code in enumerate(('yyyy"年"m"月"d"日"', 'dd.mm.yyyy;@', '[$-409]d-mmm-yy', 'm/d/yy h:mm')):
                page.write_datetime(1, column, datetime(2025, 3, 4, 14, 5 if column == 3 else 0), get_format(code))
        for options in ({}, {'date_1904': True}):
            with self.subTest(options=options):
                self.assertEqual(order_file.read_table(sheet(write, options)).rows[0][1], [
                    '2025-03-04 14:00:00', '2025-03-04 14:00:00', '2025-03-04 14:00:00', '2025-03-04 14:05:00'])
        # A fraction of a day is a little too small.
        self.assertEqual(self.cells((45000.5868054, 'yyyy-mm-dd hh:mm')), ['2023-03-15 14:05:00'])

    def orders(self, write, **kwargs):
        return self.build(order_file.read_table(sheet(write, **kwargs)))

    def test_what_cannot_be_taken_at_its_word(self):
        head = ["Order No", "Customer", "SKU", "Qty", "Unit Price", "Discount"]

        def write(_book, page, get_format):
            page.write_row(0, 0, head)
            for row in range(1, 12):
                page.write_row(row, 0, [f"F-{row}", "Blue", "CHAIR", 2, 9.5])
            page.write_number(1, 0, 123456789012345678)
            page.write_formula(2, 4, '=2*9.5')
            page.write_formula(3, 4, '=2*9.5', None, 19)
            page.write_formula(4, 4, '=NA()', None, '#N/A')
            page.write_datetime(5, 2, datetime(2025, 1, 2), get_format('d-mmm'))
            page.write_number(6, 3, 0.05, get_format('0%'))
            page.write_number(7, 5, 0.05, get_format('0%'))
            page.write_boolean(8, 3, True)
            page.write_string(9, 2, "1.23457E+17")
            page.write_rich_string(10, 2, "CH", get_format('0'), "AIR")
            page.write_number(11, 0, 123456789012345)
        orders = self.orders(write)
        self.assertRefused(orders['1.234567890123457E+17'], (2, "lost digits"))
        self.assertRefused(orders['F-2'], (3, "formula without a stored result"))
        self.assertEqual((orders['F-3'][0]['lines'][0]['unit_price'], orders['F-3'][1]), (19, []))
        self.assertRefused(orders['F-4'], (5, "spreadsheet error"))
        self.assertRefused(orders['F-5'], (6, "become a date"))
        self.assertRefused(orders['F-6'], (7, "percentage"))
        self.assertEqual((orders['F-7'][0]['lines'][0]['discount'], orders['F-7'][1]), (5, []))
        # Refused where all values are checked.
        self.assertEqual(orders['F-8'][0]['lines'][0]['quantity'], 'TRUE')
        self.assertRefused(orders['F-9'], (10, "lost digits"))
        self.assertEqual(orders['F-10'][0]['lines'][0]['sku'], "CHAIR")
        self.assertFalse(orders['123456789012345'][1])

    def test_formulas_that_nobody_calculated(self):
        """Programs write formulas with no result or with an empty one."""
        book = openpyxl.Workbook()
        for cells in (["Order No", "Customer", "SKU", "Qty", "Unit Price"], ["F-1", "Blue", "CHAIR", 2, '=2*9.5']):
            book.active.append(cells)
        stream = io.BytesIO()
        book.save(stream)
        self.assertRefused(self.build(order_file.read_table(stream.getvalue()))['F-1'], (2, "formula without"))
        # An empty text that a spreadsheet has calculated is nothing.
        content = io.BytesIO()
        with zipfile.ZipFile(stream) as source, zipfile.ZipFile(content, 'w') as target:
            for name in source.namelist():
                text = source.read(name).replace(b'fullCalcOnLoad="1"', b'')
                target.writestr(name, text.replace(b'<c r="E2"', b'<c r="E2" t="str"'))
        order = self.build(order_file.read_table(content.getvalue()))['F-1']
        self.assertEqual((order[0]['lines'], order[1]), ([{'sku': "CHAIR", 'quantity': 2}], []))

    def test_hidden(self):
        def write(book, page, _get_format):
            page.write_row(0, 0, ["Order No", "Customer", "SKU", "Qty", "Unit Price"])
            for row in range(1, 5):
                page.write_row(row, 0, [f"F-{row // 2}", "Blue", "CHAIR", row, 9.5])
            page.set_row(3, None, None, {'hidden': True})
            page.set_column(4, 4, None, None, {'hidden': True})
            other = book.add_worksheet("Old")
            other.write_row(0, 0, ["Order No", "Customer", "SKU", "Qty"])
            other.write_row(1, 0, ["X-1", "Blue", "CHAIR", 1])
            other.hide()
        table = order_file.read_table(sheet(write))
        self.assertEqual((table.hidden, table.sheet, table.sheets), ({4}, "Orders", ()))
        self.assertEqual([remark._args for remark in table.remarks], [{'sheets': "Old"}])
        orders = self.build(table)
        self.assertEqual(list(orders), ['F-0', 'F-1', 'F-2'])
        # The order has another row, and is not imported without this one.
        self.assertRefused(orders['F-1'], (4, "hidden in the file"))

    def test_merged(self):
        def write(_book, page, _get_format):
            page.write_row(0, 0, ["Order No", "Customer", "SKU", "Qty", "Unit Price"])
            for row in range(1, 6):
                page.write_row(row, 2, ["CHAIR", row])
            page.merge_range(1, 0, 3, 0, "F-1")
            page.merge_range(1, 1, 3, 1, "Blue")
            page.merge_range(4, 0, 5, 0, 1002)
            page.merge_range(4, 1, 5, 1, "Red")
            page.merge_range(4, 4, 5, 4, 9.5)
        orders = self.orders(write)
        self.assertEqual((orders['F-1'][0]['customer'], orders['F-1'][1]), ({'name': "Blue"}, []))
        self.assertEqual([line['quantity'] for line in orders['F-1'][0]['lines']], [1, 2, 3])
        self.assertRefused(orders['1002'], (5, "merged over several rows"), (6, "merged over several rows"))

    def test_header_of_two_rows(self):
        def write(_book, page, _get_format):
            page.write(0, 0, "Orders of March")
            page.merge_range(2, 0, 3, 0, "Order No")
            page.merge_range(2, 1, 3, 1, "Customer")
            page.merge_range(2, 2, 2, 3, "Line")
            page.write_row(3, 2, ["SKU", "Qty"])
            page.write_row(4, 0, ["F-1", "Blue", "CHAIR", 2])
        table = order_file.read_table(sheet(write))
        self.assertEqual((table.header, table.header_number), (["Order No", "Customer", "SKU", "Qty"], 4))
        self.assertEqual(table.rows, [(5, ["F-1", "Blue", "CHAIR", 2])])

    def test_sheets(self):
        def write(names):
            def write_sheets(book, page, _get_format):
                page.write_row(0, 0, ["Read me first"])
                for name, head in names.items():
                    other = book.add_worksheet(name)
                    other.write_row(0, 0, head)
                    other.write_row(1, 0, ["F-1", "Blue", "CHAIR", 2])
                book.add_worksheet("Empty")
            return sheet(write_sheets)
        head = ["Order No", "Customer", "SKU", "Qty"]
        table = order_file.read_table(write({'Customers': ["Customer", "City", "Phone"], 'March': head}))
        self.assertEqual((table.sheet, table.sheets, table.rows), ('March', (), [(2, ["F-1", "Blue", "CHAIR", 2])]))
        self.assertEqual(table.remarks[0]._args, {'sheets': "Orders, Customers"})
        content = write({'March': head, 'April': head})
        self.assertEqual(order_file.read_table(content).sheets, ('March', 'April'))
        table = order_file.read_table(content, sheet='april')
        self.assertEqual((table.sheet, table.sheets), ('April', ()))
        with self.assertRaises(order_file.FileError):
            order_file.read_table(content, sheet='May')

    def test_texts(self):
        """Signs that XML cannot hold are written as _x000D_; a text that looks like that is written as _x005F_…"""
        def write(_book, page, get_format):
            page.write_row(0, 0, ["a", "b", "c"])
            page.write_string(1, 0, "two_x000D_\nlines")
            page.write_string(1, 1, "'001234")
            page.write_string(1, 2, "O'Neill")
        cells = order_file.read_table(sheet(write)).rows[0][1]
        self.assertEqual(cells[1:], ["'001234", "O'Neill"])
        content = sheet(write)
        source, target = zipfile.ZipFile(io.BytesIO(content)), io.BytesIO()
        with zipfile.ZipFile(target, 'w') as archive:
            for name in source.namelist():
                archive.writestr(name, source.read(name).replace(b'_x005F_x000D_', b'_x000D_'))
        self.assertEqual(order_file.read_table(target.getvalue()).rows[0][1][0].split(), ["two", "lines"])


@tagged('post_install', '-at_install')
class TestShapes(ReadingCase):
    """A file that is no clean table is read right, or its rows are refused."""

    def test_quotation_marks(self):
        head = "Order No,Customer,SKU,Description,Qty\n"
        lines = 'F-2,Blue,CHAIR,"x",2\nF-3,Blue,CHAIR,y,3\n'
        for broken in ('F-1,Blue,CHAIR,"19"" rack, gate 4,1\n', 'F-1,Blue,CHAIR,"19" rack",1\n',
                       'F-1,Blue,CHAIR,"rack,1\n'):
            for rest in (lines, lines.replace('"', ''), 'F-2,Blue,CHAIR,rack 19",2\nF-3,Blue,CHAIR,y,3\n'):
                with self.subTest(broken=broken, rest=rest):
                    orders = self.build(self.read(head + broken + rest))
                    self.assertEqual(list(orders), ['F-1', 'F-2', 'F-3'])
                    self.assertRefused(orders['F-1'], (2, "quotation mark"))
                    self.assertEqual([orders[key][0]['lines'][0]['quantity'] for key in ('F-2', 'F-3')], [2, 3])
                    self.assertFalse(orders['F-2'][1] or orders['F-3'][1])
        # The last row, and one whose order has others.
        orders = self.build(self.read(head + lines + 'F-3,Blue,CHAIR,"rack,1'))
        self.assertRefused(orders['F-3'], (4, "quotation mark"))
        self.assertFalse(orders['F-2'][1])
        # What is right stays: texts of several lines, doubled marks, marks inside of texts, blanks around them.
        orders = self.build(self.read(
            head + 'F-1,Blue,CHAIR,"two\nlines, and ""more"", and\nmore",1\nF-2,"Blue" , "CHAIR",19" rack,2\n'
            '"F-3\n",Blue,CHAIR,y,3\n'))
        self.assertEqual({key: order[0]['lines'][0]['name'] for key, order in orders.items()}, {
            'F-1': 'two\nlines, and "more", and\nmore', 'F-2': '19" rack', 'F-3': "y"})
        self.assertFalse(any(problems for _payload, problems in orders.values()))
        # Also where most rows have such a text, or one with as many commas as the row has.
        note = '"Dear all,\nring, twice\nBest, Anna"'
        orders = self.build(self.read(head + ''.join(f"F-{number},{note},CHAIR,{note},1\n" for number in range(9))))
        self.assertEqual(len(orders), 9)
        for payload, problems in orders.values():
            self.assertEqual((payload['lines'][0]['name'], problems), (note.strip('"'), []))

    def test_rows(self):
        orders = self.build(self.read(HEADER + (
            "F-1;Blue;CHAIR;1;9\n\n;;;;\nF-2;Blue;CHAIR;2\nF-3;Blue;CHA;IR;3;9\nF-4;Blue;CHAIR;4;9;;\n"
            "F-5;Blue;CHAIR;5;9\nF-6;Blue;CHAIR;6;9\nTotal;;;21;\n")))
        self.assertEqual(list(orders), ['F-1', 'F-2', 'F-3', 'F-4', 'F-5', 'F-6', 'Total'])
        self.assertEqual(orders['F-2'][0]['lines'], [{'sku': "CHAIR", 'quantity': 2}])
        self.assertRefused(orders['F-3'], (6, "more cells than there are column names"))
        self.assertRefused(orders['Total'], (10, "is a total"))
        self.assertFalse(any(orders[key][1] for key in ('F-1', 'F-2', 'F-4', 'F-5', 'F-6')))

    def test_torn_rows(self):
        orders = self.build(self.read(HEADER + "F-1;Blue\nHarbour;CHAIR;1;9\nF-2;Blue;CHAIR;2;9\n"))
        self.assertRefused(orders['F-1'], (2, "ends in the middle"))
        self.assertRefused(orders['Harbour'], (3, "ends in the middle"))
        self.assertFalse(orders['F-2'][1])
        # Rows that end where they are empty, but for the last one.
        head = "Order No;Customer;SKU;Qty;Unit Price;Discount;Note\n"
        orders = self.build(self.read(head + "F-1;Blue;CHAIR;1\nF-2;Blue;CHAIR;2\nF-3;Blue;CHAIR;3;;;Ring\ntwice\n"))
        self.assertFalse(orders['F-1'][1] or orders['F-2'][1])
        orders = self.build(self.read(head + "F-3;Blue;CHAIR;3;Ring\ntwice;5;x\n"))
        self.assertRefused(orders['F-3'], (2, "ends in the middle"))

    def test_header(self):
        table = self.read("Orders of March\n\nfor;Blue Harbour\n" + HEADER + "F-1;Blue;CHAIR;1;9\n" + HEADER)
        self.assertEqual((table.header_number, table.rows), (4, [(5, ["F-1", "Blue", "CHAIR", "1", "9"])]))
        self.assertEqual([remark._args for remark in table.remarks], [
            {'text': "Orders of March · for · Blue Harbour"}, {'rows': "6"}])
        table = self.read("a;b\nc;d\ne;f\n", header_number=2)
        self.assertEqual((table.header, table.rows), (["c", "d"], [(3, ["e", "f"])]))
        with self.assertRaises(order_file.FileError):
            self.read("a;b\nc;d\ne;f\n", header_number=7)

    def test_lines_and_signs(self):
        row = ["F-1", "Blue", "CHAIR", "1", "9"]
        for text, rows in (
            ("sep=;\n" + HEADER + "F-1;Blue;CHAIR;1;9\n", [(2, row)]),
            ('"sep=;"\r\n' + HEADER + "F-1;Blue;CHAIR;1;9\n", [(2, row)]),
            ("SEP=,\n" + HEADER.replace(';', ',') + "F-1,Blue,CHAIR,1,9\n", [(2, row)]),
            (HEADER + "F-1;Blue;CHAIR;1;9\rF-1;Blue;CHAIR;1;9\r\nF-1;Blue;CHAIR;1;9", [(2, row), (3, row), (4, row)]),
            ("\ufeff\ufeff" + HEADER + "\ufeffF-1;Blue;CHAIR;1;9\n", [(2, row)]),
            (HEADER.replace(';', '\t') + "F-1\tBlue\tCHAIR\t1\t9", [(2, row)]),
            (HEADER + "F-1\0\0;Blue;\xa0CHAIR ;'1;9\n", [(2, row)]),
            (HEADER + "F-1;Bl\0ue;CHAIR;1;9\n", [(2, ["F-1", "Bl\ufffdue", "CHAIR", "1", "9"])]),
            # Ends of lines for typesetters are none.
            (HEADER + "F-1;Blue\x85Harbour\u2028Ltd;CHAIR;1;9\n", [
                (2, ["F-1", "Blue\ufffdHarbour\u2028Ltd", *row[2:]])]),
        ):
            with self.subTest(text=text):
                self.assertEqual(self.read(text).rows, rows)
        self.assertRefused(self.build(self.read(HEADER + "F-1;Bl\0ue;CHAIR;1;9\n"))['F-1'], (2, "could not be read"))

    def test_texts_that_are_none(self):
        for sku, words in (
            ("1.23457E+17", "lost digits"), ("1,23457E+17", "lost digits"), ("1E+05", "lost digits"),
            ("#N/A", "spreadsheet error"), ("#REF!", "spreadsheet error"), ("########", "spreadsheet error"),
            ("2025-01-02 00:00:00", "become a date"), ("#1", None), ("1E5", None), ("5E-3", None), ("E+17", None),
        ):
            with self.subTest(sku=sku):
                order = self.build(self.read(HEADER + f"F-1;Blue;{sku};1;9\n"))['F-1']
                self.assertRefused(order, *([(2, words)] if words else []))

    def test_texts_that_may_be_anything(self):
        """A day, or a number with a power of ten, is nothing unusual in a note."""
        for text in ("2025-01-02 00:00:00", "1.5E+05"):
            for field, count in (('note', 0), ('lines.name', 0), ('reference', 1), ('customer.zip', 1)):
                with self.subTest(text=text, field=field):
                    order, = order_file.Converter([field]).build_orders([(2, [text])])
                    self.assertEqual(len(order.problems), count)

    def test_digits_that_became_zeros(self):
        """A spreadsheet has kept fifteen digits of the numbers of a column, so that several became one."""
        for numbers, are_lost in (
            (["123456789012345000", "123456789012346000"], True), (["123456789012345000"] * 2, False),
            (["1234567890123450000"] * 2, True), (["123456789012345000", "123456789012345678"], False),
            (["1234567890123450"], False), (["1234567890123450", "1234567890123460"], False),
            (["12345678901234500", "1234567890123460"], True), (["123456789012345", "100000000000000"], False),
        ):
            with self.subTest(numbers=numbers):
                table = self.read(HEADER + ''.join(f"{number};Blue;CHAIR;1;9\n" for number in numbers))
                for _payload, problems in self.build(table).values():
                    self.assertEqual(bool(problems), are_lost)

    def test_delimiters(self):
        """Names that are known tell more than the number of columns."""
        text = "Order No;Customer, full name;SKU;Qty\nF-1;Blue, Harbour, Ltd;CHAIR;1,5\nF-2;Red, Ltd, Kiel;CHAIR;2,5\n"
        self.assertEqual(self.read(text).delimiter, ';')

    def test_names_that_are_equal(self):
        header = ["Price", "Qty", "Price", "price "]
        key = order_file.simplify("Price")
        self.assertEqual(order_file.guess_fields(header), ['lines.unit_price', 'lines.quantity', False, False])
        known = {key: False, (key, 3): 'lines.unit_price'}
        self.assertEqual(order_file.guess_fields(header, known), [False, 'lines.quantity', False, 'lines.unit_price'])
        table = self.read("Price;Qty;Price;price\n1;2;1;1\n1;2;1;1\n")
        self.assertEqual(order_file.find_twins(table), [])
        table = self.read("Price;Qty;Price;price\n1;2;1;1\n1;2;1;3\n")
        self.assertEqual(order_file.find_twins(table), [[0, 2, 3]])


@tagged('post_install', '-at_install')
class TestTexts(ReadingCase):
    """The text is right, or it is asked and the right encoding is among the first that are shown."""

    TEXTS = [
        ('cp1250', ["Škoda Příbram", "Žďár nad Sázavou", "Łódź", "Kraków"]), ('cp1250', ["Łukasz Żółć"]),
        ('cp932', ["株式会社ライト", "東京商店"]), ('cp932', ["山田太郎"]), ('euc_jp', ["株式会社ライト", "東京商店"]),
        ('euc_kr', ["부산 등대 주식회사"]), ('euc_kr', ["김철수"]), ('big5', ["臺北燈塔有限公司"]),
        ('big5', ["王小明"]),
        ('gb18030', ["深圳市灯塔有限公司"]), ('gb18030', ["王小明"]), ('gb18030', ["陈圳"]),
        ('cp1251', ["ООО Маяк", "Петербург"]), ('koi8_u', ["ООО Маяк", "Петербург"]),
        ('cp866', ["ООО Маяк", "Петербург"]),
        ('cp1252', ["Müller & Söhne", "Café Zürich"]), ('cp1252', ["Mère Noël", "España"]), ('cp1252', ["Søren Åse"]),
        ('cp1254', ["İstanbul Işık Ltd Şti"]), ('cp1253', ["Φάρος ΑΕ", "Αθήνα"]), ('cp1257', ["Šiauliai", "Rīga"]),
        ('cp1255', ["חברת מגדלור"]), ('cp1256', ["شركة المنارة"]), ('cp874', ["บริษัท ประภาคาร จำกัด"]),
        ('cp850', ["Müller", "Café"]), ('cp852', ["Škoda", "Příbram"]), ('mac_roman', ["Müller", "Café"]),
        ('utf-8', ["Škoda"]), ('utf-8-sig', ["株式会社"]), ('utf-16', ["Škoda"]), ('utf-16-le', ["王小明", "Škoda"]),
        ('utf-16-be', ["王小明", "Škoda"]), ('utf-32', ["王小明"]), ('iso2022_jp', ["株式会社ライト"]),
    ]

    def test_encodings(self):
        for encoding, names in self.TEXTS:
            for head in ("Order No;Customer;SKU;Qty\n", "No;Kunde;SKU;Stück\n"):
                if 'ü' in head and encoding not in ('cp1252', 'utf-8', 'utf-16', 'cp850'):
                    continue
                text = head + ''.join(f"F-{number};{name};CHAIR;1\n" for number, name in enumerate(names))
                content = text.encode(encoding)
                with self.subTest(encoding=encoding, names=names):
                    table = order_file.read_table(content)
                    read = [cells[1] for _number, cells in table.rows]
                    if table.encodings:
                        # What is shown first has the right text, in whatever encoding that has it.
                        lines = [f"F-{number};{name};CHAIR;1" for number, name in enumerate(names)][:3]
                        previews = [order_file.preview_text(content, found) for found in table.encodings[:8]]
                        self.assertIn(lines, [preview and preview[-len(lines):] for preview in previews])
                        table = order_file.read_table(content, encoding=encoding)
                        read = [cells[1] for _number, cells in table.rows]
                    self.assertEqual(read, names)

    def test_what_is_certain(self):
        """What is recognised by itself is not asked."""
        for encoding, text in (
            ('gb18030', "订单号;客户名称\nF-1;王小明\n"), ('gb18030', "Order No;Customer\nF-1;深圳市灯塔有限公司\n"),
            ('big5', "Order No;Customer\nF-1;臺北燈塔有限公司\n"), ('cp932', "注文番号;顧客\nF-1;株式会社ライト東京\n"),
            ('cp1252', "Nummer;Kunde\n1;Müller & Söhne\n2;Jürgen Köhler"), ('utf-8', "Order No;Customer\nF-1;Anna\n"),
        ):
            with self.subTest(text=text):
                found = order_file_text.find_encoding(text.encode(encoding), order_file._has_known_name)
                self.assertTrue(found.is_sure)
                self.assertEqual(order_file_text.decode(text.encode(encoding), found.encoding), text)

    def test_bad_byte(self):
        """Of an otherwise sound file only the row with the bad byte is refused."""
        content = (HEADER + "F-1;Müller;CHAIR;1;9\nF-2;Söhne;CHAIR;1;9\nF-3;Caf\x00;CHAIR;1;9\n").encode().replace(
            b'\x00', b'\xe9')
        # With few others it is asked, for that might be another encoding.
        self.assertEqual(self.read(content).encodings[0], 'utf-8')
        self.assertEqual(self.read(content, encoding='utf-8').rows[2][1][1], "Caf\ufffd")
        table = self.read(content + ''.join(f"F-{number};Köln;CHAIR;1;9\n" for number in range(4, 14)).encode())
        self.assertEqual((table.encoding, table.encodings), ('utf-8', ()))
        orders = self.build(table)
        self.assertEqual([orders[key][0]['customer']['name'] for key in ('F-1', 'F-2')], ["Müller", "Söhne"])
        self.assertFalse(orders['F-1'][1] or orders['F-2'][1])
        self.assertRefused(orders['F-3'], (4, "could not be read"))

    def test_chosen(self):
        content = "订单号,a\n1,2".encode('gb18030')
        for encoding in ('utf-8', 'utf-16', 'utf-32'):
            with self.subTest(encoding=encoding), self.assertRaises(order_file.FileError):
                self.read(content + b'\n', encoding=encoding)
        # Whatever bytes there are, something can be chosen.
        found = order_file_text.find_encoding(b'Order No;Customer\nF-1;' + bytes(range(128, 256)))
        self.assertFalse(found.is_sure)
        self.assertTrue(found.candidates)
        self.read(b'Order No;Customer\nF-1;' + bytes(range(128, 256)))

    def test_names_of_encodings(self):
        for encoding in order_file.ENCODINGS:
            with self.subTest(encoding=encoding):
                self.assertEqual(order_file_text.decode("Anna".encode(encoding), encoding), "Anna")


@tagged('post_install', '-at_install')
class TestWhatComesBack(ReadingCase):

    def test_protected(self):
        """What a spreadsheet would change has an apostrophe in front, and is read as it was."""
        for text in ("001234", "01067", "123456789012", "4711123412341234567", "1E5", "12e3", "1-2", "3/4", "=1+1",
                     "@a", "+49 30 123"):
            with self.subTest(text=text):
                self.assertEqual(order_file.protect_cell(text), f"'{text}")
                table = self.read(f"a;b\n{order_file.protect_cell(text)};x\n")
                self.assertEqual(table.rows[0][1][0], text)
        for text in ("", "1234", "0", "0.5", "12345678901", "-5", "2031-01-02", "31.12.2030", "CHAIR",
                     "'s-Hertogenbosch", "O'Neill", "F-1", "1.5", "00A"):
            with self.subTest(text=text):
                self.assertEqual(order_file.protect_cell(text), text)
                self.assertEqual(self.read(f"a;b\n{text};x\n").rows[0][1][0], text)
        self.assertEqual(order_file.protect_cell({'text': "001234", 'value': 1234}), "'001234")
        self.assertEqual([order_file.protect_cell(cell) for cell in (1234, -5, 0.5, None, True)], [
            '1234', '-5', '0.5', '', 'TRUE'])
