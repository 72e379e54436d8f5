"""Inspections from outside, over XML-RPC: no way round them for whoever ships, produces or judges."""
import xmlrpc.client

from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .common import InspectionCommon

PASSWORD = 'test_inspection_password'


@tagged('post_install', '-at_install')
class TestInspectionRpc(InspectionCommon, HttpCase):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for login in ('stock', 'mrp', 'quality', 'legal', 'sales'):
            cls.users_by_login[login].password = PASSWORD
        cls.outsider = cls._new_user(
            'outsider', 'sale_order_lifecycle.group_quality', company=cls._new_company("Elsewhere"), password=PASSWORD)

    def _call(self, user, model, method, *args, **kwargs):
        self.env.flush_all()
        self.env.invalidate_all()
        return self.xmlrpc_object.execute_kw(
            self.env.cr.dbname, user.id, PASSWORD, model, method, list(args), kwargs)

    def assertAllRefused(self, attempts):
        """None of (person, model, method, arguments) is let in."""
        for user, model, method, *args in attempts:
            with self.subTest(user=user.login, model=model, method=method, args=args), mute_logger('odoo.http'), \
                    self.assertRaises(xmlrpc.client.Fault) as refused:
                self._call(user, model, method, *args)
            self.assertIn(refused.exception.faultCode, (2, 4), refused.exception.faultString)

    def test_results_come_by_actions_of_quality(self):
        order = self._confirm(self._new_order(lines=[(self.lamp, 10)]))
        inspection = self._get_inspections(self.lamp)
        inspection.sudo().plan_id.flush_recordset()
        ids, check_ids = inspection.ids, inspection.check_ids.ids
        quality, stock, mrp, sales = self.user_quality, self.user_stock, self.user_mrp, self.user_sales
        values = {
            'state': 'passed', 'passed_quantity': 10, 'released_quantity': 10, 'quantity': 0, 'plan_id': False,
            'order_id': False, 'order_ids': [[6, 0, []]], 'disposition': 'concession', 'held_quantity': 0,
            'judged_by_id': quality.id, 'warehouse_id': False, 'point': 'receipt', 'move_id': False,
            'verdict': 'accepted', 'severity': 'reduced', 'defect_count': 0, 'vendor_id': False,
            'resumed_at': '2026-01-01 00:00:00'}
        self.assertAllRefused([
            *((quality, 'order.inspection', 'write', ids, {name: value}) for name, value in values.items()),
            (quality, 'order.inspection', 'create', [{'product_id': self.lamp.id, 'company_id': self.company.id}]),
            (quality, 'order.inspection', 'unlink', ids),
            (quality, 'order.inspection', 'copy', ids),
            (quality, 'order.inspection.check', 'unlink', check_ids),
            (quality, 'order.inspection.check', 'write', check_ids, {'plan_check_id': 1}),
            (quality, 'order.inspection.check', 'write', check_ids[1:], {'result': 'ok', 'value': 90}),
            (quality, 'sale.order', 'write', order.ids, {'inspection_ids': [[5]]}),
            (sales, 'sale.order', 'write', order.ids, {'inspection_ids': [[5]]}),
            (quality, 'order.inspection', 'action_pass', ids),
            (quality, 'order.inspection', 'action_fail', ids, ""),
            (quality, 'order.inspection', 'action_fail', ids, ["a"]),
            *((quality, 'order.inspection', 'action_fail', ids, "Bad", quantity)
              for quantity in (-1, 11, 'many', [1], {'a': 1}, 0)),
            (quality, 'order.inspection', 'action_rework', ids),
            (quality, 'order.inspection', 'action_scrap', ids),
            (quality, 'order.inspection', 'action_record_sample', ids, 0),
            (quality, 'order.inspection', 'action_resume_sampling', ids, "New tools"),
            (quality, 'order.inspection', 'action_concession', ids, "Why not", "Ms Kim"),
            *((user, 'order.inspection', method, ids, *args) for user in (stock, mrp, sales, self.outsider)
              for method, args in (
                  ('action_pass', ()), ('action_fail', ("Bad",)), ('action_rework', ()), ('action_scrap', ()),
                  ('action_record_sample', (0,)), ('action_resume_sampling', ("New tools",)),
                  ('action_return', ()), ('action_concession', ("Why not", "Ms Kim")),
                  ('write', ({'lot_id': False},)))),
            (sales, 'order.inspection.check', 'write', check_ids, {'result': 'ok'}),
            (self.outsider, 'order.inspection', 'read', ids, ['note']),
        ])
        self._call(quality, 'order.inspection.check', 'write', check_ids[1:], {'value': 40})
        self._call(quality, 'order.inspection', 'action_fail', ids, "Two of them", 2)
        self.assertAllRefused([
            (quality, 'order.inspection', 'action_return', ids),
            (quality, 'order.inspection', 'action_concession', ids, "Why not", "Ms Kim"),
            (self.user_legal, 'order.inspection', 'action_concession', ids, "Why not"),
            (self.user_legal, 'order.inspection', 'action_concession', ids, ["Why"], "Ms Kim"),
            (self.user_legal, 'order.inspection', 'action_scrap', ids),
            (quality, 'order.inspection.check', 'write', check_ids, {'result': 'na'}),
            (quality, 'order.inspection', 'action_pass', ids),
        ])
        self.assertRecordValues(inspection, [{'state': 'failed', 'passed_quantity': 8, 'disposition': False}])

    def test_no_way_to_ship(self):
        """Whoever ships or produces cannot let out what was not judged."""
        order = self._confirm(self._new_order(lines=[(self.lamp, 10)]))
        self._receive(self.part, 4)
        parts = self._confirm(self._new_order(lines=[(self.part, 4)]))
        attempts = []
        for picking in (order | parts).picking_ids:
            picking.with_user(self.user_stock).action_assign()
            move = picking.move_ids
            move.with_user(self.user_stock).write({'picked': True})
            for user in (self.user_stock, self.user_mrp):
                attempts += [
                    (user, 'stock.move', 'write', move.ids, {'state': 'done'}),
                    (user, 'stock.picking', 'write', picking.ids, {'state': 'done'}),
                    (user, 'stock.move.line', 'write', move.move_line_ids.ids, {'state': 'done'}),
                    (user, 'stock.move.line', 'create', [{
                        'move_id': move.id, 'picking_id': picking.id, 'product_id': move.product_id.id, 'quantity': 4,
                        'location_id': move.location_id.id, 'location_dest_id': move.location_dest_id.id,
                        'state': 'done'}]),
                ]
            attempts += [
                (self.user_stock, 'stock.picking', 'button_validate', picking.ids),
                (self.user_stock, 'stock.move', 'write', move.ids, {'sale_line_id': False}),
                (self.user_stock, 'stock.move', 'write', move.ids, {
                    'location_id': self.env.ref('stock.stock_location_suppliers').id, 'state': 'done'}),
            ]
        transfers = (order | parts).picking_ids
        attempts.append((self.user_stock, 'stock.picking', 'button_validate', transfers.ids))
        for attempt in attempts:
            # What is let in as a draft of something ships nothing.
            user, model, method, *args = attempt
            with mute_logger('odoo.http', 'odoo.sql_db'):
                try:
                    self._call(user, model, method, *args)
                except xmlrpc.client.Fault as fault:
                    self.assertIn(fault.faultCode, (2, 4), fault.faultString)
            self.env.invalidate_all()
            with self.subTest(attempt=attempt):
                self.assertFalse([row for row in (order | parts).order_line.mapped('qty_delivered') if row])
                self.assertNotIn('done', transfers.mapped('state'))
        for move in transfers.move_ids:
            move.quantity = move.product_uom_qty
        self._measure(self._get_inspections(self.lamp)).action_pass()
        self._get_inspections(self.part).action_pass()
        self._call(self.user_stock, 'stock.picking', 'button_validate', transfers.ids)
        self.assertEqual(set(transfers.mapped('state')), {'done'})

    def test_nothing_more_afterwards(self):
        """A delivery that has passed does not grow."""
        order = self._confirm(self._new_order(lines=[(self.lamp, 10)]))
        self._measure(self._get_inspections(self.lamp)).action_pass()
        self._deliver(order.picking_ids)
        move = order.picking_ids.move_ids
        self.assertAllRefused([
            (self.user_stock, 'stock.move', 'write', move.ids, {'quantity': 12}),
            (self.user_stock, 'stock.move.line', 'write', move.move_line_ids.ids, {'quantity': 12}),
            (self.user_mrp, 'stock.move.line', 'write', move.move_line_ids.ids, {'quantity': 12}),
        ])
