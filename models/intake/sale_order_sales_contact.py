from odoo import models


class SaleOrder(models.Model):
    """Whatever is told to sales is told to somebody, also where nobody sells an order."""
    _inherit = 'sale.order'

    def _get_sales_contact(self):
        """Who hears of what sales has to know or to do about this order: the one place that says it.

        :return: ``res.users`` as superuser: the salesperson; of an order without one, as interfaces bring them, the
            first of those that there are: who has submitted it as a member of sales, is responsible for its channel,
            leads its team, has registered it as a member of sales, or is in charge of sales under the policy; else the
            managers of its company
        """
        self.ensure_one()
        order_sudo = self.sudo()
        for candidates in order_sudo._get_sales_contact_candidates():
            if people := candidates.filtered(lambda user: user.active and not user._is_superuser()):
                return people[:1]
        company_policy_sudo = order_sudo.policy_id or order_sudo.company_id.order_policy_id
        return company_policy_sudo._get_managers() if company_policy_sudo else self.env['res.users'].sudo()

    def _get_sales_contact_candidates(self):
        """:return: list of ``res.users``, those who come first before the others; override to ask others"""
        self.ensure_one()
        return [
            self.user_id,
            self.channel_id.user_id,
            self.team_id.user_id or self.channel_id.team_id.user_id,
            self.registered_by_id.filtered(lambda user: user.has_group('sales_team.group_sale_salesman')),
            self.policy_id.responsibility_ids.filtered(lambda duty: duty.role_id.code == 'sales').user_id,
        ]
