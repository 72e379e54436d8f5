import base64
import csv
import io
import itertools
from contextlib import contextmanager
from datetime import date, datetime
from unittest.mock import patch

import openpyxl

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from ..common import LifecycleCommon
from .test_order_file import workbook
from .test_submit_orders import SubmitCommon

HEADER = ["Order No", "Customer", "Customer No", "SKU", "Qty", "Unit Price", "Due Date", "Colour"]


class ImportCommon(SubmitCommon):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user_sales.tz = 'Asia/Shanghai'

    def _rows(self, count, prefix='F', lines=1):
        return [
            [f'{prefix}-{number}', "Blue Harbour Ltd", 'C-1', 'CHAIR', 1 + line, 9.5, '2031-01-02', "red"]
            for number in range(count) for line in range(lines)]

    def _csv(self, *rows, header=HEADER, encoding='utf-8'):
        text = io.StringIO()
        csv.writer(text).writerows([header, *rows])
        return text.getvalue().encode(encoding)

    def _upload(self, content, name="orders.csv", user=None, **vals):
        wizard = self.env['order.import.upload'].with_user(user or self.user_sales).create({
            'channel_id': self.shop.id, 'file': base64.b64encode(content), 'filename': name, **vals})
        return self.env['order.import'].with_user(user or self.user_sales).browse(wizard.action_upload()['res_id'])

    def _statuses(self, order_import):
        order_import.invalidate_recordset()
        return order_import.row_ids.sorted('number').mapped('status')

    def _orders(self, prefix='F'):
        return self.env['sale.order'].search([
            ('channel_id', '=', self.shop.id), ('channel_reference', '=like', f'{prefix}-%')], order='id')

    @contextmanager
    def _cron(self):
        with self.enter_registry_test_mode(), mute_logger('odoo.addons.base.models.ir_cron'):
            yield self.env.ref('sale_order_lifecycle.ir_cron_import_orders')

    def _run_cron(self):
        self.env.flush_all()
        with self._cron() as cron:
            cron.method_direct_trigger()
        self.env.invalidate_all()


