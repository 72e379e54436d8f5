from odoo import api, models


class ResPartner(models.Model):
    _inherit = 'res.partner'

    @api.private
    def signup_get_auth_param(self):
        # It makes a login that speaks for the customer, as the link of an order does, and tells the logins of others.
        # Core puts it into mails that it sends; over RPC it would be every employee's.
        return super().signup_get_auth_param()
