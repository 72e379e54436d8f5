from odoo import fields, models


class ResUsers(models.Model):
    _name = 'res.users'
    _inherit = ['res.users', 'order.inside.mixin']

    order_channel_id = fields.Many2one(
        'order.channel', string="My Order Channel", company_dependent=True, copy=False,
        domain=lambda self: [('company_id', '=', self.env.company.id)],
        help="The channel of orders that this user registers without selecting one; the default channel of the company "
             "if empty.")

    @property
    def SELF_READABLE_FIELDS(self):
        return super().SELF_READABLE_FIELDS + ['order_channel_id']

    @property
    def SELF_WRITEABLE_FIELDS(self):
        return super().SELF_WRITEABLE_FIELDS + ['order_channel_id']
