"""What core itself adds to a confirmed order costs what core says (articles S1, R5)."""
from types import SimpleNamespace

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import HttpCase, tagged

from ..common import LifecycleCommon
from .rpc_common import RpcMixin


@tagged('post_install', '-at_install')
class TestLooseLinesRpc(RpcMixin, LifecycleCommon, HttpCase):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tax = cls.env['account.tax'].create({'name': "Nine Hundred", 'amount': 900, 'type_tax_use': 'sale'})
        cls.extra = cls._new_product("Screws", list_price=20, invoice_policy='delivery')
        cls._put_in_stock(cls.extra, 10)

    def _add_down_payment(self, order, percent=20):
        """:return: the line of a posted down payment, made by people over RPC"""
        context = {'active_model': 'sale.order', 'active_ids': order.ids}
        wizard = self.call(self.user_sales, 'sale.advance.payment.inv', 'create', [{
            'advance_payment_method': 'percentage', 'amount': percent}], context=context)
        self.call(self.user_sales, 'sale.advance.payment.inv', 'create_invoices', wizard, context=context)
        self.call(self.user_accountant, 'account.move', 'action_post', order.invoice_ids.ids)
        return order.order_line.filtered(lambda line: line.is_downpayment and not line.display_type)

    def _deliver_extra(self, order):
        """:return: the line of goods that were delivered and not ordered"""
        picking = order.picking_ids
        picking.with_user(self.user_stock).move_ids = [Command.create({
            'product_id': self.extra.id, 'product_uom_qty': 3, 'quantity': 3, 'picked': True,
            'location_id': picking.location_id.id, 'location_dest_id': picking.location_dest_id.id})]
        picking.move_ids.with_user(self.user_stock).write({'picked': True})
        picking.move_ids.filtered(lambda move: move.product_id != self.extra).with_user(self.user_stock).quantity = 5
        self.call(self.user_stock, 'stock.picking', 'button_validate', picking.ids)
        self.assertEqual(picking.state, 'done')
        return order.order_line.filtered(lambda line: line.product_id == self.extra)

    def test_down_payment(self):
        order = self._confirm(self._new_order())
        line = self._add_down_payment(order)
        self.assertEqual(line.price_unit, 100)
        for user in (self.user_sales, self.user_sales_manager, self.user_accountant, self.user_stock):
            for values in (
                {'price_unit': 9000}, {'price_unit': 50}, {'discount': 50}, {'tax_ids': [[6, 0, self.tax.ids]]},
                {'extra_tax_data': {}}, {'product_uom_qty': 1}, {'is_downpayment': False},
                {'product_id': self.product_service.id}, {'order_id': self._new_order().id},
                {'qty_delivered': 5, 'price_unit': 1},
            ):
                with self.subTest(user=user.login, values=values):
                    self.assertCallRefused(user, 'sale.order.line', 'write', line.ids, values)
            self.assertCallRefused(
                user, 'sale.order', 'write', order.ids, {'order_line': [[1, line.id, {'price_unit': 9000}]]})
        self.assertEqual(line.price_unit, 100)
        invoice = order.with_user(self.user_accountant)._create_invoices(final=True)
        self.assertEqual(invoice.amount_untaxed, 400)

    def test_unpaid_down_payment_follows_its_invoice(self):
        """The accountant corrects the invoice, and the line follows when it is posted."""
        order = self._confirm(self._new_order())
        line = self._add_down_payment(order)
        invoice = order.invoice_ids
        self.call(self.user_accountant, 'account.move', 'button_draft', invoice.ids)
        invoice.with_user(self.user_accountant).invoice_line_ids.filtered('sale_line_ids').price_unit = 80
        self.call(self.user_accountant, 'account.move', 'action_post', invoice.ids)
        self.assertEqual(line.price_unit, 80)

    def test_delivered_in_excess(self):
        order = self._confirm(self._new_order())
        line = self._deliver_extra(order)
        self.assertRecordValues(line, [{'price_unit': 20, 'qty_delivered': 3, 'product_uom_qty': 0}])
        for user in (self.user_sales, self.user_stock, self.user_accountant):
            for values in ({'price_unit': -9000}, {'price_unit': 19}, {'discount': 5},
                           {'tax_ids': [[6, 0, self.tax.ids]]}):
                with self.subTest(user=user.login, values=values):
                    self.assertCallRefused(user, 'sale.order.line', 'write', line.ids, values)
        # The same values are no change.
        self.call(self.user_sales, 'sale.order.line', 'write', line.ids, {'price_unit': 20, 'discount': 0})

    def test_sales_manager_corrects_within_the_price(self):
        order = self._confirm(self._new_order())
        line = self._deliver_extra(order)
        manager = self.user_sales_manager
        for values in ({'price_unit': -1}, {'price_unit': 20.01}, {'discount': -50}, {'discount': 101},
                       {'price_unit': -10, 'discount': 200}, {'tax_ids': [[6, 0, self.tax.ids]]},
                       {'price_unit': 10, 'product_uom_qty': 5}, {'extra_tax_data': {'a': 1}}):
            with self.subTest(values=values):
                self.assertCallRefused(manager, 'sale.order.line', 'write', line.ids, values)
        notes = order.message_ids
        for values in ({'price_unit': 12.5}, {'price_unit': 0}, {'price_unit': 20, 'discount': 10}):
            self.call(manager, 'sale.order.line', 'write', line.ids, values)
        self.assertRecordValues(line, [{'price_unit': 20, 'discount': 10}])
        notes = order.message_ids - notes
        self.assertEqual(len(notes), 3)
        self.assertEqual(notes.author_id, manager.partner_id)
        self.assertIn("Unit Price (Screws)", "".join(notes.mapped('body')))

    def test_taxes_of_the_product(self):
        """The taxes that the product has, or that were agreed, can be entered where they are missing."""
        order = self._confirm(self._new_order())
        line = self._deliver_extra(order)
        own = self.env['account.tax'].create({'name': "Ten", 'amount': 10, 'type_tax_use': 'sale'})
        self.extra.taxes_id = own
        self.assertCallRefused(
            self.user_sales_manager, 'sale.order.line', 'write', line.ids, {'tax_ids': [[6, 0, self.tax.ids]]})
        self.call(self.user_sales_manager, 'sale.order.line', 'write', line.ids, {'tax_ids': [[6, 0, own.ids]]})
        self.assertEqual(line.tax_ids, own)

    def test_added_by_hand(self):
        """Lines without an ordered quantity wait for what will be delivered: they have the product's price."""
        order = self._confirm(self._new_order())
        vals = {'order_id': order.id, 'product_id': self.extra.id, 'product_uom_qty': 0}
        for more in ({'price_unit': 9000}, {'price_unit': -9000}, {'price_unit': 1}, {'discount': 90},
                     {'tax_ids': [[6, 0, self.tax.ids]]}, {'is_downpayment': True, 'price_unit': 9000},
                     {'is_downpayment': True, 'product_id': False, 'name': "x", 'price_unit': 9000},
                     {'is_expense': True, 'price_unit': 9000, 'qty_delivered': 1},
                     {'move_ids': [[4, order.picking_ids.move_ids.id]]}):
            with self.subTest(more=more):
                self.assertCallRefused(self.user_sales, 'sale.order.line', 'create', [{**vals, **more}])
                self.assertCallRefused(
                    self.user_sales, 'sale.order', 'write', order.ids,
                    {'order_line': [[0, 0, {key: value for key, value in {**vals, **more}.items()
                                            if key != 'order_id'}]]})
        for key, value in (('price_unit', 9000), ('discount', 90)):
            self.assertCallRefused(
                self.user_sales, 'sale.order.line', 'create', [vals], context={f'default_{key}': value})
        self.call(self.user_sales, 'sale.order.line', 'create', [vals])
        self.call(self.user_sales_manager, 'sale.order.line', 'create', [{**vals, 'price_unit': 15}])
        self.assertEqual(order.order_line.filtered(lambda line: line.product_id == self.extra).mapped('price_unit'),
                         [20, 15])

    def test_superuser_rights_of_a_person(self):
        """Core writes nested values of people as superuser: whose they are counts."""
        order = self._confirm(self._new_order())
        line = self._add_down_payment(order)
        raw = "From: a@example.com\nTo: b@example.com\nSubject: x\nMessage-Id: <loose@example.com>\n\nx"
        journal = order.invoice_ids.journal_id.id
        self.assertCallRefused(
            self.user_accountant, 'mail.thread', 'message_process', 'account.move', raw, {
                'move_type': 'out_refund', 'partner_id': self.partner.id, 'journal_id': journal,
                'invoice_line_ids': [[0, 0, {
                    'name': "x", 'price_unit': 1, 'sale_line_ids': [[1, line.id, {'price_unit': 9000}]]}]]})
        self.assertEqual(line.price_unit, 100)

    def test_repair(self):
        """Whoever repairs says what was needed, and not what it costs."""
        order = self._confirm(self._new_order())
        user = self._new_user('repairer', 'stock.group_stock_user,sales_team.group_sale_salesman_all_leads')
        user.password = 'test_rpc_password'
        repair = self.env['repair.order'].with_user(user).create({
            'partner_id': self.partner.id, 'product_id': self.product_stock.id, 'sale_order_id': order.id,
            'picking_type_id': self.warehouse.repair_type_id.id,
            'move_ids': [Command.create({
                'product_id': self.extra.id, 'product_uom_qty': 1, 'repair_line_type': 'add', 'price_unit': 9000})],
        })
        self.call(user, 'repair.order', 'action_validate', repair.ids)
        line = order.order_line.filtered(lambda row: row.product_id == self.extra)
        self.assertRecordValues(line, [{'price_unit': 20, 'product_uom_qty': 1}])
        for values in ({'price_unit': 9000}, {'product_uom_qty': 100}, {'move_ids': [[5]]}):
            with self.subTest(values=values):
                if 'move_ids' not in values:
                    self.assertCallRefused(user, 'sale.order.line', 'write', line.ids, values)
        self.call(user, 'stock.move', 'write', repair.move_ids.ids, {'product_uom_qty': 2})
        self.assertEqual(line.product_uom_qty, 2)
        self.call(user, 'repair.order', 'write', repair.ids, {'under_warranty': True})
        self.assertEqual(line.price_unit, 0)

    def test_unconfirmed_and_plain(self):
        """Before the confirmation sales prices what it sells; without a policy core's rules are all."""
        order = self._new_order()
        self.call(self.user_sales, 'sale.order.line', 'write', order.order_line.ids, {'price_unit': 50})
        company = self._new_company("Plain Company")
        self.user_sales.company_ids |= company
        plain = self._new_order(company_id=company.id)
        plain.action_confirm()
        context = {'allowed_company_ids': company.ids}
        line = self.call(self.user_sales, 'sale.order.line', 'create', [{
            'order_id': plain.id, 'product_id': self.extra.id, 'product_uom_qty': 0, 'price_unit': 7}],
            context=context)
        self.call(self.user_sales, 'sale.order.line', 'write', line, {'price_unit': 9}, context=context)

    def test_freight(self):
        """What the dialog of ``delivery`` hands over as the price of freight is that of the carrier."""
        order = self._confirm(self._new_order())
        carrier = SimpleNamespace(name="Carrier", rate_shipment=lambda order: {'price': 15.0})
        for user, price, passes in (
            (self.user_sales, 15, True), (self.user_sales, 9000, False), (self.user_sales, 5, False),
            (self.user_sales_manager, 5, True), (self.user_sales_manager, -5, False),
            (self.user_sales_manager, 16, False),
        ):
            own = order.with_user(user)
            with self.subTest(user=user.login, price=price):
                if passes:
                    own._check_freight(carrier, price)
                else:
                    with self.assertRaises(UserError):
                        own._check_freight(carrier, price)

    def test_paid_by_somebody_elses_invoice(self):
        """Invoices say which lines they bill, lines do not say which invoices bill them."""
        paid, order = self._confirm(self._new_order()), self._confirm(self._new_order())
        self._pay(self._invoice(paid))
        invoice_lines = paid.order_line.invoice_lines.ids
        for user in (self.user_sales, self.user_sales_manager, self.user_stock):
            for values in ({'invoice_lines': [[4, invoice_lines[0]]]}, {'invoice_lines': [[6, 0, invoice_lines]]}):
                self.assertCallRefused(user, 'sale.order.line', 'write', order.order_line.ids, values)
                self.assertCallRefused(
                    user, 'sale.order', 'write', order.ids, {'order_line': [[1, order.order_line.id, values]]})
            self.assertCallRefused(
                user, 'sale.order.line', 'write', paid.order_line.ids, {'invoice_lines': [[5]]})
            # Which takes all of them away, too.
            self.assertCallRefused(
                user, 'sale.order.line', 'write', paid.order_line.ids, {'invoice_lines': False})
        self.call(self.user_sales, 'sale.order.line', 'write', paid.order_line.ids, {'invoice_lines': []})
        quotation = self._new_order()
        self.assertCallRefused(self.user_sales, 'sale.order.line', 'create', [{
            'order_id': quotation.id, 'product_id': self.extra.id, 'invoice_lines': [[6, 0, invoice_lines]]}])
        # Accountants link what they bill, while it is a draft, to orders of the customer who is billed.
        stranger = self.env['res.partner'].create({'name': "Somebody Else"})
        for values in (
            {'sale_line_ids': [[4, order.order_line.id]]}, {'sale_line_ids': [[6, 0, order.order_line.ids]]},
            {'sale_line_ids': [[5]]}, {'sale_line_ids': [[3, paid.order_line.id]]}, {'sale_line_ids': False},
            {'sale_line_ids': order.order_line.ids},
        ):
            self.assertCallRefused(self.user_accountant, 'account.move.line', 'write', invoice_lines, values)
            self.assertCallRefused(
                self.user_accountant, 'account.move', 'write', paid.invoice_ids.ids,
                {'invoice_line_ids': [[1, invoice_lines[0], values]]})
        line = {'product_id': self.extra.id, 'price_unit': 500, 'sale_line_ids': [[4, order.order_line.id]]}
        self.assertCallRefused(self.user_accountant, 'account.move', 'create', [{
            'move_type': 'out_invoice', 'partner_id': stranger.id, 'invoice_line_ids': [[0, 0, line]]}])
        # Core takes no default of the context for the lines of an invoice.
        self.call(self.user_accountant, 'account.move', 'create', [{
            'move_type': 'out_invoice', 'partner_id': stranger.id,
            'invoice_line_ids': [[0, 0, {'product_id': self.extra.id}]]}],
            context={'default_sale_line_ids': [[6, 0, order.order_line.ids]]})
        self.assertFalse(order.order_line.invoice_lines)
        self.assertEqual(order._get_paid_amounts(), {order.id: 0})
        self.assertEqual(paid._get_paid_amounts(), {paid.id: 500})
        self.call(self.user_accountant, 'account.move', 'create', [{
            'move_type': 'out_invoice', 'partner_id': self.partner.id, 'invoice_line_ids': [[0, 0, line]]}])
        self.assertEqual(order.order_line.invoice_lines.mapped('price_unit'), [500])
