from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import ArchiveCommon


@tagged('post_install', '-at_install')
class TestSealCron(ArchiveCommon):
    """Many dossiers are sealed by the scheduled action, in chunks; one that fails lets the others pass."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.orders = cls._new_settled(count=4, lines=[(cls.product_service, 1)])
        cls.archives = cls._prepare(cls.orders).sorted('id')

    def _run_cron(self):
        with self.enter_registry_test_mode():
            self.env.ref('sale_order_lifecycle.ir_cron_seal_archives').method_direct_trigger()
        self.env.invalidate_all()

    def test_queue(self):
        self.archives.with_user(self.user_archivist).action_queue_seal()
        self.assertEqual(set(self.archives.mapped('state')), {'queued'})
        self.assertEqual(set(self.orders.mapped('archive_state')), {'draft'})
        self.assertTrue(self.env['ir.cron.trigger'].search([
            ('cron_id', '=', self.env.ref('sale_order_lifecycle.ir_cron_seal_archives').id)]))
        self._run_cron()
        year = self.archives[0].sealed_at.year
        self.assertEqual(self.archives.mapped('name'), [f'AR/{year}/0000{number}' for number in range(1, 5)])
        self.assertEqual(self.archives.sealed_by_id, self.user_archivist)
        self.assertEqual(set(self.orders.mapped('archive_state')), {'sealed'})
        self.assertEqual(self._verify(self.archives), [])

    def test_back_to_draft(self):
        self.archives.with_user(self.user_archivist).action_queue_seal()
        with self.assertRaises(UserError):
            self._attach(self.archives[0])
            self.archives[0].document_ids.with_user(self.user_archivist).included = False
        self.archives[0].with_user(self.user_archivist).action_set_draft()
        self._run_cron()
        self.assertEqual(self.archives.mapped('state'), ['draft', 'sealed', 'sealed', 'sealed'])

    def test_one_fails(self):
        self.archives.with_user(self.user_archivist).action_queue_seal()
        Archive = type(self.env['order.archive'])
        origin = Archive._print
        failing = self.orders[1]

        def fail(archive, item):
            if archive.order_id.id == failing.id:
                raise UserError("The printer is out of paper.")
            return origin(archive, item)

        with patch.object(Archive, '_print', fail):
            self._run_cron()
        self.assertEqual(self.archives.mapped('state'), ['sealed', 'queued', 'sealed', 'sealed'])
        self.assertRecordValues(self.archives[1], [{'error': "The printer is out of paper.", 'name': False}])
        self.assertFalse(self.archives[1].document_ids)
        year = self.archives[0].sealed_at.year
        self.assertEqual(
            (self.archives - self.archives[1]).mapped('name'), [f'AR/{year}/0000{number}' for number in (1, 2, 3)])
        self._run_cron()
        self.assertRecordValues(self.archives[1], [{
            'error': False, 'name': f'AR/{year}/00004', 'state': 'sealed', 'previous_id': self.archives[3].id}])
        self.assertEqual(self._verify(self.archives), [])

    def test_what_has_changed_since_is_asked_again(self):
        self.archives.with_user(self.user_archivist).action_queue_seal()
        rule = self.policy.sudo().archive_rule_ids.filtered(lambda row: row.kind == 'delivery')
        rule.always = True
        self._run_cron()
        self.assertEqual(set(self.archives.mapped('state')), {'queued'})
        self.assertIn('Delivery', self.archives[0].error)

    def test_list_buttons(self):
        draft = self._new_settled(lines=[(self.product_service, 1)])
        unsettled = self._new_order()
        result = (draft | unsettled).with_user(self.user_archivist).action_queue_archive_possible()
        self.assertEqual(draft.archive_ids.state, 'queued')
        self.assertIn(unsettled.name, result['params']['message'])
        result = self.archives.with_user(self.user_archivist).action_queue_seal_possible()
        self.assertIn('4', result['params']['message'])
