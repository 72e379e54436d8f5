"""Queries of tickets and visits are the same for 1 and for 20."""
from odoo.tests import tagged

from .common import AftersalesCommon


@tagged('post_install', '-at_install')
class TestQueryBudget(AftersalesCommon):

    def _get_counts(self, number):
        """Queries of each step for ``number`` tickets and visits, each of another order and customer."""
        orders = self._new_order(number)
        for order in orders:
            order.partner_id = self.partner.copy({'name': f"Customer {order.id}"})
        Ticket = self.env['order.ticket'].with_user(self.user_aftersales)
        counts = {'create': self._count_queries(Ticket.create, [
            {'subject': "Cracked", 'order_id': order.id, 'cause_id': self.cause.id} for order in orders])}
        tickets = Ticket.search([('order_id', 'in', orders.ids)])
        self.assertEqual(len(tickets), number)
        counts['wait'] = self._count_queries(tickets.write, {'stage_id': self.stage_waiting.id})
        counts['close'] = self._count_queries(tickets.action_close)
        counts['reopen'] = self._count_queries(tickets.action_reopen)
        visits = self.env['order.visit'].create([{'order_id': order.id} for order in orders])
        counts['visit'] = self._count_queries(visits.with_user(self.user_aftersales).action_done, 4)
        return counts

    def test_steps(self):
        # A query that runs once in a while may fall into either; one per ticket would be nineteen more.
        self.assertSameCounts(self._get_counts, more=2)

    def test_planning(self):
        """What the planning of visits adds to a delivery is a constant."""
        def deliver(number, days):
            self.policy.visit_delay_days = days
            orders = self._confirm(self._new_order(number, lines=[(self.product_service, 1)]))
            lines = orders.order_line.with_user(self.user_sales)
            count = self._count_queries(lines.write, {'qty_delivered': 1})
            self.assertEqual(len(orders.visit_ids), number if days else 0)
            return count

        self.assertSameCounts(lambda number: deliver(number, 14) - deliver(number, 0), more=2)
