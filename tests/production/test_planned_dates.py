from datetime import date, datetime, timedelta

from freezegun import freeze_time

from odoo import Command
from odoo.tests import Form, tagged

from ..common import LifecycleCommon

TODAY = '2026-05-04 08:00:00'
PROMISED = datetime(2026, 5, 29, 4)
# Noon of the 13th and of the 20th in Shanghai.
PRODUCED = datetime(2026, 5, 13, 4)
DELIVERED = datetime(2026, 5, 20, 4)


@tagged('post_install', '-at_install')
@freeze_time(TODAY)
class TestPlannedDates(LifecycleCommon):
    """The days that departments confirm in the review are the days of Odoo's documents (articles R4, F1, D1)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy.calendar_id = cls.env['resource.calendar'].create({
            'name': "Shanghai", 'tz': 'Asia/Shanghai', 'company_id': cls.company.id,
        })
        cls.stage_production, cls.stage_delivery = cls.env['order.review.stage'].create([{
            'policy_id': cls.policy.id, 'name': name, 'role_id': cls._role(code).id, 'sequence': 30,
            'requires_plan': plan,
        } for name, code, plan in (
            ("Production plan", 'production', 'production'), ("Delivery plan", 'logistics', 'delivery'))])
        cls.part = cls._new_purchased_product("Leg")
        cls.frame = cls._new_manufactured_product("Frame", component=cls.part)
        cls.table = cls._new_manufactured_product("Table", component=cls.frame)
        cls.company.security_lead = 2

    def _confirm_planned(self, orders, production=date(2026, 5, 13), delivery=date(2026, 5, 20)):
        """Confirm orders whose departments have confirmed these days."""
        self._submit(orders)
        for code, day in (('sales', None), ('finance', None), ('production', production), ('logistics', delivery)):
            reviews = self._get_pending_reviews(orders).filtered(lambda review, code=code: review.role_id.code == code)
            reviews = reviews.with_user(self.users_by_login[code]).sudo(False)
            if day:
                reviews.planned_date = day
            reviews.action_approve()
        orders.with_user(self.user_sales).action_confirm()
        return orders

    def _new_promised_order(self, lines, **vals):
        return self._new_order(lines=lines, commitment_date=PROMISED, **vals)

    def test_delivery_from_stock(self):
        order = self._confirm_planned(self._new_promised_order([(self.product_stock, 5)]))
        picking = order.picking_ids
        self.assertEqual(picking.scheduled_date, DELIVERED)
        self.assertEqual(picking.date_deadline, PROMISED)
        self.assertEqual(order.planned_delivery_date, date(2026, 5, 20))

    def test_backorder_keeps_what_was_rescheduled(self):
        order = self._confirm_planned(self._new_promised_order([(self.product_stock, 5)]))
        picking = order.picking_ids
        moved = DELIVERED + timedelta(days=3)
        picking.with_user(self.user_stock).scheduled_date = moved
        self.assertEqual(picking.move_ids.date, moved)
        self._deliver(picking, {self.product_stock: 2})
        rest = order.picking_ids - picking
        self.assertEqual(rest.scheduled_date, moved)
        self.assertEqual(rest.date_deadline, PROMISED)

    def test_several_steps(self):
        self.warehouse.delivery_steps = 'pick_pack_ship'
        order = self._confirm_planned(self._new_promised_order([(self.product_stock, 5)]))
        pick = order.picking_ids
        self.assertEqual(pick.scheduled_date, DELIVERED)
        self._deliver(pick)
        pack = order.picking_ids - pick
        self._deliver(pack)
        ship = order.picking_ids - pick - pack
        # Picked and packed long before: it leaves on the confirmed day all the same.
        self.assertEqual(ship.location_dest_id.usage, 'customer')
        self.assertEqual(ship.scheduled_date, DELIVERED)
        self.assertEqual(ship.date_deadline, PROMISED)

    def test_last_step_after_the_planned_day(self):
        self.warehouse.delivery_steps = 'pick_ship'
        order = self._confirm_planned(self._new_promised_order([(self.product_stock, 5)]))
        pick = order.picking_ids
        with freeze_time('2026-05-22 08:00:00'):
            self._deliver(pick)
            ship = order.picking_ids - pick
            self.assertEqual(ship.scheduled_date, datetime(2026, 5, 22, 8))

    def test_production_and_its_components(self):
        order = self._confirm_planned(self._new_promised_order([(self.table, 2)]))
        table = order.production_ids.filtered(lambda production: production.product_id == self.table)
        frame = order.production_ids - table
        self.assertEqual(frame.product_id, self.frame)
        self.assertEqual(table.date_finished, PRODUCED)
        self.assertEqual(table.date_deadline, PROMISED)
        self.assertEqual(table.move_finished_ids.date, PRODUCED)
        self.assertEqual(table.date_start, PRODUCED - timedelta(hours=1))
        self.assertEqual(table.move_raw_ids.date, table.date_start)
        self.assertLessEqual(frame.date_finished, table.date_start)
        self.assertEqual(frame.date_finished.date(), date(2026, 5, 13))
        # The purchase serves the production.
        purchase = order.purchase_ids
        self.assertLessEqual(purchase.order_line.date_planned, frame.date_start)
        self.assertEqual(purchase.order_line.date_planned.date(), date(2026, 5, 13))
        self.assertEqual(order.picking_ids.scheduled_date, DELIVERED)

    def test_production_that_takes_days(self):
        self.table.bom_ids.produce_delay = 3
        order = self._confirm_planned(self._new_promised_order([(self.table, 2)]))
        table = order.production_ids.filtered(lambda production: production.product_id == self.table)
        self.assertEqual((table.date_start, table.date_finished), (PRODUCED - timedelta(days=3), PRODUCED))

    def test_production_with_operations(self):
        workcenter = self.env['mrp.workcenter'].create({'name': "Joinery"})
        self.table.bom_ids.operation_ids = [Command.create({
            'name': "Glue", 'workcenter_id': workcenter.id, 'time_cycle_manual': 600})]
        order = self._confirm_planned(self._new_promised_order([(self.table, 2)]))
        table = order.production_ids.filtered(lambda production: production.product_id == self.table)
        # Two tables of ten hours each end on the day, not on the day after.
        self.assertEqual((table.date_start, table.date_finished), (PRODUCED - timedelta(hours=20), PRODUCED))
        self.assertEqual(table.move_raw_ids.date, table.date_start)

    def test_rescheduled_production_stays(self):
        order = self._confirm_planned(self._new_promised_order([(self.table, 4)]))
        table = order.production_ids.filtered(lambda production: production.product_id == self.table)
        moved = datetime(2026, 5, 18, 6)
        table.with_user(self.user_mrp).date_start = moved
        self._put_in_stock(self.frame, 100)
        table.action_assign()
        self.env.flush_all()
        self.assertEqual((table.date_start, table.date_finished), (moved, moved + timedelta(hours=1)))
        with Form(table) as form:
            form.qty_producing = 1
        Form.from_action(self.env, table.button_mark_done()).save().action_backorder()
        rest = table.production_group_id.production_ids - table
        self.assertEqual((rest.product_qty, rest.date_finished), (3, moved + timedelta(hours=1)))

    def test_kit(self):
        kit = self._new_manufactured_product("Set", component=self.table, kit=True)
        order = self._confirm_planned(self._new_promised_order([(kit, 1)]))
        table = order.production_ids.filtered(lambda production: production.product_id == self.table)
        self.assertEqual((table.product_qty, table.date_finished), (2, PRODUCED))
        self.assertEqual(order.picking_ids.scheduled_date, DELIVERED)

    def test_several_orders_at_once(self):
        first, second = orders = self._new_promised_order([(self.table, 1)], count=2)
        self._submit(orders)
        for code in ('sales', 'finance'):
            self._get_pending_reviews(orders).filtered(
                lambda review, code=code: review.role_id.code == code
            ).with_user(self.users_by_login[code]).sudo(False).action_approve()
        for order, day in ((first, 13), (second, 14)):
            for code, later in (('production', 0), ('logistics', 1)):
                review = self._get_pending_reviews(order).filtered(
                    lambda review, code=code: review.role_id.code == code)
                review.with_user(self.users_by_login[code]).planned_date = date(2026, 5, day + later)
                review.with_user(self.users_by_login[code]).sudo(False).action_approve()
        orders.with_user(self.user_sales).action_confirm()
        for order, day in ((first, 13), (second, 14)):
            table = order.production_ids.filtered(lambda production: production.product_id == self.table)
            self.assertEqual(table.date_finished, datetime(2026, 5, day, 4))
            self.assertEqual(order.picking_ids.scheduled_date, datetime(2026, 5, day + 1, 4))

    def test_new_plan_after_a_new_review(self):
        order = self._confirm_planned(self._new_promised_order([(self.product_stock, 5), (self.table, 1)]))
        before = order.picking_ids
        productions = order.production_ids
        order.with_user(self.user_sales)._action_cancel()
        productions.action_cancel()
        self.assertFalse(order.planned_delivery_date)
        order.with_user(self.user_sales).action_draft()
        self._confirm_planned(order, date(2026, 5, 20), date(2026, 5, 26))
        self.assertEqual((order.picking_ids - before).scheduled_date, datetime(2026, 5, 26, 4))
        table = (order.production_ids - productions).filtered(lambda production: production.product_id == self.table)
        self.assertEqual(table.date_finished, datetime(2026, 5, 20, 4))

    def test_production_that_survives(self):
        """What is still there of an order that was cancelled is enlarged when it is confirmed again, on its new day."""
        order = self._confirm_planned(self._new_promised_order([(self.table, 2)]))
        table = order.production_ids.filtered(lambda production: production.product_id == self.table)
        order.with_user(self.user_sales)._action_cancel()
        self.assertNotEqual(table.state, 'cancel')
        order.with_user(self.user_sales).action_draft()
        self._confirm_planned(order, date(2026, 5, 20), date(2026, 5, 26))
        self.assertEqual(
            order.production_ids.filtered(lambda production: production.product_id == self.table), table)
        self.assertGreater(table.product_qty, 2)
        self.assertEqual(table.date_finished, datetime(2026, 5, 20, 4))
        # Who changes the quantity by hand keeps the planned day.
        moved = datetime(2026, 5, 22, 6)
        table.with_user(self.user_mrp).date_start = moved
        self.env['change.production.qty'].with_user(self.user_mrp).create({
            'mo_id': table.id, 'product_qty': 2}).change_prod_qty()
        self.assertEqual((table.product_qty, table.date_start), (2, moved))

    def test_last_of_several_plans(self):
        self.env['order.review.stage'].create({
            'policy_id': self.policy.id, 'name': "Second shop", 'role_id': self._role('quality').id, 'sequence': 40,
            'requires_plan': 'production'})
        order = self._submit(self._new_promised_order([(self.table, 1)]))
        while pending := self._get_pending_reviews(order):
            for review in pending:
                own = review.with_user(self.users_by_login[review.role_id.code]).sudo(False)
                if review.requires_plan != 'none':
                    own.planned_date = date(2026, 5, 20 if review.role_id.code == 'quality' else 13)
                own.action_approve()
        self.assertEqual(order.planned_production_date, date(2026, 5, 20))

    def test_costs_the_same_for_many(self):
        """What planning adds to the queries of core's confirmation does not grow with the orders."""
        def count(number, policy):
            orders = self._new_promised_order([(self.table, 1), (self.product_stock, 1)], count=number)
            if policy:
                self._accept(orders)
            else:
                orders.policy_id = False
            queries = self._count_queries(orders.with_user(self.user_sales).action_confirm)
            self.assertEqual(bool(orders[0].planned_production_date), policy)
            return queries

        # A query that core runs once in a while may fall into either; one per order would be seven more.
        self.assertSameCounts(lambda number: count(number, True) - count(number, False), sizes=(1, 8), more=3)

    def test_without_a_plan_core_plans(self):
        self.policy.stage_ids -= self.stage_production | self.stage_delivery
        order = self._confirm(self._new_promised_order([(self.table, 1)]))
        self.assertFalse(order.planned_production_date)
        self.assertEqual(order.picking_ids.scheduled_date, PROMISED - timedelta(days=2))
        table = order.production_ids.filtered(lambda production: production.product_id == self.table)
        self.assertEqual(table.date_finished, PROMISED - timedelta(days=2))

    def test_orders_without_policy(self):
        order = self._new_promised_order([(self.table, 1)])
        order.policy_id = False
        order.with_user(self.user_sales).action_confirm()
        self.assertEqual(order.picking_ids.scheduled_date, PROMISED - timedelta(days=2))

    def test_other_productions_are_untouched(self):
        """What is made for stock, by hand or by a rule, is planned by core."""
        self._confirm_planned(self._new_promised_order([(self.table, 1)]))
        start = datetime(2026, 5, 6, 9)
        production = self.env['mrp.production'].with_user(self.user_mrp).create({
            'product_id': self.table.id, 'product_qty': 1, 'date_start': start})
        self.assertEqual((production.date_start, production.date_finished), (start, start + timedelta(hours=1)))
        product = self._new_manufactured_product("Stool", component=self.part, route_ids=[
            Command.set(self.warehouse.manufacture_pull_id.route_id.ids)])
        self.env['stock.warehouse.orderpoint'].create({
            'product_id': product.id, 'product_min_qty': 3, 'product_max_qty': 3, 'trigger': 'manual',
            'location_id': self.warehouse.lot_stock_id.id,
        }).action_replenish()
        production = self.env['mrp.production'].search([('product_id', '=', product.id)])
        self.assertNotEqual(production.date_finished, PRODUCED)
        self.assertFalse(production.promised_date)
