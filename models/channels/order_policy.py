from odoo import models
from odoo.fields import Domain


class OrderPolicy(models.Model):
    _inherit = 'order.policy'

    def _get_incomplete_domain(self):
        # Who the customer is, no rule has to ask.
        return Domain('customer_to_check', '=', True) | super()._get_incomplete_domain()
