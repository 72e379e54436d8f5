from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import format_list, plaintext2html

from .order_review import OPEN_STATES

# Which of the reviews of one stage tells how it stands: the first state of these.
CHIP_STATES = ('rejected', 'returned', 'pending', 'waiting', 'approved')


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
        help="Updated with every decision, so that concurrent decisions are detected on the order.")
    values_version = fields.Integer(
        readonly=True, copy=False,
        help="Incremented with every change of an order in review, to detect concurrent decisions.")
    review_summary = fields.Json(compute='_compute_review_summary')
    is_accepted = fields.Boolean(
        "Accepted by the Company", compute='_compute_is_accepted',
        help="All approvals are valid for the current values.")
    is_accepted_by_policy = fields.Boolean(
        compute='_compute_is_accepted_by_policy', compute_sudo=True,
        help="The policy requires no review of this order.")
    reviews_to_decide = fields.Json(
        compute='_compute_reviews_to_decide',
        help="The reviews of this order that the user can decide, as currently displayed.")
    undecidable_stages = fields.Char(
        "Stages Without Reviewer",
        compute='_compute_undecidable_stages', compute_sudo=True, help="Pending reviews without an available reviewer.")
    nobody_can_decide = fields.Boolean(
        "No Reviewer Available",
        compute='_compute_undecidable_stages', compute_sudo=True, search='_search_nobody_can_decide')

    # facts
    submitted_at = fields.Datetime(readonly=True, copy=False)
    submitted_by_id = fields.Many2one('res.users', readonly=True, copy=False)
    approved_at = fields.Datetime(readonly=True, copy=False)
    confirmed_at = fields.Datetime(readonly=True, copy=False)
    former_salesperson_ids = fields.Many2many(
        'res.users', 'sale_order_former_salesperson_rel', string="Former Salespeople", readonly=True, copy=False,
        help="The former salespeople since the order was registered. The four-eyes principle excludes them, too.")
    former_submitter_ids = fields.Many2many(
        'res.users', 'sale_order_former_submitter_rel', string="Former Submitters", readonly=True, copy=False,
        help="The users who submitted the order before. The four-eyes principle excludes them, too.")
    review_editor_ids = fields.Many2many(
        'res.users', 'sale_order_review_editor_rel', string="Changed During Review By", readonly=True, copy=False,
        help="The users who have changed a watched value since the order was first submitted. The four-eyes principle "
             "excludes them, too.")

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
            order.review_summary = [
                order._get_review_chip(reviews)
                for reviews in order.sudo()._get_current_reviews().grouped('stage_id').values()]

    def _get_review_chip(self, reviews):
        """How one stage stands, for the card of the order: what is still open counts first.

        :param reviews: the current ``order.review`` of the stage, one for each approval that it needs
        :return: dict of what the card shows
        """
        shown = reviews.sorted(lambda review: (CHIP_STATES.index(review.state), review.approval_number))[0]
        return {
            'id': shown.id,
            'stage': shown.stage_id.name,
            'role': shown.role_id.name,
            'role_code': shown.role_id.code,
            'state': shown.state,
            'overdue': any(reviews.mapped('is_overdue')),
            'needed': len(reviews),
            'given': len(reviews.filtered(lambda review: review.state == 'approved')),
        }

    def _get_current_reviews(self):
        """The row of each stage and approval that shows the status of the review of this order.

        :return: ``order.review`` in the sequence of the stages: the last of each that was neither cancelled nor
            voided; a return or rejection counts until the order is submitted again
        """
        self.ensure_one()
        last = {}
        for review in self.review_ids.sorted('id'):
            ended = review.state in ('returned', 'rejected') and review.round < self.review_round
            if review.state != 'cancelled' and not ended and not review.voided_at:
                last[review.stage_id, review.approval_number] = review
        rows = sorted(
            last.values(), key=lambda review: (review.stage_id.sequence, review.stage_id.id, review.approval_number))
        return self.review_ids.browse(review.id for review in rows).with_prefetch(self.review_ids._prefetch_ids)

    @api.depends('review_state', 'review_ids.state', 'review_ids.voided_at')
    def _compute_is_accepted_by_policy(self):
        for order in self:
            order.is_accepted_by_policy = order.review_state == 'approved' and not any(
                review.state == 'approved' and not review.voided_at for review in order.review_ids)

    @api.depends('review_ids.state')
    @api.depends_context('uid')
    def _compute_reviews_to_decide(self):
        mine = self._origin._get_reviews_to_decide()
        reviews = self.env['order.review'].union(*mine.values())
        digests = reviews._get_digests()
        for order in self:
            order.reviews_to_decide = [
                digests[review.id] for review in mine.get(order._origin.id, ())] or False

    def _get_reviews_to_decide(self):
        """The reviews that the present person can decide now, in batch; of several approvals of a stage the first.

        :return: dict order id → ``order.review`` in the environment of the person
        """
        pending = self.sudo().review_ids.filtered(lambda review: review.state == 'pending').sudo(self.env.su)
        refusals = pending._get_decision_refusals()
        result = dict.fromkeys(self.ids, pending.browse())
        for review in pending.sorted(
                lambda row: (row.sudo().stage_id.sequence, row.sudo().stage_id.id, row.approval_number)):
            if review.id not in refusals:
                order_id, stage = review.sudo().order_id.id, review.sudo().stage_id
                if stage not in result[order_id].sudo().stage_id:
                    result[order_id] |= review
        return result

    @api.depends('review_ids.state')
    @api.depends_context('lang')
    def _compute_undecidable_stages(self):
        for order in self:
            stuck = order.review_ids.filtered('nobody_can_decide')
            order.nobody_can_decide = bool(stuck)
            order.undecidable_stages = format_list(self.env, stuck.stage_id.mapped('name')) if stuck else False

    @api.model
    def _search_nobody_can_decide(self, operator, value):
        if operator != 'in':
            return NotImplemented
        self._check_field_access(self._fields['nobody_can_decide'], 'read')
        if True not in value:
            return Domain.FALSE
        stuck_sudo = self.env['order.review'].sudo().search([('nobody_can_decide', '=', True)])
        return Domain('id', 'in', stuck_sudo.order_id.ids)

    @api.depends('review_state', 'order_line', 'customer_confirmed_at')
    def _compute_is_accepted(self):
        obstacles = self._origin._get_acceptance_obstacles()
        for order in self:
            # Nothing has been accepted of an order that is being entered.
            order.is_accepted = bool(order.policy_id and order._origin) and order._origin.id not in obstacles

    @api.ondelete(at_uninstall=False)
    def _unlink_except_reviewed(self):
        if reviewed := self.filtered(lambda order: order.sudo().review_ids)[:1]:
            raise UserError(self.env._(
                "%(order)s has been reviewed and must be kept on record. Cancel it instead.", order=reviewed.name))

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
        self._prepare_submission()
        self._check_submittable()
        self._action_submit_review()
        return True

    def action_submit_possible(self):
        """Submit those of the orders that can be submitted, for lists.

        :return: a notification that counts them and names the others
        """
        self._check_lifecycle_sales()
        self.check_access('write')
        self._prepare_submission()
        refusals = self._get_submission_refusals()
        possible = self._without(refusals)
        possible._action_submit_review()
        return self._get_summary_notification(
            self.env._("%(count)s orders submitted for review.", count=len(possible)), refusals)

    def action_submit_and_review(self):
        """Submit, and decide the sales stage as the person who submits, where the policy allows it.

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

    def _prepare_submission(self):
        """Before it is asked what orders lack: the limits of that use the rate of the day, too."""
        self.sudo().filtered(
            lambda order: order.policy_id and order.state in ('draft', 'sent')
            and order.review_state not in ('in_review', 'approved')
            # Other orders have no rate to be asked for.
            and order.currency_id != order.company_id.currency_id)._keep_limit_rate()

    def _check_submittable(self):
        self._check_refusals(self._get_submission_refusals())

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
                    "%(order)s is not subject to an order policy, so there is nothing to review.",
                    order=order.display_name)
            elif order.state not in ('draft', 'sent'):
                message = self.env._(
                    "%(order)s is no longer a quotation, so it cannot be submitted.", order=order.display_name)
            elif order.review_state == 'in_review':
                message = self.env._("%(order)s is already in review.", order=order.display_name)
            elif order.review_state == 'approved' and order.id not in obstacles:
                message = self.env._("%(order)s is already approved. Confirm it.", order=order.display_name)
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
        orders_sudo._keep_former_submitters()
        for (review_round, today), orders in orders_sudo.grouped(
                lambda order: (order.review_round, order._to_lifecycle_date(now))).items():
            orders._write_guarded({
                'review_state': 'in_review',
                'review_round': review_round + 1,
                'submitted_at': now,
                'submitted_by_id': self.env.uid,
                'limit_rate_date': today,
            })
        orders_sudo.activity_feedback(['sale_order_lifecycle.mail_activity_type_correct_order'])
        orders_sudo._lifecycle_event('submitted')
        orders_sudo._sync_reviews()

    def _keep_former_submitters(self):
        """Whoever submits orders next does not make the one before somebody who has not submitted them."""
        for user, orders in self.filtered(
                lambda order: order.submitted_by_id.id != self.env.uid).grouped('submitted_by_id').items():
            if user:
                orders._write_guarded({'former_submitter_ids': [fields.Command.link(user.id)]})

    def _action_register(self, received_at=None, channel=None):
        result = super()._action_register(received_at=received_at, channel=channel)
        self.sudo().filtered(lambda order: order.policy_id and order.review_state == 'none')._write_guarded({
            'review_state': 'to_submit'})
        return result

    def _submit_registered(self):
        """A channel with ``auto_submit`` passes its complete orders on to review (article I5)."""
        result = super()._submit_registered()
        self._prepare_submission()
        refusals = self._get_submission_refusals()
        self._without(refusals)._action_submit_review()
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

    def _get_standing_approvals(self, values=None):
        """The approvals of each order that stand on its present values and have not lapsed.

        :param values: result of :meth:`_get_watched_values`, of whoever has just asked for it
        :return: dict order id → dict ``order.review.stage`` → ``order.review``; the stage stands with as many of
            them as it needs (see :meth:`_get_lacking_stages`)
        """
        if values is None:
            values = self._get_watched_values()
        standing = {}
        for order in self:
            approvals = order.review_ids.filtered(
                lambda review, present=values[order.id]: review.state == 'approved' and not review.voided_at
                and not review._is_lapsed()
                and review.stage_id._is_same(review.watched_values, review.stage_id._pick_watched_values(present)))
            standing[order.id] = approvals.grouped('stage_id')
        return standing

    def _get_lacking_stages(self):
        """The stages that apply to each order and have not all the approvals that they need.

        :return: dict order id → ``order.review.stage``
        """
        stages, standing = self._get_applicable_stages(), self._get_standing_approvals()
        return {
            order.id: stages[order.id].filtered(
                lambda stage, valid=standing[order.id]: len(valid.get(stage, ())) < stage.required_count)
            for order in self
        }

    def _sync_lapsed(self):
        """Open reviews anew of those of these orders that are still in review: others may have decided meanwhile."""
        if orders := self.filtered(lambda order: order.state in ('draft', 'sent') and order.review_state in (
                'in_review', 'approved')):
            orders._sync_reviews()

    def _sync_reviews(self, values=None):
        """Bring the reviews of submitted orders in line with their stages and values, as superuser.

        Stages that apply get an open review for each approval that they lack; approvals for other values,
        and those that have lapsed, lose their effect; open reviews of stages that no longer apply end. Of
        the open reviews those of the lowest sequence are pending. With none left the order is approved.

        :param values: result of :meth:`_get_watched_values`, of whoever has just asked for it
        """
        self = self.sudo()  # noqa: PLW0642 - the addon acts; rights were asked before
        Review = self.env['order.review']
        stages, standing = self._get_applicable_stages(), self._get_standing_approvals(values)
        void, obsolete, missing = Review, Review, []
        for order in self:
            valid, reviews = standing[order.id], order.review_ids
            void |= reviews.filtered(
                lambda review, valid=valid: review.state == 'approved' and not review.voided_at
                and review not in valid.get(review.stage_id, Review))
            needed = {
                stage: stage._get_missing_numbers(valid.get(stage, Review)) for stage in stages[order.id]}
            taken = defaultdict(set)
            for review in reviews.filtered(lambda review: review.state in OPEN_STATES):
                if review.approval_number in needed.get(review.stage_id, ()):
                    taken[review.stage_id].add(review.approval_number)
                else:
                    obsolete |= review
            missing += [
                order._prepare_review_vals(stage, approval_number) for stage, numbers in needed.items()
                for approval_number in numbers if approval_number not in taken[stage]
            ]
        if void:
            void._void()
            void._log_lapsed()
        obsolete and obsolete._close()
        if missing:
            # The index allows one open row for each approval, so what was just closed has to be written first.
            Review.flush_model(['state'])
            Review._create_with_rows(missing)
        self._activate_reviews()
        self._settle_review_state()

    def _prepare_review_vals(self, stage, approval_number=1):
        """Values of a new review of this order; override to add to it.

        :return: dict; ``check_ids`` and ``condition_ids`` are lists of values of rows that belong to the review
        """
        self.ensure_one()
        return {
            'order_id': self.id,
            'stage_id': stage.id,
            'role_id': stage.role_id.id,
            'approval_number': approval_number,
            'round': self.review_round,
            'deadline_hours': stage.sla_hours,
            'check_ids': [
                {'name': check.name, 'sequence': check.sequence, 'required': check.required}
                for check in stage.check_ids],
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
        wait and wait._write_guarded({'state': 'waiting', 'deadline_start': False, 'deadline': False})
        # Whoever has just decided, or sells the order from now on, may have been the last one for what was pending.
        (self.review_ids - begin).filtered(
            lambda review: review.state == 'pending' and review._depends_on_persons())._report_undecidable()

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
            order._write_guarded(vals)
        accepted and accepted._on_accepted()
        reopened and reopened._on_reopened()

    def _on_accepted(self):
        """The company has just accepted these orders (articles R5, R6): do what follows, step by step."""
        for _number, step in sorted(self._get_acceptance_steps()):
            getattr(self, step)()

    @api.model
    def _get_acceptance_steps(self):
        """What follows when orders are accepted; each room adds its steps.

        :return: list of pairs of a number, by which the steps follow each other, and the name of a method that is
            called with the orders
        """
        return [(20, '_log_acceptance')]

    def _log_acceptance(self):
        """Note on the orders that the company accepts them."""
        self._message_log_batch(bodies={
            order.id: self.env._("The policy requires no review of this order: it is accepted.")
            if order.is_accepted_by_policy else self.env._("All departments have approved the order.")
            for order in self
        })

    def _on_reopened(self):
        """Hook: approvals of these orders do not hold any more, or a further stage applies."""
        bodies = {}
        for order in self:
            open_reviews = order.review_ids.filtered(lambda review: review.state in OPEN_STATES)
            reasons = dict.fromkeys(review._get_opening_reason() for review in open_reviews)
            bodies[order.id] = plaintext2html("\n".join(
                [self.env._("The review of the approved order was reopened."), *reasons]))
        self._message_log_batch(bodies=bodies)

    def _close_reviews(self, review_state):
        """End the open reviews of the orders without a decision.

        :param review_state: what the orders become, e.g. ``returned``
        """
        self.review_ids.filtered(lambda review: review.state in OPEN_STATES)._close()
        self._write_guarded({'review_state': review_state, 'open_review_count': 0, 'approved_at': False})

    def _resume_review(self):
        """Let the review of orders go on that were with sales because of a decision that does not count any more."""
        resumed = self.filtered(
            lambda order: order.review_state in ('returned', 'rejected')
            and not any(review._is_standing_refusal() for review in order.review_ids))
        if resumed:
            resumed._write_guarded({'review_state': 'in_review'})
            # Nothing is left to correct.
            resumed.activity_unlink(['sale_order_lifecycle.mail_activity_type_correct_order'])

    # -- views ----------------------------------------------------------------------------------------

    def action_open_reviews(self):
        """:return: the action that lists all reviews of these orders, of every round"""
        return self._open_action('order_review_action', domain=[('order_id', 'in', self.ids)], context={})

    def action_decide_reviews(self):
        """Show the person everything that can be decided of one order, to decide all of it or what is ticked.

        :return: the action of the dialog
        :raise UserError: if there is nothing to decide, or if it has changed since the order was opened
        """
        self._check_one()
        reviews = self._get_reviews_to_decide()[self.id]
        if not reviews:
            # A delegate decides without any access to the order, but is told nothing of others.
            self.check_access('read')
            raise UserError(self.env._("You have no pending reviews of %(order)s.", order=self.display_name))
        # The dialog shows the others of the order itself.
        sent = reviews._get_sent_digests()
        self._check_refusals(reviews.filtered(lambda review: str(review.id) in sent)._get_unseen_refusals())
        return self.env['order.review.decision']._open_for(reviews)

    # -- what goes into a dossier -----------------------------------------------------------------

    @api.model
    def _get_dossier_fields(self):
        return [*super()._get_dossier_fields(), 'submitted_at', 'submitted_by_id', 'approved_at', 'confirmed_at']

    def _get_dossier_parts(self):
        return {**super()._get_dossier_parts(), 'reviews': self.review_ids}

    def _get_dossier_kinds(self):
        kinds = super()._get_dossier_kinds()
        for order in self:
            if order.review_round:
                kinds[order.id].add('review')
        return kinds

    # -- readers --------------------------------------------------------------------------------

    @api.model
    def _get_reader_button_names(self):
        return super()._get_reader_button_names() | {'action_decide_reviews'}
