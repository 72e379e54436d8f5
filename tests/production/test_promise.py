from datetime import date, datetime

from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from ..common import LifecycleCommon


@tagged('post_install', '-at_install')
class TestPromise(LifecycleCommon):
    """The promised date is a day where the company works; lateness counts days there."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy.calendar_id = cls.env['resource.calendar'].create({
            'name': "Shanghai", 'tz': 'Asia/Shanghai', 'company_id': cls.company.id,
        })

    def test_date_and_time(self):
        order = self._new_order(commitment_date=False)
        self.assertFalse(order.promised_date)
        order.with_user(self.user_sales).promised_date = '2026-05-04'
        self.assertEqual(order.commitment_date, datetime(2026, 5, 4, 4))
        # An hour that was agreed stays as long as the day does.
        order.commitment_date = datetime(2026, 5, 3, 17)
        self.assertEqual(order.promised_date, date(2026, 5, 4))
        order.promised_date = date(2026, 5, 4)
        self.assertEqual(order.commitment_date, datetime(2026, 5, 3, 17))
        order.promised_date = False
        self.assertFalse(order.commitment_date)

    def test_given_at_creation(self):
        vals = self._prepare_order_vals(promised_date='2026-05-04')
        del vals['commitment_date']
        order = self.env['sale.order'].with_user(self.user_sales).create(vals)
        self.assertEqual(order.commitment_date, datetime(2026, 5, 4, 4))
        self.assertFalse(order.copy().promised_date)

    def test_entered_in_the_form(self):
        """What is missing follows while the form is filled in."""
        self.policy.intake_rule_ids = [Command.create({
            'name': "Date", 'domain': "[('commitment_date', '!=', False)]", 'message': "Enter the date."})]
        order = self._new_order(commitment_date=False)
        with Form(order.with_user(self.user_sales)) as form:
            self.assertEqual(form.missing_summary, "Enter the date.")
            form.promised_date = date(2040, 5, 4)
            self.assertEqual(form.commitment_date, datetime(2040, 5, 4, 4))
            self.assertFalse(form.missing_summary)
        self.assertRecordValues(order, [{
            'promised_date': date(2040, 5, 4), 'commitment_date': datetime(2040, 5, 4, 4)}])

    def test_confirmed_order_keeps_its_promise(self):
        order = self._confirm(self._new_order())
        with self.assertRaises(UserError):
            order.with_user(self.user_sales).promised_date = '2030-01-01'

    def test_late(self):
        with freeze_time('2026-05-01 08:00:00'):
            orders = self._new_order(count=4, commitment_date=datetime(2026, 5, 4, 4))
            kept, missed, waiting, cancelled = orders
            self._confirm(kept | missed)
            cancelled._action_cancel()
        # 15:30 UTC is the evening of the 4th in Shanghai, 16:30 UTC the night of the 5th.
        with freeze_time('2026-05-04 15:30:00'):
            self._deliver(kept.picking_ids)
            self.assertLateness(orders, self.env['sale.order'])
        with freeze_time('2026-05-04 16:30:00'):
            self._deliver(missed.picking_ids)
            self.assertLateness(orders, missed | waiting)
        with freeze_time('2026-06-01 12:00:00'):
            self.assertLateness(orders, missed | waiting)
            self.assertEqual(
                orders.mapped('promise_state'), ['kept', 'late', 'late', False])
        with freeze_time('2026-05-02 12:00:00'):
            orders.invalidate_recordset()
            self.assertEqual(waiting.promise_state, 'soon')
        with freeze_time('2026-04-02 12:00:00'):
            orders.invalidate_recordset()
            self.assertEqual(waiting.promise_state, 'open')

    def assertLateness(self, orders, late):
        self.env.flush_all()
        orders.invalidate_recordset()
        self.assertEqual(orders.filtered('is_late'), late)
        Order = self.env['sale.order'].with_user(self.user_legal)
        own = [('id', 'in', orders.ids)]
        self.assertEqual(Order.search([*own, ('is_late', '=', True)]).ids, late.sorted().ids)
        self.assertEqual(Order.search([*own, ('is_late', '=', False)]), (orders - late).sorted())
        self.assertEqual(Order.search_count([*own, ('is_late', '!=', True)]), len(orders - late))

    def test_without_policy_nothing_is_late(self):
        company = self._new_company()
        order = self.env['sale.order'].with_company(company).create({
            'partner_id': self.partner.id, 'company_id': company.id, 'commitment_date': '2020-01-01 12:00:00',
        })
        self.assertEqual(order.promised_date, date(2020, 1, 1))
        self.assertFalse(order.is_late)
        self.assertNotIn(order, self.env['sale.order'].search([('is_late', '=', True)]))
