from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import formatLang


class OrderInspectionPlanCheck(models.Model):
    """One thing that is looked at or measured in an inspection."""
    _name = 'order.inspection.plan.check'
    _inherit = ['order.policy.rule.mixin']
    _description = "Inspection Plan Check"
    _order = 'plan_id, sequence, id'
    _rule_parent = 'plan_id'
    _allow_sudo_commands = False

    plan_id = fields.Many2one('order.inspection.plan', required=True, index=True, ondelete='cascade')
    company_id = fields.Many2one(related='plan_id.company_id', store=True, index=True)
    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    kind = fields.Selection(
        [('pass_fail', "Pass or Fail"), ('measure', "Measurement")], required=True, default='pass_fail')
    minimum = fields.Float(digits=(16, 4))
    maximum = fields.Float(digits=(16, 4))
    uom_id = fields.Many2one('uom.uom', string="Unit", ondelete='restrict')

    @api.constrains('kind', 'minimum', 'maximum')
    def _check_limits(self):
        for check in self:
            if check.kind == 'measure' and check.minimum > check.maximum:
                raise ValidationError(self.env._(
                    "The minimum of the check “%(check)s” is greater than its maximum: exchange them.",
                    check=check.name))

    def _is_within_limits(self, value):
        """:return: whether a measured value passes"""
        self.ensure_one()
        return self.minimum <= value <= self.maximum

    def _describe_limits(self):
        """:return: translated text: what passes"""
        self.ensure_one()
        if self.kind == 'pass_fail':
            return self.env._("in order")
        unit = self.uom_id.name
        values = {'minimum': formatLang(self.env, self.minimum), 'maximum': formatLang(self.env, self.maximum)}
        if unit:
            return self.env._("%(minimum)s to %(maximum)s %(unit)s", unit=unit, **values)
        return self.env._("%(minimum)s to %(maximum)s", **values)
