from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..common import LifecycleCommon


@tagged('post_install', '-at_install')
class TestSettlement(LifecycleCommon):

    def test_happy_path(self):
        order = self._confirm(self._new_order())
        self.assertRecordValues(order, [{'settlement_state': 'none', 'settlement_id': False}])
        self._deliver(order.picking_ids)
        settlement = order.settlement_id
        self.assertRecordValues(settlement, [{
            'order_id': order.id, 'state': 'open', 'contract_amount': 500, 'owed_amount': 500, 'invoiced_amount': 0,
            'company_id': self.company.id, 'partner_id': self.partner.id, 'salesperson_id': self.user_sales.id}])
        self.assertRecordValues(order, [{'settlement_state': 'open', 'lifecycle_phase': 'settlement'}])
        invoices = self._invoice(order)
        self.assertRecordValues(settlement, [{
            'state': 'open', 'invoiced_amount': 500, 'paid_amount': 0, 'unpaid_amount': 500, 'difference_amount': 0}])
        with self.assertRaises(UserError) as error:
            self._settle(order)
        self.assertIn("are unpaid", str(error.exception))
        self._pay(invoices)
        self.assertRecordValues(settlement, [{
            'state': 'to_check', 'paid_amount': 500, 'unpaid_amount': 0, 'difference_amount': 0}])
        self.assertEqual(order.lifecycle_phase, 'settlement')
        self._settle(order)
        self.assertRecordValues(settlement, [{
            'state': 'settled', 'settled_by_id': self.user_finance.id, 'corrected': False, 'difference_reason': False}])
        self.assertTrue(order.settled_at)
        self.assertRecordValues(order, [{
            'settlement_state': 'settled', 'lifecycle_phase': 'aftersales', 'settled_at': settlement.settled_at}])
        self.assertFalse(order.waiting_for)

    def test_only_finance(self):
        order = self._fulfil(self._new_order())
        self._pay(self._invoice(order))
        for user in (self.user_sales, self.user_manager, self.user_legal, self.env.ref('base.user_root')):
            with self.assertRaises(AccessError):
                order.settlement_id.with_user(user).action_settle()
            with self.assertRaises(AccessError):
                order.settlement_id.with_user(user).sudo().action_settle()
        self.assertEqual(order.settlement_state, 'to_check')
