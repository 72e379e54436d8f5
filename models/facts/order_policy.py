from odoo import api, fields, models
from odoo.exceptions import ValidationError


class OrderPolicy(models.Model):
    """What reviewers hold prices against: they are warned, the decision stays theirs."""
    _inherit = 'order.policy'

    discount_limit = fields.Float(
        "Maximum Discount of Sales (%)",
        help="Reviewers are warned of higher discounts on the price list. 0 disables the warning.")
    minimum_price_percent = fields.Float(
        "Lowest Price (% of Price List)",
        help="Reviewers see lower prices in red. 0 disables the lowest price.")
    minimum_margin = fields.Float(
        "Target Margin (%)",
        help="Finance and sales managers are warned of lines and orders with a lower margin. 0 disables the warning.")

    @api.constrains('discount_limit', 'minimum_price_percent', 'minimum_margin')
    def _check_price_guides(self):
        for policy in self:
            for name in ('discount_limit', 'minimum_price_percent', 'minimum_margin'):
                if not 0 <= policy[name] <= 100:
                    raise ValidationError(self.env._(
                        "“%(field)s” of the policy “%(policy)s” is a percentage: enter a number from 0 to 100.",
                        field=self._fields[name]._description_string(self.env), policy=policy.name))

    # -- printed policy -------------------------------------------------------------------------

    def _get_report_price_guides(self):
        self.ensure_one()
        guides = super()._get_report_price_guides()
        if self.discount_limit:
            guides.append(self.env._(
                "Sales can grant a discount of up to %(limit)s %% on the price list; reviewers are warned of higher "
                "discounts.",
                limit=f"{self.discount_limit:g}"))
        if self.minimum_price_percent:
            guides.append(self.env._(
                "The lowest price is %(percent)s %% of the price list; reviewers are warned of lower prices.",
                percent=f"{self.minimum_price_percent:g}"))
        if self.minimum_margin:
            guides.append(self.env._(
                "The target margin is %(percent)s %%; finance is warned of lower margins.",
                percent=f"{self.minimum_margin:g}"))
        return guides
