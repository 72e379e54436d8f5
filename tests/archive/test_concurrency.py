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
        'sales_manager': 'sales_team.group_sale_manager',
        'aftersales': 'sale_order_lifecycle.group_aftersales',
    }

    @classmethod
    def _set_up(cls, env):
        super()._set_up(env)
        cls.product_id = env['product.product'].create({
            'name': f"Advice {cls.key}", 'type': 'service', 'list_price': 0, 'taxes_id': False}).id

    @classmethod
    def _prepare_dossiers(cls, env, count):
        """:return: the draft dossiers of so many settled orders"""
        orders = cls._new_orders(env, count, order_line=[Command.create({'product_id': cls.product_id})])
        orders.action_submit_review()
        orders.action_confirm()
        orders.order_line.qty_delivered = 1
        env.flush_all()
        env.invalidate_all()
        orders.sudo().settlement_ids.with_user(cls.user_ids['finance']).sudo(False).action_settle("Free of charge")
        orders.with_user(cls.user_ids['first']).action_prepare_archive()
        return orders.sudo().archive_ids

    def _print_nothing(self):
        # Two who store the same file at once are in each other's way.
        return patch.object(OrderArchive, '_print', lambda archive, item: (
            b'%%PDF %d' % archive.id, item['name'], 'application/pdf'))

    def _seal_while(self, archive_id, who, change):
        """Seal a dossier while somebody changes what it holds, in another transaction: both have begun, and the dossier
        is collected, before anything is changed.

        :param change: function of an environment
        :return: list of errors, None where an action went through
        """
        meeting = Meeting()
        collect = OrderArchive._collect_documents

        def collect_before(archives):
            collect(archives)
            meeting.wait()

        def change_after(env):
            # It fixes what this transaction sees.
            env['res.users'].search_count([])
            meeting.wait()
            change(env)

        with self._print_nothing(), patch.object(OrderArchive, '_collect_documents', collect_before):
            return [result if isinstance(result, Exception) else None for result in self._run_together(
                ('first', lambda env: env['order.archive'].browse(archive_id).action_seal()), (who, change_after))]

    def test_seal_and_change_together(self):
        """What changes while the order is sealed is a part of the dossier, or it is refused."""
        with self._acting() as env:
            archive = self._prepare_dossiers(env, 1)
            archive_id, line_id = archive.id, archive.order_id.order_line.id
        sealing, changing = self._seal_while(
            archive_id, 'sales_manager',
            lambda env: env['sale.order.line'].browse(line_id).write({'name': "Other advice"}))
        self.assertIsNone(sealing)
        with self._acting() as env:
            archive = env['order.archive'].browse(archive_id)
            self.assertEqual(archive.state, 'sealed')
            facts = archive.document_ids.filtered(lambda document: document.name == 'facts.json')
            self.assertEqual(b"Other advice" in facts._get_file_attachments()[facts.id].raw, changing is None)
            self.assertEqual(env['sale.order.line'].browse(line_id).name == "Other advice", changing is None)

    def test_seal_and_report_together(self):
        """A ticket that is opened while the order is sealed keeps it open, or is a matter of its own afterwards."""
        with self._acting() as env:
            archive = self._prepare_dossiers(env, 1)
            archive_id, order_id = archive.id, archive.order_id.id
        sealing, reporting = self._seal_while(
            archive_id, 'aftersales', lambda env: env['order.ticket'].create({
                'order_id': order_id, 'partner_id': env['sale.order'].browse(order_id).partner_id.id,
                'subject': "Broken"}))
        self.assertIsNone(reporting)
        with self._acting() as env:
            archive = env['order.archive'].browse(archive_id)
            ticket = env['order.ticket'].search([('order_id', '=', order_id)])
            self.assertEqual(archive.state == 'sealed', sealing is None)
            self.assertTrue(sealing or ticket.create_date > archive.sealed_at)

    def test_numbers_and_chain(self):
        with self._acting() as env:
            archive_ids = self._prepare_dossiers(env, 2).ids
        meeting = Meeting()
        close = OrderArchive._close

        def close_together(archives, sealed_by):
            # Both have printed before either takes the chain.
            meeting.wait()
            return close(archives, sealed_by)

        def get_job(archive_id):
            return lambda env: env['order.archive'].browse(archive_id).action_seal()

        with self._print_nothing(), patch.object(OrderArchive, '_close', close_together):
            results = self._run_together(*zip(('first', 'second'), map(get_job, archive_ids)))
        self.assertEqual(len(meeting.seen), 2)
        self.assertFalse([result for result in results if isinstance(result, Exception)])
        with self._acting() as env:
            archives = env['order.archive'].browse(archive_ids).sorted('name')
            numbers = [int(name[-5:]) for name in archives.mapped('name')]
            self.assertEqual(numbers[1], numbers[0] + 1)
            self.assertEqual(archives[1].previous_id, archives[0])
            self.assertEqual(archives[1].previous_digest, archives[0].digest)
            self.assertEqual(archives._verify(), {archive.id: [] for archive in archives})
