from odoo import models
from odoo.fields import Domain

from .order_incident import OPEN_STATES


class ResUsers(models.Model):
    _inherit = 'res.users'

    def _get_further_digest(self):
        digest = super()._get_further_digest()
        incidents = self.env['order.incident'].sudo().search(Domain('state', 'in', OPEN_STATES), order='deadline, id')
        for incident in incidents if self else ():
            for user in incident.user_id or incident._get_members_of(incident.role_ids):
                if user in self:
                    digest.setdefault(user, {}).setdefault('incident', []).append(incident.id)
        return digest
