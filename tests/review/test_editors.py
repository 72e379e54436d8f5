"""Four eyes exclude whoever has changed what is reviewed, and everybody who has submitted it (article R4)."""
import xmlrpc.client

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import HttpCase, tagged

from ..common import LifecycleCommon

BOTH = 'sales_team.group_sale_salesman_all_leads,sale_order_lifecycle.group_finance'


@tagged('post_install', '-at_install')
class TestEditors(LifecycleCommon, HttpCase):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.stage_finance.four_eyes = True
        cls.user_both = cls._new_user('both', BOTH)
        cls.user_both.password = cls.user_finance.password = 'test_password'

    def setUp(self):
        super().setUp()
        self.order = self._submit(self._new_order(lines=[
            (self.product_stock, 5), {'name': "Note", 'display_type': 'line_note'}]))
        self.line = self.order.order_line[0]

    def _call(self, model, method, *args, user=None):
        self.env.flush_all()
        try:
            return self.xmlrpc_object.execute_kw(
                self.env.cr.dbname, (user or self.user_both).id, 'test_password', model, method, list(args))
        finally:
            self.env.invalidate_all()

    def _get_finance_review(self):
        """:return: the review of finance, pending"""
        while (pending := self._get_pending_reviews(self.order)).stage_id != self.stage_finance:
            pending.with_user(self.user_sales_manager).sudo(False).action_approve()
        return pending

    def assertExcluded(self):
        review = self._get_finance_review()
        with self.assertRaises(xmlrpc.client.Fault) as error:
            self._call('order.review', 'action_approve', review.ids)
        self.assertIn("another member of Finance", error.exception.faultString)
        own = review.with_user(self.user_both).sudo(False)
        self.assertFalse(own.can_decide)
        self.assertNotIn(own, own.search([('can_decide', '=', True)]))
        self.assertNotIn(self.user_both, review._get_possible_deciders()[review.id])
        self._call('order.review', 'action_approve', review.ids, user=self.user_finance)
        self.assertEqual(self.order.review_state, 'approved')

    def test_changes_from_the_catalog_are_on_record(self):
        """Core keeps no record of what somebody takes from the catalog for a quotation that is no order yet."""
        self.user_sales.password = 'test_password'
        self.env.flush_all()
        self.authenticate(self.user_sales.login, 'test_password')
        for order, is_kept in ((self.order, True), (self._new_order(), False)):
            before = order.message_ids
            self.make_jsonrpc_request('/product/catalog/update_order_line_info', {
                'res_model': 'sale.order', 'order_id': order.id, 'product_id': self.product_stock.id, 'quantity': 7})
            self.env.invalidate_all()
            self.assertEqual(order.order_line[0].product_uom_qty, 7)
            tracked = (order.message_ids - before).sudo().tracking_value_ids.field_id.mapped('name')
            self.assertEqual('amount_untaxed' in tracked, is_kept)

    # -- who has changed it -------------------------------------------------------------------------

    def test_every_way_to_change(self):
        self.stage_sales.active = False
        line, order = self.line.ids, self.order.ids
        for model, method, *args in (
            ('sale.order.line', 'write', line, {'price_unit': 7}),
            ('sale.order.line', 'write', line, {'name': "Other words"}),
            ('sale.order.line', 'unlink', line),
            ('sale.order.line', 'create', [{
                'order_id': order[0], 'product_id': self.product_service.id, 'product_uom_qty': 1}]),
            ('sale.order.line', 'create', [{'order_id': order[0], 'display_type': 'line_note', 'name': "Free"}]),
            ('sale.order', 'write', order, {'payment_term_id': False}),
            ('sale.order', 'write', order, {'order_line': [[1, line[0], {'discount': 3}]]}),
            ('sale.order', 'web_save', order, {'order_line': [[1, line[0], {'product_uom_qty': 9}]]}, {}),
        ):
            with self.subTest(model=model, method=method, args=args):
                savepoint = self.env.cr.savepoint()
                try:
                    getattr(self.env[model].with_user(self.user_both).browse(
                        args[0] if method != 'create' else []), method)(*args[method != 'create':])
                    self.assertEqual(self.order.review_editor_ids, self.user_both)
                finally:
                    self.env.invalidate_all(flush=False)
                    savepoint.close(rollback=True)

    def test_changed_in_review(self):
        self._call('sale.order.line', 'write', self.line.ids, {'price_unit': 70})
        self.assertExcluded()

    def test_changed_after_the_return(self):
        self._get_finance_review().with_user(self.user_finance).sudo(False).action_return("Too cheap")
        self._call('sale.order.line', 'write', self.line.ids, {'price_unit': 170})
        self._submit(self.order)
        self.assertExcluded()

    def test_changed_after_the_approval(self):
        self._approve(self.order)
        self._call('sale.order.line', 'write', self.line.ids, {'price_unit': 70})
        self.assertExcluded()

    def test_who_changes_nothing_is_not_excluded(self):
        """What nobody watches, and what is the same as before, is no change."""
        tag = self.env['crm.tag'].create({'name': "Urgent"})
        self._call('sale.order', 'write', self.order.ids, {
            'client_order_ref': "PO 1", 'tag_ids': [[4, tag.id]], 'payment_term_id': self.order.payment_term_id.id})
        self._call('sale.order.line', 'write', self.line.ids, {'price_unit': self.line.price_unit})
        self.assertFalse(self.order.review_editor_ids)
        review = self._get_finance_review()
        self._call('order.review', 'action_approve', review.ids)
        self.assertEqual(review.decided_by_id, self.user_both)

    def test_before_the_submission_nobody_is_noted(self):
        order = self._new_order()
        self._call('sale.order.line', 'write', order.order_line.ids, {'price_unit': 70})
        self.assertFalse(order.review_editor_ids)

    def test_nobody_is_left(self):
        """The managers are told when the change takes the last person away."""
        self.user_finance.active = False
        review = self._get_finance_review()
        self.assertFalse(review.undecidable_at)
        self.stage_sales.tolerance_percent = 50
        self._call('sale.order.line', 'write', self.line.ids, {'price_unit': 90})
        self.assertEqual(review.state, 'pending')
        self.assertTrue(review.undecidable_at)

    def test_guarded(self):
        for name in ('review_editor_ids', 'former_submitter_ids'):
            with self.assertRaises(xmlrpc.client.Fault):
                self._call('sale.order', 'write', self.order.ids, {name: [[5]]})
            with self.assertRaises(AccessError):
                self.env['sale.order'].with_user(self.user_both).create(
                    self._prepare_order_vals(**{name: [Command.set(self.user_finance.ids)]}))
        self.assertFalse(self.order.copy().review_editor_ids)

    # -- who has submitted it -----------------------------------------------------------------------

    def test_former_submitter(self):
        order = self._new_order()
        self.order = self._register(order)
        self._submit(order, self.user_both)
        self._get_pending_reviews(order).with_user(self.user_sales_manager).sudo(False).action_return("Once more")
        self._submit(order)
        self.assertEqual((order.submitted_by_id, order.former_submitter_ids), (self.user_sales, self.user_both))
        self.assertExcluded()
