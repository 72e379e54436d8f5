from odoo import fields, models


class OrderPolicy(models.Model):
    _inherit = 'order.policy'

    archive_rule_ids = fields.One2many('order.archive.rule', 'policy_id', string="Archive Rules", copy=True)
    retention_years = fields.Integer(
        "Dossier Retention (Years)", default=10,
        help="How long a dossier is kept, unless a rule for one of its document types is longer. 0 means indefinitely.")

    _retention_years_positive = models.Constraint(
        'CHECK (retention_years >= 0)',
        "The retention period of dossiers cannot be negative: enter 0 to keep them indefinitely.")

    # -- printed policy -------------------------------------------------------------------------

    def _get_report_chapters(self):
        years = self.retention_years
        return [*super()._get_report_chapters(), {
            'sequence': 75, 'title': self.env._("Archive"),
            'template': 'sale_order_lifecycle.report_policy_archive',
            'get_years': self._describe_years,
            'retention': self.env._(
                "A dossier is kept for %(years)s years, longer where a rule above says so.", years=years,
            ) if years else self.env._("A dossier is kept indefinitely."),
        }]

    def _describe_years(self, years):
        """:return: translated text for how long something is kept; 0 years are without end"""
        return self.env._("%(years)s years", years=years) if years else self.env._("indefinitely")
