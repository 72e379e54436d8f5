import hashlib
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import ArchiveCommon


@tagged('post_install', '-at_install')
class TestVerify(ArchiveCommon):
    """The verification finds whatever was changed past the ORM, and says where."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.orders = cls._new_settled(count=3)
        cls._attach(cls.orders[1], "Contract.pdf", b'%PDF-1.4 contract')
        cls.archives = cls._seal(cls.orders).sorted('id')
        cls.first, cls.second, cls.third = cls.archives
        cls.documents = cls.second.document_ids
        cls.env.flush_all()

    def _sql(self, query, *params):
        self.env.flush_all()
        self.env.cr.execute(query, params)
        self.env.invalidate_all()

    def test_result(self):
        results = self.archives.with_user(self.user_manager).action_verify()
        self.assertEqual(results, [{'archive_id': archive.id, 'ok': True, 'problems': []} for archive in self.archives])
        with self.assertRaises(UserError):
            self._prepare(self._new_settled()).with_user(self.user_archivist).action_verify()

    def test_flipped_byte(self):
        for document in self.documents:
            with self.subTest(document=document.name):
                self._flip_byte(document)
                self.addCleanup(self._flip_byte, document)
                results = self.archives.with_user(self.user_archivist).action_verify()
                [result] = [row for row in results if not row['ok']]
                self.assertEqual(result['archive_id'], self.second.id)
                [problem] = result['problems']
                self.assertEqual((problem['code'], problem['document']), ('file_changed', document.name))
                self.assertIn(document.name, problem['message'])
                self.assertIn(self.second.name, problem['message'])
                self.assertTrue(self.second.has_problem)
                self.assertIn(document.name, self.second.problem_summary)
                self.doCleanups()
        self.assertEqual(self._verify(self.archives), [])
        self.assertFalse(self.second.has_problem)

    def test_file_is_gone(self):
        self._remove_file(self.documents[0])
        self.assertEqual(self._verify(self.archives), [('file_missing', self.documents[0].name)])

    def test_attachment_is_gone(self):
        self._sql("DELETE FROM ir_attachment WHERE res_model = 'order.archive.document' AND res_id = %s",
                  self.documents[0].id)
        self.assertEqual(self._verify(self.archives), [('file_missing', self.documents[0].name)])

    def test_row_is_gone(self):
        name = self.documents[2].name
        self._sql("DELETE FROM order_archive_document WHERE id = %s", self.documents[2].id)
        self.assertEqual(self._verify(self.archives), [('file_missing', name)])

    def test_row_is_added(self):
        self._sql("""
            INSERT INTO order_archive_document (archive_id, company_id, kind, name, sequence, size, sha256)
            VALUES (%s, %s, 'other', 'More.pdf', 99, 1, 'x')""", self.second.id, self.company.id)
        self.assertEqual(self._verify(self.archives), [('file_added', 'More.pdf')])

    def test_file_is_added(self):
        self._sql("""
            INSERT INTO ir_attachment (name, type, res_model, res_field, res_id, db_datas, file_size)
            VALUES ('More', 'binary', 'order.archive.document', 'file', %s, 'x', 1)""", self.documents[0].id)
        self.assertEqual(self._verify(self.archives), [('file_added', self.documents[0].name)])

    def test_document_rows_are_changed(self):
        name = self.documents[0].name
        for column, value in (('name', 'Other.pdf'), ('kind', 'other'), ('size', 1), ('sha256', 'f' * 64)):
            with self.subTest(column=column), self.env.cr.savepoint() as savepoint:
                self._sql(f"UPDATE order_archive_document SET {column} = %s WHERE id = %s", value, self.documents[0].id)
                self.assertEqual(self._verify(self.archives), [('row_changed', name)])
                savepoint.rollback()
                self.env.invalidate_all()

    def test_dossier_is_changed(self):
        other = self._new_order()
        for column, value in (
            ('name', 'AR/2026/00099'), ('version', 2), ('order_id', other.id), ('sealed_at', '2020-01-01 00:00:00'),
            ('digest', 'f' * 64), ('scheme', 7), ('seal', '{}'), ('state', 'draft'),
        ):
            with self.subTest(column=column), self.env.cr.savepoint() as savepoint:
                self._sql(f"UPDATE order_archive SET {column} = %s WHERE id = %s", value, self.third.id)
                found = self._verify(self.archives)
                self.assertTrue(found)
                self.assertEqual(set(found), {('row_changed', False)})
                savepoint.rollback()
                self.env.invalidate_all()

    def test_order_is_opened(self):
        self._sql("UPDATE sale_order SET archive_state = 'none' WHERE id = %s", self.orders[1].id)
        self.assertEqual(self._verify(self.archives), [('row_changed', False)])

    def test_everything_is_made_to_fit(self):
        """Who changes a file and makes row, seal and digest fit it breaks the chain."""
        seal = self.second.sudo().seal.replace('Contract.pdf', 'Contrast.pdf')
        self._sql("UPDATE order_archive_document SET name = 'Contrast.pdf' "
                  "WHERE archive_id = %s AND name = 'Contract.pdf'", self.second.id)
        self._sql("UPDATE order_archive SET seal = %s, digest = %s WHERE id = %s",
                  seal, hashlib.sha256(seal.encode()).hexdigest(), self.second.id)
        results = self.archives.with_user(self.user_archivist).action_verify()
        self.assertEqual([result['ok'] for result in results], [True, True, False])
        self.assertEqual([problem['code'] for problem in results[2]['problems']], ['chain_broken'])

    def _delete(self, archive):
        self._sql("DELETE FROM order_archive_document WHERE archive_id = %s", archive.id)
        self._sql("DELETE FROM order_archive WHERE id = %s", archive.id)

    def test_dossier_in_the_middle_is_gone(self):
        self._delete(self.second)
        rest = self.first | self.third
        results = rest.with_user(self.user_archivist).action_verify()
        self.assertTrue(results[0]['ok'])
        self.assertEqual([problem['code'] for problem in results[1]['problems']], ['chain_broken'])

    def test_last_dossier_is_gone(self):
        self._delete(self.third)
        results = (self.first | self.second).with_user(self.user_archivist).action_verify()
        self.assertEqual([result['ok'] for result in results], [True, False])
        self.assertEqual([problem['code'] for problem in results[1]['problems']], ['chain_broken'])

    def test_previous_digest_is_changed(self):
        self._sql("UPDATE order_archive SET previous_digest = 'x' WHERE id = %s", self.second.id)
        results = self.archives.with_user(self.user_archivist).action_verify()
        self.assertEqual([result['ok'] for result in results], [True, False, True])
        self.assertIn('chain_broken', [problem['code'] for problem in results[1]['problems']])

    def test_previous_dossier_is_another(self):
        self._sql("UPDATE order_archive SET previous_id = %s WHERE id = %s", self.first.id, self.third.id)
        results = self.archives.with_user(self.user_archivist).action_verify()
        self.assertEqual([problem['code'] for problem in results[2]['problems']], ['chain_broken'])

    def test_summary_for_lists(self):
        self._flip_byte(self.documents[0])
        self.addCleanup(self._flip_byte, self.documents[0])
        result = self.archives.with_user(self.user_archivist).action_verify_possible()
        self.assertIn('2 dossiers verified', result['params']['message'])
        self.assertIn(self.documents[0].name, result['params']['message'])

    def test_costs_the_same_for_many(self):
        # The first dossier has no other before it to read.
        self.assertSameQueries(
            {1: self.second, 3: self.archives}.get, lambda archives: archives.sudo()._verify(), sizes=(1, 3), more=2)

    # -- cron -------------------------------------------------------------------------------------

    def _run_cron(self):
        with self.enter_registry_test_mode():
            self.env.ref('sale_order_lifecycle.ir_cron_verify_archives').method_direct_trigger()
        self.env.invalidate_all()

    def test_cron_tells_once(self):
        self._run_cron()
        self.assertTrue(all(self.archives.mapped('verified_at')))
        before = self.env['mail.message'].search([], limit=1, order='id desc').id
        self._flip_byte(self.documents[0])
        self.addCleanup(self._flip_byte, self.documents[0])
        for told in (1, 0):
            self._sql("UPDATE order_archive SET verified_at = '2020-01-01 00:00:00'")
            self._run_cron()
            messages = self.env['mail.message'].search([('id', '>', before), ('model', '=', 'order.archive')])
            self.assertEqual(len(messages), told)
            if told:
                self.assertIn(self.documents[0].name, messages.body)
                self.assertIn(self.user_archivist.partner_id, messages.notified_partner_ids)
                self.assertIn(self.user_manager.partner_id, messages.notified_partner_ids)
                self.assertNotIn(self.user_sales.partner_id, messages.notified_partner_ids)
            before = max(messages.ids, default=before)

    def test_cron_goes_in_chunks(self):
        # Dossiers that tests with several transactions have left in the database are not due.
        self._sql("UPDATE order_archive SET verified_at = now() AT TIME ZONE 'UTC' WHERE NOT id = ANY(%s)",
                  self.archives.ids)
        chunks = []
        Archive = type(self.env['order.archive'])
        origin = Archive._verify

        def verify(archives):
            chunks.append(len(archives))
            return origin(archives)

        with patch('odoo.addons.sale_order_lifecycle.models.archive.order_archive_verification.VERIFY_CHUNK', 2), \
                patch.object(Archive, '_verify', verify):
            self._run_cron()
        self.assertEqual(chunks, [2, 1])
