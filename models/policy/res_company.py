import pytz

from odoo import api, fields, models
from odoo.fields import Domain

from ..mixins.local_time import to_date, to_moment


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

    def _get_working_time_zone(self, calendar=None):
        """The one place that says in which time zone the days of a company begin and end.

        :param calendar: ``resource.calendar`` of what the company works at, a policy for instance
        :return: the tzinfo of the calendar, else of the company's calendar, else of its address
        """
        self.ensure_one()
        company_sudo = self.sudo()
        calendar_sudo = (calendar and calendar.sudo()) or company_sudo.resource_calendar_id
        return pytz.timezone(calendar_sudo.tz or company_sudo.partner_id.tz or 'UTC')

    def _to_local_date(self, moment, calendar=None):
        """:return: the date of a naive UTC datetime where this company works, False without one"""
        return to_date(moment, self._get_working_time_zone(calendar))

    def _to_moment(self, date, hour=0, calendar=None):
        """:return: an hour of a date where this company works as naive UTC datetime, False without one"""
        return to_moment(date, self._get_working_time_zone(calendar), hour)

    def _get_local_date(self, calendar=None):
        """:return: today's date where this company works"""
        return self._to_local_date(fields.Datetime.now(), calendar)

    @api.model
    def _get_overdue_domain(self, due):
        """:param due: name of a date field of a model that has a company
        :return: Domain of what was due before the day that it is where its company works
        """
        companies = self.sudo().with_context(active_test=False).search([])
        return Domain.OR(
            Domain('company_id', 'in', own.ids) & Domain(due, '<', today)
            for today, own in companies.grouped(lambda company: company._get_local_date()).items())
