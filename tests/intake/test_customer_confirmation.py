"""Sales confirms an order with the customer; who, when, how, and how long it took is on record (article I4)."""
import xmlrpc.client
from datetime import datetime

from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, HttpCase, tagged
from odoo.tools import mute_logger

from ..common import LifecycleCommon

SIGNATURE = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='


class ConfirmationCommon(LifecycleCommon):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Monday to Friday, 8:00 to 12:00 and 13:00 to 17:00, UTC
        cls.policy.calendar_id = cls.env['resource.calendar'].create({
            'name': "Office", 'tz': 'UTC', 'company_id': cls.company.id})

    def _confirm_customer(self, orders, method='phone', note=None, user=None):
        orders.with_user(user or self.user_sales).action_confirm_customer(method, note)
        return orders

    def _assert_unconfirmed(self, orders):
        self.assertRecordValues(orders.with_env(self.env), [{
            'customer_confirmed_at': False, 'customer_confirmed_by_id': False, 'customer_confirmed_method': False,
            'customer_confirmed_note': False, 'customer_confirmed_values': False, 'confirmation_hours': 0.0,
        } for _order in orders])


@tagged('post_install', '-at_install')
class TestCustomerConfirmation(ConfirmationCommon):

    def test_confirm(self):
        # Friday afternoon to Monday morning: two working hours and two more.
        with freeze_time('2031-03-07 15:00:00'):
            order = self._register(self._new_order())
        with freeze_time('2031-03-10 10:00:00'):
            self._confirm_customer(order, note="Ms Lee agrees")
        self.assertRecordValues(order, [{
            'customer_confirmed_at': datetime(2031, 3, 10, 10), 'customer_confirmed_by_id': self.user_sales.id,
            'customer_confirmed_method': 'phone', 'customer_confirmed_note': "Ms Lee agrees",
            'confirmation_hours': 4.0, 'lifecycle_phase': 'intake', 'state': 'draft',
        }])
        message = order.message_ids[:1]
        self.assertEqual(message.author_id, self.user_sales.partner_id)
        self.assertIn("Phone", message.body)
        self.assertIn("Ms Lee agrees", message.body)

    def test_during_and_after_the_review(self):
        order = self._submit(self._new_order())
        self._confirm_customer(order, 'email')
        self.assertEqual(order.customer_confirmed_method, 'email')
        other = self._accept(self._new_order())
        self._confirm_customer(other)
        other.with_user(self.user_sales).action_confirm()
        self.assertTrue(other.customer_confirmed_at)

    def test_refusals(self):
        """One sentence each; one order that cannot be confirmed keeps all of a batch."""
        quotation, registered = self._new_order(), self._register(self._new_order())
        cancelled, confirmed = self._register(self._new_order()), self._confirm(self._new_order())
        cancelled.with_user(self.user_sales)._action_cancel()
        company = self._new_company("Plain")
        self.user_sales.company_ids |= company
        plain = self._new_order(company_id=company.id, lines=[(self.product_service, 1)])
        for order, message in (
            (quotation, "is not registered yet"), (cancelled, "is cancelled"), (confirmed, "is already confirmed"),
            (plain, "is not subject to an order policy"),
        ):
            with self.subTest(message=message), self.assertRaisesRegex(UserError, message):
                self._confirm_customer((registered | order).with_context(
                    allowed_company_ids=self.user_sales.company_ids.ids))
        self._assert_unconfirmed(registered | quotation | cancelled)
        self._confirm_customer(registered)
        with self.assertRaisesRegex(UserError, "has already been confirmed with the customer"):
            self._confirm_customer(registered)
        other = self._register(self._new_order())
        for method in ('portal', 'fax', None, ''):
            with self.subTest(method=method), self.assertRaisesRegex(UserError, "by phone or by e-mail"):
                self._confirm_customer(other, method)

    def test_only_sales(self):
        order = self._register(self._new_order())
        for login, user in self.users_by_login.items():
            if login in ('sales', 'sales_manager'):
                continue
            for su in (False, True):
                with self.subTest(login=login, su=su), self.assertRaises(AccessError):
                    order.with_user(user).sudo(su).action_confirm_customer('phone')
        self._assert_unconfirmed(order)
        self._confirm_customer(order, user=self.user_sales_manager)

    def test_second_company(self):
        company = self._new_company(policy=True)
        stranger = self._new_user('stranger', 'sales_team.group_sale_manager', company=company)
        order = self._new_order(
            user=stranger, company_id=company.id, channel_id=self._get_channel(company).id,
            lines=[(self.product_service, 1)])
        self._register(order, stranger)
        with self.assertRaises(AccessError):
            order.with_user(self.user_sales_manager).action_confirm_customer('phone')
        self._assert_unconfirmed(order)
        self._confirm_customer(order, user=stranger)
        self.assertEqual(order.customer_confirmed_by_id, stranger)

    # -- what the policy asks for ---------------------------------------------------------------------

    def test_required(self):
        """The gate itself asks, so that no way to a confirmed order leads round it."""
        self.policy.require_customer_confirmation = True
        order = self._submit(self._new_order())
        self.assertTrue(order.needs_customer_confirmation)
        self._approve(order)
        self.assertEqual(order.review_state, 'approved')
        self.assertFalse(order.is_accepted)
        for attempt in (
            order.with_user(self.user_sales).action_confirm, lambda: order.write({'state': 'sale'}),
            lambda: order.with_user(self.user_sales).write({'state': 'sale'}),
        ):
            with self.assertRaisesRegex((UserError, ValidationError), "has not been confirmed with the customer"), \
                    self.env.cr.savepoint():
                attempt()
        # It is approved and stays so: there is nothing to submit again.
        with self.assertRaisesRegex(UserError, "is already approved"):
            order.with_user(self.user_sales).action_submit_review()
        self._confirm_customer(order)
        self.assertTrue(order.is_accepted)
        self.assertFalse(order.needs_customer_confirmation)
        order.with_user(self.user_sales).action_confirm()
        self.assertEqual(order.state, 'sale')

    def test_not_required(self):
        order = self._confirm(self._new_order())
        self.assertEqual(order.state, 'sale')
        self._assert_unconfirmed(order)

    # -- what takes it away ---------------------------------------------------------------------------

    def test_commercial_change(self):
        """The customer has confirmed other values; what was confirmed by whom stays in the chatter."""
        changes = {
            'price': lambda order: order.order_line.write({'price_unit': 1}),
            'quantity': lambda order: order.write({
                'order_line': [Command.update(order.order_line.id, {'product_uom_qty': 7})]}),
            'line': lambda order: order.write({
                'order_line': [Command.create({'product_id': self.product_service.id})]}),
            'date': lambda order: order.write({'commitment_date': '2040-01-01 12:00:00'}),
            'terms': lambda order: order.write({'payment_term_id': False}),
            'removed': lambda order: order.order_line.unlink(),
        }
        for name, change in changes.items():
            with self.subTest(name=name):
                order = self._confirm_customer(self._register(self._new_order()))
                change(order.with_user(self.user_sales))
                self._assert_unconfirmed(order)
                messages = order.message_ids.mapped('body')
                self.assertIn("has changed since it was confirmed with the customer", messages[0])
                self.assertIn("Confirmed with the customer: Phone", messages[1])
                self._confirm_customer(order)

    def test_change_in_review(self):
        self.policy.require_customer_confirmation = True
        order = self._confirm_customer(self._accept(self._new_order()))
        self.assertTrue(order.is_accepted)
        order.order_line.with_user(self.user_sales).price_unit = 90
        self._assert_unconfirmed(order)
        self._approve(order)
        with self.assertRaisesRegex(UserError, "has not been confirmed with the customer"):
            order.with_user(self.user_sales).action_confirm()

    def test_silent_change(self):
        """What changes below every write is found at the gate."""
        self.policy.require_customer_confirmation = True
        self.policy.stage_ids.watched_field_ids = self.env['ir.model.fields']._get('sale.order', 'client_order_ref')
        order = self._confirm_customer(self._accept(self._new_order()))
        self.env.flush_all()
        self.env.cr.execute("UPDATE sale_order_line SET price_unit = 1 WHERE order_id = %s", order.ids)
        self.env.invalidate_all()
        with self.assertRaisesRegex(UserError, "has changed since the customer confirmed it"):
            order.with_user(self.user_sales).action_confirm()
        self._confirm_customer(order)
        order.with_user(self.user_sales).action_confirm()
        self.assertEqual(order.state, 'sale')

    def test_other_change(self):
        order = self._confirm_customer(self._register(self._new_order()))
        order.with_user(self.user_sales).write({'client_order_ref': "PO 7"})
        order.with_user(self.user_sales).message_post(body="Hello")
        self.assertTrue(order.customer_confirmed_at)

    def test_cancel(self):
        orders = self._confirm_customer(self._register(self._new_order(2)))
        orders[0].with_user(self.user_sales)._action_cancel()
        self._assert_unconfirmed(orders[0])
        self.assertTrue(orders[1].customer_confirmed_at)
        orders[0].with_user(self.user_sales).action_draft()
        self._assert_unconfirmed(orders[0])

    def test_copy(self):
        order = self._confirm_customer(self._register(self._new_order()))
        self._assert_unconfirmed(order.with_user(self.user_sales).copy())

    # -- lists and dialog -----------------------------------------------------------------------------

    def test_dialog(self):
        order = self._register(self._new_order())
        form = Form(self.env['order.customer.confirmation'].with_user(self.user_sales).with_context(
            active_model='sale.order', active_ids=order.ids, active_id=order.id))
        self.assertIn("+44 20 7946 0000", form.customer_contact)
        form.method = 'email'
        form.note = "As written"
        form.save().action_confirm()
        self.assertRecordValues(order, [{
            'customer_confirmed_method': 'email', 'customer_confirmed_note': "As written"}])

    def test_list(self):
        """What can be confirmed is, and the summary names the rest."""
        orders, quotation = self._register(self._new_order(2)), self._new_order()
        wizard = self.env['order.customer.confirmation'].with_user(self.user_sales).with_context(
            active_model='sale.order', active_ids=(orders | quotation).ids).create({})
        notification = wizard.action_confirm()
        self.assertEqual(set(orders.mapped('customer_confirmed_method')), {'phone'})
        self._assert_unconfirmed(quotation)
        self.assertIn("2 orders confirmed", notification['params']['message'])
        self.assertIn(quotation.name, notification['params']['message'])
        with self.assertRaises(AccessError):
            self.env['order.customer.confirmation'].with_user(self.user_finance).create({'order_ids': orders.ids})

    def test_filters(self):
        """The ledger finds what is to be confirmed, and averages how long it took."""
        with freeze_time('2031-03-07 15:00:00'):
            confirmed, waiting, lapsed = (self._register(self._new_order()) for _index in range(3))
        with freeze_time('2031-03-10 10:00:00'):
            self._confirm_customer(confirmed | lapsed)
        lapsed.order_line.with_user(self.user_sales).price_unit = 3
        self._assert_unconfirmed(lapsed)
        arch = self.env['sale.order'].get_view(
            self.env.ref('sale_order_lifecycle.sale_order_view_search_ledger').id, 'search')['arch']
        self.assertIn('to_confirm_with_customer', arch)
        domain = [('id', 'in', (confirmed | waiting | lapsed).ids)]
        self.assertEqual(self.env['sale.order'].search([
            *domain, ('customer_confirmed_at', '=', False), ('state', 'in', ('draft', 'sent'))]), waiting | lapsed)
        self.assertEqual(
            self.env['sale.order']._read_group(domain, ['customer_confirmed_method'], ['__count']),
            [('phone', 1), (False, 2)])
        self.assertEqual(self.env['sale.order']._read_group(domain, [], ['confirmation_hours:avg']), [(4.0,)])

    def test_queries(self):
        """Twenty orders cost what one costs."""
        self.assertSameQueries(
            lambda number: self._register(self._new_order(number)).with_user(self.user_sales),
            lambda orders: orders.action_confirm_customer('phone', "Agreed"), more=2)


