from odoo import api, fields, models
from odoo.exceptions import ValidationError


class ResCompany(models.Model):
    _inherit = 'res.company'

    order_channel_id = fields.Many2one(
        'order.channel', string="Default Order Channel", copy=False, ondelete='set null',
        help="The channel of orders that are registered without one.")

    @api.constrains('order_channel_id')
    def _check_order_channel_id(self):
        for company in self:
            if company.order_channel_id and company.order_channel_id.company_id != company:
                raise ValidationError(self.env._(
                    "“%(channel)s” is a channel of another company: select one of %(company)s.",
                    channel=company.order_channel_id.name, company=company.name))

    def _get_promised_datetime(self, day):
        """When a delivery promised for a day is due: noon where the company works.

        :param day: date
        :return: naive UTC datetime; noon in the time zone of the working hours of the policy in force,
            else of those of the company
        """
        self.ensure_one()
        company_sudo = self.sudo()
        return company_sudo._to_moment(day, 12, company_sudo.order_policy_id.calendar_id)
