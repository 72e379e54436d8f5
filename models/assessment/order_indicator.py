from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

from ..quality.order_inspection import JUDGED_STATES
from .order_tally import Facts, Tally


class OrderIndicator(models.Model):
    """One figure that departments and employees are assessed by (articles E1, E2).

    Computed indicators count facts. ``_get_facts_<code>`` says which facts count and which of them are
    as they should be; ``_measure_<code>`` counts them for each subject in one statement, and the evidence
    behind a number is what this very statement has counted.
    """
    _name = 'order.indicator'
    _inherit = ['order.policy.rule.mixin']
    _description = "Assessment Indicator"
    _order = 'policy_id, sequence, id'
    _allow_sudo_commands = False

    policy_id = fields.Many2one('order.policy', required=True, index=True, ondelete='cascade')
    company_id = fields.Many2one(related='policy_id.company_id', store=True, index=True)
    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)

    # what is measured
    kind = fields.Selection(
        [('computed', "Computed"), ('manual', "Entered by the Assessor")], required=True, default='computed',
        help="Computed indicators are based on the records; for the others, the assessor enters the value.")
    measured_by = fields.Selection([
        ('completion_rate', "Fulfilled orders among the orders received"),
        ('on_time_rate', "Orders fulfilled by the promised date"),
        ('processing_efficiency', "Orders accepted within the processing target"),
        ('review_on_time', "Reviews decided by their deadline"),
        ('intake_accuracy', "Orders submitted and never returned"),
        ('customer_satisfaction', "Scores of the customers called, out of 5 each"),
        ('aftersales_quality', "Tickets closed by their deadline and not reopened"),
        ('settlement_accuracy', "Orders settled without difference or correction"),
        ('emergency_releases', "Orders confirmed without an emergency release"),
        ('collaboration', "Progress requests and urges answered by their deadline"),
        ('quality', "Batches that passed their first inspection"),
    ], string="Calculation Basis", help="The cases that are counted in the period, and their total.")
    code = fields.Char(
        required=True, compute='_compute_code', store=True, readonly=False, precompute=True,
        help="Technical name of the indicator: lower-case letters, digits and underscores.")
    subject = fields.Selection(
        [('both', "Departments and Employees"), ('department', "Departments"), ('employee', "Employees")],
        string="Assesses", required=True, default='both')
    role_ids = fields.Many2many(
        'order.role', string="Roles",
        help="The roles whose departments are assessed by the indicator. If empty, those concerned.")

    # how it is scored
    weight = fields.Float(default=10.0)
    direction = fields.Selection(
        [('higher', "Higher Is Better"), ('lower', "Lower Is Better")], required=True, default='higher')
    target = fields.Float(default=95.0, help="The value in percent for 100 points.")
    floor = fields.Float(default=60.0, help="The value in percent for 0 points.")
    minimum_cases = fields.Integer(
        default=1, help="With fewer cases in the period, the indicator is not scored, and the weight of the others "
                        "increases.")

    _code_unique = models.Constraint(
        'UNIQUE (policy_id, code)',
        "The policy already has this indicator: change its weight instead of adding it again.")

    # -- constraints ----------------------------------------------------------------------------

    @api.constrains('kind', 'measured_by')
    def _check_measured_by(self):
        for indicator in self:
            if indicator.kind == 'computed' and not indicator.measured_by:
                raise ValidationError(self.env._(
                    "Select what the indicator “%(indicator)s” measures, or let the assessor enter its value.",
                    indicator=indicator.name))
            if indicator.kind == 'manual' and indicator.code in self._get_computed_codes():
                raise ValidationError(self.env._(
                    "The code “%(code)s” is used by a computed indicator: enter another code for “%(indicator)s”.",
                    code=indicator.code, indicator=indicator.name))

    @api.constrains('weight', 'target', 'floor', 'direction', 'minimum_cases')
    def _check_scale(self):
        for indicator in self:
            if indicator.weight < 0 or indicator.minimum_cases < 1:
                raise ValidationError(self.env._(
                    "The indicator “%(indicator)s” needs a weight that is not negative and at least one case.",
                    indicator=indicator.name))
            if not (0 <= indicator.target <= 100 and 0 <= indicator.floor <= 100):
                raise ValidationError(self.env._(
                    "Target and floor of the indicator “%(indicator)s” are percentages from 0 to 100.",
                    indicator=indicator.name))
            if indicator.direction == 'higher' and indicator.target <= indicator.floor:
                raise ValidationError(self.env._(
                    "Higher is better for the indicator “%(indicator)s”, so its target has to lie above its floor.",
                    indicator=indicator.name))
            if indicator.direction == 'lower' and indicator.target >= indicator.floor:
                raise ValidationError(self.env._(
                    "Lower is better for the indicator “%(indicator)s”, so its target has to lie below its floor.",
                    indicator=indicator.name))

    # -- compute --------------------------------------------------------------------------------

    @api.depends('kind', 'measured_by')
    def _compute_code(self):
        for indicator in self:
            if indicator.kind == 'computed':
                indicator.code = indicator.measured_by
            elif indicator.code in self._get_computed_codes():
                indicator.code = False

    # -- score ----------------------------------------------------------------------------------

    def _get_score(self, value):
        """Points of a value: none at the floor, 100 at the target, in proportion between them.

        :param value: percent
        :return: 0 to 100
        """
        self.ensure_one()
        share = (value - self.floor) / (self.target - self.floor)
        return round(100 * min(max(share, 0.0), 1.0), 2)

    def _prepare_line_vals(self, tally):
        """Values of the line of a sheet; override to add to it.

        :param tally: :class:`Tally`, or a plain pair (numerator, denominator); None where nothing was counted
        """
        self.ensure_one()
        if self.kind != 'computed':
            return {'weight': self.weight}
        numerator, denominator = tally or (0.0, 0.0)
        # A pair without records behind it is a number all the same.
        case_ids, failed_ids = getattr(tally, 'case_ids', []), getattr(tally, 'failed_ids', [])
        value = 100 * numerator / denominator if denominator else 0.0
        return {
            'weight': self.weight,
            'numerator': numerator,
            'denominator': denominator,
            'case_count': len(case_ids) if case_ids else denominator,
            'failed_count': len(failed_ids),
            'case_model': getattr(tally, 'model', False),
            'case_ids': case_ids,
            'failed_ids': failed_ids,
            'value': value,
            'score': self._get_score(value) if denominator else 0.0,
        }

    # -- whom it concerns -----------------------------------------------------------------------

    @api.model
    def _get_computed_codes(self):
        """:return: list of the codes that are computed"""
        return [code for code, _label in self._fields['measured_by'].selection]

    @api.model
    def _get_standard_role_codes(self):
        """Who answers for the facts of a computed indicator that names no roles.

        :return: dict code of the indicator → (code of the role whose department it counts for, code of the
            role of the persons that it counts for); indicators whose facts name their role are missing
        """
        return {
            'completion_rate': ('sales', 'sales'),
            'on_time_rate': ('logistics', 'sales'),
            'processing_efficiency': ('sales', 'sales'),
            'intake_accuracy': ('sales', 'sales'),
            'customer_satisfaction': ('aftersales', 'aftersales'),
            'aftersales_quality': ('aftersales', 'aftersales'),
            'settlement_accuracy': ('finance', 'finance'),
            'emergency_releases': ('sales', 'sales'),
        }

    def _get_roles(self):
        """:return: ``order.role`` whose departments the indicator counts for"""
        self.ensure_one()
        standard = self._get_standard_role_codes().get(self.code)
        if self.role_ids:
            return self.role_ids
        if standard:
            return self.env['order.role']._get_by_code(standard[0])
        if self.code == 'collaboration':
            # Whoever works for an order may be asked.
            return self.policy_id.responsibility_ids.role_id.filtered(lambda role: role.code != 'sales')
        if self.code == 'quality':
            # Goods are made or bought.
            makers = ('production', 'purchasing')
            return self.policy_id.responsibility_ids.role_id.filtered(lambda role: role.code in makers)
        if self.kind == 'computed':
            return self.policy_id.stage_ids.role_id
        return self.policy_id.responsibility_ids.role_id

    def _get_departments(self, roles):
        """:return: ``hr.department`` that the policy makes responsible for these roles"""
        return self.policy_id.responsibility_ids.filtered(lambda row: row.role_id in roles).department_id

    def _get_subject_departments(self):
        """:return: ``hr.department`` that are assessed by the indicator"""
        self.ensure_one()
        return self._get_departments(self._get_roles())

    def _get_member_departments(self):
        """:return: ``hr.department`` whose employees are assessed by the indicator, with or without cases"""
        self.ensure_one()
        standard = self._get_standard_role_codes().get(self.code)
        return self._get_departments(
            self.env['order.role']._get_by_code(standard[1]) if standard else self._get_roles())

    # -- facts ----------------------------------------------------------------------------------

    def _measure(self, date_from, date_to):
        """The numbers of the period, both days included.

        :return: dict ``('hr.department' | 'hr.employee', id)`` → :class:`Tally`, a pair (numerator, denominator);
            empty for indicators that the assessor enters
        """
        self.ensure_one()
        if self.kind != 'computed':
            return {}
        return getattr(self, f'_measure_{self.code}')(date_from, date_to)

    def _measure_completion_rate(self, date_from, date_to):
        return self._count(self._get_facts_completion_rate(date_from, date_to))

    def _get_facts_completion_rate(self, date_from, date_to):
        """Of the orders received: those that are fulfilled. What the customer cancelled does not count."""
        return Facts(
            model='sale.order',
            domain=self._get_order_domain() & self._get_period_domain('received_at', date_from, date_to)
            & ~self.env['sale.order']._get_cancelled_by_customer_domain(),
            success=Domain('fulfilled_at', '!=', False),
            person='user_id',
        )

    def _measure_on_time_rate(self, date_from, date_to):
        return self._count(self._get_facts_on_time_rate(date_from, date_to))

    def _get_facts_on_time_rate(self, date_from, date_to):
        """Of the orders fulfilled: those that were by the promised date. Without a promise none is late or in time."""
        return Facts(
            model='sale.order',
            domain=self._get_order_domain() & self._get_period_domain('fulfilled_at', date_from, date_to)
            & Domain('promised_date', '!=', False),
            success=Domain('is_late', '=', False),
            person='user_id',
        )

    def _measure_processing_efficiency(self, date_from, date_to):
        return self._count(self._get_facts_processing_efficiency(date_from, date_to))

    def _get_facts_processing_efficiency(self, date_from, date_to):
        """Of the orders accepted: those that were within the working hours that the policy aims at."""
        return Facts(
            model='sale.order',
            domain=self._get_order_domain() & self._get_period_domain('approved_at', date_from, date_to),
            success=Domain('processing_hours', '<=', self.policy_id.processing_target_hours),
            person='user_id',
        )

    def _measure_review_on_time(self, date_from, date_to):
        return self._count(self._get_facts_review_on_time(date_from, date_to))

    def _get_facts_review_on_time(self, date_from, date_to):
        """Of the reviews decided: those that were by their deadline. Without a deadline none is late or in time."""
        return Facts(
            model='order.review',
            domain=Domain('company_id', '=', self.company_id.id)
            & self._get_period_domain('decided_at', date_from, date_to)
            & Domain('deadline', '!=', False)
            & (Domain('role_id', 'in', self.role_ids.ids) if self.role_ids else Domain.TRUE),
            success=Domain('is_decided_late', '=', False),
            person='decided_by_id',
            role='role_id',
        )

    def _measure_intake_accuracy(self, date_from, date_to):
        return self._count(self._get_facts_intake_accuracy(date_from, date_to))

    def _get_facts_intake_accuracy(self, date_from, date_to):
        """Of the orders submitted for review: those that no department has ever returned, and meant it."""
        return Facts(
            model='sale.order',
            domain=self._get_order_domain() & self._get_period_domain('submitted_at', date_from, date_to),
            success=Domain('review_ids', 'not any', [('state', '=', 'returned'), ('voided_at', '=', False)]),
            person='registered_by_id',
        )

    def _measure_customer_satisfaction(self, date_from, date_to):
        return self._count(self._get_facts_customer_satisfaction(date_from, date_to))

    def _get_facts_customer_satisfaction(self, date_from, date_to):
        """Of 5 points a call: those that customers gave. Whoever gives less than 4 is no satisfied customer."""
        return Facts(
            model='order.visit',
            domain=Domain('company_id', '=', self.company_id.id)
            & self._get_period_domain('done_at', date_from, date_to)
            & Domain('satisfaction', '>', 0),
            success=Domain('satisfaction', '>=', 4),
            person='done_by_id',
            points='satisfaction',
            best=5,
        )

    def _measure_aftersales_quality(self, date_from, date_to):
        return self._count(self._get_facts_aftersales_quality(date_from, date_to))

    def _get_facts_aftersales_quality(self, date_from, date_to):
        """Of the tickets closed: those that were by their deadline, if they have one, and were never reopened."""
        return Facts(
            model='order.ticket',
            domain=Domain('company_id', '=', self.company_id.id)
            & self._get_period_domain('closed_at', date_from, date_to),
            success=Domain('is_closed_late', '=', False) & Domain('reopen_count', '=', 0),
            person='user_id',
        )

    def _measure_settlement_accuracy(self, date_from, date_to):
        return self._count(self._get_facts_settlement_accuracy(date_from, date_to))

    def _get_facts_settlement_accuracy(self, date_from, date_to):
        """Of the orders settled: those without a difference beyond the tolerance, and never corrected afterwards."""
        return Facts(
            model='order.settlement',
            domain=Domain('company_id', '=', self.company_id.id)
            & self._get_period_domain('settled_at', date_from, date_to),
            success=Domain('is_different', '=', False) & Domain('corrected', '=', False),
            person='settled_by_id',
        )

    def _measure_emergency_releases(self, date_from, date_to):
        return self._count(self._get_facts_emergency_releases(date_from, date_to))

    def _get_facts_emergency_releases(self, date_from, date_to):
        """Of the orders confirmed or released: those that waited for their review. A release counts as one even if
        the order was cancelled since."""
        return Facts(
            model='sale.order',
            domain=self._get_order_domain() & (
                self._get_period_domain('confirmed_at', date_from, date_to)
                | self._get_period_domain('released_at', date_from, date_to)),
            success=Domain('released_at', '=', False),
            person='user_id',
        )

    def _measure_collaboration(self, date_from, date_to):
        return self._count(self._get_facts_collaboration(date_from, date_to))

    def _get_facts_collaboration(self, date_from, date_to):
        """Of the progress requests and urges that were due: those that people answered by then. What was filled in from
        the records, and what was not needed any more before it was due, is nobody's answer."""
        return Facts(
            model='order.progress',
            domain=Domain('company_id', '=', self.company_id.id)
            & self._get_period_domain('deadline', date_from, date_to)
            & Domain('is_automatic', '=', False)
            & Domain.OR([
                Domain('state', '=', 'reported'),
                Domain('state', '=', 'requested') & Domain('deadline', '<', fields.Datetime.now()),
                Domain('state', '=', 'cancelled') & Domain('is_ended_late', '=', True),
            ])
            & (Domain('role_id', 'in', self.role_ids.ids) if self.role_ids else Domain.TRUE),
            success=Domain('state', '=', 'reported') & Domain('is_ended_late', '=', False),
            person='reported_by_id',
            role='role_id',
        )

    def _measure_quality(self, date_from, date_to):
        return self._count(self._get_facts_quality(date_from, date_to))

    def _get_facts_quality(self, date_from, date_to):
        """Of the batches judged that the company made or bought: those that passed as a whole, without rework, at their
        first inspection."""
        return Facts(
            model='order.inspection',
            domain=Domain('company_id', '=', self.company_id.id)
            & self._get_period_domain('judged_at', date_from, date_to)
            & Domain('state', 'in', JUDGED_STATES) & Domain('origin_id', '=', False)
            & (Domain('maker_role_id', 'in', self.role_ids.ids) if self.role_ids
               else Domain('maker_role_id', '!=', False)),
            success=Domain('state', '=', 'passed'),
            person='maker_user_id',
            role='maker_role_id',
        )

    def _get_order_domain(self):
        """:return: Domain of the orders under policy of the company"""
        return Domain('company_id', '=', self.company_id.id) & Domain('policy_id', '!=', False)

    def _get_period_domain(self, field, date_from, date_to):
        """:return: Domain of the records whose moment lies in the period where the company works, both days included"""
        policy = self.policy_id
        first, end = (
            policy.company_id._to_moment(day, calendar=policy.calendar_id)
            for day in (date_from, date_to + timedelta(days=1)))
        return Domain(field, '>=', first) & Domain(field, '<', end)

    # -- counting -------------------------------------------------------------------------------

    def _count(self, facts):
        """Count facts for the departments and employees that answer for them.

        A fact counts for the department that the policy makes responsible for the role, and for the employee of
        the company that the person named is.

        :param facts: :class:`Facts`
        :return: dict ``('hr.department' | 'hr.employee', id)`` → :class:`Tally`
        """
        self.ensure_one()
        indicator_sudo = self.sudo()
        rows = indicator_sudo._read_facts(facts)
        employees = indicator_sudo._get_employees_of({row[0] for row in rows if row[0]})
        result = {}
        for user_id, role_id, tally in rows:
            subjects = []
            if self.subject != 'employee':
                roles = self.env['order.role'].browse(role_id) if facts.role else self._get_roles()
                subjects += [('hr.department', department.id) for department in
                             indicator_sudo._get_departments(roles)]
            if self.subject != 'department' and user_id in employees:
                subjects.append(('hr.employee', employees[user_id]))
            for subject in subjects:
                result[subject] = result[subject] + tally if subject in result else tally
        return result

    def _read_facts(self, facts):
        """One statement that counts the facts by person and role.

        :return: list of (user id or None, role id or None, :class:`Tally`)
        """
        Model = self.env[facts.model].sudo().with_context(active_test=False)
        query = Model._search(facts.domain)
        if query.is_empty():
            return []
        person = Model._field_to_sql(query.table, facts.person, query)
        role = Model._field_to_sql(query.table, facts.role, query) if facts.role else SQL("NULL::integer")
        success = SQL("(%s) IS TRUE", facts.success.optimize_full(Model)._to_sql(Model, query.table, query))
        record = SQL.identifier(query.table, 'id')
        numerator = (
            SQL("SUM(%s)", Model._field_to_sql(query.table, facts.points, query)) if facts.points
            else SQL("COUNT(*) FILTER (WHERE %s)", success))
        query.groupby = SQL("1, 2")
        rows = self.env.execute_query(query.select(
            person, role, numerator, SQL("COUNT(*)"),
            SQL("ARRAY_AGG(%s ORDER BY %s)", record, record),
            SQL("ARRAY_AGG(%s ORDER BY %s) FILTER (WHERE NOT %s)", record, record, success),
        ))
        return [
            (user_id, role_id, Tally(points or 0, count * facts.best, facts.model, case_ids, failed_ids or ()))
            for user_id, role_id, points, count, case_ids, failed_ids in rows
        ]

    def _get_employees_of(self, user_ids):
        """:return: dict id of a user → id of the employee of that user in the company, also a former one"""
        employees = self.env['hr.employee'].sudo().with_context(active_test=False).search_fetch(
            [('user_id', 'in', list(user_ids)), ('company_id', '=', self.company_id.id)], ['user_id'])
        return {employee.user_id.id: employee.id for employee in employees}
