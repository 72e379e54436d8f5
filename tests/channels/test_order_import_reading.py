"""Files as people send them, through the upload: an order with what was written, a question, or a refused row."""
import base64
import csv
import io

import openpyxl

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .test_order_file_reading import sheet
from .test_order_import import HEADER, ImportCommon

LINES = "Order No;Customer;Customer No;SKU;Qty;Unit Price\n"


@tagged('post_install', '-at_install')
class TestReading(ImportCommon):

    def _import(self, order_import):
        """Check and import; nothing else is said than what the check has told."""
        order_import.action_check()
        checked = [status.replace('valid', 'created') for status in self._statuses(order_import)]
        order_import.action_import()
        self.assertEqual(self._statuses(order_import), checked)
        return checked

    def _get_lines(self):
        return {order.channel_reference: [
            (line.product_id.default_code, line.product_uom_qty, line.price_unit, line.discount)
            for line in order.order_line] for order in self._orders()}

    def assertAsked(self, order_import, *words):
        """Neither the check nor the import goes on, and the form says why."""
        self.assertEqual(len(order_import.questions.split('\n')), len(words))
        for word in words:
            self.assertIn(word, order_import.questions)
        for method in ('action_check', 'action_import'):
            with self.assertRaises(UserError) as caught:
                getattr(order_import, method)()
            self.assertEqual(str(caught.exception), order_import.questions)
        self.assertEqual((order_import.state, set(self._statuses(order_import))), ('draft', {'new'}))
        self.assertFalse(self._orders())

    # -- numbers ----------------------------------------------------------------------------------

    def test_each_column_has_its_sign(self):
        order_import = self._upload((LINES + (
            "F-1;Blue Harbour Ltd;C-1;CHAIR;2,5;9.90\nF-2;Blue Harbour Ltd;C-1;CHAIR;1;12.50\n")).encode())
        self.assertFalse(order_import.questions)
        self.assertEqual(order_import.column_ids.mapped('decimal_separator')[4:], [',', '.'])
        self._import(order_import)
        self.assertEqual(self._get_lines(), {'F-1': [('CHAIR', 2.5, 9.9, 0)], 'F-2': [('CHAIR', 1, 12.5, 0)]})

    def test_contradictory_column(self):
        order_import = self._upload(
            b"Order No,Customer,Customer No,SKU,Qty,Unit Price\n"
            b'F-1,Blue Harbour Ltd,C-1,CHAIR,1,"10,00"\nF-2,Blue Harbour Ltd,C-1,CHAIR,1,3.75\n'
            b"F-3,Blue Harbour Ltd,C-1,CHAIR,1,4\n")
        order_import.action_check()
        self.assertEqual(self._statuses(order_import), ['rejected', 'rejected', 'valid'])
        for row in order_import.row_ids[:2]:
            self.assertIn("“Unit Price” is written with a decimal point in some rows", row.message)
        order_import.column_ids[5].decimal_separator = '.'
        self.assertEqual(self._import(order_import), ['rejected', 'created', 'created'])
        self.assertIn(
            "“Unit Price” does not have the decimal sign of its column (10,00)", order_import.row_ids[0].message)
        self.assertEqual(self._get_lines(), {'F-2': [('CHAIR', 1, 3.75, 0)], 'F-3': [('CHAIR', 1, 4, 0)]})

    def test_two_meanings(self):
        content = (LINES + "F-1;Blue Harbour Ltd;C-1;CHAIR;2;1.250\nF-2;Blue Harbour Ltd;C-1;CHAIR;2;2.400\n").encode()
        order_import = self._upload(content)
        self.assertAsked(order_import, "“Unit Price”: 1.250 can be 1.25 (decimal point) or 1250 (decimal comma)")
        with Form(order_import) as form, form.column_ids.edit(5) as column:
            column.decimal_separator = ','
        self.assertFalse(order_import.questions)
        self._import(order_import)
        self.assertEqual(self._get_lines(), {'F-1': [('CHAIR', 2, 1250, 0)], 'F-2': [('CHAIR', 2, 2400, 0)]})
        # The answer holds for such a column of this channel; it is shown, and another one can be given.
        again = self._upload(content.replace(b'F-', b'G-'))
        self.assertFalse(again.questions)
        self.assertEqual(again.column_ids[5].decimal_separator, ',')
        again.decimal_separator = '.'
        self._import(again)
        self.assertEqual(self._orders('G').mapped('order_line.price_unit'), [1.25, 2.4])
        market = self.shop.copy({'code': 'market'})
        self.assertTrue(self._upload(content, channel_id=market.id).questions)

    def test_sign_of_the_file(self):
        """What is selected for the file holds for all of its columns."""
        order_import = self._upload((LINES + (
            "F-1;Blue Harbour Ltd;C-1;CHAIR;1;12,345.6\nF-2;Blue Harbour Ltd;C-1;CHAIR;1.250;1.250\n")).encode())
        order_import.decimal_separator = ','
        self.assertEqual(self._import(order_import), ['rejected', 'created'])
        self.assertIn("(12,345.6)", order_import.row_ids[0].message)
        self.assertEqual(self._get_lines(), {'F-2': [('CHAIR', 1250, 1250, 0)]})

    def test_columns_that_are_mapped_later(self):
        order_import = self._upload(
            b"Order No;Customer;SKU;Pieces;Each;Sent\nF-1;X;CHAIR;2,5;1.250;03/04/2030\n"
            b"F-2;X;CHAIR;3;9,90;05/04/2030\n")
        self.assertFalse(order_import.questions)
        order_import.column_ids[4].field = 'lines.unit_price'
        order_import.column_ids[5].field = 'promised_date'
        self.assertAsked(order_import, "03/04/2030 have two meanings")
        order_import.date_order = 'mdy'
        self._import(order_import)
        self.assertEqual(self._get_lines(), {'F-1': [('CHAIR', 2.5, 1250, 0)], 'F-2': [('CHAIR', 3, 9.9, 0)]})
        self.assertEqual([str(order.promised_date) for order in self._orders()], ['2030-03-04', '2030-05-04'])

    def test_negative_and_more(self):
        rows = [("1", "(5.00)"), ("1", "5-"), ("1", "−5"), ("-1", "5"), ("½", "5"), ("1e5", "5"), ("50%", "5"),
                ("1", "5%"), ("€1", "5"), ("1", "$ 1,23,456.00"), ("１", "1 234.5")]
        order_import = self._upload((LINES + ''.join(
            f"F-{number};Blue Harbour Ltd;C-1;CHAIR;{quantity};{price}\n"
            for number, (quantity, price) in enumerate(rows))).encode())
        self.assertEqual(self._import(order_import), ['rejected'] * 9 + ['created'] * 2)
        self.assertTrue(all(order_import.row_ids[:9].mapped('message')))
        self.assertEqual(self._orders().mapped('order_line.price_unit'), [123456, 1234.5])

    def test_what_an_order_does_not_keep(self):
        """More decimals than an order keeps are refused; where a file has no price, the row says whose price it is."""
        order_import = self._upload((LINES.replace("\n", ";Discount\n") + ''.join(
            f"F-{number};Blue Harbour Ltd;C-1;CHAIR;{cells}\n" for number, cells in enumerate((
                "0.125;9.5;", "2.25;9.1234;33.33", "1;9.5;33.333", "1;;5")))).encode())
        self.assertEqual(self._import(order_import), ['rejected', 'created', 'rejected', 'created'])
        self.assertEqual(self._get_lines(), {
            'F-1': [('CHAIR', 2.25, 9.1234, 33.33)], 'F-3': [('CHAIR', 1, 100, 5)]})
        messages = order_import.row_ids.mapped(lambda row: row.message or '')
        self.assertIn("“Qty” (0.125) has more decimals than an order keeps", messages[0])
        self.assertNotIn("pricelist", messages[1])
        self.assertIn("“Discount” (33.333) has more decimals than an order keeps", messages[2])
        self.assertIn("that of the pricelist is taken", messages[3])

    def test_signs_of_currencies(self):
        """A sign that several currencies have is taken where the order is in one of them, in text and in formats."""
        cny = self.env.ref('base.CNY')
        cny.active = True
        pricelist = self.env['product.pricelist'].create({'name': "China", 'currency_id': cny.id})
        own = self.company.currency_id
        self.assertEqual(own.name, 'USD')
        chinese = self.partner.copy({'name': "Lamp Ltd", 'ref': "C-9", 'email': "lamp@example.com"})
        chinese.with_company(self.company).property_product_pricelist = pricelist
        rows = [("C-1", 9.5, '[$$-409]#,##0.00'), ("C-1", 9.5, '[$¥-804]#,##0.00'), ("C-9", 9.5, '[$¥-804]#,##0.00'),
                ("C-9", 9.5, '"$"#,##0.00'), ("C-1", 9.5, '#,##0.00" kr"'), ("C-1", 9.5, '#,##0.00 "CNY"'),
                ("C-9", 9.5, '#,##0.00')]
        names = {"C-1": self.partner.name, "C-9": "Lamp Ltd"}

        def write(_book, page, get_format):
            page.write_row(0, 0, ["Order No", "Customer", "Customer No", "SKU", "Qty", "Unit Price"])
            for number, (ref, price, code) in enumerate(rows, start=1):
                page.write_row(number, 0, [f"F-{number}", names[ref], ref, "CHAIR", 1])
                page.write_number(number, 5, price, get_format(code))
        texts = ["$ 9.50", "9.50 ¥", "￥9.50", "$9.50", "9.50 kr", "CNY 9.50", "9.50"]
        text = LINES + ''.join(
            f"F-{number};{names[ref]};{ref};CHAIR;1;{written}\n"
            for number, ((ref, _price, _code), written) in enumerate(zip(rows, texts), start=1))
        # The second file of the same orders says the same.
        for content, status in ((sheet(write), 'created'), (text.encode(), 'duplicate')):
            with self.subTest(status=status):
                order_import = self._upload(content, "orders.xlsx" if status == 'created' else "orders.csv")
                order_import.action_import()
                self.assertEqual(self._statuses(order_import), [
                    status, 'rejected', status, status, 'rejected', status, status])
                self.assertIn("would be in USD", order_import.row_ids[1].message)
                self.assertEqual(
                    [row.order_id.currency_id.name for row in order_import.row_ids],
                    ['USD', False, 'CNY', 'USD', False, 'CNY', 'CNY'])

    # -- workbooks --------------------------------------------------------------------------------

    def test_what_excel_shows(self):
        self.product_stock.default_code = '001234'
        head = ["Order No", "Customer", "SKU", "Qty", "ZIP", "Discount", "Unit Price"]

        def write(_book, page, get_format):
            page.write_row(0, 0, head)
            for row in range(1, 6):
                page.write_row(row, 0, [f"F-{row}", f"New {row}"])
                page.write_number(row, 2, 1234, get_format('000000'))
                page.write_number(row, 3, 2, get_format('0" pcs"'))
                page.write_number(row, 4, 1067, get_format('00000'))
                page.write_number(row, 6, 9.5)
            page.write_number(1, 5, 0.5, get_format('0.0" %"'))
            page.write_number(2, 5, 0.05, get_format('0%'))
            page.write_number(3, 0, 123456789012345678)
            page.write_formula(4, 6, '=2*9.5')
            page.write_formula(5, 6, '=NA()', None, '#N/A')
        order_import = self._upload(sheet(write), "orders.xlsx")
        self.assertFalse(order_import.questions)
        self.assertEqual(self._import(order_import), ['created'] * 2 + ['rejected'] * 3)
        self.assertEqual(self._get_lines(), {
            'F-1': [('001234', 2, 9.5, 0.5)], 'F-2': [('001234', 2, 9.5, 5)]})
        self.assertEqual(self._orders().partner_id.mapped('zip'), ['01067', '01067'])
        for row, words in zip(order_import.row_ids[2:], (
                "“Order No” has lost digits", "“Unit Price” is a formula without a stored result",
                "“Unit Price” contains the spreadsheet error #N/A")):
            self.assertIn(words, row.message)
        # What was refused comes back as it was shown.
        order_import.action_download_failures()
        back = base64.b64decode(order_import.with_context(bin_size=False).failure_file)
        rows = list(openpyxl.load_workbook(io.BytesIO(back)).worksheets[0].iter_rows(values_only=True))
        self.assertEqual(rows[1][3:], ("1.234567890123457E+17", "New 3", "001234", "2 pcs", "01067", None, 9.5))

    def test_lost_digits_in_csv(self):
        order_import = self._upload(self._csv(*self._rows(1), ["1.23457E+17", *self._rows(1)[0][1:]]))
        self.assertEqual(self._import(order_import), ['created', 'rejected'])
        self.assertIn("format the column as text", order_import.row_ids[1].message)

    def test_hidden_and_merged(self):
        def write(_book, page, _get_format):
            page.write_row(0, 0, ["Order No", "Customer", "SKU", "Qty", "Unit Price"])
            for row in range(1, 6):
                page.write_row(row, 0, [f"F-{row}" if row != 2 else None, "Blue", "CHAIR", row, 9.5])
            page.merge_range(1, 0, 2, 0, "F-1")
            page.set_row(3, None, None, {'hidden': True})
            page.set_column(4, 4, None, None, {'hidden': True})
        order_import = self._upload(sheet(write), "orders.xlsx")
        self.assertEqual(order_import.column_ids.mapped('is_hidden'), [False] * 4 + [True])
        self.assertFalse(order_import.column_ids[4].field)
        self.assertEqual(self._import(order_import), ['created', 'created', 'rejected', 'created', 'created'])
        self.assertIn("hidden in the file", order_import.row_ids[2].message)
        self.assertEqual(self._orders()[0].order_line.mapped('product_uom_qty'), [1, 2])
        # Where it is shown, it is recognised.
        other = self._upload(self._csv(*self._rows(1)))
        self.assertEqual(other.column_ids[5].field, 'lines.unit_price')

    def test_sheets(self):
        def write(book, page, _get_format):
            for other in (page, book.add_worksheet("April")):
                other.write_row(0, 0, ["Order No", "Customer", "SKU", "Qty"])
                other.write_row(1, 0, [f"F-{other.name}", "Blue", "CHAIR", 1])
        order_import = self._upload(sheet(write), "orders.xlsx")
        self.assertAsked(order_import, "enter one of Orders and April")
        with self.assertRaisesRegex(UserError, "no visible sheet “May”"):
            order_import.worksheet = "May"
        order_import.worksheet = "April"
        self.assertIn("Orders", order_import.remark)
        self._import(order_import)
        self.assertEqual(self._orders().mapped('channel_reference'), ['F-April'])

    # -- shape ------------------------------------------------------------------------------------

    def test_open_quotation_mark(self):
        order_import = self._upload(
            b"Order No,Customer,Customer No,SKU,Description,Qty,Unit Price\n"
            b'F-1,Blue Harbour Ltd,C-1,CHAIR,"19"" rack, gate 4,1,9.5\n'
            b'F-2,Blue Harbour Ltd,C-1,CHAIR,Rack,2,9.5\nF-3,Blue Harbour Ltd,C-1,CHAIR,Rack,3,9.5\n')
        self.assertEqual(order_import.row_count, 3)
        self.assertEqual(self._import(order_import), ['rejected', 'created', 'created'])
        self.assertIn("quotation mark", order_import.row_ids[0].message)
        self.assertIn("19\" rack, gate 4", order_import.row_ids[0].content)
        self.assertEqual(
            {reference: lines[0][1] for reference, lines in self._get_lines().items()}, {'F-2': 2, 'F-3': 3})
        refusal = self.env['order.channel.refusal'].search([('reference', '=', 'F-1')])
        self.assertEqual(refusal.status, 'rejected')

    def test_columns_of_one_name(self):
        header = ["Order No", "Customer", "SKU", "Qty", "Price", "Price", "Price"]
        order_import = self._upload(self._csv(["F-1", "Blue", "CHAIR", 2, 7, 9, 9], header=header))
        self.assertAsked(order_import, "Several columns are called “Price”")
        order_import.column_ids[5].field = 'lines.unit_price'
        self._import(order_import)
        self.assertEqual(self._get_lines()['F-1'], [('CHAIR', 2, 9, 0)])
        again = self._upload(self._csv(["F-2", "Blue", "CHAIR", 2, 7, 8, 9], header=header))
        self.assertEqual(again.column_ids.mapped('field')[4:], [False, 'lines.unit_price', False])
        self.assertFalse(again.questions)
        self._import(again)
        self.assertEqual(self._get_lines()['F-2'], [('CHAIR', 2, 8, 0)])
        # Also the first one is remembered, and that another one holds it now.
        again = self._upload(self._csv(["F-3", "Blue", "CHAIR", 2, 7, 8, 9], header=header))
        again.column_ids[5].field = False
        again.column_ids[4].field = 'lines.unit_price'
        again.action_check()
        again = self._upload(self._csv(["F-3", "Blue", "CHAIR", 2, 7, 8, 9], header=header))
        self.assertEqual(again.column_ids.mapped('field')[4:], ['lines.unit_price', False, False])
        self.assertFalse(again.questions)

    def test_no_clean_table(self):
        order_import = self._upload((
            "sep=;\r\nOrders of March;;\r\n\r\n" + LINES + "F-1;Blue Harbour Ltd;C-1;CHAIR;1;9\r"
            "\r\nF-2;Blue Harbour Ltd;C-1;CHAIR;2;9;9\n" + LINES + "F-3;Blue Harbour Ltd;C-1;CHA\0IR;3;9\n"
            "F-4;Blue Harbour Ltd;C-1;CHAIR;4\nTotal;;;;10;\n").encode())
        self.assertEqual((order_import.delimiter, order_import.header_number), (';', 3))
        self.assertIn("Orders of March", order_import.remark)
        self.assertEqual(self._import(order_import), ['created', 'rejected', 'rejected', 'created', 'rejected'])
        for number, words in (
                (1, "more cells than there are column names"), (2, "could not be read"), (4, "is a total")):
            self.assertIn(words, order_import.row_ids[number].message)
        self.assertEqual(
            {reference: lines[0][1] for reference, lines in self._get_lines().items()}, {'F-1': 1, 'F-4': 4})
        order_import = self._upload(b"Nr;Kunde\nOrder No;Customer;SKU;Qty\nF-5;X;CHAIR;1\n")
        self.assertEqual(order_import.header_number, 2)
        with Form(order_import) as form:
            form.header_number = 1
        self.assertEqual((order_import.header_number, order_import.column_ids.mapped('name')), (1, ["Nr", "Kunde"]))

    # -- encodings --------------------------------------------------------------------------------

    def test_encodings(self):
        """The text is right in the end, whatever it takes, and no customer is made before."""
        for encoding, name in (
            ('cp1250', "Škoda Příbram Ř"), ('cp932', "株式会社ライト"), ('euc_kr', "부산 등대 주식회사"),
            ('big5', "臺北燈塔有限公司"), ('big5', "王小明"), ('gb18030', "王小明"), ('cp1251', "ООО Маяк"),
            ('cp1252', "Mère Noël"), ('utf-16', "Škoda"),
            ('utf-16-le', "王小明"), ('utf-16-be', "Škoda"), ('utf-8-sig', "\ufeffŠkoda"),
        ):
            prefix = f'E{encoding}{ord(name[0])}'.replace('_', '')
            content = f"Order No;Customer;SKU;Qty\n{prefix}-1;{name};CHAIR;1\n".encode(encoding)
            with self.subTest(encoding=encoding, name=name):
                order_import = self._upload(content)
                if not order_import.encoding:
                    self.assertIn("select the encoding", order_import.questions)
                    self.assertIn(name, order_import.preview)
                    for method in ('action_check', 'action_import'):
                        with self.assertRaises(UserError):
                            getattr(order_import, method)()
                    self.assertFalse(self._orders(prefix))
                    with Form(order_import) as form:
                        form.encoding = encoding
                    self.assertFalse(order_import.questions)
                self._import(order_import)
                self.assertEqual(self._orders(prefix).partner_id.mapped('name'), [name.strip('\ufeff')])

    def test_traditional_chinese(self):
        """A file from Taiwan, in its encoding: nothing is asked."""
        order_import = self._upload(
            "訂單編號,客戶名稱,商品編號,數量,單價,備註\nF-1,藍港有限公司,CHAIR,2,9.5,請送至後門\n".encode('big5'))
        self.assertEqual((order_import.encoding, order_import.questions), ('big5', False))
        self.assertEqual(self._import(order_import), ['created'])
        order = order_import.row_ids.order_id
        self.assertEqual((order.partner_id.name, order.order_line.product_uom_qty), ("藍港有限公司", 2))
        self.assertIn("請送至後門", order.note)

    def test_bad_byte(self):
        name = "Müller, Söhne & Töchter, Köln, Düsseldorf, Lübeck, Göttingen und Nürnberg"
        content = (LINES + f"F-1;{name};;CHAIR;1;9\nF-2;Caf@;;CHAIR;1;9\n").encode().replace(b'@', b'\xe9')
        order_import = self._upload(content)
        self.assertEqual((order_import.encoding, order_import.questions), ('utf-8', False))
        self.assertEqual(self._import(order_import), ['created', 'rejected'])
        self.assertEqual(self._orders().partner_id.name, name)
        self.assertIn("“Customer” contains characters that could not be read", order_import.row_ids[1].message)

    def test_preview_is_text(self):
        order_import = self._upload("Order No;Customer;SKU;Qty\nF-1;<b>Mère</b> & Noël;CHAIR;1\n".encode('cp1252'))
        self.assertIn("&lt;b&gt;Mère&lt;/b&gt; &amp; Noël", order_import.preview)
        order_import.encoding = 'cp1252'
        self.assertFalse(order_import.preview)
        with self.assertRaises(UserError):
            order_import.encoding = 'utf-8'

    # -- questions ----------------------------------------------------------------------------------

    def test_questions_in_chinese(self):
        self.env['res.lang']._activate_lang('zh_CN')
        self.env['ir.module.module']._load_module_terms(['sale_order_lifecycle'], ['zh_CN'])
        self.user_sales.lang = 'zh_CN'
        order_import = self._upload((
            "Order No;Customer;SKU;Qty;Price;Price;Due Date\n"
            "F-1;王小明;CHAIR;1.250;7;8;03/04/2030\n").encode('gb18030'))
        order_import = order_import.with_context(lang='zh_CN')
        questions = order_import.questions.split('\n')
        self.assertEqual(len(questions), 4)
        for question in questions:
            self.assertRegex(question, '[\u4e00-\u9fff]{6}')

    def test_answers_are_nobody_elses(self):
        order_import = self._upload(self._csv(*self._rows(1)))
        for user in (self.user_legal, self._new_user('other_sales', 'sales_team.group_sale_salesman')):
            for record, vals in ((order_import, {'worksheet': "x"}), (order_import, {'header_number': 1}),
                                 (order_import.column_ids[4], {'decimal_separator': ','})):
                with self.subTest(user=user.login, vals=vals), self.assertRaises(AccessError):
                    record.with_user(user).write(vals)
        order_import.action_import()
        for record, vals in (
                (order_import, {'header_number': 1}), (order_import.column_ids[4], {'decimal_separator': ','})):
            with self.subTest(vals=vals), self.assertRaisesRegex(UserError, "already been imported"):
                record.write(vals)

    # -- what comes back ----------------------------------------------------------------------------

    def test_refused_rows_are_read_as_they_were(self):
        rows = [["004711", "Blue Harbour Ltd", "007", "NONE", "2", "9.50", "2031-01-02", "1-2"],
                ["471112341234123412", "Blue Harbour Ltd", "C-1", "1E5", "2", "1.250", "2031-01-02", "=1+1"]]
        order_import = self._upload(self._csv(*rows))
        order_import.action_import()
        order_import.action_download_failures()
        back = base64.b64decode(order_import.with_context(bin_size=False).failure_file)
        table = list(csv.reader(io.StringIO(back.decode('utf-8-sig'))))
        self.assertEqual([row[3:] for row in table], [
            HEADER, ["'004711", "Blue Harbour Ltd", "'007", "NONE", "2", "9.50", "2031-01-02", "'1-2"],
            ["'471112341234123412", "Blue Harbour Ltd", "C-1", "'1E5", "2", "1.250", "2031-01-02", "'=1+1"]])
        again = self._upload(back)
        self.assertEqual([row.cells[3:] for row in again.row_ids], rows)
