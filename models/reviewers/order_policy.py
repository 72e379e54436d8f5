from odoo import fields, models
from odoo.tools import format_list


class OrderPolicy(models.Model):
    """Who hears of what: the departments of a new order, the people of what is due."""
    _inherit = 'order.policy'

    notified_role_ids = fields.Many2many(
        'order.role', 'order_policy_notified_role_rel', string="Departments Notified",
        help="The departments that are notified of an order when it is registered and submitted for review.")
    reminder_percent = fields.Integer(
        "Reminder After", default=75,
        help="Percentage of the time allowed, such as for a review, after which the people responsible are reminded. "
             "0 disables the reminder.")
    escalation_hours = fields.Float(
        "Second Escalation After", default=8.0,
        help="Working hours after a deadline, such as that of a review, after which the escalation goes one step "
             "further: to the person in charge of the role, or to the managers.")

    def _get_editable_fields(self):
        # How people are reminded is a courtesy and changes as the company likes; what is decided stays.
        if self.is_template:
            return super()._get_editable_fields()
        return super()._get_editable_fields() | {'reminder_percent', 'escalation_hours'}

    def copy_data(self, default=None):
        vals_list = super().copy_data(default)
        for policy, vals in zip(self, vals_list):
            if policy.company_id.id != vals.get('company_id'):
                for command in vals.get('stage_ids', ()):
                    command[2].pop('escalation_user_id', None)
        return vals_list

    # -- printed policy -------------------------------------------------------------------------

    def _get_report_chapters(self):
        chapters = super()._get_report_chapters()
        for chapter in chapters:
            if chapter['template'] == 'sale_order_lifecycle.report_policy_review':
                chapter['notices'] = self._get_report_notices()
        return chapters

    def _get_report_notices(self):
        """:return: list of translated sentences for the printed policy: who is notified of what"""
        text, notices = self._get_rule_text(), []
        if self.notified_role_ids:
            notices.append(self.env._(
                "When an order is registered and submitted for review, these departments are notified immediately: "
                "%(roles)s.",
                roles=format_list(self.env, self.notified_role_ids.sorted().mapped('name'))))
        if any(stage.sla_hours for stage in self.stage_ids.filtered('active')):
            if self.reminder_percent > 0:
                notices.append(self.env._(
                    "The responsible reviewers are reminded when %(percent)s %% of the time allowed has passed.",
                    percent=self.reminder_percent))
            notices.append(self.env._(
                "Reviews that are not decided by their deadline are escalated to the user named for the review, and "
                "after %(hours)s of work to the person in charge of the role.",
                hours=text.get_hours(self.escalation_hours)))
        return notices
