from odoo import models

from ..policy.timeline import TimelineEvent


class SaleOrder(models.Model):
    _inherit = 'sale.order'

    def _get_timeline_events(self):
        events = super()._get_timeline_events()
        kinds = dict(self.env['order.ticket']._fields['kind']._description_selection(self.env))
        states = dict(self.env['order.visit']._fields['state']._description_selection(self.env))
        for ticket in self.ticket_ids:
            order, kind = ticket.order_id, kinds[ticket.kind]
            events[order.id].append(TimelineEvent(
                'ticket', self.env._("Ticket opened: %(kind)s", kind=kind), ticket.create_date,
                who=ticket.create_uid.name, record=ticket, is_private=True))
            moment = ticket.closed_at or ticket.deadline
            events[order.id].append(TimelineEvent(
                'ticket', self.env._("Ticket closed: %(kind)s", kind=kind) if ticket.closed_at
                else self.env._("Ticket to close: %(kind)s", kind=kind), moment,
                'done' if ticket.closed_at else order._get_due_state(moment),
                who=(ticket.closed_by_id or ticket.user_id).name, record=ticket,
                is_private=True))
        for visit in self.visit_ids:
            order, moment = visit.order_id, visit.done_at or visit.due_date
            state = {'done': 'done', 'cancelled': 'cancelled'}.get(visit.state) or order._get_due_state(moment)
            events[order.id].append(TimelineEvent(
                'visit', self.env._("Customer visit"), moment, state, detail=states[visit.state],
                who=(visit.done_by_id or visit.user_id).name, record=visit, is_private=True))
        return events
