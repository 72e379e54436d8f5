from collections import defaultdict

from odoo import api, fields, models
from odoo.fields import Domain


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
        if True not in value:
            return Domain.FALSE
        known = self._get_known_customers(Domain.TRUE)
        return ~Domain.OR(
            Domain('company_id', '=', company_id)
            & Domain('partner_id.commercial_partner_id', '=', partner_id)
            & (Domain('id', 'not in', orders) if len(orders) == 1 else Domain.TRUE)
            for (company_id, partner_id), orders in known.items() if orders
        )

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
        if True not in value:
            return Domain.FALSE
        return Domain.OR(
            Domain('company_id', '=', company_id) & Domain('partner_id.commercial_partner_id', '=', partner_id)
            for company_id, partner_id in self._get_overdue_customers(Domain.TRUE)
        )

    @api.model
    def _get_overdue_customers(self, domain):
        """:return: set of pairs (company id, commercial partner id) with an overdue open invoice"""
        return {
            (company.id, partner.id)
            for partner, company in self.env['account.move'].sudo()._read_group(
                Domain([
                    ('state', '=', 'posted'), ('move_type', '=', 'out_invoice'),
                    # Not its payment state: core lets whoever writes invoices write that, too.
                    ('amount_residual', '>', 0), ('invoice_date_due', '<', 'today'),
                ]) & domain, ['commercial_partner_id', 'company_id'])
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
        terms = [term.id for term, _count in self.env['account.payment.term.line'].sudo()._read_group(
            [], ['payment_id'], ['__count'], having=[('__count', '>', 1)])]
        return Domain('payment_term_id', 'in', terms) if True in value else Domain.FALSE
