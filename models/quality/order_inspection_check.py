from odoo import api, fields, models
from odoo.exceptions import ValidationError


class OrderInspectionCheck(models.Model):
    """What was found of one thing that a plan lets be looked at or measured."""
    _name = 'order.inspection.check'
    _inherit = ['order.guarded.mixin', 'order.dossier.mixin']
    _description = "Inspection Check"
    _order = 'inspection_id, id'
    _allow_sudo_commands = False
    _made_by_actions = True

    inspection_id = fields.Many2one(
        'order.inspection', required=True, readonly=True, index=True, ondelete='cascade')
    company_id = fields.Many2one(related='inspection_id.company_id', store=True, precompute=True, index=True)
    plan_check_id = fields.Many2one(
        'order.inspection.plan.check', string="Check of the Plan", required=True, readonly=True, index=True,
        ondelete='restrict')
    name = fields.Char(related='plan_check_id.name')
    kind = fields.Selection(related='plan_check_id.kind')
    minimum = fields.Float(related='plan_check_id.minimum')
    maximum = fields.Float(related='plan_check_id.maximum')
    uom_id = fields.Many2one(related='plan_check_id.uom_id', string="Unit")
    value = fields.Float("Measured Value", digits=(16, 4))
    result = fields.Selection([('ok', "In Order"), ('fail', "Not in Order"), ('na', "Not Applicable")])
    note = fields.Char("Remark")

    # -- constraints ----------------------------------------------------------------------------

    @api.constrains('value', 'result')
    def _check_measured(self):
        for check in self.sudo():
            if check.kind == 'measure' and check.result == 'ok' and not (
                    check.plan_check_id._is_within_limits(check.value)):
                raise ValidationError(self.env._(
                    "The value of “%(check)s” is not within its limits, so the check is not in order.",
                    check=check.name))

    # -- CRUD -----------------------------------------------------------------------------------

    def _get_guarded_fields(self):
        return super()._get_guarded_fields() | {'inspection_id', 'company_id', 'plan_check_id'}

    def write(self, vals):
        if not self._is_acting():
            self.inspection_id._check_refusals(self.inspection_id._get_judge_refusals())
        if 'value' not in vals or 'result' in vals:
            return super().write(vals)
        # What was measured says itself whether it is in order.
        within = self.filtered(lambda check: (
            check.kind == 'measure' and isinstance(vals['value'], (int, float))
            and check.sudo().plan_check_id._is_within_limits(vals['value'])))
        measured = self.filtered(lambda check: check.kind == 'measure')
        for checks, result in ((within, 'ok'), (measured - within, 'fail')):
            super(OrderInspectionCheck, checks).write({**vals, 'result': result})
        return super(OrderInspectionCheck, self - measured).write(vals)

    # -- what goes into a dossier -----------------------------------------------------------------

    @api.model
    def _get_dossier_fields(self):
        return [*super()._get_dossier_fields(), 'name', 'minimum', 'maximum', 'uom_id', 'value', 'result', 'note']
