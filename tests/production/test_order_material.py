from datetime import date, datetime, timedelta

from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged

from ..common import LifecycleCommon

TODAY = '2026-05-04 08:00:00'
PROMISED = datetime(2026, 5, 29, 4)


class MaterialCommon(LifecycleCommon):

    @classmethod
    def _new_policy(cls, *args, **vals):
        return super()._new_policy(*args, **{'watches_material': True, **vals})

    @classmethod
    def _new_confirmed(cls, *lines, **vals):
        return cls._confirm(cls._new_order(lines=list(lines), **vals))

    def _get_rows(self, orders=None, user=None):
        """:return: the rows of these orders as a person reads them, nothing in the cache"""
        self.env.flush_all()
        self.env.invalidate_all()
        Material = self.env['order.material'].with_user(user or self.user_purchasing).sudo(False)
        return Material.search([('order_id', 'in', orders.ids)] if orders else [])


@tagged('post_install', '-at_install')
@freeze_time(TODAY)
class TestOrderMaterial(MaterialCommon):
    """What a confirmed order needs and does not get in time is on the list of purchasing (article F2)."""

    def test_from_stock(self):
        """What is not there and not procured is missing, until it is; what lies there is not."""
        product = self._new_product("Lantern")
        self._put_in_stock(product, 4)
        order = self._new_confirmed((product, 10), (self.product_stock, 5), commitment_date=PROMISED)
        rows = self._get_rows()
        self.assertRecordValues(rows, [{
            'order_id': order.id, 'product_id': product.id, 'quantity': 6, 'needed_quantity': 6, 'state': 'missing',
            'procurement': 'buy', 'needed_date': order.picking_ids.scheduled_date.date(), 'expected_date': False,
            'date_source': False, 'vendor_id': False, 'purchase_name': False, 'promised_date': date(2026, 5, 29),
            'user_id': self.user_sales.id}])
        self.assertEqual(order.material_risk_count, 1)
        # A vendor who needs nine days; ordered for stock it is in time.
        product.seller_ids = [Command.create({'partner_id': self.vendor.id, 'price': 5, 'delay': 9})]
        self.assertRecordValues(self._get_rows(), [{
            'vendor_id': self.vendor.id, 'expected_date': date(2026, 5, 13), 'date_source': 'lead_time'}])
        purchase = self.env['purchase.order'].create({'partner_id': self.vendor.id, 'order_line': [Command.create({
            'product_id': product.id, 'product_qty': 5, 'price_unit': 5, 'date_planned': '2026-05-14 12:00:00'})]})
        self.assertEqual(self._get_rows().mapped('quantity'), [1])
        purchase.order_line.product_qty = 6
        self.assertFalse(self._get_rows())
        purchase.button_confirm()
        self.assertFalse(self._get_rows())
        self.assertFalse(order.material_risk_count)

    def test_who_comes_first(self):
        """What arrives is for the moves that Odoo reserves for first, those of nobody's order too."""
        product = self._new_product("Lantern")
        purchase = self.env['purchase.order'].create({'partner_id': self.vendor.id, 'order_line': [Command.create({
            'product_id': product.id, 'product_qty': 10, 'price_unit': 5, 'date_planned': '2026-05-08 12:00:00'})]})
        purchase.button_confirm()
        last, first = (self._new_confirmed((product, 4), commitment_date=day) for day in (
            PROMISED, PROMISED - timedelta(days=3)))
        self.assertFalse(self._get_rows())
        self.env['stock.move'].create({
            'product_id': product.id, 'product_uom_qty': 3, 'product_uom': product.uom_id.id,
            'date': '2026-05-10 12:00:00', 'location_id': self.warehouse.lot_stock_id.id, 'company_id': self.company.id,
            'location_dest_id': self.env.ref('stock.stock_location_customers').id,
        })._action_confirm()
        self.assertRecordValues(self._get_rows(), [{'order_id': last.id, 'quantity': 1, 'state': 'missing'}])
        # Priority goes before the day.
        last.picking_ids.move_ids.priority = '1'
        self.assertRecordValues(self._get_rows(), [{'order_id': first.id, 'quantity': 1, 'state': 'missing'}])

    def test_bought_to_order(self):
        """A request that comes too late by the lead time, a purchase by its date, and one that the vendor confirms."""
        part = self._new_purchased_product("Leg")
        table = self._new_manufactured_product("Table", component=part)
        order = self._new_confirmed((table, 2), commitment_date=PROMISED)
        purchase, raw = order.purchase_ids, order.production_ids.move_raw_ids
        self.assertEqual((purchase.state, raw.product_id), ('draft', part))
        needed = raw.date.date()
        self.assertFalse(self._get_rows())
        with freeze_time(datetime.combine(needed, datetime.min.time()) - timedelta(days=2)):
            part.seller_ids.delay = 5
            self.assertRecordValues(self._get_rows(), [{
                'product_id': part.id, 'quantity': 4, 'state': 'requested', 'date_source': 'lead_time',
                'needed_date': needed, 'expected_date': needed + timedelta(days=3), 'days_late': 3,
                'vendor_id': self.vendor.id, 'purchase_name': purchase.name,
                'production_name': order.production_ids.name}])
        purchase.button_confirm()
        purchase.order_line.date_planned = raw.date + timedelta(days=4)
        late = {'state': 'late', 'date_source': 'planned', 'days_late': 4, 'quantity': 4}
        self.assertRecordValues(self._get_rows(), [late])
        purchase.action_acknowledge()
        self.assertRecordValues(self._get_rows(), [{**late, 'date_source': 'confirmed'}])
        purchase.order_line.date_planned = raw.date - timedelta(days=1)
        self.assertFalse(self._get_rows())
        # What has not come by its day does not come earlier than today.
        with freeze_time(datetime.combine(needed, datetime.min.time()) + timedelta(days=2, hours=9)):
            self.assertRecordValues(self._get_rows(), [{'state': 'late', 'days_late': 2}])
        self._deliver(purchase.picking_ids, {part: 3})
        self.assertFalse(self._get_rows())

    def test_what_comes_short(self):
        """Less than was asked for, what broke after it came, and what nobody buys any more."""
        part = self._new_purchased_product("Leg")
        table = self._new_manufactured_product("Table", component=part)
        order = self._new_confirmed((table, 5), commitment_date=PROMISED)
        purchase = order.purchase_ids
        purchase.button_confirm()
        receipt = self._deliver(purchase.picking_ids)
        raw = order.production_ids.move_raw_ids
        self.assertFalse(self._get_rows())
        # Unreserved, it still lies there.
        raw._do_unreserve()
        self.assertFalse(self._get_rows())
        scrap = self.env['stock.scrap'].create({
            'product_id': part.id, 'scrap_qty': 3, 'location_id': receipt.location_dest_id.id})
        scrap.do_scrap()
        self.assertRecordValues(self._get_rows(), [{'product_id': part.id, 'quantity': 3, 'state': 'missing'}])
        raw._action_assign()
        self.assertEqual(raw.quantity, 7)
        other = self._new_confirmed((table, 1), commitment_date=PROMISED)
        other.purchase_ids.button_cancel()
        self.assertRecordValues(self._get_rows(other), [{'product_id': part.id, 'quantity': 2, 'state': 'missing'}])

    def test_levels_steps_and_added_components(self):
        """On every level, through a warehouse in steps, and what a planner adds by hand."""
        self.warehouse.write({
            'delivery_steps': 'pick_pack_ship', 'manufacture_steps': 'pbm', 'reception_steps': 'two_steps'})
        part = self._new_purchased_product("Leg")
        frame = self._new_manufactured_product("Frame", component=part)
        table = self._new_manufactured_product("Table", component=frame)
        order = self._new_confirmed((table, 1), commitment_date=PROMISED)
        self.assertFalse(self._get_rows())
        glue = self._new_product("Glue")
        top = order.production_ids.filtered(lambda production: production.product_id == table)
        top.move_raw_ids = [Command.create({
            'product_id': glue.id, 'product_uom_qty': 2, 'product_uom': glue.uom_id.id})]
        order.purchase_ids.order_line.unlink()
        rows = self._get_rows()
        self.assertEqual({row.product_id: row.quantity for row in rows}, {glue: 2, part: 4})
        self.assertEqual(rows.order_id, order)

    def test_made_for_stock(self):
        """What is made, and nobody makes, is told to production."""
        self._new_manufactured_product("Bench")
        bench = self._new_product("Bench for stock")
        self.env['mrp.bom'].create({
            'product_tmpl_id': bench.product_tmpl_id.id,
            'bom_line_ids': [Command.create({'product_id': self.product_stock.id, 'product_qty': 1})]})
        order = self._new_confirmed((bench, 2), commitment_date=PROMISED)
        self.assertRecordValues(self._get_rows(), [{
            'product_id': bench.id, 'procurement': 'make', 'state': 'missing'}])
        production = self.env['mrp.production'].create({'product_id': bench.id, 'product_qty': 2})
        production.action_confirm()
        self.assertFalse(self._get_rows(order))

    def test_where_nothing_is_watched(self):
        product = self._new_product("Lantern")
        order = self._new_confirmed((product, 10))
        self.assertTrue(self._get_rows())
        self.policy.watches_material = False
        self.assertFalse(self._get_rows())
        self.assertFalse(order.material_risk_count)
        self.policy.watches_material = True
        order._action_cancel()
        self.assertFalse(self._get_rows())

    # -- telling ------------------------------------------------------------------------------------

    def _get_notices(self, user):
        return self.env['mail.message'].search([
            ('message_type', '=', 'user_notification'), ('partner_ids', 'in', user.partner_id.ids),
            ('subject', 'ilike', 'risk')]).mapped('subject')

    def test_told_once(self):
        part = self._new_purchased_product("Leg")
        order = self._new_confirmed((part, 2), (self._new_product("Lantern"), 1), commitment_date=PROMISED)
        purchase = order.purchase_ids
        Material = self.env['order.material']
        Material._notify_of(order)
        self.assertEqual(self._get_notices(self.user_purchasing), ["Material at risk: Lantern"])
        self.assertFalse(self._get_notices(self.user_production))
        Material._notify_of(order)
        self.assertEqual(len(self._get_notices(self.user_purchasing)), 1)
        purchase.button_confirm()
        purchase.order_line.date_planned = PROMISED + timedelta(days=2)
        Material._notify_of(order)
        self.assertEqual(self._get_notices(self.user_purchasing)[0], "Material at risk: Leg")
        purchase.order_line.date_planned = PROMISED + timedelta(days=1)
        Material._notify_of(order)
        self.assertEqual(len(self._get_notices(self.user_purchasing)), 2)
        # Later than was told is news, and so is what was over and begins anew.
        purchase.order_line.date_planned = PROMISED + timedelta(days=3)
        Material._notify_of(order)
        self.assertEqual(len(self._get_notices(self.user_purchasing)), 3)

    # -- who and how --------------------------------------------------------------------------------

    def test_actions(self):
        part = self._new_purchased_product("Leg")
        order = self._new_confirmed((part, 2), (self._new_product("Lantern"), 1), commitment_date=PROMISED)
        order.purchase_ids.button_confirm()
        order.purchase_ids.order_line.date_planned = PROMISED + timedelta(days=2)
        buyer = self._new_user('buyer_of_parts', (
            'sale_order_lifecycle.group_purchasing,purchase.group_purchase_user,stock.group_stock_user'))
        rows = self._get_rows(user=buyer)
        late = rows.filtered(lambda row: row.state == 'late')
        self.assertEqual(late.action_open_purchase()['res_id'], order.purchase_ids.id)
        self.assertEqual(late.action_open_order()['res_id'], order.id)
        missing = rows - late
        context = missing.action_replenish()['context']
        self.assertEqual((context['default_product_id'], context['default_quantity']), (missing.product_id.id, 1))
        for wrong in (rows, rows.browse(), rows.browse(2 ** 30)):
            with self.assertRaises(UserError):
                wrong.action_open_purchase()
        with self.assertRaises(UserError):
            missing.action_open_purchase()
        for user in (self.user_purchasing, self.user_sales):
            with self.assertRaises(UserError):  # no right to Odoo's application
                late.with_user(user).action_open_purchase()
        self.assertEqual(len(self._get_rows(user=self.user_sales)), 2)
        other = self._new_user('other_sales', 'sales_team.group_sale_salesman')
        self.assertFalse(self._get_rows(user=other))

    def test_queries(self):
        def count(size):
            for _index in range(size):
                part = self._new_purchased_product("Leg")
                self._new_confirmed((self._new_manufactured_product("Table", component=part), 1), (
                    self._new_product("Lantern"), 1), commitment_date=PROMISED)
            orders = self.env['sale.order'].search([('material_told', '=', False), ('policy_id', '=', self.policy.id)])
            Material = self.env['order.material']
            # What the confirmations have cleared from the caches of the registry is read once more.
            Material.with_user(self.user_purchasing).search_read([])
            return {
                'list': self._count_queries(lambda: Material.with_user(self.user_purchasing).search_read([])),
                'flag': self._count_queries(lambda: orders.mapped('material_risk_count')),
                'told': self._count_queries(lambda: Material._notify_of(orders)),
            }
        self.assertSameCounts(count)
