import json

from markupsafe import Markup

from odoo import SUPERUSER_ID, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import consteq, hmac, plaintext2html

# How much a customer can write into the form of the portal.
MAX_NAME_LENGTH = 100
MAX_CORRECTION_LENGTH = 5000


class SaleOrder(models.Model):
    _inherit = 'sale.order'

    # the question by mail, and what the customer has answered on the portal
    confirmation_requested_at = fields.Datetime(
        "Sent for Confirmation", readonly=True, copy=False,
        help="When the customer was asked by e-mail to confirm the order on the portal.")
    confirmation_requested_by_id = fields.Many2one(
        'res.users', string="Sent for Confirmation By", readonly=True, copy=False)
    customer_answer = fields.Selection(
        [('confirmed', "Confirmed"), ('correction', "Correction Requested")],
        readonly=True, copy=False)
    customer_answered_at = fields.Datetime("Customer Answered On", readonly=True, copy=False)
    customer_answered_by = fields.Char("Answered By", readonly=True, copy=False)
    customer_correction = fields.Text("Correction Requested", readonly=True, copy=False)

    def _forget_confirmation_requests(self):
        """A link that was sent before leads nowhere when the order is opened again."""
        self.sudo().filtered('confirmation_requested_at')._write_guarded(
            self._prepare_confirmation_request_vals(None, None))

    # -- asking ---------------------------------------------------------------------------------

    def action_request_confirmation(self):
        """Ask the customers of registered orders by mail to confirm them on the portal (article I4).

        Each gets a mail in their language with a link to the page of the order. Asking again opens the
        question anew.

        :return: a notification
        :raise AccessError: for people who are no sales staff
        :raise UserError: with the first order whose customer cannot be asked; then none is
        """
        self._check_lifecycle_sales()
        self.check_access('write')
        self._check_refusals(self._get_confirmation_request_refusals())
        self._action_request_confirmation()
        return self._get_summary_notification(
            self.env._("%(count)s orders sent to their customers for confirmation.", count=len(self)), {})

    def action_request_confirmation_possible(self):
        """Ask the customers of those of the orders for which it is possible, for lists.

        :return: a notification that counts them and names the others
        """
        self._check_lifecycle_sales()
        self.check_access('write')
        refusals = self._get_confirmation_request_refusals()
        possible = self._without(refusals)
        possible._action_request_confirmation()
        return self._get_summary_notification(
            self.env._("%(count)s orders sent to their customers for confirmation.", count=len(possible)), refusals)

    def _get_confirmation_request_refusals(self):
        """Why customers cannot be asked.

        :return: dict order id → UserError with one sentence
        """
        refusals = self._get_customer_confirmation_refusals()
        for order in self:
            if order.id not in refusals and not order.sudo().partner_id.email:
                refusals[order.id] = UserError(self.env._(
                    "%(customer)s has no e-mail address, so %(order)s cannot be sent: enter one, or call the customer.",
                    customer=order.partner_id.display_name, order=order.name))
        return refusals

    def _action_request_confirmation(self):
        """Ask the customers of any number of orders, as superuser and after all checks."""
        if not self:
            return
        orders_sudo = self.sudo()
        orders_sudo._write_guarded(self._prepare_confirmation_request_vals(fields.Datetime.now(), self.env.user))
        orders_sudo._close_customer_corrections()
        self.env.ref('sale_order_lifecycle.mail_template_order_confirmation').sudo().send_mail_batch(self.ids)
        self.env.ref('mail.ir_cron_mail_scheduler_action').sudo()._trigger()

    def _prepare_confirmation_request_vals(self, moment, user):
        """:return: values of an order that is sent for confirmation, or with None of one that is not"""
        return {
            'confirmation_requested_at': moment or False, 'confirmation_requested_by_id': user.id if user else False,
            'customer_answer': False, 'customer_answered_at': False, 'customer_answered_by': False,
            'customer_correction': False,
        }

    # -- answering ------------------------------------------------------------------------------

    def _has_open_confirmation_request(self):
        """:return: whether the customer of this order has been asked, has not answered, and it still matters"""
        self.ensure_one()
        order_sudo = self.sudo()
        return bool(
            order_sudo.confirmation_requested_at and not order_sudo.customer_answered_at
            and order_sudo.id not in order_sudo._get_customer_confirmation_refusals())

    def _get_confirmation_digest(self):
        """:return: text that is another one as soon as a commercial value of this order is another one"""
        self.ensure_one()
        values = json.dumps(self.sudo()._get_customer_values()[self.id], sort_keys=True)
        return hmac(self.env(su=True), 'sale_order_lifecycle.confirmation', (self.id, values))

    def _take_customer_answer(self, answer, name, correction, digest):
        """Keep what the customer has answered on the portal; the caller has checked the access to the order.

        The first answer stands until the customer is asked again.

        :param answer: ``confirmed`` or ``correction``
        :param name: who answers
        :param correction: what has to be corrected
        :param digest: what :meth:`_get_confirmation_digest` said when the page was shown
        :raise AccessError: for people of the company: theirs is another way
        :raise UserError: where the answer cannot be kept
        """
        self.ensure_one()
        if self.env.user._is_internal():
            raise AccessError(self.env._(
                "This page is for the customer only. Sales can record the answer with “Confirm with Customer” on the "
                "order."))
        if not self._has_open_confirmation_request():
            raise UserError(self.env._("This order is no longer waiting for your answer."))
        name, correction = (name or '').strip()[:MAX_NAME_LENGTH], (correction or '').strip()[:MAX_CORRECTION_LENGTH]
        if answer not in ('confirmed', 'correction'):
            raise UserError(self.env._("Select whether you confirm the order or request a correction."))
        if not name:
            raise UserError(self.env._("Enter your name."))
        if answer == 'correction' and not correction:
            raise UserError(self.env._("Please describe what has to be corrected."))
        if answer == 'confirmed' and not consteq(digest or '', self._get_confirmation_digest()):
            raise UserError(self.env._(
                "The order has changed since you opened this page. Please check it again before you answer."))
        author = self.sudo().partner_id if self.env.user._is_public() else self.env.user.partner_id
        # Odoo acts for the customer from here on, as it does for a signature.
        self.with_user(SUPERUSER_ID)._action_take_customer_answer(answer, name, correction, author)

    def _action_take_customer_answer(self, answer, name, correction, author):
        """Keep the answer of the customer, as superuser and after all checks.

        :param author: ``res.partner`` in whose name it is told
        """
        self._write_guarded({
            'customer_answer': answer,
            'customer_answered_at': fields.Datetime.now(),
            'customer_answered_by': name,
            'customer_correction': correction if answer == 'correction' else False,
        })
        if answer == 'confirmed':
            self._action_confirm_customer('portal', name, self.env['res.users'])
        else:
            self._notify_customer_correction(author)

    def _notify_customer_correction(self, author):
        """Put what the customer wants corrected into the chatter, and on the list of the salesperson."""
        self.ensure_one()
        requested_by = self.confirmation_requested_by_id.filtered('active')
        person = (self._get_sales_contact() if self.user_id.active or not requested_by else requested_by)[:1]
        order = self.with_context(lang=person.lang or self.env.lang)
        order.message_post(
            body=Markup("%s<br/>%s") % (
                order.env._("%(name)s requests a correction:", name=self.customer_answered_by),
                plaintext2html(self.customer_correction)),
            author_id=author.id, message_type='comment', subtype_xmlid='mail.mt_comment')
        if person:
            order.activity_schedule(
                'sale_order_lifecycle.mail_activity_type_customer_correction', user_id=person.id,
                summary=order.env._("The customer requests a correction"),
                note=plaintext2html(self.customer_correction))

    def _close_customer_corrections(self):
        """The corrections that customers asked for are dealt with: the customer is asked again, or has confirmed."""
        self.activity_feedback(['sale_order_lifecycle.mail_activity_type_customer_correction'])
