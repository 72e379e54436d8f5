from odoo import models
from odoo.tools import format_date

from ..policy.timeline import TimelineEvent


class SaleOrder(models.Model):
    _inherit = 'sale.order'

    def _get_timeline_events(self):
        events = super()._get_timeline_events()
        states = dict(self.env['order.review']._fields['state']._description_selection(self.env))
        for order in self:
            own = events[order.id]
            own += [
                TimelineEvent('submitted', self.env._("Submitted for review"), order.submitted_at,
                              who=order.submitted_by_id.name),
                TimelineEvent('approved', self.env._("Accepted by all departments"), order.approved_at),
                TimelineEvent('confirmed', self.env._("Order confirmed"), order.confirmed_at, for_customer=True),
            ]
        for review in self.review_ids:
            events[review.order_id.id].append(review.order_id._prepare_review_event(review, states))
        return events

    def _prepare_review_event(self, review, states):
        """:return: :class:`TimelineEvent` of a review that was decided or is to come; a cancelled one is not told

        :param states: dict state → its label
        """
        self.ensure_one()
        title = self.env._("Review: %(stage)s", stage=review.stage_id.name)
        if review.decided_at:
            detail = states[review.state]
            if review.state == 'approved' and review.planned_date:
                detail = self.env._(
                    "%(decision)s, planned for %(date)s", decision=detail,
                    date=format_date(self.env, review.planned_date))
            return TimelineEvent(
                'review', title, review.decided_at, detail=detail, who=review.decided_by_id.name, record=review)
        due = review.state == 'pending' and review.deadline
        state = self._get_due_state(due) if review.state in ('pending', 'waiting') else 'cancelled'
        return TimelineEvent(
            'review', title, due, state, detail=states[review.state], who=review.role_id.name, record=review)
