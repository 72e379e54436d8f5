import base64
import hashlib
import io
import os

from odoo import api, models
from odoo.exceptions import AccessError, UserError

from .account_move import PRINTED
from .order_seal import hash_file, hash_stream
from .order_sealed_mixin import get_sealed_error

DOCUMENT = 'order.archive.document'


class IrAttachment(models.Model):
    _inherit = 'ir.attachment'

    # -- access ---------------------------------------------------------------------------------

    def _check_access(self, operation):
        """Files of dossiers are for nobody: archivists open them by a logged action.

        Core leaves files of fields without access to administrators; their openings would be on no record.
        """
        result = super()._check_access(operation)
        if self.env.su or not self:
            return result
        forbidden = self.sudo().filtered(lambda attachment: attachment.res_model == DOCUMENT).sudo(False)
        if not forbidden:
            return result
        return (forbidden | result[0] if result else forbidden), lambda: AccessError(self.env._(
            "Archived documents can only be opened from their dossier, where each access is logged."))

    def _is_of_guarded_field(self):
        return super()._is_of_guarded_field() or (
            self.res_model == 'account.move' and self.res_field == PRINTED
            and self.env['order.policy']._is_governed_person())

    # -- what may change ------------------------------------------------------------------------

    @api.model
    def _get_sealed_writable_fields(self):
        """:return: set of the fields of a sealed order's attachments that stay writable, for portal and previews"""
        return {'access_token', 'thumbnail', 'description', 'index_content'}

    @api.model_create_multi
    def create(self, vals_list):
        attachments = super().create(vals_list)
        attachments._check_added()
        if drafts := attachments.filtered(lambda attachment: attachment.res_model == 'order.archive'):
            self.env['order.archive'].sudo().browse(drafts.mapped('res_id'))._sync_documents()
        return attachments

    def write(self, vals):
        self._check_kept(vals)
        result = super().write(vals)
        if vals.keys() & {'res_model', 'res_id', 'res_field'}:
            self._check_added()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_archived(self):
        self._check_kept({})

    def _check_kept(self, vals):
        """Files of sealed dossiers stay as they are, and so do those that were on the order when it was sealed.

        :param vals: values that would be written; empty for a deletion
        :raise UserError: with the first file that has to stay
        """
        guarded = self.sudo().filtered(lambda attachment: attachment.res_model in self._get_archived_models())
        for model, attachments in guarded.grouped('res_model').items():
            if vals and model != DOCUMENT and vals.keys() <= self._get_sealed_writable_fields():
                continue
            records = self.env[model].sudo().browse(attachments.mapped('res_id')).exists()
            for record_id, own in attachments.grouped('res_id').items():
                record = records & records.browse(record_id)
                error = record and own._get_kept_error(record)
                if error and not (vals and own._is_rewritten_unchanged(vals)):
                    raise error

    @api.model
    def _get_archived_models(self):
        """:return: tuple of the models whose files the archive protects"""
        return (DOCUMENT, 'order.archive', 'sale.order')

    def _get_kept_error(self, record):
        """:param record: what these files belong to
        :return: the error for whoever would change them, None where they may change
        """
        if record._name == DOCUMENT:
            return self._get_document_error() if record.archive_id._is_closed() else None
        if record._name == 'order.archive':
            closed = record if record._is_closed() else record.browse()
        else:
            closed = record._get_sealed_archives()
        if closed and any(attachment.res_field or attachment.create_date <= closed.sealed_at for attachment in self):
            return get_sealed_error(closed.order_id)
        return None

    def _check_added(self):
        """Nothing is added to what is sealed, on whatever way these attachments came to where they are now.

        :raise UserError: for a file of a sealed document, or a value of a sealed order
        """
        added = self.sudo()
        files = added.filtered(lambda attachment: attachment.res_model == DOCUMENT)
        if files:
            documents = self.env[DOCUMENT].sudo().browse(files.mapped('res_id')).exists()
            if not self.env.su or len(documents) < len(files) or documents.archive_id._is_closed():
                raise self._get_document_error()
        values = added.filtered(lambda attachment: attachment.res_model == 'sale.order' and attachment.res_field)
        self.env['sale.order'].sudo().browse(values.mapped('res_id')).exists()._check_unsealed()

    def _get_document_error(self):
        return UserError(self.env._(
            "Archived files cannot be changed: sealed files are kept as they are, and nothing can be added to them."))

    def _is_rewritten_unchanged(self, vals):
        """Whether the values hold the content that is there: Odoo moves files from one storage to another so."""
        if not (vals.keys() & {'raw', 'datas'}) or not (vals.keys() <= {'raw', 'datas', 'mimetype'}):
            return False
        content = vals['raw'] if 'raw' in vals else base64.b64decode(vals['datas'] or b'')
        content = content.encode() if isinstance(content, str) else content or b''
        return all(
            hashlib.sha256(attachment.raw or b'').digest() == hashlib.sha256(content).digest()
            and vals.get('mimetype', attachment.mimetype) == attachment.mimetype
            for attachment in self)

    # -- content --------------------------------------------------------------------------------

    def _hash_content(self):
        """Hash one stored file piece by piece; core's own reading takes a missing file for an empty one.

        :return: pair (SHA-256, number of bytes), None without a file
        """
        self.ensure_one()
        if self._is_file_missing():
            return None
        if self.store_fname:
            return hash_file(self._full_path(self.store_fname))
        return hash_stream(io.BytesIO(self.db_datas or b''))

    def _is_file_missing(self):
        """:return: whether there is no attachment, or its file is not in the storage"""
        if not self:
            return True
        if self.store_fname:
            return not os.path.isfile(self._full_path(self.store_fname))
        return bool(self.file_size and not self.db_datas)

    def _get_stored_content(self):
        """:return: the path of the stored file, or its bytes where the database holds them"""
        self.ensure_one()
        return self._full_path(self.store_fname) if self.store_fname else self.db_datas or b''
