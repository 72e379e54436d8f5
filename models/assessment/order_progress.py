from odoo import api, fields, models


class OrderProgress(models.Model):
    _inherit = 'order.progress'

    is_ended_late = fields.Boolean(
        "Ended Late", compute='_compute_is_ended_late', store=True,
        help="Reported after the deadline, or not reported by then and not needed anymore later.")

    @api.depends('reported_at', 'cancelled_at', 'deadline')
    def _compute_is_ended_late(self):
        for request in self:
            ended_at = request.reported_at or request.cancelled_at
            request.is_ended_late = bool(ended_at and request.deadline and ended_at > request.deadline)
