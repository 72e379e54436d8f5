from odoo import models
from odoo.tools import format_date

from ..policy.timeline import TimelineEvent


class SaleOrder(models.Model):
    _inherit = 'sale.order'

    def _get_timeline_events(self):
        events = super()._get_timeline_events()
        for order in self:
            if order.told_date and order.state != 'cancel' and not order.fulfilled_at:
                events[order.id].append(TimelineEvent(
                    'promised', self.env._("New delivery date"), order.told_date,
                    order._get_due_state(order.told_date), for_customer=True))
        for progress in self.progress_ids:
            events[progress.order_id.id].append(progress.order_id._prepare_progress_event(progress))
        states = dict(self.env['order.incident']._fields['state']._description_selection(self.env))
        for incident in self.incident_ids:
            order = incident.order_id
            events[order.id].append(TimelineEvent(
                'incident', self.env._("Incident reported"), incident.create_date, detail=incident.description,
                who=incident.raised_by_id.name, record=incident))
            moment = incident.closed_at or incident.deadline
            title = self.env._("Incident closed") if incident.closed_at else self.env._("Incident to resolve")
            state = 'cancelled' if incident.state == 'cancelled' else (
                'done' if incident.closed_at else order._get_due_state(moment))
            events[order.id].append(TimelineEvent(
                'incident', title, moment, state, detail=incident.measure or states[incident.state],
                who=(incident.closed_by_id or incident.user_id).name, record=incident))
        return events

    def _prepare_progress_event(self, progress):
        """:return: :class:`TimelineEvent` of a progress report that was given or is due"""
        self.ensure_one()
        title = self.env._("Progress: %(role)s", role=progress.role_id.name)
        if progress.state == 'reported':
            detail = self.env._("%(percent)s %%", percent=progress.percent)
            if progress.forecast_date:
                detail = self.env._(
                    "%(percent)s %%, forecast %(date)s", percent=progress.percent,
                    date=format_date(self.env, progress.forecast_date))
            return TimelineEvent(
                'progress', title, progress.reported_at, detail=detail, who=progress.reported_by_id.name,
                record=progress)
        state = 'cancelled' if progress.state == 'cancelled' else self._get_due_state(progress.deadline)
        return TimelineEvent(
            'progress', title, progress.cancelled_at or progress.deadline, state, detail=progress.reason,
            record=progress)
