"""What a kit consists of says its order, and what was delivered say its transfers, not the recipe of today (D1, S1)."""
from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..common import LifecycleCommon


@tagged('post_install', '-at_install')
class TestKits(LifecycleCommon):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.part, cls.junk = cls._new_in_stock("Part", "Junk")
        cls.kit = cls._new_manufactured_product("Kit", component=cls.part, kit=True, invoice_policy='delivery')
        cls.bom = cls.kit.bom_ids
        cls.planner = cls._new_user('planner', 'mrp.group_mrp_manager')

    def _new_part_vals(self, order, product):
        picking = order.picking_ids.filtered(lambda picking: picking.state != 'done')
        return {
            'product_id': product.id, 'product_uom_qty': 1, 'sale_line_id': order.order_line.id,
            'picking_id': picking.id, 'location_id': picking.location_id.id,
            'location_dest_id': picking.location_dest_id.id}

    def test_parts_are_kept(self):
        order = self._confirm(self._new_order(lines=[(self.kit, 3), (self.product_stock, 1)]))
        self.assertEqual(order.order_line.mapped('kit_parts'), [{str(self.part.id): 2}, False])
        for user in (self.user_sales, self.user_stock, self.planner):
            with self.assertRaises(AccessError):
                order.order_line[0].with_user(user).kit_parts = {str(self.junk.id): 1}

    def test_parts_of_several_steps(self):
        self.warehouse.delivery_steps = 'pick_pack_ship'
        order = self._confirm(self._new_order(lines=[(self.kit, 3)]))
        self.assertEqual(order.order_line.kit_parts, {str(self.part.id): 2})
        while waiting := order.picking_ids.filtered(lambda picking: picking.state not in ('done', 'cancel')):
            self.assertEqual(order.order_line.qty_delivered, 0)
            self._deliver(waiting)
        self.assertEqual((len(order.picking_ids), order.order_line.qty_delivered), (3, 3))

    def test_parts_of_the_last_confirmation(self):
        order = self._confirm(self._new_order(lines=[(self.kit, 3)]))
        order.with_user(self.user_sales)._action_cancel()
        order.with_user(self.user_sales).action_draft()
        self.bom.with_user(self.planner).bom_line_ids.product_qty = 5
        self._confirm(order)
        self.assertEqual(order.order_line.kit_parts, {str(self.part.id): 5})

    def test_quantity_written_again(self):
        """Core procures again when a quantity is written, the same one too; the kit is what it was."""
        order = self._confirm(self._new_order(lines=[(self.kit, 3)]))
        line = order.order_line
        self.bom.with_user(self.planner).bom_line_ids.product_qty = 1
        order.picking_ids.move_ids.with_user(self.user_stock).product_uom_qty = 3
        line.with_user(self.user_sales).product_uom_qty = 3
        self.assertEqual(line.kit_parts, {str(self.part.id): 2})
        self._deliver(order.picking_ids, {self.part: 3})
        self.assertEqual(line.qty_delivered, 1)

    def test_recipe_of_later(self):
        """Neither more parts nor other quantities in the bill of materials change what was delivered."""
        order, partly = self._confirm(self._new_order(count=2, lines=[(self.kit, 3)]))
        self._deliver(order.picking_ids)
        self._deliver(partly.picking_ids, {self.part: 4})
        self.assertEqual((order.order_line.qty_delivered, partly.order_line.qty_delivered), (3, 2))
        self.bom.with_user(self.planner).write({'bom_line_ids': [
            Command.update(self.bom.bom_line_ids.id, {'product_qty': 20}),
            Command.create({'product_id': self.junk.id, 'product_qty': 1})]})
        for late in (order, partly):
            self.env.add_to_compute(late.order_line._fields['qty_delivered'], late.order_line)
        self.assertEqual((order.order_line.qty_delivered, partly.order_line.qty_delivered), (3, 2))
        # What goes out for it is what it was.
        with self.assertRaisesRegex(UserError, "“Junk” does not deliver"):
            self.env['stock.move'].with_user(self.user_stock).create(self._new_part_vals(partly, self.junk))
        with self.assertRaises(UserError):
            partly.picking_ids.move_ids.filtered(lambda move: move.state != 'done').with_user(
                self.user_stock).product_id = self.junk
        self._deliver(partly.picking_ids.filtered(lambda picking: picking.state != 'done'))
        self.assertEqual((partly.order_line.qty_delivered, partly.fulfilment_state), (3, 'done'))

    def test_product_that_has_become_a_kit(self):
        order = self._confirm(self._new_order(lines=[(self.product_stock, 5)]))
        self._deliver(order.picking_ids, {self.product_stock: 2})
        self.env['mrp.bom'].with_user(self.planner).create({
            'product_tmpl_id': self.product_stock.product_tmpl_id.id, 'type': 'phantom',
            'bom_line_ids': [Command.create({'product_id': self.junk.id, 'product_qty': 1})]})
        self.env.add_to_compute(order.order_line._fields['qty_delivered'], order.order_line)
        self.assertEqual(order.order_line.qty_delivered, 2)
        with self.assertRaisesRegex(UserError, "“Junk” does not deliver"):
            self.env['stock.move'].with_user(self.user_stock).create(self._new_part_vals(order, self.junk))

    def test_own_product_in_a_transfer(self):
        """A move of the kit itself does not make it something that is no kit."""
        order = self._confirm(self._new_order(lines=[(self.kit, 3)]))
        self.env['stock.move'].with_user(self.user_stock).create(self._new_part_vals(order, self.kit))
        self._deliver(order.picking_ids)
        self.assertGreaterEqual(order.order_line.qty_delivered, 3)

    def test_returns(self):
        order = self._confirm(self._new_order(lines=[(self.kit, 3)]))
        picking = order.picking_ids
        self._deliver(picking)
        self._deliver(self._return(picking, 3))
        self.assertEqual(order.order_line.qty_delivered, 1)

    def test_dozens(self):
        dozen = self.env.ref('uom.product_uom_dozen')
        order = self._confirm(self._new_order(lines=[{
            'product_id': self.kit.id, 'product_uom_qty': 2, 'product_uom_id': dozen.id}]))
        self.assertEqual(order.order_line.kit_parts, {str(self.part.id): 24})
        self._deliver(order.picking_ids, {self.part: 25})
        self.assertEqual(order.order_line.qty_delivered, 1)
