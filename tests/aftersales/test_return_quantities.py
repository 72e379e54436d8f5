"""What comes back is what the customer has: in whole sets of what was delivered, and of the lot that is named (A1)."""
from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from .common import AftersalesCommon


class ReturnCommon(AftersalesCommon):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.part, cls.other = cls._new_in_stock("Part", "Other Part")
        cls.dozen = cls.env.ref('uom.product_uom_dozen')

    def _take_back(self, order, product, quantity, **vals):
        """:return: the moves of the return that after-sales makes for a new ticket"""
        ticket = self._new_ticket(
            order_id=order.id, kind='return', product_id=product.id, quantity=quantity, **vals)
        ticket.with_user(self.user_aftersales).sudo(False).action_create_return()
        return ticket.return_picking_ids.move_ids

    def _get_returnable(self, order, **vals):
        """:return: dict product → quantity that the dialog of a new ticket offers"""
        ticket = self._new_ticket(order_id=order.id, kind='return', **vals)
        action = ticket.with_user(self.user_aftersales).sudo(False).action_open_return()
        with Form.from_action(self.env(user=self.user_aftersales), action) as form:
            rows = [form.line_ids.edit(index) for index in range(len(form.line_ids))]
            return {row.product_id.with_env(self.env): row.returnable_quantity for row in rows}

    def assertNothingMore(self, order, product, quantity=1, **vals):
        with self.assertRaisesRegex(UserError, "has not received"), self.cr.savepoint():
            self._take_back(order, product, quantity, **vals)

    def assertParts(self, moves, **quantities):
        """The moves bring back these quantities, by the name of the product, in its unit."""
        found = {}
        for move in moves:
            name = move.product_id.name.replace(' ', '_').lower()
            found[name] = found.get(name, 0) + move.product_uom._compute_quantity(
                move.product_uom_qty, move.product_id.uom_id)
        self.assertEqual(found, quantities)


