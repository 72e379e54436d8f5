"""Somebody else decides for a person who is away: exactly what that person may, and not a day longer."""
from psycopg2 import IntegrityError

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from ..review.common import MONDAY, PeopleCommon


@tagged('post_install', '-at_install')
class TestDelegation(PeopleCommon):

    def test_nothing_is_forgotten_while_it_is_computed(self):
        """Who may decide one review is asked anew, and what is known of others stays known."""
        self._delegate()
        first, second = self._new_finance_reviews(2).with_user(self.user_employee)
        self.assertEqual(second.principal_ids, self.user_finance)
        self.env.flush_all()
        self.assertTrue(first.can_decide)
        with self.assertQueryCount(0):
            self.assertEqual(second.principal_ids, self.user_finance)

    def test_no_last_day(self):
        """What a client sends for an empty field is refused as any value that is missing."""
        delegation = self._delegate().with_user(self.user_finance)
        with self.assertRaises(IntegrityError), mute_logger('odoo.sql_db'), self.env.cr.savepoint():
            delegation.write({'date_to': False})
            self.env.flush_all()

    def test_delegate_decides(self):
        review = self._new_finance_reviews()
        own = review.with_user(self.user_employee)
        with self.assertRaises(AccessError):
            own.action_approve()
        self._delegate()
        self.assertEqual(own.search([('can_decide', '=', True)]), own)
        self.assertTrue(own.can_decide)
        self.assertEqual(own.acting_for_id, self.user_finance)
        own.action_approve("Checked")
        self.assertRecordValues(review, [{
            'state': 'approved', 'decided_by_id': self.user_employee.id, 'delegated_for_id': self.user_finance.id}])
        self.assertEqual(review.order_id.review_state, 'approved')
        note = review.order_id.message_ids.filtered(lambda message: 'Checked' in message.body)
        self.assertIn("Test Employee on behalf of Test Finance", note.body)
        self.assertTrue(own.has_access('read'), "own decisions stay visible while the delegation runs")

    def test_on_the_review_sheet(self):
        review = self._new_finance_reviews()
        self._delegate()
        review.with_user(self.user_employee).action_approve()
        html = self.env['ir.actions.report']._render_qweb_html(
            'sale_order_lifecycle.action_report_review_sheet', review.order_id.ids)[0].decode()
        self.assertRegex(html, r"Test Employee</span>\s*on behalf of <span>Test Finance")

    def test_return_and_reject(self):
        self._delegate()
        returned, rejected = self._new_finance_reviews(2).with_user(self.user_employee)
        returned.action_return("The price is wrong.")
        rejected.action_reject("We do not sell this.")
        self.assertEqual((returned | rejected).sudo().delegated_for_id, self.user_finance)
        self.assertEqual(returned.sudo().order_id.review_state, 'returned')
        self.assertEqual(rejected.sudo().order_id.review_state, 'rejected')

    def test_sees_only_what_is_delegated(self):
        """A plain employee sees the open reviews of who is away, with the facts of the order, and nothing else."""
        finance = self._new_finance_reviews()
        order = finance.order_id
        sales = self._get_pending_reviews(self._submit(self._new_order()))
        decided = self._new_finance_reviews()
        decided.with_user(self.user_finance).action_approve()
        self._delegate()
        mine = self.env['order.review'].with_user(self.user_employee)
        waiting = sales.order_id.review_ids - sales
        self.assertEqual(mine.search([]), finance | waiting, "what will be decided later is open, too")
        for hidden in (sales, decided):
            with self.assertRaises(AccessError):
                hidden.sudo(False).with_user(self.user_employee).read(['state'])
        for record in (order, order.order_line):
            with self.assertRaises(AccessError):
                record.with_user(self.user_employee).read(['name'])
        values = mine.browse(finance.id).web_read({
            'partner_id': {'fields': {'display_name': {}}}, 'amount_total': {}, 'line_summary': {}, 'reads_order': {},
            'order_id': {'fields': {'display_name': {}}},
        })[0]
        self.assertEqual(values['partner_id']['display_name'], self.partner.display_name)
        self.assertEqual(values['amount_total'], order.amount_total)
        self.assertIn("Stock Good", values['line_summary'])
        self.assertFalse(values['reads_order'])
        with Form(mine.browse(finance.id)) as form:
            self.assertEqual(form.stage_id, self.stage_finance)

    def test_plan_and_checklist(self):
        self.policy.sudo().stage_ids.filtered(lambda stage: stage == self.stage_finance).write({
            'requires_plan': 'payment', 'check_ids': [Command.create({'name': "Limit", 'required': True})]})
        review = self._new_finance_reviews()
        own = review.with_user(self.user_employee)
        with self.assertRaises(AccessError):
            own.planned_date = fields.Date.today()
        self._delegate()
        own.planned_date = fields.Date.today()
        own.check_ids.result = 'ok'
        own.action_approve()
        self.assertEqual(review.state, 'approved')

    def test_whatever_the_absent_person_may(self):
        """The delegate asks, sets conditions and revokes own approvals; without a delegation this is refused."""
        self.stage_finance.may_set_condition = True
        asked, conditional = self._new_finance_reviews(2).with_user(self.user_employee)
        vals = {'review_id': conditional.id, 'kind': 'percent', 'value': 30, 'point': 'shipping'}
        with self.assertRaises(AccessError):
            self.env['order.review.condition'].with_user(self.user_employee).create(vals)
        with self.assertRaises(AccessError):
            asked.action_ask("Why?")
        self._delegate()
        asked.action_ask("Why?")
        self.assertTrue(asked.sudo().is_asked)
        self.env['order.review.condition'].with_user(self.user_employee).create(vals)
        conditional.action_approve()
        self.assertEqual(conditional.sudo().delegated_for_id, self.user_finance)
        with Form(asked) as form:
            self.assertEqual(form.stage_id, self.stage_finance)

    def test_two_approvals_are_of_two_persons(self):
        """A delegate counts for two: neither the delegate nor the absent person gives the second approval."""
        self.stage_finance.required_count = 2
        order = self._new_finance_reviews()[:1].order_id
        self._delegate()
        pending = self._get_pending_reviews(order).sudo(False)
        self.assertEqual(len(pending), 2)
        pending[0].with_user(self.user_employee).action_approve()
        for user in (self.user_employee, self.user_finance):
            with self.subTest(user=user.login):
                own = pending[1].with_user(user)
                self.assertFalse(own.search([('can_decide', '=', True), ('id', '=', own.id)]))
                with self.assertRaises(AccessError):
                    own.action_approve()
        self.assertEqual(pending._get_possible_deciders()[pending[1].id], self.user_finance2)
        pending[1].with_user(self.user_finance2).action_approve()
        self.assertEqual(order.review_state, 'approved')

    def test_different_persons_in_the_stages(self):
        self.policy.sudo().allow_several_stages = False
        self.user_finance.group_ids = [Command.link(self.env.ref('sale_order_lifecycle.group_legal').id)]
        self.policy.stage_ids = [Command.create({
            'name': "Legal", 'role_id': self._role('legal').id, 'sequence': 30})]
        review = self._new_finance_reviews()
        self._delegate()
        review.with_user(self.user_employee).action_approve()
        legal = self._get_pending_reviews(review.order_id).sudo(False)
        for user in (self.user_employee, self.user_finance):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                legal.with_user(user).action_approve()
        legal.with_user(self.user_legal).action_approve()

    def test_not_a_day_longer(self):
        """The rule of access is asked anew each day, in the same registry and with its caches warm."""
        with self._at(MONDAY):
            review = self._new_finance_reviews()
            own = review.with_user(self.user_employee)
            self._delegate(date_from='2026-03-10', date_to='2026-03-11')
        for moment, sees in (
                ('2026-03-09 23:59:59', False), ('2026-03-10 00:00:00', True), ('2026-03-11 23:59:59', True),
                ('2026-03-12 00:00:00', False)):
            with self.subTest(moment=moment), self._at(moment):
                self.assertEqual(own.has_access('read'), sees)
                self.assertEqual(own.search_count([('id', '=', review.id)]), int(sees))
                self.assertEqual(own.sudo().with_user(self.user_employee).search_count(
                    [('can_decide', '=', True)]), int(sees))
                if not sees:
                    with self.assertRaises(AccessError):
                        own.action_approve()
                    with self.assertRaises(AccessError):
                        own.sudo().action_approve()

    def test_days_of_the_absent_person(self):
        """The last day ends where the absent person is, summer time included, whatever the zone of the delegate."""
        self.user_finance.tz = 'America/New_York'
        self.user_employee.tz = 'Asia/Shanghai'
        with self._at('2026-03-06 12:00:00'):
            review = self._new_finance_reviews()
            # Summer time begins on 8 March: the day has 23 hours.
            delegation = self._delegate(date_from='2026-03-08', date_to='2026-03-08')
            self.assertRecordValues(delegation.sudo(), [{
                'starts_at': self._moment('2026-03-08 05:00:00'), 'ends_at': self._moment('2026-03-09 04:00:00')}])
        own = review.with_user(self.user_employee).with_context(tz='Pacific/Kiritimati')
        for moment, sees in (('2026-03-08 04:59:00', False), ('2026-03-08 05:00:00', True),
                             ('2026-03-09 03:59:00', True), ('2026-03-09 04:00:00', False)):
            with self.subTest(moment=moment), self._at(moment):
                self.assertEqual(own.has_access('read'), sees)

    def test_what_has_begun_stays_begun(self):
        """People say themselves where they are: no move to another time zone undoes what decisions rest on."""
        def move(zone):
            self.user_finance.with_user(self.user_finance).write({'tz': zone})
            self.env.flush_all()
            self.env.invalidate_all()

        self.user_finance.tz = 'Pacific/Kiritimati'
        with self._at('2026-03-06 08:00:00'):
            review = self._new_finance_reviews()
            over = self._delegate(date_from='2026-03-04', date_to='2026-03-05', delegate_id=self.user_legal.id)
            running = self._delegate(date_from='2026-03-06', date_to='2026-03-06')
            later = self._delegate(date_from='2026-03-07', date_to='2026-03-07')
            delegations = over | running | later
            self.assertEqual(delegations.mapped('state'), ['over', 'running', 'planned'])
            review.with_user(self.user_employee).action_approve()
            move('Pacific/Pago_Pago')
            self.assertRecordValues(delegations.sudo(), [
                {'state': 'over', 'starts_at': self._moment('2026-03-03 10:00:00'),
                 'ends_at': self._moment('2026-03-05 10:00:00')},
                {'state': 'running', 'starts_at': self._moment('2026-03-05 10:00:00'),
                 'ends_at': self._moment('2026-03-07 11:00:00')},
                {'state': 'planned', 'starts_at': self._moment('2026-03-07 11:00:00'),
                 'ends_at': self._moment('2026-03-08 11:00:00')},
            ])
            for delegation in over | running:
                own = delegation.with_user(self.user_finance)
                with self.subTest(state=delegation.state), self.assertRaises(UserError), self.env.cr.savepoint():
                    own.unlink()
                with self.subTest(state=delegation.state), self.assertRaises(UserError), self.env.cr.savepoint():
                    own.write({'delegate_id': self.user_legal.id})
        with self._at('2026-03-06 12:00:00'):
            # There the day is over already: it ends now, and not before what was decided meanwhile.
            move('Pacific/Kiritimati')
            self.assertRecordValues(running.sudo(), [{
                'state': 'over', 'starts_at': self._moment('2026-03-05 10:00:00'),
                'ends_at': self._moment('2026-03-06 12:00:00')}])
            move('Pacific/Pago_Pago')
            self.assertEqual(running.state, 'over')

    def test_other_role(self):
        """A delegation for one role opens no other one, even where the absent person has both."""
        self.user_finance.group_ids = [Command.link(self.env.ref('sale_order_lifecycle.group_legal').id)]
        review = self._new_finance_reviews()
        self._delegate(role_id=self._role('legal').id)
        self.assertFalse(review.with_user(self.user_employee).has_access('read'))
        self.stage_finance.role_id = self._role('legal')
        legal = self._new_finance_reviews()
        legal.with_user(self.user_employee).action_approve()
        self.assertEqual(legal.delegated_for_id, self.user_finance)

    def test_rights_at_the_time(self):
        """Who has left the role, or the company, leaves nothing to the delegate."""
        review = self._new_finance_reviews()
        own = review.with_user(self.user_employee)
        self._delegate()
        self.assertTrue(own.has_access('read'))
        self.user_finance.group_ids = [Command.unlink(self.env.ref('sale_order_lifecycle.group_finance').id)]
        self.env.invalidate_all()
        self.assertFalse(own.has_access('read'))
        with self.assertRaises(AccessError):
            own.action_approve()
        self.user_finance.group_ids = [Command.link(self.env.ref('sale_order_lifecycle.group_finance').id)]
        self.env.invalidate_all()
        self.assertTrue(own.has_access('read'))
        self.user_finance.active = False
        self.env.invalidate_all()
        self.assertFalse(own.has_access('read'), "an archived person has no delegate")

    def test_no_chain(self):
        review = self._new_finance_reviews()
        self._delegate(delegate=self.user_legal)
        self._delegate(user=self.user_legal, delegate=self.user_employee)
        self.assertTrue(review.with_user(self.user_legal).can_decide)
        self.assertFalse(review.with_user(self.user_employee).has_access('read'))

    def test_salesperson_delegates_own_orders_only(self):
        """A salesperson who sees own orders delegates no more than that."""
        other = self._new_user('sales2', 'sales_team.group_sale_salesman')
        mine = self._submit(self._new_order())
        theirs = self._submit(self._new_order(user=other, user_id=other.id), user=other)
        self._delegate(user=self.user_sales)
        seen = self.env['order.review'].with_user(self.user_employee).search([])
        self.assertEqual(seen.sudo().order_id, mine)
        self.assertNotIn(theirs, seen.sudo().order_id)

    def test_four_eyes_for_both(self):
        self.stage_finance.four_eyes = True
        self.user_finance.group_ids = [Command.link(self.env.ref('sales_team.group_sale_salesman').id)]
        self._delegate()
        sold_by_absent = self._new_finance_reviews(user=self.user_sales_manager, user_id=self.user_finance.id)
        own = sold_by_absent.with_user(self.user_employee)
        self.assertFalse(own.search([('can_decide', '=', True), ('id', '=', own.id)]))
        with self.assertRaises(AccessError):
            own.action_approve()
        self._delegate(delegate=self.user_sales)
        entered_by_delegate = self._new_finance_reviews(user_id=False)
        own = entered_by_delegate.with_user(self.user_sales)
        self.assertFalse(own.search([('can_decide', '=', True), ('id', '=', own.id)]))
        with self.assertRaises(AccessError):
            own.action_approve()
        self.assertEqual(entered_by_delegate.with_user(self.user_employee).can_decide, True)
        # Somebody else's right, in which nothing forbids it, is taken.
        self._delegate(user=self.user_finance2)
        sold_by_absent.with_user(self.user_employee).action_approve()
        self.assertEqual(sold_by_absent.delegated_for_id, self.user_finance2)

    def test_own_right_first(self):
        review = self._new_finance_reviews()
        self._delegate(delegate=self.user_finance2)
        review.with_user(self.user_finance2).action_approve()
        self.assertRecordValues(review, [{'decided_by_id': self.user_finance2.id, 'delegated_for_id': False}])

    def test_other_company(self):
        company = self._new_company(policy=True)
        foreign = self._new_user('foreign', 'base.group_user', company=company)
        with self.assertRaises(ValidationError):
            self._delegate(delegate=foreign)
        # One who works in both acts where the absent person does, and nowhere else.
        both = self._new_user('both', 'base.group_user')
        both.company_ids |= company
        self.user_finance2.company_ids |= company
        self._delegate(delegate=both)
        self._delegate(user=self.user_finance2)
        self.user_sales.company_ids |= company
        review = self._new_finance_reviews(company_id=company.id)
        here = {'allowed_company_ids': (self.company | company).ids}
        self.assertFalse(review.with_user(both).with_context(**here).has_access('read'))
        self.assertFalse(review.with_user(self.user_employee).has_access('read'))
        with self.assertRaises(AccessError):
            review.with_user(self.user_employee).sudo().action_approve()
        self._delegate(user=self.user_finance2, delegate=both)
        self.assertTrue(review.with_user(both).with_context(**here).can_decide)

    def test_possible_deciders(self):
        review = self._new_finance_reviews()
        self.assertEqual(review._get_possible_deciders()[review.id], self.user_finance | self.user_finance2)
        self._delegate()
        self.assertEqual(
            review._get_possible_deciders()[review.id], self.user_finance | self.user_finance2 | self.user_employee)
        self.assertEqual(
            review._get_turn_holders()[review.id], self.user_finance2 | self.user_employee,
            "who is away is not told")
        self.user_employee.active = False
        self.env.invalidate_all()
        self.assertEqual(review._get_turn_holders()[review.id], self.user_finance | self.user_finance2)

    def test_context_opens_nothing(self):
        review = self._new_finance_reviews()
        for context in ({'is_delegated_to_me': True}, {'default_principal_ids': [self.user_finance.id]},
                        {'principal_ids': self.user_finance.ids, 'acting_for_id': self.user_finance.id}):
            own = review.with_user(self.user_employee).with_context(**context)
            with self.assertRaises(AccessError):
                own.action_approve()


