from datetime import timedelta

from odoo import Command, fields
from odoo.tests import tagged

from .common_incident import IncidentCommon


@tagged('post_install', '-at_install')
class TestIncidentDetection(IncidentCommon):
    """What is late is found, once for each cause and order (article K2)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.component = cls._new_purchased_product("Leg")
        cls.table = cls._new_manufactured_product("Table", component=cls.component)

    def _detect(self, orders=None):
        """:return: the incidents that the system opens now"""
        orders = self.order if orders is None else orders
        self.env.flush_all()
        self.env.invalidate_all()
        before = orders.incident_ids
        orders._detect_incidents()
        return orders.incident_ids - before

    def _at(self, days):
        return fields.Datetime.now() + timedelta(days=days)

    def _new_made(self):
        """:return: order under way on which nothing is late, its manufacturing order and its purchase line"""
        order = self._confirm(self._new_order(lines=[(self.table, 1)]))
        production = order.production_ids
        line = self.env['purchase.order.line'].search([('product_id', '=', self.component.id)])
        line.order_id.button_confirm()
        line.date_planned = self._at(1)
        production.write({'date_start': self._at(5), 'date_finished': self._at(6)})
        self.assertFalse(self._detect(order))
        return order, production, line

    def test_department_expects_a_later_day(self):
        order, _production, _line = self._new_made()
        order.with_user(self.user_sales).action_urge('production', "The customer asks.")
        later = fields.Date.add(order.promised_date, days=4)
        order.progress_ids.with_user(self.user_production).action_report(10, fields.Date.to_string(later))
        incident = self._detect(order)
        self.assertRecordValues(incident, [{'trigger': 'forecast', 'kind': 'delay'}])
        self.assertEqual(incident.role_ids, self._role('production'))
        self._as(incident, self.user_production).action_resolve("A second shift.", later)
        # The customer knows that day now.
        self.assertFalse(self._detect(order))

    def test_goods_fail_an_inspection(self):
        self.policy.sudo().with_user(1).inspection_plan_ids = [Command.create({
            'name': "Final check", 'product_ids': [Command.set(self.product_stock.ids)], 'point': 'delivery'})]
        order = self._confirm(self._new_order(lines=[(self.product_stock, 3)]))
        inspection = order.inspection_ids
        self.assertEqual(len(inspection), 1)
        inspection.with_user(self.user_quality).action_fail("Scratched", 2)
        incident = order.incident_ids
        self.assertRecordValues(incident, [{'trigger': 'inspection', 'kind': 'quality', 'state': 'open'}])
        self.assertIn("Scratched", incident.description)
        self.assertIn(self._role('quality'), incident.role_ids)
        # What fails again is a part of the same incident while that is open.
        again = inspection.with_user(self.user_quality).action_rework()
        again.action_fail("Again")
        self.assertEqual(order.incident_ids, incident)

    def test_vendor_is_late(self):
        order, production, line = self._new_made()
        line.date_planned = self._at(7)
        incident = self._detect(order)
        self.assertRecordValues(incident, [{
            'kind': 'delay', 'trigger': 'supplier', 'raised_by_id': False, 'state': 'open', 'severity': 'normal'}])
        self.assertEqual(incident.role_ids, self._role('purchasing'))
        self.assertIn(line.order_id.name, incident.description)
        # One is enough, though the vendor is even later.
        line.date_planned = self._at(8)
        self.assertFalse(self._detect(order))
        self._as(incident, self.user_purchasing).action_resolve("Start later.", order.promised_date)
        # What was known when it was resolved is no new cause, and neither is what gets better.
        self.assertFalse(self._detect(order))
        line.date_planned = self._at(7)
        self.assertFalse(self._detect(order))
        line.date_planned = self._at(9)
        again = self._detect(order)
        self.assertRecordValues(again, [{'trigger': 'supplier', 'state': 'open'}])
        # Once it is there, nothing is late.
        self._as(again, self.user_purchasing).action_cancel("It comes.")
        self._deliver(line.order_id.picking_ids)
        self.assertFalse(self._detect(order))

    def test_planned_after_the_promise(self):
        order, production, line = self._new_made()
        production.write({'date_start': self._at(15), 'date_finished': self._at(16)})
        incident = self._detect(order)
        self.assertRecordValues(incident, [{'trigger': 'forecast'}])
        self.assertEqual(incident.role_ids, self._role('production'))
        self._as(incident, self.user_production).action_resolve("Later, then.", self._in_days(18))
        self._as(incident, self.user_sales).action_tell_customer()
        # The customer waits for another day now.
        production.write({'date_start': self._at(16), 'date_finished': self._at(17)})
        self.assertFalse(self._detect(order))
        production.write({'date_start': self._at(20), 'date_finished': self._at(21)})
        self.assertRecordValues(self._detect(order), [{'trigger': 'forecast'}])

    def test_production_overdue(self):
        order, production, line = self._new_made()
        line.date_planned = self._at(-5)
        production.write({'date_start': self._at(-3), 'date_finished': self._at(-2)})
        incidents = self._detect(order)
        self.assertEqual(sorted(incidents.mapped('trigger')), ['production', 'supplier'])
        overdue = incidents.filtered(lambda incident: incident.trigger == 'production')
        self.assertEqual(overdue.role_ids, self._role('production'))
        self._as(overdue, self.user_production).action_resolve("Tomorrow.")
        self.assertFalse(self._detect(order))
        # It was planned anew, and is overdue again.
        production.write({'date_start': self._at(-2), 'date_finished': self._at(-1)})
        self.assertRecordValues(self._detect(order), [{'trigger': 'production'}])

    def test_delivery_overdue(self):
        self.assertFalse(self._detect())
        self.order.picking_ids.scheduled_date = self._at(-2)
        incident = self._detect()
        self.assertRecordValues(incident, [{'trigger': 'delivery'}])
        self.assertEqual(incident.role_ids, self._role('logistics'))
        self.assertIn(self.order.picking_ids.name, incident.description)
        self._as(incident, self.user_logistics).action_resolve("A lorry is found.")
        self._deliver(self.order.picking_ids)
        self.assertFalse(self._detect())

    def test_service_is_late(self):
        order = self._confirm(self._new_order(lines=[(self.product_service, 1)]))
        self.assertFalse(self._detect(order))
        order._write_guarded({'told_date': self._in_days(-1)})
        self.assertRecordValues(self._detect(order), [{'trigger': 'forecast', 'severity': 'normal'}])
        self.assertFalse(self._detect(order))

    def test_reported_already(self):
        """What people have reported on a document is not reported by the system, too."""
        picking = self.order.picking_ids
        picking.scheduled_date = self._at(-2)
        user = self._new_user('dispatcher', 'sale_order_lifecycle.group_logistics,stock.group_stock_user')
        incident = self._raise_incident(user=user, roles=('logistics',), source=['stock.picking', picking.id])
        self.assertFalse(self._detect())
        self._as(incident, self.user_logistics).action_resolve("A lorry is found.")
        self.assertFalse(self._detect())
        picking.scheduled_date = self._at(-1)
        self.assertTrue(self._detect())

    def test_only_where_the_policy_says_so(self):
        self.order.picking_ids.scheduled_date = self._at(-2)
        self.policy.detects_incidents = False
        self.assertFalse(self._detect())
        self.assertNotIn(self.order, self.order.search(self.order._get_to_detect_domain()))

    def test_in_charge(self):
        """Who is in charge of the department is assigned."""
        self.env['order.policy.responsibility'].sudo().create({
            'policy_id': self.policy.id, 'role_id': self._role('logistics').id, 'user_id': self.user_logistics.id})
        other = self._new_user('other_sales', 'sales_team.group_sale_salesman')
        self.env['order.policy.responsibility'].sudo().create({
            'policy_id': self.policy.id, 'role_id': self._role('sales').id, 'user_id': other.id})
        self.order.picking_ids.scheduled_date = self._at(-2)
        self.assertEqual(self._detect().user_id, self.user_logistics)
        # Who sells other orders is not told of this one.
        service = self._confirm(self._new_order(lines=[(self.product_service, 1)]))
        service._write_guarded({'told_date': self._in_days(-1)})
        incident = self._detect(service)
        self.assertEqual(incident.role_ids, self._role('sales'))
        self.assertFalse(incident.user_id)

    def test_scheduled_action(self):
        late = self._confirm(self._new_order(3))
        late.picking_ids.scheduled_date = self._at(-2)
        self.env.flush_all()
        with self.enter_registry_test_mode():
            self.env.ref('sale_order_lifecycle.ir_cron_detect_incidents').method_direct_trigger()
        self.env.invalidate_all()
        self.assertEqual(late.incident_ids.mapped('trigger'), ['delivery'] * 3)
        self.assertFalse(self.order.incident_ids)
        self.assertFalse(self.env['order.job.failure'].search([]))
