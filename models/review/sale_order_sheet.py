from odoo import api, fields, models
from odoo.tools import format_date, format_datetime


class SaleOrder(models.Model):
    """The overall verdict on the order form (article R5), as the review sheet has it on paper."""
    _inherit = 'sale.order'

    review_sheet = fields.Json(
        compute='_compute_review_sheet', groups='sale_order_lifecycle.group_reviewer,sales_team.group_sale_salesman')

    @api.depends('review_ids.state', 'review_ids.voided_at', 'review_ids.planned_date', 'review_ids.comment')
    @api.depends_context('lang', 'tz', 'uid')
    def _compute_review_sheet(self):
        current = {order.id: order.sudo()._get_current_reviews() for order in self}
        mine = self._origin._get_reviews_to_decide()
        decidable = self.env['order.review'].union(*mine.values())
        # What is approved from here is what this screen shows.
        digests = decidable._get_digests()
        states = dict(decidable._fields['state']._description_selection(self.env))
        for order in self:
            order.review_sheet = [{
                **order._prepare_sheet_row(review, states),
                'can_decide': review.id in digests,
                'is_one_of_several': review.id in digests and len(mine[order._origin.id]) > 1,
                'digest': digests.get(review.id, False),
            } for review in current[order.id]]

    def _prepare_sheet_row(self, review, states):
        """What the sheet tells of one department; override to tell more.

        :param review: ``order.review`` as superuser
        :param states: dict state → translated label
        :return: dict of texts
        """
        self.ensure_one()
        checks = review.check_ids
        return {
            'id': review.id,
            'stage': review.stage_id.name,
            'role': review.role_id.name,
            'state': review.state,
            'state_label': states[review.state],
            'is_overdue': review.is_overdue,
            'person': review._describe_decider(),
            'decided_at': review.decided_at and format_datetime(self.env, review.decided_at, dt_format='short'),
            'deadline': review.state == 'pending' and review.deadline and format_datetime(
                self.env, review.deadline, dt_format='short'),
            'planned_date': review.planned_date and format_date(self.env, review.planned_date),
            'hours_used': review.decided_at and review.deadline_start and self.env._(
                "%(hours)s h", hours=f"{review.hours_used:.1f}"),
            'comment': review.comment or False,
            'plan_note': review.plan_note or False,
            'checks': checks and self.env._(
                "Checks: %(done)s of %(total)s", done=len(checks.filtered('result')), total=len(checks)) or False,
            'needs_plan': review.requires_plan != 'none' and not review.planned_date,
        }
