from odoo import api, models
from odoo.fields import Domain

REVIEW_MENUS = ('menu_order_review', 'menu_order_review_last', 'menu_order_review_all')


class IrUiMenu(models.Model):
    _inherit = 'ir.ui.menu'

    @api.model
    def _load_menus_blacklist(self):
        blacklist = super()._load_menus_blacklist()
        if not self._shows_lifecycle():
            blacklist += [
                self.env.ref(f'sale_order_lifecycle.{name}').id for name in ('menu_root', 'menu_production_week_mrp')]
        shown = self._get_review_menu()
        blacklist += [self.env.ref(f'sale_order_lifecycle.{name}').id for name in REVIEW_MENUS if name != shown]
        if not self.env.user.company_ids.sudo().order_policy_id:
            blacklist.append(self.env.ref('sale_order_lifecycle.menu_order_policy_our').id)
        return blacklist

    @api.model
    def _get_review_menu(self):
        """:return: name of the menu by which the person comes to the reviews, one of ``REVIEW_MENUS``"""
        Role = self.env['order.role']
        if Role._is_in_department():
            # A department's application opens with its reviews, everybody else's with the orders.
            return 'menu_order_review'
        return 'menu_order_review_last' if Role._get_role_ids_of(self.env.user) else 'menu_order_review_all'

    @api.model
    def _shows_lifecycle(self):
        """Whether the person sees the application: before any adoption only those who can adopt do.

        :return: bool
        """
        user = self.env.user
        if user.has_group('sale_order_lifecycle.group_manager') or user.has_group('base.group_system'):
            return True
        return bool(self.env['order.policy'].sudo().with_context(active_test=False).search_count(
            Domain('company_id', 'in', user.company_ids.ids) & Domain('state', '!=', 'draft'), limit=1))
