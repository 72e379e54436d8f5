"""What was shown, approved and signed is the order, its words as its prices (article R5)."""
import re
import xmlrpc.client

from odoo import Command, models
from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, tagged

from .common import AcceptanceCommon


class TextsCommon(AcceptanceCommon):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        attribute = cls.env['product.attribute'].create({
            'name': "Engraving", 'create_variant': 'no_variant',
            'value_ids': [Command.create({'name': "None"}), Command.create({'name': "Own", 'is_custom': True})]})
        template = cls.env['product.template'].create({
            'name': "Cup", 'type': 'consu', 'list_price': 100, 'taxes_id': False,
            'attribute_line_ids': [Command.create({
                'attribute_id': attribute.id, 'value_ids': [Command.set(attribute.value_ids.ids)]})]})
        cls.cup = template.product_variant_id
        cls.own = template.attribute_line_ids.product_template_value_ids[1]

    @classmethod
    def _new_texts(cls, **vals):
        """:return: an order with a section, a cup with an engraving and a note, and another section with a service"""
        return cls._new_order(lines=[
            {'display_type': 'line_section', 'name': "Cups", 'sequence': 1},
            {'product_id': cls.cup.id, 'product_uom_qty': 1, 'sequence': 2,
             'product_no_variant_attribute_value_ids': [Command.set(cls.own.ids)],
             'product_custom_attribute_value_ids': [Command.create({
                 'custom_product_template_attribute_value_id': cls.own.id, 'custom_value': "Anna"})]},
            {'display_type': 'line_note', 'name': "By hand", 'sequence': 3},
            {'display_type': 'line_section', 'name': "At your request", 'sequence': 4},
            {'product_id': cls.product_service.id, 'product_uom_qty': 1, 'sequence': 5},
        ], **vals)

    def _get_changes(self, order):
        """(model, method, arguments) of every way to other words than the order has."""
        section, cup, note, request, service = order.order_line
        value = cup.product_custom_attribute_value_ids
        return [
            ('sale.order.line', 'write', cup.ids, {'name': "Cup, free of charge"}),
            ('sale.order.line', 'write', note.ids, {'name': "Free of charge"}),
            ('sale.order.line', 'write', section.ids, {'name': "Presents"}),
            ('sale.order.line', 'write', request.ids, {'is_optional': True}),
            ('sale.order.line', 'write', section.ids, {'collapse_prices': True}),
            ('sale.order.line', 'write', section.ids, {'collapse_composition': True}),
            ('sale.order.line', 'write', service.ids, {'sequence': 2}),
            ('sale.order.line', 'write', note.ids, {'sequence': 9}),
            ('sale.order.line', 'unlink', note.ids),
            ('sale.order.line', 'unlink', request.ids),
            ('sale.order.line', 'create', [{
                'order_id': order.id, 'display_type': 'line_note', 'name': "Two years of service"}]),
            ('sale.order.line', 'create', [{
                'order_id': order.id, 'display_type': 'line_section', 'name': "Free", 'is_downpayment': True}]),
            ('sale.order', 'write', order.ids, {'order_line': [[1, cup.id, {'name': "Gold cup"}]]}),
            ('sale.order', 'write', order.ids, {'order_line': [[0, 0, {'display_type': 'line_note', 'name': "X"}]]}),
            ('sale.order.line', 'write', cup.ids, {
                'product_custom_attribute_value_ids': [[1, value.id, {'custom_value': "Ben"}]]}),
            ('product.attribute.custom.value', 'write', value.ids, {'custom_value': "Ben"}),
            ('product.attribute.custom.value', 'write', value.ids, {'sale_order_line_id': False}),
            ('product.attribute.custom.value', 'write', value.ids, {'sale_order_line_id': service.id}),
            ('product.attribute.custom.value', 'unlink', value.ids),
            ('product.attribute.custom.value', 'create', [{
                'sale_order_line_id': service.id, 'custom_value': "Ben",
                'custom_product_template_attribute_value_id': self.own.id}]),
        ]


