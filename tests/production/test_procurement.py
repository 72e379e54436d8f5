from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged

from ..common import LifecycleCommon


@tagged('post_install', '-at_install')
class TestProcurement(LifecycleCommon):
    """An accepted order produces, buys and delivers through Odoo's documents, never before (articles F1, F2)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.component = cls._new_purchased_product("Leg")
        cls.table = cls._new_manufactured_product("Table", component=cls.component)
        cls.lamp = cls._new_purchased_product("Lamp")

    def _get_documents(self, order):
        """:return: moves, manufacturing orders and purchase lines that anything links to the order"""
        products = self.table | self.component | self.lamp | self.product_stock
        return (
            self.env['stock.move'].search([
                '|', ('sale_line_id.order_id', '=', order.id), ('reference_ids.sale_ids', '=', order.id)]),
            self.env['mrp.production'].search([('product_id', 'in', products.ids)]),
            self.env['purchase.order.line'].search([('product_id', 'in', products.ids)]),
        )

    def test_nothing_before_acceptance_everything_after(self):
        order = self._new_order(lines=[
            (self.table, 2), (self.lamp, 3), (self.product_stock, 1), (self.product_service, 1)])
        steps = [
            lambda: None,
            lambda: self._register(order),
            lambda: self._submit(order),
            lambda: order.order_line[0].with_user(self.user_sales).write({'product_uom_qty': 4}),
            lambda: order.with_user(self.user_sales).write({'order_line': [Command.create({
                'product_id': self.lamp.id, 'product_uom_qty': 1,
            })]}),
            lambda: self._approve(order),
        ]
        for step in steps:
            step()
            self.assertFalse(any(self._get_documents(order)))
        self.assertEqual(order.review_state, 'approved')
        order.with_user(self.user_sales).action_confirm()

        moves, productions, purchase_lines = self._get_documents(order)
        self.assertEqual(productions.product_id, self.table)
        self.assertEqual(sum(productions.mapped('product_qty')), 4)
        self.assertEqual(productions.sale_line_id.order_id, order)
        self.assertEqual({line.product_id: line.product_qty for line in purchase_lines}, {
            self.component: 8, self.lamp: 4,
        })
        self.assertTrue(moves)
        # What is in stock can go; the order as a whole is under way.
        self.assertEqual(order.fulfilment_state, 'ready')

        purchase_lines.order_id.with_user(self.user_buyer).button_confirm()
        self._deliver(purchase_lines.order_id.picking_ids)
        with Form(productions.with_user(self.user_mrp)) as production:
            production.qty_producing = 4
        productions.with_user(self.user_mrp).button_mark_done()
        self.assertEqual(productions.state, 'done')
        delivery = order.picking_ids.filtered(lambda picking: picking.picking_type_code == 'outgoing')
        self._deliver(delivery)
        self.assertEqual(order.fulfilment_state, 'partial')
        order.order_line.filtered(
            lambda line: line.product_id == self.product_service).with_user(self.user_sales).qty_delivered = 1
        self.assertEqual((order.fulfilment_state, order.lifecycle_phase), ('done', 'settlement'))

    def test_no_document_for_an_order_that_is_not_accepted(self):
        order = self._submit(self._new_order(lines=[(self.table, 1)]))
        line = order.order_line
        customers = self.env.ref('stock.stock_location_customers')
        move_vals = {
            'product_id': self.table.id, 'product_uom_qty': 1, 'sale_line_id': line.id,
            'location_id': self.warehouse.lot_stock_id.id, 'location_dest_id': customers.id,
            'picking_type_id': self.warehouse.out_type_id.id,
        }
        for user in (self.user_stock, self.user_sales):
            with self.subTest(user=user.login), self.assertRaises(ValidationError):
                self.env['stock.move'].with_user(user).create(move_vals)
        with self.assertRaises(ValidationError):
            # The first of several steps leads to the customer as well.
            self.env['stock.move'].with_user(self.user_stock).create({
                **move_vals, 'location_dest_id': self.warehouse.wh_output_stock_loc_id.id,
                'location_final_id': customers.id,
            })
        with self.assertRaises(ValidationError):
            self.env['stock.picking'].with_user(self.user_stock).create({
                'picking_type_id': self.warehouse.out_type_id.id, 'location_id': self.warehouse.lot_stock_id.id,
                'location_dest_id': customers.id, 'move_ids': [Command.create({
                    **move_vals, 'sale_line_id': False,
                })],
            }).sale_id = order
        with self.assertRaises(ValidationError):
            self.env['mrp.production'].with_user(self.user_mrp).create({
                'product_id': self.table.id, 'product_qty': 1, 'sale_line_id': line.id,
            })
        production = self.env['mrp.production'].with_user(self.user_mrp).create({
            'product_id': self.table.id, 'product_qty': 1,
        })
        with self.assertRaises(ValidationError):
            production.sale_line_id = line

    def test_lines_do_not_procure_before_acceptance(self):
        order = self._submit(self._new_order(lines=[(self.table, 1)]))
        for user in (self.user_stock, self.user_mrp):
            with self.subTest(user=user.login):
                with self.assertRaises(AccessError):
                    self.env['sale.order.line'].with_user(user).create({
                        'order_id': order.id, 'product_id': self.lamp.id, 'product_uom_qty': 1,
                    })
                with self.assertRaises(UserError):
                    order.order_line.with_user(user).product_uom_qty = 5
                with self.assertRaises(UserError):
                    order.with_user(user).write({'state': 'sale'})
        self.assertFalse(any(self._get_documents(order)))

    def test_cancelled_moves_stay_cancelled_until_acceptance(self):
        order = self._confirm(self._new_order())
        move = order.order_line.move_ids
        order.with_user(self.user_sales)._action_cancel()
        order.with_user(self.user_sales).action_draft()
        with self.assertRaises(ValidationError):
            move.with_user(self.user_stock).state = 'confirmed'

    def test_rest_of_no_production(self):
        """Saying that a manufacturing order is the rest of another one does not make it one."""
        table = self._new_manufactured_product("Table")
        order = self._new_order(lines=[(table, 1)])
        with self.assertRaises(ValidationError):
            self.env['mrp.production'].with_user(self.user_mrp).create({
                'product_id': table.id, 'product_qty': 1, 'sale_line_id': order.order_line.id,
                'backorder_sequence': 2})

    def test_rest_of_a_production_goes_on(self):
        order = self._confirm(self._new_order(lines=[(self.table, 3)]))
        production = self.env['mrp.production'].search([('product_id', '=', self.table.id)])
        self._put_in_stock(self.component, 100)
        production.action_assign()
        with Form(production) as form:
            form.qty_producing = 1
        order.with_user(self.user_sales).sudo()._action_cancel()
        order.with_user(self.user_sales).action_draft()
        Form.from_action(self.env, production.button_mark_done()).save().action_backorder()
        self.assertEqual(production.state, 'done')
        self.assertEqual(production.production_group_id.production_ids.mapped('sale_line_id'), order.order_line)

    def test_second_company_without_policy(self):
        company = self._new_company()
        user = self._new_user('plain', 'sales_team.group_sale_salesman,stock.group_stock_user', company=company)
        order = self.env['sale.order'].with_user(user).create({
            'partner_id': self.partner.id,
            'order_line': [Command.create({'product_id': self.product_stock.id, 'product_uom_qty': 1})],
        })
        warehouse = order.warehouse_id
        move = self.env['stock.move'].with_user(user).create({
            'product_id': self.product_stock.id, 'product_uom_qty': 1, 'sale_line_id': order.order_line.id,
            'location_id': warehouse.lot_stock_id.id,
            'location_dest_id': self.env.ref('stock.stock_location_customers').id,
            'company_id': company.id,
        })
        self.assertTrue(move)
