"""What people do every day goes on under a policy, by those who do it, and without one as ever."""
from odoo import Command, fields
from odoo.exceptions import UserError
from odoo.tests import HttpCase, tagged

from ..common import LifecycleCommon


@tagged('post_install', '-at_install')
class TestHonestWork(LifecycleCommon):
    """No one here has a right on this addon's records beyond what the application gives."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.journal_purchase = cls.env['account.journal'].search(
            [('type', '=', 'purchase'), ('company_id', '=', cls.company.id)], limit=1)

    # -- invoicing ----------------------------------------------------------------------------------

    def _invoice(self, order, method='delivered', user=None, **vals):
        wizard = self.env['sale.advance.payment.inv'].with_user(user or self.user_sales).with_context(
            active_model='sale.order', active_ids=order.ids).create({'advance_payment_method': method, **vals})
        before = order.invoice_ids
        wizard.create_invoices()
        self.env.invalidate_all()
        invoice = order.invoice_ids - before
        invoice.with_user(self.user_accountant).action_post()
        return invoice

    def test_down_payment_final_invoice_and_credit_note(self):
        order = self._confirm(self._new_order())
        down_payment = self._invoice(order, 'percentage', amount=30)
        self.assertEqual(down_payment.amount_untaxed, 150)
        self._deliver(order.picking_ids)
        final = self._invoice(order)
        self.assertEqual(final.amount_untaxed, 350)
        self.assertEqual(order.lifecycle_phase, 'settlement')
        self.assertEqual(order.review_state, 'approved')
        reversal = self.env['account.move.reversal'].with_user(self.user_accountant).with_context(
            active_model='account.move', active_ids=final.ids).create({'journal_id': final.journal_id.id})
        reversal.reverse_moves()
        reversal.new_move_ids.with_user(self.user_accountant).action_post()
        down_payment.with_user(self.user_accountant).button_draft()
        down_payment.with_user(self.user_accountant).action_post()

    def test_fixed_down_payment_by_accountant(self):
        order = self._confirm(self._new_order(lines=[(self.product_service, 2)]))
        user = self._new_user('invoicing', 'account.group_account_invoice,sales_team.group_sale_salesman_all_leads')
        self.assertEqual(self._invoice(order, 'fixed', user, fixed_amount=60).amount_untaxed, 60)
        self.assertEqual(self._invoice(order, user=user).amount_untaxed, 100)

    def test_accountant_invoices_an_order(self):
        order = self._confirm(self._new_order())
        order.with_user(self.user_accountant)._create_invoices()
        self.assertEqual(order.invoice_ids.amount_untaxed, 500)
        order.invoice_ids.with_user(self.user_accountant).action_post()
        self.assertEqual(order.invoice_status, 'invoiced')

    def test_down_payment_is_taken_back(self):
        order = self._confirm(self._new_order())
        user = self._new_user('invoicing', 'account.group_account_manager,sales_team.group_sale_salesman_all_leads')
        invoice = self._invoice(order, 'percentage', amount=30).with_user(user)
        invoice.button_draft()
        invoice.unlink()
        self.assertFalse(order.order_line.filtered(lambda line: line.is_downpayment and not line.display_type))
        self.assertEqual(order.amount_untaxed, 500)

    def test_expense_of_a_vendor_bill(self):
        """An accountant books a bill whose cost the customer bears: core adds it to the confirmed order."""
        plan = self.env['account.analytic.plan'].create({'name': "Orders"})
        analytic = self.env['account.analytic.account'].create({'name': "Job", 'plan_id': plan.id})
        order = self._confirm(self._new_order())
        # Which order a bill belongs to is told by modules above core's own.
        self.patch(self.registry['account.move.line'], '_sale_determine_order', lambda lines: dict.fromkeys(
            lines.filtered('product_id').ids, order.with_env(lines.env)))
        travel = self._new_product("Travel", type='service', expense_policy='cost', invoice_policy='delivery')
        bill = self.env['account.move'].create({
            'move_type': 'in_invoice', 'partner_id': self.vendor.id, 'invoice_date': fields.Date.today(),
            'invoice_line_ids': [Command.create({
                'product_id': travel.id, 'quantity': 2, 'price_unit': 40,
                'analytic_distribution': {str(analytic.id): 100}})],
        })
        # Core lets people with both applications do it.
        user = self._new_user('invoicing', 'account.group_account_invoice,sales_team.group_sale_salesman_all_leads')
        bill.with_user(user).action_post()
        line = order.order_line.filtered('is_expense')
        self.assertEqual((line.product_id, line.qty_delivered, line.price_unit), (travel, 2, 40))
        self.assertEqual(order.fulfilment_state, 'ready')
        self.assertEqual(self._invoice(order).amount_untaxed, 580)
        with self.assertRaises(UserError):
            line.with_user(self.user_sales).price_unit = 400

    # -- delivering ---------------------------------------------------------------------------------

    def test_partial_backorder_return_and_over_delivery(self):
        order = self._confirm(self._new_order())
        self._deliver(order.picking_ids, {self.product_stock: 2})
        self.assertEqual(order.fulfilment_state, 'partial')
        rest = order.picking_ids.filtered(lambda picking: picking.state != 'done')
        self._deliver(rest, {self.product_stock: 4})
        self.assertEqual((order.fulfilment_state, order.order_line.qty_delivered), ('done', 6))
        returned = self.env['stock.return.picking'].with_user(self.user_stock).with_context(
            active_id=rest.id, active_ids=rest.ids, active_model='stock.picking').create({})
        returned.product_return_moves.quantity = 1
        back = self.env['stock.picking'].browse(returned.action_create_returns()['res_id'])
        self._deliver(back)
        self.assertEqual(order.order_line.qty_delivered, 5)
        self.assertEqual(order.fulfilment_state, 'done')

    def test_more_comes_back_than_was_sold(self):
        """Whoever validates a return credits what the order has delivered, and nothing else."""
        order = self._confirm(self._new_order())
        self._deliver(order.picking_ids)
        stranger = self._new_product("Never Sold", invoice_policy='delivery')
        for product, quantity in ((self.product_stock, 6), (stranger, 1)):
            returned = self.env['stock.return.picking'].with_user(self.user_stock).with_context(
                active_id=order.picking_ids[0].id, active_ids=order.picking_ids[0].ids, active_model='stock.picking',
            ).create({})
            if product == stranger:
                returned.product_return_moves = [Command.create({'product_id': product.id, 'quantity': 1})]
            returned.product_return_moves.filtered(lambda row: row.product_id == product).quantity = quantity
            back = self.env['stock.picking'].browse(returned.action_create_returns()['res_id'])
            with self.subTest(product=product.name), self.assertRaises(UserError), self.env.cr.savepoint():
                self._deliver(back, {product: quantity})
            self.assertRecordValues(order.order_line, [{'qty_delivered': 5, 'product_id': self.product_stock.id}])
            back.action_cancel()

    def test_extra_product(self):
        order = self._confirm(self._new_order())
        picking = order.picking_ids.with_user(self.user_stock)
        extra = self._new_product("Screws", invoice_policy='delivery')
        self._put_in_stock(extra, 10)
        picking.move_ids = [Command.create({
            'product_id': extra.id, 'product_uom_qty': 3, 'quantity': 3, 'picked': True,
            'location_id': picking.location_id.id, 'location_dest_id': picking.location_dest_id.id})]
        self._deliver(picking.with_env(self.env))
        line = order.order_line.filtered(lambda line: line.product_id == extra)
        self.assertEqual((line.product_uom_qty, line.qty_delivered), (0, 3))
        self.assertEqual(order.fulfilment_state, 'done')
        # A sales manager may ask for less than the extra goods cost.
        line.with_user(self.user_sales_manager).price_unit = 2
        self.assertEqual(self._invoice(order).amount_untaxed, 506)

    def test_kit_in_three_steps(self):
        self.warehouse.delivery_steps = 'pick_pack_ship'
        part = self._new_product("Part")
        self._put_in_stock(part, 100)
        kit = self._new_manufactured_product("Kit", component=part, kit=True)
        order = self._confirm(self._new_order(lines=[(kit, 2), (self.product_stock, 1)]))
        for _step in range(3):
            self._deliver_next(order)
        self.assertEqual(order.fulfilment_state, 'done')
        self.assertEqual(order.order_line[0].qty_delivered, 2)

    def test_production_for_an_order(self):
        table = self._new_manufactured_product("Table", component=self.product_stock)
        order = self._confirm(self._new_order(lines=[(table, 2)]))
        production = self.env['mrp.production'].search([('product_id', '=', table.id)]).with_user(self.user_mrp)
        production.action_assign()
        production.qty_producing = 2
        production._set_qty_producing()
        production.with_context(skip_backorder=True, skip_consumption=True).button_mark_done()
        self.assertEqual(production.state, 'done')
        self._deliver(order.picking_ids)
        self.assertEqual(order.lifecycle_phase, 'settlement')

    def test_repair_for_an_order(self):
        order = self._confirm(self._new_order())
        repair = self.env['repair.order'].with_user(self.user_stock).create({
            'partner_id': self.partner.id, 'product_id': self.product_stock.id, 'sale_order_id': order.id,
            'picking_type_id': self.warehouse.repair_type_id.id,
        })
        part = self._new_product("Spare Part")
        self._put_in_stock(part, 5)
        user = self._new_user('repairer', 'stock.group_stock_user,sales_team.group_sale_salesman_all_leads')
        repair = repair.with_user(user)
        repair.move_ids = [Command.create({
            'product_id': part.id, 'product_uom_qty': 1, 'repair_line_type': 'add'})]
        repair.action_validate()
        repair.action_repair_start()
        repair.move_ids.product_uom_qty = 2
        repair.move_ids.write({'quantity': 2, 'picked': True})
        repair.action_repair_end()
        line = order.order_line.filtered(lambda line: line.product_id == part)
        self.assertEqual((line.product_uom_qty, line.qty_delivered), (2, 2))

    def test_everyday_edits_of_a_confirmed_order(self):
        order = self._confirm(self._new_order()).with_user(self.user_sales)
        order.write({'client_order_ref': "PO 7", 'user_id': self.user_sales.id})
        order.order_line.with_user(self.user_sales_manager).name = "Stock good, as agreed on the phone"
        order.message_post(body="Called")
        order.action_lock()
        order.action_unlock()
        order.action_quotation_send()
        order.with_user(self.user_stock).picking_ids.scheduled_date = fields.Datetime.add(
            fields.Datetime.now(), days=3)
        order.picking_ids.with_user(self.user_stock).note = "At the back door"
        self.assertEqual(order.review_state, 'approved')

    def test_draft_order_is_deleted(self):
        order = self._new_order(lines=[(self.product_stock, 5), {'name': "Note", 'display_type': 'line_note'}])
        order.order_line[0].with_user(self.user_sales).unlink()
        order.with_user(self.user_sales_manager).unlink()
        self.assertFalse(order.exists())


@tagged('post_install', '-at_install')
class TestPlainCompany(LifecycleCommon, HttpCase):
    """A company without a policy does not notice the addon, whoever works there."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.plain = cls._new_company("Plain Company")
        cls.plain_warehouse = cls.env['stock.warehouse'].search([('company_id', '=', cls.plain.id)])
        cls._put_in_stock(cls.product_stock, 100, cls.plain_warehouse)
        cls.people = {
            name: cls._new_user(f'plain_{name}', groups, company=cls.plain) for name, groups in (
                ('sales', 'sales_team.group_sale_salesman_all_leads'), ('stock', 'stock.group_stock_user'),
                ('mrp', 'mrp.group_mrp_user'), ('buyer', 'purchase.group_purchase_user'))}

    def _new_plain_order(self, **vals):
        return self.env['sale.order'].with_user(self.people['sales']).create({
            'partner_id': self.partner.id,
            'order_line': [Command.create({'product_id': self.product_stock.id, 'product_uom_qty': 5})], **vals})

    def test_from_quotation_to_return(self):
        order = self._new_plain_order()
        order.action_confirm()
        order.order_line.write({'product_uom_qty': 6, 'price_unit': 7})
        order.order_line.with_user(self.people['stock']).product_uom_qty = 4
        self.assertEqual(order.order_line.move_ids.product_uom_qty, 4)
        picking = order.picking_ids.with_user(self.people['stock'])
        picking.action_assign()
        picking.move_ids.write({'quantity': 4, 'picked': True})
        picking.button_validate()
        picking.date_done = '2026-01-01'
        returned = self.env['stock.return.picking'].with_user(self.people['stock']).with_context(
            active_id=picking.id, active_ids=picking.ids, active_model='stock.picking').create({})
        returned.product_return_moves.quantity = 4
        back = self.env['stock.picking'].with_user(self.people['stock']).browse(
            returned.action_create_returns()['res_id'])
        back.move_ids.write({'quantity': 4, 'picked': True})
        back.button_validate()
        self.assertEqual(order.order_line.qty_delivered, 0)
        self.assertRecordValues(order, [{
            'policy_id': False, 'lifecycle_phase': False, 'fulfilment_state': False, 'review_state': 'none',
            'confirmed_at': False}])

    def test_states_and_lines_as_ever(self):
        order = self._new_plain_order(state='sale')
        self.assertEqual(order.state, 'sale')
        order.write({'state': 'draft'})
        order.write({'state': 'sale'})
        order.write({'order_line': [Command.create({'product_id': self.product_service.id})]})
        service = order.order_line[1]
        service.with_user(self.people['stock']).qty_delivered = 1
        service.with_user(self.people['mrp']).price_unit = 9
        order._action_cancel()
        order.action_draft()
        order.write({'user_id': False, 'pricelist_id': False, 'note': "Terms"})
        order.order_line.unlink()
        self.env['sale.order.line'].with_user(self.people['sales']).create({
            'order_id': order.id, 'product_id': self.product_stock.id, 'qty_delivered': 2})
        order.copy().action_confirm()

    def test_portal_and_public(self):
        order = self._new_plain_order(require_signature=True, require_payment=False)
        order.order_line.tax_ids = False
        url = order.sudo().get_portal_url()
        self.env.flush_all()
        self.assertIn(order.name, self.url_open(url).text)
        for governed in (False, True):
            company = self.company if governed else self.plain
            customer = self._new_user(f'customer_{governed}', 'base.group_portal', company=company)
            customer.partner_id.parent_id = self.partner
            subject = self._confirm(self._new_order()) if governed else order.sudo()
            if not governed:
                subject.state = 'sent'
            subject.message_subscribe(customer.partner_id.ids)
            self.env.flush_all()
            self.authenticate(customer.login, customer.login)
            with self.subTest(governed=governed):
                for page in ('/my/orders', '/my/quotes', f'/my/orders/{subject.id}'):
                    self.assertEqual(self.url_open(page).status_code, 200)
                self.assertIn(subject.name, self.url_open(f'/my/orders/{subject.id}').text)
