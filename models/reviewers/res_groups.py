from odoo import models


class ResGroups(models.Model):
    _inherit = 'res.groups'

    def write(self, vals):
        result = super().write(vals)
        if vals.keys() & {'user_ids', 'implied_ids', 'implied_by_ids'}:
            self.env['order.review']._report_people_changed()
        return result
