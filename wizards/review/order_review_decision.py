from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command


class OrderReviewDecision(models.TransientModel):
    """Asks the reviewer for the comment of a decision on one or many reviews (article R6).

    Opened for one order it shows all reviews of it that the person can decide, with their plans and
    checklists, and decides those that are ticked.
    """
    _name = 'order.review.decision'
    _description = "Decide Order Reviews"

    review_ids = fields.Many2many('order.review', required=True)
    decision = fields.Selection(
        [('approve', "Approve"), ('return', "Return to Sales"), ('reject', "Reject")], required=True,
        default='return')
    comment = fields.Text()

    # all of one order, with the rights of the person: it could be any order
    order_id = fields.Many2one('sale.order', readonly=True)
    partner_id = fields.Many2one(related='order_id.partner_id', related_sudo=False)
    currency_id = fields.Many2one(related='order_id.currency_id', related_sudo=False)
    amount_untaxed = fields.Monetary(related='order_id.amount_untaxed', related_sudo=False)
    line_ids = fields.One2many('order.review.decision.line', 'decision_id', string="Reviews")
    check_ids = fields.Many2many(
        'order.review.check', 'order_review_decision_check_rel', 'decision_id', 'check_id', string="Checklists")
    has_plans = fields.Boolean(compute='_compute_has_plans')
    has_changes = fields.Boolean(compute='_compute_has_plans')

    @api.depends('line_ids')
    def _compute_has_plans(self):
        for decision in self:
            decision.has_plans = any(line.requires_plan != 'none' for line in decision.line_ids)
            decision.has_changes = any(decision.line_ids.mapped('changes'))

    @api.model
    def _open_for(self, reviews):
        """:param reviews: ``order.review`` of one order that the present person can decide
        :return: the action of the dialog that decides them"""
        decision = self.create({
            'order_id': reviews.order_id.id,
            'decision': 'approve',
            'review_ids': [Command.set(reviews.ids)],
            'line_ids': [Command.create({
                'review_id': review.id, 'seen_digest': review.seen_digest,
            }) for review in reviews],
            'check_ids': [Command.set(reviews.check_ids.ids)],
        })
        return {
            'type': 'ir.actions.act_window',
            'name': self.env._("Decide %(order)s", order=reviews.order_id.sudo().name),
            'res_model': self._name,
            'res_id': decision.id,
            'views': [(False, 'form')],
            'target': 'new',
        }

    def action_apply(self):
        """Decide all of the reviews, or those that are ticked; all or none.

        :return: the action that closes the dialog
        :raise AccessError, UserError: with the first review that cannot be decided
        """
        self.ensure_one()
        reviews = self._get_chosen_reviews()
        if self.decision == 'approve':
            reviews.action_approve(self.comment)
        elif self.decision == 'return':
            reviews.action_return(self.comment)
        else:
            reviews.action_reject(self.comment)
        return {'type': 'ir.actions.act_window_close'}

    def _get_chosen_reviews(self):
        """:return: the ``order.review`` to decide, with what the dialog has shown of them in the context
        :raise UserError: if none is ticked"""
        self.ensure_one()
        if not self.line_ids:
            return self.review_ids
        chosen = self.line_ids.filtered('is_chosen')
        if not chosen:
            raise UserError(self.env._("Tick the reviews that you want to decide."))
        seen = [*(self.env.context.get('seen_digests') or ()), *chosen.mapped('seen_digest')]
        return chosen.review_id.with_context(seen_digests=seen)
