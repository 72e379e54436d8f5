from datetime import datetime, timedelta

from freezegun import freeze_time
from psycopg2 import IntegrityError

from odoo import SUPERUSER_ID, Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..common import LifecycleCommon


@tagged('post_install', '-at_install')
class TestRegistration(LifecycleCommon):
    """Article I2: every order is registered at once, and what the ledger says stays."""

    def test_register(self):
        order = self._new_order()
        self.assertEqual((order.lifecycle_phase, order.received_at), ('quotation', False))
        with freeze_time('2031-05-05 10:00:00'):
            self.assertIs(order.with_user(self.user_sales).action_register(), True)
        self.assertRecordValues(order, [{
            'received_at': datetime(2031, 5, 5, 10),
            'registered_by_id': self.user_sales.id,
            'channel_id': self.channel.id,
            'policy_id': self.policy.id,
            'lifecycle_phase': 'intake',
        }])
        self.assertEqual(order.waiting_for, self._role('sales').name)

    def test_received_at(self):
        for given, expected in (
            ('2025-03-31T14:05:00+02:00', datetime(2025, 3, 31, 12, 5)),
            ('2025-03-31 14:05:00', datetime(2025, 3, 31, 14, 5)),
            (datetime(2025, 3, 31, 14, 5), datetime(2025, 3, 31, 14, 5)),
        ):
            with self.subTest(given=given):
                order = self._register(self._new_order(), received_at=given)
                self.assertEqual(order.received_at, expected)
        order = self._new_order().with_user(self.user_sales)
        for given in (fields.Datetime.now() + timedelta(minutes=1), '2999-01-01', "yesterday", 17, [2025], {'a': 1}):
            with self.subTest(given=given), self.assertRaises(UserError):
                order.action_register(received_at=given)
        self.assertFalse(order.received_at)

    def test_who_may(self):
        order = self._new_order()
        for login in ('finance', 'legal', 'manager', 'employee', 'stock', 'mrp'):
            for su in (False, True):
                with self.subTest(login=login, su=su), self.assertRaises(AccessError):
                    order.with_user(self.users_by_login[login]).sudo(su).action_register()
        self.assertFalse(order.received_at)
        order.with_user(SUPERUSER_ID).action_register()
        self.assertEqual(order.registered_by_id.id, SUPERUSER_ID)

    def test_other_peoples_orders(self):
        """A salesperson of own documents registers no colleague's order."""
        order = self._new_order(user_id=self.user_sales_manager.id, user=self.user_sales_manager)
        with self.assertRaises(AccessError):
            order.with_user(self.user_sales).action_register()

    def test_refusals(self):
        order = self._register(self._new_order())
        with self.assertRaises(UserError) as error:
            self._register(order)
        self.assertIn("already registered", str(error.exception))
        cancelled = self._new_order()
        cancelled._action_cancel()
        with self.assertRaises(UserError) as error:
            self._register(cancelled)
        self.assertIn("no longer a quotation", str(error.exception))

    def test_all_or_none(self):
        orders = self._new_order(3)
        orders[1]._action_cancel()
        with self.assertRaises(UserError):
            self._register(orders)
        self.assertEqual(orders.mapped('received_at'), [False] * 3)

    def test_company_without_policy(self):
        company = self._new_company()
        self.user_sales.company_ids |= company
        order = self.env['sale.order'].with_company(company).create({
            'partner_id': self.partner.id, 'company_id': company.id, 'user_id': self.user_sales.id})
        self.assertFalse(order.lifecycle_phase)
        with self.assertRaises(UserError) as error:
            self._register(order.with_context(allowed_company_ids=(self.company | company).ids))
        self.assertIn("no order policy in force", str(error.exception))

    def test_two_companies_at_once(self):
        company = self._new_company(policy=True)
        self.user_sales.company_ids |= company
        other = self.env['sale.order'].with_company(company).create({
            'partner_id': self.partner.id, 'company_id': company.id, 'user_id': self.user_sales.id})
        orders = self._new_order() | other
        self._register(orders.with_context(allowed_company_ids=(self.company | company).ids))
        self.assertEqual(orders.mapped('policy_id'), self.policy | company.order_policy_id)
        self.assertEqual(other.channel_id, company.order_channel_id)

    def test_policy_is_renewed(self):
        registered, quotation = self._register(self._new_order()), self._new_order()
        first = self.policy
        second = self._adopt(self._new_policy())
        self.assertEqual(registered.policy_id, first)
        # The adoption takes the quotation along; registering takes what is in force then.
        quotation.sudo().policy_id = first
        self._register(quotation)
        self.assertEqual(quotation.policy_id, second)

    def test_retirement_keeps_registered_orders(self):
        registered, quotation = self._register(self._new_order()), self._new_order()
        self.policy.with_user(self.user_manager).action_retire()
        self.assertEqual(registered.policy_id, self.policy)
        self.assertFalse(quotation.policy_id)
        with self.assertRaises(UserError):
            self._register(quotation)

    def test_quotation_from_before_adoption(self):
        """It stays free until somebody registers it, which brings it under the policy."""
        company = self._new_company()
        self.user_sales.company_ids |= company
        order = self.env['sale.order'].with_company(company).create({
            'partner_id': self.partner.id, 'company_id': company.id, 'user_id': self.user_sales.id})
        self._adopt(self._new_policy(company))
        self.assertFalse(order.policy_id)
        self._register(order.with_context(allowed_company_ids=company.ids))
        self.assertEqual(order.policy_id, company.order_policy_id)
        self.assertEqual(order.lifecycle_phase, 'intake')

    def test_duplicate_is_not_registered(self):
        order = self._register(self._new_order(channel_reference='X-1'))
        copy = order.copy()
        self.assertRecordValues(copy, [{
            'received_at': False, 'registered_by_id': False, 'channel_id': False, 'channel_reference': False,
            'received_payload': False, 'lifecycle_phase': 'quotation',
        }])

    def test_channel_is_frozen_by_registration(self):
        other = self.env['order.channel'].search(
            [('company_id', '=', self.company.id), ('id', '!=', self.channel.id)], limit=1)
        order = self._new_order(channel_reference='X-1')
        order.with_user(self.user_sales).write({'channel_id': other.id, 'channel_reference': ' X-2 '})
        self.assertEqual(order.channel_reference, 'X-2')
        self._register(order)
        for user in (self.user_sales, self.user_sales_manager, self.env.user):
            for vals in ({'channel_id': self.channel.id}, {'channel_id': False}, {'channel_reference': 'X-3'},
                         {'channel_reference': False}):
                for su in (False, True):
                    with self.subTest(user=user.login, vals=vals, su=su), self.assertRaises(UserError):
                        order.with_user(user).sudo(su).write(vals)
        # Saying the same again is no change: forms do that.
        order.with_user(self.user_sales).write({'channel_id': other.id, 'channel_reference': 'X-2'})

    def test_unique_reference(self):
        order = self._new_order(channel_reference='X-1')
        with self.assertRaises(IntegrityError), mute_logger('odoo.sql_db'), self.env.cr.savepoint():
            self._new_order(channel_reference='X-1')
        blank = self._new_order(2, channel_reference=' ')
        self.assertEqual(blank.mapped('channel_reference'), [False, False])
        self._new_order(channel_reference='X-1', channel_id=False)
        self.assertTrue(order.exists())

    def test_intake_fields_are_for_sales(self):
        """Core lets stock, manufacturing and invoicing users write orders."""
        order, users = self._new_order(), [self.user_stock, self.user_mrp]
        users.append(self._new_user('invoicing', 'account.group_account_invoice'))
        free = self.env['sale.order'].with_company(company := self._new_company()).create({
            'partner_id': self.partner.id, 'company_id': company.id})
        for user in users:
            user.company_ids |= company
            for vals in ({'channel_id': self.channel.id}, {'channel_reference': 'X'}, {'payment_term_id': False},
                         {'commitment_date': '2031-01-01 00:00:00'}, {'partner_id': self.vendor.id}):
                with self.subTest(user=user.login, vals=vals), self.assertRaises(AccessError):
                    order.with_user(user).write(vals)
            free.with_user(user).with_context(allowed_company_ids=company.ids).commitment_date = '2031-01-01 00:00:00'
        order.with_user(self.user_sales).commitment_date = '2031-01-01 00:00:00'

    def test_registered_orders_are_not_deleted(self):
        order, quotation = self._register(self._new_order()), self._new_order()
        with self.assertRaises(UserError):
            order.with_user(self.user_sales_manager).unlink()
        order.with_user(self.user_sales).action_cancel()
        with self.assertRaises(UserError):
            order.with_user(self.user_sales_manager).unlink()
        quotation.with_user(self.user_sales_manager).unlink()
        self.assertEqual(order.lifecycle_phase, 'cancelled')

    def test_deleted_channel_of_quotation(self):
        order = self._new_order()
        self.assertEqual(order.channel_id, self.channel)
        with self.assertRaises(UserError):
            self.channel.with_user(self.user_sales_manager).unlink()

    def test_create_with_lines_in_one_go(self):
        order = self.env['sale.order'].with_user(self.user_sales).create({
            'partner_id': self.partner.id, 'channel_id': self.channel.id, 'channel_reference': 'R-9',
            'order_line': [Command.create({'product_id': self.product_stock.id})],
        })
        self._register(order)
        self.assertEqual(order.channel_reference, 'R-9')
