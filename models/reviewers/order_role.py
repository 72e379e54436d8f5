from odoo import models


class OrderRole(models.Model):
    _inherit = 'order.role'

    def write(self, vals):
        changed = self.browse()
        if 'group_id' in vals:
            changed = self.filtered(lambda role: role.sudo().group_id.id != vals['group_id'])
        result = super().write(vals)
        self.env['order.review']._queue_people_changed(changed)
        return result
