"""An order that may have arrived twice is flagged, and a person decides."""
from datetime import timedelta

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..common import LifecycleCommon


@tagged('post_install', '-at_install')
class TestDuplicates(LifecycleCommon):

    @classmethod
    def _set_up_policy(cls):
        super()._set_up_policy()
        cls.policy.duplicate_days = 3

    def _received(self, days=0, **vals):
        return self._register(
            self._new_order(**vals), received_at=fields.Datetime.now() - timedelta(days=days, minutes=1))

    def _search_flagged(self, orders, user=None):
        return self.env['sale.order'].with_user(user or self.user_sales).search(
            [('is_possible_duplicate', '=', True), ('id', 'in', orders.ids)])

    def test_flagged(self):
        first, second = self._received(2), self._received()
        self.assertEqual(second.duplicate_order_id, first)
        self.assertEqual((first | second).mapped('is_possible_duplicate'), [False, True])
        self.assertEqual(self._search_flagged(first | second), second)
        # It is a flag and no more.
        self._submit(second)

    def test_entered_late(self):
        """What a colleague enters in the evening with the time of the morning is found as well; one of the two is."""
        mail = self._received()
        call = self._received(1)
        self.assertEqual(call.duplicate_order_id, mail)
        self.assertEqual(self._search_flagged(mail | call), call)
        # A change of the other one does not flag both of them.
        mail.order_line.with_user(self.user_sales).name = "By the quay"
        self.assertEqual(self._search_flagged(mail | call), call)
        mail.order_line.with_user(self.user_sales).price_unit = 90
        self.assertFalse(self._search_flagged(mail | call))
        mail.order_line.with_user(self.user_sales).price_unit = 100
        self.assertEqual(len(self._search_flagged(mail | call)), 1)
        self.assertFalse(self._received(9).is_possible_duplicate)

    def test_contacts_of_one_customer(self):
        contact = self.env['res.partner'].create({'name': "Purchasing", 'parent_id': self.partner.id})
        first = self._received(1)
        self.assertEqual(self._received(partner_id=contact.id).duplicate_order_id, first)

    def test_not_flagged(self):
        first = self._received(2)
        others = (
            self._received(partner_id=self.vendor.id),
            self._received(lines=[(self.product_stock, 6)]),
            self._received(lines=[(self._new_product("Other"), 5)]),
            self._received(9),
        )
        for other in others:
            self.assertFalse(other.is_possible_duplicate)
        self.assertFalse(self._new_order().is_possible_duplicate)
        first.with_user(self.user_sales)._action_cancel()
        self.assertFalse(self._received().is_possible_duplicate)
        empty = self._received(lines=[]) | self._received(lines=[])
        self.assertEqual(empty.mapped('is_possible_duplicate'), [False, False])

    def test_off(self):
        self.policy.duplicate_days = 0
        self._received(1)
        self.assertFalse(self._received().duplicate_order_id)

    def test_one_call(self):
        orders = self._register(self._new_order(3))
        self.assertEqual(orders.mapped('is_possible_duplicate'), [False, True, True])

    def test_follows_the_changes(self):
        first, second = self._received(1), self._received(lines=[(self.product_stock, 6)])
        second.order_line.with_user(self.user_sales).product_uom_qty = 5
        self.assertEqual(second.duplicate_order_id, first)
        second.with_user(self.user_sales).write({
            'order_line': [Command.create({'product_id': self.product_service.id})]})
        self.assertFalse(second.is_possible_duplicate)

    def test_cancelling_the_other(self):
        first, second = self._received(1), self._received()
        first.with_user(self.user_sales)._action_cancel()
        self.assertFalse(second.is_possible_duplicate or self._search_flagged(second))

    # -- the decision -----------------------------------------------------------------------------

    def test_not_a_double(self):
        first, second = self._received(1), self._received()
        second.with_user(self.user_sales).action_not_duplicate()
        self.assertRecordValues(second, [{
            'is_possible_duplicate': False, 'duplicate_order_id': first.id,
            'duplicate_cleared_by_id': self.user_sales.id}])
        self.assertTrue(second.duplicate_cleared_at)
        self.assertIn(first.name, second.message_ids[:1].body)
        # Another change does not ask again, another pair does.
        second.with_user(self.user_sales).client_order_ref = "PO 7"
        self.assertFalse(second.is_possible_duplicate)
        third = self._received(0)
        self.assertEqual(third.duplicate_order_id, second)
        self.assertTrue(third.is_possible_duplicate)
        with self.assertRaisesRegex(UserError, "is not flagged"):
            second.with_user(self.user_sales).action_not_duplicate()

    def test_many(self):
        orders = self._register(self._new_order(3)).with_user(self.user_sales)
        with self.assertRaisesRegex(UserError, "is not flagged"):
            orders.action_not_duplicate()
        self.assertEqual(orders.mapped('is_possible_duplicate'), [False, True, True])
        notification = orders.action_not_duplicate_possible()
        self.assertIn("2 orders", notification['params']['message'])
        self.assertFalse(self._search_flagged(orders))

    def test_only_sales(self):
        self._received(1)
        order = self._received()
        for login in ('finance', 'legal', 'manager', 'stock', 'employee'):
            for su in (False, True):
                with self.subTest(login=login, su=su), self.assertRaises(AccessError):
                    order.with_user(self.users_by_login[login]).sudo(su).action_not_duplicate()
        self.assertTrue(order.is_possible_duplicate)

    def test_double_of_an_order_that_one_does_not_see(self):
        manager = self.user_sales_manager
        first = self._register(
            self._new_order(user_id=manager.id, user=manager), manager,
            received_at=fields.Datetime.now() - timedelta(days=1))
        second = self._received(user_id=self.user_sales.id)
        self.assertEqual(second.duplicate_order_id, first)
        self.assertEqual(self._search_flagged(second), second)
        self.assertTrue(second.with_user(self.user_sales).is_possible_duplicate)

    def test_rule_that_blocks(self):
        self.policy.intake_rule_ids = [Command.create({
            'name': "Double", 'domain': "[('is_possible_duplicate', '=', False)]", 'message': "It may be a double."})]
        self._received(1)
        order = self._received()
        self.assertEqual(order._get_missing_information()[order.id], ["It may be a double."])
        self.assertIn(order, order.search([('is_complete', '=', False)]))
        with self.assertRaisesRegex(UserError, "It may be a double"):
            order.with_user(self.user_sales).action_submit_review()
        order.with_user(self.user_sales).action_not_duplicate()
        self._submit(order)

    def test_other_company(self):
        self._received(1)
        company = self._new_company(policy=True)
        company.order_policy_id.sudo().with_user(1).duplicate_days = 3
        order = self._new_order(user=self.env.user, company_id=company.id, lines=[(self.product_service, 1)])
        self._register(order, self.env.user)
        self.assertFalse(order.duplicate_order_id)

    def test_standard_template(self):
        self.assertEqual(self.env.ref('sale_order_lifecycle.policy_template_standard').duplicate_days, 3)
        html = self.env['ir.actions.report']._render_qweb_html(
            'sale_order_lifecycle.report_policy', self.policy.ids)[0].decode()
        self.assertIn("possible duplicate", html)

    def test_queries(self):
        def prepare(number):
            return self._new_order(number, lines=[(self._new_product("New"), 1)]).with_user(self.user_sales)

        # One more statement writes those that are flagged.
        self.assertSameQueries(prepare, lambda orders: orders.action_register(), more=2)
