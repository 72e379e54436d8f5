import itertools
from contextlib import contextmanager
from unittest.mock import patch

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .test_order_import import ImportCommon

MODULE = 'odoo.addons.sale_order_lifecycle.models.channels'


@tagged('post_install', '-at_install')
class TestOrderImportBackground(ImportCommon):
    """Large files are checked by the scheduled action: as small ones, in chunks that stay."""

    @contextmanager
    def _limits(self, at_once, chunk):
        """So many rows are checked at once, so many orders are one chunk."""
        with patch(f'{MODULE}.order_import_background.ROWS_AT_ONCE', at_once), \
                patch(f'{MODULE}.order_import.IMPORT_CHUNK', chunk):
            yield

    def _run_check(self):
        self.env.flush_all()
        with self.enter_registry_test_mode(), mute_logger('odoo.addons.base.models.ir_cron'):
            self.env.ref('sale_order_lifecycle.ir_cron_check_imports').method_direct_trigger()
        self.env.invalidate_all()

    def _check_parts(self, order_import, count):
        """So many steps of the scheduled action."""
        for _number in range(count):
            order_import.sudo()._check_next()

    def _mixed_rows(self):
        """Ten orders of two rows, far apart; of each kind of result some."""
        self._upload(self._csv(*self._rows(2, lines=2))).action_import()
        rows = self._rows(10, lines=2)
        rows[2][4] = 99                     # F-1 was received with another quantity
        rows[7][3] = 'NONE'                 # F-3 has a row that names no product
        rows[9][1] = "Somebody Else"        # F-4 has rows that disagree
        return [*rows[::2], *rows[1::2], ["", "Blue Harbour Ltd", "C-1", "CHAIR", 1]]

    def test_as_at_once(self):
        """Results, remarks and known orders are those of a check while the person waits."""
        content = self._csv(*self._mixed_rows())
        at_once, later = self._upload(content), self._upload(content)
        at_once.action_check()
        self.assertEqual(at_once.state, 'checked')
        with self._limits(20, 3):
            later.action_check()
            self.assertEqual((later.state, later.progress), ('checking', 0))
            self.assertEqual(set(self._statuses(later)), {'new'})
            self._run_check()
        self.assertEqual(later.state, 'checked')
        self.assertEqual(
            *(order_import.row_ids.mapped(lambda row: (
                row.number, row.reference, row.status, row.message, row.order_id.id))
              for order_import in (at_once, later)))
        self.assertEqual(
            (later.valid_count, later.duplicate_count, later.failed_count, later.checked_count), (12, 2, 7, 21))
        self.assertFalse(self._orders()[2:])
        later.action_import()
        self.assertEqual((later.state, later.created_count, len(self._orders())), ('done', 12, 8))

    def test_at_once_up_to_the_limit(self):
        with self._limits(4, 100):
            exactly, more = self._upload(self._csv(*self._rows(4))), self._upload(self._csv(*self._rows(5, 'G')))
            exactly.action_check()
            more.action_check()
            self.assertEqual((exactly.state, more.state), ('checked', 'checking'))
            # What is checked together counts together.
            many = self._upload(self._csv(*self._rows(3, 'H'))) | self._upload(self._csv(*self._rows(3, 'I')))
            many.action_check()
            self.assertEqual(many.mapped('state'), ['checked', 'checking'])

    def test_progress_and_kill(self):
        """Each step is whole, and the next run goes on where the last one that was committed has ended."""
        rows = self._rows(5)
        rows.append([*rows[0][:4], 4, *rows[0][5:]])
        with self._limits(1, 2):
            order_import = self._upload(self._csv(*rows))
            order_import.action_check()
            seen = []
            for _number in range(4):
                self._check_parts(order_import, 1)
                seen.append((order_import.progress, order_import.state, self._statuses(order_import).count('valid')))
            # First it is found out which rows are one order; both rows of the first order are in the first chunk.
            self.assertEqual(seen, [
                (0, 'checking', 0), (50, 'checking', 3), (83, 'checking', 5), (0, 'checked', 6)])

    def test_told_when_done(self):
        sent = []
        self.patch(
            self.env.registry['res.users'], '_bus_send', lambda user, kind, message: sent.append((user, message)))
        with self._limits(1, 100):
            order_import = self._upload(self._csv(*self._rows(3), ["F-9"]))
            order_import.with_user(self.user_sales_manager).action_check()
            self._check_parts(order_import, 2)
        self.assertEqual(order_import.state, 'checked')
        self.assertEqual([user for user, _message in sent], [self.user_sales_manager])
        self.assertEqual(sent[0][1], {
            'type': 'warning', 'message':
                "“orders.csv” is checked: 3 rows are ready, 0 already imported before, 1 refused."})

    def test_stop_and_start_again(self):
        with self._limits(1, 2):
            order_import = self._upload(self._csv(*self._rows(5)))
            with self.assertRaisesRegex(UserError, "not being checked"):
                order_import.action_stop_check()
            order_import.action_check()
            self._check_parts(order_import, 2)
            for change in (order_import.action_check, order_import.action_import,
                           lambda: order_import.write({'delimiter': ';'}),
                           lambda: order_import.column_ids[0].write({'field': False})):
                with self.assertRaisesRegex(UserError, "being checked"):
                    change()
            order_import.action_stop_check()
            self.assertEqual((order_import.state, set(self._statuses(order_import))), ('draft', {'new'}))
            self._run_check()
            self.assertEqual(set(self._statuses(order_import)), {'new'})
            # Mapped in another way it is checked from the beginning.
            order_import.column_ids[6].field = False
            order_import.action_check()
            self._run_check()
            self.assertEqual((order_import.state, order_import.checked_count), ('checked', 5))
            order_import.action_check()
            self.assertEqual((order_import.state, order_import.progress), ('checking', 0))
            # Meanwhile another file is checked, and the first one may go.
            other = self._upload(self._csv(*self._rows(2, 'G')))
            other.action_check()
            order_import.with_user(self.user_sales_manager).unlink()
            self._run_check()
            self.assertEqual((other.state, self._statuses(other)), ('checked', ['valid'] * 2))

    def test_error_stops_one_file_only(self):
        check = self.env.registry['order.submission']._check

        def refusing(engine, code, payloads):
            if payloads[0]['reference'].startswith('G'):
                raise UserError("The stars are not right.")
            return check(engine, code, payloads)

        with self._limits(1, 2):
            first, second = (self._upload(self._csv(*self._rows(4, prefix))) for prefix in 'GH')
            (first | second).action_check()
            with patch.object(self.env.registry['order.submission'], '_check', refusing):
                self._run_check()
            self.assertEqual((first.state, first.error, second.state), ('draft', "The stars are not right.", 'checked'))
            self.assertEqual(set(self._statuses(first)), {'new'})
            first.action_check()
            self._run_check()
            self.assertEqual((first.state, first.error), ('checked', False))

    def test_right_or_channel_lost_meanwhile(self):
        user = self._new_user('leaver', 'sales_team.group_sale_salesman')
        with self._limits(1, 2):
            lost = self._upload(self._csv(*self._rows(4)), user=user)
            closed = self._upload(self._csv(*self._rows(4, 'G')))
            lost.action_check()
            user.group_ids = [Command.set(self.env.ref('base.group_user').ids)]
            self._run_check()
            lost = lost.with_env(self.env)
            self.assertEqual(lost.state, 'draft')
            self.assertTrue(lost.error)
            closed.action_check()
            self.shop.action_archive()
            self._run_check()
            self.assertEqual(closed.state, 'draft')
            self.assertRegex(closed.error, "no active order channel")

    def test_who_stops(self):
        with self._limits(1, 2):
            order_import = self._upload(self._csv(*self._rows(3)))
            order_import.action_check()
            other = self._new_user('other_sales', 'sales_team.group_sale_salesman')
            for user in (other, self.user_legal, self.user_manager, self.user_employee):
                with self.subTest(user=user.login), self.assertRaises(AccessError):
                    order_import.with_user(user).action_stop_check()
            order_import.with_user(self.user_sales_manager).action_stop_check()
            self.assertEqual(order_import.state, 'draft')
            for values in ({'checked_count': 3}, {'checked_by_id': other.id}, {'is_prepared': True}):
                with self.subTest(values=values), self.assertRaises(AccessError):
                    order_import.with_user(self.user_sales_manager).write(values)

    def test_rest_does_not_wait(self):
        """When its time is over, the scheduled action gives way to others and goes on at once."""
        cron = self.env.ref('sale_order_lifecycle.ir_cron_check_imports')
        Trigger = self.env['ir.cron.trigger']
        with self._limits(1, 2):
            order_import = self._upload(self._csv(*self._rows(6)))
            order_import.action_check()
            self.assertTrue(Trigger.search([('cron_id', '=', cron.id)]))
            for time_left, done, triggered in (([0], 0, 1), ([1, 1, 0], 2, 1), ([1] * 3, 6, 0)):
                Trigger.search([('cron_id', '=', cron.id)]).unlink()
                with patch.object(self.env.registry['ir.cron'], '_commit_progress', side_effect=time_left):
                    self.env['order.import']._cron_check()
                self.env.invalidate_all()
                self.assertEqual(order_import.checked_count, done)
                self.assertEqual(Trigger.search_count([('cron_id', '=', cron.id)]), triggered)

    def test_queries(self):
        """A chunk costs as many queries whatever it holds, and each chunk the same; a database without checks two."""
        prefixes = (f'Q{number}' for number in itertools.count())

        # Each order names a product of its own, as a catalog of many does.
        self.env['product.product'].create([
            {'name': f"Lamp {number}", 'default_code': f'LAMP-{number}'} for number in range(22)])

        def prepare(count):
            rows = self._rows(count, next(prefixes))
            for number, row in enumerate(rows):
                row[3] = f'LAMP-{number}'
            order_import = self._upload(self._csv(*rows))
            order_import.action_check()
            self._check_parts(order_import, 1)
            return order_import

        with self._limits(0, 100):
            self.assertSameQueries(prepare, lambda order_import: order_import.sudo()._check_chunk(), more=2)
        counts = []
        with self._limits(0, 1):
            order_import = prepare(22)
            for _number in range(20):
                self.env.flush_all()
                self.env.invalidate_all()
                counts.append(self._count_queries(order_import.sudo()._check_next))
        self.assertLessEqual(max(counts[1:]) - min(counts[1:]), 2, counts)
        self.env['order.import'].search([('state', '=', 'checking')]).state = 'draft'
        with patch.object(self.env.registry['ir.cron'], '_commit_progress', return_value=1):
            self.assertEqual(self._count_queries(self.env['order.import']._cron_check), 2)
