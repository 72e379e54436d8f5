from odoo import api, models


class ResourceCalendarAttendance(models.Model):
    _inherit = 'resource.calendar.attendance'

    @api.model_create_multi
    def create(self, vals_list):
        with self.env['resource.calendar'].browse(self._find_calendar_ids(vals_list))._clocks_following():
            return super().create(vals_list)

    def write(self, vals):
        if not vals.keys() & {
            'calendar_id', 'dayofweek', 'hour_from', 'hour_to', 'duration_hours', 'day_period', 'week_type',
            'display_type',
        }:
            return super().write(vals)
        calendars = self.calendar_id.browse({*self.sudo().calendar_id.ids, *self._find_calendar_ids([vals])})
        with calendars._clocks_following():
            return super().write(vals)

    def unlink(self):
        with self.sudo().calendar_id.sudo(self.env.su)._clocks_following():
            return super().unlink()

    def _find_calendar_ids(self, vals_list):
        """:return: set of the ids of the calendars that values name, those of defaults among them"""
        default = self.env.context.get('default_calendar_id')
        return {calendar_id for vals in vals_list if (calendar_id := vals.get('calendar_id', default))}
