from odoo import api, fields, models
from odoo.fields import Domain

from . import order_file, order_sheet, order_sheet_cells, order_sheet_order


class OrderChannelSheet(models.Model):
    """An export of a platform that is recognised by its headings, and how it is read.

    Those of common platforms come with the addon; a company changes them, copies them, or adds its own.
    """
    _name = 'order.channel.sheet'
    _description = "Known Order Sheet"
    _order = 'sequence, id'
    _allow_sudo_commands = False

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        'res.company', index='btree_not_null', ondelete='cascade', help="The sheet is known to all companies if empty.")
    note = fields.Text(translate=True, help="What is shown to the person who imports such a file.")
    column_ids = fields.One2many('order.channel.sheet.column', 'sheet_id', string="Columns", copy=True)

    # how it is read
    is_continued = fields.Boolean(
        "Continued Rows", help="Rows without a reference belong to the order above them.")
    statuses = fields.Text(
        "Statuses That Are No Orders",
        help="One per line. Orders and lines with one of these statuses are not imported, and listed as such. A star "
             "at the beginning or at the end stands for anything.")
    decimal_separator = fields.Selection(
        [('.', "Point: 1,234.50"), (',', "Comma: 1.234,50")], string="Decimal Sign",
        help="Found out from the numbers of each file if empty.")
    date_order = fields.Selection(
        [('ymd', "Year, month, day"), ('dmy', "Day, month, year"), ('mdy', "Month, day, year")], string="Dates",
        help="Order of day and month in dates that do not begin with the year. Found out from the dates of each file "
             "if empty.")
    currency_id = fields.Many2one(
        'res.currency', ondelete='restrict', help="The currency of the amounts where the file names none.")
    shipping_product_id = fields.Many2one(
        'product.product', ondelete='restrict',
        domain="[('sale_ok', '=', True), ('default_code', '!=', False)]",
        help="Shipping costs become a line with this product. Without one they are written into the note of the order.")

    # -- recognition ----------------------------------------------------------------------------

    @api.model
    def _find_by_header(self, company, header):
        """Find the sheet that a file is: the one with the most marks of all whose marks are there; of several the
        company's own, then the first.

        A mark is a heading that has to be there. Of headings that hold the same, one is enough.

        :param company: ``res.company``
        :param header: list of the headings of a file
        :return: ``order.channel.sheet``, empty if it is none
        """
        found = {
            sheet: count for sheet in self._search_known(company)
            if (count := order_file.KnownSheets([sheet._get_marks()]).count_marks(header))}
        return max(found, key=lambda sheet: (found[sheet], bool(sheet.company_id)), default=self.browse())

    @api.model
    def _search_known(self, company):
        """:return: ``order.channel.sheet`` that a company knows"""
        return self.search(Domain('company_id', 'in', (False, company.id)))

    @api.model
    def _get_known_sheets(self, company):
        """:return: :class:`order_file.KnownSheets` of a company, by which the header of a file is found"""
        sheets = self._search_known(company)
        return order_file.KnownSheets([sheet._get_marks() for sheet in sheets], frozenset(sheets._get_names()))

    def _get_marks(self):
        """:return: list of the marks, each a set of the simplified headings one of which has to be there"""
        self.ensure_one()
        marks = {}
        for column in self.column_ids:
            if column.is_mark:
                marks.setdefault(column.field or column, set()).add(order_file.simplify(column.name))
        return list(marks.values())

    def _map(self, header):
        """What the columns of a file hold.

        :param header: list of the headings of a file
        :return: list of a field or False for each heading, None for one that the sheet does not know; what only one
            column can hold is in the first one that the sheet names
        """
        self.ensure_one()
        rank = {}
        for index, column in enumerate(self.column_ids):
            rank.setdefault(order_file.simplify(column.name), (index, column.field or False))
        positions = {}
        for position, name in enumerate(header):
            if found := rank.get(order_file.simplify(name)):
                positions.setdefault(found[1], []).append((found[0], position))
        fields_of_header = [False if order_file.simplify(name) in rank else None for name in header]
        for field, found in positions.items():
            chosen = found if field in order_sheet.REPEATED_FIELDS else [min(found)]
            for _index, position in chosen:
                fields_of_header[position] = field
        return fields_of_header

    def _get_names(self):
        """:return: set of the simplified headings of the sheets"""
        return {order_file.simplify(column.name) for column in self.column_ids}

    def _get_reading(self, company):
        """:param company: ``res.company`` of the orders
        :return: :class:`order_sheet_order.Sheet`, None without a sheet
        """
        if not self:
            return None
        currency, own = self.currency_id, company.currency_id
        is_usable = not currency or currency == own or self.env['product.pricelist'].search_count(
            [('currency_id', '=', currency.id), ('company_id', 'in', (False, company.id))], limit=1)
        return order_sheet_order.Sheet(
            self.is_continued,
            frozenset(filter(None, map(order_sheet_cells.simplify_status, (self.statuses or '').splitlines()))),
            self.shipping_product_id.default_code or None,
            currency.name or None, None if is_usable else own.name)
