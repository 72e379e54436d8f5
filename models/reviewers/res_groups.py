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
        """While groups change: those who are in one of them, or in what it implies, only before or only afterwards may
        leave reviews that nobody can decide."""
        if not self.pool.ready:
            yield
            return
        before = {group: (group.all_user_ids, group.all_implied_ids) for group in self.sudo()}
        yield
        users, groups = self.env['res.users'].sudo(), self.env['res.groups'].sudo()
        for group, (members, implied) in before.items():
            group = group.exists()
            present, implying = group.all_user_ids, group.all_implied_ids
            # Who stays has other rights where the group implies others.
            changed = members | present if implying != implied else (members | present) - (members & present)
            users |= changed
            groups |= (implied | implying) if changed else groups
        if users:
            roles = users._get_roles_to_decide_for() | self.env['order.role'].sudo().with_context(
                active_test=False).search([('group_id', 'in', groups.ids)])
            self.env['order.review']._queue_people_changed(roles, users.company_ids)
