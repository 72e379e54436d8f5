from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import format_amount


class OrderPolicy(models.Model):
    _inherit = 'order.policy'

    # settlement
    settlement_days = fields.Integer(
        "Settle Within",
        help="Working days from fulfilment within which finance settles an order, based on the average working hours "
             "per day of the policy; 0 disables the deadline.")
    settlement_tolerance = fields.Monetary(
        currency_field='company_currency_id',
        help="Up to this amount, finance can settle a difference or an unpaid amount without giving a reason. It is "
             "converted into the currency of the order.")
    company_currency_id = fields.Many2one(related='company_id.currency_id', string="Company Currency")

    @api.constrains('settlement_days', 'settlement_tolerance')
    def _check_settlement(self):
        for policy in self:
            if policy.settlement_days < 0:
                raise ValidationError(self.env._(
                    "The settlement days of “%(policy)s” cannot be negative: enter 0 for no deadline.",
                    policy=policy.name))
            if policy.settlement_tolerance < 0:
                raise ValidationError(self.env._(
                    "The tolerance of the settlement in “%(policy)s” cannot be negative: enter 0 for none.",
                    policy=policy.name))

    # -- printed policy -------------------------------------------------------------------------

    def _get_report_chapters(self):
        return [*super()._get_report_chapters(), {
            'sequence': 60, 'title': self.env._("Settlement"),
            'template': 'sale_order_lifecycle.report_policy_settlement',
            'provisions': self._get_report_settlement_provisions(),
        }]

    def _get_report_settlement_provisions(self):
        """:return: list of translated sentences: until when and on which conditions finance settles"""
        self.ensure_one()
        provisions = []
        if self.settlement_days:
            provisions.append(self.env._(
                "Finance settles the order within %(days)s working days of its fulfilment.",
                days=self.settlement_days))
        if self.settlement_tolerance:
            provisions.append(self.env._(
                "An order cannot be settled while more than %(amount)s of its invoices is unpaid, nor with a larger "
                "difference unless the reason is recorded.",
                amount=format_amount(
                    self.env, self.settlement_tolerance, self.company_currency_id or self.env.company.currency_id)))
        else:
            provisions.append(self.env._(
                "An order cannot be settled while one of its invoices is unpaid, nor with a difference unless the "
                "reason is recorded."))
        provisions.append(self.env._("A cash discount granted by the payment terms does not count as a difference."))
        return provisions

    def _get_report_deadlines(self):
        deadlines = super()._get_report_deadlines()
        if self.settlement_days:
            deadlines.append({
                'sequence': 60, 'task': self.env._("Settlement"),
                'role': self.env['order.role']._get_by_code('finance').sudo().name,
                'time': self.env._("%(days)s working days", days=self.settlement_days),
            })
        return deadlines
