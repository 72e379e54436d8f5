"""Queries of tickets and visits are the same for 1 and for 20."""
from odoo.tests import tagged

from .common import AftersalesCommon


@tagged('post_install', '-at_install')
class TestQueryBudget(AftersalesCommon):

    def _count(self, action):
        """Queries of one action, everything flushed before and after, caches cold."""
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        action()
        self.env.flush_all()
        return self.env.cr.sql_log_count - before

    def _get_counts(self, number):
        """Queries of each step for ``number`` tickets and visits, each of another order and customer."""
        orders = self._new_order(number)
        for order in orders:
            order.partner_id = self.partner.copy({'name': f"Customer {order.id}"})
        created = []
        Ticket = self.env['order.ticket'].with_user(self.user_aftersales)
        counts = {'create': self._count(lambda: created.append(Ticket.create([
            {'subject': "Cracked", 'order_id': order.id, 'cause_id': self.cause.id} for order in orders])))}
        tickets = created[0]
        counts['wait'] = self._count(lambda: tickets.write({'stage_id': self.stage_waiting.id}))
        counts['close'] = self._count(tickets.action_close)
        counts['reopen'] = self._count(tickets.action_reopen)
        visits = self.env['order.visit'].create([{'order_id': order.id} for order in orders])
        counts['visit'] = self._count(lambda: visits.with_user(self.user_aftersales).action_done(4))
        return counts

    def test_steps(self):
        self._get_counts(1)  # warms what is kept between requests
        one, twenty = self._get_counts(1), self._get_counts(20)
        for step, count in one.items():
            with self.subTest(step=step):
                # A query that runs once in a while may fall into either; one per ticket would be nineteen more.
                self.assertLess(twenty[step], count + 3, f"{step}: {count} for 1, {twenty[step]} for 20")

    def test_planning(self):
        """What the planning of visits adds to a delivery is a constant."""
        def deliver(number, days):
            self.policy.visit_delay_days = days
            orders = self._confirm(self._new_order(number, lines=[(self.product_service, 1)]))
            lines = orders.order_line.with_user(self.user_sales)
            count = self._count(lambda: lines.write({'qty_delivered': 1}))
            self.assertEqual(len(orders.visit_ids), number if days else 0)
            return count

        deliver(1, 14), deliver(1, 0)
        added_one = deliver(1, 14) - deliver(1, 0)
        added_twenty = deliver(20, 14) - deliver(20, 0)
        self.assertLess(added_twenty, added_one + 3, f"{added_one} for 1, {added_twenty} for 20")
