from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL


class OrderAssessmentLine(models.Model):
    """One figure of a sheet: counted, or entered by an assessor who is not its subject (articles E1, E2)."""
    _name = 'order.assessment.line'
    _inherit = ['order.assessment.frozen.mixin']
    _description = "Order Assessment Figure"
    _order = 'sheet_id, sequence, id'
    _rec_name = 'indicator_id'
    _allow_sudo_commands = False
    _made_by_actions = True

    sheet_id = fields.Many2one('order.assessment.sheet', required=True, readonly=True, index=True, ondelete='cascade')
    assessment_id = fields.Many2one(related='sheet_id.assessment_id', store=True, index=True)
    company_id = fields.Many2one(related='sheet_id.company_id', store=True, index=True)
    date_to = fields.Date(related='sheet_id.date_to', store=True)
    state = fields.Selection(related='sheet_id.state', store=True)
    department_id = fields.Many2one(related='sheet_id.department_id', store=True)
    employee_id = fields.Many2one(related='sheet_id.employee_id', store=True)
    user_id = fields.Many2one(related='sheet_id.user_id', store=True)
    indicator_id = fields.Many2one('order.indicator', required=True, readonly=True, index=True, ondelete='restrict')
    sequence = fields.Integer(related='indicator_id.sequence', store=True)
    kind = fields.Selection(related='indicator_id.kind', store=True)

    # what was counted
    numerator = fields.Float(readonly=True, digits=(16, 2))
    denominator = fields.Float(readonly=True, digits=(16, 2))
    case_count = fields.Integer("Cases", readonly=True, help="Number of cases on which the value is based.")
    case_model = fields.Char("Model of the Records", readonly=True)
    case_ids = fields.Json("Counted Cases", readonly=True, help="The IDs of the records that were counted.")
    failed_ids = fields.Json("Failed Records", readonly=True, help="The IDs of the failed cases.")
    failed_count = fields.Integer("Failed Cases", readonly=True)

    # what an assessor enters
    manual_value = fields.Float("Entered Value", digits=(5, 2), aggregator='avg', help="In percent.")
    is_entered = fields.Boolean("Entered", help="The value has been entered; otherwise the indicator is not scored.")
    entered_by_id = fields.Many2one('res.users', readonly=True)
    note = fields.Char()

    # the result
    value = fields.Float("Value (%)", readonly=True, digits=(5, 2), aggregator='avg', help="In percent.")
    score = fields.Float(readonly=True, digits=(5, 2), aggregator='avg', help="0 to 100 points.")
    weight = fields.Float(readonly=True)
    share = fields.Float("Share (%)", readonly=True, digits=(5, 2), aggregator=None, help="Its share in the score.")
    is_scored = fields.Boolean(readonly=True, help="There are enough cases, or a value was entered.")
    can_enter = fields.Boolean(compute='_compute_can_enter')
    can_open_evidence = fields.Boolean(compute='_compute_can_open_evidence')

    _indicator_unique = models.Constraint(
        'UNIQUE (sheet_id, indicator_id)', "The sheet already has this indicator.")

    # -- constraints ----------------------------------------------------------------------------

    @api.constrains('manual_value')
    def _check_manual_value(self):
        if wrong := self.filtered(lambda line: not 0 <= line.manual_value <= 100)[:1]:
            raise ValidationError(self.env._(
                "The value of “%(indicator)s” is a percentage: enter a number from 0 to 100.",
                indicator=wrong.sudo().indicator_id.name))

    # -- compute and onchange -------------------------------------------------------------------

    @api.depends('kind', 'state', 'user_id')
    @api.depends_context('uid')
    def _compute_can_enter(self):
        is_assessor = self.env['order.assessment']._is_assessor()
        for line in self:
            line.can_enter = (
                is_assessor and line.kind == 'manual' and line.state in ('draft', 'computed')
                and line.sudo().user_id != self.env.user)

    @api.depends('case_model', 'case_count')
    @api.depends_context('uid')
    def _compute_can_open_evidence(self):
        for line in self:
            line.can_open_evidence = bool(
                line.case_count and line.case_model in self.env and self.env[line.case_model].has_access('read'))

    @api.onchange('manual_value')
    def _onchange_manual_value(self):
        if self.manual_value:
            self.is_entered = True

    # -- access ---------------------------------------------------------------------------------

    def _get_guarded_fields(self):
        return super()._get_guarded_fields() | (set(self._fields) - {'manual_value', 'is_entered', 'note'})

    @api.model
    def _read_group_select(self, aggregate_spec, query):
        # A figure without cases, or that nobody has entered, is none.
        sql = super()._read_group_select(aggregate_spec, query)
        condition = {
            'value:avg': 'is_scored', 'score:avg': 'is_scored', 'manual_value:avg': 'is_entered'}.get(aggregate_spec)
        if condition:
            return SQL("%s FILTER (WHERE %s)", sql, self._field_to_sql(self._table, condition, query))
        return sql

    def _get_assessments(self):
        return self.sheet_id.assessment_id

    def write(self, vals):
        if self.env.su:
            return super().write(vals)
        self.sheet_id._check_not_own()
        entered = vals.keys() & {'manual_value', 'is_entered'}
        if entered:
            self._check_manual()
            if 'manual_value' in vals:
                vals = {'is_entered': True, **vals}
        result = super().write(vals)
        if entered:
            lines_sudo = self.sudo()
            lines_sudo._follow_entry(self.env.user)
            lines_sudo.sheet_id._rate()
            lines_sudo.sheet_id._propose_measures()
        return result

    def _check_manual(self):
        """:raise UserError: if the value of one of the lines is counted"""
        if counted := self.sudo().filtered(lambda line: line.kind != 'manual')[:1]:
            raise UserError(self.env._(
                "“%(indicator)s” is computed from the records, so its value cannot be entered.",
                indicator=counted.indicator_id.name))

    # -- actions --------------------------------------------------------------------------------

    def action_open_evidence(self):
        """The records behind the number: exactly those that were counted.

        :return: action whose domain counts ``case_count`` records
        :raise UserError: where nothing was counted
        """
        return self._check_one()._open_evidence(self.case_ids, self.sudo().indicator_id.name)

    def action_open_failures(self):
        """Those of the records behind the number that are not as they should be.

        :return: action whose domain counts ``failed_count`` records
        :raise UserError: where nothing was counted
        """
        return self._check_one()._open_evidence(self.failed_ids, self.env._(
            "%(indicator)s: Failed Cases", indicator=self.sudo().indicator_id.name))

    def _open_evidence(self, ids, name):
        self.ensure_one()
        self.check_access('read')
        if not self.case_model:
            raise UserError(self.env._(
                "“%(indicator)s” has no cases, so there is nothing to show.",
                indicator=self.sudo().indicator_id.name))
        return {
            'type': 'ir.actions.act_window',
            'name': name,
            'res_model': self.case_model,
            'views': [(False, 'list'), (False, 'form')],
            'domain': [('id', 'in', ids or [])],
            'context': {'create': False, 'active_test': False},
        }

    # -- business -------------------------------------------------------------------------------

    def _is_scored(self):
        """Whether the figure counts for the score of its sheet."""
        self.ensure_one()
        if self.kind == 'manual':
            return self.is_entered
        return self.case_count >= self.indicator_id.minimum_cases

    def _follow_entry(self, user):
        """Score lines with the value that a person has just entered or taken back, as superuser."""
        for line in self:
            entered = line.is_entered
            line._write_guarded({
                'entered_by_id': entered and user.id,
                'value': line.manual_value if entered else 0.0,
                'score': line.indicator_id._get_score(line.manual_value) if entered else 0.0,
            })
