from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import plaintext2html

from ..mixins.arguments import read_number, read_text
from .order_grade import MEASURE_KINDS

OPEN_STATES = ('decided', 'extended')


class OrderMeasure(models.Model):
    """What follows from a sheet: praise, blame, money, or a rectification by a deadline (article E4).

    It is prepared before the assessment is confirmed, decided afterwards, and followed to its end by actions.
    """
    _name = 'order.measure'
    _inherit = [
        'order.deadline.mixin', 'order.assessment.frozen.mixin', 'order.batch.mixin', 'mail.thread',
        'mail.activity.mixin',
    ]
    _description = "Assessment Measure"
    _order = 'deadline, id desc'
    _check_company_auto = True
    _allow_sudo_commands = False

    sheet_id = fields.Many2one(
        'order.assessment.sheet', required=True, index=True, ondelete='cascade', check_company=True)
    assessment_id = fields.Many2one(related='sheet_id.assessment_id', store=True, index=True)
    company_id = fields.Many2one(related='sheet_id.company_id', store=True, index=True)
    assessment_state = fields.Selection(related='sheet_id.state', store=True, string="State of the Assessment")
    department_id = fields.Many2one(related='sheet_id.department_id', store=True)
    employee_id = fields.Many2one(related='sheet_id.employee_id', store=True)
    user_id = fields.Many2one(related='sheet_id.user_id', string="User", store=True, index='btree_not_null')
    score = fields.Float(related='sheet_id.score')
    grade_id = fields.Many2one(related='sheet_id.grade_id')

    # what is proposed
    kind = fields.Selection(MEASURE_KINDS, required=True)
    reason = fields.Text(help="The reason of the measure; for a rectification, what has to be improved.")
    amount = fields.Monetary(help="The amount of the reward or the penalty.")
    currency_id = fields.Many2one(related='company_id.currency_id')
    hours_allowed = fields.Float("Time to Rectify",
        help="Working hours to complete a rectification, from the decision.")
    is_automatic = fields.Boolean("Proposed by Grade", readonly=True)
    proposed_reason = fields.Text(readonly=True)

    # what became of it
    state = fields.Selection(
        [('proposed', "Proposed"), ('decided', "Decided"), ('extended', "Extended"), ('done', "Done"),
         ('cancelled', "Cancelled")],
        required=True, readonly=True, default='proposed', index=True, group_expand=True, tracking=True)
    decided_by_id = fields.Many2one('res.users', string="Decision By", readonly=True)
    decided_at = fields.Datetime("Decision Date", readonly=True)
    outcome = fields.Text(readonly=True)
    done_by_id = fields.Many2one('res.users', readonly=True)
    done_at = fields.Datetime(readonly=True)
    extension_reason = fields.Text(readonly=True)
    cancel_reason = fields.Text(readonly=True)
    can_handle = fields.Boolean(compute='_compute_can_handle')

    _open_idx = models.Index("(company_id, deadline) WHERE state IN ('decided', 'extended')")

    # -- constraints ----------------------------------------------------------------------------

    @api.constrains('kind', 'amount', 'hours_allowed')
    def _check_values(self):
        for measure in self:
            if measure.amount < 0:
                raise ValidationError(self.env._("Enter a positive amount: the type of the measure defines who pays."))
            if measure.hours_allowed < 0:
                raise ValidationError(self.env._("The time allowed cannot be negative: enter working hours."))

    # -- compute --------------------------------------------------------------------------------

    @api.depends('kind', 'department_id', 'employee_id')
    @api.depends_context('lang')
    def _compute_display_name(self):
        kinds = dict(self._fields['kind']._description_selection(self.env))
        for measure in self.sudo():
            measure.display_name = f"{kinds.get(measure.kind, '')} · {measure.sheet_id._get_subject_name()}"

    @api.depends('user_id')
    @api.depends_context('uid')
    def _compute_can_handle(self):
        is_assessor = self.env['order.assessment']._is_assessor()
        for measure in self:
            measure.can_handle = is_assessor and measure.sudo().user_id != self.env.user

    # -- access ---------------------------------------------------------------------------------

    def _get_guarded_fields(self):
        return super()._get_guarded_fields() | {
            'assessment_id', 'company_id', 'assessment_state', 'department_id', 'employee_id', 'user_id',
            'is_automatic', 'proposed_reason', 'state', 'decided_by_id', 'decided_at', 'outcome', 'done_by_id',
            'done_at', 'extension_reason', 'cancel_reason',
        }

    def _get_assessments(self):
        return self.sheet_id.assessment_id

    def _get_unfrozen_fields(self):
        return super()._get_unfrozen_fields() | self._get_clock_fields() | {
            'state', 'decided_by_id', 'decided_at', 'outcome', 'done_by_id', 'done_at', 'extension_reason',
            'cancel_reason', 'message_main_attachment_id', 'message_ids', 'message_follower_ids', 'activity_ids',
        }

    @api.model_create_multi
    def create(self, vals_list):
        measures = super().create(vals_list)
        if not self.env.su:
            measures.sheet_id._check_not_own()
        return measures

    def write(self, vals):
        if not self.env.su:
            self.sheet_id._check_not_own()
        if 'sheet_id' in vals and any(measure.sheet_id.id != vals['sheet_id'] for measure in self):
            raise UserError(self.env._("A measure cannot be moved to another sheet: add a new one there instead."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_own(self):
        if not self.env.su:
            self.sheet_id._check_not_own()

    # -- deadline -------------------------------------------------------------------------------

    def _get_calendar_sources(self):
        return [(self.assessment_id.policy_id, 'calendar_id'), (self.company_id, 'resource_calendar_id')]

    @api.depends('state')
    def _compute_is_overdue(self):
        return super()._compute_is_overdue()

    def _is_deadline_running(self):
        return self.state in OPEN_STATES

    @api.model
    def _get_deadline_running_domain(self):
        return Domain('state', 'in', OPEN_STATES)

    # -- actions --------------------------------------------------------------------------------

    def action_decide(self):
        """Put proposed measures into effect; the clock of a rectification starts.

        :return: True
        :raise AccessError, UserError: with the first measure that cannot be decided; then none is
        """
        self._check_refusals(self._get_decision_refusals())
        self.sudo()._action_decide()
        return True

    def action_decide_possible(self):
        """Decide those of the measures that can be decided, for lists.

        :return: a notification that counts them and names the others
        """
        refusals = self._get_decision_refusals()
        possible = self._without(refusals)
        possible.sudo()._action_decide()
        return self._get_summary_notification(
            self.env._("%(count)s measures have been decided.", count=len(possible)), refusals)

    def action_done(self, outcome):
        """End decided measures with what became of them: paid, announced, rectified or not.

        :param outcome: text; required
        :return: True
        :raise AccessError, UserError: with the first measure that cannot end; then none does
        """
        self._check_refusals(self._get_handling_refusals(OPEN_STATES))
        outcome = self._read_required_text(outcome)
        measures_sudo = self.sudo()
        measures_sudo._stop_clock()
        measures_sudo._write_guarded({
            'state': 'done', 'outcome': outcome, 'done_by_id': self.env.uid, 'done_at': fields.Datetime.now()})
        measures_sudo.activity_unlink(['mail.mail_activity_data_todo'])
        return True

    def action_extend(self, hours, reason):
        """Give rectifications more time.

        :param hours: working hours to add
        :param reason: text; required
        :return: True
        :raise AccessError, UserError: with the first measure that cannot be extended; then none is
        """
        refusals = self._get_handling_refusals(OPEN_STATES)
        for measure in self.sudo():
            if measure.id not in refusals and not measure.deadline:
                refusals[measure.id] = UserError(self.env._(
                    "“%(measure)s” has no deadline that could be extended.", measure=measure.display_name))
        self._check_refusals(refusals)
        reason, hours = self._read_required_text(reason), read_number(hours)
        if hours <= 0:
            raise UserError(self.env._("Enter the additional working hours for the rectification."))
        measures_sudo = self.sudo()
        for measure in measures_sudo:
            measure._write_guarded({'deadline_hours': measure.deadline_hours + hours})
        measures_sudo._write_guarded({'state': 'extended', 'extension_reason': reason})
        measures_sudo._plan_deadline()
        measures_sudo._log_text(reason)
        measures_sudo._schedule_follow_up()
        return True

    def action_cancel(self, reason):
        """Take measures back that are not done.

        :param reason: text; required
        :return: True
        :raise AccessError, UserError: with the first measure that cannot be cancelled; then none is
        """
        self._check_refusals(self._get_handling_refusals(('proposed', *OPEN_STATES)))
        reason = self._read_required_text(reason)
        measures_sudo = self.sudo()
        measures_sudo._stop_clock()
        measures_sudo._write_guarded({'state': 'cancelled', 'cancel_reason': reason})
        measures_sudo.activity_unlink(['mail.mail_activity_data_todo'])
        return True

    def action_open_done(self):
        """:return: the action that asks for the outcome"""
        return self._open_handling('done')

    def action_open_extend(self):
        """:return: the action that asks how much longer, and why"""
        return self._open_handling('extend')

    def action_open_cancel(self):
        """:return: the action that asks why"""
        return self._open_handling('cancel')

    def _open_handling(self, step):
        return self._open_action(
            'order_measure_handling_action', context={'default_measure_ids': self.ids, 'default_step': step})

    # -- who may --------------------------------------------------------------------------------

    def _get_handling_refusals(self, states):
        """Why the person cannot handle these measures; asked of ``env.user`` whatever ``env.su`` is.

        :param states: the states that they have to be in
        :return: dict measure id → exception with one sentence; measures that can be handled are missing
        """
        if not self.env['order.assessment']._is_assessor():
            return dict.fromkeys(self.ids, AccessError(self.env._("Only assessors can do this: ask one of them.")))
        user = self.env.user
        visible = self._filtered_access('write')
        labels = dict(self._fields['state']._description_selection(self.env))
        refusals = {}
        for measure in self.sudo():
            if measure.id not in visible._ids or measure.company_id not in user.company_ids:
                refusals[measure.id] = AccessError(self.env._(
                    "The measure belongs to a company that you do not have access to: ask one of its assessors."))
            elif measure.user_id == user:
                refusals[measure.id] = AccessError(self.env._(
                    "“%(measure)s” concerns yourself: ask another assessor.", measure=measure.display_name))
            elif measure.state not in states:
                refusals[measure.id] = UserError(self.env._(
                    "The status of “%(measure)s” is %(state)s, so this action is no longer possible.",
                    measure=measure.display_name, state=labels[measure.state]))
        return refusals

    def _get_decision_refusals(self):
        """Why the person cannot decide these measures, as :meth:`_get_handling_refusals`."""
        refusals = self._get_handling_refusals(('proposed',))
        for measure in self.sudo():
            if measure.id in refusals:
                continue
            if not measure.assessment_id._is_frozen():
                refusals[measure.id] = UserError(self.env._(
                    "“%(measure)s” can be decided once “%(assessment)s” is confirmed.",
                    measure=measure.display_name, assessment=measure.assessment_id.name))
            elif measure.kind == 'rectification' and (measure.hours_allowed <= 0 or not measure.reason):
                refusals[measure.id] = UserError(self.env._(
                    "“%(measure)s” has no description of what has to be improved, or no deadline: cancel it.",
                    measure=measure.display_name))
        return refusals

    def _read_required_text(self, text):
        """:return: what is said, as a text that can be stored
        :raise UserError: if nothing is said
        """
        if not (text := read_text(text)):
            raise UserError(self.env._("Enter a reason or an outcome for future reference."))
        return text

    # -- business -------------------------------------------------------------------------------

    def _action_decide(self):
        """Decide in the name of the present person, as superuser and after all checks."""
        self._write_guarded({'state': 'decided', 'decided_by_id': self.env.uid, 'decided_at': fields.Datetime.now()})
        rectifications = self.filtered(lambda measure: measure.kind == 'rectification')
        for hours, measures in rectifications.grouped('hours_allowed').items():
            measures._write_guarded({'deadline_hours': hours})
        rectifications and rectifications._start_clock()
        rectifications._schedule_follow_up()

    def _schedule_follow_up(self):
        """Remind whoever has decided on the day of the deadline."""
        self.activity_unlink(['mail.mail_activity_data_todo'])
        # Core asks for the names one by one: what it then finds in the cache was read for all of them.
        self.mapped('display_name')
        for (user, day), measures in self.filtered('deadline').grouped(
                lambda measure: (measure.decided_by_id, measure._get_deadline_date())).items():
            measures.activity_schedule(
                'mail.mail_activity_data_todo', day, summary=self.env._("Check the rectification"),
                user_id=user.id)

    def _on_deadline_moved(self):
        # What was to be done on the day of the deadline moves with it; nobody is told anew.
        result = super()._on_deadline_moved()
        for day, measures in self.grouped(lambda measure: measure._get_deadline_date()).items():
            measures.activity_reschedule(['mail.mail_activity_data_todo'], date_deadline=day)
        return result

    def _log_text(self, text):
        """Keep a text in the chatter of each, in one batch."""
        self._message_log_batch(
            bodies=dict.fromkeys(self.ids, plaintext2html(text)), author_id=self.env.user.partner_id.id)

    def _get_notice_title(self):
        """:return: translated heading of the notice on paper"""
        self.ensure_one()
        return {
            'reward': self.env._("Decision on a Reward"),
            'commendation': self.env._("Notice of Commendation"),
            'criticism': self.env._("Notice of Criticism"),
            'penalty': self.env._("Decision on a Penalty"),
            'notice': self.env._("Notice"),
            'rectification': self.env._("Notice to Rectify by a Deadline"),
        }[self.kind]

    def _get_notice_number(self):
        """:return: number of the notice, text; override for a number of the company's own"""
        self.ensure_one()
        return f"{self.assessment_id.date_to:%Y%m}-{self.id:04d}"

    def _get_deadline_date(self):
        """:return: the day of the deadline where the company works, False without one"""
        self.ensure_one()
        return self._to_local_date(self.deadline)

    def _to_local_date(self, moment):
        """:return: the date of a naive UTC datetime where the company works, False without one"""
        self.ensure_one()
        return self.company_id._to_local_date(moment, self._get_deadline_calendar())
