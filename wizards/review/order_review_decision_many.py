from odoo import api, fields, models
from odoo.exceptions import AccessError


class OrderReviewDecision(models.TransientModel):
    """Reviews of many orders are decided in one go: what can be decided is, and the rest is named."""
    _inherit = 'order.review.decision'

    review_count = fields.Integer("Number of Reviews", compute='_compute_review_count')

    @api.depends('review_ids')
    def _compute_review_count(self):
        for decision in self:
            decision.review_count = len(decision.review_ids)

    def action_apply(self):
        self._check_one()
        if not self.review_ids:
            # The person sees none of them any more: the delegation may have ended.
            raise AccessError(self.env._("You do not have access to these reviews."))
        if len(self.sudo().review_ids.order_id) < 2:
            return super().action_apply()
        return self._close_dialog(self._decide_possible())

    def _decide_possible(self):
        """:return: a notification that counts what was decided and names the rest"""
        if self.decision == 'approve':
            return self.review_ids.action_approve_possible(self.comment)
        if self.decision == 'return':
            return self.review_ids.action_return_possible(self.comment)
        return self.review_ids.action_reject_possible(self.comment)
