from unittest.mock import patch

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
            set(arch.xpath("/form/header//button/@name")),
            {'action_decide_reviews', 'action_open_release', 'action_open_report_incident'})
        self.assertFalse(arch.xpath("//button[@name='action_view_invoice' or @name='action_open_discount_wizard']"))
        self.assertFalse(arch.xpath("//widget[@name='qty_at_date_widget'] | //field[@name='invoice_lines']"))
        # What is left out takes its label with it.
        self.assertFalse(set(arch.xpath("//label/@for")) - set(arch.xpath("//field/@name | //*/@id")))
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


@tagged('post_install', '-at_install')
class TestReaderFields(LifecycleCommon):
    """What reviewers see of documents that they may not read is a list; what other modules work out is none of it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.order = cls._confirm(cls._new_order(lines=[(cls.product_stock, 1), (cls.product_service, 1)]))
        cls._deliver(cls.order.picking_ids)
        cls._invoice(cls.order)
        cls.env.flush_all()

    def _add_fields(self):
        """As another module: values of orders and lines that are worked out from documents of accounting, and shown."""
        self.addCleanup(self.registry.reset_changes)
        for model in ('sale.order', 'sale.order.line'):
            self.env['ir.model.fields'].create([{
                'model_id': self.env['ir.model']._get_id(model), 'name': name, 'ttype': 'integer', 'store': False,
                'field_description': name, 'compute': f"for row in self:\n    row['{name}'] = {value}",
            } for name, value in (
                ('x_moves', "row.env['account.move'].search_count([], limit=1)"), ('x_su', 'row.env.su'))])
        View = self.env['ir.ui.view']
        View.create({
            'name': "other.module.form", 'model': 'sale.order', 'inherit_id': self.env.ref('sale.view_order_form').id,
            'arch': """<data>
                <field name="client_order_ref" position="after">
                    <label for="x_moves"/><field name="x_moves"/>
                    <field name="origin" readonly="x_moves" invisible="not x_su" nolabel="1"/>
                    <group name="x_group" invisible="x_moves > 3"><field name="x_su"/></group>
                </field>
                <field name="note" position="attributes">
                    <attribute name="readonly">x_moves</attribute>
                </field>
                <xpath expr="//field[@name='order_line']/list/field[@name='price_unit']" position="after">
                    <field name="x_moves"/><field name="tax_country_id" column_invisible="parent.x_moves == 3"/>
                </xpath>
            </data>"""})
        View.create({
            'name': "other.module.list", 'model': 'sale.order',
            'inherit_id': self.env.ref('sale_order_lifecycle.sale_order_view_list_lifecycle').id,
            'arch': """<field name="name" position="after">
                <field name="x_moves" decoration-danger="x_moves"/>
            </field>"""})
        self.env.flush_all()
        self.env.invalidate_all()

    def test_core(self):
        """Every value of core that is not stored is one that reviewers may read, or one of the list."""
        listed = set()
        for record in (self.order, self.order.order_line):
            names = record._get_reader_field_names()
            self.assertLessEqual(names, record._fields.keys())
            for login in REVIEWERS:
                own = record.with_user(self.users_by_login[login]).sudo(False)
                for name, field in record._fields.items():
                    if field.compute and not field.store and own._has_field_access(field, 'read'):
                        self.env.invalidate_all()
                        with self.subTest(field=f'{record._name}.{name}', login=login):
                            own.read([name])
                            listed |= {name} & names
        self.assertIn('delivery_count', listed)
        self.assertEqual(self.order.with_user(self.user_legal).delivery_count, 1)

    def test_listed_only(self):
        """Without the list the value is worked out with the rights of the person."""
        order = self.order.with_user(self.user_legal)
        for name in ('invoice_count', 'delivery_count'):
            self.env.invalidate_all()
            self.assertEqual(order[name], 1)
        with patch.object(self.env.registry['sale.order'], '_get_reader_field_names', lambda _orders: set()):
            for name in ('invoice_count', 'delivery_count'):
                self.env.invalidate_all()
                with self.subTest(name=name), self.assertRaises(AccessError):
                    order.mapped(name)

    def test_other_modules(self):
        self._add_fields()
        for login in ('legal', 'manager'):
            order = self.order.with_user(self.users_by_login[login])
            with self.subTest(login=login):
                with Form(order) as form:
                    self.assertEqual(form.name, self.order.name)
                self.assertFalse(order.x_su or any(order.order_line.mapped('x_su')))
                self.env.invalidate_all()
                for records in (order, order.order_line):
                    with self.assertRaises(AccessError):
                        records.mapped('x_moves')
                    self.assertFalse({'x_moves', 'x_su'} & records.fields_get().keys())
                form = etree.fromstring(order.get_view(self.env.ref('sale.view_order_form').id, 'form')['arch'])
                self.assertNotIn('x_', ' '.join(
                    value for node in form.iter(etree.Element) for value in node.attrib.values()
                    if 'x_moves' in value or 'x_su' in value))
                self.assertTrue(form.xpath("//field[@name='note']"))
                self.assertFalse(form.xpath("//field[@name='origin'][@nolabel] | //group[@name='x_group']"))
                view = self.env.ref('sale_order_lifecycle.sale_order_view_list_lifecycle')
                self.assertNotIn('x_moves', order.get_view(view.id, 'list')['arch'])
                result = order.get_views([(view.id, 'list'), (self.env.ref('sale.view_order_form').id, 'form')])
                self.assertNotIn('x_moves', result['models']['sale.order']['fields'])

    def test_those_who_write_see_them(self):
        self._add_fields()
        order = self.order.with_user(self.user_sales)
        form = etree.fromstring(order.get_view(self.env.ref('sale.view_order_form').id, 'form')['arch'])
        self.assertEqual(len(form.xpath("//field[@name='x_moves']")), 2)
        self.assertIn('x_moves', order.fields_get())
        self.assertFalse(order.x_su)

    def test_a_room_may_name_them(self):
        """Who knows another module adds its fields to the list."""
        self._add_fields()
        names = self.order._get_reader_field_names() | {'x_moves'}
        with patch.object(self.env.registry['sale.order'], '_get_reader_field_names', lambda _orders: names):
            order = self.order.with_user(self.user_legal)
            self.assertEqual(order.x_moves, 1)
            form = etree.fromstring(order.get_view(self.env.ref('sale.view_order_form').id, 'form')['arch'])
            self.assertEqual(len(form.xpath("//field[@name='x_moves']")), 1)
            self.assertFalse(form.xpath("//group[@name='x_group']//field"))