@tagged('post_install', '-at_install')
class TestOrderImport(ImportCommon):
    """A file becomes orders of the ledger: read, checked row by row, imported, and what failed comes back."""

    def test_from_file_to_ledger(self):
        bad = ["F-9", "Blue Harbour Ltd", "C-1", "CHAIR", "many", 9.5, "2031-01-02", ""]
        order_import = self._upload(self._csv(*self._rows(2, lines=2), bad))
        self.assertRecordValues(order_import, [{
            'state': 'draft', 'kind': 'csv', 'encoding': 'utf-8', 'delimiter': ',', 'row_count': 5,
            'decimal_separator': '.', 'date_order': 'ymd', 'channel_id': self.shop.id, 'user_id': self.user_sales.id}])
        self.assertEqual(order_import.column_ids.mapped('field'), [
            'reference', 'customer.name', 'customer.ref', 'lines.sku', 'lines.quantity', 'lines.unit_price',
            'promised_date', False])
        self.assertEqual(order_import.column_ids[0].sample, "F-0")
        order_import.action_check()
        self.assertEqual(self._statuses(order_import), ['valid'] * 4 + ['rejected'])
        self.assertEqual((order_import.state, order_import.valid_count, order_import.failed_count), ('checked', 4, 1))
        self.assertIn("“Qty”", order_import.row_ids[-1].message)
        # Nothing was created, nothing was kept as refused.
        self.assertFalse(self._orders())
        self.assertFalse(self.env['order.channel.refusal'].search([('reference', '=', 'F-9')]))
        order_import.action_import()
        self.assertEqual(self._statuses(order_import), ['created'] * 4 + ['rejected'])
        self.assertRecordValues(order_import, [{
            'state': 'done', 'created_count': 4, 'failed_count': 1, 'order_count': 2, 'progress': 100,
            'started_by_id': self.user_sales.id}])
        orders = self._orders()
        self.assertRecordValues(orders, [{
            'channel_reference': f'F-{number}', 'partner_id': self.partner.id, 'registered_by_id': self.user_sales.id,
            'promised_date': date(2031, 1, 2), 'lifecycle_phase': 'intake', 'policy_id': self.policy.id,
            'state': 'draft',
        } for number in range(2)])
        self.assertEqual(orders[0].order_line.mapped('product_uom_qty'), [1, 2])
        self.assertEqual(order_import.row_ids.mapped('order_id'), orders)
        self.assertEqual(self.env['order.channel.refusal'].search([('reference', '=', 'F-9')]).user_id, self.user_sales)
        action = order_import.action_open_orders()
        self.assertEqual(self.env['sale.order'].search(action['domain'], order='id'), orders)

    def test_again(self):
        """The same file again creates nothing; one with a change in it is a conflict that names the column."""
        self._upload(self._csv(*self._rows(3))).action_import()
        again = self._upload(self._csv(*self._rows(3)))
        again.action_check()
        self.assertEqual(self._statuses(again), ['duplicate'] * 3)
        again.action_import()
        self.assertEqual((self._statuses(again), len(self._orders())), (['duplicate'] * 3, 3))
        rows = self._rows(3)
        rows[1][4] = 7
        changed = self._upload(self._csv(*rows))
        changed.action_import()
        self.assertEqual(self._statuses(changed), ['duplicate', 'conflict', 'duplicate'])
        self.assertIn("“Qty”", changed.row_ids[1].message)
        self.assertEqual(self._orders()[1].order_line.product_uom_qty, 1)

    def test_rows_of_one_order(self):
        """All rows of an order or none, wherever they are; each tells what is wrong with it."""
        rows = self._rows(2, lines=2)
        rows[0], rows[3] = rows[3], rows[0]
        rows[1][3] = 'NONE'
        rows[2][1] = "Somebody Else"
        order_import = self._upload(self._csv(*rows, ["", "Blue Harbour Ltd", "C-1", "CHAIR", 1]))
        order_import.action_import()
        self.assertEqual(self._statuses(order_import), ['rejected'] * 5)
        messages = order_import.row_ids.mapped('message')
        self.assertEqual(messages[0], "Another row of this order was refused.")
        self.assertIn("“NONE”", messages[1])
        self.assertIn("“Customer”", messages[2])
        self.assertIn("row 2", messages[2])
        self.assertIn("“Order No” is missing", messages[4])
        self.assertFalse(self._orders())

    def test_workbook(self):
        content = workbook(HEADER, *[
            [1000 + number, "Blue Harbour Ltd", "C-1", "CHAIR", 2, 9.5, date(2031, 1, 2), "red"]
            for number in range(2)])
        order_import = self._upload(content, "orders.xlsx")
        order_import.action_import()
        self.assertEqual(self._statuses(order_import), ['created', 'created'])
        self.assertEqual(order_import.row_ids.order_id.mapped('channel_reference'), ['1000', '1001'])
        self.assertEqual(set(order_import.row_ids.order_id.mapped('promised_date')), {date(2031, 1, 2)})

    def test_chinese_file(self):
        cny = self.env.ref('base.CNY')
        cny.active = True
        self.env['product.pricelist'].create({'name': "China", 'currency_id': cny.id})
        header = ["订单号", "客户名称", "客户编号", "货号", "数量", "单价", "币种", "交货日期", "下单时间"]
        order_import = self._upload(self._csv(
            ["甲-1", "深圳市灯塔有限公司", "SZ-1", "CHAIR", "2", "¥9.50", "CNY", "2031年1月2日", "2025/3/31 08:00"],
            header=header, encoding='gb18030'))
        self.assertEqual(order_import.encoding, 'gb18030')
        order_import.action_import()
        order = order_import.row_ids.order_id
        self.assertRecordValues(order, [{
            'channel_reference': "甲-1", 'promised_date': date(2031, 1, 2), 'amount_untaxed': 19,
            'received_at': datetime(2025, 3, 31, 0, 0), 'currency_id': cny.id}])
        self.assertEqual(order.partner_id.name, "深圳市灯塔有限公司")

    def test_columns_are_remembered(self):
        header = ["Foo", "Bar", "SKU", "Qty"]
        order_import = self._upload(self._csv(["F-1", "Blue Harbour Ltd", "CHAIR", 1], header=header))
        with self.assertRaisesRegex(UserError, "Order: Reference"):
            order_import.action_check()
        self.partner.is_company = True
        order_import.column_ids[0].field = 'reference'
        order_import.column_ids[1].field = 'customer.name'
        order_import.action_check()
        self.assertEqual(self.shop.column_ids.mapped(lambda column: (column.name, column.field)), [
            ("Foo", 'reference'), ("Bar", 'customer.name'), ("SKU", 'lines.sku'), ("Qty", 'lines.quantity')])
        second = self._upload(self._csv(["F-2", "Blue Harbour Ltd", "CHAIR", 1], header=header))
        self.assertEqual(
            second.column_ids.mapped('field'), ['reference', 'customer.name', 'lines.sku', 'lines.quantity'])
        second.column_ids[3].field = False
        second.column_ids[2].field = 'lines.quantity'
        with self.assertRaises(UserError):
            second.action_check()
        second.column_ids[2].field = 'lines.sku'
        second.column_ids[3].field = 'lines.quantity'
        second.action_import()
        self.assertEqual(self._statuses(second), ['created'])
        # Another channel learns for itself.
        market = self.shop.copy({'code': 'market'})
        third = self._upload(self._csv(["F-3", "X", "CHAIR", 1], header=header), channel_id=market.id)
        self.assertEqual(third.column_ids.mapped('field'), [False, False, 'lines.sku', 'lines.quantity'])

    def test_columns_of_nearly_one_name(self):
        header = ["Order No", "Customer", "SKU", "Qty", "QTY.", "Foo", "foo"]
        order_import = self._upload(self._csv(["F-1", "X", "CHAIR", 2, 7, "a", "b"], header=header))
        self.assertEqual(order_import.column_ids.mapped('field')[3:], ['lines.quantity', False, False, False])
        order_import.action_import()
        self.assertEqual(order_import.row_ids.order_id.order_line.product_uom_qty, 2)
        self.assertEqual(self.shop.column_ids.mapped(lambda column: (column.name, column.field))[3:], [
            ("Qty", 'lines.quantity'), ("Foo", False)])
        second = self._upload(self._csv(["F-2", "X", "CHAIR", 2, 7, "a", "b"], header=header))
        self.assertEqual(second.column_ids.mapped('field')[3:], ['lines.quantity', False, False, False])

    def test_read_in_another_way(self):
        order_import = self._upload(self._csv(*self._rows(1)))
        order_import.action_check()
        with Form(order_import) as form:
            form.decimal_separator = ','
        self.assertEqual((order_import.state, self._statuses(order_import)), ('draft', ['new']))
        order_import.delimiter = ';'
        self.assertEqual(len(order_import.column_ids), 1)
        order_import.delimiter = ','
        self.assertEqual(order_import.column_ids[0].field, 'reference')
        with self.assertRaises(UserError):
            order_import.encoding = 'utf-16'

    def test_read_by_a_client_that_asks_for_sizes(self):
        wizard = self.env['order.import.upload'].with_user(self.user_sales).create({
            'channel_id': self.shop.id, 'file': base64.b64encode(self._csv(*self._rows(1))), 'filename': "orders.csv"})
        for context in ({'bin_size': True}, {'bin_size_file': True}):
            with self.subTest(context=context):
                self.env.invalidate_all()
                order_import = self.env['order.import'].with_user(self.user_sales).browse(
                    wizard.with_context(**context).action_upload()['res_id'])
                self.env.invalidate_all()
                order_import.with_context(**context).write({'delimiter': ';'})
                self.assertEqual(len(order_import.column_ids), 1)

    def test_formats_are_found(self):
        row = ["F-1", "Blue Harbour Ltd", "C-1", "CHAIR", "1.000,5", "9,50", "31.12.2030", ""]
        order_import = self._upload(self._csv(row))
        self.assertEqual((order_import.decimal_separator, order_import.date_order), (',', 'dmy'))
        order_import.action_import()
        order = order_import.row_ids.order_id
        self.assertEqual((order.order_line.product_uom_qty, order.order_line.price_unit), (1000.5, 9.5))
        self.assertEqual(order.promised_date, date(2030, 12, 31))

    def test_missing_information_is_told(self):
        self.policy.intake_rule_ids = [Command.create({
            'name': "Term", 'domain': "[('payment_term_id', '!=', False)]", 'message': "Enter the payment term."})]
        self.partner.property_payment_term_id = False
        order_import = self._upload(self._csv(*self._rows(1)))
        order_import.action_import()
        self.assertEqual(order_import.row_ids.message, "Enter the payment term.")

    def test_countries(self):
        header = [*HEADER[:5], "Country"]
        rows = [[f'F-{number}', f"New {number}", '', 'CHAIR', 1, country] for number, country in enumerate(
            ("Germany", "de", "Atlantis"))]
        order_import = self._upload(self._csv(*rows, header=header))
        order_import.action_import()
        self.assertEqual(self._statuses(order_import), ['created', 'created', 'rejected'])
        self.assertEqual(order_import.row_ids.order_id.partner_id.country_id, self.env.ref('base.de'))
        self.assertIn("“Country”", order_import.row_ids[2].message)

    # -- what failed ------------------------------------------------------------------------------

    def _failed_rows(self, order_import):
        action = order_import.action_download_failures()
        self.assertIn(f'/web/content/order.import/{order_import.id}/failure_file', action['url'])
        return base64.b64decode(order_import.with_context(bin_size=False).failure_file)

    def test_refused_rows_come_back(self):
        rows = self._rows(3)
        rows[1][3] = '=1+1'
        rows[1][7] = 'rot; "grün"'
        for name, content in (("a.csv", self._csv(*rows)), ("a.xlsx", workbook(HEADER, *rows))):
            with self.subTest(name=name):
                order_import = self._upload(content, name)
                order_import.action_import()
                back = self._failed_rows(order_import)
                if name == "a.csv":
                    self.assertTrue(back.startswith(b'\xef\xbb\xbf'))
                    table = list(csv.reader(io.StringIO(back.decode('utf-8-sig'))))
                    # What was sent calculates nothing.
                    self.assertEqual(table[1][3:], [str(cell).replace('=1+1', "'=1+1") for cell in rows[1]])
                else:
                    sheet = openpyxl.load_workbook(io.BytesIO(back)).worksheets[0]
                    table = [list(row) for row in sheet.iter_rows(values_only=True)]
                    self.assertEqual([cell.data_type for cell in sheet[2]][6], 's')
                self.assertEqual(table[0], ["Row", "Result", "Reason", *HEADER])
                self.assertEqual((str(table[1][0]), table[1][1]), ("3", "Refused"))
                self.assertIn("No product that can be sold", table[1][2])
                self.assertEqual(len(table), 2)
        # Corrected, it can be chosen as it is.
        back = self._failed_rows(self.env['order.import'].search([('name', '=', "a.csv")]))
        table = list(csv.reader(io.StringIO(back.decode('utf-8-sig'))))
        table[1][6] = 'CHAIR'
        corrected = self._upload(self._csv(table[1], header=table[0]))
        corrected.action_import()
        self.assertEqual(self._statuses(corrected), ['created'])
        with self.assertRaises(UserError):
            corrected.action_download_failures()

    # -- chunks -----------------------------------------------------------------------------------

    def test_chunks(self):
        with patch('odoo.addons.sale_order_lifecycle.models.channels.order_import.IMPORT_CHUNK', 3):
            order_import = self._upload(self._csv(*self._rows(8, lines=2)))
            order_import.action_import()
            self.assertEqual((order_import.state, order_import.done_count, order_import.progress), ('running', 6, 37))
            self.assertEqual(len(self._orders()), 3)
            with self.assertRaises(UserError):
                order_import.action_import()
            with self.assertRaises(UserError):
                order_import.delimiter = ';'
            with self.assertRaises(UserError):
                order_import.column_ids[0].field = False
            with self.assertRaises(UserError):
                order_import.with_user(self.user_sales_manager).unlink()
            self._run_cron()
        self.assertEqual((order_import.state, order_import.progress), ('done', 100))
        self.assertEqual(self._statuses(order_import), ['created'] * 16)
        self.assertEqual(len(self._orders()), 8)
        self.assertEqual(self._orders().registered_by_id, self.user_sales)

    def test_rows_of_one_order_in_two_chunks(self):
        rows = self._rows(5)
        rows.append([*rows[0][:4], 4, *rows[0][5:]])
        with patch('odoo.addons.sale_order_lifecycle.models.channels.order_import.IMPORT_CHUNK', 2):
            order_import = self._upload(self._csv(*rows))
            order_import.action_import()
            self.assertEqual(self._statuses(order_import), ['created', 'created', 'new', 'new', 'new', 'created'])
            self._run_cron()
        self.assertEqual(self._statuses(order_import), ['created'] * 6)
        self.assertEqual(self._orders()[0].order_line.mapped('product_uom_qty'), [1, 4])

    def test_error_stops_one_file_only(self):
        with patch('odoo.addons.sale_order_lifecycle.models.channels.order_import.IMPORT_CHUNK', 2):
            first, second = (self._upload(self._csv(*self._rows(4, prefix))) for prefix in 'GH')
            first.action_import()
            second.action_import()
            submit = self.env.registry['order.submission']._submit

            def refusing(engine, code, payloads):
                if payloads[0]['reference'].startswith('G'):
                    raise UserError("The stars are not right.")
                return submit(engine, code, payloads)

            with (patch.object(self.env.registry['order.submission'], '_submit', refusing),
                  mute_logger('odoo.addons.sale_order_lifecycle.models.channels.order_import')):
                self._run_cron()
            self.assertEqual((first.state, first.error, second.state), ('failed', "The stars are not right.", 'done'))
            self.assertEqual((len(self._orders('G')), len(self._orders('H'))), (2, 4))
            first.action_resume()
            self._run_cron()
        self.assertEqual((first.state, first.error, len(self._orders('G'))), ('done', False, 4))
        with self.assertRaises(UserError):
            first.action_resume()

    @mute_logger('odoo.addons.sale_order_lifecycle.models.channels.order_import')
    def test_right_lost_meanwhile(self):
        for lost in ({'group_ids': [Command.set(self.env.ref('base.group_user').ids)]}, {'active': False}):
            user = self._new_user(f'leaver_{next(iter(lost))}', 'sales_team.group_sale_salesman')
            with patch('odoo.addons.sale_order_lifecycle.models.channels.order_import.IMPORT_CHUNK', 2):
                order_import = self._upload(self._csv(*self._rows(4, 'L' + user.login[-3:])), user=user)
                order_import.action_import()
                user.write(lost)
                self._run_cron()
            order_import = order_import.with_env(self.env)
            self.assertEqual(order_import.state, 'failed')
            self.assertEqual(order_import.done_count, 2)

    def test_rest_does_not_wait(self):
        """When its time is over, the scheduled action gives way to others and goes on at once."""
        with patch('odoo.addons.sale_order_lifecycle.models.channels.order_import.IMPORT_CHUNK', 2):
            order_import = self._upload(self._csv(*self._rows(6)))
            order_import.action_import()
            triggers = self.env['ir.cron.trigger'].search([
                ('cron_id', '=', self.env.ref('sale_order_lifecycle.ir_cron_import_orders').id)])
            triggers.unlink()
            for time_left, done, triggered in (([0], 2, 1), ([1, 0], 4, 1), ([1, 1], 6, 0)):
                with patch.object(self.env.registry['ir.cron'], '_commit_progress', side_effect=time_left):
                    self.env['order.import']._cron_import()
                self.env.invalidate_all()
                self.assertEqual(order_import.done_count, done)
                triggers = triggers.search([('cron_id', '=', self.env.ref(
                    'sale_order_lifecycle.ir_cron_import_orders').id)])
                self.assertEqual(len(triggers), triggered)
                triggers.unlink()

    def test_language_of_the_importer(self):
        """The scheduled action has no language; what it writes is in that of the person who reads it."""
        self.env['res.lang']._activate_lang('zh_CN')
        self.env['ir.module.module']._load_module_terms(['sale_order_lifecycle'], ['zh_CN'])
        self.user_sales.lang = 'zh_CN'
        rows = self._rows(2, lines=2)
        rows[2][3] = 'NONE'
        sent = []
        self.patch(self.env.registry['res.users'], '_bus_send', lambda user, kind, message: sent.append(message))
        with patch('odoo.addons.sale_order_lifecycle.models.channels.order_import.IMPORT_CHUNK', 1):
            order_import = self._upload(self._csv(*rows))
            order_import.action_import()
            self._run_cron()
        texts = [*order_import.row_ids[2:].mapped('message'), sent[-1]['message']]
        self.assertEqual(len(texts), 3)
        for text in texts:
            self.assertRegex(text, '[\u4e00-\u9fff]{4}')

    @mute_logger('odoo.addons.sale_order_lifecycle.models.channels.order_import')
    def test_somebody_else_goes_on(self):
        user = self._new_user('leaver', 'sales_team.group_sale_salesman')
        with patch('odoo.addons.sale_order_lifecycle.models.channels.order_import.IMPORT_CHUNK', 2):
            order_import = self._upload(self._csv(*self._rows(4)), user=user)
            order_import.action_import()
            user.active = False
            self._run_cron()
            order_import = order_import.with_user(self.user_sales_manager)
            order_import.action_resume()
            self._run_cron()
        self.assertRecordValues(order_import, [{
            'state': 'done', 'started_by_id': self.user_sales_manager.id, 'user_id': user.id}])
        self.assertEqual(self._orders().registered_by_id, user | self.user_sales_manager)
        self.assertEqual(self._statuses(order_import), ['created'] * 4)

    @mute_logger('odoo.addons.sale_order_lifecycle.models.channels.order_import')
    def test_channel_closed_meanwhile(self):
        """An archived channel and a policy that was retired stop the import; no row is refused for that."""
        for number, (close, reopen) in enumerate((
            (self.shop.action_archive, self.shop.action_unarchive),
            (self.policy.with_user(self.user_manager).action_retire, None),
        )):
            order_import = self._upload(self._csv(*self._rows(4, f'F{number}')))
            with patch('odoo.addons.sale_order_lifecycle.models.channels.order_import.IMPORT_CHUNK', 2):
                order_import.action_import()
                close()
                self._run_cron()
                self.assertEqual(order_import.state, 'failed')
                self.assertRegex(order_import.error, "no active order channel|no order policy")
                self.assertEqual(self._statuses(order_import), ['created', 'created', 'new', 'new'])
                self.assertFalse(self.env['order.channel.refusal'].search([('reference', '=like', f'F{number}-%')]))
                with self.assertRaises(UserError):
                    order_import.action_resume()
                self.assertEqual(order_import.state, 'failed')
                if reopen:
                    reopen()
                    order_import.action_resume()
                    self._run_cron()
                    self.assertEqual(self._statuses(order_import), ['created'] * 4)
                    self.assertEqual(len(self._orders(f'F{number}')), 4)

    def test_closed_channel_is_told_before(self):
        order_import = self._upload(self._csv(*self._rows(1)))
        self.shop.action_archive()
        for method in ('action_check', 'action_import'):
            with self.subTest(method=method), self.assertRaisesRegex(UserError, "no active order channel"):
                getattr(order_import, method)()
        self.assertEqual((order_import.state, self._statuses(order_import)), ('draft', ['new']))

    def test_file_deleted_meanwhile(self):
        """The rows are kept by themselves: the import goes on without its file, which cannot be read anew then."""
        with patch('odoo.addons.sale_order_lifecycle.models.channels.order_import.IMPORT_CHUNK', 2):
            running, waiting = (self._upload(self._csv(*self._rows(4, prefix))) for prefix in 'GH')
            running.action_import()
            self.env['ir.attachment'].search([
                ('res_model', '=', 'order.import'), ('res_field', '=', 'file'),
                ('res_id', 'in', (running | waiting).ids)]).unlink()
            self.env.invalidate_all()
            self._run_cron()
        self.assertEqual((running.state, self._statuses(running)), ('done', ['created'] * 4))
        with self.assertRaisesRegex(UserError, "no longer available"):
            waiting.delimiter = ';'
        waiting.action_import()
        self.assertEqual(self._statuses(waiting), ['created'] * 4)

    def test_file_cannot_be_replaced(self):
        """Neither the file nor what came back is written through the attachment behind it."""
        order_import = self._upload(self._csv(*self._rows(1), ["F-9"]))
        order_import.action_import()
        order_import.action_download_failures()
        attachments = self.env['ir.attachment'].search([
            ('res_model', '=', 'order.import'), ('res_field', 'in', ('file', 'failure_file')),
            ('res_id', '=', order_import.id)])
        self.assertEqual(len(attachments), 2)
        for attachment in attachments:
            for user in (self.user_sales, self.user_sales_manager, self.user_manager):
                with self.subTest(field=attachment.res_field, user=user.login):
                    with self.assertRaises(UserError):
                        attachment.with_user(user).write({'raw': b'x'})
                    with self.assertRaises(UserError):
                        attachment.with_user(user).unlink()

    def test_chunks_are_not_too_large(self):
        """Many orders of many lines, mixed: each chunk has as many as a call may bring, and none is refused."""
        self.env['ir.config_parameter'].set_param('sale_order_lifecycle.max_call_lines', '7')
        rows = self._rows(5, lines=3)
        order_import = self._upload(self._csv(*rows[::3], *rows[1::3], *rows[2::3]))
        order_import.action_check()
        self.assertEqual(self._statuses(order_import), ['valid'] * 15)
        order_import.action_import()
        self.assertEqual(order_import.done_count, 6)
        self._run_cron()
        self.assertEqual(self._statuses(order_import), ['created'] * 15)
        self.assertEqual([len(order.order_line) for order in self._orders()], [3] * 5)

    def test_rows_that_disagree_are_kept_as_refused(self):
        rows = self._rows(2, lines=2)
        rows[1][1] = "Somebody Else"
        order_import = self._upload(self._csv(*rows))
        order_import.action_check()
        self.assertFalse(self.env['order.channel.refusal'].search([('reference', '=', 'F-0')]))
        order_import.action_import()
        refusal = self.env['order.channel.refusal'].search([('reference', '=', 'F-0')])
        self.assertRecordValues(refusal, [{
            'status': 'rejected', 'channel_id': self.shop.id, 'user_id': self.user_sales.id,
            'company_id': self.company.id}])
        self.assertEqual([(error['code'], error['field']) for error in refusal.errors], [
            ('different_rows', 'customer.name')])
        self.assertEqual(len(refusal.payload['lines']), 2)
        self.assertEqual(self._statuses(order_import), ['rejected', 'rejected', 'created', 'created'])

    def test_large_file(self):
        """Checked and imported in time, with constant queries per chunk."""
        prefixes = (f'Q{number}' for number in itertools.count())
        self.assertSameQueries(
            lambda number: self._upload(self._csv(*self._rows(number, next(prefixes)))),
            lambda order_import: order_import.action_check(), more=2)
        # Core creates orders of two lines and a team with nine queries each; the import itself adds none.
        self.assertSameQueries(
            lambda number: self._upload(self._csv(*self._rows(number, next(prefixes), lines=2))),
            lambda order_import: order_import.action_import(), more=19 * 9 + 3)

    def test_too_many_rows(self):
        self.env['ir.config_parameter'].set_param('sale_order_lifecycle.max_import_rows', '3')
        self._upload(self._csv(*self._rows(3)))
        with self.assertRaisesRegex(UserError, "more than 3 rows"):
            self._upload(self._csv(*self._rows(4)))

    # -- who ----------------------------------------------------------------------------------------

    def test_who_imports(self):
        content = self._csv(*self._rows(1))
        for login in ('legal', 'manager', 'stock', 'employee', 'accountant'):
            with self.subTest(login=login), self.assertRaises(AccessError):
                self._upload(content, user=self.users_by_login[login])
        with self.assertRaises(AccessError):
            self._upload(content, user=self.user_api)
        order_import = self._upload(content)
        other = self._new_user('other_sales', 'sales_team.group_sale_salesman')
        self.assertFalse(self.env['order.import'].with_user(other).search([('id', '=', order_import.id)]))
        self.assertFalse(self.env['order.import.row'].with_user(other).search([('import_id', '=', order_import.id)]))
        for method in ('action_check', 'action_import', 'action_download_failures', 'action_open_orders'):
            for user in (other, self.user_legal, self.user_employee):
                with self.subTest(method=method, user=user.login), self.assertRaises(AccessError):
                    getattr(order_import.with_user(user), method)()
        # A manager of the lifecycle reads it, and imports nothing.
        own = self.env['order.import'].with_user(self.user_manager)
        self.assertEqual(own.search([('id', '=', order_import.id)]).row_count, 1)
        with self.assertRaises(AccessError):
            order_import.with_user(self.user_manager).action_import()
        # A sales manager may, and then has registered the orders.
        order_import.with_user(self.user_sales_manager).action_import()
        self.assertEqual(self._orders().registered_by_id, self.user_sales_manager)

    def test_nothing_is_written_by_hand(self):
        order_import = self._upload(self._csv(*self._rows(1)))
        for values in ({'state': 'done'}, {'file': b''}, {'user_id': self.user_legal.id}, {'error': "x"},
                       {'channel_id': self.channel.id}, {'started_by_id': self.user_legal.id},
                       {'failure_file': b'eA=='},
                       {'row_ids': [Command.clear()]}, {'column_ids': [Command.clear()]},
                       {'column_ids': [Command.create({'name': "X"})]}):
            for user in (self.user_sales, self.user_sales_manager):
                with self.subTest(values=values, user=user.login), self.assertRaises(AccessError):
                    order_import.with_user(user).write(values)
        for record, values in (
            (order_import.column_ids[0], {'name': "X"}), (order_import.column_ids[0], {'import_id': order_import.id}),
            (order_import.row_ids[0], {'status': 'created'}), (order_import.row_ids[0], {'cells': []}),
        ):
            with self.subTest(model=record._name, values=values), self.assertRaises(AccessError):
                record.with_user(self.user_sales_manager).write(values)
        for model, values in (
            ('order.import', {'name': "X", 'channel_id': self.shop.id, 'company_id': self.company.id,
                              'user_id': self.user_sales.id}),
            ('order.import.row', {'import_id': order_import.id}),
            ('order.import.column', {'import_id': order_import.id, 'name': "X"}),
            ('order.channel.column', {'channel_id': self.shop.id, 'name': "X"}),
        ):
            with self.subTest(model=model), self.assertRaises(AccessError):
                self.env[model].with_user(self.user_sales).create(values)

    def test_chosen_file_is_nobody_elses(self):
        wizard = self.env['order.import.upload'].with_user(self.user_sales).create({
            'channel_id': self.shop.id, 'file': base64.b64encode(self._csv(*self._rows(1)))})
        self.assertTrue(wizard.read(['file'])[0]['file'])
        other = self._new_user('other_sales', 'sales_team.group_sale_salesman')
        for user in (other, self.user_sales_manager):
            own = wizard.with_user(user)
            with self.subTest(user=user.login):
                self.assertFalse(own.search([('id', '=', wizard.id)]))
                for attempt in (lambda own=own: own.read(['file']), own.action_upload,
                                lambda own=own: own.write({'filename': "x"})):
                    with self.assertRaises(AccessError):
                        attempt()

    def test_companies(self):
        company = self._new_company(policy=True)
        foreign = self.shop.copy({'code': 'foreign', 'company_id': company.id})
        with self.assertRaises(AccessError):
            self._upload(self._csv(*self._rows(1)), channel_id=foreign.id)
        plain = self._new_company("Plain")
        closed = self.shop.copy({'code': 'closed', 'company_id': plain.id})
        self.user_sales.company_ids |= company | plain
        with self.assertRaisesRegex(UserError, "no order policy"):
            self._upload(self._csv(*self._rows(1)), channel_id=closed.id)
        order_import = self._upload(self._csv(*self._rows(1)), channel_id=foreign.id)
        self.product_stock.company_id = False
        order_import.action_import()
        self.assertEqual(order_import.row_ids.order_id.company_id, company)
        self.assertFalse(self.env['order.import'].with_user(self.user_sales_manager).search([
            ('id', '=', order_import.id)]))

    def test_wizard(self):
        self.env['order.import.upload'].search([]).unlink()
        with Form(self.env['order.import.upload'].with_user(self.user_sales)) as form:
            self.assertEqual(form.channel_id.kind, 'platform')
            form.file = base64.b64encode(self._csv(*self._rows(1)))
            form.channel_id = self.shop
        form.record.action_upload()
        Upload = self.env['order.import.upload'].with_user(self.user_sales)
        self.assertEqual(Upload.new({}).channel_id._origin, self.shop)
        for content in (b'', b'a,b\n', b'PK\x03\x04'):
            with self.subTest(content=content), self.assertRaises(UserError):
                self._upload(content)


@tagged('post_install', '-at_install')
class TestPlainCompany(LifecycleCommon):

    def test_cron_without_imports(self):
        """The scheduled action of a database that imports nothing costs two queries and does nothing."""
        self.env['order.import'].search([('state', '=', 'running')]).state = 'done'
        with patch.object(self.env.registry['ir.cron'], '_commit_progress', return_value=1):
            self.assertEqual(self._count_queries(self.env['order.import']._cron_import), 2)
