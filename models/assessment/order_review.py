from odoo import api, fields, models


class OrderReview(models.Model):
    _inherit = 'order.review'

    is_decided_late = fields.Boolean(
        "Decided Late", compute='_compute_is_decided_late', store=True, help="Decided after the deadline.")

    @api.depends('decided_at', 'deadline')
    def _compute_is_decided_late(self):
        for review in self:
            review.is_decided_late = bool(
                review.decided_at and review.deadline and review.decided_at > review.deadline)
