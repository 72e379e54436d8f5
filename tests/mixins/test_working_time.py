"""Clocks follow the calendar: what was counted stays, what is to come goes by what holds then; tried on reviews."""
from datetime import datetime
from unittest.mock import patch

from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from odoo.addons.sale_order_lifecycle.models.mixins import order_working_time

from ..common import LifecycleCommon

FRIDAY_AFTERNOON = '2026-03-06 15:00:00'


@tagged('post_install', '-at_install')
class TestWorkingTime(LifecycleCommon):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.calendar = cls._new_calendar()
        cls.policy.calendar_id = cls.calendar
        cls.stage_sales.sla_hours = 4

    @classmethod
    def _new_calendar(cls, hours=(9, 17), days=5, **vals):
        return cls.env['resource.calendar'].create({
            'name': "Nine to five", 'tz': 'UTC', 'company_id': cls.company.id, 'attendance_ids': [
                Command.clear(), *(Command.create({
                    'name': "Day", 'dayofweek': str(day), 'hour_from': hours[0], 'hour_to': hours[1],
                }) for day in range(days))], **vals})

    def _new_review(self, hours=4, moment=FRIDAY_AFTERNOON):
        self.stage_sales.sla_hours = hours
        with freeze_time(moment):
            return self._get_pending_reviews(self._submit(self._new_order()))

    def _add_holiday(self, day, company=None, **vals):
        return self.env['resource.calendar.leaves'].with_company(company or self.company).create({
            'name': "Holiday", 'calendar_id': self.calendar.id, 'date_from': f'{day} 00:00:00',
            'date_to': f'{day} 23:59:59', 'resource_id': False, **vals})

    def _decide(self, review, moment):
        with freeze_time(moment):
            review.with_user(self.user_sales).action_approve()

    def assertDeadline(self, review, text):
        self.env.invalidate_all()
        self.assertEqual(review.deadline, datetime.fromisoformat(text))

    def test_holiday_comes_moves_and_goes(self):
        """Two of four hours are left for Monday, until eleven."""
        review = self._new_review()
        self.assertDeadline(review, '2026-03-09 11:00:00')
        with freeze_time('2026-03-06 16:00:00'):
            holiday = self._add_holiday('2026-03-09')
            self.assertDeadline(review, '2026-03-10 11:00:00')
            holiday.write({'date_from': '2026-03-10 00:00:00', 'date_to': '2026-03-10 23:59:59'})
            self.assertDeadline(review, '2026-03-09 11:00:00')
            holiday.write({'date_from': '2026-03-09 00:00:00'})
            self.assertDeadline(review, '2026-03-11 11:00:00')
            holiday.time_type = 'other'
            self.assertDeadline(review, '2026-03-09 11:00:00')
            holiday.time_type = 'leave'
            holiday.calendar_id = self._new_calendar()
            self.assertDeadline(review, '2026-03-09 11:00:00')
            holiday.calendar_id = self.calendar
            self.assertDeadline(review, '2026-03-11 11:00:00')
            holiday.unlink()
            self.assertDeadline(review, '2026-03-09 11:00:00')

    @mute_logger('odoo.addons.base.models.ir_rule', 'odoo.addons.base.models.ir_model')
    def test_deadlines_are_moved_by_who_keeps_calendars(self):
        """Core lets everybody take time off, and people of manufacturing write the hours of every calendar."""
        review = self._new_review()
        employee = self.env['hr.employee'].create({'name': "Employee", 'user_id': self.user_employee.id})
        material = self.env['resource.resource'].create({'name': "Saw", 'resource_type': 'material'})
        with freeze_time('2026-03-06 16:00:00'):
            for resource in (employee.resource_id, material):
                leave = self.env['resource.calendar.leaves'].with_user(self.user_employee).create({
                    'name': "Away", 'resource_id': resource.id, 'date_from': '2026-03-09 00:00:00',
                    'date_to': '2026-03-13 23:59:59'})
                for vals in ({'resource_id': False}, {'resource_id': False, 'calendar_id': self.calendar.id}):
                    with self.subTest(vals=vals), self.assertRaises(AccessError), self.env.cr.savepoint():
                        leave.write(vals)
                leave.write({'resource_id': resource.id, 'name': "Ill"})
            hours = self.calendar.attendance_ids.with_user(self.user_mrp)
            for method, args in (
                ('write', [{'hour_to': 10}]), ('unlink', []),
                ('create', [{
                    'calendar_id': self.calendar.id, 'name': "Night", 'dayofweek': '0', 'hour_from': 18,
                    'hour_to': 22}]),
            ):
                with self.subTest(method=method), self.assertRaises(AccessError), self.env.cr.savepoint():
                    getattr(hours, method)(*args)
            # A calendar that no clock counts by is theirs to write.
            self._new_calendar().attendance_ids.with_user(self.user_mrp).write({'hour_to': 16})
        self.assertDeadline(review, '2026-03-09 11:00:00')

    def test_what_was_counted_stays(self):
        """Half of Monday is over when Monday becomes a holiday: its morning was counted, its afternoon is not."""
        review = self._new_review(hours=8)
        self.assertDeadline(review, '2026-03-09 15:00:00')
        with freeze_time('2026-03-09 12:00:00'):
            holiday = self._add_holiday('2026-03-09')
        # Two hours on Friday, three on Monday: three are left for Tuesday.
        self.assertDeadline(review, '2026-03-10 12:00:00')
        with freeze_time('2026-03-09 14:00:00'):
            holiday.unlink()
        # Nobody worked between twelve and two, and three hours are left from two on.
        self.assertDeadline(review, '2026-03-09 17:00:00')
        self._decide(review, '2026-03-09 16:30:00')
        self.assertRecordValues(review, [{'hours_used': 7.5, 'is_decided_late': False}])

    def test_holiday_entered_afterwards(self):
        """The day was counted: entered later it gives no more time."""
        review = self._new_review(hours=16)
        with freeze_time('2026-03-10 10:00:00'):
            self._add_holiday('2026-03-09')
        self.assertDeadline(review, '2026-03-10 15:00:00')
        self._decide(review, '2026-03-10 16:00:00')
        self.assertRecordValues(review, [{'hours_used': 17, 'is_decided_late': True}])

    def test_hours_and_late_agree(self):
        late, in_time = self._new_review(), self._new_review()
        with freeze_time('2026-03-06 16:00:00'):
            self._add_holiday('2026-03-09')
        self._decide(in_time, '2026-03-10 11:00:00')
        self._decide(late, '2026-03-10 11:30:00')
        self.assertRecordValues(in_time | late, [
            {'hours_used': 4, 'is_decided_late': False}, {'hours_used': 4.5, 'is_decided_late': True}])

    def test_closed_rows_stay(self):
        review = self._new_review()
        self._decide(review, '2026-03-06 16:00:00')
        with freeze_time('2026-03-06 16:30:00'):
            self._add_holiday('2026-03-09')
            self.policy.calendar_id = self._new_calendar(hours=(0, 1))
        self.assertDeadline(review, '2026-03-09 11:00:00')
        self.assertEqual(review.hours_used, 1)

    def test_holidays_that_move_nothing(self):
        """Of another calendar, of another company, of a person."""
        review = self._new_review()
        other = self._new_company()
        person = self.env['resource.resource'].create({
            'name': "Anna", 'calendar_id': self.calendar.id, 'company_id': self.company.id})
        with freeze_time('2026-03-06 16:00:00'):
            self._add_holiday('2026-03-09', calendar_id=self._new_calendar().id)
            self._add_holiday('2026-03-09', company=other, calendar_id=False)
            own = self._add_holiday('2026-03-09', resource_id=person.id)
        self.assertDeadline(review, '2026-03-09 11:00:00')
        with freeze_time('2026-03-06 16:00:00'):
            own.resource_id = False
            self.assertDeadline(review, '2026-03-10 11:00:00')
            own.resource_id = person
            self.assertDeadline(review, '2026-03-09 11:00:00')

    def test_holiday_without_calendar(self):
        """One of the whole company lies on all of its calendars, shared ones too."""
        review = self._new_review()
        with freeze_time('2026-03-06 16:00:00'):
            holiday = self._add_holiday('2026-03-09', calendar_id=False)
            self.assertDeadline(review, '2026-03-10 11:00:00')
            holiday.unlink()
            self.assertDeadline(review, '2026-03-09 11:00:00')
            self.calendar.company_id = False
            self._add_holiday('2026-03-09', company=self._new_company())
            self.assertDeadline(review, '2026-03-09 11:00:00')
            self._add_holiday('2026-03-09')
            self.assertDeadline(review, '2026-03-10 11:00:00')

    def test_attendances(self):
        review = self._new_review()
        monday = self.calendar.attendance_ids.filtered(lambda row: row.dayofweek == '0')
        with freeze_time('2026-03-06 16:00:00'):
            saturday = self.env['resource.calendar.attendance'].create({
                'name': "Saturday", 'calendar_id': self.calendar.id, 'dayofweek': '5', 'hour_from': 9, 'hour_to': 10})
            self.assertDeadline(review, '2026-03-09 10:00:00')
            saturday.hour_to = 11
            self.assertDeadline(review, '2026-03-07 11:00:00')
            saturday.unlink()
            self.assertDeadline(review, '2026-03-09 11:00:00')
            monday.write({'hour_from': 13})
            self.assertDeadline(review, '2026-03-09 15:00:00')
            self.calendar.attendance_ids = [Command.delete(monday.id)]
            self.assertDeadline(review, '2026-03-10 11:00:00')
            # A calendar without any hours is none: one of four hours is used at four.
            self.calendar.attendance_ids.unlink()
            self.assertDeadline(review, '2026-03-06 19:00:00')

    def test_time_zone(self):
        """At four in UTC it is eleven in New York, whose day then goes on until 22:00 in UTC."""
        review = self._new_review()
        with freeze_time('2026-03-06 16:00:00'):
            self.calendar.tz = 'America/New_York'
        self.assertDeadline(review, '2026-03-06 19:00:00')

    def test_another_calendar(self):
        """Of the policy, of the company, and of none; three hours are left when it changes."""
        review = self._new_review()
        afternoons = self._new_calendar(hours=(13, 15))
        with freeze_time('2026-03-06 16:00:00'):
            self.policy.calendar_id = afternoons
            self.assertDeadline(review, '2026-03-10 14:00:00')
            # Whoever sells does not enter the holidays.
            user = new_test_user(self.env, login='test_of_calendars', groups='base.group_system')
            self._add_holiday('2026-03-09', calendar_id=afternoons.id).with_user(user)
            self.assertDeadline(review, '2026-03-11 14:00:00')
            self.company.resource_calendar_id = self.calendar
            self.assertDeadline(review, '2026-03-11 14:00:00')
            self.policy.calendar_id = False
            self.assertDeadline(review, '2026-03-09 11:00:00')
            self.company.resource_calendar_id = self._new_calendar(hours=(9, 10))
            self.assertDeadline(review, '2026-03-11 10:00:00')
            self.company.resource_calendar_id = False
            self.assertDeadline(review, '2026-03-06 19:00:00')
        self._decide(review, '2026-03-06 18:00:00')
        self.assertEqual(review.hours_used, 3)

    def test_deleted_calendar(self):
        self.company.resource_calendar_id = self._new_calendar(hours=(13, 15))
        review = self._new_review()
        with freeze_time('2026-03-06 16:00:00'):
            self.calendar.unlink()
        self.assertDeadline(review, '2026-03-10 14:00:00')
        self._decide(review, '2026-03-09 14:00:00')
        self.assertEqual(review.hours_used, 2)

    def test_several_changes(self):
        """Each stretch counts by what held then: one hour, one of the afternoons, then plain hours."""
        review = self._new_review()
        with freeze_time('2026-03-06 16:00:00'):
            self.policy.calendar_id = self._new_calendar(hours=(13, 15))
        with freeze_time('2026-03-09 14:00:00'):
            self.company.resource_calendar_id = False
            self.policy.calendar_id = False
        self.assertDeadline(review, '2026-03-09 16:00:00')
        self._decide(review, '2026-03-09 15:30:00')
        self.assertRecordValues(review, [{'hours_used': 3.5, 'is_decided_late': False}])

    def test_flexible_calendar(self):
        """Core fills each day around noon, from Monday on until the week is full; the start of a clock decides nothing.

        Of ten hours Friday has one left at three, Monday has eight and Tuesday the rest.
        """
        self.policy.calendar_id = flexible = self._new_calendar(
            schedule_type='flexible', hours_per_day=8, full_time_required_hours=40)
        review = self._new_review(hours=10)
        self.assertDeadline(review, '2026-03-10 09:00:00')
        with freeze_time('2026-03-06 16:00:00'):
            self._add_holiday('2026-03-09', calendar_id=flexible.id)
            self.assertDeadline(review, '2026-03-11 09:00:00')
            flexible.hours_per_day = 4
        # From ten to two every day, the week is not full on Friday: four hours on Saturday, four on Sunday.
        self.assertDeadline(review, '2026-03-10 11:00:00')
        self._decide(review, '2026-03-10 11:00:00')
        self.assertRecordValues(review, [{'hours_used': 10, 'is_decided_late': False}])

    def test_flexible_calendar_of_the_company(self):
        """Core takes the hours of a week from the company's calendar: with one day of eight, Monday fills the week.

        Of ten hours Friday has one at three, Monday eight, and the next Monday the rest.
        """
        for name in ("hours of its calendar", "another calendar"):
            self.company.resource_calendar_id = own = self._new_calendar()
            self.policy.calendar_id = self._new_calendar(schedule_type='flexible', hours_per_day=8)
            self.assertEqual(self.policy.calendar_id.full_time_required_hours, 40)
            review = self._new_review(hours=10)
            self.assertDeadline(review, '2026-03-10 09:00:00')
            with self.subTest(change=name):
                with freeze_time('2026-03-06 16:00:00'):
                    if name == "another calendar":
                        self.company.resource_calendar_id = self._new_calendar(days=1)
                    else:
                        own.attendance_ids[1:].unlink()
                self.assertEqual(self.policy.calendar_id.full_time_required_hours, 8)
                self.assertDeadline(review, '2026-03-16 09:00:00')

    def test_saved_together(self):
        """A calendar that is saved with its rows is kept and followed once."""
        review = self._new_review()
        known = self.env['order.working.time'].search([])
        with freeze_time('2026-03-06 16:00:00'):
            self.calendar.write({'attendance_ids': [Command.clear(), *(Command.create({
                'name': "Day", 'dayofweek': str(day), 'hour_from': 13, 'hour_to': 15}) for day in range(5))]})
        # One of four hours was used on Friday, two are left for Monday, and one for Tuesday.
        self.assertDeadline(review, '2026-03-10 14:00:00')
        rows = self.env['order.working.time'].search([]) - known
        self.assertTrue(rows)
        self.assertEqual(len(rows), len(set(rows.mapped('source'))))

    def test_suspended_clock(self):
        """A question on Friday at four, answered on Tuesday at ten: three hours are left, and Monday was a holiday."""
        review = self._new_review()
        with freeze_time('2026-03-06 16:00:00'):
            review._pause_clock()
        with freeze_time('2026-03-06 16:30:00'):
            self._add_holiday('2026-03-09')
        self.assertDeadline(review, '2026-03-10 11:00:00')
        with freeze_time('2026-03-10 10:00:00'):
            review._resume_clock()
        self.assertAlmostEqual(review.paused_hours, 2)
        self.assertDeadline(review, '2026-03-10 13:00:00')
        self._decide(review, '2026-03-10 12:00:00')
        self.assertRecordValues(review, [{'hours_used': 3, 'is_decided_late': False}])

    def test_nobody_is_reminded(self):
        self.policy.sudo().write({'reminder_percent': 50, 'escalation_hours': 4})
        review = self._new_review()
        with freeze_time('2026-03-06 16:00:00'):
            self._add_holiday('2026-03-09')
        for moment in ('2026-03-09 10:30:00', '2026-03-09 12:00:00'):
            with freeze_time(moment):
                self._follow_deadlines()
        self.assertRecordValues(review, [{
            'reminder_at': datetime(2026, 3, 6, 17), 'escalated_at': False, 'escalation_level': 0}])
        with freeze_time('2026-03-10 11:00:00'):
            self._follow_deadlines()
        self.assertEqual(review.escalation_level, 2)

    def _follow_deadlines(self):
        self.env.invalidate_all()
        with self.enter_registry_test_mode():
            self.env.ref('sale_order_lifecycle.ir_cron_follow_review_deadlines').method_direct_trigger()
        self.env.invalidate_all()

    def test_hours_of_orders(self):
        """From the receipt to the confirmation with the customer, and to the approval."""
        with freeze_time(FRIDAY_AFTERNOON):
            order = self._new_order()
            self.assertFalse(order.clock_mark, "no clock runs yet")
            self._register(order)
        with freeze_time('2026-03-09 11:00:00'):
            self._add_holiday('2026-03-09')
        with freeze_time('2026-03-10 10:00:00'):
            # Two hours on Friday, two on Monday, one on Tuesday.
            order.with_user(self.user_sales).action_confirm_customer('phone')
            self.assertEqual(order.confirmation_hours, 5)
            self._approve(self._submit(order))
            self.assertEqual(order.processing_hours, 5)

    def test_many(self):
        """More than are planned at once are left to the scheduled action; whoever decides before does not wait."""
        self.patch(order_working_time, '_AT_ONCE', 2)
        self.patch(order_working_time, '_BATCH', 2)
        reviews = self.env['order.review'].union(*(self._new_review() for _number in range(5)))
        with freeze_time('2026-03-06 16:00:00'):
            self._add_holiday('2026-03-09')
            self.assertEqual(set(reviews.mapped('deadline')), {datetime(2026, 3, 9, 11)})
        with freeze_time('2026-03-09 12:00:00'):
            self._follow_deadlines()
        self.assertFalse(any(reviews.mapped('escalated_at')))
        self._decide(reviews[0], '2026-03-10 09:30:00')
        self.assertRecordValues(reviews[0], [
            {'deadline': datetime(2026, 3, 10, 11), 'is_decided_late': False, 'hours_used': 2.5}])
        self.assertTrue(self.env['order.working.time'].search([('is_pending', '=', True)]))
        with self.enter_registry_test_mode(), freeze_time('2026-03-06 16:00:00'):
            self.env.ref('sale_order_lifecycle.ir_cron_follow_working_time').method_direct_trigger()
        self.env.invalidate_all()
        self.assertEqual(set(reviews.mapped('deadline')), {datetime(2026, 3, 10, 11)})
        self.assertFalse(self.env['order.working.time'].search([('is_pending', '=', True)]))

    def test_one_fails(self):
        """One deadline that cannot be moved keeps no other where it was; the next run tries that one alone."""
        self.patch(order_working_time, '_AT_ONCE', 2)
        self.patch(order_working_time, '_BATCH', 2)
        reviews = self.env['order.review'].union(*(self._new_review() for _number in range(5)))
        bad, seen = reviews[1], []
        plan = self.env.registry['order.review']._follow_sources

        def follow(records, keys):
            seen.append(records & reviews)
            if bad in records and not self.is_repaired:
                raise UserError("The calendar is broken.")
            return plan(records, keys)

        def run():
            seen.clear()
            with self.enter_registry_test_mode(), freeze_time('2026-03-06 16:00:00'):
                self.env.ref('sale_order_lifecycle.ir_cron_follow_working_time').method_direct_trigger()
            self.env.invalidate_all()

        self.is_repaired = False
        with freeze_time('2026-03-06 16:00:00'):
            self._add_holiday('2026-03-09')
        with patch.object(self.env.registry['order.review'], '_follow_sources', follow):
            run()
            self.assertFalse(self._get_triggers(), "it would fail again")
            self.assertEqual(set((reviews - bad).mapped('deadline')), {datetime(2026, 3, 10, 11)})
            self.assertEqual(bad.deadline, datetime(2026, 3, 9, 11))
            self.assertTrue(self.env['order.working.time'].search([('is_pending', '=', True)]))
            self.is_repaired = True
            run()
            self.assertEqual([records for records in seen if records], [bad])
        self.assertEqual(bad.deadline, datetime(2026, 3, 10, 11))
        self.assertFalse(self.env['order.working.time'].search([('is_pending', '=', True)]))

    def _get_triggers(self):
        """:return: the runs of the scheduled action a minute after four o'clock"""
        return self.env['ir.cron.trigger'].search([
            ('cron_id', '=', self.env.ref('sale_order_lifecycle.ir_cron_follow_working_time').id),
            ('call_at', '=', '2026-03-06 16:01:00')])

    def test_decided_meanwhile(self):
        """Whoever decides after the scheduled action has begun closes a deadline that moves no more."""
        self.patch(order_working_time, '_AT_ONCE', 2)
        reviews = self.env['order.review'].union(*(self._new_review() for _number in range(3)))

        def work_off(_cron, _job, groups, work, **_kwargs):
            self._decide(reviews[0], '2026-03-06 16:00:00')
            self.env.cr.execute("UPDATE order_review SET deadline = '2020-01-01' WHERE id = %s", [reviews[0].id])
            self.env.invalidate_all()
            return work(*groups)

        with freeze_time('2026-03-06 16:00:00'):
            self._add_holiday('2026-03-09')
            with patch.object(self.env.registry['ir.cron'], '_work_off', work_off):
                self.env['order.working.time']._cron_follow_working_time()
        self.assertEqual(
            reviews.mapped('deadline'), [datetime(2020, 1, 1), *[datetime(2026, 3, 10, 11)] * 2])

    def test_no_time_left(self):
        """A run that ends early is gone on with where it was, not from the beginning."""
        self.patch(order_working_time, '_AT_ONCE', 2)
        self.patch(order_working_time, '_BATCH', 2)
        reviews = self.env['order.review'].union(*(self._new_review() for _number in range(5)))
        with freeze_time('2026-03-06 16:00:00'):
            self._add_holiday('2026-03-09')
        pending = self.env['order.working.time'].search([('is_pending', '=', True)])
        groups = pending._get_clocks_to_follow()
        followed = {group._name: set() for group in groups}
        followed['order.review'].update(reviews[:3].ids)
        self.assertFalse(pending._keep_progress(groups, followed))
        self.assertEqual(
            [group & reviews for group in pending._get_clocks_to_follow() if group._name == 'order.review'],
            [reviews[3:]])
        # What another transaction was at work on comes again.
        followed['order.review'] = set(reviews[4].ids)
        with freeze_time('2026-03-06 16:00:00'):
            pending._end_progress(groups, followed)
        self.assertTrue(all(pending.mapped('is_pending')))
        self.assertTrue(self._get_triggers())
        self.assertEqual(
            [group & reviews for group in pending._get_clocks_to_follow() if group._name == 'order.review'],
            [reviews[:4]])

    def test_removed_when_it_is_old(self):
        """A year after a change nobody asks for what counted before it."""
        with freeze_time('2026-03-06 16:00:00'):
            self._add_holiday('2026-03-09')
            former = self.env['order.working.time'].search([('valid_until', '=', '2026-03-06 16:00:00')])
            self.assertTrue(former)
            self.env['order.working.time']._gc_former()
            self.assertTrue(former.exists())
        with freeze_time('2027-03-09 16:00:00'):
            self.env['order.working.time']._gc_former()
            self.assertFalse(former.exists())

    def test_queries_do_not_grow(self):
        def prepare(count):
            with freeze_time(FRIDAY_AFTERNOON):
                return self._get_pending_reviews(self._submit(self._new_order(count)))

        def add_holiday(reviews):
            with freeze_time('2026-03-06 16:00:00'):
                self._add_holiday('2026-03-09')

        self.assertSameQueries(prepare, add_holiday, more=2)
