from datetime import date

from odoo import Command
from odoo.tests import HttpCase, tagged

from ..common import LifecycleCommon


@tagged('post_install', '-at_install')
class TestIntakeTours(LifecycleCommon, HttpCase):

    def test_register_and_submit(self):
        """A salesperson registers an order taken by phone and submits it (articles I1-I3, R1)."""
        customer = self.env['res.partner'].create({
            'name': "Tour Customer", 'phone': '+44 20 7946 0999', 'property_payment_term_id': False})
        self._new_product("Tour Lantern", type='service')
        self.payment_term.name = "Tour Term"
        self.policy.intake_rule_ids = [
            Command.create({
                'name': "Payment", 'domain': "[('payment_term_id', '!=', False)]",
                'message': "Enter the payment term."}),
            Command.create({
                'name': "Date", 'domain': "[('commitment_date', '!=', False)]", 'message': "Enter the date."}),
        ]
        self.start_tour('/odoo/order-board', 'order_register_and_submit', login=self.user_sales.login)
        order = self.env['sale.order'].search([('partner_id', '=', customer.id)])
        self.assertRecordValues(order, [{
            'channel_id': self.env['order.channel'].search([
                ('company_id', '=', self.company.id), ('code', '=', 'phone')]).id,
            'registered_by_id': self.user_sales.id, 'submitted_by_id': self.user_sales.id,
            'review_state': 'in_review', 'lifecycle_phase': 'review', 'state': 'draft',
            'promised_date': date(2040, 12, 31),
        }])
        self.assertEqual(
            order.review_ids.sorted('id').mapped(lambda review: (review.role_id.code, review.state)),
            [('sales', 'approved'), ('finance', 'pending')])

    def test_confirm_customer(self):
        """A salesperson confirms an order with the customer by phone (article I4)."""
        self.policy.require_customer_confirmation = True
        order = self._register(self._new_order(partner_id=self.env['res.partner'].create({
            'name': "Tour Customer", 'phone': '+44 20 7946 0999'}).id, user_id=self.user_sales.id))
        self.start_tour('/odoo/order-ledger', 'order_confirm_customer', login=self.user_sales.login)
        self.assertRecordValues(order, [{
            'customer_confirmed_method': 'phone', 'customer_confirmed_by_id': self.user_sales.id,
            'customer_confirmed_note': "Quantity and date agreed",
        }])
