from contextlib import contextmanager

from markupsafe import Markup

from odoo import api, fields, models
from odoo.tools import plaintext2html


class SaleOrder(models.Model):
    _inherit = 'sale.order'

    # the customer's own word
    customer_accepted_at = fields.Datetime(readonly=True, copy=False)
    customer_accepted_by = fields.Char(readonly=True, copy=False)
    customer_accepted_method = fields.Selection(
        [('signature', "Signature"), ('payment', "Payment")], readonly=True, copy=False)
    customer_accepted_values = fields.Json(
        readonly=True, copy=False, groups='sale_order_lifecycle.group_manager',
        help="The values accepted by the customer.")
    customer_waits = fields.Boolean(
        "Customer Waiting", compute='_compute_customer_waits', store=True, copy=False,
        help="The customer has accepted the order, but the company has not confirmed it yet.")

    # -- compute --------------------------------------------------------------------------------

    @api.depends('customer_accepted_at', 'state')
    def _compute_customer_waits(self):
        for order in self:
            order.customer_waits = bool(order.customer_accepted_at) and order.state in ('draft', 'sent')

    # -- guarded fields -------------------------------------------------------------------------

    def _get_guarded_fields(self):
        return super()._get_guarded_fields() | {
            'customer_accepted_at', 'customer_accepted_by', 'customer_accepted_method', 'customer_accepted_values',
            'customer_waits', 'rejection_reason', 'payment_to_refund',
        }

    @api.model
    def _get_write_steps(self):
        return [
            *super()._get_write_steps(), (30, '_lost_signature_followed'), (35, '_waiting_mail_kept')]

    @contextmanager
    def _lost_signature_followed(self, vals):
        """Without the customer's signature the order is not accepted by the customer."""
        yield self
        if 'signature' in vals and not vals['signature']:
            self._forget_customer_acceptance()

    def _follow_state(self):
        result = super()._follow_state()
        self.sudo().filtered(lambda order: order.policy_id and order.state == 'cancel')._forget_customer_acceptance()
        self._follow_payments()
        return result

    # -- the confirmation with the customer ---------------------------------------------------------

    def _get_customer_values(self):
        return {
            order_id: self._pick_customer_values(watched) for order_id, watched in self._get_watched_values().items()
        }

    @api.model
    def _pick_customer_values(self, watched):
        """:return: the part of watched values that was agreed with the customer, without what else stages watch, and
            who the customer is"""
        Line = self.env['sale.order.line']
        commercial, line_names = self._get_commercial_fields(), Line._get_commercial_fields()
        partner_names = self._get_partner_names()
        commercial = (*commercial, *self._get_content_names(
            self, [name for name in commercial if name not in partner_names]))
        line_names = (*line_names, *self._get_content_names(Line, line_names))
        return {
            'order': {name: watched['order'][name] for name in commercial if name in watched['order']},
            'lines': {
                line_id: {name: line[name] for name in line_names if name in line}
                for line_id, line in watched['lines'].items()
            },
        }

    @api.model
    def _get_snapshot_fields(self):
        return [*super()._get_snapshot_fields(), 'customer_accepted_values']

    def _on_values_changed(self):
        result = super()._on_values_changed()
        self._lapse_customer_confirmation()
        return result

    def _lapse_customer_confirmation(self):
        """A commercial change takes the confirmation with the customer away: other values were confirmed."""
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

    def _defer_paid_orders(self):
        """Keep that the customer has paid orders which the company has not accepted yet.

        The last net for payment providers that confirm by themselves: a payment that is in must not fail because a
        department has not decided yet.

        :return: the other orders, with which core goes on
        """
        if not (self.env.su and self.env.context.get('send_email')):
            return self
        deferred = self.filtered(lambda order: order.state in ('draft', 'sent') and not order._is_accepted())
        deferred._register_customer_acceptance('payment')
        return self - deferred

    def _validate_order(self):
        accepted = self.filtered(lambda order: order._is_accepted())
        (self - accepted)._register_customer_acceptance('signature')
        if accepted:
            return super(SaleOrder, accepted)._validate_order()

    @api.model
    def _is_registered_with(self, vals):
        # See _register_customer_acceptance.
        return 'customer_accepted_at' in vals or super()._is_registered_with(vals)

    def _is_placed_online(self):
        # A quotation that became an order by the customer's signature or payment.
        return super()._is_placed_online() or bool(self.customer_accepted_at)

    def _register_customer_acceptance(self, method):
        """Keep that the customer has accepted orders which the company has not accepted yet.

        Quotations are registered and, if complete, submitted; where nothing is left to be decided, the
        order confirms at once. Salesperson and reviewers hear that the customer waits.

        :param method: ``signature`` or ``payment``
        """
        orders_sudo = self.sudo()
        values = self and orders_sudo._get_customer_values()
        # A customer who pays after signing has accepted the order once, unless it has changed in between.
        fresh = orders_sudo.filtered(
            lambda order: not order.customer_accepted_at or not order._is_acceptance_valid(values[order.id]))
        if not fresh:
            return
        fresh._assign_shop_salesperson()
        now = fields.Datetime.now()
        for order in fresh:
            order._write_guarded({
                # A cart of the web shop stops being one.
                'state': 'sent',
                'customer_accepted_at': now,
                'customer_accepted_by': order.signed_by or order.partner_id.name,
                'customer_accepted_method': method,
                'customer_accepted_values': values[order.id],
            })
        fresh._message_log_batch(bodies=dict.fromkeys(
            fresh.ids, self.env._("The customer has accepted the order; the internal review continues.")))
        # An approved order that is not accepted lacks an approval: its review opens now.
        fresh._follow_change()
        fresh._lifecycle_event('customer_accepted', method=method)
        fresh._register_accepted_by_customer()
        if method == 'signature' and self._is_portal_at_work():
            # A quotation may have become an order by the signature itself.
            fresh._confirm_by_signature()
        fresh._submit_accepted_by_customer()
        # Time may have passed since the submission, and a stage may not apply any more.
        fresh.filtered(lambda order: order.customer_waits and order.review_state == 'in_review')._sync_reviews()
        fresh.filtered('customer_waits')._notify_customer_waiting()

    def _is_acceptance_valid(self, values):
        """Whether the customer has accepted these values.

        :param values: the order's part of :meth:`_get_customer_values`
        """
        self.ensure_one()
        accepted = self.customer_accepted_values
        return bool(accepted) and self._pick_customer_values(accepted) == values

    def _register_accepted_by_customer(self):
        """Register quotations that the customer has accepted, where that is possible."""
        quotations = self.with_user(self.env.ref('base.user_root')).filtered(lambda order: not order.received_at)
        refusals = quotations._get_registration_refusals()
        quotations._without(refusals)._action_register()

    def _submit_accepted_by_customer(self):
        """Submit what the customer has accepted and nobody has submitted yet, where it is complete."""
        orders = self.with_user(self.env.ref('base.user_root')).filtered(
            lambda order: order.review_state in ('none', 'to_submit'))
        orders._prepare_submission()
        refusals = orders._get_submission_refusals()
        orders._without(refusals)._action_submit_review()

    def _forget_customer_acceptance(self):
        """The customer's signature is gone or the order is cancelled: its acceptance is, too."""
        self.sudo().filtered('customer_accepted_at')._write_guarded({
            'customer_accepted_at': False, 'customer_accepted_by': False,
            'customer_accepted_method': False, 'customer_accepted_values': False,
        })

    # -- orders of the web shop ---------------------------------------------------------------------

    def _assign_shop_salesperson(self):
        """The shop leaves carts without salesperson until they are confirmed; somebody has to hear of this one."""
        if 'website_id' in self._fields:
            carts = self.filtered(lambda order: order.website_id and not order.user_id)
            carts.with_context(force_user_recomputation=True)._compute_user_id()

    def _action_submit_review(self):
        # A cart that sales submits is no cart any more: the customer cannot change it in the shop.
        if 'website_id' in self._fields:
            self.sudo().filtered(lambda order: order.website_id and order.state == 'draft')._write_guarded({
                'state': 'sent'})
        return super()._action_submit_review()

    def _can_be_edited_on_portal(self):
        return (
            super()._can_be_edited_on_portal() and self.review_state not in ('in_review', 'approved')
            and not self.customer_waits
        )

    def _create_invoices(self, grouped=False, final=False, date=None):
        # Modules that have just confirmed an order invoice it, too; nothing is to be invoiced before it is.
        deferred = self.filtered('customer_waits') if self.env.su else self.browse()
        if deferred and deferred == self:
            return self.env['account.move']
        return super(SaleOrder, self - deferred)._create_invoices(grouped=grouped, final=final, date=date)

    def _force_lines_to_invoice_policy_order(self):
        # Core writes computed quantities here, in the rights of whoever captures a payment.
        return super(SaleOrder, self._acting())._force_lines_to_invoice_policy_order()

    # -- who hears of it ----------------------------------------------------------------------------

    def _notify_customer_waiting(self):
        """Notify salesperson and pending reviewers at once, in one message an order; customers accept one by one."""
        for order in self:
            reviews = order.review_ids.filtered(lambda review: review.state == 'pending')
            order._notify_staff(
                lambda order: order.env._(
                    "%(customer)s has accepted %(order)s and is waiting for the confirmation.",
                    customer=order.customer_accepted_by, order=order.name),
                order._get_sales_contact() | reviews._get_people_to_notify())

    def _notify_staff(self, get_text, users):
        """Put a note on one order and send it to people, in the language of the first of them.

        :param get_text: function of the order, in the right language, that gives the text
        :param users: ``res.users``
        """
        self.ensure_one()
        order = self.with_user(self.env.ref('base.user_root')).with_context(
            lang=users[:1].lang or self.company_id.partner_id.lang)
        text = get_text(order)
        order.message_post(
            body=text if isinstance(text, Markup) else plaintext2html(text), message_type='notification',
            subtype_xmlid='mail.mt_note', partner_ids=users.partner_id.ids,
            # The customer who has just signed does not wait for a mail server; the queue is emptied at once.
            force_send=False)
        self.env.ref('mail.ir_cron_mail_scheduler_action').sudo()._trigger()

    # -- what goes into a dossier -----------------------------------------------------------------

    @api.model
    def _get_dossier_fields(self):
        return [
            *super()._get_dossier_fields(),
            'customer_accepted_at', 'customer_accepted_by', 'customer_accepted_method',
        ]
