import hashlib
import json
from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import format_datetime, plaintext2html

from ..mixins.arguments import read_text

REFUSING_STATES = ('returned', 'rejected')
OPEN_STATES = ('waiting', 'pending')
# How many lapsed approvals are worked on between two commits.
LAPSE_CHUNK = 100


class SeenValues(fields.Json):
    """Values that are read to be compared, and changed by nobody: core's field would copy them at every reading."""

    def convert_to_record(self, value, record):
        return False if value is None else value


class OrderReview(models.Model):
    """One department's review of one order in one round (articles R1-R6).

    Rows are opened, decided and closed by actions only; nobody creates, edits or deletes them.
    """
    _name = 'order.review'
    _inherit = [
        'order.deadline.mixin', 'order.batch.mixin', 'order.part.mixin', 'order.board.mixin', 'order.dossier.mixin']
    _description = "Order Review"
    _order = 'deadline, id'
    _rec_name = 'stage_id'
    _check_company_auto = True
    _allow_sudo_commands = False
    _made_by_actions = True

    order_id = fields.Many2one('sale.order', required=True, readonly=True, index=True, ondelete='restrict')
    stage_id = fields.Many2one('order.review.stage', required=True, readonly=True, index=True, ondelete='restrict')
    role_id = fields.Many2one('order.role', required=True, readonly=True, index=True, ondelete='restrict')
    company_id = fields.Many2one(related='order_id.company_id', store=True, index=True)
    round = fields.Integer(readonly=True, help="How many times the order has been submitted.")
    slot = fields.Integer(
        readonly=True, default=1, help="Which of the approvals that the stage needs; each is another person's.")
    state = fields.Selection(
        [('pending', "Pending"), ('waiting', "Waiting"), ('approved', "Approved"), ('returned', "Returned"),
         ('rejected', "Rejected"), ('cancelled', "Cancelled")],
        required=True, readonly=True, default='waiting', index=True, group_expand=True)

    # the decision
    decided_by_id = fields.Many2one('res.users', readonly=True)
    decided_at = fields.Datetime(readonly=True)
    voided_at = fields.Datetime(
        readonly=True, help="From then on the approval no longer counts: the order was changed, rejected or cancelled.")
    valid_until = fields.Datetime(
        readonly=True, help="When the approval lapses, unless the order is confirmed by then.")
    comment = fields.Text(readonly=True)
    planned_date = fields.Date(help="The date that this department confirms.")
    plan_note = fields.Char()
    watched_values = SeenValues(readonly=True, groups='sale_order_lifecycle.group_manager')
    check_ids = fields.One2many('order.review.check', 'review_id', string="Checklist")
    requires_plan = fields.Selection(related='stage_id.requires_plan')

    # what the reviewer sees of the order, without access to anything else
    partner_id = fields.Many2one(related='order_id.partner_id')
    salesperson_id = fields.Many2one(related='order_id.user_id', string="Salesperson")
    currency_id = fields.Many2one(related='order_id.currency_id')
    amount_untaxed = fields.Monetary(related='order_id.amount_untaxed')
    amount_total = fields.Monetary(related='order_id.amount_total')
    payment_term_id = fields.Many2one(related='order_id.payment_term_id')
    commitment_date = fields.Datetime(related='order_id.commitment_date', string="Promised Delivery")
    order_line = fields.One2many('sale.order.line', string="Order Lines", compute='_compute_order_line')
    order_phase = fields.Selection(related='order_id.lifecycle_phase', string="Order Phase")
    changes = fields.Text(
        compute='_compute_changes', help="What changed since this department last decided on the order.")
    seen_digest = fields.Char(
        compute='_compute_seen_digest',
        help="Stands for the values that this review looks at. Buttons send it back, so that nobody approves values "
             "that he has not had on his screen.")
    can_decide = fields.Boolean(compute='_compute_can_decide', search='_search_can_decide')
    is_one_of_several = fields.Boolean(
        compute='_compute_is_one_of_several', help="The person can decide other reviews of this order, too.")
    nobody_can_decide = fields.Boolean(
        compute='_compute_nobody_can_decide', search='_search_nobody_can_decide',
        help="The review is pending, and no active person may decide it.")
    undecidable_at = fields.Datetime(
        "Nobody Can Decide Since", readonly=True,
        help="When the managers were told that nobody can decide the review; empty as long as somebody can.")
    is_my_role = fields.Boolean(compute='_compute_is_my_role', search='_search_is_my_role')

    _open_review_unique = models.UniqueIndex(
        "(order_id, stage_id, slot) WHERE state IN ('waiting', 'pending')",
        "This department reviews the order already.")
    _lapse_index = models.Index("(valid_until) WHERE state = 'approved' AND voided_at IS NULL")
    _pending_index = models.Index("(role_id, deadline) WHERE state = 'pending'")

    # -- compute --------------------------------------------------------------------------------

    @api.depends('order_id', 'stage_id')
    def _compute_display_name(self):
        for review in self:
            review.display_name = f"{review.order_id.sudo().name} · {review.stage_id.sudo().name}"

    @api.depends('state', 'role_id', 'order_id.review_ids.state')
    @api.depends_context('uid')
    def _compute_can_decide(self):
        refusals = self._get_decision_refusals()
        for review in self:
            review.can_decide = review.id not in refusals

    @api.model
    def _search_can_decide(self, operator, value):
        if operator != 'in':
            return NotImplemented
        if True not in value:
            return Domain.FALSE
        user = self.env.user
        return (
            Domain('state', '=', 'pending')
            & Domain('role_id.group_id', 'in', user.all_group_ids.ids)
            & self._get_not_excluded_domain(user)
        )

    @api.model
    def _get_not_excluded_domain(self, people):
        """:return: Domain of the reviews that none of these ``res.users`` is kept from deciding"""
        own_order = Domain.OR([
            Domain(f'order_id.{name}', 'in', people.ids) for name in self._get_four_eyes_fields()])
        return (Domain('stage_id.four_eyes', '=', False) | ~own_order) & ~self._get_taken_domain(people)

    @api.model
    def _get_decider_fields(self):
        """Names of the fields that hold the persons whose decisions these are, as :meth:`_get_deciders`."""
        return ['decided_by_id']

    @api.model
    def _get_taken_domain(self, users):
        """Which open reviews these persons cannot decide because of other approvals that they have given.

        :return: Domain on ``order.review``
        """
        alone = Domain('order_id.policy_id.allow_several_stages', '=', False)
        given = self.sudo().search(
            Domain.OR(Domain(name, 'in', users.ids) for name in self._get_decider_fields())
            & Domain('state', '=', 'approved')
            & Domain('voided_at', '=', False) & Domain('order_id.review_state', '=', 'in_review')
            & (Domain('stage_id.required_count', '>', 1) | alone))
        return Domain.OR([
            Domain('order_id', 'in', given.filtered_domain(alone).order_id.ids),
            *(
                Domain('stage_id', '=', stage.id) & Domain('order_id', 'in', reviews.order_id.ids)
                for stage, reviews in given.grouped('stage_id').items()
            ),
        ])

    @api.depends('can_decide')
    @api.depends_context('uid')
    def _compute_is_one_of_several(self):
        mine = self.order_id._get_reviews_to_decide()
        for review in self:
            review.is_one_of_several = review.can_decide and len(mine[review.order_id.id]) > 1

    @api.depends('state', 'role_id', 'order_id.review_ids.state')
    def _compute_nobody_can_decide(self):
        pending = self.filtered(lambda review: review.state == 'pending')
        deciders = pending._get_possible_deciders()
        for review in self:
            review.nobody_can_decide = review.id in deciders and not deciders[review.id]

    @api.model
    def _search_nobody_can_decide(self, operator, value):
        if operator != 'in':
            return NotImplemented
        if True not in value:
            return Domain.FALSE
        pending_sudo = self.sudo().search([
            ('state', '=', 'pending'), ('company_id', 'in', self.env.companies.ids)])
        deciders = pending_sudo._get_possible_deciders()
        return Domain('id', 'in', [review_id for review_id, people in deciders.items() if not people])

    @api.depends('role_id')
    @api.depends_context('uid')
    def _compute_is_my_role(self):
        role_ids = self.env['order.role']._get_role_ids_of(self.env.user)
        for review in self:
            review.is_my_role = review.role_id.id in role_ids

    @api.model
    def _search_is_my_role(self, operator, value):
        if operator != 'in':
            return NotImplemented
        role_ids = self.env['order.role']._get_role_ids_of(self.env.user)
        return Domain('role_id', 'in', role_ids) if True in value else Domain.FALSE

    @api.depends('order_id.order_line')
    @api.depends_context('uid')
    def _compute_order_line(self):
        # Those that the person may read: a form with others could not be opened at all.
        lines = self.sudo().order_id.order_line.sudo(self.env.su)._filtered_access('read')
        for review in self:
            review.order_line = review.sudo().order_id.order_line.sudo(self.env.su) & lines

    @api.depends('order_id', 'stage_id', 'state', 'order_id.order_line', 'order_id.amount_untaxed')
    @api.depends_context('lang')
    def _compute_changes(self):
        self.changes = False
        open_reviews = self.sudo().filtered(lambda review: review.state in OPEN_STATES)
        last = {review: review._get_last_decision() for review in open_reviews}
        again = open_reviews.filtered(lambda review: last[review])
        values = again.order_id._get_watched_values()
        for review in again:
            before = last[review].watched_values
            after = review.stage_id._pick_watched_values(values[review.order_id.id])
            if changes := review.order_id._describe_changes(before, after):
                review.changes = "\n".join(changes + review._describe_amount(before, after))

    def _get_last_decision(self):
        """:return: the last decision of this stage on the order that does not count any more; may be empty"""
        self.ensure_one()
        return self.order_id.review_ids.filtered(
            lambda row: row.stage_id == self.stage_id and row.watched_values
            and (row.state in ('returned', 'rejected') or row.state == 'approved' and row.voided_at)
        ).sorted('id')[-1:]

    def _describe_amount(self, before, after):
        """:return: list of one translated text if the untaxed amount differs in the same currency, else empty"""
        self.ensure_one()
        order = self.order_id
        if before.get('currency') != after['currency'] or before['amount'] == after['amount']:
            return []
        return [order._describe_change(order, 'amount_untaxed', before['amount'], after['amount'])]

    @api.depends('state', 'order_id.order_line', 'order_id.amount_untaxed')
    def _compute_seen_digest(self):
        digests = self.filtered(lambda review: review.state in OPEN_STATES)._get_digests()
        for review in self:
            review.seen_digest = digests.get(review.id)

    def _get_digests(self):
        """What stands for the values that these reviews look at now, in batch.

        :return: dict review id → text that begins with the id
        """
        reviews_sudo = self.sudo()
        values = reviews_sudo.order_id._get_watched_values()
        digests = {}
        for review in reviews_sudo:
            picked = review.stage_id._pick_watched_values(values[review.order_id.id])
            text = json.dumps(picked, sort_keys=True, default=str)
            digests[review.id] = f"{review.id}:{hashlib.sha256(text.encode()).hexdigest()[:20]}"
        return digests

    # -- access ---------------------------------------------------------------------------------

    def _get_guarded_fields(self):
        return super()._get_guarded_fields() | (set(self._fields) - {'planned_date', 'plan_note', 'check_ids'})

    def write(self, vals):
        # Rights first: who may not read a review is not told which it is.
        self.check_access('write')
        if not self.env.su:
            self._check_preparable()
        return super().write(vals)

    def _check_preparable(self):
        """:raise AccessError, UserError: unless the person's role prepares these reviews and they are pending"""
        for review in self.sudo():
            if not review._is_prepared_by_person():
                raise AccessError(self.env._(
                    "The review “%(review)s” belongs to %(role)s; only its members prepare and decide it.",
                    review=review.display_name, role=review.role_id.name))
            if review.state != 'pending':
                raise UserError(self.env._(
                    "The review “%(review)s” is not pending, so its plan and checklist cannot change.",
                    review=review.display_name))

    def _is_prepared_by_person(self):
        """:return: whether the person may fill in plan and checklist of this review; asked of ``env.user``"""
        self.ensure_one()
        return self.role_id._includes(self.env.user)

    # -- deadline -------------------------------------------------------------------------------

    def _get_deadline_calendar(self):
        return self.order_id.policy_id.calendar_id or self.company_id.resource_calendar_id

    @api.depends('state')
    def _compute_is_overdue(self):
        return super()._compute_is_overdue()

    def _is_deadline_running(self):
        return self.state == 'pending'

    @api.model
    def _get_deadline_running_domain(self):
        return Domain('state', '=', 'pending')

    # -- actions --------------------------------------------------------------------------------

    def action_approve(self, comment=None):
        """Approve pending reviews for the values that the orders have now (articles R1-R5).

        :param comment: text kept with the decision
        :return: True
        :raise AccessError, UserError: with the first review that cannot be approved; then none is
        """
        self._check_refusals(self._get_approval_refusals())
        self._action_decide('approved', read_text(comment) or False)
        return True

    def action_approve_possible(self, comment=None):
        """Approve those of the reviews that can be approved, for lists.

        :param comment: text kept with each decision
        :return: a notification that counts them and names the others
        """
        refusals = self._get_approval_refusals()
        possible = self._without(refusals)
        possible._action_decide('approved', read_text(comment) or False)
        return self._get_summary_notification(
            self.env._("%(count)s reviews approved.", count=len(possible)), refusals)

    def action_return(self, comment):
        """Send the orders back to sales for correction (article R6).

        :param comment: what sales has to correct; required
        :return: True
        :raise AccessError, UserError: with the first review that cannot be decided; then none is
        """
        return self._action_refuse('returned', comment)

    def action_reject(self, comment):
        """Refuse the orders; a new submission starts every stage anew (article R6).

        :param comment: the reason; required
        :return: True
        :raise AccessError, UserError: with the first review that cannot be decided; then none is
        """
        return self._action_refuse('rejected', comment)

    def action_return_possible(self, comment):
        """Return those of the orders that can be returned, for lists.

        :param comment: what sales has to correct; required
        :return: a notification that counts them and names the others
        :raise UserError: without a comment
        """
        count, refusals = self._action_refuse_possible('returned', comment)
        return self._get_summary_notification(self.env._("%(count)s reviews returned.", count=count), refusals)

    def action_reject_possible(self, comment):
        """Reject those of the orders that can be rejected, for lists.

        :param comment: the reason; required
        :return: a notification that counts them and names the others
        :raise UserError: without a comment
        """
        count, refusals = self._action_refuse_possible('rejected', comment)
        return self._get_summary_notification(self.env._("%(count)s reviews rejected.", count=count), refusals)

    def action_open_return(self):
        """:return: the action that asks why the reviews are returned"""
        return self._open_decision('return')

    def action_open_reject(self):
        """:return: the action that asks why the reviews are rejected"""
        return self._open_decision('reject')

    def action_open_decide(self):
        """:return: the action that shows all reviews of one order that the person can decide, and decides them"""
        return self.order_id.action_decide_reviews()

    # -- board ----------------------------------------------------------------------------------

    @api.model
    def _get_board_columns(self):
        return {**super()._get_board_columns(), 'state': {'waiting', 'cancelled'}}

    # -- who may decide ---------------------------------------------------------------------------

    @api.model
    def _get_four_eyes_fields(self):
        """Names of the fields of the order that hold persons whom four eyes exclude."""
        return [
            'user_id', 'former_salesperson_ids', 'create_uid', 'registered_by_id', 'submitted_by_id',
            'former_submitter_ids', 'review_editor_ids',
        ]

    def _get_decision_refusals(self):
        """Why the person cannot decide these reviews; asked of ``env.user`` whatever ``env.su`` is.

        :return: dict review id → exception with one sentence; reviews that can be decided are missing
        """
        return self._collect_refusals(lambda review: review._get_decision_refusal())

    @api.model
    def _get_unreadable_error(self):
        return AccessError(self.env._(
            "You have no access to the order of this review. Ask its salesperson or your manager."))

    def _get_decision_refusal(self):
        """Why the person cannot decide this one review, read as superuser; extend the chain of reasons.

        :return: exception with one sentence, None where the person may decide
        """
        self.ensure_one()
        return (
            self._refuse_not_pending() or self._refuse_stranger() or self._refuse_four_eyes()
            or self._refuse_second_slot() or self._refuse_several_stages())

    def _refuse_not_pending(self):
        """:return: exception unless the review is to be decided now"""
        return UserError(self._get_not_pending_message()) if self.state != 'pending' else None

    def _refuse_stranger(self):
        """:return: exception unless the person acts for the role of the review, in its company"""
        user = self.env.user
        if not self.role_id._includes(user):
            return AccessError(self.env._(
                "The review “%(review)s” is decided by %(role)s. Ask one of its members.",
                review=self.display_name, role=self.role_id.name))
        if self.company_id not in user.company_ids:
            return AccessError(self.env._(
                "The review “%(review)s” belongs to a company that you have no access to.",
                review=self.display_name))
        return None

    def _refuse_four_eyes(self):
        """:return: exception if the person has had a hand in the order and four eyes exclude him"""
        if self.env.user in self._get_four_eyes_persons():
            return AccessError(self.env._(
                "You have entered, registered, submitted, changed or sold this order, so somebody else of %(role)s "
                "has to decide “%(review)s”.", review=self.display_name, role=self.role_id.name))
        return None

    def _refuse_second_slot(self):
        """:return: exception if the person has given another of the approvals that the stage needs"""
        return self._get_second_slot_error() if self.env.user in self._get_slot_persons() else None

    def _get_second_slot_error(self):
        return AccessError(self.env._(
            "“%(review)s” needs the approval of %(count)s different persons, and one of them is yours. "
            "Leave the other to a colleague of %(role)s.",
            review=self.display_name, count=self.stage_id.required_count, role=self.role_id.name))

    def _refuse_several_stages(self):
        """:return: exception if the policy asks for different persons in the stages and this one has decided another"""
        if self.env.user in self._get_stage_persons():
            return self._get_several_stages_error()
        return None

    def _get_several_stages_error(self):
        return AccessError(self.env._(
            "The policy lets nobody decide more than one stage of an order, and you have decided another one of "
            "%(order)s. Leave “%(review)s” to a colleague of %(role)s.",
            order=self.order_id.name, review=self.display_name, role=self.role_id.name))

    # Who is kept from deciding, whoever asks. What is added here is known to the report of reviews
    # that nobody can decide, too.

    def _get_four_eyes_persons(self):
        """:return: ``res.users`` whom four eyes exclude from this review"""
        self.ensure_one()
        persons = self.env['res.users']
        if self.stage_id.four_eyes:
            for name in self._get_four_eyes_fields():
                persons |= self.order_id[name]
        return persons

    def _get_slot_persons(self):
        """:return: ``res.users`` who have given another approval that this stage needs of the order"""
        self.ensure_one()
        return self._get_standing_decisions(lambda row: row.stage_id == self.stage_id)._get_deciders()

    def _get_stage_persons(self):
        """:return: ``res.users`` who have approved another stage of the order, where the policy asks for others"""
        self.ensure_one()
        if self.order_id.policy_id.allow_several_stages:
            return self.env['res.users']
        return self._get_standing_decisions(lambda row: row.stage_id != self.stage_id)._get_deciders()

    def _get_standing_decisions(self, condition):
        """:return: the approvals of the order of this review that have not been voided and meet the condition"""
        return self.order_id.review_ids.filtered(
            lambda row: row != self and row.state == 'approved' and not row.voided_at and condition(row))

    def _get_deciders(self):
        """:return: ``res.users`` whose decisions these are; override where a decision counts for more persons"""
        return self.decided_by_id

    def _get_excluded_persons(self):
        """:return: ``res.users`` who may not decide this review although they are of its role"""
        return self._get_four_eyes_persons() | self._get_slot_persons() | self._get_stage_persons()

    def _get_possible_deciders(self):
        """Who could decide these reviews, in batch; override to add people who act for others.

        :return: dict review id → ``res.users``: the active members of the role in the company of the order who
            see the order and are not excluded
        """
        deciders = {}
        for (role, company), reviews in self.sudo().grouped(
                lambda review: (review.role_id, review.company_id)).items():
            members = role._get_members(company)
            bound = members - self._get_readers_of_all()
            for review in reviews:
                seller = review.order_id.user_id
                blind = bound - seller if seller else bound.browse()
                deciders[review.id] = members - blind - review._get_excluded_persons()
        return deciders

    @api.model
    def _get_readers_of_all(self):
        """:return: ``res.users`` who see the reviews of all orders of their companies, not only those of their own"""
        return (
            self.env.ref('sales_team.group_sale_salesman_all_leads').sudo().all_user_ids
            | self.env.ref('sale_order_lifecycle.group_reviewer').sudo().all_user_ids)

    def _get_not_pending_message(self):
        self.ensure_one()
        if self.decided_by_id:
            return self.env._(
                "%(person)s has already decided the review “%(review)s”.",
                person=self.decided_by_id.name, review=self.display_name)
        if self.state == 'waiting':
            return self.env._(
                "The review “%(review)s” waits until the stages before it are approved.", review=self.display_name)
        return self.env._("The review “%(review)s” has ended without a decision.", review=self.display_name)

    def _get_approval_refusals(self):
        """Why these reviews cannot be approved by the person, as :meth:`_get_decision_refusals`."""
        refusals = self._get_decision_refusals()
        for review in self.sudo():
            if review.id in refusals:
                continue
            if undone := review.check_ids.filtered(lambda check: not check._is_done())[:1]:
                refusals[review.id] = UserError(self.env._(
                    "“%(review)s” cannot be approved before the check “%(check)s” is answered with OK or "
                    "not applicable.", review=review.display_name, check=undone.name))
            elif review.requires_plan != 'none' and not review.planned_date:
                refusals[review.id] = UserError(self.env._(
                    "“%(review)s” cannot be approved without its planned date. Enter the date first.",
                    review=review.display_name))
        possible = self._without(refusals)
        refusals |= possible._get_unseen_refusals()
        return refusals | possible._without(refusals)._get_joint_refusals()

    @api.model
    def _get_sent_digests(self):
        """:return: dict id of a review as text → set of the digests of it that the client has sent"""
        seen = defaultdict(set)
        sent = self.env.context.get('seen_digests')
        for entry in sent if isinstance(sent, (list, tuple)) else ():
            if isinstance(entry, str):
                seen[entry.partition(':')[0]].add(entry)
        return seen

    def _get_unseen_refusals(self):
        """Why reviews cannot be approved with what the person had on his screen.

        The buttons of the views send the digests of what they show in the context: then each review needs its own.
        Without any the values of the moment count; a key can only add a reason to refuse.

        :return: dict review id → exception with one sentence
        """
        seen = self._get_sent_digests()
        if not seen:
            return {}
        known = self.filtered(lambda review: str(review.id) in seen)
        digests = known._get_digests()
        refusals = {
            review.id: UserError(self.env._(
                "“%(review)s” is none of the reviews that you were shown: open it and look at it first.",
                review=review.display_name))
            for review in (self - known).sudo()
        }
        return refusals | {
            review.id: UserError(self.env._(
                "%(order)s has changed since you opened it: reload the page and look at “%(review)s” again.",
                order=review.order_id.name, review=review.display_name))
            for review in known.sudo() if seen[str(review.id)] != {digests[review.id]}
        }

    def _get_joint_refusals(self):
        """Why some of these reviews cannot be decided by the same person together with the others.

        :return: dict review id → exception with one sentence
        """
        refusals = {}
        for order, reviews in self.sudo().grouped('order_id').items():
            decided = self.env['order.review.stage']
            for review in reviews.sorted(lambda row: (row.stage_id.sequence, row.stage_id.id, row.slot)):
                stage = review.stage_id
                if stage in decided:
                    refusals[review.id] = review._get_second_slot_error()
                elif decided and not order.policy_id.allow_several_stages:
                    refusals[review.id] = review._get_several_stages_error()
                else:
                    decided |= stage
        return refusals

    # -- business -------------------------------------------------------------------------------

    def _action_refuse(self, state, comment):
        self._check_refusals(self._get_decision_refusals() or self._get_joint_refusals())
        comment = self._read_reason(comment)
        self._action_decide(state, comment)
        return True

    def _action_refuse_possible(self, state, comment):
        """:return: pair of the number of reviews that were decided, and dict review id → exception of the others"""
        refusals = self._get_decision_refusals()
        refusals |= self._without(refusals)._get_joint_refusals()
        comment = self._read_reason(comment)
        possible = self._without(refusals)
        possible._action_decide(state, comment)
        return len(possible), refusals

    def _read_reason(self, comment):
        """:return: the reason, as a text that can be stored
        :raise UserError: if nobody says why
        """
        if not (comment := read_text(comment)):
            raise UserError(self.env._("Say why, so that sales knows what to do."))
        return comment

    def _action_decide(self, state, comment):
        """Write the decision of the present person and let the orders follow.

        :param state: ``approved``, ``returned`` or ``rejected``
        """
        if not self:
            return
        # The right has been asked of the person; what follows belongs to the addon.
        self_sudo = self.sudo()
        self_sudo._stop_clock()
        now = fields.Datetime.now()
        self_sudo._write_guarded({
            'state': state,
            'decided_by_id': self.env.uid,
            'decided_at': now,
            'comment': comment,
        })
        orders_sudo = self_sudo.order_id
        # What was decided on: an approval holds for it, and the next reviewer is told what differs from it.
        values = orders_sudo._get_watched_values()
        for review in self_sudo:
            vals = {'watched_values': review.stage_id._pick_watched_values(values[review.order_id.id])}
            if state == 'approved' and review.stage_id.validity_days:
                vals['valid_until'] = review.stage_id._get_valid_until(now)
            review._write_guarded(vals)
        self._log_decision()
        orders_sudo._lifecycle_event('decided', reviews=self_sudo)
        if state == 'approved':
            orders_sudo._sync_reviews(values)
        else:
            orders_sudo._close_reviews(state)
            orders_sudo._lifecycle_event(state, reviews=self_sudo)
            self._feed_back_to_sales()

    @api.model
    def _get_row_fields(self):
        """:return: list of names of the fields whose rows are created together with a review"""
        return ['check_ids']

    @api.model
    def _create_with_rows(self, vals_list):
        """Create reviews together with the rows that belong to them; flat, for nested commands run as the person.

        :param vals_list: list of dicts as ``sale.order._prepare_review_vals`` gives them
        :return: ``order.review`` as superuser
        """
        rows = {name: [vals.pop(name, ()) for vals in vals_list] for name in self._get_row_fields()}
        reviews = self._create_guarded(vals_list)
        for name, values in rows.items():
            if new := [{**row, 'review_id': review.id} for review, own in zip(reviews, values) for row in own]:
                self.env[self._fields[name].comodel_name]._create_guarded(new)
        return reviews

    def _is_standing_refusal(self):
        """:return: whether this return or rejection is why the order is with sales now"""
        self.ensure_one()
        return (
            self.state in REFUSING_STATES and not self.voided_at and self.round == self.order_id.review_round
            and self.order_id.review_state in REFUSING_STATES)

    def _describe_decider(self):
        """:return: name of the person who has decided, False where nobody has"""
        self.ensure_one()
        return self.decided_by_id.name or False

    def _close(self):
        """End open reviews without a decision; the rows stay."""
        self.filtered('deadline_start')._stop_clock()
        self._write_guarded({'state': 'cancelled'})

    def _void(self):
        """Take the effect of decisions away; the rows stay with what was decided."""
        self._write_guarded({'voided_at': fields.Datetime.now()})

    def _activate(self):
        """Let waiting reviews begin: their clock starts now."""
        self._write_guarded({'state': 'pending'})
        self._start_clock()
        self._report_undecidable()

    def _report_undecidable(self):
        """Tell the managers at once which of these pending reviews nobody can decide, each once; as superuser."""
        if not self:
            return
        deciders = self._get_possible_deciders()
        stuck = self.filtered(lambda review: not deciders[review.id])
        (self - stuck).filtered('undecidable_at')._write_guarded({'undecidable_at': False})
        stuck = stuck.filtered(lambda review: not review.undecidable_at)
        # First: core may change people once more while they are told.
        stuck._write_guarded({'undecidable_at': fields.Datetime.now()})
        for policy, reviews in stuck.grouped(lambda review: review.order_id.policy_id).items():
            policy._tell_undecidable(reviews)
        if stuck:
            stuck.order_id._lifecycle_event('undecidable', reviews=stuck)

    def _depends_on_persons(self):
        """:return: whether what persons did with the order of this review may leave nobody to decide it"""
        self.ensure_one()
        stage = self.stage_id
        return stage.four_eyes or stage.required_count > 1 or not self.order_id.policy_id.allow_several_stages

    @api.model
    def _report_people_changed(self):
        """People have come or gone: tell the managers of the reviews that nobody is left for."""
        if self.pool.ready:
            self.sudo().search([('state', '=', 'pending')])._report_undecidable()

    def _is_lapsed(self):
        """Whether this approval is older than its stage lets it be; those of confirmed orders hold for ever."""
        self.ensure_one()
        return bool(
            self.valid_until and self.valid_until <= fields.Datetime.now() and not self.order_id.confirmed_at)

    def _log_lapsed(self):
        """Note on the orders which of these voided approvals have lapsed."""
        lapsed = self.filtered(lambda review: review._is_lapsed())
        if not lapsed:
            return
        bodies = {}
        for order, reviews in lapsed.grouped('order_id').items():
            bodies[order.id] = plaintext2html("\n".join(
                self.env._(
                    "%(stage)s: the approval by %(person)s has lapsed after %(days)s days. The review is open again.",
                    stage=review.stage_id.name, person=review.decided_by_id.name, days=review.stage_id.validity_days)
                for review in reviews))
        lapsed.order_id._message_log_batch(bodies=bodies)
        lapsed.order_id._lifecycle_event('lapsed', reviews=lapsed)

    def _get_opening_reason(self):
        """:return: translated sentence why this review is open although the order was approved, or False"""
        self.ensure_one()
        last = self._get_last_decision()
        if not last:
            return self.env._("%(stage)s now applies to the order.", stage=self.stage_id.name)
        if last.valid_until and last.voided_at and last.valid_until <= last.voided_at:
            return self.env._(
                "%(stage)s: the approval of %(date)s has lapsed.", stage=self.stage_id.name,
                date=format_datetime(self.env, last.decided_at))
        return self.env._("%(stage)s: the order has changed since it was approved.", stage=self.stage_id.name)

    # -- messages -------------------------------------------------------------------------------

    def _log_decision(self):
        """One note an order on what was decided, in one batch."""
        bodies = {
            order.id: plaintext2html("\n".join(review._get_decision_text() for review in reviews))
            for order, reviews in self.sudo().grouped('order_id').items()
        }
        self.order_id.sudo()._message_log_batch(bodies=bodies, author_id=self.env.user.partner_id.id)

    def _get_decision_text(self):
        """:return: translated text of the decision for the chatter of the order"""
        self.ensure_one()
        words = {
            'stage': self.stage_id.name, 'comment': self.comment,
            'state': dict(self._fields['state']._description_selection(self.env))[self.state],
        }
        if self.comment:
            return self.env._("%(stage)s: %(state)s — %(comment)s", **words)
        return self.env._("%(stage)s: %(state)s", **words)

    def _feed_back_to_sales(self):
        """Give the salesperson of each returned or rejected order a to-do with the comment (article R6)."""
        for (user, summary, note), reviews in self.sudo().grouped(
                lambda review: (review.order_id.user_id, review._get_feedback_summary(), review.comment)).items():
            if user and user != self.env.user:
                reviews.order_id.activity_schedule(
                    'sale_order_lifecycle.mail_activity_type_correct_order', summary=summary,
                    note=plaintext2html(note), user_id=user.id)

    def _get_feedback_summary(self):
        self.ensure_one()
        if self.state == 'returned':
            return self.env._("Returned by %(role)s: correct and resubmit", role=self.role_id.name)
        return self.env._("Rejected by %(role)s: cancel, or correct and resubmit", role=self.role_id.name)

    def _open_decision(self, decision):
        return self._open_action(
            'order_review_decision_action', context={'default_review_ids': self.ids, 'default_decision': decision})

    # -- cron -----------------------------------------------------------------------------------

    @api.model
    def _cron_lapse(self):
        """Open the reviews of orders anew whose approvals have lapsed, in committed chunks."""
        cron = self.env['ir.cron']
        domain = (
            Domain('state', '=', 'approved') & Domain('voided_at', '=', False)
            & Domain('valid_until', '<=', fields.Datetime.now())
            & Domain('order_id.state', 'in', ('draft', 'sent'))
            & Domain('order_id.review_state', 'in', ('in_review', 'approved')))
        cron._commit_progress(remaining=self.search_count(domain))
        done = []
        while reviews := self.search(domain & Domain('order_id', 'not in', done), limit=LAPSE_CHUNK, order='id'):
            done += reviews.order_id.ids
            # Another node may be at work on them, or a person: then they are as they shall be, or the next run's.
            orders = reviews.order_id.try_lock_for_update()
            orders._sync_reviews()
            if not cron._commit_progress(len(reviews)):
                break

    # -- what goes into a dossier -----------------------------------------------------------------

    @api.model
    def _get_dossier_fields(self):
        return [
            *super()._get_dossier_fields(),
            'round', 'stage_id', 'role_id', 'state', 'decided_by_id', 'decided_at', 'voided_at', 'comment',
            'planned_date', 'plan_note', 'hours_used', 'watched_values',
        ]

    def _get_dossier_parts(self):
        return {**super()._get_dossier_parts(), 'checks': self.check_ids}
