from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .common_incident import IncidentCommon


@tagged('post_install', '-at_install')
class TestIncidentCause(IncidentCommon):
    """Why it has happened is kept for the assessment: where the policy says so, nothing is resolved without it (K2)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.machine = cls.env.ref('sale_order_lifecycle.order_incident_cause_production_machine')
        cls.weather = cls.env.ref('sale_order_lifecycle.order_incident_cause_outside_weather')

    @classmethod
    def _new_policy(cls, *args, **vals):
        return super()._new_policy(*args, **{'require_incident_cause': True, **vals})

    def test_required(self):
        incident, other = self._raise_incident(), self._raise_incident(kind='quality')
        own = self._as(incident, self.user_production)
        with self.assertRaisesRegex(UserError, "root cause"):
            own.action_resolve("Hire a machine.")
        own.action_act("Hire a machine.")
        self.assertIn(incident.name, own.action_resolve_possible()['params']['message'])
        self.assertEqual(incident.state, 'acting')
        # Whoever acts in the name of automation, or writes what actions write, does no better.
        with self.assertRaisesRegex(UserError, "root cause"):
            own.sudo().action_resolve()
        with self.assertRaisesRegex(ValidationError, "root cause"), self.cr.savepoint():
            incident._write_guarded({'state': 'resolved'})
        own.action_resolve(cause_id=self.machine.id)
        self.assertRecordValues(incident, [{
            'state': 'resolved', 'cause_id': self.machine.id, 'fault_role_id': self._role('production').id}])
        with self.assertRaises(ValidationError), self.cr.savepoint():
            incident._write_guarded({'cause_id': False})
        # What turns out to be no incident has no cause.
        self._as(other, self.user_production).action_cancel("Nothing is broken.")
        self.assertEqual(other.state, 'cancelled')

    def test_entered_before(self):
        """The cause proposes who is at fault; who has found out otherwise says so."""
        incident = self._raise_incident()
        own = self._as(incident, self.user_production)
        own.cause_id = self.machine
        self.assertEqual(incident.fault_role_id, self._role('production'))
        own.fault_role_id = self._role('purchasing')
        own.action_resolve("Hire a machine.")
        self.assertRecordValues(incident, [{
            'state': 'resolved', 'cause_id': self.machine.id, 'fault_role_id': self._role('purchasing').id}])
        for vals in ({'cause_id': self.weather.id}, {'fault_role_id': False}):
            with self.subTest(vals=vals), self.assertRaisesRegex(UserError, "closed"):
                own.write(vals)
        with self.assertRaises(AccessError):
            self._as(self._raise_incident(), self.user_finance).cause_id = self.weather
        facts = self.order._get_dossier_facts()[0]['incidents'][0]
        self.assertIn(self.machine.name, str(facts['cause_id']))

    def test_odd_arguments(self):
        own = self._as(self._raise_incident(), self.user_production)
        for wrong in ('x', [], {}, 'a' * 20, 2 ** 31 - 1, -1, 1.5, [self.machine.id], True):
            with self.subTest(wrong=wrong), self.assertRaisesRegex(UserError, "list of incident causes"):
                own.action_resolve("Done", cause_id=wrong)
        self.assertEqual(own.state, 'open')

    def test_dialog(self):
        incident = self._raise_incident()
        action = self._as(incident, self.user_production).action_open_resolve()
        dialog = self.env['order.incident.handling'].with_user(self.user_production).with_context(action['context'])
        form = Form(dialog)
        form.measure = "Hire a machine."
        self.assertTrue(form.needs_cause)
        with self.assertRaisesRegex(AssertionError, "cause_id"):
            form.save()
        form.cause_id = self.machine
        self.assertEqual(form.fault_role_id, self._role('production'))
        form.cause_id = self.weather
        # Nobody is at fault for the weather, and what was proposed before is left to the person.
        form.fault_role_id = self.env['order.role']
        form.save().action_apply()
        self.assertRecordValues(incident, [{
            'state': 'resolved', 'cause_id': self.weather.id, 'fault_role_id': False}])

    def test_only_where_the_policy_says_so(self):
        provisions = self.policy._get_report_incident_provisions()
        self.assertTrue(any("root cause" in text for text in provisions))
        free = self._adopt(self._new_policy(require_incident_cause=False))
        self.assertFalse(any("root cause" in text for text in free._get_report_incident_provisions()))
        order = self._confirm(self._new_order())
        incident = self._raise_incident(order)
        self._as(incident, self.user_production).action_resolve("Hire a machine.")
        self.assertRecordValues(incident, [{'state': 'resolved', 'cause_id': False}])
        # An order keeps the policy that it was registered under.
        with self.assertRaisesRegex(UserError, "root cause"):
            self._as(self._raise_incident(), self.user_production).action_resolve("Hire a machine.")

    @mute_logger('odoo.models', 'odoo.addons.base.models.ir_model')
    def test_who_keeps_the_list(self):
        for user in (self.user_production, self.user_sales, self.user_legal, self.user_employee):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self.machine.with_user(user).write({'name': "Mine"})
        own = self.machine.with_user(self.user_manager)
        own.name = "Machine broken"
        self.assertEqual(own.display_name, "Manufacturing / Machine broken")
        with self.assertRaises(UserError), self.cr.savepoint():
            own.parent_id.parent_id = own
