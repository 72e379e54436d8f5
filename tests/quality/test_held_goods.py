from odoo import Command
from odoo.tests import tagged

from .common import InspectionCommon


@tagged('post_install', '-at_install')
class TestHeldGoods(InspectionCommon):
    """Nobody reserves what was not inspected or has failed; what has passed is not held back by it."""

    def _new_transfer(self, product, quantity, picking_type=None, source=None, target=None):
        picking_type = picking_type or self.warehouse.out_type_id
        source = source or self.warehouse.lot_stock_id
        target = target or self.env.ref('stock.stock_location_customers')
        picking = self.env['stock.picking'].with_user(self.user_stock).create({
            'picking_type_id': picking_type.id, 'location_id': source.id, 'location_dest_id': target.id,
            'move_ids': [Command.create({
                'product_id': product.id, 'product_uom_qty': quantity, 'location_id': source.id,
                'location_dest_id': target.id})]})
        picking.action_confirm()
        return picking.with_env(self.env)

    def _get_reserved(self, pickings):
        return pickings.move_ids.mapped('quantity')

    def test_checked_pieces_are_not_held_back(self):
        """Of 15 pieces 5 are checked: 5 are reserved; with 7 of the other 10 passed, 8 and 4."""
        self._put_in_stock(self.part, 5)
        first, second = self._new_transfer(self.part, 8), self._new_transfer(self.part, 5)
        self.assertEqual(self._get_reserved(first + second), [5, 0])
        # What comes is not reserved for those who wait before it is judged.
        self._receive(self.part, 10)
        self.assertEqual(self._get_reserved(first + second), [5, 0])
        (first + second).with_user(self.user_stock).action_assign()
        self.assertEqual(self._get_reserved(first + second), [5, 0])
        self.assertIn("Part (10 Units wait for quality)", second.inspection_obstacle)
        self._get_inspections(self.part).action_fail("Rust", 3)
        self.assertEqual(self._get_reserved(first + second), [8, 4])
        self.assertIn("Part (3 Units wait for quality)", second.inspection_obstacle)
        self._deliver(first)
        self.assertEqual(self.part.qty_available, 7)

    def test_what_failed_is_disposed_of(self):
        self._put_in_stock(self.part, 5)
        self._receive(self.part, 10)
        one = self._get_inspections(self.part)
        one.action_fail("Rust")
        one.action_return()
        back = one.sudo().disposal_move_id
        self.assertEqual((back.quantity, back.state), (10, 'assigned'))
        # 10 of the 15 pieces go back, the others are free.
        order = self._confirm(self._new_order(lines=[(self.part, 8)]))
        self.assertEqual(self._get_reserved(order.picking_ids), [5])
        self._deliver(back.picking_id)
        self.assertEqual(self._get_reserved(order.picking_ids), [5])
        self._receive(self.part, 4)
        two = self._get_inspections(self.part, state='todo')
        two.action_fail("Rust", 1)
        self.assertEqual(self._get_reserved(order.picking_ids), [8])
        two.action_rework().action_pass()
        self.assertEqual(self.part.with_context(warehouse_id=self.warehouse.id).free_qty, 1)
        self.assertFalse(order.picking_ids.inspection_obstacle)

    def test_scrapped(self):
        self._receive(self.part, 4)
        inspection = self._get_inspections(self.part)
        inspection.action_fail("Rust")
        transfer = self._new_transfer(self.part, 4)
        self.assertEqual(self._get_reserved(transfer), [0])
        inspection.action_scrap()
        self.assertEqual((self.part.qty_available, inspection.held_quantity), (0, 0))

    def test_reserved_before(self):
        """What was reserved before it was held stays: the validation refuses it."""
        transfer = self._new_transfer(self.lamp, 95)
        order = self._confirm(self._new_order(lines=[(self.lamp, 10)]))
        self.assertEqual(self._get_reserved(transfer + order.picking_ids), [95, 5])
        self._get_inspections(self.lamp).action_fail("Scratched")
        self.assertEqual(self._get_reserved(transfer + order.picking_ids), [95, 5])
        with self.assertRefused("of “Lamp” in"):
            self._deliver(transfer)

    def _adopt_jars(self):
        jar = self._new_product("Jar", is_storable=True, tracking='lot')
        self._adopt(self._new_policy(inspection_plan_ids=[self._plan("Incoming jars", jar, point='receipt')]))
        return jar

    def _receive_lot(self, jar, name, quantity):
        place = self.env.ref('stock.stock_location_suppliers')
        move = self.env['stock.move'].create({
            'product_id': jar.id, 'product_uom_qty': quantity, 'location_id': place.id,
            'location_dest_id': self.warehouse.lot_stock_id.id})
        move._action_confirm()
        lot = self.env['stock.lot'].create({'name': name, 'product_id': jar.id, 'company_id': self.company.id})
        move.move_line_ids = [Command.clear(), Command.create({
            'product_id': jar.id, 'quantity': quantity, 'lot_id': lot.id, 'location_id': place.id,
            'location_dest_id': self.warehouse.lot_stock_id.id, 'picked': True})]
        move._action_done()
        return lot

    def test_lots(self):
        """The older lot is not judged: the next ones are taken, 7 of B and 5 of C for a dozen."""
        jar = self._adopt_jars()
        lots = [self._receive_lot(jar, name, 7) for name in 'ABC']
        inspections = self._get_inspections(jar)
        self.assertEqual(inspections.lot_id, self.env['stock.lot'].union(*lots))
        (inspections[1] + inspections[2]).action_pass()
        picking = self._new_transfer(jar, 2)
        picking.move_ids.write({'product_uom': self.env.ref('uom.product_uom_dozen').id, 'product_uom_qty': 1})
        picking.do_unreserve()
        picking.with_user(self.user_stock).action_assign()
        self.assertEqual(
            [(line.lot_id, line.quantity_product_uom) for line in picking.move_line_ids.sorted('lot_id')],
            [(lots[1], 7), (lots[2], 5)])
        # Whoever enters a quantity is not given a lot that is held either.
        picking.do_unreserve()
        picking.move_ids.with_user(self.user_stock).write({'quantity': 1})
        self.assertEqual(set(picking.move_line_ids.mapped('lot_id.name')), {'B', 'C'})
        inspections[0].action_pass()
        self.assertEqual(sum(picking.move_line_ids.mapped('quantity_product_uom')), 12)

    def test_serial_numbers(self):
        unit = self._new_product("Clock", is_storable=True, tracking='serial')
        self._adopt(self._new_policy(inspection_plan_ids=[self._plan("Incoming clocks", unit, point='receipt')]))
        for name in ('1', '2', '3'):
            self._receive_lot(unit, name, 1)
        one, two, three = self._get_inspections(unit)
        two.action_fail("Broken")
        three.action_pass()
        picking = self._new_transfer(unit, 2)
        self.assertEqual(picking.move_line_ids.lot_id.mapped('name'), ['3'])
        one.action_pass()
        self.assertEqual(picking.move_line_ids.lot_id.sorted('name').mapped('name'), ['1', '3'])

    def test_components(self):
        """Production waits for what was not inspected, says so, and goes on when it has passed."""
        bom = self.env['mrp.bom'].create({
            'product_tmpl_id': self.table.product_tmpl_id.id, 'product_qty': 1,
            'bom_line_ids': [Command.create({'product_id': self.part.id, 'product_qty': 4})]})
        self._put_in_stock(self.part, 2)
        self._receive(self.part, 10)
        production = self.env['mrp.production'].with_user(self.user_mrp).create({
            'product_id': self.table.id, 'product_qty': 2, 'bom_id': bom.id})
        production.action_confirm()
        production.action_assign()
        self.assertEqual((production.move_raw_ids.quantity, production.reservation_state), (2, 'confirmed'))
        self.assertIn("Part (10 Units wait for quality)", production.inspection_obstacle)
        self._get_inspections(self.part).action_pass()
        self.assertEqual((production.move_raw_ids.quantity, production.reservation_state), (8, 'assigned'))
        self.assertFalse(production.inspection_obstacle)

    def test_two_steps(self):
        """What arrived is put away while it waits for quality; it is not picked to be shipped."""
        self.warehouse.write({'reception_steps': 'two_steps', 'delivery_steps': 'pick_ship'})
        entry = self.warehouse.wh_input_stock_loc_id
        supplier = self.env.ref('stock.stock_location_suppliers')
        receipt = self._new_transfer(self.part, 6, self.warehouse.in_type_id, supplier, entry)
        receipt.move_ids.with_user(self.user_stock).write({'quantity': 6, 'picked': True})
        receipt.with_user(self.user_stock).button_validate()
        inspection = self._get_inspections(self.part)
        self.assertEqual((inspection.quantity, inspection.held_quantity), (6, 6))
        storage = receipt.move_ids.move_dest_ids or self._new_transfer(
            self.part, 6, self.warehouse.store_type_id, entry, self.warehouse.lot_stock_id).move_ids
        self.assertEqual((storage.state, storage.quantity), ('assigned', 6))
        order = self._confirm(self._new_order(lines=[(self.part, 4)]))
        [pick] = order.picking_ids
        self.assertEqual(pick.location_dest_id, self.warehouse.wh_output_stock_loc_id)
        storage.with_user(self.user_stock).picked = True
        storage.picking_id.with_user(self.user_stock).button_validate()
        pick.with_user(self.user_stock).action_assign()
        self.assertEqual(self._get_reserved(pick), [0])
        self.assertIn("6 Units wait for quality", pick.inspection_obstacle)
        inspection.action_pass()
        self.assertEqual(self._get_reserved(pick), [4])
        self._deliver(pick)
        self._deliver(order.picking_ids - pick)
        self.assertEqual(order.fulfilment_state, 'done')

    def test_other_warehouse(self):
        """What is held here is not missing there."""
        other = self.env['stock.warehouse'].create({'name': "Other", 'code': 'OTH', 'company_id': self.company.id})
        self._receive(self.part, 5)
        self.env['stock.quant']._update_available_quantity(self.part, other.lot_stock_id, 3)
        there = self._new_transfer(self.part, 3, other.out_type_id, other.lot_stock_id)
        here = self._new_transfer(self.part, 3)
        move = self._new_transfer(self.part, 3, self.warehouse.int_type_id, target=other.lot_stock_id)
        self.assertEqual(self._get_reserved(there + here + move), [3, 0, 0])
        self.assertFalse(there.inspection_obstacle)

    def test_goods_without_a_plan_are_told(self):
        """Quality hears of each product once, and finds the goods in its list."""
        before = self._get_messages()
        self._confirm(self._new_order(2, lines=[(self.panel, 1)]))
        self._confirm(self._new_order(lines=[(self.product_stock, 1)]))
        told = self._get_messages() - before
        self.assertEqual(len(told), 1)
        self.assertIn(self.product_stock.name, told.subject)
        self._confirm(self._new_order(lines=[(self.product_stock, 1)]))
        self.assertEqual(self._get_messages() - before, told)
        self.assertEqual(len(self._get_inspections(self.product_stock).search([
            ('is_unplanned', '=', True), ('state', '=', 'todo'), ('product_id', '=', self.product_stock.id)])), 2)

    def _get_messages(self):
        return self.env['mail.message'].search([
            ('message_type', '=', 'user_notification'), ('subject', 'like', 'No inspection plan'),
            ('partner_ids', 'in', self.user_quality.partner_id.ids)])
