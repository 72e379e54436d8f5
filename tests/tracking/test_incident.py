from psycopg2.errors import UniqueViolation

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import format_list, mute_logger

from .common_incident import IncidentCommon


@tagged('post_install', '-at_install')
class TestIncident(IncidentCommon):
    """What goes wrong is reported, acted on and resolved by a measure, and the customer is told (article K2)."""

    def test_reported_acted_on_and_resolved(self):
        incident = self._raise_incident()
        self.assertRecordValues(incident, [{
            'state': 'open', 'kind': 'delay', 'severity': 'normal', 'trigger': 'manual', 'partner_id': self.partner.id,
            'raised_by_id': self.user_sales.id, 'salesperson_id': self.user_sales.id, 'deadline_hours': 16}])
        self.assertEqual(incident.role_ids, self._role('production'))
        self.assertTrue(incident.name.startswith('INC'))
        self.assertTrue(incident.deadline)
        self.assertIn("The machine is broken.", self.order.message_ids[0].body)
        own = self._as(incident, self.user_production)
        self.assertTrue(own.can_act and own.is_mine)
        # It waits for the department, and for sales once there is a new date.
        own_sales = self._as(incident, self.user_sales)
        self.assertEqual(own._get_systray_group()['total_count'], 1)
        self.assertIsNone(own_sales._get_systray_group())
        with self.assertRaisesRegex(UserError, "measure"):
            own.action_resolve()
        own.action_act(" Hire a machine. ")
        self.assertRecordValues(incident, [{
            'state': 'acting', 'measure': "Hire a machine.", 'acted_by_id': self.user_production.id}])
        own.action_resolve(new_promised_date=str(self._in_days(20)), fault_role_code='production')
        self.assertRecordValues(incident, [{
            'state': 'resolved', 'measure': "Hire a machine.", 'closed_by_id': self.user_production.id,
            'fault_role_id': self._role('production').id, 'new_promised_date': self._in_days(20), 'told_at': False}])
        self.assertIn("Hire a machine.", self.order.message_ids[0].body)
        self.assertIsNone(own._get_systray_group())
        self.assertEqual(own_sales._get_systray_group()['total_count'], 1)
        # What is closed stays so.
        for attempt in (
            lambda: own.action_act("Again"), lambda: own.action_resolve("Again"), lambda: own.action_cancel("Again"),
            lambda: own.write({'severity': 'low'}),
        ):
            with self.assertRaisesRegex(UserError, "closed"):
                attempt()

    def test_customer_is_told(self):
        incident = self._raise_incident()
        promised = self.order.promised_date
        own = self._as(incident, self.user_sales)
        with self.assertRaisesRegex(UserError, "no new date"):
            own.action_open_tell()
        own.action_resolve("Hire a machine.", self._in_days(20))
        self.assertTrue(incident.is_to_tell)
        self.assertIn(incident, self.env['order.incident'].search([('is_to_tell', '=', True)]))
        for user in (self.user_production, self.user_manager):
            with self.assertRaises(AccessError):
                self._as(incident, user).action_tell_customer()
        # Sales sees and words what is sent.
        dialog = self.env['order.incident.telling'].with_user(self.user_sales).create({'incident_id': incident.id})
        self.assertIn(self.order.name, dialog.subject)
        self.assertIn(self.order.name, dialog.body)
        dialog.body = "<p>Sorry: <b>later</b>.</p>"
        dialog.action_apply()
        self.assertRecordValues(incident, [{'is_to_tell': False, 'told_by_id': self.user_sales.id}])
        self.assertTrue(incident.told_at)
        message = self.order.message_ids[0]
        self.assertIn("<b>later</b>", message.body)
        self.assertEqual(message.author_id, self.user_sales.partner_id)
        self.assertIn(self.partner, message.notified_partner_ids)
        # The promise stays, and with it what is late.
        self.assertRecordValues(self.order, [{'told_date': self._in_days(20), 'promised_date': promised}])
        self.assertIn("New delivery date", [
            row['title'] for row in self.order.sudo()._get_timeline(for_customer=True)[self.order.id]])
        with self.assertRaises(UserError):
            self._as(self.order, self.user_sales).told_date = self._in_days(30)

    def test_message_of_the_template(self):
        self.partner.email = False
        incident = self._raise_incident()
        own = self._as(incident, self.user_sales)
        own.action_act("Hire a machine.", self._in_days(20))
        with self.assertRaisesRegex(UserError, "no e-mail"):
            own.action_tell_customer()
        self.partner.email = 'orders@blueharbour.example.com'
        self._as(incident, self.user_sales).action_tell_customer()
        self.assertEqual(self.order.told_date, self._in_days(20))
        # Another date is to be told, too.
        self._as(incident, self.user_sales).action_act("Hire another machine.", self._in_days(25))
        self.assertTrue(incident.is_to_tell)
        self.assertEqual(self.order.told_date, self._in_days(20))

    def test_dates(self):
        own = self._as(self._raise_incident(), self.user_production)
        for wrong in ('soon', '2020-01-01', 7, [], {}, '9999-99-99'):
            with self.subTest(wrong=wrong), self.assertRaises(UserError):
                own.action_resolve("Done", wrong)
        self.assertEqual(own.state, 'open')

    def test_who_reports(self):
        for user in (self.user_sales, self.user_sales_manager, self.user_legal, self.user_manager):
            with self.subTest(user=user.login):
                order = self._confirm(self._new_order())
                self.assertEqual(self._raise_incident(order, user=user).raised_by_id, user)
        for user in (self.user_employee, self.user_stock, self.user_mrp, self.user_accountant):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self._raise_incident(self.order, user=user)
        # What one may not read one does not report on.
        other = self._new_user('other_sales', 'sales_team.group_sale_salesman')
        with self.assertRaises(AccessError):
            self._raise_incident(self.order, user=other)
        for order in (self._new_order(), self._accept(self._new_order())):
            with self.assertRaisesRegex(UserError, "not confirmed"):
                self._raise_incident(order)
        self.assertFalse(self.order.incident_ids)

    def test_odd_arguments(self):
        order = self.order.with_user(self.user_sales)
        for args in (
            ('nothing', "Text"), ([], "Text"), (None, "Text"), ('delay', None), ('delay', " "), ('delay', {}),
            ('delay', "Text", 'huge'), ('delay', "Text", []), ('delay', "Text", 'low', ['nobody']),
            ('delay', "Text", 'low', {'a': 1}),
            ('delay', "Text", 'low', [], 'sale.order,1'), ('delay', "Text", 'low', [], ['res.users', 1]),
            ('delay', "Text", 'low', [], ['mrp.production', 'x']), ('delay', "Text", 'low', [], [[], {}]),
        ):
            with self.subTest(args=args), self.assertRaises(UserError):
                order.action_raise_incident(*args)
        self.assertFalse(self.order.incident_ids)

    def test_who_acts(self):
        incident = self._raise_incident()
        other = self._new_user('other_sales', 'sales_team.group_sale_salesman')
        for user in (self.user_logistics, self.user_finance, other, self.user_employee, self.user_mrp):
            own = self._as(incident, user)
            with self.subTest(user=user.login):
                for attempt in (
                    lambda own=own: own.action_act("X"), lambda own=own: own.action_resolve("X"),
                    lambda own=own: own.action_cancel("X"), lambda own=own: own.write({'severity': 'low'}),
                    # Automation runs as superuser, in the name of the person.
                    lambda own=own: own.sudo().action_resolve("X"),
                ):
                    with self.assertRaises(AccessError):
                        attempt()
        self.assertEqual(incident.state, 'open')
        for user in (self.user_production, self.user_sales, self.user_sales_manager, self.user_manager):
            self._as(incident, user).action_act(f"As {user.login}")
            self.assertEqual(incident.acted_by_id, user)

    def test_departments(self):
        """A department brings in another one, and does not leave by itself."""
        incident = self._raise_incident()
        own = self._as(incident, self.user_production)
        with self.assertRaises(ValidationError):
            own.user_id = self.user_logistics
        own.role_ids |= self._role('logistics')
        self.assertIn(self.user_logistics.partner_id, incident.message_partner_ids)
        own = self._as(incident, self.user_logistics)
        own.user_id = self.user_logistics
        with self.assertRaises(AccessError):
            own.role_ids = self._role('logistics')
        self._as(incident, self.user_sales).role_ids = self._role('logistics')
        with self.assertRaises(AccessError):
            self._as(incident, self.user_production).action_act("X")

    def test_many_or_none(self):
        orders = self._confirm(self._new_order(2))
        incidents = self._raise_incident(orders)
        self._as(incidents[0], self.user_production).action_act("Hire a machine.")
        own = self._as(incidents, self.user_production)
        with self.assertRaisesRegex(UserError, "measure"):
            own.action_resolve()
        self.assertEqual(incidents.mapped('state'), ['acting', 'open'])
        result = own.action_resolve_possible()
        self.assertIn("1 incidents have been resolved", result['params']['message'])
        self.assertEqual(incidents.mapped('state'), ['resolved', 'open'])

    def test_one_for_each_cause(self):
        incident = self._raise_incident()
        with self.assertRaisesRegex(UserError, "still open"):
            self._raise_incident(user=self.user_production)
        self._raise_incident(kind='quality')
        # Nobody knows whether two other matters are the same one.
        self.assertEqual(len(self._raise_incident(kind='other') | self._raise_incident(kind='other')), 2)
        self._as(incident, self.user_production).action_cancel("The machine runs.")
        self.assertRecordValues(incident, [{'state': 'cancelled', 'cancel_reason': "The machine runs."}])
        self.assertTrue(self._raise_incident())
        with self.assertRaises(UniqueViolation), mute_logger('odoo.sql_db'), self.cr.savepoint():
            incident._write_guarded({'state': 'open'})
            self.env.flush_all()

    def test_notices(self):
        """Those who are brought in follow, and hear of all in one message; nobody hears of the own doing."""
        users = self.user_production | self.user_sales
        users.notification_type = 'inbox'
        self.user_legal.notification_type = 'inbox'
        orders = self._confirm(self._new_order(2))
        before = self.env['mail.notification'].search([])

        def notified():
            return (self.env['mail.notification'].search([]) - before).filtered(
                lambda row: row.res_partner_id in (users | self.user_legal).partner_id)

        incidents = self._raise_incident(orders, user=self.user_legal)
        self.assertFalse(notified())
        self.assertEqual(
            incidents[0].message_partner_ids,
            (users | self.user_legal).partner_id | self._role('production')._get_members(self.company).partner_id)
        self._run_notices()
        rows = notified()
        self.assertEqual(rows.res_partner_id, users.partner_id)
        self.assertEqual(len(rows), 2)
        self.assertIn("2 incidents need your attention", rows.mail_message_id[0].subject)
        self._run_notices()
        self.assertEqual(notified(), rows)
        self._as(incidents, self.user_production).action_resolve("Hire a machine.")
        self._run_notices()
        told = notified() - rows
        self.assertEqual(told.res_partner_id, self.user_sales.partner_id)
        self.assertIn("2 incidents are resolved", told.mail_message_id.subject)

    def test_sales_of_other_orders(self):
        """Of the role of sales, those hear of it who may read the order."""
        other = self._new_user('other_sales', 'sales_team.group_sale_salesman')
        incident = self._raise_incident(roles=('sales',), user=self.user_legal)
        followers = incident.message_partner_ids
        self.assertLessEqual((self.user_sales | self.user_sales_manager).partner_id, followers)
        self.assertNotIn(other.partner_id, followers)
        self.assertNotIn(other, incident._get_members_of(incident.role_ids))
        with self.assertRaises(AccessError):
            self._as(incident, other).action_act("X")
        with self.assertRaises(ValidationError):
            incident.user_id = other

    def test_digest(self):
        self.user_production.write({'notification_type': 'inbox', 'order_notice_mode': 'digest'})
        incident = self._raise_incident()
        before = self.env['mail.notification'].search([])
        self._run_notices()
        self.user_production._send_order_digest()
        rows = (self.env['mail.notification'].search([]) - before).filtered(
            lambda row: row.res_partner_id == self.user_production.partner_id)
        self.assertEqual(len(rows), 1)
        self.assertIn(incident.name, rows.mail_message_id.body)

    def test_deadline(self):
        """The clock runs by the hours of the policy; who has to act is reminded, then it is escalated."""
        self.user_production.notification_type = 'inbox'
        self.user_manager.notification_type = 'inbox'
        incident = self._raise_incident()
        self._run_notices()
        hours = incident._get_working_hours('deadline_start', incident.deadline)[incident]
        self.assertAlmostEqual(hours, 16, places=2)
        messages = self.env['mail.message'].search([], limit=1, order='id desc')
        incident._remind()
        incident._escalate()
        incident._escalate()
        new = self.env['mail.message'].search([('id', '>', messages.id), ('subject', 'like', incident.name)])
        found = {message.subject.partition(':')[0]: message.notified_partner_ids for message in new}
        self.assertIn(self.user_production.partner_id, found["Incident due soon"])
        escalated = new.filtered(lambda message: "overdue" in message.subject).notified_partner_ids
        self.assertIn(self.user_manager.partner_id, escalated)
        self.assertIn(self.user_sales.partner_id, escalated)
        self.assertTrue(incident.reminded_at and incident.escalated_at)
        self._as(incident, self.user_production).action_resolve("Hire a machine.")
        self.assertFalse(incident.is_overdue)
        self.assertNotIn(incident, self.env['order.incident'].search([('is_overdue', '=', True)]))

    def test_no_deadline(self):
        self.policy.incident_hours = 0
        self.assertFalse(self._raise_incident().deadline)

    def test_what_the_order_waits_for(self):
        def waits():
            self.order.invalidate_recordset(['waiting_for'])
            return self.order.with_user(self.user_legal).waiting_for

        self.assertEqual(waits(), "Logistics")
        incident = self._raise_incident()
        self.assertEqual(waits(), format_list(self.env, ["Logistics", "Production (incident)"]))
        self._as(incident, self.user_production).action_resolve("Hire a machine.", self._in_days(20))
        self.assertEqual(waits(), format_list(self.env, ["Logistics", "Sales (incident)"]))
        self._as(incident, self.user_sales).action_tell_customer()
        self.assertEqual(waits(), "Logistics")

    def test_cancelled_order(self):
        incident = self._raise_incident()
        self.order.with_user(self.user_sales)._action_cancel()
        self.assertEqual((self.order.state, incident.state), ('cancel', 'cancelled'))
        self.assertTrue(incident.cancel_reason)

    def test_on_documents(self):
        """On a manufacturing order, a purchase or a transfer, by who may read it."""
        table = self._new_manufactured_product("Table")
        order = self._confirm(self._new_order(lines=[(table, 1)]))
        planner = self._new_user('planner', 'sale_order_lifecycle.group_production,mrp.group_mrp_user')
        production = order.production_ids[:1]
        action = self._as(production, planner).action_open_report_incident()
        dialog = self.env['order.incident.report'].with_user(planner).with_context(action['context']).create({
            'kind': 'delay', 'description': "The machine is broken."})
        self.assertEqual(dialog.order_ids, order)
        self.assertEqual(dialog.role_ids, self._role('production') | self._role('logistics'))
        dialog.action_apply()
        incident = order.incident_ids
        self.assertRecordValues(incident, [{'source_name': production.name, 'raised_by_id': planner.id}])
        self.assertEqual(production.open_incident_count, 1)
        self.assertEqual(self._as(incident, planner).action_open_source()['res_id'], production.id)
        with self.assertRaises(UserError):
            self._as(incident, self.user_legal).action_open_source()
        # Nobody names a document that the person may not read.
        with self.assertRaises(UserError):
            self._raise_incident(order, user=self.user_legal, source=['mrp.production', production.id])
        with self.assertRaises(UserError):
            self._as(self._new_production(), planner).action_open_report_incident()

    def _new_production(self):
        product = self._new_manufactured_product("Chair")
        return self.env['mrp.production'].create({'product_id': product.id, 'product_qty': 1})

    def test_on_a_ticket(self):
        ticket = self.env['order.ticket'].with_user(self.user_aftersales).create({
            'subject': "Cracked", 'partner_id': self.partner.id, 'order_id': self.order.id})
        action = ticket.action_open_report_incident()
        self.env['order.incident.report'].with_user(self.user_aftersales).with_context(action['context']).create({
            'kind': 'quality', 'description': "The glass is cracked."}).action_apply()
        self.assertRecordValues(self.order.incident_ids, [{'kind': 'quality', 'source_name': ticket.display_name}])

    def test_policy_says_so(self):
        chapters = {chapter['sequence']: chapter for chapter in self.policy._get_report_chapters()}
        self.assertEqual(len(chapters[57]['provisions']), 4)
        self.assertIn(57, [row['sequence'] for row in self.policy._get_report_deadlines()])
        plain = self._new_policy(incident_hours=0, detects_incidents=False)
        self.assertNotIn(55, [chapter['sequence'] for chapter in plain._get_report_chapters()])
        with self.assertRaises(ValidationError):
            plain.incident_hours = -1

    def test_dossier(self):
        incident = self._raise_incident()
        self._as(incident, self.user_production).action_resolve("Hire a machine.")
        facts = self.order._get_dossier_facts()[0]['incidents']
        self.assertEqual([(row['name'], row['measure']) for row in facts], [(incident.name, "Hire a machine.")])
