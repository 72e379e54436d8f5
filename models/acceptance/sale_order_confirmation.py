import logging
from contextlib import contextmanager

from markupsafe import Markup
from psycopg2 import OperationalError

from odoo import api, models
from odoo.exceptions import AccessError, ConcurrencyError, UserError
from odoo.fields import Domain
from odoo.tools import ormcache, str2bool

_logger = logging.getLogger(__name__)


class SaleOrder(models.Model):
    _inherit = 'sale.order'

    # -- what both sides have accepted confirms by itself -------------------------------------------

    @api.model
    def _get_acceptance_steps(self):
        # At last: what has been accepted by the customer, too, is told and logged before it is confirmed.
        return [*super()._get_acceptance_steps(), (90, '_confirm_what_customer_accepted')]

    def _action_confirm_customer(self, method, note, user):
        result = super()._action_confirm_customer(method, note, user)
        # It may have been the last thing that was missing.
        self._confirm_what_customer_accepted()
        return result

    def _confirm_what_customer_accepted(self):
        """Confirm those of the orders that customer and company have accepted, as superuser and each by itself.

        Where the order has changed since, the customer's acceptance lapses and the customer is asked again. Orders
        that no customer has accepted cost no query.
        """
        waiting_sudo = self.sudo().filtered('customer_waits')
        if not waiting_sudo:
            return
        obstacles = waiting_sudo._get_acceptance_obstacles()
        ready = waiting_sudo.filtered(lambda order: order.id not in obstacles)
        values = ready._get_customer_values()
        lapsed = ready.filtered(lambda order: not order._is_acceptance_valid(values[order.id]))
        for order in ready - lapsed:
            order._confirm_by_itself()
        lapsed._lapse_customer_acceptance()

    def _confirm_by_itself(self):
        """Confirm one order and invoice what was paid of it; failures are reported to the salesperson."""
        self.ensure_one()
        # Neither the person who happens to decide last nor the client of that person has an influence on this.
        order = self.with_user(self.env.ref('base.user_root')).with_context(  # pylint: disable=context-overridden
            self.policy_id._get_condition_context())
        if error := order._try(lambda: order.with_context(send_email=True).action_confirm()):
            order._notify_staff(
                lambda order: order.env._(
                    "%(order)s is approved and accepted by the customer, but it could not be confirmed: %(reason)s "
                    "Solve the problem, then confirm the order manually.", order=order.name, reason=error),
                order._get_sales_contact())
        else:
            order._invoice_what_was_paid()

    def _invoice_what_was_paid(self):
        """Make the automatic invoice of payments that came before the confirmation of one order, as superuser."""
        self.ensure_one()
        if error := self._try(self.transaction_ids._invoice_after_confirmation):
            self._notify_staff(
                lambda order: order.env._(
                    "%(order)s is confirmed, but its payment could not be invoiced: %(reason)s Create the invoice "
                    "manually.",
                    order=order.name, reason=error),
                self._get_sales_contact())

    def _try(self, method):
        """Call ``method`` in a savepoint.

        :return: why it failed, as text; False when it has not
        """
        try:
            with self.env.cr.savepoint():
                method()
        except (OperationalError, ConcurrencyError):
            # Somebody else is at it: the whole request is repeated.
            raise
        except UserError as error:
            return str(error)
        except Exception as error:
            _logger.exception("%s could not be confirmed by itself", self.name)
            return f"{type(error).__name__}: {error}"
        return False

    # -- the acceptance lapses ----------------------------------------------------------------------

    def _lapse_customer_acceptance(self):
        """The customer has accepted other values than those that are approved now: ask again."""
        if not self:
            return
        values = self._get_customer_values()
        changes = {
            order.id: order._describe_changes(
                self._pick_customer_values(order.customer_accepted_values), values[order.id])
            for order in self if order.customer_accepted_values
        }
        self._keep_signature()
        self.filtered('signature').write({'signature': False, 'signed_by': False, 'signed_on': False})
        self._forget_customer_acceptance()
        # A payment stays; who has nothing left to pay could not accept anything without a signature.
        self.filtered(lambda order: not order._has_to_be_paid()).require_signature = True
        askable = self.filtered(lambda order: order._has_to_be_signed() or order._has_to_be_paid())
        for order in self:
            order._notify_staff(
                lambda order: Markup("%s<ul>%s</ul>") % (
                    order.env._("The customer accepted values other than the approved ones and is asked to accept the "
                                "order again.")
                    if order in askable and order.partner_id.email else
                    order.env._("The customer accepted values other than the approved ones. Ask the customer to accept "
                                "the order again."),
                    Markup().join(Markup("<li>%s</li>") % change for change in changes.get(order.id, ()))),
                order._get_sales_contact())
        askable._queue_customer_mail(self.env.ref(
            'sale_order_lifecycle.mail_template_order_changed', raise_if_not_found=False))
        self._lifecycle_event('customer_acceptance_lapsed')

    def _keep_signature(self):
        """Keep signatures that do not count any more as attachments of their orders."""
        # A client that asks for the sizes of files only gets the signature kept all the same.
        signed = self.with_context(bin_size=False, bin_size_signature=False).filtered('signature')
        self.env['ir.attachment'].create([{
            'name': self.env._("Signature of %(person)s, %(date)s.png", person=order.signed_by or order.partner_id.name,
                               date=order._to_lifecycle_date(order.signed_on or order.customer_accepted_at) or ""),
            'datas': order.signature,
            'mimetype': 'image/png',
            'res_model': self._name,
            'res_id': order.id,
        } for order in signed])

    # -- mail to the customer -----------------------------------------------------------------------

    @api.model
    @ormcache()
    def _get_sales_fields(self):
        return super()._get_sales_fields() | {'pending_email_template_id'}

    @api.model_create_multi
    def create(self, vals_list):
        orders = super().create(vals_list)
        orders.filtered('pending_email_template_id')._check_waiting_mail()
        return orders

    @contextmanager
    def _waiting_mail_kept(self, vals):
        """No mail that somebody has worded waits to be sent to the customer in Odoo's name."""
        yield self
        if vals.get('pending_email_template_id'):
            self._check_waiting_mail()

    def _check_waiting_mail(self):
        """The job writes to the customer, and into the chatter, in Odoo's name.

        :raise AccessError: with the first order under policy for which a person lets another mail wait than core does
        """
        if self.env.su:
            return
        for order in self.sudo().filtered('policy_id'):
            if not self._is_lifecycle_sales() or order.pending_email_template_id not in order._get_mails_of_core():
                raise AccessError(self.env._(
                    "The e-mail “%(mail)s” cannot be queued for %(order)s. Use “Send” to write to the customer.",
                    mail=order.pending_email_template_id.name, order=order.name))

    def _get_mails_of_core(self):
        """:return: the ``mail.template`` that core itself queues for this order, as superuser; override where a module
            queues others"""
        self.ensure_one()
        paid = self.env.ref('sale.mail_template_sale_payment_executed', raise_if_not_found=False)
        return self._get_confirmation_template() | (paid or self.env['mail.template'])

    def action_confirm(self):
        orders = self._defer_paid_orders()
        if not orders:
            return True
        waiting = orders.filtered('customer_waits')
        quotations = orders.filtered(lambda order: order.state in ('draft', 'sent'))
        result = super(SaleOrder, orders).action_confirm()
        # The portal, payments and the shop write to the customer themselves, and see to the invoice.
        if not self.env.context.get('send_email'):
            confirmed = quotations.filtered(lambda order: order.state == 'sale')
            notified = confirmed.sudo().filtered('policy_id.notify_customer_on_confirmation').sudo(self.env.su)
            # Who waits for the confirmation gets it in any case.
            (notified | (waiting & confirmed))._notify_customer_of_confirmation()
            for order in waiting & confirmed:
                # Without the defaults of whoever confirms.
                order.sudo().with_user(self.env.ref('base.user_root'))._invoice_what_was_paid()
        return result

    def _notify_customer_of_confirmation(self):
        """Notify customers that their orders are confirmed (article R7).

        This is about :meth:`action_confirm`; writing the state of accepted orders notifies nobody.
        """
        if not self.pool.ready:
            # Orders that come with a module concern nobody.
            return
        orders_sudo = self.sudo()
        if silent := orders_sudo.filtered(lambda order: not order.partner_id.email):
            silent._message_log_batch(bodies=dict.fromkeys(silent.ids, self.env._(
                "The customer has no e-mail address: inform the customer of the confirmation.")))
        (orders_sudo - silent)._send_order_confirmation_mail()

    def _send_order_confirmation_mail(self):
        if self._is_mail_queued_by_core():
            return super()._send_order_confirmation_mail()
        governed = self.filtered('policy_id')
        for _key, orders in governed.grouped(lambda order: order._get_confirmation_template_key()).items():
            # Core would ask for the template order by order.
            orders._queue_customer_mail(orders[0]._get_confirmation_template())
        return super(SaleOrder, self - governed)._send_order_confirmation_mail()

    def _get_confirmation_template_key(self):
        """What the template of the confirmation depends on; override where it depends on more.

        :return: hashable value; one template is asked for and used for all orders that have the same
        """
        self.ensure_one()
        return self.company_id, self.website_id if 'website_id' in self._fields else False

    def _send_order_notification_mail(self, mail_template, allow_deferred_sending=True):
        if not allow_deferred_sending:
            return super()._send_order_notification_mail(mail_template, allow_deferred_sending=False)
        if mail_template and self.policy_id and not self._is_mail_queued_by_core():
            return self._queue_customer_mail(mail_template)
        # Said as core says it, whose other callers and overrides may know one argument only.
        return super()._send_order_notification_mail(mail_template)

    @api.model
    def _is_mail_queued_by_core(self):
        """Whether core's own job sends the mails of orders, which is a setting of core."""
        if not str2bool(self.env['ir.config_parameter'].sudo().get_param('sale.async_emails')):
            return False
        job = self.env.ref('sale.send_pending_emails_cron', raise_if_not_found=False)
        return bool(job and job.sudo().active)

    def _queue_customer_mail(self, template):
        """Let the job write to the customers, in their languages; a later mail takes the place of one that waits.

        :param template: ``mail.template``; without one nothing is written
        """
        if template and (reachable := self.sudo().filtered('partner_id.email')):
            reachable.pending_email_template_id = template
            self.env.ref('sale_order_lifecycle.ir_cron_write_to_customers').sudo()._trigger()

    # -- cron ---------------------------------------------------------------------------------------

    @api.model
    def _cron_write_to_customers(self):
        """Send the mails that orders under policy wait to send, and the invoices of payments that came before them."""
        transactions = self.env['payment.transaction'].search([('invoice_to_send', '=', True)])
        orders = self.browse() if self._is_mail_queued_by_core() else self.search(
            Domain('pending_email_template_id', '!=', False) & Domain('policy_id', '!=', False), order='id')
        # One by one: what was sent is not taken back with the others of a chunk.
        self.env['ir.cron']._work_off(
            'sale.order._cron_write_to_customers', [orders, transactions], self._write_waiting, size=1)

    @api.model
    def _write_waiting(self, orders, transactions):
        """Send what waits: the mails of orders, and the invoices of payments."""
        for order in orders:
            order._write_to_customer()
        for transaction in transactions.filtered('invoice_to_send'):
            transaction._send_late_invoice()

    def _write_to_customer(self):
        """Send the mail that one order waits to send; one that fails is noted and does not come again."""
        self.ensure_one()
        order = self.browse(self.id)
        template = order.pending_email_template_id
        if not template:
            return
        order.pending_email_template_id = False
        if error := order._try(lambda: order._send_order_notification_mail(template, allow_deferred_sending=False)):
            order._message_log(body=self.env._(
                "The e-mail “%(mail)s” could not be sent to the customer: %(reason)s",
                mail=template.name, reason=error))
            self.env['order.job.failure']._report('sale.order._cron_write_to_customers', order, error)
