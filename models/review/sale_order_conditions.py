from collections import defaultdict

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL


class SaleOrder(models.Model):
    _inherit = 'sale.order'

    # what stages ask about the customer
    is_new_customer = fields.Boolean(
        compute='_compute_is_new_customer', search='_search_is_new_customer',
        help="The customer has no other confirmed order in this company.")
    customer_has_overdue_invoice = fields.Boolean(
        compute='_compute_customer_has_overdue_invoice', search='_search_customer_has_overdue_invoice')
    has_instalments = fields.Boolean(
        "Paid by Instalments", compute='_compute_has_instalments', search='_search_has_instalments')

    # -- compute and search ---------------------------------------------------------------------

    @api.depends('partner_id', 'company_id')
    def _compute_is_new_customer(self):
        known = self._get_known_customers(Domain('partner_id', 'child_of', self.partner_id.commercial_partner_id.ids))
        for order in self:
            others = known[order.company_id.id, order.partner_id.commercial_partner_id.id] - set(order._origin.ids)
            order.is_new_customer = not others

    @api.model
    def _search_is_new_customer(self, operator, value):
        if operator != 'in':
            return NotImplemented
        self._check_field_access(self._fields['is_new_customer'], 'read')
        # An order is not its own customer's other one.
        confirmed = Domain('state', '=', 'sale')
        known = (
            ~confirmed & self._get_customer_domain(self._get_known_customers_sql(1))
            | confirmed & self._get_customer_domain(self._get_known_customers_sql(2)))
        return Domain.OR([~known] * (True in value) + [known] * (False in value))

    @api.model
    def _get_customer_domain(self, customers):
        """:param customers: SQL that selects pairs of the ids of a company and a commercial partner
        :return: Domain of the orders of these customers
        """
        def to_sql(model, alias, query):
            partner = query.left_join(alias, 'partner_id', 'res_partner', 'id', 'partner_id')
            return SQL(
                "(%s, %s) IN (%s)", model._field_to_sql(alias, 'company_id', query),
                self.env['res.partner'].sudo()._field_to_sql(partner, 'commercial_partner_id'), customers)
        return Domain.custom(to_sql=to_sql)

    @api.model
    def _get_known_customers_sql(self, count):
        """:return: SQL that selects the customers with at least so many confirmed orders in a company"""
        query = self.env['sale.order'].sudo()._search([('state', '=', 'sale')], active_test=False)
        partner = query.join(query.table, 'partner_id', 'res_partner', 'id', 'partner_id')
        pair = [
            self.env['sale.order'].sudo()._field_to_sql(query.table, 'company_id'),
            self.env['res.partner'].sudo()._field_to_sql(partner, 'commercial_partner_id')]
        query.groupby = SQL("%s, %s", *pair)
        query.having = SQL("COUNT(*) >= %s", count)
        query.order = None
        return query.select(*pair)

    @api.model
    def _get_known_customers(self, domain):
        """:return: dict (company id, commercial partner id) → set of ids of confirmed orders"""
        known = defaultdict(set)
        for partner, company, ids in self.env['sale.order'].sudo()._read_group(
                Domain('state', '=', 'sale') & domain, ['partner_id', 'company_id'], ['id:array_agg']):
            known[company.id, partner.commercial_partner_id.id].update(ids)
        return known

    @api.depends('partner_id', 'company_id')
    def _compute_customer_has_overdue_invoice(self):
        overdue = self._get_overdue_customers(
            Domain('commercial_partner_id', 'in', self.partner_id.commercial_partner_id.ids))
        for order in self:
            order.customer_has_overdue_invoice = (
                order.company_id.id, order.partner_id.commercial_partner_id.id) in overdue

    @api.model
    def _search_customer_has_overdue_invoice(self, operator, value):
        if operator != 'in':
            return NotImplemented
        self._check_field_access(self._fields['customer_has_overdue_invoice'], 'read')
        query = self.env['account.move'].sudo()._search(self._get_overdue_domain())
        query.order = None
        owing = self._get_customer_domain(query.select(*(
            self.env['account.move'].sudo()._field_to_sql(query.table, name)
            for name in ('company_id', 'commercial_partner_id'))))
        return Domain.OR([owing] * (True in value) + [~owing] * (False in value))

    @api.model
    def _get_overdue_domain(self):
        """:return: Domain of open customer invoices that are overdue"""
        return Domain([
            ('state', '=', 'posted'), ('move_type', '=', 'out_invoice'),
            # Not its payment state: core lets whoever writes invoices write that, too.
            ('amount_residual', '>', 0),
        ]) & self.env['res.company']._get_overdue_domain('invoice_date_due')

    @api.model
    def _get_overdue_customers(self, domain):
        """:return: set of pairs (company id, commercial partner id) with an overdue open invoice"""
        return {
            (company.id, partner.id)
            for partner, company in self.env['account.move'].sudo()._read_group(
                self._get_overdue_domain() & domain, ['commercial_partner_id', 'company_id'])
        }

    @api.depends('payment_term_id')
    def _compute_has_instalments(self):
        for order in self:
            order.has_instalments = len(order.payment_term_id.sudo().line_ids) > 1

    @api.model
    def _search_has_instalments(self, operator, value):
        if operator != 'in':
            return NotImplemented
        self._check_field_access(self._fields['has_instalments'], 'read')
        Line = self.env['account.payment.term.line'].sudo()
        query = Line._search([])
        term = Line._field_to_sql(query.table, 'payment_id')
        query.order, query.groupby, query.having = None, term, SQL("COUNT(*) > 1")
        several = Domain('payment_term_id', 'in', SQL("(%s)", query.select(term)))
        return Domain.OR([several] * (True in value) + [~several] * (False in value))
