"""What nobody may see or do of material at risk over RPC, and how people work with it in the browser."""
from datetime import timedelta
from xmlrpc.client import Fault

from odoo import fields
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .test_order_material import MaterialCommon

PASSWORD = 'test_material_password'
LOGGERS = ('odoo.models', 'odoo.addons.base.models.ir_model', 'odoo.addons.base.models.ir_rule', 'odoo.http')


@tagged('post_install', '-at_install')
class TestOrderMaterialRpc(MaterialCommon, HttpCase):

    def _call(self, user, model, method, *args, **kwargs):
        return self.xmlrpc_object.execute_kw(self.env.cr.dbname, user.id, PASSWORD, model, method, list(args), kwargs)

    def _new_late(self):
        """:return: an order of which a part comes late"""
        part = self._new_purchased_product("Late Leg")
        order = self._new_confirmed((part, 2))
        order.purchase_ids.button_confirm()
        order.purchase_ids.order_line.date_planned = fields.Datetime.now() + timedelta(days=60)
        return order

    @mute_logger(*LOGGERS)
    def test_rights(self):
        order = self._new_late()
        foreign = self._new_company(policy=True)
        clerk = self._new_user('foreign_clerk', 'sale_order_lifecycle.group_purchasing', company=foreign)
        other = self._new_user('other_seller', 'sales_team.group_sale_salesman')
        users = self.user_purchasing | self.user_sales | self.user_employee | self.user_buyer | clerk | other
        users.password = PASSWORD
        row, = self._call(self.user_purchasing, 'order.material', 'search_read', [('order_id', '=', order.id)])
        self.assertEqual((row['state'], row['purchase_name']), ('late', order.purchase_ids.name))
        self.assertFalse({'purchase_id', 'production_id', 'warehouse_id'} & row.keys())
        ids = [row['id']]
        self.assertEqual(len(self._call(self.user_sales, 'order.material', 'search', [])), 1)
        grouped = self._call(
            self.user_purchasing, 'order.material', 'formatted_read_group', [], ['vendor_id', 'needed_date:week'],
            ['quantity:sum'])
        self.assertEqual([group['quantity:sum'] for group in grouped], [2])
        # Of a company of others, or of the orders of others, nothing is found.
        context = {'allowed_company_ids': foreign.ids, 'order_material_of': order.ids}
        for user, own in ((clerk, context), (other, {})):
            self.assertEqual(self._call(user, 'order.material', 'search', [], context=own), [])
        attempts = [
            ('read', ids, ['product_id']), ('action_open_order', ids), ('action_open_purchase', ids),
            ('action_replenish', ids)]
        forged = [
            ('write', ids, {'quantity': 0}), ('create', {'product_id': row['product_id'][0]}), ('unlink', ids),
            ('copy', ids), ('_notify_of', ids), ('_find_at_risk', ids), ('action_open_purchase', [[1]]),
            ('action_open_order', ['x']), ('action_replenish', []), ('action_open_order', [2 ** 31 - 1])]
        blind = (clerk, other, self.user_employee, self.user_buyer)
        cases = [(user, attempt) for user in blind for attempt in attempts]
        cases += [(user, attempt) for user in (self.user_purchasing, self.user_sales) for attempt in forged]
        cases += [(self.user_purchasing, attempt) for attempt in attempts[2:]]
        for user, (method, *args) in cases:
            with self.subTest(user=user.login, method=method, args=args), self.assertRaises(Fault) as refused:
                self._call(user, 'order.material', method, *args)
            self.assertNotIn('Traceback', refused.exception.faultString)
        with self.assertRaises(Fault):
            self._call(self.user_sales, 'sale.order', 'write', order.ids, {'material_told': {}})

    def test_purchasing(self):
        """Purchasing procures what nobody does, and finds the order and the purchase of what comes late."""
        self.user_purchasing.group_ids |= (
            self.env.ref('purchase.group_purchase_user') | self.env.ref('stock.group_stock_user'))
        product = self._new_purchased_product("Rare Lantern", make_to_order=False)
        self._new_confirmed((product, 7))
        self._new_late()
        self.start_tour('/odoo/order-incidents', 'order_material', login=self.user_purchasing.login)
        line = self.env['purchase.order.line'].search([('product_id', '=', product.id)])
        self.assertEqual((line.product_qty, line.partner_id), (7, self.vendor))

    def test_planner(self):
        """A planner sees in the week what is to be made for orders, and what is missing."""
        self.user_production.group_ids |= self.env.ref('mrp.group_mrp_user')
        table = self._new_manufactured_product("Table of the Week")
        order = self._new_confirmed((table, 1))
        order.production_ids.date_start = fields.Datetime.now() - timedelta(days=1)
        self.start_tour('/odoo/order-incidents', 'order_production_week', login=self.user_production.login)
