from odoo import fields, models


class OrderPolicy(models.Model):
    _inherit = 'order.policy'

    archive_rule_ids = fields.One2many('order.archive.rule', 'policy_id', string="Archive Rules", copy=True)
    retention_years = fields.Integer(
        "Years to Keep Dossiers", default=10,
        help="How long a dossier is kept, unless a rule for one of its kinds says longer. 0 is without end.")

    _retention_years_positive = models.Constraint(
        'CHECK (retention_years >= 0)',
        "The years to keep dossiers cannot be negative: enter 0 to keep them without end.")
