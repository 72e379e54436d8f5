import itertools

from odoo import api, fields, models

from . import order_file, order_sheet
from .order_file import COLUMN_FIELDS, REQUIRED_FIELDS


class OrderImport(models.Model):
    """Files that are known sheets: the exports of platforms (see :mod:`order_sheet`)."""
    _inherit = 'order.import'

    sheet_id = fields.Many2one(
        'order.channel.sheet', string="Known Sheet", ondelete='set null',
        domain="[('company_id', 'in', (False, company_id))]",
        help="The export of a platform as which the file was recognised by its headings.")
    sheet_note = fields.Text(related='sheet_id.note')

    # -- columns --------------------------------------------------------------------------------

    @api.model
    def _find_sheet(self, header):
        """:return: ``order.channel.sheet`` that a file of the company is by its headings, empty if it is none"""
        return self.env['order.channel.sheet']._find_by_header(self.company_id, header)

    def _get_known_sheets(self):
        """:return: :class:`order_file.KnownSheets` by which the header of the file is found"""
        return self.env['order.channel.sheet']._get_known_sheets(self.company_id)

    def _guess_fields(self, header):
        """What the columns hold: as the sheet says; what it does not know as it was in former files of the channel.

        :param header: list of the headings of the file
        :return: list of a field or False for each
        """
        known = self._get_known_fields()
        if not self.sheet_id:
            return order_file.guess_fields(header, known, self._get_field_labels())
        chosen = self.sheet_id._map(header)
        for position, name in enumerate(header):
            if chosen[position] is None:
                field = known.get(order_file.simplify(name)) or False
                chosen[position] = False if field in chosen and field not in order_sheet.REPEATED_FIELDS else field
        return chosen

    @api.model
    def _get_field_labels(self):
        """:return: list of pairs (field, label) of what a column of any file can hold"""
        own = dict(COLUMN_FIELDS)
        labels = self.env['order.import.column']._fields['field']._description_selection(self.env)
        return [(field, label) for field, label in labels if field in own]

    def _apply_sheet(self):
        """Another sheet, or none, was chosen by hand: map the columns anew."""
        for order_import in self:
            columns = order_import.column_ids.sorted('sequence')
            for column, field in zip(columns, order_import._guess_fields(columns.mapped('name'))):
                decimal = order_import._decide_decimal(column.name, column._get_texts()) if (
                    field in order_sheet.NUMBER_FIELDS) else dict.fromkeys(
                    ('decimal_separator', 'decimal_question', 'decimal_sample'), False)
                column._write_guarded({'field': field, **decimal})
            order_import._write_guarded(order_import._get_sheet_formats(columns))

    def _get_sheet_formats(self, columns):
        """:return: values of the formats that the columns and the sheet have"""
        signs = [column.decimal_separator for column in columns if column.decimal_separator]
        dates = columns.filtered(lambda column: column.field in order_file.DATE_FIELDS)
        return {
            'decimal_separator': max(signs, key=signs.count, default=self.sheet_id.decimal_separator or '.'),
            **self._decide_date_order(itertools.chain(*(column._get_texts() for column in dates)))}

    def _get_columns_to_remember(self):
        """:return: ``order.import.column`` whose headings the sheet does not know; those that it knows are its own"""
        names = self.sheet_id._get_names()
        return self.column_ids.filtered(lambda column: order_file.simplify(column.name) not in names)

    def _get_missing_fields(self, chosen):
        """:param chosen: the fields that are mapped
        :return: set of those that every order needs and nothing gives"""
        alternatives = order_sheet.ALTERNATIVES if self.sheet_id else {}
        return {field for field in REQUIRED_FIELDS if not set(alternatives.get(field, [field])) & set(chosen)}

    # -- orders ---------------------------------------------------------------------------------

    def _get_sheet_arguments(self):
        """:return: dict of the arguments of :class:`order_sheet.SheetConverter` that are of the sheet"""
        get_precision = self.env['decimal.precision'].precision_get
        return {
            'sheet': self.sheet_id._get_reading(self.company_id),
            'headings': self.column_ids.sorted('sequence').mapped('name'),
            'find_products': self._find_product_codes,
            'digits': get_precision('Product Price'),
            'decimal_places': {
                'lines.quantity': get_precision('Product Unit'), 'lines.discount': get_precision('Discount')},
        }

    def _find_product_codes(self, names):
        """Find products that a platform gives by their names: each is the only one of its name.

        :param names: set of names
        :return: dict name → internal reference
        """
        company = [('company_id', 'in', (False, self.company_id.id))]
        products = self.env['product.product'].search([
            ('name', 'in', list(names)), ('sale_ok', '=', True), ('type', '!=', 'combo'), *company])
        # A company's own products come before shared ones, as they do by their reference.
        codes = {}
        for name, found in products.grouped('name').items():
            found = found.filtered('company_id') or found
            if len(found) == 1 and found.default_code:
                codes[name] = found.default_code
        return codes

    # -- results --------------------------------------------------------------------------------

    def _get_headers(self):
        """:return: dict field → name of the column that holds it, or what stands for it"""
        headers = {}
        # Of several the first one.
        for column in self.column_ids.sorted('sequence').filtered('field'):
            headers.setdefault(column.field, column.name)
        for field, alternatives in (order_sheet.ALTERNATIVES | order_sheet.SOURCES).items():
            if field not in headers and (found := next(
                    (name for name in alternatives if name in headers), None)):
                headers[field] = headers[found]
        return dict(self._get_field_labels()) | headers

    def _prepare_skipped_results(self, orders):
        """What becomes of orders that are none; one of them may have been imported before it was cancelled.

        :param orders: list of :class:`order_file.FileOrder`
        :return: dict id of an order that is none → result as of ``order.submission``
        """
        skipped = [order for order in orders if order.skipped]
        references = [order.reference for order in skipped if order.reference]
        known = {} if not references else {
            sale_order.channel_reference: sale_order for sale_order in self.env['sale.order'].search([
                ('company_id', '=', self.company_id.id), ('channel_id', '=', self.channel_id.id),
                ('channel_reference', 'in', references)])}
        return {
            id(order): {
                'status': 'skipped', 'order_id': known[order.reference].id if order.reference in known else False,
                'errors': []}
            for order in skipped}

    def _add_remarks(self, order, number, text, result):
        """:return: the message of a row with what else is to be told of it

        :param order: :class:`order_file.FileOrder`
        :param number: of the row
        :param text: the message so far
        :param result: of the order
        """
        texts = [text] if text else []
        if order.skipped:
            texts.append(self.env._(order.skipped))
            if known := self.env['sale.order'].browse(result['order_id'] or []):
                texts.append(self.env._(
                    "%(order)s was imported before: cancel it manually.", order=known.name,
                ) if known.state != 'cancel' else self.env._(
                    "%(order)s was imported before, and is cancelled.", order=known.name))
        if result['status'] != 'duplicate':
            texts += [self.env._(remark.message) for remark in order.remarks if remark.number == number]
        return '\n'.join(texts)

    @api.model
    def _get_row_status(self, order, number, result):
        """:return: the status of a row of an order: what was cancelled of it is none, the rest is as the order"""
        is_left_out = any(remark.is_left_out for remark in order.remarks if remark.number == number)
        return 'skipped' if is_left_out and result['status'] not in ('rejected', 'conflict') else result['status']
