import base64
import io
import json
from datetime import datetime

from freezegun import freeze_time
from PIL import Image

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ...models.archive import order_seal
from .common import ArchiveCommon

PIXEL = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='


@tagged('post_install', '-at_install')
class TestArchive(ArchiveCommon):
    """From a settled order to its sealed dossier (articles X1, X2)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.settled = cls._new_settled()

    def test_happy_path(self):
        order = self.settled
        self.assertEqual(order.lifecycle_phase, 'aftersales')
        archive = self._prepare(order)
        self.assertRecordValues(archive, [{'state': 'draft', 'name': False, 'missing_summary': False, 'version': 1}])
        self.assertEqual(order.archive_state, 'draft')
        with freeze_time('2026-05-01 10:00:00'):
            archive.with_user(self.user_archivist).action_seal()
        self.assertRecordValues(order, [{'archive_state': 'sealed', 'lifecycle_phase': 'archived', 'locked': True}])
        self.assertRecordValues(archive, [{
            'state': 'sealed', 'name': 'AR/2026/00001', 'sealed_by_id': self.user_archivist.id, 'scheme': 1,
            'sealed_at': datetime(2026, 5, 1, 10), 'retention_until': fields.Date.to_date('2036-05-01'),
            'previous_digest': False, 'digest': order_seal.get_digest(archive.sudo().seal)}])
        documents = archive.document_ids
        self.assertEqual(documents.mapped('kind'), ['contract', 'review', 'delivery', 'settlement', 'facts', 'facts'])
        self.assertTrue(all(document.size and len(document.sha256) == 64 for document in documents))
        self.assertEqual(self._verify(archive), [])
        self.assertTrue(archive.verified_at)
        self.assertFalse(archive.has_problem)

    def test_facts(self):
        order = self.settled
        archive = self._seal(order)
        facts = archive.document_ids.filtered(lambda row: row.name == 'facts.json').sudo()
        facts = json.loads(base64.b64decode(facts.file))
        self.assertEqual(facts['order']['name'], order.name)
        self.assertEqual(facts['order']['partner_id'], {'id': self.partner.id, 'name': self.partner.display_name})
        self.assertEqual(facts['lines'][0]['product_uom_qty'], 5)
        self.assertEqual([review['state'] for review in facts['reviews']], ['approved', 'approved'])
        self.assertEqual(facts['settlement'][0]['paid_amount'], 500)
        self.assertEqual(facts['transfers'][0]['moves'][0]['quantity'], 5)
        self.assertEqual(facts['invoices'][0]['amount_total'], 500)
        self.assertEqual(facts['left_out'], [])

    def test_context_of_the_caller_changes_nothing(self):
        self.env['res.lang']._activate_lang('fr_FR')
        order = self.settled
        archive = self._prepare(order)
        archive.with_user(self.user_archivist).with_context(
            lang='fr_FR', tz='Asia/Tokyo', default_name='Mine', active_test=False, landscape=True,
            proforma_invoice=True, bin_size=True).action_seal()
        self.assertIn('Order - ', archive.document_ids[0].name)
        self.assertNotIn(b'Commande', base64.b64decode(archive.document_ids[0].sudo().file))
        self.assertEqual(self._verify(archive), [])

    def test_service_needs_no_delivery_slip(self):
        order = self._new_settled(lines=[(self.product_service, 2)])
        archive = self._seal(order)
        self.assertEqual(archive.document_ids.mapped('kind'), ['contract', 'review', 'settlement', 'facts', 'facts'])

    def test_production_records(self):
        product = self._new_manufactured_product(component=self.product_stock)
        order = self._confirm(self._new_order(lines=[(product, 2)]))
        production = self.env['mrp.production'].search([('product_id', '=', product.id)])
        production.action_assign()
        production.qty_producing = 2
        production.move_raw_ids.picked = True
        production.button_mark_done()
        self._deliver(order.picking_ids)
        self._pay(self._invoice(order))
        self.env.flush_all()
        self.env.invalidate_all()
        self._settle(order)
        self.policy.sudo().archive_rule_ids = [Command.create({'kind': 'production'})]
        archive = self._seal(order)
        document = archive.document_ids.filtered(lambda row: row.kind == 'production')
        self.assertRecordValues(document, [{'source_model': 'mrp.production', 'source_id': production.id}])

    def test_only_settled_orders(self):
        quotation, confirmed, fulfilled = self._new_order(count=3)
        self._confirm(confirmed)
        self._fulfil(fulfilled)
        for order in (quotation, confirmed, fulfilled):
            with self.assertRaises(UserError):
                order.with_user(self.user_archivist).action_prepare_archive()
        settled = self.settled
        with self.assertRaises(UserError):
            (settled | fulfilled).with_user(self.user_archivist).action_prepare_archive()
        self.assertFalse(settled.archive_ids)
        result = (settled | fulfilled).with_user(self.user_archivist).action_prepare_archive_possible()
        self.assertIn(fulfilled.name, result['params']['message'])
        self.assertTrue(settled.archive_ids)
        self.assertFalse(fulfilled.archive_ids)

    def test_only_archivists(self):
        order = self.settled
        for login in ('sales', 'sales_manager', 'finance', 'manager', 'employee'):
            with self.subTest(login=login), self.assertRaises(AccessError):
                order.with_user(self.users_by_login[login]).action_prepare_archive()
            with self.subTest(login=login, su=True), self.assertRaises(AccessError):
                order.with_user(self.users_by_login[login]).sudo().action_prepare_archive()
        archive = self._prepare(order)
        for login in ('sales', 'sales_manager', 'finance', 'manager', 'employee'):
            for method in ('action_seal', 'action_queue_seal', 'action_refresh', 'action_set_draft', 'action_export'):
                with self.subTest(login=login, method=method), self.assertRaises(AccessError):
                    getattr(archive.with_user(self.users_by_login[login]).sudo(), method)()
        self.assertEqual(archive.state, 'draft')

    def test_preparing_again_returns_the_dossier(self):
        order = self.settled
        archive = self._prepare(order)
        action = order.with_user(self.user_archivist).action_prepare_archive()
        self.assertEqual(order.archive_ids, archive)
        self.assertEqual(action['res_id'], archive.id)
        archive.with_user(self.user_archivist).action_seal()
        self.assertEqual(order.with_user(self.user_archivist).action_prepare_archive()['res_id'], archive.id)
        with self.assertRaises(UserError):
            archive.with_user(self.user_archivist).action_seal()

    # -- what the policy requires ---------------------------------------------------------------

    def _drop_pickings(self, order):
        """Goods that reached the customer without a transfer, as a script of a third party books them."""
        order.picking_ids.move_ids.picking_id = False
        self.env.flush_all()
        self.env.invalidate_all()

    def test_missing_kind(self):
        order = self.settled
        self._drop_pickings(order)
        archive = self._prepare(order)
        self.assertEqual(archive.missing_summary, 'Delivery')
        self.assertIn('missing', archive.checklist)
        for method in ('action_seal', 'action_queue_seal'):
            with self.assertRaises(UserError) as error:
                getattr(archive.with_user(self.user_archivist), method)()
            self.assertIn('Delivery', str(error.exception))
            self.assertIn(order.name, str(error.exception))
        self.assertEqual(archive.state, 'draft')
        # A scanned slip, attached to the dossier and named as what it is, satisfies the rule.
        self._attach(archive, "Scan.pdf", b'%PDF-1.4 signed')
        document = archive.document_ids
        self.assertRecordValues(document, [{'name': 'Scan.pdf', 'kind': 'other', 'included': True}])
        document.with_user(self.user_archivist).kind = 'delivery'
        self.assertFalse(archive.missing_summary)
        document.with_user(self.user_archivist).included = False
        self.assertEqual(archive.missing_summary, 'Delivery')
        document.with_user(self.user_archivist).included = True
        archive.with_user(self.user_archivist).action_seal()
        self.assertEqual(base64.b64decode(document.sudo().file), b'%PDF-1.4 signed')
        self.assertEqual(self._verify(archive), [])

    def test_rules(self):
        order = self._new_settled(lines=[(self.product_service, 1)])
        archive = self._prepare(order)
        rule = self.policy.sudo().archive_rule_ids.filtered(lambda row: row.kind == 'delivery')
        rule.always = True
        self.env.invalidate_all()
        self.assertEqual(archive.missing_summary, 'Delivery')
        rule.required = False
        self.env.invalidate_all()
        self.assertFalse(archive.missing_summary)
        self.policy.sudo().write({'retention_years': 5, 'archive_rule_ids': [
            Command.update(row.id, {'years': 30}) for row in self.policy.archive_rule_ids if row.kind == 'contract']})
        with freeze_time('2026-02-28 10:00:00'):
            archive.with_user(self.user_archivist).action_seal()
        self.assertEqual(archive.retention_until, fields.Date.to_date('2056-02-28'))

    def test_kept_without_end(self):
        order = self._new_settled(lines=[(self.product_service, 1)])
        self.policy.sudo().retention_years = 0
        self.assertFalse(self._seal(order).retention_until)

    # -- attachments ------------------------------------------------------------------------------

    def test_attachments(self):
        order = self.settled
        contract = self._attach(order, "Contract/signed.pdf", b'%PDF-1.4 contract')
        left_out = self._attach(order, "Draft.txt", b'draft')
        reason = self._attach(order.settlement_ids, "Letter.txt", b'letter')
        self._attach(self.partner, "Unrelated.txt", b'unrelated')
        archive = self._prepare(order)
        rows = archive.document_ids
        self.assertRecordValues(rows.sorted('name'), [
            {'name': 'Contract_signed.pdf', 'kind': 'other', 'source_id': contract.id},
            {'name': 'Draft.txt', 'kind': 'other', 'source_id': left_out.id},
            {'name': 'Letter.txt', 'kind': 'settlement', 'source_id': reason.id}])
        own = rows.with_user(self.user_archivist)
        own.filtered(lambda row: row.source_id == contract.id).kind = 'contract'
        own.filtered(lambda row: row.source_id == left_out.id).included = False
        self._attach(order, "Late.txt", b'late')
        archive.with_user(self.user_archivist).action_seal()
        contents = {row.name: base64.b64decode(row.sudo().file) for row in archive.document_ids}
        self.assertEqual(contents['Contract_signed.pdf'], b'%PDF-1.4 contract')
        self.assertEqual(contents['Late.txt'], b'late')
        self.assertEqual(contents['Letter.txt'], b'letter')
        self.assertNotIn('Draft.txt', contents)
        facts = json.loads(contents['facts.json'])
        self.assertEqual(facts['left_out'], ['Draft.txt'])
        # The page of what has happened.
        self.assertIn(order.name, contents['timeline.html'].decode())
        self.assertIn("Everything delivered", contents['timeline.html'].decode())
        self.assertEqual(self._verify(archive), [])

    def test_signature(self):
        order = self.settled
        order.sudo().write({'signature': PIXEL, 'signed_by': "Carla"})
        archive = self._seal(order)
        document = archive.document_ids.filtered(lambda row: 'Signature' in row.name)
        self.assertRecordValues(document, [{'kind': 'contract', 'name': 'Signature of the customer.png'}])
        self.assertEqual(self._verify(archive), [])

    def test_pictures_keep_their_size(self):
        buffer = io.BytesIO()
        Image.new('RGB', (2500, 10)).save(buffer, 'PNG')
        order = self.settled
        self.env['ir.attachment'].with_context(image_no_postprocess=True).create({
            'name': "Photo.png", 'raw': buffer.getvalue(), 'res_model': 'sale.order', 'res_id': order.id})
        archive = self._seal(order)
        document = archive.document_ids.filtered(lambda row: row.name == 'Photo.png')
        self.assertEqual(base64.b64decode(document.sudo().file), buffer.getvalue())

    def test_lost_attachment(self):
        order = self.settled
        attachment = self._attach(order)
        archive = self._prepare(order)
        with open(attachment._full_path(attachment.store_fname), 'wb'):
            pass
        attachment.invalidate_recordset()
        with self.assertRaises(UserError) as error:
            archive.with_user(self.user_archivist).action_seal()
        self.assertIn('Note.txt', str(error.exception))

    # -- numbers and chain ------------------------------------------------------------------------

    def test_many_at_once(self):
        orders = self._new_settled(count=3)
        archives = self._seal(orders).sorted('id')
        year = archives[0].sealed_at.year
        self.assertEqual(archives.mapped('name'), [f'AR/{year}/0000{number}' for number in (1, 2, 3)])
        self.assertEqual(archives[1].previous_id, archives[0])
        self.assertEqual(archives.mapped('previous_digest'), [False, archives[0].digest, archives[1].digest])
        chain = self.env['order.archive.chain'].search([('company_id', '=', self.company.id)])
        self.assertRecordValues(chain, [{
            'numbers': {str(year): 3}, 'last_id': archives[2].id, 'last_digest': archives[2].digest}])
        self.assertEqual(self._verify(archives), [])

    def test_all_or_none(self):
        first, second = orders = self._new_settled(count=2)
        archives = self._prepare(orders)
        self._drop_pickings(second)
        with self.assertRaises(UserError):
            archives.with_user(self.user_archivist).action_seal()
        self.assertEqual(set(archives.mapped('state')), {'draft'})
        result = archives.with_user(self.user_archivist).action_seal_possible()
        self.assertIn(second.name, result['params']['message'])
        self.assertEqual(first.archive_ids.state, 'sealed')
        self.assertEqual(second.archive_ids.state, 'draft')

    def test_year_and_time_zone(self):
        self.company.resource_calendar_id.tz = 'Asia/Shanghai'
        orders = self._new_settled(count=3)
        archives = self._prepare(orders)
        for archive, moment in zip(archives, (
                '2026-12-31 15:59:59', '2026-12-31 16:00:00', '2027-01-01 02:00:00')):
            with freeze_time(moment):
                archive.with_user(self.user_archivist).action_seal()
        self.assertEqual(archives.mapped('name'), ['AR/2026/00001', 'AR/2027/00001', 'AR/2027/00002'])
        self.assertEqual(self._verify(archives), [])

    def test_companies_have_their_own_chains(self):
        company = self._new_company()
        policy = self.env['order.policy'].create({'name': "Plain", 'company_id': company.id, 'stage_ids': [
            Command.create({'name': "Sales", 'role_id': self._role('sales').id})]})
        self._adopt(policy)
        users = (self.user_sales | self.user_archivist | self.user_finance)
        users.company_ids |= company
        own = self._seal(self.settled)
        product = self._new_product("Free Advice", type='service', list_price=0)
        order = self._new_order(company_id=company.id, lines=[(product, 1)], payment_term_id=False)
        order = order.with_company(company)
        self._confirm(order)
        order.order_line.with_user(self.user_sales).qty_delivered = 1
        self.env.flush_all()
        self.env.invalidate_all()
        order.settlement_ids.with_user(self.user_finance).with_company(company).action_settle("Free of charge")
        archivist = self.user_archivist
        order.with_user(archivist).with_context(allowed_company_ids=company.ids).action_prepare_archive()
        archive = order.archive_ids
        archive.with_user(archivist).with_context(allowed_company_ids=company.ids).action_seal()
        self.assertEqual(archive.name, own.name)
        self.assertFalse(archive.previous_id)
        self.assertEqual(archive.company_id, company)
        both = (own | archive).with_user(archivist).with_context(allowed_company_ids=(self.company | company).ids)
        self.assertTrue(all(result['ok'] for result in both.action_verify()))
        # Somebody of the first company alone sees the first only.
        archivist.company_ids = self.company
        self.assertEqual(self.env['order.archive'].with_user(archivist).search([]), own)
        with self.assertRaises(AccessError):
            archive.with_user(archivist).action_verify()
        with self.assertRaises(AccessError):
            archive.with_user(archivist).sudo().action_export()

    def test_orders_without_policy(self):
        order = self._new_order()
        order.policy_id = False
        order.with_user(self.user_sales).action_confirm()
        with self.assertRaises(UserError):
            order.with_user(self.user_archivist).action_prepare_archive()
        self.assertEqual(order.archive_state, 'none')

    def test_copies_begin_anew(self):
        order = self.settled
        self._seal(order)
        copy = order.with_user(self.user_sales).copy()
        self.assertRecordValues(copy.with_env(self.env), [{
            'archive_state': 'none', 'archive_ids': [], 'locked': False}])
        copy.with_user(self.user_sales).order_line.product_uom_qty = 9
