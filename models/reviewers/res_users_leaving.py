from odoo import models


class ResUsers(models.Model):
    _inherit = 'res.users'

    def write(self, vals):
        result = super().write(vals)
        if vals.keys() & {'active', 'company_ids', 'group_ids'}:
            self.env['order.review']._report_people_changed()
        return result
