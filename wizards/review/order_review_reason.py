from odoo import api, fields, models


class OrderReviewReason(models.TransientModel):
    """Asks for the one text that an action on reviews or orders needs: a question, an answer, a reason."""
    _name = 'order.review.reason'
    _description = "Text of an Action on Order Reviews"

    review_ids = fields.Many2many('order.review', string="Reviews")
    order_ids = fields.Many2many('sale.order', string="Orders")
    kind = fields.Selection(
        [('ask', "Ask Sales"), ('answer', "Answer"), ('revoke', "Revoke Decision"),
         ('release', "Release in an Emergency")], required=True, default='ask')
    questions = fields.Text(compute='_compute_questions')
    text = fields.Text(required=True)

    @api.depends('review_ids', 'kind')
    def _compute_questions(self):
        for dialog in self:
            questions = dialog.review_ids.question_ids.filtered(lambda question: question.state == 'open')
            dialog.questions = dialog.kind == 'answer' and "\n".join(questions.mapped('question'))

    @api.model
    def _get_title(self, kind):
        """:return: translated title of the dialog of a kind"""
        return dict(self._fields['kind']._description_selection(self.env))[kind]

    def action_apply(self):
        """Do it for all of the reviews or orders, or for none.

        :return: the action that closes the dialog
        :raise AccessError, UserError: with the first one that refuses
        """
        self._check_one()
        getattr(self, f'_apply_{self.kind}')()
        return self._close_dialog()

    def _apply_ask(self):
        self.review_ids.action_ask(self.text)

    def _apply_answer(self):
        self.review_ids.action_answer(self.text)

    def _apply_revoke(self):
        self.review_ids.action_revoke(self.text)

    def _apply_release(self):
        self.order_ids.action_release_emergency(self.text)
