"""Within the tolerance an order stays the one that was approved: the sum alone does not say so (article R5)."""
import xmlrpc.client

from odoo.exceptions import UserError
from odoo.tests import HttpCase, tagged

from ..common import LifecycleCommon


@tagged('post_install', '-at_install')
class TestTolerance(LifecycleCommon, HttpCase):
    """All stages let values move by 5 percent."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy.stage_ids.tolerance_percent = 5
        cls.user_sales.password = 'test_password'

    def _new_approved(self, *lines):
        return self._accept(self._new_order(lines=[
            {'product_id': self.product_stock.id, 'product_uom_qty': quantity, 'price_unit': price}
            for quantity, price in lines])).with_user(self.user_sales)

    def test_over_rpc(self):
        """One piece of 30 000 is approved, and 30 000 pieces of 1 are not."""
        order = self._new_approved((1, 30000))
        self.env.flush_all()

        def call(model, method, *args):
            return self.xmlrpc_object.execute_kw(
                self.env.cr.dbname, self.user_sales.id, 'test_password', model, method, list(args))

        call('sale.order.line', 'write', order.order_line.ids, {'product_uom_qty': 30000, 'price_unit': 1})
        with self.assertRaises(xmlrpc.client.Fault):
            call('sale.order', 'action_confirm', order.ids)
        self.env.invalidate_all()
        self.assertEqual((order.state, order.review_state), ('draft', 'in_review'))

    def test_same_sum(self):
        for vals in (
            {'product_uom_qty': 20, 'price_unit': 50},
            {'product_uom_qty': 5, 'price_unit': 200},
            {'product_uom_qty': 20, 'price_unit': 100, 'discount': 50},
            {'product_uom_qty': 10.6, 'price_unit': 94.34},
            {'product_uom_qty': 0, 'price_unit': 100},
        ):
            with self.subTest(vals=vals):
                order = self._new_approved((10, 100))
                order.order_line.write(vals)
                self.assertEqual(order.review_state, 'in_review')
                with self.assertRaises(UserError):
                    order.action_confirm()

    def test_between_lines(self):
        for first, second in (
            ({'price_unit': 150}, {'price_unit': 50}), ({'product_uom_qty': 15}, {'product_uom_qty': 5}),
            ({'discount': 10}, {'price_unit': 110}),
        ):
            with self.subTest(first=first, second=second):
                order = self._new_approved((10, 100), (10, 100))
                order.write({'order_line': [
                    (1, order.order_line[0].id, first), (1, order.order_line[1].id, second)]})
                self.assertEqual(order.amount_untaxed, 2000)
                self.assertEqual(order.review_state, 'in_review')

    def test_each_within_and_the_sum_not(self):
        order = self._new_approved((10, 100))
        order.order_line.write({'product_uom_qty': 10.5, 'price_unit': 105})
        self.assertEqual(order.review_state, 'in_review')

    def test_everyday(self):
        """What is sold every day stays approved, and confirms."""
        for vals in (
            {'product_uom_qty': 10.5}, {'product_uom_qty': 9.5}, {'price_unit': 105}, {'discount': 5},
            {'product_uom_qty': 10.2, 'price_unit': 98}, {'price_unit': 125, 'discount': 20},
        ):
            with self.subTest(vals=vals):
                order = self._new_approved((10, 100), (3, 7))
                order.order_line[0].write(vals)
                self.assertEqual(order.review_state, 'approved')
                order.action_confirm()
                self.assertEqual(order.state, 'sale')

    def test_without_a_price_among_the_watched(self):
        """A stage that watches quantities only compares them and the sum."""
        self.policy.stage_ids.watched_field_ids = self.env['ir.model.fields']._get(
            'sale.order.line', 'product_uom_qty')
        order = self._new_approved((10, 100))
        order.order_line.write({'product_uom_qty': 10.5, 'price_unit': 98})
        self.assertEqual(order.review_state, 'approved')
        order.order_line.write({'product_uom_qty': 11, 'price_unit': 91})
        self.assertEqual(order.review_state, 'in_review')
