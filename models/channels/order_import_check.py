import base64
import itertools

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import format_list

from . import order_file, order_sheet
from .order_sheet import NUMBER_FIELDS, REPEATED_FIELDS

MAX_ROWS = 50000


class OrderImport(models.Model):
    """Reading and checking a file before anything is created from it."""
    _inherit = 'order.import'

    # -- reading --------------------------------------------------------------------------------

    def _read_file(self, header_number=None):
        """Read the files anew: columns and rows, and what the columns hold and how they are written as far as that is
        known.

        :param header_number: of the row that names the columns, where a person has said which it is
        :raise UserError: with the first that cannot be read
        """
        # Its content, also where a client asks for the sizes of files only.
        for order_import in self.with_context(bin_size=False, bin_size_file=False):
            if not order_import.file:
                raise UserError(self.env._(
                    "“%(file)s” is no longer available: select the file again.", file=order_import.name))
            try:
                table = order_import._read_table(base64.b64decode(order_import.file), header_number)
            except order_file.FileError as error:
                raise UserError(self.env._(error.args[0])) from error
            order_import._write_guarded({'kind': table.kind, 'sheet_id': order_import._find_sheet(table.header).id})
            columns = order_import._prepare_columns(table)
            order_import._write_guarded({
                'kind': table.kind, 'delimiter': table.delimiter, 'row_count': len(table.rows),
                # What is not certain is left open, and asked.
                'encoding': not table.encodings and table.encoding, 'worksheet': not table.sheets and table.sheet,
                'candidates': {'encodings': table.encodings, 'sheets': table.sheets},
                'header_number': table.header_number,
                'remark': '\n'.join(self.env._(remark) for remark in table.remarks) or False,
                **order_import._prepare_formats(table, columns),
            })
            order_import.column_ids._unlink_guarded()
            self.env['order.import.column']._create_guarded([
                {'import_id': order_import.id, **vals} for vals in columns])
            order_import.row_ids._unlink_guarded()
            # Which rows are one order as far as the columns are known: rarely is one of them chosen otherwise.
            references = order_import._get_references([cells for _number, cells in table.rows])
            self.env['order.import.row']._create_guarded([
                {'import_id': order_import.id, 'number': number, 'cells': cells, 'reference': reference}
                for (number, cells), reference in zip(table.rows, references)])

    def _read_table(self, content, header_number=None):
        """:return: :class:`order_file.Table` of the file, as far as it is said how it is read
        :raise order_file.FileError: if it cannot be read
        """
        known, labels = self._get_known_fields(), self._get_field_labels()
        return order_file.read_table(
            content, self.encoding, self.delimiter, self._get_max_rows(), header_number, self.worksheet,
            lambda header: order_file.guess_fields(header, known, labels), self._get_known_sheets())

    def _get_known_fields(self):
        """:return: dict as of :func:`order_file.guess_fields` of the former files of the channel"""
        return {
            order_file.simplify(column.name) if column.occurrence == 1 else
            (order_file.simplify(column.name), column.occurrence): column.field or False
            for column in self.channel_id.column_ids}

    @api.model
    def _get_max_rows(self):
        """:return: how many rows a file may have; the system parameter ``sale_order_lifecycle.max_import_rows``"""
        value = self.env['ir.config_parameter'].sudo().get_param('sale_order_lifecycle.max_import_rows') or ''
        return int(value) if value.isdecimal() and int(value) else MAX_ROWS

    def _prepare_columns(self, table):
        """:return: list of values of ``order.import.column``"""
        # What the spreadsheet does not show is not imported by itself.
        shown = ['' if index in table.hidden else name for index, name in enumerate(table.header)]
        fields = self._guess_fields(shown)
        known, twins = self._get_known_fields(), set()
        for group in order_file.find_twins(table._replace(header=shown)):
            # Which of them holds what was said before, or is to be asked.
            name = order_file.simplify(table.header[group[0]])
            is_known = any(key in known for key in [(name, number + 2) for number in range(len(group))])
            if not is_known and any(fields[index] and fields[index] not in REPEATED_FIELDS for index in group):
                twins.update(group)
        columns = []
        for index, field in enumerate(fields):
            sample = next((
                text for _number, cells in table.rows[:50]
                if index < len(cells) and (text := order_file.to_text(cells[index]))), '')
            columns.append({
                'sequence': index, 'name': table.header[index] or self.env._("Column %(number)s", number=index + 1),
                'sample': sample[:80], 'is_hidden': index in table.hidden, 'is_twin': index in twins,
                'field': index not in twins and field})
            if columns[-1]['field'] in NUMBER_FIELDS:
                columns[-1].update(self._decide_decimal(columns[-1]['name'], self._get_texts(table, index)))
        return columns

    @api.model
    def _get_texts(self, table, index):
        """:return: iterator of the texts in a column, numbers and the like left out"""
        return (cells[index] for _number, cells in table.rows if index < len(cells) and isinstance(cells[index], str))

    def _decide_decimal(self, name, texts):
        """Find the decimal sign of a column; where its numbers do not tell, a person who has told it for a file before
        does.

        :param name: of the column
        :return: dict of values of ``order.import.column``
        """
        decision = order_file.decide_decimal(texts)
        sign = decision.sign
        if decision.question == 'unclear':
            simple = order_file.simplify(name)
            sign = next((
                column.decimal_separator for column in self.channel_id.column_ids
                if column.decimal_separator and order_file.simplify(column.name) == simple),
                self.sheet_id.decimal_separator)
        return {
            'decimal_separator': sign or False, 'decimal_question': decision.question or False,
            'decimal_sample': ' / '.join(decision.samples)[:128] if decision.question else False}

    def _prepare_formats(self, table, columns):
        """How numbers and dates are written.

        :param columns: values as of :meth:`_prepare_columns`
        :return: dict of values of the file
        """
        signs = [column['decimal_separator'] for column in columns if column.get('decimal_separator')]
        return {
            'decimal_separator': max(signs, key=signs.count, default=self.sheet_id.decimal_separator or '.'),
            **self._decide_date_order(itertools.chain(*(
                self._get_texts(table, column['sequence']) for column in columns
                if column['field'] in order_file.DATE_FIELDS)))}

    def _decide_date_order(self, texts):
        """:return: dict of values: the order of day and month, or a date that is to be asked about"""
        order, sample = order_file.decide_date_order(texts)
        if order in (None, False, 'ymd') and self.sheet_id.date_order:
            # What the texts leave open, whoever writes such sheets has decided.
            return {'date_order': self.sheet_id.date_order, 'date_sample': False}
        return {'date_order': order or False, 'date_sample': sample or False}

    def _get_questions(self):
        """What has to be said before the file can be imported.

        :return: list of sentences; extend the list of ``super()``
        """
        self.ensure_one()
        if self.state not in ('draft', 'checked'):
            return []
        questions = []
        if self.kind == 'csv' and not self.encoding:
            questions.append(self.env._(
                "The file does not tell how its characters are encoded: compare the preview and select the encoding."))
        if (sheets := (self.candidates or {}).get('sheets')) and not self.worksheet:
            questions.append(self.env._(
                "Several sheets may contain the orders: enter one of %(sheets)s.",
                sheets=format_list(self.env, sheets)))
        if not self.date_order:
            questions.append(self.env._(
                "Dates such as %(date)s have two meanings: select the order of day and month.", date=self.date_sample))
        return questions + self.column_ids._get_questions()

    def _get_fields(self):
        """:return: list of the field of each column, False for what is left out"""
        self.ensure_one()
        return self.column_ids.sorted('sequence').mapped('field')

    def _get_converter(self):
        """:return: :class:`order_sheet.SheetConverter` of the file"""
        return order_sheet.SheetConverter(
            self._get_fields(), self.decimal_separator, self.date_order or 'ymd',
            self.user_id.tz or self.company_id._get_working_time_zone().zone, self._get_country_codes(),
            self._get_decimals(), **self._get_sheet_arguments())

    def _get_decimals(self):
        """:return: dict index of a column → its decimal sign, '' where its values contradict each other"""
        return {
            index: column.decimal_separator or ''
            for index, column in enumerate(self.column_ids.sorted('sequence'))
            if column.decimal_separator or column.decimal_question}

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
            known = {
                (order_file.simplify(column.name), column.occurrence): column
                for column in order_import.channel_id.column_ids}
            columns, own = order_import.column_ids.sorted('sequence'), order_import._get_columns_to_remember()
            vals_list = []
            for column, key in zip(columns, order_file.number_names(columns.mapped('name'))):
                if column not in own or (column.is_hidden and not column.is_field_chosen):
                    # That it is not imported says nothing of files that show it.
                    continue
                vals = {'field': column.field}
                if column.is_decimal_chosen:
                    vals['decimal_separator'] = column.decimal_separator
                if key in known:
                    changed = {name: value for name, value in vals.items() if known[key][name] != value}
                    if changed:
                        known[key].write(changed)
                # Of columns of one name the first stands for all, unless another one holds something.
                elif key[1] == 1 or column.field or column.is_twin:
                    vals_list.append({
                        'channel_id': order_import.channel_id.id, 'name': column.name, 'occurrence': key[1], **vals})
            self.env['order.channel.column'].create(vals_list)

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
            rows, changed = order_import.row_ids, {}
            for row, reference in zip(rows, order_import._get_references(rows.mapped('cells'))):
                if row.reference != reference:
                    changed.setdefault(reference, []).append(row.id)
            for reference, ids in changed.items():
                rows.browse(ids)._write_guarded({'reference': reference})

    def _get_references(self, rows):
        """:param rows: list of lists of cells
        :return: list of the references of rows as they are kept, False without one
        """
        return [reference[:256] or False for reference in self._get_converter().get_references(rows)]

    def _keep_results(self, by_number, orders, sound, results):
        """Write to each row what becomes of it.

        :param by_number: dict number → ``order.import.row``, those of the orders among them
        :param orders: list of :class:`order_file.FileOrder`
        :param sound: those of them that were judged, with their ``results``
        """
        headers, alike = self._get_headers(), {}
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
                key = self._get_row_status(order, number, result), text or False, result['order_id']
                alike.setdefault(key, []).append(by_number[number].id)
        for (status, message, order_id), ids in alike.items():
            self.env['order.import.row'].browse(ids)._write_guarded({
                'status': status, 'message': message, 'order_id': order_id})

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
