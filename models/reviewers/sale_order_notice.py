from odoo import api, fields, models
from odoo.fields import Domain


class SaleOrder(models.Model):
    """Who hears of an order as a whole: the departments of a new one, sales of its approval."""
    _inherit = 'sale.order'

    departments_to_notify = fields.Boolean(
        readonly=True, copy=False, help="The departments named by the policy have to be notified of the order.")
    departments_notified_at = fields.Datetime("Departments Notified On", readonly=True, copy=False)

    _departments_to_notify_index = models.Index("(submitted_at) WHERE departments_to_notify IS TRUE")

    def _get_guarded_fields(self):
        return super()._get_guarded_fields() | {'departments_to_notify', 'departments_notified_at'}

    # -- new orders (article I5) ----------------------------------------------------------------

    def _action_submit_review(self):
        # “Registered and passed on”: with the first submission, when the order is complete.
        new = self.sudo().filtered(
            lambda order: not order.submitted_at and not order.departments_notified_at
            and order._get_submission_policy().notified_role_ids)
        result = super()._action_submit_review()
        if new:
            new._write_guarded({'departments_to_notify': True})
            self.env['order.review']._trigger_notifications()
        return result

    def _get_submission_policy(self):
        """:return: the policy that this order will have when it is submitted: registration renews it"""
        self.ensure_one()
        return self.policy_id if self.received_at else self.company_id.order_policy_id

    @api.model
    def _search_departments_to_notify(self, domain=Domain.TRUE, limit=None):
        """:return: the orders that departments have not been notified of, as long as they are not cancelled"""
        return self.sudo().search(
            Domain('departments_to_notify', '=', True) & Domain('state', '!=', 'cancel') & domain,
            order='id', limit=limit)

    def _get_departments_to_notify(self):
        """Who is notified of these new orders: the members of the roles that the policy names, in batch.

        :return: dict order id → ``res.users`` as superuser, without those who have brought the order themselves
        """
        see_all = self.env['order.review']._get_readers_of_all()
        people = {}
        for (policy, company), orders in self.grouped(lambda order: (order.policy_id, order.company_id)).items():
            members = self.env['res.users'].sudo().union(*(
                role._get_members(company) for role in policy.notified_role_ids))
            for order in orders:
                blind = members - see_all - order.user_id if order.user_id else members.browse()
                people[order.id] = members - blind - order.registered_by_id - order.submitted_by_id
        return people

    # -- approval (article R6) --------------------------------------------------------------------

    @api.model
    def _get_acceptance_steps(self):
        return [*super()._get_acceptance_steps(), (10, '_notify_sales_of_approval')]

    def _on_reopened(self):
        result = super()._on_reopened()
        self._lifecycle_event('reopened')
        return result

    def _notify_sales_of_approval(self):
        """Notify the salespeople at once that their orders are approved, unless they have just done it themselves."""
        self._lifecycle_event('approved')
        self.env['order.notice']._send({
            user: {'accepted': orders.ids} for user, orders in self._group_by_sales_contact().items()
            if user != self.env.user
        })
