from odoo import models


class ResourceResource(models.Model):
    _inherit = 'resource.resource'

    def write(self, vals):
        # An employee has the user of its resource, which others than HR officers may write, too.
        if 'user_id' in vals:
            self.env['hr.employee'].sudo().with_context(active_test=False).search(
                [('resource_id', 'in', self.ids)])._check_own_employee_kept(vals['user_id'])
        return super().write(vals)
