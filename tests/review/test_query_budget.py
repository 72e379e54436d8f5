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

    def test_watched_values(self):
        """What the records say that orders name is read for all of them at once."""
        tag = iter(range(1000))

        def prepare(number):
            vals_list = []
            for _index in range(number):
                name = f"Kind {next(tag)}"
                group = self.env['account.tax'].create({
                    'name': name, 'amount_type': 'group', 'type_tax_use': 'sale', 'children_tax_ids': [
                        Command.create({'name': f"{name} part", 'amount': 5, 'type_tax_use': 'sale'})]})
                unit = self.env['uom.uom'].create({
                    'name': name, 'relative_factor': 6, 'relative_uom_id': self.product_stock.uom_id.id})
                term = self.env['account.payment.term'].create({
                    'name': name, 'line_ids': [Command.create({'value_amount': 100, 'nb_days': 30})]})
                customer = self.env['res.partner'].create({
                    'name': name, 'child_ids': [Command.create({'name': "Buyer", 'type': 'other'})]})
                vals_list.append({
                    'partner_id': customer.child_ids.id, 'payment_term_id': term.id, 'company_id': self.company.id,
                    'incoterm': self.env['account.incoterms'].create({'name': name, 'code': name[-3:]}).id,
                    'order_line': [Command.create({
                        'product_id': self._new_product(name).id, 'product_uom_id': unit.id,
                        'tax_ids': [Command.set(group.ids)]})]})
            orders = self.env['sale.order'].create(vals_list)
            self.assertEqual(set(orders.policy_id), set(self.policy))
            return orders.sudo()

        self.assertSameQueries(prepare, lambda orders: orders._get_watched_values())
