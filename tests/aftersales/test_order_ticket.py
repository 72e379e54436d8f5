from datetime import timedelta

from freezegun import freeze_time
from markupsafe import Markup

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged

from .common import MONDAY, AftersalesCommon


@tagged('post_install', '-at_install')
class TestOrderTicket(AftersalesCommon):
    """Opening, working on and closing tickets (articles A1-A3)."""

    # -- opening --------------------------------------------------------------------------------

    def test_adoption_prepares_the_company(self):
        company = self._new_company("With a Policy", policy=True)
        team = self.env['order.ticket.team'].search([('company_id', '=', company.id)])
        self.assertRecordValues(team, [{'role_id': self._role('aftersales').id}])
        self.assertTrue(self.env['ir.sequence'].search_count(
            [('code', '=', 'order.ticket'), ('company_id', '=', company.id)]))
        plain = self._new_company("Plain")
        self.assertFalse(self.env['order.ticket.team'].search([('company_id', '=', plain.id)]))

    def test_members_of_the_standard_team(self):
        self.assertIn(self.user_aftersales, self.team.member_ids)
        self.assertNotIn(self.user_finance, self.team.member_ids)
        self.assertFalse(self.team.member_ids.filtered('share'))

    def test_new_ticket_from_the_order(self):
        order = self._confirm(self._new_order())
        with Form(self.env['order.ticket'].with_user(self.user_aftersales)) as form:
            form.order_id = order
            form.subject = "Scratched"
        ticket = form.record
        self.assertRecordValues(ticket, [{
            'partner_id': self.partner.id, 'company_id': self.company.id, 'team_id': self.team.id,
            'stage_id': self.stage_new.id, 'kind': 'inquiry'}])
        self.assertEqual(order.open_ticket_count, 1)
        self.assertEqual(order.action_open_tickets()['domain'], [('order_id', 'in', order.ids)])
        self.assertIn(self.partner, ticket.message_partner_ids)

    def test_numbers_per_company(self):
        first, second = self._new_ticket(2)
        self.assertEqual(int(second.name[1:]), int(first.name[1:]) + 1)
        company = self._new_company("With a Policy", policy=True)
        agent = self._new_user('agent_two', 'sale_order_lifecycle.group_aftersales', company=company)
        other = self.env['order.ticket'].with_user(agent).create({'subject': "A", 'partner_id': self.partner.id})
        self.assertEqual(other.company_id, company)
        self.assertEqual(other.team_id.company_id, company)
        sequence = self.env['ir.sequence'].search(
            [('code', '=', 'order.ticket'), ('company_id', '=', company.id)])
        sequence.write({'implementation': 'no_gap', 'number_next': sequence.number_next_actual})
        further = self.env['order.ticket'].with_user(agent).create(
            [{'subject': "B", 'partner_id': self.partner.id}] * 2)
        self.assertEqual([int(ticket.name[1:]) - int(other.name[1:]) for ticket in further], [1, 2])

    def test_company_without_policy(self):
        company = self._new_company("Plain")
        agent = self._new_user('agent_plain', 'sale_order_lifecycle.group_aftersales', company=company)
        ticket = self.env['order.ticket'].with_user(agent).create({'subject': "A", 'partner_id': self.partner.id})
        self.assertTrue(ticket.name)
        self.assertFalse(ticket.team_id)
        self.assertFalse(ticket.deadline)

    def test_order_of_another_company(self):
        company = self._new_company("Second")
        order = self._new_order(company_id=company.id, user=self.env.user)
        with self.assertRaises(UserError):
            self._new_ticket().order_id = order

    # -- closing --------------------------------------------------------------------------------

    def test_close_needs_a_cause(self):
        ticket = self._new_ticket()
        with self.assertRaisesRegex(UserError, "cause"):
            ticket.with_user(self.user_aftersales).action_close()
        ticket.cause_id = self.cause
        self.assertEqual(ticket.fault_role_id, self._role('quality'))
        ticket.with_user(self.user_aftersales).action_close()
        self.assertRecordValues(ticket, [{
            'stage_id': self.stage_closed.id, 'closed_by_id': self.user_aftersales.id, 'is_closed': True}])
        self.assertTrue(ticket.closed_at)

    def test_complaint_needs_the_outcome(self):
        ticket = self._new_ticket(kind='complaint', cause_id=self.cause.id).with_user(self.user_aftersales)
        with self.assertRaisesRegex(UserError, "outcome"):
            ticket.action_close()
        with self.assertRaises(UserError):
            ticket.action_tell_outcome("  ")
        ticket.action_tell_outcome("We send you a new glass.")
        self.assertEqual(ticket.outcome_sent_by_id, self.user_aftersales)
        message = ticket.message_ids.filtered(lambda message: "new glass" in message.body)
        self.assertIn(self.partner, message.notified_partner_ids)
        self.assertFalse(message.subtype_id.internal)
        ticket.action_close()
        self.assertTrue(ticket.closed_at)

    def test_outcome_is_told_to_the_customer_of_the_ticket(self):
        """Whoever else was told it, the customer was not."""
        ticket = self._new_ticket(kind='complaint', cause_id=self.cause.id).with_user(self.user_aftersales)
        ticket.partner_id = self.vendor
        ticket.action_tell_outcome("We send you a new glass.")
        ticket.partner_id = self.partner
        self.assertFalse(ticket.outcome_sent_at or ticket.outcome_sent_by_id)
        with self.assertRaisesRegex(UserError, "outcome"):
            ticket.action_close()
        ticket.action_tell_outcome("We send you a new glass.")
        ticket.partner_id = self.partner
        ticket.action_close()
        self.assertTrue(ticket.outcome_sent_at)

    def test_closed_tickets_stay_where_they_are(self):
        order, other = self._confirm(self._new_order(count=2))
        ticket = self._new_ticket(
            order_id=order.id, cause_id=self.cause.id, user_id=self.user_aftersales.id).with_user(self.user_aftersales)
        ticket.action_close()
        for vals in (
            {'order_id': False}, {'order_id': other.id}, {'partner_id': self.vendor.id}, {'user_id': False},
            {'user_id': self.user_sales.id},
        ):
            with self.subTest(vals=vals), self.assertRaisesRegex(UserError, "Reopen it"):
                ticket.write(vals)
        ticket.write({'order_id': order.id, 'improvement': "Thicker glass"})
        ticket.action_reopen()
        ticket.user_id = self.user_sales

    def test_outcome_in_the_language_of_the_customer(self):
        self.env['res.lang']._activate_lang('fr_FR')
        self.partner.lang = 'fr_FR'
        ticket = self._new_ticket(kind='complaint')
        ticket.with_user(self.user_aftersales).action_tell_outcome("Fait.")
        self.assertIn("Fait.", ticket.message_ids[0].body)
        self.partner.email = False
        with self.assertRaisesRegex(UserError, "e-mail"):
            self._new_ticket(kind='complaint').with_user(self.user_aftersales).action_tell_outcome("Done.")

    def test_every_path_into_a_closed_stage(self):
        """Write, create, import and superuser code all end in the same check."""
        ticket = self._new_ticket(kind='complaint', cause_id=self.cause.id)
        vals = {'subject': "A", 'partner_id': self.partner.id, 'stage_id': self.stage_closed.id}
        own = self.env['order.ticket'].with_user(self.user_aftersales)
        attempts = [
            lambda: ticket.with_user(self.user_aftersales).write({'stage_id': self.stage_closed.id}),
            lambda: ticket.sudo().write({'stage_id': self.stage_closed.id}),
            lambda: ticket.with_user(self.user_aftersales).write({
                'stage_id': self.stage_closed.id, 'kind': 'inquiry'}),
            lambda: own.create(vals),
            lambda: own.create({**vals, 'kind': 'complaint', 'cause_id': self.cause.id}),
            lambda: own.with_context(default_stage_id=self.stage_closed.id).create({
                'subject': "A", 'partner_id': self.partner.id}),
            lambda: own.sudo().create(vals),
        ]
        for number, attempt in enumerate(attempts):
            with self.subTest(number=number), self.assertRaises(UserError), self.cr.savepoint():
                attempt()
        self.env.invalidate_all()
        self.assertFalse(ticket.closed_at)
        self.assertEqual(ticket.stage_id, self.stage_new)
        result = own.load(['subject', 'partner_id/.id', 'stage_id/.id'], [
            ["Import", str(self.partner.id), str(self.stage_closed.id)]])
        self.assertFalse(result['ids'])

    def test_closed_complaint_keeps_what_it_needs(self):
        ticket = self._new_ticket(cause_id=self.cause.id)
        ticket.with_user(self.user_aftersales).action_close()
        with self.assertRaises(ValidationError):
            ticket.cause_id = False
        with self.assertRaises(ValidationError):
            ticket.kind = 'complaint'

    def test_stage_cannot_close_its_tickets(self):
        self._new_ticket(kind='complaint')
        for name in ('is_closed', 'is_waiting'):
            with self.assertRaisesRegex(UserError, "There are tickets in"):
                self.stage_new.with_user(self.user_manager).write({name: True})
        self.stage_new.with_user(self.user_manager).write({'is_closed': False, 'name': "Fresh"})

    def test_all_or_none(self):
        good, bad = self._new_ticket(cause_id=self.cause.id), self._new_ticket()
        tickets = (good + bad).with_user(self.user_aftersales)
        with self.assertRaises(UserError), self.cr.savepoint():
            tickets.action_close()
        self.assertFalse(good.closed_at)
        notification = tickets.action_close_possible()
        self.assertIn(bad.name, notification['params']['message'])
        self.assertTrue(good.closed_at)
        self.assertFalse(bad.closed_at)

    def test_closed_stays_on_record(self):
        ticket = self._new_ticket(cause_id=self.cause.id)
        ticket.with_user(self.user_aftersales).action_close()
        with self.assertRaises(UserError):
            ticket.sudo().unlink()

    def test_only_agents_close(self):
        ticket = self._new_ticket(cause_id=self.cause.id)
        for login in ('sales', 'manager', 'finance'):
            user = self.users_by_login[login]
            with self.subTest(login=login):
                with self.assertRaises(AccessError):
                    ticket.with_user(user).action_close()
                with self.assertRaises(AccessError):
                    ticket.with_user(user).sudo().action_close()
                with self.assertRaises(AccessError), self.cr.savepoint():
                    ticket.with_user(user).sudo().stage_id = self.stage_closed
                with self.assertRaises(AccessError):
                    ticket.with_user(user).action_tell_outcome("Done")

    # -- deadlines ------------------------------------------------------------------------------

    def test_deadlines_in_working_hours(self):
        with freeze_time(MONDAY):
            ticket = self._new_ticket()
        self.assertRecordValues(ticket, [{
            'response_deadline': MONDAY + timedelta(hours=4),
            'deadline': MONDAY + timedelta(days=1, hours=9),
        }])
        with freeze_time(MONDAY + timedelta(hours=6)):
            self.env.invalidate_all()
            self.assertTrue(ticket.is_response_overdue)
            self.assertFalse(ticket.is_overdue)
            self.assertIn(ticket, self.env['order.ticket'].search([('is_response_overdue', '=', True)]))
            self.assertNotIn(ticket, self.env['order.ticket'].search([('is_overdue', '=', True)]))
        with freeze_time(MONDAY + timedelta(days=2)):
            self.env.invalidate_all()
            self.assertTrue(ticket.is_overdue)
            self.assertIn(ticket, self.env['order.ticket'].search([('is_overdue', '=', True)]))

    def test_deadlines_follow_the_calendar(self):
        """The response is due at twelve and the solution on Tuesday evening, until the team has no Monday morning."""
        with freeze_time(MONDAY - timedelta(days=2)):
            ticket, answered, closed = self._new_ticket(3, cause_id=self.cause.id)
            answered.responded_at = MONDAY - timedelta(days=2)
            closed.with_user(self.user_aftersales).action_close()
            self.env['resource.calendar.leaves'].create({
                'name': "Holiday", 'calendar_id': self.calendar.id, 'date_from': MONDAY,
                'date_to': MONDAY + timedelta(hours=4)})
        noon, evening = MONDAY + timedelta(hours=4), MONDAY + timedelta(days=1, hours=9)
        self.assertRecordValues(ticket | answered | closed, [
            {'response_deadline': MONDAY + timedelta(hours=9), 'deadline': MONDAY + timedelta(days=2, hours=4)},
            {'response_deadline': noon, 'deadline': MONDAY + timedelta(days=2, hours=4)},
            {'response_deadline': noon, 'deadline': evening},
        ])
        with freeze_time(MONDAY + timedelta(hours=6)):
            # One hour has been worked; without any calendar plain hours count.
            self.team.calendar_id = False
            self.company.order_policy_id.sudo().calendar_id = False
            self.company.resource_calendar_id = False
        self.assertRecordValues(ticket, [{
            'response_deadline': MONDAY + timedelta(hours=9), 'deadline': MONDAY + timedelta(hours=21)}])
        with freeze_time(MONDAY + timedelta(hours=20)):
            ticket.with_user(self.user_aftersales).action_close()
        self.assertRecordValues(ticket, [{'hours_used': 15, 'is_closed_late': False}])

    def test_deadlines_follow_the_calendar_of_a_company_without_policy(self):
        """Sixteen hours are done on Tuesday evening, and in four mornings where there is no afternoon."""
        company = self._new_company("Plain")
        calendar, half = (self.calendar.copy({'name': name, 'company_id': company.id}) for name in ("Whole", "Half"))
        half.attendance_ids.filtered(lambda row: row.day_period == 'afternoon').unlink()
        company.resource_calendar_id = calendar
        team = self.env['order.ticket.team'].create({
            'name': "Plain Team", 'company_id': company.id, 'resolution_hours': 16})
        with freeze_time(MONDAY):
            ticket = self.env['order.ticket'].with_company(company).create({
                'subject': "A", 'partner_id': self.partner.id, 'company_id': company.id, 'team_id': team.id})
            self.assertEqual(ticket.deadline, MONDAY + timedelta(days=1, hours=9))
            company.resource_calendar_id = half
        self.assertEqual(ticket.deadline, MONDAY + timedelta(days=3, hours=4))

    def test_clock_of_the_opening(self):
        """A ticket that goes to another team, with another calendar, counts on as it was opened."""
        half = self.calendar.copy({'name': "Half Days"})
        half.attendance_ids.filtered(lambda row: row.day_period == 'afternoon').unlink()
        other = self.env['order.ticket.team'].create({
            'name': "Mornings", 'company_id': self.company.id, 'calendar_id': half.id})
        with freeze_time(MONDAY):
            ticket = self._new_ticket(cause_id=self.cause.id).with_user(self.user_aftersales)
            ticket.team_id = other
            half.attendance_ids.unlink()
        self.assertEqual(ticket.deadline, MONDAY + timedelta(days=1, hours=9))
        with freeze_time(MONDAY + timedelta(days=1, hours=9)):
            ticket.action_close()
        self.assertRecordValues(ticket, [{'hours_used': 16, 'is_closed_late': False}])

    def test_calendar_of_the_policy_then_of_the_company(self):
        self.team.calendar_id = False
        ticket = self._new_ticket()
        self.policy.sudo().calendar_id = self.calendar
        self.assertEqual(ticket._get_deadline_calendar(), self.calendar)
        self.policy.sudo().calendar_id = False
        self.assertEqual(ticket._get_deadline_calendar(), self.company.resource_calendar_id)

    def test_waiting_pauses(self):
        with freeze_time(MONDAY):
            ticket = self._new_ticket().with_user(self.user_aftersales)
        with freeze_time(MONDAY + timedelta(hours=2)):
            ticket.stage_id = self.stage_waiting
            self.assertTrue(ticket.paused_at)
        with freeze_time(MONDAY + timedelta(days=4)):
            self.env.invalidate_all()
            self.assertFalse(ticket.is_overdue)
        # Two hours of Monday are used; from Tuesday 10:00 on fourteen are left.
        with freeze_time(MONDAY + timedelta(days=1, hours=2)):
            ticket.stage_id = self.stage_progress
        self.assertFalse(ticket.paused_at)
        self.assertAlmostEqual(ticket.paused_hours, 8)
        self.assertEqual(ticket.deadline, MONDAY + timedelta(days=2, hours=9))
        with freeze_time(MONDAY + timedelta(days=1, hours=4)):
            ticket.cause_id = self.cause
            ticket.action_close()
        self.assertAlmostEqual(ticket.hours_used, 4)

    def test_reopening_counts_on(self):
        with freeze_time(MONDAY):
            ticket = self._new_ticket(kind='complaint', cause_id=self.cause.id).with_user(self.user_aftersales)
        with freeze_time(MONDAY + timedelta(hours=4)):
            ticket.action_tell_outcome("Replaced.")
            ticket.action_close()
        with freeze_time(MONDAY + timedelta(days=1)):
            ticket.action_reopen()
        self.assertRecordValues(ticket, [{
            'stage_id': self.stage_new.id, 'closed_at': False, 'reopen_count': 1, 'outcome_sent_at': False,
            # Four hours were used on Monday, the afternoon did not count: twelve are left on Tuesday.
            'deadline': MONDAY + timedelta(days=2, hours=4),
        }])
        with self.assertRaisesRegex(UserError, "outcome"):
            ticket.action_close()
        with self.assertRaises(UserError):
            ticket.action_reopen()

    def test_first_response(self):
        ticket = self._new_ticket()
        customer = self._new_portal_user('responding', self.partner)
        own = ticket.with_user(self.user_aftersales)
        own.message_post(body="Internal", message_type='comment', subtype_xmlid='mail.mt_note')
        ticket.with_user(customer).message_post(
            body="Hello?", message_type='comment', subtype_xmlid='mail.mt_comment')
        ticket.with_user(customer).message_post(
            body="Hello?", message_type='comment', subtype_xmlid='mail.mt_comment',
            author_id=self.user_aftersales.partner_id.id)
        ticket.sudo().message_post(body="Automatic", message_type='auto_comment', subtype_xmlid='mail.mt_comment')
        self.assertFalse(ticket.responded_at)
        own.message_post(body="We look into it.", message_type='comment', subtype_xmlid='mail.mt_comment')
        self.assertTrue(ticket.responded_at)
        responded_at = ticket.responded_at
        own.message_post(body="Once more.", message_type='comment', subtype_xmlid='mail.mt_comment')
        self.assertEqual(ticket.responded_at, responded_at)

    def test_nothing_is_no_response(self):
        ticket = self._new_ticket()
        own = ticket.with_user(self.user_aftersales)
        comment = {'message_type': 'comment', 'subtype_xmlid': 'mail.mt_comment'}
        for body in ("", Markup("<p><br></p>")):
            own.message_post(body=body, **comment)
        own.message_unsubscribe(self.partner.ids)
        own.message_post(body="To nobody.", **comment)
        self.assertFalse(ticket.responded_at)
        own.message_post(
            body="", attachments=[("Answer.txt", b"We look into it.")], partner_ids=self.partner.ids, **comment)
        self.assertTrue(ticket.responded_at)

    def test_deadline_of_the_opening_stays(self):
        """Another team is no way to more time."""
        slow = self.env['order.ticket.team'].create({
            'name': "Slow", 'company_id': self.company.id, 'resolution_hours': 400, 'calendar_id': self.calendar.id})
        ticket = self._new_ticket()
        deadline = ticket.deadline
        ticket.with_user(self.user_aftersales).team_id = slow
        self.assertEqual(ticket.deadline, deadline)
