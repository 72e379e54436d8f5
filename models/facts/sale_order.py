from odoo import api, models

from .review_facts import FactWriter


class SaleOrder(models.Model):
    _inherit = 'sale.order'

    # -- facts for reviewers ----------------------------------------------------------------------

    def _get_review_facts(self, kind):
        """What the departments judge these orders by.

        ``_get_review_facts_<kind>`` is asked once for all orders of a company. The kinds are the codes of
        the roles and ``plan_<kind of plan>``. A company adds facts of its own by extending one of them,
        or by a method for a role of its own.

        :param kind: an item of ``order.review._get_facts_kinds()``
        :return: dict order id → list of sections, as :func:`.review_facts.make_section` makes them
        """
        method = f'_get_review_facts_{kind}'
        facts = {}
        for orders in self._group_for_facts():
            if hasattr(orders, method):
                facts.update(getattr(orders, method)())
        return facts

    def _get_proposed_dates(self, kind):
        """The dates that are proposed for the plans of orders.

        ``_get_proposed_dates_<kind>`` is asked once for all orders of a company; a kind without one proposes none.

        :param kind: a value of ``requires_plan`` of a stage
        :return: dict order id → date; orders without a proposal are missing
        """
        method = f'_get_proposed_dates_{kind}'
        dates = {}
        for orders in self._group_for_facts():
            if hasattr(orders, method):
                dates.update(getattr(orders, method)())
        return dates

    def _group_for_facts(self):
        """:return: list of the orders of each company, as superuser who works in that company only, so that costs,
            credit limits and stock are those of the company whatever the person has chosen"""
        return [
            orders.with_context(allowed_company_ids=company.ids)
            for company, orders in self.sudo().grouped('company_id').items()
        ]

    def _get_fact_writer(self):
        """:return: :class:`FactWriter` that writes amounts in the currency of this order"""
        self.ensure_one()
        return FactWriter(self.env, self.currency_id)

    def _get_fact_lines(self):
        """:return: list of the lines of this order that sell something: no sections, notes and down payments"""
        self.ensure_one()
        # No filtered(): its result would be prefetched order by order.
        return [line for line in self.order_line if not line.display_type and not line.is_downpayment]

    @api.model
    def _may_see_costs(self):
        """Whether costs and margins are shown to the person: finance, sales managers and managers of the
        lifecycle; asked of ``env.user`` whatever ``env.su`` is. Override to narrow or widen it."""
        return any(self.env.user.has_group(group) for group in (
            'sale_order_lifecycle.group_finance', 'sales_team.group_sale_manager',
            'sale_order_lifecycle.group_manager'))
