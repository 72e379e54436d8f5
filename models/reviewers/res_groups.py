from contextlib import contextmanager

from odoo import models


class ResGroups(models.Model):
    _inherit = 'res.groups'

    def write(self, vals):
        if not vals.keys() & {'user_ids', 'implied_ids', 'implied_by_ids'}:
            return super().write(vals)
        with self._members_followed():
            return super().write(vals)

    def unlink(self):
        with self._members_followed():
            return super().unlink()

    @contextmanager
    def _members_followed(self):
        """While groups change: where a role has other members afterwards, its reviews may be left to nobody. Most
        changes, as those that Settings make, leave the members of all roles as they are."""
        if not self.pool.ready:
            yield
            return
        roles = self.env['order.role'].sudo().with_context(active_test=False).search([])
        before = {role: role.group_id.all_user_ids for role in roles}
        yield
        users = self.env['res.users'].sudo()
        changed = roles.browse()
        for role, members in before.items():
            present = role.group_id.all_user_ids
            if present != members:
                changed |= role
                users |= (members | present) - (members & present)
        if changed:
            self.env['order.review']._queue_people_changed(changed, users.company_ids)
