"""Whoever is away does not count as available: stages whose people and delegates are all away are reported."""
from odoo import fields
from odoo.tests import Form, tagged

from ..review.common import MONDAY, PeopleCommon


@tagged('post_install', '-at_install')
class TestAbsence(PeopleCommon):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.type = cls.env.ref('sale_order_lifecycle.mail_activity_type_nobody_decides')

    def _get_todos(self):
        self.env.invalidate_all()
        return self.policy.activity_ids.filtered(
            lambda activity: activity.activity_type_id == self.type and activity.user_id == self.user_manager)

    def _is_reported(self, review):
        self.env.invalidate_all()
        found = self.env['order.review'].search([('nobody_can_decide', '=', True), ('id', '=', review.id)])
        self.assertEqual(bool(found), review.nobody_can_decide)
        self.assertEqual(bool(review.sudo().undecidable_at), review.nobody_can_decide)
        return review.nobody_can_decide

    def test_delegate_there(self):
        review = self._new_finance_reviews()
        self._delegate()
        self._delegate(user=self.user_finance2)
        self.assertFalse(self._is_reported(review))
        self.assertFalse(self._get_todos())

    def test_both_away(self):
        """Two people of finance name each other: nobody is there, and the managers hear of it once."""
        review = self._new_finance_reviews()
        self._delegate(delegate=self.user_finance2)
        self.assertFalse(self._is_reported(review))
        other = self._delegate(user=self.user_finance2, delegate=self.user_finance)
        self.assertTrue(self._is_reported(review))
        self.assertIn(review.sudo().order_id.name, self._get_todos().note)
        self._get_todos().action_feedback()
        self._delegate(user=self.user_finance2, delegate=self.user_finance, days=1)
        self.assertFalse(self._get_todos(), "once")
        # They may still decide.
        self.assertTrue(review.with_user(self.user_finance2).can_decide)
        self.env['order.review.delegation'].search([('user_id', '=', self.user_finance2.id)]).with_user(
            self.user_finance2).action_end()
        self.assertFalse(self._is_reported(review))
        self._delegate(user=self.user_finance2, delegate=self.user_finance)
        self.assertTrue(self._get_todos(), "anew")
        self.assertEqual(other.state, 'over')

    def test_chain(self):
        """A delegation is not passed on: whoever acts for a delegate that is away acts for that person only."""
        self.user_finance2.active = False
        review = self._new_finance_reviews()
        self._delegate(delegate=self.user_employee)
        self.assertFalse(self._is_reported(review))
        self._delegate(user=self.user_employee, delegate=self.user_legal, user_id=self.user_manager)
        self.assertTrue(self._is_reported(review))
        # Messages go to those who are there, and to the delegate who is away where there is nobody else.
        self.assertEqual(review.sudo()._get_turn_holders()[review.id], self.user_employee)
        self._delegate(delegate=self.user_quality)
        self.assertFalse(self._is_reported(review))
        self.assertEqual(review.sudo()._get_turn_holders()[review.id], self.user_quality)

    def test_delegate_leaves(self):
        self.user_finance2.active = False
        review = self._new_finance_reviews()
        self._delegate()
        self.assertFalse(self._is_reported(review))
        self.user_employee.active = False
        self._run_cron('ir_cron_report_people_changed')
        self.assertTrue(self._is_reported(review))
        self.assertTrue(self._get_todos())
        self.user_employee.active = True
        self._run_cron('ir_cron_report_people_changed')
        self.assertFalse(self._is_reported(review))

    def test_other_role(self):
        """Away as far as another role is concerned: the person is there for finance."""
        self.user_finance2.active = False
        self.user_finance.group_ids += self.env.ref('sale_order_lifecycle.group_legal')
        review = self._new_finance_reviews()
        self._delegate(role_id=self._role('legal').id)
        self._delegate(user=self.user_employee, delegate=self.user_quality, user_id=self.user_manager)
        self.assertFalse(self._is_reported(review))
        self._delegate(role_id=self._role('finance').id)
        self.assertTrue(self._is_reported(review))

    def test_begins_and_ends(self):
        """Entered on Monday for Wednesday: reported when Wednesday begins, and no longer when it is over."""
        with self._at(MONDAY):
            self.user_finance2.active = False
            review = self._new_finance_reviews()
            day = fields.Date.add(fields.Date.today(), days=2)
            self._delegate(date_from=day, date_to=day)
            self._delegate(user=self.user_employee, delegate=self.user_legal, days=10, user_id=self.user_manager)
            self.assertFalse(self._is_reported(review))
            triggers = self.env['ir.cron.trigger'].search([
                ('cron_id', '=', self.env.ref('sale_order_lifecycle.ir_cron_report_absences').id)])
            self.assertIn(self._moment('2026-03-11 00:00:00'), triggers.mapped('call_at'))
            self.assertIn(self._moment('2026-03-12 00:00:00'), triggers.mapped('call_at'))
        with self._at('2026-03-10 23:59:00'):
            self._run_cron('ir_cron_report_absences')
            self.assertFalse(self._get_todos())
        for moment in ('2026-03-11 00:00:00', '2026-03-11 12:00:00'):
            with self._at(moment):
                self._run_cron('ir_cron_report_absences')
                self.assertTrue(review.sudo().undecidable_at)
                self.assertEqual(len(self._get_todos()), 1)
        with self._at('2026-03-12 00:00:00'):
            self._run_cron('ir_cron_report_absences')
            self.assertFalse(self._is_reported(review))

    def test_strangers_learn_nothing(self):
        """Who is away, and for whom, is told to those who may enter the delegation."""
        self._delegate(user=self.user_employee, delegate=self.user_legal, days=3, user_id=self.user_manager)
        values = {
            'user_id': self.user_finance.id, 'delegate_id': self.user_employee.id, 'date_from': '1990-01-01',
            'date_to': '2190-01-01'}
        for user, is_told in (
            (self.user_sales, False), (self.user_legal, False), (self.user_finance, True), (self.user_manager, True),
            (self.env.ref('base.user_root'), True),
        ):
            result = self.env['order.review.delegation'].with_user(user).onchange(
                values, ['delegate_id'], {'absence_warning': {}})
            with self.subTest(user=user.login):
                self.assertEqual(bool(result['value'].get('absence_warning')), is_told)
        # Nor does what one person was told come to the next one.
        delegation = self._delegate(user=self.user_finance, delegate=self.user_employee)
        self.assertTrue(delegation.with_user(self.user_finance).absence_warning)
        self.assertFalse(delegation.with_user(self.user_employee).absence_warning)

    def test_warned_of_whom(self):
        """Of who has left; not of who is away as far as another role is concerned."""
        def get_warning(**vals):
            today = fields.Date.to_string(fields.Date.today())
            return self.env['order.review.delegation'].with_user(self.user_finance).onchange(
                {'user_id': self.user_finance.id, 'delegate_id': self.user_employee.id, 'date_from': today,
                 'date_to': today, **vals}, ['delegate_id'], {'absence_warning': {}})['value'].get('absence_warning')

        legal, finance = self._role('legal').id, self._role('finance').id
        self._delegate(user=self.user_employee, delegate=self.user_legal, role_id=legal, user_id=self.user_manager)
        self.assertFalse(get_warning(role_id=finance))
        self.assertIn("is also absent", get_warning(role_id=legal))
        self.assertIn("is also absent", get_warning(role_id=False))
        self.user_employee.active = False
        self.assertIn("is archived", get_warning(role_id=finance))

    def test_warned_at_entry(self):
        self._delegate(user=self.user_employee, delegate=self.user_legal, days=3, user_id=self.user_manager)
        with Form(self.env['order.review.delegation'].with_user(self.user_finance)) as form:
            form.date_to = fields.Date.add(form.date_from, days=1)
            self.assertFalse(form.absence_warning)
            form.delegate_id = self.user_employee
            self.assertIn("Test Employee is also absent", form.absence_warning)
            form.date_from = fields.Date.add(fields.Date.today(), days=4)
            form.date_to = form.date_from
            self.assertFalse(form.absence_warning)
            form.date_from = fields.Date.today()
        delegation = form.record
        self.assertIn("Test Employee is also absent", delegation.message_ids[0].body)
        # Whoever goes away is told, too, for whom that person acts.
        away = self._delegate(user=self.user_quality, delegate=self.user_finance)
        self.assertIn("Test Finance is also absent", away.absence_warning)
        own = self._delegate(user=self.user_finance, delegate=self.user_legal)
        self.assertIn("on behalf of Test Quality", own.absence_warning)
        own.action_end()
        self.assertFalse(own.absence_warning)

    def test_queries_do_not_grow(self):
        self._delegate(delegate=self.user_finance2)
        self.assertSameQueries(
            self._new_finance_reviews, lambda reviews: reviews.sudo()._get_available_deciders(), more=1)
