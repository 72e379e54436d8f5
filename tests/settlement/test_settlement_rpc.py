"""Ways round the settlement, from outside (articles S1, S3)."""
import xmlrpc.client

from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .common import SettlementCommon


@tagged('post_install', '-at_install')
class TestSettlementRpc(SettlementCommon, HttpCase):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        other = cls._new_company(policy=True)
        cls.user_other = cls._new_user('other', 'sale_order_lifecycle.group_finance', company=other)
        for user in (cls.user_sales, cls.user_sales_manager, cls.user_finance, cls.user_manager, cls.user_other,
                     cls.user_accountant):
            user.password = user.login
        cls.unpaid, cls.paid, cls.settled = cls._fulfil(cls._new_order(count=3))
        cls._invoice(cls.unpaid)
        cls._pay(cls._invoice(cls.paid))
        cls._pay(cls._invoice(cls.settled))
        cls._settle(cls.settled)
        cls.settled_at = cls.settled.settled_at
        cls.delivery = cls._confirm(cls._new_order())
        cls.env.flush_all()

    def _call(self, user, model, method, *args, **kwargs):
        return self.xmlrpc_object.execute_kw(
            self.env.cr.dbname, user.id, user.login, model, method, list(args), kwargs)

    def assertRefused(self, user, model, method, *args, **kwargs):
        with self.subTest(user=user.login, model=model, method=method, args=args, kwargs=kwargs):
            with self.assertRaises(xmlrpc.client.Fault), mute_logger('odoo.http'):
                self._call(user, model, method, *args, **kwargs)
            self.assertUntouched()

    def assertUntouched(self):
        self.env.invalidate_all()
        self.assertRecordValues(self.unpaid.settlement_id, [{
            'state': 'open', 'unpaid_amount': 500, 'paid_amount': 0, 'settled_at': False, 'settled_by_id': False}])
        self.assertRecordValues(self.paid.settlement_id, [{
            'state': 'to_check', 'paid_amount': 500, 'settled_at': False}])
        self.assertRecordValues(self.settled.settlement_id, [{
            'state': 'settled', 'settled_by_id': self.user_finance.id, 'difference_reason': False, 'corrected': False,
            'settled_at': self.settled_at}])
        self.assertRecordValues(self.unpaid + self.paid + self.settled + self.delivery, [
            {'settlement_state': 'open', 'lifecycle_phase': 'settlement', 'settled_at': False},
            {'settlement_state': 'to_check', 'lifecycle_phase': 'settlement', 'settled_at': False},
            {'settlement_state': 'settled', 'lifecycle_phase': 'aftersales', 'settled_at': self.settled_at},
            {'settlement_state': 'none', 'lifecycle_phase': 'delivery', 'settled_at': False},
        ])
        self.assertEqual(self.env['order.settlement'].search_count([('company_id', '=', self.company.id)]), 3)

    def test_settle(self):
        unpaid, paid, settled = (order.settlement_id.ids for order in (self.unpaid, self.paid, self.settled))
        finance = self.user_finance
        self.assertRefused(finance, 'order.settlement', 'action_settle', unpaid)
        self.assertRefused(finance, 'order.settlement', 'action_settle', unpaid, reason="The customer will pay")
        self.assertRefused(finance, 'order.settlement', 'action_settle', paid + unpaid, reason="The customer will pay")
        self.assertRefused(finance, 'order.settlement', 'action_settle', settled, reason="Again")
        self.assertRefused(finance, 'order.settlement', '_action_settle', paid, "x", False)
        for user in (self.user_sales, self.user_sales_manager, self.user_manager, self.user_accountant,
                     self.user_other):
            self.assertRefused(user, 'order.settlement', 'action_settle', paid)
        for user in (self.user_sales, self.user_manager, self.user_accountant):
            self.assertRefused(user, 'order.settlement.reason', 'create', {
                'settlement_ids': [[6, 0, paid]], 'reason': "x"})
        # Lists tell what was not done, and nothing was.
        result = self._call(finance, 'order.settlement', 'action_settle_possible', unpaid)
        self.assertIn(self.unpaid.name, result['params']['message'])
        self.assertUntouched()

    def test_wizard(self):
        unpaid, paid = self.unpaid.settlement_id.ids, self.paid.settlement_id.ids
        wizard = self._call(self.user_finance, 'order.settlement.reason', 'create', {
            'settlement_ids': [[6, 0, unpaid + paid]], 'reason': "The customer will pay"})
        self.assertRefused(self.user_finance, 'order.settlement.reason', 'action_settle', [wizard])
        self.assertRefused(self.user_other, 'order.settlement.reason', 'create', {
            'settlement_ids': [[6, 0, paid]], 'reason': "I am of finance, too"})

    def test_write_on_settlements(self):
        for order in (self.unpaid, self.settled):
            self.assertRefused(self.user_finance, 'order.settlement', 'unlink', order.settlement_id.ids)
        self.assertRefused(self.user_finance, 'order.settlement', 'write', self.settled.settlement_id.ids, {
            'difference_reason': "Later"})
        self.assertRefused(self.user_finance, 'order.settlement', 'action_archive', self.settled.settlement_id.ids)

    def test_make_settlements(self):
        for user in (self.user_finance, self.user_manager, self.user_sales_manager):
            self.assertRefused(user, 'order.settlement', 'create', {'order_id': self.delivery.id})
            self.assertRefused(user, 'order.settlement', 'create', {'order_id': self.delivery.id}, context={
                'default_settled_at': '2026-01-01 00:00:00'})
            self.assertRefused(user, 'order.settlement', 'copy', self.settled.settlement_id.ids)
        result = self._call(self.user_finance, 'order.settlement', 'load', ['order_id/.id', 'state'], [
            [str(self.delivery.id), 'Settled']])
        self.assertFalse(result['ids'])
        result = self._call(self.user_finance, 'order.settlement', 'load', ['.id', 'state'], [
            [str(self.unpaid.settlement_id.id), 'Settled']])
        self.assertFalse(result['ids'])
        self.assertUntouched()

    def test_write_on_orders(self):
        settlement = self.unpaid.settlement_id.id
        values = [
            {'settlement_ids': [[5, 0, 0]]},
            {'settlement_ids': [[1, settlement, {'settled_at': '2026-01-01 00:00:00'}]]},
            {'settlement_ids': [[1, settlement, {'difference_reason': "Mine"}]]},
            {'settlement_ids': [[2, settlement, 0]]}, {'settlement_ids': [[4, self.settled.settlement_id.id, 0]]},
        ]
        for user in (self.user_sales, self.user_sales_manager, self.user_accountant, self.user_finance):
            for vals in values:
                self.assertRefused(user, 'sale.order', 'write', self.unpaid.ids, vals)
        self.assertRefused(self.user_sales, 'sale.order', 'write', self.settled.ids, {'state': 'cancel'})
        self.assertRefused(self.user_sales, 'sale.order', 'action_cancel', self.settled.ids)
        self.assertRefused(self.user_sales, 'sale.order', 'write', self.delivery.ids, {
            'settlement_ids': [[0, 0, {'settled_at': '2026-01-01 00:00:00'}]]})

    def test_right_person_over_rpc(self):
        self._call(self.user_finance, 'order.settlement', 'write', self.paid.settlement_id.ids, {
            'difference_reason': "None"})
        self.assertTrue(self._call(self.user_finance, 'order.settlement', 'action_settle', self.paid.settlement_id.ids))
        self.env.invalidate_all()
        self.assertRecordValues(self.paid, [{'settlement_state': 'settled', 'lifecycle_phase': 'aftersales'}])
