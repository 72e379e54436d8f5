from odoo import fields, models


class OrderPolicy(models.Model):
    _inherit = 'order.policy'

    notify_customer_on_confirmation = fields.Boolean(
        "Tell Customer of Confirmation",
        help="When an order is confirmed, its customer gets the order confirmation by e-mail, in his language.")
