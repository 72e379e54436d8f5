from odoo import models


class ResCompany(models.Model):
    _inherit = 'res.company'

    def write(self, vals):
        if 'user_ids' not in vals:
            return super().write(vals)
        # The same as on the users, from the other side.
        before = {company: company.user_ids for company in self.sudo()}
        result = super().write(vals)
        users = self.env['res.users'].sudo()
        for company, members in before.items():
            users |= (members | company.user_ids) - (members & company.user_ids)
        self.env['order.review']._queue_people_changed(users._get_roles_to_decide_for(), self)
        return result
