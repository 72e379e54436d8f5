import json
from collections import Counter

from odoo import fields, models

from . import order_seal
from .zip_stream import stream_zip


class OrderArchive(models.Model):
    _inherit = 'order.archive'

    def _export(self):
        """The ZIP file of sealed dossiers, as superuser: documents by kind, an index to read and a manifest to check.

        :return: pair of the name of the file and a generator of its bytes, which needs no database any more
        """
        dossiers = [
            archive._prepare_export() for archive in self.sorted(lambda archive: (archive.sealed_at, archive.id))]
        manifest = {
            'schema': 1,
            'exported_at': fields.Datetime.to_string(fields.Datetime.now()),
            'exported_by': self.env.user.name,
            'check': "The digest of a dossier is the SHA-256 of its seal as canonical JSON (sorted keys, separators "
                     "“,” and “:”, UTF-8); previous is the digest of the dossier before it.",
            'dossiers': [
                {key: dossier[key] for key in ('number', 'order', 'digest', 'scheme', 'seal', 'documents')}
                for dossier in dossiers],
        }
        index = self.env['ir.qweb']._render('sale_order_lifecycle.order_archive_index', {
            'dossiers': dossiers, 'person': self.env.user, 'exported_at': fields.Datetime.now(),
            'lang': (self.env.lang or 'en_US').replace('_', '-')})
        entries = [
            ('index.html', f'<!DOCTYPE html>\n{index}'.encode()),
            ('manifest.json', json.dumps(manifest, ensure_ascii=False, indent=1, sort_keys=True).encode()),
            *(entry for dossier in dossiers for entry in dossier['entries']),
        ]
        name = f"{dossiers[0]['folder']}.zip" if len(dossiers) == 1 else self.env._("Dossiers") + '.zip'
        return name, stream_zip(entries)

    def _prepare_export(self):
        """:return: dict of what index, manifest and ZIP file need of one dossier"""
        self.ensure_one()
        labels = self._get_kind_labels()
        folder = self._clean_file_name(self.name.replace('/', '-'))
        files = self.document_ids._get_file_attachments()
        used, documents, entries = Counter(), [], []
        for document in self.document_ids.sorted('sequence'):
            attachment = files.get(document.id, self.env['ir.attachment'])[:1]
            path = f'{folder}/{self._clean_file_name(labels[document.kind])}/{self._clean_file_name(document.name)}'
            used[path.lower()] += 1
            if used[path.lower()] > 1:
                stem, dot, suffix = path.rpartition('.')
                path = f'{stem or suffix} ({used[path.lower()]}){dot}{suffix if stem else ""}'
            documents.append({
                'path': path, 'kind': document.kind, 'label': labels[document.kind], 'name': document.name,
                'size': document.size, 'sha256': document.sha256, 'missing': attachment._is_file_missing(),
            })
            if not documents[-1]['missing']:
                entries.append((path, attachment._get_stored_content()))
        return {
            'archive': self,
            'folder': folder,
            'number': self.name,
            'order': self.order_id.name,
            'digest': self.digest,
            'scheme': self.scheme,
            'seal': order_seal.read_seal(self.seal),
            'documents': documents,
            'entries': entries,
        }
