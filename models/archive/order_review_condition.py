from odoo import api, models


class OrderReviewCondition(models.Model):
    _name = 'order.review.condition'
    _inherit = ['order.review.condition', 'order.sealed.mixin']

    def _get_orders_of_seal(self):
        return self.sudo().review_id.order_id

    @api.model
    def _get_order_fields(self):
        return {'review_id'}
