from odoo import fields, models

from .order_sheet import ALL_FIELDS


class OrderImportColumn(models.Model):
    """What one column of an imported file holds."""
    _name = 'order.import.column'
    _inherit = ['order.guarded.mixin']
    _description = "Column of an Imported File"
    _order = 'import_id, sequence'
    _rec_name = 'name'
    _allow_sudo_commands = False
    _made_by_actions = True

    import_id = fields.Many2one('order.import', required=True, readonly=True, index=True, ondelete='cascade')
    company_id = fields.Many2one(related='import_id.company_id')
    sequence = fields.Integer(readonly=True)
    name = fields.Char("Column in the File", required=True, readonly=True)
    sample = fields.Char("Example", readonly=True)
    field = fields.Selection(ALL_FIELDS, string="Mapped Field",
        help="Columns without a mapped field are not imported.")

    def _get_guarded_fields(self):
        return super()._get_guarded_fields() | {'import_id', 'sequence', 'name', 'sample'}

    def write(self, vals):
        if 'field' in vals and not self.env.su:
            self.import_id._check_open()
        result = super().write(vals)
        if 'field' in vals:
            self.import_id.sudo()._forget_check()
        return result
