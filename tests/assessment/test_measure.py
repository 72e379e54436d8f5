import itertools
from datetime import date

from freezegun import freeze_time
from lxml import html

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .common import MAY, AssessmentCommon

REPORT = 'sale_order_lifecycle.report_order_measure'


@tagged('post_install', '-at_install')
class TestMeasure(AssessmentCommon):
    """What follows from a sheet (article E4)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.orders = cls._new_fact(2, commitment_date='2026-06-30 04:00:00', received_at='2026-06-10 08:00:00')
        cls.env.flush_all()
        cls.orders[0].sudo().fulfilled_at = '2026-06-20 08:00:00'
        cls._indicator('on_time_rate').sudo().active = False
        cls.assessment = cls._compute(cls._new_assessment())
        cls.sheet = cls._sheet(cls.assessment, cls.employee_sales)
        cls.measure = cls.sheet.measure_ids

    def _confirm_assessment(self):
        self.assessment.with_user(self.user_assessor).action_confirm()

    def _own(self, measure=None, user=None):
        return (measure or self.measure).with_user(user or self.user_assessor)

    def test_grades_propose(self):
        """50 points are Fail, which asks for a rectification; department and employee get one each."""
        self.assertRecordValues(self.measure, [{
            'kind': 'rectification', 'state': 'proposed', 'hours_allowed': 16, 'is_automatic': True,
            'reason': "50.0 points, grade: Fail.\nCompletion Rate: 50.0 %"}])
        self.assertTrue(self._sheet(self.assessment, self.departments['sales']).measure_ids)
        self.assertFalse(self._sheet(self.assessment, self.departments['finance']).measure_ids)

    def test_proposal_follows_the_score(self):
        """Computed again the proposal goes with the grade; what a person has added stays."""
        added = self.env['order.measure'].with_user(self.user_assessor).create({
            'sheet_id': self.sheet.id, 'kind': 'criticism', 'reason': "Late in the morning"})
        self.orders.sudo().fulfilled_at = '2026-06-20 08:00:00'
        self._compute(self.assessment)
        self.assertFalse(self.measure.exists())
        self.assertEqual(set(self.sheet.measure_ids.mapped('kind')), {'commendation', 'criticism'})
        self.assertTrue(added.exists())
        # A proposal that a person has changed or cancelled is not made anew.
        proposed = self.sheet.measure_ids - added
        self._own(proposed).reason = "Everything delivered"
        self._own(added).action_cancel("Not true")
        self._own(proposed).action_cancel("Not this time")
        self._compute(self.assessment)
        self.assertEqual(self.sheet.measure_ids, proposed | added)
        self.assertEqual(proposed.reason, "Everything delivered")

    def test_rectification(self):
        """Decided on Monday morning with 16 working hours: due on Tuesday evening; extended, then done."""
        with self.assertRaises(UserError):
            self._own().action_decide()
        self._confirm_assessment()
        with freeze_time('2026-07-06 01:00:00'):  # Monday 9:00 in Shanghai
            self._own().action_decide()
            self.assertRecordValues(self.measure, [{
                'state': 'decided', 'decided_by_id': self.user_assessor.id, 'deadline': self.measure.deadline}])
            self.assertEqual(str(self.measure.deadline), '2026-07-07 09:00:00')
            self.assertEqual(str(self.measure.activity_ids.date_deadline), '2026-07-07')
            self.assertEqual(self.measure.activity_ids.user_id, self.user_assessor)
            self.assertFalse(self.measure.is_overdue)
        with freeze_time('2026-07-08 01:00:00'):
            self.env.invalidate_all()
            self.assertTrue(self.measure.is_overdue)
            self.assertIn(self.measure, self.env['order.measure'].search([('is_overdue', '=', True)]))
            self._own().action_extend(8, "The new process starts on Wednesday")
            self.assertEqual(str(self.measure.deadline), '2026-07-08 09:00:00')
            self.assertEqual(self.measure.state, 'extended')
            self.assertEqual(str(self.measure.activity_ids.date_deadline), '2026-07-08')
            self.assertFalse(self.measure.is_overdue)
        with freeze_time('2026-07-08 03:00:00'):
            self._own().action_done("All open orders have a date now")
        self.assertRecordValues(self.measure, [{
            'state': 'done', 'outcome': "All open orders have a date now", 'done_by_id': self.user_assessor.id,
            'hours_used': 18, 'is_overdue': False}])
        self.assertFalse(self.measure.activity_ids)
        for step in (lambda: self._own().action_done("Again"), lambda: self._own().action_cancel("Again"),
                     lambda: self._own().action_extend(1, "Again"), self._own().action_decide):
            with self.assertRaises(UserError):
                step()

    def test_rectification_follows_the_calendar(self):
        """Of two days Tuesday becomes a holiday: due on Wednesday evening, and so is the check, nobody is told anew."""
        self._confirm_assessment()
        with freeze_time('2026-07-06 01:00:00'):  # Monday 9:00 in Shanghai
            self._own().action_decide()
            messages = self.measure.message_ids
            self.env['resource.calendar.leaves'].create({
                'name': "Holiday", 'calendar_id': self.policy.calendar_id.id, 'date_from': '2026-07-06 16:00:00',
                'date_to': '2026-07-07 15:59:59'})
            self.assertEqual(str(self.measure.deadline), '2026-07-08 09:00:00')
            self.assertEqual(str(self.measure.activity_ids.date_deadline), '2026-07-08')
            self.assertEqual(self.measure.message_ids, messages)
        with freeze_time('2026-07-08 03:00:00'):
            self._own().action_done("All open orders have a date now")
        self.assertEqual(self.measure.hours_used, 10)

    def test_refused_texts_and_hours(self):
        self._confirm_assessment()
        self._own().action_decide()
        for step in (lambda: self._own().action_done(" "), lambda: self._own().action_cancel(None),
                     lambda: self._own().action_extend(8, ""), lambda: self._own().action_extend(0, "Why"),
                     lambda: self._own().action_extend(-8, "Why")):
            with self.assertRaises(UserError):
                step()
        with self.assertRaises(ValidationError):
            self.env['order.measure'].create({
                'sheet_id': self._sheet(self._compute(self._new_assessment(MAY)), self.employee_sales).id,
                'kind': 'reward', 'amount': -5})

    def test_without_deadline(self):
        reward = self.env['order.measure'].with_user(self.user_assessor).create({
            'sheet_id': self.sheet.id, 'kind': 'reward', 'amount': 500, 'reason': "Well done"})
        self._confirm_assessment()
        reward.action_decide()
        self.assertFalse(reward.deadline)
        self.assertFalse(reward.activity_ids)
        with self.assertRaises(UserError):
            reward.action_extend(8, "More time")
        reward.action_done("Paid with the salary of July")
        self.assertEqual(reward.state, 'done')

    def test_many(self):
        """All or none by the action; from the list what can be decided is, and the notification names the rest."""
        measures = self.assessment.sheet_ids.measure_ids
        self.assertEqual(len(measures), 2)
        self._confirm_assessment()
        self._own().action_cancel("Was ill")
        with self.assertRaises(UserError):
            self._own(measures).action_decide()
        notification = self._own(measures).action_decide_possible()
        self.assertIn("1 measures have been decided.", notification['params']['message'])
        self.assertIn(self.measure.display_name, notification['params']['message'])
        self.assertEqual(sorted(measures.mapped('state')), ['cancelled', 'decided'])

    def test_own_measure(self):
        """Nobody decides about their own measure (four eyes)."""
        self.employee_sales.user_id = self.user_assessor
        with self.assertRaises(AccessError):
            self.env['order.measure'].with_user(self.user_assessor).create({
                'sheet_id': self.sheet.id, 'kind': 'reward', 'amount': 500})
        with self.assertRaises(AccessError):
            self._own().reason = "Nothing"
        with self.assertRaises(AccessError):
            self._own().unlink()
        self._confirm_assessment()
        with self.assertRaises(AccessError):
            self._own().action_cancel("I am innocent")
        with self.assertRaises(AccessError):
            self._own().action_decide()
        self._own(user=self.user_assessor_2).action_decide()
        with self.assertRaises(AccessError):
            self._own().action_done("Rectified")

    def test_wizard(self):
        self._confirm_assessment()
        self._own().action_decide()
        for step, action, expected in (
                ('extend', self._own().action_open_extend(), 'extended'),
                ('done', self._own().action_open_done(), 'done')):
            wizard = self.env['order.measure.handling'].with_user(self.user_assessor).with_context(
                **action['context']).create({'text': "Because"})
            self.assertEqual(wizard.step, step)
            wizard.action_apply()
            self.assertEqual(self.measure.state, expected)

    def test_query_budget(self):
        """Deciding, extending and ending cost the same for 1 and for 20 measures."""
        self._confirm_assessment()

        periods = itertools.count(1)

        def prepare(number):
            period = next(periods)
            users = [self._new_user(f'{period}_{index}', 'base.group_user') for index in range(number)]
            employees = [self._new_employee(user, 'sales') for user in users]
            assessment = self._new_assessment((date(2026, period, 1), date(2026, period, 28)))
            for user in users:
                self._new_fact(received_at=f'2026-0{period}-10 08:00:00', user_id=user.id)
            self._compute(assessment)
            assessment.with_user(self.user_assessor).action_confirm()
            measures = assessment.sheet_ids.filtered('employee_id').measure_ids.filtered(
                lambda measure: measure.employee_id in self.env['hr.employee'].concat(*employees))
            self.assertEqual(len(measures), number)
            return self._own(measures)

        self.assertSameQueries(prepare, {
            'decide': lambda measures: measures.action_decide(),
            'extend': lambda measures: measures.action_extend(8, "Why"),
            'done': lambda measures: measures.action_done("Done"),
        }, more=5)

    # -- the notice -----------------------------------------------------------------------------

    def _render(self, measures, user):
        self.env.invalidate_all()
        content, _kind = self.env['ir.actions.report'].with_user(user)._render_qweb_html(REPORT, measures.ids)
        return [
            " ".join(article.text_content().split())
            for article in html.fromstring(content).xpath("//div[@class='article']")]

    def test_notice(self):
        self._confirm_assessment()
        with freeze_time('2026-07-06 01:00:00'):
            self._own().action_decide()
        [notice] = self._render(self.measure, self.user_assessor)
        for text in (self.company.name, "Notice to Rectify by a Deadline", self.employee_sales.name, "50.00", "Fail",
                     "Completion Rate", "1 / 2", "50.0 %", "07/07/2026", self.user_assessor.name):
            self.assertIn(text, notice)
        self.assertEqual(self._render(self.measure, self.user_manager), [notice])

    def test_who_prints_the_notice(self):
        action = self.env.ref('sale_order_lifecycle.action_report_order_measure')
        self.assertFalse(action.get_valid_action_reports('order.measure', self.measure.ids))
        with self.assertRaises(UserError):
            self._render(self.measure, self.user_assessor)
        self._confirm_assessment()
        self._own().action_decide()
        self.assertEqual(action.get_valid_action_reports('order.measure', self.measure.ids), action.ids)
        with self.assertRaises(AccessError):
            self._render(self.measure, self.user_sales)
        self.assessment.with_user(self.user_assessor).action_publish()
        self.assertEqual(len(self._render(self.measure, self.user_sales)), 1)
        self.assertEqual(len(self._render(self.measure, self.user_hr)), 1)
        with self.assertRaises(AccessError):
            self._render(self.measure, self.user_finance)
