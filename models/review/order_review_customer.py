from odoo import fields, models


class OrderReview(models.Model):
    _inherit = 'order.review'

    customer_waits = fields.Boolean(related='order_id.customer_waits')

    def _get_people_to_tell(self):
        """:return: ``res.users`` who hear at once that something concerns these pending reviews"""
        people = self.env['res.users']
        for (role, company), _reviews in self.sudo().grouped(
                lambda review: (review.role_id, review.company_id)).items():
            people |= role._get_people(company)
        return people
