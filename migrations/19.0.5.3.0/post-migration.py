from openupgradelib import openupgrade

from odoo.fields import Domain
from odoo.tools import split_every


@openupgrade.migrate()
def migrate(env, version):
    # Tickets go on counting by the team and the policy that they have.
    env.cr.execute("""
        UPDATE order_ticket SET clock_team_id = order_ticket.team_id, clock_policy_id = sale_order.policy_id
          FROM order_ticket ticket LEFT JOIN sale_order ON sale_order.id = ticket.order_id
         WHERE ticket.id = order_ticket.id AND order_ticket.clock_team_id IS NULL""")
    env.invalidate_all()
    waiting = env['order.ticket'].search([
        ('closed_at', '=', False), ('responded_at', '=', False), ('response_deadline', '!=', False),
        ('deadline_start', '!=', False), ('response_hours', '=', 0)])
    for sources, company, former, tickets in waiting._group_by_sources():
        span = env['order.working.time']._get_span(
            sources, company, min(tickets.mapped('deadline_start')), max(tickets.mapped('response_deadline')), former)
        for ticket in tickets:
            ticket._write_guarded({
                'response_hours': span.hours_between(ticket.deadline_start, ticket.response_deadline)})
    # Deadlines follow the calendar from now on: those that run are planned by what it says today.
    for Model in env['order.working.time']._get_clock_models():
        running = Model.search(Model._get_deadline_running_domain() & Domain('deadline_start', '!=', False))
        for ids in split_every(500, running.ids):
            if moved := Model.browse(ids)._plan_deadline():
                moved._on_deadline_moved()
            env.flush_all()
            env.invalidate_all()
