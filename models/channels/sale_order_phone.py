from collections import defaultdict

from odoo import api, fields, models
from odoo.fields import Domain

# How many of the customer's orders the person on the phone sees.
LAST_ORDERS = 5


class SaleOrder(models.Model):
    """What the person on the phone sees beside the order: a draft that is saved while the call goes on."""
    _inherit = 'sale.order'

    customer_last_order_ids = fields.Many2many(
        'sale.order', string="Last Orders", compute='_compute_customer_last_order_ids',
        help="Only the orders that the user can access.")
    customer_receivable = fields.Monetary(
        "Open Receivables", compute='_compute_customer_receivable', currency_field='company_currency_id',
        groups='sales_team.group_sale_salesman',
        help="The amount owed by the customer to the company, from posted invoices.")
    customer_overdue = fields.Monetary(
        "Overdue Amount", compute='_compute_customer_receivable', currency_field='company_currency_id',
        groups='sales_team.group_sale_salesman', help="The overdue part of it.")

    @api.model
    def default_get(self, fields):
        defaults = super().default_get(fields)
        if self.env.context.get('order_phone_registration') and 'channel_id' in fields:
            phone = self.env['order.channel'].search(
                [('company_id', '=', self.env.company.id), ('kind', '=', 'phone')], limit=1)
            defaults['channel_id'] = defaults.get('channel_id') or phone.id
        return defaults

    @api.depends('partner_id', 'company_id')
    @api.depends_context('uid')
    def _compute_customer_last_order_ids(self):
        last = {}
        for order in self:
            key = (order.partner_id.commercial_partner_id, order.company_id)
            if key not in last:
                # One customer at a time is on the phone.
                last[key] = self.search([
                    ('partner_id.commercial_partner_id', '=', key[0].id), ('company_id', '=', key[1].id),
                    ('received_at', '!=', False),
                ], order='received_at desc, id desc', limit=LAST_ORDERS + 1) if key[0] else self.browse()
            order.customer_last_order_ids = (last[key] - order._origin)[:LAST_ORDERS]

    @api.depends('partner_id', 'company_id')
    def _compute_customer_receivable(self):
        """Totals only, for sales staff who may read the customer: no invoice is shown."""
        owed = self._get_open_receivables()
        overdue = self._get_open_receivables(self.env['res.company']._get_overdue_domain('date_maturity'))
        for order in self:
            key = (order.partner_id.commercial_partner_id._origin.id, order.company_id.id)
            order.customer_receivable = owed.get(key, 0.0)
            order.customer_overdue = overdue.get(key, 0.0)

    def _get_open_receivables(self, further=Domain.TRUE):
        """:param further: Domain on ``account.move.line`` for some of them
        :return: dict (id of the commercial partner, id of the company) → amount, for the customers of these orders
        """
        receivables = defaultdict(float)
        customers = self.partner_id.commercial_partner_id._origin
        # A form that is being filled in may name a company that its person has nothing to do with.
        companies = self.company_id & self.env.companies
        if not customers or not companies:
            return receivables
        for partner, company, amount in self.env['account.move.line'].sudo()._read_group(further & Domain([
            ('partner_id.commercial_partner_id', 'in', customers.ids), ('company_id', 'in', companies.ids),
            ('account_type', '=', 'asset_receivable'), ('parent_state', '=', 'posted'), ('reconciled', '=', False),
        ]), ['partner_id', 'company_id'], ['amount_residual:sum']):
            receivables[partner.commercial_partner_id.id, company.id] += amount
        return receivables
