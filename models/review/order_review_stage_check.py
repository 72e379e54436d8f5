from odoo import fields, models


class OrderReviewStageCheck(models.Model):
    """One line of the checklist that a stage works through."""
    _name = 'order.review.stage.check'
    _inherit = ['order.policy.rule.mixin']
    _description = "Order Review Stage Check"
    _order = 'stage_id, sequence, id'
    _rule_parent = 'stage_id'
    _allow_sudo_commands = False

    stage_id = fields.Many2one('order.review.stage', required=True, index=True, ondelete='cascade')
    company_id = fields.Many2one(related='stage_id.company_id', store=True, index=True)
    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    required = fields.Boolean(default=True,
        help="The review can only be approved with the result “OK” or “Not Applicable”.")
