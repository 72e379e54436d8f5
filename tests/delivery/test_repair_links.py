"""What belongs to a repair says core: a move makes no approved line a part, and no part an approved line (F1)."""
from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from ..common import LifecycleCommon


@tagged('post_install', '-at_install')
class TestRepairLinks(LifecycleCommon):

    def _new_repair(self, order, **vals):
        return self.env['repair.order'].with_user(self.user_stock).create({
            'product_id': self.product_stock.id, 'partner_id': self.partner.id, 'sale_order_id': order.id, **vals})

    def test_approved_line_is_no_part(self):
        order = self._confirm(self._new_order())
        repair = self._new_repair(order)
        move = order.picking_ids.move_ids
        for user in (self.user_stock, self.user_sales):
            for kind in ('add', 'remove'):
                with self.assertRaises(UserError):
                    move.with_user(user).write({'repair_id': repair.id, 'repair_line_type': kind})
        line = order.order_line[:1]
        vals = {
            'product_id': line.product_id.id, 'product_uom_qty': 1, 'repair_id': repair.id, 'repair_line_type': 'add',
            'location_id': move.location_id.id, 'location_dest_id': move.location_dest_id.id}
        with self.assertRaises(UserError):
            self.env['stock.move'].with_user(self.user_stock).create({**vals, 'sale_line_id': line.id})
        self.assertEqual(line._is_frozen_by_confirmation(), True)

    def test_approved_line_is_no_part_by_context(self):
        """What the values of a move do not say comes from the context, also of what it is nested in."""
        order = self._confirm(self._new_order(lines=[(self.product_service, 2)]))
        line, repair = order.order_line, self._new_repair(order)
        place = self.warehouse.lot_stock_id.id
        vals = {
            'product_id': self.product_service.id, 'product_uom_qty': 2, 'location_id': place,
            'location_dest_id': place, 'repair_line_type': 'add'}
        ties = {'repair_id': repair.id, 'sale_line_id': line.id}
        for user in (self.user_stock, self.user_sales):
            Move = self.env['stock.move'].with_user(user)
            for said in ({}, *({name: value} for name, value in ties.items())):
                context = {f'default_{name}': value for name, value in ties.items() if name not in said}
                with self.subTest(user=user.login, said=said), self.assertRaises(UserError):
                    Move.with_context(**context).create({**vals, **said})
        with self.assertRaises(UserError):
            repair.with_context(default_sale_line_id=line.id).write({'move_ids': [Command.create(vals)]})
        self.assertTrue(line._is_frozen_by_confirmation())
        # A move of the line that is none of a repair says nothing of repairs.
        move = self.env['stock.move'].with_user(self.user_stock).create({**vals, 'sale_line_id': line.id})
        move.write({'product_uom_qty': 50, 'repair_line_type': 'remove'})
        self.assertEqual(line.product_uom_qty, 2)
        self.assertTrue(line._is_frozen_by_confirmation())

    def test_part_stays_part(self):
        order = self._confirm(self._new_order())
        seller = self._new_user(
            'both', 'stock.group_stock_user,sales_team.group_sale_salesman_all_leads')
        repair = self._new_repair(order).with_user(seller)
        part = self._new_product("Part")
        repair.move_ids = [Command.create({
            'product_id': part.id, 'product_uom_qty': 4, 'repair_line_type': 'add'})]
        move = repair.move_ids
        self.assertEqual(move.sale_line_id.order_id, order)
        with self.assertRaises(UserError):
            move.repair_id = False
        for other in (False, self._new_order().id):
            with self.assertRaises(UserError):
                repair.sale_order_id = other
        self.assertFalse(move.sale_line_id._is_frozen_by_confirmation())
        for user in (self.user_stock, self.user_mrp, self.user_accountant):
            with self.assertRaises(AccessError):
                move.sale_line_id.with_user(user).name = "Something else"
        move.sale_line_id.with_user(seller).name = "Part, galvanized"
        with self.assertRaises(UserError):
            repair.move_ids = [Command.create({
                'product_id': part.id, 'product_uom_qty': -90, 'repair_line_type': 'add'})]

    def test_nothing_is_delivered_before_the_approval(self):
        draft = self._new_order()
        repair = self._new_repair(self.env['sale.order'])
        warehouse = self.warehouse
        vals = {
            'product_id': self.product_stock.id, 'product_uom_qty': 5, 'sale_line_id': draft.order_line[:1].id,
            'location_id': warehouse.lot_stock_id.id,
            'location_dest_id': self.env.ref('stock.stock_location_customers').id}
        with self.assertRaises(UserError):
            self.env['stock.move'].with_user(self.user_stock).create({**vals, 'repair_id': repair.id})
        # The rule of deliveries itself knows no exception, whoever makes the move.
        with self.assertRaises(ValidationError):
            self.env['stock.move'].create({**vals, 'repair_id': repair.id})

    def test_service_of_another_order(self):
        order = self._confirm(self._new_order(lines=[(self.product_service, 3)]))
        # The second names the right order; its service is none that a repair is created for.
        for own in (self.env['sale.order'], order):
            repair = self._new_repair(own, sale_order_line_id=order.order_line.id)
            repair.action_validate()
            repair.action_repair_start()
            with self.assertRaises(UserError):
                repair.action_repair_end()
            self.assertEqual(order.order_line.qty_delivered, 0)

    def test_part_takes_nothing_off(self):
        """A part that is added costs something; one that was added becomes no credit."""
        order = self._confirm(self._new_order())
        seller = self._new_user(
            'both', 'stock.group_stock_user,sales_team.group_sale_salesman_all_leads')
        repair = self._new_repair(order).with_user(seller)
        repair.move_ids = [Command.create({
            'product_id': self._new_product("Part").id, 'product_uom_qty': 4, 'repair_line_type': 'add'})]
        for values in ({'product_uom_qty': -50}, {'product_uom_qty': -50, 'repair_line_type': 'add'}):
            for own in (repair.move_ids, repair.move_ids.sudo()):
                with self.subTest(values=values, su=own.env.su), self.assertRaises(
                        UserError), self.env.cr.savepoint():
                    own.write(values)
        with self.assertRaises(UserError), self.env.cr.savepoint():
            repair.write({'move_ids': [Command.update(repair.move_ids.id, {'product_uom_qty': -1})]})
        repair.move_ids.product_uom_qty = 2
        self.assertEqual(repair.move_ids.sale_line_id.product_uom_qty, 2)

    def test_part_goes_with_its_repair(self):
        """What nobody has approved does not stay in the order when the repair that has brought it is deleted."""
        order = self._confirm(self._new_order())
        before = order.amount_untaxed
        seller = self._new_user(
            'both', 'stock.group_stock_user,sales_team.group_sale_salesman_all_leads')
        repair = self._new_repair(order).with_user(seller)
        repair.move_ids = [Command.create({
            'product_id': self._new_product("Part").id, 'product_uom_qty': 4, 'repair_line_type': 'add'})]
        self.assertEqual(order.amount_untaxed, before + 400)
        repair.unlink()
        self.env.invalidate_all()
        self.assertEqual(order.amount_untaxed, before)
        self.assertEqual([line.product_uom_qty for line in order.order_line], [5, 0])

    def test_part_that_is_a_service(self):
        """How much of it is done says the repair."""
        order = self._confirm(self._new_order())
        seller = self._new_user(
            'both', 'stock.group_stock_user,sales_team.group_sale_salesman_all_leads')
        work = self._new_product("Cleaning", type='service', invoice_policy='delivery')
        repair = self._new_repair(order).with_user(seller)
        repair.move_ids = [Command.create({
            'product_id': work.id, 'product_uom_qty': 1, 'repair_line_type': 'add'})]
        line = repair.move_ids.sale_line_id
        with self.assertRaises(UserError), self.env.cr.savepoint():
            line.with_user(self.user_sales).qty_delivered = 9999
        self.assertEqual(line.qty_delivered, 0)
