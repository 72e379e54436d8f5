from odoo import api, fields, models
from odoo.exceptions import AccessError

from ..mixins.mark import is_system


class HrEmployee(models.Model):
    _name = 'hr.employee'
    _inherit = ['hr.employee', 'order.guarded.mixin']

    order_sheet_ids = fields.One2many(
        'order.assessment.sheet', 'employee_id', string="Assessment Sheets", readonly=True,
        groups='hr.group_hr_user')
    order_sheet_count = fields.Integer(
        "Number of Assessments", compute='_compute_order_sheet_count', groups='hr.group_hr_user')
    performance_coefficient = fields.Float(
        compute='_compute_performance_coefficient', store=True, copy=False, digits=(6, 3), aggregator='avg',
        groups='hr.group_hr_user',
        help="The coefficient of the last published assessment of customer orders, for performance pay; 1 without an "
             "assessment.")

    # -- compute --------------------------------------------------------------------------------

    @api.depends('order_sheet_ids.state', 'order_sheet_ids.coefficient', 'order_sheet_ids.date_to')
    def _compute_performance_coefficient(self):
        for employee in self:
            published = employee.sudo().order_sheet_ids.filtered(
                lambda sheet: sheet.state == 'published' and sheet.is_rated)
            last = published.sorted(lambda sheet: (sheet.date_to, sheet.id))[-1:]
            employee.performance_coefficient = last.coefficient if last else 1.0

    def _compute_order_sheet_count(self):
        counts = dict(self.env['order.assessment.sheet']._read_group(
            [('employee_id', 'in', self.ids)], ['employee_id'], ['__count']))
        for employee in self:
            employee.order_sheet_count = counts.get(employee._origin, 0)

    # -- guarded fields -------------------------------------------------------------------------

    def _get_guarded_fields(self):
        return super()._get_guarded_fields() | {'performance_coefficient', 'order_sheet_ids'}

    # -- nobody assesses oneself ----------------------------------------------------------------

    def write(self, vals):
        if 'resource_id' in vals or 'user_id' in vals:
            self._check_own_employee_kept(vals.get('user_id'))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_own(self):
        self._check_own_employee_kept(False)

    def _check_own_employee_kept(self, user_id):
        """Whose sheet a sheet is says the user of its employee: whoever assesses others does not give up the own one.

        :param user_id: id of the user that these employees are about to get
        :raise AccessError: if one of them is the present person, who is an assessor, and would be so no more
        """
        user = self.env.user
        if user_id == user.id or is_system(self) or not self.env['order.assessment']._is_assessor():
            return
        if own := self.sudo().filtered(lambda employee: employee.user_id == user)[:1]:
            raise AccessError(self.env._(
                "You assess employees, so you cannot unlink your user from “%(employee)s”. Ask another HR officer.",
                employee=own.name))

    # -- actions --------------------------------------------------------------------------------

    def action_open_order_sheets(self):
        """:return: the action that lists the assessment sheets of these employees"""
        return self._open_action('order_assessment_sheet_action', domain=[('employee_id', 'in', self.ids)], context={})
