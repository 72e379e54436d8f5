from odoo import models


class ResUsers(models.Model):
    """What people read of material in their digest."""
    _inherit = 'res.users'

    def _add_to_order_digest(self, notices):
        result = super()._add_to_order_digest(notices)
        if self:
            for user, kinds in self.env['order.material'].sudo().search([])._get_notices(self).items():
                for kind, ids in kinds.items():
                    notices[user][kind] += ids
        return result
