from contextlib import contextmanager

from odoo import api, models
from odoo.fields import Domain


class ResUsers(models.Model):
    _inherit = 'res.users'

    @api.model_create_multi
    def create(self, vals_list):
        users = super().create(vals_list)
        with users._people_followed():
            return users

    def write(self, vals):
        if not vals.keys() & {'active', 'company_ids', 'group_ids'}:
            return super().write(vals)
        with self._people_followed():
            return super().write(vals)

    def unlink(self):
        with self._people_followed():
            return super().unlink()

    @contextmanager
    def _people_followed(self):
        """While these people change: what they could decide before, or can afterwards, may be left to nobody."""
        if not self.pool.ready:
            yield
            return
        roles, companies = self._get_roles_to_decide_for(), self.sudo().company_ids
        yield
        left = self.exists()
        self.env['order.review']._queue_people_changed(
            roles | left._get_roles_to_decide_for(), companies | left.sudo().company_ids)

    def _get_roles_to_decide_for(self):
        """:return: ``order.role`` that one of these people acts for, as its member or as somebody's delegate; as
            superuser"""
        users = self.sudo().filtered(lambda user: not user.share)
        if not users:
            return self.env['order.role'].sudo()
        absent = self.env['order.review.delegation']._get_running(Domain('delegate_id', 'in', users.ids)).user_id
        groups = (users | absent).all_group_ids
        return self.env['order.role'].sudo().with_context(active_test=False).search([('group_id', 'in', groups.ids)])
