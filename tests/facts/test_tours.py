from odoo import Command, fields
from odoo.tests import HttpCase, tagged

from .common import FactsCommon


@tagged('post_install', '-at_install')
class TestFactsTours(FactsCommon, HttpCase):
    """Each department sees what it has to judge, beside the order, and decides."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer = cls.partner.copy({'name': "Tour Customer", 'country_id': cls.env.ref('base.pt').id})
        shade = cls._new_purchased_product("Tour Shade")
        cls.lamp = cls._new_manufactured_product("Tour Lamp", component=shade, tracking='serial')

    def _run_tour(self, login, lines=None, stage=None, **policy):
        """Submit an order to one stage of the role and let its person run the tour."""
        self._set_stages((login, stage or {}), **policy)
        order = self._submit_order(partner_id=self.customer.id, lines=lines or [(self.lamp, 2)])
        if login == 'legal':
            self.env['ir.attachment'].create({
                'name': "contract.txt", 'raw': b"Contract", 'res_model': 'sale.order', 'res_id': order.id})
        # Sales works in another application, and begins there.
        start = '/odoo/order-reviews' if login == 'sales' else '/odoo'
        self.start_tour(start, f'order_facts_{login}', login=self.users_by_login[login].login)
        review = order.review_ids
        self.assertRecordValues(review, [{
            'state': 'approved', 'decided_by_id': self.users_by_login[login].id}])
        return review

    def test_sales(self):
        """Specification, promise, prices and terms (article R1)."""
        self.customer.property_payment_term_id = self.env.ref('account.account_payment_term_immediate')
        self._run_tour('sales', discount_limit=10, lines=[
            {'product_id': self.product_stock.id, 'product_uom_qty': 5, 'discount': 20}])

    def test_finance(self):
        """Price, margin and receivables (article R2)."""
        self.product_stock.standard_price = 60
        self._new_invoice(self.customer, 400, fields.Date.subtract(fields.Date.today(), days=60))
        self._run_tour('finance', minimum_price_percent=90, lines=[
            {'product_id': self.product_stock.id, 'product_uom_qty': 5, 'price_unit': 80}])

    def test_legal(self):
        """The contract and where the goods go (article R3)."""
        self.company.country_id = self.env.ref('base.us')
        self._run_tour('legal')
        check = self.env['order.export.check'].search([('partner_id', '=', self.customer.id)])
        self.assertRecordValues(check, [{'result': 'conditions', 'note': "Only to Lisbon."}])

    def test_production(self):
        """Feasibility and the production plan (article R4)."""
        review = self._run_tour('production', stage={'requires_plan': 'production'})
        self.assertTrue(review.planned_date)

    def test_logistics(self):
        """The address and the delivery plan (article R4)."""
        review = self._run_tour('logistics', stage={'requires_plan': 'delivery'})
        self.assertEqual(review.planned_date, review.order_id.promised_date)

    def test_purchasing_in_chinese(self):
        """What is short, and from whom it comes (article F2)."""
        if 'zh_CN' not in dict(self.env['res.lang'].get_installed()):
            self.env['res.lang']._activate_lang('zh_CN')
            self.env['ir.module.module']._load_module_terms(['web', 'sale_order_lifecycle'], ['zh_CN'])
        self.user_purchasing.lang = 'zh_CN'
        self._run_tour('purchasing')

    def test_quality(self):
        """The inspection plans that apply (article F4)."""
        self._run_tour('quality', inspection_plan_ids=[Command.create({
            'name': "Final inspection", 'check_ids': [Command.create({'name': "It shines"})]})])

    def test_verdict_on_the_order(self):
        """One table of all departments, decided from there (article R5)."""
        self._set_stages('sales', 'finance')
        order = self._submit_order()
        self._get_review(order, 'sales').action_approve()
        self.start_tour(f'/odoo/sales/{order.id}', 'order_verdict_sheet', login=self.user_finance.login)
        self.assertEqual(order.review_state, 'approved')
