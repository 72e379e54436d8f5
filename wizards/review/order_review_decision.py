from odoo import api, fields, models


class OrderReviewDecision(models.TransientModel):
    """Asks the reviewer for the comment of a decision on one or many reviews (article R6)."""
    _name = 'order.review.decision'
    _description = "Decide Order Reviews"

    review_ids = fields.Many2many('order.review', required=True)
    decision = fields.Selection(
        [('approve', "Approve"), ('return', "Return to Sales"), ('reject', "Reject")], required=True,
        default='return')
    comment = fields.Text()
    review_count = fields.Integer("Reviews", compute='_compute_review_count')

    @api.depends('review_ids')
    def _compute_review_count(self):
        for wizard in self:
            wizard.review_count = len(wizard.review_ids)

    def action_apply(self):
        """Decide the review; of many those that can be decided.

        :return: the action that closes the dialog, for many with a notification that names the rest
        :raise AccessError, UserError: if a single review cannot be decided
        """
        self.ensure_one()
        if len(self.review_ids) > 1:
            notification = self._decide_possible()
            notification['params']['next'] = {'type': 'ir.actions.act_window_close'}
            return notification
        if self.decision == 'approve':
            self.review_ids.action_approve(self.comment)
        elif self.decision == 'return':
            self.review_ids.action_return(self.comment)
        else:
            self.review_ids.action_reject(self.comment)
        return {'type': 'ir.actions.act_window_close'}

    def _decide_possible(self):
        """:return: a notification that counts what was decided and names the rest"""
        if self.decision == 'approve':
            return self.review_ids.action_approve_possible(self.comment)
        if self.decision == 'return':
            return self.review_ids.action_return_possible(self.comment)
        return self.review_ids.action_reject_possible(self.comment)
