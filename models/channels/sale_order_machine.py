from markupsafe import Markup

from odoo import api, fields, models


class SaleOrder(models.Model):
    """What the machine that has submitted an order may read of it, ask about it and still do."""
    _inherit = 'sale.order'

    # cancellation by the sender
    cancellation_requested_at = fields.Datetime(
        readonly=True, copy=False, help="When the shop or platform requested the cancellation of the order.")
    cancellation_reason = fields.Text(
        "Reason for Cancellation", readonly=True, copy=False, help="The reason given by the shop or platform.")

    # -- what a machine reads -------------------------------------------------------------------

    @api.model
    def _is_asked_from_outside(self):
        return self._is_intake_machine() or super()._is_asked_from_outside()

    @api.model
    def _is_intake_machine(self):
        """Whether the person is a member of the group Intake API and nothing else that reads orders, and does not
        work as superuser."""
        return not self.env.su and self._is_intake_machine_user()

    @api.model
    def _is_intake_machine_user(self):
        """Whether such a machine is told what is worked out now, also where that is done as superuser."""
        user = self.env.user
        return user.has_group('sale_order_lifecycle.group_intake_api') and not (
            user.has_group('sales_team.group_sale_salesman') or user.has_group('sale_order_lifecycle.group_reviewer'))

    @api.model
    def _get_intake_machine_fields(self):
        """The fields of orders that a machine reads: what it has sent, and what became of it.

        Nothing that the company knows of the customer: whoever guesses a customer number would read who that is,
        the address, and the terms.

        :return: set of field names
        """
        return {
            'id', 'display_name', 'name', 'state', 'company_id', 'channel_id', 'channel_reference', 'received_at',
            'lifecycle_phase', 'is_complete', 'date_order', 'commitment_date', 'currency_id', 'note', 'order_line',
            'amount_untaxed', 'amount_tax', 'amount_total', 'cancellation_requested_at', 'cancellation_reason',
            'create_date', 'write_date',
        }

    def _compute_display_name(self):
        if not self._is_intake_machine_user():
            return super()._compute_display_name()
        # Core adds the customer where the context asks for it, and works out the names of relations as superuser.
        for order in self:
            order.display_name = order.name

    @api.model
    def _is_internally_visible(self):
        # The list says which.
        return super()._is_internally_visible() or self._is_intake_machine()

    def _has_field_access(self, field, operation):
        return super()._has_field_access(field, operation) and (
            not self._is_intake_machine() or (
                operation == 'read' and field.name in self._get_intake_machine_fields()))

    def _mail_get_operation_for_mail_message_operation(self, message_operation):
        # The chatter is the company's own.
        if self._is_intake_machine():
            return dict.fromkeys(self, 'write')
        return super()._mail_get_operation_for_mail_message_operation(message_operation)

    def message_subscribe(self, partner_ids=None, subtype_ids=None):
        # Who follows an order is sent what is written in its chatter; core lets whoever reads a record follow it.
        if self._is_intake_machine():
            self.check_access('write')
        return super().message_subscribe(partner_ids, subtype_ids)

    # -- what a machine asks --------------------------------------------------------------------

    def _prepare_channel_status(self):
        """What ``order.channel.order_status`` tells of orders, in batch; rooms add what they know.

        :return: dict order id → dict of values that JSON and XML-RPC can say
        """
        # Of what is confirmed or cancelled nothing is missing any more.
        missing = self.filtered(lambda order: order.state in ('draft', 'sent'))._get_missing_information()
        return {
            order.id: {
                'phase': order.lifecycle_phase or False,
                'received_at': self._to_iso(order.received_at),
                'cancellation_reason': order.cancellation_reason or False,
                'missing': missing.get(order.id, []),
            } for order in self
        }

    @api.model
    def _to_iso(self, value):
        """:return: a moment in UTC or a day as ISO 8601 text, False where there is none"""
        if not value:
            return False
        return value.isoformat() if not hasattr(value, 'hour') else f"{value.isoformat(timespec='seconds')}Z"

    # -- what a machine does --------------------------------------------------------------------

    def _get_guarded_fields(self):
        return super()._get_guarded_fields() | {
            'cancellation_requested_at', 'cancellation_reason', 'customer_to_check', 'customer_candidate_ids'}

    def _cancel_for_sender(self, reason):
        """Cancel orders because their sender has asked for it, as superuser and after all checks.

        :param reason: text
        """
        self._keep_cancellation_request(reason)
        # Core asks order by order.
        self.order_line.fetch(['currency_id'])
        self._action_cancel()
        self._message_log_batch(bodies={
            order.id: self._format_cancellation(
                self.env._("Cancelled at the request of %(channel)s.", channel=order.channel_id.name), reason)
            for order in self})

    def _refuse_cancellation(self, reason):
        """Notify those who work on the orders that their sender requests the cancellation; once, however often it is
        requested."""
        asked = self.filtered(lambda order: not order.cancellation_requested_at)
        asked._keep_cancellation_request(reason)
        asked._message_log_batch(bodies={
            order.id: self._format_cancellation(self.env._(
                "%(channel)s requested the cancellation of this order too late.",
                channel=order.channel_id.name), reason)
            for order in asked})

    def _keep_cancellation_request(self, reason):
        self._write_guarded({'cancellation_requested_at': fields.Datetime.now(), 'cancellation_reason': reason})

    @api.model
    def _format_cancellation(self, text, reason):
        return Markup("%s<br/>%s") % (text, reason)

    def action_draft(self):
        asked = self.sudo().filtered(lambda order: order.cancellation_requested_at and order.state != 'draft')
        result = super().action_draft()
        # Wanted again are those that core has set back, which asks for the right to; it passes over the others.
        if reopened := asked.filtered(lambda order: order.state == 'draft'):
            reopened._write_guarded({'cancellation_requested_at': False, 'cancellation_reason': False})
        return result
