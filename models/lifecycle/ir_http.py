from odoo import api, models


class IrHttp(models.AbstractModel):
    _inherit = 'ir.http'

    def session_info(self):
        info = super().session_info()
        if not info.get('home_action_id') and self._lands_on_reviews():
            info['home_action_id'] = self.env.ref('sale_order_lifecycle.order_review_action').id
        return info

    @api.model
    def _lands_on_reviews(self):
        """Whether reviewing orders is all that the person does here, so that reviews are the start screen.

        :return: bool; False for people who work in another application, too
        """
        user = self.env.user
        if not user.has_group('sale_order_lifecycle.group_reviewer') or not user.company_id.sudo().order_policy_id:
            return False
        applications = user.sudo().all_group_ids.privilege_id
        return not applications - self._get_neutral_privileges()

    @api.model
    def _get_neutral_privileges(self):
        """The privileges that give nobody an application to work in besides reviewing orders.

        :return: ``res.groups.privilege`` as superuser; override to add to them
        """
        Privilege = self.env['res.groups.privilege'].sudo()
        return (
            self.env.ref('sale_order_lifecycle.res_groups_privilege_lifecycle').sudo()
            | Privilege.search([('category_id', '=', self.env.ref('base.module_category_master_data').id)])
        )
