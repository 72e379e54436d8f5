from odoo import fields, models


class OrderReview(models.Model):
    _inherit = 'order.review'

    order_release_note = fields.Text(related='order_id.release_note', string="Emergency Release")
    order_release_outcome = fields.Selection(related='order_id.release_outcome', string="Release Outcome")

    def _get_feedback_summary(self):
        if self.order_id.release_outcome == 'refused' and not self.order_id.release_ended_at:
            return self.env._(
                "Refused by %(role)s after the emergency release: decide how to proceed with the order",
                role=self.role_id.name)
        return super()._get_feedback_summary()
