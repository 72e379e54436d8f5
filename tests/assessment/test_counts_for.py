"""What has ended counts for whoever has worked on it, and is given to nobody else before the assessment (E3)."""
from odoo.tests import HttpCase, tagged

from ..aftersales.common import AftersalesCommon
from ..review.rpc_common import RpcMixin


@tagged('post_install', '-at_install')
class TestCountsFor(RpcMixin, AftersalesCommon, HttpCase):

    def test_orders(self):
        fulfilled, cancelled, running = self._fulfil(self._new_order()), self._new_order(), self._confirm(
            self._new_order())
        self._register(cancelled).with_user(self.user_sales)._action_cancel()
        colleague = self._new_user('colleague', 'sales_team.group_sale_salesman')
        for order in (fulfilled, cancelled):
            for user_id in (colleague.id, False):
                self.assertCallRefused(
                    self.user_sales, 'sale.order', 'write', order.ids, {'user_id': user_id}, text="counts for")
            self.call(self.user_sales, 'sale.order', 'write', order.ids, {'user_id': self.user_sales.id})
            self.call(self.user_sales_manager, 'sale.order', 'write', order.ids, {'user_id': colleague.id})
            self.assertEqual(order.user_id, colleague)
        self.call(self.user_sales, 'sale.order', 'write', running.ids, {'user_id': colleague.id})
        self.assertEqual(running.user_id, colleague)

    def test_tickets(self):
        ticket = self._new_ticket(user_id=self.user_aftersales.id, cause_id=self.cause.id)
        self.call(self.user_aftersales, 'order.ticket', 'write', ticket.ids, {'stage_id': self.stage_closed.id})
        self.assertTrue(ticket.closed_at)
        for user_id in (self.user_sales.id, False):
            self.assertCallRefused(
                self.user_aftersales, 'order.ticket', 'write', ticket.ids, {'user_id': user_id}, text="is closed")
        self.call(self.user_aftersales, 'order.ticket', 'write', ticket.ids, {
            'stage_id': self.stage_progress.id, 'user_id': self.user_sales.id})
        self.assertEqual(ticket.user_id, self.user_sales)
