from odoo import fields
from odoo.tests import Form, HttpCase, tagged

from ..common import LifecycleCommon


@tagged('post_install', '-at_install')
class TestProgressTours(LifecycleCommon, HttpCase):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy.write({'progress_interval_days': 3, 'progress_hours': 8})

    def _new_order_of(self, name):
        order = self._confirm(self._new_order(
            partner_id=self.env['res.partner'].create({'name': name}).id,
            commitment_date=fields.Datetime.add(fields.Datetime.now(), days=5)))
        order.picking_ids.move_ids.date = fields.Datetime.add(fields.Datetime.now(), days=9)
        return order

    def test_urge_and_report(self):
        """Sales urges a department from the order; it confirms what the records tell of many, and reports one itself
        (articles F3, K1)."""
        one, two, third = orders = self.env['sale.order'].concat(*(
            self._new_order_of(f"Customer {name}") for name in ("One", "Two", "Third")))
        (one + two).confirmed_at = third.confirmed_at = '2026-01-05 09:00:00'
        (one + two)._open_progress_requests()
        self.env.flush_all()
        self.start_tour(f'/odoo/sale.order/{third.id}', 'order_progress_urge', login=self.user_sales.login)
        self.assertRecordValues(third.progress_ids, [{
            'kind': 'urge', 'role_id': self._role('logistics').id, 'requested_by_id': self.user_sales.id,
            'reason': "The customer calls every day.", 'state': 'requested'}])
        self.start_tour('/odoo', 'order_progress_report', login=self.user_logistics.login)
        day = fields.Date.add(fields.Date.today(), days=9)
        self.assertRecordValues(orders.progress_ids.sorted(lambda row: row.order_id.id), [
            {'state': 'reported', 'percent': 0, 'forecast_date': day, 'note': False},
            {'state': 'reported', 'percent': 0, 'forecast_date': day, 'note': False},
            {'state': 'reported', 'percent': 60, 'forecast_date': day, 'note': "The truck is loaded."}])

    def test_planner(self):
        """A planner sees what is to be produced for an order, and reports what sales has asked (articles F1, F3)."""
        table = self._new_manufactured_product("Table", component=self.product_stock)
        order = self._confirm(self._new_order(
            lines=[(table, 10)], partner_id=self.env['res.partner'].create({'name': "Planner Customer"}).id))
        planner = self._new_user('planner', 'sale_order_lifecycle.group_production,mrp.group_mrp_user')
        production = order.production_ids
        with Form(production) as form:
            form.qty_producing = 4
        Form.from_action(self.env, production.button_mark_done()).save().action_backorder()
        order.with_user(self.user_sales).action_urge('production', "The fair opens on Monday.")
        self.env.flush_all()
        self.start_tour('/odoo/order-board', 'order_planner', login=planner.login)
        rest = order.production_ids - production
        self.assertRecordValues(order.progress_ids, [{
            'state': 'reported', 'reported_by_id': planner.id, 'percent': 40, 'note': "The rest waits for the varnish.",
            'forecast_date': rest.date_finished.date(), 'role_id': self._role('production').id}])
