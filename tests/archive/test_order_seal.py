import hashlib
import io
import json

from odoo.tests import BaseCase, tagged

from ...models.archive import order_seal
from ...models.archive.order_seal import Problem


@tagged('post_install', '-at_install')
class TestOrderSeal(BaseCase):
    """The engine alone: seals and their verification, without a database."""

    def setUp(self):
        super().setUp()
        self.documents = [
            {'kind': 'contract', 'name': 'Order.pdf', 'size': 5, 'sha256': 'a' * 64},
            {'kind': 'facts', 'name': 'facts.json', 'size': 7, 'sha256': 'b' * 64},
        ]
        self.seal = order_seal.build_seal(
            'AR/2026/00001', 1, {'id': 7, 'name': 'S00007'}, '2026-01-02 03:04:05', '', self.documents)
        self.dossier = {
            'scheme': 1, 'number': 'AR/2026/00001', 'version': 1, 'order': {'id': 7, 'name': 'S00007'},
            'sealed_at': '2026-01-02 03:04:05', 'previous': '', 'digest': order_seal.get_digest(self.seal),
            'seal': self.seal, 'sealed': True,
        }
        self.rows = [
            {**document, 'position': position, 'files': 1, 'found': (document['sha256'], document['size'])}
            for position, document in enumerate(self.documents, start=1)]

    def _verify(self):
        return order_seal.verify_dossier(self.dossier, self.rows)

    def test_canonical(self):
        self.assertEqual(order_seal.get_canonical({'b': [1, None], 'a': "合同"}), '{"a":"合同","b":[1,null]}')
        self.assertEqual(order_seal.get_digest('合同'), hashlib.sha256(b'\xe5\x90\x88\xe5\x90\x8c').hexdigest())
        self.assertEqual(self.seal, order_seal.get_canonical(json.loads(self.seal)))

    def test_hash_stream(self):
        content = b'x' * (order_seal.CHUNK_SIZE + 3)
        self.assertEqual(order_seal.hash_stream(io.BytesIO(b''))[0][:16], 'e3b0c44298fc1c14')
        self.assertEqual(order_seal.hash_stream(io.BytesIO(content))[1], len(content))
        self.assertIsNone(order_seal.hash_file('/nowhere/at/all'))

    def test_intact(self):
        self.assertEqual(self._verify(), [])

    def test_dossier_changed(self):
        for name, value in (
            ('number', 'AR/2026/00002'), ('version', 2), ('order', {'id': 8, 'name': 'S00007'}),
            ('sealed_at', '2026-01-02 03:04:06'), ('previous', 'c' * 64), ('scheme', 2),
        ):
            with self.subTest(name=name):
                before = self.dossier[name]
                self.dossier[name] = value
                self.assertEqual(self._verify(), [Problem('row_changed', None, name)])
                self.dossier[name] = before
        self.dossier['digest'] = 'd' * 64
        self.assertEqual(self._verify(), [Problem('row_changed', None, 'digest')])

    def test_state_changed(self):
        self.dossier['sealed'] = False
        self.assertEqual(self._verify(), [Problem('row_changed', None, 'state')])

    def test_seal_unreadable(self):
        for text in (False, '', 'x', '[]', '{}'):
            self.dossier['seal'] = text
            self.assertEqual(self._verify(), [Problem('row_changed', None, 'digest')])
        # The files are held against their rows then.
        self.rows[0]['found'] = ('e' * 64, 5)
        self.assertEqual(self._verify()[1:], [Problem('file_changed', 'Order.pdf')])

    def test_document_rows_changed(self):
        for name, value in (('kind', 'other'), ('name', 'Other.pdf'), ('size', 6), ('sha256', 'f' * 64)):
            with self.subTest(name=name):
                before = self.rows[0][name]
                self.rows[0][name] = value
                self.assertEqual(self._verify(), [Problem('row_changed', 'Order.pdf', name)])
                self.rows[0][name] = before

    def test_files(self):
        self.rows[1]['found'] = ('b' * 64, 8)
        self.assertEqual(self._verify(), [Problem('file_changed', 'facts.json')])
        self.rows[1]['found'] = None
        self.assertEqual(self._verify(), [Problem('file_missing', 'facts.json')])
        self.rows[1].update(found=('b' * 64, 7), files=2)
        self.assertEqual(self._verify(), [Problem('file_added', 'facts.json', 'file')])

    def test_rows_gone_and_added(self):
        row = self.rows.pop()
        self.assertEqual(self._verify(), [Problem('file_missing', 'facts.json')])
        self.rows += [row, {**row, 'position': 3, 'name': 'More.pdf'}]
        self.assertEqual(self._verify(), [Problem('file_added', 'More.pdf')])
        self.rows[-1]['position'] = 2
        self.assertEqual(self._verify(), [Problem('file_added', 'More.pdf')])

    def test_chain(self):
        digest = self.dossier['digest']
        self.assertTrue(order_seal.verify_chain('', None))
        self.assertFalse(order_seal.verify_chain(digest, None))
        self.assertTrue(order_seal.verify_chain(digest, {'digest': digest, 'seal': self.seal}))
        self.assertFalse(order_seal.verify_chain('', {'digest': digest, 'seal': self.seal}))
        # Whoever overwrites a digest is found there, and not at the next dossier as well.
        self.assertTrue(order_seal.verify_chain(digest, {'digest': 'x', 'seal': self.seal}))
        self.assertFalse(order_seal.verify_chain(digest, {'digest': 'x', 'seal': 'y'}))
