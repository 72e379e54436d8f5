from odoo import api, models


class IrHttp(models.AbstractModel):
    _inherit = 'ir.http'

    def session_info(self):
        info = super().session_info()
        if not info.get('home_action_id') and self._works_in_lifecycle_only():
            info['home_action_id'] = self.env.ref(f'sale_order_lifecycle.{self._get_lifecycle_home()}').id
        return info

    @api.model
    def _get_lifecycle_home(self):
        """:return: name of the action with the work of the person: the reviews of whose department reviews orders, the
            inspections of quality where it only inspects, the orders of everybody else"""
        Role, user = self.env['order.role'], self.env.user
        if not Role._is_in_department():
            return 'sale_order_board_action'
        policies = user.company_ids.sudo().order_policy_id
        only_inspects = (
            policies.inspection_plan_ids and self.env['order.inspection']._is_inspector()
            and set(Role._get_role_ids_of(user)).isdisjoint(policies.stage_ids.role_id._ids))
        return 'order_inspection_action' if only_inspects else 'order_review_action'

    @api.model
    def _works_in_lifecycle_only(self):
        """Whether the person has no other application to work in, so that this one is the start screen.

        :return: bool; False where no policy is in force
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
