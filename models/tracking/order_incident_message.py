from markupsafe import Markup

from odoo import fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import plaintext2html

from ..mixins.arguments import read_text


class OrderIncident(models.Model):
    """The customer is told the new date of an order, by sales and on record; the promise that was accepted stays."""
    _inherit = 'order.incident'

    # -- actions --------------------------------------------------------------------------------

    def action_tell_customer(self, body=None, subject=None):
        """Send the customers the new dates of their orders, by message and mail in their language (article K2).

        :param body: text of the message, by default that of the template
        :param subject: by default that of the template
        :return: True
        :raise AccessError, UserError: with the first incident of which the customer cannot be told; then none is
        """
        self._check_refusals(self._get_tell_refusals())
        if not isinstance(body, Markup):
            # What a dialog of this addon has read as HTML is clean; whatever else comes is text.
            text = read_text(body)
            body = plaintext2html(text) if text else None
        self._action_tell_customer(body, read_text(subject))
        return True

    def action_open_tell(self):
        """:return: the action that shows the message to the customer before it is sent
        :raise AccessError, UserError: if the customer cannot be told
        """
        self._check_one()
        self._check_refusals(self._get_tell_refusals())
        return self._open_action('order_incident_telling_action', context={'default_incident_id': self.id})

    # -- who may tell ---------------------------------------------------------------------------

    def _get_tell_refusals(self):
        """Why the person cannot tell the customers; asked of ``env.user`` whatever ``env.su`` is.

        :return: dict incident id → exception with one sentence
        """
        orders = self._get_orders_of_sales()
        return self._collect_refusals(lambda incident: incident._get_tell_refusal(orders))

    def _get_tell_refusal(self, orders):
        """:param orders: the ``sale.order`` that the person works on as sales
        :return: exception why the customer cannot be told of this incident, None where nothing is against it"""
        self.ensure_one()
        if self.order_id.id not in orders._ids:
            return AccessError(self.env._(
                "Only the sales staff of %(order)s can inform the customer: ask them.", order=self.order_id.name))
        if not self.new_promised_date or self.state not in ('acting', 'resolved'):
            return UserError(self.env._(
                "%(incident)s has no new date yet, so there is nothing to inform the customer of.",
                incident=self.name))
        if not self._get_customer().email:
            return UserError(self.env._(
                "%(customer)s has no e-mail address, so the new date of %(order)s cannot be sent: enter an address "
                "first.", customer=self._get_customer().display_name, order=self.order_id.name))
        return None

    def _get_customer(self):
        """:return: the ``res.partner`` who is told"""
        self.ensure_one()
        return self.order_id.partner_id

    # -- business -------------------------------------------------------------------------------

    def _action_tell_customer(self, body, subject):
        """Post the messages on the orders and keep what the customers know; rights and facts were asked before.

        :param body: Markup, None for that of the template
        :param subject: text, empty for that of the template
        """
        incidents_sudo = self.sudo()
        for incident in incidents_sudo:
            template = incident._get_customer_message() if body is None or not subject else {}
            incident.order_id.message_post(
                body=template['body'] if body is None else body, subject=subject or template['subject'],
                message_type='comment', subtype_xmlid='mail.mt_comment', partner_ids=incident._get_customer().ids)
        incidents_sudo._write_guarded({'told_at': fields.Datetime.now(), 'told_by_id': self.env.uid})
        for incident in incidents_sudo.sorted('id'):
            incident.order_id._write_guarded({'told_date': incident.new_promised_date})

    def _get_customer_message(self):
        """:return: dict ``subject`` and ``body`` (Markup) of the message to the customer, in the customer's language"""
        self.ensure_one()
        template = self.env.ref('sale_order_lifecycle.mail_template_incident_date').sudo()
        # Whoever words templates words them for everybody: they are rendered as Odoo, not as the person.
        subject = template._render_field('subject', self.ids, compute_lang=True)[self.id]
        body = template._render_field('body_html', self.ids, compute_lang=True)[self.id]
        return {'subject': subject, 'body': Markup(body)}
