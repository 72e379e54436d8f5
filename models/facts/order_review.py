from odoo import api, fields, models
from odoo.exceptions import UserError

from ..review.order_review import OPEN_STATES


class OrderReview(models.Model):
    """What the department must judge, beside the order: computed from Odoo's data, nothing is typed twice."""
    _inherit = 'order.review'

    facts = fields.Json(
        "Basis of the Review", compute='_compute_facts',
        help="The current facts on which this department bases its decision. They are only visible to the users who "
             "decide the review.")
    proposed_date = fields.Date(
        compute='_compute_proposed_date', help="The earliest date on which the plan can currently be met.")

    # -- compute --------------------------------------------------------------------------------

    @api.depends('order_id', 'stage_id', 'state')
    @api.depends_context('uid', 'lang')
    def _compute_facts(self):
        facts = self._get_facts()
        for review in self:
            review.facts = facts.get(review.id, False)

    @api.depends('order_id', 'stage_id', 'state')
    def _compute_proposed_date(self):
        dates = {}
        open_sudo = self.sudo().filtered(lambda review: review.state in OPEN_STATES and review.requires_plan != 'none')
        for kind, reviews in open_sudo.grouped('requires_plan').items():
            proposals = reviews.order_id._get_proposed_dates(kind)
            dates.update((review.id, proposals.get(review.order_id.id)) for review in reviews)
        for review in self:
            review.proposed_date = dates.get(review.id, False)

    # -- facts ----------------------------------------------------------------------------------

    def _get_facts(self):
        """What the departments judge these reviews by, for those that are open and whose facts the person may see.

        :return: dict review id → list of sections, as :func:`.review_facts.make_section` makes them
        """
        visible = self.filtered(lambda review: review._may_see_facts()).sudo()
        kinds = {}
        for review in visible:
            for kind in review._get_facts_kinds():
                kinds.setdefault(kind, self.env['sale.order'].sudo())
                kinds[kind] |= review.order_id
        sections = {kind: orders._get_review_facts(kind) for kind, orders in kinds.items()}
        facts = {}
        for review in visible:
            # Two kinds may tell the same: it is shown once.
            own = {
                section['name']: section
                for kind in reversed(review._get_facts_kinds())
                for section in reversed(sections[kind].get(review.order_id.id, ()))
            }
            facts[review.id] = list(reversed(own.values()))
        return facts

    def _get_facts_kinds(self):
        """Which facts this review is judged by: those of its plan, then those of its role.

        :return: list of names, each with a method ``sale.order._get_review_facts_<name>``
        """
        self.ensure_one()
        kinds = [f'plan_{self.requires_plan}'] if self.requires_plan != 'none' else []
        return [*kinds, self.role_id.code]

    def _may_see_facts(self):
        """Whether the person sees the facts of this review; asked of ``env.user`` whatever ``env.su`` is.

        Facts tell what the person could not read in its application: debts, stock, suppliers. They are
        for those who act for the role or may decide the review, and for managers of the lifecycle, as
        long as there is something to decide.
        """
        self.ensure_one()
        return self.state in OPEN_STATES and (
            self.is_my_role or self.can_decide or self.env.user.has_group('sale_order_lifecycle.group_manager'))

    # -- proposed date --------------------------------------------------------------------------

    def action_use_proposed_date(self):
        """Plan what is proposed for these reviews.

        :return: True
        :raise AccessError: for people of another role
        :raise UserError: with the first review that is not pending, or for which no date can be proposed; then
            none is planned
        """
        self.check_access('write')
        self._check_preparable()
        self._check_refusals(self._get_proposal_refusals())
        self._action_use_proposed_date()
        return True

    def action_use_proposed_date_possible(self):
        """Plan what is proposed for those of the reviews that have no date yet, for lists.

        :return: a notification that counts them and names the others
        """
        refusals = self._get_decision_refusals()
        refusals.update(self._without(refusals)._get_proposal_refusals())
        possible = self.filtered(lambda review: review.id not in refusals and not review.planned_date)
        possible._action_use_proposed_date()
        return self._get_summary_notification(
            self.env._("%(count)s dates set as proposed.", count=len(possible)), refusals)

    def _get_proposal_refusals(self):
        """:return: dict review id → UserError: why no date is proposed"""
        return {
            review.id: UserError(
                self.env._("“%(review)s” does not require a planned date.", review=review.display_name)
                if review.requires_plan == 'none' else self.env._(
                    "No date can be proposed for “%(review)s”: a required product has no source of supply. Enter the "
                    "date manually.", review=review.display_name))
            for review in self if not review.proposed_date
        }

    def _action_use_proposed_date(self):
        for date, reviews in self.grouped('proposed_date').items():
            reviews._write_guarded({'planned_date': date})
