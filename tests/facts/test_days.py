"""Days are those of the place where the company works: in Shanghai it is the sixth before it is in UTC."""
from datetime import date, datetime

from freezegun import freeze_time

from odoo.tests import tagged

from .common import FactsCommon

# Eight in the evening of the fifth in UTC, four in the morning of the sixth in Shanghai.
NIGHT = '2031-03-05 20:00:00'


@tagged('post_install', '-at_install')
class TestDays(FactsCommon):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.resource_calendar_id.tz = 'Asia/Shanghai'
        cls.policy.calendar_id = False
        cls.env.user.tz = 'UTC'

    def _set_stages(self, *stages, **vals):
        super()._set_stages(*stages, **vals)
        self.policy.calendar_id = False

    def test_one_service(self):
        """The calendar of the policy, else that of the company, else its address."""
        order = self._register(self._new_order())
        moment = datetime(2031, 3, 5, 20)
        self.assertEqual(order._to_lifecycle_date(moment), date(2031, 3, 6))
        self.assertEqual(self.company._to_local_date(moment), date(2031, 3, 6))
        self.assertEqual(self.company._to_moment(date(2031, 3, 6)), datetime(2031, 3, 5, 16))
        self.company.resource_calendar_id = False
        self.company.partner_id.tz = 'Asia/Tokyo'
        self.assertEqual(self.company._to_moment(date(2031, 3, 6)), datetime(2031, 3, 5, 15))
        self.assertEqual(order._get_promised_datetime(date(2031, 3, 6)), datetime(2031, 3, 6, 3))
        self.assertFalse(order._to_lifecycle_date(False) or self.company._to_moment(False))
        self.policy.calendar_id = self.env['resource.calendar'].create({
            'name': "New York", 'tz': 'America/New_York', 'company_id': self.company.id})
        self.assertEqual(order._to_lifecycle_date(moment), date(2031, 3, 5))

    def test_search_agrees(self):
        """Promised for the fifth, an order is late on the sixth: so say the record, the search and the board."""
        self.company.resource_calendar_id = False
        self.company.partner_id.tz = 'Asia/Shanghai'
        with freeze_time(NIGHT):
            order = self._register(self._new_order(commitment_date='2031-03-05 04:00:00'))
            self.env.flush_all()
            self.env.invalidate_all()
            self.assertEqual(order.promised_date, date(2031, 3, 5))
            self.assertTrue(order.is_late)
            self.assertIn(order, order.search([('is_late', '=', True)]))
            self.assertEqual(order.promise_state, 'late')

    def test_contract(self):
        self._set_stages('legal')
        with freeze_time(NIGHT):
            order = self._submit_order()
            order.signed_on = NIGHT
            document = self.env['ir.attachment'].create({
                'name': "Contract.txt", 'raw': b"-", 'res_model': order._name, 'res_id': order.id})
            self.env.flush_all()
            self.env.cr.execute("UPDATE ir_attachment SET create_date = %s WHERE id = %s", (NIGHT, document.id))
            self.env['order.export.check'].create({
                'partner_id': self.partner.id, 'company_id': self.company.id, 'result': 'clear',
                'checked_by_id': self.user_legal.id, 'checked_at': NIGHT})
            facts = self._get_facts(order, 'legal')
        self.assertEqual(self._get_row(facts['contract'], 'signed_on')['value'], '2031-03-06')
        self.assertEqual(self._get_cells(facts['contract'], name="Contract.txt")['date']['value'], '2031-03-06')
        self.assertIn("03/06/2031", self._get_row(facts['parties'], 'export_check')['note'])

    def test_payment_plan(self):
        """Without any date the terms count from today."""
        self._set_stages(('finance', {'requires_plan': 'payment'}))
        with freeze_time(NIGHT):
            order = self._submit_order(payment_term_id=False)
            order.sudo().promised_date = False
            facts = self._get_facts(order, 'finance')
            self.assertEqual(self._get_row(facts['instalments'], 'start')['value'], '2031-03-06')

    def test_receivables(self):
        """Due on the fifth, overdue on the sixth."""
        self._set_stages('finance')
        customer = self.partner.copy({'name': "Late Payer"})
        with freeze_time(NIGHT):
            self._new_invoice(customer, 100, '2031-03-05')
            facts = self._get_facts(self._submit_order(partner_id=customer.id), 'finance')
            row = self._get_row(facts['receivables'], 'oldest')
            own = self._new_order(partner_id=customer.id)
            self.assertTrue(own.customer_has_overdue_invoice)
            self.assertEqual(own.with_context(tz='America/New_York').search(
                [('customer_has_overdue_invoice', '=', True), ('id', '=', own.id)]), own)
            self.assertEqual(own.customer_overdue, 100)
        self.assertEqual(row['value'], '2031-03-05')
        self.assertIn("1 d", row['note'])

    def test_rate_of_the_day(self):
        """What limits are compared with uses the rate of the day on which the order is submitted."""
        with freeze_time(NIGHT):
            self.assertEqual(self._submit_order().limit_rate_date, date(2031, 3, 6))

    def test_visits(self):
        with freeze_time(NIGHT):
            order = self._register(self._new_order())
            visit = self.env['order.visit'].create({'order_id': order.id, 'due_date': '2031-03-05'})
            self.assertTrue(visit.is_overdue)
            self.assertIn(visit, visit.search([('is_overdue', '=', True)]))
            self.assertEqual(self.env['order.visit'].create({'order_id': order.id}).due_date, date(2031, 3, 6))
        with freeze_time('2031-03-05 15:00:00'):
            self.env.invalidate_all()
            self.assertFalse(visit.is_overdue)
            self.assertNotIn(visit, visit.search([('is_overdue', '=', True)]))

    def test_assessed_month(self):
        """The first of April in Shanghai, when it is still March in UTC."""
        with freeze_time('2031-03-31 20:00:00'):
            first, last = self.env['order.assessment']._get_last_month()
        self.assertEqual((first, last), (date(2031, 3, 1), date(2031, 3, 31)))
