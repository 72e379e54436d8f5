"""Departments report the progress of orders, regularly and when they are urged (articles F3, K1)."""
from datetime import date
from unittest.mock import patch

from psycopg2 import IntegrityError

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from odoo.addons.sale_order_lifecycle.models.tracking.sale_order_progress_facts import ProgressFacts

from .common import FIRST_DAY, ProgressCommon

# Three working days after the first one, to the hour.
THIRD_DAY = '2026-03-12 09:00:00'


@tagged('post_install', '-at_install')
class TestOrderProgress(ProgressCommon):

    # -- regular reports ------------------------------------------------------------------------

    def test_due_after_working_days(self):
        """Neither an hour before, nor twice, and a week-end is no working time."""
        with self._at(FIRST_DAY):
            order = self._new_in_production()
        with self._at('2026-03-12 08:59:00'):
            self.assertFalse(self._open(order))
        with self._at(THIRD_DAY):
            self.assertEqual(len(self._open(order)), 1)
            self.assertEqual(len(self._open(order)), 1, "another node finds nothing left")
        with self._at('2026-03-16 16:59:00'):  # 7 h on Thursday, 8 h on Friday, 7.98 h on Monday
            self.assertEqual(len(self._open(order)), 1)
        with self._at('2026-03-17 09:00:00'):
            self.assertEqual(len(self._open(order)), 2)

    def test_filled_in_from_the_records(self):
        with self._at(FIRST_DAY):
            order = self._new_in_production(ends=5)
        with self._at(THIRD_DAY):
            [report] = self._open(order)
            self.assertRecordValues(report, [{
                'kind': 'scheduled', 'role_id': self._role('production').id, 'state': 'reported', 'is_automatic': True,
                'percent': 0, 'forecast_date': date(2026, 3, 14), 'reported_by_id': False, 'deadline': False,
                'risk': False, 'reported_at': self._moment(THIRD_DAY),
            }])
            self.assertFalse(self._get_messages(self.user_production))
            self.assertFalse(order.has_progress_requests)

    def test_quality_has_its_inspections(self):
        """Who inspects is not asked how far the order is."""
        self.policy.sudo().with_user(1).inspection_plan_ids = [Command.create({
            'name': "Final check", 'product_ids': [Command.set(self.product_stock.ids)], 'point': 'delivery'})]
        with self._at(FIRST_DAY):
            order = self._confirm(self._new_order(lines=[(self.product_stock, 1)]))
            self.assertEqual(order.inspection_state, 'todo')
        with self._at(THIRD_DAY):
            self._open()
            self.assertEqual(order.progress_ids.role_id.mapped('code'), ['logistics'])

    def test_asked_where_the_order_is_at_risk(self):
        """Each reason by itself; the records answer again when it is gone."""
        with self._at(FIRST_DAY):
            later, overdue, late, fine = orders = self.env['sale.order'].concat(
                self._new_in_production(days=14, ends=15), self._new_in_production(days=14, ends=2),
                self._new_in_production(days=2, ends=5), self._new_in_production())
        with self._at(THIRD_DAY):
            self._open()
            self.assertEqual(
                [(order.progress_ids.state, order.progress_ids.risk) for order in orders],
                [('requested', 'forecast'), ('requested', 'overdue'), ('requested', 'late'), ('reported', False)])
            nothing = self.env['order.progress']
            self.assertEqual(fine._get_progress_risk(None, nothing), 'unknown')
            self.assertEqual(fine._get_progress_risk(ProgressFacts(50, False, False), nothing), 'unknown')
            request = later.progress_ids
            self.assertEqual(request.deadline, self._moment('2026-03-13 09:00:00'), "8 working hours")
            self.assertTrue(later.has_progress_requests and not fine.has_progress_requests)
            request.with_user(self.user_production).action_report(30, '2026-03-24')
            later.production_ids.date_finished = '2026-03-20 12:00:00'
        with self._at('2026-03-17 09:00:00'):
            # Made according to the records: nothing, although 30 % was reported.
            self._open()
            self.assertEqual(later.progress_ids.sorted('id')[-1].risk, 'percent')
            self.assertEqual(overdue.progress_ids, overdue.progress_ids[:1], "it waits for the first answer")

    def test_later_than_reported(self):
        with self._at(FIRST_DAY):
            order = self._new_in_production(ends=5)
        with self._at(THIRD_DAY):
            self._open(order)
        with self._at('2026-03-13 09:00:00'):
            order.production_ids.date_finished = '2026-03-18 12:00:00'
        with self._at('2026-03-17 09:00:00'):
            self.assertRecordValues(self._open(order)[0], [{'state': 'requested', 'risk': 'slipped'}])

    def test_logistics_and_no_report_without_the_switch(self):
        with self._at(FIRST_DAY):
            order = self._confirm(self._new_order())
            self.assertEqual(order.lifecycle_phase, 'delivery')
            order.picking_ids.move_ids.date = '2026-03-16 12:00:00'
        with self._at(THIRD_DAY):
            self.policy.progress_interval_days = 0
            self.assertFalse(self._open(order))
            self.policy.progress_interval_days = 3
            self.assertRecordValues(self._open(order), [{
                'role_id': self._role('logistics').id, 'state': 'reported', 'percent': 0,
                'forecast_date': date(2026, 3, 16)}])
        service = self._confirm(self._new_order(lines=[(self.product_service, 1)]))
        service.confirmed_at = '2026-03-01 09:00:00'
        self.assertFalse(self._open(service), "sales does not report to itself")
        self.assertTrue(service.progress_asked_at)

    # -- answers --------------------------------------------------------------------------------

    def test_report(self):
        with self._at(FIRST_DAY):
            order = self._new_in_production(ends=15)
        with self._at(THIRD_DAY):
            request = self._open(order).with_user(self.user_production)
            self.assertTrue(request.can_report and request.can_accept)
            self.assertEqual((request.proposed_percent, request.proposed_date), (0, date(2026, 3, 24)))
        with self._at('2026-03-12 13:00:00'):
            request.action_report(40.7, '2026-03-25', "A machine is repaired.")
            self.assertRecordValues(request, [{
                'state': 'reported', 'percent': 40, 'forecast_date': date(2026, 3, 25), 'is_automatic': False,
                'note': "A machine is repaired.", 'reported_by_id': self.user_production.id, 'hours_used': 3,
                'is_ended_late': False, 'delegated_for_id': False,
            }])
            note = order.message_ids[0].body
            for part in ("Production reports: 40 % done, forecast 03/25/2026.", "A machine is repaired."):
                self.assertIn(part, note)
            # Promised for the 23rd: sales hears of it.
            self.assertEqual(self._get_subjects(self.user_sales)[-1], "Progress was reported")
            with self.assertRaisesRegex(UserError, "Test Production has already reported"):
                request.action_report(50, '2026-03-25')

    def test_values(self):
        with self._at(FIRST_DAY):
            order = self._new_in_production()
            order.with_user(self.user_sales).action_urge('production', "The customer calls.")
            request = order.progress_ids.with_user(self.user_production)
            for percent in (-1, 101, '50', None, True, float('nan'), [50]):
                with self.assertRaisesRegex(UserError, "percentage from 0 to 100"):
                    request.action_report(percent, '2026-03-20')
            for day in ('soon', 7, ['2026-03-20'], '1066-10-14'):
                with self.assertRaisesRegex(UserError, "as a date"):
                    request.action_report(50, day)
            for day in (None, False, ''):
                with self.assertRaisesRegex(UserError, "Enter the forecast"):
                    request.action_report(50, day)
            with self.assertRaisesRegex(UserError, "in the past"):
                request.action_report(50, '2026-03-08')
            request.action_report(100, None)
            self.assertRecordValues(request, [{'percent': 100, 'forecast_date': date(2026, 3, 9)}])

    def test_accept_many(self):
        """Two clicks for whatever the records tell; the others are named."""
        with self._at(FIRST_DAY):
            orders = self._new_in_production(2, ends=15) + self._new_in_production(ends=2)
        with self._at(THIRD_DAY):
            self._open()
            requests = orders.progress_ids.with_user(self.user_production)
            self.assertEqual(requests.sorted(lambda row: row.order_id.id).mapped('can_accept'), [True, True, False])
            with self.assertRaisesRegex(UserError, "no date .* that can still be met"):
                requests.action_accept()
            self.assertEqual(set(requests.mapped('state')), {'requested'})
            message = requests.action_accept_possible()['params']['message']
            self.assertIn("2 progress requests answered.", message)
            self.assertIn(orders[2].name, message)
            self.assertRecordValues(requests.sorted(lambda row: row.order_id.id), [
                {'state': 'reported', 'percent': 0, 'forecast_date': date(2026, 3, 24)},
                {'state': 'reported', 'percent': 0, 'forecast_date': date(2026, 3, 24)},
                {'state': 'requested', 'percent': 0, 'forecast_date': False}])
            # The last one from its dialog.
            action = requests.filtered(lambda request: request.state == 'requested').action_open_report()
            with Form.from_action(self.env(user=self.user_production.id), action) as form:
                self.assertEqual((form.percent, form.forecast_date), (0, False))
                form.percent, form.forecast_date = 90, '2026-03-13'
            form.record.action_report()
            self.assertEqual(orders[2].progress_ids.percent, 90)

    def test_only_the_role_answers(self):
        with self._at(FIRST_DAY):
            order = self._new_in_production()
            order.with_user(self.user_sales).action_urge('production', "The customer calls.")
            request = order.progress_ids
            for login in ('sales', 'sales_manager', 'logistics', 'purchasing', 'manager', 'employee', 'mrp'):
                own = request.with_user(self.users_by_login[login])
                for records in (own, own.sudo()):
                    with self.assertRaises(AccessError, msg=login):
                        records.action_report(50, '2026-03-20')
                    with self.assertRaises(AccessError, msg=login):
                        records.action_accept()
            with self.assertRaises(AccessError, msg="OdooBot has no word to give"):
                request.with_user(self.env.ref('base.user_root')).action_report(50, '2026-03-20')
            self.assertEqual(request.state, 'requested')
            self.assertFalse(request.with_user(self.user_employee).search([]))

    def test_delegate(self):
        with self._at(FIRST_DAY):
            order, other = self._new_in_production(2)
            for code in ('production', 'logistics'):
                (order + other).with_user(self.user_sales).action_urge(code, "The customer calls.")
            self._delegate(self.user_production)
            own = self.env['order.progress'].with_user(self.user_employee)
            mine = own.search([('is_my_role', '=', True)])
            self.assertEqual(mine.sudo().order_id, order + other)
            self.assertEqual(mine.sudo().role_id.code, 'production')
            self.assertEqual(own.search([]), mine)
            with self.assertRaises(AccessError):
                own.browse((order.progress_ids - mine.sudo()).ids).action_report(50, '2026-03-20')
            mine.action_report(50, '2026-03-20')
            self.assertEqual(mine.sudo().delegated_for_id, self.user_production)
            self.assertEqual(mine.sudo().reported_by_id, self.user_employee)
        with self._at('2026-03-11 09:00:00'):
            self.assertFalse(own.search([]), "the delegation has ended")

    def test_delegate_is_told(self):
        self.policy.progress_hours = 2
        with self._at(FIRST_DAY):
            order = self._new_in_production()
            self._delegate(self.user_production)
            before = [len(self._get_messages(user)) for user in (self.user_production, self.user_employee)]
            order.with_user(self.user_sales).action_urge('production', "The customer calls.")
            name = order.progress_ids.display_name
        with self._at('2026-03-09 11:30:00'):
            self._run_cron('ir_cron_follow_progress_deadlines')
            self.assertEqual(self._get_subjects(self.user_employee)[before[1]:], [
                f"Sales urges: {name}", f"Progress report overdue: {name}"])
            # Whoever is away hears only of what is overdue.
            self.assertEqual(
                self._get_subjects(self.user_production)[before[0]:], [f"Progress report overdue: {name}"])

    def test_confirmed_anew(self):
        """What was asked before an order was cancelled does not count after it."""
        with self._at(FIRST_DAY):
            order = self._new_in_production()
        with self._at(THIRD_DAY):
            self._open(order)
            order.with_user(self.user_sales)._action_cancel()
            order.with_user(self.user_sales).action_draft()
            self._confirm(order)
            order.production_ids.filtered(
                lambda row: row.state != 'cancel').date_finished = '2026-03-20 12:00:00'
        with self._at('2026-03-16 09:00:00'):
            order.progress_asked_at = FIRST_DAY
            self.assertEqual(len(self._open(order)), 1)
        with self._at('2026-03-17 09:00:00'):
            self.assertEqual(len(self._open(order)), 2)

    # -- urges ----------------------------------------------------------------------------------

    def test_urge(self):
        with self._at(FIRST_DAY):
            first, second = orders = self._new_in_production(2, ends=15)
            orders.with_user(self.user_sales).action_urge('production', "The customer calls.")
            self.assertRecordValues(orders.progress_ids, 2 * [{
                'kind': 'urge', 'state': 'requested', 'role_id': self._role('production').id, 'risk': False,
                'requested_by_id': self.user_sales.id, 'requested_at': self._moment(FIRST_DAY),
                'reason': "The customer calls.", 'deadline': self._moment('2026-03-10 09:00:00'),
            }])
            self.assertIn("Test Sales urges Production: The customer calls.", first.message_ids[0].body)
            self.assertEqual(self._get_subjects(self.user_production), ["Sales urges 2 progress reports"])
            self.assertIn("The customer calls.", self._get_messages(self.user_production).body)
            with self.assertRaisesRegex(UserError, "already urged Production"):
                first.with_user(self.user_sales).action_urge('production', "Again.")
        with self._at(THIRD_DAY):
            # A regular request waits with the urge: it is not asked for twice, and another department is another one.
            self.assertEqual(len(self._open(first)), 1)
            first.with_user(self.user_sales).action_urge('logistics', "A truck is there.")
            first.progress_ids.filtered(lambda row: row.role_id.code == 'production').with_user(
                self.user_production).action_report(20, '2026-03-20')
            self.assertRecordValues(first.progress_ids.sorted('id'), [
                {'state': 'reported', 'is_ended_late': True}, {'state': 'requested', 'is_ended_late': False}])
            self.assertEqual(self._get_subjects(self.user_sales)[-1], "Progress was reported")
            self.assertEqual((first.progress_count, first.open_progress_count), (2, 1))
            self.assertEqual(second.open_progress_count, 1)

    def test_one_answer_for_both(self):
        with self._at(FIRST_DAY):
            order = self._new_in_production(ends=15)
        with self._at(THIRD_DAY):
            regular = self._open(order)
            order.with_user(self.user_sales).action_urge('production', "The customer calls.")
            urge = order.progress_ids - regular
            urge.with_user(self.user_production).action_report(20, '2026-03-20')
            self.assertEqual((regular.state, regular.percent), ('reported', 20))

    def test_who_urges(self):
        with self._at(FIRST_DAY):
            order = self._new_in_production()
            for login in ('production', 'logistics', 'manager', 'employee', 'stock'):
                with self.assertRaises(AccessError, msg=login):
                    order.with_user(self.users_by_login[login]).action_urge('production', "Hurry.")
            with self.assertRaises(AccessError):
                order.with_user(self.env.ref('base.user_root')).action_urge('production', "Hurry.")
            other = self._new_user('sales2', 'sales_team.group_sale_salesman')
            with self.assertRaises(AccessError):
                order.with_user(other).action_urge('production', "Hurry.")
            own = order.with_user(self.user_sales)
            for code in ('sales', 'nobody', None, 7, ['production']):
                with self.assertRaisesRegex(UserError, "department to urge"):
                    own.action_urge(code, "Hurry.")
            for reason in ('', ' ', None, 7):
                with self.assertRaisesRegex(UserError, "reason why"):
                    own.action_urge('production', reason)
            plain = self._new_order().with_user(self.user_sales)
            with self.assertRaisesRegex(UserError, "not registered"):
                plain.action_urge('production', "Hurry.")
            self.assertFalse(order.progress_ids)
            company = self._new_company(policy=True)
            seller = self._new_user('seller', 'sales_team.group_sale_manager', company=company)
            with self.assertRaises(AccessError):
                order.with_user(seller).action_urge('production', "Hurry.")
            # The department is proposed where only one is at work.
            self.assertEqual(
                own.action_open_urge()['context']['default_role_id'], self._role('production').id)

    # -- what ends them -------------------------------------------------------------------------

    def test_ends_with_the_order(self):
        with self._at(FIRST_DAY):
            cancelled, delivered = self._new_in_production(ends=15), self._confirm(self._new_order())
            delivered.picking_ids.move_ids.date = '2026-03-27 12:00:00'
            delivered.with_user(self.user_sales).action_urge('finance', "The customer wants to pay.")
        with self._at(THIRD_DAY):
            self._open()
            self.assertEqual(cancelled.progress_ids.state, 'requested')
            cancelled.with_user(self.user_sales)._action_cancel()
            self.assertRecordValues(cancelled.progress_ids, [{
                'state': 'cancelled', 'cancelled_at': self._moment(THIRD_DAY), 'is_ended_late': False}])
            with self.assertRaisesRegex(UserError, "not needed"):
                cancelled.progress_ids.with_user(self.user_production).action_report(50, '2026-03-20')
            with self.assertRaisesRegex(UserError, "is cancelled"):
                cancelled.with_user(self.user_sales).action_urge('production', "Hurry.")
        with self._at('2026-03-16 09:00:00'):
            self._deliver(delivered.picking_ids)
            self.assertEqual(
                {row.role_id.code: row.state for row in delivered.progress_ids},
                {'logistics': 'cancelled', 'finance': 'requested'})
            self.assertTrue(delivered.progress_ids.filtered(lambda row: row.state == 'cancelled').is_ended_late)

    # -- chasing --------------------------------------------------------------------------------

    def test_told_and_chased(self):
        """One message for all that is opened, one before the deadline, one after it, then whoever is in charge."""
        chief = self._new_user('chief', 'sale_order_lifecycle.group_legal', notification_type='inbox')
        self.policy.write({'reminder_percent': 75, 'escalation_hours': 4, 'responsibility_ids': [Command.create({
            'role_id': self._role('production').id, 'user_id': chief.id})]})
        with self._at(FIRST_DAY):
            orders = self._new_in_production(2, ends=15)
        with self._at(THIRD_DAY):
            self._run_cron('ir_cron_open_progress')
            self.assertEqual(orders.progress_ids.mapped('state'), 2 * ['requested'])
            self._run_cron('ir_cron_notify_progress')
            self._run_cron('ir_cron_notify_progress')
        with self._at('2026-03-12 16:00:00'):  # 6 of 8 working hours
            self._run_cron('ir_cron_follow_progress_deadlines')
        with self._at('2026-03-13 09:00:00'):
            self._run_cron('ir_cron_follow_progress_deadlines')
            self.assertEqual(self._get_subjects(self.user_production), [
                "2 progress reports are waiting for you", "2 progress reports are due soon",
                "2 progress reports are overdue"])
            self.assertFalse(self._get_messages(chief))
        with self._at('2026-03-13 14:00:00'):
            self._run_cron('ir_cron_follow_progress_deadlines')
            self.assertTrue(orders.progress_ids[0].is_overdue)
            self.assertEqual(self._get_subjects(chief), ["2 progress reports are overdue"])
            self.assertEqual(len(self._get_messages(self.user_production)), 3)
            group = self.env['order.progress'].with_user(self.user_production)._get_systray_group()
            self.assertEqual((group['total_count'], group['overdue_count']), (2, 2))
            self.assertFalse(self.env['order.progress'].with_user(self.user_logistics)._get_systray_group())

    def test_daily_summary(self):
        self.user_production.order_notice_mode = 'digest'
        with self._at(FIRST_DAY):
            orders = self._new_in_production(2, ends=15)
        with self._at(THIRD_DAY):
            self._open(orders)._notify_requested()
            self.assertFalse(self._get_messages(self.user_production))
            self._run_cron('ir_cron_send_order_digest')
            self.assertEqual(self._get_subjects(self.user_production), ["2 progress reports are waiting for you"])

    def test_what_fails_keeps_nothing_else_from_it(self):
        with self._at(FIRST_DAY):
            good, bad = self._new_in_production(2)
        Progress = type(self.env['order.progress'])
        prepare = Progress._prepare_scheduled_vals

        def fail(records, order, *args):
            if order.id == bad.id:
                raise UserError("No.")
            return prepare(records, order, *args)

        with self._at(THIRD_DAY), patch.object(Progress, '_prepare_scheduled_vals', fail):
            self._run_cron('ir_cron_open_progress')
        self.assertTrue(good.progress_ids)
        self.assertFalse(bad.progress_ids)
        self.assertFalse(bad.progress_asked_at)

    # -- policy ---------------------------------------------------------------------------------

    @mute_logger('odoo.sql_db')
    def test_numbers_of_the_policy(self):
        for vals in (
            {'progress_interval_days': -1}, {'progress_interval_days': 10 ** 6}, {'progress_hours': -0.5},
            {'progress_hours': 10 ** 6},
        ):
            with self.subTest(**vals), self.assertRaises(IntegrityError), self.env.cr.savepoint():
                self.policy.write(vals)
                self.env.flush_all()

    # -- archive --------------------------------------------------------------------------------

    def test_kept_in_the_dossier(self):
        order = self._fulfil(self._new_order())
        self._pay(self._invoice(order))
        order.with_user(self.user_sales).action_urge('finance', "The customer wants a receipt.")
        self._settle(order)
        archivist = self._new_user('archivist', 'sale_order_lifecycle.group_archivist')
        with self.assertRaisesRegex(UserError, "not yet answered"):
            order.with_user(archivist).action_prepare_archive()
        order.progress_ids.with_user(self.user_finance).action_report(100, None, "Sent.")
        [fact] = order.sudo()._get_dossier_facts()[0]['progress']
        self.assertEqual((fact['kind'], fact['percent'], fact['note']), ('urge', 100, "Sent."))
        self.policy.sudo().archive_rule_ids.unlink()
        order.with_user(archivist).action_prepare_archive()
        order.archive_ids.with_user(archivist).action_seal()
        with self.assertRaisesRegex(UserError, "archived and sealed"):
            order.with_user(self.user_sales).action_urge('finance', "Again.")
        with self.assertRaisesRegex(UserError, "archived and sealed"):
            order.progress_ids.sudo().write({'note': "Other."})
