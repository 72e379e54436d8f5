from datetime import timedelta

from werkzeug.exceptions import NotFound

from odoo import fields, http
from odoo.http import content_disposition, request

from ..policy.form import read_token

# How long the ticket of a logged access may be used.
TICKET_MINUTES = 10


class OrderArchiveController(http.Controller):

    @http.route('/order-archive/<string:ticket>', type='http', auth='user', methods=['GET'], readonly=True)
    def open_archive(self, ticket, **kw):
        """Send what the person has just opened by an action, which is on record in the access log.

        :param ticket: that of the ``order.archive.access``; good for its person and some minutes only
        :return: the file of a document, or the ZIP file of whole dossiers
        """
        if not read_token(ticket) or not ticket.isprintable():
            raise NotFound()
        accesses_sudo = request.env['order.archive.access'].sudo().search([
            ('ticket', '=', ticket), ('user_id', '=', request.env.uid),
            ('accessed_at', '>=', fields.Datetime.now() - timedelta(minutes=TICKET_MINUTES))])
        if not accesses_sudo:
            raise NotFound()
        archives = accesses_sudo.archive_id.sudo(False)
        archives._check_archivist()
        archives._check_sealed()
        if document_sudo := accesses_sudo.document_id:
            return self._send_document(document_sudo)
        return self._send_zip(archives.sudo())

    def _send_document(self, document_sudo):
        attachment_sudo = document_sudo._get_file_attachments().get(
            document_sudo.id, request.env['ir.attachment'].sudo())[:1]
        if attachment_sudo._is_file_missing():
            raise NotFound()
        stream = request.env['ir.binary']._get_stream_from(attachment_sudo, 'raw', filename=document_sudo.name)
        stream.public = False
        # Nothing that a document may hold runs in the person's session.
        return stream.get_response(as_attachment=True, max_age=0, etag=False)

    def _send_zip(self, archives_sudo):
        name, chunks = archives_sudo._export()
        return request.make_response(chunks, headers=[
            ('Content-Type', 'application/zip'),
            ('X-Content-Type-Options', 'nosniff'),
            ('Cache-Control', 'no-store'),
            ('Content-Disposition', content_disposition(name)),
        ])
