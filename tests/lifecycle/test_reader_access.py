from lxml import etree

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import Form, tagged

from ..common import LifecycleCommon

REVIEWERS = ('production', 'logistics', 'finance', 'legal', 'purchasing', 'quality', 'aftersales', 'manager')


@tagged('post_install', '-at_install')
class TestReaderAccess(LifecycleCommon):
    """People of a role read the orders of their companies, whole and without any other application."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        tax = cls.env['account.tax'].create({'name': "Test Tax", 'amount': 10})
        table = cls._new_manufactured_product("Table", taxes_id=[Command.set(tax.ids)])
        cls.order = cls._new_order(
            lines=[(cls.product_stock, 1), (cls.product_service, 1), (table, 1)],
            tag_ids=[Command.create({'name': "Urgent"})],
            pricelist_id=cls.env['product.pricelist'].create({'name': "Test Prices"}).id)
        cls._confirm(cls.order)
        cls.order.team_id = cls.env['crm.team'].search([], limit=1)
        cls._deliver(cls.order.picking_ids)
        cls.order._create_invoices()
        cls.env.flush_all()

    def test_form_opens(self):
        for login in REVIEWERS:
            with self.subTest(login=login):
                order = self.order.with_user(self.users_by_login[login])
                self.env.invalidate_all()
                with Form(order) as form:
                    self.assertEqual(form.name, self.order.name)
                    self.assertEqual(len(form.order_line), 3)

    def test_form_shows_nothing_that_refuses(self):
        arch = etree.fromstring(self.env['sale.order'].with_user(self.user_legal).get_view(view_type='form')['arch'])
        # What is left is the person's own work, and shows where there is some.
        self.assertLessEqual(
            set(arch.xpath("/form/header//button/@name")), {'action_decide_reviews', 'action_open_release'})
        self.assertFalse(arch.xpath("//button[@name='action_view_invoice' or @name='action_open_discount_wizard']"))
        self.assertFalse(arch.xpath("//widget[@name='qty_at_date_widget'] | //field[@name='invoice_lines']"))
        for login in ('sales', 'sales_manager'):
            arch = etree.fromstring(
                self.env['sale.order'].with_user(self.users_by_login[login]).get_view(view_type='form')['arch'])
            self.assertTrue(arch.xpath("/form/header//button[@name='action_cancel']"))
            self.assertTrue(arch.xpath("//widget[@name='qty_at_date_widget']"))

    def test_nothing_can_be_changed(self):
        for login in REVIEWERS:
            order = self.order.with_user(self.users_by_login[login])
            with self.subTest(login=login):
                for operation in ('write', 'create', 'unlink'):
                    self.assertFalse(order.has_access(operation))
                    self.assertFalse(order.order_line.has_access(operation))
                with self.assertRaises(AccessError):
                    order.note = "Mine"
                with self.assertRaises(AccessError):
                    order.order_line[0].product_uom_qty = 7
                with self.assertRaises(AccessError):
                    order.action_cancel()
                with self.assertRaises(AccessError):
                    self.env['sale.order'].with_user(order.env.user).create({'partner_id': self.partner.id})

    def test_others_read_nothing(self):
        with self.assertRaises(AccessError):
            self.order.with_user(self.user_employee).read(['name'])

    def test_other_companies_stay_apart(self):
        company = self._new_company()
        order = self.env['sale.order'].with_company(company).create({
            'partner_id': self.partner.id, 'company_id': company.id,
            'order_line': [Command.create({'product_id': self.product_stock.id})],
        })
        for login in REVIEWERS:
            user = self.users_by_login[login]
            with self.subTest(login=login):
                self.assertFalse(self.env['sale.order'].with_user(user).search([('id', '=', order.id)]))
                with self.assertRaises(AccessError):
                    order.with_user(user).read(['name'])
                with self.assertRaises(AccessError):
                    order.order_line.with_user(user).read(['name'])

    def test_salesperson_still_sees_own_orders_only(self):
        other = self._new_user('other_sales', 'sales_team.group_sale_salesman')
        self.assertFalse(self.env['sale.order'].with_user(other).search([('id', '=', self.order.id)]))
