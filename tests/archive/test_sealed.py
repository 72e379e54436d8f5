from contextlib import contextmanager

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import ArchiveCommon


@tagged('post_install', '-at_install')
class TestSealed(ArchiveCommon):
    """What is sealed refuses change on every path, to superuser code, too."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.order = cls._new_settled()
        cls.attachment = cls._attach(cls.order, "Contract.pdf", b'%PDF-1.4 contract')
        cls.archive = cls._seal(cls.order)
        cls.document = cls.archive.document_ids[0]
        cls.file = cls.document.sudo()._get_file_attachments()[cls.document.id]
        cls.env.flush_all()

    @contextmanager
    def assertRefused(self, error=UserError):
        # An AccessError is a UserError, too.
        with self.assertRaises(error):
            yield
        self.env.invalidate_all()

    def test_order(self):
        for vals in (
            {'note': "Other"}, {'partner_id': self.vendor.id}, {'client_order_ref': "X"}, {'state': 'cancel'},
            {'state': 'draft'}, {'locked': False}, {'signature': False}, {'user_id': False}, {'name': "S99"},
            {'commitment_date': False}, {'archive_state': 'none'}, {'policy_id': False}, {'company_id': False},
            {'order_line': [Command.clear()]}, {'archive_ids': [Command.clear()]},
            {'settlement_ids': [Command.clear()]},
            {'order_line': [Command.create({'product_id': self.product_stock.id})]}, {'amount_total': 1},
        ):
            for order in (self.order, self.order.with_user(self.user_sales), self.order.with_user(self.user_archivist)):
                with self.subTest(vals=vals, user=order.env.user.login), self.assertRefused():
                    order.write(vals)
        for method in ('action_cancel', 'action_unlock', '_action_cancel', 'unlink'):
            with self.subTest(method=method), self.assertRefused():
                getattr(self.order, method)()
        self.assertRecordValues(self.order, [{
            'state': 'sale', 'archive_state': 'sealed', 'lifecycle_phase': 'archived'}])
        self.assertEqual(self._verify(self.archive), [])

    def test_harmless_fields(self):
        order = self.order.with_user(self.user_sales)
        order.message_post(body="The customer called")
        order.activity_schedule('mail.mail_activity_data_todo', user_id=self.user_sales.id)
        order._portal_ensure_token()
        order.tag_ids = [Command.create({'name': "Anniversary"})]
        self.env.flush_all()
        self.assertEqual(self._verify(self.archive), [])

    def test_lines(self):
        line = self.order.order_line
        for vals in ({'price_unit': 1}, {'name': "Other"}, {'sequence': 3}, {'product_uom_qty': 9},
                     {'order_id': self._new_order().id}, {'discount': 5}, {'qty_delivered': 1}):
            with self.subTest(vals=vals), self.assertRefused():
                line.write(vals)
        with self.assertRefused():
            line.unlink()
        for vals in ({'product_id': self.product_stock.id}, {'display_type': 'line_note', 'name': "Note"}):
            with self.subTest(vals=vals), self.assertRefused():
                self.env['sale.order.line'].create({'order_id': self.order.id, **vals})
        with self.assertRefused():
            self.env['sale.order.line'].with_context(default_order_id=self.order.id).create({
                'product_id': self.product_stock.id})
        other = self._new_order()
        with self.assertRefused():
            other.order_line.order_id = self.order

    def test_reviews_and_settlement(self):
        review = self.order.review_ids[0]
        for vals in ({'comment': "Other"}, {'state': 'rejected'}, {'plan_note': "X"},
                     {'voided_at': '2020-01-01 00:00:00'}):
            with self.subTest(vals=vals), self.assertRefused():
                review.write(vals)
        with self.assertRefused():
            review.unlink()
        with self.assertRefused():
            review.copy()
        with self.assertRefused():
            self.env['order.review.check'].create({'review_id': review.id, 'name': "Late"})
        settlement = self.order.settlement_ids
        for vals in ({'difference_reason': "Other"}, {'settled_at': False}, {'settled_by_id': False}):
            with self.subTest(vals=vals), self.assertRefused():
                settlement.write(vals)
        with self.assertRefused():
            settlement.unlink()
        settlement.message_post(body="Seen")

    def test_dossier(self):
        fields = self.archive._fields
        values = {
            'name': 'AR/2026/00099', 'order_id': self._new_order().id, 'version': 2, 'state': 'draft',
            'sealed_at': False, 'sealed_by_id': False, 'retention_until': '2099-01-01', 'previous_id': False,
            'previous_digest': 'x', 'digest': False, 'scheme': 2, 'seal': '{}', 'error': 'x',
            'document_ids': [Command.clear()],
            'access_ids': [Command.clear()],
        }
        self.assertLessEqual(values.keys(), fields.keys())
        for name, value in values.items():
            for archive in (self.archive, self.archive.with_user(self.user_archivist)):
                with self.subTest(name=name, user=archive.env.user.login), self.assertRefused():
                    archive.write({name: value})
        with self.assertRefused():
            self.archive.unlink()
        with self.assertRefused():
            self.archive.with_user(self.user_archivist).copy()
        self.archive.with_user(self.user_archivist).message_post(body="Looked at it")
        self.assertEqual(self._verify(self.archive), [])

    def test_documents(self):
        for vals in (
            {'name': "Other.pdf"}, {'kind': 'other'}, {'sha256': 'x'}, {'size': 1}, {'file': 'AAAA'}, {'sequence': 9},
            {'archive_id': self._prepare(self._new_settled()).id}, {'included': False},
        ):
            for document in (self.document, self.document.with_user(self.user_archivist)):
                with self.subTest(vals=vals, user=document.env.user.login), self.assertRefused():
                    document.write(vals)
        with self.assertRefused():
            self.document.unlink()
        with self.assertRefused():
            self.document.copy()
        with self.assertRefused():
            self.env['order.archive.document'].create({'archive_id': self.archive.id, 'name': "More.pdf"})
        self.assertEqual(self._verify(self.archive), [])

    def test_files(self):
        """The attachments behind the documents, which core would let superuser code change."""
        for vals in (
            {'raw': b'x'}, {'datas': 'AAAA'}, {'name': "Other"}, {'res_id': 0}, {'res_model': 'res.partner'},
            {'res_field': False}, {'access_token': 'token'}, {'public': True}, {'url': '/x'}, {'type': 'url'},
            {'store_fname': 'aa/aa', 'mimetype': 'text/html'}, {'db_datas': 'AAAA'}, {'description': "x"},
        ):
            with self.subTest(vals=vals), self.assertRefused():
                self.file.write(vals)
        for method in ('unlink', 'copy', 'generate_access_token'):
            with self.subTest(method=method), self.assertRefused():
                getattr(self.file, method)()
        Attachment = self.env['ir.attachment']
        with self.assertRefused():
            Attachment.create({'name': "More", 'raw': b'x', 'res_model': 'order.archive.document',
                               'res_id': self.document.id, 'res_field': 'file'})
        with self.assertRefused():
            Attachment.create({'name': "More", 'raw': b'x', 'res_model': 'order.archive.document',
                               'res_id': self.document.id})
        with self.assertRefused():
            Attachment.with_context(
                default_res_model='order.archive.document', default_res_id=self.document.id, default_res_field='file',
            ).create({'name': "More", 'raw': b'x'})
        for vals in (
            {'res_model': 'order.archive.document', 'res_id': self.document.id},
            {'res_model': 'sale.order', 'res_id': self.order.id, 'res_field': 'signature'},
        ):
            with self.subTest(vals=vals), self.assertRefused():
                self._attach(self.partner).write(vals)
        self.assertEqual(self._verify(self.archive), [])

    def test_moving_the_storage_passes(self):
        """Odoo rewrites the same content when files move between storages."""
        self.env['ir.config_parameter'].set_param('ir_attachment.location', 'db')
        self.file._migrate()
        self.assertFalse(self.file.store_fname)
        self.assertEqual(self._verify(self.archive), [])

    def test_nobody_reads_the_files(self):
        admin = self._new_user(
            'system',
            'base.group_system,sale_order_lifecycle.group_archivist,sale_order_lifecycle.group_manager')
        for user in (admin, self.user_archivist, self.user_manager, self.user_sales):
            with self.subTest(user=user.login):
                with self.assertRaises(AccessError):
                    self.file.with_user(user).read(['raw'])
                with self.assertRaises(AccessError):
                    self.document.with_user(user).read(['file'])
                with self.assertRaises(AccessError):
                    self.file.with_user(user).copy({'res_model': False, 'res_id': False, 'res_field': False})
                self.assertFalse(self.env['ir.attachment'].with_user(user).search([('id', '=', self.file.id)]))

    def test_attachments_of_the_order(self):
        for vals in ({'raw': b'x'}, {'name': "Other"}, {'res_id': self._new_order().id}, {'res_model': 'res.partner'}):
            with self.subTest(vals=vals), self.assertRefused():
                self.attachment.write(vals)
        with self.assertRefused():
            self.attachment.unlink()
        with self.assertRefused():
            self.attachment._delete_and_notify()
        with self.assertRefused():
            self.env['ir.attachment'].create({
                'name': 'signature', 'raw': b'x', 'res_model': 'sale.order', 'res_id': self.order.id,
                'res_field': 'signature'})
        self.attachment.generate_access_token()
        self.assertEqual(self.attachment.raw, b'%PDF-1.4 contract')

    def test_attachments_that_come_later(self):
        """Who has put a wrong file into the chatter of a sealed order can take it away again."""
        late = self._attach(self.order, "Late.txt")
        late.flush_recordset()
        self.env.cr.execute("UPDATE ir_attachment SET create_date = %s WHERE id = %s", (
            self.archive.sealed_at.replace(year=self.archive.sealed_at.year + 1), late.id))
        late.invalidate_recordset()
        late.unlink()

    def test_access_log(self):
        self.archive.with_user(self.user_archivist).action_export("Audit")
        access = self.archive.access_ids
        self.assertRecordValues(access, [{'user_id': self.user_archivist.id, 'reason': "Audit", 'kind': 'export'}])
        for name, value in (('reason', "Other"), ('user_id', self.user_manager.id),
                            ('accessed_at', '2020-01-01 00:00:00')):
            with self.assertRefused():
                access.write({name: value})
        with self.assertRefused():
            access.unlink()

    def test_other_attachments_cost_nothing(self):
        """Writing attachments of other records takes the queries that it takes without an archive."""
        first, second = (self._attach(self.partner, f"Other{number}.txt", b'x') for number in (1, 2))
        guarded = self._count_queries(first.write, {'description': "x"})
        self.patch(type(self.env['ir.attachment']), '_check_kept', lambda self, vals: None)
        self.assertLessEqual(guarded, self._count_queries(second.write, {'description': "x"}) + 1)

    def test_partner_merge(self):
        duplicate = self.env['res.partner'].create({'name': "Blue Harbour Limited"})
        self.env['base.partner.merge.automatic.wizard']._merge((self.partner | duplicate).ids, duplicate)
        self.env.invalidate_all()
        self.assertFalse(self.partner.exists())
        self.assertEqual(self.order.partner_id, duplicate)
        self.assertEqual(self.archive.partner_id, duplicate)
        self.assertEqual(self._verify(self.archive), [])

    def test_accounting_goes_on(self):
        """A credit note after the seal is posted; the settlement tells that it was corrected."""
        invoice = self.order.invoice_ids
        reversal = self.env['account.move.reversal'].with_user(self.user_accountant).with_context(
            active_model='account.move', active_ids=invoice.ids).create({
                'journal_id': invoice.journal_id.id, 'reason': "Goodwill"})
        refund = self.env['account.move'].browse(reversal.refund_moves()['res_id'])
        refund.with_user(self.user_accountant).action_post()
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(refund.state, 'posted')
        self.assertTrue(self.order.settlement_ids.corrected)
        self.assertRecordValues(self.order, [{'settlement_state': 'settled', 'lifecycle_phase': 'archived'}])
        self.assertEqual(self._verify(self.archive), [])

    def test_goods_come_back(self):
        picking = self.order.picking_ids
        wizard = self.env['stock.return.picking'].with_user(self.user_stock).with_context(
            active_id=picking.id, active_ids=picking.ids, active_model='stock.picking').create({})
        wizard.product_return_moves.quantity = 1
        returned = self.env['stock.picking'].browse(wizard.action_create_returns()['res_id'])
        self._deliver(returned)
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(returned.state, 'done')
        self.assertEqual(self.order.order_line.qty_delivered, 4)
        self.assertEqual(self.order.lifecycle_phase, 'archived')
        self.assertEqual(self._verify(self.archive), [])

    def test_down_payment_invoices_go_on(self):
        order = self._confirm(self._new_order(lines=[(self.product_service, 10)]))
        wizard = self.env['sale.advance.payment.inv'].with_context(
            active_model='sale.order', active_ids=order.ids).create({
                'advance_payment_method': 'fixed', 'fixed_amount': 100})
        down_payment = wizard._create_invoices(order)
        down_payment.action_post()
        order.order_line.filtered(lambda line: line.product_id == self.product_service).with_user(
            self.user_sales).qty_delivered = 10
        invoices = down_payment | self._invoice(order)
        self._pay(invoices.with_env(self.env))
        self.env.flush_all()
        self.env.invalidate_all()
        self._settle(order)
        archive = self._seal(order)
        line = order.order_line.filtered('is_downpayment')[-1]
        before = line.name
        down_payment.with_env(self.env).button_draft()
        down_payment.with_env(self.env).action_post()
        self.assertEqual(down_payment.state, 'posted')
        self.assertEqual(line.name, before)
        self.assertEqual(self._verify(archive), [])
