import base64
import csv
import io
from collections import Counter

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_list

from . import order_file
from .order_file import REQUIRED_FIELDS
from .order_payload import clean_text
from .order_sheet import NUMBER_FIELDS, REPEATED_FIELDS

# So many orders are imported between two commits.
IMPORT_CHUNK = 100
# As long as names of files can be.
MAX_NAME = 255
# Encodings in which a text is shown.
MAX_PREVIEWS = 8


class OrderImport(models.Model):
    """A file of orders on its way into the ledger (article I2): read, checked row by row, imported in chunks.

    Everything is done through ``order.channel.submit_orders``' own engine, for the person who started it. Each chunk
    is committed with the results of its rows, so that an import that is cut off goes on where it was; and what was
    created before is known by its reference, so that nothing is created twice.
    """
    _name = 'order.import'
    _inherit = ['order.guarded.mixin']
    _description = "Import of Orders"
    _order = 'id desc'
    _check_company_auto = True
    _allow_sudo_commands = False
    _made_by_actions = True

    name = fields.Char("File Name", required=True, readonly=True)
    company_id = fields.Many2one('res.company', required=True, readonly=True, index=True, ondelete='cascade')
    channel_id = fields.Many2one(
        'order.channel', required=True, readonly=True, index=True, check_company=True, ondelete='restrict')
    user_id = fields.Many2one('res.users', string="Uploaded By", required=True, readonly=True, ondelete='restrict')
    started_by_id = fields.Many2one('res.users', string="Imported By", readonly=True, ondelete='restrict')
    state = fields.Selection(
        [('draft', "Not Checked"), ('checking', "Being Checked"), ('checked', "Checked"),
         ('running', "Being Imported"), ('done', "Imported"), ('failed', "Stopped by an Error")],
        required=True, readonly=True, default='draft')

    # the file, and how it is read
    file = fields.Binary(attachment=True, readonly=True)
    kind = fields.Selection([('csv', "CSV"), ('xlsx', "XLSX")], readonly=True)
    encoding = fields.Selection(
        [('utf-8', "UTF-8"), ('gb18030', "Chinese (GB18030, GBK)"), ('utf-16', "UTF-16"),
         ('cp1252', "Western European (Windows)"), ('cp1250', "Central European (Windows)"),
         ('cp1251', "Cyrillic (Windows)"), ('cp1253', "Greek (Windows)"), ('cp1254', "Turkish (Windows)"),
         ('cp1257', "Baltic (Windows)"), ('cp1255', "Hebrew (Windows)"), ('cp1256', "Arabic (Windows)"),
         ('cp1258', "Vietnamese (Windows)"), ('cp874', "Thai (Windows)"), ('big5', "Traditional Chinese (Big5)"),
         ('cp932', "Japanese (Shift JIS)"), ('euc_jp', "Japanese (EUC-JP)"), ('iso2022_jp', "Japanese (JIS)"),
         ('euc_kr', "Korean (EUC-KR)"), ('iso8859_2', "Central European (ISO 8859-2)"),
         ('iso8859_15', "Western European (ISO 8859-15)"), ('koi8_u', "Cyrillic (KOI8)"),
         ('mac_roman', "Western European (Macintosh)"), ('cp437', "English (DOS)"),
         ('cp850', "Western European (DOS)"), ('cp852', "Central European (DOS)"), ('cp866', "Cyrillic (DOS)"),
         ('utf-16-le', "UTF-16 without mark (little endian)"), ('utf-16-be', "UTF-16 without mark (big endian)"),
         ('utf-32', "UTF-32")], help="Character encoding of a CSV file.")
    delimiter = fields.Selection(
        [(',', "Comma"), (';', "Semicolon"), ('\t', "Tab"), ('|', "Bar")], string="Separator",
        help="The character that separates the columns of a CSV file.")
    decimal_separator = fields.Selection(
        [('.', "Point: 1,234.50"), (',', "Comma: 1.234,50")], string="Decimal Sign", required=True, default='.',
        help="Decimal sign of most numbers. Selecting it changes all columns; a column can have another one.")
    date_order = fields.Selection(
        [('ymd', "Year, month, day"), ('dmy', "Day, month, year"), ('mdy', "Month, day, year")],
        string="Dates", default='ymd', help="Order of day and month in dates that do not begin with the year.")
    header_number = fields.Integer(
        "Column Names in Row", help="Number of the row that contains the column names. Rows above it are not imported.")
    worksheet = fields.Char(help="Sheet of the workbook that contains the orders.")
    column_ids = fields.One2many('order.import.column', 'import_id', string="Columns")

    # what the file leaves open, and what was left out of it
    candidates = fields.Json(readonly=True)
    date_sample = fields.Char(readonly=True)
    remark = fields.Text("Not Imported", readonly=True)
    questions = fields.Text(compute='_compute_questions')
    preview = fields.Html(compute='_compute_preview', string="How the Text Would Read", sanitize=False)

    # what became of its rows
    row_ids = fields.One2many('order.import.row', 'import_id', string="Rows", readonly=True)
    row_count = fields.Integer("Number of Rows", readonly=True)
    done_count = fields.Integer("Rows Done", compute='_compute_counts')
    valid_count = fields.Integer("Rows Ready", compute='_compute_counts')
    created_count = fields.Integer("Rows Imported", compute='_compute_counts')
    duplicate_count = fields.Integer("Rows Already Imported", compute='_compute_counts')
    failed_count = fields.Integer("Rows Refused", compute='_compute_counts')
    skipped_count = fields.Integer("Rows That Are No Orders", compute='_compute_counts')
    order_count = fields.Integer("Orders", compute='_compute_counts')
    progress = fields.Integer("Progress (%)", compute='_compute_counts')
    started_at = fields.Datetime(readonly=True)
    finished_at = fields.Datetime(readonly=True)
    error = fields.Text(readonly=True, help="The error that stopped the import.")
    failure_file = fields.Binary("Refused Rows", attachment=True, readonly=True)
    failure_filename = fields.Char(readonly=True)

    # -- constraints and indexes ----------------------------------------------------------------

    _running_idx = models.Index("(started_at, id) WHERE state = 'running'")

    # -- compute --------------------------------------------------------------------------------

    @api.depends('state', 'checked_count', 'row_ids.status', 'row_ids.order_id')
    def _compute_counts(self):
        counts = {order_import.id: Counter() for order_import in self._origin}
        orders = {}
        Row = self.env['order.import.row']
        for order_import, status, count in Row._read_group(
                [('import_id', 'in', self._origin.ids)], ['import_id', 'status'], ['__count']):
            counts[order_import.id][status] = count
        for order_import, count in Row._read_group(
                [('import_id', 'in', self._origin.ids), ('order_id', '!=', False)], ['import_id'],
                ['order_id:count_distinct']):
            orders[order_import.id] = count
        for order_import in self:
            own = counts.get(order_import._origin.id, Counter())
            order_import.valid_count = own['valid']
            order_import.created_count = own['created']
            order_import.duplicate_count = own['duplicate']
            order_import.failed_count = own['rejected'] + own['conflict']
            order_import.skipped_count = own['skipped']
            order_import.order_count = orders.get(order_import._origin.id, 0)
            order_import.done_count = own.total() - own['new'] - own['valid']
            order_import.progress = order_import._get_progress(own.total())

    def _get_progress(self, rows):
        """:return: how much of the check or the import is done, in percent

        :param rows: number of rows
        """
        if self.state == 'checking':
            return rows and 100 * self.checked_count // rows
        return self.state in ('running', 'done', 'failed') and rows and 100 * self.done_count // rows

    @api.depends(
        'state', 'kind', 'encoding', 'worksheet', 'date_order', 'column_ids.field', 'column_ids.decimal_separator')
    def _compute_questions(self):
        for order_import in self:
            order_import.questions = '\n'.join(order_import._get_questions()) or False

    @api.depends('kind', 'encoding', 'file')
    def _compute_preview(self):
        """What the lines say that are not plain ASCII, in each encoding that comes into question."""
        labels = dict(self._fields['encoding']._description_selection(self.env))
        for order_import in self:
            order_import.preview = False
            encodings = (order_import.candidates or {}).get('encodings')
            if not encodings or order_import.state not in ('draft', 'checked'):
                continue
            content = base64.b64decode(order_import.with_context(bin_size=False, bin_size_file=False).file or b'')
            order_import.preview = Markup('<table class="table table-sm mb-0">%s</table>') % Markup().join(
                Markup('<tr><td>%s</td><td>%s</td></tr>') % (labels[encoding], Markup('<br/>').join(lines))
                for encoding in encodings[:MAX_PREVIEWS]
                if (lines := order_file.preview_text(content, encoding)))

    # -- guarded fields and rights --------------------------------------------------------------

    def _get_guarded_fields(self):
        own = {name for name, field in self._fields.items() if field._module == 'sale_order_lifecycle'}
        return super()._get_guarded_fields() | own - {
            'encoding', 'delimiter', 'decimal_separator', 'date_order', 'header_number', 'worksheet',
            'sheet_id', 'column_ids'}

    def write(self, vals):
        if not self.env.su:
            self._check_open()
        result = super().write(vals)
        # Chosen otherwise; what the reading itself has found comes with the kind of the file.
        if vals.keys() & {'encoding', 'delimiter', 'header_number', 'worksheet'} and 'kind' not in vals:
            self.sudo()._read_file(vals.get('header_number'))
            if chosen := {name: vals[name] for name in ('decimal_separator', 'date_order') if vals.get(name)}:
                # Both in one form.
                self.sudo()._write_guarded(chosen)
        elif 'sheet_id' in vals and 'kind' not in vals:
            self.sudo()._apply_sheet()
        if vals.get('decimal_separator') and 'date_sample' not in vals:
            self.column_ids.filtered(lambda column: column.field in NUMBER_FIELDS).write({
                'decimal_separator': vals['decimal_separator']})
        if vals.keys() & {
                'encoding', 'delimiter', 'header_number', 'worksheet', 'sheet_id', 'decimal_separator', 'date_order'}:
            self.sudo()._forget_check()
        return result

    def _check_open(self):
        """:raise UserError: with the first file that is on its way already"""
        for order_import in self.sudo():
            if order_import.state == 'checking':
                raise UserError(self.env._(
                    "“%(file)s” is being checked: wait until the check is complete, or stop it.",
                    file=order_import.name))
            if order_import.state not in ('draft', 'checked'):
                raise UserError(self.env._(
                    "“%(file)s” has already been imported or is being imported: select the file again to import it "
                    "differently.",
                    file=order_import.name))

    @api.ondelete(at_uninstall=False)
    def _unlink_except_running(self):
        for order_import in self:
            if order_import.state == 'running':
                raise UserError(self.env._(
                    "“%(file)s” is being imported: wait until the import is complete.", file=order_import.name))

    def _forget_check(self):
        """What was found does not hold any more: something is read in another way."""
        self.filtered(lambda order_import: order_import.state == 'checked')._write_guarded({'state': 'draft'})
        self.row_ids.filtered(lambda row: row.status != 'new')._write_guarded({
            'status': 'new', 'message': False, 'order_id': False})

    # -- actions --------------------------------------------------------------------------------

    @api.model
    def _create_from_file(self, channel, name, content):
        """Take a file in and find out how it is read, as superuser and after the check of rights.

        :param channel: ``order.channel``
        :param content: bytes
        :return: ``order.import``
        :raise UserError: if the file cannot be read
        """
        order_import = self.sudo()._create_guarded({
            'name': clean_text(name[:MAX_NAME]),
            'channel_id': channel.id, 'company_id': channel.company_id.id, 'user_id': self.env.uid,
            'file': base64.b64encode(content),
        })
        order_import._read_file()
        return order_import.sudo(self.env.su)

    def action_check(self):
        """Tell of every row what the import would do with it; nothing is imported. Small files are checked at once,
        others by the scheduled action, in chunks.

        :return: True
        :raise AccessError: for people who are no sales staff, or may not write these imports
        :raise UserError: with the first file that is on its way, lacks a column, or leaves something open that has to
            be said first (``questions``); then none is checked
        """
        self._check_may_import()
        self.sudo()._start_check()
        return True

    def action_import(self):
        """Import the orders: those of a small file at once, those of others by the scheduled action, in chunks.

        :return: True
        :raise AccessError, UserError: as :meth:`action_check`; then none is imported
        """
        self._check_may_import()
        imports_sudo = self.sudo()
        imports_sudo._assign_references()
        imports_sudo.row_ids._write_guarded({'status': 'new', 'message': False, 'order_id': False})
        imports_sudo._write_guarded({
            'state': 'running', 'started_at': fields.Datetime.now(), 'started_by_id': self.env.uid,
            'finished_at': False, 'error': False, 'failure_file': False, 'failure_filename': False})
        for order_import in imports_sudo:
            order_import._remember_columns()
            order_import._import_chunk()
        if imports_sudo.filtered(lambda order_import: order_import.state == 'running'):
            self._trigger_cron()
        return True

    def action_resume(self):
        """Go on with imports that an error has stopped; what was imported stays. From now on they are done for the
        person who goes on, for the one before may have gone.

        :return: True
        :raise AccessError: for people who are no sales staff, or may not write these imports
        :raise UserError: if one of them was not stopped, or its channel takes no orders
        """
        self._check_sales()
        self.check_access('write')
        if other := self.sudo().filtered(lambda order_import: order_import.state != 'failed')[:1]:
            raise UserError(self.env._("“%(file)s” was not stopped by an error.", file=other.name))
        for order_import in self.sudo():
            order_import._check_channel()
        self.sudo()._write_guarded({'state': 'running', 'error': False, 'started_by_id': self.env.uid})
        self._trigger_cron()
        return True

    @api.model
    def _trigger_cron(self):
        self.env.ref('sale_order_lifecycle.ir_cron_import_orders').sudo()._trigger()

    def action_open_orders(self):
        """:return: the ledger of the orders that these files hold, known ones included"""
        self.check_access('read')
        return self._open_action(
            'sale_order_action_ledger', domain=[('received_at', '!=', False), ('id', 'in', self.row_ids.order_id.ids)],
            context={})

    def action_open_failures(self):
        """:return: the list of the rows that were refused"""
        return self._open_action(
            'order_import_row_action',
            domain=[('import_id', 'in', self.ids), ('status', 'in', ('rejected', 'conflict'))])

    def action_download_failures(self):
        """Give the refused rows back as a file like the one that was sent, with the reason of each.

        :return: the action that sends the file
        :raise AccessError: for people who may not read the import
        :raise UserError: if nothing was refused
        """
        self._check_one()
        self.check_access('read')
        import_sudo = self.sudo()
        rows = import_sudo.row_ids.filtered(lambda row: row.status in ('rejected', 'conflict'))
        if not rows:
            raise UserError(self.env._("No row of “%(file)s” was refused.", file=self.name))
        name, _dot, _extension = self.name.rpartition('.')
        import_sudo._write_guarded({
            'failure_file': base64.b64encode(import_sudo._format_failures(rows)),
            'failure_filename': self.env._(
                "%(file)s - refused.%(kind)s", file=name or self.name, kind=import_sudo.kind),
        })
        return {
            'type': 'ir.actions.act_url',
            'url': f'/web/content/order.import/{self.id}/failure_file?download=true&filename_field=failure_filename',
            'target': 'download',
        }

    # -- rights and conditions ------------------------------------------------------------------

    def _check_sales(self):
        """Asked of ``env.user`` whatever ``env.su`` is.

        :raise AccessError: for people who are no sales staff
        """
        self.env['sale.order']._check_lifecycle_sales()

    def _check_may_import(self):
        """:raise AccessError: for people who are no sales staff, or may not write these imports
        :raise UserError: with the first that is on its way, has no column for what every order needs, or whose
            channel takes no orders
        """
        self._check_sales()
        self.check_access('write')
        self._check_open()
        labels = dict(self.env['order.import.column']._fields['field']._description_selection(self.env))
        for order_import in self.sudo():
            order_import._check_channel()
            if questions := order_import._get_questions():
                raise UserError('\n'.join(questions))
            chosen = Counter(filter(None, order_import.column_ids.mapped('field')))
            if twice := next((field for field, count in chosen.items()
                              if count > 1 and field not in REPEATED_FIELDS), None):
                raise UserError(self.env._(
                    "“%(file)s” has two columns for %(field)s: remove one of them.", file=order_import.name,
                    field=labels[twice]))
            if missing := order_import._get_missing_fields(chosen):
                raise UserError(self.env._(
                    "Select the columns of “%(file)s” for %(fields)s.", file=order_import.name,
                    fields=format_list(self.env, [labels[field] for field in REQUIRED_FIELDS if field in missing])))

    def _check_channel(self):
        """:raise UserError: if the channel is archived, or its company has no policy in force any more"""
        Submission = self._get_engine()._with_submission_env()
        channel = Submission._find_channel(self.channel_id.code)
        if problem := Submission._get_channel_problem(channel, self.channel_id.code):
            raise UserError(problem.message)

    # -- import ---------------------------------------------------------------------------------

    def _import_chunk(self):
        """Import the next orders of one file.

        :return: number of rows that were done; after the last one the import is done, too
        :raise AccessError: if the person who has started it may not any more
        """
        self.ensure_one()
        self = self._with_importer_lang()  # noqa: PLW0642
        self._check_person(self.started_by_id)
        self._check_channel()
        rows = self._get_next_rows()
        if not rows:
            self._finish()
            return 0
        orders = self._get_converter().build_orders([(row.number, row.cells) for row in rows])
        sound = [order for order in orders if not order.problems and not order.skipped]
        engine = self._get_engine()
        results = engine._submit(self.channel_id.code, [order.payload for order in sound])
        engine._keep_unread(self.channel_id, [
            (order.reference, order.payload, [problem for _number, problem in order.problems])
            for order in orders if order.problems])
        self._keep_results({row.number: row for row in rows}, orders, sound, results)
        if not self._has_rows_to_do():
            self._finish()
        return len(rows)

    @api.model
    def _get_chunk_size(self):
        """:return: number of orders that are handed over at once"""
        return min(IMPORT_CHUNK, self.env['order.submission']._get_limit('max_orders'))

    def _has_rows_to_do(self):
        """:return: whether a row of the file waits to be checked or imported"""
        return bool(self.env['order.import.row'].search_count(
            [('import_id', '=', self.id), ('status', '=', 'new')], limit=1))

    def _get_next_rows(self):
        """:return: ``order.import.row`` of the next orders that are to be done, all rows of each"""
        Row = self.env['order.import.row']
        pending = Row.search_fetch(
            [('import_id', '=', self.id), ('status', '=', 'new')], ['reference'], limit=10 * IMPORT_CHUNK,
            order='number')
        # A row without a reference is an order for itself.
        keys = list(dict.fromkeys(row.reference or row for row in pending))[:self._get_chunk_size()]
        references = [key for key in keys if isinstance(key, str)]
        # The other rows of an order may be anywhere in the file.
        counts = dict(Row._read_group(
            [('import_id', '=', self.id), ('reference', 'in', references)], ['reference'], ['__count']))
        keys = next(self._split(keys, lambda key: counts.get(key, 1)), [])
        references = [key for key in keys if isinstance(key, str)]
        rows = Row.union(*(key for key in keys if not isinstance(key, str)))
        if references:
            rows |= Row.search([('import_id', '=', self.id), ('reference', 'in', references)])
        return rows.sorted('number')

    def _check_person(self, user):
        """:raise AccessError: if the person who has started the check or the import may not import any more"""
        if not user.active or self.company_id not in user.company_ids:
            raise AccessError(self.env._(
                "%(person)s no longer has access to %(company)s: another user has to continue the import.",
                person=user.name, company=self.company_id.name))
        self.env['sale.order'].with_user(user)._check_lifecycle_sales()

    def _finish(self):
        """Nothing is left: say so to the person who waits for it."""
        self._write_guarded({'state': 'done', 'finished_at': fields.Datetime.now()})
        for order_import in self:
            order_import.started_by_id._bus_send('simple_notification', {
                'type': 'warning' if order_import.failed_count else 'success',
                'message': order_import._with_importer_lang().env._(
                    "“%(file)s” is imported: %(created)s rows imported, %(known)s already imported before, %(failed)s "
                    "refused.",
                    file=order_import.name, created=order_import.created_count,
                    known=order_import.duplicate_count, failed=order_import.failed_count),
            })

    @api.model
    def _cron_import(self):
        """Go on with the imports that were started, chunk by chunk, each committed with the results of its rows."""
        running = self.search([('state', '=', 'running')], order='started_at, id')
        if not self.env['ir.cron']._work_off(
                'order.import._cron_import', running, lambda imports: imports._import_next(), size=1,
                on_failure=lambda order_import, error: order_import._stop(error)):
            # Others had their turn in between; without this, the rest would wait for a minute.
            self._trigger_cron()

    def _import_next(self):
        """Import the next orders of these files.

        :return: whether one of them has more
        """
        for order_import in self.filtered(lambda order_import: order_import.state == 'running'):
            order_import._import_chunk()
        # Nothing of this chunk is needed for the next one.
        self.env.invalidate_all()
        return any(order_import.state == 'running' for order_import in self)

    def _stop(self, error):
        """An error stops this file, and lets the others pass; a person goes on with it.

        :param error: the exception
        :return: False, as it is not tried again
        """
        self.ensure_one()
        submission = self._with_importer_lang().env['order.submission']
        self._write_guarded({'state': 'failed', 'error': submission._describe_reason(error)})
        return False

    # -- what failed ----------------------------------------------------------------------------

    def _format_failures(self, rows):
        """:return: bytes of a file of the same kind with these rows, in front their numbers, results and reasons"""
        self.ensure_one()
        labels = dict(rows._fields['status']._description_selection(self.env))
        header = [self.env._("Row"), self.env._("Result"), self.env._("Reason"),
                  *self.column_ids.sorted('sequence').mapped('name')]
        table = [header] + [
            [row.number, labels[row.status], row.message or '', *(
                cell for cell in row.cells or [] if not (isinstance(cell, dict) and 'row' in cell))]
            for row in rows.sorted('number')]
        return self._format_xlsx(table) if self.kind == 'xlsx' else self._format_csv(table)

    def _format_csv(self, table):
        text = io.StringIO()
        csv.writer(text, delimiter=self.delimiter or ',').writerows(
            [order_file.protect_cell(cell) for cell in row] for row in table)
        # The mark tells spreadsheets that it is Unicode.
        return text.getvalue().encode('utf-8-sig')

    def _format_xlsx(self, table):
        import xlsxwriter

        stream = io.BytesIO()
        # What was sent comes back as the text that it was: no formula, no link, also in a CSV file that is saved of it.
        with xlsxwriter.Workbook(stream, {
                'in_memory': True, 'strings_to_formulas': False, 'strings_to_urls': False}) as book:
            sheet = book.add_worksheet()
            as_text = book.add_format({'quote_prefix': True})
            for index, row in enumerate(table):
                for column, cell in enumerate(row):
                    if isinstance(cell, dict):
                        cell = order_file.to_text(cell)
                    if order_file.is_formula(cell):
                        sheet.write_string(index, column, cell, as_text)
                    else:
                        sheet.write(index, column, '' if cell is None else cell)
        return stream.getvalue()
