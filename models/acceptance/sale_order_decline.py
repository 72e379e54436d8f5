from odoo import fields, models
from odoo.exceptions import AccessError, UserError

from ..mixins.arguments import read_text


class SaleOrder(models.Model):
    _inherit = 'sale.order'

    rejection_reason = fields.Text(
        "Reason for the Customer", readonly=True, copy=False,
        help="Why the company declines an order that the customer has accepted, as communicated by sales.")

    # the payment of a cancelled order
    payment_to_refund = fields.Boolean(
        "Payment to Refund", readonly=True, copy=False,
        help="The order is cancelled, and the customer has paid online.")

    # -- guarded fields and what may change ---------------------------------------------------------

    def _check_state_change(self, state):
        result = super()._check_state_change(state)
        if state == 'cancel' and not self.env.su:
            # As superuser customers decline on the portal, and core cleans up.
            if accepted := self.filtered(lambda order: order.customer_waits and not order.rejection_reason)[:1]:
                raise UserError(self.env._(
                    "The customer has accepted %(order)s and is waiting. Use “Decline” to inform the customer of the "
                    "reason.",
                    order=accepted.name))
        return result

    def _follow_payments(self):
        """What was paid for a cancelled order is to be refunded; an order that is none any more is not rejected."""
        orders_sudo = self.sudo().filtered('policy_id')
        orders_sudo.filtered(
            lambda order: order.state == 'cancel' and not order.payment_to_refund)._flag_payments_to_refund()
        orders_sudo.filtered(
            lambda order: order.state != 'cancel' and (order.rejection_reason or order.payment_to_refund)
        )._write_guarded({'rejection_reason': False, 'payment_to_refund': False})

    # -- declining ----------------------------------------------------------------------------------

    def action_open_decline(self):
        """:return: the action that asks what to write to the customers"""
        self._check_lifecycle_sales()
        self._check_refusals(self._get_decline_refusals())
        return self._open_action('order_decline_action', context={'default_order_ids': self.ids})

    def action_decline(self, reason):
        """Cancel orders that their customers have accepted, and write them why (article R6).

        :param reason: the reason that is sent to the customers; required
        :return: True
        :raise AccessError: for people who are no sales staff, or may not write the orders
        :raise UserError: without a reason, or with the first order that cannot be declined; then none is
        """
        self._check_lifecycle_sales()
        self.check_access('write')
        self._check_refusals(self._get_decline_refusals())
        if not (reason := read_text(reason)):
            raise UserError(self.env._("Enter the reason for the customer."))
        self._action_decline(reason)
        return True

    def _get_decline_refusals(self):
        """Why orders cannot be declined.

        :return: dict order id → UserError with one sentence
        """
        refusals = {}
        for order in self:
            message = False
            if order.state == 'sale':
                message = self.env._(
                    "%(order)s is confirmed, so it cannot be declined. Cancel it.", order=order.display_name)
            elif not order.customer_waits:
                message = self.env._(
                    "%(order)s has not been accepted by the customer, so no answer is pending. Cancel it.",
                    order=order.display_name)
            if message:
                refusals[order.id] = UserError(message)
        return refusals

    def _action_decline(self, reason):
        orders_sudo = self.sudo()
        orders_sudo._write_guarded({'rejection_reason': reason})
        self._action_cancel()
        silent = orders_sudo.filtered(lambda order: not order.partner_id.email)
        orders_sudo._message_log_batch(bodies={
            order.id: self.env._("Declined. The customer has no e-mail address and has to be informed otherwise: "
                                 "%(reason)s", reason=reason)
            if order in silent else
            self.env._("Declined. The customer is notified: %(reason)s", reason=reason)
            for order in orders_sudo
        }, author_id=self.env.user.partner_id.id)
        orders_sudo._queue_customer_mail(self.env.ref(
            'sale_order_lifecycle.mail_template_order_declined', raise_if_not_found=False))
        orders_sudo._lifecycle_event('customer_declined')

    # -- payments of cancelled orders ---------------------------------------------------------------

    def _get_amount_to_refund(self):
        """What was paid online for one order and neither refunded nor voided; to be asked as superuser.

        A payment of several orders pays those of them that stand, each with its part.

        :return: amount in the currency of the order
        """
        self.ensure_one()
        amount = 0.0
        # Parts and refunds of a payment are asked of the payment.
        for transaction in self.transaction_ids.filtered(
                lambda transaction: transaction.source_transaction_id not in self.transaction_ids):
            orders = transaction.sale_order_ids
            total = sum(orders.mapped('amount_total'))
            kept = sum(order.amount_total for order in orders if order.state != 'cancel')
            held = transaction._get_held_amount() - (transaction.amount * kept / total if total else 0.0)
            # By one rate: what came in is given back with a refund of the same amount.
            amount += transaction.currency_id._convert(
                max(held, 0.0), self.currency_id, self.company_id, self.date_order)
        return self.currency_id.round(amount)

    def _flag_payments_to_refund(self):
        """Flag cancelled orders that were paid online, and notify finance."""
        paid = self.filtered(lambda order: order._get_amount_to_refund() > 0)
        paid._write_guarded({'payment_to_refund': True})
        finance = self.env['order.role']._get_by_code('finance')
        for order in paid:
            order._notify_staff(
                lambda order: order.env._(
                    "%(order)s is cancelled, but the customer has paid for it. Refund the payment.", order=order.name),
                finance._get_members(order.company_id))

    def _follow_late_payments(self):
        """Payments of these orders have come in, as superuser: those of orders that are cancelled since go back."""
        self.filtered(
            lambda order: order.policy_id and order.state == 'cancel' and not order.payment_to_refund
        )._flag_payments_to_refund()

    def _follow_refunds(self):
        """Payments of these orders have changed, as superuser: what is refunded or voided is done."""
        self.filtered(
            lambda order: order.payment_to_refund and order._get_amount_to_refund() <= 0
        )._write_guarded({'payment_to_refund': False})

    def action_payment_refunded(self):
        """Put on record that payments of cancelled orders were refunded outside of the system.

        :return: True
        :raise AccessError: for people who do not act for finance
        :raise UserError: with the first order that has no payment to refund
        """
        self.check_access('read')
        finance_sudo = self.env['order.role']._get_by_code('finance').sudo()
        if not finance_sudo._includes(self.env.user):
            raise AccessError(self.env._("Refunds are recorded by %(role)s. Ask one of its members.",
                                         role=finance_sudo.name))
        orders_sudo = self.sudo()
        if other := orders_sudo.filtered(lambda order: not order.payment_to_refund)[:1]:
            raise UserError(self.env._("%(order)s has no payment to refund.", order=other.name))
        orders_sudo._write_guarded({'payment_to_refund': False})
        orders_sudo._message_log_batch(
            bodies=dict.fromkeys(self.ids, self.env._("The payment has been refunded.")),
            author_id=self.env.user.partner_id.id)
        return True
