from odoo import Command
from odoo.exceptions import ValidationError
from odoo.tests import Form, tagged

from ..credit.test_payment_condition import ConditionCommon


@tagged('post_install', '-at_install')
class TestConditionEnforced(ConditionCommon):
    """Until the customer has paid what an approval asks for, nothing is started or shipped, by whatever way."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.frame = cls._new_manufactured_product("Frame", component=cls._new_purchased_product("Leg", False))
        cls.table = cls._new_manufactured_product("Table", component=cls.frame)

    def _pay_share(self, order, percent):
        self._pay(self._down_payment(order, percent))

    def _get_productions(self, order):
        """:return: pair of the topmost manufacturing order and the one for its components"""
        productions = order.sudo()._get_productions().with_env(self.env)
        top = productions.filtered('sale_line_id')
        self.assertEqual((len(top), len(productions)), (1, 2))
        return top, productions - top

    # -- shipping -----------------------------------------------------------------------------------

    def test_shipping(self):
        order = self._confirm_under((30, 'shipping'))
        picking = order.picking_ids
        self.assertIn("150.00 is missing", picking.with_user(self.user_stock).payment_obstacle.replace("\xa0", " "))
        picking.with_user(self.user_stock).move_ids.write({'quantity': 5, 'picked': True})
        with self.assertRefused("paid before shipping"):
            picking.with_user(self.user_stock).button_validate()
        self._pay_share(order, 20)
        with self.assertRaises(ValidationError):
            self._deliver(picking)
        self._pay_share(order, 12.5)
        self.env.invalidate_all()
        self.assertFalse(picking.payment_obstacle)
        self._deliver(picking)
        self.assertEqual(order.fulfilment_state, 'done')
        self.assertFalse(order.is_waiting_for_payment)

    def test_every_way_to_ship(self):
        order = self._confirm_under((30, 'shipping'))
        picking, move = order.picking_ids, order.picking_ids.move_ids
        move.with_user(self.user_stock).write({'quantity': 5, 'picked': True})
        ways = {
            'partial': lambda: self._deliver(picking, {self.product_stock: 1}),
            'private': lambda: picking.sudo()._action_done(),
            'move': lambda: move.sudo()._action_done(),
            'state': lambda: move.sudo().write({'state': 'done'}),
            'picking state': lambda: move.sudo().picking_id.move_ids.write({'state': 'done'}),
            'new move': lambda: self.env['stock.move'].create({
                'product_id': self.product_stock.id, 'product_uom_qty': 1, 'sale_line_id': order.order_line.id,
                'location_id': move.location_id.id, 'location_dest_id': move.location_dest_id.id,
                'picking_id': picking.id, 'state': 'done'}),
            'other destination': lambda: self._ship_by_way_of_the_stock(move),
            'many': lambda: self._deliver(picking | self._confirm(self._new_order()).picking_ids),
            'extra product': lambda: self._deliver_extra(picking),
        }
        for way, ship in ways.items():
            with self.subTest(way=way), self.assertRefused("paid before shipping"):
                ship()
        self.env.invalidate_all()
        self.assertEqual(order.order_line.qty_delivered, 0)

    def _ship_by_way_of_the_stock(self, move):
        """Done to a place in the house first, and to the customer by a second thought."""
        customers = move.location_dest_id
        move.sudo().location_dest_id = self.warehouse.lot_stock_id
        move.sudo()._action_done()
        move.sudo().location_dest_id = customers

    def _deliver_extra(self, picking):
        """Something that was not ordered goes out alone in the transfer of the order."""
        extra = self._new_product("Extra")
        self._put_in_stock(extra, 5)
        picking.with_user(self.user_stock).move_ids = [Command.create({
            'product_id': extra.id, 'product_uom_qty': 1, 'location_id': picking.location_id.id,
            'location_dest_id': picking.location_dest_id.id})]
        self._deliver(picking, {extra: 1})

    def test_several_steps(self):
        """Goods are picked before the payment; the last step is what waits."""
        self.warehouse.delivery_steps = 'pick_ship'
        order = self._confirm_under((30, 'shipping'))
        self._deliver(order.picking_ids)
        last = order.picking_ids.filtered(lambda picking: picking.state != 'done')
        with self.assertRaises(ValidationError):
            self._deliver(last)
        self._pay_share(order, 30)
        self._deliver(last)
        self.assertEqual(order.fulfilment_state, 'done')

    def test_services_wait_for_nothing(self):
        order = self._confirm_under((30, 'shipping'), lines=[(self.product_service, 1), (self.product_stock, 1)])
        service = order.order_line.filtered(lambda line: line.product_id == self.product_service)
        service.with_user(self.user_sales).qty_delivered = 1
        self.assertEqual(service.qty_delivered, 1)

    def test_return_comes_in(self):
        """What comes back is no shipment, whatever is unpaid by then."""
        order = self._confirm_under((30, 'shipping'))
        invoice = self._down_payment(order, 30)
        self._pay(invoice)
        self._deliver(order.picking_ids)
        invoice.line_ids.remove_move_reconcile()
        picking = order.picking_ids
        wizard = self.env['stock.return.picking'].with_user(self.user_stock).with_context(
            active_id=picking.id, active_ids=picking.ids, active_model='stock.picking').create({})
        wizard.product_return_moves.quantity = 1
        self._deliver(self.env['stock.picking'].browse(wizard.action_create_returns()['res_id']))
        self.assertEqual(order.order_line.filtered(lambda line: line.product_id == self.product_stock).qty_delivered, 4)

    # -- production ---------------------------------------------------------------------------------

    def test_production(self):
        order = self._confirm_under((30, 'production'), lines=[(self.table, 2)])
        top, child = self._get_productions(order)
        self.assertEqual(top.state, 'confirmed')
        self.assertIn("Customer ($ 60.00 before production)", order.waiting_for.replace("\xa0", " "))
        for production in (top, child):
            with self.subTest(production=production.product_id.name):
                self.assertIn("before production", production.with_user(self.user_mrp).payment_obstacle)
                with self.assertRefused("paid before production"), Form(production.with_user(self.user_mrp)) as form:
                    form.qty_producing = 1
                for state in ('progress', 'to_close', 'done'):
                    with self.assertRaises(ValidationError):
                        production.sudo().write({'state': state})
                with self.assertRaises(ValidationError):
                    production.sudo().move_raw_ids.write({'quantity': 1, 'picked': True})
                    production.flush_recordset()
                with self.assertRaises(ValidationError):
                    production.with_user(self.user_mrp).button_mark_done()
        self.env.invalidate_all()
        self._pay_share(order, 30)
        self.assertFalse(top.payment_obstacle)
        for production in (child, top):
            production.with_user(self.user_mrp).qty_producing = production.product_qty
            production.with_user(self.user_mrp).move_raw_ids.write({'picked': True})
        self.assertEqual((top.state, child.state), ('to_close', 'to_close'))

    def test_work_order(self):
        center = self.env['mrp.workcenter'].create({'name': "Bench"})
        self.table.bom_ids.operation_ids = [Command.create({'name': "Assemble", 'workcenter_id': center.id})]
        order = self._confirm_under((30, 'production'), lines=[(self.table, 2)])
        top, _child = self._get_productions(order)
        with self.assertRaises(ValidationError):
            top.workorder_ids.with_user(self.user_mrp).button_start()
            top.flush_recordset()
        with self.assertRaises(ValidationError):
            top.workorder_ids.sudo().write({'state': 'progress'})
            top.flush_recordset()
        self.env.invalidate_all()
        self._pay_share(order, 30)
        top.workorder_ids.with_user(self.user_mrp).button_start()
        self.assertEqual(top.state, 'progress')

    def test_called_cancelled(self):
        """Core lets people write the state: work that then goes on all the same has to be paid before, too."""
        order = self._confirm_under((30, 'production'), lines=[(self.table, 1)])
        for production in self._get_productions(order):
            own = production.with_user(self.user_mrp)
            own.write({'state': 'cancel', 'qty_producing': 1})
            with self.assertRefused("paid before production"):
                own.button_mark_done()
            for state in ('progress', 'done'):
                with self.assertRefused("paid before production"):
                    own.state = state

    def test_what_has_begun_goes_on(self):
        """The payment is taken back: the work that has begun is finished, and nothing is shipped."""
        order = self._confirm_under((30, 'production'), lines=[(self.table, 1)])
        invoice = self._down_payment(order, 30)
        self._pay(invoice)
        top, child = self._get_productions(order)
        self._put_in_stock(self.frame, 10)
        top.with_user(self.user_mrp).qty_producing = 1
        self.assertEqual(top.state, 'to_close')
        invoice.line_ids.remove_move_reconcile()
        top.move_raw_ids.write({'quantity': 2, 'picked': True})
        top.with_context(skip_consumption=True, skip_backorder=True).with_user(self.user_mrp).button_mark_done()
        self.assertEqual(top.state, 'done')
        with self.assertRaises(ValidationError):
            child.with_user(self.user_mrp).qty_producing = 1
            child.flush_recordset()
        with self.assertRaises(ValidationError):
            self._deliver(order.picking_ids)

    def test_before_shipping_lets_produce(self):
        order = self._confirm_under((30, 'shipping'), lines=[(self.table, 1)])
        top, child = self._get_productions(order)
        (top | child).with_user(self.user_mrp).write({'qty_producing': 1})
        self.assertNotIn('confirmed', (top | child).mapped('state'))

    def test_nothing_to_produce(self):
        """A payment before production is due before shipping where nothing is made."""
        order = self._confirm_under((30, 'production'))
        self.assertIn("Customer ($ 150.00 before shipping)", order.waiting_for.replace("\xa0", " "))
        with self.assertRaises(ValidationError):
            self._deliver(order.picking_ids)

    def test_next_payment(self):
        """The order waits for the payment of its next step, then for that of the one after."""
        order = self._confirm_under((10, 'production'), (100, 'shipping'), lines=[(self.table, 1)])
        self.assertIn("$ 10.00 before production", order.waiting_for.replace("\xa0", " "))
        self._pay_share(order, 10)
        self.env.invalidate_all()
        self.assertIn("$ 90.00 before shipping", order.waiting_for.replace("\xa0", " "))

    def test_after_an_emergency_release(self):
        """The condition of an approval that comes after the release holds from then on."""
        self.policy.allow_emergency_release = True
        releaser = self._new_user('releaser', 'sale_order_lifecycle.group_emergency_release')
        review = self._new_review()
        order = review.sudo().order_id.with_env(self.env)
        order.with_user(releaser).action_release_emergency("The customer's line stands still")
        self.assertFalse(order.picking_ids.payment_obstacle)
        self._set_condition(review, 30)
        review.action_approve()
        with self.assertRaises(ValidationError):
            self._deliver(order.picking_ids)

    # -- others -------------------------------------------------------------------------------------

    def test_other_orders_go_on(self):
        self._confirm_under((30, 'shipping'))
        order = self._confirm_under()
        self._deliver(order.picking_ids)
        self.assertEqual(order.fulfilment_state, 'done')
        company = self._new_company("Plain")
        warehouse = self.env['stock.warehouse'].search([('company_id', '=', company.id)], limit=1)
        self._put_in_stock(self.product_stock, 100, warehouse)
        (self.user_sales | self.user_stock).company_ids |= company
        plain = self._new_order(company_id=company.id)
        plain.with_user(self.user_sales).action_confirm()
        self._deliver(plain.picking_ids)
        self.assertEqual(plain.picking_ids.state, 'done')
        self.assertFalse(plain.payment_condition or plain.picking_ids.payment_obstacle)

    def test_query_budget(self):
        """What the conditions of orders cost is the same for one and for twenty, met or not."""
        def prepare(number):
            orders = self._confirm_under((30, 'shipping'), count=number)
            invoices = self._invoice_each(orders)
            # Core pays one after the other, as far as it goes: two of twenty.
            self._pay_together(invoices, amount=0.1 * sum(invoices.mapped('amount_total')))
            return orders

        self.assertSameQueries(prepare, {
            'obstacles': lambda orders: orders._get_condition_obstacles('shipping'),
            'form': lambda orders: orders.mapped('payment_obstacle'),
            'transfers': lambda orders: orders.picking_ids.mapped('payment_obstacle'),
        }, more=2)
