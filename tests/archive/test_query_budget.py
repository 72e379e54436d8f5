from odoo.tests import tagged

from .common import ArchiveCommon


@tagged('post_install', '-at_install')
class TestArchiveQueryBudget(ArchiveCommon):
    """Outside the printing, an archive costs the same number of queries for one order and for twenty."""

    def _get_counts(self, number):
        orders = self._new_settled(count=number)
        for order in orders:
            self._attach(order)
        own = orders.with_user(self.user_archivist)
        counts = {'prepare': self._count_queries(own.action_prepare_archive)}
        archives = self.env['order.archive'].with_user(self.user_archivist).browse(own.archive_ids.ids)
        counts['checklist'] = self._count_queries(archives.mapped, 'missing_summary')
        counts['seal'] = self._count_queries(archives.action_seal)
        counts['verify'] = self._count_queries(archives.action_verify)
        self.assertEqual(set(orders.mapped('archive_state')), {'sealed'})
        return counts

    def test_steps(self):
        self.patch(
            type(self.env['order.archive']), '_print', lambda self, item: (b'%PDF', item['name'], 'application/pdf'))
        # Core writes a hundred rows with one query, and each dossier has six documents.
        self.assertSameCounts(self._get_counts, sizes=(1, 16), more=2)

    def test_plain_orders(self):
        """Companies without a policy notice nothing."""
        order = self._new_order()
        order.policy_id = False
        guarded = self._count_queries(order.write, {'client_order_ref': "A"})
        self.patch(type(self.env['sale.order']), '_check_unsealed', lambda self: None)
        self.assertLessEqual(guarded, self._count_queries(order.write, {'client_order_ref': "B"}) + 1)
