"""Documents keep their orders: nothing is led away from a rule (articles R2, F1, D1)."""
from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import HttpCase, tagged

from ..credit.test_payment_condition import ConditionCommon
from ..review.rpc_common import PASSWORD, RpcMixin


@tagged('post_install', '-at_install')
class TestLinksRpc(RpcMixin, ConditionCommon, HttpCase):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.keeper = cls.users_by_login['stock']
        cls.stranger = cls.env['res.partner'].create({'name': "Somebody Else"})

    def assertStillHeld(self, order):
        """The goods of the order still wait for the payment."""
        self.env.invalidate_all()
        for picking in order.picking_ids.filtered(lambda picking: picking.state not in ('done', 'cancel')):
            self.assertTrue(picking.payment_obstacle)
            self.assertEqual(picking.partner_id, order.partner_shipping_id)

    def test_transfers_keep_their_orders(self):
        order = self._confirm_under((30, 'shipping'))
        other = self._confirm(self._new_order())
        picking, move = order.picking_ids, order.picking_ids.move_ids
        stock, reference = self.warehouse.lot_stock_id.id, order.stock_reference_ids
        self.assertEqual(len(reference), 1)
        internal = self.warehouse.int_type_id.id
        for user in (self.keeper, self.user_sales, self.user_mrp):
            own = user == self.keeper
            for model, ids, values in (
                ('stock.picking', picking.ids, {'sale_id': False}),
                ('stock.picking', picking.ids, {'sale_id': other.id}),
                ('stock.picking', picking.ids, {'location_dest_id': stock}),
                ('stock.picking', picking.ids, {'picking_type_id': internal, 'location_dest_id': stock}),
                ('stock.picking', picking.ids, {'partner_id': self.stranger.id}),
                ('stock.picking', picking.ids, {'move_ids': [[1, move.id, {'sale_line_id': False}]]}),
                ('stock.move', move.ids, {'sale_line_id': False}),
                ('stock.move', move.ids, {'sale_line_id': other.order_line.id}),
                ('stock.move', move.ids, {'sale_line_id': False, 'state': 'done'}),
                ('stock.move', move.ids, {'location_dest_id': stock, 'location_final_id': stock}),
                ('stock.move', move.ids, {'product_id': self.product_service.id}),
                ('sale.order.line', order.order_line.ids, {'move_ids': [[3, move.id]]}),
                ('sale.order', order.ids, {'picking_ids': [[3, picking.id]]}),
                ('sale.order', order.ids, {'order_line': [[1, order.order_line.id, {'move_ids': [[5]]}]]}),
                ('stock.reference', reference.ids, {'move_ids': [[1, move.id, {'sale_line_id': False}]]}),
            ):
                with self.subTest(user=user.login, model=model, values=values):
                    self.assertCallRefused(
                        user, model, 'write', ids, values,
                        **({'text': order.name} if own and 'order_line' not in values else {}))
        self.assertRecordValues(move, [{'sale_line_id': order.order_line.id, 'picking_id': picking.id}])
        self.assertStillHeld(order)

    def test_places_that_are_computed(self):
        """A delivery does not become what is used or made by a manufacturing order, whose places it would go to."""
        order = self._confirm_under((30, 'shipping'))
        move = order.picking_ids.move_ids
        worker = self._new_user('worker', 'stock.group_stock_user,mrp.group_mrp_user')
        worker.password = PASSWORD
        production = self.env['mrp.production'].create({'product_id': self._new_manufactured_product().id})
        for model, ids, values in (
            ('stock.move', move.ids, {'raw_material_production_id': production.id}),
            ('stock.move', move.ids, {'production_id': production.id}),
            ('mrp.production', production.ids, {'move_raw_ids': [[4, move.id]]}),
            ('mrp.production', production.ids, {'move_finished_ids': [[4, move.id]]}),
        ):
            with self.subTest(model=model, values=values):
                self.assertCallRefused(worker, model, 'write', ids, values, text=order.name)
        self.assertEqual(move.location_dest_id, order.picking_ids.location_dest_id)
        self.assertStillHeld(order)
        # Whatever such a field will be.
        links = {('stock.move', name) for name in self.env['stock.move']._get_link_fields()}
        for name, field in self.env['stock.move']._fields.items():
            if field.store and links & {
                    (other.model_name, other.name) for other in self.registry.get_dependent_fields(field)}:
                self.assertIn(('stock.move', name), links)

    def test_cancelled_and_back(self):
        """A move that is cancelled does not come to life again without its order."""
        order = self._confirm_under((30, 'shipping'))
        move = order.picking_ids.move_ids
        self.call(self.keeper, 'stock.picking', 'action_cancel', order.picking_ids.ids)
        self.assertEqual(move.state, 'cancel')
        self.assertCallRefused(self.keeper, 'stock.move', 'write', move.ids, {'sale_line_id': False})

    def test_goods_without_order_line(self):
        """What was added to a transfer has no order line, and goes out with the order all the same."""
        order = self._confirm_under((30, 'shipping'))
        picking = order.picking_ids
        extra = self._new_product("Extra")
        self._put_in_stock(extra, 5)
        picking.with_user(self.keeper).move_ids = [Command.create({
            'product_id': extra.id, 'product_uom_qty': 1, 'location_id': picking.location_id.id,
            'location_dest_id': picking.location_dest_id.id})]
        move = picking.move_ids.filtered(lambda row: row.product_id == extra)
        reference = order.stock_reference_ids
        self.assertFalse(move.sale_line_id)
        loose = self.call(self.keeper, 'stock.picking', 'create', [{
            'picking_type_id': picking.picking_type_id.id, 'location_id': picking.location_id.id,
            'location_dest_id': picking.location_dest_id.id}])
        for model, ids, values in (
            ('stock.move', move.ids, {'picking_id': loose[0], 'reference_ids': [[5]]}),
            ('stock.move', move.ids, {'picking_id': False, 'reference_ids': [[6, 0, []]]}),
            ('stock.move', move.ids, {'location_dest_id': self.warehouse.lot_stock_id.id}),
        ):
            with self.subTest(model=model, values=values):
                self.assertCallRefused(self.keeper, model, 'write', ids, values, text=order.name)
        # One of two ways to the order may go.
        self.call(self.keeper, 'stock.move', 'write', move.ids, {'picking_id': loose[0]})
        for user, model, ids, values in (
            (self.user_employee, 'stock.reference', reference.ids, {'sale_ids': [[5]]}),
            (self.user_employee, 'stock.reference', reference.ids, {'sale_ids': [[3, order.id]]}),
            (self.user_employee, 'stock.reference', reference.ids, {'sale_ids': [[6, 0, []]]}),
            (self.user_sales, 'sale.order', order.ids, {'stock_reference_ids': [[5]]}),
            (self.user_sales, 'sale.order', order.ids, {'stock_reference_ids': [[3, reference.id]]}),
            (self.keeper, 'stock.reference', reference.ids, {'move_ids': [[3, move.id]]}),
            (self.keeper, 'stock.move', move.ids, {'reference_ids': [[5]]}),
        ):
            with self.subTest(model=model, values=values, user=user.login):
                self.assertCallRefused(user, model, 'write', ids, values)
        self.assertEqual(move.reference_ids.sale_ids, order)

    def test_several_steps(self):
        self.warehouse.delivery_steps = 'pick_pack_ship'
        order = self._confirm_under((30, 'shipping'))
        pick = order.picking_ids.move_ids
        stock = self.warehouse.lot_stock_id.id
        for values in ({'sale_line_id': False}, {'location_final_id': stock}):
            self.assertCallRefused(self.keeper, 'stock.move', 'write', pick.ids, values, text=order.name)

    def test_goods_go_where_their_lines_say(self):
        """The line of a step in the house leads to the customer: that is the delivery."""
        self.warehouse.delivery_steps = 'pick_ship'
        order = self._confirm_under((30, 'shipping'))
        picking = order.picking_ids
        customers = self.env.ref('stock.stock_location_customers')
        keeper = picking.with_user(self.keeper)
        keeper.action_assign()
        keeper.move_ids.write({'quantity': 5, 'picked': True})
        line = keeper.move_line_ids
        line.location_dest_id = customers
        self.assertCallRefused(
            self.keeper, 'stock.picking', 'button_validate', picking.ids, text="paid before shipping")
        line.location_dest_id = picking.location_dest_id
        self._deliver(picking)
        self.assertCallRefused(
            self.keeper, 'stock.move.line', 'write', line.ids, {'location_dest_id': customers.id},
            text="paid before shipping")

    def test_location_of_customers(self):
        order = self._confirm_under((30, 'shipping'))
        keeper = self._new_user('head', 'stock.group_stock_manager')
        location = order.picking_ids.location_dest_id.with_user(keeper)
        with self.assertRaises(UserError), self.env.cr.savepoint():
            location.usage = 'internal'
        self.env['stock.location'].with_user(keeper).create({'name': "Fair", 'usage': 'customer'}).usage = 'internal'

    def test_location_becomes_one_of_customers(self):
        """What was moved in the house becomes no delivery, and goods without an order line count, too."""
        self.warehouse.delivery_steps = 'pick_ship'
        goods = self._new_product("Consumable", is_storable=False)
        order = self._confirm_under((30, 'shipping'), lines=[(goods, 5)])
        keeper = self._new_user('head', 'stock.group_stock_manager')
        corner = self.env['stock.location'].create({
            'name': "Corner", 'usage': 'internal', 'location_id': self.warehouse.lot_stock_id.id})
        pick = order.picking_ids
        pick.with_user(self.keeper).write({'location_dest_id': corner.id})
        for _time in ('open', 'done'):
            with self.assertRaises(UserError), self.env.cr.savepoint():
                corner.with_user(keeper).usage = 'customer'
            if pick.state != 'done':
                self._deliver(pick)
        self.assertEqual((corner.usage, order.fulfilment_state), ('internal', 'waiting'))
        free = self.env['stock.location'].create({'name': "Free", 'usage': 'internal'})
        free.with_user(keeper).write({'usage': 'customer', 'location_id': self.warehouse.view_location_id.id})

    def test_transit_between_companies(self):
        """Whether a place in transit is one of customers says the location above it."""
        between = self.env.ref('stock.stock_location_inter_company')
        place = self.env['stock.location'].create({
            'name': "Sister", 'usage': 'transit', 'location_id': between.id, 'company_id': False})
        order = self._confirm(self._new_order())
        self.call(self.keeper, 'stock.picking', 'write', order.picking_ids.ids, {'location_dest_id': place.id})
        keeper = self._new_user('head', 'stock.group_stock_manager')
        with self.assertRaises(UserError), self.env.cr.savepoint():
            place.with_user(keeper).location_id = between.location_id

    def test_delivery_is_no_return(self):
        """A delivery that says to be a return of something would not count as delivered."""
        order = self._confirm(self._new_order())
        picking, move = order.picking_ids, order.picking_ids.move_ids
        other = self._confirm(self._new_order()).picking_ids.move_ids
        for user in (self.keeper, self.user_sales):
            self.assertCallRefused(
                user, 'stock.move', 'write', move.ids, {'origin_returned_move_id': other.id}, text=order.name)
            self.assertCallRefused(user, 'stock.move', 'create', [self._new_move_vals(
                picking, sale_line_id=order.order_line.id, origin_returned_move_id=other.id)], text=order.name)
        self._deliver(picking)
        # There and back again.
        for _time in range(2):
            wizard = self.env['stock.return.picking'].with_user(self.keeper).with_context(
                active_id=picking.id, active_ids=picking.ids, active_model='stock.picking').create({})
            wizard.product_return_moves.quantity = 5
            picking = self.env['stock.picking'].browse(wizard.action_create_returns()['res_id'])
            self._deliver(picking)
        self.assertEqual((picking.location_dest_id.usage, order.order_line.qty_delivered), ('customer', 5))

    def test_what_was_made_stays_on_record(self):
        part = self._new_product("Leg")
        self._put_in_stock(part, 100)
        table = self._new_manufactured_product("Table", component=part)
        order = self._confirm(self._new_order(lines=[(table, 1)]))
        production = order._get_productions()
        worker = production.with_user(self._new_user('worker', 'mrp.group_mrp_user,account.group_account_invoice'))
        worker.qty_producing = 1
        worker.move_raw_ids.picked = True
        worker.button_mark_done()
        self.assertEqual(production.state, 'done')
        self.call(self.user_mrp, 'mrp.production', 'write', production.ids, {'sale_line_id': False})
        for user, model, ids, values in (
            (self.user_mrp, 'mrp.production', production.ids, {'reference_ids': [[5]]}),
            (self.user_mrp, 'mrp.production', production.ids, {'state': 'draft'}),
            (self.user_mrp, 'stock.reference', production.reference_ids.ids, {'production_ids': [[5]]}),
            (self.user_sales, 'stock.reference', production.reference_ids.ids, {'sale_ids': [[5]]}),
        ):
            self.assertCallRefused(user, model, 'write', ids, values, text=order.name)
        self.assertEqual(order._get_archive_productions()[order.id], production)

    def test_what_was_not_made_is_not_done(self):
        """Neither a manufacturing order nor what it makes and uses is done because somebody says so."""
        part = self._new_product("Leg")
        self._put_in_stock(part, 100)
        table = self._new_manufactured_product("Table", component=part)
        for percent in (None, 30):
            order = self._confirm_under(*([(percent, 'production')] if percent else []), lines=[(table, 1)])
            production = order._get_productions()
            self.call(self.user_mrp, 'stock.move', 'write', production.move_finished_ids.ids, {'quantity': 1})
            for model, records in (
                ('stock.move', production.move_finished_ids), ('stock.move', production.move_raw_ids),
                ('mrp.production', production),
            ):
                with self.subTest(model=model, percent=percent):
                    self.assertCallRefused(
                        self.user_mrp, model, 'write', records.ids, {'state': 'done'},
                        text="paid before production" if percent else "Produce it")
            self.assertEqual((production.state, production.qty_produced), ('confirmed', 0))

    def test_order_that_is_a_quotation_again(self):
        """Nothing begins for an order that is to be reviewed once more; what has begun goes on, with its rests."""
        part = self._new_product("Leg")
        self._put_in_stock(part, 100)
        table = self._new_manufactured_product("Table", component=part)
        order, begun = self._confirm(self._new_order(count=2, lines=[(table, 2)]))
        production, going = order._get_productions(), begun._get_productions()
        vals = {'product_id': table.id, 'product_qty': 1, 'bom_id': production.bom_id.id}
        worker = self._new_user('worker', 'mrp.group_mrp_user,account.group_account_invoice')
        going.with_user(worker).write({'qty_producing': 1})
        for each in (order, begun):
            each.with_user(self.user_sales).sudo()._action_cancel()
            each.with_user(self.user_sales).action_draft()
        forged = self.call(self.user_mrp, 'mrp.production', 'create', [{
            **vals, 'sale_line_id': order.order_line.id, 'production_group_id': production.production_group_id.id,
            'backorder_sequence': 9}])
        self.assertCallRefused(self.user_mrp, 'mrp.production', 'create', [{
            **vals, 'reference_ids': [[6, 0, production.reference_ids.ids]]}], text="is not confirmed")
        for ids in (production.ids, forged):
            self.call(self.user_mrp, 'mrp.production', 'action_confirm', ids)
            with self.subTest(ids=ids):
                self.assertCallRefused(
                    self.user_mrp, 'mrp.production', 'write', ids, {'qty_producing': 1}, text="is not confirmed")
        going.move_raw_ids.picked = True
        going.with_user(worker).with_context(
            skip_backorder=True, mo_ids_to_backorder=going.ids, skip_consumption=True).button_mark_done()
        rest = begun.order_line.production_ids - going
        rest.with_user(worker).write({'qty_producing': 1})
        self.assertEqual((going.state, rest.state), ('done', 'to_close'))
        # On its way again.
        self._confirm(order)
        self.call(self.user_mrp, 'mrp.production', 'write', production.ids, {'qty_producing': 1})

    def test_nothing_is_tied_to_a_quotation(self):
        """What is tied to an order before it is confirmed would never be judged: neither one that was not confirmed
        yet, nor one that is not any more."""
        quotation, cancelled = self._new_order(), self._confirm(self._new_order())
        cancelled.with_user(self.user_sales).sudo()._action_cancel()
        move_vals = {
            'product_id': self.product_service.id, 'product_uom_qty': 1,
            'location_id': self.warehouse.lot_stock_id.id,
            'location_dest_id': self.env.ref('stock.stock_location_customers').id}
        product = self._new_manufactured_product()
        production = self.call(self.user_mrp, 'mrp.production', 'create', [{'product_id': product.id}])
        for order in (quotation, cancelled):
            reference = self.call(
                self.user_sales, 'stock.reference', 'create', [{'name': "R", 'sale_ids': [[6, 0, order.ids]]}])
            loose = self.call(self.keeper, 'stock.move', 'create', [{**move_vals, 'product_id': self.product_stock.id}])
            for user, model, method, *args in (
                (self.keeper, 'stock.move', 'create', [{**move_vals, 'reference_ids': [[6, 0, reference]]}]),
                (self.keeper, 'stock.move', 'write', loose, {'reference_ids': [[6, 0, reference]]}),
                (self.keeper, 'stock.reference', 'write', reference, {'move_ids': [[6, 0, loose]]}),
                (self.user_sales, 'sale.order', 'write', order.ids, {
                    'stock_reference_ids': [[0, 0, {'name': "N", 'move_ids': [[6, 0, loose]]}]]}),
                (self.user_mrp, 'mrp.production', 'write', production, {'reference_ids': [[6, 0, reference]]}),
                (self.user_mrp, 'mrp.production', 'create', [{
                    'product_id': product.id, 'reference_ids': [[6, 0, reference]]}]),
                (self.user_mrp, 'stock.reference', 'write', reference, {'production_ids': [[6, 0, production]]}),
            ):
                with self.subTest(user=user.login, model=model, method=method, args=args):
                    self.assertCallRefused(user, model, method, *args, text=order.name)

    def test_what_is_made_for_an_order_that_is_a_quotation_again(self):
        """It may be confirmed again, so what is made for it is not led away meanwhile."""
        order = self._confirm(self._new_order(lines=[(self._new_manufactured_product(), 2)]))
        production = order.order_line.production_ids or order.stock_reference_ids.production_ids
        self.assertTrue(production)
        own = order.with_user(self.user_sales).sudo()
        own._action_cancel()
        production.filtered(lambda row: row.state == 'cancel').state = 'confirmed'
        own.action_draft()
        self.assertEqual(order.state, 'draft')
        self.assertCallRefused(self.user_mrp, 'mrp.production', 'write', production.ids, {
            'sale_line_id': False, 'reference_ids': [[5]]}, text=order.name)
        move = production.move_finished_ids[:1]
        self.assertCallRefused(
            self.user_mrp, 'stock.move', 'write', move.ids, {'production_id': False}, text=order.name)
        # What is made for a cancelled order may be made for stock.
        own._action_cancel()
        self.call(self.user_mrp, 'mrp.production', 'write', production.ids, {
            'sale_line_id': False, 'reference_ids': [[5]]})
        self.assertFalse(production._get_served_orders())

    def test_productions_keep_their_orders(self):
        table = self._new_manufactured_product("Table")
        order = self._confirm_under((30, 'production'), lines=[(table, 1)])
        other = self._confirm(self._new_order())
        production = order._get_productions()
        reference = production.reference_ids
        self.assertTrue(production.payment_obstacle)
        for user, model, ids, values in (
            (self.user_mrp, 'mrp.production', production.ids, {
                'sale_line_id': False, 'reference_ids': [[5]]}),
            (self.user_mrp, 'mrp.production', production.ids, {
                'sale_line_id': other.order_line.id, 'reference_ids': [[6, 0, other.stock_reference_ids.ids]]}),
        ):
            self.assertCallRefused(user, model, 'write', ids, values, text=order.name)
        # The line alone is one of two ways; the other one is then the last.
        self.call(self.user_mrp, 'mrp.production', 'write', production.ids, {'sale_line_id': False})
        for user, model, ids, values in (
            (self.user_mrp, 'mrp.production', production.ids, {'reference_ids': [[5]]}),
            (self.user_employee, 'stock.reference', reference.ids, {'sale_ids': [[5]]}),
            (self.user_employee, 'stock.reference', reference.ids, {'production_ids': [[5]]}),
            (self.user_sales, 'sale.order', order.ids, {'stock_reference_ids': [[5]]}),
        ):
            with self.subTest(model=model, values=values):
                self.assertCallRefused(user, model, 'write', ids, values)
        self.env.invalidate_all()
        self.assertTrue(production.payment_obstacle)

    def test_every_way_to_an_order(self):
        """Whatever field leads from a document to its order is looked after, from both of its ends."""
        kept = {
            ('stock.move', 'sale_line_id'), ('sale.order.line', 'move_ids'), ('stock.picking', 'sale_id'),
            ('sale.order', 'picking_ids'), ('mrp.production', 'sale_line_id'), ('sale.order.line', 'production_ids'),
            ('stock.move', 'reference_ids'), ('stock.reference', 'move_ids'), ('stock.reference', 'sale_ids'),
            ('sale.order', 'stock_reference_ids'), ('mrp.production', 'reference_ids'),
            ('stock.reference', 'production_ids'), ('stock.move', 'picking_id'), ('stock.picking', 'move_ids'),
        }
        # Purchases and repairs are under no rule of a payment.
        documents = {'stock.move', 'stock.picking', 'mrp.production', 'stock.reference'}
        orders = {'sale.order', 'sale.order.line', 'stock.reference', 'stock.picking'}
        found = {
            (model, name) for model in documents | orders for name, field in self.env[model]._fields.items()
            if field.store and field.relational and not field.related and (
                model in documents and field.comodel_name in orders
                or model in orders and field.comodel_name in documents)
        }
        # Links between transfers, and of a return to its transfer, lead to no order.
        found -= {
            ('stock.picking', 'backorder_id'), ('stock.picking', 'backorder_ids'), ('stock.picking', 'return_id'),
            ('stock.picking', 'return_ids'), ('stock.picking', 'move_line_ids'),
        }
        self.assertEqual(found - kept, set())

    def test_superuser_rights_of_a_person(self):
        """Core writes nested values of people as superuser, and they free nothing: the person is asked for."""
        order = self._confirm_under((30, 'shipping'))
        move = order.picking_ids.move_ids
        # The gateway of mails takes values of these people only.
        self.user_sales_manager.group_ids += self.env.ref('base.group_system')
        raw = "From: a@example.com\nTo: b@example.com\nSubject: x\nMessage-Id: <links@example.com>\n\nx"
        values = {'name': "x", 'stock_move_ids': [[1, move.id, {'sale_line_id': False, 'date_deadline': '2031-01-01'}]]}
        self.assertCallRefused(
            self.user_sales_manager, 'mail.thread', 'message_process', 'product.product', raw, values, text=order.name)
        self.assertEqual(move.sale_line_id, order.order_line)

    # -- what is tied to an order -----------------------------------------------------------------

    def _new_move_vals(self, picking, **vals):
        return {
            'product_id': self.product_stock.id, 'product_uom_qty': 1, 'location_id': picking.location_id.id,
            'location_dest_id': picking.location_dest_id.id, **vals}

    def test_goods_go_to_the_address_of_the_order(self):
        order = self._confirm(self._new_order())
        picking, move = order.picking_ids, order.picking_ids.move_ids
        line, reference = order.order_line.id, order.stock_reference_ids
        vals = {
            'picking_type_id': picking.picking_type_id.id, 'location_id': picking.location_id.id,
            'location_dest_id': picking.location_dest_id.id, 'partner_id': self.stranger.id}
        foreign = self.call(self.keeper, 'stock.picking', 'create', [{
            **vals, 'move_ids': [[0, 0, self._new_move_vals(picking)]]}])
        loose = self.env['stock.picking'].browse(foreign).move_ids
        inside = self.call(self.keeper, 'stock.move', 'create', [self._new_move_vals(
            picking, partner_id=self.stranger.id, sale_line_id=line, location_dest_id=self.warehouse.lot_stock_id.id)])
        bought = self.env['purchase.order'].create({
            'partner_id': self.vendor.id, 'order_line': [Command.create({'product_id': self.product_stock.id})],
        }).order_line
        text = f"The approved delivery address of {order.name} is {self.partner.display_name}"
        for user in (self.keeper, self.user_sales):
            for model, method, *args in (
                ('stock.picking', 'create', [{**vals, 'move_ids': [[4, move.id]]}]),
                ('stock.picking', 'create', [{**vals, 'move_ids': [[6, 0, move.ids]]}]),
                ('stock.picking', 'create', [{
                    **vals, 'move_ids': [[0, 0, self._new_move_vals(picking, sale_line_id=line)]]}]),
                ('stock.picking', 'create', [{
                    **vals, 'move_ids': [[0, 0, self._new_move_vals(picking)]], 'sale_id': order.id}]),
                # The transfer, and what goes out with it, is then one of the order.
                ('stock.move', 'write', inside, {'picking_id': foreign[0]}),
                ('stock.picking', 'copy', picking.ids, {'partner_id': self.stranger.id}),
                ('stock.picking', 'write', foreign, {'move_ids': [[4, move.id]]}),
                ('stock.picking', 'write', foreign, {'sale_id': order.id}),
                ('stock.move', 'create', [self._new_move_vals(
                    picking, sale_line_id=line, partner_id=self.stranger.id)]),
                ('stock.move', 'write', move.ids, {'picking_id': foreign[0]}),
                ('stock.move', 'write', move.ids, {'partner_id': self.stranger.id}),
                ('stock.move', 'write', move.ids, {'partner_id': self.vendor.id, 'purchase_line_id': bought.id}),
                ('stock.move', 'copy', move.ids, {'partner_id': self.stranger.id}),
                ('stock.move', 'write', loose.ids, {'sale_line_id': line}),
                ('stock.move', 'write', loose.ids, {'reference_ids': [[4, reference.id]]}),
                ('stock.move', 'write', inside, {'location_dest_id': picking.location_dest_id.id}),
                ('stock.reference', 'write', reference.ids, {'move_ids': [[4, loose.id]]}),
                ('stock.reference', 'create', [{
                    'name': "X", 'sale_ids': [[4, order.id]], 'move_ids': [[4, loose.id]]}]),
                ('sale.order.line', 'write', [line], {'move_ids': [[4, loose.id]]}),
            ):
                if model.startswith('sale') and user == self.keeper:
                    continue
                with self.subTest(user=user.login, model=model, method=method, args=args):
                    self.assertCallRefused(user, model, method, *args, text=text)
        # By a context, too.
        self.assertCallRefused(
            self.keeper, 'stock.move', 'create', [self._new_move_vals(picking)], text=text,
            context={'default_sale_line_id': line, 'default_picking_id': foreign[0]})
        self.assertRecordValues(move, [{'picking_id': picking.id, 'partner_id': self.partner.id}])
        # Without an address, as core leaves it where it puts orders together, and with that of the order.
        empty = self.call(self.keeper, 'stock.picking', 'create', [{**vals, 'partner_id': False}])
        self.call(self.keeper, 'stock.move', 'write', move.ids, {'picking_id': empty[0]})
        self.assertCallRefused(self.keeper, 'stock.picking', 'write', empty, {'partner_id': self.stranger.id})
        self.call(self.keeper, 'stock.picking', 'copy', empty, {'partner_id': self.partner.id})

    def test_address_of_the_next_step(self):
        self.warehouse.delivery_steps = 'pick_ship'
        order = self._confirm(self._new_order())
        pick = order.picking_ids
        self.assertCallRefused(
            self.keeper, 'stock.move', 'write', pick.move_ids.ids, {'partner_id': self.stranger.id}, text=order.name)
        # Something beside the order goes along.
        extra = self._new_product("Extra")
        self._put_in_stock(extra, 5)
        self.call(self.keeper, 'stock.move', 'create', [
            self._new_move_vals(pick, picking_id=pick.id, product_id=extra.id)])
        self._deliver(pick)
        out = order.picking_ids - pick
        self.assertEqual((out.partner_id, out.move_ids.product_id), (self.partner, self.product_stock | extra))
        self._deliver(out)
        self.assertEqual(order.fulfilment_state, 'done')

    def test_address_that_a_vendor_is_told(self):
        order = self._confirm(self._new_order(lines=[(self._new_purchased_product(), 1)]))
        purchase = order._get_purchases()
        for address in (self.stranger, self.partner):
            args = (
                self.users_by_login['buyer'], 'purchase.order', 'write', purchase.ids, {'dest_address_id': address.id})
            if address == self.stranger:
                self.assertCallRefused(*args, text=order.name)
            else:
                self.call(*args)

    def test_address_of_another_purchase(self):
        """Neither a copy of a purchase nor one that comes to serve an order has the goods sent elsewhere."""
        buyer = self.users_by_login['buyer']
        order = self._confirm(self._new_order(lines=[(self._new_purchased_product(), 1)]))
        purchase = order._get_purchases()
        links = [[6, 0, purchase.reference_ids.ids]]
        foreign = self.call(buyer, 'purchase.order', 'create', [{
            'partner_id': self.vendor.id, 'dest_address_id': self.stranger.id}])
        for method, *args in (
            ('copy', purchase.ids, {'dest_address_id': self.stranger.id, 'reference_ids': links}),
            ('create', [{'partner_id': self.vendor.id, 'dest_address_id': self.stranger.id, 'reference_ids': links}]),
            ('write', foreign, {'reference_ids': links}),
        ):
            with self.subTest(method=method):
                self.assertCallRefused(buyer, 'purchase.order', method, *args, text=order.name)
        self.call(buyer, 'purchase.order', 'write', foreign, {'origin': "Stock"})

    # -- what core brings forth -------------------------------------------------------------------

    def test_exchange_is_of_what_was_sold(self):
        """Core procures what a dialog of returns says, whatever it is."""
        junk = self._new_product("Junk")
        self._put_in_stock(junk, 10)
        order = self._confirm(self._new_order())
        self._deliver(order.picking_ids)
        for product in (junk, self.product_stock):
            wizard = self.env['stock.return.picking'].browse(
                self.call(self.keeper, 'stock.return.picking', 'create', [{'picking_id': order.picking_ids[0].id}]))
            self.call(self.keeper, 'stock.return.picking.line', 'write', wizard.product_return_moves.ids, {
                'product_id': product.id, 'quantity': 3})
            args = (self.keeper, 'stock.return.picking', 'action_create_exchanges', wizard.ids)
            if product == junk:
                self.assertCallRefused(*args, text="“Junk” does not deliver")
            else:
                self.call(*args)
        self._deliver_next(order)
        self.assertEqual(order.order_line.move_ids.product_id, self.product_stock)

    def test_made_to_order_at_the_customer(self):
        """A move that fetches goods at the customer's has core bring them there first."""
        junk = self._new_product("Junk")
        order = self._confirm(self._new_order())
        receipts, stock = self.warehouse.in_type_id, self.warehouse.lot_stock_id
        customers = order.picking_ids.location_dest_id
        for product, vals, text in (
            (junk, {}, "“Junk” does not deliver"),
            (self.product_stock, {'partner_id': self.stranger.id}, f"The approved delivery address of {order.name} is"),
            (junk, {'partner_id': self.stranger.id, 'sale_line_id': False,
                    'reference_ids': [[6, 0, order.stock_reference_ids.ids]]},
             f"The approved delivery address of {order.name} is"),
        ):
            picking = self.call(self.keeper, 'stock.picking', 'create', [{
                'picking_type_id': receipts.id, 'location_id': customers.id, 'location_dest_id': stock.id,
                'move_ids': [[0, 0, {
                    'product_id': product.id, 'product_uom_qty': 1, 'location_id': customers.id,
                    'location_dest_id': stock.id, 'sale_line_id': order.order_line.id, 'partner_id': self.partner.id,
                    'procure_method': 'make_to_order', 'warehouse_id': self.warehouse.id,
                    'route_ids': [[6, 0, self.warehouse.delivery_route_id.ids]], **vals}]]}])
            with self.subTest(text=text):
                self.assertCallRefused(self.keeper, 'stock.picking', 'action_confirm', picking, text=text)

    def test_pushed_to_the_customer(self):
        """A rule of core leads to the customer what comes to the output, and it is what was approved there, too."""
        self.warehouse.delivery_steps = 'pick_ship'
        junk = self._new_product("Junk")
        self._put_in_stock(junk, 10)
        order = self._confirm(self._new_order())
        stock, output = self.warehouse.lot_stock_id, self.warehouse.wh_output_stock_loc_id
        for product, address, text in (
            (junk, self.partner, "“Junk” does not deliver"),
            (self.product_stock, self.stranger, f"The approved delivery address of {order.name} is"),
            (self.product_stock, self.partner, None),
        ):
            picking = self.env['stock.picking'].browse(self.call(self.keeper, 'stock.picking', 'create', [{
                'picking_type_id': self.warehouse.pick_type_id.id, 'location_id': stock.id,
                'location_dest_id': output.id, 'move_ids': [[0, 0, {
                    'product_id': product.id, 'product_uom_qty': 1, 'location_id': stock.id, 'quantity': 1,
                    'location_dest_id': output.id, 'sale_line_id': order.order_line.id, 'partner_id': address.id,
                    'picked': True}]]}]))
            args = (self.keeper, 'stock.picking', 'button_validate', picking.ids)
            with self.subTest(product=product.name, address=address.name):
                if text:
                    self.assertCallRefused(*args, text=text, context={'skip_sms': True})
                else:
                    self.call(*args, context={'skip_sms': True})
        self.assertEqual(order.order_line.move_ids.filtered(
            lambda move: move.location_dest_usage == 'customer').partner_id, self.partner)

    def test_place_of_the_customer(self):
        """What goes to another place than one of customers would be under no rule of a payment."""
        Location = self.env['stock.location']
        customers = self.env.ref('stock.stock_location_customers')
        for usage in ('internal', 'transit', 'customer'):
            place = Location.create({'name': usage, 'usage': usage, 'location_id': customers.id})
            self.call(self.user_sales_manager, 'res.partner', 'write', self.partner.ids, {
                'property_stock_customer': place.id})
            order = self._new_review(self._new_order())
            self._set_condition(order, 30)
            order.action_approve()
            order = order.sudo().order_id.with_env(self.env)
            args = (self.user_sales, 'sale.order', 'action_confirm', order.ids)
            if usage != 'customer':
                self.assertCallRefused(*args, text="which is not a customer location")
                self.assertFalse(order.picking_ids)
            else:
                self.call(*args)
                self.assertStillHeld(order)

    def test_what_goes_out_is_what_was_sold(self):
        part, junk = self._new_product("Part"), self._new_product("Junk")
        kit = self._new_manufactured_product("Kit", component=part, kit=True)
        for product in (part, junk):
            self._put_in_stock(product, 100)
        order = self._confirm(self._new_order(lines=[
            (self.product_stock, 5), (self._new_manufactured_product("Set", component=kit, kit=True), 1)]))
        picking = order.picking_ids
        goods, parts = (line.move_ids for line in order.order_line)
        self.assertEqual((parts.product_id, parts.product_uom_qty), (part, 4))
        loose = self.call(self.keeper, 'stock.move', 'create', [
            self._new_move_vals(picking, picking_id=picking.id, product_id=junk.id)])
        bom_line = parts.bom_line_id.id
        for line in order.order_line:
            vals = self._new_move_vals(picking, picking_id=picking.id, sale_line_id=line.id, product_id=junk.id)
            for model, method, *args in (
                ('stock.move', 'create', [vals]), ('stock.move', 'create', [{**vals, 'bom_line_id': bom_line}]),
                ('stock.move', 'copy', line.move_ids.ids, {'product_id': junk.id}),
                ('stock.move', 'write', loose, {'sale_line_id': line.id}),
                ('stock.move', 'write', loose, {'sale_line_id': line.id, 'bom_line_id': bom_line}),
                ('stock.picking', 'write', picking.ids, {'move_ids': [[0, 0, vals]]}),
            ):
                with self.subTest(model=model, method=method, args=args):
                    self.assertCallRefused(self.keeper, model, method, *args, text="“Junk” does not deliver")
        self.assertCallRefused(self.keeper, 'stock.move.line', 'create', [{
            'move_id': goods.id, 'picking_id': picking.id, 'product_id': junk.id, 'quantity': 5,
            'product_uom_id': junk.uom_id.id}], text="“Junk” does not deliver")
        # More of the same, as the line says, or something else beside the order.
        self.call(self.keeper, 'stock.move', 'create', [self._new_move_vals(
            picking, picking_id=picking.id, sale_line_id=order.order_line[1].id, product_id=part.id)])
        self.call(self.keeper, 'stock.move', 'write', parts.ids, {'quantity': 2, 'picked': True})
        self.call(self.keeper, 'stock.picking', 'action_split_transfer', picking.ids)
        self._deliver(order.picking_ids)
        self.assertEqual(order.fulfilment_state, 'done')

    def test_documents_are_of_the_company_of_the_order(self):
        """The rules of an order hold what delivers it, whichever company's it would be."""
        company = self._new_company("Plain Company")
        (self.keeper | self.user_sales | self.user_mrp).company_ids |= company
        order = self._confirm_under((30, 'shipping'), lines=[(self.product_stock, 5)])
        warehouse = self.env['stock.warehouse'].search([('company_id', '=', company.id)], limit=1)
        self._put_in_stock(self.product_stock, 10, warehouse)
        places = {'location_id': warehouse.lot_stock_id.id, 'location_dest_id': order.picking_ids.location_dest_id.id}
        context = {'allowed_company_ids': [company.id, self.company.id]}
        vals = {
            **self._new_move_vals(order.picking_ids), **places, 'company_id': company.id}
        header = {'picking_type_id': warehouse.out_type_id.id, 'company_id': company.id, **places}
        loose = self.call(
            self.keeper, 'stock.picking', 'create', [{**header, 'move_ids': [[0, 0, vals]]}], context=context)
        move = self.env['stock.picking'].browse(loose).move_ids
        line, reference = order.order_line, order.stock_reference_ids
        made = {'product_id': self._new_manufactured_product("Table").id, 'product_qty': 1, 'company_id': company.id,
                'picking_type_id': warehouse.manu_type_id.id}
        production = self.call(self.user_mrp, 'mrp.production', 'create', [made], context=context)
        moving, making = (self.call(user, 'stock.reference', 'create', [{'name': "Y", name: [[4, row_id]]}])[0]
                          for user, name, row_id in (
                              (self.keeper, 'move_ids', move.id), (self.user_mrp, 'production_ids', production[0])))
        for user, model, method, *args in (
            (self.keeper, 'stock.picking', 'create', [{
                **header, 'move_ids': [[0, 0, {**vals, 'sale_line_id': line.id}]]}]),
            (self.keeper, 'stock.picking', 'create', [{**header, 'move_ids': [[0, 0, vals]], 'sale_id': order.id}]),
            (self.keeper, 'stock.picking', 'write', loose, {'sale_id': order.id}),
            # Out of the sight of those who deliver it.
            (self.keeper, 'stock.picking', 'write', order.picking_ids.ids, {'company_id': company.id}),
            (self.keeper, 'stock.picking', 'write', order.picking_ids.ids, {'company_id': False}),
            (self.keeper, 'stock.move', 'create', [{**vals, 'sale_line_id': line.id}]),
            (self.keeper, 'stock.move', 'write', move.ids, {'sale_line_id': line.id}),
            (self.keeper, 'stock.move', 'write', move.ids, {'reference_ids': [[4, reference.id]]}),
            (self.keeper, 'stock.reference', 'write', reference.ids, {'move_ids': [[4, move.id]]}),
            (self.user_mrp, 'mrp.production', 'create', [{**made, 'sale_line_id': line.id}]),
            (self.user_mrp, 'mrp.production', 'create', [{**made, 'reference_ids': [[4, reference.id]]}]),
            (self.user_mrp, 'mrp.production', 'write', production, {'sale_line_id': line.id}),
            (self.user_mrp, 'stock.reference', 'write', reference.ids, {'production_ids': [[4, production[0]]]}),
            (self.user_mrp, 'stock.reference', 'create', [{
                'name': "X", 'sale_ids': [[4, order.id]], 'production_ids': [[4, production[0]]]}]),
            (self.keeper, 'sale.order', 'write', order.ids, {'stock_reference_ids': [[4, moving]]}),
            (self.keeper, 'sale.order', 'write', order.ids, {'stock_reference_ids': [[6, 0, [moving, reference.id]]]}),
            (self.user_mrp, 'sale.order', 'write', order.ids, {'stock_reference_ids': [[4, making]]}),
            (self.keeper, 'sale.order', 'write', order.ids, {'stock_reference_ids': [
                [0, 0, {'name': "Z", 'move_ids': [[4, move.id]]}]]}),
            (self.user_mrp, 'sale.order', 'write', order.ids, {'stock_reference_ids': [
                [0, 0, {'name': "Z", 'production_ids': [[4, production[0]]]}]]}),
        ):
            with self.subTest(model=model, method=method, args=args):
                self.assertCallRefused(
                    user, model, method, *args, text=f"{order.name} belongs to {self.company.name}", context=context)
        # What core may have made along its routes is held by the rules of the order.
        move.sale_line_id = line
        self.assertCallRefused(self.keeper, 'stock.picking', 'button_validate', loose, text="paid before shipping",
                               context={**context, 'skip_sms': True})

    def test_production_stays_in_its_order(self):
        part = self._new_purchased_product("Leg", False)
        self._put_in_stock(part, 100)
        table = self._new_manufactured_product("Table", component=part)
        order = self._confirm_under((30, 'production'), lines=[(table, 2)])
        own = order._get_productions()
        free = self.call(self.user_mrp, 'mrp.production', 'create', [{
            'product_id': table.id, 'product_qty': 2, 'bom_id': own.bom_id.id}])
        self.call(self.user_mrp, 'mrp.production', 'action_confirm', free)
        finished, raw = own.move_finished_ids, own.move_raw_ids
        for user in (self.user_mrp, self.keeper):
            for model, ids, vals in (
                ('stock.move', finished.ids, {'production_id': free[0]}),
                ('stock.move', finished.ids, {'production_id': False}),
                ('stock.move', raw.ids, {'raw_material_production_id': free[0]}),
                ('mrp.production', free, {'move_finished_ids': [[4, finished.id]]}),
                ('mrp.production', free, {'move_raw_ids': [[4, raw.id]]}),
            ):
                if model.startswith('mrp') and user == self.keeper:
                    continue
                with self.subTest(user=user.login, model=model, vals=vals):
                    self.assertCallRefused(user, model, 'write', ids, vals, text=own.name)
        self.assertRecordValues(finished | raw, [
            {'production_id': own.id, 'raw_material_production_id': False},
            {'production_id': False, 'raw_material_production_id': own.id}])
        # What is made for the delivery is made for the order, whatever the manufacturing order says.
        production = self.env['mrp.production'].browse(free)
        self.assertFalse(production.payment_obstacle)
        self.call(self.user_mrp, 'stock.move', 'write', production.move_finished_ids.ids, {
            'move_dest_ids': [[4, finished.move_dest_ids.id]]})
        self.assertIn("before production", production.payment_obstacle)
        self.assertCallRefused(self.user_mrp, 'mrp.production', 'write', free, {'qty_producing': 2},
                               text="paid before production")

    def test_productions_are_split_and_merged(self):
        # Core reads the journal entries of what it copies.
        planner = self._new_user('planner', 'mrp.group_mrp_user,account.group_account_invoice')
        table = self._new_manufactured_product("Table", component=self.product_stock)
        order = self._confirm(self._new_order(lines=[(table, 4)]))
        production = order._get_productions().with_user(planner)
        production._split_productions({production: [2, 2]})
        parts = order._get_productions().with_user(planner)
        self.assertEqual(len(parts), 2)
        merged = self.env['mrp.production'].with_user(planner).browse(parts.action_merge()['res_id'])
        self.assertEqual((merged.product_qty, merged.sudo()._get_served_orders()), (4, order))
        merged.qty_producing = 3
        merged.move_raw_ids.picked = True
        merged.with_context(
            skip_backorder=True, mo_ids_to_backorder=merged.ids, skip_consumption=True).button_mark_done()
        self.assertEqual(
            order._get_productions().filtered(lambda row: row.state != 'cancel').mapped('product_qty'), [3, 1])

    # -- who works as ever ----------------------------------------------------------------------------

    def test_honest_work(self):
        order = self._confirm(self._new_order())
        picking, move = order.picking_ids, order.picking_ids.move_ids
        reserve = self.env['stock.location'].create({
            'name': "Reserve", 'usage': 'internal', 'location_id': self.warehouse.lot_stock_id.id})
        dock = self.env['stock.location'].create({
            'name': "Customers, Dock", 'usage': 'customer', 'location_id': picking.location_dest_id.location_id.id})
        for values in ({'location_id': reserve.id}, {'partner_id': order.partner_shipping_id.id},
                       {'scheduled_date': '2031-01-01 08:00:00'}, {'location_dest_id': dock.id},
                       {'user_id': self.keeper.id}, {'note': "Careful"}, {'sale_id': order.id}):
            with self.subTest(values=values):
                self.call(self.keeper, 'stock.picking', 'write', picking.ids, values)
        self.call(self.keeper, 'stock.picking', 'write', picking.ids, {'location_id': self.warehouse.lot_stock_id.id})
        self.call(self.keeper, 'stock.move', 'write', move.ids, {'sale_line_id': order.order_line.id})
        self.call(self.keeper, 'stock.move', 'write', move.ids, {'quantity': 2, 'picked': True})
        self.call(self.keeper, 'stock.picking', 'action_split_transfer', picking.ids)
        self.assertEqual(len(order.picking_ids), 2)
        self._deliver(picking)
        rest = order.picking_ids - picking
        self.call(self.keeper, 'stock.picking', 'action_cancel', rest.ids)
        self.assertEqual(order.fulfilment_state, 'done')

    def test_loose_transfers_are_free(self):
        """Transfers that no order rules change as ever, and so do those of orders without policy."""
        company = self._new_company("Plain Company")
        (self.keeper | self.user_sales).company_ids |= company
        order = self._new_order(company_id=company.id)
        order.action_confirm()
        picking = order.picking_ids
        context = {'allowed_company_ids': company.ids}
        self.call(self.keeper, 'stock.picking', 'write', picking.ids, {'partner_id': self.stranger.id}, context=context)
        self.call(self.keeper, 'stock.picking', 'write', picking.ids, {'sale_id': False}, context=context)
        self.assertFalse(picking.sale_id)
