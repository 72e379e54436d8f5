from odoo import api, models
from odoo.fields import Domain


class ResUsers(models.Model):
    _inherit = 'res.users'

    def _search_company_employee(self, operator, value):
        if not self.env.su and isinstance(value, Domain) and any(
                isinstance(condition.value, Domain) for condition in value.iter_conditions()):
            # Where core is refused an answer at once, it asks again as superuser. This is refused when it is asked.
            return Domain('employee_ids', operator, value)
        return super()._search_company_employee(operator, value)

    @api.model
    def _get_activity_groups(self):
        # What waits for the person stands before the activities that somebody has scheduled.
        waiting = [worklist._get_systray_group() for worklist in self.env['order.worklist.mixin']._get_worklists()]
        return [group for group in waiting if group] + super()._get_activity_groups()
