import base64

from odoo import api, models
from odoo.exceptions import UserError

from . import order_file, order_sheet

MAX_ROWS = 50000


class OrderImport(models.Model):
    """Reading and checking a file before anything is created from it."""
    _inherit = 'order.import'

    # -- reading --------------------------------------------------------------------------------

    def _read_file(self):
        """Read the files anew: columns and rows, and what the columns hold as far as that is known.

        :raise UserError: with the first that cannot be read
        """
        # Its content, also where a client asks for the sizes of files only.
        for order_import in self.with_context(bin_size=False, bin_size_file=False):
            if not order_import.file:
                raise UserError(self.env._(
                    "“%(file)s” is no longer available: select the file again.", file=order_import.name))
            try:
                table = order_file.read_table(
                    base64.b64decode(order_import.file), order_import.encoding, order_import.delimiter,
                    order_import._get_max_rows())
            except order_file.FileError as error:
                raise UserError(self.env._(error.args[0])) from error
            order_import._write_guarded({
                'kind': table.kind, 'encoding': table.encoding, 'delimiter': table.delimiter,
                'row_count': len(table.rows),
                'sheet_id': order_import._find_sheet(table.header).id,
            })
            order_import.column_ids._unlink_guarded()
            self.env['order.import.column']._create_guarded([
                {'import_id': order_import.id, **vals} for vals in order_import._prepare_columns(table)])
            order_import.row_ids._unlink_guarded()
            self.env['order.import.row']._create_guarded([
                {'import_id': order_import.id, 'number': number, 'cells': cells} for number, cells in table.rows])

    @api.model
    def _get_max_rows(self):
        """:return: how many rows a file may have; the system parameter ``sale_order_lifecycle.max_import_rows``"""
        value = self.env['ir.config_parameter'].sudo().get_param('sale_order_lifecycle.max_import_rows') or ''
        return int(value) if value.isdecimal() and int(value) else MAX_ROWS

    def _prepare_columns(self, table):
        """:return: list of values of ``order.import.column``"""
        columns = []
        for index, field in enumerate(self._guess_fields(table.header)):
            sample = next((
                text for _number, cells in table.rows[:50]
                if index < len(cells) and (text := order_file.to_text(cells[index]))), '')
            columns.append({
                'sequence': index, 'name': table.header[index] or self.env._("Column %(number)s", number=index + 1),
                'sample': sample[:80], 'field': field})
        return columns

    def _guess_formats(self):
        """Find out how numbers and dates are written."""
        for order_import in self:
            texts = {'number': [], 'date': []}
            for index, field in enumerate(order_import._get_fields()):
                kind = {'lines.quantity': 'number', 'lines.unit_price': 'number', 'lines.discount': 'number',
                        'received_at': 'date', 'promised_date': 'date'}.get(field)
                if kind:
                    texts[kind] += [
                        cells[index] for cells in order_import.row_ids[:1000].mapped('cells')
                        if index < len(cells) and isinstance(cells[index], str)]
            order_import._write_guarded({
                'decimal_separator': order_file.guess_decimal(texts['number']),
                'date_order': order_file.guess_date_order(texts['date']), **order_import._get_sheet_formats()})

    def _get_fields(self):
        """:return: list of the field of each column, False for what is left out"""
        self.ensure_one()
        return self.column_ids.sorted('sequence').mapped('field')

    def _get_converter(self):
        """:return: :class:`order_sheet.SheetConverter` of the file"""
        return order_sheet.SheetConverter(
            self._get_fields(), self.decimal_separator, self.date_order,
            self.user_id.tz or self.company_id._get_working_time_zone().zone, self._get_country_codes(),
            **self._get_sheet_arguments())

    def _get_country_codes(self):
        """:return: dict name of a country in small letters, in any installed language → its code"""
        if not any(field and field.endswith('.country') for field in self._get_fields()):
            return {}
        countries = self.env['res.country'].search([])
        return {
            country.name.casefold(): country.code
            for lang in {'en_US', *dict(self.env['res.lang'].get_installed())}
            for country in countries.with_context(lang=lang) if country.code
        }

    def _remember_columns(self):
        """Keep what the columns hold with the channel, for its next file."""
        for order_import in self:
            # Of columns whose names are nearly equal the one that holds something speaks.
            held = {}
            for column in order_import._get_columns_to_remember():
                key = order_file.simplify(column.name)
                if key not in held or column.field:
                    held[key] = column
            known = {order_file.simplify(column.name): column for column in order_import.channel_id.column_ids}
            for key, column in held.items():
                if key in known and known[key].field != column.field:
                    known[key].field = column.field
            self.env['order.channel.column'].create([
                {'channel_id': order_import.channel_id.id, 'name': column.name, 'field': column.field}
                for key, column in held.items() if key not in known])

    # -- check ----------------------------------------------------------------------------------

    def _check_rows(self):
        """Dry run: what each row would become."""
        self.ensure_one()
        self = self._with_importer_lang()  # noqa: PLW0642
        self._assign_references()
        self._remember_columns()
        self._judge_rows(self.row_ids)
        self._write_guarded({'state': 'checked', 'error': False})

    def _judge_rows(self, rows):
        """Write to rows what would become of them.

        :param rows: ``order.import.row``, all rows of each of their orders
        """
        by_number = {row.number: row for row in rows}
        orders = self._get_converter().build_orders([(row.number, row.cells) for row in rows])
        for chunk in self._split(orders, lambda order: len(order.numbers)):
            sound = [order for order in chunk if not order.problems and not order.skipped]
            results = self._get_engine()._check(self.channel_id.code, [order.payload for order in sound])
            self._keep_results(by_number, chunk, sound, results)

    @api.model
    def _split(self, orders, count_rows):
        """Divide orders into chunks that are not too large for one call.

        :param orders: list
        :param count_rows: function order → number of its rows
        :return: iterator of lists
        """
        most, most_rows = self._get_chunk_size(), self.env['order.submission']._get_limit('max_call_lines')
        chunk, rows = [], 0
        for order in orders:
            count = count_rows(order)
            if chunk and (len(chunk) == most or rows + count > most_rows):
                yield chunk
                chunk, rows = [], 0
            chunk.append(order)
            rows += count
        if chunk:
            yield chunk

    def _get_importer(self):
        """:return: ``res.users`` for whom the orders are judged and created"""
        return self.started_by_id or self.user_id

    def _get_engine(self):
        """What judges and creates orders, for the person who imports and in the company of the channel."""
        user = self._get_importer()
        return self.env['order.submission'].with_user(user).with_company(self.company_id).with_context(
            allowed_company_ids=self.company_id.ids, lang=user.lang, refusals_are_kept=True)

    def _with_importer_lang(self):
        """The scheduled action has no language; what is told is read by the person who imports."""
        return self.with_context(lang=self._get_importer().lang)

    def _assign_references(self):
        """Write down which rows are one order, as the columns say now."""
        for order_import in self:
            rows = order_import.row_ids
            for row, reference in zip(rows, order_import._get_converter().get_references(rows.mapped('cells'))):
                reference = reference[:256]
                if (row.reference or '') != reference:
                    row._write_guarded({'reference': reference})

    def _keep_results(self, by_number, orders, sound, results):
        """Write to each row what becomes of it.

        :param by_number: dict number → ``order.import.row``, those of the orders among them
        :param orders: list of :class:`order_file.FileOrder`
        :param sound: those of them that were judged, with their ``results``
        """
        headers = self._get_headers()
        results = {id(order): result for order, result in zip(sound, results)}
        results |= self._prepare_skipped_results(orders)
        for order in orders:
            result = results.get(id(order), {'status': 'rejected', 'order_id': False, 'errors': []})
            messages = {number: [] for number in order.numbers}
            for number, problem in order.problems:
                messages[number].append(self._describe(problem.field, self.env._(problem.message), headers))
            for error in result['errors']:
                number, field = self._locate(order, error['field'])
                messages[number].append(self._describe(field, error['message'], headers, error['field']))
            for number in order.numbers:
                text = '\n'.join(messages[number])
                if not text and result['status'] in ('rejected', 'conflict'):
                    text = self.env._("Another row of this order was refused.")
                elif not text and result.get('missing'):
                    text = '\n'.join(result['missing'])
                text = self._add_remarks(order, number, text, result)
                by_number[number]._write_guarded({
                    'status': self._get_row_status(order, number, result), 'message': text or False,
                    'order_id': result['order_id']})

    @api.model
    def _locate(self, order, path):
        """:return: pair (number of the row, field of a column) of the path of an error, such as ``lines[2].sku``"""
        if path.startswith('lines['):
            index, _bracket, rest = path[6:].partition(']')
            return order.line_numbers[int(index)], f'lines{rest}'
        return order.numbers[0], path

    @api.model
    def _describe(self, field, message, headers, path=None):
        """:return: the message, which calls the column by the name that it has in the file"""
        name = field.partition('#')[0]
        return message.replace(f'“{path or field}”', f'“{headers[name]}”') if name in headers else message
