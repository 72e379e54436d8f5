"""Two archivists seal at the same time, each in a separate transaction (article X2)."""
from unittest.mock import patch

from odoo import Command
from odoo.tests import tagged

from ...models.archive.order_archive_sealing import OrderArchive
from ..concurrency import ConcurrencyCommon, Meeting


@tagged('post_install', '-at_install')
class TestTwoArchivists(ConcurrencyCommon):

    people = {
        'sales': 'sales_team.group_sale_salesman',
        'finance': 'sale_order_lifecycle.group_finance',
        'first': 'sale_order_lifecycle.group_archivist',
        'second': 'sale_order_lifecycle.group_archivist',
    }

    @classmethod
    def _set_up(cls, env):
        super()._set_up(env)
        product = env['product.product'].create({
            'name': f"Advice {cls.key}", 'type': 'service', 'list_price': 0, 'taxes_id': False})
        orders = cls._new_orders(env, 2, order_line=[Command.create({'product_id': product.id})])
        orders.action_submit_review()
        orders.action_confirm()
        orders.order_line.qty_delivered = 1
        env.flush_all()
        env.invalidate_all()
        orders.sudo().settlement_ids.with_user(cls.user_ids['finance']).sudo(False).action_settle("Free of charge")
        orders.with_user(cls.user_ids['first']).action_prepare_archive()
        cls.archive_ids = orders.sudo().archive_ids.ids

    def test_numbers_and_chain(self):
        meeting = Meeting()
        close = OrderArchive._close

        def close_together(archives, sealed_by):
            # Both have printed before either takes the chain.
            meeting.wait()
            return close(archives, sealed_by)

        def get_job(archive_id):
            return lambda env: env['order.archive'].browse(archive_id).action_seal()

        with patch.object(OrderArchive, '_print', lambda archive, item: (b'%PDF', item['name'], 'application/pdf')), \
                patch.object(OrderArchive, '_close', close_together):
            results = self._run_together(*zip(('first', 'second'), map(get_job, self.archive_ids)))
        self.assertEqual(len(meeting.seen), 2)
        self.assertFalse([result for result in results if isinstance(result, Exception)])
        with self._acting() as env:
            archives = env['order.archive'].browse(self.archive_ids).sorted('name')
            self.assertEqual([name[-5:] for name in archives.mapped('name')], ['00001', '00002'])
            self.assertEqual(archives[1].previous_id, archives[0])
            self.assertEqual(archives.mapped('previous_digest'), [False, archives[0].digest])
            self.assertEqual(archives._verify(), {archive.id: [] for archive in archives})
