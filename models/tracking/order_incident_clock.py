from odoo import api, models
from odoo.fields import Domain

from .order_incident import OPEN_STATES


class OrderIncident(models.Model):
    """An incident is resolved within the hours of the policy; whoever has to act is reminded before, and it is
    escalated after them."""
    _inherit = 'order.incident'

    _reminder_index = models.Index(
        "(reminder_at) WHERE state IN ('open', 'acting') AND reminded_at IS NULL")
    _escalation_index = models.Index("(escalation_at) WHERE state IN ('open', 'acting')")

    def _get_calendar_sources(self):
        return self.order_id._get_calendar_sources()

    @api.depends('state')
    def _compute_is_overdue(self):
        return super()._compute_is_overdue()

    def _is_deadline_running(self):
        return self.state in OPEN_STATES

    @api.model
    def _get_deadline_running_domain(self):
        return Domain('state', 'in', OPEN_STATES)

    def _get_reminder_share(self):
        return min(max(self.order_id.policy_id.reminder_percent, 0), 99) / 100

    def _get_escalation_delays(self):
        return [0.0, max(self.order_id.policy_id.escalation_hours, 0.0)]

    def _get_escalation_people(self):
        # Who is notified first is not notified of the same again.
        first = self._get_people_in_charge() | self.salesperson_id.filtered('active')
        managers = self.env.ref('sale_order_lifecycle.group_manager').sudo().all_user_ids.filtered(
            lambda user: user.active and not user.share and not user._is_superuser()
            and self.company_id in user.company_ids)
        return [first, managers - first]

    def _get_people_in_charge(self):
        """:return: ``res.users`` in charge of the departments that are brought in, under the policy of the order"""
        self.ensure_one()
        return self.order_id.policy_id.responsibility_ids.filtered(
            lambda row: row.role_id in self.role_ids).user_id.filtered(
            lambda user: user.active and self._is_reader(user))
