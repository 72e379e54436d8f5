from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .common import InspectionCommon


@tagged('post_install', '-at_install')
class TestBeforeDelivery(InspectionCommon):

    def test_created_with_the_delivery(self):
        order = self._confirm(self._new_order(lines=[(self.lamp, 10), (self.product_service, 1)]))
        inspection = self._get_inspections(self.lamp)
        self.assertRecordValues(inspection, [{
            'order_id': order.id, 'order_ids': order.ids, 'picking_id': order.picking_ids.id, 'quantity': 10,
            'point': 'delivery', 'state': 'todo', 'plan_id': self.policy.inspection_plan_ids[0].id,
            'held_quantity': 0, 'released_quantity': 0}])
        self.assertEqual(inspection.check_ids.mapped('name'), ["It shines", "Height"])
        self.assertEqual((order.inspection_state, order.inspection_ids.ids), ('todo', inspection.ids))
        self.assertIn(order, self.env['sale.order'].search([('inspection_state', '=', 'todo')]))
        self.assertNotIn(order, self.env['sale.order'].search([('inspection_state', 'in', ('none', 'passed'))]))

    def test_nothing_ships_before_it_has_passed(self):
        order = self._confirm(self._new_order(lines=[(self.lamp, 10), (self.part, 1)]))
        self._put_in_stock(self.part, 5)
        picking = order.picking_ids
        self.assertIn("Lamp", picking.with_user(self.user_stock).inspection_obstacle)
        with self.assertRefused("would be delivered for"):
            self._deliver(picking)
        # What needs no inspection now is not held back.
        self._deliver(picking, {self.part: 1})
        [rest] = order.picking_ids - picking
        inspection = self._get_inspections(self.lamp)
        with self.assertRefused("Enter the value of “Height”"):
            inspection.action_pass()
        self._measure(inspection, 41)
        self.assertEqual(inspection.check_ids.mapped('result'), [False, 'fail'])
        with self.assertRefused("is not in order"):
            inspection.action_pass()
        self._measure(inspection, 40)
        inspection.action_fail("Two are scratched", 2)
        self.assertRecordValues(inspection, [{
            'state': 'failed', 'passed_quantity': 8, 'failed_quantity': 2, 'judged_by_id': self.user_quality.id,
            'held_quantity': 2, 'released_quantity': 8}])
        self.assertEqual(order.inspection_state, 'failed')
        with self.assertRefused("8 Units have passed"):
            self._deliver(rest, {self.lamp: 9})
        self._deliver(rest, {self.lamp: 8})
        [rest] = order.picking_ids.filtered(lambda one: one.state != 'done')
        with self.assertRaises(ValidationError):
            self._deliver(rest)
        again = inspection.action_rework()
        self.assertRecordValues(again, [{
            'origin_id': inspection.id, 'quantity': 2, 'state': 'todo', 'point': 'delivery', 'order_id': order.id}])
        with self.assertRaises(ValidationError):
            self._deliver(rest)
        self._measure(again).action_pass()
        self._deliver(rest)
        self.assertEqual((order.fulfilment_state, order.inspection_state), ('done', 'passed'))

    def test_scrapped_ones_are_replaced(self):
        order = self._confirm(self._new_order(lines=[(self.lamp, 10)]))
        inspection = self._get_inspections(self.lamp)
        inspection.action_fail("Two are broken", 2)
        inspection.action_scrap("Broken")
        self.assertEqual(self.lamp.qty_available, 98)
        self.assertEqual(inspection.held_quantity, 0)
        replaced = self._get_inspections(self.lamp, state='todo')
        self.assertEqual(replaced.mapped('quantity'), [2])
        with self.assertRaises(ValidationError):
            self._deliver(order.picking_ids)
        self._measure(replaced).action_pass()
        self._deliver(order.picking_ids)

    def test_concession(self):
        order = self._confirm(self._new_order(lines=[(self.lamp, 10)]))
        inspection = self._get_inspections(self.lamp)
        inspection.action_fail("The colour differs")
        with self.assertRaises(AccessError):
            inspection.action_concession("Nobody will see it", "Ms Kim")
        own = inspection.with_user(self.user_legal)
        for attempt in (lambda: own.action_concession(""), lambda: own.action_concession("Agreed")):
            with self.assertRaises(UserError):
                attempt()
        with self.assertRaises(ValidationError):
            self._deliver(order.picking_ids)
        own.action_concession("Agreed at a discount", "Ms Kim by e-mail")
        self.assertEqual((inspection.released_quantity, order.inspection_state), (10, 'passed'))
        self._deliver(order.picking_ids)
        with self.assertRaises(UserError):
            inspection.action_rework()

    def test_lots(self):
        lots = self.env['stock.lot'].create([{
            'name': name, 'product_id': self.vase.id, 'company_id': self.company.id} for name in ('A', 'B')])
        for lot in lots:
            self.env['stock.quant']._update_available_quantity(self.vase, self.warehouse.lot_stock_id, 5, lot_id=lot)
        order = self._confirm(self._new_order(lines=[(self.vase, 5)]))
        picking = order.picking_ids.with_user(self.user_stock)
        picking.action_assign()
        [inspection] = self._get_inspections(self.vase, state='todo')
        self.assertEqual((inspection.lot_id, inspection.quantity), (lots[0], 5))
        self._measure(inspection).action_pass()
        picking.move_ids.move_line_ids.lot_id = lots[1]
        picking.move_ids.picked = True
        with self.assertRefused("(B) would be delivered"):
            picking.button_validate()
        picking.action_request_inspection()
        [swapped] = self._get_inspections(self.vase, state='todo')
        self.assertEqual((swapped.lot_id, swapped.quantity), (lots[1], 5))
        self._measure(swapped).action_pass()
        picking.button_validate()
        self.assertEqual(picking.state, 'done')
        with self.assertRaises(UserError):
            picking.move_ids.move_line_ids.lot_id = lots[0]

    def test_quantities_change(self):
        order = self._confirm(self._new_order(lines=[(self.lamp, 10)]))
        inspection = self._get_inspections(self.lamp)
        self._measure(inspection).action_pass()
        move = order.picking_ids.move_ids.with_user(self.user_stock)
        move.write({'quantity': 12, 'picked': True})
        with self.assertRefused("12 Units of “Lamp” would be delivered"):
            move.picking_id.button_validate()
        move.picking_id.action_request_inspection()
        more = self._get_inspections(self.lamp, state='todo')
        self.assertEqual(more.mapped('quantity'), [2])
        move.write({'quantity': 10})
        move.picking_id.action_request_inspection()
        self.assertEqual(more.state, 'cancelled')
        self._deliver(order.picking_ids)
        # What comes back and goes out once more is inspected once more.
        returned = self._return(order.picking_ids, {self.lamp: 4}, exchange=True)
        self._deliver(returned)
        [again] = order.picking_ids.filtered(lambda one: one.state not in ('done', 'cancel'))
        with self.assertRaises(ValidationError):
            self._deliver(again)
        self._measure(self._get_inspections(self.lamp, state='todo')).action_pass()
        self._deliver(again)

    def test_goods_without_a_plan(self):
        order = self._confirm(self._new_order())
        inspection = self._get_inspections(self.product_stock)
        self.assertRecordValues(inspection, [{
            'is_unplanned': True, 'state': 'todo', 'order_id': order.id, 'quantity': 5}])
        self.assertIn(inspection, inspection.search([('is_unplanned', '=', True)]))
        self._deliver(order.picking_ids)
        self.assertEqual(inspection.state, 'skipped')

    def test_what_cannot_be_held(self):
        """What nobody counts in stock is inspected with its delivery, whatever its plan says of the time."""
        part = self._new_product("Loose Part", is_storable=False)
        self._adopt(self._new_policy(inspection_plan_ids=[self._plan("Incoming parts", part, point='receipt')]))
        self._receive(part, 5)
        self.assertFalse(self._get_inspections(part))
        order = self._confirm(self._new_order(lines=[(part, 5)]))
        inspection = self._get_inspections(part)
        self.assertRecordValues(inspection, [{'point': 'delivery', 'quantity': 5, 'order_id': order.id}])
        with self.assertRaises(ValidationError):
            self._deliver(order.picking_ids)
        inspection.action_pass()
        self._deliver(order.picking_ids)

    def test_parts_of_a_kit(self):
        """A plan for a set is one for what it consists of."""
        leg = self._new_product("Leg")
        self._put_in_stock(leg, 10)
        kit = self._new_kit((leg, 2))
        self._adopt(self._new_policy(inspection_plan_ids=[self._plan("Sets", kit, point='delivery')]))
        order = self._confirm(self._new_order(lines=[(kit, 3)]))
        inspection = self._get_inspections(leg)
        self.assertEqual((inspection.quantity, inspection.order_id), (6, order))
        with self.assertRaises(ValidationError):
            self._deliver(order.picking_ids)
        inspection.action_pass()
        self._deliver(order.picking_ids)

    def test_units(self):
        """Quantities of inspections are in the unit of the product."""
        dozen = self.env.ref('uom.product_uom_dozen')
        order = self._confirm(self._new_order(lines=[{
            'product_id': self.lamp.id, 'product_uom_qty': 2, 'product_uom_id': dozen.id}]))
        inspection = self._get_inspections(self.lamp)
        self.assertEqual(inspection.quantity, 24)
        inspection.action_fail("One is broken", 1)
        with self.assertRefused("24 Units of “Lamp” would be delivered"):
            self._deliver(order.picking_ids)

    def test_printed(self):
        order = self._confirm(self._new_order(lines=[(self.lamp, 10)]))
        inspection = self._get_inspections(self.lamp)
        self._measure(inspection).action_fail("Two are scratched", 2)
        Report = self.env['ir.actions.report'].with_user(self.user_quality)
        html = Report._render_qweb_html('sale_order_lifecycle.report_inspection', inspection.ids)[0].decode()
        for text in ("Inspection Certificate", order.name, "Final check", "39.50 to 40.50", "Two are scratched"):
            self.assertIn(text, html)
        with self.assertRaises(AccessError):
            Report.with_user(self.user_employee)._render_qweb_html(
                'sale_order_lifecycle.report_inspection', inspection.ids)
        policy = Report.with_user(self.user_manager)._render_qweb_html(
            'sale_order_lifecycle.report_policy', self.policy.ids)[0].decode()
        for text in ("are not delivered before they have passed", "released by Legal only", "another person than",
                     "with the consent of the customer only"):
            self.assertIn(text, policy)

    def test_dialogs(self):
        self._confirm(self._new_order(2, lines=[(self.lamp, 10)]))
        inspections = self._get_inspections(self.lamp)
        action = inspections.action_open_failing()
        Dialog = self.env['order.inspection.failing'].with_user(self.user_quality)
        dialog = Dialog.with_context(action['context']).create({'note': "All of them"})
        dialog.action_apply()
        self.assertEqual(inspections.mapped('failed_quantity'), [10, 10])
        action = inspections.with_user(self.user_legal).action_open_disposal()
        Dialog = self.env['order.inspection.disposal'].with_user(self.user_legal).with_context(action['context'])
        dialog = Dialog.create({'disposition': 'concession', 'note': "Agreed"})
        self.assertTrue(dialog.needs_consent)
        with self.assertRefused("asks for the consent"):
            dialog.action_apply()
        dialog.consent = "Ms Kim"
        dialog.action_apply()
        self.assertEqual(set(inspections.mapped('disposition')), {'concession'})

    def test_passed_together(self):
        orders = self._confirm(self._new_order(2, lines=[(self.lamp, 1)]))
        one, two = self._get_inspections(self.lamp)
        self._measure(one)
        summary = (one + two).action_pass_possible()['params']
        self.assertIn("1 inspections have passed", summary['message'])
        self.assertIn("Enter the value of “Height”", summary['message'])
        self.assertEqual([one.state, two.state, orders[1].inspection_state], ['passed', 'todo', 'todo'])

    def test_cancelled(self):
        order = self._confirm(self._new_order(lines=[(self.lamp, 10)]))
        order.with_user(self.user_sales)._action_cancel()
        self.assertEqual(self._get_inspections(self.lamp).state, 'cancelled')

    def test_without_the_switch(self):
        policy = self._adopt(self._new_policy(require_inspection=False))
        order = self._confirm(self._new_order(lines=[(self.lamp, 10), (self.product_stock, 1)]))
        self.assertEqual(order.policy_id, policy)
        self.assertFalse(self._get_inspections(self.product_stock))
        [inspection] = self._get_inspections(self.lamp)
        self._deliver(order.picking_ids)
        self.assertEqual((inspection.state, order.inspection_state), ('skipped', 'passed'))


