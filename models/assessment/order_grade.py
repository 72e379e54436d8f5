from odoo import api, fields, models
from odoo.exceptions import ValidationError

MEASURE_KINDS = [
    ('reward', "Reward"), ('commendation', "Commendation"), ('criticism', "Criticism"), ('penalty', "Penalty"),
    ('notice', "Notice"), ('rectification', "Rectification"),
]


class OrderGrade(models.Model):
    """A band of scores: what it is called, what it means for pay, and which measure it asks for (E3, E4)."""
    _name = 'order.grade'
    _inherit = ['order.policy.rule.mixin']
    _description = "Assessment Grade"
    _order = 'policy_id, score_from desc, id'
    _allow_sudo_commands = False

    policy_id = fields.Many2one('order.policy', required=True, index=True, ondelete='cascade')
    company_id = fields.Many2one(related='policy_id.company_id', store=True, index=True)
    name = fields.Char(required=True, translate=True)
    score_from = fields.Float(
        "From Score", help="The grade applies from this score up to the next grade.")
    coefficient = fields.Float(
        "Performance Coefficient", default=1.0, digits=(6, 3),
        help="The factor by which payroll multiplies performance pay.")
    measure_kind = fields.Selection(
        MEASURE_KINDS, string="Proposed Measure",
        help="Measures of this type are proposed for departments and employees with this grade.")
    measure_hours = fields.Float(
        "Time to Rectify", help="Working hours to complete a rectification, from the decision.")

    _score_unique = models.Constraint(
        'UNIQUE (policy_id, score_from)', "Two grades of a policy begin with the same score: change one of them.")

    # -- constraints ----------------------------------------------------------------------------

    @api.constrains('score_from', 'coefficient', 'measure_kind', 'measure_hours')
    def _check_values(self):
        for grade in self:
            if not 0 <= grade.score_from <= 100:
                raise ValidationError(self.env._(
                    "The grade “%(grade)s” has to begin with a score from 0 to 100.", grade=grade.name))
            if grade.coefficient < 0:
                raise ValidationError(self.env._(
                    "The performance coefficient of the grade “%(grade)s” cannot be negative.", grade=grade.name))
            if grade.measure_kind == 'rectification' and grade.measure_hours <= 0:
                raise ValidationError(self.env._(
                    "Enter the working hours of a rectification: the grade “%(grade)s” has no time allowed.",
                    grade=grade.name))

    # -- business -------------------------------------------------------------------------------

    def _get_grade(self, score):
        """:return: the one of these grades that a score gets, empty below the lowest"""
        return self.filtered(lambda grade: grade.score_from <= score).sorted('score_from')[-1:]
