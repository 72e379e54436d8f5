from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import format_list

from ..mixins.arguments import read_id, read_text
from ..review.order_review import OPEN_STATES


class OrderReview(models.Model):
    """Whose turn it is: a review may be assigned, claimed from the pool and forwarded (article R6).

    An assigned review is the assignee's. Other members of the role see it, and decide it when they have
    taken it over with “Assign to Me”; so nobody is notified of it twice, and nobody's absence blocks it. An
    assignee who has left the role or the company binds nobody.
    """
    _inherit = 'order.review'

    user_id = fields.Many2one('res.users', string="Assigned To", readonly=True, index='btree_not_null')
    handover_ids = fields.One2many('order.review.handover', 'review_id', string="Handovers", readonly=True)
    can_claim = fields.Boolean(compute='_compute_can_claim', help="The current user can claim the review.")
    can_give_back = fields.Boolean(compute='_compute_can_assign')
    can_assign = fields.Boolean(
        compute='_compute_can_assign', help="The current user can assign the review.")

    # -- compute --------------------------------------------------------------------------------

    @api.depends('state', 'user_id', 'principal_ids')
    @api.depends_context('uid')
    def _compute_can_claim(self):
        refusals = self._get_claim_refusals()
        for review in self:
            review.can_claim = review.id not in refusals

    @api.depends('state', 'role_id', 'user_id')
    @api.depends_context('uid')
    def _compute_can_assign(self):
        refusals = self._get_assignment_refusals()
        for review in self:
            review.can_assign = review.id not in refusals
            review.can_give_back = bool(review.user_id) and review.state in OPEN_STATES and (
                review.can_assign or review.user_id == self.env.user)

    # -- whose turn -----------------------------------------------------------------------------

    def _get_assignee(self):
        """:return: the ``res.users`` that this review is assigned to, empty if that user can decide no more"""
        self.ensure_one()
        assignee = self.user_id
        return assignee if assignee.active and self.role_id._includes(assignee) else assignee.browse()

    @api.model
    def _get_turn_domain(self, person):
        """The reviews that no assignment to somebody else keeps from a person, see :meth:`_get_assignee`.

        :param person: ``res.users``
        :return: Domain
        """
        roles = self.env['order.role'].sudo().browse(self.env['order.role']._get_role_ids_of(person))
        return Domain.OR([
            Domain('user_id', 'in', [False, person.id]),
            Domain('user_id.active', '=', False),
            *(Domain('role_id.group_id', '=', group.id) & ~Domain('user_id.all_group_ids', 'in', group.ids)
              for group in roles.group_id),
        ])

    def _refuse_assigned(self):
        """:return: exception if the review is the turn of somebody else"""
        assignee = self._get_assignee()
        if assignee and assignee not in self.principal_ids:
            return UserError(self.env._(
                "“%(review)s” is assigned to %(person)s. Take it over with “Assign to Me” before you decide it.",
                review=self.display_name, person=assignee.name))
        return None

    # -- actions --------------------------------------------------------------------------------

    def action_assign_to_me(self):
        """Take reviews from the pool, or over from a colleague.

        :return: True
        :raise AccessError, UserError: with the first review that the person cannot take; then none is
        """
        self._check_refusals(self._get_claim_refusals())
        self._action_claim()
        return True

    def action_assign_to_me_possible(self):
        """Take those of the reviews that the person can take, for lists.

        :return: a notification that counts them and names the others
        """
        refusals = self._get_claim_refusals()
        possible = self._without(refusals)
        possible._action_claim()
        return self._get_summary_notification(
            self.env._("%(count)s reviews assigned to you.", count=len(possible)), refusals)

    def action_assign(self, user_id):
        """Say who decides open reviews, as a manager of the order lifecycle or the person in charge of the role.

        :param user_id: id of the ``res.users``, a member of the role of each review
        :return: True
        :raise AccessError, UserError: with the first review that cannot be assigned; then none is
        """
        user = self._browse_person(user_id)
        self._check_refusals(self._get_assignment_refusals(user))
        self._action_hand_over(user, 'assign')
        return True

    def action_assign_possible(self, user_id):
        """Assign those of the reviews that can be assigned, for lists.

        :param user_id: as for :meth:`action_assign`
        :return: a notification that counts them and names the others
        """
        user = self._browse_person(user_id)
        refusals = self._get_assignment_refusals(user)
        possible = self._without(refusals)
        possible._action_hand_over(user, 'assign')
        return self._get_summary_notification(self.env._(
            "%(count)s reviews assigned to %(person)s.", count=len(possible), person=user.sudo().name), refusals)

    def action_unassign(self):
        """Give assigned reviews back to the pool of their role, as the assignee, a manager or the person in charge.

        :return: True
        :raise AccessError, UserError: with the first review that cannot be given back; then none is
        """
        others = self.filtered(lambda review: self.env.user != review.sudo().user_id)
        self._check_refusals(others._get_assignment_refusals())
        for review in self.sudo():
            if not review.user_id or review.state not in OPEN_STATES:
                raise UserError(self.env._(
                    "“%(review)s” is not assigned, or already decided.", review=review.display_name))
        self._action_hand_over(self.env['res.users'], 'release')
        return True

    def action_forward(self, user_id, note):
        """Pass reviews that the person may decide on to a colleague of the role.

        :param user_id: id of the ``res.users``, a member of the role of each review
        :param note: why, for the colleague and for the record; required
        :return: True
        :raise AccessError, UserError: with the first review that cannot be forwarded; then none is
        """
        user = self._browse_person(user_id)
        self._check_refusals(self._get_forward_refusals(user))
        if not (note := read_text(note)):
            raise UserError(self.env._("Explain why you forward the review, so that your colleague knows what to "
                                       "check."))
        self._action_hand_over(user, 'forward', note)
        return True

    def action_open_assign(self):
        """:return: the action that asks whom the reviews are assigned to"""
        return self._open_assignment('assign')

    def action_open_forward(self):
        """:return: the action that asks whom the reviews are forwarded to, and why"""
        return self._open_assignment('forward')

    def _open_assignment(self, kind):
        action = self._open_action(
            'order_review_assign_action', context={'default_review_ids': self.ids, 'default_kind': kind})
        if kind == 'forward':
            action['name'] = self.env._("Forward")
        return action

    # -- refusals -------------------------------------------------------------------------------

    @api.model
    def _browse_person(self, user_id):
        """:return: the ``res.users``
        :raise UserError: if nobody was chosen
        """
        user = self.env['res.users'].browse(read_id(user_id) or ()).sudo().exists().sudo(self.env.su)
        # The answers name the person: nobody learns so who works in another company.
        if not user._filtered_access('read'):
            raise UserError(self.env._("Select the reviewer."))
        return user

    def _get_claim_refusals(self):
        """Why the person cannot take these reviews over.

        :return: dict review id → exception with one sentence
        """
        self._read_principals_anew()
        return self._collect_refusals(lambda review: (
            review._refuse_closed() or review._refuse_claim() or review._refuse_assigned_to_principal()))

    def _refuse_claim(self):
        """:return: exception if the person could not decide the review when responsible for it"""
        return self._refuse_non_member() or self._refuse_four_eyes() or self._refuse_excluded_principal()

    def _refuse_assigned_to_principal(self):
        """:return: exception if the review is assigned to the person, or to somebody for whom the person acts"""
        if self.user_id not in self.principal_ids:
            return None
        return UserError(self.env._(
            "“%(review)s” is already assigned to %(person)s.", review=self.display_name, person=self.user_id.name))

    def _refuse_closed(self):
        """:return: exception unless the review waits for a decision, now or later"""
        return UserError(self._get_not_pending_message()) if self.state not in OPEN_STATES else None

    def _get_assignment_refusals(self, user=None):
        """Why the person cannot say who decides these reviews, or not choose this one.

        :param user: ``res.users`` whom they would be assigned to, None where only the right is asked
        :return: dict review id → exception with one sentence
        """
        able = self._get_able_members() if user is not None else {}
        return self._collect_refusals(lambda review: (
            review._refuse_no_manager() or review._refuse_closed()
            or (review._refuse_recipient(user, able[review.id]) if user is not None else None)))

    def _refuse_no_manager(self):
        """:return: exception unless the person says who decides the reviews of the role"""
        if (self.env.user.has_group('sale_order_lifecycle.group_manager')
                or self.env.user in self._get_people_in_charge()):
            return None
        return AccessError(self.env._(
            "“%(review)s” is assigned by a manager of the order lifecycle or the person in charge of %(role)s. If you "
            "belong to the role, you can take it with “Assign to Me”.",
            role=self.role_id.name, review=self.display_name))

    def _get_forward_refusals(self, user):
        """Why the person cannot forward these reviews to this colleague.

        :return: dict review id → exception with one sentence
        """
        refusals = self._get_decision_refusals()
        able = self._get_able_members()
        for review in self.sudo():
            if review.id not in refusals and (refusal := review._refuse_recipient(user, able[review.id])):
                refusals[review.id] = refusal
        return refusals

    def _refuse_recipient(self, user, able):
        """:param able: ``res.users`` who may decide this review in their own right
        :return: exception unless the person can decide the review and does not have it yet
        """
        if user not in able:
            return UserError(self.env._(
                "%(person)s cannot decide “%(review)s”: select a member of %(role)s who works in the company and has "
                "not been involved in the order.",
                person=user.sudo().name, review=self.display_name, role=self.role_id.name))
        if user == self.user_id:
            return UserError(self.env._(
                "“%(review)s” is already assigned to %(person)s.",
                review=self.display_name, person=user.sudo().name))
        return None

    def _get_people_in_charge(self):
        """:return: ``res.users`` in charge of the role of this review under the policy of its order"""
        self.ensure_one()
        return self.order_id.policy_id.responsibility_ids.filtered(
            lambda row: row.role_id == self.role_id).user_id.filtered('active')

    # -- business -------------------------------------------------------------------------------

    def _action_claim(self):
        """Take the reviews over, each in the right in which the person may decide it; checks were made."""
        for principal, reviews in self.sudo().grouped(
                lambda review: (review.principal_ids - review._get_excluded_persons())[:1]).items():
            reviews._action_hand_over(principal, 'claim')

    def _action_hand_over(self, user, kind, note=None):
        """Give open reviews to a person, or back to the pool, keep it on record and notify the person.

        :param user: ``res.users``, empty for the pool
        :param kind: a value of ``order.review.handover.kind``
        """
        if not self:
            return
        self_sudo = self.sudo()
        self.env['order.review.handover'].sudo()._create_guarded([{
            'review_id': review.id, 'kind': kind, 'from_id': review.user_id.id, 'to_id': user.id,
            'by_id': self.env.uid, 'note': note,
        } for review in self_sudo])
        is_notified = user == self.env.user or kind == 'forward'
        self_sudo._write_guarded({'user_id': user.id, 'notified_at': fields.Datetime.now() if is_notified else False})
        self_sudo._log_handover(user, kind, note)
        if kind == 'forward':
            self_sudo._notify_forwarded(user, note)
        elif not is_notified:
            self_sudo.filtered(lambda review: review.state == 'pending')._announce()

    def _log_handover(self, user, kind, note):
        """One note an order, in one batch."""
        bodies = {}
        for order, reviews in self.grouped('order_id').items():
            stages = format_list(self.env, reviews.stage_id.mapped('name'))
            if kind == 'release':
                text = self.env._("%(stages)s: returned to the department", stages=stages)
            elif kind == 'forward':
                text = self.env._("%(stages)s: forwarded to %(person)s", stages=stages, person=user.sudo().name)
            else:
                text = self.env._("%(stages)s: assigned to %(person)s", stages=stages, person=user.sudo().name)
            bodies[order.id] = Markup("%s<br/>%s") % (text, note) if note else Markup("%s") % text
        self.order_id._message_log_batch(bodies=bodies, author_id=self.env.user.partner_id.id)
