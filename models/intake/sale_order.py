from contextlib import contextmanager

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ..mixins.arguments import read_moment, read_text

# How sales confirms an order with the customer; on the portal the customer does so himself.
CONFIRMATION_METHODS = ('phone', 'email')


class JsonList(fields.Json):
    """A list that is empty where there is nothing; core's field would say False."""

    def convert_to_record(self, value, record):
        return super().convert_to_record(value, record) or []


class SaleOrder(models.Model):
    _inherit = 'sale.order'

    lifecycle_phase = fields.Selection(selection_add=[('intake', "Intake"), ('cancelled',)])

    # registration
    channel_id = fields.Many2one(
        'order.channel', check_company=True, copy=False, index='btree_not_null', ondelete='restrict',
        help="How the order reached the company.")
    channel_reference = fields.Char(
        copy=False, help="The number that the customer, shop or platform gave the order.")
    received_at = fields.Datetime(readonly=True, copy=False, help="When the order reached the company.")
    registered_by_id = fields.Many2one('res.users', string="Registered by", readonly=True, copy=False)
    received_payload = fields.Json(
        readonly=True, copy=False, groups='sale_order_lifecycle.group_manager',
        help="What the machine that submitted the order sent first.")

    # completeness
    is_complete = fields.Boolean(
        "Complete", compute='_compute_missing_information', search='_search_is_complete',
        help="Nothing is missing that the policy demands of an order.")
    missing_information = JsonList("Missing Items", compute='_compute_missing_information')
    missing_summary = fields.Text("Missing Information", compute='_compute_missing_information')
    intake_warnings = fields.Text("Hints", compute='_compute_missing_information')

    # the confirmation with the customer
    customer_confirmed_at = fields.Datetime("Confirmed with Customer", readonly=True, copy=False)
    customer_confirmed_by_id = fields.Many2one(
        'res.users', string="Confirmed with Customer by", readonly=True, copy=False)
    customer_confirmed_method = fields.Selection(
        [('phone', "Phone"), ('email', "E-mail"), ('portal', "Portal")], string="Way of Confirmation",
        readonly=True, copy=False)
    customer_confirmed_note = fields.Text("Note on Confirmation", readonly=True, copy=False)
    customer_confirmed_values = fields.Json(
        readonly=True, copy=False, groups='sale_order_lifecycle.group_manager',
        help="The values that the customer has confirmed.")
    confirmation_hours = fields.Float(
        "Hours to Confirmation", readonly=True, copy=False, aggregator='avg', digits=(16, 2),
        help="Working hours from receipt to the confirmation with the customer.")
    needs_customer_confirmation = fields.Boolean(
        compute='_compute_needs_customer_confirmation', compute_sudo=True,
        help="The policy asks for the confirmation with the customer, and there is none yet.")

    # what the ledger tells about the order
    customer_contact = fields.Char("Contact", compute='_compute_customer_contact', compute_sudo=True)
    product_summary = fields.Char("Products", compute='_compute_product_summary', compute_sudo=True)
    ordered_quantity = fields.Float(
        "Quantity", compute='_compute_product_summary', compute_sudo=True, digits='Product Unit')

    # -- constraints and indexes ----------------------------------------------------------------

    _channel_reference_unique = models.UniqueIndex(
        '(company_id, channel_id, channel_reference) WHERE channel_reference IS NOT NULL',
        "Another order of this channel has the same reference: correct the reference.")
    _ledger_idx = models.Index('(company_id, received_at DESC) WHERE received_at IS NOT NULL')

    # -- compute and search ---------------------------------------------------------------------

    @api.depends('received_at')
    def _compute_lifecycle_phase(self):
        return super()._compute_lifecycle_phase()

    def _get_lifecycle_phase(self):
        if self.received_at:
            return 'intake'
        return super()._get_lifecycle_phase()

    def _get_waiting_for(self):
        waiting = super()._get_waiting_for()
        if orders := self.filtered(lambda order: order.lifecycle_phase == 'intake'):
            sales = self.env['order.role']._get_by_code('sales').sudo().name
            for order in orders:
                waiting[order.id].append(sales)
        return waiting

    # The fields of the usual rules, so that the form tells while it is filled in what is missing;
    # what is submitted is evaluated anew.
    @api.depends(
        'policy_id', 'partner_id.name', 'partner_id.email', 'partner_id.phone', 'payment_term_id', 'commitment_date',
        'order_line.display_type', 'order_line.product_id', 'order_line.product_uom_qty', 'order_line.price_unit')
    @api.depends_context('lang')
    def _compute_missing_information(self):
        missing = self._get_missing_information()
        warnings = self._get_missing_information('warning')
        for order in self:
            order.missing_information = missing[order.id]
            order.missing_summary = '\n'.join(missing[order.id])
            order.intake_warnings = '\n'.join(warnings[order.id])
            order.is_complete = not missing[order.id]

    @api.model
    def _search_is_complete(self, operator, value):
        if operator != 'in':
            return NotImplemented
        self._check_field_access(self._fields['is_complete'], 'read')
        policies_sudo = self.env['order.policy'].sudo().with_context(active_test=False).search(
            [('company_id', '!=', False)])
        # Rules ask for facts that the person may not be allowed to read.
        incomplete = Domain('id', 'in', self.sudo()._search(policies_sudo._get_incomplete_domain()))
        return Domain.OR([~incomplete] * (True in value) + [incomplete] * (False in value))

    @api.depends('policy_id', 'received_at', 'customer_confirmed_at', 'state')
    def _compute_needs_customer_confirmation(self):
        for order in self:
            order.needs_customer_confirmation = bool(
                order.policy_id.require_customer_confirmation and order.received_at
                and not order.customer_confirmed_at and order.state in ('draft', 'sent'))

    @api.depends('partner_id.phone', 'partner_id.email')
    def _compute_customer_contact(self):
        for order in self:
            order.customer_contact = ", ".join(filter(None, (order.partner_id.phone, order.partner_id.email)))

    @api.depends('order_line.product_id', 'order_line.product_uom_qty', 'order_line.display_type')
    @api.depends_context('lang')
    def _compute_product_summary(self):
        counting = self.order_line.filtered_domain(self.order_line._get_intake_line_domain())
        for order in self:
            lines = order.order_line & counting
            order.ordered_quantity = sum(lines.mapped('product_uom_qty'))
            order.product_summary = ", ".join(
                f"{line.product_uom_qty:g} × {line.product_id.display_name}" for line in lines)

    def _get_missing_information(self, severity='blocking'):
        """What orders lack of what their policy demands (article I3), evaluated now, in batch.

        :param severity: the kind of rules that are asked, ``blocking`` (with those that can be waived and
            are not) or ``warning``
        :return: dict order id → list of translated messages, empty for complete orders and for
            orders without policy
        """
        severities = ('blocking', 'waivable') if severity == 'blocking' else (severity,)
        return {
            order_id: [rule._get_missing_message() for rule in rules]
            for order_id, rules in self._get_unmet_rules(severities).items()
        }

    def _get_unmet_rules(self, severities):
        """The completeness rules that orders do not meet now, in batch; what is waived counts as met.

        :param severities: the kinds of rules that are asked
        :return: dict order id → ``order.intake.rule`` as superuser, in sequence
        """
        unmet = dict.fromkeys((order.id for order in self), self.env['order.intake.rule'].sudo())
        for policy, orders in self.sudo().grouped('policy_id').items():
            # The whole context is replaced, so that nothing of the caller's is left.
            neutral = policy and orders.with_context(policy._get_condition_context())  # pylint: disable=context-overridden
            for rule in policy and policy._get_intake_rules(severities):
                for order in neutral - rule._get_complete_orders(neutral):
                    unmet[order.id] |= rule
        if 'waivable' in severities:
            waivable = self.filtered(lambda order: 'waivable' in unmet[order.id].mapped('severity'))
            for order_id, waived in waivable._get_waived_rules().items():
                unmet[order_id] -= waived
        return unmet

    def _follow_intake_change(self):
        """What these orders say has changed, in the order itself or in its lines; for any number of them."""
        self._lapse_waivers()
        self._detect_duplicates()

    # -- guarded fields and what may change -----------------------------------------------------

    def _get_guarded_fields(self):
        return super()._get_guarded_fields() | {
            'received_at', 'registered_by_id', 'received_payload',
            'customer_confirmed_at', 'customer_confirmed_by_id', 'customer_confirmed_method',
            'customer_confirmed_note', 'customer_confirmed_values', 'confirmation_hours',
            'confirmation_requested_at', 'confirmation_requested_by_id', 'customer_answer', 'customer_answered_at',
            'customer_answered_by', 'customer_correction', 'waiver_ids', 'waiver_count',
            'duplicate_order_id', 'duplicate_cleared_at', 'duplicate_cleared_by_id',
        }

    @api.model
    def _get_intake_fields(self):
        """What an order was registered with; of orders under policy only sales staff change it.

        :return: set of field names
        """
        return {
            'channel_id', 'channel_reference', 'client_order_ref', 'commitment_date', 'currency_id',
            'fiscal_position_id', 'name', 'note', 'partner_id', 'partner_invoice_id', 'partner_shipping_id',
            'payment_term_id', 'pricelist_id', 'team_id', 'user_id',
        }

    @api.model
    def _get_sales_fields(self):
        """Every field of an order under policy that only sales staff write, as far as no action does.

        What an order was registered with, its state and dates, and what the customer is asked for and has given.

        :return: set of field names
        """
        return self._get_intake_fields() | self._get_signature_fields() | {
            'access_token', 'date_order', 'locked', 'origin', 'prepayment_percent', 'reference', 'require_payment',
            'require_signature', 'state', 'validity_date',
        }

    @api.model
    def _get_signature_fields(self):
        """:return: set of the fields that tell of the customer's signature"""
        return {'signature', 'signed_by', 'signed_on'}

    @api.model_create_multi
    def create(self, vals_list):
        orders = super().create([self._clean_channel_reference(vals) for vals in vals_list])
        orders._check_without_evidence(self._get_given_names(vals_list) & self._get_evidence_fields())
        return orders

    @api.model
    def _get_write_steps(self):
        return [
            *super()._get_write_steps(), (70, '_signature_followed'), (75, '_intake_followed'), (80, '_intake_kept')]

    @contextmanager
    def _signature_followed(self, vals):
        """The customer's signature on the portal confirms the order with the customer; without it, it is not."""
        yield self
        if vals.get('signature') and self._is_portal_at_work():
            # The customer's own signature, also where a payment has to follow before the order is confirmed.
            self._confirm_by_signature()
        elif 'signature' in vals and not vals['signature']:
            self.sudo().filtered(
                lambda order: order.customer_confirmed_method == 'portal')._forget_customer_confirmation()

    @contextmanager
    def _intake_followed(self, vals):
        """Waivers and duplicates follow what the order says; what was confirmed ends with a cancellation."""
        yield self
        if vals.keys() & self._get_intake_fields():
            self._follow_intake_change()
        if vals.get('state') == 'cancel':
            self._forget_customer_confirmation()
            self._forget_confirmation_requests()
            self._lapse_waivers(all_of_them=True)

    @contextmanager
    def _intake_kept(self, vals):
        """Sales staff alone change what was agreed; the customer signs, and the ledger keeps channel and reference."""
        if vals.keys() & self._get_sales_fields():
            self._check_intake_right()
        if vals.keys() & self._get_evidence_fields():
            self._check_evidence(vals)
        if vals.keys() & {'channel_id', 'channel_reference'}:
            vals.update(self._clean_channel_reference(vals))
            self._check_channel_unchanged(vals)
        yield self
        if vals.get('signature'):
            self._check_signature()

    @api.model
    def _clean_channel_reference(self, vals):
        # The unique index knows no blank references.
        if isinstance(reference := vals.get('channel_reference'), str):
            return {**vals, 'channel_reference': reference.strip() or False}
        return vals

    def _check_intake_right(self):
        """Core lets stock, manufacturing and invoicing users write every order.

        :raise AccessError: for people who are no sales staff, if one of the orders is under policy;
            what core does for them as superuser passes
        """
        if self.env.su or self._is_lifecycle_sales():
            return
        if order := self.sudo().filtered('policy_id')[:1]:
            raise AccessError(self.env._(
                "Only sales staff can change what was agreed with the customer in %(order)s. Ask %(person)s to do it.",
                order=order.name, person=order.user_id.name or self.env._("a member of the sales team")))

    @api.model
    def _get_evidence_fields(self):
        """What the customer has done: on the page of the order, or by paying. No person enters it.

        :return: set of field names
        """
        return self._get_signature_fields() | {'transaction_ids'}

    @api.model
    def _get_given_names(self, vals_list):
        """:return: set of the names of the fields that values, the context or defaults of the person fill"""
        return set().union(*vals_list, self.env['ir.default']._get_model_defaults(self._name), (
            key.removeprefix('default_') for key in self.env.context if key.startswith('default_')))

    def _check_without_evidence(self, names):
        """No order is born signed or paid; only the system itself brings in old ones.

        :param names: the fields that may be filled
        :raise AccessError: with the first order under policy that has one of them
        """
        if not names or self.env.user._is_superuser():
            return
        for order in self.sudo():
            if order.policy_id and any(order[name] for name in names):
                raise self._get_evidence_error(order, names)

    def _check_evidence(self, vals):
        """The customer's page and payments, which act as superuser, keep what the customer does; setting an order
        back to quotation removes its signature.

        :raise AccessError: for people who would sign or pay for the customer, or take that away in another way
        """
        if self.env.su:
            return
        names = vals.keys() & self._get_evidence_fields()
        filled = any(vals[name] for name in names)
        # A quotation that is set back has to be signed again; what was paid stays paid.
        kept = names - self._get_signature_fields() if vals.get('state') == 'draft' else names
        for order in self.sudo():
            if order.policy_id and (filled or any(order[name] for name in kept)):
                raise self._get_evidence_error(order, names)

    @api.model
    def _get_evidence_error(self, order, names):
        if names & self._get_signature_fields():
            return AccessError(self.env._(
                "Only the customer signs %(order)s, on the page of the order. Send the customer the link, or keep how "
                "the order was confirmed with “Confirm with Customer”.", order=order.name))
        return AccessError(self.env._(
            "Online payments of %(order)s come from the payment itself. Register other payments on its invoice.",
            order=order.name))

    def _check_channel_unchanged(self, vals):
        """The ledger tells how an order arrived: that is no matter of opinion afterwards.

        :raise UserError: if a registered order would get another channel or reference
        """
        for order in self.sudo().filtered('received_at'):
            values = {'channel_id': order.channel_id.id, 'channel_reference': order.channel_reference}
            if any(values[name] != (vals[name] or False) for name in values.keys() & vals.keys()):
                raise UserError(self.env._(
                    "%(order)s is registered, so its channel and reference cannot change. "
                    "Cancel it and register a new order if they are wrong.", order=order.name))

    @api.ondelete(at_uninstall=False)
    def _unlink_except_registered(self):
        if registered := self.filtered('received_at')[:1]:
            raise UserError(self.env._(
                "%(order)s is registered in the order ledger and stays there. Cancel it instead.",
                order=registered.name))

    # -- registration ---------------------------------------------------------------------------

    def action_register(self, received_at=None):
        """Register orders in the ledger (article I2), under the policy that is in force now.

        The channel is the one that an order has, else the person's or the company's default.

        :param received_at: when they reached the company, for all of them: naive UTC datetime or ISO
            8601 text (without time zone it is UTC); now by default, never in the future
        :return: True
        :raise AccessError: for people who are no sales staff
        :raise UserError: with the first order that cannot be registered; then none is
        """
        self._check_lifecycle_sales()
        self.check_access('write')
        received_at = self._read_received_at(received_at)
        self._check_refusals(self._get_registration_refusals())
        self._action_register(received_at=received_at)
        return True

    @api.model
    def _read_received_at(self, value):
        """:return: naive UTC datetime, or None where nothing is given
        :raise UserError: unless it is a moment that has passed
        """
        if not value:
            return None
        try:
            moment = read_moment(value)
        except ValueError as error:
            raise UserError(self.env._(
                "The time of receipt is not readable: give date and time, such as 2025-03-31 14:05:00.")) from error
        if moment > fields.Datetime.now():
            raise UserError(self.env._(
                "The time of receipt is in the future: give the moment at which the order arrived."))
        return moment

    def _get_registration_refusals(self):
        """Why orders cannot be registered.

        :return: dict order id → UserError with one sentence; orders that can be registered are missing
        """
        refusals = {}
        for order in self:
            message = False
            company_sudo = order.company_id.sudo()
            if not company_sudo.order_policy_id:
                message = self.env._(
                    "%(company)s has no order policy in force, so %(order)s cannot be registered. "
                    "Adopt a policy first.",
                    company=company_sudo.name, order=order.display_name)
            elif order.received_at:
                message = self.env._("%(order)s is registered already.", order=order.display_name)
            elif order.state not in ('draft', 'sent'):
                message = self.env._(
                    "%(order)s is no quotation any more, so it cannot be registered.", order=order.display_name)
            elif not order._get_registration_channel():
                message = self.env._(
                    "Choose the channel on which %(order)s arrived: neither you nor %(company)s has a default channel.",
                    order=order.display_name, company=company_sudo.name)
            if message:
                refusals[order.id] = UserError(message)
        return refusals

    def _get_registration_channel(self):
        """:return: the ``order.channel`` that the order is registered with, empty if nobody has said"""
        self.ensure_one()
        return self.channel_id or self.env['order.channel']._get_default_channel(self.company_id)

    def _action_register(self, received_at=None, channel=None):
        """Register any number of orders, as superuser and after all checks; rooms extend it.

        :param received_at: naive UTC datetime for all, or dict order id → datetime or None; None is now
        :param channel: ``order.channel`` for all; by default what each order has, else the default
        """
        now = fields.Datetime.now()
        moments = received_at if isinstance(received_at, dict) else dict.fromkeys(self.ids, received_at)
        chosen = {order.id: channel or order._get_registration_channel() for order in self}
        for key, orders in self.sudo().grouped(
                lambda order: (order.company_id, chosen[order.id], moments[order.id] or now)).items():
            company, order_channel, moment = key
            orders._write_guarded({
                'policy_id': company.order_policy_id.id,
                'channel_id': order_channel.id,
                'registered_by_id': self.env.uid,
                'received_at': moment,
            })
        if self:
            self.sudo()._lifecycle_event('registered')
        self._detect_duplicates()

    def _submit_registered(self):
        """Hook: a machine has registered these orders on a channel that submits for review."""

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
                "Sales confirms by phone or by e-mail: choose one of them. "
                "On the portal the customer confirms with his own signature."))

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
                    "%(order)s follows no order policy, so its confirmation is not kept.", order=order.display_name)
            elif order.state == 'cancel':
                message = self.env._(
                    "%(order)s is cancelled, so there is nothing to confirm with the customer.",
                    order=order.display_name)
            elif order.state == 'sale':
                message = self.env._("%(order)s is confirmed already.", order=order.display_name)
            elif not order.received_at:
                message = self.env._(
                    "%(order)s is not registered yet: register it before you confirm it with the customer.",
                    order=order.display_name)
            elif order.customer_confirmed_at and order not in stale:
                message = self.env._(
                    "%(order)s has been confirmed with the customer already.", order=order.display_name)
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
                "%(order)s has not been confirmed with the customer: call or write, and keep the answer with "
                "“Confirm with Customer”.", order=order.display_name)
            for order in asked_sudo if not order.customer_confirmed_at
        }
        for order in asked_sudo._get_stale_confirmations():
            obstacles[order.id] = self.env._(
                "%(order)s has changed since the customer has confirmed it: confirm it with the customer again.",
                order=order.display_name)
        return obstacles

    def _get_hours_since_receipt(self, moment):
        """Working hours from receipt to ``moment``, in the working hours of each order's policy.

        :param moment: naive UTC datetime
        :return: dict order → hours; one reading a calendar, plain hours where there is none
        """
        hours = {}
        for calendar, orders in self.grouped(
                lambda order: order.policy_id.calendar_id or order.company_id.resource_calendar_id).items():
            start = min(orders.mapped('received_at'))
            span = calendar and self.env['order.deadline.mixin']._get_working_time(calendar, start, moment)
            for order in orders:
                hours[order] = (
                    span.hours_until(moment) - span.hours_until(order.received_at) if span
                    else (moment - order.received_at).total_seconds() / 3600)
        return hours

    # -- what goes into a dossier -----------------------------------------------------------------

    @api.model
    def _get_dossier_fields(self):
        return [*super()._get_dossier_fields(), 'channel_id', 'channel_reference', 'received_at', 'registered_by_id']
