import uuid

from odoo import api, fields, models
from odoo.exceptions import UserError

from .order_archive_rule import RULE_KINDS


class OrderArchiveDocument(models.Model):
    """One document of a dossier.

    In a draft there is a row for each attachment that goes in, or is left out; the printed documents and
    the facts come with the seal. From then on rows and files refuse every change.
    """
    _name = 'order.archive.document'
    _inherit = ['order.guarded.mixin']
    _description = "Document of a Dossier"
    _order = 'archive_id, sequence, id'
    _allow_sudo_commands = False
    _made_by_actions = True

    archive_id = fields.Many2one('order.archive', string="Dossier", required=True, readonly=True, index=True,
                                 ondelete='restrict')
    company_id = fields.Many2one(related='archive_id.company_id', store=True, index=True)
    archive_state = fields.Selection(related='archive_id.state', string="Status of the Dossier")
    sequence = fields.Integer(readonly=True)
    kind = fields.Selection(
        [*RULE_KINDS, ('facts', "Facts"), ('other', "Other")], required=True, default='other')
    name = fields.Char(required=True, readonly=True)
    included = fields.Boolean(default=True,
        help="If not included, the file is kept in its place and is not added to the dossier.")

    # the file
    file = fields.Binary(readonly=True, attachment=True, groups=fields.NO_ACCESS, copy=False)
    mimetype = fields.Char(readonly=True)
    size = fields.Integer("Bytes", readonly=True)
    sha256 = fields.Char("SHA-256", readonly=True)

    # where it comes from
    attachment_id = fields.Many2one(
        'ir.attachment', readonly=True, index='btree_not_null', ondelete='cascade', groups=fields.NO_ACCESS,
        help="The attachment that is included in a draft.")
    source_model = fields.Char(readonly=True)
    source_id = fields.Many2oneReference(model_field='source_model', readonly=True)

    # -- constraints ----------------------------------------------------------------------------

    @api.constrains('kind', 'attachment_id')
    def _check_kind(self):
        if self.sudo().filtered(lambda document: document.kind == 'facts' and document.attachment_id):
            raise UserError(self.env._(
                "The facts are generated when the dossier is sealed: select another type for a file."))

    # -- guarded fields and what may change -----------------------------------------------------

    def _get_guarded_fields(self):
        return super()._get_guarded_fields() | (set(self._fields) - {'kind', 'included'})

    @api.model_create_multi
    def create(self, vals_list):
        documents = super().create(vals_list)
        # On what has become of the values: the dossier may come from a default.
        documents.sudo().archive_id._check_unsealed()
        return documents

    def write(self, vals):
        archives = self.sudo().archive_id
        archives._check_unsealed()
        if vals.get('archive_id'):
            archives.browse(vals['archive_id'])._check_unsealed()
        if not self.env.su and (queued := archives.filtered(lambda archive: archive.state != 'draft')[:1]):
            raise UserError(self.env._(
                "%(dossier)s is queued for sealing: set it back to draft before you change its documents.",
                dossier=queued.display_name))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_sealed(self):
        self.sudo().archive_id._check_unsealed()

    # -- actions --------------------------------------------------------------------------------

    def action_open_download(self):
        """:return: the action that asks why a document is opened"""
        self._check_one()
        return self.archive_id._open_access({'default_document_id': self.id})

    def action_download(self, reason=None):
        """Open a sealed document; who, when and why goes into the access log (article X2).

        :param reason: why the document is needed
        :return: the action that sends the file
        :raise AccessError: for people who are no archivists
        :raise UserError: if the dossier is not sealed
        """
        self._check_one()
        self.archive_id._check_archivist()
        self.archive_id._check_sealed()
        ticket = self._log_access(reason)
        return {'type': 'ir.actions.act_url', 'url': f'/order-archive/{ticket}', 'target': 'new'}

    def _log_access(self, reason):
        """:return: the ticket of the access, which the person's own session redeems"""
        ticket = uuid.uuid4().hex
        self.env['order.archive.access']._create_guarded([
            {**self.archive_id._prepare_access_vals('download', reason, ticket), 'document_id': document.id}
            for document in self])
        return ticket

    # -- files ----------------------------------------------------------------------------------

    def _get_file_attachments(self):
        """:return: dict document id → the ``ir.attachment`` that hold its file: one, unless somebody meddled"""
        attachments = self.env['ir.attachment'].sudo().search([
            ('res_model', '=', self._name), ('res_field', '=', 'file'), ('res_id', 'in', self.ids)], order='id')
        return attachments.grouped('res_id')
