from datetime import date

from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import ValidationError
from odoo.tests import tagged

from .common import COMPUTED, JUNE, AssessmentCommon


@tagged('post_install', '-at_install')
class TestIndicators(AssessmentCommon):
    """Every indicator against numbers that are counted by hand here (article E2)."""

    def test_period_borders_and_time_zone(self):
        """Both days count whole, in Shanghai: 1 June begins there at 16:00 UTC of 31 May."""
        for moment in ('2026-05-31 15:59:59', '2026-06-30 16:00:00'):
            self._new_fact(received_at=moment)
        inside = [self._new_fact(received_at=moment) for moment in ('2026-05-31 16:00:00', '2026-06-30 15:59:59')]
        inside[0].sudo().fulfilled_at = '2026-08-01 12:00:00'
        sales = self.departments['sales']
        self.assertMeasured('completion_rate', {sales: (1, 2), self.employee_sales: (1, 2)})
        self.assertMeasured('completion_rate', {sales: (0, 1), self.employee_sales: (0, 1)},
                            (date(2026, 7, 1), date(2026, 7, 31)))
        self.assertMeasured('completion_rate', {sales: (1, 1), self.employee_sales: (1, 1)},
                            (date(2026, 6, 1), date(2026, 6, 1)))

    def test_nothing_happened(self):
        for code in COMPUTED:
            with self.subTest(code=code):
                self.assertMeasured(code, {}, (date(2001, 1, 1), date(2001, 12, 31)))

    def test_completion_rate(self):
        """3 of 5: one open, one cancelled by sales; the one that the customer declined is nobody's failure."""
        orders = self._new_fact(6, received_at='2026-06-10 08:00:00')
        for order in orders[:3]:
            order.sudo().fulfilled_at = '2026-06-20 08:00:00'
        orders[3].with_user(self.user_sales)._action_cancel()
        self.assertEqual(orders[3].cancelled_by_id, self.user_sales)
        customer = self._new_user('customer', 'base.group_portal', company=self.company)
        orders[4].with_user(customer).sudo()._action_cancel()
        self.assertEqual(orders[4].cancelled_by_id, customer)
        self.assertMeasured('completion_rate', {
            self.departments['sales']: (3, 5), self.employee_sales: (3, 5)})
        # What is taken up again counts again.
        orders[4].with_user(self.user_sales).action_draft()
        self.assertFalse(orders[4].cancelled_by_id)
        self.assertMeasured('completion_rate', {
            self.departments['sales']: (3, 6), self.employee_sales: (3, 6)})

    def test_on_time_rate(self):
        """2 of 3: in time on the promised day itself in Shanghai, in time before it, late; one without a promise."""
        promises = (
            ('2026-06-10', '2026-06-10 15:59:59'),  # 23:59 in Shanghai
            ('2026-06-10', '2026-06-01 08:00:00'),
            ('2026-06-10', '2026-06-10 16:00:00'),  # the next day there
            (False, '2026-06-10 08:00:00'),
        )
        for promised_date, fulfilled_at in promises:
            order = self._new_fact(commitment_date=f'{promised_date} 04:00:00' if promised_date else False)
            self.env.flush_all()
            order.sudo().fulfilled_at = fulfilled_at
            self.assertEqual(str(order.promised_date), str(promised_date))
        # The department is the one of logistics, the person the salesperson (design, table of indicators).
        self.assertMeasured('on_time_rate', {
            self.departments['logistics']: (2, 3), self.employee_sales: (2, 3)})

    def test_processing_efficiency(self):
        """8 working hours in Shanghai, 9 to 17: in time to the second, over night and over the weekend."""
        spans = (
            ('2026-06-01 01:00:00', '2026-06-01 09:00:00', 8.0),  # Monday, the whole day
            ('2026-06-05 08:00:00', '2026-06-08 08:00:00', 8.0),  # Friday 16:00 to Monday 16:00
            ('2026-06-01 01:00:00', '2026-06-02 01:00:01', 8.0003),
            ('2026-06-06 01:00:00', '2026-06-07 01:00:00', 0.0),  # a Saturday
        )
        for received_at, approved_at, hours in spans:
            order = self._new_fact(received_at=received_at, approved_at=approved_at)
            self.assertAlmostEqual(order.processing_hours, hours, 4)
        self.assertMeasured('processing_efficiency', {
            self.departments['sales']: (3, 4), self.employee_sales: (3, 4)})
        self.policy.sudo().processing_target_hours = 9
        self.assertMeasured('processing_efficiency', {
            self.departments['sales']: (4, 4), self.employee_sales: (4, 4)})

    def test_review_on_time(self):
        """Each review for the department of its role and for whoever decided; without a deadline it does not count."""
        orders = self._accept(self._new_order(3))
        reviews = orders.review_ids.sudo()
        by_sales = reviews.filtered(lambda review: review.role_id.code == 'sales')
        by_finance = reviews - by_sales
        reviews.write({'decided_at': '2026-06-10 08:00:00'})
        by_sales[:2].deadline = '2026-06-10 08:00:00'
        by_sales[2].deadline = '2026-06-10 07:59:59'
        by_finance[0].deadline = '2026-06-11 08:00:00'
        by_finance[1].write({'deadline': '2026-06-11 08:00:00', 'decided_at': '2026-07-01 08:00:00'})
        by_finance[2].deadline = False
        self.assertMeasured('review_on_time', {
            self.departments['sales']: (2, 3), self.employee_sales: (2, 3),
            self.departments['finance']: (1, 1), self.employee_finance: (1, 1),
        })

    def test_intake_accuracy(self):
        """Submitted three times, returned once: the corrected one stays an inaccurate entry of its registrar."""
        orders = self._submit(self._new_order(3))
        sent_back = orders[0]
        self._get_pending_reviews(sent_back).with_user(self.user_sales).action_approve()
        self._get_pending_reviews(sent_back).with_user(self.user_finance).action_return("No discount")
        self._submit(sent_back)
        other = self._new_user('registrar', 'sales_team.group_sale_salesman_all_leads')
        orders.sudo().submitted_at = '2026-06-10 08:00:00'
        orders[2].sudo().registered_by_id = other
        # The other registrar is no employee: the department has the order, no person has.
        self.assertMeasured('intake_accuracy', {
            self.departments['sales']: (2, 3), self.employee_sales: (1, 2)})

    def test_settlement_accuracy(self):
        """Of four settled orders one was settled with a difference and one was corrected afterwards."""
        orders = self._fulfil(self._new_order(5, lines=[(self.product_service, 1)]))
        settlements = orders.sudo().settlement_id
        self.assertEqual(len(settlements), 5)
        self.env.flush_all()
        settlements[:4].write({'settled_by_id': self.user_finance.id, 'settled_at': '2026-06-30 15:00:00'})
        self.env.flush_all()
        settlements.write({'is_different': False, 'corrected': False})
        settlements[0].is_different = True
        settlements[1].corrected = True
        self.assertMeasured('settlement_accuracy', {
            self.departments['finance']: (2, 4), self.employee_finance: (2, 4)})

    def test_collaboration(self):
        """3 of 6 that were due were answered in time: what the system filled in, what was not needed any more in time
        and what is not due yet count for nobody."""
        logistics = self._role('logistics')
        due, before, after = '2026-06-10 08:00:00', '2026-06-10 07:00:00', '2026-06-10 09:00:00'
        answered = {'state': 'reported', 'reported_by_id': self.user_finance.id}
        cases = [
            {**answered, 'deadline': due, 'reported_at': before},
            {**answered, 'deadline': due, 'reported_at': due},
            {**answered, 'deadline': due, 'reported_at': after},
            {**answered, 'deadline': due, 'reported_at': before, 'role_id': self._role('finance').id},
            {'state': 'requested', 'deadline': due},
            {'state': 'cancelled', 'deadline': due, 'cancelled_at': after},
            {'state': 'cancelled', 'deadline': due, 'cancelled_at': before},
            {'state': 'reported', 'is_automatic': True, 'reported_at': before},
            {'state': 'requested', 'deadline': '2026-06-10 23:00:00'},
        ]
        orders = self._new_order(len(cases))
        self.env['order.progress']._create_guarded([{
            'order_id': order.id, 'role_id': logistics.id, 'kind': 'scheduled', 'requested_at': before, **case,
        } for order, case in zip(orders, cases)])
        self.env.flush_all()
        with freeze_time('2026-06-10 22:00:00'):
            self.assertMeasured('collaboration', {
                self.departments['logistics']: (2, 5), self.departments['finance']: (1, 1),
                self.employee_finance: (3, 4)})
        self._indicator('collaboration').sudo().role_ids = self._role('finance')
        self.assertMeasured('collaboration', {self.departments['finance']: (1, 1), self.employee_finance: (1, 1)})

    def test_quality(self):
        """Of 3 batches made 2 passed at once; of 2 bought 1. What was reworked, is not judged, was let through or came
        back from a customer counts for nobody."""
        self.policy.sudo().responsibility_ids = [
            Command.create({'role_id': self._role(code).id, 'department_id': self.departments[department].id})
            for code, department in (('production', 'logistics'), ('purchasing', 'aftersales'))]
        self.env['mrp.bom'].create({'product_tmpl_id': self.product_stock.product_tmpl_id.id, 'product_qty': 1})
        bought = self._new_product("Bought")
        order = self._new_order()
        received, returned = (self.env['stock.move'].create({
            'product_id': bought.id, 'product_uom_qty': 1, 'location_id': self.env.ref(place).id,
            'location_dest_id': self.warehouse.lot_stock_id.id, 'company_id': self.company.id,
        }) for place in ('stock.stock_location_suppliers', 'stock.stock_location_customers'))
        production = self.env['mrp.production'].with_company(self.company).create({
            'product_id': self.product_stock.id, 'user_id': self.user_finance.id})
        made = {'product_id': self.product_stock.id, 'production_id': production.id, 'point': 'production'}
        receipt = {'product_id': bought.id, 'move_id': received.id, 'point': 'receipt'}
        cases = [
            {**made, 'state': 'passed'},
            {**made, 'state': 'failed'},
            {'product_id': self.product_stock.id, 'order_id': order.id, 'state': 'passed'},
            {**receipt, 'state': 'passed'},
            {**receipt, 'state': 'failed', 'disposition': 'concession'},
            {**receipt, 'state': 'failed', 'move_id': returned.id},
            {**made, 'state': 'skipped', 'judged_at': False},
            {**made, 'state': 'todo', 'judged_at': False},
        ]
        Inspection = self.env['order.inspection']
        rows = Inspection._create_guarded([{
            'company_id': self.company.id, 'quantity': 1, 'judged_at': '2026-06-10 08:00:00', **case,
        } for case in cases])
        Inspection._create_guarded([{
            'company_id': self.company.id, 'quantity': 1, 'judged_at': '2026-06-11 08:00:00', **made, 'state': 'passed',
            'origin_id': rows[1].id}])
        self.assertMeasured('quality', {
            self.departments['logistics']: (2, 3), self.departments['aftersales']: (1, 2),
            self.employee_finance: (1, 2)})
        self._indicator('quality').sudo().role_ids = self._role('purchasing')
        self.assertMeasured('quality', {self.departments['aftersales']: (1, 2)})

    def test_aftersales_quality(self):
        """Of five closed tickets one was closed late and one was reopened; without a deadline none is late."""
        agent = self._new_employee(self.user_aftersales, 'aftersales')
        tickets = self.env['order.ticket'].with_company(self.company).create([{
            'subject': f"Question {number}", 'partner_id': self.partner.id,
            'user_id': number != 4 and self.user_aftersales.id,
        } for number in range(6)])
        self.env.flush_all()
        tickets[:5].sudo().write({'closed_at': '2026-06-10 08:00:00', 'deadline': '2026-06-10 08:00:00'})
        tickets[0].sudo().deadline = '2026-06-10 07:59:59'
        tickets[1].sudo().reopen_count = 1
        tickets[2].sudo().deadline = False
        self.assertMeasured('aftersales_quality', {
            self.departments['aftersales']: (3, 5), agent: (2, 4)})

    def test_customer_satisfaction(self):
        """5, 4 and 2 points of three calls are 11 of 15; who was not reached or not called yet does not count."""
        agent = self._new_employee(self.user_aftersales, 'aftersales')
        orders = self._new_order(5)
        visits = self.env['order.visit'].create([{'order_id': order.id} for order in orders])
        self.env.flush_all()
        for visit, satisfaction in zip(visits, (5, 4, 2)):
            visit.sudo().write({
                'state': 'done', 'satisfaction': satisfaction, 'done_at': '2026-06-10 08:00:00',
                'done_by_id': self.user_aftersales.id})
        visits[3].sudo().write({'state': 'unreachable', 'attempt_count': 1})
        self.assertMeasured('customer_satisfaction', {
            self.departments['aftersales']: (11, 15), agent: (11, 15)})
        tally = self._indicator('customer_satisfaction')._measure(*JUNE)['hr.employee', agent.id]
        self.assertEqual((tally.case_ids, tally.failed_ids), (visits[:3].ids, visits[2].ids))

    def test_emergency_releases(self):
        """Of four orders confirmed one was released; another release counts although its order was cancelled since."""
        orders = self._new_fact(4, confirmed_at='2026-06-10 08:00:00')
        orders[0].sudo().released_at = '2026-06-10 08:00:00'
        cancelled = self._new_fact(released_at='2026-06-12 08:00:00')
        # Confirmed in June after a release in May: both months have it.
        other = self._new_fact(confirmed_at='2026-06-20 08:00:00', released_at='2026-05-20 08:00:00')
        self._new_fact(confirmed_at='2026-07-20 08:00:00')
        self.assertMeasured('emergency_releases', {
            self.departments['sales']: (3, 6), self.employee_sales: (3, 6)})
        tally = self._indicator('emergency_releases')._measure(*JUNE)['hr.department', self.departments['sales'].id]
        self.assertEqual(set(tally.failed_ids), set((orders[0] | cancelled | other).ids))

    def test_two_companies(self):
        """Facts of the other company count there only, also for a person who works in both."""
        company = self._new_company()
        self.user_sales.company_ids |= company
        departments = self._new_departments(company)
        policy = self._new_policy(company, departments=departments)
        self._adopt(policy)
        employee = self._new_employee(self.user_sales, 'sales', company, departments)
        here = self._new_fact(2, received_at='2026-06-10 08:00:00')
        here[0].sudo().fulfilled_at = '2026-06-11 08:00:00'
        self._new_fact(company=company, received_at='2026-06-10 08:00:00')
        self.assertMeasured('completion_rate', {
            self.departments['sales']: (1, 2), self.employee_sales: (1, 2)})
        self.assertMeasured('completion_rate', {departments['sales']: (0, 1), employee: (0, 1)}, policy=policy)

    def test_orders_without_policy(self):
        order = self._new_fact(received_at='2026-06-10 08:00:00')
        order.sudo().policy_id = False
        self.assertMeasured('completion_rate', {})

    def test_whom_it_counts_for(self):
        indicator = self._indicator('completion_rate').sudo()
        self._new_fact(received_at='2026-06-10 08:00:00')
        indicator.subject = 'department'
        self.assertMeasured('completion_rate', {self.departments['sales']: (0, 1)})
        indicator.subject = 'employee'
        self.assertMeasured('completion_rate', {self.employee_sales: (0, 1)})
        indicator.write({'subject': 'both', 'role_ids': [Command.set(
            (self._role('finance') | self._role('logistics') | self._role('legal')).ids)]})
        self.assertMeasured('completion_rate', {
            self.departments['finance']: (0, 1), self.departments['logistics']: (0, 1), self.employee_sales: (0, 1)})

    def test_former_employee(self):
        self._new_fact(received_at='2026-06-10 08:00:00')
        self.employee_sales.active = False
        self.assertMeasured('completion_rate', {
            self.departments['sales']: (0, 1), self.employee_sales: (0, 1)})

    def test_evidence_behind_the_number(self):
        done = self._new_fact(received_at='2026-06-10 08:00:00', fulfilled_at='2026-06-11 08:00:00')
        open_order = self._new_fact(received_at='2026-06-10 08:00:00')
        tally = self._indicator('completion_rate')._measure(*JUNE)['hr.department', self.departments['sales'].id]
        self.assertEqual(set(tally.case_ids), set((done | open_order).ids))
        self.assertEqual(tally.failed_ids, open_order.ids)

    def test_one_statement_a_measure(self):
        """However many orders there are, their persons included."""
        indicator = self._indicator('completion_rate')

        self.assertSameQueries(
            lambda number: self._new_fact(number, received_at='2026-06-10 08:00:00'),
            lambda _orders: indicator._measure(*JUNE))


