"""What Odoo's own flows do with orders under policy passes, and what they change on confirmed ones is on record."""
from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from ..common import LifecycleCommon

LOG = "The confirmed order was changed beyond what was approved"


@tagged('post_install', '-at_install')
class TestCoreFlows(LifecycleCommon):

    def _get_log(self, order):
        """:return: texts of the notes about what has changed on a confirmed order, oldest first"""
        return [message.body for message in order.message_ids.sorted('id') if LOG in (message.body or '')]

    # -- what core changes on a confirmed order -------------------------------------------------------

    def test_nothing_to_log(self):
        """Everyday work on a confirmed order leaves no such note."""
        order = self._confirm(self._new_order(lines=[(self.product_stock, 5), (self.product_service, 1)]))
        self._deliver(order.picking_ids)
        order.order_line[1].with_user(self.user_sales).qty_delivered = 1
        order.order_line[0].with_user(self.user_sales_manager).name = "Other words"
        self._invoice(order)
        self.assertFalse(self._get_log(order))

    def test_extra_product(self):
        order = self._confirm(self._new_order())
        extra = self._new_product("Screws", invoice_policy='delivery')
        self._put_in_stock(extra, 10)
        picking = order.picking_ids.with_user(self.user_stock)
        picking.move_ids = [Command.create({
            'product_id': extra.id, 'product_uom_qty': 3, 'quantity': 3, 'picked': True,
            'location_id': picking.location_id.id, 'location_dest_id': picking.location_dest_id.id})]
        self._deliver(picking.with_env(self.env))
        self.assertEqual(len(self._get_log(order)), 1)
        self.assertIn("Added: Screws, 3.00", self._get_log(order)[0])
        line = order.order_line.filtered(lambda line: line.product_id == extra)
        line.with_user(self.user_sales_manager).price_unit = 2
        self.assertIn("Unit Price (Screws)", self._get_log(order)[1])
        self.assertIn("2.00", self._get_log(order)[1])
        note = order.message_ids.filtered(lambda message: "Unit Price (Screws)" in (message.body or ''))
        self.assertEqual(note.author_id, self.user_sales_manager.partner_id)

    def test_more_than_ordered(self):
        """The warehouse ships seven of five: it passes, the agreement stays, and the invoice is what was delivered."""
        product = self._new_product("Cable", invoice_policy='delivery')
        self._put_in_stock(product, 10)
        order = self._confirm(self._new_order(lines=[(product, 5)]))
        self._deliver(order.picking_ids, {product: 7})
        self.assertRecordValues(order.order_line, [{'product_uom_qty': 5, 'qty_delivered': 7, 'qty_to_invoice': 7}])
        self.assertRecordValues(order, [{'state': 'sale', 'review_state': 'approved', 'fulfilment_state': 'done'}])
        self.assertEqual(self._invoice(order).amount_untaxed, 700)

    def test_down_payment(self):
        order = self._confirm(self._new_order())
        wizard = self.env['sale.advance.payment.inv'].with_user(self.user_sales).with_context(
            active_model='sale.order', active_ids=order.ids).create({
                'advance_payment_method': 'percentage', 'amount': 30})
        wizard.create_invoices()
        self.assertIn("150.00", "".join(self._get_log(order)))
        order.invoice_ids.with_user(self.env.ref('base.user_admin')).unlink()
        self.assertIn("Removed", self._get_log(order)[-1])

    def test_repair(self):
        order = self._confirm(self._new_order())
        part = self._new_product("Spare Part")
        self._put_in_stock(part, 5)
        user = self._new_user('repairer', 'stock.group_stock_user,sales_team.group_sale_salesman_all_leads')
        repair = self.env['repair.order'].with_user(user).create({
            'partner_id': self.partner.id, 'product_id': self.product_stock.id, 'sale_order_id': order.id,
            'picking_type_id': self.warehouse.repair_type_id.id,
            'move_ids': [Command.create({'product_id': part.id, 'product_uom_qty': 1, 'repair_line_type': 'add'})],
        })
        repair.action_validate()
        self.assertIn("Added: Spare Part, 1.00", "".join(self._get_log(order)))
        repair.move_ids.product_uom_qty = 2
        self.assertIn("Quantity (Spare Part)", self._get_log(order)[-1])
        # A repair makes an order of its own, too; that is a quotation like any other.
        own = self.env['repair.order'].with_user(user).create({
            'partner_id': self.partner.id, 'product_id': self.product_stock.id,
            'picking_type_id': self.warehouse.repair_type_id.id,
            'move_ids': [Command.create({'product_id': part.id, 'product_uom_qty': 1, 'repair_line_type': 'add'})],
        })
        own.action_create_sale_order()
        self.assertRecordValues(own.sale_order_id, [{
            'state': 'draft', 'policy_id': self.policy.id, 'lifecycle_phase': 'quotation'}])

    def test_many_lines_cost_a_constant(self):
        """One note an order and call, whatever the number of lines."""
        order = self._confirm(self._new_order(lines=[(self.product_service, 1)]))
        product = self._new_product("Extra", type='service')
        self.env['sale.order.line'].create([
            {'order_id': order.id, 'product_id': product.id, 'product_uom_qty': 0} for _index in range(5)])
        self.assertEqual(len(self._get_log(order)), 1)

    # -- quotations ---------------------------------------------------------------------------------

    def test_combo(self):
        """A combination: its parent has no price and its items are what is approved."""
        items = self._new_product("Soup"), self._new_product("Bread")
        for item in items:
            self._put_in_stock(item, 10)
        combos = self.env['product.combo'].create([
            {'name': item.name, 'combo_item_ids': [Command.create({'product_id': item.id})]} for item in items])
        menu = self._new_product("Menu", type='combo', combo_ids=[Command.set(combos.ids)])
        order = self._new_order(lines=[(menu, 2)])
        parent = order.order_line
        order.with_user(self.user_sales).order_line = [Command.create({
            'product_id': item.id, 'product_uom_qty': 2, 'combo_item_id': combo.combo_item_ids.id,
            'linked_line_id': parent.id,
        }) for item, combo in zip(items, combos, strict=True)]
        self._confirm(order)
        self.assertEqual(order.picking_ids.move_ids.product_id, items[0] | items[1])
        self._deliver(order.picking_ids)
        self.assertEqual(order.fulfilment_state, 'done')

    def test_optional_products(self):
        """What is optional the customer chooses on the portal, before the review and not in it."""
        order = self._new_order()
        order.with_user(self.user_sales).order_line = [
            Command.create({'display_type': 'line_section', 'name': "Options", 'is_optional': True}),
            Command.create({'product_id': self.product_service.id, 'product_uom_qty': 0}),
        ]
        self.assertTrue(order._can_be_edited_on_portal())
        option = order.order_line[-1]
        option.with_user(self.env.ref('base.public_user')).sudo().product_uom_qty = 1
        self.assertEqual(order.amount_untaxed, 580)
        self._submit(order)
        self.assertFalse(order._can_be_edited_on_portal())
        self._approve(order)
        order.with_user(self.user_sales).action_confirm()
        self.assertEqual(order.state, 'sale')

    def test_quotation_template(self):
        template = self.env['sale.order.template'].create({
            'name': "Lamp and Installation", 'number_of_days': 30,
            'sale_order_template_line_ids': [
                Command.create({'product_id': self.product_stock.id, 'product_uom_qty': 1}),
                Command.create({'product_id': self.product_service.id, 'product_uom_qty': 1})]})
        self.user_sales.group_ids |= self.env.ref('sale_management.group_sale_order_template')
        with Form(self.env['sale.order'].with_user(self.user_sales)) as form:
            form.partner_id = self.partner
            form.sale_order_template_id = template
        order = form.record.with_env(self.env)
        self.assertEqual(len(order.order_line), 2)
        order.with_user(self.user_sales).channel_id = self.channel
        self._confirm(order)
        self.assertEqual(order.state, 'sale')

    def test_upsell(self):
        """More hours than sold: core's to-do for the salesperson comes, and what more is sold is a new order."""
        service = self._new_product(
            "Hours", type='service', invoice_policy='order', service_tracking='no')
        order = self._confirm(self._new_order(lines=[(service, 1)]))
        self._invoice(order)
        order.order_line.with_user(self.user_sales).qty_delivered = 3
        self.env.flush_all()
        self.assertEqual(order.invoice_status, 'upselling')
        self.assertIn(self.user_sales, order.activity_ids.user_id)
        with self.assertRaises(UserError), self.env.cr.savepoint():
            order.order_line.with_user(self.user_sales).product_uom_qty = 3
        more = self._new_order(lines=[(service, 2)]).with_user(self.user_sales)
        self.assertEqual(more.policy_id, self.policy)
        with self.assertRaises(UserError):
            more.action_confirm()

    def test_mass_cancel(self):
        orders = self._new_order() | self._submit(self._new_order()) | self._accept(self._new_order())
        self.env['sale.mass.cancel.orders'].with_user(self.user_sales).with_context(
            active_ids=orders.ids).create({}).action_mass_cancel()
        self.assertEqual(set(orders.mapped('state')), {'cancel'})
        self.assertFalse(self._get_pending_reviews(orders))

    def test_partner_merge(self):
        """Customers that are one are merged; their orders keep their approvals."""
        other = self.env['res.partner'].create({'name': "Blue Harbor", 'email': self.partner.email})
        order = self._confirm(self._new_order(partner_id=other.id, partner_invoice_id=other.id,
                                              partner_shipping_id=other.id))
        pending = self._submit(self._new_order(partner_id=other.id))
        self.env.flush_all()
        self.env['base.partner.merge.automatic.wizard'].create({})._merge(
            (other | self.partner).ids, self.partner)
        self.env.invalidate_all()
        self.assertEqual((order | pending).partner_id, self.partner)
        self.assertEqual(order.state, 'sale')
        self._approve(pending)
        pending.with_user(self.user_sales).action_confirm()
        self.assertEqual(pending.state, 'sale')

    def test_web_save_multi(self):
        """The client saves many records at once: what is guarded or frozen stays so."""
        order = self._confirm(self._new_order())
        line = order.order_line.with_user(self.user_sales)
        with self.assertRaises(UserError):
            line.web_save_multi([{'price_unit': 1}], {'price_unit': {}})
        quotation = self._submit(self._new_order())
        for vals in ({'review_state': 'approved'}, {'customer_accepted_at': fields.Datetime.now()},
                     {'customer_waits': True}):
            with self.subTest(vals=vals), self.assertRaises(AccessError):
                quotation.with_user(self.user_sales).web_save_multi([vals], {})

    def test_return_and_credit(self):
        order = self._fulfil(self._new_order())
        picking = order.picking_ids
        wizard = self.env['stock.return.picking'].with_user(self.user_stock).with_context(
            active_id=picking.id, active_ids=picking.ids, active_model='stock.picking').create({})
        wizard.product_return_moves.quantity = 2
        self._deliver(self.env['stock.picking'].browse(wizard.action_create_returns()['res_id']))
        self.assertEqual(order.order_line.qty_delivered, 3)
        self.assertFalse(self._get_log(order))
