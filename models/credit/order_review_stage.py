from odoo import fields, models


class OrderReviewStage(models.Model):
    _inherit = 'order.review.stage'

    may_set_condition = fields.Boolean(
        "Conditional Approval",
        help="The reviewer can approve on a condition: an amount that the customer has to pay before production or "
             "before shipping. Until then, the production cannot start or nothing can be shipped.")

    def _get_report_particulars(self):
        particulars = super()._get_report_particulars()
        if self.may_set_condition:
            particulars.append(self.env._(
                "Can approve on the condition of a payment before production or before shipping."))
        return particulars
