from collections import defaultdict

from odoo import api, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import SQL

# How many reviews are evaluated between two commits when people have come or gone.
PEOPLE_CHUNK = 200


class OrderReview(models.Model):
    """Who may decide a review, and what keeps somebody from it."""
    _inherit = 'order.review'

    _people_changed_index = models.Index('(id) WHERE people_changed')

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
        given = (
            Domain.OR(Domain(name, 'in', users.ids) for name in self._get_decider_fields())
            & Domain('state', '=', 'approved') & Domain('voided_at', '=', False)
            & Domain('order_id.review_state', '=', 'in_review'))
        alone = Domain('order_id.policy_id.allow_several_stages', '=', False)
        return (
            self._get_same_domain(['order_id'], given & alone)
            | self._get_same_domain(['order_id', 'stage_id'], given & Domain('stage_id.required_count', '>', 1)))

    @api.model
    def _get_same_domain(self, names, domain):
        """:param names: list of names of stored fields
        :param domain: Domain on ``order.review``
        :return: Domain of the reviews that have the same values in these fields as one that satisfies ``domain``
        """
        def to_sql(model, alias, query):
            return SQL(
                "(%s) IN (%s)", SQL(", ").join(model._field_to_sql(alias, name, query) for name in names), others)
        Review = self.sudo()
        found = Review._search(domain)
        found.order = None
        others = found.select(*(Review._field_to_sql(found.table, name) for name in names))
        return Domain.custom(to_sql=to_sql)

    @api.depends('can_decide')
    @api.depends_context('uid')
    def _compute_is_one_of_several(self):
        mine = self.order_id._get_reviews_to_decide()
        for review in self:
            review.is_one_of_several = review.can_decide and len(mine[review.order_id.id]) > 1

    @api.depends('state', 'role_id', 'order_id.review_ids.state')
    def _compute_nobody_can_decide(self):
        pending = self.filtered(lambda review: review.state == 'pending')
        deciders = pending._get_available_deciders()
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
        deciders = pending_sudo._get_available_deciders()
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
            "You do not have access to the order of this review. Ask its salesperson or your manager."))

    def _get_decision_refusal(self):
        """Why the person cannot decide this one review, read as superuser; extend the chain of reasons.

        :return: exception with one sentence, None where the person may decide
        """
        self.ensure_one()
        return (
            self._refuse_not_pending() or self._refuse_non_member() or self._refuse_four_eyes()
            or self._refuse_second_approval() or self._refuse_several_stages())

    def _refuse_not_pending(self):
        """:return: exception unless the review is to be decided now"""
        return UserError(self._get_not_pending_message()) if self.state != 'pending' else None

    def _refuse_non_member(self):
        """:return: exception unless the person acts for the role of the review, in its company"""
        user = self.env.user
        if not self.role_id._includes(user):
            return AccessError(self.env._(
                "The review “%(review)s” is decided by %(role)s. Ask one of its members.",
                review=self.display_name, role=self.role_id.name))
        if self.company_id not in user.company_ids:
            return AccessError(self.env._(
                "The review “%(review)s” belongs to a company that you do not have access to.",
                review=self.display_name))
        return None

    def _refuse_four_eyes(self):
        """:return: exception if the person has been involved in the order and four eyes exclude that person"""
        if self.env.user in self._get_four_eyes_persons():
            return AccessError(self.env._(
                "You have entered, registered, submitted, changed or sold this order, so another member of %(role)s "
                "has to decide “%(review)s”.", review=self.display_name, role=self.role_id.name))
        return None

    def _refuse_second_approval(self):
        """:return: exception if the person has given another of the approvals that the stage needs"""
        return self._get_second_approval_error() if self.env.user in self._get_co_approvers() else None

    def _get_second_approval_error(self):
        return AccessError(self.env._(
            "“%(review)s” requires the approval of %(count)s different people, and you have already approved it. Leave "
            "the other approval to another member of %(role)s.",
            review=self.display_name, count=self.stage_id.required_count, role=self.role_id.name))

    def _refuse_several_stages(self):
        """:return: exception if the policy asks for different persons in the stages and this one has decided another"""
        if self.env.user in self._get_stage_persons():
            return self._get_several_stages_error()
        return None

    def _get_several_stages_error(self):
        return AccessError(self.env._(
            "The policy does not allow anybody to decide more than one stage of an order, and you have already decided "
            "another stage of %(order)s. Leave “%(review)s” to another member of %(role)s.",
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

    def _get_co_approvers(self):
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
        return self._get_four_eyes_persons() | self._get_co_approvers() | self._get_stage_persons()

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

    def _get_available_deciders(self):
        """Who of those who could decide these reviews is there, in batch; override to leave out those who are away.

        :return: dict review id → ``res.users``
        """
        return self._get_possible_deciders()

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
                "The review “%(review)s” cannot start until the previous stages are approved.",
                review=self.display_name)
        return self.env._("The review “%(review)s” has ended without a decision.", review=self.display_name)

    def _get_approval_refusals(self):
        """Why these reviews cannot be approved by the person, as :meth:`_get_decision_refusals`."""
        refusals = self._get_decision_refusals()
        for review in self.sudo():
            if review.id in refusals:
                continue
            if undone := review.check_ids.filtered(lambda check: not check._is_done())[:1]:
                refusals[review.id] = UserError(self.env._(
                    "“%(review)s” cannot be approved before the check “%(check)s” is answered with “OK” or “Not "
                    "Applicable”.", review=review.display_name, check=undone.name))
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
        """Why reviews cannot be approved with what the person had on the screen.

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
                "“%(review)s” is not one of the reviews that were shown to you: open and check it first.",
                review=review.display_name))
            for review in (self - known).sudo()
        }
        return refusals | {
            review.id: UserError(self.env._(
                "%(order)s has changed since you opened it: reload the page and check “%(review)s” again.",
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
            for review in reviews.sorted(lambda row: (row.stage_id.sequence, row.stage_id.id, row.approval_number)):
                stage = review.stage_id
                if stage in decided:
                    refusals[review.id] = review._get_second_approval_error()
                elif decided and not order.policy_id.allow_several_stages:
                    refusals[review.id] = review._get_several_stages_error()
                else:
                    decided |= stage
        return refusals

    # -- people who come and go -------------------------------------------------------------------

    @api.model
    def _queue_people_changed(self, roles, companies=None):
        """People have come or gone: evaluate soon whether somebody is left for the pending reviews that this concerns.

        Whoever changes people does not wait for that: a scheduled action does it.

        :param roles: ``order.role`` whose people may be others now
        :param companies: ``res.company`` in which they may; all by default
        """
        if not roles or not self.pool.ready:
            return
        concerned = self.sudo().search(
            Domain('state', '=', 'pending') & Domain('people_changed', '=', False) & Domain('role_id', 'in', roles.ids)
            & (Domain.TRUE if companies is None else Domain('company_id', 'in', companies.ids)))
        if concerned:
            concerned._write_guarded({'people_changed': True})
            self.env.ref('sale_order_lifecycle.ir_cron_report_people_changed').sudo()._trigger()

    @api.model
    def _cron_report_people_changed(self):
        """Notify the managers of the reviews that nobody is left for since people have come or gone."""
        self.env['ir.cron']._work_off(
            'order.review._cron_report_people_changed', self.search([('people_changed', '=', True)], order='id'),
            lambda reviews: reviews._report_people_changed(), size=PEOPLE_CHUNK)

    def _report_people_changed(self):
        self._write_guarded({'people_changed': False})
        self.filtered(lambda review: review.state == 'pending')._report_undecidable()
