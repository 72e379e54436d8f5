"""Over RPC nobody closes an incident without a measure, nor speaks for others."""
from xmlrpc.client import Fault

from psycopg2.errors import CheckViolation

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .common_incident import IncidentCommon

PASSWORD = 'test_incident_password'
LOGGERS = ('odoo.models', 'odoo.addons.base.models.ir_model', 'odoo.addons.base.models.ir_rule')


@tagged('post_install', '-at_install')
class TestIncidentRpc(IncidentCommon, HttpCase):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.incident = cls._raise_incident()
        cls.user_production.password = cls.user_sales.password = PASSWORD

    def _call(self, user, model, method, *args, **kwargs):
        return self.xmlrpc_object.execute_kw(self.env.cr.dbname, user.id, PASSWORD, model, method, list(args), kwargs)

    @mute_logger(*LOGGERS)
    def test_bypass(self):
        incident, order, user = self.incident, self.order, self.user_production
        ids = incident.ids
        closed = {'state': 'resolved'}
        vals = {'order_id': order.id, 'name': "Forged", 'kind': 'delay', 'description': "Forged", 'state': 'resolved'}
        attempts = [
            ('order.incident', 'write', ids, closed),
            ('order.incident', 'write', ids, {'measure': "Forged"}),
            ('order.incident', 'write', ids, {'new_promised_date': '2030-01-01', 'told_at': '2026-01-01 00:00:00'}),
            ('order.incident', 'write', ids, {'deadline': '2030-01-01 00:00:00', 'raised_by_id': user.id}),
            ('order.incident', 'write', ids, {'role_ids': [[5, 0, 0]]}),
            ('order.incident', 'create', vals),
            ('order.incident', 'copy', ids),
            ('order.incident', 'unlink', ids),
            ('order.incident', 'load', ['.id', 'state'], [[str(ids[0]), 'resolved']]),
            ('order.incident', 'action_resolve', ids),
            ('order.incident', 'action_resolve', ids, " \t"),
            ('order.incident', 'action_resolve', ids, {'measure': "Forged"}),
            ('order.incident', 'action_act', ids, ""),
            ('order.incident', 'action_cancel', ids, " "),
            ('order.incident', 'action_tell_customer', ids),
        ]
        for who in (user, self.user_sales):
            for model, method, *args in attempts:
                if (method, who) == ('write', self.user_sales) and 'role_ids' in args[-1]:
                    # Sales says who is brought in.
                    continue
                with self.subTest(user=who.login, method=method, args=args):
                    try:
                        result = self._call(who, model, method, *args)
                    except Fault:
                        continue
                    # An import tells what is wrong with its rows.
                    self.assertTrue(method == 'load' and not result['ids'])
        for command in ([1, incident.id, closed], [0, 0, vals], [2, incident.id, 0], [5, 0, 0]):
            with self.subTest(command=command), self.assertRaises(Fault):
                self._call(self.user_sales, 'sale.order', 'write', order.ids, {'incident_ids': [command]})
        with self.assertRaises(Fault):
            self._call(self.user_sales, 'sale.order', 'write', order.ids, {'told_date': '2030-01-01'})
        self.env.invalidate_all()
        self.assertEqual(order.incident_ids, incident)
        self.assertRecordValues(incident, [{
            'state': 'open', 'measure': False, 'told_at': False, 'raised_by_id': self.user_sales.id}])
        self.assertEqual(incident.role_ids, self._role('production'))
        # And the way that there is.
        self.assertTrue(self._call(user, 'order.incident', 'action_resolve', ids, "Hire a machine."))
        self.env.invalidate_all()
        self.assertRecordValues(incident, [{'state': 'resolved', 'measure': "Hire a machine."}])

    @mute_logger(*LOGGERS)
    def test_nested_in_superuser_code(self):
        """What is nested in values of other records runs as the person of the transaction."""
        order = self.order.with_user(self.user_sales)
        with self._in_transaction_of(self.user_sales), self.assertRaises(UserError):
            order.sudo().write({'incident_ids': [Command.update(self.incident.id, {'state': 'resolved'})]})
        with self._in_transaction_of(self.user_sales), self.assertRaises(UserError):
            self.incident.with_user(self.user_sales).with_context(default_state='resolved').sudo().create({
                'order_id': order.id, 'name': "Forged", 'kind': 'delay', 'description': "Forged"})

    def test_database_keeps_it(self):
        with self.assertRaises(CheckViolation), mute_logger('odoo.sql_db'), self.cr.savepoint():
            self.incident._write_guarded({'state': 'resolved', 'measure': "  "})
            self.env.flush_all()