@tagged('post_install', '-at_install')
class TestDelegationRights(PeopleCommon):
    """Who may give whose rights away."""

    def test_own_only(self):
        with self.assertRaises(AccessError):
            self._delegate(user=self.user_finance, user_id=self.user_legal)
        with self.assertRaises(AccessError):
            self._delegate(user=self.user_finance, delegate=self.user_legal, user_id=self.user_legal)
        with self.assertRaises(AccessError):
            self._delegate(user=self.user_finance, user_id=self.user_employee)
        planned = self._delegate(
            user=self.user_legal, date_from=fields.Date.add(fields.Date.today(), days=5),
            date_to=fields.Date.add(fields.Date.today(), days=6))
        with self.assertRaises(AccessError):
            planned.write({'user_id': self.user_finance.id})
        with self.assertRaises(AccessError):
            planned.with_user(self.user_finance).write({'date_to': fields.Date.add(fields.Date.today(), days=9)})
        with self.assertRaises(AccessError):
            planned.with_user(self.user_employee).unlink()

    def test_automation_gives_away_no_other_rights(self):
        """As superuser with a person's id the right is that of the person all the same."""
        Delegation = self.env['order.review.delegation'].with_user(self.user_legal).sudo()
        with self.assertRaises(AccessError):
            Delegation.create({
                'user_id': self.user_finance.id, 'delegate_id': self.user_legal.id,
                'date_from': fields.Date.today(), 'date_to': fields.Date.today()})

    def test_manager(self):
        delegation = self._delegate(user_id=self.user_manager)
        self.assertEqual(delegation.create_uid, self.user_manager)
        with self.assertRaises(AccessError):
            self._delegate(delegate=self.user_manager, user_id=self.user_manager)
        delegation.action_end()
        self.assertEqual(delegation.state, 'over')

    def test_manager_of_another_company(self):
        company = self._new_company(policy=True)
        manager = self._new_user('manager2', 'sale_order_lifecycle.group_manager', company=company)
        delegation = self._delegate()
        self.assertFalse(delegation.with_user(manager).has_access('read'))
        with self.assertRaises(AccessError):
            self._delegate(user_id=manager)

    def test_who_sees(self):
        delegation = self._delegate()
        for user, sees in ((self.user_finance, True), (self.user_employee, True), (self.user_manager, True),
                           (self.user_legal, False), (self.user_sales, False), (self.user_stock, False)):
            with self.subTest(user=user.login):
                self.assertEqual(delegation.with_user(user).has_access('read'), sees)
                self.assertEqual(delegation.with_user(user).has_access('write'), user in (
                    self.user_finance, self.user_manager))

    def test_nonsense(self):
        portal = self._new_user('portal', 'base.group_portal')
        with self.assertRaises(ValidationError):
            self._delegate(delegate=self.user_finance)
        with self.assertRaises(ValidationError):
            self._delegate(delegate=portal)
        with mute_logger('odoo.sql_db'), self.assertRaises(IntegrityError):
            self._delegate(days=-1)
            self.env.flush_all()

    def test_what_has_begun_stays_on_record(self):
        delegation = self._delegate(days=3)
        for vals in ({'delegate_id': self.user_legal.id}, {'date_from': '2020-01-01'},
                     {'role_id': self._role('finance').id}):
            with self.subTest(vals=vals), self.assertRaises(UserError):
                delegation.write(vals)
        with self.assertRaises(UserError):
            delegation.unlink()
        delegation.write({'date_to': fields.Date.add(fields.Date.today(), days=5)})
        self.assertEqual(delegation.state, 'running')
        delegation.action_end()
        with self.assertRaises(UserError):
            delegation.write({'date_to': fields.Date.add(fields.Date.today(), days=9)})
        with self.assertRaises(UserError):
            delegation.action_end()

    def test_ended_early(self):
        review = self._new_finance_reviews()
        delegation = self._delegate(days=3)
        own = review.with_user(self.user_employee)
        self.assertTrue(own.has_access('read'))
        with self.assertRaises(AccessError):
            delegation.with_user(self.user_employee).action_end()
        delegation.action_end()
        self.env.invalidate_all()
        self.assertFalse(own.has_access('read'))

    def test_both_are_told(self):
        self._delegate(user_id=self.user_manager)
        self.assertEqual(self._get_subjects(self.user_employee), [
            "Test Employee reviews orders on behalf of Test Finance"])
        self.assertEqual(self._get_subjects(self.user_finance), [
            "Test Employee reviews orders on behalf of Test Finance"])
        self.assertFalse(self._get_subjects(self.user_manager))

    def test_states(self):
        with self._at(MONDAY):
            Delegation = self.env['order.review.delegation']
            planned = self._delegate(date_from='2026-03-20', date_to='2026-03-21')
            running, over = self._delegate(), self._delegate(date_from='2026-03-01', date_to='2026-03-02')
            for delegation, state in ((planned, 'planned'), (running, 'running'), (over, 'over')):
                self.assertEqual(delegation.state, state)
                self.assertEqual(Delegation.search([('state', '=', state)]), delegation)
            self.assertEqual(Delegation.search([('state', '!=', 'over')]), planned | running)
