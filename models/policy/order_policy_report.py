
from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from .rule_text import RuleText


class OrderPolicy(models.Model):
    _inherit = 'order.policy'

    def action_read(self):
        """:return: action that shows the printed form of the policies as a page, in the reader's language"""
        self.check_access('read')
        action = self._get_report_action('action_report_policy_html')
        return {**action, 'name': self.display_name if len(self) == 1 else self.env._("Order Policies")}

    @api.model
    def action_read_in_force(self):
        """:return: action that shows the policy in force in the present company
        :raise UserError: if there is none
        """
        company = self.env.company
        if not (policy := company.sudo().order_policy_id.sudo(False)):
            raise UserError(self.env._("%(company)s has no order policy in force.", company=company.name))
        return policy.action_read()

    def _get_rule_text(self):
        """:return: what says values and conditions of this policy in words, in the language of the context"""
        return RuleText(self.env, self.sudo().company_id.currency_id)

    def _get_report_chapters(self):
        """The chapters of the printed policy (article P3), with the rooms' own.

        A room extends the list of ``super()`` with a dict ``{'sequence', 'title', 'template'}`` and
        what else its template needs: ``title`` is translated, ``template`` the id of a QWeb template
        that finds ``policy`` (as superuser, in the language of the reader), ``chapter`` (the dict) and
        ``article()``, the number of the next article. Sequences in use: 10 general provisions,
        20 responsibilities, 30 intake, 40 review, 50 inspection, 55 progress, 57 incidents, 60 settlement,
        70 after-sales, 75 archive, 80 assessment, 90 deadlines, 100 closing provisions. What a policy does not rule
        has no chapter.

        :return: list of dicts, in any order
        """
        self.ensure_one()
        chapters = [{
            'sequence': 10, 'title': self.env._("General Provisions"),
            'template': 'sale_order_lifecycle.report_policy_general',
        }, {
            'sequence': 100, 'title': self.env._("Closing Provisions"),
            'template': 'sale_order_lifecycle.report_policy_closing', 'provisions': self._get_report_provisions(),
        }]
        if self.responsibility_ids:
            chapters.append({
                'sequence': 20, 'title': self.env._("Responsibilities"),
                'template': 'sale_order_lifecycle.report_policy_responsibilities',
            })
        if deadlines := self._get_report_deadlines():
            chapters.append({
                'sequence': 90, 'title': self.env._("Deadlines"),
                'template': 'sale_order_lifecycle.report_policy_deadlines',
                'deadlines': sorted(deadlines, key=lambda deadline: deadline['sequence']),
                'hours': self._get_report_working_hours(),
            })
        return chapters

    def _get_report_deadlines(self):
        """What has to be done in which time, for the printed policy. Rooms add theirs to ``super()``.

        :return: list of dicts ``{'sequence', 'task', 'role', 'time'}`` of translated texts; the
            sequence of a room is that of its chapter
        """
        self.ensure_one()
        return []

    def _get_report_working_hours(self):
        """:return: translated sentence: in which hours deadlines are counted"""
        self.ensure_one()
        calendar = self.calendar_id or self.company_id.resource_calendar_id
        if not calendar:
            return self.env._("Deadlines are counted in the working hours of the company.")
        return self.env._("Deadlines are counted in the working hours “%(calendar)s” (time zone %(zone)s).",
                          calendar=calendar.name, zone=calendar.tz)

    def _get_report_provisions(self):
        """:return: list of translated sentences for the last chapter: who interprets the policy, from when on"""
        self.ensure_one()
        provisions = []
        if self.interpreting_department_id:
            provisions.append(self.env._(
                "The department “%(department)s” is responsible for the interpretation of this policy.",
                department=self.interpreting_department_id.name))
        if self.effective_date:
            provisions.append(self.env._(
                "This policy takes effect on %(date)s.", date=format_date(self.env, self.effective_date)))
        if self.previous_id:
            provisions.append(self.env._(
                "It replaces version %(version)s. Registered orders follow the version under which they were "
                "registered.", version=self.previous_id.version))
        return provisions

    def _get_report_status(self):
        """:return: what the title of the printed policy says unless it is in force, else False"""
        self.ensure_one()
        if self.status == 'in_force':
            return False
        return dict(self._fields['status']._description_selection(self.env))[self.status]

    def _get_report_file_name(self):
        """:return: name of the PDF, without extension"""
        self.ensure_one()
        return self.display_name
