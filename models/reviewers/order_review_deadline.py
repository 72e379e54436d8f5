from odoo import fields, models


class OrderReview(models.Model):
    """A review is reminded of before its deadline and escalated after it, each once."""
    _inherit = 'order.review'

    escalation_user_id = fields.Many2one(related='stage_id.escalation_user_id', string="Escalate To")

    _reminder_index = models.Index("(reminder_at) WHERE state = 'pending' AND reminded_at IS NULL")
    _escalation_index = models.Index("(escalation_at) WHERE state = 'pending'")

    def _get_reminder_share(self):
        return min(max(self.order_id.policy_id.reminder_percent, 0), 99) / 100

    def _get_escalation_delays(self):
        return [0.0, max(self.order_id.policy_id.escalation_hours, 0.0)]

    def _get_escalation_people(self):
        # Who is notified first is not notified of the same again.
        first = self.stage_id.escalation_user_id.filtered('active')
        return [first, self._get_people_in_charge() - first]

    def _notify_reminder(self):
        notices = {}
        for review_id, users in self._get_turn_holders().items():
            for user in users:
                if user._is_notified_of_orders_at_once():
                    notices.setdefault(user, {}).setdefault('reminder', []).append(review_id)
        self.env['order.notice']._send(notices)

    def _notify_escalation(self, people):
        self.env['order.notice']._send({user: {'escalation': reviews.ids} for user, reviews in people.items()})
