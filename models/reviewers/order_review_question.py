from odoo import api, fields, models
from odoo.tools import plaintext2html


class OrderReviewQuestion(models.Model):
    """A reviewer's question to sales, and its answer; the deadline of the review is suspended between them.

    Rows are made and answered by actions of the review only; nobody edits or deletes them.
    """
    _name = 'order.review.question'
    _inherit = ['order.guarded.mixin', 'order.dossier.mixin']
    _description = "Question of an Order Review"
    _order = 'id desc'
    _rec_name = 'question'
    _check_company_auto = True
    _allow_sudo_commands = False
    _made_by_actions = True

    review_id = fields.Many2one('order.review', required=True, readonly=True, index=True, ondelete='cascade')
    order_id = fields.Many2one(related='review_id.order_id', store=True, index=True)
    company_id = fields.Many2one(related='review_id.company_id', store=True, index=True)
    role_id = fields.Many2one(related='review_id.role_id')
    state = fields.Selection(
        [('open', "To Answer"), ('answered', "Answered"), ('closed', "Not Answered")], required=True, readonly=True,
        default='open', help="Not answered: the review was decided or ended before.")
    question = fields.Text(required=True, readonly=True)
    asked_by_id = fields.Many2one('res.users', required=True, readonly=True)
    asked_at = fields.Datetime(required=True, readonly=True)
    answer = fields.Text(readonly=True)
    answered_by_id = fields.Many2one('res.users', readonly=True)
    answered_at = fields.Datetime(readonly=True)
    activity_id = fields.Many2one(
        'mail.activity', string="To-do", readonly=True, groups=fields.NO_ACCESS, ondelete='set null',
        help="The activity of the salesperson for the question.")

    _open_question_unique = models.UniqueIndex(
        "(review_id) WHERE state = 'open'", "A question on this review is already waiting for an answer.")

    # -- access ---------------------------------------------------------------------------------

    def _get_guarded_fields(self):
        return super()._get_guarded_fields() | set(self._fields)

    # -- business -------------------------------------------------------------------------------

    def _schedule_activities(self):
        """Give whoever sold the orders a to-do for each question, as superuser and in one batch."""
        asked = self.filtered(
            lambda question: question.order_id._get_question_addressee() not in (
                self.env['res.users'], question.asked_by_id))
        activity_type = self.env.ref('sale_order_lifecycle.mail_activity_type_answer_question')
        # The message to the person says it at once, for all questions together.
        activities = self.env['mail.activity'].with_context(mail_activity_quick_update=True).create([
            question._prepare_activity_vals(activity_type) for question in asked])
        for question, activity in zip(asked, activities, strict=True):
            question._write_guarded({'activity_id': activity.id})

    def _prepare_activity_vals(self, activity_type):
        """Values of the to-do about this question; override to add to it."""
        self.ensure_one()
        return {
            'activity_type_id': activity_type.id,
            'res_model_id': self.env['ir.model']._get_id('sale.order'),
            'res_id': self.order_id.id,
            'user_id': self.order_id._get_question_addressee().id,
            'summary': self.env._("Answer the question of %(role)s", role=self.role_id.name),
            'note': plaintext2html(self.question),
            'date_deadline': self.order_id._get_lifecycle_today(),
        }

    def _finish(self, vals):
        """End open questions, as superuser; the rows stay, and the chatter tells what the to-do was about.

        :param vals: values that say how they end
        """
        if self:
            self._write_guarded(vals)
            # The index allows one open row a review, so this has to be written before another one.
            self.flush_recordset(['state'])
            self.activity_id.unlink()

    def _close(self):
        """The reviews go on without the answers."""
        self._finish({'state': 'closed'})

    # -- what goes into a dossier -----------------------------------------------------------------

    @api.model
    def _get_dossier_fields(self):
        return [
            *super()._get_dossier_fields(),
            'question', 'asked_by_id', 'asked_at', 'state', 'answer', 'answered_by_id', 'answered_at',
        ]
