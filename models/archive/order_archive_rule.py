from odoo import fields, models

# The kinds of documents that an order is archived with, in the order of the dossier. A kind is added here, and to
# the documents', by the room that fills it.
RULE_KINDS = [
    ('contract', "Sales Contract"),
    ('review', "Review"),
    ('production', "Production"),
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
        default=True, help="A dossier is sealed only with a document of this kind, if the order has such a thing: "
                           "a service has no delivery slip.")
    always = fields.Boolean(
        "For Every Order", help="The kind is required even where the order itself has nothing of it: the archivist "
                                "adds a document.")
    years = fields.Integer(
        "Years to Keep",
        help="How long dossiers with a document of this kind are kept. 0 is as long as the policy says.")

    _kind_unique = models.Constraint(
        'UNIQUE (policy_id, kind)', "The policy has a rule for this kind of document already: change that one.")
    _years_positive = models.Constraint(
        'CHECK (years >= 0)', "The years to keep cannot be negative: enter 0 for those of the policy.")
