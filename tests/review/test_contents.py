"""What the records say that an order names is approved with it: terms, units, taxes, and who the customer is (R5)."""
import base64
import io
import json

from odoo import Command
from odoo.tests import HttpCase, tagged
from odoo.tools.pdf import PdfFileWriter

from ..common import LifecycleCommon
from .rpc_common import PASSWORD, RpcMixin


@tagged('post_install', '-at_install')
class TestContents(RpcMixin, LifecycleCommon, HttpCase):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user_products = cls._new_user('products', 'base.group_user,product.group_product_manager')
        cls.user_adviser = cls._new_user('adviser', 'account.group_account_manager')
        cls.user_contacts = cls._new_user('contacts', 'sales_team.group_sale_salesman,base.group_partner_manager')
        cls.user_any = cls._new_user(
            'any', 'account.group_account_manager,sales_team.group_sale_manager,product.group_product_manager')
        for user in (cls.user_products, cls.user_adviser, cls.user_contacts, cls.user_any):
            user.password = PASSWORD
        cls.crate = cls.env['uom.uom'].create({
            'name': "Crate", 'relative_factor': 6, 'relative_uom_id': cls.product_stock.uom_id.id})
        cls.tax = cls.env['account.tax'].create({'name': "Test 20", 'amount': 20, 'type_tax_use': 'sale'})
        cls.country = cls.env.ref('base.uk')
        cls.customer = cls.env['res.partner'].create({
            'name': "Green Hill Ltd", 'email': 'hill@example.com', 'country_id': cls.country.id})
        cls.contact = cls.env['res.partner'].create({
            'name': "Buyer", 'email': 'buyer@example.com', 'parent_id': cls.customer.id, 'type': 'other',
            'country_id': cls.country.id})

    def _new_accepted(self, partner=None):
        return self._accept(self._new_order(partner_id=(partner or self.customer).id, lines=[{
            'product_id': self.product_stock.id, 'product_uom_id': self.crate.id, 'product_uom_qty': 2,
            'price_unit': 600, 'tax_ids': [Command.set(self.tax.ids)]}]))

    def _check_reopened(self, order, *texts):
        """The approved order is none any more, by no way, until the departments have seen what has changed."""
        self.assertFalse(order.is_accepted)
        self.assertCallRefused(self.user_sales, 'sale.order', 'write', order.ids, {'state': 'sale'})
        self.assertCallRefused(self.user_sales, 'sale.order', 'action_confirm', order.ids)
        order._evaluate_refused()
        self.assertEqual(order.review_state, 'in_review')
        changes = self._get_pending_reviews(order).changes
        for text in texts:
            self.assertIn(text, changes)
        self._approve(order)
        self.call(self.user_sales, 'sale.order', 'action_confirm', order.ids)
        self.assertEqual(order.state, 'sale')

    def test_unit(self):
        order = self._new_accepted()
        self.call(self.user_products, 'uom.uom', 'write', self.crate.ids, {'relative_factor': 600})
        self._check_reopened(order, "Crate", "6 → 600")

    def test_product(self):
        product = self._new_product("Cabinet", is_storable=False)
        order = self._accept(self._new_order(lines=[(product, 1)]))
        self.call(self.user_products, 'product.product', 'write', product.ids, {'type': 'service'})
        self._check_reopened(order, "Cabinet", "Goods → Service")

    def test_confirmed_orders_keep_what_they_have_sold(self):
        """Goods do not become services that are delivered by a word, nor a crate one of another content."""
        product = self._new_product("Cabinet", is_storable=False)
        order = self._confirm(self._new_order(lines=[
            (product, 1), {'product_id': self.product_stock.id, 'product_uom_id': self.crate.id, 'product_uom_qty': 2},
            (self.product_service, 1)]))
        other = self.env['uom.uom'].create({
            'name': "Other", 'relative_factor': 3, 'relative_uom_id': self.product_stock.uom_id.id})
        for records, vals in (
            (product, {'type': 'service'}), (product.product_tmpl_id, {'type': 'service'}),
            (product, {'type': 'combo'}), (self.product_service, {'type': 'consu'}),
            (self.crate, {'relative_factor': 1}), (self.crate, {'relative_uom_id': other.id}),
        ):
            with self.subTest(records=records, vals=vals):
                self.assertCallRefused(self.user_products, records._name, 'write', records.ids, vals)
        self.call(self.user_products, 'product.product', 'write', product.ids, {'type': 'consu', 'name': "Case"})
        self.call(self.user_products, 'uom.uom', 'write', other.ids, {'relative_factor': 4})
        self.assertEqual(order.order_line.mapped('product_id.type'), ['consu', 'consu', 'service'])

    def test_confirmed_orders_keep_what_they_name(self):
        """The database takes from an order whatever is deleted, below every rule: so it is not."""
        term, incoterm, position, pricelist = (
            self.payment_term.copy(), self.env['account.incoterms'].create({'name': "Test Ex Works", 'code': 'TX1'}),
            self.env['account.fiscal.position'].create({'name': "Abroad"}),
            self.env['product.pricelist'].create({'name': "Retail", 'currency_id': self.env.company.currency_id.id}))
        named = {
            'payment_term_id': term, 'incoterm': incoterm, 'fiscal_position_id': position, 'pricelist_id': pricelist}
        if 'quotation.document' in self.env:
            named['quotation_document_ids'] = self.env['quotation.document'].create({
                'name': "Head.pdf", 'datas': self._new_pdf(1)})
        order = self._new_order(partner_id=self.customer.id, **{
            name: record.ids[0] if name != 'quotation_document_ids' else [Command.set(record.ids)]
            for name, record in named.items()})
        order.order_line.tax_ids = self.tax
        self._confirm(order)
        targets = [*named.values(), self.tax]
        if document := named.get('quotation_document_ids'):
            targets.append(document.ir_attachment_id)
        copies = [record.copy() for record in targets if record._name != 'account.incoterms']
        for record in targets:
            self.assertIn(record._name, order._get_naming_fields())
            for user in (self.user_adviser, self.user_sales_manager, self.user_any):
                with self.subTest(record=record, user=user.login):
                    self.assertCallRefused(user, record._name, 'unlink', record.ids)
        self.assertTrue(all(record.exists() for record in targets))
        self.assertEqual({name: order[name] for name in named}, named)
        self.assertEqual(order.order_line.tax_ids, self.tax)
        for record in copies:
            self.call(self.user_any, record._name, 'unlink', record.ids)

    # -- files of a quotation -----------------------------------------------------------------------

    def _new_pdf(self, pages):
        writer, stream = PdfFileWriter(), io.BytesIO()
        for _page in range(pages):
            writer.add_blank_page(width=200, height=200)
        writer.write(stream)
        return base64.b64encode(stream.getvalue()).decode()

    def _new_documents(self):
        """:return: a header of quotations and a document of a product; skips where nothing makes them"""
        if 'quotation.document' not in self.env:
            self.skipTest("sale_pdf_quote_builder is not installed")
        return self.env['quotation.document'].create({'name': "Head.pdf", 'datas': self._new_pdf(1)}), self.env[
            'product.document'].create({
                'name': "Data Sheet.pdf", 'datas': self._new_pdf(1), 'res_model': 'product.product',
                'res_id': self.product_stock.id, 'attached_on_sale': 'inside'})

    def test_files(self):
        """The customer signs a quotation with its files, and what is filled into them."""
        head, sheet = self._new_documents()
        texts = json.dumps({'header': {str(head.id): {'custom_form_fields': {'terms': "Free of charge"}}}})
        for number in range(3):
            order = self._new_accepted()
            values = (
                {'quotation_document_ids': [[4, head.id]]}, {'customizable_pdf_form_fields': texts},
                {'order_line': [[1, order.order_line.id, {'product_document_ids': [[4, sheet.id]]}]]})[number]
            with self.subTest(values=values):
                self.assertCallRefused(self.user_stock, 'sale.order', 'write', order.ids, values)
                self.call(self.user_sales, 'sale.order', 'write', order.ids, values)
                self.assertEqual(order.review_state, 'in_review')
                self._approve(order)
                self.call(self.user_sales, 'sale.order', 'action_confirm', order.ids)
                self.assertEqual(order.state, 'sale')
                nothing = {
                    name: [[1, order.order_line.id, {'product_document_ids': [[5]]}]] if name == 'order_line' else False
                    for name in values}
                self.assertCallRefused(self.user_sales_manager, 'sale.order', 'write', order.ids, nothing)

    def test_other_file_of_the_same_name(self):
        head, sheet = self._new_documents()
        for document, user in ((head, self.user_sales_manager), (sheet, self.user_products)):
            with self.subTest(document=document.name):
                order = self._new_order(partner_id=self.customer.id)
                order.quotation_document_ids = head
                order.order_line.product_document_ids = sheet
                self._accept(order)
                self.call(user, document._name, 'write', document.ids, {'datas': self._new_pdf(2)})
                self._check_reopened(order, document.name)

    # -- terms ----------------------------------------------------------------------------------------

    def test_payment_term(self):
        order = self._new_accepted()
        self.call(self.user_adviser, 'account.payment.term', 'write', self.payment_term.ids, {
            'line_ids': [[1, self.payment_term.line_ids.id, {'nb_days': 365}]]})
        self._check_reopened(order, "Test 30 Days", "365 Days after invoice date")

    def test_incoterm(self):
        incoterm, other = self.env['account.incoterms'].create([
            {'name': "Test Ex Works", 'code': 'TX1'}, {'name': "Test Delivered", 'code': 'TX2'}])
        order = self._new_order(partner_id=self.customer.id, incoterm=incoterm.id)
        self._accept(order)
        self.call(self.user_adviser, 'account.incoterms', 'write', other.ids, {'code': 'TX3'})
        self.assertTrue(order.is_accepted)
        self.call(self.user_adviser, 'account.incoterms', 'write', incoterm.ids, {'code': 'TX2'})
        self._check_reopened(order, "Test Ex Works", "TX1 → TX2")

    def test_tax(self):
        order = self._new_accepted()
        self.call(self.user_adviser, 'account.tax', 'write', self.tax.ids, {'amount': 0})
        self._check_reopened(order, "Test 20", "20 % → 0 %")

    def test_customer(self):
        other, plain = self.env['res.partner'].create([
            {'name': "Grey Moor Ltd", 'country_id': self.country.id, 'vat': 'GB111111111'},
            {'name': "Ann", 'email': 'ann@example.com'}])
        for partner, vals, text in (
            (self.customer, {'vat': 'GB999999973'}, "green hill ltd GB → GB999999973 GB"),
            (self.customer, {'vat': 'GB123456782'}, "GB999999973 GB → GB123456782 GB"),
            (self.customer, {'country_id': self.env.ref('base.cu').id}, "GB123456782 GB → GB123456782 CU"),
            (self.contact, {'parent_id': other.id}, "GB123456782 GB → GB111111111 GB"),
            (plain, {'name': "Bob"}, "ann → bob"),
        ):
            with self.subTest(vals=vals):
                order = self._new_accepted(partner)
                self.call(self.user_contacts, 'res.partner', 'write', partner.ids, vals)
                self._check_reopened(order, text)

    def test_harmless(self):
        self.customer.vat = 'GB999999973'
        order = self._new_accepted()
        self.call(self.user_contacts, 'res.partner', 'write', self.customer.ids, {
            'name': "Green Hill Limited", 'street': "2 Hill Road", 'phone': '+44 20 7946 0001', 'vat': 'GB 999999973'})
        self.call(self.user_products, 'uom.uom', 'write', self.crate.ids, {'name': "Crate of 6"})
        self.call(self.user_adviser, 'account.payment.term', 'write', self.payment_term.ids, {'name': "Thirty Days"})
        self.call(self.user_sales, 'sale.order', 'action_confirm', order.ids)
        self.assertEqual(order.state, 'sale')

    def test_stage_that_looks_at_other_values(self):
        """Whoever does not watch the unit has not approved what it contains."""
        price = self.env['ir.model.fields']._get('sale.order.line', 'price_unit')
        self.policy.sudo().stage_ids.watched_field_ids = price
        order = self._new_accepted()
        self.call(self.user_products, 'uom.uom', 'write', self.crate.ids, {'relative_factor': 12})
        self.assertTrue(order.is_accepted)

    def test_signature(self):
        """What the customer has accepted is not what a unit contains later; who the customer is knows the customer."""
        for write in (
            lambda: self.call(self.user_products, 'uom.uom', 'write', self.crate.ids, {'relative_factor': 12}),
            lambda: self.call(self.user_contacts, 'res.partner', 'write', self.customer.ids, {'vat': 'GB999999973'}),
        ):
            order = self._register(self._new_order(partner_id=self.customer.id, lines=[{
                'product_id': self.product_stock.id, 'product_uom_id': self.crate.id, 'product_uom_qty': 2}]))
            order.with_user(self.user_sales).action_confirm_customer('phone')
            write()
            is_unit = self.crate.factor == 12 and not self.customer.vat
            self.assertEqual(order in order._get_stale_confirmations(), is_unit)
