from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import plaintext2html

from ..mixins.arguments import read_text


class OrderReview(models.Model):
    _inherit = 'order.review'

    # questions to sales
    question_ids = fields.One2many('order.review.question', 'review_id', string="Questions", readonly=True, copy=False)
    is_asked = fields.Boolean(
        "Question to Sales", compute='_compute_is_asked', store=True, copy=False,
        help="The review is waiting for an answer from sales, and its deadline is suspended.")
    can_answer = fields.Boolean(compute='_compute_can_answer')

    # -- compute --------------------------------------------------------------------------------

    @api.depends('question_ids.state')
    def _compute_is_asked(self):
        for review in self:
            review.is_asked = any(question.state == 'open' for question in review.question_ids)

    @api.depends('is_asked')
    @api.depends_context('uid')
    def _compute_can_answer(self):
        refusals = self._get_answer_refusals()
        for review in self:
            review.can_answer = review.id not in refusals

    # -- actions --------------------------------------------------------------------------------

    def action_ask(self, question):
        """Ask sales about orders that the person may decide; the deadline is suspended until the answer (article R6).

        The review stays pending: it may be decided without the answer.

        :param question: what sales has to tell; required
        :return: True
        :raise AccessError, UserError: with the first review on which the person cannot ask; then none is asked
        """
        self._check_refusals(self._get_question_refusals())
        if not (question := read_text(question)):
            raise UserError(self.env._("Enter the question to sales."))
        self._action_ask(question)
        return True

    def action_answer(self, answer):
        """Answer the open questions of reviews; their clocks go on (article R6).

        :param answer: what the reviewers have to know; required
        :return: True
        :raise AccessError, UserError: with the first review that cannot be answered; then none is
        """
        self._check_refusals(self._get_answer_refusals())
        if not (answer := read_text(answer)):
            raise UserError(self.env._("Enter the answer for the reviewer."))
        self._action_answer(answer)
        return True

    def action_open_ask(self):
        """:return: the action that asks what sales is to be asked"""
        return self._open_reason('ask')

    def action_open_answer(self):
        """:return: the action that asks for the answer to the open questions"""
        return self.filtered('is_asked')._open_reason('answer')

    def _open_reason(self, kind):
        """:return: the dialog of one text about these reviews

        :param kind: a value of ``order.review.reason.kind``
        """
        return self._open_action(
            'order_review_reason_action', name=self.env['order.review.reason']._get_title(kind),
            context={'default_review_ids': self.ids, 'default_kind': kind})

    # -- who may --------------------------------------------------------------------------------

    def _get_question_refusals(self):
        """Why the person cannot ask sales on these reviews, as :meth:`_get_decision_refusals`."""
        refusals = self._get_decision_refusals()
        for review in self.sudo():
            if review.id not in refusals and review.is_asked:
                refusals[review.id] = UserError(self.env._(
                    "A question on “%(review)s” is already waiting for an answer.", review=review.display_name))
        return refusals

    def _get_answer_refusals(self):
        """Why the person cannot answer the questions of these reviews; asked of ``env.user``.

        :return: dict review id → exception with one sentence; reviews that can be answered are missing
        """
        return self._collect_refusals(lambda review: review._get_answer_refusal())

    def _get_answer_refusal(self):
        """:return: exception with one sentence why the person cannot answer on this review, None where it is
        possible"""
        self.ensure_one()
        user = self.env.user
        if not self.is_asked:
            return UserError(self.env._(
                "No question on “%(review)s” is waiting for an answer.", review=self.display_name))
        # An answer is a person's word, so OdooBot gives none.
        if user._is_superuser() or not self.env['sale.order']._is_lifecycle_sales():
            return AccessError(self.env._(
                "Questions are answered by sales staff. Ask a member of the sales team."))
        if self.company_id not in user.company_ids:
            return AccessError(self.env._(
                "The review “%(review)s” belongs to a company that you do not have access to.",
                review=self.display_name))
        if user in self._get_open_questions().asked_by_id:
            return AccessError(self.env._(
                "You asked the question on “%(review)s” yourself, so a colleague from sales has to answer it; you can "
                "decide without the answer.", review=self.display_name))
        return None

    def _get_open_questions(self):
        """:return: the ``order.review.question`` of these reviews that wait for an answer"""
        return self.question_ids.filtered(lambda question: question.state == 'open')

    # -- business -------------------------------------------------------------------------------

    def _action_ask(self, text):
        """Put the question of the present person on record and let sales know; rights were asked before."""
        if not self:
            return
        self_sudo = self.sudo()
        questions = self.env['order.review.question'].sudo()._create_guarded([{
            'review_id': review.id, 'question': text, 'asked_by_id': self.env.uid, 'asked_at': fields.Datetime.now(),
        } for review in self_sudo])
        self_sudo._pause_clock()
        questions._schedule_activities()
        orders_sudo = self_sudo.order_id
        orders_sudo._message_log_batch(
            bodies=self_sudo._get_bodies_by_order(lambda review: self.env._(
                "%(role)s asks sales: %(text)s", role=review.role_id.name, text=text)),
            author_id=self.env.user.partner_id.id)
        orders_sudo._notify_people(orders_sudo._group_by_sales_contact(), lambda orders: (
            orders.env._("%(person)s has a question about an order", person=self.env.user.name),
            [orders.env._("%(order)s: %(text)s", order=order._get_html_link(), text=text) for order in orders]))
        orders_sudo._lifecycle_event('asked', reviews=self_sudo)

    def _action_answer(self, text):
        """Put the answer of the present person on record; rights were asked before."""
        if not self:
            return
        self_sudo = self.sudo()
        questions = self_sudo._get_open_questions()
        questions._finish({
            'state': 'answered', 'answer': text, 'answered_by_id': self.env.uid,
            'answered_at': fields.Datetime.now(),
        })
        self_sudo._resume_clock()
        orders_sudo = self_sudo.order_id
        orders_sudo._message_log_batch(
            bodies=self_sudo._get_bodies_by_order(lambda review: self.env._(
                "Sales answers %(role)s: %(text)s", role=review.role_id.name, text=text)),
            author_id=self.env.user.partner_id.id)
        askers = {}
        for question in questions:
            askers[question.asked_by_id] = askers.get(question.asked_by_id, orders_sudo.browse()) | question.order_id
        orders_sudo._notify_people(askers, lambda orders: (
            orders.env._("Sales has answered your question"),
            [orders.env._("%(order)s: %(text)s", order=order._get_html_link(), text=text) for order in orders]))
        orders_sudo._lifecycle_event('answered', reviews=self_sudo)

    def _get_bodies_by_order(self, get_line):
        """:param get_line: function of a review → translated text
        :return: dict order id → HTML for its chatter, one line a review
        """
        return {
            order.id: plaintext2html("\n".join(get_line(review) for review in reviews))
            for order, reviews in self.grouped('order_id').items()
        }

    def _close(self):
        self._get_open_questions()._close()
        return super()._close()

    # -- what goes into a dossier -----------------------------------------------------------------

    def _get_dossier_parts(self):
        return {**super()._get_dossier_parts(), 'questions': self.question_ids.sorted('id')}
