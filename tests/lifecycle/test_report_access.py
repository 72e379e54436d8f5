"""Papers are for people of the company who may read what is printed, whichever way they are asked for."""
import json
from urllib.parse import quote

from odoo.exceptions import AccessError
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from ..common import LifecycleCommon


@tagged('post_install', '-at_install')
class TestReportAccess(LifecycleCommon, HttpCase):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.order = cls._confirm(cls._new_order(lines=[(cls.product_service, 1)]))
        cls.customer = new_test_user(
            cls.env, login='test_customer', groups='base.group_portal', partner_id=cls.partner.id)
        cls.reports = cls.env['ir.actions.report'].search([('report_name', '=like', 'sale_order_lifecycle.%')])
        cls.env.flush_all()

    def _get_document(self, report):
        """:return: an own order of the customer, else any document"""
        if report.model == 'sale.order':
            return self.order
        return self.env[report.model].search([], limit=1) or self.env[report.model].browse(1)

    def test_all_are_known(self):
        """A paper of the addon has the name of the addon, by which its access is asked."""
        names = self.env['ir.model.data'].search([
            ('module', '=', 'sale_order_lifecycle'), ('model', '=', 'ir.actions.report')])
        self.assertEqual(set(names.mapped('res_id')), set(self.reports.ids))
        # No paper of core shows what the addon knows.
        views = self.env['ir.ui.view'].browse(self.env['ir.model.data'].search([
            ('module', '=', 'sale_order_lifecycle'), ('model', '=', 'ir.ui.view')]).mapped('res_id'))
        others = self.env['ir.actions.report'].search([]) - self.reports
        self.assertFalse(views.inherit_id.filtered(
            lambda view: view.key and any(view.key.startswith(report.report_name) for report in others)).mapped('key'))

    @mute_logger('odoo.http', 'odoo.addons.web.controllers.report', 'odoo.addons.base.models.ir_rule')
    def test_customers(self):
        self.authenticate(self.customer.login, self.customer.login)
        for report in self.reports:
            document = self._get_document(report)
            for converter in ('html', 'pdf', 'text'):
                for reference in (report.report_name, report.xml_id):
                    for suffix in (f'/{document.id}', ''):
                        with self.subTest(report=reference, converter=converter, suffix=suffix):
                            response = self.url_open(f'/report/{converter}/{reference}{suffix}')
                            self.assertEqual(response.status_code, 403)
            for kind, converter in (('qweb-pdf', 'pdf'), ('qweb-text', 'text')):
                with self.subTest(report=report.report_name, download=kind):
                    data = quote(json.dumps([f'/report/{converter}/{report.report_name}/{document.id}', kind]))
                    response = self.url_open(f'/report/download?data={data}')
                    self.assertIn("for internal use only", response.text)
                    self.assertNotIn('Content-Disposition', response.headers)

    @mute_logger('odoo.addons.base.models.ir_rule', 'odoo.addons.base.models.ir_model')
    def test_people_without_the_right(self):
        refused = set()
        for report in self.reports:
            document = self._get_document(report).with_user(self.user_employee)
            if not document.exists() or document.has_access('read'):
                continue
            refused.add(report.report_name)
            Report = self.env['ir.actions.report'].with_user(self.user_employee)
            for render in (Report._render_qweb_html, Report._render_qweb_pdf, Report._render_qweb_text):
                with self.subTest(report=report.report_name, render=render.__name__), self.assertRaises(AccessError):
                    render(report.report_name, document.ids)
        self.assertIn('sale_order_lifecycle.report_review_sheet', refused)

    def test_kept_papers(self):
        """What was printed before is not given out without the right either."""
        report = self.env.ref('sale_order_lifecycle.action_report_review_sheet')
        report.write({'attachment': "'sheet.pdf'", 'attachment_use': True})
        self.env['ir.attachment'].create({
            'name': 'sheet.pdf', 'raw': b'%PDF-1.4', 'res_model': 'sale.order', 'res_id': self.order.id})
        with self.assertRaises(AccessError):
            self.env['ir.actions.report'].with_user(self.customer).with_context(
                force_report_rendering=True)._render_qweb_pdf(report.report_name, self.order.ids)

    def test_reviewers_print(self):
        self.authenticate(self.user_legal.login, self.user_legal.login)
        page = self.url_open(f'/report/html/sale_order_lifecycle.report_review_sheet/{self.order.id}')
        self.assertIn(self.order.name, page.text)
