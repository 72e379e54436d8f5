from odoo import fields, models


class OrderPolicyAdoptLine(models.TransientModel):
    """Which department takes a role in the company, and who is in charge."""
    _name = 'order.policy.adopt.line'
    _description = "Responsibility in the Adoption of an Order Policy"
    _check_company_auto = True

    wizard_id = fields.Many2one('order.policy.adopt', required=True, index=True, ondelete='cascade')
    company_id = fields.Many2one(related='wizard_id.company_id')
    role_id = fields.Many2one('order.role', required=True, ondelete='cascade')
    department_id = fields.Many2one('hr.department', check_company=True)
    user_id = fields.Many2one(
        'res.users', string="In Charge", check_company=True, domain=[('share', '=', False)])

    def _prepare_responsibility_vals(self):
        """:return: values of the ``order.policy.responsibility`` that the line speaks for"""
        self.ensure_one()
        return {'department_id': self.department_id.id, 'user_id': self.user_id.id}
