from odoo import models


class OrderRole(models.Model):
    _inherit = 'order.role'

    def write(self, vals):
        result = super().write(vals)
        if 'group_id' in vals:
            self.env['order.review']._report_people_changed()
        return result
