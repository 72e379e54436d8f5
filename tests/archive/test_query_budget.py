from odoo.tests import tagged

from .common import ArchiveCommon


@tagged('post_install', '-at_install')
class TestArchiveQueryBudget(ArchiveCommon):
    """Outside the printing, an archive costs the same number of queries for one order and for twenty."""

    def _count(self, action):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        action()
        self.env.flush_all()
        return self.env.cr.sql_log_count - before

    def _get_counts(self, number):
        orders = self._new_settled(count=number)
        for order in orders:
            self._attach(order)
        own = orders.with_user(self.user_archivist)
        counts = {'prepare': self._count(own.action_prepare_archive)}
        archives = self.env['order.archive'].with_user(self.user_archivist).browse(own.archive_ids.ids)
        counts['checklist'] = self._count(lambda: archives.mapped('missing_summary'))
        counts['seal'] = self._count(archives.action_seal)
        counts['verify'] = self._count(archives.action_verify)
        self.assertEqual(set(orders.mapped('archive_state')), {'sealed'})
        return counts

    def test_steps(self):
        self.patch(
            type(self.env['order.archive']), '_print', lambda self, item: (b'%PDF', item['name'], 'application/pdf'))
        self._get_counts(1)
        one, twenty = self._get_counts(1), self._get_counts(20)
        for step in one:
            with self.subTest(step=step):
                self.assertLess(twenty[step], one[step] + 3, f"{step}: {one[step]} for 1, {twenty[step]} for 20")

    def test_plain_orders(self):
        """Companies without a policy notice nothing."""
        order = self._new_order()
        order.policy_id = False
        self.env.flush_all()
        first = self._count(lambda: order.write({'client_order_ref': "A"}))
        self.patch(type(self.env['sale.order']), '_check_unsealed', lambda self: None)
        self.assertLessEqual(first, self._count(lambda: order.write({'client_order_ref': "B"})) + 1)
