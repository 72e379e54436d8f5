from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..mixins.arguments import read_text

# How sales confirms an order with the customer; customers do so themselves on the portal.
CONFIRMATION_METHODS = ('phone', 'email')


class SaleOrder(models.Model):
    """The confirmation of what was agreed, with the customer."""
    _inherit = 'sale.order'

    # -- confirmation with the customer -------------------------------------------------------------

    def action_confirm_customer(self, method, note=None):
        """Put on record that sales has confirmed registered orders with their customers (article I4).

        The confirmation holds for the values that the orders have now.

        :param method: ``phone`` or ``email``
        :param note: what was said, for all of the orders
        :return: True
        :raise AccessError: for people who are no sales staff
        :raise UserError: with the first order that cannot be confirmed; then none is
        """
        self._check_customer_confirmation(method)
        self._check_refusals(self._get_customer_confirmation_refusals())
        self._action_confirm_customer(method, read_text(note), self.env.user)
        return True

    def action_confirm_customer_possible(self, method, note=None):
        """Confirm those of the orders with their customers that can be, for lists.

        :param method, note: as for :meth:`action_confirm_customer`
        :return: a notification that counts them and names the others
        """
        self._check_customer_confirmation(method)
        refusals = self._get_customer_confirmation_refusals()
        possible = self._without(refusals)
        possible._action_confirm_customer(method, read_text(note), self.env.user)
        return self._get_summary_notification(
            self.env._("%(count)s orders confirmed with their customers.", count=len(possible)), refusals)

    def _check_customer_confirmation(self, method):
        """:raise AccessError: for people who are no sales staff, or may not write the orders
        :raise UserError: for ways in which sales does not confirm
        """
        self._check_lifecycle_sales()
        self.check_access('write')
        if method not in CONFIRMATION_METHODS:
            raise UserError(self.env._(
                "Sales confirms by phone or by e-mail: select one of them. On the portal, the customer confirms with a "
                "signature."))

    def _get_customer_confirmation_refusals(self):
        """Why orders cannot be confirmed with the customer.

        :return: dict order id → UserError with one sentence
        """
        refusals = {}
        stale = self._get_stale_confirmations()
        for order in self:
            message = False
            if not order.policy_id:
                message = self.env._(
                    "%(order)s is not subject to an order policy, so no customer confirmation is recorded.",
                    order=order.display_name)
            elif order.state == 'cancel':
                message = self.env._(
                    "%(order)s is cancelled, so there is nothing to confirm with the customer.",
                    order=order.display_name)
            elif order.state == 'sale':
                message = self.env._("%(order)s is already confirmed.", order=order.display_name)
            elif not order.received_at:
                message = self.env._(
                    "%(order)s is not registered yet: register it before you confirm it with the customer.",
                    order=order.display_name)
            elif order.customer_confirmed_at and order not in stale:
                message = self.env._(
                    "%(order)s has already been confirmed with the customer.", order=order.display_name)
            if message:
                refusals[order.id] = UserError(message)
        return refusals

    def _action_confirm_customer(self, method, note, user):
        """Keep the confirmation of any number of orders, as superuser and after all checks.

        :param method: a value of ``customer_confirmed_method``
        :param note: text for all, or dict order id → text
        :param user: ``res.users`` who has confirmed, empty for customers without a login
        """
        now = fields.Datetime.now()
        orders_sudo = self.sudo()
        values, hours = orders_sudo._get_customer_values(), orders_sudo._get_hours_since_receipt(now)
        notes = {order.id: (note.get(order.id) if isinstance(note, dict) else note) or False for order in self}
        for order in orders_sudo:
            order._write_guarded({
                'customer_confirmed_at': now,
                'customer_confirmed_by_id': user.id,
                'customer_confirmed_method': method,
                'customer_confirmed_note': notes[order.id],
                'customer_confirmed_values': values[order.id],
                'confirmation_hours': hours[order],
            })
        label = dict(self._fields['customer_confirmed_method']._description_selection(self.env))[method]
        orders_sudo._message_log_batch(bodies={
            order.id: Markup("%s<br/>%s") % (
                self.env._("Confirmed with the customer: %(method)s.", method=label), notes[order.id] or "")
            for order in orders_sudo
        })
        orders_sudo.filtered(lambda order: order.customer_answer == 'correction')._close_customer_corrections()

    def _confirm_by_signature(self):
        """A signature on the portal is the customer's own confirmation of a registered order."""
        orders_sudo = self.sudo()
        stale = orders_sudo._get_stale_confirmations()
        signed = orders_sudo.filtered(
            lambda order: order.policy_id and order.received_at and order.signature
            and order.state in ('draft', 'sent') and (not order.customer_confirmed_at or order in stale))
        signed._action_confirm_customer(
            'portal', {order.id: order.signed_by for order in signed}, self.env['res.users'])

    @api.model
    def _is_portal_at_work(self):
        """Whether this is done for a customer on the portal, which acts as OdooBot, and not by staff."""
        return self.env.user._is_superuser() or not self.env.user._is_internal()

    def _forget_customer_confirmation(self, bodies=None):
        """The confirmation with the customer does not hold any more; the chatter keeps who gave it.

        :param bodies: dict order id → why, for the chatter
        """
        confirmed_sudo = self.sudo().filtered('customer_confirmed_at')
        if not confirmed_sudo:
            return
        confirmed_sudo._write_guarded({
            'customer_confirmed_at': False, 'customer_confirmed_by_id': False, 'customer_confirmed_method': False,
            'customer_confirmed_note': False, 'customer_confirmed_values': False, 'confirmation_hours': False,
        })
        # The field writes 0, which would count in averages; nothing is known, and nothing is stored.
        confirmed_sudo.flush_recordset(['confirmation_hours'])
        self.env.cr.execute(SQL("UPDATE sale_order SET confirmation_hours = NULL WHERE id IN %s", confirmed_sudo._ids))
        if bodies:
            confirmed_sudo._message_log_batch(bodies={order.id: bodies[order.id] for order in confirmed_sudo})

    def _get_customer_values(self):
        """What the customer confirms, in comparable form.

        :return: dict order id → value for ``customer_confirmed_values``; the room that knows the
            commercial values gives them
        """
        return dict.fromkeys(self.ids)

    def _get_stale_confirmations(self):
        """:return: the orders that have other values now than the customer has confirmed"""
        confirmed_sudo = self.sudo().filtered('customer_confirmed_at')
        values = confirmed_sudo and confirmed_sudo._get_customer_values()
        # Reading the values may compute some that change the order, and what it was confirmed with is gone.
        return confirmed_sudo.filtered(
            lambda order: order.customer_confirmed_at and order.customer_confirmed_values != values[order.id]
        ).sudo(self.env.su)

    def _get_confirmation_obstacles(self):
        """Why orders are not confirmed with the customer although their policy asks for it, in batch.

        :return: dict order id → one translated sentence
        """
        asked_sudo = self.sudo().filtered('policy_id.require_customer_confirmation')
        obstacles = {
            order.id: self.env._(
                "%(order)s has not been confirmed with the customer: call or write to the customer, and record the "
                "answer with “Confirm with Customer”.", order=order.display_name)
            for order in asked_sudo if not order.customer_confirmed_at
        }
        for order in asked_sudo._get_stale_confirmations():
            obstacles[order.id] = self.env._(
                "%(order)s has changed since the customer confirmed it: confirm it with the customer again.",
                order=order.display_name)
        return obstacles

    def _get_hours_since_receipt(self, moment):
        """Working hours from receipt to ``moment``, in the working hours of each order's policy.

        :param moment: naive UTC datetime
        :return: dict order → hours; one reading a calendar, plain hours where there is none
        """
        return self._get_working_hours('received_at', stop=moment)
