from collections import defaultdict
from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain

from .working_time import WorkingTime

# How many records the cron handles in one transaction.
_BATCH = 200

# How far a calendar is read at a time, and at most, when a deadline is looked for.
_HORIZON_STEP = timedelta(days=60)
_HORIZON_MAX = timedelta(days=3 * 365)


class OrderDeadlineMixin(models.AbstractModel):
    """One rule for whatever is due: hours in a working calendar, with a clock that can pause.

    The clock is set only by the four ``_*_clock`` methods, which take any number of records and
    read each calendar once. All durations are working hours; without a usable calendar plain hours.
    """
    _name = 'order.deadline.mixin'
    _inherit = ['order.guarded.mixin']
    _description = "Deadline in Working Hours"

    deadline_start = fields.Datetime("Clock Started", readonly=True, copy=False)
    deadline_hours = fields.Float("Time Allowed", readonly=True, copy=False, help="Working hours.")
    paused_at = fields.Datetime("Clock Paused", readonly=True, copy=False)
    paused_hours = fields.Float("Paused Time", readonly=True, copy=False, help="Working hours.")
    deadline = fields.Datetime(readonly=True, copy=False)
    hours_used = fields.Float(
        "Time Used", readonly=True, copy=False, aggregator='avg',
        help="Working hours from start to end, without pauses.")
    is_overdue = fields.Boolean("Overdue", compute='_compute_is_overdue', search='_search_is_overdue')
    clock_mark = fields.Integer(
        readonly=True, copy=False, groups=fields.NO_ACCESS,
        help="The last change of working time before the clock started.")

    # who is notified, each once
    reminder_at = fields.Datetime("Reminder Due", readonly=True, copy=False)
    reminded_at = fields.Datetime("Reminded", readonly=True, copy=False)
    escalation_at = fields.Datetime("Escalation Due", readonly=True, copy=False)
    escalated_at = fields.Datetime("Escalated", readonly=True, copy=False)
    escalation_level = fields.Integer(readonly=True, copy=False,
        help="Number of escalation levels that have been notified.")

    # -- compute and search -------------------------------------------------------------------

    @api.depends('deadline', 'paused_at')
    def _compute_is_overdue(self):
        now = fields.Datetime.now()
        for record in self:
            record.is_overdue = bool(
                record.deadline and not record.paused_at
                and record._is_deadline_running() and record.deadline < now
            )

    @api.model
    def _search_is_overdue(self, operator, value):
        if operator != 'in':
            return NotImplemented
        self._check_field_access(self._fields['is_overdue'], 'read')
        overdue = Domain.AND([
            self._get_deadline_running_domain(),
            Domain('paused_at', '=', False),
            Domain('deadline', '<', fields.Datetime.now()),
        ])
        return overdue if True in value else Domain.FALSE

    # -- what an inheriting model says ----------------------------------------------------------

    def _get_guarded_fields(self):
        return super()._get_guarded_fields() | self._get_clock_fields()

    @api.model
    def _get_clock_fields(self):
        """:return: set of the names of the fields that the clock writes"""
        return {
            'deadline_start', 'deadline_hours', 'paused_at', 'paused_hours', 'deadline', 'hours_used',
            'reminder_at', 'reminded_at', 'escalation_at', 'escalated_at', 'escalation_level', 'clock_mark',
        }

    def _get_calendar_sources(self):
        """What names the calendar that counts for this record; override per model.

        :return: list of pairs of a record and the path of its calendar, for instance a policy and ``calendar_id``;
            the first that has one counts, and without any plain hours do
        """
        self.ensure_one()
        return []

    def _get_deadline_calendar(self):
        """:return: the ``resource.calendar`` that counts for this record now, empty for plain hours"""
        self.ensure_one()
        calendar = self.env['resource.calendar']
        for record, path in self.sudo()._get_calendar_sources():
            calendar = calendar or record.sudo().mapped(path)
        return calendar.sudo(self.env.su)

    def _is_deadline_running(self):
        """Whether the clock of this record can still run over; False once the matter is done."""
        self.ensure_one()
        return True

    @api.model
    def _get_deadline_running_domain(self):
        """The same as :meth:`_is_deadline_running`, as a Domain."""
        return Domain.TRUE

    def _get_reminder_share(self):
        """After which share of the time allowed whoever has to act is reminded; override per model.

        :return: a number between 0 and 1, 0 for no reminder
        """
        self.ensure_one()
        return 0.0

    def _get_escalation_delays(self):
        """How long after the deadline it is escalated; override per model.

        :return: list of working hours, one a level; empty for no escalation
        """
        self.ensure_one()
        return []

    def _get_escalation_people(self):
        """Who is notified at each level; override per model.

        :return: list of ``res.users``, one a level; empty ones are passed over
        """
        self.ensure_one()
        return [self.env['res.users']] * len(self._get_escalation_delays())

    def _notify_reminder(self):
        """Hook: remind whoever has to act of these records, in batch."""

    def _notify_escalation(self, people):
        """Hook: these records are overdue.

        :param people: dict ``res.users`` → the records that this person is notified of
        """

    def _get_notice_section(self, kind):
        """What a message to people tells of these records, in the language of the context; override per model that
        sends some by ``order.notice``, with the kinds that it has.

        :param kind: what is told: that they are due, overdue …
        :return: dict ``title`` (translated) and ``rows`` (list of dicts of texts)
        """
        return {'title': self._description, 'rows': []}

    # -- the clock ------------------------------------------------------------------------------

    def _start_clock(self):
        """Start the clock now for ``deadline_hours`` of each record; none allowed is no deadline."""
        now = fields.Datetime.now()
        self._write_guarded({
            'deadline_start': now, 'paused_at': False, 'paused_hours': 0.0, 'hours_used': 0.0,
            'deadline': False, 'reminder_at': False, 'reminded_at': False,
            'escalation_at': False, 'escalated_at': False, 'escalation_level': 0,
            'clock_mark': self.env['order.working.time']._get_mark(),
        })
        self._plan_deadline(starting=True)

    def _pause_clock(self):
        """Stop counting, as long as somebody outside has to act."""
        self.filtered(lambda r: r.deadline_start and not r.paused_at)._write_guarded({
            'paused_at': fields.Datetime.now(),
        })

    def _resume_clock(self):
        """Count on; the deadline moves by the working hours that passed in the pause."""
        paused = self.filtered('paused_at')
        now = fields.Datetime.now()
        for record, hours in paused._get_working_hours('paused_at', now).items():
            record._write_guarded({'paused_at': False, 'paused_hours': record.paused_hours + hours})
        paused._plan_deadline()

    def _stop_clock(self):
        """The matter is done: keep the working hours that it took."""
        self.filtered('paused_at')._resume_clock()
        started = self.filtered('deadline_start')
        groups = started._group_by_sources()
        started._catch_up(groups)
        for record, hours in started._get_working_hours('deadline_start', fields.Datetime.now(), groups).items():
            record._write_guarded({'hours_used': max(hours - record.paused_hours, 0.0)})

    def _plan_deadline(self, starting=False):
        """Set ``deadline``, and when to notify, from start, time allowed and time paused.

        One calendar reading for those that count by the same.

        :param starting: whether the clocks start now
        :return: the records with another deadline than before
        """
        planned = {
            record: hours for record in self if record.deadline_start and (hours := record._get_planned_hours())}
        changes = defaultdict(list)
        for record, moments in self._get_all_moments_after(planned, starting).items():
            if vals := tuple((name, moment) for name, moment in moments.items() if record[name] != moment):
                changes[vals].append(record.id)
        for vals, ids in changes.items():
            self.browse(ids)._write_guarded(dict(vals))
        return self.browse(
            record_id for vals, ids in changes.items() if 'deadline' in dict(vals) for record_id in ids)

    def _get_planned_hours(self):
        """:return: dict name of a field → working hours from the start of the clock to the moment that it holds"""
        self.ensure_one()
        if self.deadline_hours <= 0:
            return {}
        planned = {'deadline': self.deadline_hours + self.paused_hours}
        if share := self._get_reminder_share():
            planned['reminder_at'] = self.deadline_hours * share + self.paused_hours
        delays = self._get_escalation_delays()
        if self.escalation_level < len(delays):
            planned['escalation_at'] = planned['deadline'] + delays[self.escalation_level]
        return planned

    def _get_all_moments_after(self, hours, starting=False):
        """When working hours from ``deadline_start`` have passed, several moments a record.

        :param hours: dict record → dict name → hours; all of these records have a start
        :param starting: whether the clocks start now
        :return: dict record → dict name → naive UTC datetime
        """
        WorkingTime = self.env['order.working.time']
        moments = {}
        timed = self.browse([record.id for record in hours])
        for sources, company, former, records in timed._group_by_sources(starting):
            first, latest = min(records.mapped('deadline_start')), max(records.mapped('deadline_start'))
            span, reach = None, timedelta()
            while reach < _HORIZON_MAX:
                reach = max(reach * 2, _HORIZON_STEP)
                span = WorkingTime._get_span(sources, company, first, latest + reach, former)
                if all(
                    span.moment_after(span.hours_until(record.deadline_start) + max(hours[record].values()))
                    for record in records
                ):
                    break
            for record in records:
                before = span.hours_until(record.deadline_start)
                moments[record] = {
                    name: (
                        span.moment_after(before + number) or record.deadline_start + timedelta(hours=number)
                    ).replace(microsecond=0)
                    for name, number in hours[record].items()
                }
        return moments

    # -- changed calendars ------------------------------------------------------------------------

    @api.model
    def _get_planned_domain(self, companies):
        """:return: Domain of the records of companies whose deadlines follow the calendar: closed ones never move"""
        return Domain.AND([
            self._get_deadline_running_domain(), Domain('deadline_start', '!=', False),
            Domain('company_id', 'in', companies.ids),
        ])

    def _follow_sources(self, keys):
        """Working time has changed: plan those of these running clocks anew that count by it.

        :param keys: set of the keys of the sources that say something else than before
        """
        concerned = self.browse()
        for sources, _company, _former, records in self._group_by_sources(starting=True):
            if not keys.isdisjoint(map(self.env['order.working.time']._get_key, sources)):
                concerned |= records
        if moved := concerned._plan_deadline():
            moved._on_deadline_moved()

    def _catch_up(self, groups=None):
        """Follow those changes of working time that concern so many clocks that some are still to follow.

        :param groups: result of :meth:`_group_by_sources`, where it is there already
        """
        keys = {
            row.source for _sources, _company, former, _records in groups or self._group_by_sources()
            for row in former if row.is_pending}
        if keys:
            self._follow_sources(keys)

    def _on_deadline_moved(self):
        """Hook: the deadlines of these records have just followed the calendar."""

    # -- reminder and escalation ------------------------------------------------------------------

    @api.model
    def _get_reminder_due_domain(self):
        """:return: Domain of what is to be reminded of now; what is overdue is escalated instead"""
        now = fields.Datetime.now()
        return Domain.AND([
            self._get_deadline_running_domain(), Domain('paused_at', '=', False), Domain('reminded_at', '=', False),
            Domain('reminder_at', '<=', now), Domain('deadline', '>', now),
        ])

    @api.model
    def _get_escalation_due_domain(self):
        """:return: Domain of what is to be escalated now"""
        return Domain.AND([
            self._get_deadline_running_domain(), Domain('paused_at', '=', False),
            Domain('escalation_at', '<=', fields.Datetime.now()),
        ])

    def _remind(self):
        """Remind of these records, once."""
        if self:
            self._notify_reminder()
            self._write_guarded({'reminded_at': fields.Datetime.now()})

    def _escalate(self):
        """Notify the next level of these records; later levels are notified after their delay."""
        now = fields.Datetime.now()
        people = {}
        for record in self:
            line = record._get_escalation_people()
            level = next((number for number, users in enumerate(line)
                          if number >= record.escalation_level and users), None)
            record._write_guarded({
                'escalation_at': False,
                'escalation_level': len(line) if level is None else level + 1,
                'escalated_at': record.escalated_at if level is None else now,
            })
            for user in line[level] if level is not None else ():
                people[user] = people.get(user, self.browse()) | record
        if people:
            self._notify_escalation(people)
        self._plan_deadline()

    @api.model
    def _cron_follow_deadlines(self):
        """Remind and escalate whatever is due; several nodes may do so at once."""
        self.env['ir.cron']._work_off(
            f'{self._name}._cron_follow_deadlines',
            self.search(self._get_reminder_due_domain() | self._get_escalation_due_domain(), order='id'),
            lambda records: records._follow_deadlines(), size=_BATCH, allow_referencing=True)

    def _follow_deadlines(self):
        """Remind of these records, and escalate them, as far as that is due."""
        self._catch_up()
        self.filtered_domain(self._get_reminder_due_domain())._remind()
        self.filtered_domain(self._get_escalation_due_domain())._escalate()

    # -- working time ---------------------------------------------------------------------------

    def _group_by_sources(self, starting=False):
        """:param starting: whether the clocks start now, or what was changed since does not matter
        :return: list of tuples as ``order.working.time._group``
        """
        return self.env['order.working.time']._group(self, None if starting else lambda record: record.clock_mark)

    @api.model
    def _get_working_time(self, calendar, start, stop):
        """Working time of ``calendar`` as it is now between two naive UTC datetimes, public holidays left out.

        :return: :class:`WorkingTime`
        """
        return WorkingTime(self.env['order.working.time']._read_calendar(
            calendar, self.env['res.company'], start, stop))

    def _get_working_hours(self, start_field, stop, groups=None):
        """Working hours from a field of each record to ``stop``.

        :param start_field: name of a Datetime field that is set on all records
        :param stop: naive UTC datetime
        :param groups: result of :meth:`_group_by_sources`, where it is there already
        :return: dict record → hours, plain hours where the record has no calendar
        """
        result = {}
        for sources, company, former, records in groups or self._group_by_sources():
            span = self.env['order.working.time']._get_span(
                sources, company, min(records.mapped(start_field)), stop, former)
            for record in records:
                result[record] = span.hours_between(record[start_field], stop)
        return result
