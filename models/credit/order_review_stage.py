from odoo import fields, models


class OrderReviewStage(models.Model):
    _inherit = 'order.review.stage'

    may_set_condition = fields.Boolean(
        "Conditional Approval",
        help="The reviewer may approve under a condition: what the customer has to have paid before production or "
             "before shipping. Until then the production does not start, and nothing is shipped.")

    def _get_report_particulars(self):
        particulars = super()._get_report_particulars()
        if self.may_set_condition:
            particulars.append(self.env._(
                "May approve under the condition of a payment before production or before shipping."))
        return particulars
