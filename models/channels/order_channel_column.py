from odoo import fields, models

from .order_sheet import ALL_FIELDS


class OrderChannelColumn(models.Model):
    """What a column of the files of a channel holds, by its name; each import learns from the one before."""
    _name = 'order.channel.column'
    _description = "Column of the Files of an Order Channel"
    _inherit = ['order.guarded.mixin']
    _order = 'channel_id, id'
    _rec_name = 'name'
    _allow_sudo_commands = False

    channel_id = fields.Many2one('order.channel', required=True, index=True, ondelete='cascade')
    company_id = fields.Many2one(related='channel_id.company_id', store=True, index=True)
    name = fields.Char("Column in the File", required=True)
    occurrence = fields.Integer(
        default=1, required=True, aggregator=None,
        help="Which of the columns with this name is meant, counted from the left.")
    field = fields.Selection(ALL_FIELDS, string="Mapped Field",
        help="Columns without a mapped field are not imported.")
    decimal_separator = fields.Selection(
        [('.', "Point: 1,234.50"), (',', "Comma: 1.234,50")], string="Decimal Sign",
        help="Decimal sign that was chosen for numbers with two meanings.")

    _name_unique = models.Constraint(
        'UNIQUE (channel_id, name, occurrence)',
        "The channel already has a column with this name: change that one.")
