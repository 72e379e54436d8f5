from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain


class SaleOrder(models.Model):
    _inherit = 'sale.order'

    is_asked = fields.Boolean(
        "Question to Sales", compute='_compute_is_asked', search='_search_is_asked',
        help="A reviewer is waiting for an answer from sales.")
    open_questions = fields.Text(compute='_compute_is_asked', help="The questions of reviewers to sales.")

    # -- compute and search ---------------------------------------------------------------------

    @api.depends('review_ids.is_asked')
    @api.depends_context('lang')
    def _compute_is_asked(self):
        for order in self:
            asked = [review for review in order.sudo().review_ids if review.is_asked]
            order.is_asked = bool(asked)
            order.open_questions = "\n".join(
                self.env._("%(role)s (%(person)s): %(text)s", role=question.role_id.name,
                           person=question.asked_by_id.name, text=question.question)
                for review in asked for question in review._get_open_questions()) or False

    @api.model
    def _search_is_asked(self, operator, value):
        if operator != 'in':
            return NotImplemented
        self._check_field_access(self._fields['is_asked'], 'read')
        return Domain('review_ids', 'any!', [('is_asked', '=', True)]) if True in value else Domain.FALSE

    @api.depends('review_ids.is_asked')
    def _compute_waiting_for(self):
        return super()._compute_waiting_for()

    def _get_waiting_for(self):
        waiting = super()._get_waiting_for()
        sales = self.env['order.role']._get_by_code('sales').sudo().name
        for order in self.filtered(lambda order: order.lifecycle_phase == 'review'):
            pending = [review for review in order.sudo().review_ids if review.state == 'pending']
            if any(review.is_asked for review in pending):
                roles = [sales, *(review.role_id.name for review in pending if not review.is_asked)]
                waiting[order.id] = list(dict.fromkeys(roles))
        return waiting

    # -- actions --------------------------------------------------------------------------------

    def action_open_answer(self):
        """:return: the action that asks for the answer to the open questions on these orders"""
        reviews = self.sudo().review_ids.filtered('is_asked').sudo(self.env.su)
        if not reviews:
            raise UserError(self.env._("No question on these orders is waiting for an answer."))
        return reviews.action_open_answer()

    # -- business -------------------------------------------------------------------------------

    def _get_sales_contact_candidates(self):
        # Who has submitted it knows it better than whoever is in charge; a machine that has does not.
        candidates = super()._get_sales_contact_candidates()
        submitter = self.submitted_by_id.filtered(lambda user: user.has_group('sales_team.group_sale_salesman'))
        return [candidates[0], submitter, *candidates[1:]]

    def _get_question_addressee(self):
        """:return: the ``res.users`` who answers questions on this order"""
        self.ensure_one()
        return self._get_sales_contact()[:1]

    def _group_by_sales_contact(self):
        """:return: dict ``res.users`` → those of the orders that this person hears of, see
            :meth:`_get_sales_contact`"""
        grouped = {}
        for order in self:
            for user in order._get_sales_contact():
                grouped[user] = grouped.get(user, self.browse()) | order
        return grouped