@tagged('post_install', '-at_install')
class TestConfirmationOnPortal(ConfirmationCommon, HttpCase):

    def _sign(self, order):
        self.env.flush_all()
        result = self.make_jsonrpc_request(
            f'/my/orders/{order.id}/accept',
            {'access_token': order._portal_ensure_token(), 'name': "Ann Customer", 'signature': SIGNATURE})
        order.invalidate_recordset()
        return result

    def _new_sent_order(self, **vals):
        order = self._new_order(**{'require_signature': True, 'require_payment': False, **vals})
        order.with_user(self.user_sales).action_quotation_sent()
        return order

    def test_signature(self):
        """The customer's signature is a confirmation, and an approved order is confirmed by it."""
        self.policy.require_customer_confirmation = True
        order = self._accept(self._new_sent_order())
        self.assertFalse(order.is_accepted)
        self.assertNotIn('error', self._sign(order))
        self.assertRecordValues(order, [{
            'state': 'sale', 'customer_confirmed_method': 'portal', 'customer_confirmed_by_id': False,
            'customer_confirmed_note': "Ann Customer"}])

    def test_signature_during_review(self):
        self.policy.require_customer_confirmation = True
        order = self._submit(self._new_sent_order())
        self._sign(order)
        self.assertEqual(order.customer_confirmed_method, 'portal')
        self._approve(order)
        self.assertEqual(order.state, 'sale')

    def test_signature_registers(self):
        self.company.order_channel_id = self.channel
        order = self._new_sent_order()
        self._sign(order)
        self.assertEqual((order.review_state, order.customer_confirmed_method), ('in_review', 'portal'))

    def test_signature_registers_online(self):
        """A quotation that becomes an order on the portal has come by the web, unless somebody has said otherwise."""
        self.company.order_channel_id = self.channel
        channels = self.env['order.channel'].search([('company_id', '=', self.company.id), ('kind', '=', 'web')])
        order = self._new_sent_order(channel_id=False)
        self._sign(order)
        self.assertRecordValues(order, [{'channel_id': channels.id, 'review_state': 'in_review'}])
        channels.active = False
        order = self._new_sent_order(channel_id=False)
        self._sign(order)
        self.assertEqual(order.channel_id, self.channel)

    def test_signature_before_payment(self):
        order = self._submit(self._new_sent_order(require_payment=True, prepayment_percent=1.0))
        self._sign(order)
        self.assertEqual((order.state, order.customer_confirmed_method), ('sent', 'portal'))

    def test_signature_after_phone(self):
        """The first confirmation stands; it is the one that counts for the time."""
        order = self._confirm_customer(self._submit(self._new_sent_order()))
        self._sign(order)
        self.assertEqual(order.customer_confirmed_method, 'phone')

    def test_signature_by_staff(self):
        """A salesperson who writes a signature has not confirmed anything, whoever runs as superuser."""
        order = self._submit(self._new_sent_order())
        with self.assertRaises(AccessError):
            order.with_user(self.user_sales).write({'signature': SIGNATURE, 'signed_by': "Ann Customer"})
        self._assert_unconfirmed(order)
        order.with_user(self.user_sales).sudo()._validate_order()
        self._assert_unconfirmed(order)

    def test_signature_withdrawn(self):
        order = self._submit(self._new_sent_order())
        self._sign(order)
        order.with_user(self.user_sales).action_draft()
        self.assertFalse(order.signature)
        self._assert_unconfirmed(order)


