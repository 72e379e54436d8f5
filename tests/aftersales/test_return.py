from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .common import AftersalesCommon


@tagged('post_install', '-at_install')
class TestReturn(AftersalesCommon):
    """Goods come back for a ticket, and stock validates the transfer."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.order = cls._fulfil(cls._new_order(lines=[(cls.product_stock, 5), (cls.product_service, 1)]))
        cls.ticket = cls._new_ticket(
            order_id=cls.order.id, kind='return', product_id=cls.product_stock.id, quantity=2)
        cls.own = cls.ticket.with_user(cls.user_aftersales).sudo(False)

    def test_return_to_validation(self):
        fulfilled_at = self.order.fulfilled_at
        result = self.own.action_create_return()
        self.assertEqual(result['tag'], 'display_notification')
        picking = self.ticket.return_picking_ids
        self.assertIn(picking.name, result['params']['message'])
        self.assertRecordValues(picking, [{
            'ticket_id': self.ticket.id, 'picking_type_code': 'incoming', 'sale_id': self.order.id,
            'return_id': self.order.picking_ids.filtered(lambda p: p.picking_type_code == 'outgoing').id}])
        self.assertRecordValues(picking.move_ids, [{'product_id': self.product_stock.id, 'product_uom_qty': 2}])
        self.assertIn(picking.name, self.own.return_summary)
        self._deliver(picking)
        self.assertEqual(picking.state, 'done')
        self.env.invalidate_all()
        self.assertEqual(self.order.fulfilment_state, 'done')
        self.assertEqual(self.order.fulfilled_at, fulfilled_at)
        self.assertEqual(self.order.order_line.filtered('move_ids').qty_delivered, 3)

    def test_not_more_than_the_customer_has(self):
        self.ticket.quantity = 4
        self.own.action_create_return()
        with self.assertRaisesRegex(UserError, "has not received"):
            self.own.action_create_return()
        self.ticket.quantity = 1
        self.own.action_create_return()
        self.assertEqual(len(self.ticket.return_picking_ids), 2)

    def test_what_cannot_come_back(self):
        with self.assertRaisesRegex(UserError, "product to be returned"):
            self._new_ticket(order_id=self.order.id).with_user(self.user_aftersales).action_create_return()
        for vals in ({'product_id': self.product_service.id}, {'order_id': False}, {'quantity': 0}):
            with self.subTest(vals=vals), self.assertRaises(UserError), self.cr.savepoint():
                self.ticket.write(vals)
                self.own.action_create_return()
        self.ticket.cause_id = self.cause
        self.own.action_close()
        with self.assertRaisesRegex(UserError, "closed"):
            self.own.action_create_return()

    def test_all_or_none(self):
        bad = self._new_ticket(order_id=self.order.id, product_id=self.product_service.id)
        with self.assertRaises(UserError), self.cr.savepoint():
            (self.own + bad.with_user(self.user_aftersales)).action_create_return()
        self.assertFalse(self.ticket.return_picking_ids)

    def test_over_several_transfers(self):
        order = self._confirm(self._new_order(lines=[(self.product_stock, 5)]))
        self._deliver(order.picking_ids, {self.product_stock: 3})
        self._deliver(order.picking_ids.filtered(lambda picking: picking.state != 'done'))
        ticket = self._new_ticket(order_id=order.id, product_id=self.product_stock.id, quantity=4)
        ticket.with_user(self.user_aftersales).action_create_return()
        self.assertEqual(sorted(ticket.return_picking_ids.move_ids.mapped('product_uom_qty')), [1, 3])

    def test_dialog(self):
        with Form.from_action(self.own.env, self.own.action_open_return()) as form:
            self.assertEqual(len(form.line_ids), 1)
            with form.line_ids.edit(0) as line:
                self.assertEqual((line.product_id, line.returnable_quantity, line.quantity), (self.product_stock, 5, 2))
                line.quantity = 3
        form.record.action_apply()
        self.assertEqual(self.ticket.return_picking_ids.move_ids.product_uom_qty, 3)
        with Form.from_action(self.own.env, self.own.action_open_return()) as form, form.line_ids.edit(0) as line:
            self.assertEqual(line.returnable_quantity, 2)
            line.quantity = 0
        with self.assertRaises(UserError):
            form.record.action_apply()

    def test_kit(self):
        component = self._new_product("Part")
        self._put_in_stock(component, 100)
        kit = self._new_manufactured_product("Set", component=component, kit=True)
        order = self._confirm(self._new_order(lines=[(kit, 3)]))
        self._deliver(order.picking_ids)
        ticket = self._new_ticket(order_id=order.id, product_id=kit.id, quantity=2)
        ticket.with_user(self.user_aftersales).action_create_return()
        self.assertRecordValues(ticket.return_picking_ids.move_ids, [
            {'product_id': component.id, 'product_uom_qty': 4}])

    def test_dozens(self):
        """The ticket counts in the unit of the product, whatever the order was sold in."""
        dozen = self.env.ref('uom.product_uom_dozen')
        order = self._fulfil(self._new_order(lines=[{
            'product_id': self.product_stock.id, 'product_uom_qty': 2, 'product_uom_id': dozen.id}]))
        ticket = self._new_ticket(order_id=order.id, product_id=self.product_stock.id, quantity=6)
        ticket.with_user(self.user_aftersales).action_create_return()
        move = ticket.return_picking_ids.move_ids
        self.assertEqual(move.product_uom._compute_quantity(move.product_uom_qty, self.product_stock.uom_id), 6)

    def test_people_of_stock_see_the_transfer(self):
        both = self._new_user('both', 'sale_order_lifecycle.group_aftersales,stock.group_stock_user')
        result = self.ticket.with_user(both).action_create_return()
        self.assertEqual(result['res_id'], self.ticket.return_picking_ids.id)

    def test_others_make_no_returns(self):
        for login in ('sales', 'manager', 'logistics'):
            with self.subTest(login=login):
                ticket = self._as(self.ticket, self.users_by_login[login])
                with self.assertRaises(AccessError):
                    ticket.action_create_return()
                with self.assertRaises(AccessError):
                    self.env['order.ticket.return'].with_user(self.users_by_login[login]).create({
                        'ticket_id': self.ticket.id})
        agent = self._new_user('agent_two', 'sale_order_lifecycle.group_aftersales', company=self._new_company())
        with self.assertRaises(AccessError):
            self.env['order.ticket.return'].with_user(agent).create({'ticket_id': self.ticket.id})
