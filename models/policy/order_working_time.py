from odoo import api, models
from odoo.fields import Domain


class OrderWorkingTime(models.Model):
    _inherit = 'order.working.time'

    @api.model
    def _find_sources(self, calendars):
        # What names calendars here: policies that are or were in force, and companies.
        sources = super()._find_sources(calendars)
        named, named_by_company = Domain('calendar_id', '!=', False), Domain('resource_calendar_id', '!=', False)
        if calendars is not None:
            named = Domain('calendar_id', 'in', calendars.ids)
            named_by_company = Domain('resource_calendar_id', 'in', calendars.ids)
        sources += self._get_policy_sources(self.env['order.policy'].sudo().with_context(active_test=False).search(
            Domain('state', '!=', 'draft') & Domain('company_id', '!=', False) & named))
        companies = self.env['res.company'].sudo().with_context(active_test=False).search(named_by_company)
        return sources + [
            (company, 'resource_calendar_id') for company in companies if self._is_company_concerned(company)]

    @api.model
    def _is_company_concerned(self, company):
        """:return: whether clocks may run in a company"""
        return self.env['order.policy']._has_governed(company.id)

    @api.model
    def _get_policy_sources(self, policies):
        """:return: list of the sources by which the calendars of these adopted policies count"""
        policies = policies.filtered(lambda policy: policy.state != 'draft')
        return [(policy, 'calendar_id') for policy in policies] + [
            (policy.company_id, 'order_policy_id.calendar_id') for policy in policies
            if policy.company_id.order_policy_id == policy]
