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

    # all of one order: what the person may read of it by the reviews, which a delegate reads without the order
    order_id = fields.Many2one('sale.order', compute='_compute_order_id')
    partner_id = fields.Many2one(related='order_id.partner_id')
    currency_id = fields.Many2one(related='order_id.currency_id')
    amount_untaxed = fields.Monetary(related='order_id.amount_untaxed')
    line_ids = fields.One2many('order.review.decision.line', 'decision_id', string="Reviews")
    check_ids = fields.Many2many(
        'order.review.check', 'order_review_decision_check_rel', 'decision_id', 'check_id', string="Checklists")
    has_plans = fields.Boolean(compute='_compute_has_plans')
    has_changes = fields.Boolean(compute='_compute_has_plans')

    @api.depends('line_ids.review_id')
    def _compute_order_id(self):
        # What is computed is not asked for by itself.
        self.line_ids.review_id._origin.check_access('read')
        for decision in self:
            order = decision.line_ids.review_id._origin.sudo().order_id
            decision.order_id = order if len(order) == 1 else False

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
        self._check_one()
        reviews = self._get_chosen_reviews()
        if self.decision == 'approve':
            reviews.action_approve(self.comment)
        elif self.decision == 'return':
            reviews.action_return(self.comment)
        else:
            reviews.action_reject(self.comment)
        return self._close_dialog()

    def _get_chosen_reviews(self):
        """:return: the ``order.review`` to decide, with what the dialog has shown of them in the context
        :raise UserError: if none is ticked"""
        self.ensure_one()
        if not self.line_ids:
            return self.review_ids
        chosen = self.line_ids.filtered('is_chosen')
        if not chosen:
            raise UserError(self.env._("Select the reviews that you want to decide."))
        seen = [*(self.env.context.get('seen_digests') or ()), *chosen.mapped('seen_digest')]
        return chosen.review_id.with_context(seen_digests=seen)
