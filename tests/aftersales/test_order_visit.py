from datetime import timedelta

from freezegun import freeze_time
from psycopg2 import IntegrityError

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .common import AftersalesCommon


@tagged('post_install', '-at_install')
class TestOrderVisit(AftersalesCommon):
    """Calls to customers after the delivery (article A4)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy.visit_delay_days = 14

    def _new_visit(self, count=1, **vals):
        order = self._new_order()
        return self.env['order.visit'].create([{'order_id': order.id, **vals} for _index in range(count)])

    # -- planning -------------------------------------------------------------------------------

    def test_planned_when_fulfilled(self):
        self.policy.responsibility_ids = [(0, 0, {
            'role_id': self._role('aftersales').id, 'user_id': self.user_aftersales.id})]
        orders = self._confirm(self._new_order(3))
        self.assertFalse(orders.visit_ids)
        self._deliver(orders.picking_ids)
        self.env.flush_all()
        for order in orders:
            self.assertRecordValues(order.visit_ids, [{
                'state': 'todo', 'is_planned': True, 'user_id': self.user_aftersales.id,
                'partner_id': self.partner.id, 'company_id': self.company.id,
                'due_date': order._to_lifecycle_date(order.fulfilled_at) + timedelta(days=14)}])
            self.assertEqual(order.visit_count, 1)

    def test_salesperson_without_anybody_in_charge(self):
        order = self._fulfil(self._new_order())
        self.env.flush_all()
        self.assertEqual(order.visit_ids.user_id, self.user_sales)

    def test_planned_visit_stays_with_its_order(self):
        """Nobody plans the call to one customer away by moving it to another order."""
        order, other = self._fulfil(self._new_order()), self._new_order()
        self.env.flush_all()
        visit = order.visit_ids
        self.assertTrue(visit.is_planned)
        own = self._as(visit, self.user_aftersales)
        with self.assertRaisesRegex(UserError, "planned by the policy"):
            own.order_id = other
        own.write({'order_id': visit.order_id.id, 'due_date': '2031-01-01'})
        self.assertEqual(visit.due_date.year, 2031)
        free = self._new_visit()
        self._as(free, self.user_aftersales).order_id = other
        self.assertEqual(free.order_id, other)

    def test_not_planned(self):
        self.policy.visit_delay_days = 0
        order = self._fulfil(self._new_order())
        self.env.flush_all()
        self.assertFalse(order.visit_ids)

    def test_planned_once(self):
        order = self._fulfil(self._new_order(lines=[(self.product_service, 2)]))
        self.env.flush_all()
        visit = order.visit_ids
        order.order_line.with_user(self.user_sales).qty_delivered = 1
        self.env.flush_all()
        self.assertEqual(order.fulfilment_state, 'partial' if order.fulfilment_state == 'partial' else 'waiting')
        self.assertEqual(visit.state, 'cancelled')
        order.order_line.with_user(self.user_sales).qty_delivered = 2
        self.env.flush_all()
        self.assertEqual(sorted(order.visit_ids.mapped('state')), ['cancelled', 'todo'])
        self.assertEqual(order.visit_count, 1)

    def test_day_in_the_zone_of_the_policy(self):
        self.policy.sudo().calendar_id = self.calendar
        self.calendar.tz = 'Asia/Shanghai'
        with freeze_time('2026-03-02 20:00:00'):
            order = self._fulfil(self._new_order())
            self.env.flush_all()
        self.assertEqual(order.visit_ids.due_date, fields.Date.to_date('2026-03-17'))

    def test_negative_delay(self):
        with self.assertRaises(IntegrityError), mute_logger('odoo.sql_db'), self.cr.savepoint():
            self.policy.visit_delay_days = -1
            self.env.flush_all()

    # -- results --------------------------------------------------------------------------------

    def test_done(self):
        visit = self._new_visit()
        visit.with_user(self.user_aftersales).action_done(5, " Very good ")
        self.assertRecordValues(visit, [{
            'state': 'done', 'satisfaction': 5, 'note': "Very good", 'done_by_id': self.user_aftersales.id,
            'ticket_id': False}])
        self.assertTrue(visit.done_at)
        with self.assertRaisesRegex(UserError, "has ended"):
            visit.with_user(self.user_aftersales).action_done(1)
        with self.assertRaises(UserError):
            visit.with_user(self.user_aftersales).action_unreachable()

    def test_bad_score_opens_a_complaint(self):
        visits = self._new_visit(2)
        visits.with_user(self.user_aftersales).action_done(2, "The lamps flicker")
        tickets = visits.ticket_id
        self.assertEqual(len(tickets), 2)
        for visit in visits:
            self.assertRecordValues(visit.ticket_id, [{
                'kind': 'complaint', 'order_id': visit.order_id.id, 'partner_id': self.partner.id,
                'description': "The lamps flicker", 'stage_id': self.stage_new.id}])
            self.assertTrue(visit.ticket_id.deadline)
            self.assertEqual(visit.ticket_id.visit_ids, visit)
            self.assertEqual(visit.action_open_ticket()['res_id'], visit.ticket_id.id)

    def test_scores(self):
        visit = self._new_visit().with_user(self.user_aftersales)
        for score in (0, 6, -1, None, "5", 2.5):
            with self.subTest(score=score), self.assertRaises(UserError):
                visit.action_done(score)

    def test_unreachable_is_tried_again(self):
        visit = self._new_visit().with_user(self.user_aftersales)
        visit.action_unreachable()
        visit.action_unreachable()
        self.assertRecordValues(visit, [{'state': 'unreachable', 'attempt_count': 2}])
        visit.action_done(4)
        self.assertEqual(visit.state, 'done')

    def test_all_or_none(self):
        done, todo = self._new_visit(2)
        done.with_user(self.user_aftersales).action_done(5)
        with self.assertRaises(UserError):
            (done + todo).with_user(self.user_aftersales).action_done(4)
        self.assertEqual(todo.state, 'todo')

    def test_average_of_those_who_were_asked(self):
        visits = self._new_visit(3)
        visits[0].with_user(self.user_aftersales).action_done(5)
        visits[1].with_user(self.user_aftersales).action_done(2)
        self.env.flush_all()
        [(average,)] = self.env['order.visit']._read_group([('id', 'in', visits.ids)], [], ['satisfaction:avg'])
        self.assertEqual(average, 3.5)

    def test_dialog(self):
        visits = self._new_visit(2).with_user(self.user_aftersales)
        with Form.from_action(visits.env, visits.action_open_result()) as form:
            form.satisfaction = '4'
            form.note = "Fine"
        form.record.action_apply()
        self.assertEqual(visits.mapped('satisfaction'), [4, 4])

    def test_who_records(self):
        visit = self._new_visit(user_id=self.user_sales.id)
        for login in ('finance', 'manager'):
            with self.subTest(login=login), self.assertRaises(AccessError):
                self._as(visit, self.users_by_login[login]).action_done(5)
            with self.subTest(login=login, su=True), self.assertRaises(AccessError):
                visit.with_user(self.users_by_login[login]).sudo().action_done(5)
        self.assertFalse(self._as(visit, self.user_finance).can_report)
        other = self._new_user('other_sales', 'sales_team.group_sale_salesman')
        with self.assertRaises(AccessError):
            self._as(visit, other).action_done(5)
        with self.assertRaises(AccessError):
            self._as(visit, self.user_sales).action_cancel()
        self.assertTrue(self._as(visit, self.user_sales).can_report)
        self._as(visit, self.user_sales).action_done(1, "Bad")
        self.assertEqual(visit.ticket_id.kind, 'complaint')

    def test_another_company(self):
        agent = self._new_user('agent_two', 'sale_order_lifecycle.group_aftersales', company=self._new_company())
        visit = self._new_visit()
        self.assertFalse(self.env['order.visit'].with_user(agent).search([('id', '=', visit.id)]))
        with self.assertRaises(AccessError):
            self._as(visit, agent).action_done(5)

    def test_cancel(self):
        visit = self._new_visit().with_user(self.user_aftersales)
        visit.action_cancel()
        self.assertEqual(visit.state, 'cancelled')
        with self.assertRaises(UserError):
            visit.partner_id = self.vendor

    def test_overdue(self):
        late = self._new_visit(due_date=fields.Date.add(fields.Date.today(), days=-2))
        due = self._new_visit(due_date=fields.Date.today())
        self.assertTrue(late.is_overdue)
        self.assertFalse(due.is_overdue)
        found = self.env['order.visit'].search([('is_overdue', '=', True), ('id', 'in', (late + due).ids)])
        self.assertEqual(found, late)
        self.assertEqual(self.env['order.visit'].with_user(self.user_sales).search([('is_mine', '=', True)]),
                         self.env['order.visit'])
