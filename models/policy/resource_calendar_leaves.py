from odoo import models


class ResourceCalendarLeaves(models.Model):
    """Whoever takes time off makes no public holiday of it, which would move the deadlines of everybody.

    Core's rules look at the row as it was before it is written.
    """
    _inherit = 'resource.calendar.leaves'

    def write(self, vals):
        result = super().write(vals)
        if 'resource_id' in vals and not self.env.su and self.env['order.policy']._has_any_governed():
            self.check_access('write')
        return result
