from odoo import fields, models
from odoo.fields import Command


class ResConfigSettings(models.TransientModel):
    _inherit = 'res.config.settings'

    emergency_release_user_ids = fields.Many2many(
        'res.users', string="Emergency Release", compute='_compute_emergency_release_user_ids',
        inverse='_inverse_emergency_release_user_ids', domain=[('share', '=', False)],
        help="The users who can confirm an order before its review has ended, if the policy allows it.")

    # -- compute and inverse --------------------------------------------------------------------

    def _compute_emergency_release_user_ids(self):
        group = self.env.ref('sale_order_lifecycle.group_emergency_release')
        self.emergency_release_user_ids = self.env['res.users'].search([('all_group_ids', 'in', group.ids)])

    def _inverse_emergency_release_user_ids(self):
        self.env['order.role']._check_membership_right()
        group = self.env.ref('sale_order_lifecycle.group_emergency_release')
        for settings in self:
            present = self.env['res.users'].search([('group_ids', 'in', group.ids)])
            group.user_ids = [
                *(Command.link(user.id) for user in settings.emergency_release_user_ids - present),
                *(Command.unlink(user.id) for user in present - settings.emergency_release_user_ids),
            ]
