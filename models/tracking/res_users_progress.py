from odoo import models
from odoo.fields import Domain


class ResUsers(models.Model):
    """What people see of the progress requests that wait for them."""
    _inherit = 'res.users'

    def _add_progress_to_digest(self, notices):
        """:param notices: as of :meth:`_add_to_order_digest`"""
        requests = self.env['order.progress'].search(Domain('state', '=', 'requested'))
        for request_id, users in requests._get_people_to_ask().items():
            for user in users & self:
                notices[user]['order.progress:requested'].append(request_id)
