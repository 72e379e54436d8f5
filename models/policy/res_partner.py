from odoo import models
from odoo.exceptions import AccessError


class ResPartner(models.Model):
    """An invitation to the portal makes a login that speaks for the customer, as the link of an order does.

    Core gives it to every employee, and the logins of those who have one.
    """
    _inherit = 'res.partner'

    def signup_get_auth_param(self):
        if not (self.env.su or self._may_be_invited()):
            raise AccessError(self.env._(
                "Customers are invited by those who work with them or may change contacts. Ask one of them."))
        return super().signup_get_auth_param()

    def _may_be_invited(self):
        """:return: bool, whether the person may have what invites these contacts to the portal"""
        return self.env['sale.order']._may_use_portal_link() or self.has_access('write')
