from collections import defaultdict
from itertools import chain

from odoo import api, fields, models
from odoo.fields import Domain


class OrderWorklistMixin(models.AbstractModel):
    """Records that wait for people: the activity menu, which is on every screen, counts them."""
    _name = 'order.worklist.mixin'
    _description = "Records That Wait for People"

    # Where the list stands among those of the other models, and how it opens.
    _worklist_sequence = 10
    _worklist_view = 'list'

    @api.model
    def _get_worklists(self):
        """:return: list of empty records of the models of which something may wait for people, in their order"""
        names = self.env.registry.descendants([OrderWorklistMixin._name], '_inherit')
        return sorted(
            (self.env[name] for name in names if not self.env[name]._abstract),
            key=lambda model: (model._worklist_sequence, model._name))

    @api.model
    def _get_worklist_domain(self):
        """:return: Domain of what waits for the present person to do something, which a client can send as well"""
        raise NotImplementedError

    @api.model
    def _get_worklist_title(self):
        """:return: translated name of what waits, as the activity menu shows it"""
        raise NotImplementedError

    @api.model
    def _get_systray_group(self):
        """What the activity menu shows: how much waits for the person, in all companies of the person.

        :return: dict as of ``res.users._get_activity_groups``, None where nothing waits
        """
        if not self.has_access('read'):
            return None
        domain = self._get_worklist_domain()
        here = self.with_context(allowed_company_ids=self.env.user.company_ids.ids)
        # What has no deadline waits for today.
        counted = 'deadline:array_agg' if 'deadline' in self._fields else '__count'
        rows = here._read_group(domain, ['company_id'], [counted])
        if not rows:
            return None
        deadlines = chain.from_iterable(
            found if isinstance(found, list) else [None] * found for _company, found in rows)
        counts = self._count_by_urgency(deadlines)
        return {
            'id': self.env['ir.model']._get_id(self._name),
            'name': self._get_worklist_title(),
            'model': self._name,
            'type': 'activity',
            'icon': '/sale_order_lifecycle/static/description/icon.png',
            'domain': list(Domain(domain)),
            'company_ids': [company.id for company, _found in rows],
            'total_count': sum(counts.values()),
            'today_count': counts['today'],
            'overdue_count': counts['overdue'],
            'planned_count': counts['planned'],
            'view_type': self._worklist_view,
        }

    @api.model
    def _count_by_urgency(self, deadlines):
        """:param deadlines: iterable of datetimes in UTC, None for what is due at once
        :return: dict ``overdue``, ``today`` or ``planned`` → how many of them"""
        now = fields.Datetime.now()
        today = fields.Datetime.context_timestamp(self, now).date()
        counts = defaultdict(int)
        for deadline in deadlines:
            if deadline and deadline < now:
                counts['overdue'] += 1
            elif deadline and fields.Datetime.context_timestamp(self, deadline).date() > today:
                counts['planned'] += 1
            else:
                counts['today'] += 1
        return counts
