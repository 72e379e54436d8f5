from lxml import etree

from odoo import fields
from odoo.tests import tagged
from odoo.tools.safe_eval import safe_eval

from ..common import LifecycleCommon


@tagged('post_install', '-at_install')
class TestOrderBoard(LifecycleCommon):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.action = cls.env['ir.actions.actions']._for_xml_id('sale_order_lifecycle.sale_order_board_action')

    def _read_board(self, user, domain=()):
        """The board as the web client asks for it; :return: dict phase → group"""
        result = self.env['sale.order'].with_user(user).with_context(read_group_expand=True).web_read_group(
            [('policy_id', '!=', False), *domain], ['lifecycle_phase'], ['amount_total:sum_currency'], auto_unfold=True,
            unfold_read_specification={'name': {}, 'review_summary': {}, 'waiting_for': {}, 'promise_state': {}})
        return {group['lifecycle_phase']: group for group in result['groups']}

    def test_columns(self):
        cancelled, order = self._new_order(count=2)
        cancelled._action_cancel()
        groups = self._read_board(self.user_legal)
        self.assertEqual(list(groups), [
            'quotation', 'intake', 'review', 'production', 'delivery', 'settlement', 'aftersales', 'archived',
            'cancelled'])
        self.assertIn(order.id, [record['id'] for record in groups['quotation']['__records']])
        self.assertEqual(groups['cancelled']['__count'], 1)
        self.assertNotIn('__records', groups['cancelled'])
        self.assertNotIn('__records', groups['archived'])

    def test_other_groupings_open_as_ever(self):
        self._new_order()
        result = self.env['sale.order'].web_read_group(
            [('policy_id', '!=', False)], ['review_state'], auto_unfold=True, unfold_read_specification={'name': {}})
        self.assertTrue(all('__records' in group for group in result['groups']))

    def test_card_moves_with_the_facts(self):
        order = self._new_order()
        own = [('id', '=', order.id)]

        def column():
            return [phase for phase, group in self._read_board(self.user_legal, own).items() if group['__count']]

        self.assertEqual(column(), ['quotation'])
        self._register(order)
        self.assertEqual(column(), ['intake'])
        self._submit(order)
        self.assertEqual(column(), ['review'])
        review = self._get_pending_reviews(order)
        review.with_user(self.user_sales).action_return("The quantity is wrong")
        self.assertEqual(column(), ['intake'])
        self._accept(order)
        self.assertEqual(column(), ['review'])
        order.with_user(self.user_sales).action_confirm()
        self.assertEqual(column(), ['delivery'])
        self._deliver(order.picking_ids)
        self.assertEqual(column(), ['settlement'])

    def test_chips(self):
        order = self._submit(self._new_order())
        summary = order.with_user(self.user_legal).review_summary
        self.assertEqual(
            [(chip['role_code'], chip['state']) for chip in summary], [('sales', 'pending'), ('finance', 'waiting')])
        for chip in summary:
            self.assertIn(chip['role'], chip['title'])
        self.assertIn("Pending", summary[0]['title'])

    def test_filters(self):
        open_order, submitted, refused, approved, confirmed = orders = self._new_order(count=5)
        self._register(open_order)
        self._submit(submitted | refused)
        self._get_pending_reviews(refused).with_user(self.user_sales).action_return("Wrong price")
        self._accept(approved | confirmed)
        confirmed.with_user(self.user_sales).action_confirm()
        arch = self.env['sale.order'].get_view(
            self.env.ref('sale_order_lifecycle.sale_order_view_search_lifecycle').id, 'search')['arch']
        for name, found in {
            'to_submit': open_order,
            'in_review': submitted,
            'refused': refused,
            'to_confirm': approved,
            'delivery': confirmed,
            'settlement': self.env['sale.order'],
            'late': self.env['sale.order'],
        }.items():
            with self.subTest(filter=name):
                self.assertIn(f'name="{name}"', arch)
                self.assertEqual(self._search_filter(arch, name, orders), found)

    def _search_filter(self, arch, name, orders):
        node = next(node for node in etree.fromstring(arch).iter('filter') if node.get('name') == name)
        domain = fields.Domain(safe_eval(node.get('domain'), {'uid': self.user_sales.id}))
        return self.env['sale.order'].with_user(self.user_sales).search(
            domain & fields.Domain('id', 'in', orders.ids)).with_env(self.env)

    def test_waits_for_my_department(self):
        submitted, other = orders = self._new_order(count=2)
        self._submit(orders)
        self._get_pending_reviews(submitted).with_user(self.user_sales).action_approve()
        for user, found in (
            (self.user_finance, submitted), (self.user_sales, other), (self.user_legal, self.env['sale.order']),
        ):
            with self.subTest(user=user.login):
                own = self.env['sale.order'].with_user(user).search([
                    ('id', 'in', orders.ids), ('waits_for_me', '=', True)]).with_env(self.env)
                self.assertEqual(own, found)
                self.assertEqual(orders.with_user(user).filtered('waits_for_me').with_env(self.env), found)
                self.assertEqual(self.env['sale.order'].with_user(user).search_count([
                    ('id', 'in', orders.ids), ('waits_for_me', '=', False)]), 2 - len(found))

    def test_costs_the_same_for_many(self):
        self._submit(self._new_order(count=20))
        Order = self.env['sale.order'].with_user(self.user_legal)
        self.assertSameCounts(lambda limit: self._count_queries(
            Order.web_search_read, [('policy_id', '=', self.policy.id)],
            {'name': {}, 'review_summary': {}, 'waiting_for': {}, 'promise_state': {}}, limit=limit))

    def test_second_company_without_policy_has_no_cards(self):
        company = self._new_company()
        order = self.env['sale.order'].with_company(company).create({
            'partner_id': self.partner.id, 'company_id': company.id})
        self.assertFalse(self.env['sale.order'].search(self._get_action_domain() & fields.Domain('id', '=', order.id)))

    def _get_action_domain(self):
        return fields.Domain(safe_eval(self.action['domain']))
