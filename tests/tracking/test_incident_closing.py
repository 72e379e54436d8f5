from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from .common_incident import IncidentCommon


@tagged('post_install', '-at_install')
class TestIncidentClosing(IncidentCommon):
    """What was detected ends by itself when its cause has gone and nobody has worked on it (article K2)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.component = cls._new_purchased_product("Leg")
        cls.table = cls._new_manufactured_product("Table", component=cls.component)

    @classmethod
    def _new_policy(cls, *args, **vals):
        return super()._new_policy(*args, **{'closes_incidents': True, 'require_incident_cause': True, **vals})

    def _at(self, days):
        return fields.Datetime.now() + timedelta(days=days)

    def _detect(self, orders):
        """:return: the incidents that are open after the system has looked for them"""
        self.env.flush_all()
        self.env.invalidate_all()
        orders._detect_incidents()
        return orders.incident_ids.filtered(lambda incident: incident.state == 'open')

    def _close(self, incidents):
        self.env.flush_all()
        self.env.invalidate_all()
        incidents._close_without_cause()
        return incidents.mapped('state')

    def _new_late_purchase(self):
        """:return: an order whose vendor is late, the line of the purchase, the incident"""
        order = self._confirm(self._new_order(lines=[(self.table, 1)]))
        line = self.env['purchase.order.line'].search(
            [('product_id', '=', self.component.id)], order='id desc', limit=1)
        line.order_id.button_confirm()
        order.production_ids.write({'date_start': self._at(5), 'date_finished': self._at(6)})
        line.date_planned = self._at(7)
        incident = self._detect(order)
        self.assertRecordValues(incident, [{'trigger': 'supplier', 'closed_by_itself_at': False}])
        return order, line, incident

    def test_vendor_is_in_time_again(self):
        order, line, incident = self._new_late_purchase()
        self.assertEqual(self._close(incident), ['open'])
        line.date_planned = self._at(1)
        self.assertEqual(self._close(incident), ['cancelled'])
        # Nobody is at fault, and no measure is claimed.
        self.assertRecordValues(incident, [{
            'measure': False, 'fault_role_id': False, 'cause_id': False, 'closed_by_id': False, 'told_at': False}])
        self.assertTrue(incident.closed_at and incident.closed_by_itself_at)
        self.assertIn("cause no longer exists", incident.cancel_reason)
        self.assertIn(incident.name, order.message_ids[0].body)
        self.assertEqual(order.open_incident_count, 0)

    def test_cause_comes_and_goes(self):
        """One incident, however often; what has come back is for people."""
        order, line, incident = self._new_late_purchase()
        first_deadline = incident.deadline
        line.date_planned = self._at(1)
        self._close(incident)
        incident._write_guarded({'deadline_start': self._at(-20)})
        line.date_planned = self._at(8)
        self.assertEqual(self._detect(order), incident)
        self.assertRecordValues(incident, [{
            'state': 'open', 'closed_at': False, 'cancel_reason': False, 'sales_notice': 'raised', 'hours_used': 0}])
        self.assertGreaterEqual(incident.deadline, first_deadline)
        self.assertIn(line.order_id.name, incident.description)
        self.assertIn("open again", order.message_ids[0].body)
        for days in (1, 9, 1, 7):
            line.date_planned = self._at(days)
            self.assertEqual(self._close(incident), ['open'])
            self.assertEqual(self._detect(order), incident)
        self.assertEqual(order.incident_ids, incident)
        # What people have dealt with is not opened again, unless it gets worse: then as a new one.
        self._as(incident, self.user_purchasing).action_cancel("The forwarder confirms.")
        self.assertFalse(self._detect(order))
        line.date_planned = self._at(12)
        again = self._detect(order)
        self.assertEqual(order.incident_ids - incident, again)

    def test_same_day_again(self):
        """What comes back as it was is no smaller matter: nobody has dealt with it."""
        order, line, incident = self._new_late_purchase()
        day = line.date_planned
        line.date_planned = self._at(1)
        self._close(incident)
        self.assertFalse(self._detect(order))
        line.date_planned = day
        self.assertEqual(self._detect(order), incident)

    def test_somebody_works_on_it(self):
        cause = self.env.ref('sale_order_lifecycle.order_incident_cause_supplier_late')
        steps = {
            'measure': lambda own: own.action_act("Call them."),
            'note': lambda own: own.write({'cause_note': "A strike."}),
            'cause': lambda own: own.write({'cause_id': cause.id}),
            'fault': lambda own: own.write({'fault_role_id': self._role('purchasing').id}),
            'severity': lambda own: own.write({'severity': 'critical'}),
            'department': lambda own: own.write({'role_ids': [(4, self._role('production').id)]}),
            'message': lambda own: own.message_post(body="I call them.", message_type='comment'),
            'to-do': lambda own: own.activity_schedule('mail.mail_activity_data_todo', summary="Call them"),
        }
        incidents = self.env['order.incident']
        for name, step in steps.items():
            with self.subTest(step=name):
                _order, line, incident = self._new_late_purchase()
                step(self._as(incident, self.user_purchasing).with_context(tracking_disable=False))
                self.cr.precommit.run()  # tracking
                line.date_planned = self._at(1)
                incidents |= incident
        self.assertFalse(set(self._close(incidents)) - {'open', 'acting'})
        self.assertEqual(len(incidents), len(steps))

    def test_made_in_time(self):
        board = self._new_product("Board")
        self._put_in_stock(board, 100)
        order = self._confirm(self._new_order(lines=[(self._new_manufactured_product("Bench", component=board), 1)]))
        production = order.production_ids
        production.write({'date_start': self._at(-3), 'date_finished': self._at(-2)})
        incident = self._detect(order)
        self.assertRecordValues(incident, [{'trigger': 'production'}])
        self.assertEqual(self._close(incident), ['open'])
        production.action_assign()
        production.qty_producing = 1
        production.move_raw_ids.picked = True
        production.with_context(skip_consumption=True).button_mark_done()
        self.assertEqual(self._close(incident), ['cancelled'])

    def test_plan_moved(self):
        order = self._confirm(self._new_order(lines=[(self.table, 1)]))
        order.production_ids.write({'date_start': self._at(29), 'date_finished': self._at(30)})
        incident = self._detect(order)
        self.assertRecordValues(incident, [{'trigger': 'forecast'}])
        order.production_ids.write({'date_start': self._at(5), 'date_finished': self._at(6)})
        self.assertEqual(self._close(incident), ['cancelled'])

    def test_delivered(self):
        """In time nothing is left to be done; late, people say why."""
        in_time, late, told = orders = self._confirm(self._new_order(3))
        orders.picking_ids.scheduled_date = self._at(-2)
        self._detect(orders)
        self.assertEqual(orders.incident_ids.mapped('trigger'), ['delivery'] * 3)
        told._write_guarded({'told_date': fields.Date.add(told.promised_date, days=5)})
        self._deliver(orders.picking_ids)
        self.env.flush_all()
        late._write_guarded({'fulfilled_at': fields.Datetime.now() + timedelta(days=60)})
        self.assertTrue(late.is_late)
        self._close(orders.incident_ids)
        self.assertEqual([order.incident_ids.state for order in orders], ['cancelled', 'open', 'open'])
        self.assertFalse(in_time.is_late or told.is_late)

    def test_not_closed(self):
        """Neither what people have reported, nor what failed an inspection, nor where the policy does not say so."""
        reported = self._raise_incident()
        order, line, incident = self._new_late_purchase()
        line.date_planned = self._at(1)
        self.env.flush_all()
        order.policy_id.closes_incidents = False
        self.assertEqual(self._close(reported | incident), ['open', 'open'])
        self.assertNotIn(incident, incident.search(incident._get_to_close_domain()))
        order.policy_id.closes_incidents = True
        self.assertEqual(self._close(reported | incident), ['open', 'cancelled'])
        failed = self.env['order.incident']._raise([{
            'order_id': order.id, 'kind': 'quality', 'trigger': 'inspection', 'cause': 'inspection,1',
            'description': "Scratched"}])
        self.assertEqual(self._close(failed), ['open'])

    def test_scheduled_action(self):
        late = self._confirm(self._new_order(3))
        late.picking_ids.scheduled_date = self._at(-2)
        incidents = self._detect(late)
        late[:2].picking_ids.scheduled_date = self._at(2)
        self.env.flush_all()
        with self.enter_registry_test_mode():
            self.env.ref('sale_order_lifecycle.ir_cron_close_incidents').method_direct_trigger()
        self.env.invalidate_all()
        self.assertEqual(incidents.sorted('id').mapped('state'), ['cancelled', 'cancelled', 'open'])
        self.assertFalse(self.env['order.job.failure'].search([]))

    def test_policy_says_so(self):
        texts = self.policy._get_report_incident_provisions()
        self.assertTrue(any("closed automatically" in text for text in texts))
        self.policy.detects_incidents = False
        self.assertFalse(any("closed automatically" in text for text in self.policy._get_report_incident_provisions()))