@tagged('post_install', '-at_install')
class TestReturnOfKits(ReturnCommon):

    def test_backorder_cancelled(self):
        """10 sets of 2 parts are ordered, 8 parts delivered and the rest is cancelled: 4 sets can come back."""
        kit = self._new_kit((self.part, 2))
        order = self._confirm(self._new_order(lines=[(kit, 10)]))
        self._deliver_next(order, {self.part: 8}, backorder=False)
        self.assertEqual(self._get_returnable(order), {kit: 4, self.part: 8})
        self.assertNothingMore(order, kit, 5)
        moves = self._take_back(order, kit, 2)
        self.assertParts(moves, part=4)
        self._deliver(moves.picking_id)
        self.assertEqual(order.order_line.qty_delivered, 2)
        self.assertEqual(self._get_returnable(order), {kit: 2, self.part: 4})
        self.assertNothingMore(order, kit, 3)
        self.assertParts(self._take_back(order, kit, 2), part=4)
        self.assertNothingMore(order, kit)

    def test_dialog_fills_in_the_kit(self):
        kit = self._new_kit((self.part, 2))
        order = self._fulfil(self._new_order(lines=[(kit, 5)]))
        ticket = self._new_ticket(order_id=order.id, kind='return', product_id=kit.id, quantity=2)
        own = ticket.with_user(self.user_aftersales).sudo(False)
        with Form.from_action(own.env, own.action_open_return()) as form, form.line_ids.edit(0) as line:
            self.assertEqual((line.product_id, line.returnable_quantity, line.quantity), (kit, 5, 2))
            with form.line_ids.edit(1) as part:
                self.assertEqual((part.product_id, part.returnable_quantity, part.quantity), (self.part, 10, 0))
                part.quantity = 7
        # Two sets and seven parts are eleven of ten.
        with self.assertRaisesRegex(UserError, "has not received"), self.cr.savepoint():
            form.record.action_apply()
        form.record.line_ids[1].quantity = 6
        form.record.action_apply()
        self.assertParts(ticket.return_picking_ids.move_ids, part=10)

    def test_after_an_exchange(self):
        kit = self._new_kit((self.part, 2), (self.other, 1))
        order = self._confirm(self._new_order(lines=[(kit, 10)]))
        first = self._deliver_next(order)
        back = self._return(first, {self.part: 6, self.other: 3}, exchange=True)
        self.assertEqual(self._get_returnable(order)[kit], 7)
        self._deliver(back)
        self._deliver_next(order)
        self.assertEqual(order.order_line.qty_delivered, 10)
        self.assertEqual(self._get_returnable(order), {kit: 10, self.part: 20, self.other: 10})
        self.assertParts(self._take_back(order, kit, 9), part=18, other_part=9)
        self.assertNothingMore(order, kit, 2)

    def test_component_in_two_rows(self):
        """A component of two rows, and of a kit within the kit, comes back with all of its pieces."""
        box = self._new_kit((self.part, 1), (self.other, 1), name="Box")
        kit = self._new_kit((self.part, 2), (self.part, 1), (box, 2))
        order = self._confirm(self._new_order(lines=[(kit, 10)]))
        moves = order.picking_ids.move_ids
        self.assertEqual(sum(moves.filtered(lambda move: move.product_id == self.part).mapped('product_qty')), 50)
        self._deliver_next(order)
        self.assertParts(self._take_back(order, kit, 3), part=15, other_part=6)
        self.assertEqual(self._get_returnable(order), {kit: 7, self.part: 35, self.other: 14})

    def test_recipe_of_today(self):
        kit = self._new_kit((self.part, 2))
        order = self._fulfil(self._new_order(lines=[(kit, 10)]))
        kit.bom_ids.bom_line_ids.product_qty = 3
        self.assertParts(self._take_back(order, kit, 2), part=4)
        self._invoice(order)
        kit.bom_ids.unlink()
        self.assertParts(self._take_back(order, kit, 8), part=16)
        self.assertNothingMore(order, kit)

    def test_lines_in_other_units(self):
        """A ticket counts in the unit of the product: of a dozen and of five sets, fourteen come back."""
        kit = self._new_kit((self.part, 2))
        order = self._fulfil(self._new_order(lines=[
            {'product_id': kit.id, 'product_uom_qty': 1, 'product_uom_id': self.dozen.id}, (kit, 5)]))
        moves = self._take_back(order, kit, 14)
        self.assertEqual(sorted(moves.mapped('product_uom_qty')), [4, 24])
        self.assertEqual(self._get_returnable(order), {kit: 3, self.part: 6})

    def test_dozens_are_counted_by_the_piece(self):
        """16 parts of a dozen sets are eight sets, and not 0.67 × 12 = 8.04."""
        kit = self._new_kit((self.part, 2))
        order = self._confirm(self._new_order(lines=[{
            'product_id': kit.id, 'product_uom_qty': 1, 'product_uom_id': self.dozen.id}]))
        self._deliver_next(order, {self.part: 16})
        self.assertEqual(self._get_returnable(order), {kit: 8, self.part: 16})
        self.assertParts(self._take_back(order, kit, 8), part=16)

    def test_moves_in_other_units(self):
        """What went out by the dozen comes back by the piece, as many as the ticket says."""
        self.env['ir.config_parameter'].sudo().set_param('stock.propagate_uom', '1')
        order = self._fulfil(self._new_order(lines=[{
            'product_id': self.product_stock.id, 'product_uom_qty': 2, 'product_uom_id': self.dozen.id}]))
        self.assertEqual(order.order_line.move_ids.product_uom, self.dozen)
        moves = self._take_back(order, self.product_stock, 5)
        self.assertRecordValues(moves, [{
            'product_uom_qty': 5, 'product_uom': self.product_stock.uom_id.id, 'state': 'assigned', 'quantity': 5}])
        self._deliver(moves.picking_id)
        self.assertEqual(self._get_returnable(order), {self.product_stock: 19})
        self.assertParts(self._take_back(order, self.product_stock, 19), stock_good=19)

    def test_kit_and_its_component_in_one_order(self):
        """A component that was sold comes back from its own line first, and from the kit when that is used up."""
        kit = self._new_kit((self.part, 2))
        order = self._fulfil(self._new_order(lines=[(kit, 2), (self.part, 3)]))
        self.assertEqual(self._get_returnable(order), {kit: 2, self.part: 7})
        moves = self._take_back(order, self.part, 3)
        self.assertEqual(moves.sale_line_id, order.order_line[1])
        self.assertEqual(self._get_returnable(order), {kit: 2, self.part: 4})
        self._take_back(order, self.part, 1)
        # Three parts are one set.
        self.assertEqual(self._get_returnable(order), {kit: 1, self.part: 3})

    def test_returned_and_delivered_again(self):
        kit = self._new_kit((self.part, 2))
        order = self._fulfil(self._new_order(lines=[(kit, 5)]))
        back = self._take_back(order, kit, 5).picking_id
        self._deliver(back)
        self.assertNothingMore(order, kit)
        again = self._return(back, 6)
        self.assertNothingMore(order, kit)
        self._deliver(again)
        self.assertEqual(self._get_returnable(order), {kit: 3, self.part: 6})
        moves = self._take_back(order, kit, 3)
        self.assertEqual(moves.origin_returned_move_id, again.move_ids)
        moves.picking_id.with_user(self.user_stock).action_cancel()
        self.assertEqual(self._get_returnable(order), {kit: 3, self.part: 6})

    def _confirm_without_policy(self, kit):
        """:return: a confirmed order of ten kits in a company that has no policy"""
        company = self._new_company()
        order = self.env['sale.order'].with_company(company).create({
            'partner_id': self.partner.id, 'company_id': company.id, 'order_line': [Command.create({
                'product_id': kit.id, 'product_uom_qty': 10})]})
        order.action_confirm()
        return order

    def _take_back_without_policy(self, order, quantity):
        """:return: the moves of the return of a new ticket"""
        ticket = self.env['order.ticket'].create({
            'subject': "Too many", 'order_id': order.id, 'product_id': order.order_line.product_id.id,
            'quantity': quantity})
        ticket.action_create_return()
        return ticket.return_picking_ids.move_ids

    def _deliver_without_policy(self, order, quantities, backorder=False):
        picking = order.picking_ids.filtered(lambda picking: picking.state != 'cancel')
        for move in picking.move_ids:
            quantity = quantities.get(move.product_id, 0)
            move.write({'quantity': quantity, 'picked': bool(quantity)})
        picking.with_context(
            skip_backorder=True, picking_ids_not_to_backorder=[] if backorder else picking.ids).button_validate()
        self.assertEqual(picking.state, 'done')
        return picking

    def test_order_without_policy(self):
        """Where nothing is kept, a set is what its moves were to deliver when it was ordered."""
        order = self._confirm_without_policy(self._new_kit((self.part, 2)))
        self._deliver_without_policy(order, {self.part: 8})
        self.assertParts(self._take_back_without_policy(order, 2), part=4)

    def test_order_without_policy_whose_backorder_is_cancelled(self):
        order = self._confirm_without_policy(self._new_kit((self.part, 2)))
        self._deliver_without_policy(order, {self.part: 8}, backorder=True).backorder_ids.action_cancel()
        self.assertParts(self._take_back_without_policy(order, 2), part=4)

    def test_order_without_policy_of_which_one_component_never_came(self):
        """The move of the other component was cancelled in a transfer that is done: no set is whole."""
        order = self._confirm_without_policy(self._new_kit((self.part, 2), (self.other, 1)))
        self._deliver_without_policy(order, {self.part: 8})
        with self.assertRaisesRegex(UserError, "has not received"), self.cr.savepoint():
            self._take_back_without_policy(order, 1)

    def test_order_without_policy_confirmed_twice(self):
        """What the first confirmation had asked for and was cancelled makes no set larger."""
        order = self._confirm_without_policy(self._new_kit((self.part, 2)))
        order._action_cancel()
        order.action_draft()
        order.action_confirm()
        self._deliver_without_policy(order, {self.part: 20})
        self.assertParts(self._take_back_without_policy(order, 2), part=4)


