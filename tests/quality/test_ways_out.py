"""Goods that have not passed stay, whatever is changed around them: places, products, numbers, stock, returns."""
from odoo import Command
from odoo.tests import tagged

from .common import InspectionCommon


@tagged('post_install', '-at_install')
class TestWaysOut(InspectionCommon):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Whoever may do most with goods without being of a department.
        cls.keeper = cls._new_user(
            'keeper', 'stock.group_stock_manager,mrp.group_mrp_manager,product.group_product_manager')
        cls.stock = cls.warehouse.lot_stock_id
        cls.customers = cls.env.ref('stock.stock_location_customers')
        cls.vendors = cls.env.ref('stock.stock_location_suppliers')

    def _new_place(self, **vals):
        return self.env['stock.location'].create({
            'name': "Place", 'usage': 'internal', 'location_id': self.stock.id, 'company_id': self.company.id, **vals})

    def _move(self, product, quantity, origin, destination):
        """:return: the move, done, with which the keeper brings a product somewhere"""
        move = self.env['stock.move'].with_user(self.keeper).create({
            'product_id': product.id, 'product_uom_qty': quantity, 'location_id': origin.id,
            'location_dest_id': destination.id})
        move._action_confirm()
        move.write({'quantity': quantity, 'picked': True})
        move._action_done()
        return move.with_env(self.env)

    def _fail(self, quantity=10, failed=4):
        """:return: the inspection of parts that were received and have failed in part"""
        self._receive(self.part, quantity)
        inspection = self._get_inspections(self.part)[-1:]
        inspection.action_fail("Rust", failed)
        return inspection

    # -- places -------------------------------------------------------------------------------------

    def test_place_of_another_kind(self):
        """A shelf takes nothing along into another warehouse, or out of the house."""
        shelf = self._new_place()
        self._receive(self.part, 5)
        self._move(self.part, 5, self.stock, shelf)
        other = self.env['stock.warehouse'].create({'name': "Other", 'code': 'OTH', 'company_id': self.company.id})
        for vals in ({'location_id': other.lot_stock_id.id}, {'location_id': self.customers.id}):
            with self.subTest(vals=vals), self.assertRefused("has not passed its inspection"), self.env.cr.savepoint():
                shelf.with_user(self.keeper).write(vals)
        self._get_inspections(self.part).action_pass()
        shelf.with_user(self.keeper).location_id = other.lot_stock_id
        self.assertEqual(shelf.warehouse_id, other)

    def test_by_way_of_a_transit(self):
        """What arrives on the way to a warehouse has arrived, and stays there until it is judged."""
        for place in (self.company.internal_transit_location_id, self._new_place(location_id=False)):
            with self.subTest(place=place.display_name):
                self._move(self.part, 5, self.vendors, place)
                inspection = self._get_inspections(self.part, state='todo')
                self.assertRecordValues(inspection, [{'held_quantity': 5, 'warehouse_id': False, 'point': 'receipt'}])
                with self.assertRefused("have not passed"), self.env.cr.savepoint():
                    self._move(self.part, 5, place, self.stock)
                inspection.action_fail("Rust", 2)
                with self.assertRefused("have not passed"), self.env.cr.savepoint():
                    self._move(self.part, 4, place, self.stock)
                self._move(self.part, 3, place, self.stock)
                inspection.action_scrap()
                self.assertFalse(inspection.held_quantity)
        self.assertEqual(self.part.with_context(location=self.stock.id).qty_available, 6)

    def test_from_a_sister_company(self):
        place = self.env.ref('stock.stock_location_inter_company')
        self._move(self.part, 5, place, self.stock)
        self.assertRecordValues(self._get_inspections(self.part), [{'state': 'todo', 'held_quantity': 5}])

    def test_from_where_it_was_written_off(self):
        """What has not passed is not used, or handed over, from a place outside of the house."""
        production = self.env['stock.location'].search([
            ('usage', '=', 'production'), ('company_id', '=', self.company.id)], limit=1)
        lost, vendor = self._new_place(usage='inventory'), self._new_place(usage='supplier')
        self._receive(self.part, 5)
        for origin, destination in ((lost, production), (lost, self.customers), (vendor, production)):
            with self.subTest(origin=origin.usage, destination=destination.usage), \
                    self.assertRefused("other pieces of it have not passed"), self.env.cr.savepoint():
                self._move(self.part, 5, self.stock, origin)
                self._move(self.part, 5, origin, destination)
        self._get_inspections(self.part).action_pass()
        self.assertEqual(self._move(self.part, 5, lost, production).state, 'done')

    # -- what is on record ----------------------------------------------------------------------------

    def test_stock_of_a_shared_place_is_not_written(self):
        """A place of no company is one of each company."""
        place = self._new_place(location_id=False, company_id=False)
        quants = self.env['stock.quant'].with_user(self.keeper)
        with self.assertRefused("stock is not changed directly"):
            quants.create({'product_id': self.part.id, 'location_id': place.id, 'quantity': 5})
        self.env['stock.quant']._update_available_quantity(self.part, place, 5)
        with self.assertRefused("stock is not changed directly"):
            quants.search([('location_id', '=', place.id)]).write({'quantity': 0})

    def test_stock_is_not_written(self):
        """Stock of a company that inspects changes by moves only."""
        self._receive(self.part, 5)
        place = self._new_place()
        quant = self.env['stock.quant'].search([
            ('product_id', '=', self.part.id), ('location_id', '=', self.stock.id)])
        for user in (self.user_stock, self.keeper):
            for vals in ({'location_id': place.id}, {'quantity': 50}, {'product_id': self.lamp.id}):
                with self.subTest(user=user.login, vals=vals), self.assertRefused("stock is not changed directly"):
                    quant.with_user(user).write(vals)
            with self.assertRefused("stock is not changed directly"):
                quant.with_user(user).create({
                    'product_id': self.part.id, 'location_id': self.stock.id, 'quantity': 50})
            # Nor by what core writes for people.
            with self._in_transaction_of(user), self.assertRefused("stock is not changed directly"):
                self.stock.with_user(user).sudo().write({
                    'quant_ids': [Command.update(quant.id, {'quantity': 50})]})
        self.assertEqual(self.part.qty_available, 5)

    def test_what_is_done_is_undone(self):
        """What comes back because somebody changes what was done is inspected as what is received is."""
        inspection = self._fail()
        inspection.action_scrap()
        self.assertFalse(inspection.held_quantity)
        scrap = self.env['stock.scrap'].search([('product_id', '=', self.part.id)])
        line = scrap.move_ids.move_line_ids.with_user(self.keeper)
        with self._in_transaction_of(self.keeper):
            line.quantity = 1
        self.assertEqual(self.part.qty_available, 9)
        self.assertRecordValues(self._get_inspections(self.part, state='todo'), [{
            'quantity': 3, 'held_quantity': 3, 'warehouse_id': self.warehouse.id}])
        lost = self._move(self.part, 5, self.vendors, self._new_place(usage='inventory'))
        with self._in_transaction_of(self.keeper):
            lost.move_line_ids.with_user(self.keeper).location_dest_id = self.stock
        self.assertEqual(sum(self._get_inspections(self.part, state='todo').mapped('held_quantity')), 8)

    def test_found_again(self):
        """A plan that leaves out batches leaves out none that is found, which may be the one that failed."""
        self._receive(self.panel, 2)
        inspection = self._get_inspections(self.panel)
        inspection.action_fail("Rust")
        inspection.action_scrap()
        self.env['stock.quant'].with_user(self.keeper).with_context(inventory_mode=True).create({
            'product_id': self.panel.id, 'location_id': self.stock.id, 'inventory_quantity': 2,
        }).action_apply_inventory()
        self._receive(self.panel, 2)
        self.assertEqual(self._get_inspections(self.panel).mapped('state'), ['failed', 'todo', 'skipped'])

    # -- returns --------------------------------------------------------------------------------------

    def test_return_to_somewhere_else(self):
        inspection = self._fail()
        inspection.action_return("Rust")
        back = inspection.sudo().disposal_move_id
        back.move_line_ids.with_user(self.keeper).location_dest_id = self.customers
        self._deliver(back.picking_id)
        # Four of those that had passed have left: as many have to stay.
        self.assertRecordValues(inspection, [{'disposed_quantity': 0, 'held_quantity': 4}])
        with self.assertRefused("4 Units of “Part”"):
            self._move(self.part, 3, self.stock, self.customers)

    def test_return_in_parts(self):
        inspection = self._fail()
        inspection.action_return("Rust")
        first = inspection.sudo().disposal_move_id.picking_id
        self._deliver(first, {self.part: 1})
        self.assertRecordValues(inspection, [{'disposed_quantity': 1, 'held_quantity': 3, 'can_dispose': False}])
        rest = inspection.sudo().disposal_move_id.picking_id
        self.assertEqual(rest.backorder_id, first)
        self._deliver(rest, {self.part: 1}, backorder=False)
        # The vendor takes no more of them.
        self.assertRecordValues(inspection, [{'disposed_quantity': 2, 'held_quantity': 2, 'can_dispose': True}])
        inspection.action_scrap()
        self.assertRecordValues(inspection, [{'disposed_quantity': 4, 'held_quantity': 0, 'disposition': 'scrap'}])
        self.assertEqual(self.part.qty_available, 6)

    def test_return_in_parts_and_rework(self):
        inspection = self._fail()
        inspection.action_return("Rust")
        self._deliver(inspection.sudo().disposal_move_id.picking_id, {self.part: 1}, backorder=False)
        self.assertEqual(inspection.action_rework().quantity, 3)

    # -- products and lots ----------------------------------------------------------------------------

    def test_product_of_another_category(self):
        """What was to be inspected is, also where the product moves to a category without a plan."""
        category, other = self.env['product.category'].create([{'name': "Inspected"}, {'name': "Not Inspected"}])
        good = self._new_product("Good", categ_id=category.id)
        self._put_in_stock(good, 10)
        self._adopt(self._new_policy(inspection_plan_ids=[Command.create({
            'name': "By category", 'categ_ids': [Command.set(category.ids)], 'point': 'delivery'})]))
        order = self._confirm(self._new_order(lines=[(good, 5)]))
        good.with_user(self.keeper).categ_id = other
        with self.assertRefused("have passed the inspection “By category”"):
            self._deliver(order.picking_ids)
        self._get_inspections(good).action_pass()
        self._deliver(order.picking_ids)
        self.assertEqual(self._get_inspections(good).mapped('state'), ['passed'])

    def test_archived_product(self):
        """A plan for archived products is for them, and for nothing else."""
        orders = self._confirm(self._new_order(lines=[(self.lamp, 5)]) | self._new_order())
        (self.lamp | self.vase).with_user(self.keeper).active = False
        self.env.flush_all()
        with self.assertRefused("0 Units have passed"), self.env.cr.savepoint():
            self._deliver(orders[0].picking_ids)
        self._deliver(orders[1].picking_ids)
        self.assertEqual(orders[1].picking_ids.state, 'done')
        self.assertIn("Lamp", self.policy.inspection_plan_ids[0]._describe_goods())

    def test_product_counted_otherwise(self):
        self._receive(self.part, 5)
        for vals in ({'is_storable': False}, {'tracking': 'lot'}, {'type': 'service'}):
            with self.subTest(vals=vals), self._in_transaction_of(self.keeper), \
                    self.assertRefused("has not passed the inspection"), self.env.cr.savepoint():
                self.part.with_user(self.keeper).write(vals)

    def test_lot_with_another_number(self):
        lot = self.env['stock.lot'].create({'name': "A1", 'product_id': self.vase.id})
        self.env['stock.quant']._update_available_quantity(self.vase, self.stock, 5, lot_id=lot)
        self._confirm(self._new_order(lines=[(self.vase, 5)]))
        inspection = self._get_inspections(self.vase)
        self.assertEqual(inspection.lot_id, lot)
        for _step in range(2):
            with self._in_transaction_of(self.user_stock), self.assertRefused("the number in an inspection"):
                lot.with_user(self.user_stock).name = "A2"
            if inspection.state == 'todo':
                inspection.action_fail("Cracked")
        with self._in_transaction_of(self.user_stock):
            lot.with_user(self.user_stock).write({'name': "A1", 'note': "Cracked"})