@tagged('post_install', '-at_install')
class TestIndicatorScale(AssessmentCommon):

    def test_score(self):
        indicator = self._indicator('completion_rate').sudo()
        indicator.write({'target': 95, 'floor': 70})
        for value, score in ((100, 100), (95, 100), (90, 80), (82.5, 50), (70, 0), (0, 0)):
            self.assertEqual(indicator._get_score(value), score)
        indicator.write({'direction': 'lower', 'target': 5, 'floor': 25})
        for value, score in ((0, 100), (5, 100), (10, 75), (25, 0), (100, 0)):
            self.assertEqual(indicator._get_score(value), score)

    def test_refused_values(self):
        indicator = self._indicator('completion_rate').sudo()
        for vals in (
            {'target': 60, 'floor': 60}, {'direction': 'lower'}, {'target': 101}, {'floor': -1}, {'weight': -1},
            {'minimum_cases': 0}, {'measured_by': False},
        ):
            with self.subTest(vals=vals), self.assertRaises(ValidationError), self.env.cr.savepoint():
                indicator.write(vals)
        self._indicator('on_time_rate').sudo().unlink()
        with self.assertRaises(ValidationError):
            self.env['order.indicator'].create({
                'policy_id': self.policy.id, 'name': "By hand", 'kind': 'manual', 'code': 'on_time_rate'})

    def test_refused_grades(self):
        grade = self.policy.grade_ids[-1].sudo()
        for vals in ({'score_from': -1}, {'score_from': 101}, {'coefficient': -0.1}, {'measure_hours': 0}):
            with self.subTest(vals=vals), self.assertRaises(ValidationError), self.env.cr.savepoint():
                grade.write(vals)
        with self.assertRaises(ValidationError):
            self.policy.sudo().processing_target_hours = 0

    def test_template(self):
        """The standard policy brings its indicators and grades into every company that adopts it."""
        template = self.env.ref('sale_order_lifecycle.policy_template_standard')
        copied = template.copy({'company_id': self.company.id})
        self.assertEqual(copied.indicator_ids.mapped('code'), template.indicator_ids.mapped('code'))
        self.assertTrue(set(COMPUTED) <= set(copied.indicator_ids.mapped('code')))
        self.assertEqual(copied.grade_ids.mapped('score_from'), [90, 80, 60, 0])
        self.assertEqual(copied.grade_ids._get_grade(80).score_from, 80)
        self.assertEqual(copied.grade_ids._get_grade(79.99).score_from, 60)
