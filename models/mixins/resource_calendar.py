from odoo import models


class ResourceCalendar(models.Model):
    _inherit = 'resource.calendar'

    def write(self, vals):
        # Attendances and time off speak for themselves.
        if not vals.keys() & {
            'tz', 'schedule_type', 'flexible_hours', 'two_weeks_calendar', 'company_id', 'hours_per_day',
            'hours_per_week', 'full_time_required_hours',
        }:
            return super().write(vals)
        with self._clocks_following():
            return super().write(vals)

    def unlink(self):
        with self._clocks_following():
            return super().unlink()

    def _clocks_following(self):
        """:return: context manager for a change of these calendars, which open deadlines follow"""
        WorkingTime = self.env['order.working.time'].sudo()
        return WorkingTime._following(WorkingTime._find_sources(self.sudo()) if self else [])
