from odoo import api, models
from odoo.exceptions import AccessError

from ..mixins.base import ADDON


class IrFilters(models.Model):
    """A filter that others meet by default hides rows from them: a review to be decided, an order that is late.

    Core lets every employee share a filter with everybody, and make it the one that a screen begins with. On the
    screens of orders and of the documents of this addon managers of the addon decide on that.
    """
    _inherit = 'ir.filters'

    @api.model_create_multi
    def create(self, vals_list):
        filters = super().create(vals_list)
        filters._check_shared_default()
        return filters

    def write(self, vals):
        result = super().write(vals)
        self._check_shared_default()
        return result

    def _check_shared_default(self):
        """:raise AccessError: for people who would have others begin with a filter, where a company has a policy"""
        user = self.env.user
        if not self.env['order.policy']._has_any_governed() or user._is_superuser() or any(
                user.has_group(group) for group in ('base.group_system', f'{ADDON}.group_manager')):
            return
        if any(row.is_default and row.user_ids != user and row._is_on_orders() for row in self.sudo()):
            raise AccessError(self.env._(
                "Only managers of the order lifecycle can share a default filter here. Share the filter without making "
                "it the default, or keep it for yourself."))

    def _is_on_orders(self):
        """:return: bool, whether the filter is one of screens of orders, or of documents of this addon"""
        self.ensure_one()
        model = self.env.get(self.model_id)
        return model is not None and (model._original_module == ADDON or model._name in (
            'sale.order', 'sale.order.line', 'sale.report'))
