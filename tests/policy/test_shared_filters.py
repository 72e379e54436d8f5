"""What people see first on the screens of orders is not hidden from them by a filter of somebody else."""
from unittest.mock import patch

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..common import LifecycleCommon


@tagged('post_install', '-at_install')
class TestSharedFilters(LifecycleCommon):

    def _prepare_vals(self, model, **vals):
        return {'name': "Mine", 'model_id': model, 'domain': "[('id', '=', 0)]", 'is_default': True, **vals}

    @mute_logger('odoo.models')
    def test_nobody_hides_rows_from_others(self):
        """Of every model of the addon, and of orders: neither from everybody nor from somebody."""
        names = sorted(
            model._name for model in self.env.values()
            if model._original_module == 'sale_order_lifecycle' and not (model._abstract or model._transient))
        board = self.env.ref('sale_order_lifecycle.order_review_action')
        others = [Command.set((self.user_employee | self.user_legal).ids)]
        for user, model, vals in (
            *((self.user_employee, name, {}) for name in names),
            *((user, model, vals) for user in (self.user_employee, self.user_sales_manager, self.user_finance)
              for model in ('order.review', 'sale.order', 'sale.order.line', 'sale.report')
              for vals in ({}, {'user_ids': others}, {'action_id': board.id})),
        ):
            with self.subTest(user=user.login, model=model, vals=vals), self.assertRaises(
                    AccessError), self.env.cr.savepoint():
                self.env['ir.filters'].with_user(user).create(self._prepare_vals(model, **vals))
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            self.env['ir.filters'].with_user(self.user_employee).with_context(default_is_default=True).create(
                {'name': "Mine", 'model_id': 'sale.order', 'domain': "[]"})
        own = self.env['ir.filters'].with_user(self.user_employee)
        mine = own.create(self._prepare_vals('order.review', user_ids=[Command.set(self.user_employee.ids)]))
        shared = own.create(self._prepare_vals('order.review', name="Ours", is_default=False))
        for row, vals in ((mine, {'user_ids': [Command.clear()]}), (shared, {'is_default': True}),
                          (mine, {'user_ids': [Command.link(self.user_legal.id)]})):
            with self.subTest(vals=vals), self.assertRaises(AccessError), self.env.cr.savepoint():
                row.write(vals)

    @mute_logger('odoo.models')
    def test_managers_decide(self):
        row = self.env['ir.filters'].with_user(self.user_manager).create(self._prepare_vals('sale.order'))
        # What is decided is not turned into something else.
        for vals in ({'domain': "[('id', '=', 1)]"}, {'model_id': 'order.review'}):
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                row.with_user(self.user_employee).write(vals)
        self.env['ir.filters'].with_user(self.user_employee).create(self._prepare_vals('res.partner'))
        administrator = self._new_user('administrator', 'base.group_system')
        self.env['ir.filters'].with_user(administrator).create(self._prepare_vals('sale.order', name="All"))

    def test_without_any_policy(self):
        """Where no company has a policy, filters are shared as ever."""
        with patch.object(self.env.registry['order.policy'], '_has_any_governed', lambda _policies: False):
            row = self.env['ir.filters'].with_user(self.user_employee).create(self._prepare_vals('sale.order'))
        self.assertTrue(row.is_default)
