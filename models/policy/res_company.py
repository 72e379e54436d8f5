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

    # -- business -------------------------------------------------------------------------------

    def _get_working_time_zone(self):
        """:return: the time zone in which the days of this company begin and end"""
        self.ensure_one()
        return pytz.timezone(self.resource_calendar_id.tz or self.partner_id.tz or 'UTC')

    def _get_local_date(self):
        """:return: today's date where this company works"""
        self.ensure_one()
        return fields.Datetime.now().replace(tzinfo=pytz.utc).astimezone(self._get_working_time_zone()).date()
