from odoo import fields, models


class OrderReviewDecision(models.TransientModel):
    """Asks the reviewer for the comment of a decision on one or many reviews (article R6)."""
    _name = 'order.review.decision'
    _description = "Decide Order Reviews"

    review_ids = fields.Many2many('order.review', required=True)
    decision = fields.Selection(
        [('approve', "Approve"), ('return', "Return to Sales"), ('reject', "Reject")], required=True,
        default='return')
    comment = fields.Text()

    def action_apply(self):
        """Decide all of the reviews or none.

        :return: the action that closes the dialog
        :raise AccessError, UserError: with the first review that cannot be decided
        """
        self.ensure_one()
        if self.decision == 'approve':
            self.review_ids.action_approve(self.comment)
        elif self.decision == 'return':
            self.review_ids.action_return(self.comment)
        else:
            self.review_ids.action_reject(self.comment)
        return {'type': 'ir.actions.act_window_close'}
