from ast import literal_eval

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain


class OrderIntakeRule(models.Model):
    """What a complete order has (article I3): a condition, and what to tell when it is not met."""
    _name = 'order.intake.rule'
    _inherit = ['order.policy.rule.mixin']
    _description = "Order Completeness Rule"
    _order = 'policy_id, sequence, id'
    _allow_sudo_commands = False

    policy_id = fields.Many2one('order.policy', required=True, index=True, ondelete='cascade')
    company_id = fields.Many2one(related='policy_id.company_id', store=True, index=True)
    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    severity = fields.Selection(
        [('blocking', "Blocks"), ('waivable', "Can Be Waived"), ('warning', "Warns")], required=True,
        default='blocking',
        help="An order cannot be submitted for review while a blocking rule is not met. A waivable rule also blocks "
             "the order until a member of the given role waives it with a reason.")
    waiver_role_id = fields.Many2one(
        'order.role', compute='_compute_waiver_role_id', store=True, readonly=False, copy=True,
        precompute=True, index='btree_not_null', ondelete='restrict',
        help="The role that can waive the rule.")

    # what it asks for
    domain = fields.Char("Condition", default='[]', help="Complete orders match this condition.")
    line_domain = fields.Char(
        "Condition for Lines", help="Every product line of a complete order matches this condition, except for "
        "sections, notes, down payments, expenses, discounts, rewards and delivery costs.")
    message = fields.Char(required=True, translate=True, help="Instruction for the salesperson.")

    # -- constraints ----------------------------------------------------------------------------

    @api.constrains('domain', 'line_domain')
    def _check_domains(self):
        for rule in self:
            for model, text in (('sale.order', rule.domain), ('sale.order.line', rule.line_domain)):
                try:
                    self._parse_domain(text).validate(self.env[model].sudo())
                except Exception as error:
                    raise ValidationError(self.env._(
                        "The condition of the completeness rule “%(rule)s” is invalid: %(error)s. Use the condition "
                        "editor.", rule=rule.name, error=error)) from error

    @api.constrains('severity', 'waiver_role_id')
    def _check_waiver_role_id(self):
        for rule in self:
            if rule.severity == 'waivable' and not rule.waiver_role_id:
                raise ValidationError(self.env._(
                    "The completeness rule “%(rule)s” can be waived: select the role that can waive it.",
                    rule=rule.name))

    # -- compute --------------------------------------------------------------------------------

    @api.depends('severity')
    def _compute_waiver_role_id(self):
        self.filtered(lambda rule: rule.severity != 'waivable').waiver_role_id = False

    # -- business -------------------------------------------------------------------------------

    @api.model
    def _get_condition_models(self):
        return super()._get_condition_models() | {'domain': 'sale.order', 'line_domain': 'sale.order.line'}

    @api.model
    def _parse_domain(self, text):
        """:return: Domain from its text, the one that everything matches if there is none"""
        return Domain(literal_eval((text or '').strip() or '[]'))

    def _get_complete_orders(self, orders):
        """Which of the orders satisfy this rule; override for conditions that no domain can say.

        :param orders: ``sale.order`` of the policy of this rule, as superuser
        :return: the subset of ``orders``
        """
        self.ensure_one()
        complete = orders.filtered_domain(self._parse_domain(self.domain))
        line_domain = self._parse_domain(self.line_domain)
        if line_domain.is_true():
            return complete
        lines = complete.order_line.filtered_domain(complete.order_line._get_intake_line_domain())
        failing = lines - lines.filtered_domain(line_domain)
        return complete.filtered(lambda order: not order.order_line & failing)

    def _get_missing_message(self):
        """:return: translated text: what is missing, and who can let the order go on without it"""
        self.ensure_one()
        if self.severity != 'waivable':
            return self.message
        return self.env._("%(message)s (%(role)s can waive this.)", message=self.message, role=self.waiver_role_id.name)

    def _get_incomplete_domain(self):
        """:return: Domain on ``sale.order`` of those that do not satisfy this rule, and for which it is not waived"""
        self.ensure_one()
        incomplete = ~self._parse_domain(self.domain)
        line_domain = self._parse_domain(self.line_domain)
        if not line_domain.is_true():
            lines = self.env['sale.order.line']._get_intake_line_domain() & ~line_domain
            incomplete |= Domain('order_line', 'any', lines)
        if self.severity == 'waivable':
            standing = Domain('rule_id', '=', self.id) & Domain('lapsed_at', '=', False)
            incomplete &= ~Domain('waiver_ids', 'any', standing)
        return incomplete
