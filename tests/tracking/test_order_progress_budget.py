"""Queries of progress requests are the same for 1 and for 20."""
from freezegun import freeze_time

from odoo.tests import tagged

from .common import ProgressCommon


@tagged('post_install', '-at_install')
class TestOrderProgressBudget(ProgressCommon):

    def _get_counts(self, number):
        """Queries of each step for ``number`` orders that are all at risk."""
        with freeze_time('2026-03-09 09:00:00'):
            orders = self._new_in_production(number, ends=15)
        with freeze_time('2026-03-12 09:00:00'):
            counts = {'open': self._count_queries(self._open)}
            requests = orders.progress_ids.with_user(self.user_production)
            self.assertEqual(requests.mapped('state'), number * ['requested'])
            requests = requests.browse(requests.ids)
            counts['notify'] = self._count_queries(requests.sudo()._notify_requested)
            shown = {name: {} for name in (
                'display_name', 'can_accept', 'proposed_percent', 'proposed_date', 'is_overdue', 'is_my_role')}
            counts['show'] = self._count_queries(requests.web_read, shown)
            counts['accept'] = self._count_queries(requests.action_accept)
            counts['urge'] = self._count_queries(
                orders.with_user(self.user_sales).action_urge, 'production', "The customer calls.")
            urges = (orders.progress_ids - requests.sudo(False)).with_user(self.user_production)
            self.assertEqual(len(urges), number)
            counts['report'] = self._count_queries(urges.action_report, 20, '2026-03-20')
            orders.with_user(self.user_sales).action_urge('logistics', "The customer calls.")
        with freeze_time('2026-03-16 09:00:00'):
            late = orders.progress_ids.filtered(lambda request: request.state == 'requested')
            counts['escalate'] = self._count_queries(late._follow_deadlines)
            self.assertTrue(all(request.escalated_at for request in late))
        # The next number of orders is alone.
        orders.with_user(self.user_sales)._action_cancel()
        return counts

    def test_steps(self):
        # A message about one order is one of that order, which costs core a few more; one query per order would be
        # nineteen more.
        self.assertSameCounts(self._get_counts, more=4)
