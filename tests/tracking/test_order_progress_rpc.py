"""Ways round the reports and urges, from outside (articles F3, K1)."""
import xmlrpc.client

from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from ..common import LifecycleCommon


@tagged('post_install', '-at_install')
class TestOrderProgressRpc(LifecycleCommon, HttpCase):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy.write({'progress_interval_days': 3, 'progress_hours': 8})
        other = cls._new_company(policy=True)
        cls.user_other = cls._new_user('other', 'sale_order_lifecycle.group_logistics', company=other)
        cls.user_other_sales = cls._new_user('other_sales', 'sales_team.group_sale_manager', company=other)
        for user in (*cls.users_by_login.values(), cls.user_other, cls.user_other_sales):
            user.password = user.login
        cls.order = cls._confirm(cls._new_order())
        cls.order.with_user(cls.user_sales).action_urge('logistics', "The customer calls.")
        cls.request = cls.order.progress_ids
        cls.day = cls.order.commitment_date.date().isoformat()
        cls.env.flush_all()

    def _call(self, user, model, method, *args, **kwargs):
        return self.xmlrpc_object.execute_kw(
            self.env.cr.dbname, user.id, user.login, model, method, list(args), kwargs)

    def assertRefused(self, user, model, method, *args, **kwargs):
        with self.subTest(user=user.login, model=model, method=method, args=args):
            with self.assertRaises(xmlrpc.client.Fault), mute_logger('odoo.http'):
                self._call(user, model, method, *args, **kwargs)
            self.env.invalidate_all()
            self.assertRecordValues(self.order.progress_ids, [{
                'id': self.request.id, 'state': 'requested', 'percent': 0, 'reported_by_id': False,
                'reason': "The customer calls."}])

    def test_answer_for_another_role(self):
        for user in (*self.users_by_login.values(), self.user_other, self.user_other_sales):
            if user != self.user_logistics:
                self.assertRefused(user, 'order.progress', 'action_report', self.request.ids, 50, self.day)
                self.assertRefused(user, 'order.progress', 'action_accept', self.request.ids)
                result = self._call(user, 'order.progress', 'action_accept_possible', self.request.ids)
                self.assertTrue(result['params']['message'].startswith("0 "))
        dialog = self._call(self.user_production, 'order.progress.report', 'create', {
            'progress_ids': [[6, 0, self.request.ids]], 'percent': 50, 'forecast_date': self.day})
        self.assertRefused(self.user_production, 'order.progress.report', 'action_report', [dialog])
        self.assertRefused(self.user_logistics, 'order.progress.report', 'action_report', [dialog])

    def test_rows_are_made_by_actions(self):
        vals = {'order_id': self.order.id, 'role_id': self._role('logistics').id, 'kind': 'urge',
                'requested_at': '2026-01-01 00:00:00'}
        for user in (self.user_logistics, self.user_sales, self.user_sales_manager, self.user_manager):
            self.assertRefused(user, 'order.progress', 'create', vals)
            self.assertRefused(user, 'order.progress', 'write', self.request.ids, {'state': 'reported'})
            self.assertRefused(user, 'order.progress', 'write', self.request.ids, {'deadline': '2030-01-01 00:00:00'})
            self.assertRefused(user, 'order.progress', 'unlink', self.request.ids)
            self.assertRefused(user, 'order.progress', 'copy', self.request.ids)
            self.assertRefused(user, 'sale.order', 'write', self.order.ids, {
                'progress_ids': [[1, self.request.id, {'state': 'reported'}]]})
            self.assertRefused(user, 'sale.order', 'write', self.order.ids, {
                'progress_asked_at': '2030-01-01 00:00:00'})
        for method, args in (('_action_report', [{}]), ('_cancel', []), ('_open_scheduled', [])):
            self.assertRefused(self.user_logistics, 'order.progress', method, self.request.ids, *args)

    def test_urge(self):
        for user in (*self.users_by_login.values(), self.user_other, self.user_other_sales):
            if user not in (self.user_sales, self.user_sales_manager):
                self.assertRefused(user, 'sale.order', 'action_urge', self.order.ids, 'production', "Hurry.")
                self.assertRefused(user, 'order.progress.urge', 'create', {
                    'order_ids': [[6, 0, self.order.ids]], 'role_id': self._role('production').id,
                    'reason': "Hurry."}) if user != self.user_other_sales else None
        self.assertRefused(self.user_sales, 'sale.order', 'action_urge', self.order.ids, 'logistics', "Again.")

    def test_the_way_that_is_meant(self):
        self._call(self.user_logistics, 'order.progress', 'action_report', self.request.ids, 50, self.day, "On it.")
        self.env.invalidate_all()
        self.assertRecordValues(self.request, [{
            'state': 'reported', 'percent': 50, 'reported_by_id': self.user_logistics.id, 'note': "On it."}])
