from odoo import api, fields, models
from odoo.exceptions import ValidationError


class OrderPolicy(models.Model):
    """What reviewers hold prices against: they are warned, the decision stays theirs."""
    _inherit = 'order.policy'

    discount_limit = fields.Float(
        "Discount of Sales (%)",
        help="Reviewers are warned of prices that are further below the price list. 0 sets no limit.")
    minimum_price_percent = fields.Float(
        "Lowest Price (% of Price List)",
        help="Reviewers see prices below it in red. 0 sets no lowest price.")
    minimum_margin = fields.Float(
        "Wanted Margin (%)",
        help="Finance and sales managers are warned of lines and orders with a smaller margin. 0 sets none.")

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
                "Sales gives up to %(limit)s %% off the price list; the reviewers are warned of more.",
                limit=f"{self.discount_limit:g}"))
        if self.minimum_price_percent:
            guides.append(self.env._(
                "The lowest price is %(percent)s %% of the price list; the reviewers are warned of less.",
                percent=f"{self.minimum_price_percent:g}"))
        if self.minimum_margin:
            guides.append(self.env._(
                "The wanted margin is %(percent)s %%; finance is warned of less.", percent=f"{self.minimum_margin:g}"))
        return guides
