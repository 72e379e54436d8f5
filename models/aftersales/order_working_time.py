from odoo import api, models
from odoo.fields import Domain


class OrderWorkingTime(models.Model):
    _inherit = 'order.working.time'

    @api.model
    def _find_sources(self, calendars):
        # Teams have calendars, too.
        sources = super()._find_sources(calendars)
        teams = self.env['order.ticket.team'].sudo().with_context(active_test=False).search(
            Domain('calendar_id', '!=', False) if calendars is None else Domain('calendar_id', 'in', calendars.ids))
        return sources + [(team, 'calendar_id') for team in teams]

    @api.model
    def _is_company_concerned(self, company):
        # Tickets need no policy.
        return super()._is_company_concerned(company) or bool(
            self.env['order.ticket.team'].sudo().search_count([('company_id', '=', company.id)], limit=1))
