from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import AftersalesCommon


@tagged('post_install', '-at_install')
class TestReportTicket(AftersalesCommon):

    def _render(self, tickets, user):
        html, _kind = self.env['ir.actions.report'].with_user(user)._render_qweb_html(
            'sale_order_lifecycle.report_ticket', tickets.ids)
        return html.decode()

    def test_report(self):
        order = self._fulfil(self._new_order())
        ticket = self._new_ticket(
            order_id=order.id, kind='complaint', product_id=self.product_stock.id, cause_id=self.cause.id,
            cause_note="Cooled too fast", improvement="Slower cooling")
        own = ticket.with_user(self.user_aftersales)
        own.action_create_return()
        own.message_post(body="Only for us", message_type='comment', subtype_xmlid='mail.mt_note')
        own.action_tell_outcome("You get a new one.")
        own.action_close()
        text = self._render(ticket, self.user_aftersales)
        for part in (ticket.name, order.name, self.partner.name, "Cooled too fast", "Slower cooling",
                     "You get a new one.", ticket.return_picking_ids.name, self.cause.display_name):
            with self.subTest(part=part):
                self.assertIn(part, text)
        self.assertNotIn("Only for us", text)

    def test_many_at_once(self):
        tickets = self._new_ticket(3)
        text = self._render(tickets, self.user_aftersales)
        for ticket in tickets:
            self.assertIn(ticket.name, text)

    def test_who_prints(self):
        ticket = self._new_ticket()
        self._render(ticket, self.user_manager)
        for user in (self.user_employee, self.user_finance):
            with self.assertRaises(AccessError):
                self._render(ticket, user)


@tagged('post_install', '-at_install')
class TestReportPolicy(AftersalesCommon):

    def test_chapter(self):
        """The printed policy tells of tickets and visits, and of the deadlines of the teams."""
        chapter = next(row for row in self.policy._get_report_chapters() if row['sequence'] == 70)
        render = self.env['ir.qweb']._render
        values = {'policy': self.policy, 'chapter': chapter, 'article': lambda: "1"}
        self.assertNotIn("days after an order", render(chapter['template'], values))
        self.assertEqual(
            [row['time'] for row in self.policy._get_report_deadlines() if row['sequence'] == 70],
            [self.policy._get_rule_text().get_hours(hours) for hours in (4, 16)])
        policy = self._new_policy(visit_delay_days=14)
        self.assertIn("14", render(chapter['template'], {**values, 'policy': policy}))
