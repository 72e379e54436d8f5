from contextlib import contextmanager

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from ..mixins.arguments import read_moment
from ..mixins.mark import is_system


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
        help="The channel through which the order was received.")
    channel_reference = fields.Char(
        copy=False, help="The order number of the customer, shop or platform.")
    received_at = fields.Datetime(readonly=True, copy=False, help="When the company received the order.")
    clock_mark = fields.Integer(
        compute='_compute_clock_mark', store=True, readonly=False, copy=False, groups=fields.NO_ACCESS,
        help="The last change of working time before the order was registered.")
    registered_by_id = fields.Many2one('res.users', readonly=True, copy=False)
    received_payload = fields.Json(
        readonly=True, copy=False, groups='sale_order_lifecycle.group_manager',
        help="The data first sent by the system that submitted the order.")

    # completeness
    is_complete = fields.Boolean(
        "Complete", compute='_compute_missing_information', search='_search_is_complete',
        help="All information required by the policy has been entered.")
    missing_information = JsonList("Missing Items", compute='_compute_missing_information')
    missing_summary = fields.Text("Missing Information", compute='_compute_missing_information')
    intake_warnings = fields.Text("Warnings", compute='_compute_missing_information')

    # the confirmation with the customer
    customer_confirmed_at = fields.Datetime("Confirmed with Customer", readonly=True, copy=False)
    customer_confirmed_by_id = fields.Many2one(
        'res.users', string="Confirmed with Customer By", readonly=True, copy=False)
    customer_confirmed_method = fields.Selection(
        [('phone', "Phone"), ('email', "E-mail"), ('portal', "Portal")], string="Confirmation Method",
        readonly=True, copy=False)
    customer_confirmed_note = fields.Text("Note on Confirmation", readonly=True, copy=False)
    customer_confirmed_values = fields.Json(
        readonly=True, copy=False, groups='sale_order_lifecycle.group_manager',
        help="The values confirmed by the customer.")
    confirmation_hours = fields.Float(
        "Hours to Confirmation", readonly=True, copy=False, aggregator='avg', digits=(16, 2),
        help="Working hours from the receipt of the order to its confirmation with the customer.")
    needs_customer_confirmation = fields.Boolean(
        compute='_compute_needs_customer_confirmation', compute_sudo=True,
        help="The confirmation with the customer that the policy requires is missing.")

    # what the ledger tells about the order
    customer_contact = fields.Char("Contact", compute='_compute_customer_contact', compute_sudo=True)
    product_summary = fields.Char("Products", compute='_compute_product_summary', compute_sudo=True)
    ordered_quantity = fields.Float(
        "Quantity", compute='_compute_product_summary', compute_sudo=True, digits='Product Unit')

    # -- constraints and indexes ----------------------------------------------------------------

    _channel_reference_unique = models.UniqueIndex(
        '(company_id, channel_id, channel_reference) WHERE channel_reference IS NOT NULL',
        "Another order of this channel already has this reference: correct the reference.")
    _ledger_idx = models.Index('(company_id, received_at DESC) WHERE received_at IS NOT NULL')

    # -- compute and search ---------------------------------------------------------------------

    @api.depends('received_at')
    def _compute_clock_mark(self):
        registered = self.filtered('received_at')
        (self - registered).clock_mark = 0
        if registered:
            registered.clock_mark = self.env['order.working.time']._get_mark()

    def _get_clock_mark(self):
        return self.clock_mark

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
            'received_at', 'clock_mark', 'registered_by_id', 'received_payload',
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
        given = self._get_given_names(vals_list)
        orders = super().create([self._clean_channel_reference(vals) for vals in vals_list])
        orders._check_without_evidence(given & self._get_evidence_fields())
        if 'name' in given:
            orders._check_number_free()
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
        if 'name' in vals:
            self._check_number_kept(vals['name'])
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
                "%(order)s can only be signed by the customer, on the page of the order. Send the customer the link, "
                "or record how the order was confirmed with “Confirm with Customer”.", order=order.name))
        return AccessError(self.env._(
            "Online payments of %(order)s are linked by the payment transaction. Register other payments on its "
            "invoice.",
            order=order.name))

    def _check_number_kept(self, number):
        """Customers, documents and the record of decisions name an order by its number, which the system gives.

        :raise UserError: if an order under policy would get another one
        """
        if is_system(self):
            return
        if order := self.sudo().filtered(lambda order: order.policy_id and order.name != number)[:1]:
            raise UserError(self.env._(
                "The number of %(order)s cannot be changed. Enter the customer's number as the customer reference.",
                order=order.name))

    def _check_number_free(self):
        """Two orders with one number would be taken for each other.

        :raise UserError: if the number that somebody has given to one of these new orders under policy is taken
        """
        numbers = self.sudo().filtered('policy_id').mapped('name')
        for company, number, count in self.sudo().with_context(active_test=False)._read_group(
                Domain('name', 'in', numbers) & Domain('company_id', 'in', self.company_id.ids),
                ['company_id', 'name'], ['__count']) if numbers else ():
            if count > 1:
                raise UserError(self.env._(
                    "%(company)s already has an order with the number %(number)s. Remove the number, so that the order "
                    "gets the next one.", company=company.name, number=number))

    def _check_channel_unchanged(self, vals):
        """The ledger tells how an order arrived: that is no matter of opinion afterwards.

        :raise UserError: if a registered order would get another channel or reference
        """
        for order in self.sudo().filtered('received_at'):
            values = {'channel_id': order.channel_id.id, 'channel_reference': order.channel_reference}
            if any(values[name] != (vals[name] or False) for name in values.keys() & vals.keys()):
                raise UserError(self.env._(
                    "%(order)s is registered, so its channel and reference cannot be changed. Cancel it and register a "
                    "new order if they are wrong.", order=order.name))

    @api.ondelete(at_uninstall=False)
    def _unlink_except_registered(self):
        if registered := self.filtered('received_at')[:1]:
            raise UserError(self.env._(
                "%(order)s is registered in the order ledger and cannot be deleted. Cancel it instead.",
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
                "The time of receipt is invalid: enter a date and time, such as 2025-03-31 14:05:00.")) from error
        if moment > fields.Datetime.now():
            raise UserError(self.env._(
                "The time of receipt is in the future: enter the time at which the order was received."))
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
                message = self.env._("%(order)s is already registered.", order=order.display_name)
            elif order.state not in ('draft', 'sent'):
                message = self.env._(
                    "%(order)s is no longer a quotation, so it cannot be registered.", order=order.display_name)
            elif not order._get_registration_channel():
                message = self.env._(
                    "Select the channel through which %(order)s was received: neither you nor %(company)s has a "
                    "default channel.",
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
        mark = self.env['order.working.time']._get_mark()
        for key, orders in self.sudo().grouped(
                lambda order: (order.company_id, chosen[order.id], moments[order.id] or now)).items():
            company, order_channel, moment = key
            # Those that came through it have it: what follows a change would be done for each moment.
            orders.filtered(lambda order, given=order_channel: order.channel_id != given)._write_guarded({
                'channel_id': order_channel.id})
            orders._write_guarded({
                'policy_id': company.order_policy_id.id,
                'registered_by_id': self.env.uid,
                'received_at': moment,
                'clock_mark': mark,
            })
        if self:
            self.sudo()._lifecycle_event('registered')
        self._detect_duplicates()

    def _submit_registered(self):
        """Hook: a machine has registered these orders on a channel that submits for review."""

    # -- what goes into a dossier -----------------------------------------------------------------

    @api.model
    def _get_dossier_fields(self):
        return [*super()._get_dossier_fields(), 'channel_id', 'channel_reference', 'received_at', 'registered_by_id']
