"""The addon beside the modules that it never imports."""
from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged

from ..common import LifecycleCommon
from .common import OPTIONAL


@tagged(*OPTIONAL)
class TestInstall(LifecycleCommon):

    def test_modules(self):
        """The database of these tests has what they are about; the installation itself fails on a warning."""
        names = (
            'delivery', 'mrp_subcontracting', 'mrp_subcontracting_purchase', 'payment_demo', 'sale_loyalty',
            'stock_delivery', 'website_sale', 'website_sale_stock')
        installed = self.env['ir.module.module'].search([('name', 'in', names), ('state', '=', 'installed')])
        self.assertEqual(sorted(installed.mapped('name')), sorted(names))

    def test_plain_order(self):
        """A company without policy has orders as these modules make them."""
        company = self._new_company("Plain")
        self.user_sales.company_ids |= company
        order = self._new_order(company_id=company.id, lines=[(self.product_service, 1)])
        self.assertFalse(order.policy_id)
        order.with_user(self.user_sales).action_confirm()
        self.assertEqual(order.state, 'sale')

    def test_governed_order(self):
        order = self._fulfil(self._new_order(lines=[(self.product_stock, 2), (self.product_service, 1)]))
        self.assertRecordValues(order, [{'state': 'sale', 'fulfilment_state': 'done'}])

    def _new_rewarded_order(self):
        """:return: an order of goods and freight, ten percent taken off by a promotion"""
        order = self._new_order(lines=[
            (self.product_stock, 2),
            {'product_id': self.product_service.id, 'is_delivery': True},
        ])
        self.program = self.env['loyalty.program'].create({
            'name': "Ten Percent", 'program_type': 'promotion', 'trigger': 'auto', 'applies_on': 'current',
            'rule_ids': [Command.create({'reward_point_mode': 'order', 'minimum_qty': 0})],
            'reward_ids': [Command.create({
                'reward_type': 'discount', 'discount': 10, 'discount_applicability': 'order', 'required_points': 1})],
        })
        order._update_programs_and_rewards()
        order._apply_program_reward(self.program.reward_ids, order.coupon_point_ids.coupon_id)
        return order

    def test_freight_and_rewards(self):
        """Nobody delivers freight or a discount, and no completeness rule looks at them."""
        order = self._new_rewarded_order()
        rewards = order.order_line.filtered('is_reward_line')
        self.assertTrue(rewards)
        goods, freight = order.order_line[0], order.order_line.filtered('is_delivery')
        self.assertTrue(goods._counts_for_fulfilment())
        self.assertFalse(any(line._counts_for_fulfilment() for line in freight | rewards))
        counting = order.order_line.filtered_domain(self.env['sale.order.line']._get_intake_line_domain())
        self.assertEqual(counting, goods)
        self._confirm(order)
        self._deliver(order.picking_ids)
        self.assertEqual(order.fulfilment_state, 'done')

    def test_rewards_calculated_anew(self):
        """Core takes rewards away for a moment, at every update and at the confirmation: no approval falls by it."""
        order = self._accept(self._new_rewarded_order())
        reviews = order.review_ids
        order.with_user(self.user_sales)._update_programs_and_rewards()
        self.assertRecordValues(order, [{'review_state': 'approved', 'open_review_count': 0}])
        order.with_user(self.user_sales).action_confirm()
        self.assertRecordValues(order, [{'state': 'sale', 'review_state': 'approved'}])
        self.assertEqual(order.review_ids, reviews)
        self.assertFalse(any(reviews.mapped('voided_at')))

    def test_rewards_that_change(self):
        """A reward that is other than what was approved opens the review again."""
        order = self._accept(self._new_rewarded_order())
        self.program.reward_ids.discount = 20
        order.with_user(self.user_sales)._update_programs_and_rewards()
        self.assertRecordValues(order, [{'review_state': 'in_review', 'open_review_count': 2}])

    def test_rewards_that_change_at_the_confirmation(self):
        """The confirmation calculates them itself, and then refuses."""
        order = self._accept(self._new_rewarded_order())
        self.program.reward_ids.discount = 20
        with self.assertRaisesRegex(UserError, "differ from those approved"):
            order.with_user(self.user_sales).action_confirm()
