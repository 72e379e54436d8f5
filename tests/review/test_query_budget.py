"""What the addon adds to core's queries is the same for 1 and for 20 orders."""
from odoo import Command
from odoo.tests import tagged

from ..common import LifecycleCommon


@tagged('post_install', '-at_install')
class TestQueryBudget(LifecycleCommon):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy.stage_ids = [Command.create({
            'name': "Legal", 'role_id': cls._role('legal').id, 'sequence': 30})]
        cls.company_plain = cls._new_company("Plain")
        cls.user_sales.company_ids |= cls.company_plain

    def _count(self, action):
        """Queries of one action, everything flushed before and after, caches cold."""
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        action()
        self.env.flush_all()
        return self.env.cr.sql_log_count - before

    def _get_counts(self, number):
        """Queries of each step for a batch of ``number`` orders."""
        orders = self._new_order(number).with_user(self.user_sales)
        counts = {
            'register': self._count(orders.action_register),
            'submit': self._count(orders.action_submit_review),
        }
        for login in ('sales', 'finance', 'legal'):
            reviews = self._get_pending_reviews(orders).with_user(self.users_by_login[login]).sudo(False)
            counts[f'approve_{login}'] = self._count(reviews.action_approve)
        self.assertEqual(set(orders.mapped('review_state')), {'approved'})
        counts['confirm'] = self._count(orders.action_confirm)
        return counts

    def _get_plain_confirm_count(self, number):
        orders = self._new_order(
            number, company_id=self.company_plain.id, lines=[(self.product_service, 1)]).with_user(self.user_sales)
        return self._count(orders.action_confirm)

    def test_steps(self):
        self._get_counts(1)  # warms what is kept between requests
        one, twenty = self._get_counts(1), self._get_counts(20)
        # A query that runs once in a while may fall into either; one per order would be nineteen more.
        for step in ('register', 'submit', 'approve_sales', 'approve_finance', 'approve_legal'):
            with self.subTest(step=step):
                self.assertLess(twenty[step], one[step] + 3, f"{step}: {one[step]} for 1, {twenty[step]} for 20")

    def test_confirm(self):
        """Confirmation costs core some queries an order; the addon adds a constant."""
        self.product_stock = self.product_service
        lines = {'lines': [(self.product_service, 1)]}

        def under_policy(number):
            orders = self._accept(self._new_order(number, **lines)).with_user(self.user_sales)
            return self._count(orders.action_confirm)

        under_policy(1), self._get_plain_confirm_count(1)
        added_one = under_policy(1) - self._get_plain_confirm_count(1)
        added_twenty = under_policy(20) - self._get_plain_confirm_count(20)
        self.assertLess(added_twenty, added_one + 3, f"{added_one} for 1, {added_twenty} for 20")
