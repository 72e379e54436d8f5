"""Queries of incidents are the same for 1 and for 20."""
from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from .common_incident import IncidentCommon


@tagged('post_install', '-at_install')
class TestIncidentBudget(IncidentCommon):

    def _get_counts(self, number):
        orders = self._confirm(self._new_order(number))
        orders.picking_ids.scheduled_date = fields.Datetime.now() - timedelta(days=2)
        self.env.flush_all()
        self.env.invalidate_all()
        counts = {'detect': self._count_queries(orders._detect_incidents)}
        detected = self.env['order.incident'].search([('order_id', 'in', orders.ids)])
        self.assertEqual(len(detected), number)
        counts['nothing new'] = self._count_queries(orders._detect_incidents)
        counts['notify'] = self._count_queries(detected._notify_incidents)
        counts['resolve'] = self._count_queries(
            detected.with_user(self.user_logistics).action_resolve, "A lorry is found.", self._in_days(20))
        counts['report'] = self._count_queries(
            orders.with_user(self.user_sales).action_raise_incident, 'quality', "Cracked")
        reported = orders.incident_ids - detected
        self.assertEqual(len(reported), number)
        counts['act'] = self._count_queries(reported.with_user(self.user_quality).action_act, "Look again.")
        counts['read'] = self._count_queries(
            reported.with_user(self.user_quality).read, ['can_act', 'can_tell', 'is_mine', 'is_overdue'])
        counts['waiting'] = self._count_queries(orders.with_user(self.user_legal).mapped, 'waiting_for')
        return counts

    def test_steps(self):
        self.assertSameCounts(self._get_counts, more=3)

    def test_closing(self):
        """What ends by itself, and what comes back."""
        self.policy.closes_incidents = True

        def close(number):
            orders = self._confirm(self._new_order(number))
            pickings, day = orders.picking_ids, fields.Datetime.now()
            pickings.scheduled_date = day - timedelta(days=2)
            orders._detect_incidents()
            incidents = orders.incident_ids
            counts = {'not gone': self._count_queries(incidents._close_without_cause)}
            pickings.scheduled_date = day + timedelta(days=1)
            counts['gone'] = self._count_queries(incidents._close_without_cause)
            self.assertEqual(set(incidents.mapped('state')), {'cancelled'})
            pickings.scheduled_date = day - timedelta(days=1)
            self.env.flush_all()
            counts['back'] = self._count_queries(orders._detect_incidents)
            self.assertEqual(set(incidents.mapped('state')), {'open'})
            self.assertEqual(orders.incident_ids, incidents)
            return counts

        self.assertSameCounts(close, more=3)

    def test_documents(self):
        """Many manufacturing orders and purchases are read at once."""
        table = self._new_manufactured_product("Table")

        def detect(number):
            orders = self._confirm(self._new_order(number, lines=[(table, 1)]))
            orders.production_ids.write({'date_finished': fields.Datetime.now() + timedelta(days=30)})
            self.env.flush_all()
            self.env.invalidate_all()
            count = self._count_queries(orders._detect_incidents)
            self.assertIn('forecast', orders.incident_ids.mapped('trigger'))
            return count

        self.assertSameCounts(detect, more=3)
