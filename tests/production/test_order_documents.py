from datetime import date, datetime

from freezegun import freeze_time
from lxml import etree

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tests import Form, tagged

from ..common import LifecycleCommon


@tagged('post_install', '-at_install')
class TestOrderDocuments(LifecycleCommon):
    """Manufacturing orders, purchases and transfers know their orders and what those were promised (F1-F3, D1)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.part = cls._new_purchased_product("Leg")
        cls.frame = cls._new_manufactured_product("Frame", component=cls.part)
        cls.table = cls._new_manufactured_product("Table", component=cls.frame)
        cls.lamp = cls._new_purchased_product("Lamp")

    def _get_documents(self, *products):
        own = [('product_id', 'in', [product.id for product in products])]
        return self.env['mrp.production'].search(own), self.env['purchase.order.line'].search(own).order_id

    def test_every_level(self):
        order = self._confirm(self._new_order(
            lines=[(self.table, 1), (self.lamp, 2)], commitment_date=datetime(2040, 5, 4, 12)))
        productions, purchases = self._get_documents(self.table, self.frame, self.part, self.lamp)
        self.assertEqual(productions.product_id, self.table | self.frame)
        purchases.button_confirm()
        pickings = purchases.picking_ids | order.picking_ids
        self.assertEqual(set(pickings.mapped('picking_type_code')), {'incoming', 'outgoing'})
        for documents in (productions, purchases, pickings):
            for document in documents:
                self.assertEqual(document.sale_order_ids, order)
                self.assertEqual(document.served_order_count, 1)
                self.assertEqual(document.promised_date, date(2040, 5, 4))
            self.assertEqual(documents.search([('sale_order_ids', '=', order.id)]), documents.sorted())
            self.assertEqual(documents.search([('sale_order_ids.name', '=', order.name)]), documents.sorted())
            self.assertEqual(documents.search([('sale_order_ids', 'ilike', order.name)]), documents.sorted())
            self.assertFalse(documents & documents.search([('sale_order_ids', '=', False)]))
            self.assertFalse(documents & documents.search([('sale_order_ids', 'not ilike', order.name)]))
        self.assertEqual(order.production_ids, productions)
        self.assertEqual(order.purchase_ids, purchases)

    def test_other_documents(self):
        """Nothing is said of documents that serve no order, or one without policy."""
        order = self._new_order(lines=[(self.table, 1)])
        order.policy_id = False
        order.with_user(self.user_sales).action_confirm()
        production = self.env['mrp.production'].create({'product_id': self.table.id, 'product_qty': 1})
        self.assertFalse(production.sale_order_ids or production.promised_date or production.is_promise_late)
        productions, _purchases = self._get_documents(self.table)
        production = productions.filtered('sale_line_id')
        self.assertEqual(production.sale_order_ids, order)
        self.assertEqual((production.served_order_count, production.promised_date), (0, False))
        self.assertFalse(order.progress_summary or order.fulfilment_documents or order.production_count)

    def test_search_and_group_by_promised_date(self):
        orders = self._new_order(count=3, lines=[(self.table, 1)])
        for order, day in zip(orders, (4, 12, 28)):
            order.commitment_date = datetime(2040, 5, day, 12)
        self._confirm(orders)
        productions = orders.mapped(lambda order: order.production_ids.filtered(
            lambda production: production.product_id == self.table))
        own = Domain('id', 'in', productions.ids)
        Production = self.env['mrp.production'].with_user(self.user_mrp)
        for condition, found in (
            (('promised_date', '=', '2040-05-12'), productions[1]),
            (('promised_date', 'in', ['2040-05-04', '2040-05-28']), productions[0] | productions[2]),
            (('promised_date', '<', '2040-05-12'), productions[0]),
            (('promised_date', '<=', '2040-05-12'), productions[:2]),
            (('promised_date', '>', '2040-05-12'), productions[2]),
            (('promised_date', '>=', '2040-05-12'), productions[1:]),
            (('promised_date', '!=', '2040-05-12'), productions[0] | productions[2]),
            (('promised_date', '=', False), Production.browse()),
            (('promised_date', '!=', False), productions),
        ):
            with self.subTest(condition=condition):
                self.assertEqual(Production.search(own & Domain(*condition)).ids, found.sorted().ids)
                self.assertEqual(productions.filtered_domain(Domain(*condition)), found)
        self.assertEqual(
            Production._read_group(own, ['promised_date:day'], ['__count']),
            [(date(2040, 5, day), 1) for day in (4, 12, 28)])
        self.assertEqual(Production.search(own, order='promised_date desc').ids, productions[::-1].ids)
        self.assertTrue(Production.fields_get(['promised_date'])['promised_date']['groupable'])

    def test_late(self):
        with freeze_time('2026-05-04 08:00:00'):
            orders = self._new_order(count=2, lines=[(self.product_stock, 1)], commitment_date='2026-05-11 12:00:00')
            kept, moved = self._confirm(orders)
            done, late = kept.picking_ids, moved.picking_ids
            pickings = done | late

            def assert_late(found):
                self.env.flush_all()
                self.env.invalidate_all()
                self.assertEqual(pickings.filtered('is_promise_late'), found)
                for value, expected in ((True, found), (False, pickings - found)):
                    self.assertEqual(pickings.search(
                        [('id', 'in', pickings.ids), ('is_promise_late', '=', value)]), expected.sorted())

            assert_late(pickings.browse())
            late.with_user(self.user_stock).scheduled_date = '2026-05-12 09:00:00'
            assert_late(late)
            late.with_user(self.user_stock).scheduled_date = '2026-05-11 20:00:00'
            assert_late(pickings.browse())
            self._deliver(done)
        with freeze_time('2026-05-12 08:00:00'):
            assert_late(late)

    def test_late_production_and_purchase(self):
        with freeze_time('2026-05-04 08:00:00'):
            order = self._confirm(self._new_order(lines=[(self.table, 1)], commitment_date='2026-05-11 12:00:00'))
            for documents, name in ((order.production_ids, 'date_start'), (order.purchase_ids, 'date_planned')):
                self.assertFalse(documents.search([('is_promise_late', '=', True)]) & documents)
                documents.write({name: datetime(2026, 5, 20, 8)})
                self.env.flush_all()
                self.assertEqual(documents.filtered('is_promise_late'), documents)
                self.assertEqual(documents.search([('is_promise_late', '=', True)]) & documents, documents)

    def test_one_purchase_for_several_orders(self):
        self.vendor.group_rfq = 'all'
        first, second = orders = self._new_order(count=2, lines=[(self.lamp, 1)])
        first.order_line.product_uom_qty = 3
        second.commitment_date = datetime(2040, 1, 1, 12)
        second.write({'order_line': [Command.create({'product_id': self._new_purchased_product("Other").id})]})
        self._confirm(orders)
        purchase = first.purchase_ids
        self.assertEqual(purchase, second.purchase_ids)
        self.assertEqual(purchase.sale_order_ids, orders)
        self.assertEqual(purchase.promised_date, min(orders.mapped('promised_date')))
        action = purchase.action_view_served_orders()
        self.assertEqual(set(self.env['sale.order'].search(action['domain'])), set(orders))
        purchase.button_confirm()
        self._deliver(purchase.picking_ids, {self.lamp: 4})
        # Everything of the first, one of two products of the second.
        self.env.invalidate_all()
        self.assertEqual(orders.mapped('purchase_progress'), [100, 50])

    def test_salesperson_cancels(self):
        """Purchasing is notified, though salespersons do not read purchases."""
        order = self._confirm(self._new_order(lines=[(self.lamp, 1), (self.table, 1)]))
        purchase = order.purchase_ids
        self.assertTrue(purchase)
        self.assertFalse(purchase.with_user(self.user_sales).has_access('read'))
        self.env.invalidate_all()
        order.with_user(self.user_sales).sudo(False).action_cancel()
        self.env.invalidate_all()
        self.assertEqual(order.state, 'cancel')
        self.assertEqual(set(order.picking_ids.mapped('state')), {'cancel'})
        self.assertIn(order.name, purchase.activity_ids.note)

    # -- access -----------------------------------------------------------------------------------

    def test_purchases_keep_their_orders(self):
        """A purchase stays that of its order: when it is merged, and when somebody would take it away."""
        product = self._new_purchased_product()
        order, other = self._confirm(self._new_order(count=2, lines=[(product, 3)]))
        purchase = order.stock_reference_ids.purchase_ids | other.stock_reference_ids.purchase_ids
        purchase = purchase[:1].with_user(self.user_buyer)
        served = purchase.sudo()._get_served_orders()
        reference = purchase.sudo().reference_ids
        for user, records, values in (
            (self.user_buyer, purchase, {'reference_ids': [Command.clear()]}),
            (self.user_buyer, purchase, {'reference_ids': [Command.unlink(reference[:1].id)]}),
            (self.user_employee, reference, {'purchase_ids': [Command.clear()]}),
            (self.user_buyer, reference[:1], {'purchase_ids': [Command.unlink(purchase.id)]}),
        ):
            with self._in_transaction_of(user), self.subTest(user=user.login, values=values), self.assertRaises(
                    UserError), self.env.cr.savepoint():
                records.with_user(user).sudo().write(values)
        oldest = self.env['purchase.order'].with_user(self.user_buyer).create({
            'partner_id': self.vendor.id, 'date_order': '2020-01-01 00:00:00', 'order_line': [Command.create({
                'product_id': self.product_stock.id, 'product_qty': 1})]})
        with self._in_transaction_of(self.user_buyer):
            (oldest | purchase).action_merge()
            self.assertEqual((oldest.state, purchase.state), ('draft', 'cancel'))
            self.assertEqual(oldest.sudo()._get_served_orders(), served)
            # What is not needed any more may be cancelled.
            oldest.button_cancel()
            # What is cancelled is bought for nobody.
            oldest.sudo().reference_ids = [Command.clear()]
        self.assertEqual(oldest.state, 'cancel')
        self.assertFalse(oldest.sudo().reference_ids)

    def test_roles_see_the_documents_of_the_order(self):
        order = self._confirm(self._new_order(lines=[(self.table, 1), (self.product_stock, 1)]))
        self.env.flush_all()
        expected = {
            *((production.name, 'production') for production in order.production_ids),
            *((purchase.name, 'purchase') for purchase in order.purchase_ids),
            *((picking.name, 'transfer') for picking in order.picking_ids),
        }
        for login in ('production', 'logistics', 'purchasing', 'finance', 'quality', 'manager', 'sales'):
            with self.subTest(login=login):
                self.env.invalidate_all()
                own = order.with_user(self.users_by_login[login])
                self.assertEqual({(row['name'], row['kind']) for row in own.fulfilment_documents}, expected)
                self.assertFalse(any(row['may_open'] for row in own.fulfilment_documents
                                     if row['model'] == 'purchase.order'))
                self.assertEqual(own.production_count, 2)
                self.assertEqual(
                    [part['kind'] for part in own.progress_summary], ['purchase', 'production', 'stock', 'delivery'])
                with Form(own) as form:
                    self.assertEqual(form.progress_summary, own.progress_summary)
                    self.assertEqual(len(form.fulfilment_documents), len(expected))
                with self.assertRaises(AccessError):
                    own.purchase_ids.read(['name'])

    def test_documents_tell_only_orders_that_one_may_read(self):
        other = self._new_user('other_sales', 'sales_team.group_sale_salesman,mrp.group_mrp_user')
        order = self._confirm(self._new_order(lines=[(self.table, 1)]))
        production = order.production_ids[0]
        self.assertEqual(production.with_user(self.user_mrp).served_order_count, 1)
        self.assertFalse(production.with_user(other).sale_order_ids)
        self.assertFalse(production.search([('sale_order_ids', '=', order.id)]).with_user(other).sale_order_ids)
        self.assertFalse(self.env['mrp.production'].with_user(other).search([('sale_order_ids', 'ilike', order.name)]))
        purchase = order.purchase_ids.with_user(self.user_buyer)
        self.assertFalse(self.user_buyer.has_group('sales_team.group_sale_salesman'))
        self.assertEqual(purchase.promised_date, order.promised_date)
        self.assertFalse(purchase.sale_order_ids or purchase.served_order_count)
        self.assertFalse(self.env['purchase.order'].with_user(self.user_buyer).search(
            [('sale_order_ids', 'ilike', order.name)]))
        for login in ('mrp', 'buyer', 'stock'):
            documents = {
                'mrp': order.production_ids, 'buyer': order.purchase_ids, 'stock': order.picking_ids}[login]
            with self.subTest(login=login), Form(documents[0].with_user(self.users_by_login[login])) as form:
                self.assertEqual(fields.Date.to_date(form.promised_date), order.promised_date)
        with self.assertRaises(AccessError):
            order.production_ids.with_user(self.user_production).read(['name'])

    def test_what_is_derived_takes_no_value(self):
        order = self._confirm(self._new_order(lines=[(self.table, 1)]))
        production = order.production_ids[0].with_user(self.user_mrp)
        production.write({'promised_date': '2020-01-01', 'sale_order_ids': [Command.clear()]})
        self.env.invalidate_all()
        self.assertEqual(production.promised_date, order.promised_date)
        self.assertEqual(production.sale_order_ids.with_env(self.env), order)

    def test_vendors_see_nothing_of_the_customers(self):
        vendor = self._new_user('vendor', 'base.group_portal')
        vendor.partner_id.parent_id = self.vendor
        purchase = self._confirm(self._new_order(lines=[(self.lamp, 1)])).purchase_ids
        purchase.button_confirm()
        purchase.message_subscribe(vendor.partner_id.ids)
        own = purchase.with_user(vendor)
        self.assertTrue(own.read(['name']))
        for name in ('promised_date', 'sale_order_ids', 'served_order_count', 'is_promise_late'):
            with self.subTest(field=name), self.assertRaises(AccessError):
                own.read([name])
        for domain in ([('promised_date', '>', '2020-01-01')], [('is_promise_late', '=', True)],
                       [('sale_order_ids', 'ilike', "S")]):
            with self.subTest(domain=domain), self.assertRaises(AccessError):
                own.search(domain)
        with self.assertRaises(AccessError):
            own.search([], order='promised_date')

    # -- plain Odoo -----------------------------------------------------------------------------------

    def test_views_show_nothing_without_a_policy(self):
        company = self._new_company("Plain")
        user = self._new_user(
            'plain', 'mrp.group_mrp_user,stock.group_stock_user,purchase.group_purchase_user', company=company)
        for model in ('mrp.production', 'purchase.order', 'stock.picking'):
            for view_type in ('form', 'list', 'search'):
                for person, shown in ((user, False), (self.env.user, True)):
                    with self.subTest(model=model, view=view_type, person=person.login):
                        arch = etree.fromstring(self.env[model].with_user(person).with_company(
                            person.company_id).get_view(view_type=view_type)['arch'])
                        nodes = arch.xpath(
                            "//*[@name='promised_date' or @name='promise_late' or @name='group_promised_date'"
                            " or @name='action_view_served_orders' or @name='sale_order_ids']")
                        self.assertEqual(bool(nodes), shown)

    def test_other_company(self):
        company = self._new_company("Second", policy=True)
        order = self._confirm(self._new_order(lines=[(self.product_stock, 1)]))
        user = self._new_user('second_stock', 'stock.group_stock_user', company=company)
        self.assertFalse(self.env['stock.picking'].with_user(user).search([('sale_order_ids', '=', order.id)]))
        with self.assertRaises(AccessError):
            order.picking_ids.with_user(user).read(['promised_date'])

    # -- cost -----------------------------------------------------------------------------------------

    def test_lists_cost_the_same_for_many(self):
        orders = self._confirm(self._new_order(count=20, lines=[(self.table, 1)]))
        for documents, user in (
            (orders.production_ids.filtered('sale_line_id'), self.user_mrp), (orders.picking_ids, self.user_stock),
            (orders.purchase_ids, self.user_buyer),
        ):
            with self.subTest(model=documents._name):
                self.assertEqual(len(documents), 20)
                self.assertSameQueries(lambda number: documents[:number].with_user(user), lambda some: some.web_read({
                    'promised_date': {}, 'is_promise_late': {}, 'served_order_count': {},
                    'sale_order_ids': {'fields': {'display_name': {}}}}), more=2)
