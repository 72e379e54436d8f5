"""Deadlines in working hours, tried on reviews, the first model that has them."""
from datetime import datetime, timedelta

from freezegun import freeze_time

from odoo import Command
from odoo.tests import tagged

from ..common import LifecycleCommon

FRIDAY_AFTERNOON = '2026-03-06 15:00:00'


@tagged('post_install', '-at_install')
class TestOrderDeadlineMixin(LifecycleCommon):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.calendar = cls.env['resource.calendar'].create({
            'name': "Nine to five", 'tz': 'UTC', 'attendance_ids': [Command.clear(), *(
                Command.create({'name': "Day", 'dayofweek': str(day), 'hour_from': 9, 'hour_to': 17})
                for day in range(5))]})
        cls.policy.calendar_id = cls.calendar
        cls.stage_sales.sla_hours = 4

    def _new_reviews(self, number=1, hours=4):
        self.stage_sales.sla_hours = hours
        return self._get_pending_reviews(self._submit(self._new_order(number)))

    def _add_holiday(self, start, stop):
        self.env['resource.calendar.leaves'].create({
            'name': "Holiday", 'calendar_id': self.calendar.id, 'date_from': start, 'date_to': stop,
            'resource_id': False})

    def _moment(self, text):
        return datetime.fromisoformat(text)

    def test_over_the_weekend(self):
        with freeze_time(FRIDAY_AFTERNOON):
            self.assertEqual(self._new_reviews().deadline, self._moment('2026-03-09 11:00:00'))

    def test_end_of_the_day(self):
        """Exactly what is left of the day ends with the day, not on the next morning."""
        with freeze_time(FRIDAY_AFTERNOON):
            self.assertEqual(self._new_reviews(hours=2).deadline, self._moment('2026-03-06 17:00:00'))

    def test_started_outside_working_hours(self):
        with freeze_time('2026-03-07 11:00:00'):
            self.assertEqual(self._new_reviews(hours=1).deadline, self._moment('2026-03-09 10:00:00'))

    def test_public_holiday(self):
        self._add_holiday('2026-03-09 00:00:00', '2026-03-09 23:59:59')
        with freeze_time(FRIDAY_AFTERNOON):
            self.assertEqual(self._new_reviews().deadline, self._moment('2026-03-10 11:00:00'))

    def test_long_deadline(self):
        """Longer than one reading of the calendar: half a year of working days."""
        with freeze_time('2026-01-05 09:00:00'):
            review = self._new_reviews(hours=8 * 130)
            self.assertEqual(review.deadline, self._moment('2026-07-03 17:00:00'))

    def test_equals_the_calendar_of_odoo(self):
        for hours in (0.5, 3, 8, 8.25, 40, 100):
            with self.subTest(hours=hours), freeze_time('2026-03-04 10:30:00'):
                expected = self.calendar.plan_hours(hours, datetime(2026, 3, 4, 10, 30), compute_leaves=True)
                self.assertEqual(self._new_reviews(hours=hours).deadline, expected)

    def test_without_calendar(self):
        self.policy.calendar_id = False
        self.company.resource_calendar_id = False
        with freeze_time(FRIDAY_AFTERNOON):
            self.assertEqual(self._new_reviews().deadline, self._moment('2026-03-06 19:00:00'))

    def test_calendar_without_hours(self):
        """A calendar that never works gives plain hours instead of no deadline."""
        self.calendar.attendance_ids.unlink()
        with freeze_time(FRIDAY_AFTERNOON):
            self.assertEqual(self._new_reviews().deadline, self._moment('2026-03-06 19:00:00'))

    def test_no_hours_is_no_deadline(self):
        review = self._new_reviews(hours=0)
        self.assertTrue(review.deadline_start)
        self.assertFalse(review.deadline)
        self.assertFalse(review.is_overdue)

    def test_pause_and_resume(self):
        with freeze_time('2026-03-09 09:00:00'):
            review = self._new_reviews()
        with freeze_time('2026-03-09 11:00:00'):
            review._pause_clock()
        with freeze_time('2026-03-10 10:00:00'):
            review.invalidate_recordset()
            self.assertFalse(review.is_overdue, "a paused clock does not run over")
            self.assertNotIn(review, self.env['order.review'].search([('is_overdue', '=', True)]))
            review._resume_clock()
        # Seven working hours of pause: six on Monday, one on Tuesday.
        self.assertAlmostEqual(review.paused_hours, 7)
        self.assertEqual(review.deadline, self._moment('2026-03-10 12:00:00'))
        with freeze_time('2026-03-10 11:00:00'):
            review._stop_clock()
        self.assertAlmostEqual(review.hours_used, 3)

    def test_stop_while_paused(self):
        with freeze_time('2026-03-09 09:00:00'):
            review = self._new_reviews()
        with freeze_time('2026-03-09 10:00:00'):
            review._pause_clock()
        with freeze_time('2026-03-09 15:00:00'):
            review._stop_clock()
        self.assertAlmostEqual(review.hours_used, 1)

    def test_queries_do_not_grow(self):
        def run_clock(reviews):
            reviews._start_clock()
            reviews._stop_clock()

        self.assertSameQueries(self._new_reviews, run_clock, more=2)

    def test_deadlines_of_different_lengths(self):
        with freeze_time(FRIDAY_AFTERNOON):
            reviews = self._new_reviews(3)
            for hours, review in enumerate(reviews, start=1):
                review.deadline_hours = hours
            reviews._plan_deadline()
        start = self._moment(FRIDAY_AFTERNOON)
        self.assertEqual(reviews.mapped('deadline'), [
            start + timedelta(hours=1), start + timedelta(hours=2), self._moment('2026-03-09 10:00:00')])
