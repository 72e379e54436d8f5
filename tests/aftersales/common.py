from datetime import datetime

from odoo.fields import Command

from ..common import LifecycleCommon

# A Monday; the calendar below works from 8 to 12 and from 13 to 17, Monday to Friday, UTC.
MONDAY = datetime(2026, 3, 2, 8)


class AftersalesCommon(LifecycleCommon):
    """A team with deadlines, causes, and a customer with access to the portal."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.calendar = cls.env['resource.calendar'].create({
            'name': "Eight Hours", 'tz': 'UTC', 'company_id': cls.company.id,
            'attendance_ids': [Command.clear(), *(Command.create({
                'name': f"{day} {start}", 'dayofweek': str(day), 'hour_from': start, 'hour_to': start + 4,
                'day_period': period,
            }) for day in range(5) for start, period in ((8, 'morning'), (13, 'afternoon')))],
        })
        cls.team = cls.env['order.ticket.team'].search([('company_id', '=', cls.company.id)], limit=1)
        cls.team.write({'calendar_id': cls.calendar.id, 'response_hours': 4, 'resolution_hours': 16})
        cls.cause = cls.env.ref('sale_order_lifecycle.order_ticket_cause_product_defect')
        cls.stage_new = cls.env.ref('sale_order_lifecycle.order_ticket_stage_new')
        cls.stage_progress = cls.env.ref('sale_order_lifecycle.order_ticket_stage_in_progress')
        cls.stage_waiting = cls.env.ref('sale_order_lifecycle.order_ticket_stage_waiting')
        cls.stage_closed = cls.env.ref('sale_order_lifecycle.order_ticket_stage_closed')

    @classmethod
    def _new_ticket(cls, count=None, user=None, **vals):
        """A ticket of a member of after-sales, or ``count`` of them, in the test's own environment."""
        vals = {'subject': "The glass is cracked", 'partner_id': cls.partner.id, **vals}
        return cls.env['order.ticket'].with_user(user or cls.user_aftersales).create(
            [dict(vals) for _index in range(count or 1)]).with_env(cls.env)

    @classmethod
    def _new_portal_user(cls, login, partner):
        """:return: a portal user of a contact of ``partner``"""
        contact = cls.env['res.partner'].create({
            'name': f"Contact {login}", 'parent_id': partner.id, 'email': f'{login}@example.com'})
        return cls.env['res.users'].with_context(no_reset_password=True).create({
            'login': f'test_{login}', 'password': f'test_{login}', 'partner_id': contact.id,
            'company_id': cls.company.id, 'company_ids': [Command.set(cls.company.ids)],
            'group_ids': [Command.set(cls.env.ref('base.group_portal').ids)],
        })

    def _as(self, record, user):
        """:return: the record in the rights of a person, without anything in the cache"""
        self.env.flush_all()
        self.env.invalidate_all()
        return record.with_user(user).sudo(False)
