"""Waivers, confirmations and decisions at the counter over the external API: nobody gets round the actions."""
import xmlrpc.client

from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from .test_waivers import WaiverCommon


@tagged('post_install', '-at_install')
class TestCounterRPC(WaiverCommon, HttpCase):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company_other = cls._new_company(policy=True)
        cls.stranger = cls._new_user(
            'stranger', 'sales_team.group_sale_manager,sale_order_lifecycle.group_finance', company=cls.company_other)
        for user in (cls.user_sales, cls.user_finance, cls.user_stock, cls.user_manager, cls.stranger):
            user.password = f'{user.login}-password'
        cls.order = cls._register(cls._new_dateless(user_id=cls.user_sales.id))
        cls.waiver = cls.env['order.intake.waiver'].sudo()

    def _call(self, user, model, method, *args, **kwargs):
        return self.xmlrpc_object.execute_kw(
            self.env.cr.dbname, user.id, f'{user.login}-password', model, method, args, kwargs)

    def _assert_refused(self, user, model, method, *args, **kwargs):
        with self.subTest(user=user.login, model=model, method=method, args=args), \
                self.assertRaises(xmlrpc.client.Fault) as refusal, \
                mute_logger('odoo.http', 'odoo.models', 'odoo.addons.base.models.ir_model',
                            'odoo.addons.base.models.ir_rule'):
            self._call(user, model, method, *args, **kwargs)
        # Refused, not stumbled over: 1 is the code of errors in the program.
        self.assertNotEqual(refusal.exception.faultCode, 1, refusal.exception.faultString)

    def test_waiver(self):
        vals = {
            'order_id': self.order.id, 'rule_id': self.rule_date.id, 'role_id': self._role('finance').id,
            'reason': "Forged", 'waived_by_id': self.user_finance.id, 'waived_at': '2026-01-01 00:00:00'}
        for user in (self.user_sales, self.user_stock, self.user_manager, self.stranger):
            self._assert_refused(user, 'sale.order', 'action_waive', self.order.ids, "Because")
        for user in (self.user_sales, self.user_finance, self.user_manager):
            self._assert_refused(user, 'order.intake.waiver', 'create', [vals])
            self._assert_refused(user, 'sale.order', 'write', self.order.ids, {'waiver_ids': [[0, 0, vals]]})
            self._assert_refused(user, 'sale.order', 'write', self.order.ids, {'waiver_count': 1})
            self._assert_refused(user, 'sale.order', '_action_waive', self.order.ids, {}, "Because")
        # The context gives no default to what only the action makes.
        self._assert_refused(
            self.user_sales, 'sale.order', 'create', [{'partner_id': self.partner.id}],
            context={'default_waiver_count': 1})
        # The dialog has no more rights than its person.
        wizard = self._call(self.user_sales, 'order.intake.waiving', 'create', {
            'order_ids': [[6, 0, self.order.ids]], 'reason': "Because"})
        self._assert_refused(self.user_sales, 'order.intake.waiving', 'action_waive', [wizard])
        self.env.invalidate_all()
        self.assertFalse(self.order.waiver_ids)
        self.assertTrue(self._call(self.user_finance, 'sale.order', 'action_waive', self.order.ids, "Because"))
        self.env.invalidate_all()
        self.assertEqual(self.order.waiver_ids.waived_by_id, self.user_finance)
        for user in (self.user_sales, self.user_finance, self.user_manager):
            self._assert_refused(user, 'order.intake.waiver', 'write', self.order.waiver_ids.ids, {'reason': "Else"})
            self._assert_refused(user, 'order.intake.waiver', 'unlink', self.order.waiver_ids.ids)
        self.assertFalse(self._call(self.stranger, 'order.intake.waiver', 'search', []))

    def test_confirmation_request(self):
        for user in (self.user_finance, self.user_stock, self.user_manager, self.stranger):
            self._assert_refused(user, 'sale.order', 'action_request_confirmation', self.order.ids)
        self._call(self.user_sales, 'sale.order', 'action_request_confirmation', self.order.ids)
        for name, value in (('customer_answer', 'confirmed'), ('customer_answered_by', "Forged"),
                            ('confirmation_requested_at', False), ('customer_confirmed_method', 'portal')):
            self._assert_refused(self.user_sales, 'sale.order', 'write', self.order.ids, {name: value})
        digest = self.order._get_confirmation_digest()
        for method, args in (('_take_customer_answer', ('confirmed', "Forged", False, digest)),
                             ('_get_confirmation_digest', ()), ('_action_confirm_customer', ('portal', False, 1))):
            self._assert_refused(self.user_sales, 'sale.order', method, self.order.ids, *args)
        self._assert_refused(self.user_sales, 'sale.order', 'action_confirm_customer', self.order.ids, 'portal')
        self.env.invalidate_all()
        self.assertFalse(self.order.customer_confirmed_at)

    def test_doubles_and_doubtful_customers(self):
        self.order.sudo().write({
            'duplicate_order_id': self._register(self._new_dateless()).id, 'customer_to_check': True})
        for user in (self.user_finance, self.user_stock, self.user_manager, self.stranger):
            self._assert_refused(user, 'sale.order', 'action_not_duplicate', self.order.ids)
            self._assert_refused(user, 'sale.order', 'action_open_customer_choice', self.order.ids)
            self._assert_refused(user, 'sale.order', 'action_choose_customer', self.order.ids, self.vendor.id)
        for name in ('duplicate_order_id', 'duplicate_cleared_at', 'customer_to_check'):
            self._assert_refused(self.user_sales, 'sale.order', 'write', self.order.ids, {name: False})
        self.env.invalidate_all()
        self.assertTrue(self.order.is_possible_duplicate and self.order.customer_to_check)
        self.assertTrue(self._call(self.user_sales, 'sale.order', 'action_not_duplicate', self.order.ids))

    def test_choice_is_no_window(self):
        """The dialog tells of no order and no partner that its person may not read."""
        foreign = self.env['sale.order'].create({
            'partner_id': self.env['res.partner'].create({
                'name': "Secret", 'email': 'secret@example.com', 'company_id': self.company_other.id}).id,
            'company_id': self.company_other.id})
        self._assert_refused(self.user_sales, 'order.customer.choice', 'create', {'order_id': foreign.id})
        own = self._call(self.user_sales, 'order.customer.choice', 'create', {'order_id': self.order.id})
        self.assertTrue(self._call(self.user_sales, 'order.customer.choice', 'read', [own], ['sender_name']))
        self._assert_refused(self.user_sales, 'order.customer.choice.line', 'create', {
            'choice_id': own, 'partner_id': foreign.partner_id.id})

    def test_receivables(self):
        """Whoever is no salesperson gets no amounts of a customer by an order, not even of an own one."""
        for user in (self.user_stock, self.user_finance):
            self._assert_refused(user, 'sale.order', 'read', self.order.ids, ['customer_receivable'])
            self._assert_refused(user, 'sale.order', 'onchange', [], {'partner_id': self.partner.id}, ['partner_id'], {
                'partner_id': {}, 'customer_receivable': {}})

    def test_portal(self):
        """A customer with a login reads the order, but no internal data, and cannot act as sales."""
        contact = self.env['res.partner'].create({
            'name': "Buyer", 'parent_id': self.partner.id, 'email': 'buyer@blueharbour.example.com'})
        buyer = new_test_user(
            self.env, login='buyer', password='buyer-password', groups='base.group_portal', partner_id=contact.id)
        self._call(self.user_sales, 'sale.order', 'action_request_confirmation', self.order.ids)
        self.order.partner_id.message_subscribe(contact.ids)
        self.assertTrue(self._call(buyer, 'sale.order', 'read', self.order.ids, ['name', 'amount_total']))
        for name in (
            'ledger_remark', 'missing_summary', 'missing_information', 'intake_warnings', 'is_complete', 'can_waive',
            'waiver_ids', 'waiver_count', 'customer_last_order_ids', 'customer_receivable', 'customer_overdue',
            'customer_to_check', 'customer_candidate_ids', 'duplicate_order_id', 'duplicate_cleared_by_id',
            'is_possible_duplicate', 'received_payload', 'registered_by_id', 'confirmation_requested_by_id',
            'confirmation_hours', 'customer_confirmed_note',
        ):
            self._assert_refused(buyer, 'sale.order', 'read', self.order.ids, [name])
        for method, args in (
            ('action_register', ()), ('action_request_confirmation', ()), ('action_request_confirmation_possible', ()),
            ('action_confirm_customer', ('phone',)), ('action_not_duplicate', ()), ('action_waive', ("Because",)),
            ('action_choose_customer', ()), ('action_open_customer_choice', ()), ('_accepts_mail_from', ('x@y.z',)),
        ):
            self._assert_refused(buyer, 'sale.order', method, self.order.ids, *args)
        for model in ('order.ledger.print', 'order.intake.waiver', 'order.channel.refusal', 'order.channel',
                      'order.customer.choice', 'order.intake.waiving'):
            self._assert_refused(buyer, model, 'search_read', [])

    def test_ledger(self):
        for user in (self.user_stock, self.user_finance):
            self._assert_refused(user, 'order.ledger.print', 'create', [{}])
        # Another company's ledger is not even counted.
        self._assert_refused(self.stranger, 'order.ledger.print', 'create', {
            'company_id': self.company.id, 'date_from': '2025-01-01', 'date_to': '2035-01-01'})
