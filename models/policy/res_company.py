import pytz

from odoo import fields, models


class ResCompany(models.Model):
    _name = 'res.company'
    _inherit = ['res.company', 'order.guarded.mixin', 'order.inside.mixin']

    order_policy_id = fields.Many2one(
        'order.policy', string="Order Policy in Force", readonly=True, copy=False,
        help="The customer order policy adopted by this company. Without a policy, sales orders behave as in standard "
             "Odoo.")

    def _get_guarded_fields(self):
        return super()._get_guarded_fields() | {'order_policy_id'}

    def write(self, vals):
        with self._clocks_following(vals):
            return super().write(vals)

    def _clocks_following(self, vals):
        """:return: context manager for a write that may change by which calendar open deadlines count"""
        WorkingTime, sources = self.env['order.working.time'].sudo(), []
        names = vals.keys() & {'resource_calendar_id', 'order_policy_id'}
        concerned = self.sudo().filtered(WorkingTime._is_company_concerned) if names else self
        if 'resource_calendar_id' in vals:
            sources += [(company, 'resource_calendar_id') for company in concerned]
            # Flexible calendars take the hours of a week from that of their company.
            if flexible := concerned.resource_calendar_ids.filtered('flexible_hours'):
                sources += WorkingTime._find_sources(flexible)
        if 'order_policy_id' in vals:
            sources += [(company, 'order_policy_id.calendar_id') for company in concerned]
        return WorkingTime._following(sources)

    # -- business -------------------------------------------------------------------------------

    def _get_working_time_zone(self):
        """:return: the time zone in which the days of this company begin and end"""
        self.ensure_one()
        return pytz.timezone(self.resource_calendar_id.tz or self.partner_id.tz or 'UTC')

    def _get_local_date(self):
        """:return: today's date where this company works"""
        self.ensure_one()
        return fields.Datetime.now().replace(tzinfo=pytz.utc).astimezone(self._get_working_time_zone()).date()
