"""Queries of inspections are the same for 1 and for 20, and none where nothing is inspected."""
from unittest.mock import patch

from odoo.tests import tagged

from .common import InspectionCommon


@tagged('post_install', '-at_install')
class TestQueryBudget(InspectionCommon):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._put_in_stock(cls.lamp, 1000)

    def test_judging(self):
        def prepare(number):
            orders = self._confirm(self._new_order(number, lines=[(self.lamp, 2)]))
            return self._measure(orders.inspection_ids.with_user(self.user_quality))

        def rework(inspections):
            # Each with its checks, too.
            self.assertEqual(len(inspections.action_rework().check_ids), 2 * len(inspections))

        self.assertSameQueries(prepare, {
            'read': lambda rows: rows.read(['display_name', 'can_judge', 'can_concede', 'document_name']),
            'pass': lambda rows: rows.action_pass()}, more=2)
        self.assertSameQueries(prepare, {
            'fail': lambda rows: rows.action_fail("Scratched", 1), 'rework': rework}, more=2)

    def test_delivering(self):
        """What inspections add to a delivery is a constant."""
        def get_counts(number):
            orders = self._confirm(self._new_order(number, lines=[(self.lamp, 2)]))
            self._measure(orders.inspection_ids.with_user(self.user_quality)).action_pass()
            own = self._count_queries(self._deliver, orders.picking_ids)
            self.assertEqual(set(orders.mapped('fulfilment_state')), {'done'})
            orders = self._confirm(self._new_order(number, lines=[(self.lamp, 2)]))
            with self._nothing_inspected():
                return own - self._count_queries(self._deliver, orders.picking_ids)

        get_counts(1)
        # What is read at once for the inspections, core then does not read order by order.
        self.assertLessEqual(get_counts(20), get_counts(1) + 2)

    def test_receiving(self):
        def get_counts(number):
            own = self._count_queries(self._receive_each, number)
            with self._nothing_inspected():
                return own - self._count_queries(self._receive_each, number)

        self.assertSameCounts(get_counts, more=2)

    def _receive_each(self, number):
        """Receive so many pieces, each with a move of its own."""
        place = self.env.ref('stock.stock_location_suppliers')
        moves = self.env['stock.move'].create([{
            'product_id': self.part.id, 'product_uom_qty': 1, 'location_id': place.id,
            'location_dest_id': self.warehouse.lot_stock_id.id} for _number in range(number)])
        moves = moves._action_confirm(merge=False)
        moves.write({'quantity': 1, 'picked': True})
        moves._action_done()

    def test_reserving(self):
        """What of the goods is held is asked once for all."""
        for _number in range(2):
            self._receive(self.part, 50)
        self._get_inspections(self.part)[0].action_pass()

        def get_counts(number):
            own = self._count_queries(self._reserve_each(number)._action_assign)
            with self._nothing_inspected():
                return own - self._count_queries(self._reserve_each(number)._action_assign)

        self.assertSameCounts(get_counts, more=2)

    def test_reserving_without_the_switch(self):
        """Who requires no inspections pays nothing, though another company does."""
        company = self._new_company("Elsewhere")
        warehouse = self.env['stock.warehouse'].search([('company_id', '=', company.id)], limit=1)
        self.env['stock.quant']._update_available_quantity(self.part, warehouse.lot_stock_id, 100)
        self.assertTrue(self.env['order.policy']._get_requiring_ids())
        self._count_queries(self._reserve_each(5, warehouse)._action_assign)
        own = self._count_queries(self._reserve_each(5, warehouse)._action_assign)
        with patch.object(type(self.env['stock.move']), '_get_free_quantities', lambda _moves: {}):
            self.assertEqual(own, self._count_queries(self._reserve_each(5, warehouse)._action_assign))

    def _reserve_each(self, number, warehouse=None):
        """:return: so many moves to customers, each to be reserved"""
        warehouse = warehouse or self.warehouse
        moves = self.env['stock.move'].create([{
            'product_id': self.part.id, 'product_uom_qty': 1, 'location_id': warehouse.lot_stock_id.id,
            'location_dest_id': self.env.ref('stock.stock_location_customers').id,
            'company_id': warehouse.company_id.id,
            'picking_type_id': warehouse.out_type_id.id} for _number in range(number)])
        moves = moves._action_confirm(merge=False)
        moves._do_unreserve()
        self.env.flush_all()
        self.env.invalidate_all()
        return moves

    def test_without_plans(self):
        """Orders under a policy that lets nothing be inspected pay nothing, though another policy does."""
        self._adopt(self._new_policy(inspection_plan_ids=False, require_inspection=False))
        self.assertTrue(self.env['order.policy']._get_requiring_ids())

        def get_count():
            orders = self._confirm(self._new_order(20))
            pickings = orders.picking_ids
            # As a request begins: what was read before is not known any more.
            self.env.flush_all()
            self.env.invalidate_all()
            return self._count_queries(self._deliver, pickings)

        get_count()
        own = get_count()
        with self._nothing_inspected():
            self.assertLessEqual(own, get_count())

    def _nothing_inspected(self):
        """As in a database in which no policy has an inspection plan."""
        Policy = type(self.env['order.policy'])
        return patch.multiple(
            Policy, _get_inspecting_ids=lambda _policies: frozenset(),
            _get_requiring_ids=lambda _policies: frozenset())
