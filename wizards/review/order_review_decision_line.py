from odoo import api, fields, models


class OrderReviewDecisionLine(models.TransientModel):
    """One review of an order in the dialog that decides several."""
    _name = 'order.review.decision.line'
    _description = "Review to Decide"

    decision_id = fields.Many2one('order.review.decision', required=True, ondelete='cascade')
    review_id = fields.Many2one('order.review', required=True, readonly=True, ondelete='cascade')
    is_chosen = fields.Boolean("Decide", default=True)
    seen_digest = fields.Char(required=True, readonly=True, help="The content when the dialog was opened.")

    # the review, its plan as the person enters it
    # With the rights of the person: it could be any review.
    stage_id = fields.Many2one(related='review_id.stage_id', related_sudo=False)
    role_id = fields.Many2one(related='review_id.role_id', related_sudo=False)
    deadline = fields.Datetime(related='review_id.deadline', related_sudo=False)
    changes = fields.Text(
        compute='_compute_changes', help="Changes since this department last decided on the order.")
    requires_plan = fields.Selection(related='review_id.requires_plan', related_sudo=False)
    planned_date = fields.Date(related='review_id.planned_date', readonly=False, related_sudo=False)
    plan_note = fields.Char(related='review_id.plan_note', readonly=False, related_sudo=False)

    @api.depends('review_id')
    def _compute_changes(self):
        # What is computed is not asked for by itself.
        self.review_id.check_access('read')
        for line in self:
            line.changes = line.review_id.changes
