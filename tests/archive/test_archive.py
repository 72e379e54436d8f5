from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import ArchiveCommon


@tagged('post_install', '-at_install')
class TestArchive(ArchiveCommon):

    def test_happy_path(self):
        order = self._new_settled()
        self.assertEqual(order.lifecycle_phase, 'aftersales')
        archive = self._prepare(order)
        self.assertRecordValues(archive, [{'state': 'draft', 'name': False, 'missing_summary': False}])
        self.assertEqual(order.archive_state, 'draft')
        archive.with_user(self.user_archivist).action_seal()
        self.assertRecordValues(order, [{'archive_state': 'sealed', 'lifecycle_phase': 'archived', 'locked': True}])
        self.assertEqual(
            archive.document_ids.mapped('kind'), ['contract', 'review', 'delivery', 'settlement', 'facts'])
        self.assertEqual(self._verify(archive), [])
        self.assertTrue(archive.verified_at)
