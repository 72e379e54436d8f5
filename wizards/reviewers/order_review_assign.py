from odoo import api, fields, models


class OrderReviewAssign(models.TransientModel):
    """Asks who shall decide reviews, and for a colleague to whom they are forwarded, why."""
    _name = 'order.review.assign'
    _description = "Assign Order Reviews"

    review_ids = fields.Many2many('order.review', required=True)
    review_count = fields.Integer("Reviews", compute='_compute_review_count')
    kind = fields.Selection([('assign', "Assign"), ('forward', "Forward")], required=True, default='assign')
    candidate_ids = fields.Many2many('res.users', compute='_compute_candidate_ids')
    user_id = fields.Many2one('res.users', string="Reviewer", required=True, domain="[('id', 'in', candidate_ids)]")
    note = fields.Text()

    @api.depends('review_ids')
    def _compute_review_count(self):
        for wizard in self:
            wizard.review_count = len(wizard.review_ids)

    @api.depends('review_ids', 'kind')
    def _compute_candidate_ids(self):
        for wizard in self:
            reviews = wizard.review_ids._origin
            # A user who can decide one of them may be chosen; the summary lists the others.
            able = self.env['res.users'].sudo().union(*reviews._get_able_members().values())
            if wizard.kind == 'forward':
                able -= self.env.user
            wizard.candidate_ids = able.ids

    def action_apply(self):
        """Assign what can be assigned of many, one or none; forward all or none.

        :return: a notification for many, else the action that closes the dialog
        :raise AccessError, UserError: with the first review that cannot be handed over
        """
        self._check_one()
        if self.kind == 'forward':
            self.review_ids.action_forward(self.user_id.id, self.note)
        elif len(self.review_ids) > 1:
            return self._close_dialog(self.review_ids.action_assign_possible(self.user_id.id))
        else:
            self.review_ids.action_assign(self.user_id.id)
        return self._close_dialog()
