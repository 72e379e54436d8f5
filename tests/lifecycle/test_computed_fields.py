"""What core computes of a document says core, not whoever may write the document (articles R5, F1, S1)."""
from odoo import Command
from odoo.tests import HttpCase, new_test_user, tagged

from ..common import LifecycleCommon
from ..review.rpc_common import RpcMixin


@tagged('post_install', '-at_install')
class TestComputedFields(RpcMixin, LifecycleCommon, HttpCase):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.order = cls._confirm(cls._new_order())
        invoice = cls._invoice(cls.order)
        cls.records = {
            'sale.order': cls.order, 'sale.order.line': cls.order.order_line,
            'account.move': invoice, 'account.move.line': invoice.invoice_line_ids,
        }

    def _get_other_value(self, record, name):
        """:return: what the field does not hold, as a client sends it"""
        field, value = record._fields[name], record[name]
        if value or field.type not in ('boolean', 'integer', 'float', 'monetary', 'many2one'):
            return False
        return self.env[field.comodel_name].search([], limit=1).id or 1 if field.type == 'many2one' else 1

    def _get_models(self):
        return [
            name for name, model in self.registry.items()
            if not model._abstract and issubclass(model, self.registry['order.computed.mixin'])]

    def test_nobody_writes_them(self):
        self.assertEqual(set(self._get_models()), set(self.records), "Add a record of the model to this test.")
        for model, record in self.records.items():
            user = self.user_accountant if model.startswith('account') else self.user_sales
            names = record._get_computed_by_core()
            self.assertTrue(names)
            for name in names:
                with self.subTest(model=model, field=name):
                    self.assertCallRefused(
                        user, model, 'write', record.ids, {name: self._get_other_value(record, name)})
        self.assertCallRefused(self.user_stock, 'stock.picking', 'write', self.order.picking_ids.ids, {'state': 'done'})

    def test_who_has_no_policy(self):
        """A company without a policy sees what core lets it do."""
        company = self._new_company()
        user = new_test_user(
            self.env, login='test_plain', groups='sales_team.group_sale_manager', company_id=company.id,
            company_ids=[Command.set(company.ids)])
        order = self.env['sale.order'].with_user(user).create({
            'partner_id': self.partner.id, 'order_line': [Command.create({'product_id': self.product_service.id})]})
        order.order_line.write({'salesman_id': self.user_sales.id, 'qty_delivered_method': 'analytic'})
        self.assertEqual(order.order_line.qty_delivered_method, 'analytic')

    def test_gate_reads_all_lines(self):
        """What a record rule lets the person see is not what the gate judges."""
        order = self._new_order(lines=[(self.product_service, 1), (self.product_service, 2)])
        self._accept(order)
        hidden = order.order_line[1]
        self.env['ir.rule'].create({
            'name': "Hidden", 'model_id': self.env['ir.model']._get_id('sale.order.line'),
            'domain_force': f"[('id', '!=', {hidden.id})]"})
        self.env.invalidate_all()
        own = order.with_user(self.user_sales)
        self.assertEqual(own.order_line, order.order_line.browse(order.order_line.ids) - hidden)
        self.assertEqual(len(own.sudo().order_line), 1, "What was read is kept for the superuser, too.")
        own.state = 'sale'
        self.assertTrue(order.confirmed_at)

    def test_line_out_of_sight(self):
        """No line is hidden from its order: what is not seen is not summed up, and not approved (article R5)."""
        order = self._new_order()
        line = order.order_line
        other = self._new_company("Elsewhere")
        for user in (self.user_sales, self.user_stock, self.user_mrp, self.user_accountant):
            for values in ({'salesman_id': self.user_finance.id}, {'company_id': other.id}, {'company_id': False},
                           {'order_partner_id': False}, {'currency_id': False}):
                with self.subTest(user=user.login, values=values):
                    self.assertCallRefused(user, 'sale.order.line', 'write', line.ids, values)
        self.assertCallRefused(self.user_sales, 'sale.order', 'write', order.ids, {
            'order_line': [[1, line.id, {'salesman_id': self.user_finance.id}]]})
        self.assertCallRefused(self.user_sales, 'sale.order.line', 'create', [{
            'order_id': order.id, 'product_id': self.product_service.id, 'salesman_id': self.user_finance.id}])
        for name, value in (('salesman_id', self.user_finance.id), ('qty_delivered_method', 'analytic')):
            self.assertCallRefused(self.user_sales, 'sale.order.line', 'create', [{
                'order_id': order.id, 'product_id': self.product_service.id}], context={f'default_{name}': value})
            self.env['ir.default'].with_user(self.user_sales).set('sale.order.line', name, value, user_id=True)
        ids = self.call(self.user_sales, 'sale.order.line', 'create', [{
            'order_id': order.id, 'product_id': self.product_service.id}])
        added = self.env['sale.order.line'].browse(ids)
        self.assertEqual((added.salesman_id, added.qty_delivered_method), (order.user_id, 'manual'))
