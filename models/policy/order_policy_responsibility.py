from odoo import api, fields, models


class OrderPolicyResponsibility(models.Model):
    """What one role has to do under a policy, in which department, and who is in charge (article P1)."""
    _name = 'order.policy.responsibility'
    _inherit = ['order.policy.rule.mixin']
    _description = "Responsibility under an Order Policy"
    _order = 'policy_id, sequence, id'
    _rec_name = 'role_id'
    _check_company_auto = True
    _allow_sudo_commands = False

    policy_id = fields.Many2one('order.policy', required=True, index=True, ondelete='cascade')
    company_id = fields.Many2one(related='policy_id.company_id', store=True, index=True)
    sequence = fields.Integer(default=10)
    role_id = fields.Many2one('order.role', required=True, ondelete='restrict')
    department_id = fields.Many2one('hr.department', check_company=True)
    user_id = fields.Many2one(
        'res.users', string="In Charge", check_company=True, domain=[('share', '=', False)],
        help="The contact person of the role. The users who can act for the role are defined by its security group.")
    duties = fields.Html(translate=True)

    _role_unique = models.Constraint(
        'UNIQUE (policy_id, role_id)', "The policy already has this role: enter all its duties in one row.")

    # -- business -------------------------------------------------------------------------------

    @api.model
    def _get_editable_fields(self):
        # Whom to call is no rule: people come and go, and the policy stays.
        return super()._get_editable_fields() | {'department_id', 'user_id'}
