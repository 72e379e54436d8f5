import hashlib
import json

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import SQL, format_datetime, plaintext2html

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
        'order.deadline.mixin', 'order.batch.mixin', 'order.part.mixin', 'order.board.mixin', 'order.dossier.mixin',
        'order.worklist.mixin']
    _description = "Order Review"
    _order = 'deadline, id'
    _rec_name = 'stage_id'
    _check_company_auto = True
    _allow_sudo_commands = False
    _made_by_actions = True
    _worklist_view = 'kanban'

    order_id = fields.Many2one('sale.order', required=True, readonly=True, index=True, ondelete='restrict')
    stage_id = fields.Many2one('order.review.stage', required=True, readonly=True, index=True, ondelete='restrict')
    role_id = fields.Many2one('order.role', required=True, readonly=True, index=True, ondelete='restrict')
    company_id = fields.Many2one(related='order_id.company_id', store=True, index=True)
    round = fields.Integer(readonly=True, help="How many times the order has been submitted.")
    approval_number = fields.Integer(
        readonly=True, default=1,
        help="The number of this approval among those required by the stage; each is given by a different person.")
    state = fields.Selection(
        [('pending', "Pending"), ('waiting', "Waiting"), ('approved', "Approved"), ('returned', "Returned"),
         ('rejected', "Rejected"), ('cancelled', "Cancelled")],
        required=True, readonly=True, default='waiting', index=True, group_expand=True)

    # the decision
    decided_by_id = fields.Many2one('res.users', readonly=True)
    decided_at = fields.Datetime(readonly=True)
    voided_at = fields.Datetime(
        readonly=True, help="The approval is no longer valid from this time on, because the order was changed, "
                            "rejected or cancelled.")
    valid_until = fields.Datetime(
        readonly=True, help="When the approval expires, unless the order has been confirmed.")
    comment = fields.Text(readonly=True)
    planned_date = fields.Date(help="The date confirmed by this department.")
    plan_note = fields.Char()
    watched_values = SeenValues("Values at the Review", readonly=True, groups='sale_order_lifecycle.group_manager')
    check_ids = fields.One2many('order.review.check', 'review_id', string="Checklist")
    requires_plan = fields.Selection(related='stage_id.requires_plan')

    # what the reviewer sees of the order, without access to anything else
    partner_id = fields.Many2one(related='order_id.partner_id')
    salesperson_id = fields.Many2one(related='order_id.user_id', string="Salesperson")
    currency_id = fields.Many2one(related='order_id.currency_id')
    amount_untaxed = fields.Monetary(related='order_id.amount_untaxed')
    amount_total = fields.Monetary(related='order_id.amount_total')
    payment_term_id = fields.Many2one(related='order_id.payment_term_id')
    commitment_date = fields.Datetime(related='order_id.commitment_date', string="Promised Date")
    order_line = fields.One2many('sale.order.line', string="Order Lines", compute='_compute_order_line')
    order_phase = fields.Selection(related='order_id.lifecycle_phase', string="Order Phase")
    changes = fields.Text(
        compute='_compute_changes', help="Changes since this department last decided on the order.")
    seen_digest = fields.Char(
        compute='_compute_seen_digest',
        help="Digest of the values watched by this review. It is sent back by the buttons, so that only values shown "
             "on the screen can be approved.")
    can_decide = fields.Boolean(compute='_compute_can_decide', search='_search_can_decide')
    is_one_of_several = fields.Boolean(
        compute='_compute_is_one_of_several', help="The user can also decide other reviews of this order.")
    nobody_can_decide = fields.Boolean(
        "No Reviewer Available", compute='_compute_nobody_can_decide', search='_search_nobody_can_decide',
        help="The review is pending, but no active user can decide it.")
    people_changed = fields.Boolean(
        "Reviewers Changed", readonly=True, copy=False,
        help="The available reviewers have changed since it was last checked whether anybody can decide the review.")
    undecidable_at = fields.Datetime(
        "No Reviewer Available Since", readonly=True,
        help="When the managers were notified that nobody can decide the review; empty if somebody can.")
    is_my_role = fields.Boolean(compute='_compute_is_my_role', search='_search_is_my_role')

    _open_review_unique = models.UniqueIndex(
        "(order_id, stage_id, approval_number) WHERE state IN ('waiting', 'pending')",
        "This department is already reviewing the order.")
    _lapse_index = models.Index("(valid_until) WHERE state = 'approved' AND voided_at IS NULL")
    _pending_index = models.Index("(role_id, deadline) WHERE state = 'pending'")

    # -- compute --------------------------------------------------------------------------------

    @api.depends('order_id', 'stage_id')
    def _compute_display_name(self):
        for review in self:
            review.display_name = f"{review.order_id.sudo().name} · {review.stage_id.sudo().name}"

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
                    "The review “%(review)s” belongs to %(role)s and can only be prepared and decided by its members.",
                    review=review.display_name, role=review.role_id.name))
            if review.state != 'pending':
                raise UserError(self.env._(
                    "The review “%(review)s” is not pending, so its plan and checklist cannot be changed.",
                    review=review.display_name))

    def _meet_decision(self):
        """Rows of these reviews are about to change, which a decision reads and does not write: whoever decides at the
        same moment decides on what is entered now, or is first. One of the two transactions begins again."""
        if self:
            self.env.cr.execute(SQL("UPDATE order_review SET write_date = write_date WHERE id IN %s", self._ids))

    def _is_prepared_by_person(self):
        """:return: whether the person may fill in plan and checklist of this review; asked of ``env.user``"""
        self.ensure_one()
        return self.role_id._includes(self.env.user)

    # -- deadline -------------------------------------------------------------------------------

    def _get_calendar_sources(self):
        return self.order_id._get_calendar_sources()

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
            raise UserError(self.env._("Enter a reason, so that sales knows what to do."))
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
        """Notify the managers at once which of these pending reviews nobody can decide, each once; as superuser."""
        if not self:
            return
        deciders = self._get_available_deciders()
        stuck = self.filtered(lambda review: not deciders[review.id])
        (self - stuck).filtered('undecidable_at')._write_guarded({'undecidable_at': False})
        stuck = stuck.filtered(lambda review: not review.undecidable_at)
        # First: core may change people once more while they are notified.
        stuck._write_guarded({'undecidable_at': fields.Datetime.now()})
        for policy, reviews in stuck.grouped(lambda review: review.order_id.policy_id).items():
            policy._notify_undecidable(reviews)
        if stuck:
            stuck.order_id._lifecycle_event('undecidable', reviews=stuck)

    def _depends_on_persons(self):
        """:return: whether what persons did with the order of this review may leave nobody to decide it"""
        self.ensure_one()
        stage = self.stage_id
        return stage.four_eyes or stage.required_count > 1 or not self.order_id.policy_id.allow_several_stages

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
                    "%(stage)s: the approval by %(person)s has expired after %(days)s days. The review has been "
                    "reopened.",
                    stage=review.stage_id.name, person=review.decided_by_id.name, days=review.stage_id.validity_days)
                for review in reviews))
        lapsed.order_id._message_log_batch(bodies=bodies)
        lapsed.order_id._lifecycle_event('lapsed', reviews=lapsed)

    def _get_opening_reason(self):
        """:return: translated sentence why this review is open although the order was approved, or False"""
        self.ensure_one()
        last = self._get_last_decision()
        if not last:
            return self.env._("%(stage)s is now required for the order.", stage=self.stage_id.name)
        if last.valid_until and last.voided_at and last.valid_until <= last.voided_at:
            return self.env._(
                "%(stage)s: the approval of %(date)s has expired.", stage=self.stage_id.name,
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
        """Give whoever looks after each returned or rejected order a to-do with the comment (article R6)."""
        for (users, summary, note), reviews in self.sudo().grouped(lambda review: (
                review.order_id._get_sales_contact(), review._get_feedback_summary(), review.comment)).items():
            for user in users - self.env.user:
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
        lapsed = self.search(
            Domain('state', '=', 'approved') & Domain('voided_at', '=', False)
            & Domain('valid_until', '<=', fields.Datetime.now())
            & Domain('order_id.state', 'in', ('draft', 'sent'))
            & Domain('order_id.review_state', 'in', ('in_review', 'approved')), order='id')
        # What a person is at work on will be as it shall be, or is the next run's.
        self.env['ir.cron']._work_off(
            'order.review._cron_lapse', lapsed.order_id, lambda orders: orders._sync_lapsed(), size=LAPSE_CHUNK)

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
