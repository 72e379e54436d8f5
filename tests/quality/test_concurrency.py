"""Two people at once, each in a separate transaction: what is judged, disposed of and shipped adds up (article F4)."""
from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged

from ..concurrency import ConcurrencyCommon, Meeting


@tagged('post_install', '-at_install')
class TestTwoAtOnce(ConcurrencyCommon):

    people = {
        'sales': 'sales_team.group_sale_salesman',
        'first': 'sale_order_lifecycle.group_quality',
        'second': 'sale_order_lifecycle.group_quality',
        'stock': 'stock.group_stock_user',
    }

    @classmethod
    def _set_up(cls, env):
        super()._set_up(env)
        products = env['product.product'].create([{
            'name': f"{name} {cls.key}", 'is_storable': True, 'list_price': 0, 'taxes_id': False,
        } for name in ("Part", "Lamp")])
        cls.part_id, cls.lamp_id = products.ids
        env['order.policy'].create({
            'name': f"Inspections {cls.key}", 'company_id': cls.company_id, 'require_inspection': True,
            'inspection_plan_ids': [
                Command.create({'name': "Incoming", 'point': 'receipt', 'product_ids': [Command.set([cls.part_id])]}),
                Command.create({'name': "Final", 'point': 'delivery', 'product_ids': [Command.set([cls.lamp_id])]})],
        }).action_adopt()
        env.flush_all()

    def _get_place(self, env):
        return env['stock.warehouse'].search([('company_id', '=', self.company_id)], limit=1).lot_stock_id

    def _set_stock(self, env, product_id, quantity):
        env['stock.quant']._update_available_quantity(
            env['product.product'].browse(product_id), self._get_place(env), quantity)

    def _receive(self, env, quantity):
        """:return: the inspection of so many parts that have come"""
        move = self._new_move(env, quantity, env.ref('stock.stock_location_suppliers'), self._get_place(env))
        move.picked = True
        move._action_done()
        return env['order.inspection'].search([('move_id', '=', move.id)])

    def _new_move(self, env, quantity, source=None, target=None):
        source = source or self._get_place(env)
        move = env['stock.move'].with_company(self.company_id).create({
            'product_id': self.part_id, 'product_uom_qty': quantity, 'location_id': source.id,
            'location_dest_id': (target or env.ref('stock.stock_location_customers')).id,
            'company_id': self.company_id})
        move._action_confirm()
        move.write({'quantity': quantity, 'picked': True})
        return move

    def _at_once(self, *jobs):
        """Run jobs that have all begun before any of them does anything.

        :return: list of errors, None where a job went through
        """
        meeting = Meeting(len(jobs))

        def begin(job):
            def run(env):
                # It fixes what this transaction sees.
                env['res.users'].search_count([])
                meeting.wait()
                job(env)
            return run

        return [result if isinstance(result, Exception) else None for result in self._run_together(
            *((who, begin(job)) for who, job in jobs))]

    def _get_sums(self):
        """:return: pair of how many parts lie in the warehouse, and how many have to"""
        with self._acting() as env:
            lying = sum(env['stock.quant'].search([
                ('product_id', '=', self.part_id), ('location_id', '=', self._get_place(env).id)]).mapped('quantity'))
            held = sum(env['order.inspection'].search([('product_id', '=', self.part_id)]).mapped('held_quantity'))
        return lying, held

    def _empty(self):
        """Take away what another test has left."""
        with self._acting() as env:
            quants = env['stock.quant'].search([
                ('product_id', '=', self.part_id), ('company_id', '=', self.company_id)])
            quants.with_context(inventory_mode=True).inventory_quantity = 0
            quants.action_apply_inventory()
            # What is missing in one row of core's was found in another one, and is inspected as well.
            left = env['order.inspection'].search([('product_id', '=', self.part_id), ('held_quantity', '>', 0)])
            left._write_guarded({'state': 'cancelled'})

    def test_two_inspectors(self):
        """One of two results is on record; what failed is disposed of once."""
        self._empty()
        with self._acting() as env:
            inspection_id = self._receive(env, 10).id
        errors = self._at_once(
            ('first', lambda env: env['order.inspection'].browse(inspection_id).action_pass()),
            ('second', lambda env: env['order.inspection'].browse(inspection_id).action_fail("Rust")))
        self.assertEqual([isinstance(error, UserError) for error in errors].count(True), 1, errors)
        with self._acting() as env:
            inspection = env['order.inspection'].browse(inspection_id)
            judge = self.user_ids['first' if errors[0] is None else 'second']
            self.assertEqual((inspection.judged_by_id.id, inspection.passed_quantity + inspection.failed_quantity), (
                judge, 10))
            failing = self._receive(env, 4)
            failing.with_user(self.user_ids['first']).action_fail("Rust")
            failing_id = failing.id
        errors = self._at_once(
            ('first', lambda env: env['order.inspection'].browse(failing_id).action_scrap()),
            ('second', lambda env: env['order.inspection'].browse(failing_id).action_rework()))
        self.assertEqual([isinstance(error, UserError) for error in errors].count(True), 1, errors)
        with self._acting() as env:
            inspection = env['order.inspection'].browse(failing_id)
            self.assertEqual((len(inspection.rework_ids), inspection.disposed_quantity), (
                (0, 4) if errors[0] is None else (1, 0)))

    def test_last_pieces_twice(self):
        """Of 15 pieces 10 are held: of two who take 5, one gets them."""
        self._empty()
        with self._acting() as env:
            self._receive(env, 10)
            self._set_stock(env, self.part_id, 5)
            moves = [self._new_move(env, 5).id for _number in range(2)]
        errors = self._at_once(*(
            ('stock', lambda env, move_id=move_id: env['stock.move'].browse(move_id)._action_done())
            for move_id in moves))
        self.assertEqual([isinstance(error, UserError) for error in errors].count(True), 1, errors)
        self.assertEqual(self._get_sums(), (10, 10))

    def test_dispose_and_ship(self):
        """What failed is scrapped while what has passed is shipped: both, and nothing is missing."""
        self._empty()
        with self._acting() as env:
            inspection = self._receive(env, 10)
            inspection.with_user(self.user_ids['first']).action_fail("Rust", 6)
            inspection_id, move_id = inspection.id, self._new_move(env, 4).id
        errors = self._at_once(
            ('first', lambda env: env['order.inspection'].browse(inspection_id).action_scrap()),
            ('stock', lambda env: env['stock.move'].browse(move_id)._action_done()))
        self.assertEqual(errors, [None, None])
        self.assertEqual(self._get_sums(), (0, 0))

    def test_fail_and_ship(self):
        """What is judged while somebody would ship it: nothing that is held has left, whoever was first."""
        self._empty()
        with self._acting() as env:
            inspection_id, move_id = self._receive(env, 10).id, self._new_move(env, 7).id
        errors = self._at_once(
            ('first', lambda env: env['order.inspection'].browse(inspection_id).action_fail("Rust", 5)),
            ('stock', lambda env: env['stock.move'].browse(move_id)._action_done()))
        self.assertIsNone(errors[0])
        self.assertIsInstance(errors[1], UserError)
        self.assertEqual(self._get_sums(), (10, 5))

    def test_missing_inspections_are_opened_once(self):
        with self._acting() as env:
            self._set_stock(env, self.lamp_id, 20)
            order = self._new_orders(env, 1, order_line=[Command.create({
                'product_id': self.lamp_id, 'product_uom_qty': 10})])
            order.action_submit_review()
            order.action_confirm()
            picking = order.sudo().picking_ids
            order.sudo().inspection_ids.with_user(self.user_ids['first']).sudo(False).action_pass()
            # Nobody has asked for those yet.
            picking.move_ids.with_user(self.user_ids['stock']).sudo(False).quantity = 12
            order_id, picking_id = order.id, picking.id
        errors = self._at_once(*(
            ('stock', lambda env: env['stock.picking'].browse(picking_id).action_request_inspection())
            for _number in range(2)))
        self.assertEqual(errors, [None, None])
        with self._acting() as env:
            self.assertEqual(sum(env['order.inspection'].search([
                ('order_id', '=', order_id), ('state', '=', 'todo')]).mapped('quantity')), 2)
