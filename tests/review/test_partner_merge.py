"""Merging contacts moves orders to another one: it is told, approvals stay, another tax id is another customer (R3)."""
from odoo.tests import HttpCase, tagged

from ..common import LifecycleCommon
from .rpc_common import PASSWORD, RpcMixin

NOTE = "Contacts were merged"


@tagged('post_install', '-at_install')
class TestPartnerMerge(RpcMixin, LifecycleCommon, HttpCase):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.merger = cls._new_user('merger', 'sales_team.group_sale_salesman,base.group_partner_manager')
        cls.merger.password = PASSWORD
        cls.other = cls._new_customer("Blue Harbor")
        cls.stage_finance.may_set_condition = True

    @classmethod
    def _new_customer(cls, name, **vals):
        return cls.env['res.partner'].create({'name': name, 'email': cls.partner.email, **vals})

    def _merge(self, source, target=None):
        """Merge two contacts as a person does in the dialog."""
        target = target or self.partner
        wizard = self.call(self.merger, 'base.partner.merge.automatic.wizard', 'create', [{
            'state': 'selection', 'partner_ids': [[6, 0, (source | target).ids]], 'dst_partner_id': target.id}])
        self.call(self.merger, 'base.partner.merge.automatic.wizard', 'action_merge', wizard)
        self.assertFalse(source.exists())

    def _get_notes(self, order):
        return order.message_ids.filtered(lambda message: NOTE in (message.body or ''))

    def _new_orders(self, partner):
        """:return: a quotation, an order in review, an approved, a confirmed and a cancelled one of this customer"""
        def new():
            return self._new_order(partner_id=partner.id)
        cancelled = self._accept(new())
        cancelled.with_user(self.user_sales)._action_cancel()
        return new(), self._submit(new()), self._accept(new()), self._confirm(new()), cancelled

    def test_approvals_stay(self):
        orders = quotation, pending, approved, confirmed, cancelled = self._new_orders(self.other)
        self._merge(self.other)
        for order in orders:
            self.assertEqual(order.partner_id | order.partner_invoice_id | order.partner_shipping_id, self.partner)
            self.assertEqual(len(self._get_notes(order)), 1)
            self.assertEqual(self._get_notes(order).author_id, self.merger.partner_id)
            self.assertIn("Blue Harbor → Blue Harbour Ltd", self._get_notes(order).body)
        self.assertEqual(
            [order.review_state for order in orders],
            ['none', 'in_review', 'approved', 'approved', 'to_submit'])
        self.assertTrue(approved.is_accepted)
        self.call(self.user_sales, 'sale.order', 'action_confirm', approved.ids)
        self._approve(pending)
        self.call(self.user_sales, 'sale.order', 'action_confirm', pending.ids)
        self.assertEqual((approved | pending | confirmed).mapped('state'), ['sale'] * 3)
        self.assertEqual(confirmed.order_line.price_unit, 100)

    def test_confirmations_stay(self):
        self.policy.sudo().require_customer_confirmation = True
        order = self._register(self._new_order(partner_id=self.other.id))
        order.with_user(self.user_sales).action_confirm_customer('phone')
        self._accept(order)
        self._merge(self.other)
        self.assertTrue(order.customer_confirmed_at)
        self.call(self.user_sales, 'sale.order', 'action_confirm', order.ids)
        self.assertEqual(order.state, 'sale')

    def test_another_tax_id(self):
        self.partner.vat = 'GB123'
        for vat in ('GB999', False):
            with self.subTest(vat=vat):
                source = self._new_customer("Blue Harbor", vat=vat)
                orders = quotation, pending, approved, confirmed, cancelled = self._new_orders(source)
                self._merge(source)
                for order in orders:
                    self.assertEqual(order.partner_id, self.partner)
                    self.assertIn("(tax ID GB123)", self._get_notes(order).body)
                self.assertEqual(
                    [order.review_state for order in orders],
                    ['none', 'in_review', 'in_review', 'approved', 'to_submit'])
                self.assertRecordValues(confirmed, [{'state': 'sale'}])
                self.assertCallRefused(self.user_sales, 'sale.order', 'action_confirm', approved.ids)
                self.assertCallRefused(self.user_sales, 'sale.order', 'write', approved.ids, {'state': 'sale'})
                self._approve(approved)
                self.call(self.user_sales, 'sale.order', 'action_confirm', approved.ids)

    def test_same_tax_id_written_otherwise(self):
        self.partner.vat, self.other.vat = 'GB123', 'gb-123'
        approved = self._accept(self._new_order(partner_id=self.other.id))
        self._merge(self.other)
        self.assertEqual(approved.review_state, 'approved')
        self.assertTrue(approved.is_accepted)

    def test_orders_of_the_one_that_stays(self):
        """The contact that stays takes the tax id of the other one: its orders are another customer's, too."""
        self.other.vat = 'GB999'
        approved = self._accept(self._new_order())
        self._merge(self.other)
        self.assertEqual(self.partner.vat, 'GB999')
        self.assertEqual(approved.review_state, 'in_review')
        self.assertEqual(len(self._get_notes(approved)), 1)

    def test_contacts_below(self):
        """A person who comes under another company by the merge takes the orders along."""
        self.partner.write({'is_company': True, 'vat': 'GB123'})
        self.other.write({'is_company': True, 'vat': 'GB999'})
        person = self.env['res.partner'].create({'name': "Ann", 'parent_id': self.other.id})
        approved = self._accept(self._new_order(partner_id=person.id))
        self._merge(self.other)
        self.assertRecordValues(approved, [{
            'partner_id': person.id, 'review_state': 'in_review'}])
        self.assertEqual(person.commercial_partner_id, self.partner)
        self.assertEqual(len(self._get_notes(approved)), 1)

    def test_stage_that_does_not_look_at_the_customer(self):
        """Who looks at prices only has nothing to look at again."""
        self.partner.vat, self.other.vat = 'GB123', 'GB999'
        price = self.env['ir.model.fields']._get('sale.order.line', 'price_unit')
        self.stage_sales.sudo().watched_field_ids = price
        approved = self._accept(self._new_order(partner_id=self.other.id))
        self._merge(self.other)
        open_reviews = approved.review_ids.filtered(lambda review: review.state in ('pending', 'waiting'))
        self.assertEqual(open_reviews.stage_id, self.stage_finance)

    def test_nothing_to_tell(self):
        """Contacts of which one has no order under policy: the orders of the other one say nothing."""
        order = self._accept(self._new_order())
        self._merge(self.other)
        self.assertFalse(self._get_notes(order))
        self.assertEqual(order.review_state, 'approved')
