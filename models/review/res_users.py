from odoo import api, models


class ResUsers(models.Model):
    _inherit = 'res.users'

    @api.model
    def _get_members_in(self, groups, company):
        """:return: active internal people who are in one of the groups, by whatever way, and work in the company"""
        return self.search([
            ('all_group_ids', 'in', groups.ids), ('share', '=', False), ('company_ids', 'in', company.ids)])
