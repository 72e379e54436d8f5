from odoo import fields, models


class OrderReview(models.Model):
    _inherit = 'order.review'

    customer_waits = fields.Boolean(related='order_id.customer_waits')

    def _get_people_to_tell(self):
        """:return: ``res.users`` who hear at once that something concerns these pending reviews"""
        return self.env['res.users'].sudo().union(*self._get_turn_holders().values())
