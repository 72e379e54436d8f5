from odoo import models


class ResourceCalendar(models.Model):
    _inherit = 'resource.calendar'

    def write(self, vals):
        # Rows that are saved by themselves are followed by themselves.
        if not vals.keys() & {
            'tz', 'schedule_type', 'flexible_hours', 'two_weeks_calendar', 'company_id', 'hours_per_day',
            'hours_per_week', 'full_time_required_hours', 'attendance_ids', 'attendance_ids_1st_week',
            'attendance_ids_2nd_week', 'global_leave_ids',
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
        calendars = self.sudo().with_context(active_test=False)
        if calendars:
            # Flexible calendars take the hours of a week from that of their company.
            calendars |= calendars.search(
                [('flexible_hours', '=', True), ('company_id.resource_calendar_id', 'in', calendars.ids)])
        sources = WorkingTime._find_sources(calendars) if calendars else []
        if sources and not self.env.su:
            # Core lets people of manufacturing write the hours of every calendar, of which clocks know no better.
            self.check_access('write')
        return WorkingTime._following(sources)
