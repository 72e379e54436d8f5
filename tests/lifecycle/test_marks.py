"""Marks of authority cannot be sent, and do not leave the work that they are for (articles R5, X1)."""
import sys

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged

from ..common import LifecycleCommon

MODULE = 'odoo.addons.sale_order_lifecycle.models'


def get_marks():
    """:return: dict key → mark, of all that the modules of the addon have"""
    marks = sys.modules[f'{MODULE}.mixins.mark']
    return {
        value.key: value for name, module in sorted(sys.modules.items()) if name.startswith(MODULE)
        for value in vars(module).values() if isinstance(value, marks.Mark)}


@tagged('post_install', '-at_install')
class TestMarks(LifecycleCommon):

    def _get_marked(self, value):
        """:return: list of the records, keys and texts in what a method returns in which a mark is left"""
        if hasattr(value, 'env'):
            return [key for key in value.env.context if key in get_marks()]
        if isinstance(value, dict):
            return [key for key in value if key in get_marks()] + [
                found for item in [*value, *value.values()] for found in self._get_marked(item)]
        if isinstance(value, (list, tuple)):
            return [found for item in value for found in self._get_marked(item)]
        return []

    def test_values_of_a_client_are_no_marks(self):
        marks = get_marks()
        self.assertGreaterEqual(len(marks), 5)
        for key, mark in marks.items():
            for sent in (True, 1, key, repr(mark), [key], {'key': key}):
                with self.subTest(key=key, sent=sent):
                    self.assertFalse(mark.lies_on(self.env['sale.order'].with_context(**{key: sent})))

    def test_keys_of_a_client_open_nothing(self):
        """With the keys of all marks and works in the context, the rules hold as ever."""
        order = self._confirm(self._new_order())
        keys = dict.fromkeys([*get_marks(), *(
            f'order_lifecycle_{name}' for name in ('confirming', 'comparing_lines', 'following_changes'))], True)
        own = order.with_user(self.user_sales).with_context(**keys)
        for vals in ({'review_state': 'none'}, {'policy_id': False}):
            with self.assertRaises(AccessError):
                own.write(vals)
        with self.assertRaises(UserError):
            own.order_line[0].price_unit = 1
        with self.assertRaises(UserError):
            own.write({'order_line': [Command.create({'product_id': self.product_stock.id, 'price_unit': 1})]})
        with self.assertRaises(UserError):
            self.env['sale.order.line'].with_user(self.user_sales).with_context(**keys).create({
                'order_id': order.id, 'product_id': self.product_stock.id, 'is_downpayment': True, 'price_unit': 1})
        draft = self._new_order()
        with self.assertRaises(UserError):
            draft.with_user(self.user_sales).with_context(**keys).action_confirm()

    def test_what_work_returns_is_free(self):
        order = self._confirm(self._new_order())
        picking = order.picking_ids
        moves = picking.move_ids
        for move in moves:
            move.quantity = move.product_uom_qty
            move.picked = True
        self.assertFalse(self._get_marked(moves._action_done()))
        invoices = order._create_invoices(final=True)
        self.assertFalse(self._get_marked(invoices))
        self.assertFalse(self._get_marked(invoices.action_post()))

    def test_work_makes_no_environment_each_time(self):
        """What lives to the end of the transaction does not grow with what is done one after the other."""
        orders = self._accept(self._new_order(count=4, lines=[(self.product_service, 1)]))
        alive = []
        for order in orders.with_user(self.user_sales):
            order.action_confirm()
            order.with_user(self.user_sales_manager).order_line = [Command.update(order.order_line.id, {'name': "New"})]
            self.env.flush_all()
            alive.append(len(self.env.transaction.envs))
        self.assertEqual(alive[1:], alive[1:2] * 3)

    def test_work_that_has_ended_is_none(self):
        """Whoever keeps its records is not inside; work within work has an object of its own."""
        work = sys.modules[f'{MODULE}.mixins.mark'].Work
        orders, name = self.env['sale.order'], 'test_work'
        with work.begin(name, orders, [1]) as first:
            kept = first.put(orders)
            self.assertIs(work.find(name, kept), first)
            with work.begin(name, orders, [2]) as inner:
                self.assertIsNot(inner, first)
                self.assertEqual((first.ids, inner.ids), ({1}, {2}))
                self.assertIs(work.find(name, inner.put(kept)), inner)
        self.assertIsNone(work.find(name, kept))
        with self.assertRaises(ZeroDivisionError), work.begin(name, orders):
            raise ZeroDivisionError
        self.assertIsNone(work.find(name, kept))

    def test_defaults_of_a_person_price_nothing(self):
        """What core adds to a confirmed order while a stock user works costs what the product costs."""
        extra = self._new_product("Extra", invoice_policy='delivery')
        self._put_in_stock(extra, 5)
        order = self._confirm(self._new_order())
        picking = order.picking_ids
        picking.with_user(self.user_stock).move_ids = [Command.create({
            'product_id': extra.id, 'product_uom_qty': 1, 'location_id': picking.location_id.id,
            'location_dest_id': picking.location_dest_id.id})]
        self.env['ir.default'].with_user(self.user_stock).set(
            'sale.order.line', 'discount', 60.0, user_id=self.user_stock.id)
        own = picking.with_user(self.user_stock).with_context(
            default_price_unit=-9000.0, default_is_downpayment=True, default_product_uom_qty=7,
            picking_ids_not_to_backorder=picking.ids, skip_backorder=True, skip_sms=True)
        for move in own.move_ids:
            move.write({'quantity': 1, 'picked': True})
        own.button_validate()
        self.assertRecordValues(order.order_line.filtered(lambda line: line.product_id == extra), [{
            'price_unit': 100, 'discount': 0, 'is_downpayment': False, 'product_uom_qty': 0, 'qty_delivered': 1}])

    def test_marks_bring_no_defaults(self):
        orders = self.env['sale.order'].with_context(default_note="Forged", lang='en_US')
        for mark in get_marks().values():
            self.assertNotIn('default_note', mark.put(orders).env.context)
            self.assertEqual(mark.put(orders).env.context['lang'], 'en_US')

    def test_mark_is_taken_off_actions(self):
        for mark in get_marks().values():
            orders = mark.put(self.env['sale.order'])
            action = {'res_model': 'sale.order', 'context': dict(orders.env.context, default_name="kept")}
            freed = mark.take_off(action, self.env['sale.order'])
            self.assertEqual(freed['context']['default_name'], "kept")
            self.assertFalse(self._get_marked(freed))
            for returned in ({1: orders}, {orders: 1}, [orders], (1, [{'orders': orders}])):
                self.assertTrue(self._get_marked(returned))
                self.assertFalse(self._get_marked(mark.take_off(returned, self.env['sale.order'])))
