"""The ledger of a period on paper: every order with its fate, totals, and what was refused (article I2)."""
import io
import itertools
from datetime import date, datetime
from unittest.mock import patch

from pypdf import PdfReader

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, HttpCase, tagged
from odoo.tools import mute_logger

from ..channels.test_submit_orders import SubmitCommon


class LedgerReportCommon(SubmitCommon):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.resource_calendar_id.tz = 'UTC'
        cls.report = cls.env['report.sale_order_lifecycle.report_order_ledger']
        cls.march = cls._register(
            cls._new_order(3, user_id=cls.user_sales.id), received_at='2025-03-01 00:00:00')
        cls.april = cls._register(cls._new_order(), received_at='2025-04-01 00:00:00')
        cls.quotation = cls._new_order()

    def _new_wizard(self, user=None, **vals):
        return self.env['order.ledger.print'].with_user(user or self.user_sales_manager).create({
            'date_from': '2025-03-01', 'date_to': '2025-03-31', **vals})

    def _get_sheet(self, wizard):
        return wizard.env[self.report._name]._get_report_values(wizard.ids)['sheets'][0]

    def _render(self, name, records):
        return self.env['ir.actions.report'].with_env(records.env)._render_qweb_html(name, records.ids)[0].decode()


@tagged('post_install', '-at_install')
class TestLedgerReport(LedgerReportCommon):

    def test_period(self):
        wizard = self._new_wizard()
        self.assertEqual(wizard.order_count, 3)
        sheet = self._get_sheet(wizard)
        self.assertEqual(sheet['orders'], self.march)
        self.company.resource_calendar_id.tz = 'America/New_York'
        # There it was still February and March.
        self.assertEqual(self._get_sheet(self._new_wizard())['orders'], self.april)

    def test_totals(self):
        manager = self.user_sales_manager
        self._register(
            self._new_order(channel_id=self.shop.id, user_id=manager.id, user=manager), manager,
            received_at='2025-03-31 23:59:59')
        self.march[2].with_user(self.user_sales).action_cancel()
        self.env.flush_all()
        sheet = self._get_sheet(self._new_wizard())
        self.assertEqual(sheet['total'], {'count': 4, 'cancelled': 1, 'amount': 1500.0})
        self.assertEqual(sheet['people'], [
            {'name': self.user_sales.name, 'count': 3, 'cancelled': 1, 'amount': 1000.0},
            {'name': self.user_sales_manager.name, 'count': 1, 'cancelled': 0, 'amount': 500.0}])
        self.assertEqual([row['count'] for row in sheet['channels']], [3, 1])
        shop = self._get_sheet(self._new_wizard(channel_ids=self.shop.ids))
        self.assertEqual(len(shop['orders']), shop['total']['count'])
        self.assertFalse(self._get_sheet(self._new_wizard(user_ids=self.user_legal.ids))['orders'])

    def test_several_currencies(self):
        """Totals are in the currency of the company, at the rate of each order."""
        currency = self._new_currency(self.env['res.currency'].with_context(active_test=False).search(
            [('id', '!=', self.company.currency_id.id)], limit=1))
        pricelist = self.env['product.pricelist'].create({'name': "Abroad", 'currency_id': currency.id})
        order = self._new_order(
            pricelist_id=pricelist.id, user_id=self.user_sales.id, date_order='2025-03-02',
            lines=[{'product_id': self.product_service.id, 'product_uom_qty': 1, 'price_unit': 100}])
        self._register(order, received_at='2025-03-02 00:00:00')
        self.env.flush_all()
        self.assertEqual((order.currency_id, order.amount_total), (currency, 100))
        # Two of theirs are one of ours.
        self.assertEqual(self._get_sheet(self._new_wizard())['total'], {'count': 4, 'cancelled': 0, 'amount': 1550.0})
        html = self._render('sale_order_lifecycle.report_order_ledger', self._new_wizard())
        self.assertIn(currency.symbol, html)

    def _new_currency(self, currency):
        currency.active = True
        currency.rate_ids.unlink()
        currency.rate_ids = [Command.create({'name': '2020-01-01', 'rate': 2, 'company_id': self.company.id})]
        return currency

    def test_several_companies(self):
        """Each company has a ledger, and a sheet of its own where orders of several are chosen."""
        company = self._new_company(policy=True)
        other = self._register(
            self.env['sale.order'].with_company(company).create({
                'partner_id': self.partner.id, 'company_id': company.id,
                'channel_id': self._get_channel(company).id}), self.env.user, received_at='2025-03-05 00:00:00')
        # The test's own environment is that of both.
        both = self.env(context=dict(self.env.context, allowed_company_ids=(self.company | company).ids))
        for owner, orders in ((self.company, self.march), (company, other)):
            sheet = self._get_sheet(self._new_wizard(self.env.user, company_id=owner.id).with_env(both))
            self.assertEqual(sheet['orders'], orders)
            self.assertEqual(sheet['total']['count'], len(orders))
        report = self.env['report.sale_order_lifecycle.report_order_ledger_selection'].with_env(both)
        sheets = report._get_report_values((self.march | other).ids)['sheets']
        self.assertEqual([sheet['orders'] for sheet in sheets], [self.march, other])
        with self.assertRaises(AccessError):
            self._new_wizard(company_id=company.id)

    def test_too_long_for_paper(self):
        with patch('odoo.addons.sale_order_lifecycle.models.intake.sale_order_ledger.MAX_PRINTED_ORDERS', 2):
            wizard = self._new_wizard()
            with self.assertRaisesRegex(UserError, "3 orders are too many"):
                wizard.action_print()
            # Nor by the address of the report.
            for name, records in (('report_order_ledger', wizard), ('report_order_ledger_selection', self.march)):
                with self.assertRaisesRegex(UserError, "3 orders are too many"):
                    self._render(f'sale_order_lifecycle.{name}', records)

    def test_what_does_not_go_on_stays_with_the_reason(self):
        self._submit(self.march[:2])
        self._get_pending_reviews(self.march[0]).with_user(self.user_sales_manager).action_reject("Below cost")
        self._get_pending_reviews(self.march[1]).with_user(self.user_sales_manager).action_return("Which colour?")
        self.march[0].with_user(self.user_sales).action_cancel()
        self.march[2].with_user(self.user_sales).action_cancel()
        self.assertEqual(self.march.mapped('ledger_remark'), [
            f"Cancelled · Rejected by Sales, {self.user_sales_manager.name}: Below cost",
            f"Returned by Sales, {self.user_sales_manager.name}: Which colour?", "Cancelled"])
        html = self._render('sale_order_lifecycle.report_order_ledger', self._new_wizard())
        for text in (*self.march.mapped('name'), "Below cost", "Which colour?", self.partner.name):
            self.assertIn(text, html)
        self.assertNotIn(self.april.name, html)

    def test_refusals(self):
        self._submit_orders(self._payload('BAD-1', lines=[{'sku': 'NONE', 'quantity': 1}]))
        self.env['order.channel.refusal'].search([('reference', '=', 'BAD-1')]).received_at = datetime(2025, 3, 10, 9)
        html = self._render('sale_order_lifecycle.report_order_ledger', self._new_wizard())
        self.assertIn('BAD-1', html)
        self.assertIn('“NONE”', html)
        # Who may not read refusals elsewhere does not read them here.
        self.assertNotIn('BAD-1', self._render(
            'sale_order_lifecycle.report_order_ledger', self._new_wizard(self.user_sales)))
        self.assertFalse(self._get_sheet(self._new_wizard(date_to='2025-03-05'))['refusals'])

    def test_people_see_what_they_see_elsewhere(self):
        self.march[0].user_id = self.user_sales_manager
        self.assertEqual(self._get_sheet(self._new_wizard(self.user_sales))['orders'], self.march[1:])
        self.assertEqual(self._get_sheet(self._new_wizard(self.user_manager))['orders'], self.march)
        with self.assertRaises(AccessError):
            self._new_wizard(self.user_employee)
        # Nor do they by the dialog of somebody else.
        with self.assertRaises(AccessError):
            self._get_sheet(self._new_wizard().with_user(self.user_sales))
        company = self._new_company()
        other = self._new_wizard(self.env.user, company_id=company.id)
        self.assertFalse(self._get_sheet(other)['orders'])

    def test_chosen_orders(self):
        orders = (self.march[0] | self.april | self.quotation).with_user(self.user_sales_manager)
        html = self._render('sale_order_lifecycle.report_order_ledger_selection', orders)
        self.assertIn(self.march[0].name, html)
        self.assertIn(self.april.name, html)
        self.assertNotIn(self.quotation.name, html)
        sheet = self.env['report.sale_order_lifecycle.report_order_ledger_selection']._get_report_values(
            orders.ids)['sheets'][0]
        self.assertEqual((sheet['date_from'], sheet['date_to']), (date(2025, 3, 1), date(2025, 4, 1)))
        with self.assertRaisesRegex(UserError, "None of these orders is registered"):
            self._render('sale_order_lifecycle.report_order_ledger_selection', self.quotation)

    def test_wizard(self):
        with Form(self.env['order.ledger.print'].with_user(self.user_sales)) as form:
            self.assertTrue(form.date_from <= form.date_to)
            form.date_from, form.date_to = date(2025, 3, 1), date(2025, 3, 31)
            self.assertEqual(form.order_count, 3)
        self.assertEqual(form.record.action_print()['type'], 'ir.actions.report')
        form.record.date_to = '2025-02-01'
        with self.assertRaisesRegex(UserError, "ends before it begins"):
            form.record.action_print()

    def test_queries(self):
        months = itertools.count(1)

        def prepare(number):
            month = next(months)
            self._register(self._new_order(number), received_at=f'2024-0{month}-10 00:00:00')
            return self._new_wizard(date_from=f'2024-0{month}-01', date_to=f'2024-0{month}-28')

        self.assertSameQueries(
            prepare, lambda wizard: self._render('sale_order_lifecycle.report_order_ledger', wizard))


@tagged('post_install', '-at_install')
class TestLedgerPaper(LedgerReportCommon, HttpCase):
    """The program that prints fetches the styles over HTTP."""

    def test_text_on_paper(self):
        """Letters are letters and no drawings: the ledger of a year would be hundreds of megabytes."""
        self.march.partner_id.name = "上海灯具有限公司"
        with self.allow_pdf_render(), mute_logger('odoo.addons.base.models.ir_actions_report'):
            pdf, kind = self.env['ir.actions.report'].with_context(force_report_rendering=True)._render_qweb_pdf(
                'sale_order_lifecycle.report_order_ledger', self._new_wizard().ids)
        self.assertEqual(kind, 'pdf')
        text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)
        for name in self.march.mapped('name'):
            self.assertIn(name, text)
