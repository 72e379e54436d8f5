from odoo import api, fields, models
from odoo.tools import format_list


class OrderReview(models.Model):
    _inherit = 'order.review'

    # what the approval asks of the customer
    condition_ids = fields.One2many(
        'order.review.condition', 'review_id', string="Conditions", copy=False,
        help="The amount that the customer has to pay before production or shipping for this approval to be valid.")
    condition_summary = fields.Char("Condition", compute='_compute_condition_summary')
    may_set_condition = fields.Boolean(related='stage_id.may_set_condition')

    # -- compute --------------------------------------------------------------------------------

    @api.depends('condition_ids.kind', 'condition_ids.value', 'condition_ids.point')
    @api.depends_context('lang')
    def _compute_condition_summary(self):
        for review in self:
            review.condition_summary = format_list(
                self.env, [condition._describe() for condition in review.condition_ids]) or False

    # -- access ---------------------------------------------------------------------------------

    def _get_guarded_fields(self):
        # The rows say themselves who writes them, and when.
        return super()._get_guarded_fields() - {'condition_ids'}

    # -- business -------------------------------------------------------------------------------

    @api.model
    def _get_row_fields(self):
        return [*super()._get_row_fields(), 'condition_ids']

    # -- messages -------------------------------------------------------------------------------

    def _log_decision(self):
        result = super()._log_decision()
        conditional = self.sudo().filtered(lambda review: review.state == 'approved' and review.condition_ids)
        if conditional:
            conditional.order_id._message_log_batch(
                bodies=conditional._get_bodies_by_order(lambda review: self.env._(
                    "%(stage)s: on the condition of %(condition)s", stage=review.stage_id.name,
                    condition=review.condition_summary)),
                author_id=self.env.user.partner_id.id)
        return result

    # -- what goes into a dossier -----------------------------------------------------------------

    def _get_dossier_parts(self):
        return {**super()._get_dossier_parts(), 'conditions': self.condition_ids}
