from xmlrpc.client import Fault

from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .common import PolicyCommon

SALES = ('sales', 'sales_manager')
REVIEWERS = ('production', 'logistics', 'finance', 'legal', 'purchasing', 'quality', 'aftersales')
OUTSIDERS = ('employee', 'stock', 'mrp', 'buyer')


@tagged('post_install', '-at_install')
class TestOrderPolicyRights(PolicyCommon):

    def _assert_rights(self, records, user, **expected):
        records = records.with_user(user)
        actual = {operation: records.has_access(operation) for operation in expected}
        self.assertEqual(actual, expected, f"{user.login} on {records}")

    def test_policy_of_own_company(self):
        nothing = {'read': False, 'write': False, 'create': False, 'unlink': False}
        for records in (self.policy, self.policy.responsibility_ids):
            for login in (*SALES, *REVIEWERS):
                self._assert_rights(records, self.users_by_login[login], **{**nothing, 'read': True})
            for login in OUTSIDERS:
                self._assert_rights(records, self.users_by_login[login], **nothing)
            self._assert_rights(records, self.user_manager, read=True, write=True, create=True, unlink=True)

    def test_templates(self):
        for records in (self.template, self.template.responsibility_ids):
            for login in (*SALES, *REVIEWERS, *OUTSIDERS):
                self._assert_rights(records, self.users_by_login[login], read=False, write=False)
            self._assert_rights(records, self.user_manager, read=True, write=True)
            self._assert_rights(records, self.admin, read=True)

    def test_policy_of_other_company(self):
        policy = self._new_policy(self._new_company())
        for records in (policy, policy.responsibility_ids):
            for login in (*SALES, *REVIEWERS, *OUTSIDERS, 'manager'):
                self._assert_rights(records, self.users_by_login[login], read=False, write=False, unlink=False)

@tagged('post_install', '-at_install')
class TestOrderPolicyRpc(PolicyCommon, HttpCase):

    def setUp(self):
        super().setUp()
        self.user_sales.password = 'test_sales_password'
        self._adopt(self.policy)

    def _call(self, model, method, *args, **kwargs):
        return self.xmlrpc_object.execute_kw(
            self.env.cr.dbname, self.user_sales.id, 'test_sales_password', model, method, list(args), kwargs)

    def _assert_refused(self, model, method, *args, **kwargs):
        with self.subTest(model=model, method=method), mute_logger('odoo.http'), self.assertRaises(Fault):
            self._call(model, method, *args, **kwargs)

    def test_salesperson(self):
        """What a salesperson tries from an own script."""
        draft = self._new_policy()
        order = self._new_quotation(user_id=self.user_sales.id)
        self.env.flush_all()
        self.assertEqual(
            self._call('order.policy', 'read', self.policy.ids, ['state']),
            [{'id': self.policy.id, 'state': 'in_force'}])
        self._assert_refused('res.company', 'write', self.company.ids, {'order_policy_id': draft.id})
        self._assert_refused('res.company', 'write', self.company.ids, {'order_policy_id': False})
        self._assert_refused('order.policy', 'write', self.policy.ids, {'state': 'retired'})
        self._assert_refused('order.policy', 'write', draft.ids, {'state': 'in_force'})
        self._assert_refused('order.policy', 'create', [{'name': "Mine", 'state': 'in_force'}])
        self._assert_refused('order.policy', 'action_adopt', draft.ids)
        self._assert_refused('order.policy', 'action_retire', self.policy.ids)
        self._assert_refused('order.policy', '_action_retire', self.policy.ids)
        self._assert_refused('order.policy', 'unlink', draft.ids)
        self._assert_refused('order.policy.adopt', 'create', [{}])
        self._assert_refused('order.role', 'write', self._role('finance').ids, {
            'user_ids': [[4, self.user_sales.id]]})
        self._assert_refused('sale.order', 'write', order.ids, {'policy_id': False})
        self._call('ir.default', 'set', 'res.company', 'order_policy_id', draft.id, True)
        self._call('ir.default', 'set', 'sale.order', 'policy_id', draft.id, True)
        created = self._call('sale.order', 'create', [{'partner_id': self.partner.id}])
        self.env.invalidate_all()
        self.assertEqual(self.company.order_policy_id, self.policy)
        self.assertEqual(self.policy.state, 'in_force')
        self.assertEqual(draft.state, 'draft')
        self.assertEqual(order.policy_id, self.policy)
        self.assertEqual(self.env['sale.order'].browse(created).policy_id, self.policy)
