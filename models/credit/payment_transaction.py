from odoo import models


class PaymentTransaction(models.Model):
    _inherit = 'payment.transaction'

    # -- what is paid and on no invoice yet -------------------------------------------------------

    def _get_money_parts(self):
        """The transactions that brought the money of these, and those that paid it back, however deep.

        Core makes a transaction of its own for each part that is captured, and one for each refund, of the part
        that it pays back. A payment that was captured in parts is its parts; what of it was voided brought nothing.

        :return: ``payment.transaction``
        """
        parts = self.browse()
        for transaction in self:
            children = transaction.child_transaction_ids
            captured = children.filtered(lambda child: child.operation != 'refund')._get_money_parts()
            refunded = children.filtered(lambda child: child.operation == 'refund')._get_money_parts()
            own = transaction.filtered(lambda own: own.state == 'done' and own.operation != 'validation')
            parts |= (captured or own) | refunded
        return parts

    def _get_amount_without_invoice(self):
        """How much of this payment settles no invoice.

        :return: amount in the currency of the transaction, negative for money that was paid back
        """
        self.ensure_one()
        payment = self.payment_id
        if not payment:
            # The books do not know of it before it was processed; later somebody else has booked it.
            booked = self.is_post_processed and any(invoice.state == 'posted' for invoice in self.invoice_ids)
            return 0.0 if booked else self.amount
        if payment.move_id:
            lines = payment.move_id.line_ids.filtered(lambda line: line.account_id == payment.destination_account_id)
            return -sum(lines.mapped('amount_residual_currency')) if payment.move_id.state == 'posted' else 0.0
        # Without an entry of its own it comes to the invoice with the bank statement.
        return self.amount if payment.state == 'in_process' else 0.0
