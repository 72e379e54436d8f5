"""The archive from outside: XML-RPC, the chatter's routes, downloads and exports (article X2)."""
import base64
import hashlib
import html
import io
import json
import xmlrpc.client
import zipfile

from freezegun import freeze_time

from odoo import fields
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from ...models.archive import order_seal
from .common import ArchiveCommon


@tagged('post_install', '-at_install')
class TestArchiveRpc(ArchiveCommon, HttpCase):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for user in (cls.user_sales, cls.user_sales_manager, cls.user_archivist, cls.user_manager, cls.user_finance):
            user.password = user.login
        cls.orders = cls._new_settled(count=2)
        cls.order = cls.orders[0]
        cls.attachment = cls._attach(cls.order, "Contract.pdf", b'%PDF-1.4 contract')
        cls._attach(cls.order, "contract.pdf", b'%PDF-1.4 another')
        cls.archives = cls._seal(cls.orders).sorted('id')
        cls.archive = cls.archives[0]
        cls.document = cls.archive.document_ids[0]
        cls.file = cls.document.sudo()._get_file_attachments()[cls.document.id]
        cls.archive.with_user(cls.user_archivist).action_export("Before")
        cls.access = cls.archive.access_ids
        cls.chain = cls.env['order.archive.chain'].search([('company_id', '=', cls.company.id)])
        cls.unsettled = cls._new_order()
        cls.env.flush_all()

    def _call(self, user, model, method, *args, **kwargs):
        return self.xmlrpc_object.execute_kw(
            self.env.cr.dbname, user.id, user.login, model, method, list(args), kwargs)

    def _get_attempts(self):
        """(model, method, positional arguments, keyword arguments) of what a client might try."""
        order, archive, document = self.order.ids, self.archive.ids, self.document.ids
        return [
            ('sale.order', 'write', (order, {'note': "Other"}), {}),
            ('sale.order', 'write', (order, {'state': 'cancel'}), {}),
            ('sale.order', 'write', (order, {'archive_state': 'none'}), {}),
            ('sale.order', 'write', (order, {'locked': False}), {}),
            ('sale.order', 'write', (order, {'signature': False}), {}),
            ('sale.order', 'write', (order, {'archive_ids': [[5, 0, 0]]}), {}),
            ('sale.order', 'write', (order, {'archive_ids': [[1, archive[0], {'state': 'draft'}]]}), {}),
            ('sale.order', 'web_save', (order, {'client_order_ref': "X"}, {}), {}),
            ('sale.order', 'action_cancel', (order,), {}),
            ('sale.order', 'action_unlock', (order,), {}),
            ('sale.order', 'unlink', (order,), {}),
            ('sale.order', '_prepare_archives', (order,), {}),
            ('sale.order', 'action_prepare_archive', (self.unsettled.ids,), {}),
            ('sale.order', 'write', (self.unsettled.ids, {'archive_state': 'sealed'}), {}),
            ('sale.order', 'create', ([{'partner_id': self.partner.id, 'archive_state': 'sealed'}],), {}),
            ('sale.order.line', 'write', (self.order.order_line.ids, {'price_unit': 1}), {}),
            ('sale.order.line', 'create', ([{'order_id': order[0], 'product_id': self.product_stock.id}],), {}),
            ('sale.order.line', 'unlink', (self.order.order_line.ids,), {}),
            ('order.review', 'write', (self.order.review_ids.ids, {'plan_note': "X"}), {}),
            ('order.review', 'unlink', (self.order.review_ids.ids,), {}),
            ('order.settlement', 'write', (self.order.settlement_ids.ids, {'difference_reason': "X"}), {}),
            ('order.archive', 'write', (archive, {'name': 'AR/2026/00099'}), {}),
            ('order.archive', 'write', (archive, {'digest': 'f' * 64}), {}),
            ('order.archive', 'write', (archive, {'state': 'draft'}), {}),
            ('order.archive', 'write', (archive, {'problems': False, 'has_problem': False}), {}),
            ('order.archive', 'write', (archive, {'document_ids': [[5, 0, 0]]}), {}),
            ('order.archive', 'write', (archive, {'document_ids': [[1, document[0], {'kind': 'other'}]]}), {}),
            ('order.archive', 'create', ([{'order_id': order[0], 'version': 2}],), {}),
            ('order.archive', 'create', ([{'order_id': self.unsettled.id, 'state': 'sealed'}],), {}),
            ('order.archive', 'copy', (archive,), {}),
            ('order.archive', 'unlink', (archive,), {}),
            ('order.archive', 'action_set_draft', (archive,), {}),
            ('order.archive', 'action_seal', (archive,), {}),
            ('order.archive', '_close', (archive, {}), {}),
            ('order.archive', '_seal', (archive, {}), {}),
            ('order.archive', '_cron_seal_queued', (), {}),
            ('order.archive.document', 'write', (document, {'sha256': 'f' * 64}), {}),
            ('order.archive.document', 'write', (document, {'kind': 'other'}), {}),
            ('order.archive.document', 'create', ([{'archive_id': archive[0], 'name': "More"}],), {}),
            ('order.archive.document', 'create', ([{'name': "More"}],), {
                'context': {'default_archive_id': archive[0]}}),
            ('order.archive.document', 'unlink', (document,), {}),
            ('order.archive.document', 'read', (document, ['file']), {}),
            ('order.archive.chain', 'write', (self.chain.ids, {'last_digest': 'x'}), {}),
            ('order.archive.chain', 'unlink', (self.chain.ids,), {}),
            ('order.archive.chain', 'create', ([{'company_id': self.company.id}],), {}),
            ('order.archive.chain', '_take_number', (self.chain.ids, 2026), {}),
            ('order.archive.access', 'write', (self.access.ids, {'reason': "X"}), {}),
            ('order.archive.access', 'unlink', (self.access.ids,), {}),
            ('order.archive.access', 'create', ([{
                'archive_id': archive[0], 'user_id': self.user_sales.id, 'kind': 'export',
                'accessed_at': '2026-01-01 00:00:00'}],), {}),
            ('ir.attachment', 'write', (self.file.ids, {'raw': 'x'}), {}),
            ('ir.attachment', 'unlink', (self.file.ids,), {}),
            ('ir.attachment', 'copy', (self.file.ids, {'res_model': False, 'res_id': False, 'res_field': False}), {}),
            ('ir.attachment', 'read', (self.file.ids, ['datas']), {}),
            ('ir.attachment', 'generate_access_token', (self.file.ids,), {}),
            ('ir.attachment', 'write', (self.attachment.ids, {'raw': 'x'}), {}),
            ('ir.attachment', 'write', (self.attachment.ids, {
                'res_model': 'res.partner', 'res_id': self.partner.id}), {}),
            ('ir.attachment', 'unlink', (self.attachment.ids,), {}),
            ('ir.attachment', 'create', ([{
                'name': "More", 'datas': 'AAAA', 'res_model': 'order.archive.document', 'res_id': document[0],
                'res_field': 'file'}],), {}),
            ('ir.attachment', 'create', ([{
                'name': 'signature', 'datas': 'AAAA', 'res_model': 'sale.order', 'res_id': order[0],
                'res_field': 'signature'}],), {}),
        ]

    def assertUntouched(self):
        self.env.invalidate_all()
        self.assertRecordValues(self.order, [{
            'state': 'sale', 'archive_state': 'sealed', 'lifecycle_phase': 'archived', 'locked': True,
            'amount_untaxed': 500}])
        self.assertEqual(self.order.archive_ids, self.archive)
        self.assertEqual(self.unsettled.archive_state, 'none')
        self.assertFalse(self.env['order.archive'].search([('order_id', '=', self.unsettled.id)]))
        self.assertRecordValues(self.archive.access_ids, [{'reason': "Before", 'user_id': self.user_archivist.id}])
        self.assertEqual(self.chain.last_digest, self.archives[1].digest)
        self.assertEqual(self._verify(self.archives), [])

    def test_xmlrpc(self):
        for user in (self.user_archivist, self.user_sales_manager, self.user_manager):
            for model, method, args, kwargs in self._get_attempts():
                with self.subTest(user=user.login, model=model, method=method, args=args), \
                        self.assertRaises(xmlrpc.client.Fault), mute_logger('odoo.http'):
                    self._call(user, model, method, *args, **kwargs)
            self.assertUntouched()

    def test_load(self):
        for model, names, row in (
            ('sale.order', ['.id', 'client_order_ref'], [str(self.order.id), "X"]),
            ('order.archive', ['.id', 'state'], [str(self.archive.id), "Draft"]),
            ('order.archive.document', ['.id', 'kind'], [str(self.document.id), "Other"]),
        ):
            user = self.user_sales if model == 'sale.order' else self.user_archivist
            result = self._call(user, model, 'load', names, [row])
            self.assertFalse(result['ids'], model)
        self.assertUntouched()

    def test_chatter_routes(self):
        """The chatter deletes attachments as superuser, for everybody who may write the order."""
        self.authenticate(self.user_sales.login, self.user_sales.login)
        for attachment in (self.attachment, self.file):
            with mute_logger('odoo.http'):
                response = self.url_open('/mail/attachment/delete', data=json.dumps({
                    'params': {'attachment_id': attachment.id}}), headers={'Content-Type': 'application/json'})
            self.assertIn('error', response.json())
            self.assertTrue(attachment.exists())
        self.assertUntouched()

    def test_content_routes(self):
        """Core's routes hand out nothing of the archive, to nobody."""
        admin = self._new_user(
            'system', 'base.group_system,sale_order_lifecycle.group_archivist', password='test_system')
        for user in (self.user_archivist, admin, self.user_sales):
            self.authenticate(user.login, user.login)
            for url in (
                f'/web/content/{self.file.id}', f'/web/content/order.archive.document/{self.document.id}/file',
                f'/web/image/order.archive.document/{self.document.id}/file',
                f'/web/content/{self.file.id}?access_token=x',
                f'/mail/attachment/pdf_first_page/{self.file.id}',
            ):
                with self.subTest(user=user.login, url=url), mute_logger('odoo.http'):
                    response = self.url_open(url)
                    self.assertNotIn(self.order.name.encode(), response.content)

    # -- downloads and exports ----------------------------------------------------------------------

    def test_download(self):
        self.authenticate(self.user_archivist.login, self.user_archivist.login)
        action = self.document.with_user(self.user_archivist).action_download("A question of the customer")
        access = self.archive.access_ids - self.access
        self.assertRecordValues(access, [{
            'user_id': self.user_archivist.id, 'document_id': self.document.id, 'kind': 'download',
            'reason': "A question of the customer"}])
        response = self.url_open(action['url'])
        self.assertEqual(response.status_code, 200)
        self.assertEqual(hashlib.sha256(response.content).hexdigest(), self.document.sha256)
        self.assertIn('attachment', response.headers['Content-Disposition'])
        # The ticket is good for its person, and for some minutes.
        with freeze_time(fields.Datetime.add(access.accessed_at, minutes=11)):
            self.assertEqual(self.url_open(action['url']).status_code, 404)
        self.assertEqual(self.url_open('/order-archive/none').status_code, 404)
        self.user_archivist.group_ids -= self.env.ref('sale_order_lifecycle.group_archivist')
        with mute_logger('odoo.http'):
            self.assertEqual(self.url_open(action['url']).status_code, 403)
        self.authenticate(self.user_manager.login, self.user_manager.login)
        self.assertEqual(self.url_open(action['url']).status_code, 404)

    def _export(self, archives):
        self.authenticate(self.user_archivist.login, self.user_archivist.login)
        action = archives.with_user(self.user_archivist).action_export("Audit 2026")
        response = self.url_open(action['url'])
        self.assertEqual(response.headers['Content-Type'], 'application/zip')
        return response, zipfile.ZipFile(io.BytesIO(response.content))

    def test_export(self):
        response, file = self._export(self.archives)
        self.assertIsNone(file.testzip())
        logged = self.archives.access_ids.filtered(lambda row: row.reason == "Audit 2026")
        self.assertEqual(logged.archive_id, self.archives)
        names = file.namelist()
        self.assertEqual(len(names), len(set(names)))
        self.assertEqual(len({name.lower() for name in names}), len(names))
        manifest = json.loads(file.read('manifest.json'))
        previous = ''
        for archive, dossier in zip(self.archives, manifest['dossiers'], strict=True):
            # Whoever has the files can check them with a few lines.
            self.assertEqual(dossier['digest'], archive.digest)
            self.assertEqual(order_seal.get_digest(order_seal.get_canonical(dossier['seal'])), dossier['digest'])
            self.assertEqual(dossier['seal']['previous'], previous)
            previous = dossier['digest']
            self.assertEqual(len(dossier['documents']), len(archive.document_ids))
            for document, sealed in zip(dossier['documents'], dossier['seal']['documents'], strict=True):
                content = file.read(document['path'])
                self.assertEqual(hashlib.sha256(content).hexdigest(), sealed['sha256'])
                self.assertEqual(len(content), sealed['size'])
                self.assertTrue(document['path'].startswith(archive.name.replace('/', '-') + '/'))
        index = html.unescape(file.read('index.html').decode())
        for text in (self.order.name, self.archive.name, self.archive.digest, "Contract.pdf", "Delivery"):
            self.assertIn(text, index)

    def test_export_of_one(self):
        response, file = self._export(self.archive)
        self.assertIn(f"{self.archive.name.replace('/', '-')}.zip", response.headers['Content-Disposition'])
        self.assertEqual(len(json.loads(file.read('manifest.json'))['dossiers']), 1)

    def test_export_with_a_missing_file(self):
        self._remove_file(self.document)
        _response, file = self._export(self.archive)
        self.assertIn("missing", file.read('index.html').decode())
        self.assertEqual(len(file.namelist()), 2 + len(self.archive.document_ids) - 1)

    def test_only_sealed_ones(self):
        draft = self._prepare(self._new_settled())
        for method in ('action_export', 'action_open_export', 'action_verify'):
            with self.assertRaises(xmlrpc.client.Fault), mute_logger('odoo.http'):
                self._call(self.user_archivist, 'order.archive', method, draft.ids)

    def test_right_person_over_rpc(self):
        order = self._new_settled()
        self.env.flush_all()
        self._call(self.user_archivist, 'sale.order', 'action_prepare_archive', order.ids)
        self.assertTrue(self._call(self.user_archivist, 'order.archive', 'action_seal', order.archive_ids.ids))
        [result] = self._call(self.user_archivist, 'order.archive', 'action_verify', order.archive_ids.ids)
        self.assertEqual(result, {'archive_id': order.archive_ids.id, 'ok': True, 'problems': []})

    @mute_logger('odoo.addons.rpc.controllers.xmlrpc', 'odoo.http')
    def test_printed_invoice_is_nobodys_to_replace(self):
        """What a dossier takes for the invoice that the customer was sent, Odoo has printed."""
        accountant, invoice = self.user_accountant, self.order.invoice_ids
        accountant.password = accountant.login
        printed = {'res_model': 'account.move', 'res_id': invoice.id, 'res_field': 'invoice_pdf_report_file'}
        file = self.env['ir.attachment'].create({'name': "Invoice.pdf", 'raw': b'%PDF-1.4', **printed})
        other = self._attach(invoice, "Other.pdf", b'%PDF-1.4 other').with_user(accountant)
        self.env.flush_all()
        content = base64.b64encode(b'%PDF-1.4 forged').decode()
        for model, method, *args in (
            ('account.move', 'write', invoice.ids, {'invoice_pdf_report_file': content}),
            ('account.move', 'create', [{'move_type': 'out_invoice', 'invoice_pdf_report_file': content}]),
            ('ir.attachment', 'create', [{'name': "Invoice.pdf", 'datas': content, **printed}]),
            ('ir.attachment', 'write', file.ids, {'datas': content}),
            ('ir.attachment', 'write', other.ids, printed),
        ):
            with self.subTest(model=model, method=method), self.assertRaises(xmlrpc.client.Fault) as refused:
                self._call(accountant, model, method, *args)
            self.assertNotEqual(refused.exception.faultCode, 1)
        self.env.invalidate_all()
        self.assertEqual(invoice.invoice_pdf_report_id.raw, b'%PDF-1.4')
        # As core does when an invoice is set back to draft, and what is only attached.
        self._call(accountant, 'ir.attachment', 'write', other.ids, {'name': "Other name.pdf"})
        invoice.with_user(accountant).button_draft()
        self.env.invalidate_all()
        self.assertFalse(invoice.invoice_pdf_report_id)
