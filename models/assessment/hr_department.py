from odoo import fields, models


class HrDepartment(models.Model):
    _inherit = 'hr.department'

    order_sheet_count = fields.Integer(
        "Number of Assessments", compute='_compute_order_sheet_count',
        groups='hr.group_hr_user,sale_order_lifecycle.group_assessor')

    def _compute_order_sheet_count(self):
        counts = dict(self.env['order.assessment.sheet']._read_group(
            [('department_id', 'in', self.ids)], ['department_id'], ['__count']))
        for department in self:
            department.order_sheet_count = counts.get(department._origin, 0)

    def action_open_order_sheets(self):
        """:return: the action that lists the assessment sheets of these departments"""
        return self._open_action(
            'order_assessment_sheet_action', domain=[('department_id', 'in', self.ids)], context={})
