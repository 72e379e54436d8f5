from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import str2bool


class PaymentTransaction(models.Model):
    _inherit = 'payment.transaction'

    invoice_to_send = fields.Boolean(
        readonly=True, copy=False, index='btree_not_null',
        help="The invoice of this payment was created when its order was confirmed, and has not been sent yet.")

    def _check_amount_and_confirm_order(self):
        # A payment that is in cannot fail because a department has not decided yet: the order keeps
        # the customer's acceptance and stays out of the confirmed ones, so that core writes the
        # customer that the payment was received.
        deferred = self.browse()
        for transaction in self:
            order = transaction.sale_order_ids
            if (
                len(order) == 1 and order.state in ('draft', 'sent')
                and order._is_confirmation_amount_reached() and not order._is_accepted()
            ):
                order._register_customer_acceptance('payment')
                deferred |= transaction
        confirmed = super(PaymentTransaction, self - deferred)._check_amount_and_confirm_order()
        # Where nobody has anything to decide the order has confirmed by itself, and has said so.
        return confirmed | deferred.sale_order_ids.filtered(lambda order: order.state == 'sale')

    def _post_process(self):
        received = self.sudo().filtered(lambda transaction: not transaction.is_post_processed and (
            transaction.state in ('authorized', 'done') and transaction.operation not in ('refund', 'validation')))
        governed = self.filtered(lambda transaction: transaction.sudo().sale_order_ids.policy_id)
        if governed and not self.env.su:
            # An accountant may process payments again, and the orders follow, which is no work of accountants.
            governed.check_access('write')
            result = super(PaymentTransaction, governed.sudo())._post_process()
            if self - governed:
                result = super(PaymentTransaction, self - governed)._post_process()
        else:
            result = super()._post_process()
        self.sudo()._get_paid_orders()._follow_refunds()
        received._get_paid_orders()._follow_late_payments()
        return result

    def _get_held_amount(self):
        """How much of these payments the company holds, or may still capture.

        :return: amount in the currency of the transactions; to be asked of those that have no other one above them
        """
        held = 0.0
        for transaction in self:
            children = transaction.child_transaction_ids
            refunds = children.filtered(lambda child: child.operation == 'refund')
            held += refunds._get_held_amount()
            if transaction.operation == 'validation' or transaction.state not in ('authorized', 'done'):
                continue
            # What was captured is held by its parts, what was voided by nobody.
            ended = (children - refunds).filtered(lambda child: child.state in ('done', 'cancel'))
            if transaction.state == 'authorized' or not ended:
                held += transaction.amount - sum(ended.mapped('amount'))
            held += ended._get_held_amount()
        return held

    def _get_paid_orders(self):
        """:return: the orders that these payments are for: those of the payment that a part or a refund is one of"""
        orders, transactions = self.sale_order_ids, self
        while transactions := transactions.source_transaction_id:
            orders |= transactions.sale_order_ids
        return orders

    # -- what may change ------------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        transactions = super().create(vals_list)
        transactions._check_written_by_core()
        return transactions

    def write(self, vals):
        self._check_written_by_core()
        result = super().write(vals)
        self._check_written_by_core()
        return result

    def _check_written_by_core(self):
        """What customers have paid online is told by their payment provider; core keeps it as superuser.

        :raise AccessError: for people who would write a payment of an order under policy themselves
        """
        if self.env.su:
            return
        for transaction in self.sudo():
            orders = transaction._get_paid_orders() | transaction.invoice_ids.invoice_line_ids.sale_line_ids.order_id
            if orders.policy_id:
                raise AccessError(self.env._(
                    "Online payments of orders are recorded by the payment provider and cannot be entered or changed. "
                    "Register other payments on the invoice."))

    # -- payments that came before the confirmation -------------------------------------------------

    def _invoice_after_confirmation(self):
        """Make the automatic invoice of payments whose order is confirmed only now, as core does for others.

        What core is just processing is left to it.
        """
        if not str2bool(self.env['ir.config_parameter'].sudo().get_param('sale.automatic_invoice')):
            return
        done = self.filtered(
            lambda transaction: transaction.state == 'done' and transaction.is_post_processed
            and transaction.operation not in ('validation', 'refund') and not transaction.invoice_ids)
        done._invoice_sale_orders()
        invoices = done.invoice_ids
        invoices.filtered(lambda invoice: invoice.state == 'draft').action_post()
        for payment in done.payment_id:
            # Core links and reconciles when it makes the payment; this one was made before.
            payment.invoice_ids = [fields.Command.link(invoice.id) for invoice in invoices]
            (payment.move_id.line_ids + invoices.line_ids).filtered(
                lambda line, account=payment.destination_account_id: line.account_id == account and not line.reconciled
            ).reconcile()
        if invoices:
            done.filtered('invoice_ids').invoice_to_send = True
            self.env.ref('sale_order_lifecycle.ir_cron_write_to_customers').sudo()._trigger()

    def _send_late_invoice(self):
        """Send the invoice of one payment as core does; it does not come again if that fails."""
        self.ensure_one()
        self.invoice_to_send = False
        self._send_invoice()
