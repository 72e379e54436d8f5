from odoo import api, fields, models
from odoo.exceptions import ValidationError


class OrderPolicy(models.Model):
    """What the policy rules of incidents (article K2), and prints of the tracking of orders."""
    _inherit = 'order.policy'

    incident_hours = fields.Float(
        "Resolve Incidents Within",
        help="Working hours from the report of an incident to its resolution; 0 disables the deadline.")
    detects_incidents = fields.Boolean(
        "Detect Incidents",
        help="Open incidents automatically: when an order is planned or reported to be ready later than promised, a "
             "vendor delivers later than needed, a manufacturing order or a transfer is overdue, or goods fail an "
             "inspection.")
    closes_incidents = fields.Boolean(
        "Close Incidents Without a Cause",
        help="Close detected incidents automatically when their cause no longer exists, as long as nobody has worked "
             "on them and the order is not late.")
    require_incident_cause = fields.Boolean(
        "Root Cause Required", help="Incidents are only resolved with their root cause.")

    # -- constraints ----------------------------------------------------------------------------

    @api.constrains('incident_hours')
    def _check_incident_hours(self):
        if wrong := self.filtered(lambda policy: policy.incident_hours < 0)[:1]:
            raise ValidationError(self.env._(
                "The hours in which incidents are resolved cannot be negative in “%(policy)s”: enter 0 for no "
                "deadline.", policy=wrong.name))

    # -- printed policy -------------------------------------------------------------------------

    def _get_report_chapters(self):
        chapters = super()._get_report_chapters()
        if provisions := self._get_report_progress_provisions():
            chapters.append({
                'sequence': 55, 'title': self.env._("Progress Reports"),
                'template': 'sale_order_lifecycle.report_policy_progress', 'provisions': provisions,
            })
        if self.incident_hours or self.detects_incidents or self.require_incident_cause:
            chapters.append({
                'sequence': 57, 'title': self.env._("Incidents"),
                'template': 'sale_order_lifecycle.report_policy_incidents',
                'provisions': self._get_report_incident_provisions(),
            })
        return chapters

    def _get_report_incident_provisions(self):
        """:return: list of translated sentences: what is reported, who acts, and until when"""
        self.ensure_one()
        provisions = []
        if self.detects_incidents:
            provisions.append(self.env._(
                "An incident is opened automatically when an order is planned or reported to be ready later than "
                "promised, a vendor delivers later than needed, a manufacturing order or a transfer is overdue, or "
                "goods fail an inspection."))
        if self.detects_incidents and self.closes_incidents:
            provisions.append(self.env._(
                "An incident that was opened automatically is closed automatically when its cause no longer exists, "
                "nobody has worked on it, and the order is not late. If the cause comes back, it is opened again and "
                "remains with the departments."))
        if self.require_incident_cause:
            provisions.append(self.env._(
                "An incident is resolved only when its root cause is recorded; root cause and department at fault are "
                "kept for the assessment."))
        if self.incident_hours:
            text = self._get_rule_text()
            provisions.append(self.env._(
                "An incident is resolved within %(hours)s of work.", hours=text.get_hours(self.incident_hours)))
            if self.reminder_percent > 0:
                provisions.append(self.env._(
                    "Whoever handles it is reminded when %(percent)s %% of the time allowed has passed.",
                    percent=self.reminder_percent))
            provisions.append(self.env._(
                "Incidents that are not resolved by their deadline are escalated to the persons in charge of the "
                "departments brought in and to the salesperson, and after %(hours)s of work to the managers.",
                hours=text.get_hours(self.escalation_hours)))
        return provisions

    def _get_report_deadlines(self):
        deadlines, text = super()._get_report_deadlines(), self._get_rule_text()
        if self.progress_hours:
            deadlines.append({
                'sequence': 55, 'task': self.env._("Progress report"), 'role': self.env._("Department asked"),
                'time': text.get_hours(self.progress_hours),
            })
        if self.incident_hours:
            deadlines.append({
                'sequence': 57, 'task': self.env._("Resolution of an incident"),
                'role': self.env._("Departments brought in"), 'time': text.get_hours(self.incident_hours),
            })
        return deadlines