@tagged('post_install', '-at_install')
class TestTexts(TextsCommon, HttpCase):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for user in (cls.user_sales, cls.user_sales_manager, cls.user_stock):
            user.password = 'test_password'

    def _call(self, model, method, *args, user=None, **kwargs):
        self.env.flush_all()
        try:
            return self.xmlrpc_object.execute_kw(
                self.env.cr.dbname, (user or self.user_sales).id, 'test_password', model, method, list(args), kwargs)
        finally:
            self.env.invalidate_all()

    # -- as the price -------------------------------------------------------------------------------

    def test_approval_does_not_stand(self):
        for number, (model, method, *args) in enumerate(self._get_changes(self._new_texts())):
            order = self._accept(self._new_texts())
            model, method, *args = self._get_changes(order)[number]
            with self.subTest(model=model, method=method, args=args):
                getattr(self.env[model].with_user(self.user_sales).browse(
                    args[0] if method != 'create' else []), method)(*args[method != 'create':])
                self.assertEqual(order.review_state, 'in_review')
                self.assertTrue(self._get_pending_reviews(order).changes)
                with self.assertRaises(UserError):
                    order.with_user(self.user_sales).action_confirm()

    def test_over_rpc(self):
        order = self._accept(self._new_texts())
        seen = order.order_line[1].product_custom_attribute_value_ids
        self._call('product.attribute.custom.value', 'write', seen.ids, {'custom_value': "Ben"})
        self.assertEqual(order.review_state, 'in_review')
        review = self._get_pending_reviews(order)
        self.assertIn("Own: Anna → Own: Ben", review.changes)
        with self.assertRaises(xmlrpc.client.Fault):
            self._call('sale.order', 'action_confirm', order.ids)
        digest = review.seen_digest
        self._call('sale.order.line', 'write', order.order_line[2].ids, {'name': "By machine"})
        with self.assertRaises(xmlrpc.client.Fault) as error:
            self._call('order.review', 'action_approve', review.ids, context={'seen_digests': [digest]})
        self.assertIn("has changed since you opened it", error.exception.faultString)
        self._approve(order)
        self._call('sale.order', 'action_confirm', order.ids)
        self.assertEqual(order.state, 'sale')

    def test_recomputed(self):
        """The gate finds what no write has told of."""
        order = self._accept(self._new_texts())
        self.env.flush_all()
        self.env.cr.execute("UPDATE sale_order_line SET name = 'Free' WHERE id = %s", order.order_line[1].ids)
        self.env.invalidate_all()
        with self.assertRaises(xmlrpc.client.Fault):
            self._call('sale.order', 'write', order.ids, {'state': 'sale'})

    def test_same_words_are_no_change(self):
        order = self._accept(self._new_texts())
        cup = order.order_line[1]
        self._call('sale.order.line', 'write', cup.ids, {'name': cup.name, 'sequence': 2})
        self._call('product.attribute.custom.value', 'write', cup.product_custom_attribute_value_ids.ids, {
            'custom_value': "Anna"})
        # As the client numbers lines anew: one after the other, and none stands elsewhere afterwards.
        numbered = {'order_line': [[1, line.id, {'sequence': 10 + i}] for i, line in enumerate(order.order_line)]}
        self._call('sale.order', 'write', order.ids, numbered)
        self.assertEqual((order.review_state, order.review_editor_ids.ids), ('approved', []))
        self._call('sale.order', 'action_confirm', order.ids)
        order.order_line.with_user(self.user_sales).write({'sequence': 10})
        self._call('sale.order', 'write', order.ids, numbered)
        # And here one does.
        lines = order.order_line.ids
        moved = {'order_line': [[1, line_id, {'sequence': i}] for i, line_id in enumerate(lines[1:] + lines[:1])]}
        with self.assertRaises(xmlrpc.client.Fault) as error:
            self._call('sale.order', 'write', order.ids, moved)
        self.assertIn("cannot be changed", error.exception.faultString)

    def test_other_people(self):
        order = self._submit(self._new_texts())
        for line in order.order_line:
            with self.assertRaises(xmlrpc.client.Fault) as error:
                self._call('sale.order.line', 'write', line.ids, {'name': "Free"}, user=self.user_stock)
            self.assertIn("Only sales staff", error.exception.faultString)

    def test_values_of_others_than_sales(self):
        """Whoever keeps products may write all custom values in core."""
        keeper = self._new_user('keeper', 'product.group_product_manager')
        order = self._submit(self._new_texts())
        value = order.order_line[1].product_custom_attribute_value_ids.with_user(keeper)
        for attempt in (lambda: value.write({'custom_value': "Ben"}), value.unlink):
            with self.assertRaisesRegex(AccessError, "Only sales staff"), self.env.cr.savepoint():
                attempt()
        # A company without policy is plain Odoo.
        self.env.flush_all()
        self.env.cr.execute("UPDATE sale_order SET policy_id = NULL WHERE id = %s", order.ids)
        self.env.invalidate_all()
        value.custom_value = "Ben"
        self.assertEqual(value.custom_value, "Ben")

    def test_kind_of_line(self):
        """A line that becomes one of those that core adds is not what was approved."""
        for vals in ({'is_downpayment': True}, {'is_expense': True}):
            with self.subTest(vals=vals):
                order = self._accept(self._new_order(lines=[(self.product_stock, 1), (self.product_service, 1)]))
                order.order_line[1].with_user(self.user_sales).write(vals)
                self.assertEqual(order.review_state, 'in_review')

    # -- the confirmation -----------------------------------------------------------------------------

    def test_frozen_by_the_confirmation(self):
        order = self._confirm(self._new_texts())
        before = order._get_watched_values()
        for model, method, *args in self._get_changes(order):
            with self.subTest(model=model, method=method, args=args):
                with self.assertRaises(UserError), self.env.cr.savepoint():
                    getattr(self.env[model].with_user(self.user_sales).browse(
                        args[0] if method != 'create' else []), method)(*args[method != 'create':])
                self.env.invalidate_all()
                self.assertEqual(order._get_watched_values(), before)

    def test_frozen_over_rpc(self):
        order = self._confirm(self._new_texts())
        value = order.order_line[1].product_custom_attribute_value_ids
        for model, ids, vals in (
            ('sale.order.line', order.order_line[1].ids, {'name': "Gold cup"}),
            ('sale.order.line', order.order_line[2].ids, {'name': "Free"}),
            ('product.attribute.custom.value', value.ids, {'custom_value': "Ben"}),
        ):
            with self.assertRaises(xmlrpc.client.Fault) as error:
                self._call(model, 'write', ids, vals)
            self.assertIn("cannot be changed", error.exception.faultString)

    def test_hung_on(self):
        """A line that hangs on an approved one does not word it anew."""
        order = self._new_texts()
        order.order_line[1].with_user(self.user_sales).name = "Cup as on the drawing"
        self._confirm(order)
        other = self._new_order()
        for attempt in (
            lambda: other.order_line.with_user(self.user_sales).write({'linked_line_id': order.order_line[1].id}),
            lambda: self.env['sale.order.line'].with_user(self.user_sales).create({
                'order_id': other.id, 'product_id': self.product_stock.id, 'linked_line_id': order.order_line[1].id}),
        ):
            attempt()
            self.env.flush_all()
            self.env.invalidate_all()
            self.assertEqual(order.order_line[1].name, "Cup as on the drawing")

    def test_sales_manager_corrects_texts(self):
        order = self._confirm(self._new_texts())
        cup, note = order.order_line[1:3]
        self._call('sale.order.line', 'write', cup.ids, {'name': "Cup, white"}, user=self.user_sales_manager)
        self._call('sale.order', 'write', order.ids, {'order_line': [[1, note.id, {'name': "By our hands"}]]},
                   user=self.user_sales_manager)
        self.assertEqual((cup.name, note.name), ("Cup, white", "By our hands"))
        notes = order.message_ids.filtered(lambda message: "were corrected" in (message.body or ''))
        self.assertEqual(len(notes), 2)
        self.assertEqual(notes.author_id, self.user_sales_manager.partner_id)
        self.assertIn("By hand → By our hands", notes[0].body)
        self.assertEqual(order.state, 'sale')
        # Words, and nothing else.
        for model, ids, vals in (
            ('sale.order.line', cup.ids, {'name': "Cup, black", 'price_unit': 1}),
            ('sale.order.line', note.ids, {'sequence': 9}),
            ('product.attribute.custom.value', cup.product_custom_attribute_value_ids.ids, {'custom_value': "Ben"}),
        ):
            with self.subTest(vals=vals), self.assertRaises(xmlrpc.client.Fault):
                self._call(model, 'write', ids, vals, user=self.user_sales_manager)

    def test_down_payments_keep_their_head(self):
        order = self._confirm(self._new_texts())
        wizard = self.env['sale.advance.payment.inv'].with_user(self.user_sales).with_context(
            active_model='sale.order', active_ids=order.ids).create({
                'advance_payment_method': 'percentage', 'amount': 30})
        wizard.create_invoices()
        head = order.order_line.filtered(lambda line: line.display_type and line.is_downpayment)
        self.assertEqual(head.name, "Down Payments")
        with self.assertRaises(xmlrpc.client.Fault):
            self._call('sale.order.line', 'write', head.ids, {'name': "Everything is paid"})
        order.invoice_ids.with_user(self.user_accountant).action_post()
        self.assertEqual(order.state, 'sale')

    # -- the signature --------------------------------------------------------------------------------

    def test_signature_lapses(self):
        for number in (0, 1, 15):
            order = self._submit(self._new_texts(require_signature=True, require_payment=False))
            order.with_user(self.user_sales).action_quotation_sent()
            self._sign(order)
            model, method, *args = self._get_changes(order)[number]
            with self.subTest(model=model, args=args):
                self._call(model, method, *args)
                self._approve(order)
                self.assertEqual((order.state, order.review_state), ('sent', 'approved'))
                self.assertFalse(order.signature)
                self.assertFalse(order.customer_waits)

    def test_signature_stands(self):
        order = self._submit(self._new_texts(require_signature=True, require_payment=False))
        order.with_user(self.user_sales).action_quotation_sent()
        self._sign(order)
        self._call('sale.order', 'write', order.ids, {'client_order_ref': "PO 1"})
        self._approve(order)
        self.assertEqual(order.state, 'sale')

    # -- where a stage lets texts change ------------------------------------------------------------

    def test_free_where_the_stage_says_so(self):
        self.stage_finance.allow_text_changes = True
        order = self._accept(self._new_texts())
        self._call('sale.order.line', 'write', order.order_line[1].ids, {'name': "Cup, white"})
        self.assertEqual(self._get_pending_reviews(order).stage_id, self.stage_sales)
        self.assertEqual(order.open_review_count, 1)
        self.stage_sales.allow_text_changes = True
        order = self._accept(self._new_texts())
        texts = [change for change in self._get_changes(order) if 'custom' not in str(change)]
        for model, method, *args in texts[:3] + texts[6:8] + texts[10:11]:
            with self.subTest(args=args):
                self._call(model, method, *args)
                self.assertEqual(order.review_state, 'approved')
        self._call('sale.order', 'action_confirm', order.ids)
        self.assertEqual(order.state, 'sale')
        # Confirmed is confirmed.
        with self.assertRaises(xmlrpc.client.Fault):
            self._call('sale.order.line', 'write', order.order_line[1].ids, {'name': "Gold"})

    def test_no_more_than_texts_are_free(self):
        self.policy.stage_ids.allow_text_changes = True
        for vals in ({'price_unit': 99}, {'product_uom_qty': 2}):
            order = self._accept(self._new_texts())
            self._call('sale.order.line', 'write', order.order_line[1].ids, vals)
            self.assertEqual(order.review_state, 'in_review')
        order = self._accept(self._new_texts())
        self._call('product.attribute.custom.value', 'write',
                   order.order_line[1].product_custom_attribute_value_ids.ids, {'custom_value': "Ben"})
        self.assertEqual(order.review_state, 'in_review')

    def test_stage_that_names_what_it_watches(self):
        fields_by_name = {name: self.env['ir.model.fields']._get('sale.order.line', name) for name in (
            'price_unit', 'name', 'product_custom_attribute_value_ids')}
        for name, changed in (
            ('price_unit', ()), ('name', (0, 1, 2, 10)), ('product_custom_attribute_value_ids', (15, 18)),
        ):
            self.policy.stage_ids.watched_field_ids = fields_by_name[name]
            for number in (0, 1, 2, 10, 15, 18):
                order = self._accept(self._new_texts())
                model, method, *args = self._get_changes(order)[number]
                with self.subTest(watched=name, model=model, method=method, args=args):
                    self._call(model, method, *args)
                    self.assertEqual(order.review_state, 'in_review' if number in changed else 'approved')

    # -- all that is shown ----------------------------------------------------------------------------

    def test_everything_shown_of_a_line_is_watched(self):
        """What the customer's documents and the reviewers' page say of a line either is watched or follows from it."""
        Line = self.env['sale.order.line']
        shown = set()
        for xmlid in (
            'sale.report_saleorder_document', 'sale.sale_order_portal_content',
            'sale_order_lifecycle.portal_order_confirmation',
        ):
            arch = self.env.ref(xmlid).with_context(lang=None).get_combined_arch()
            shown.update(re.findall(r'\bline\.([a-z_]+)', arch))
        review = self.env['order.review'].get_view(
            self.env.ref('sale_order_lifecycle.order_review_view_form').id, 'form')
        shown.update(review['models']['sale.order.line'])
        watched = {*Line._get_commercial_fields(), *Line._get_guarded_fields(), *models.MAGIC_COLUMNS}
        entered = {
            name for name in shown & Line._fields.keys()
            if (field := Line._fields[name]).store and not field.related and name not in watched}
        self.assertGreaterEqual(len(shown & watched), 10)
        self.assertFalse(entered)
