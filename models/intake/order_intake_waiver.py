from odoo import api, fields, models


class OrderIntakeWaiver(models.Model):
    """What an order misses and may miss all the same: a role has said so, with the reason (article I3).

    Rows are made by ``sale.order.action_waive`` only. A waiver holds for the values that the person saw:
    a commercial change of the order, or its cancellation, ends it.
    """
    _name = 'order.intake.waiver'
    _inherit = ['order.guarded.mixin']
    _description = "Waiver of a Completeness Rule"
    _order = 'waived_at desc, id desc'
    _rec_name = 'rule_id'
    _allow_sudo_commands = False
    _made_by_actions = True

    order_id = fields.Many2one('sale.order', required=True, readonly=True, index=True, ondelete='cascade')
    company_id = fields.Many2one(related='order_id.company_id', store=True, index=True)
    partner_id = fields.Many2one(related='order_id.partner_id', string="Customer")
    rule_id = fields.Many2one(
        'order.intake.rule', required=True, readonly=True, index=True, ondelete='restrict')
    role_id = fields.Many2one('order.role', required=True, readonly=True, index=True, ondelete='restrict')
    reason = fields.Text(required=True, readonly=True)
    waived_by_id = fields.Many2one('res.users', required=True, readonly=True, index=True)
    waived_at = fields.Datetime(required=True, readonly=True)
    seen_values = fields.Json(
        readonly=True, groups='sale_order_lifecycle.group_manager', help="The values that were shown to the user.")
    lapsed_at = fields.Datetime(
        "Expired At", readonly=True, help="When the order was changed or cancelled, so that the waiver expired.")

    _standing_unique = models.UniqueIndex(
        '(order_id, rule_id) WHERE lapsed_at IS NULL',
        "This has just been waived by another user: reload the page.")

    def _get_guarded_fields(self):
        return super()._get_guarded_fields() | {
            'order_id', 'company_id', 'rule_id', 'role_id', 'reason', 'waived_by_id', 'waived_at', 'seen_values',
            'lapsed_at',
        }

    @api.depends('rule_id', 'order_id')
    def _compute_display_name(self):
        for waiver in self:
            waiver.display_name = f"{waiver.order_id.name}: {waiver.sudo().rule_id.name}"
