"""What counts as delivered is what was ordered and what moved, in whatever unit, whatever has changed since (S1)."""
from odoo import Command
from odoo.tests import tagged

from .common import SettlementCommon


@tagged('post_install', '-at_install')
class TestQuantities(SettlementCommon):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.part, cls.other = cls._new_in_stock("Part", "Other Part")
        cls.unit, cls.dozen = cls.env.ref('uom.product_uom_unit'), cls.env.ref('uom.product_uom_dozen')
        cls.kilogram = cls.env.ref('uom.product_uom_kgm')

    @classmethod
    def _new_kit(cls, *rows, **vals):
        return super()._new_kit(*rows, invoice_policy='delivery', **vals)

    def _order(self, product, quantity, unit=None, **vals):
        return self._confirm(self._new_order(lines=[{
            'product_id': product.id, 'product_uom_qty': quantity, 'product_uom_id': (unit or product.uom_id).id,
            **vals}]))

    def assertDelivered(self, order, quantity, percent=None):
        """The first line has this quantity delivered, in the database and computed once more."""
        self.env.flush_all()
        self.env.invalidate_all()
        line = order.order_line[0]
        self.assertAlmostEqual(line.qty_delivered, quantity, 6)
        self.env.add_to_compute(line._fields['qty_delivered'], line)
        self.assertAlmostEqual(line.qty_delivered, quantity, 6)
        if percent is not None:
            self.assertEqual(order.delivery_progress, percent)

    # -- recipes ----------------------------------------------------------------------------------

    def test_recipe_that_grows(self):
        """10 sets of 2 parts at 100: 20 parts are all, though a set has 3 by now."""
        kit = self._new_kit((self.part, 2))
        order = self._order(kit, 10)
        kit.bom_ids.bom_line_ids.product_qty = 3
        self._deliver_next(order)
        self.assertDelivered(order, 10, 100)
        self.assertEqual(order.fulfilment_state, 'done')
        invoice = self._invoice(order)
        self.assertEqual(invoice.invoice_line_ids.quantity, 10)
        self._pay(invoice)
        self.assertAccount(order, state='to_check', owed=1000, invoiced=1000, paid=1000, difference=0)
        self._settle(order)
        self.assertEqual(order.settlement_state, 'settled')

    def test_recipe_that_shrinks(self):
        kit = self._new_kit((self.part, 3))
        order = self._order(kit, 10)
        kit.bom_ids.bom_line_ids.product_qty = 2
        self._deliver_next(order, {self.part: 20}, backorder=False)
        self.assertDelivered(order, 6, 60)

    def test_recipe_that_is_another(self):
        """Whatever it consists of by now, an order that is under way is what it was."""
        changes = {
            'component replaced': lambda kit: kit.bom_ids.bom_line_ids.write({'product_id': self.other.id}),
            'component added': lambda kit: kit.bom_ids.write(
                {'bom_line_ids': [Command.create({'product_id': self.other.id, 'product_qty': 1})]}),
            'row replaced': lambda kit: kit.bom_ids.write({'bom_line_ids': [Command.clear(), Command.create(
                {'product_id': self.other.id, 'product_qty': 1})]}),
            'made of more': lambda kit: kit.bom_ids.write({'product_qty': 5}),
        }
        for name, change in changes.items():
            with self.subTest(change=name):
                kit = self._new_kit((self.part, 2))
                order = self._order(kit, 10)
                self._deliver_next(order, {self.part: 8})
                change(kit)
                self.assertDelivered(order, 4, 40)
                self._deliver_next(order)
                self.assertDelivered(order, 10, 100)
                self._deliver(self._return(order.picking_ids[-1], {self.part: 4}))
                self.assertDelivered(order, 8, 80)

    def test_recipe_that_is_gone(self):
        """Archived, deleted, or of goods that are made by now: core allows it when all is delivered and invoiced."""
        changes = {
            'archived': lambda kit: kit.bom_ids.write({'active': False}),
            'deleted': lambda kit: kit.bom_ids.unlink(),
            'manufactured': lambda kit: kit.bom_ids.write({'type': 'normal'}),
        }
        for name, change in changes.items():
            with self.subTest(change=name):
                kit = self._new_kit((self.part, 2))
                order = self._order(kit, 10)
                picking = self._deliver_next(order)
                self._invoice(order)
                change(kit)
                self.assertDelivered(order, 10, 100)
                self._deliver(self._return(picking, {self.part: 4}))
                self.assertDelivered(order, 8, 80)

    def test_recipe_of_the_second_confirmation(self):
        """What was a kit when the order was confirmed first, and is none when it is confirmed again, is delivered."""
        kit = self._new_kit((self.part, 2))
        order = self._order(kit, 3)
        order.with_user(self.user_sales)._action_cancel()
        order.with_user(self.user_sales).action_draft()
        kit.bom_ids.unlink()
        self._put_in_stock(kit, 10)
        self._confirm(order)
        self._deliver_next(order, {kit: 2})
        self.assertDelivered(order, 2, 66)
        self._deliver_next(order)
        self.assertDelivered(order, 3, 100)

    def test_recipe_of_the_rest(self):
        """8 of 20 parts came, and the rest is confirmed again by a recipe of 3: 8 + 6 × 3 parts are 10 sets."""
        kit = self._new_kit((self.part, 2))
        order = self._order(kit, 10)
        self._deliver_next(order, {self.part: 8}, backorder=False)
        order.with_user(self.user_sales)._action_cancel()
        order.with_user(self.user_sales).action_draft()
        kit.bom_ids.bom_line_ids.product_qty = 3
        self._confirm(order)
        self._deliver_next(order)
        self.assertEqual(sum(order.picking_ids.move_ids.filtered(
            lambda move: move.state == 'done').mapped('quantity')), 26)
        self.assertDelivered(order, 10, 100)

    def test_recipe_of_no_rest(self):
        """20 parts have brought 10 sets of 2; that a set has 3 when it is confirmed again changes nothing of that."""
        kit = self._new_kit((self.part, 2))
        order = self._order(kit, 10)
        self._deliver_next(order)
        order.with_user(self.user_sales)._action_cancel()
        order.with_user(self.user_sales).action_draft()
        kit.bom_ids.bom_line_ids.product_qty = 3
        self._confirm(order)
        self.assertEqual(set(order.picking_ids.mapped('state')), {'done'})
        self.assertDelivered(order, 10, 100)

    def test_recipe_after_all_came_back(self):
        """What came back for a credit is no part of a set that consists of something else by now."""
        kit = self._new_kit((self.part, 2))
        order = self._order(kit, 10)
        self._deliver(self._return(self._deliver_next(order, {self.part: 8}, backorder=False), {self.part: 8}))
        order.with_user(self.user_sales)._action_cancel()
        order.with_user(self.user_sales).action_draft()
        kit.bom_ids.bom_line_ids.product_id = self.other
        self._confirm(order)
        self.assertEqual(order.order_line.kit_parts, {str(self.other.id): 2})
        self._deliver_next(order, {self.other: 8})
        self.assertDelivered(order, 4, 40)

    def test_same_quantity_written_again(self):
        """Nothing more is procured because the recipe has grown."""
        kit = self._new_kit((self.part, 2))
        order = self._order(kit, 10)
        kit.bom_ids.bom_line_ids.product_qty = 3
        order.order_line.with_user(self.user_sales).product_uom_qty = 10
        self.assertEqual(sum(order.order_line.move_ids.mapped('product_uom_qty')), 20)

    def test_recipe_at_any_depth(self):
        """A set of two boxes of 3 parts and one further part: 7 parts, in three rows of two recipes."""
        box = self._new_kit((self.part, 1), (self.part, 2), name="Box")
        kit = self._new_kit((box, 2), (self.part, 1), (self.other, 1))
        order = self._order(kit, 10)
        self.assertEqual(order.order_line.kit_parts, {str(self.part.id): 7, str(self.other.id): 1})
        box.bom_ids.bom_line_ids[0].product_qty = 9
        # Ten in each of three moves: 30 parts are four sets of seven.
        self._deliver_next(order, {self.part: 10, self.other: 10}, backorder=False)
        self.assertDelivered(order, 4, 40)

    def test_recipe_by_variant(self):
        attribute = self.env['product.attribute'].create({'name': "Colour", 'value_ids': [
            Command.create({'name': name}) for name in ("Red", "Blue")]})
        template = self.env['product.template'].create({
            'name': "Coloured Set", 'type': 'consu', 'is_storable': True, 'list_price': 100, 'taxes_id': False,
            'attribute_line_ids': [Command.create({
                'attribute_id': attribute.id, 'value_ids': [Command.set(attribute.value_ids.ids)]})]})
        red, blue = template.product_variant_ids
        self.env['mrp.bom'].create({
            'product_tmpl_id': template.id, 'type': 'phantom', 'bom_line_ids': [
                Command.create({'product_id': self.part.id, 'product_qty': 2}),
                Command.create({
                    'product_id': self.other.id, 'product_qty': 1,
                    'bom_product_template_attribute_value_ids': [
                        Command.set(blue.product_template_attribute_value_ids.ids)]})]})
        order = self._confirm(self._new_order(lines=[(red, 3), (blue, 3)]))
        self._deliver_next(order, {self.part: 6})
        self.assertEqual(order.order_line.mapped('qty_delivered'), [3, 0])
        self._deliver_next(order)
        self.assertEqual(order.order_line.mapped('qty_delivered'), [3, 3])

    def test_two_lines_of_one_kit(self):
        """Each line has what its own moves have delivered, in its own unit."""
        kit = self._new_kit((self.part, 2))
        order = self._confirm(self._new_order(lines=[
            {'product_id': kit.id, 'product_uom_qty': 5},
            {'product_id': kit.id, 'product_uom_qty': 1, 'product_uom_id': self.dozen.id},
            {'product_id': self.part.id, 'product_uom_qty': 3}]))
        picking = order.picking_ids
        for move in picking.move_ids:
            quantity = {10: 10, 24: 15, 3: 1}[move.product_uom_qty]
            move.with_user(self.user_stock).write({'quantity': quantity, 'picked': True})
        picking.with_user(self.user_stock).with_context(skip_backorder=True).button_validate()
        # 15 parts are 7 whole sets, 7 / 12 of a dozen.
        self.assertEqual(order.order_line.mapped('qty_delivered'), [5, 0.58, 1])

    # -- units --------------------------------------------------------------------------------------

    def test_parts_are_rounded_once(self):
        """A dozen that leaves in three parts is a dozen: 1 + 4 + 7 = 12, and not 0.08 + 0.33 + 0.58 = 0.99."""
        order = self._order(self.product_delivered, 1, self.dozen)
        for quantity in (1, 4):
            self._deliver_next(order, {self.product_delivered: quantity})
        self.assertDelivered(order, 0.42, 42)
        self._deliver_next(order, {self.product_delivered: 7})
        self.assertDelivered(order, 1, 100)
        self._pay(self._invoice(order))
        self.assertAccount(order, state='to_check', owed=1200, invoiced=1200)

    def test_kit_of_another_unit(self):
        """Sold by the dozen, made by the half dozen, of parts by the dozen."""
        pack = self.env.ref('uom.product_uom_pack_6')
        kit = self._new_kit((self.part, 1, self.dozen), bom={'product_qty': 2, 'product_uom_id': pack.id})
        order = self._order(kit, 2, self.dozen)
        # 24 kits are two pairs of packs, each of a dozen of parts: one part a kit.
        self.assertEqual(sum(order.order_line.move_ids.mapped('product_qty')), 24)
        self._deliver_next(order, {self.part: 9})
        self.assertDelivered(order, 0.75, 37)
        self._deliver_next(order)
        self.assertDelivered(order, 2, 100)

    def test_kit_of_dozens_sold_by_piece(self):
        kit = self._new_kit((self.part, 24), uom_id=self.dozen.id)
        order = self._order(kit, 6, self.unit)
        self._deliver_next(order, {self.part: 7})
        self.assertDelivered(order, 3, 50)
        self._deliver_next(order)
        self.assertDelivered(order, 6, 100)

    def test_piece_of_what_is_kept_in_dozens(self):
        """A piece is 0.08 dozens, which are 0.96 pieces: it is the one that was ordered, at 100."""
        crate = self._new_product("Crate", uom_id=self.dozen.id, list_price=1200)
        self._put_in_stock(crate, 100)
        order = self._order(crate, 1, self.unit)
        self._deliver_next(order)
        self.assertDelivered(order, 1, 100)
        self._pay(self._invoice(order))
        self.assertAccount(
            order, state='to_check', contract=100, owed=100, invoiced=100, paid=100, difference=0, is_different=False)

    def test_pieces_of_what_is_kept_in_dozens(self):
        """Five pieces are 0.42 dozens, or 5.04 pieces; a quarter of a dozen is three."""
        crate = self._new_product("Crate", uom_id=self.dozen.id, list_price=1200, invoice_policy='delivery')
        self._put_in_stock(crate, 100)
        order = self._order(crate, 5, self.unit)
        self._deliver_next(order, {crate: 0.25})
        self.assertDelivered(order, 3, 60)
        self._deliver_next(order)
        self.assertDelivered(order, 5, 100)
        self._pay(self._invoice(order))
        self.assertAccount(order, state='to_check', contract=500, owed=500, invoiced=500, difference=0)

    def test_less_than_the_unit_of_the_product_can_be_divided(self):
        """A gram of what is kept in tonnes is nothing that could be moved, and nothing that has been."""
        sand = self._new_product("Sand", uom_id=self.env.ref('uom.product_uom_ton').id)
        self._put_in_stock(sand, 100)
        order = self._order(sand, 1, self.env.ref('uom.product_uom_kgm'))
        self.assertDelivered(order, 0, 0)

    def test_half_a_kit_is_none_unless_it_was_ordered(self):
        kit = self._new_kit((self.part, 2))
        order = self._order(kit, 2.5)
        self._deliver_next(order, {self.part: 3})
        self.assertDelivered(order, 1, 40)
        self._deliver_next(order)
        self.assertDelivered(order, 2.5, 100)

    def test_one_part_of_many_is_missing(self):
        kit = self._new_kit((self.part, 400))
        order = self._order(kit, 1)
        self._deliver_next(order, {self.part: 399})
        self.assertDelivered(order, 0, 0)

    def test_mixture(self):
        """A kit that is weighed comes in any quantity."""
        sand, lime = (self._new_product(name, uom_id=self.kilogram.id) for name in ("Sand", "Lime"))
        for product in (sand, lime):
            self._put_in_stock(product, 100)
        kit = self._new_kit((sand, 0.75), (lime, 0.25), uom_id=self.kilogram.id)
        order = self._order(kit, 10)
        self._deliver_next(order, {sand: 3.3, lime: 2.5})
        self.assertDelivered(order, 4.4, 44)
        self._deliver_next(order)
        self.assertDelivered(order, 10, 100)

    # -- ways ---------------------------------------------------------------------------------------

    def test_exchange(self):
        """What comes in exchange is no further delivery, with a credit and without one, of goods and of kits."""
        kit = self._new_kit((self.part, 2))
        for product, moved, share in ((self.product_delivered, self.product_delivered, 1), (kit, self.part, 2)):
            for refund in (True, False):
                with self.subTest(product=product.name, refund=refund):
                    order = self._order(product, 10)
                    first = self._deliver_next(order)
                    back = self._return(first, {moved: 3 * share}, refund=refund, exchange=True)
                    self._deliver(back)
                    self.assertDelivered(order, 7 if refund else 10)
                    self._deliver_next(order)
                    self.assertDelivered(order, 10, 100)
                    self.assertEqual(order.fulfilment_state, 'done')

    def test_exchange_that_goes_out_first(self):
        order = self._order(self.product_delivered, 10)
        first = self._deliver_next(order)
        back = self._return(first, {self.product_delivered: 3}, refund=False, exchange=True)
        self._deliver(order.picking_ids - first - back)
        self._deliver(back)
        self.assertDelivered(order, 10, 100)

    def test_returned_and_delivered_again(self):
        kit = self._new_kit((self.part, 2))
        order = self._order(kit, 10)
        first = self._deliver_next(order)
        back = self._deliver(self._return(first, {self.part: 6}))
        self.assertDelivered(order, 7, 70)
        again = self._deliver(self._return(back, {self.part: 4}))
        self.assertDelivered(order, 9, 90)
        self._deliver(self._return(again, {self.part: 4}, refund=False))
        self.assertDelivered(order, 9, 90)

    def test_backorder_cancelled_and_over_delivery(self):
        kit = self._new_kit((self.part, 2))
        order = self._order(kit, 10)
        self._deliver_next(order, {self.part: 8}, backorder=False)
        self.assertDelivered(order, 4, 40)
        self.assertEqual(order.fulfilment_state, 'done')
        order = self._order(kit, 10)
        self._deliver_next(order, {self.part: 25})
        self.assertDelivered(order, 12, 100)

    def test_several_steps(self):
        self.warehouse.delivery_steps = 'pick_pack_ship'
        kit = self._new_kit((self.part, 2), (self.other, 1))
        order = self._order(kit, 10)
        kit.bom_ids.bom_line_ids.product_qty = 5
        self._deliver_next(order, {self.part: 8, self.other: 8}, backorder=False)
        self.assertDelivered(order, 0, 0)
        self._deliver_next(order)
        self._deliver_next(order, {self.part: 8, self.other: 3})
        self.assertDelivered(order, 3, 30)
        self._deliver_next(order)
        self.assertDelivered(order, 4, 40)
        self.assertEqual(order.fulfilment_state, 'done')

    def test_drop_shipping(self):
        """A vendor delivers one part of the kit to the customer; the kit is there when both are."""
        supplier = self.env.ref('stock.stock_location_suppliers')
        customer = self.env.ref('stock.stock_location_customers')
        operation = self.env['stock.picking.type'].create({
            'name': "Drop Shipping", 'code': 'incoming', 'sequence_code': 'DS', 'company_id': self.company.id,
            'default_location_src_id': supplier.id, 'default_location_dest_id': customer.id,
            'warehouse_id': self.warehouse.id})
        route = self.env['stock.route'].create({'name': "Drop Shipping", 'rule_ids': [Command.create({
            'name': "From the vendor", 'action': 'buy', 'location_dest_id': customer.id,
            'picking_type_id': operation.id, 'company_id': self.company.id})]})
        bought = self._new_product("Bought Part", route_ids=[Command.set(route.ids)], seller_ids=[Command.create(
            {'partner_id': self.vendor.id, 'price': 5})])
        for rows in (((bought, 2),), ((bought, 2), (self.part, 1))):
            with self.subTest(rows=len(rows)):
                kit = self._new_kit(*rows)
                order = self._order(kit, 10)
                self.assertEqual(order.order_line.kit_parts, {str(row[0].id): row[1] for row in rows})
                kit.bom_ids.bom_line_ids[0].product_qty = 3
                if len(rows) > 1:
                    self._deliver_next(order)
                    self.assertDelivered(order, 0, 0)
                purchase = order.purchase_ids.filtered(lambda purchase: purchase.state == 'draft')
                purchase.button_confirm()
                receipt = purchase.picking_ids
                self._deliver(receipt, {bought: 8})
                self.assertDelivered(order, 4, 40)
                self._deliver(receipt.backorder_ids)
                self.assertDelivered(order, 10, 100)
