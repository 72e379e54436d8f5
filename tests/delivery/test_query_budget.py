from contextlib import ExitStack, contextmanager
from unittest.mock import patch

from odoo import Command
from odoo.tests import tagged

from ..common import LifecycleCommon


@tagged('post_install', '-at_install')
class TestFulfilmentQueryBudget(LifecycleCommon):
    """What the addon adds to the queries of core is the same for one order and for twenty."""

    def _new_confirmed_orders(self, count, policy):
        orders = self._new_order(count=count)
        if not policy:
            orders.policy_id = False
            orders.with_user(self.user_sales).action_confirm()
            return orders
        return self._confirm(orders)

    def test_delivery(self):
        def get_added(number):
            plain, governed = (self._new_confirmed_orders(number, policy) for policy in (False, True))
            core, own = (self._count_queries(self._deliver, orders.picking_ids) for orders in (plain, governed))
            self.assertEqual(set(plain.mapped('lifecycle_phase')), {False})
            self.assertEqual(set(governed.mapped('lifecycle_phase')), {'settlement'})
            return own - core

        # A query that core runs once in a while may fall into either; one per order would be nineteen more.
        self.assertSameCounts(get_added, more=2)

    def test_services_entered_with_their_order(self):
        """What follows from the delivered services of an order follows once, and not with each line."""
        def get_added(number):
            lines = [(self.product_service, 1)] * (number + 1)
            plain = self._new_order(lines=lines)
            plain.policy_id = False
            plain.with_user(self.user_sales).action_confirm()
            core, own = (self._count_queries(
                order.with_user(self.user_sales).write,
                {'order_line': [Command.update(line.id, {'qty_delivered': 1}) for line in order.order_line[:number]]})
                for order in (plain, self._confirm(self._new_order(lines=lines))))
            return own - core

        # A query that core runs once in a while may fall into either.
        self.assertSameCounts(get_added, more=2)


@tagged('post_install', '-at_install')
class TestPlainCompany(LifecycleCommon):
    """A company without policy pays nothing: what it does costs the queries of core, to the last one."""

    ROOMS = tuple(f'odoo.addons.sale_order_lifecycle.models.{room}.' for room in ('production', 'delivery'))
    HOOKS = (
        'create', '_prepare_mo_vals', '_prepare_purchase_order', '_get_push_new_date', '_get_backorder_mo_vals',
        '_prepare_procurement_values',
    )

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls._new_company("Plain")
        cls.env = cls.env(context=dict(cls.env.context, allowed_company_ids=cls.company.ids))
        cls.warehouse = cls.env['stock.warehouse'].search([('company_id', '=', cls.company.id)], limit=1)
        cls.warehouse.delivery_steps = 'pick_ship'
        cls.part = cls._new_purchased_product("Leg")
        cls.table = cls._new_manufactured_product("Table", component=cls.part)
        cls.stocked = cls._new_product("Stocked")
        cls._put_in_stock(cls.stocked, 100)

    @contextmanager
    def _without_hooks(self):
        """Take our methods on manufacturing orders, rules, purchases and order lines out of the way."""
        replaced = set()
        with ExitStack() as stack:
            for model in ('mrp.production', 'stock.rule', 'sale.order.line'):
                for cls in type(self.env[model]).__mro__:
                    if not cls.__module__.startswith(self.ROOMS):
                        continue
                    for name in self.HOOKS:
                        if name in vars(cls) and (model, name) != ('sale.order.line', 'create'):
                            stack.enter_context(patch.object(cls, name, self._get_pass_through(cls, name)))
                            replaced.add(name)
            self.assertEqual(replaced, set(self.HOOKS))
            yield

    def _get_pass_through(self, cls, name):
        def method(records, *args, **kwargs):
            return getattr(super(cls, records), name)(*args, **kwargs)
        return method

    def _count_work(self):
        """:return: number of queries of an order's whole way: manufacture, purchase, transfers in two steps"""
        order = self.env['sale.order'].create({
            'partner_id': self.partner.id, 'company_id': self.company.id,
            'order_line': [Command.create({'product_id': product.id, 'product_uom_qty': 2})
                           for product in (self.table, self.stocked)],
        })
        self.assertFalse(order.policy_id)
        count = self._count_queries(self._work, order)
        self.assertEqual(len(order.picking_ids), 3)
        return count

    def _work(self, order):
        order.action_confirm()
        self.env['mrp.production'].create({'product_id': self.table.id, 'product_qty': 1}).action_confirm()
        pick = order.picking_ids
        pick.move_ids.filtered(lambda move: move.product_id == self.stocked).write({'quantity': 2, 'picked': True})
        pick.with_context(skip_backorder=True).button_validate()

    def test_costs_nothing(self):
        self._count_work()
        # The smaller of two: what core asks once in a while may fall into any of them.
        with self._without_hooks():
            plain = min(self._count_work() for _turn in range(2))
        self.assertEqual(min(self._count_work() for _turn in range(2)), plain)
