from odoo import api, models


class ResourceCalendarLeaves(models.Model):
    """Public holidays move open deadlines; a person's own time off moves none."""
    _inherit = 'resource.calendar.leaves'

    @api.model_create_multi
    def create(self, vals_list):
        default = self.env.context.get('default_resource_id')
        public = [vals for vals in vals_list if not vals.get('resource_id', default)]
        with self._clocks_following(self._find_calendars(public)):
            return super().create(vals_list)

    def write(self, vals):
        if not vals.keys() & {'calendar_id', 'company_id', 'resource_id', 'date_from', 'date_to', 'time_type'}:
            return super().write(vals)
        before = [{'calendar_id': leave.calendar_id.id} for leave in self.sudo() if not leave.resource_id]
        after = [vals] if 'calendar_id' in vals and (before or not vals.get('resource_id', True)) else []
        if not before and 'resource_id' in vals and not vals['resource_id']:
            # What was a person's own becomes everybody's.
            before = [{'calendar_id': leave.calendar_id.id} for leave in self.sudo()]
        with self._clocks_following(self._find_calendars(before + after)):
            return super().write(vals)

    def unlink(self):
        public = [{'calendar_id': leave.calendar_id.id} for leave in self.sudo() if not leave.resource_id]
        with self._clocks_following(self._find_calendars(public)):
            return super().unlink()

    @api.model
    def _find_calendars(self, vals_list):
        """:param vals_list: list of dicts of values of time off without a resource
        :return: the ``resource.calendar`` that they lie on, None for all, as time off without a calendar counts in all
        """
        default = self.env.context.get('default_calendar_id')
        ids = {vals.get('calendar_id', default) or False for vals in vals_list}
        return None if False in ids else self.env['resource.calendar'].browse(ids)

    @api.model
    def _clocks_following(self, calendars):
        """:return: context manager for a change of public time off in calendars, None for all, which open deadlines
            follow"""
        WorkingTime = self.env['order.working.time'].sudo()
        return WorkingTime._following(
            WorkingTime._find_sources(calendars) if calendars is None or calendars else [])
