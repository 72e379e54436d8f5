import itertools

from odoo import api, fields, models

from . import order_file
from .order_file import DATE_FIELDS
from .order_sheet import ALL_FIELDS, NUMBER_FIELDS


class OrderImportColumn(models.Model):
    """What one column of an imported file holds, and how it is written."""
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
    decimal_separator = fields.Selection(
        [('.', "Point: 1,234.50"), (',', "Comma: 1.234,50")], string="Decimal Sign",
        help="Decimal sign of the numbers in this column.")

    # what its cells leave open
    decimal_question = fields.Selection(
        [('unclear', "Has Two Meanings"), ('mixed', "Contradictory")], string="Numbers", readonly=True,
        help="The numbers do not tell which sign is the decimal sign, or contradict each other.")
    decimal_sample = fields.Char("Number in Question", readonly=True)
    is_decimal_chosen = fields.Boolean("Decimal Sign Chosen", readonly=True)
    is_field_chosen = fields.Boolean("Mapped by a Person", readonly=True)
    is_hidden = fields.Boolean("Hidden in the File", readonly=True)
    is_twin = fields.Boolean(
        "Same Name as Another Column", readonly=True,
        help="Another column has this name and other values: select which one is imported.")

    def _get_guarded_fields(self):
        return super()._get_guarded_fields() | {
            'import_id', 'sequence', 'name', 'sample', 'decimal_question', 'decimal_sample', 'is_decimal_chosen',
            'is_field_chosen', 'is_hidden', 'is_twin'}

    def write(self, vals):
        chosen = vals.keys() & {'field', 'decimal_separator'}
        if chosen and not self.env.su:
            self.import_id._check_open()
        result = super().write(vals)
        # What the reading itself has found comes with what it leaves open.
        if chosen and 'decimal_question' not in vals:
            self.sudo()._follow_choice(vals)
        return result

    def _follow_choice(self, vals):
        """A person has said what these columns hold, or how.

        :param vals: what was written
        """
        if 'decimal_separator' in vals:
            self._write_guarded({'is_decimal_chosen': bool(vals['decimal_separator'])})
        if 'field' in vals:
            self._write_guarded({'is_field_chosen': True})
            for column in self:
                if column.field in NUMBER_FIELDS and not column.is_decimal_chosen:
                    column._write_guarded(column.import_id._decide_decimal(column.name, column._get_texts()))
            if vals['field'] in DATE_FIELDS:
                for order_import in self.import_id:
                    columns = order_import.column_ids.filtered(lambda column: column.field in DATE_FIELDS)
                    order_import._write_guarded(order_import._decide_date_order(
                        itertools.chain(*(column._get_texts() for column in columns))))
        self.import_id._forget_check()

    # -- what is to be asked --------------------------------------------------------------------

    def _get_texts(self):
        """:return: iterator of the texts of the cells, numbers and the like left out"""
        self.ensure_one()
        index = self.sequence
        return (
            cells[index] for cells in self.import_id.row_ids.mapped('cells')
            if index < len(cells) and isinstance(cells[index], str))

    @api.model
    def _describe_number(self, text):
        """:return: pair of the numbers that a text is with the decimal point and with the decimal comma"""
        number = order_file.read_number(text)
        return f'{number.point:.15g}', f'{number.comma:.15g}'

    def _get_questions(self):
        """:return: list of sentences on what has to be said of these columns"""
        questions = []
        answered = {column.name.casefold() for column in self if column.is_twin and column.is_field_chosen}
        for column in self:
            if column.field in NUMBER_FIELDS and column.decimal_question == 'unclear' and not column.decimal_separator:
                point, comma = column._describe_number(column.decimal_sample)
                questions.append(self.env._(
                    "“%(column)s”: %(text)s can be %(point)s (decimal point) or %(comma)s (decimal comma). Select the "
                    "decimal sign of the column.", column=column.name, text=column.decimal_sample, point=point,
                    comma=comma))
            if column.is_twin and column.name.casefold() not in answered:
                answered.add(column.name.casefold())
                questions.append(self.env._(
                    "Several columns are called “%(column)s” and contain different values: map the one to be imported.",
                    column=column.name))
        return questions
