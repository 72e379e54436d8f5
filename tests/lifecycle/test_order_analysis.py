from datetime import date, datetime

from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import tagged

from ..common import LifecycleCommon


@tagged('post_install', '-at_install')
class TestOrderAnalysis(LifecycleCommon):
    """Lateness is counted by pivots and graphs though time makes it and nothing stores it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy.calendar_id = cls.env['resource.calendar'].create({
            'name': "Shanghai", 'tz': 'Asia/Shanghai', 'company_id': cls.company.id,
        })
        with freeze_time('2026-05-01 08:00:00'):
            cls.kept, cls.missed, cls.waiting, cls.soon, cls.later, cls.cancelled, cls.unpromised = cls.orders = (
                cls._new_order(count=7, commitment_date=datetime(2026, 5, 4, 4)))
            cls.soon.promised_date = date(2026, 5, 9)
            cls.later.promised_date = date(2026, 6, 20)
            cls.unpromised.commitment_date = False
            cls._confirm(cls.kept | cls.missed)
            cls.cancelled._action_cancel()
        with freeze_time('2026-05-04 15:30:00'):
            cls._deliver(cls.kept.picking_ids)
        # The night of the 5th in Shanghai.
        with freeze_time('2026-05-04 16:30:00'):
            cls._deliver(cls.missed.picking_ids)
        cls.env.flush_all()

    def _read_group(self, *args):
        return self.env['sale.order'].with_user(self.user_manager)._read_group([('id', 'in', self.orders.ids)], *args)

    @freeze_time('2026-05-07 02:00:00')
    def test_measures(self):
        self.env.invalidate_all()
        self.assertEqual(self.orders.mapped('days_late'), [0, 1, 3, 0, 0, 0, 0])
        self.assertEqual(self.orders.mapped('late_count'), [0, 1, 1, 0, 0, 0, 0])
        self.assertEqual(
            self._read_group([], ['late_count:sum', 'days_late:max', 'days_late:sum', '__count']), [(2, 3, 4, 7)])
        self.assertEqual(
            self._read_group(['promised_date:month'], ['late_count:sum', '__count']),
            [(date(2026, 5, 1), 2, 5), (date(2026, 6, 1), 0, 1), (False, 0, 1)])
        for name, aggregator in (('late_count', 'sum'), ('days_late', 'avg')):
            self.assertEqual(self.env['sale.order'].fields_get([name])[name]['aggregator'], aggregator)

    @freeze_time('2026-05-07 02:00:00')
    def test_promise(self):
        self.env.invalidate_all()
        groups = self._read_group(['promise_state'], ['id:recordset'])
        self.assertEqual([state for state, _orders in groups], ['late', 'soon', 'open', 'kept', False])
        for state, orders in groups:
            with self.subTest(state=state):
                self.assertEqual(set(orders.mapped('promise_state')), {state})
                own = [('id', 'in', self.orders.ids), ('promise_state', '=', state)]
                self.assertEqual(self.env['sale.order'].search(own).sorted('id').ids, orders.sorted('id').ids)
                self.assertEqual(self.orders.filtered_domain(own).ids, orders.sorted('id').ids)
        self.assertEqual(
            self.env['sale.order'].search([
                ('id', 'in', self.orders.ids), ('promise_state', 'not in', ['late', 'kept'])]),
            (self.orders - self.kept - self.missed - self.waiting).sorted())

    def test_phases_in_the_order_of_the_work(self):
        self._register(self.waiting)
        self.env.flush_all()
        phases = [phase for phase, _count in self._read_group(['lifecycle_phase'], ['__count'])]
        self.assertEqual(phases, ['quotation', 'intake', 'settlement', 'cancelled'])
        self.assertEqual(
            self.env['sale.order'].search(
                [('id', 'in', self.orders.ids)], order='lifecycle_phase desc, id').mapped('lifecycle_phase'),
            ['cancelled', *['settlement'] * 2, 'intake', *['quotation'] * 3])

    def test_views(self):
        Order = self.env['sale.order'].with_user(self.user_manager)
        action = self.env['ir.actions.actions']._for_xml_id('sale_order_lifecycle.sale_order_board_action')
        views = {view_type: view_id for view_id, view_type in action['views']}
        for view_type in ('pivot', 'graph'):
            self.assertIn('promised_date', Order.get_view(views[view_type], view_type)['arch'])
        result = Order.formatted_read_grouping_sets(
            [('id', 'in', self.orders.ids)], [[], ['lifecycle_phase'], ['lifecycle_phase', 'promised_date:month']],
            ['company_amount_untaxed:sum', 'late_count:sum', '__count'])
        self.assertEqual(result[0][0]['__count'], 7)

    def test_customers_do_not_count(self):
        customer = self._new_user('customer', 'base.group_portal')
        Order = self.env['sale.order'].with_user(customer)
        for name in ('days_late', 'late_count', 'promise_state'):
            with self.subTest(field=name), self.assertRaises(AccessError):
                Order._read_group([], [], [f'{name}:max'])
        with self.assertRaises(AccessError):
            Order.search([('promise_state', '=', 'late')])
        with self.assertRaises(AccessError):
            Order.search([], order='promise_state')

    def test_plain_orders_are_not_late(self):
        company = self._new_company("Plain")
        order = self.env['sale.order'].with_company(company).create({
            'partner_id': self.partner.id, 'company_id': company.id, 'commitment_date': '2020-01-01 12:00:00',
            'order_line': [Command.create({'product_id': self.product_service.id})],
        })
        self.env.flush_all()
        self.assertEqual(
            self.env['sale.order']._read_group([('id', '=', order.id)], ['promise_state'], ['late_count:sum']),
            [(False, 0)])
