from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..mixins.local_time import to_date, to_moment


class SaleOrder(models.Model):
    """The days of an order are those of the place where it is worked on."""
    _inherit = 'sale.order'

    @api.model
    def _get_timezone_sql(self, alias):
        """:return: SQL of the name of the time zone of the row ``alias``, as ``res.company._get_working_time_zone``"""
        Order, Policy, Company, Calendar, Partner = (self.env[name].sudo() for name in (
            'sale.order', 'order.policy', 'res.company', 'resource.calendar', 'res.partner'))
        return SQL(
            """COALESCE(
                (SELECT %(tz)s FROM order_policy JOIN resource_calendar ON resource_calendar.id = %(policy_calendar)s
                  WHERE order_policy.id = %(policy)s),
                (SELECT %(tz)s FROM res_company JOIN resource_calendar ON resource_calendar.id = %(company_calendar)s
                  WHERE res_company.id = %(company)s),
                (SELECT %(own)s FROM res_company JOIN res_partner ON res_partner.id = %(partner)s
                  WHERE res_company.id = %(company)s),
                'UTC')""",
            tz=Calendar._field_to_sql('resource_calendar', 'tz'),
            own=Partner._field_to_sql('res_partner', 'tz'),
            partner=Company._field_to_sql('res_company', 'partner_id'),
            policy_calendar=Policy._field_to_sql('order_policy', 'calendar_id'),
            company_calendar=Company._field_to_sql('res_company', 'resource_calendar_id'),
            policy=Order._field_to_sql(alias, 'policy_id'), company=Order._field_to_sql(alias, 'company_id'))

    def _get_calendar_sources(self):
        """:return: what names the calendar of this order, as ``order.deadline.mixin``"""
        self.ensure_one()
        return [(self.policy_id, 'calendar_id'), (self.company_id, 'resource_calendar_id')]

    def _get_working_hours(self, start_field, stop_field=None, stop=None):
        """Working hours between two moments of orders, one calendar reading for those that count by the same.

        :param start_field: name of a Datetime field that is set on all orders
        :param stop_field: name of another one; ``stop`` instead where the end is the same for all
        :return: dict order → hours, plain hours where there is no calendar
        """
        hours = {}
        WorkingTime = self.env['order.working.time']
        for sources, company, former, orders in WorkingTime._group(self, lambda order: order._get_clock_mark()):
            span = WorkingTime._get_span(
                sources, company, min(orders.mapped(start_field)), stop or max(orders.mapped(stop_field)), former)
            for order in orders:
                hours[order] = span.hours_between(order[start_field], stop or order[stop_field])
        return hours

    def _get_clock_mark(self):
        """:return: the last change of working time before the time of this order began, see ``order.working.time``; a
            later room keeps it"""
        self.ensure_one()
        return 0

    def _get_lifecycle_timezone(self):
        """:return: the tzinfo in which the days of this order are counted: the policy's, else the company's"""
        self.ensure_one()
        order_sudo = self.sudo()
        return order_sudo.company_id._get_working_time_zone(order_sudo.policy_id.calendar_id)

    def _to_lifecycle_date(self, moment):
        """:return: the date of a naive UTC datetime where the order is worked on, False without one"""
        return to_date(moment, self._get_lifecycle_timezone()) if moment else False

    def _get_lifecycle_today(self):
        """:return: today where this order is worked on"""
        return self._to_lifecycle_date(fields.Datetime.now())

    def _get_promised_datetime(self, date):
        """:return: noon of a date where the order is worked on, as naive UTC datetime; False without one"""
        return to_moment(date, self._get_lifecycle_timezone(), 12) if date else False

    @api.model
    def _get_days(self):
        """What day it is for which orders.

        :return: list of triples: Domain of orders, the tzinfo in which their days are counted, and today there
        """
        now = fields.Datetime.now()
        policies = self.env['order.policy'].sudo().with_context(active_test=False).search([('company_id', '!=', False)])
        companies = self.env['res.company'].sudo().with_context(active_test=False).search([])
        return [
            (Domain('policy_id', 'in', group.ids), zone, to_date(now, zone)) for zone, group in policies.grouped(
                lambda policy: policy.company_id._get_working_time_zone(policy.calendar_id)).items()
        ] + [
            (Domain('policy_id', '=', False) & Domain('company_id', 'in', group.ids), zone, to_date(now, zone))
            for zone, group in companies.grouped(lambda company: company._get_working_time_zone()).items()
        ]
