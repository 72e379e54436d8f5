from odoo import api, fields, models
from odoo.exceptions import UserError


class OrderArchiveAccess(models.Model):
    """Who opened what of a dossier, when and why (article X2). Rows are written by the opening, and stay."""
    _name = 'order.archive.access'
    _inherit = ['order.guarded.mixin']
    _description = "Dossier Access"
    _order = 'accessed_at desc, id desc'
    _rec_name = 'archive_id'
    _allow_sudo_commands = False
    _made_by_actions = True

    archive_id = fields.Many2one('order.archive', string="Dossier", required=True, readonly=True, index=True,
                                 ondelete='restrict')
    document_id = fields.Many2one('order.archive.document', readonly=True, ondelete='restrict',
                                  help="Empty where the whole dossier was exported.")
    order_id = fields.Many2one(related='archive_id.order_id', string="Order")
    company_id = fields.Many2one(related='archive_id.company_id', store=True, index=True)
    user_id = fields.Many2one('res.users', string="Accessed By", required=True, readonly=True, ondelete='restrict')
    accessed_at = fields.Datetime("Time", required=True, readonly=True, index=True)
    kind = fields.Selection([('download', "Download"), ('export', "Export")], required=True, readonly=True)
    reason = fields.Char(readonly=True)
    ticket = fields.Char("Download Key", readonly=True, index=True, groups=fields.NO_ACCESS)

    # -- CRUD -----------------------------------------------------------------------------------

    def write(self, vals):  # pylint: disable=method-required-super
        # Rights first: who may not read the log is not told of it.
        self.check_access('write')
        raise UserError(self.env._("The access log is append-only: its entries cannot be changed."))

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("The access log is append-only: its entries cannot be deleted."))
