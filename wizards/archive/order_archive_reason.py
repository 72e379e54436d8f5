from odoo import fields, models


class OrderArchiveReason(models.TransientModel):
    """Asks the archivist why a document is opened or dossiers are exported (article X2)."""
    _name = 'order.archive.reason'
    _description = "Open the Archive"

    archive_ids = fields.Many2many('order.archive', string="Dossiers", required=True)
    document_id = fields.Many2one('order.archive.document', readonly=True)
    reason = fields.Char(required=True)

    def action_apply(self):
        """Open what was asked for.

        :return: the action that sends the file
        :raise AccessError: for people who are no archivists
        :raise UserError: if one of the dossiers has no seal
        """
        self._check_one()
        action = (
            self.document_id.action_download(self.reason) if self.document_id
            else self.archive_ids.action_export(self.reason))
        return {**action, 'close': True}
