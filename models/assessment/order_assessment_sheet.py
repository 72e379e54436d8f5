from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import SQL


class OrderAssessmentSheet(models.Model):
    """What an assessment says about one department or one employee (article E1).

    Rows are made and rated by the assessment's actions; an assessor writes the comment, and not on the own one.
    """
    _name = 'order.assessment.sheet'
    _inherit = ['order.assessment.frozen.mixin']
    _description = "Order Assessment Sheet"
    _order = 'date_to desc, score desc, id'
    _check_company_auto = True
    _allow_sudo_commands = False
    _made_by_actions = True

    assessment_id = fields.Many2one('order.assessment', required=True, readonly=True, index=True, ondelete='cascade')
    company_id = fields.Many2one(related='assessment_id.company_id', store=True, index=True)
    date_from = fields.Date(related='assessment_id.date_from', store=True)
    date_to = fields.Date(related='assessment_id.date_to', store=True, index=True)
    state = fields.Selection(related='assessment_id.state', store=True, index=True)

    # who is assessed
    department_id = fields.Many2one(
        'hr.department', readonly=True, index='btree_not_null', ondelete='restrict', check_company=True)
    employee_id = fields.Many2one(
        'hr.employee', readonly=True, index='btree_not_null', ondelete='restrict', check_company=True)
    user_id = fields.Many2one(related='employee_id.user_id', string="User", store=True, index='btree_not_null')
    subject = fields.Selection(
        [('department', "Department"), ('employee', "Employee")], string="Assessed Unit",
        compute='_compute_subject', store=True)

    # the result
    line_ids = fields.One2many('order.assessment.line', 'sheet_id', string="Figures")
    is_rated = fields.Boolean(
        "Rated", readonly=True, help="At least one indicator has enough cases, or an entered value.")
    score = fields.Float(readonly=True, digits=(5, 2), aggregator='avg', help="0 to 100 points.")
    grade_id = fields.Many2one('order.grade', readonly=True, ondelete='restrict', index='btree_not_null')
    coefficient = fields.Float("Performance Coefficient", readonly=True, digits=(6, 3), default=1.0, aggregator='avg')
    comment = fields.Text("Appraisal")
    measure_ids = fields.One2many('order.measure', 'sheet_id', string="Measures")
    has_manual = fields.Boolean(compute='_compute_has_manual', help="Some values are entered by an assessor.")
    is_own = fields.Boolean(
        "My Own Sheet", compute='_compute_is_own',
        help="Employees cannot assess themselves: another assessor has to fill in the sheet.")

    # -- constraints and indexes ----------------------------------------------------------------

    _subject_check = models.Constraint(
        'CHECK ((department_id IS NULL) <> (employee_id IS NULL))',
        "A sheet must belong to either a department or an employee.")
    _department_unique = models.UniqueIndex(
        '(assessment_id, department_id) WHERE department_id IS NOT NULL', "The department already has a sheet.")
    _employee_unique = models.UniqueIndex(
        '(assessment_id, employee_id) WHERE employee_id IS NOT NULL', "The employee already has a sheet.")

    # -- compute --------------------------------------------------------------------------------

    @api.depends('department_id', 'employee_id', 'date_from', 'date_to', 'assessment_id.name')
    def _compute_display_name(self):
        for sheet in self.sudo():
            sheet.display_name = f"{sheet._get_subject_name()} · {sheet.assessment_id.name}"

    @api.depends('department_id')
    def _compute_subject(self):
        for sheet in self:
            sheet.subject = 'department' if sheet.department_id else 'employee'

    @api.depends('line_ids.kind')
    def _compute_has_manual(self):
        for sheet in self:
            sheet.has_manual = 'manual' in sheet.line_ids.mapped('kind')

    @api.depends('user_id')
    @api.depends_context('uid')
    def _compute_is_own(self):
        for sheet in self:
            sheet.is_own = sheet.sudo().user_id == self.env.user

    # -- access ---------------------------------------------------------------------------------

    def _get_guarded_fields(self):
        return super()._get_guarded_fields() | (set(self._fields) - {'comment', 'line_ids', 'measure_ids'})

    @api.model
    def _read_group_select(self, aggregate_spec, query):
        # Who has no score has none, and not the worst one.
        sql = super()._read_group_select(aggregate_spec, query)
        if aggregate_spec in ('score:avg', 'coefficient:avg'):
            return SQL("%s FILTER (WHERE %s)", sql, self._field_to_sql(self._table, 'is_rated', query))
        return sql

    def _get_assessments(self):
        return self.assessment_id

    def write(self, vals):
        if not self.env.su:
            self._check_not_own()
        return super().write(vals)

    def _check_not_own(self):
        """Nobody raises the own score; asked of ``env.user``.

        :raise AccessError: if one of the sheets is that of the person
        """
        if self.sudo().filtered(lambda sheet: sheet.user_id == self.env.user):
            raise AccessError(self.env._("This is your own sheet: ask another assessor to fill it in."))

    # -- actions --------------------------------------------------------------------------------

    def action_open_measures(self):
        """:return: the action that lists the measures of these sheets"""
        return self._open_action(
            'order_measure_action', domain=[('sheet_id', 'in', self.ids)],
            context={'default_sheet_id': self.id} if len(self) == 1 else {})

    # -- business -------------------------------------------------------------------------------

    def _get_subject(self):
        """:return: the key of the subject, ``('hr.department' | 'hr.employee', id)``"""
        self.ensure_one()
        subject = self.department_id or self.employee_id
        return subject._name, subject.id

    def _get_subject_name(self):
        """:return: the name of the department or the employee"""
        self.ensure_one()
        return self.department_id.name or self.employee_id.name or ''

    def _rate(self):
        """Score, grade and coefficient from the lines, as superuser: indicators without cases enough do not count,
        and the weights of the others make the whole."""
        for sheet in self:
            scored = sheet.line_ids.filtered(lambda line: line._is_scored())
            total = sum(scored.mapped('weight'))
            for line in sheet.line_ids:
                share = 100 * line.weight / total if total and line in scored else 0.0
                if line.share != share or line.is_scored != (line in scored):
                    line._write_guarded({'share': share, 'is_scored': line in scored})
            score = round(sum(line.score * line.weight for line in scored) / total, 2) if total else 0.0
            grade = sheet.assessment_id.policy_id.grade_ids._get_grade(score) if total else self.env['order.grade']
            sheet._write_guarded({
                'is_rated': bool(total),
                'score': score,
                'grade_id': grade.id,
                'coefficient': grade.coefficient if grade else 1.0,
            })

    def _propose_measures(self):
        """Let the grades propose their measures, as superuser; what a person has made of one stays (article E4)."""
        Measure = self.env['order.measure']
        missing, obsolete = [], Measure
        for sheet in self:
            kind = sheet.grade_id.measure_kind
            automatic = sheet.measure_ids.filtered('is_automatic')
            if kind and kind not in automatic.mapped('kind'):
                missing.append(sheet._prepare_measure_vals())
            for measure in automatic.filtered(lambda measure: measure.state == 'proposed'):
                if measure.kind != kind:
                    obsolete |= measure
                elif measure.reason == measure.proposed_reason:
                    vals = sheet._prepare_measure_vals()
                    measure._write_guarded({'reason': vals['reason'], 'proposed_reason': vals['reason']})
        obsolete.unlink()
        Measure._create_guarded(missing)

    def _prepare_measure_vals(self):
        """Values of the measure that the grade of this sheet proposes; override to add to it."""
        self.ensure_one()
        reason = self._get_measure_reason()
        return {
            'sheet_id': self.id,
            'kind': self.grade_id.measure_kind,
            'hours_allowed': self.grade_id.measure_hours,
            'reason': reason,
            'proposed_reason': reason,
            'is_automatic': True,
        }

    def _get_measure_reason(self):
        """:return: text that says which score led to the measure, and what cost the points"""
        self.ensure_one()
        text = self.env._("%(score).1f points, grade: %(grade)s.", score=self.score, grade=self.grade_id.name)
        weak = self.line_ids.filtered(lambda line: line.is_scored and line.score < 60).sorted('score')
        return "\n".join([text, *(
            self.env._("%(indicator)s: %(value).1f %%", indicator=line.indicator_id.name, value=line.value)
            for line in weak)])
