from markupsafe import Markup

from odoo import fields, models


class SaleOrder(models.Model):
    _inherit = 'sale.order'

    # the customer's own word
    customer_accepted_at = fields.Datetime(readonly=True, copy=False)
    customer_accepted_by = fields.Char(readonly=True, copy=False)
    customer_accepted_method = fields.Selection(
        [('signature', "Signature"), ('payment', "Payment")], readonly=True, copy=False)
    customer_accepted_values = fields.Json(
        readonly=True, copy=False, groups='sale_order_lifecycle.group_manager',
        help="The values that the customer has accepted.")

    # -- the confirmation with the customer ---------------------------------------------------------

    def _get_customer_values(self):
        commercial, line_names = self._get_commercial_fields(), self.env['sale.order.line']._get_commercial_fields()
        return {
            order_id: {
                'order': {name: watched['order'][name] for name in commercial},
                'lines': {
                    line_id: {name: line[name] for name in line_names} for line_id, line in watched['lines'].items()
                },
            } for order_id, watched in self._get_watched_values().items()
        }

    def _lapse_customer_confirmation(self):
        """A commercial change takes the confirmation with the customer away: he has confirmed other values."""
        open_orders = self.sudo().filtered(
            lambda order: order.customer_confirmed_at and order.state in ('draft', 'sent'))
        if not (stale := open_orders._get_stale_confirmations()):
            return
        values = stale._get_customer_values()
        stale._forget_customer_confirmation({
            order.id: Markup("%s<ul>%s</ul>") % (
                self.env._("The order has changed since it was confirmed with the customer: confirm it again."),
                Markup().join(Markup("<li>%s</li>") % change for change in order._describe_changes(
                    order.customer_confirmed_values, values[order.id])))
            for order in stale
        })

    # -- the customer's own word --------------------------------------------------------------------

    def action_confirm(self):
        # The last net for payment providers that confirm by themselves: a payment that is in must
        # not fail because a department has not decided yet.
        if self.env.su and self.env.context.get('send_email'):
            deferred = self.filtered(lambda order: order.state in ('draft', 'sent') and not order._is_accepted())
            deferred._register_customer_acceptance('payment')
            self = self - deferred  # noqa: PLW0642 - core goes on with the others
            if not self:
                return True
        # Core asks order by order: what it then finds in the cache was read for all of them.
        self._get_acceptance_obstacles()
        return super().action_confirm()

    def _validate_order(self):
        accepted = self.filtered(lambda order: order._is_accepted())
        (self - accepted)._register_customer_acceptance('signature')
        if accepted:
            return super(SaleOrder, accepted)._validate_order()

    def _register_customer_acceptance(self, method):
        """Keep that the customer has accepted orders which the company has not accepted yet.

        :param method: ``signature`` or ``payment``
        """
        if not self:
            return
        orders_sudo = self.sudo()
        values = orders_sudo._get_watched_values()
        for order in orders_sudo:
            order.write({
                'state': 'sent',
                'customer_accepted_at': fields.Datetime.now(),
                'customer_accepted_by': order.signed_by or order.partner_id.name,
                'customer_accepted_method': method,
                'customer_accepted_values': values[order.id],
            })
        orders_sudo._message_log_batch(bodies=dict.fromkeys(
            self.ids, self.env._("The customer has accepted the order; the company's review goes on.")))
        # An approved order that is not accepted lacks an approval: its review opens now.
        orders_sudo._follow_change()
        orders_sudo._submit_accepted_by_customer()
        if method == 'signature' and self._is_portal_at_work():
            # A quotation may have become an order by the signature itself.
            orders_sudo._confirm_by_signature()

    def _submit_accepted_by_customer(self):
        """Register a quotation that the customer has accepted, and submit it if it is complete."""
        quotations = self.with_user(self.env.ref('base.user_root')).filtered(
            lambda order: order.review_state in ('none', 'to_submit'))
        refusals = quotations.filtered(lambda order: not order.received_at)._get_registration_refusals()
        quotations.filtered(lambda order: not order.received_at and order.id not in refusals)._action_register()
        refusals = quotations._get_submission_refusals()
        quotations.filtered(lambda order: order.id not in refusals)._action_submit_review()

    def _forget_customer_acceptance(self):
        """The customer's signature is gone or the order is cancelled: its acceptance is, too."""
        self.sudo().filtered('customer_accepted_at').write({
            'customer_accepted_at': False, 'customer_accepted_by': False,
            'customer_accepted_method': False, 'customer_accepted_values': False,
        })

    def _force_lines_to_invoice_policy_order(self):
        # Core writes computed quantities here, in the rights of whoever captures a payment.
        return super(SaleOrder, self.sudo())._force_lines_to_invoice_policy_order()

    def _can_be_edited_on_portal(self):
        return super()._can_be_edited_on_portal() and self.review_state not in ('in_review', 'approved')
