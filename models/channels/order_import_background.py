from odoo import api, fields, models
from odoo.exceptions import UserError

# Files that are checked at once have so many rows together; what is larger is left to the scheduled action.
ROWS_AT_ONCE = 1000


class OrderImport(models.Model):
    """The check of large files: by the scheduled action, in committed chunks, as the import itself.

    Each chunk is committed with the results of its rows and the number of those that are checked, so that a check that
    is cut off goes on where it was, and whoever stops it meets the chunk that is at work.
    """
    _inherit = 'order.import'

    checked_by_id = fields.Many2one('res.users', readonly=True, ondelete='restrict')
    checked_count = fields.Integer("Rows Checked", readonly=True)
    is_prepared = fields.Boolean(readonly=True, help="Whether it is known which rows are one order.")

    _checking_idx = models.Index("(id) WHERE state = 'checking'")

    # -- actions --------------------------------------------------------------------------------

    def action_stop_check(self):
        """Stop checks that are at work in the background; the columns can be mapped anew then.

        :return: True
        :raise AccessError: for people who are no sales staff, or may not write these imports
        :raise UserError: if one of them is not being checked
        """
        self._check_sales()
        self.check_access('write')
        if other := self.sudo().filtered(lambda order_import: order_import.state != 'checking')[:1]:
            raise UserError(self.env._("“%(file)s” is not being checked.", file=other.name))
        self.sudo()._write_guarded({'state': 'draft'})
        self.sudo()._reset_rows()
        return True

    # -- check ----------------------------------------------------------------------------------

    def _start_check(self):
        """Check small files at once, and leave large ones to the scheduled action; rights are checked before."""
        room, large = self._get_rows_at_once(), self.browse()
        for order_import in self:
            if order_import.row_count > room:
                large |= order_import
            else:
                room -= order_import.row_count
                order_import._check_rows()
        if large:
            large._write_guarded({
                'state': 'checking', 'checked_by_id': self.env.uid, 'checked_count': 0, 'is_prepared': False,
                'error': False})
            self._trigger_check()

    @api.model
    def _get_rows_at_once(self):
        """:return: how many rows are checked while a person waits"""
        return ROWS_AT_ONCE

    @api.model
    def _trigger_check(self):
        self.env.ref('sale_order_lifecycle.ir_cron_check_imports').sudo()._trigger()

    def _check_chunk(self):
        """Check the next orders of one file; before the first ones, find out which rows are one order.

        :raise AccessError: if the person who has started it may not any more
        :raise UserError: if the channel takes no orders any more
        """
        self.ensure_one()
        self = self._with_importer_lang()  # noqa: PLW0642
        self._check_person(self.checked_by_id)
        self._check_channel()
        if not self.is_prepared:
            self._reset_rows()
            self._assign_references()
            self._remember_columns()
            self._write_guarded({'is_prepared': True, 'checked_count': 0})
            return
        rows = self._get_next_rows()
        self._judge_rows(rows)
        self._write_guarded({'checked_count': self.checked_count + len(rows)})
        if not self._has_rows_to_do():
            self._finish_check()

    def _reset_rows(self):
        """Nothing is known of the rows any more."""
        self.row_ids.filtered(lambda row: row.status != 'new')._write_guarded({
            'status': 'new', 'message': False, 'order_id': False})

    def _finish_check(self):
        """Every row is checked: say so to the person who waits for it."""
        self._write_guarded({'state': 'checked'})
        for order_import in self:
            order_import.checked_by_id._bus_send('simple_notification', {
                'type': 'warning' if order_import.failed_count else 'success',
                'message': order_import.with_context(lang=order_import.checked_by_id.lang).env._(
                    "“%(file)s” is checked: %(ready)s rows are ready, %(known)s already imported before, %(failed)s "
                    "refused.",
                    file=order_import.name, ready=order_import.valid_count, known=order_import.duplicate_count,
                    failed=order_import.failed_count),
            })

    @api.model
    def _cron_check(self):
        """Go on with the checks that were started, chunk by chunk, each committed with the results of its rows."""
        checking = self.search([('state', '=', 'checking')], order='id')
        if not self.env['ir.cron']._work_off(
                'order.import._cron_check', checking, lambda imports: imports._check_next(), size=1,
                on_failure=lambda order_import, error: order_import._stop_check(error)):
            # Others had their turn in between; without this, the rest would wait for the interval.
            self._trigger_check()

    def _check_next(self):
        """Check the next orders of these files.

        :return: whether one of them has more
        """
        for order_import in self.filtered(lambda order_import: order_import.state == 'checking'):
            order_import._check_chunk()
        # Nothing of this chunk is needed for the next one.
        self.env.invalidate_all()
        return any(order_import.state == 'checking' for order_import in self)

    def _stop_check(self, error):
        """An error stops this check, and lets the others pass; the form tells it, and a person starts it again.

        :param error: the exception
        :return: False, as it is not tried again
        """
        self.ensure_one()
        submission = self._with_importer_lang().env['order.submission']
        self._write_guarded({'state': 'draft', 'error': submission._describe_reason(error)})
        self._reset_rows()
        return False
