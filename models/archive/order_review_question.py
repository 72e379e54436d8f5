from odoo import api, models


class OrderReviewQuestion(models.Model):
    _name = 'order.review.question'
    _inherit = ['order.review.question', 'order.sealed.mixin']

    def _get_orders_of_seal(self):
        return self.sudo().review_id.order_id

    @api.model
    def _get_order_fields(self):
        return {'review_id'}
