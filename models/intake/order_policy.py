from odoo import fields, models
from odoo.fields import Domain


class OrderPolicy(models.Model):
    _inherit = 'order.policy'

    require_customer_confirmation = fields.Boolean(
        "Confirm with Customer", help="Orders are only accepted once sales has confirmed them with the customer.")
    duplicate_days = fields.Integer(
        "Duplicate Check (Days)", help="An order is flagged as a possible duplicate if the same customer ordered the "
        "same products for the same amount within this number of days before; 0 disables the check.")
    intake_rule_ids = fields.One2many('order.intake.rule', 'policy_id', string="Completeness Rules", copy=True)

    def _action_adopt(self):
        result = super()._action_adopt()
        # Orders can be registered from the first day on.
        self.env['order.channel']._create_standard_channels(self.company_id)
        return result

    def _get_open_quotation_domain(self):
        # What is registered keeps the policy that it was registered under.
        return super()._get_open_quotation_domain() & Domain('received_at', '=', False)

    def _get_intake_rules(self, severities=('blocking', 'waivable')):
        """:return: the active completeness rules of the policy, whatever the context lets see"""
        self.ensure_one()
        return self.intake_rule_ids.filtered(lambda rule: rule.active and rule.severity in severities)

    def _get_incomplete_domain(self):
        """:return: Domain of the orders of these policies that miss what a rule demands"""
        return Domain.OR(
            Domain('policy_id', '=', policy.id) & Domain.OR(
                rule._get_incomplete_domain() for rule in policy._get_intake_rules())
            for policy in self.sudo()
        )

    # -- printed policy -------------------------------------------------------------------------

    def _get_report_chapters(self):
        return [*super()._get_report_chapters(), {
            'sequence': 30, 'title': self.env._("Intake of Orders"),
            'template': 'sale_order_lifecycle.report_policy_intake',
            'rules': self.intake_rule_ids.filtered('active'),
        }]
