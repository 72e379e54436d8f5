from odoo import fields, models

from .order_sheet import ALL_FIELDS


class OrderChannelSheetColumn(models.Model):
    """What a column of a known sheet holds, by its heading."""
    _name = 'order.channel.sheet.column'
    _description = "Column of a Known Order Sheet"
    _order = 'sheet_id, sequence, id'
    _rec_name = 'name'
    _allow_sudo_commands = False

    sheet_id = fields.Many2one('order.channel.sheet', required=True, index=True, ondelete='cascade')
    company_id = fields.Many2one(related='sheet_id.company_id')
    sequence = fields.Integer(default=10)
    name = fields.Char("Heading", required=True)
    field = fields.Selection(ALL_FIELDS, string="Mapped Field", help="Columns without a mapped field are not imported.")
    is_mark = fields.Boolean(
        "Mark", help="The sheet is recognised by these headings: all of them are in the file, of several with the same "
                     "mapped field one.")

    _name_unique = models.Constraint(
        'UNIQUE (sheet_id, name)', "The sheet already has a column with this heading: change that one.")
