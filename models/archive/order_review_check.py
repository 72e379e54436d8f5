from odoo import api, models


class OrderReviewCheck(models.Model):
    _name = 'order.review.check'
    _inherit = ['order.review.check', 'order.sealed.mixin']

    def _get_orders_of_seal(self):
        return self.sudo().review_id.order_id

    @api.model
    def _get_order_fields(self):
        return {'review_id'}
