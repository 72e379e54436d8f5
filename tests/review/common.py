from contextlib import contextmanager
from datetime import datetime

from freezegun import freeze_time

from odoo import fields

from ..common import LifecycleCommon

# A Monday, in a calendar of 8 to 17 with an hour of lunch, in UTC.
MONDAY = '2026-03-09 09:00:00'

SIGNATURE = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='


class AcceptanceCommon(LifecycleCommon):
    """Customers who accept orders before the company does."""

    @classmethod
    def _new_sent_order(cls, count=None, **vals):
        """:return: quotations that are out for the customer's signature"""
        orders = cls._new_order(count, require_signature=True, require_payment=False, **vals)
        orders.with_user(cls.user_sales).action_quotation_sent()
        return orders

    @classmethod
    def _sign(cls, order, name="Ann Customer"):
        """Sign as the route of the portal does, which works as superuser for the public user."""
        order_sudo = order.with_user(cls.env.ref('base.public_user')).sudo()
        order_sudo.write({'signed_by': name, 'signed_on': fields.Datetime.now(), 'signature': SIGNATURE})
        cls.env.flush_all()
        if not order_sudo._has_to_be_paid():
            order_sudo._validate_order()
        return order

    @classmethod
    def _run_mail_job(cls):
        """Let the job write to the customers, without its commits."""
        orders = cls.env['sale.order'].search([
            ('pending_email_template_id', '!=', False), ('policy_id', '!=', False)])
        for order in orders.with_user(cls.env.ref('base.user_root')):
            order._write_to_customer()

    def _get_messages(self, order, text):
        """:return: messages of the order whose body has this text"""
        return order.message_ids.filtered(lambda message: text in (message.body or ''))

    def _get_mails(self, order):
        """:return: what was posted for the customer of the order, newest first"""
        return order.message_ids.filtered(lambda message: order.partner_id in message.notified_partner_ids)


class PaymentMixin:
    """For classes that have :class:`AcceptanceCommon` and core's ``PaymentCommon``."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.currency = cls.company.currency_id
        # Payments are posted for real, in the bank journal.
        cls.enable_post_process_patcher = False
        line = cls.env['account.payment.method.line'].search([
            ('journal_id.type', '=', 'bank'), ('company_id', '=', cls.company.id), ('payment_type', '=', 'inbound'),
            ('payment_provider_id', '=', False)], limit=1)
        line.payment_provider_id = cls.provider
        line.payment_account_id = cls.env['account.chart.template'].ref('account_journal_payment_debit_account_id')
        cls.provider.invalidate_recordset(['journal_id'])

    def _new_order_to_pay(self, **vals):
        return self._new_order(require_payment=True, require_signature=False, prepayment_percent=1.0, **vals)

    def _pay_online(self, order, state='done', amount=None, **vals):
        """A transaction of the customer that core has processed."""
        transaction = self._create_transaction(
            'redirect', amount=amount or order.amount_total, currency_id=order.currency_id.id,
            sale_order_ids=[order.id], state=state, partner_id=order.partner_id.id,
            reference=f'{order.name} {state} {len(order.transaction_ids)}', **vals)
        transaction.with_user(self.env.ref('base.public_user')).sudo()._post_process()
        return transaction


class PeopleCommon(LifecycleCommon):
    """Orders whose finance review is pending, two people of finance, and a plain employee."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user_finance2 = cls._new_user('finance2', 'sale_order_lifecycle.group_finance')
        for user in (*cls.users_by_login.values(), cls.user_finance2):
            user.notification_type = 'inbox'
        calendar = cls.env['resource.calendar'].create({'name': "Nine to Five", 'tz': 'UTC'})
        cls.policy.calendar_id = calendar
        cls.company.resource_calendar_id = calendar

    @contextmanager
    def _at(self, moment):
        """At another time; what depends on it is read anew, before and afterwards."""
        with freeze_time(moment):
            self.env.invalidate_all()
            yield
        self.env.invalidate_all()

    @staticmethod
    def _moment(text):
        return datetime.fromisoformat(text)

    def _new_finance_reviews(self, count=1, user=None, **vals):
        """Reviews that are pending with finance; sales (``user``) has approved its own."""
        orders = self._new_order(count, user=user, **vals).with_user(user or self.user_sales)
        orders.action_submit_and_review()
        return self._get_pending_reviews(orders).sudo(False)

    def _delegate(self, user=None, delegate=None, days=0, user_id=None, **vals):
        """A delegation of ``user`` to ``delegate`` that begins today and lasts ``days`` more, entered by ``user``."""
        user, today = user or self.user_finance, fields.Date.today()
        return self.env['order.review.delegation'].with_user(user_id or user).create({
            'user_id': user.id, 'delegate_id': (delegate or self.user_employee).id,
            'date_from': today, 'date_to': fields.Date.add(today, days=days), **vals,
        })

    def _run_cron(self, name):
        with self.enter_registry_test_mode():
            self.env.ref(f'sale_order_lifecycle.{name}').method_direct_trigger()
        self.env.invalidate_all()

    def _get_messages(self, user, since=0):
        """What has come to a person's inbox, oldest first."""
        return self.env['mail.notification'].sudo().search([
            ('res_partner_id', '=', user.partner_id.id), ('id', '>', since)], order='id').mail_message_id.filtered(
                lambda message: message.message_type == 'user_notification').sorted('id')

    def _get_subjects(self, user):
        return self._get_messages(user).mapped('subject')
