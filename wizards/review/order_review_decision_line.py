from odoo import fields, models


class OrderReviewDecisionLine(models.TransientModel):
    """One review of an order in the dialog that decides several."""
    _name = 'order.review.decision.line'
    _description = "Review to Decide"

    decision_id = fields.Many2one('order.review.decision', required=True, ondelete='cascade')
    review_id = fields.Many2one('order.review', required=True, readonly=True, ondelete='cascade')
    is_chosen = fields.Boolean("Decide", default=True)
    seen_digest = fields.Char(required=True, readonly=True, help="What the dialog was opened with.")

    # the review, its plan as the person enters it
    stage_id = fields.Many2one(related='review_id.stage_id')
    role_id = fields.Many2one(related='review_id.role_id')
    deadline = fields.Datetime(related='review_id.deadline')
    changes = fields.Text(related='review_id.changes')
    requires_plan = fields.Selection(related='review_id.requires_plan')
    planned_date = fields.Date(related='review_id.planned_date', readonly=False)
    plan_note = fields.Char(related='review_id.plan_note', readonly=False)
