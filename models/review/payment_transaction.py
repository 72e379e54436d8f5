from odoo import models


class PaymentTransaction(models.Model):
    _inherit = 'payment.transaction'

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
        return super(PaymentTransaction, self - deferred)._check_amount_and_confirm_order()
