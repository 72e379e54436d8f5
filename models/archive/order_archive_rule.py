from odoo import fields, models

# The kinds of documents that an order is archived with, in the order of the dossier. A kind is added here, and to
# the documents', by the room that fills it.
RULE_KINDS = [
    ('contract', "Sales Contract"),
    ('review', "Review"),
    ('production', "Production"),
    ('inspection', "Inspection"),
    ('delivery', "Delivery"),
    ('settlement', "Settlement"),
    ('aftersales', "After-sales"),
]


class OrderArchiveRule(models.Model):
    """What a policy demands of the dossiers of its orders (article X2)."""
    _name = 'order.archive.rule'
    _inherit = ['order.policy.rule.mixin']
    _description = "Archive Rule"
    _order = 'policy_id, sequence, id'
    _rec_name = 'kind'
    _check_company_auto = True
    _allow_sudo_commands = False

    policy_id = fields.Many2one('order.policy', required=True, index=True, ondelete='cascade')
    company_id = fields.Many2one(related='policy_id.company_id', store=True, index=True)
    sequence = fields.Integer(default=10)
    kind = fields.Selection(RULE_KINDS, required=True)
    required = fields.Boolean(
        default=True, help="Dossiers can only be sealed with a document of this type, if the order has any: a service "
                           "has no delivery slip.")
    always = fields.Boolean(
        "For Every Order", help="This type is required even if the order itself has no such document: the archivist "
                                "has to add one.")
    years = fields.Integer(
        "Retention (Years)",
        help="How long dossiers with a document of this type are kept. 0 applies the retention period of the policy.")

    _kind_unique = models.Constraint(
        'UNIQUE (policy_id, kind)', "The policy already has a rule for this type of document: change that one.")
    _years_positive = models.Constraint(
        'CHECK (years >= 0)', "The retention period cannot be negative: enter 0 to apply that of the policy.")
