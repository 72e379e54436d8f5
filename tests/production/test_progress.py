from odoo import Command
from odoo.tests import Form, tagged

from ..common import LifecycleCommon


@tagged('post_install', '-at_install')
class TestProgress(LifecycleCommon):
    """How far production, purchasing and delivery of an order are, from the facts (article F3)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.part = cls._new_purchased_product("Leg")
        cls.table = cls._new_manufactured_product("Table", component=cls.part)

    def assertProgress(self, order, **percents):
        self.env.flush_all()
        self.env.invalidate_all()
        own = order.with_user(self.user_logistics)
        if own.lifecycle_phase in ('production', 'delivery'):
            self.assertEqual({part['kind']: part['percent'] for part in own.progress_summary or ()}, percents)
        else:
            self.assertFalse(own.progress_summary)
        for kind in ('production', 'purchase', 'stock', 'delivery'):
            self.assertEqual(own[f'{kind}_progress'], percents.get(kind, 0))

    def test_from_purchase_to_delivery(self):
        order = self._new_order(lines=[(self.table, 10), (self.product_stock, 5)])
        self.assertProgress(order)
        self._confirm(order)
        self.assertProgress(order, purchase=0, production=0, stock=100, delivery=0)
        purchase = order.purchase_ids
        purchase.button_confirm()
        self._deliver(purchase.picking_ids, {self.part: 15})
        self.assertProgress(order, purchase=75, production=0, stock=100, delivery=0)
        self._deliver(purchase.picking_ids.filtered(lambda picking: picking.state != 'done'))
        production = order.production_ids
        with Form(production) as form:
            form.qty_producing = 4
        Form.from_action(self.env, production.button_mark_done()).save().action_backorder()
        self.assertProgress(order, purchase=100, production=40, stock=100, delivery=0)
        self._deliver(order.picking_ids, {self.product_stock: 5, self.table: 1})
        # One line in full, one of ten of the other.
        self.assertProgress(order, purchase=100, production=40, stock=100, delivery=55)
        rest = order.production_ids - production
        rest.with_context(skip_backorder=True).button_mark_done()
        self._deliver_next(order)
        self.assertProgress(order, purchase=100, production=100, stock=100, delivery=100)

    def test_closed_short(self):
        """What production closes with less than planned is made; what was cancelled is none of it."""
        order = self._confirm(self._new_order(lines=[(self.table, 10)]))
        production = order.production_ids
        self._put_in_stock(self.part, 100)
        with Form(production) as form:
            form.qty_producing = 4
        Form.from_action(self.env, production.button_mark_done()).save().action_close_mo()
        self.assertProgress(order, purchase=0, production=100, delivery=0)
        order.purchase_ids.button_cancel()
        self.assertProgress(order, production=100, delivery=0)

    def test_never_rounded_up(self):
        order = self._confirm(self._new_order(lines=[(self.product_stock, 1000)]))
        self._deliver(order.picking_ids, {self.product_stock: 999})
        self.assertProgress(order, stock=100, delivery=99)

    def test_service_only(self):
        order = self._confirm(self._new_order(lines=[(self.product_service, 1)]))
        self.assertProgress(order)

    def test_kit(self):
        kit = self._new_manufactured_product("Set", component=self.product_stock, kit=True)
        order = self._confirm(self._new_order(lines=[(kit, 4)]))
        self._deliver(order.picking_ids, {self.product_stock: 2})
        self.assertProgress(order, stock=100, delivery=25)

    def test_share_of_a_production_for_several_orders(self):
        """Two manufacturing orders merged into one serve each order with its part."""
        first, second = orders = self._new_order(count=2, lines=[(self.table, 2)])
        second.order_line.product_uom_qty = 6
        self._confirm(orders)
        productions = orders.production_ids
        action = productions.action_merge()
        merged = self.env['mrp.production'].browse(action['res_id'])
        self.assertEqual(merged.sale_order_ids, orders)
        self.assertEqual(merged.product_qty, 8)
        self.assertEqual(merged._get_order_shares(), {first.id: 0.25, second.id: 0.75})
        self.assertProgress(first, purchase=0, production=0, delivery=0)

    def test_titles_are_translated(self):
        order = self._confirm(self._new_order())
        self.assertIn("0 %", order.progress_summary[0]['title'])

    def test_board_costs_the_same_for_many(self):
        orders = self._confirm(self._new_order(count=20, lines=[(self.table, 1), (self.product_stock, 1)]))
        purchases = orders.purchase_ids
        purchases.button_confirm()
        self._deliver(purchases[:10].picking_ids)
        specification = {name: {} for name in (
            'name', 'waiting_for', 'promise_state', 'progress_summary', 'review_summary', 'lifecycle_phase')}
        Order = self.env['sale.order'].with_user(self.user_logistics)
        self.assertSameCounts(lambda limit: self._count_queries(
            Order.web_search_read, [('id', 'in', orders.ids)], specification, limit=limit), more=3)

    def test_many_orders_of_one_purchase(self):
        """The cost does not grow with the orders that share a document."""
        self.vendor.group_rfq = 'all'
        lamp = self._new_purchased_product("Lamp")
        orders = self._confirm(self._new_order(count=8, lines=[(lamp, 1)]))
        self.assertEqual(len(orders.purchase_ids), 1)
        orders.purchase_ids.button_confirm()
        orders.purchase_ids.write({'order_line': [Command.create({'product_id': lamp.id, 'product_qty': 50})]})
        self._deliver(orders.purchase_ids.picking_ids)
        self.env.invalidate_all()
        self.assertEqual(set(orders.mapped('purchase_progress')), {100})
