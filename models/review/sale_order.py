from collections import defaultdict

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import format_amount, format_date, format_datetime, format_list, formatLang, html2plaintext

from .order_review import OPEN_STATES


class SaleOrder(models.Model):
    _inherit = 'sale.order'

    lifecycle_phase = fields.Selection(selection_add=[('review', "Review"), ('cancelled',)])

    # review
    review_ids = fields.One2many(
        'order.review', 'order_id', string="Reviews", readonly=True, copy=False,
        groups='sale_order_lifecycle.group_reviewer,sales_team.group_sale_salesman')
    review_state = fields.Selection(
        [('none', "Not Registered"), ('to_submit', "To Submit"), ('in_review', "In Review"),
         ('approved', "Approved"), ('returned', "Returned"), ('rejected', "Rejected")],
        default='none', readonly=True, copy=False)
    review_round = fields.Integer(readonly=True, copy=False)
    open_review_count = fields.Integer(
        "Open Reviews", readonly=True, copy=False,
        help="Changes with every decision, so that two decisions at the same time meet on the order.")
    review_summary = fields.Json(compute='_compute_review_summary')
    is_accepted = fields.Boolean(
        "Accepted by the Company", compute='_compute_is_accepted',
        help="All approvals stand on the present values.")

    # facts
    submitted_at = fields.Datetime(readonly=True, copy=False)
    submitted_by_id = fields.Many2one('res.users', readonly=True, copy=False)
    approved_at = fields.Datetime(readonly=True, copy=False)
    confirmed_at = fields.Datetime(readonly=True, copy=False)
    former_salesperson_ids = fields.Many2many(
        'res.users', 'sale_order_former_salesperson_rel', string="Former Salespeople", readonly=True, copy=False,
        help="Who was the salesperson after the order was registered. Four eyes exclude them, too.")

    # the customer's own word
    customer_accepted_at = fields.Datetime(readonly=True, copy=False)
    customer_accepted_by = fields.Char(readonly=True, copy=False)
    customer_accepted_method = fields.Selection(
        [('signature', "Signature"), ('payment', "Payment")], readonly=True, copy=False)
    customer_accepted_values = fields.Json(
        readonly=True, copy=False, groups='sale_order_lifecycle.group_manager',
        help="The values that the customer has accepted.")

    # what stages ask about the customer
    is_new_customer = fields.Boolean(
        compute='_compute_is_new_customer', search='_search_is_new_customer',
        help="The customer has no other confirmed order in this company.")
    customer_has_overdue_invoice = fields.Boolean(
        compute='_compute_customer_has_overdue_invoice', search='_search_customer_has_overdue_invoice')
    has_instalments = fields.Boolean(
        "Paid by Instalments", compute='_compute_has_instalments', search='_search_has_instalments')

    # -- compute and search ---------------------------------------------------------------------

    @api.depends('review_state')
    def _compute_lifecycle_phase(self):
        return super()._compute_lifecycle_phase()

    def _get_lifecycle_phase(self):
        if self.review_state in ('in_review', 'approved'):
            return 'review'
        return super()._get_lifecycle_phase()

    @api.depends('review_ids.state')
    def _compute_waiting_for(self):
        return super()._compute_waiting_for()

    def _get_waiting_for(self):
        waiting = super()._get_waiting_for()
        for order in self.filtered(lambda order: order.lifecycle_phase == 'review'):
            pending = order.sudo().review_ids.filtered(lambda review: review.state == 'pending')
            waiting[order.id] = list(dict.fromkeys(pending.role_id.mapped('name'))) or [
                self.env['order.role']._get_by_code('sales').sudo().name]
        return waiting

    @api.depends('review_ids.state', 'review_ids.voided_at')
    @api.depends_context('lang')
    def _compute_review_summary(self):
        for order in self:
            order.review_summary = [{
                'id': review.id,
                'stage': review.stage_id.name,
                'role': review.role_id.name,
                'role_code': review.role_id.code,
                'state': review.state,
                'overdue': review.is_overdue,
            } for review in order.sudo()._get_current_reviews()]

    def _get_current_reviews(self):
        """The row of each stage that says where the review of this order stands.

        :return: ``order.review`` in the sequence of the stages: the last of each that was neither cancelled nor voided
        """
        self.ensure_one()
        last = {}
        for review in self.review_ids.sorted('id'):
            if review.state != 'cancelled' and not (review.state == 'approved' and review.voided_at):
                last[review.stage_id] = review
        rows = sorted(last.values(), key=lambda review: (review.stage_id.sequence, review.stage_id.id))
        return self.review_ids.browse(review.id for review in rows).with_prefetch(self.review_ids._prefetch_ids)

    @api.depends('review_state', 'order_line', 'customer_confirmed_at')
    def _compute_is_accepted(self):
        obstacles = self._origin._get_acceptance_obstacles()
        for order in self:
            # Nothing has been accepted of an order that is being entered.
            order.is_accepted = bool(order.policy_id and order._origin) and order._origin.id not in obstacles

    @api.depends('partner_id', 'company_id')
    def _compute_is_new_customer(self):
        known = self._get_known_customers(Domain('partner_id', 'child_of', self.partner_id.commercial_partner_id.ids))
        for order in self:
            others = known[order.company_id.id, order.partner_id.commercial_partner_id.id] - set(order._origin.ids)
            order.is_new_customer = not others

    @api.model
    def _search_is_new_customer(self, operator, value):
        if operator != 'in':
            return NotImplemented
        if True not in value:
            return Domain.FALSE
        known = self._get_known_customers(Domain.TRUE)
        return ~Domain.OR(
            Domain('company_id', '=', company_id)
            & Domain('partner_id.commercial_partner_id', '=', partner_id)
            & (Domain('id', 'not in', orders) if len(orders) == 1 else Domain.TRUE)
            for (company_id, partner_id), orders in known.items() if orders
        )

    @api.model
    def _get_known_customers(self, domain):
        """:return: dict (company id, commercial partner id) → set of ids of confirmed orders"""
        known = defaultdict(set)
        for partner, company, ids in self.env['sale.order'].sudo()._read_group(
                Domain('state', '=', 'sale') & domain, ['partner_id', 'company_id'], ['id:array_agg']):
            known[company.id, partner.commercial_partner_id.id].update(ids)
        return known

    @api.depends('partner_id', 'company_id')
    def _compute_customer_has_overdue_invoice(self):
        overdue = self._get_overdue_customers(
            Domain('commercial_partner_id', 'in', self.partner_id.commercial_partner_id.ids))
        for order in self:
            order.customer_has_overdue_invoice = (
                order.company_id.id, order.partner_id.commercial_partner_id.id) in overdue

    @api.model
    def _search_customer_has_overdue_invoice(self, operator, value):
        if operator != 'in':
            return NotImplemented
        if True not in value:
            return Domain.FALSE
        return Domain.OR(
            Domain('company_id', '=', company_id) & Domain('partner_id.commercial_partner_id', '=', partner_id)
            for company_id, partner_id in self._get_overdue_customers(Domain.TRUE)
        )

    @api.model
    def _get_overdue_customers(self, domain):
        """:return: set of pairs (company id, commercial partner id) with an overdue open invoice"""
        return {
            (company.id, partner.id)
            for partner, company in self.env['account.move'].sudo()._read_group(
                Domain([
                    ('state', '=', 'posted'), ('move_type', '=', 'out_invoice'),
                    ('payment_state', 'in', ('not_paid', 'partial')), ('invoice_date_due', '<', 'today'),
                ]) & domain, ['commercial_partner_id', 'company_id'])
        }

    @api.depends('payment_term_id')
    def _compute_has_instalments(self):
        for order in self:
            order.has_instalments = len(order.payment_term_id.sudo().line_ids) > 1

    @api.model
    def _search_has_instalments(self, operator, value):
        if operator != 'in':
            return NotImplemented
        terms = [term.id for term, _count in self.env['account.payment.term.line'].sudo()._read_group(
            [], ['payment_id'], ['__count'], having=[('__count', '>', 1)])]
        return Domain('payment_term_id', 'in', terms) if True in value else Domain.FALSE

    # -- guarded fields, gate and what may change -----------------------------------------------

    def _get_guarded_fields(self):
        return super()._get_guarded_fields() | {
            'review_ids', 'review_state', 'review_round', 'open_review_count',
            'submitted_at', 'submitted_by_id', 'approved_at', 'confirmed_at', 'former_salesperson_ids',
            'customer_accepted_at', 'customer_accepted_by', 'customer_accepted_method', 'customer_accepted_values',
        }

    @api.constrains('state', 'company_id', 'policy_id')
    def _check_acceptance(self):
        """The gate (article R5): it looks at what is stored, so every way to ``sale`` ends here."""
        confirmed = self.filtered(lambda order: order.policy_id and order.state == 'sale' and not order.confirmed_at)
        for obstacle in confirmed._get_acceptance_obstacles().values():
            raise ValidationError(obstacle)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_reviewed(self):
        if reviewed := self.filtered(lambda order: order.sudo().review_ids)[:1]:
            raise UserError(self.env._(
                "%(order)s has been reviewed and stays on record. Cancel it instead.", order=reviewed.name))

    def write(self, vals):
        frozen = self._get_frozen_orders(vals.keys() & set(self._get_commercial_fields()))
        if 'state' in vals:
            self._check_state_change(vals['state'])
        if 'user_id' in vals:
            self._keep_former_salespeople(vals['user_id'])
        before = frozen._get_frozen_values()
        result = super().write(vals)
        frozen._check_frozen_values(before)
        if 'state' in vals:
            self._follow_state()
        if 'signature' in vals and not vals['signature']:
            self._forget_customer_acceptance()
        if not (vals.keys() <= self._get_review_neutral_fields()):
            self._follow_change()
        return result

    def _keep_former_salespeople(self, user_id):
        """Giving an order away does not make its salesperson somebody who has not sold it.

        :param user_id: id of the next salesperson, or False
        """
        registered = self.sudo().filtered(
            lambda order: order.policy_id and order.review_state != 'none' and order.user_id.id != user_id)
        for user, orders in registered.grouped('user_id').items():
            if user:
                orders.former_salesperson_ids = [fields.Command.link(user.id)]

    def _check_state_change(self, state):
        """A confirmed order leaves ``sale`` by cancellation only, which ends its documents, too."""
        if state in ('draft', 'sent') and (
                confirmed := self.filtered(lambda order: order.policy_id and order.state == 'sale')[:1]):
            raise UserError(self.env._(
                "%(order)s is confirmed. Cancel it before you set it back to quotation.", order=confirmed.name))

    def _follow_state(self):
        """Keep the date of confirmation; cancelling ends the reviews and voids the approvals."""
        orders_sudo = self.sudo().filtered('policy_id')
        if confirmed := orders_sudo.filtered(lambda order: order.state == 'sale' and not order.confirmed_at):
            confirmed.confirmed_at = fields.Datetime.now()
        if cancelled := orders_sudo.filtered(lambda order: order.state == 'cancel'):
            cancelled.review_ids.filtered(lambda review: review.state == 'approved' and not review.voided_at)._void()
            reviewed = cancelled.filtered(lambda order: order.review_state != 'none')
            reviewed._close_reviews('to_submit')
            cancelled.write({'confirmed_at': False})
            cancelled._forget_customer_acceptance()

    def _follow_change(self):
        """Evaluate the stages of orders in review again: values or conditions may have changed."""
        self._lapse_customer_confirmation()
        changed = self.sudo().filtered(
            lambda order: order.policy_id and order.state in ('draft', 'sent')
            and order.review_state in ('in_review', 'approved'))
        if changed:
            changed._sync_reviews()

    @api.model
    def _get_review_neutral_fields(self):
        """Fields whose change can touch no stage, so that writing them costs nothing.

        :return: set of field names
        """
        return self._get_guarded_fields() | {
            'state', 'access_token', 'signature', 'signed_by', 'signed_on', 'date_order', 'locked',
            'activity_ids', 'message_ids', 'message_follower_ids', 'message_main_attachment_id',
            'pending_email_template_id', 'transaction_ids', 'invoice_status', 'procurement_group_id',
            'stock_reference_ids', 'order_line',
        }

    @api.model
    def _get_commercial_fields(self):
        """The commercial fields of an order: watched by stages that name none, frozen by confirmation.

        :return: sorted tuple of field names
        """
        return (
            'commitment_date', 'currency_id', 'fiscal_position_id', 'incoterm', 'incoterm_location', 'note',
            'partner_id', 'partner_invoice_id', 'partner_shipping_id', 'payment_term_id', 'pricelist_id',
        )

    def _get_frozen_orders(self, touched):
        """:return: the confirmed orders under policy, none where ``touched`` is empty"""
        return self.filtered(lambda order: order.policy_id and order.state == 'sale') if touched else self.browse()

    def _get_frozen_values(self):
        """The commercial values that confirmation has frozen, without the lines that core itself adds.

        :return: dict order id → watched values
        """
        if not self:
            return {}
        return self.sudo()._get_watched_values(lambda line: line._is_frozen_by_confirmation())

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

    def _check_frozen_values(self, before):
        """:raise UserError: when a commercial value of a confirmed order is no longer what it was"""
        after = self._get_frozen_values()
        for order in self:
            if changes := order._describe_changes(before[order.id], after[order.id]):
                raise order._get_frozen_error(changes[0])

    def _get_frozen_error(self, change):
        """:param change: translated text of what would change
        :return: UserError"""
        return UserError(self.env._(
            "%(order)s is confirmed with the values that were approved, so this cannot change: %(change)s. "
            "Cancel the order, set it back to quotation and submit it for review again.",
            order=self.name, change=change))

    # -- values that were seen --------------------------------------------------------------------

    def _get_watched_values(self, line_filter=None):
        """The present values of all fields that stages of these orders watch, in comparable form.

        :param line_filter: function that tells which order lines count; all but sections and notes by default
        :return: dict order id → ``{"order": {field: value}, "lines": {"<line id>": {field: value}}}``;
            many2one as id, many2many as sorted ids, dates as ISO text
        """
        order_names, line_names = set(self._get_commercial_fields()), set(
            self.env['sale.order.line']._get_commercial_fields())
        for stage in self.sudo().policy_id.with_context(active_test=False).stage_ids:
            for names, watched in zip((order_names, line_names), stage._get_watched_names(), strict=True):
                names.update(watched)
        result = {}
        for order in self:
            # No filtered(): its result would be prefetched order by order.
            lines = [
                line for line in order.order_line
                if not line.display_type and (line_filter is None or line_filter(line))]
            result[order.id] = {
                'order': {name: self._to_watched_value(order, name) for name in sorted(order_names)},
                'lines': {
                    str(line.id): {name: self._to_watched_value(line, name) for name in sorted(line_names)}
                    for line in lines
                },
            }
        return result

    @api.model
    def _to_watched_value(self, record, name):
        value, field = record[name], record._fields[name]
        if field.relational:
            return value.id if field.type == 'many2one' else sorted(value.ids)
        if field.type in ('float', 'monetary'):
            return round(value, 6)
        if field.type in ('date', 'datetime'):
            return field.to_string(value) if value else False
        return str(value) if isinstance(value, str) else value

    def _describe_changes(self, before, after):
        """What differs between two states of watched values, for people.

        :param before: value of :meth:`_get_watched_values` for one order, or a stage's part of it
        :param after: the same, later
        :return: list of translated texts such as ``Unit Price (Chair): 12.00 → 10.50``, empty when equal
        """
        self.ensure_one()
        changes = [
            self._describe_change(self, name, before['order'].get(name), value)
            for name, value in after['order'].items() if before['order'].get(name) != value
        ]
        Line = self.env['sale.order.line'].sudo()
        for line_id in dict.fromkeys([*before['lines'], *after['lines']]):
            old, new = before['lines'].get(line_id), after['lines'].get(line_id)
            if old is None:
                changes.append(self.env._("New line: %(product)s", product=self._describe_line(line_id, new)))
            elif new is None:
                changes.append(self.env._("Line removed: %(product)s", product=self._describe_line(line_id, old)))
            else:
                changes += [
                    self._describe_change(Line.browse(int(line_id)), name, old.get(name), value,
                                          self._describe_line(line_id, new))
                    for name, value in new.items() if old.get(name) != value
                ]
        return changes

    def _describe_line(self, line_id, values):
        product = self.env['product.product'].sudo().browse(values.get('product_id') or []).exists()
        return product.display_name or self.env['sale.order.line'].sudo().browse(int(line_id)).exists().name or line_id

    def _describe_change(self, record, name, before, after, line=None):
        field = record._fields[name]
        label = field._description_string(self.env)
        before, after = self._describe_value(field, before), self._describe_value(field, after)
        if line:
            return self.env._(
                "%(field)s (%(line)s): %(before)s → %(after)s", field=label, line=line, before=before, after=after)
        return self.env._("%(field)s: %(before)s → %(after)s", field=label, before=before, after=after)

    def _describe_value(self, field, value):
        if value in (None, False, []) and field.type != 'boolean':
            return "—"
        if field.relational:
            return ", ".join(self.env[field.comodel_name].sudo().browse(value).exists().mapped('display_name')) or "—"
        if field.type == 'monetary':
            return format_amount(self.env, value, self.currency_id)
        if field.type == 'float':
            return formatLang(self.env, value)
        if field.type == 'date':
            return format_date(self.env, value)
        if field.type == 'datetime':
            return format_datetime(self.env, value)
        if field.type == 'html':
            return html2plaintext(value)
        if field.type == 'selection':
            return dict(field._description_selection(self.env)).get(value, value)
        return str(value)

    # -- submission -------------------------------------------------------------------------------

    def action_submit_review(self):
        """Submit the orders for review, registering those that are not registered (articles I3, R1).

        Approvals that stand on the present values are kept; an approved order whose values have
        changed without notice is evaluated again.

        :return: True
        :raise AccessError: for people who are no sales staff
        :raise UserError: with the first order that cannot be submitted; then none is
        """
        self._check_lifecycle_sales()
        self.check_access('write')
        self._check_submittable()
        self._action_submit_review()
        return True

    def action_submit_possible(self):
        """Submit those of the orders that can be submitted, for lists.

        :return: a notification that counts them and names the others
        """
        self._check_lifecycle_sales()
        self.check_access('write')
        refusals = self._get_submission_refusals()
        possible = self.filtered(lambda order: order.id not in refusals)
        possible._action_submit_review()
        return self.env['order.review']._get_summary_notification(
            self.env._("%(count)s orders submitted for review.", count=len(possible)), refusals)

    def action_submit_and_review(self):
        """Submit, and decide the sales stage as the person who submits, where the policy lets him.

        :return: True
        :raise AccessError, UserError: as :meth:`action_submit_review`
        """
        self.action_submit_review()
        sales = self.env['order.role']._get_by_code('sales')
        own = self.sudo().review_ids.filtered(
            lambda review: review.state == 'pending' and review.role_id == sales).sudo(self.env.su)
        decidable = own.filtered(lambda review: review.id not in own._get_approval_refusals())
        decidable._action_decide('approved', None)
        return True

    def _check_submittable(self):
        for refusal in self._get_submission_refusals().values():
            raise refusal

    def _get_submission_refusals(self):
        """Why orders cannot be submitted.

        :return: dict order id → UserError with one sentence
        """
        refusals = {}
        obstacles = self._get_approval_obstacles()
        registration = self.filtered(lambda order: not order.received_at)._get_registration_refusals()
        missing = self._get_missing_information()
        for order in self:
            message = False
            if not order.policy_id:
                message = self.env._(
                    "%(order)s follows no order policy, so there is nothing to review.", order=order.display_name)
            elif order.state not in ('draft', 'sent'):
                message = self.env._(
                    "%(order)s is no quotation any more, so it cannot be submitted.", order=order.display_name)
            elif order.review_state == 'in_review':
                message = self.env._("%(order)s is in review already.", order=order.display_name)
            elif order.review_state == 'approved' and order.id not in obstacles:
                message = self.env._("%(order)s is approved already. Confirm it.", order=order.display_name)
            elif order.id in registration:
                refusals[order.id] = registration[order.id]
            elif missing.get(order.id):
                message = self.env._(
                    "%(order)s is not complete: %(missing)s", order=order.display_name,
                    missing=" ".join(missing[order.id]))
            if message:
                refusals[order.id] = UserError(message)
        return refusals

    def _action_submit_review(self):
        """Open the reviews of orders that may be submitted; any number, checks are made before."""
        if not self:
            return
        self.filtered(lambda order: not order.received_at)._action_register()
        orders_sudo = self.sudo()
        # After a rejection every stage begins anew.
        orders_sudo.filtered(lambda order: order.review_state == 'rejected').review_ids.filtered(
            lambda review: review.state == 'approved' and not review.voided_at)._void()
        now = fields.Datetime.now()
        for review_round, orders in orders_sudo.grouped('review_round').items():
            orders.write({
                'review_state': 'in_review',
                'review_round': review_round + 1,
                'submitted_at': now,
                'submitted_by_id': self.env.uid,
            })
        orders_sudo.activity_feedback(['sale_order_lifecycle.mail_activity_type_correct_order'])
        orders_sudo._sync_reviews()

    def _action_register(self, received_at=None, channel=None):
        result = super()._action_register(received_at=received_at, channel=channel)
        self.sudo().filtered(lambda order: order.policy_id and order.review_state == 'none').review_state = 'to_submit'
        return result

    def _submit_registered(self):
        """A channel with ``auto_submit`` passes its complete orders on to review (article I5)."""
        result = super()._submit_registered()
        refusals = self._get_submission_refusals()
        self.filtered(lambda order: order.id not in refusals)._action_submit_review()
        return result

    # -- the reviews follow the facts ---------------------------------------------------------------

    def _get_applicable_stages(self):
        """The review stages that apply to each order now.

        :return: dict order id → ``order.review.stage``, in sequence
        """
        orders_sudo = self.sudo()
        stages = dict.fromkeys(orders_sudo.ids, self.env['order.review.stage'].sudo())
        for policy, orders in orders_sudo.grouped('policy_id').items():
            # The whole context is replaced, so that nothing of the caller's is left.
            neutral = policy and orders.with_context(policy._get_condition_context())  # pylint: disable=context-overridden
            # Whatever the context of the caller lets see.
            for stage in policy.stage_ids.filtered('active'):
                for order in stage._get_applicable_orders(neutral):
                    stages[order.id] |= stage
        return stages

    def _get_standing_approvals(self):
        """The approvals of each order that stand on its present values.

        :return: dict order id → dict ``order.review.stage`` → ``order.review``
        """
        values = self._get_watched_values()
        standing = {}
        for order in self:
            standing[order.id] = {
                review.stage_id: review for review in order.review_ids
                if review.state == 'approved' and not review.voided_at
                and review.watched_values == review.stage_id._pick_watched_values(values[order.id])
            }
        return standing

    def _sync_reviews(self):
        """Bring the reviews of submitted orders in line with their stages and values, as superuser.

        Stages that apply and have neither an open review nor a standing approval get one; approvals
        for other values lose their effect; open reviews of stages that no longer apply end. Of the
        open reviews those of the lowest sequence are pending. With none left the order is approved.
        """
        self = self.sudo()  # noqa: PLW0642 - the addon acts; rights were asked before
        Review = self.env['order.review']
        stages, standing = self._get_applicable_stages(), self._get_standing_approvals()
        void, obsolete, missing = Review, Review, []
        for order in self:
            reviews = order.review_ids
            void |= reviews.filtered(
                lambda review, valid=standing[order.id]: review.state == 'approved' and not review.voided_at
                and valid.get(review.stage_id) != review)
            open_reviews = reviews.filtered(lambda review: review.state in OPEN_STATES)
            obsolete |= open_reviews.filtered(lambda review, valid=stages[order.id]: review.stage_id not in valid)
            missing += [
                order._prepare_review_vals(stage) for stage in stages[order.id]
                if stage not in standing[order.id] and stage not in open_reviews.stage_id
            ]
        void and void._void()
        obsolete and obsolete._close()
        if missing:
            # The index allows one open row a stage, so what was just closed has to be written first.
            Review.flush_model(['state'])
            Review.create(missing)
        self._activate_reviews()
        self._settle_review_state()

    def _prepare_review_vals(self, stage):
        """Values of a new review of this order; override to add to it."""
        self.ensure_one()
        return {
            'order_id': self.id,
            'stage_id': stage.id,
            'role_id': stage.role_id.id,
            'round': self.review_round,
            'deadline_hours': stage.sla_hours,
            'check_ids': [fields.Command.create({
                'name': check.name, 'sequence': check.sequence, 'required': check.required,
            }) for check in stage.check_ids],
        }

    def _activate_reviews(self):
        """Exactly the open reviews of the lowest sequence of an order are pending."""
        begin = wait = self.env['order.review']
        for order in self:
            open_reviews = order.review_ids.filtered(lambda review: review.state in OPEN_STATES)
            first = min(open_reviews.mapped('stage_id.sequence'), default=0)
            for review in open_reviews:
                if review.state == 'waiting' and review.stage_id.sequence == first:
                    begin |= review
                elif review.state == 'pending' and review.stage_id.sequence != first:
                    wait |= review
        begin and begin._activate()
        wait and wait.write({'state': 'waiting', 'deadline_start': False, 'deadline': False})

    def _settle_review_state(self):
        """Write what the reviews say on the orders; the count changes with each decision."""
        now = fields.Datetime.now()
        accepted, reopened = self.browse(), self.browse()
        for order in self:
            count = len(order.review_ids.filtered(lambda review: review.state in OPEN_STATES))
            vals = {'open_review_count': count}
            if not count and order.review_state != 'approved':
                accepted |= order
                vals.update(review_state='approved', approved_at=now)
            elif count and order.review_state != 'in_review':
                reopened |= order
                vals.update(review_state='in_review', approved_at=False)
            order.write(vals)
        accepted and accepted._on_accepted()
        reopened and reopened._on_reopened()

    def _on_accepted(self):
        """Hook: the company has just accepted these orders (articles R5, R6)."""
        self._message_log_batch(bodies={
            order.id: self.env._("All departments have approved the order.") if order.review_ids
            else self.env._("The policy asks for no review of this order: it is accepted.")
            for order in self
        })

    def _on_reopened(self):
        """Hook: approvals of these orders do not hold any more."""
        self._message_log_batch(bodies=dict.fromkeys(
            self.ids, self.env._("The order has changed since it was approved, so its review is open again.")))

    def _close_reviews(self, review_state):
        """End the open reviews of the orders without a decision.

        :param review_state: what the orders become, e.g. ``returned``
        """
        self.review_ids.filtered(lambda review: review.state in OPEN_STATES)._close()
        self.write({'review_state': review_state, 'open_review_count': 0, 'approved_at': False})

    # -- acceptance ---------------------------------------------------------------------------------

    def _is_accepted(self):
        """The company's word: whether approvals stand on the present values of all these orders.

        :return: bool; True for orders that follow no policy
        """
        return not self._get_acceptance_obstacles()

    def _get_acceptance_obstacles(self):
        """Why orders under policy are not accepted by the company (articles I4, R5), in batch.

        Later rooms and addons add their conditions to the result of ``super()``.

        :return: dict order id → one translated sentence; accepted orders are missing
        """
        return self._get_confirmation_obstacles() | self._get_approval_obstacles()

    def _get_approval_obstacles(self):
        """Why the departments' approvals do not stand on the present values of orders, in batch.

        :return: dict order id → one translated sentence
        """
        orders_sudo = self.sudo().filtered('policy_id')
        approved = orders_sudo.filtered(lambda order: order.review_state == 'approved')
        obstacles = {
            order.id: order._get_unapproved_message() for order in orders_sudo - approved
        }
        stages, standing = approved._get_applicable_stages(), approved._get_standing_approvals()
        for order in approved:
            if lacking := stages[order.id].filtered(lambda stage, valid=standing[order.id]: stage not in valid):
                obstacles[order.id] = self.env._(
                    "%(order)s has other values than %(roles)s approved. Submit it for review again.",
                    order=order.display_name, roles=format_list(self.env, lacking.role_id.mapped('name')))
        return obstacles

    def _get_unapproved_message(self):
        self.ensure_one()
        if self.review_state == 'in_review':
            return self.env._(
                "%(order)s is in review: it waits for %(roles)s.", order=self.display_name,
                roles=self.waiting_for)
        return self.env._(
            "%(order)s has to be reviewed before it can be confirmed. Submit it for review.",
            order=self.display_name)

    def _confirmation_error_message(self):
        return super()._confirmation_error_message() or self._get_acceptance_obstacles().get(self.id, False)

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

    # -- views ----------------------------------------------------------------------------------------

    def action_open_reviews(self):
        """:return: the action that lists all reviews of these orders, of every round"""
        action = self.env['ir.actions.actions']._for_xml_id('sale_order_lifecycle.order_review_action')
        action['domain'] = [('order_id', 'in', self.ids)]
        action['context'] = {}
        return action
