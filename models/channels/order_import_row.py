from odoo import api, fields, models

from . import order_file


class OrderImportRow(models.Model):
    """One row of an imported file, and what became of it; made and written by the import only."""
    _name = 'order.import.row'
    _inherit = ['order.guarded.mixin']
    _description = "Row of an Imported File"
    _order = 'import_id, number'
    _rec_name = 'number'
    _allow_sudo_commands = False
    _made_by_actions = True

    import_id = fields.Many2one('order.import', required=True, readonly=True, index=True, ondelete='cascade')
    company_id = fields.Many2one(related='import_id.company_id')
    number = fields.Integer("Row", readonly=True, aggregator=None, help="Row number as in the spreadsheet.")
    reference = fields.Char(readonly=True, help="Rows with the same reference belong to the same order.")
    cells = fields.Json(readonly=True)
    content = fields.Char(compute='_compute_content')
    status = fields.Selection(
        [('new', "To Do"), ('valid', "Ready"), ('created', "Imported"), ('duplicate', "Already Imported"),
         ('conflict', "In Conflict"), ('rejected', "Refused"), ('skipped', "No Order")],
        string="Result", required=True, readonly=True, default='new')
    message = fields.Text(
        "Remark", readonly=True,
        help="Why the row was refused or is no order, what is missing in its order, and what of it is noted only.")
    order_id = fields.Many2one('sale.order', readonly=True, index='btree_not_null', ondelete='set null')

    _reference_idx = models.Index('(import_id, reference)')
    _todo_idx = models.Index("(import_id, number) WHERE status = 'new'")

    def _get_guarded_fields(self):
        return super()._get_guarded_fields() | {
            'import_id', 'number', 'reference', 'cells', 'status', 'message', 'order_id'}

    @api.depends('cells')
    def _compute_content(self):
        for row in self:
            row.content = " · ".join(text for cell in row.cells or () if (text := order_file.to_text(cell)))

    def action_open_order(self):
        """:return: the action that opens the orders of these rows, nothing where it has none"""
        return self.order_id and self.order_id._open_records()
