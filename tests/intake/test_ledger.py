from ast import literal_eval
from datetime import timedelta

from lxml import etree

from odoo import fields
from odoo.tests import tagged
from odoo.tools.safe_eval import safe_eval

from ..common import LifecycleCommon


@tagged('post_install', '-at_install')
class TestLedger(LifecycleCommon):
    """Article I2: the ledger holds registered orders only, cancelled ones included."""

    def _search_ledger(self, *domain, user=None):
        action = self.env['ir.actions.actions']._for_xml_id('sale_order_lifecycle.sale_order_action_ledger')
        return self.env['sale.order'].with_user(user or self.user_sales).search(
            fields.Domain(literal_eval(action['domain'])) & fields.Domain(list(domain)))

    def test_content(self):
        orders = self._new_order(3)
        self._register(orders[:2])
        orders[1].with_user(self.user_sales).action_cancel()
        found = self._search_ledger(('id', 'in', orders.ids))
        self.assertEqual(set(found.ids), set(orders[:2].ids))

    def test_columns(self):
        order = self._register(self._new_order(lines=[(self.product_stock, 5), (self.product_service, 2.5)]))
        own = order.with_user(self.user_sales)
        self.assertEqual(own.customer_contact, f"{self.partner.phone}, {self.partner.email}")
        self.assertEqual(own.ordered_quantity, 7.5)
        self.assertEqual(
            own.product_summary,
            f"5 × {self.product_stock.display_name}, 2.5 × {self.product_service.display_name}")

    def test_filters(self):
        view = self.env['sale.order'].with_user(self.user_sales).get_view(
            self.env.ref('sale_order_lifecycle.sale_order_view_search_ledger').id, 'search')
        self.assertIn('this_week', view['arch'])
        today, old = self._register(self._new_order()), self._new_order()
        self._register(old, received_at=fields.Datetime.now() - timedelta(days=70))
        orders = (today | old).ids
        for value in ('today', 'today =week_start', 'today =1d'):
            self.assertEqual(self._search_ledger(('id', 'in', orders), ('received_at', '>=', value)).ids, today.ids)
        self.assertFalse(self._search_ledger(('id', 'in', orders), ('channel_id.kind', '=', 'platform')))

    def test_every_filter_and_grouping(self):
        """Each one that is shown can be used by a salesperson, and the groups hold every order once."""
        orders = self._register(self._new_order(3, user_id=self.user_sales.id))
        orders[0].with_user(self.user_sales).action_cancel()
        own = self.env['sale.order'].with_user(self.user_sales)
        arch = etree.fromstring(own.get_view(
            self.env.ref('sale_order_lifecycle.sale_order_view_search_ledger').id, 'search')['arch'])
        mine, groupings = fields.Domain('id', 'in', orders.ids), 0
        found = {}
        for node in arch.iter('filter'):
            if domain := node.get('domain'):
                domain = fields.Domain(safe_eval(domain, {'uid': self.user_sales.id}))
                found[node.get('name')] = own.search(mine & domain)
            if context := node.get('context'):
                groupings += 1
                groups = own.formatted_read_group(mine, [literal_eval(context)['group_by']], ['__count'])
                self.assertEqual(sum(group['__count'] for group in groups), 3, node.get('name'))
        self.assertGreaterEqual(groupings, 7)
        self.assertEqual(found['cancelled'], orders[0])
        self.assertEqual(found['not_cancelled'], orders[1:].sorted('id', reverse=True))
        for name in ('my_registrations', 'today', 'this_month'):
            self.assertEqual(len(found[name]), 3, name)
        for name in ('possible_duplicate', 'waived', 'customer_to_check', 'correction_asked', 'kind_platform'):
            self.assertFalse(found[name], name)

    def test_list_is_for_reading(self):
        view = self.env['sale.order'].get_view(
            self.env.ref('sale_order_lifecycle.sale_order_view_list_ledger').id, 'list')
        for attribute in ('create', 'edit', 'delete', 'import'):
            self.assertIn(f'{attribute}="0"', view['arch'])

    def test_export(self):
        order = self._register(self._new_order(channel_reference='EXP-1'))
        user = self._new_user('exporter', 'sales_team.group_sale_salesman_all_leads,base.group_allow_export')
        rows = order.with_user(user).export_data([
            'name', 'channel_id', 'channel_reference', 'received_at', 'registered_by_id', 'partner_id',
            'customer_contact', 'product_summary', 'ordered_quantity', 'amount_total', 'payment_term_id',
            'commitment_date', 'lifecycle_phase', 'missing_summary'])['datas']
        self.assertEqual(rows[0][:3], [order.name, self.channel.name, 'EXP-1'])

    def test_queries(self):
        """Reading the ledger's columns costs the same for one order and for twenty."""
        names = [
            'customer_contact', 'product_summary', 'ordered_quantity', 'missing_summary', 'lifecycle_phase',
            'ledger_remark', 'waiver_count', 'confirmation_hours', 'customer_answer']
        self.assertSameQueries(
            lambda number: self._register(self._new_order(number)).with_user(self.user_sales),
            lambda orders: orders.read(names))
