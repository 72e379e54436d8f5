from odoo import api, models


class OrderReviewCheck(models.Model):
    _name = 'order.review.check'
    _inherit = ['order.review.check', 'order.sealed.mixin']

    def _get_orders_of_seal(self):
        return self.sudo().review_id.order_id

    @api.model
    def _get_orders_of_vals(self, vals_list):
        return self.env['order.review'].sudo().browse(
            {vals['review_id'] for vals in vals_list if vals.get('review_id')}).order_id
