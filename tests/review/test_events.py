"""The hook for outside systems is called once for a batch, in the order of what happens."""
from contextlib import contextmanager
from unittest.mock import patch

from odoo.tests import tagged

from .common import PeopleCommon


@tagged('post_install', '-at_install')
class TestEvents(PeopleCommon):

    @contextmanager
    def _recorded(self):
        events = []

        def record(orders, event, **details):
            self.assertTrue(orders.env.su, "called as superuser")
            self.assertTrue(orders)
            events.append((event, orders, details))

        with patch.object(type(self.env['sale.order']), '_lifecycle_event', record):
            yield events

    def test_from_registration_to_settlement(self):
        orders = self._new_order(2, lines=[(self.product_service, 1)])
        with self._recorded() as events:
            self._submit(orders)
            self._approve(orders)
            orders.with_user(self.user_sales).action_confirm()
            orders.with_user(self.user_sales).order_line.qty_delivered = 1
            self.env.flush_all()
            self._pay(self._invoice(orders))
            self._settle(orders)
        self.assertEqual([name for name, _orders, _details in events], [
            'registered', 'submitted', 'review_pending', 'decided', 'review_pending', 'decided', 'approved',
            'confirmed', 'fulfilled', 'settled'])
        for name, touched, details in events:
            self.assertEqual(touched, orders, name)
            self.assertEqual(set(details), {
                'review_pending': {'reviews'}, 'decided': {'reviews'}, 'fulfilled': {'settlements'},
                'settled': {'settlements'}}.get(name, set()))

    def test_return_reject_cancel(self):
        returned, rejected = self._new_finance_reviews(2)
        with self._recorded() as events:
            returned.with_user(self.user_finance).action_return("No")
            rejected.with_user(self.user_finance).action_reject("No")
            returned.order_id.with_user(self.user_sales).action_cancel()
        self.assertEqual([(name, orders) for name, orders, _details in events], [
            ('decided', returned.order_id), ('returned', returned.order_id),
            ('decided', rejected.order_id), ('rejected', rejected.order_id),
            ('cancelled', returned.order_id)])

    def test_reopened(self):
        order = self._accept(self._new_order())
        with self._recorded() as events:
            order.with_user(self.user_sales).order_line.price_unit = 7
        self.assertEqual([name for name, _orders, _details in events], ['review_pending', 'reopened'])

    def test_failed_steps_tell_nothing(self):
        review = self._new_finance_reviews()
        with self._recorded() as events:
            review.with_user(self.user_finance).action_approve_possible()
            review.with_user(self.user_finance).action_approve_possible()
        self.assertEqual([name for name, _orders, _details in events], ['decided', 'approved'])

    def test_nothing_without_a_policy(self):
        company = self._new_company("Plain")
        self.user_sales.company_ids |= company
        order = self._new_order(company_id=company.id, lines=[(self.product_service, 1)])
        with self._recorded() as events:
            order.with_user(self.user_sales).action_confirm()
            order.with_user(self.user_sales)._action_cancel()
        self.assertFalse(events)
