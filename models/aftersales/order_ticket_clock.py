from odoo import api, fields, models
from odoo.fields import Domain


class OrderTicket(models.Model):
    """Two clocks of a ticket: until the first response, and until it is closed (article A1)."""
    _inherit = 'order.ticket'

    def _get_calendar_sources(self):
        # Those of the opening, so that neither another team nor another order is a way to more time.
        return [
            (self.clock_team_id, 'calendar_id'), (self.clock_policy_id, 'calendar_id'),
            (self.company_id, 'order_policy_id.calendar_id'), (self.company_id, 'resource_calendar_id'),
        ]

    def _is_deadline_running(self):
        return not self.closed_at

    @api.model
    def _get_deadline_running_domain(self):
        return Domain('closed_at', '=', False)

    def _start_clocks(self):
        """Both clocks start when the ticket is opened, with the hours and the calendar that its team has then.

        A later change of team moves no deadline: the customer waits since the opening.
        """
        for (team, policy), tickets in self.grouped(
                lambda ticket: (ticket.team_id, ticket.order_id.policy_id)).items():
            tickets._write_guarded({
                'deadline_hours': team.resolution_hours, 'response_hours': team.response_hours,
                'clock_team_id': team.id, 'clock_policy_id': policy.id,
            })
        self._start_clock()

    def _get_planned_hours(self):
        planned = super()._get_planned_hours()
        if self.response_hours > 0 and not self.responded_at:
            planned['response_deadline'] = self.response_hours
        return planned

    def _follow_stage(self, before):
        """Let clocks and records follow a change of stage; the constraint has looked at it already.

        :param before: dict ticket → the ``order.ticket.stage`` that it was in, empty for new tickets
        """
        closed = self.filtered(lambda ticket: ticket.stage_id.is_closed and not before[ticket].is_closed)
        reopened = self.filtered(lambda ticket: not ticket.stage_id.is_closed and before[ticket].is_closed)
        if closed or reopened:
            self._check_agent()
        closed.sudo()._record_closing()
        reopened.sudo()._record_reopening()
        running = (self - closed).sudo()
        running.filtered(lambda ticket: ticket.paused_at and not ticket.is_waiting)._resume_clock()
        running.filtered(lambda ticket: ticket.is_waiting and not ticket.is_closed)._pause_clock()

    def _record_closing(self):
        if not self:
            return
        self._stop_clock()
        self._write_guarded({'closed_at': fields.Datetime.now(), 'closed_by_id': self.env.uid})

    def _record_reopening(self):
        """The clock runs on from where it stood: the time in which the matter was closed is a pause."""
        for ticket in self:
            ticket._write_guarded({
                'paused_at': ticket.closed_at, 'closed_at': False, 'closed_by_id': False, 'hours_used': 0.0,
                'reopen_count': ticket.reopen_count + 1,
                # What the customer was told has not settled it, so the outcome is sent once more.
                'outcome_sent_at': False, 'outcome_sent_by_id': False,
            })
