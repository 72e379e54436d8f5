"""What the addon adds to core's queries is the same for 1 and for 20 orders, to the last one."""
from odoo import Command
from odoo.tests import tagged

from ..common import LifecycleCommon


@tagged('post_install', '-at_install')
class TestQueryBudget(LifecycleCommon):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # With the notes on what has changed, as people have them: they are written with the commit.
        cls.env = cls.env(context={**cls.env.context, 'mail_notrack': False})
        cls.policy.stage_ids = [Command.create({
            'name': "Legal", 'role_id': cls._role('legal').id, 'sequence': 30})]
        cls.company_plain = cls._new_company("Plain")
        cls.user_sales.company_ids |= cls.company_plain
        cls._put_in_stock(cls.product_stock, 10000, cls.env['stock.warehouse'].search(
            [('company_id', '=', cls.company_plain.id)], limit=1))

    def _new_orders(self, number, company):
        return self._new_order(
            number, company_id=company.id, lines=[(self.product_stock, 5), (self.product_service, 1)],
            channel_id=self.channel.id if company == self.company else False,
        ).with_user(self.user_sales)

    def _get_counts(self, number):
        """Queries that the addon has in each step for a batch of ``number`` orders."""
        orders, plain = (self._new_orders(number, company) for company in (self.company, self.company_plain))
        counts = {
            'register': self._count_queries(orders.action_register),
            'submit': self._count_queries(orders.action_submit_review),
        }
        for login in ('sales', 'finance', 'legal'):
            reviews = self._get_pending_reviews(orders).with_user(self.users_by_login[login]).sudo(False)
            counts[f'approve as {login}'] = self._count_queries(reviews.action_approve)
        self.assertEqual(set(orders.mapped('review_state')), {'approved'})
        counts['confirm'] = self._count_queries(orders.action_confirm) - self._count_queries(plain.action_confirm)
        self.assertEqual(set((orders | plain).mapped('state')), {'sale'})
        return counts

    def test_steps(self):
        # One query may be that of a cache which the tests before have left empty; nineteen would be one an order.
        self.assertSameCounts(self._get_counts, more=1)
