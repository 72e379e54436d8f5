from odoo import api, models
from odoo.fields import Domain


class IrUiMenu(models.Model):
    _inherit = 'ir.ui.menu'

    @api.model
    def _load_menus_blacklist(self):
        blacklist = super()._load_menus_blacklist()
        if not self._has_published_sheet():
            blacklist.append(self.env.ref('sale_order_lifecycle.menu_order_assessment_mine').id)
            if not self._has_lifecycle_group():
                # Nothing is left of the application for people who only read their own sheets.
                blacklist.append(self.env.ref('sale_order_lifecycle.menu_root').id)
        return blacklist

    @api.model
    def _has_published_sheet(self):
        """Whether there is a sheet that the person reads as its subject.

        :return: bool
        """
        return bool(self.env['order.assessment.sheet'].sudo().search_count(
            Domain('user_id', '=', self.env.uid) & Domain('state', '=', 'published'), limit=1))

    @api.model
    def _has_lifecycle_group(self):
        """Whether the person has anything else to do in the application.

        :return: bool
        """
        return any(self.env.user.has_group(group) for group in (
            'sale_order_lifecycle.group_reviewer', 'sales_team.group_sale_salesman', 'base.group_system'))
