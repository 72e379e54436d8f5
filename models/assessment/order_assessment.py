from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import format_date


class OrderAssessment(models.Model):
    """The assessment of departments and employees for a period (article E1).

    Draft, then computed as often as wanted, then confirmed, from where on nothing of it changes, then
    published: the employees read their own sheets.
    """
    _name = 'order.assessment'
    _inherit = ['mail.thread', 'order.guarded.mixin']
    _description = "Order Assessment"
    _order = 'date_to desc, id desc'
    _check_company_auto = True
    _allow_sudo_commands = False

    name = fields.Char(required=True, compute='_compute_name', store=True, readonly=False, precompute=True)
    policy_id = fields.Many2one(
        'order.policy', required=True, index=True, ondelete='restrict', tracking=True,
        domain="[('company_id', 'in', allowed_company_ids), ('state', '!=', 'draft')]",
        default=lambda self: self.env.company.sudo().order_policy_id,
        help="The policy whose indicators, grades and responsibilities apply.")
    company_id = fields.Many2one(related='policy_id.company_id', store=True, index=True)
    date_from = fields.Date(
        "From", required=True, tracking=True, default=lambda self: self._get_last_month()[0])
    date_to = fields.Date(
        "To", required=True, tracking=True, default=lambda self: self._get_last_month()[1],
        help="The last day of the period.")
    state = fields.Selection(
        [('draft', "Draft"), ('computed', "Computed"), ('confirmed', "Confirmed"), ('published', "Published")],
        required=True, readonly=True, default='draft', copy=False, index=True, tracking=True)
    computed_at = fields.Datetime(readonly=True, copy=False)
    confirmed_at = fields.Datetime(readonly=True, copy=False)
    confirmed_by_id = fields.Many2one('res.users', readonly=True, copy=False)
    published_at = fields.Datetime(readonly=True, copy=False)
    published_by_id = fields.Many2one('res.users', readonly=True, copy=False)

    sheet_ids = fields.One2many('order.assessment.sheet', 'assessment_id', string="Sheets", readonly=True, copy=False)
    sheet_count = fields.Integer("Number of Sheets", compute='_compute_sheet_count')
    average_score = fields.Float(compute='_compute_sheet_count')
    missing_entry_count = fields.Integer("Entries Missing", compute='_compute_missing_entry_count')
    measure_count = fields.Integer("Number of Measures", compute='_compute_measure_count')

    _period_check = models.Constraint(
        'CHECK (date_from <= date_to)', "The period ends before it begins: correct the dates.")

    # -- defaults -------------------------------------------------------------------------------

    @api.model
    def _get_last_month(self):
        """:return: pair of the first and the last day of the month before this one"""
        last = self.env.company._get_local_date().replace(day=1) - timedelta(days=1)
        return last.replace(day=1), last

    # -- constraints ----------------------------------------------------------------------------

    @api.constrains('policy_id')
    def _check_policy_id(self):
        if wrong := self.filtered(lambda assessment: assessment.policy_id.state == 'draft')[:1]:
            raise ValidationError(self.env._(
                "“%(policy)s” has never been in force, so it cannot be used for an assessment: select another policy.",
                policy=wrong.policy_id.name))

    @api.constrains('company_id', 'date_from', 'date_to')
    def _check_period(self):
        """What happened on a day is assessed once: a figure is not counted, nor its measures proposed, twice.

        :raise ValidationError: with the first of these that shares a day with another one of its company
        """
        self.check_access('read')
        for assessment in self:
            if (other := self.sudo().search(assessment._get_overlap_domain(), limit=1)):
                raise ValidationError(self.env._(
                    "“%(assessment)s” already covers %(date_from)s – %(date_to)s. Compute it again, or select a "
                    "period that does not overlap with it.", assessment=other.name,
                    date_from=format_date(self.env, other.date_from), date_to=format_date(self.env, other.date_to)))

    def _get_overlap_domain(self):
        """:return: Domain of the other assessments that share a day with this one; override to allow some"""
        self.ensure_one()
        return (
            Domain('id', '!=', self.id) & Domain('company_id', '=', self.company_id.id)
            & Domain('date_from', '<=', self.date_to) & Domain('date_to', '>=', self.date_from))

    # -- compute --------------------------------------------------------------------------------

    @api.depends('date_from', 'date_to')
    def _compute_name(self):
        for assessment in self:
            if assessment.date_from and assessment.date_to and assessment.state == 'draft':
                assessment.name = self.env._(
                    "Assessment %(date_from)s – %(date_to)s",
                    date_from=format_date(self.env, assessment.date_from),
                    date_to=format_date(self.env, assessment.date_to))

    @api.depends('sheet_ids.score', 'sheet_ids.is_rated')
    def _compute_sheet_count(self):
        groups = self.env['order.assessment.sheet']._read_group(
            [('assessment_id', 'in', self.ids)], ['assessment_id', 'is_rated'], ['__count', 'score:avg'])
        counts, averages = dict.fromkeys(self.ids, 0), {}
        for assessment, is_rated, count, average in groups:
            counts[assessment.id] += count
            if is_rated:
                averages[assessment.id] = average
        for assessment in self:
            assessment.sheet_count = counts.get(assessment._origin.id, 0)
            assessment.average_score = averages.get(assessment._origin.id, 0.0)

    @api.depends('sheet_ids.line_ids.is_entered')
    def _compute_missing_entry_count(self):
        counts = dict(self.env['order.assessment.line']._read_group(
            [('assessment_id', 'in', self.ids), ('kind', '=', 'manual'), ('is_entered', '=', False)],
            ['assessment_id'], ['__count']))
        for assessment in self:
            assessment.missing_entry_count = counts.get(assessment._origin, 0)

    @api.depends('sheet_ids.measure_ids')
    def _compute_measure_count(self):
        counts = dict(self.env['order.measure']._read_group(
            [('assessment_id', 'in', self.ids)], ['assessment_id'], ['__count']))
        for assessment in self:
            assessment.measure_count = counts.get(assessment._origin, 0)

    # -- CRUD -----------------------------------------------------------------------------------

    def _get_guarded_fields(self):
        return super()._get_guarded_fields() | {
            'company_id', 'state', 'computed_at', 'confirmed_at', 'confirmed_by_id', 'published_at', 'published_by_id',
            'sheet_ids',
        }

    def _is_frozen(self):
        self.ensure_one()
        return self.state in ('confirmed', 'published')

    def write(self, vals):
        if vals.keys() & {'policy_id', 'date_from', 'date_to'} and (
                begun := self.filtered(lambda assessment: assessment.state != 'draft')[:1]):
            raise UserError(self.env._(
                "“%(assessment)s” has been computed for its policy and period: set it back to draft to change them.",
                assessment=begun.name))
        if frozen := self.filtered(lambda assessment: assessment._is_frozen()):
            # On every path, also for code that runs as superuser in the name of a person.
            allowed = self._get_unfrozen_fields()
            if vals.keys() - allowed or vals.get('state') not in (None, 'published'):
                raise UserError(self.env._(
                    "“%(assessment)s” is confirmed and cannot be changed.", assessment=frozen[0].name))
        return super().write(vals)

    def _get_unfrozen_fields(self):
        """:return: set of names of the fields that change after the confirmation"""
        return {
            'state', 'published_at', 'published_by_id', 'message_main_attachment_id', 'message_ids',
            'message_follower_ids',
        }

    @api.ondelete(at_uninstall=False)
    def _unlink_except_frozen(self):
        if frozen := self.filtered(lambda assessment: assessment._is_frozen())[:1]:
            raise UserError(self.env._(
                "“%(assessment)s” is confirmed and must be kept on record.", assessment=frozen.name))

    @api.ondelete(at_uninstall=False)
    def _unlink_except_own(self):
        # What another assessor has entered about a person does not go by that person's hand.
        if not self.env.su and (own := self._get_own_sheets()):
            raise AccessError(self.env._(
                "“%(assessment)s” contains your own sheet: ask another assessor to delete it.",
                assessment=own[0].assessment_id.name))

    # -- actions --------------------------------------------------------------------------------

    def action_compute(self):
        """Count the period and rate departments and employees; again, and entries and comments stay.

        All or none.

        :return: True
        :raise AccessError: for people who are no assessors
        :raise UserError: for assessments that are confirmed, or share a day with another one, and where the policy has
            no indicators
        """
        self._check_assessor()
        self._check_state(('draft', 'computed'))
        # Two that were entered at the same moment have not seen each other.
        self._check_period()
        for assessment in self.sudo():
            if not assessment.policy_id.indicator_ids:
                raise UserError(self.env._(
                    "“%(policy)s” has no indicators: add them to a new version of the policy, and adopt it.",
                    policy=assessment.policy_id.name))
        self.sudo()._action_compute()
        return True

    def action_draft(self):
        """Take computed assessments back, to change their policy or period; entries and comments stay.

        :return: True
        :raise AccessError: for people who are no assessors
        :raise UserError: unless they are computed
        """
        self._check_assessor()
        self._check_state(('computed',))
        self.sudo()._write_guarded({'state': 'draft'})
        return True

    def action_confirm(self):
        """Close computed assessments: sheets, figures and proposed measures do not change any more.

        :return: True
        :raise AccessError: for people who are no assessors
        :raise UserError: unless they are computed and their period is over, and where the own sheet of the person
            has no values yet
        """
        self._check_assessor()
        self._check_state(('computed',))
        if waiting := self._get_own_sheets().line_ids.filtered(
                lambda line: line.kind == 'manual' and not line.is_entered)[:1]:
            # A figure that is not entered does not count: nobody leaves out the own ones.
            raise UserError(self.env._(
                "“%(indicator)s” has not been entered on your own sheet: another assessor has to enter it first, or to "
                "confirm “%(assessment)s”.",
                indicator=waiting.indicator_id.name, assessment=waiting.assessment_id.name))
        for assessment in self.sudo():
            if assessment.date_to >= assessment._get_today():
                raise UserError(self.env._(
                    "The period of “%(assessment)s” ends on %(date)s: confirm it after that day.",
                    assessment=assessment.name, date=format_date(self.env, assessment.date_to)))
        self.sudo()._write_guarded({
            'state': 'confirmed', 'confirmed_at': fields.Datetime.now(), 'confirmed_by_id': self.env.uid})
        return True

    def action_publish(self):
        """Let the employees read their own sheets of confirmed assessments, and payroll the coefficients (E3).

        :return: True
        :raise AccessError: for people who are no assessors
        :raise UserError: unless they are confirmed
        """
        self._check_assessor()
        self._check_state(('confirmed',))
        self.sudo()._write_guarded({
            'state': 'published', 'published_at': fields.Datetime.now(), 'published_by_id': self.env.uid})
        self.sudo()._notify_subjects()
        # From now on the employees see the menu with their sheets.
        self.env.registry.clear_cache()
        return True

    def action_open_sheets(self):
        """:return: the action that lists the sheets of these assessments"""
        return self._open('order_assessment_sheet_action')

    def action_open_measures(self):
        """:return: the action that lists the measures of these assessments"""
        return self._open('order_measure_action')

    def action_open_missing_entries(self):
        """:return: the action that lists the figures that an assessor has still to enter"""
        action = self._open('order_assessment_line_action')
        action['domain'] += [('kind', '=', 'manual'), ('is_entered', '=', False)]
        return action

    def _open(self, action_name):
        return self._open_action(action_name, domain=[('assessment_id', 'in', self.ids)], context={})

    # -- rights and state -----------------------------------------------------------------------

    @api.model
    def _is_assessor(self):
        """Whether the person is an assessor; asked of ``env.user`` whatever ``env.su`` is."""
        return self.env.user.has_group('sale_order_lifecycle.group_assessor')

    def _check_assessor(self):
        """:raise AccessError: unless the person is an assessor in the companies of these assessments"""
        if not self._is_assessor():
            raise AccessError(self.env._("Only assessors can do this: ask one of them."))
        self.check_access('write')
        for company in self.sudo().company_id - self.env.user.company_ids:
            raise AccessError(self.env._(
                "You do not have access to %(company)s: ask an assessor of that company.", company=company.name))

    def _check_state(self, states):
        """:raise UserError: unless all are in one of the states"""
        labels = dict(self._fields['state']._description_selection(self.env))
        for assessment in self:
            if assessment.state not in states:
                raise UserError(self.env._(
                    "The status of “%(assessment)s” is %(state)s; this action requires the status %(needed)s.",
                    assessment=assessment.name, state=labels[assessment.state], needed=labels[states[-1]]))

    def _get_own_sheets(self):
        """:return: the sheets of the present person, as superuser"""
        return self.sudo().sheet_ids.filtered(lambda sheet: sheet.user_id == self.env.user)

    def _get_today(self):
        """:return: the day that it is where the company works"""
        self.ensure_one()
        return self.company_id._get_local_date(self.policy_id.calendar_id)

    # -- computation ----------------------------------------------------------------------------

    def _action_compute(self):
        """Count and rate, as superuser and after all checks: a constant number of statements an assessment."""
        for assessment in self:
            indicators = assessment.policy_id.indicator_ids.filtered('active')
            measured = {
                indicator: indicator._measure(assessment.date_from, assessment.date_to) for indicator in indicators
            }
            sheets = assessment._update_sheets(measured)
            sheets._rate()
            sheets._propose_measures()
        self._write_guarded({'state': 'computed', 'computed_at': fields.Datetime.now()})

    def _get_subjects(self, measured):
        """Who is assessed by what.

        Departments that the policy makes responsible, their employees, and whoever else has facts.

        :param measured: dict ``order.indicator`` → result of its :meth:`_measure`
        :return: dict ``('hr.department' | 'hr.employee', id)`` → list of ``order.indicator``
        """
        self.ensure_one()
        members = self._get_members()
        subjects = {}
        for indicator, tallies in measured.items():
            found = set(tallies)
            if indicator.subject != 'employee':
                found |= {('hr.department', department.id) for department in indicator._get_subject_departments()}
            if indicator.subject != 'department':
                department_ids = set(indicator._get_member_departments().ids)
                found |= {
                    ('hr.employee', employee_id) for employee_id, above in members.items() if above & department_ids}
            for subject in found:
                subjects.setdefault(subject, []).append(indicator)
        return subjects

    def _get_members(self):
        """:return: dict id of each employee of the responsible departments → set of ids of the department and of
            those above it"""
        departments = self.policy_id.responsibility_ids.department_id
        employees = self.env['hr.employee'].search_fetch(
            Domain('company_id', '=', self.company_id.id) & Domain('department_id', 'child_of', departments.ids),
            ['department_id']) if departments else self.env['hr.employee']
        paths = {
            department: {int(part) for part in (department.parent_path or '').split('/') if part}
            for department in employees.department_id
        }
        return {employee.id: paths[employee.department_id] for employee in employees}

    def _update_sheets(self, measured):
        """Bring sheets and lines in line with what was measured; what a person has entered stays.

        :return: the sheets of this assessment
        """
        self.ensure_one()
        Sheet, Line = self.env['order.assessment.sheet'], self.env['order.assessment.line']
        subjects = self._get_subjects(measured)
        sheets = {sheet._get_subject(): sheet for sheet in self.sheet_ids}
        missing = [subject for subject in subjects if subject not in sheets]
        for subject, sheet in zip(missing, Sheet._create_guarded([
                self._prepare_sheet_vals(*subject) for subject in missing])):
            sheets[subject] = sheet
        lines = {(line.sheet_id, line.indicator_id): line for line in self.sheet_ids.line_ids}
        new_lines, obsolete = [], set(lines)
        for subject, indicators in subjects.items():
            for indicator in indicators:
                key = sheets[subject], indicator
                vals = indicator._prepare_line_vals(measured[indicator].get(subject))
                obsolete.discard(key)
                if key in lines:
                    lines[key]._write_guarded(vals)
                else:
                    new_lines.append({'sheet_id': sheets[subject].id, 'indicator_id': indicator.id, **vals})
        Line._create_guarded(new_lines)
        # What a person has entered stays, also about somebody who is not assessed any more.
        Line.browse(lines[key].id for key in obsolete if not lines[key].is_entered)._unlink_guarded()
        unused = Sheet.browse(sheet.id for subject, sheet in sheets.items() if subject not in subjects)
        unused.filtered(
            lambda sheet: not sheet.comment and not sheet.line_ids
            and all(measure.is_automatic for measure in sheet.measure_ids))._unlink_guarded()
        return self.sheet_ids

    def _prepare_sheet_vals(self, model, subject_id):
        """Values of the sheet of a department or an employee; override to add to it."""
        self.ensure_one()
        return {
            'assessment_id': self.id,
            'department_id' if model == 'hr.department' else 'employee_id': subject_id,
        }

    # -- messages -------------------------------------------------------------------------------

    def _notify_subjects(self):
        """Notify the employees, in one message an assessment, that their sheets can be read."""
        for assessment in self:
            partners = assessment.sheet_ids.user_id.partner_id
            if partners:
                self.env['mail.thread'].message_notify(
                    partner_ids=partners.ids,
                    subject=assessment.name,
                    body=self.env._(
                        "“%(assessment)s” has been published: you can find your sheet in Order Lifecycle, under My "
                        "Assessments.",
                        assessment=assessment.name),
                    email_layout_xmlid='mail.mail_notification_light')
