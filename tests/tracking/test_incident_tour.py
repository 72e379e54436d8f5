from odoo.tests import HttpCase, tagged

from .common_incident import IncidentCommon


@tagged('post_install', '-at_install')
class TestIncidentTour(IncidentCommon, HttpCase):

    def test_incident(self):
        """A salesperson reports, the department acts and resolves, and the customer is told (article K2)."""
        self.partner.name = "Incident Customer"
        self.env.flush_all()
        self.start_tour(f'/odoo/sale.order/{self.order.id}', 'order_incident_report', login=self.user_sales.login)
        incident = self.order.incident_ids
        self.assertRecordValues(incident, [{
            'kind': 'delay', 'state': 'open', 'raised_by_id': self.user_sales.id,
            'description': "The machine is broken."}])
        self.start_tour('/odoo', 'order_incident_resolve', login=self.user_production.login)
        self.assertRecordValues(incident, [{
            'state': 'resolved', 'measure': "A machine is hired.", 'closed_by_id': self.user_production.id,
            'fault_role_id': self._role('production').id}])
        self.assertTrue(incident.new_promised_date)
        self.start_tour(f'/odoo/order-incidents/{incident.id}', 'order_incident_tell', login=self.user_sales.login)
        self.assertEqual(incident.told_by_id, self.user_sales)
        self.assertEqual(self.order.told_date, incident.new_promised_date)
