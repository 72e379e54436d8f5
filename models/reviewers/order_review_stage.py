from odoo import api, fields, models


class OrderReviewStage(models.Model):
    _inherit = 'order.review.stage'

    escalation_user_id = fields.Many2one(
        'res.users', string="Escalates to", check_company=True, domain=[('share', '=', False)],
        help="Is told when the deadline has passed. The person in charge of the role is told later, as the policy "
             "says.")

    @api.model
    def _get_living_fields(self):
        # Whom to call is no rule: people come and go, and the policy stays.
        return super()._get_living_fields() | {'escalation_user_id'}
