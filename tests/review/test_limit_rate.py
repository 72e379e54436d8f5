"""Limits of the policy use the exchange rate of the day on which the order was submitted last (article R5)."""
import xmlrpc.client
from datetime import timedelta

from freezegun import freeze_time

from odoo import Command, fields
from odoo.tests import HttpCase, tagged

from .common import AcceptanceCommon


@tagged('post_install', '-at_install')
class TestLimitRate(AcceptanceCommon, HttpCase):
    """Finance reviews from 10 000 in the currency of the company. 10 900 abroad is below that at 1.10, not at 1.05."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user_sales.password = cls.user_stock.password = 'test_password'
        cls.stage_finance.domain = "[('company_amount_untaxed', '>=', 10000)]"
        cls.now = fields.Datetime.now().replace(microsecond=0)
        cls.then = cls.now - timedelta(days=3)
        cls.currency, cls.currency_other = cls.env['res.currency'].with_context(active_test=False).search(
            [('id', '!=', cls.company.currency_id.id)], limit=2)
        for currency, then, now in ((cls.currency, 1.10, 1.05), (cls.currency_other, 110, 105)):
            currency.active = True
            currency.rate_ids.unlink()
            currency.rate_ids = [
                Command.create({'name': date.date(), 'rate': rate, 'company_id': cls.company.id})
                for date, rate in ((cls.then - timedelta(days=30), then), (cls.now, now))]
        cls.pricelist, cls.pricelist_other = cls.env['product.pricelist'].create([
            {'name': currency.name, 'currency_id': currency.id} for currency in (cls.currency, cls.currency_other)])

    @classmethod
    def _new_abroad(cls, **vals):
        order = cls._new_order(
            lines=[{'product_id': cls.product_stock.id, 'product_uom_qty': 1, 'price_unit': 10900}],
            pricelist_id=cls.pricelist.id, **vals)
        assert order.amount_untaxed == 10900
        return order

    def _new_approved_then(self):
        """:return: an order that was submitted and approved three days ago, when finance had nothing to say"""
        with freeze_time(self.then):
            order = self._accept(self._new_abroad())
            self.assertEqual((order.review_state, order.review_ids.stage_id), ('approved', self.stage_sales))
        self.env.flush_all()
        self.env.invalidate_all()
        return order

    def _call(self, model, method, *args, user=None):
        self.env.flush_all()
        try:
            return self.xmlrpc_object.execute_kw(
                self.env.cr.dbname, (user or self.user_sales).id, 'test_password', model, method, list(args))
        finally:
            self.env.invalidate_all()

    # -- the honest twin --------------------------------------------------------------------------

    def test_confirmed_on_a_day_of_another_rate(self):
        order = self._new_approved_then()
        self.assertAlmostEqual(order.company_amount_untaxed, 9909.09)
        self._call('sale.order', 'action_confirm', order.ids)
        self.assertEqual(order.state, 'sale')
        # The date of the order is another one now, and the rate of limits is not.
        self.assertEqual(order.date_order.date(), self.now.date())
        self.assertAlmostEqual(order.currency_rate, 1.05)
        self.assertAlmostEqual(order.company_amount_untaxed, 9909.09)

    def test_confirmed_by_write(self):
        order = self._new_approved_then()
        self._call('sale.order', 'write', order.ids, {
            'state': 'sale', 'date_order': fields.Datetime.to_string(self.now)})
        self.assertEqual(order.state, 'sale')

    def test_approvals_stand_overnight(self):
        """A change that nobody watches evaluates the stages anew, with the same rate."""
        order = self._new_approved_then()
        self._call('sale.order', 'write', order.ids, {'client_order_ref': "PO 1"})
        self.assertEqual(order.review_state, 'approved')

    def test_signed_before_the_last_approval(self):
        with freeze_time(self.then):
            order = self._submit(self._new_abroad(require_signature=True, require_payment=False))
            self._sign(order)
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertTrue(order.customer_waits)
        self._approve(order)
        self.assertEqual(order.state, 'sale')

    def test_what_the_refusal_finds_is_opened(self):
        """What the gate lacks is what the evaluation after the refusal finds, on any day."""
        order = self._new_approved_then()
        self.env.cr.execute("UPDATE sale_order_line SET price_unit = 11500 WHERE order_id = %s", order.ids)
        self.env.cr.execute(
            "UPDATE sale_order SET amount_untaxed = 11500, company_amount_untaxed = 10454.55 WHERE id = %s", order.ids)
        self.env.invalidate_all()
        try:
            self._call('sale.order', 'action_confirm', order.ids)
            self.fail("The order was confirmed.")
        except xmlrpc.client.Fault as error:
            self.assertIn("review has been reopened", error.faultString)
        self.assertEqual(order.review_state, 'in_review')
        self.assertIn(self.stage_finance, order.review_ids.filtered(
            lambda review: review.state in ('pending', 'waiting')).stage_id)
        self._approve(order)
        self._call('sale.order', 'action_confirm', order.ids)
        self.assertEqual(order.state, 'sale')

    # -- and nobody escapes -----------------------------------------------------------------------

    def test_old_quotation(self):
        with freeze_time(self.then):
            order = self._new_abroad()
        self.assertAlmostEqual(order.company_amount_untaxed, 9909.09)
        self._call('sale.order', 'action_submit_review', order.ids)
        self.assertAlmostEqual(order.company_amount_untaxed, 10380.95)
        self.assertEqual(order.review_ids.stage_id, self.stage_sales + self.stage_finance)
        self._approve(order)
        self._call('sale.order', 'action_confirm', order.ids)
        self.assertEqual(order.state, 'sale')

    def test_dated_back(self):
        """Neither before nor after the submission does the date of the order choose the rate."""
        old = {'date_order': fields.Datetime.to_string(self.then - timedelta(days=20))}
        order = self._new_abroad()
        self._call('sale.order', 'write', order.ids, old)
        self._call('sale.order', 'action_submit_review', order.ids)
        self.assertIn(self.stage_finance, order.review_ids.stage_id)
        self._call('sale.order', 'write', order.ids, old)
        self._call('order.review', 'action_approve', self._get_pending_reviews(order).ids)
        self.assertEqual(order.review_state, 'in_review')
        for vals in ({**old, 'state': 'sale'}, {'state': 'sale'}):
            with self.assertRaises(xmlrpc.client.Fault):
                self._call('sale.order', 'write', order.ids, vals)
        self.assertEqual(order.state, 'draft')

    def test_rate_is_guarded(self):
        order = self._new_abroad()
        for vals in ({'limit_rate': 9}, {'limit_rate_date': '2020-01-01'}, {'submitted_at': '2020-01-01 00:00:00'}):
            with self.assertRaises(xmlrpc.client.Fault):
                self._call('sale.order', 'write', order.ids, vals)
            with self.assertRaises(xmlrpc.client.Fault):
                self._call('sale.order', 'create', [{'partner_id': self.partner.id, **vals}])

    def test_date_belongs_to_sales(self):
        order = self._new_abroad()
        with self.assertRaises(xmlrpc.client.Fault) as error:
            self._call('sale.order', 'write', order.ids, {'date_order': '2020-01-01 00:00:00'}, user=self.user_stock)
        self.assertIn("Only sales staff", error.exception.faultString)
        self._call('sale.order', 'write', order.ids, {'date_order': '2020-01-01 00:00:00'})
        self.assertEqual(order.date_order.year, 2020)

    def test_other_currency(self):
        """The rate is kept with its currency: another one has its own of the same day."""
        order = self._submit(self._new_order(
            lines=[{'product_id': self.product_stock.id, 'product_uom_qty': 1, 'price_unit': 900000}],
            pricelist_id=self.pricelist_other.id))
        self.assertNotIn(self.stage_finance, order.review_ids.stage_id)
        own = self.env['product.pricelist'].create({'name': "Own", 'currency_id': self.company.currency_id.id})
        for pricelist, amount in ((self.pricelist, 900000 / 1.05), (own, 900000)):
            self._call('sale.order', 'write', order.ids, {'pricelist_id': pricelist.id})
            self.assertEqual(order.amount_untaxed, 900000)
            self.assertAlmostEqual(order.company_amount_untaxed, amount, 2)
            self.assertIn(self.stage_finance, order.review_ids.stage_id)

    def test_submitted_again(self):
        """A new submission is a new day."""
        with freeze_time(self.then):
            order = self._submit(self._new_abroad())
            self._get_pending_reviews(order).with_user(self.user_sales).sudo(False).action_return("Why?")
        self._call('sale.order', 'action_submit_review', order.ids)
        self.assertEqual(order.limit_rate_date, self.now.date())
        self.assertIn(self.stage_finance, order.review_ids.stage_id)

    def test_completeness_at_the_rate_of_the_day(self):
        """What an order lacks is asked with the rate that it is submitted with, one by one and in lists."""
        self.policy.intake_rule_ids = [Command.create({
            'name': "Reference", 'message': "Large orders need a reference.", 'severity': 'blocking',
            'domain': "['|', ('company_amount_untaxed', '<', 10000), ('client_order_ref', '!=', False)]"})]
        with freeze_time(self.then):
            order = self._new_abroad()
        with self.assertRaises(xmlrpc.client.Fault) as error:
            self._call('sale.order', 'action_submit_review', order.ids)
        self.assertIn("Large orders need a reference", error.exception.faultString)
        self._call('sale.order', 'action_submit_possible', order.ids)
        self.assertEqual(order.review_state, 'none')
        self._call('sale.order', 'write', order.ids, {'client_order_ref': "PO 7"})
        self._call('sale.order', 'action_submit_review', order.ids)
        self.assertEqual(order.review_state, 'in_review')

    def test_plain_order_keeps_the_rate_of_its_date(self):
        company = self._new_company("Plain", currency_id=self.company.currency_id.id)
        pricelist = self.pricelist.copy({'company_id': False})
        with freeze_time(self.then):
            order = self.env['sale.order'].with_company(company).create({
                'partner_id': self.partner.id, 'company_id': company.id, 'pricelist_id': pricelist.id,
                'order_line': [Command.create({'product_id': self.product_service.id, 'price_unit': 10900})]})
        order.action_confirm()
        self.assertFalse(order.limit_rate_date)
        self.assertAlmostEqual(order.company_amount_untaxed, 10900 / order.currency_rate, 2)
