"""Links, dates and progress along every route by which Odoo serves an order (articles F1-F3, D1)."""
from datetime import datetime, timedelta

from freezegun import freeze_time

from odoo import Command
from odoo.tests import Form, tagged
from odoo.tools import format_list

from ..common import LifecycleCommon

NOW = datetime(2026, 5, 4, 8)
# Without lead times the delivery is planned for the promised moment; a manufacturing order takes an hour.
PROMISED = datetime(2026, 5, 29, 12)
HOUR = timedelta(hours=1)

STEPS = {
    'one': ('one_step', 'mrp_one_step', 'ship_only'), 'two': ('two_steps', 'pbm', 'pick_ship'),
    'three': ('three_steps', 'pbm_sam', 'pick_pack_ship'),
}


@tagged('post_install', '-at_install')
@freeze_time(NOW)
class TestRoutes(LifecycleCommon):
    """A table is made of two frames, a frame of two bolts; bolts and lamps are bought, all of it to order."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.bolt = cls._new_purchased_product("Bolt")
        cls.frame = cls._new_manufactured_product("Frame", component=cls.bolt)
        cls.table = cls._new_manufactured_product("Table", component=cls.frame)
        cls.lamp = cls._new_purchased_product("Lamp")
        cls.good = cls._new_product("Good")

    # -- what is asked --------------------------------------------------------------------------

    def _new_confirmed(self, *lines, **vals):
        return self._confirm(self._new_order(lines=lines, commitment_date=PROMISED, **vals))

    def assertProgress(self, order, waits=None, **percents):
        """:param waits: names of the roles for which the order waits
        :param percents: of all kinds of progress that the order has"""
        self.env.flush_all()
        self.env.invalidate_all()
        own = order.with_user(self.user_production)
        self.assertEqual({part['kind']: part['percent'] for part in own.progress_summary}, percents)
        for kind in ('purchase', 'production', 'stock', 'delivery'):
            self.assertEqual(own[f'{kind}_progress'], percents.get(kind, 0))
        if waits is not None:
            self.assertEqual(own.waiting_for, format_list(self.env, waits))

    def assertMade(self, order, *expected):
        """:param expected: triples (product, quantity, planned end) of the manufacturing orders that stand"""
        productions = order.production_ids.filtered(lambda production: production.state != 'cancel')
        self.assertEqual(
            sorted((row.product_id.name, row.product_qty, row.date_finished) for row in productions),
            sorted((product.name, quantity, end) for product, quantity, end in expected))
        for production in productions:
            self.assertIn(order, production.sale_order_ids)
            self.assertIn(production, production.search([('sale_order_ids', '=', order.id)]))

    def assertBought(self, order, *expected):
        """:param expected: triples (product, quantity, planned arrival) of the purchase lines"""
        self.assertEqual(
            sorted((line.product_id.name, line.product_qty, line.date_planned) for line in
                   order.purchase_ids.order_line),
            sorted((product.name, quantity, end) for product, quantity, end in expected))
        for purchase in order.purchase_ids:
            self.assertIn(order, purchase.sale_order_ids)

    # -- what is done ---------------------------------------------------------------------------

    def _get_open(self, order, product):
        """:return: what is still to be made of a product for an order"""
        return order.production_ids.filtered(
            lambda production: production.product_id == product and production.state not in ('done', 'cancel'))

    def _produce(self, production, quantity=None):
        production.action_assign()
        with Form(production) as form:
            form.qty_producing = quantity or production.product_qty
        action = production.button_mark_done()
        if isinstance(action, dict):
            Form.from_action(self.env, action).save().action_backorder()

    def _receive(self, order):
        order.purchase_ids.filtered(lambda purchase: purchase.state == 'draft').button_confirm()
        self._move(order, lambda picking: picking.picking_type_id in self._get_types('in', 'qc', 'store'))

    def _get_types(self, *names):
        """:return: operation types of the warehouse"""
        return self.env['stock.picking.type'].union(*(self.warehouse[f'{name}_type_id'] for name in names))

    def _move(self, order, is_meant):
        """Validate, step after step, what can be moved for an order."""
        for _step in range(5):
            pickings = order._get_transfers().filtered(
                lambda picking: picking.state == 'assigned' and is_meant(picking))
            if not pickings:
                return
            self._deliver(pickings, {move.product_id: move.quantity for move in pickings.move_ids if move.quantity})

    # -- steps ----------------------------------------------------------------------------------

    def test_steps(self):
        """Two levels, a bought product and one from stock, in one, two and three steps each."""
        for name, (reception, manufacture, delivery) in STEPS.items():
            self.warehouse.write({
                'reception_steps': reception, 'manufacture_steps': manufacture, 'delivery_steps': delivery})
            order = self._new_confirmed((self.table, 2), (self.lamp, 1), (self.product_stock, 4))
            with self.subTest(steps=name):
                self.assertMade(order, (self.table, 2, PROMISED), (self.frame, 4, PROMISED - HOUR))
                self.assertBought(order, (self.bolt, 8, PROMISED - 2 * HOUR), (self.lamp, 1, PROMISED))
                self.assertEqual(order.picking_ids[:1].scheduled_date, PROMISED)
                # What is in stock is the first that is ready, whether it is shipped or picked.
                self.assertEqual(order.ready_at, name == 'one' and NOW)
                self.assertProgress(
                    order, ["Production", "Purchasing", *(["Logistics"] if name == 'one' else [])],
                    purchase=0, production=0, stock=100, delivery=0)
                self._receive(order)
                self.assertProgress(order, purchase=100, production=0, stock=100, delivery=0)
                for product, percent in ((self.frame, 50), (self.table, 100)):
                    self._move(order, lambda picking: picking.picking_type_id in self._get_types('pbm'))
                    self._produce(self._get_open(order, product))
                    self._move(order, lambda picking: picking.picking_type_id in self._get_types('sam'))
                    self.assertProgress(order, purchase=100, production=percent, stock=100, delivery=0)
                transfers = {
                    'one': {'in': 1, 'out': 1}, 'two': {'in': 1, 'store': 1, 'pbm': 2, 'pick': 1},
                    'three': {'in': 1, 'qc': 1, 'store': 1, 'pbm': 2, 'sam': 2, 'pick': 1},
                }[name]
                self.assertEqual({
                    kind: len(found) for kind in ('in', 'qc', 'store', 'pbm', 'sam', 'pick', 'pack', 'out')
                    if (found := order._get_transfers().filtered(
                        lambda picking: picking.picking_type_id in self._get_types(kind)))}, transfers)
                self._move(order, lambda picking: picking.picking_type_id in self._get_types('pick', 'pack'))
                self.assertEqual(order.ready_at, NOW)
                self.assertProgress(order, ["Logistics"], purchase=100, production=100, stock=100, delivery=0)
                self._move(order, lambda picking: True)
                self.assertEqual((order.fulfilment_state, order.fulfilled_at), ('done', NOW))

    # -- from stock -----------------------------------------------------------------------------

    def test_from_stock(self):
        """What is served from stock counts by what is reserved, and by what has left."""
        self._put_in_stock(self.good, 4)
        order = self._new_confirmed((self.good, 10))
        self.assertProgress(order, ["Logistics"], stock=40, delivery=0)
        self.assertFalse(order.ready_at)
        self._put_in_stock(self.good, 2)
        order.picking_ids.action_assign()
        self.assertProgress(order, stock=60, delivery=0)
        self._deliver(order.picking_ids, {self.good: 5})
        # One more is reserved for the backorder.
        self.assertProgress(order, stock=60, delivery=50)
        self.assertEqual(order.ready_at, NOW)
        order.picking_ids.filtered(lambda picking: picking.state != 'done').do_unreserve()
        self.assertProgress(order, stock=50, delivery=50)

    def test_kits_and_lines_count_the_same(self):
        part = self._new_product("Part")
        kit = self._new_kit((self.good, 1), (part, 2))
        self._put_in_stock(self.good, 4)
        # All of one part and nothing of the other; the second line in full.
        order = self._new_confirmed((kit, 4), (self.product_stock, 1))
        self.assertProgress(order, stock=75, delivery=0)

    def test_steps_from_stock(self):
        """What is picked has left the stock: it counts while it is packed."""
        self.warehouse.delivery_steps = 'pick_pack_ship'
        self._put_in_stock(self.good, 3)
        order = self._new_confirmed((self.good, 4))
        self.assertProgress(order, stock=75, delivery=0)
        self._deliver(order.picking_ids, {self.good: 2})
        self.assertProgress(order, stock=75, delivery=0)

    def test_to_order_else_from_stock(self):
        """Three of five are there: two are made, and the order counts by both."""
        self._get_mto_route().rule_ids.procure_method = 'mts_else_mto'
        self._put_in_stock(self.table, 3)
        order = self._new_confirmed((self.table, 5))
        self.assertMade(order, (self.table, 2, PROMISED), (self.frame, 4, PROMISED - HOUR))
        self.assertBought(order, (self.bolt, 8, PROMISED - 2 * HOUR))
        self.assertProgress(order, ["Production", "Purchasing"], purchase=0, production=0, stock=60, delivery=0)
        self._receive(order)
        self._produce(self._get_open(order, self.frame))
        self._produce(self._get_open(order, self.table))
        order.picking_ids.action_assign()
        self.assertProgress(order, ["Logistics"], purchase=100, production=100, stock=100, delivery=0)
        self.assertEqual(order.ready_at, NOW)

    def test_reordering_rule(self):
        """What a reordering rule makes for several orders serves each of them."""
        stool = self._new_manufactured_product("Stool", component=self.bolt, route_ids=[
            Command.set(self.warehouse.manufacture_pull_id.route_id.ids)])
        self._put_in_stock(stool, 2)
        self.env['stock.warehouse.orderpoint'].create({
            'product_id': stool.id, 'product_min_qty': 0, 'product_max_qty': 0, 'trigger': 'auto',
            'location_id': self.warehouse.lot_stock_id.id})
        first, second = self._new_confirmed((stool, 5), count=2)
        production = first.production_ids
        self.assertEqual((production.product_qty, production.sale_order_ids), (8, first | second))
        self.assertProgress(first, purchase=0, production=0, stock=40, delivery=0)
        self.assertProgress(second, purchase=0, production=0, stock=0, delivery=0)
        # The next one is made by its own; what was procured before is not for it.
        third = self._new_confirmed((stool, 4))
        self.assertEqual(third.production_ids.mapped('product_qty'), [4])
        self.assertEqual(third.production_ids.sale_order_ids, third)
        self.assertEqual(first.production_ids, production)

    def test_reordering_rule_buys(self):
        bolt = self._new_purchased_product("Screw", make_to_order=False)
        self.env['stock.warehouse.orderpoint'].create({
            'product_id': bolt.id, 'product_min_qty': 0, 'product_max_qty': 0, 'trigger': 'auto',
            'location_id': self.warehouse.lot_stock_id.id})
        first, second = self._new_confirmed((bolt, 5), count=2)
        self.assertEqual(first.purchase_ids, second.purchase_ids)
        self.assertEqual(first.purchase_ids.order_line.mapped('product_qty'), [10])
        self._receive(first)
        self.assertProgress(second, ["Logistics"], purchase=100, stock=100, delivery=0)

    # -- manufacturing orders that change ----------------------------------------------------------

    def test_split_and_merged(self):
        order = self._new_confirmed((self.table, 6))
        action = self._get_open(order, self.table).action_split()
        with Form.from_action(self.env, action) as form:
            form.max_batch_size = 2
        form.record.action_split()
        parts = self._get_open(order, self.table)
        frames = (self.frame, 12, PROMISED - HOUR)
        self.assertMade(order, frames, *[(self.table, 2, PROMISED)] * 3)
        parts[:2].action_merge()
        self.assertMade(order, frames, (self.table, 4, PROMISED), (self.table, 2, PROMISED))
        [merged] = self._get_open(order, self.table) - parts
        self.assertEqual(merged.move_raw_ids.date, PROMISED - HOUR)
        self.assertProgress(order, ["Production", "Purchasing"], purchase=0, production=0, delivery=0)

    def test_backordered(self):
        """The rest keeps the plan, on every level."""
        order = self._new_confirmed((self.table, 6))
        self._receive(order)
        self._produce(self._get_open(order, self.frame), 5)
        self.assertMade(
            order, (self.table, 6, PROMISED), (self.frame, 5, NOW), (self.frame, 7, PROMISED - HOUR))
        # Five of twelve frames, none of six tables.
        self.assertProgress(order, ["Production"], purchase=100, production=20, delivery=0)
        self._produce(self._get_open(order, self.frame))
        self._produce(self._get_open(order, self.table), 3)
        self.assertMade(
            order, (self.table, 3, NOW), (self.table, 3, PROMISED), (self.frame, 5, NOW), (self.frame, 7, NOW))
        self.assertProgress(order, ["Production"], purchase=100, production=75, delivery=0)
        self._produce(self._get_open(order, self.table))
        self.assertProgress(order, ["Logistics"], purchase=100, production=100, delivery=0)

    def test_merged_for_several_orders(self):
        first, second = orders = self._new_confirmed((self.table, 2), count=2)
        second.production_ids.filtered(lambda row: row.product_id == self.table).date_start = PROMISED - 3 * HOUR
        for product in (self.table, self.frame):
            orders.production_ids.filtered(lambda row: row.product_id == product).action_merge()
        # The earlier one counts; what is merged of the frames, too.
        for order in orders:
            self.assertMade(order, (self.table, 4, PROMISED - 2 * HOUR), (self.frame, 8, PROMISED - HOUR))
        self.assertEqual(first.production_ids & second.production_ids, self._get_open(first, self.table)
                         | self._get_open(first, self.frame))
        self._put_in_stock(self.bolt, 16)
        self._produce(self._get_open(first, self.frame))
        for order in orders:
            self.assertProgress(order, ["Production", "Purchasing"], purchase=0, production=50, delivery=0)

    def test_replaced_component(self):
        """What is taken instead is bought for the order; what nobody needs any more is not counted."""
        plate = self._new_purchased_product("Plate")
        order = self._new_confirmed((self.table, 2))
        table, frame = self._get_open(order, self.table), self._get_open(order, self.frame)
        table.with_user(self.user_mrp).move_raw_ids.product_uom_qty = 0
        with Form(table.with_user(self.user_mrp)) as form, form.move_raw_ids.new() as row:
            row.product_id = plate
            row.product_uom_qty = 4
        frame.action_cancel()
        self.assertMade(order, (self.table, 2, PROMISED))
        self.assertBought(
            order, (self.bolt, 8, PROMISED - 2 * HOUR), (plate, 4, PROMISED - HOUR))
        order.purchase_ids.button_confirm()
        self._deliver(order.purchase_ids.picking_ids, {plate: 4})
        self.assertProgress(order, ["Production", "Purchasing"], purchase=50, production=0, delivery=0)

    def test_cancelled_production(self):
        """Without its manufacturing order the line is served from stock."""
        self._put_in_stock(self.table, 1)
        order = self._new_confirmed((self.table, 2))
        self._get_open(order, self.table).action_cancel()
        order.picking_ids.action_assign()
        self.assertProgress(order, purchase=0, production=0, stock=50, delivery=0)

    # -- cost -----------------------------------------------------------------------------------

    def test_progress_costs_the_same_for_many(self):
        """Different products, partly from stock: what is reserved is read for all orders at once."""
        self._get_mto_route().rule_ids.procure_method = 'mts_else_mto'
        orders = self.env['sale.order']
        for number in range(20):
            product = self._new_manufactured_product(f"Table {number}", component=self.bolt)
            self._put_in_stock(product, 1)
            orders |= self._new_order(lines=[(product, 2), (self.product_stock, 1)])
        self._confirm(orders)
        self.assertSameQueries(
            lambda number: orders[:number], lambda some: some.mapped('progress_summary'), more=3)
        self.assertEqual(set(orders.mapped('stock_progress')), {75})
