from odoo.tests import Form, tagged
from odoo.tools import format_list

from ..common import LifecycleCommon


@tagged('post_install', '-at_install')
class TestWaitingFor(LifecycleCommon):
    """Whom an order waits for, as text."""

    def assertWaitsFor(self, order, *names):
        order.invalidate_recordset(['waiting_for'])
        self.assertEqual(order.with_user(self.user_legal).waiting_for, format_list(self.env, names))

    def test_goods(self):
        order = self._confirm(self._new_order())
        self.assertWaitsFor(order, "Logistics")
        self._deliver(order.picking_ids)
        self.assertWaitsFor(order, "Finance")

    def test_service(self):
        order = self._confirm(self._new_order(lines=[(self.product_service, 1)]))
        self.assertWaitsFor(order, "Sales")

    def test_nothing_in_stock(self):
        order = self._confirm(self._new_order(lines=[(self._new_product("Out of Stock"), 1)]))
        self.assertWaitsFor(order, "Logistics")

    def test_production_and_purchase(self):
        component = self._new_purchased_product("Leg")
        table = self._new_manufactured_product("Table", component=component)
        order = self._confirm(self._new_order(lines=[(table, 1)]))
        self.assertWaitsFor(order, "Production", "Purchasing")
        purchase = self.env['purchase.order.line'].search([('product_id', '=', component.id)]).order_id
        purchase.button_confirm()
        self.assertWaitsFor(order, "Production", "Purchasing")
        self._deliver(purchase.picking_ids)
        self.assertWaitsFor(order, "Production")
        production = self.env['mrp.production'].search([('product_id', '=', table.id)])
        with Form(production.with_user(self.user_mrp)) as form:
            form.qty_producing = 1
        production.with_user(self.user_mrp).button_mark_done()
        self.assertWaitsFor(order, "Logistics")

    def test_costs_the_same_for_many(self):
        table = self._new_manufactured_product("Table")
        orders = self._confirm(self._new_order(count=20, lines=[(table, 1), (self.product_stock, 1)]))
        self.assertSameQueries(
            lambda number: orders[:number], lambda some: some.mapped('waiting_for'), more=2)
