from odoo import fields, models


class OrderPolicy(models.Model):
    """How often departments report the progress of an order to sales, and how soon (articles F3, K1)."""
    _inherit = 'order.policy'

    progress_interval_days = fields.Integer(
        "Progress Reports Every",
        help="Working days, based on the average working hours per day of the policy, after which the departments that "
             "produce, purchase or deliver for an order report its progress; 0 disables regular reports.")
    progress_hours = fields.Float(
        "Time to Report",
        help="Working hours within which a department answers a progress request or an urge; 0 sets no deadline.")

    # -- constraints ----------------------------------------------------------------------------

    _progress_interval_range = models.Constraint(
        'CHECK (progress_interval_days BETWEEN 0 AND 260)',
        "The working days between progress reports must be a number from 0, for none, to 260.")
    _progress_hours_range = models.Constraint(
        'CHECK (progress_hours BETWEEN 0 AND 2080)',
        "The time to report must be a number of working hours from 0, for no deadline, to 2080.")

    # -- business -------------------------------------------------------------------------------

    def _get_progress_interval_hours(self):
        """:return: the working hours between two reports of a department"""
        self.ensure_one()
        calendar = self.calendar_id or self.company_id.resource_calendar_id
        return self.progress_interval_days * (calendar.hours_per_day or 24.0)

    # -- printed policy -------------------------------------------------------------------------

    def _get_report_progress_provisions(self):
        """:return: list of translated sentences: who reports the progress of orders, how often and how soon; empty
            where the policy rules none of it"""
        self.ensure_one()
        if not self.progress_interval_days and not self.progress_hours:
            return []
        provisions = []
        if self.progress_interval_days:
            provisions += [
                self.env._(
                    "From the confirmation of an order to its fulfilment, the departments that produce, purchase or "
                    "deliver for it report its progress and the expected date to sales every %(days)s working days.",
                    days=self.progress_interval_days),
                self.env._(
                    "If the records show that the order is on schedule and has not fallen behind the previous report, "
                    "the report is taken from the records. Otherwise, the department is asked."),
            ]
        provisions.append(self.env._(
            "Sales can urge a department at any time, giving a reason. The urge is recorded."))
        if self.progress_hours:
            provisions.append(self.env._(
                "A department that is asked or urged reports within %(hours)s. Overdue reports are escalated to the "
                "department, and then to the person in charge of it.",
                hours=self._get_rule_text().get_hours(self.progress_hours)))
        return provisions
