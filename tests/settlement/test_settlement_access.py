from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged, users

from .common import SettlementCommon

ROLES = ('production', 'logistics', 'legal', 'purchasing', 'quality', 'aftersales')
READERS = ('manager', 'archivist', 'assessor')
OUTSIDERS = ('employee', 'stock', 'mrp', 'buyer', 'accountant')


@tagged('post_install', '-at_install')
class TestSettlementAccess(SettlementCommon):
    """Who reads, notes and settles; nobody makes or deletes a settlement."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user_colleague = cls._new_user('colleague', 'sales_team.group_sale_salesman')
        cls._new_user('portal', 'base.group_portal')
        for login in ('archivist', 'assessor'):
            cls._new_user(login, f'sale_order_lifecycle.group_{login}')
        cls.order = cls._fulfil(cls._new_order(lines=[(cls.product_delivered, 5)]))
        cls.settlement = cls.order.settlement_id
        cls.env.flush_all()

    def assertRights(self, records, *expected):
        records = records.with_env(self.env)
        self.assertEqual(
            [operation for operation in ('read', 'write', 'create', 'unlink') if records.has_access(operation)],
            list(expected), records)

    @users('test_finance')
    def test_finance(self):
        self.assertRights(self.settlement, 'read', 'write')
        self.assertRights(self.env['order.settlement.reason'], 'read', 'write', 'create')
        settlement = self.settlement.with_env(self.env)
        settlement.difference_reason = "The customer waits for a credit note"
        settlement.fault_role_id = self._role('logistics')
        settlement.message_post(body="The customer was called.")
        # What it reads comes from documents that it has no access to.
        self.assertFalse(self.env['account.move'].has_access('read'))
        self.assertEqual(settlement.contract_amount, 500)

    @users(*(f'test_{login}' for login in ROLES))
    def test_departments_read_where_they_are_at_fault(self):
        self.assertRights(self.settlement)
        self.assertFalse(self.env['order.settlement'].search([]))
        self.assertFalse(self.order.with_env(self.env).settlement_ids)
        self.settlement.fault_role_id = self._role(self.env.user.login.removeprefix('test_'))
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertRights(self.settlement, 'read')
        self.assertEqual(self.order.with_env(self.env).settlement_ids.ids, self.settlement.ids)

    @users(*(f'test_{login}' for login in READERS))
    def test_roles_read(self):
        self.assertRights(self.settlement, 'read')
        self.assertRights(self.env['order.settlement.reason'])
        settlement = self.settlement.with_env(self.env)
        self.assertEqual(settlement.read(['contract_amount', 'state'])[0]['contract_amount'], 500)
        self.assertFalse(settlement.can_settle or settlement.needs_reason or settlement.is_settler)
        with self.assertRaises(AccessError):
            settlement.difference_reason = "Mine"

    @users('test_sales', 'test_sales_manager')
    def test_sales_read_what_they_sell(self):
        self.assertRights(self.settlement, 'read')
        self.assertRights(self.env['order.settlement.reason'])
        with self.assertRaises(AccessError):
            self.settlement.with_env(self.env).difference_reason = "Mine"

    @users('test_colleague')
    def test_colleague_of_the_salesperson(self):
        self.assertRights(self.settlement)
        self.assertFalse(self.env['order.settlement'].search([]))
        self.order.sudo().user_id = self.user_colleague
        self.assertRights(self.settlement, 'read')

    @users(*(f'test_{login}' for login in OUTSIDERS), 'test_portal')
    def test_outsiders(self):
        self.assertRights(self.settlement)
        self.assertRights(self.env['order.settlement.reason'])

    def test_order_form_of_other_applications(self):
        """People who read orders and no settlements open them as ever."""
        self._invoice(self.order)
        self.env.flush_all()
        for user in (self.user_accountant, self.user_sales, self.user_finance):
            with self.subTest(user=user.login), Form(self.order.with_user(user)) as form:
                self.assertEqual(form.name, self.order.name)

    @users('test_portal')
    def test_customer_reads_nothing_of_it_on_the_order(self):
        order = self._new_order(partner_id=self.env.user.partner_id.id).with_env(self.env)
        self.assertTrue(order.read(['name'])[0]['name'])
        for name in ('settlement_state', 'settled_at', 'settlement_summary', 'settlement_ids', 'settlement_id'):
            with self.assertRaises(AccessError):
                order.read([name])

    def test_other_company(self):
        company = self._new_company(policy=True)
        for login in ('finance', 'manager', 'legal'):
            user = self._new_user(f'other_{login}', f'sale_order_lifecycle.group_{login}', company=company)
            self.assertFalse(self.env['order.settlement'].with_user(user).search([]))
            self.assertFalse(self.settlement.with_user(user).has_access('read'))
        user = self._new_user('other_sales', 'sales_team.group_sale_manager', company=company)
        self.assertFalse(self.settlement.with_user(user).has_access('read'))

    def test_nobody_writes_what_is_settled(self):
        self._pay(self._invoice(self.order))
        self._settle(self.order)
        for user in (self.user_finance, self.user_manager):
            with self.assertRaises(UserError):
                self.settlement.with_user(user).difference_reason = "Later"

    def test_role_asked_of_the_person(self):
        """Another group may act for finance; the manager of the application does not."""
        role = self._role('finance')
        role.group_id = self.env.ref('sale_order_lifecycle.group_legal')
        self._pay(self._invoice(self.order))
        with self.assertRaises(AccessError):
            self.settlement.with_user(self.user_finance).action_settle()
        self.settlement.with_user(self.user_legal).action_settle()
        self.assertEqual(self.settlement.settled_by_id, self.user_legal)