@tagged('post_install', '-at_install')
class TestConfirmationRpc(ConfirmationCommon, HttpCase):

    def _call(self, user, model, method, *args, **kwargs):
        user.password = f'{user.login}-password'
        self.env.flush_all()
        return self.xmlrpc_object.execute_kw(
            self.env.cr.dbname, user.id, f'{user.login}-password', model, method, list(args), kwargs)

    @mute_logger('odoo.http', 'odoo.models', 'odoo.addons.base.models.ir_model', 'odoo.addons.base.models.ir_rule')
    def test_bypass(self):
        """What people try from scripts: values, contexts, own defaults, private methods, other people's work."""
        self.policy.require_customer_confirmation = True
        order = self._accept(self._new_order())
        values = {
            'customer_confirmed_at': '2025-01-01 00:00:00', 'customer_confirmed_by_id': self.user_sales.id,
            'customer_confirmed_method': 'portal', 'customer_confirmed_note': "Yes",
            'customer_confirmed_values': {}, 'confirmation_hours': 0.1,
        }
        attempts = [
            *((self.user_sales, 'write', order.ids, {name: value}) for name, value in values.items()),
            *((self.user_sales, 'create', [{'partner_id': self.partner.id, name: value}])
              for name, value in values.items()),
            (self.user_sales, '_action_confirm_customer', order.ids, 'portal', "Yes", []),
            (self.user_sales, '_confirm_by_signature', order.ids),
            (self.user_sales, 'action_confirm_customer', order.ids, 'portal'),
            (self.user_sales, 'action_confirm', order.ids),
            (self.user_sales, 'write', order.ids, {'state': 'sale'}),
            (self.user_finance, 'action_confirm_customer', order.ids, 'phone'),
            (self.user_finance, 'action_confirm_customer_possible', order.ids, 'phone'),
            (self.user_stock, 'action_confirm_customer', order.ids, 'phone'),
            (self.user_manager, 'action_confirm_customer', order.ids, 'phone'),
        ]
        for user, method, *args in attempts:
            with self.subTest(user=user.login, method=method, args=args), self.assertRaises(xmlrpc.client.Fault):
                self._call(user, 'sale.order', method, *args)
        for name, value in values.items():
            with self.subTest(default=name):
                with self.assertRaises(xmlrpc.client.Fault):
                    self._call(self.user_sales, 'sale.order', 'create', [{'partner_id': self.partner.id}], context={
                        f'default_{name}': value})
                if name != 'customer_confirmed_values':
                    self._call(self.user_sales, 'ir.default', 'set', 'sale.order', name, value, True)
        created = self._call(self.user_sales, 'sale.order', 'create', [{'partner_id': self.partner.id}])
        copied = self._call(self.user_sales, 'sale.order', 'copy', order.ids)
        self.env.invalidate_all()
        self._assert_unconfirmed(order | self.env['sale.order'].browse([*created, *copied]))
        self.assertEqual(order.state, 'draft')
        self.assertTrue(self._call(self.user_sales, 'sale.order', 'action_confirm_customer', order.ids, 'phone'))
        self.assertTrue(self._call(self.user_sales, 'sale.order', 'action_confirm', order.ids))
