from odoo import api, models
from odoo.fields import Domain


class OrderReview(models.Model):
    """Whoever is away does not count as available, as a member of a role or as the delegate of one."""
    _inherit = 'order.review'

    def _get_available_deciders(self):
        able = self._get_able_members()
        acting = self._get_acting_delegates(able)
        people = {
            review_id: users.union(*acting[review_id].values()) for review_id, users in able.items()}
        absences = self.env['order.review.delegation']._get_absences(self.env['res.users'].sudo().union(
            *people.values()))
        return {review.id: review._filter_there(people[review.id], absences) for review in self.sudo()}

    def _filter_there(self, users, absences):
        """:param absences: result of ``order.review.delegation._get_absences``
        :return: those of the ``res.users`` who are not away as far as the role of this review is concerned
        """
        self.ensure_one()
        return users.filtered(lambda user: all(
            row.role_id and row.role_id != self.role_id for row in absences.get(user, ())))

    @api.model
    def _get_absences_of_delegates(self, acting):
        """:param acting: result of :meth:`_get_acting_delegates`
        :return: as ``order.review.delegation._get_absences``, no query where nobody acts for anybody
        """
        delegates = self.env['res.users'].sudo().union(*(
            users for by_person in acting.values() for users in by_person.values()))
        return self.env['order.review.delegation']._get_absences(delegates) if delegates else {}

    @api.model
    def _report_absences(self, delegations):
        """Absences begin or end: notify the managers of the reviews that nobody is left for, each once.

        :param delegations: ``order.review.delegation`` as superuser
        """
        people = delegations.user_id | delegations.delegate_id
        # Who acts for others is missed by them, too.
        people |= self.env['order.review.delegation'].sudo().search(
            [('delegate_id', 'in', delegations.user_id.ids), ('state', '=', 'running')]).user_id
        role_ids = {role_id for person in people for role_id in self.env['order.role']._get_role_ids_of(person)}
        self.sudo().search(
            Domain('state', '=', 'pending') & Domain('role_id', 'in', list(role_ids)))._report_undecidable()
