from odoo import fields

from ..common import LifecycleCommon

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
