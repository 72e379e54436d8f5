from odoo import models
from odoo.fields import Domain

from .order_incident import OPEN_STATES


class ResUsers(models.Model):
    _inherit = 'res.users'

    def _add_to_order_digest(self, notices):
        result = super()._add_to_order_digest(notices)
        self._add_progress_to_digest(notices)
        self._add_incidents_to_digest(notices)
        return result

    def _add_incidents_to_digest(self, notices):
        """:param notices: as of :meth:`_add_to_order_digest`"""
        incidents = self.env['order.incident'].sudo().search(Domain('state', 'in', OPEN_STATES), order='deadline, id')
        for incident in incidents if self else ():
            for user in incident.user_id or incident._get_members_of(incident.role_ids):
                if user in self:
                    notices[user]['order.incident:raised'].append(incident.id)
