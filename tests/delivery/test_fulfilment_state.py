from datetime import datetime

from freezegun import freeze_time

from odoo import Command
from odoo.tests import Form, tagged

from ..common import LifecycleCommon


@tagged('post_install', '-at_install')
class TestFulfilmentState(LifecycleCommon):
    """Fulfilment follows the facts (articles F1, D1); the phase follows fulfilment."""

    def assertPhase(self, orders, phase, fulfilment_state):
        self.assertEqual(orders.mapped('lifecycle_phase'), [phase] * len(orders))
        self.assertEqual(orders.mapped('fulfilment_state'), [fulfilment_state] * len(orders))

    # -- goods --------------------------------------------------------------------------------------

    def test_goods_from_stock(self):
        order = self._new_order()
        self.assertPhase(order, 'quotation', 'none')
        self._accept(order)
        self.assertPhase(order, 'review', 'none')
        self.assertFalse(order.ready_at or order.fulfilled_at)
        with freeze_time('2026-03-02 10:00:00'):
            order.with_user(self.user_sales).action_confirm()
            self.env.flush_all()
        self.assertPhase(order, 'delivery', 'ready')
        self.assertEqual(order.ready_at, datetime(2026, 3, 2, 10))
        self.assertFalse(order.fulfilled_at)
        with freeze_time('2026-03-05 08:30:00'):
            self._deliver(order.picking_ids)
        self.assertPhase(order, 'settlement', 'done')
        self.assertEqual(order.ready_at, datetime(2026, 3, 2, 10))
        self.assertEqual(order.fulfilled_at, datetime(2026, 3, 5, 8, 30))

    def test_not_in_stock(self):
        product = self._new_product("Out of Stock")
        order = self._confirm(self._new_order(lines=[(product, 2)]))
        self.assertPhase(order, 'production', 'waiting')
        self.assertFalse(order.ready_at)
        self._put_in_stock(product, 2)
        order.picking_ids.action_assign()
        self.assertPhase(order, 'delivery', 'ready')
        order.picking_ids.do_unreserve()
        self.assertPhase(order, 'production', 'waiting')
        self.assertFalse(order.ready_at)

    def test_partial_delivery(self):
        order = self._confirm(self._new_order())
        first = order.picking_ids
        with freeze_time('2026-03-03'):
            self._deliver(first, {self.product_stock: 3})
        self.assertPhase(order, 'delivery', 'partial')
        self.assertFalse(order.fulfilled_at)
        with freeze_time('2026-03-09'):
            self._deliver(order.picking_ids - first)
        self.assertPhase(order, 'settlement', 'done')
        self.assertEqual(order.fulfilled_at, datetime(2026, 3, 9))

    def test_cancelled_rest_is_closed_short(self):
        order = self._confirm(self._new_order())
        with freeze_time('2026-03-03'):
            self._deliver(order.picking_ids, {self.product_stock: 3}, backorder=False)
        self.assertPhase(order, 'settlement', 'done')
        self.assertEqual(order.fulfilled_at, datetime(2026, 3, 3))
        self.assertEqual(order.order_line.qty_delivered, 3)

    def test_cancelled_line_is_closed_short(self):
        other = self._new_product("Other Good")
        self._put_in_stock(other, 10)
        order = self._confirm(self._new_order(lines=[(self.product_stock, 1), (other, 1)]))
        self._deliver(order.picking_ids, {self.product_stock: 1}, backorder=False)
        self.assertPhase(order, 'settlement', 'done')

    def test_nothing_delivered_is_not_fulfilled(self):
        order = self._confirm(self._new_order())
        order.picking_ids.action_cancel()
        self.assertPhase(order, 'production', 'waiting')

    def test_full_return_leaves_the_order_fulfilled(self):
        order = self._confirm(self._new_order())
        with freeze_time('2026-03-03'):
            self._deliver(order.picking_ids)
        delivery = order.picking_ids
        with freeze_time('2026-03-20'):
            wizard_form = Form(self.env['stock.return.picking'].with_context(
                active_ids=delivery.ids, active_id=delivery.id, active_model='stock.picking'))
            wizard = wizard_form.save()
            wizard.product_return_moves.quantity = 5
            returned = self.env['stock.picking'].browse(wizard.action_create_returns()['res_id'])
            self._deliver(returned)
        self.assertEqual(returned.state, 'done')
        self.assertEqual(order.order_line.qty_delivered, 0)
        self.assertPhase(order, 'settlement', 'done')
        self.assertEqual(order.fulfilled_at, datetime(2026, 3, 3))

    def test_several_delivery_steps(self):
        self.warehouse.delivery_steps = 'pick_pack_ship'
        order = self._confirm(self._new_order())
        self.assertEqual(len(order.picking_ids), 1)
        self.assertPhase(order, 'production', 'waiting')
        pick = order.picking_ids
        # The rest of the first step has brought forth no shipment yet, and is not forgotten.
        self._deliver(pick, {self.product_stock: 3})
        for _step in ('pack', 'ship'):
            step = order.picking_ids.filtered(
                lambda picking: picking.state == 'assigned' and picking.picking_type_id != pick.picking_type_id)
            self.assertEqual(len(step), 1)
            self._deliver(step)
        self.assertPhase(order, 'delivery', 'partial')
        while pending := order.picking_ids.filtered(lambda picking: picking.state == 'assigned'):
            self._deliver(pending)
        self.assertPhase(order, 'settlement', 'done')
        self.assertEqual(order.order_line.qty_delivered, 5)

    def test_kit(self):
        component = self._new_product("Kit Part")
        self._put_in_stock(component, 100)
        kit = self._new_manufactured_product("Kit", component=component, kit=True)
        order = self._confirm(self._new_order(lines=[(kit, 3)]))
        self.assertEqual(order.order_line.move_ids.product_id, component)
        self.assertPhase(order, 'delivery', 'ready')
        self._deliver(order.picking_ids, {component: 2})
        self.assertPhase(order, 'delivery', 'partial')
        self._deliver(order.picking_ids.filtered(lambda picking: picking.state == 'assigned'))
        self.assertPhase(order, 'settlement', 'done')

    def test_combo(self):
        other = self._new_product("Combo Item")
        self._put_in_stock(other, 10)
        combo = self.env['product.combo'].create({
            'name': "Choice", 'combo_item_ids': [Command.create({'product_id': other.id})],
        })
        parent = self.env['product.product'].create({
            'name': "Combo", 'type': 'combo', 'combo_ids': [Command.set(combo.ids)], 'taxes_id': False,
        })
        order = self._new_order(lines=[(parent, 1)])
        order.order_line = [Command.create({
            'product_id': other.id, 'product_uom_qty': 1, 'linked_line_id': order.order_line.id,
            'combo_item_id': combo.combo_item_ids.id,
        })]
        self._confirm(order)
        self.assertEqual(order.order_line.filtered(lambda line: line._counts_for_fulfilment()).product_id, other)
        self._deliver(order.picking_ids)
        self.assertPhase(order, 'settlement', 'done')

    def test_dropship(self):
        route = self.env.ref('stock_dropshipping.route_drop_shipping', raise_if_not_found=False)
        if not route:
            # The module is optional; a purchase that goes straight to the customer is what it makes.
            customers = self.env.ref('stock.stock_location_customers')
            picking_type = self.env['stock.picking.type'].create({
                'name': "Drop Ship", 'code': 'incoming', 'sequence_code': 'TDS', 'company_id': self.company.id,
                'warehouse_id': False, 'default_location_dest_id': customers.id,
                'default_location_src_id': self.env.ref('stock.stock_location_suppliers').id,
            })
            route = self.env['stock.route'].create({
                'name': "Drop Ship", 'product_selectable': True, 'rule_ids': [Command.create({
                    'name': "Vendor to Customer", 'action': 'buy', 'location_src_id': self.env.ref(
                        'stock.stock_location_suppliers').id,
                    'location_dest_id': customers.id,
                    'picking_type_id': picking_type.id, 'company_id': self.company.id,
                })],
            })
        product = self._new_purchased_product("Shipped by Vendor", make_to_order=False)
        product.route_ids = route
        order = self._confirm(self._new_order(lines=[(product, 2)]))
        self.assertPhase(order, 'production', 'waiting')
        purchase = self.env['purchase.order'].search([('partner_id', '=', self.vendor.id)], order='id desc', limit=1)
        purchase.button_confirm()
        self.assertEqual(purchase.picking_ids.location_dest_id.usage, 'customer')
        self._deliver(purchase.picking_ids)
        self.assertPhase(order, 'settlement', 'done')

    def test_over_delivery_adds_nothing_to_wait_for(self):
        extra = self._new_product("Not Ordered")
        self._put_in_stock(extra, 10)
        order = self._confirm(self._new_order())
        picking = order.picking_ids
        picking.with_user(self.user_stock).move_ids = [Command.create({
            'product_id': extra.id, 'product_uom_qty': 1, 'location_id': picking.location_id.id,
            'location_dest_id': picking.location_dest_id.id,
        })]
        self._deliver(picking)
        self.assertEqual(order.order_line.product_id, self.product_stock | extra)
        self.assertPhase(order, 'settlement', 'done')

    # -- services -----------------------------------------------------------------------------------

    def test_service(self):
        with freeze_time('2026-03-02 09:00:00'):
            order = self._confirm(self._new_order(lines=[(self.product_service, 4)]))
        self.assertPhase(order, 'production', 'waiting')
        line = order.order_line.with_user(self.user_sales)
        with freeze_time('2026-03-04 09:00:00'):
            line.qty_delivered = 2
        self.assertPhase(order, 'delivery', 'partial')
        with freeze_time('2026-03-06 09:00:00'):
            line.qty_delivered = 4
        self.assertPhase(order, 'settlement', 'done')
        with freeze_time('2026-04-01 09:00:00'):
            # Computed again for another reason, the date stays that of the fact.
            line.qty_delivered = 5
            line.invalidate_recordset()
            self.env.add_to_compute(order._fields['fulfilled_at'], order)
            self.env.flush_all()
        self.assertEqual(order.fulfilled_at, datetime(2026, 3, 6, 9))
        line.qty_delivered = 1
        self.assertPhase(order, 'delivery', 'partial')
        self.assertFalse(order.fulfilled_at)

    def test_service_entered_before_confirmation(self):
        order = self._new_order(lines=[{
            'product_id': self.product_service.id, 'product_uom_qty': 1, 'qty_delivered': 1,
        }])
        self.assertPhase(order, 'quotation', 'none')
        self._accept(order)
        with freeze_time('2026-03-02 09:00:00'):
            order.with_user(self.user_sales).action_confirm()
        self.assertPhase(order, 'settlement', 'done')

    def test_goods_and_service(self):
        with freeze_time('2026-03-02'):
            order = self._confirm(self._new_order(lines=[(self.product_stock, 1), (self.product_service, 1)]))
        with freeze_time('2026-03-03'):
            self._deliver(order.picking_ids)
        self.assertPhase(order, 'delivery', 'partial')
        with freeze_time('2026-03-08'):
            order.order_line[1].with_user(self.user_sales).qty_delivered = 1
        self.assertPhase(order, 'settlement', 'done')
        self.assertEqual(order.fulfilled_at, datetime(2026, 3, 8))

    # -- what counts --------------------------------------------------------------------------------

    def test_order_without_counting_lines(self):
        order = self._new_order(lines=[
            {'display_type': 'line_note', 'name': "Nothing but a note"},
            {'product_id': self.product_stock.id, 'product_uom_qty': 0},
        ])
        self._accept(order)
        with freeze_time('2026-03-02 09:00:00'):
            order.with_user(self.user_sales).action_confirm()
        self.assertPhase(order, 'settlement', 'done')
        self.assertEqual(order.fulfilled_at, datetime(2026, 3, 2, 9))

    def test_discount_does_not_count(self):
        order = self._new_order()
        self.env['sale.order.discount'].with_user(self.user_sales).create({
            'sale_order_id': order.id, 'discount_type': 'amount', 'discount_amount': 10,
        }).sudo().action_apply_discount()
        discount = order.order_line[1]
        self.assertTrue(discount._is_discount_line())
        self._confirm(order)
        self.assertFalse(discount._counts_for_fulfilment())
        self._deliver(order.picking_ids)
        self.assertPhase(order, 'settlement', 'done')

    def test_down_payment_does_not_count(self):
        order = self._confirm(self._new_order())
        order.order_line = [Command.create({
            'product_id': self.product_service.id, 'product_uom_qty': 0, 'is_downpayment': True, 'price_unit': 50,
        })]
        self._deliver(order.picking_ids)
        self.assertPhase(order, 'settlement', 'done')

    def test_repair_part_does_not_count(self):
        part = self._new_product("Spare Part")
        self._put_in_stock(part, 10)
        order = self._confirm(self._new_order())
        self._deliver(order.picking_ids)
        repair = self.env['repair.order'].create({
            'product_id': self.product_stock.id, 'partner_id': self.partner.id, 'sale_order_id': order.id,
            'picking_type_id': self.warehouse.repair_type_id.id,
        })
        repair.move_ids = [Command.create({
            'product_id': part.id, 'product_uom_qty': 1, 'repair_line_type': 'add',
        })]
        repair.action_validate()
        self.assertEqual(order.order_line.product_id, self.product_stock | part)
        self.assertPhase(order, 'settlement', 'done')
        repair.action_repair_start()
        repair.action_repair_end()
        self.assertEqual(repair.state, 'done')
        self.assertPhase(order, 'settlement', 'done')

    # -- orders -------------------------------------------------------------------------------------

    def test_cancelled_order(self):
        order = self._confirm(self._new_order())
        order.with_user(self.user_sales)._action_cancel()
        self.assertPhase(order, 'cancelled', 'none')
        self.assertFalse(order.ready_at)
        self.assertEqual(order.picking_ids.state, 'cancel')

    def test_many_orders_in_batch(self):
        orders = self._confirm(self._new_order(count=10))
        self.assertPhase(orders, 'delivery', 'ready')
        self._deliver(orders.picking_ids)
        self.assertPhase(orders, 'settlement', 'done')

    def test_recomputing_costs_the_same_for_many(self):
        orders = self._confirm(self._new_order(count=20, lines=[(self.product_stock, 1), (self.product_service, 2)]))
        self._deliver(orders.picking_ids)

        def recompute(records):
            self.env.add_to_compute(records._fields['fulfilment_state'], records)
            records.mapped('fulfilment_state')

        self.assertSameQueries(lambda number: orders[:number], recompute)

    def test_company_without_policy(self):
        company = self._new_company()
        order = self.env['sale.order'].with_company(company).create({
            'partner_id': self.partner.id, 'company_id': company.id,
            'order_line': [Command.create({'product_id': self.product_service.id, 'product_uom_qty': 1})],
        })
        order.action_confirm()
        order.order_line.qty_delivered = 1
        self.assertEqual(order.state, 'sale')
        self.assertFalse(order.lifecycle_phase or order.fulfilment_state or order.fulfilled_at or order.is_late)
        self.assertFalse(order.order_line.service_delivered_at)
