from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = 'res.config.settings'

    order_policy_id = fields.Many2one(
        string="Order Policy in Force", related='company_id.order_policy_id', readonly=True)
    order_role_ids = fields.Many2many(
        'order.role', string="Order Roles", default=lambda self: self.env['order.role'].search([]),
        help="The members of each role.")

    # -- actions --------------------------------------------------------------------------------

    def action_open_order_policy(self):
        """:return: action with the form of the policy in force"""
        self._check_one()
        return {
            'type': 'ir.actions.act_window',
            'res_model': 'order.policy',
            'res_id': self.order_policy_id.id,
            'view_mode': 'form',
        }

    def action_retire_order_policy(self):
        """Leave the company without a policy; ``order.policy`` checks the right.

        :return: True
        """
        return self.order_policy_id.action_retire()