@tagged('post_install', '-at_install')
class TestReturnOfLots(ReturnCommon):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.machine = cls._new_product("Machine", tracking='serial')
        cls.paint = cls._new_product("Paint", tracking='lot')
        cls.serials = cls._new_lots(cls.machine, 1, "SN001", "SN002", "SN003", "SN004")
        cls.first, cls.second, cls.third, cls.fourth = cls.serials
        cls.red, cls.blue = cls._new_lots(cls.paint, 100, "RED", "BLUE")

    @classmethod
    def _new_lots(cls, product, quantity, *names):
        lots = cls.env['stock.lot'].create([{'name': name, 'product_id': product.id} for name in names])
        for lot in lots:
            cls.env['stock.quant']._update_available_quantity(product, cls.warehouse.lot_stock_id, quantity, lot_id=lot)
        return lots

    def _deliver_lots(self, order, lots):
        """Validate what is open, and hand over these lots.

        :param lots: dict ``stock.lot`` → quantity
        """
        picking = order.picking_ids.filtered(lambda picking: picking.state not in ('done', 'cancel'))
        picking = picking.with_user(self.user_stock)
        picking.do_unreserve()
        for move in picking.move_ids:
            own = {lot: quantity for lot, quantity in lots.items() if lot.product_id == move.product_id}
            if move.product_id.tracking == 'none':
                move.quantity = move.product_uom_qty
            else:
                move.move_line_ids = [Command.create({
                    **move._prepare_move_line_vals(quantity), 'lot_id': lot.id}) for lot, quantity in own.items()]
            move.picked = True
        picking.with_context(skip_backorder=True).button_validate()
        self.assertEqual(picking.state, 'done')
        return picking.with_env(self.env)

    def _get_lots(self, moves):
        """:return: dict name of the lot → quantity in the lines of moves"""
        lots = {}
        for row in moves.move_line_ids:
            lots[row.lot_id.name] = lots.get(row.lot_id.name, 0) + row.quantity
        return lots

    def test_the_serial_number_of_the_ticket(self):
        order = self._confirm(self._new_order(lines=[(self.machine, 3)]))
        self._deliver_lots(order, dict.fromkeys(self.serials[:3], 1))
        self.assertNothingMore(order, self.machine, lot_id=self.fourth.id)
        self.assertNothingMore(order, self.machine, 2, lot_id=self.second.id)
        moves = self._take_back(order, self.machine, 1, lot_id=self.second.id)
        self.assertEqual((self._get_lots(moves), moves.state), ({'SN002': 1}, 'assigned'))
        # It is about to come back, and then it is back.
        self.assertNothingMore(order, self.machine, lot_id=self.second.id)
        self._deliver(moves.picking_id)
        self.assertEqual(self._get_lots(moves), {'SN002': 1})
        self.assertEqual(self.second.quant_ids.filtered('quantity').location_id, self.warehouse.lot_stock_id)
        self.assertNothingMore(order, self.machine, lot_id=self.second.id)
        self.assertEqual(self._get_lots(self._take_back(order, self.machine, 1, lot_id=self.third.id)), {'SN003': 1})
        # Without a number the one that is left comes back.
        self.assertEqual(self._get_returnable(order), {self.machine: 1})
        self.assertEqual(self._get_lots(self._take_back(order, self.machine, 1)), {'SN001': 1})
        self.assertNothingMore(order, self.machine)

    def test_dialog(self):
        order = self._confirm(self._new_order(lines=[(self.paint, 10), (self.product_stock, 2)]))
        self._deliver_lots(order, {self.red: 6, self.blue: 4})
        self.assertEqual(self._get_returnable(order), {self.paint: 10, self.product_stock: 2})
        vals = {'product_id': self.paint.id, 'lot_id': self.blue.id}
        self.assertEqual(self._get_returnable(order, **vals), {self.paint: 4, self.product_stock: 2})

    def test_what_is_left_of_a_lot(self):
        """Over several lines and transfers, at most what is left of the lot after what came back."""
        order = self._confirm(self._new_order(lines=[(self.paint, 10), (self.paint, 5)]))
        lines = order.order_line
        picking = order.picking_ids.with_user(self.user_stock)
        picking.do_unreserve()
        for move, lots in zip(picking.move_ids.sorted('product_uom_qty'), ({self.red: 5}, {self.red: 2, self.blue: 4})):
            move.move_line_ids = [Command.create({
                **move._prepare_move_line_vals(quantity), 'lot_id': lot.id}) for lot, quantity in lots.items()]
            move.picked = True
        picking.with_context(skip_backorder=True).button_validate()
        self._deliver_lots(order, {self.red: 3, self.blue: 1})
        self.assertEqual(lines.mapped('qty_delivered'), [10, 5])
        self.assertNothingMore(order, self.paint, 11, lot_id=self.red.id)
        moves = self._take_back(order, self.paint, 8, lot_id=self.red.id)
        self.assertEqual(self._get_lots(moves), {'RED': 8})
        for picking in moves.picking_id:
            self._deliver(picking)
        self.assertEqual(self._get_returnable(order, product_id=self.paint.id, lot_id=self.red.id), {self.paint: 2})
        self.assertNothingMore(order, self.paint, 3, lot_id=self.red.id)
        self.assertEqual(self._get_lots(self._take_back(order, self.paint, 2, lot_id=self.red.id)), {'RED': 2})
        self.assertEqual(self._get_returnable(order), {self.paint: 5})
        self.assertEqual(self._get_lots(self._take_back(order, self.paint, 5)), {'BLUE': 5})
        self.assertEqual(sum(lines.move_ids.filtered('origin_returned_move_id').mapped('product_uom_qty')), 15)

    def test_another_number_came_back(self):
        """What came back says the transfer, and not the ticket."""
        order = self._confirm(self._new_order(lines=[(self.machine, 3)]))
        self._deliver_lots(order, dict.fromkeys(self.serials[:3], 1))
        moves = self._take_back(order, self.machine, 1, lot_id=self.second.id)
        moves.move_line_ids.with_user(self.user_stock).lot_id = self.first
        self._deliver(moves.picking_id)
        self.assertNothingMore(order, self.machine, lot_id=self.first.id)
        moves = self._take_back(order, self.machine, 1, lot_id=self.second.id)
        self.assertEqual(self._get_lots(moves), {'SN002': 1})

    def test_several_tickets_at_once(self):
        """A return keeps the number of its ticket, whatever further returns are made; one without a number leaves the
        named ones to others."""
        order = self._confirm(self._new_order(lines=[(self.machine, 4)]))
        delivery = self._deliver_lots(order, dict.fromkeys(self.serials, 1))
        second = self._take_back(order, self.machine, 1, lot_id=self.second.id)
        any_one = self._take_back(order, self.machine, 1)
        self.assertEqual(self._get_lots(any_one), {'SN001': 1})
        first = self._take_back(order, self.machine, 1, lot_id=self.first.id)
        self.assertEqual(self._get_lots(second), {'SN002': 1})
        self.assertEqual(self._get_lots(first), {'SN001': 1})
        self.assertEqual(self._get_lots(any_one), {'SN003': 1})
        # Stock makes one of its own.
        self._return(delivery, 1)
        self.assertEqual((self._get_lots(first), self._get_lots(second)), ({'SN001': 1}, {'SN002': 1}))
        self.assertNothingMore(order, self.machine)
        # Reserved once more, it is the same one.
        for moves in (second, first):
            moves.picking_id.with_user(self.user_stock).do_unreserve()
        self._deliver(second.picking_id)
        self.assertEqual(self._get_lots(second), {'SN002': 1})

    def test_returned_and_delivered_again(self):
        order = self._confirm(self._new_order(lines=[(self.machine, 2)]))
        self._deliver_lots(order, dict.fromkeys(self.serials[:2], 1))
        back = self._take_back(order, self.machine, 1, lot_id=self.second.id).picking_id
        self._deliver(back)
        again = self._deliver(self._return(back, 1))
        self.assertEqual(self._get_lots(again.move_ids), {'SN002': 1})
        moves = self._take_back(order, self.machine, 1, lot_id=self.second.id)
        self.assertEqual((self._get_lots(moves), moves.origin_returned_move_id), ({'SN002': 1}, again.move_ids))
        self.assertEqual(self._get_lots(self._take_back(order, self.machine, 1)), {'SN001': 1})

    def test_kit_with_a_component_of_a_lot(self):
        """The lot of a component comes back with the kit, or with the component alone."""
        kit = self._new_kit((self.paint, 2), (self.part, 1))
        order = self._confirm(self._new_order(lines=[(kit, 5)]))
        self._deliver_lots(order, {self.red: 4, self.blue: 6})
        self.assertNothingMore(order, kit, 3, lot_id=self.red.id)
        with Form(self.env['order.ticket'].with_user(self.user_aftersales)) as form:
            form.subject, form.order_id, form.product_id = "Another colour", order, kit
            self.assertEqual(form.lot_product_ids.ids, self.paint.ids)
        moves = self._take_back(order, kit, 1, lot_id=self.blue.id)
        self.assertParts(moves, paint=2, part=1)
        self.assertEqual(self._get_lots(moves.filtered(lambda move: move.product_id == self.paint)), {'BLUE': 2})
        moves = self._take_back(order, self.paint, 1, lot_id=self.red.id)
        self.assertEqual(self._get_lots(moves), {'RED': 1})
        self.assertEqual(self._get_returnable(order), {kit: 3, self.paint: 7, self.part: 4})

    def test_number_of_a_component_alone(self):
        """The ticket names the kit and the number of its machine; the dialog takes the machine alone."""
        kit = self._new_kit((self.machine, 1))
        order = self._confirm(self._new_order(lines=[(kit, 3)]))
        self._deliver_lots(order, dict.fromkeys(self.serials[:3], 1))
        ticket = self._new_ticket(
            order_id=order.id, kind='return', product_id=kit.id, quantity=1, lot_id=self.second.id)
        ticket.with_user(self.user_aftersales).sudo(False)._create_return({self.machine: 1})
        self.assertEqual(self._get_lots(ticket.return_picking_ids.move_ids), {'SN002': 1})

    def test_kit_of_several_numbers(self):
        """A set of two machines has two numbers: the one that is named is among them."""
        kit = self._new_kit((self.machine, 2))
        order = self._confirm(self._new_order(lines=[(kit, 2)]))
        self._deliver_lots(order, dict.fromkeys(self.serials, 1))
        lots = self._get_lots(self._take_back(order, kit, 1, lot_id=self.third.id))
        self.assertEqual((len(lots), lots.get('SN003')), (2, 1))
        self.assertNothingMore(order, kit, lot_id=self.third.id)
        rest = self._get_lots(self._take_back(order, kit, 1))
        self.assertEqual(sorted([*lots, *rest]), ['SN001', 'SN002', 'SN003', 'SN004'])
