from contextlib import contextmanager
from datetime import datetime, time, timedelta

import pytz

from odoo import api, fields, models
from odoo.fields import Domain

from .local_time import to_local
from .working_time import WorkingTime, clip, join, pack, unpack

# How far back working time is kept when a calendar is changed.
_KEPT = timedelta(days=366)
# How many open records of a model are planned at once with the change; more are left to the scheduled action.
_AT_ONCE = 1000
_BATCH = 500
# When it tries again what somebody was at work on.
_AGAIN = timedelta(minutes=1)
# How long after a change it is followed once more.
_RECENT = timedelta(hours=2)


class OrderWorkingTime(models.Model):
    """The working time that counted until a calendar, or the choice of one, was changed.

    Clocks count by the working time that their sources say: a policy, a team or a company, each with a calendar; the
    first that has one counts, and without any plain hours do. A source is a pair of a record and the path of its
    calendar. Before the working time of a source changes, what it was until then is kept here, for the clocks that
    run. So what was counted stays as it was counted, and what is to come follows the calendar that holds then, whenever
    somebody asks. A clock remembers the last row at its start, its mark: what was changed before does not concern it.
    """
    _name = 'order.working.time'
    _inherit = ['order.guarded.mixin']
    _description = "Former Working Time"
    _order = 'source, valid_until, id'
    _rec_name = 'source'
    _allow_sudo_commands = False
    _made_by_actions = True

    source = fields.Char(required=True, readonly=True, help="The record and the field that specify the calendar.")
    valid_from = fields.Datetime(required=True, readonly=True)
    valid_until = fields.Datetime(required=True, readonly=True)
    intervals = fields.Json(
        readonly=True, help="The working time of the period; empty if the record had no calendar of its own.")
    is_pending = fields.Boolean(readonly=True, help="Open deadlines still have to be updated.")
    progress = fields.Json(readonly=True, help="The records that have been processed, by model.")

    _source_index = models.Index('(source, valid_until)')
    _pending_index = models.Index('(id) WHERE is_pending')

    # -- sources --------------------------------------------------------------------------------

    @api.model
    def _get_key(self, source):
        """:return: the text that stands for a source"""
        record, path = source
        return f'{record._name},{record.id},{path}'

    @api.model
    def _get_source(self, key):
        """:return: the source that a text stands for, None if there is no such record any more"""
        model, record_id, path = key.split(',')
        record = self.env[model].sudo().browse(int(record_id)).exists() if model in self.env else None
        return (record, path) if record else None

    @api.model
    def _find_sources(self, calendars):
        """Which sources a change of calendars concerns; rooms extend it with what names calendars there.

        :param calendars: ``resource.calendar``, None for all
        :return: list of pairs of a record as superuser and the path of its calendar
        """
        return []

    # -- reading --------------------------------------------------------------------------------

    @api.model
    def _get_mark(self):
        """:return: what a clock that starts now remembers: the id of the last row"""
        return self.sudo().search([], order='id desc', limit=1).id or 0

    @api.model
    def _group(self, records, get_mark):
        """Group records by what they count by; one query.

        :param records: of a model with ``_get_calendar_sources`` and a company
        :param get_mark: function of a record → the mark of its clock; None for clocks that start now
        :return: list of tuples: sources, company, rows that were kept while these clocks ran, and the records
        """
        found = {}
        for record in records:
            sources = record.sudo()._get_calendar_sources()
            found[record] = sources, tuple(map(self._get_key, sources)), get_mark(record) if get_mark else None
        rows = self.sudo().search([
            ('source', 'in', list({key for _sources, keys, _mark in found.values() for key in keys})),
            ('id', '>', min(mark for _sources, _keys, mark in found.values())),
        ], order='valid_until, id') if get_mark and found else self.browse()
        groups = {}
        for record, (sources, keys, mark) in found.items():
            former = rows.filtered(lambda row, keys=keys, mark=mark: row.source in keys and row.id > mark)
            company = record.sudo().company_id
            group = groups.setdefault((company, keys, former), (sources, company, former, []))
            group[3].append(record.id)
        return [(*group[:3], records.browse(group[3])) for group in groups.values()]

    @api.model
    def _get_span(self, sources, company, start, stop, former):
        """Working time of records that count by these sources.

        :param sources: list of sources; the first that has a calendar at a moment counts then
        :param company: ``res.company`` whose public holidays count
        :param start, stop: naive UTC datetimes
        :param former: rows that were kept while the clocks ran
        :return: :class:`WorkingTime`
        """
        return WorkingTime(join(self._get_intervals(sources, company, start, stop, former.grouped('source'))))

    @api.model
    def _get_intervals(self, sources, company, start, stop, former):
        """As :meth:`_get_span`, as a list of pairs of naive UTC datetimes; ``former`` by source."""
        if start >= stop:
            return []
        if not sources:
            return [(start, stop)]
        intervals, since = [], start
        for row in former.get(self._get_key(sources[0]), ()):
            # Longer ago than anything was kept, the calendar of today is the best guess.
            begin, until = min(max(row.valid_from, since), stop), min(row.valid_until, stop)
            if since >= until:
                continue
            intervals += self._get_live_intervals(sources, company, since, begin, former)
            intervals += (
                clip(unpack(row.intervals['hours']), begin, until) if row.intervals
                else self._get_intervals(sources[1:], company, begin, until, former))
            since = until
        return intervals + self._get_live_intervals(sources, company, since, stop, former)

    @api.model
    def _get_live_intervals(self, sources, company, start, stop, former):
        """As :meth:`_get_intervals`, for a period in which the first source has been as it is now."""
        if start >= stop:
            return []
        record, path = sources[0]
        if calendar := record.sudo().mapped(path):
            return self._read_calendar(calendar, company, start, stop)
        return self._get_intervals(sources[1:], company, start, stop, former)

    @api.model
    def _read_calendar(self, calendar, company, start, stop):
        """Working time of a calendar as it is now, without the public holidays of the company.

        :param company: ``res.company``, empty for that of the calendar
        :return: list of sorted, disjoint pairs of naive UTC datetimes; the whole period for a calendar without hours
        """
        calendar_sudo = calendar.sudo()
        zone = pytz.timezone(calendar_sudo.tz or 'UTC')
        first, last = to_local(start, zone), to_local(stop, zone)
        if calendar_sudo.flexible_hours:
            # Core fills weeks from the first day that it is asked for: all ask for whole weeks.
            monday, sunday = first.date() - timedelta(days=first.weekday()), last.date() + timedelta(days=7)
            first = zone.localize(datetime.combine(monday, time()))
            last = zone.localize(datetime.combine(sunday - timedelta(days=last.weekday()), time()))
        found = calendar_sudo._work_intervals_batch(
            first, last, domain=self._get_holiday_domain(calendar_sudo, company or calendar_sudo.company_id),
            tz=zone)[False]
        intervals = [
            (begin.astimezone(pytz.utc).replace(tzinfo=None), end.astimezone(pytz.utc).replace(tzinfo=None))
            for begin, end, _source in found]
        if not intervals and not self._has_hours(calendar_sudo):
            return [(start, stop)]
        return clip(join(intervals), start, stop)

    @api.model
    def _get_holiday_domain(self, calendar, company):
        """Which time off without a resource counts: that of the company, and all that lies on its own calendar.

        :return: list that core adds its own conditions to
        """
        domain = Domain('time_type', '=', 'leave')
        if company:
            domain &= (
                Domain('company_id', 'in', (company.id, False))
                | Domain('calendar_id', '=', calendar.id) & Domain('calendar_id.company_id', '!=', False))
        return list(domain)

    @api.model
    def _has_hours(self, calendar):
        """:return: whether anybody ever works in a calendar"""
        if calendar.flexible_hours:
            return calendar.hours_per_day > 0 and calendar.full_time_required_hours > 0
        return any(row._is_work_period() and row.hour_to > row.hour_from for row in calendar.attendance_ids)

    # -- changes --------------------------------------------------------------------------------

    @api.model
    @contextmanager
    def _following(self, sources):
        """What sources said until now is kept, and open deadlines follow what they say afterwards.

        :param sources: those that the body changes, before the change
        """
        under_way = self.env.cr.precommit.data.setdefault('order_lifecycle_working_time', set())
        changing = {
            key: source for source in sources if (key := self._get_key(source)) not in under_way}
        self._keep(changing)
        under_way.update(changing)
        try:
            yield
        finally:
            under_way.difference_update(changing)
        self._follow(changing)

    @api.model
    def _keep(self, sources):
        """Keep the working time of sources until now.

        :param sources: dict key → source
        """
        now = fields.Datetime.now()
        vals_list = []
        for key, (record, path) in sources.items():
            calendar = record.sudo().mapped(path)
            vals_list.append({
                'source': key, 'valid_from': now - _KEPT, 'valid_until': now,
                'intervals': {'hours': pack(self._read_calendar(
                    calendar, self._get_company(record), now - _KEPT, now))} if calendar else False,
            })
        if vals_list:
            self._create_guarded(vals_list)

    @api.model
    def _get_company(self, record):
        """:return: the company of the record of a source"""
        return record.sudo() if record._name == 'res.company' else record.sudo().company_id

    @api.model
    def _follow(self, sources):
        """Plan open deadlines anew by what these sources say now: a few at once, many by the scheduled action.

        :param sources: dict key → source
        """
        if not sources:
            return
        companies = self.env['res.company'].sudo().union(*(
            self._get_company(record.exists()) for record, _path in sources.values()))
        left = False
        for Model in self._get_clock_models():
            records = Model.search(Model._get_planned_domain(companies), limit=_AT_ONCE + 1, order='id')
            if len(records) > _AT_ONCE:
                left = True
            else:
                records._follow_sources(set(sources))
        if left:
            self._leave_to_cron(set(sources))

    @api.model
    def _get_clock_models(self):
        """:return: list of the models with deadlines, as superuser and in all companies"""
        return [
            self.env[name].sudo().with_context(active_test=False)
            for name in self.pool.descendants(['order.deadline.mixin'], '_inherit') if not self.pool[name]._abstract]

    @api.autovacuum
    def _gc_former(self):
        """Remove what is older than what is kept of a calendar: where a clock still runs since then, the calendar of
        today is the best guess of what counted before that."""
        self.sudo().search([
            ('valid_until', '<', fields.Datetime.now() - _KEPT), ('is_pending', '=', False)])._unlink_guarded()

    @api.model
    def _leave_to_cron(self, keys):
        """Have the scheduled action move the deadlines that count by these sources."""
        rows = self.sudo().search([('source', 'in', list(keys))], order='valid_until, id').grouped('source')
        self.sudo().union(*(own[-1] for own in rows.values()))._write_guarded({'is_pending': True, 'progress': False})
        self.env.ref('sale_order_lifecycle.ir_cron_follow_working_time')._trigger()

    @api.model
    def _cron_follow_working_time(self):
        """Plan open deadlines anew after changes of working time that concern many, in committed batches."""
        # Whoever started a clock while the change was made did not know of it yet.
        recent = Domain('valid_until', '>=', fields.Datetime.now() - _RECENT)
        pending = self.search(Domain('is_pending', '=', True) | recent, order='id')
        keys, groups = set(pending.mapped('source')), pending._get_clocks_to_follow()
        followed = {group._name: set() for group in groups}

        def follow(*parts):
            for records in parts:
                # Closed ones never move.
                records.filtered_domain(records._get_planned_domain(records.company_id))._follow_sources(keys)
            self.env.flush_all()
            for records in parts:
                followed[records._name].update(records._ids)
            pending._keep_progress(groups, followed)

        if self.env['ir.cron']._work_off(
                'order.working.time._cron_follow_working_time', groups, follow, size=_BATCH, allow_referencing=True):
            pending._end_progress(groups, followed)

    def _get_clocks_to_follow(self):
        """:return: list of recordsets, one for each model with deadlines: those that may count by the source of one of
            these rows and that the scheduled action has not planned yet"""
        sources = [source for row in self if (source := self._get_source(row.source))]
        if not sources:
            return []
        companies = self.env['res.company'].sudo().union(*(self._get_company(record) for record, _path in sources))
        groups = []
        for Model in self._get_clock_models():
            # To plan twice does no harm: what one of the rows has still to do is done for all.
            last, skipped = self._get_progress(Model._name)
            groups.append(Model.search(
                Model._get_planned_domain(companies)
                & (Domain('id', '>', last) | Domain('id', 'in', skipped)), order='id'))
        return groups

    def _get_progress(self, model_name):
        """:return: the id up to which the records of a model have been planned for all of these rows, and the list of
            those before it that have not"""
        parts = [(row.progress or {}).get(model_name) or (0, []) for row in self]
        return min(part[0] for part in parts), [record_id for part in parts for record_id in part[1]]

    def _keep_progress(self, groups, followed, ended=False):
        """Keep how far the scheduled action has come, for a run that goes on.

        :param groups: list of recordsets that it goes through, in their order
        :param followed: dict model → set of the ids that are done
        :param ended: whether it has come to the end of all of them
        :return: whether some were skipped: somebody is at work on them, or they have failed
        """
        progress, is_left = {}, False
        for group in groups:
            done = followed[group._name]
            last = max([self._get_progress(group._name)[0], *(group._ids if ended else done)])
            skipped = [record_id for record_id in group._ids if record_id <= last and record_id not in done]
            # What was to be done before remains so until it is reached.
            progress[group._name] = last, skipped
            is_left = is_left or bool(skipped)
        self._write_guarded({'progress': progress})
        return is_left

    def _end_progress(self, groups, followed):
        """All records have been tried: those that somebody was at work on are tried again soon, those that have failed
        by the next run, and without any the rows are done."""
        if not (self and self._keep_progress(groups, followed, ended=True)):
            self._write_guarded({'is_pending': False, 'progress': False})
            return
        failed = {(row.res_model, row.res_id) for row in self.env['order.job.failure'].sudo().search(
            [('job', '=', 'order.working.time._cron_follow_working_time')])}
        if any((group._name, record_id) not in failed
               for group in groups for record_id in group._ids if record_id not in followed[group._name]):
            self.env.ref('sale_order_lifecycle.ir_cron_follow_working_time')._trigger(
                at=fields.Datetime.now() + _AGAIN)
