from odoo import api, fields, models


class OrderReviewStage(models.Model):
    _inherit = 'order.review.stage'

    escalation_user_id = fields.Many2one(
        'res.users', string="Escalate To", check_company=True, domain=[('share', '=', False)],
        help="This user is notified when the deadline has passed. The person in charge of the role is notified later, "
             "as defined by the policy.")

    @api.model
    def _get_editable_fields(self):
        # Whom to call is no rule: people come and go, and the policy stays.
        return super()._get_editable_fields() | {'escalation_user_id'}
