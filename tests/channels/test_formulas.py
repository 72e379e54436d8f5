"""What outsiders have sent calculates nothing in the spreadsheets that the addon writes; numbers stay numbers."""
import csv
import io
import json
from base64 import b64decode

import openpyxl

from odoo import http
from odoo.tests import HttpCase, tagged

from odoo.addons.sale_order_lifecycle.models.channels import order_file

from .test_order_file import workbook
from .test_order_import import HEADER, ImportCommon

FORMULAS = (
    '=1+1', '=cmd|"/C calc"!A0', '+1+cmd', '-2+3', '@SUM(A1)', '\t=1+1', '\r=1+1', '\n=1+1', '＝1+1', '+49 30 123456',
    '-', '=', '-1e5', '--1')
HARMLESS = ('', 'a=1', "O'Neill", '-5', '+5', '-1,234.50', '-15%', '5-3', ' =1', None, -5, -2.5, True)


@tagged('post_install', '-at_install')
class TestFormulas(ImportCommon, HttpCase):

    def _get_failures(self, content, name):
        order_import = self._upload(content, name)
        order_import.action_import()
        order_import.action_download_failures()
        return b64decode(order_import.sudo().failure_file)

    def _rows_with(self, cell):
        return [*self._rows(1)[0][:3], "NOTHING", -1, -9.5, '2031-01-02', cell]

    def test_guard(self):
        for cell in FORMULAS:
            self.assertTrue(order_file.is_formula(cell), repr(cell))
            self.assertEqual(order_file.guard_cell(cell), f"'{cell}")
        for cell in HARMLESS:
            self.assertEqual(order_file.guard_cell(cell), cell)

    def test_refused_rows(self):
        header = [*HEADER[:7], "=HYPERLINK(1)"]
        formulas = [cell for cell in FORMULAS if cell == cell.strip()]
        back = self._get_failures(self._csv(*map(self._rows_with, formulas), header=header), "a.csv")
        table = list(csv.reader(io.StringIO(back.decode('utf-8-sig'))))
        self.assertEqual(len(table), len(formulas) + 1)
        self.assertEqual(table[0][-1], "'=HYPERLINK(1)")
        for row, formula in zip(table[1:], formulas):
            self.assertEqual(row[-4:], ['-1', '-9.5', '2031-01-02', f"'{formula}"])
            for cell in row:
                self.assertFalse(order_file.is_formula(cell), cell)
        # Chosen again, it says what the first file said.
        again = order_file.read_table(back)
        self.assertEqual([cells[-1] for _number, cells in again.rows], formulas)

        back = self._get_failures(workbook(header, *map(self._rows_with, formulas)), "a.xlsx")
        sheet = openpyxl.load_workbook(io.BytesIO(back)).worksheets[0]
        for row, formula in zip(list(sheet.iter_rows())[1:], formulas):
            self.assertEqual([cell.value for cell in row[-4:]], [-1, -9.5, '2031-01-02', formula])
            self.assertEqual([cell.data_type for cell in row[-4:]], ['n', 'n', 's', 's'])
            self.assertTrue(row[-1].quotePrefix)

    def _export(self, kind, model, fields, records, groupby=None):
        response = self.url_open(f'/web/export/{kind}', data={
            'csrf_token': http.Request.csrf_token(self), 'data': json.dumps({
                'model': model, 'ids': records.ids, 'domain': [('id', 'in', records.ids)],
                'import_compat': False, 'groupby': groupby,
                'fields': [{'name': name, 'label': name, 'type': 'char'} for name in fields]})})
        self.assertEqual(response.status_code, 200)
        if kind == 'csv':
            return [row[0] for row in csv.reader(io.StringIO(response.text))][1:]
        sheet = openpyxl.load_workbook(io.BytesIO(response.content)).worksheets[0]
        self.assertNotIn('f', [row[0].data_type for row in sheet.iter_rows()])
        return [row[0].value for row in sheet.iter_rows()][1:]

    def test_export_of_the_ledger(self):
        """Odoo's own export writes live formulas into workbooks."""
        formulas = ['=1+1', '@SUM(A1)', '+1+cmd']
        orders = self.env['sale.order'].union(*(
            self._order(self._submit_one(reference=formula)) for formula in formulas))
        refusals = self.env['order.channel.refusal'].union(*(
            self.env['order.channel.refusal'].browse(self.env['order.channel.refusal'].search(
                [('reference', '=', self._submit_one(reference=formula + '-', lines=[])['reference'])]).ids)
            for formula in formulas))
        plain = self.env['sale.order'].create({
            'partner_id': self.partner.id, 'company_id': self._new_company().id, 'client_order_ref': '@home'})
        self.assertFalse(plain.policy_id or plain.channel_id)
        self.assertEqual(plain.export_data(['client_order_ref'])['datas'], [['@home']])
        self.user_sales_manager.group_ids |= self.env.ref('base.group_allow_export')
        self.user_sales_manager.password = 'sales_manager_123'
        self.authenticate(self.user_sales_manager.login, 'sales_manager_123')
        self.env.flush_all()
        for kind in ('xlsx', 'csv'):
            with self.subTest(kind=kind):
                self.assertEqual(
                    self._export(kind, 'sale.order', ['channel_reference', 'amount_total'], orders),
                    [f"'{formula}" for formula in formulas])
                self.assertEqual(
                    self._export(kind, 'order.channel.refusal', ['reference'], refusals),
                    [f"'{formula}-" for formula in formulas])
        titles = self._export('xlsx', 'sale.order', ['name'], orders, groupby=['channel_reference'])
        self.assertEqual(
            sorted(title for title in titles if "'" in title), sorted(f"'{formula} (1)" for formula in formulas))
        self.assertIsInstance(orders.export_data(['amount_total'])['datas'][0][0], float)
