from odoo import fields, models


class OrderPolicy(models.Model):
    _inherit = 'order.policy'

    notify_customer_on_confirmation = fields.Boolean(
        "Notify Customer of Confirmation",
        help="When an order is confirmed, the order confirmation is sent to the customer by e-mail, in the language of "
             "the customer.")