@tagged('post_install', '-at_install')
class TestInTheHouse(InspectionCommon):

    def test_received(self):
        """What is not judged, or has failed, stays: it is neither sold nor used."""
        self._receive(self.part, 10)
        inspection = self._get_inspections(self.part)
        self.assertRecordValues(inspection, [{
            'point': 'receipt', 'quantity': 10, 'held_quantity': 10, 'state': 'todo',
            'handled_by_ids': self.user_stock.ids, 'warehouse_id': self.warehouse.id}])
        order = self._confirm(self._new_order(lines=[(self.part, 8)]))
        self.assertIn("Part", order.picking_ids.inspection_obstacle)
        with self.assertRefused("10 Units of “Part” in"):
            self._deliver(order.picking_ids)
        inspection.action_fail("Rust", 3)
        with self.assertRefused("3 Units of “Part”"):
            self._deliver(order.picking_ids)
        self._deliver(order.picking_ids, {self.part: 7})
        inspection.action_return("Rust")
        back = inspection.sudo().disposal_move_id.picking_id
        self.assertEqual((back.location_dest_id.usage, back.partner_id), ('supplier', self.vendor))
        [rest] = order.picking_ids.filtered(lambda one: one.state != 'done')
        with self.assertRaises(ValidationError):
            self._deliver(rest)
        self._deliver(back)
        self.assertRecordValues(inspection, [{'disposed_quantity': 3, 'held_quantity': 0}])
        self.assertEqual(self.part.qty_available, 0)

    def test_scrapped_and_received_again(self):
        self._receive(self.part, 3)
        inspection = self._get_inspections(self.part)
        inspection.action_fail("Rust")
        inspection.action_scrap()
        self.assertEqual(self.part.qty_available, 0)
        # Somebody finds them again.
        quant = self.env['stock.quant'].with_user(self._new_user('keeper', 'stock.group_stock_manager')).with_context(
            inventory_mode=True).create({
                'product_id': self.part.id, 'location_id': self.warehouse.lot_stock_id.id, 'inventory_quantity': 3})
        quant.action_apply_inventory()
        self.assertEqual(self.part.qty_available, 3)
        self.assertEqual(self._get_inspections(self.part, state='todo').held_quantity, 3)
        order = self._confirm(self._new_order(lines=[(self.part, 3)]))
        with self.assertRaises(ValidationError):
            self._deliver(order.picking_ids)

    def test_one_of_several_batches(self):
        for _number in range(4):
            self._receive(self.panel, 2)
        self.assertEqual(
            self._get_inspections(self.panel).mapped('state'), ['todo', 'skipped', 'skipped', 'todo'])
        self.assertEqual(sum(self._get_inspections(self.panel).mapped('held_quantity')), 4)

    def test_produced(self):
        self._put_in_stock(self.lamp, 10)
        production = self._produce(20)
        inspection = self._get_inspections(self.table)
        self.assertRecordValues(inspection, [{
            'point': 'production', 'quantity': 20, 'sample_quantity': 2, 'held_quantity': 20,
            'production_id': production.id}])
        self.assertEqual(inspection.document_name, production.name)
        self.assertIn(self.user_mrp, inspection.handled_by_ids)
        order = self._confirm(self._new_order(lines=[(self.table, 5)]))
        with self.assertRaises(ValidationError):
            self._deliver(order.picking_ids)
        inspection.action_pass()
        self._deliver(order.picking_ids)

    def test_used(self):
        """What was not inspected does not go into another product."""
        self._receive(self.part, 20)
        with self.assertRefused("of “Part” in"):
            self._produce(1, self.part)
        self._get_inspections(self.part).action_pass()
        self.assertEqual(self._produce(1, self.part).state, 'done')

    def _produce(self, quantity, component=None):
        component = component or self.lamp
        bom = self.env['mrp.bom'].create({
            'product_tmpl_id': self.table.product_tmpl_id.id, 'product_qty': 1,
            'bom_line_ids': [Command.create({'product_id': component.id, 'product_qty': 1})]})
        production = self.env['mrp.production'].with_user(self.user_mrp).create({
            'product_id': self.table.id, 'product_qty': quantity, 'bom_id': bom.id})
        production.action_confirm()
        production.action_assign()
        production.qty_producing = quantity
        production.move_raw_ids.write({'quantity': quantity, 'picked': True})
        production.with_context(skip_consumption=True).button_mark_done()
        return production.with_env(self.env)

    def test_four_eyes(self):
        both = self._new_user('both', 'stock.group_stock_user,sale_order_lifecycle.group_quality')
        self._receive(self.part, 5, both)
        inspection = self._get_inspections(self.part)
        for attempt in (inspection.with_user(both).action_pass, lambda: inspection.with_user(both).action_fail("Rust")):
            with self.assertRefused("asks for another person"):
                attempt()
        inspection.action_pass()

    def test_moved_elsewhere(self):
        """Neither a shelf nor another warehouse is a way out."""
        self._receive(self.part, 5)
        other = self.env['stock.warehouse'].create({'name': "Other", 'code': 'OTH', 'company_id': self.company.id})
        move = self.env['stock.move'].with_user(self.user_stock).create({
            'product_id': self.part.id, 'product_uom_qty': 5, 'location_id': self.warehouse.lot_stock_id.id,
            'location_dest_id': other.lot_stock_id.id})
        move._action_confirm()
        move.write({'quantity': 5, 'picked': True})
        with self.assertRaises(ValidationError):
            move._action_done()
        # Nor is a place where there are none.
        nowhere = self.env['stock.move'].with_user(self.user_stock).create({
            'product_id': self.part.id, 'product_uom_qty': 5, 'location_id': other.lot_stock_id.id,
            'location_dest_id': self.env.ref('stock.stock_location_customers').id})
        nowhere._action_confirm()
        nowhere.write({'quantity': 5, 'picked': True})
        with self.assertRefused("is not in stock in Other"):
            nowhere._action_done()
        shelf = self.env['stock.location'].create({
            'name': "Shelf", 'location_id': self.warehouse.lot_stock_id.id, 'usage': 'internal'})
        inside = self.env['stock.move'].create({
            'product_id': self.part.id, 'product_uom_qty': 5, 'location_id': self.warehouse.lot_stock_id.id,
            'location_dest_id': shelf.id, 'quantity': 5, 'picked': True})
        inside._action_confirm()
        inside._action_done()
        self.assertEqual(inside.state, 'done')

    def test_received_as_recorded(self):
        picking = self._receive(self.part, 5)
        line = picking.move_ids.move_line_ids.with_user(self.user_stock)
        with self._in_transaction_of(self.user_stock), self.assertRefused("is inspected as it was received"):
            line.quantity = 3
        self._get_inspections(self.part).action_pass()
        with self._in_transaction_of(self.user_stock), self.assertRefused("is inspected as it was received"):
            picking.move_ids.with_user(self.user_stock).quantity = 8


@tagged('post_install', '-at_install')
class TestWorklist(InspectionCommon):
    """The activity menu tells quality what waits for it, and nobody else."""

    def test_waiting(self):
        self._receive(self.part, 5)
        self._receive(self.panel, 5)
        Inspection = self.env['order.inspection'].with_user(self.user_quality)
        group = Inspection._get_systray_group()
        self.assertEqual((group['total_count'], group['today_count'], group['overdue_count']), (2, 2, 0))
        found = Inspection.search(group['domain'])
        self.assertEqual(found.product_id, self.part | self.panel)
        # What failed waits until somebody has decided; what has passed does not.
        parts = self._get_inspections(self.part)
        parts.action_fail("Bent")
        self._get_inspections(self.panel).action_pass()
        self.assertEqual(Inspection._get_systray_group()['total_count'], 1)
        parts.action_scrap()
        self.assertIsNone(Inspection._get_systray_group())
        self.assertIsNone(self.env['order.inspection'].with_user(self.user_production)._get_systray_group())
        names = [model._name for model in self.env['order.worklist.mixin']._get_worklists()]
        self.assertEqual(names, ['order.review', 'order.progress', 'order.inspection', 'order.incident'])
