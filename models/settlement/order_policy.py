from odoo import api, fields, models
from odoo.exceptions import ValidationError


class OrderPolicy(models.Model):
    _inherit = 'order.policy'

    # settlement
    settlement_days = fields.Integer(
        "Settle Within",
        help="Working days from fulfilment within which finance settles an order. A day counts with the average "
             "hours of the policy's working hours; 0 sets no deadline.")
    settlement_tolerance = fields.Monetary(
        currency_field='company_currency_id',
        help="Up to this amount, finance settles a difference or an unpaid rest without giving a reason. It is "
             "converted into the currency of the order.")
    company_currency_id = fields.Many2one(related='company_id.currency_id', string="Company Currency")

    @api.constrains('settlement_days', 'settlement_tolerance')
    def _check_settlement(self):
        for policy in self:
            if policy.settlement_days < 0:
                raise ValidationError(self.env._(
                    "“%(policy)s” cannot give less than 0 days for the settlement: enter 0 for no deadline.",
                    policy=policy.name))
            if policy.settlement_tolerance < 0:
                raise ValidationError(self.env._(
                    "The tolerance of the settlement in “%(policy)s” cannot be negative: enter 0 for none.",
                    policy=policy.name))
