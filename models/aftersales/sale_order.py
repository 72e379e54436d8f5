from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

# So many problems may a customer report on the portal within a day; the system parameter
# ``sale_order_lifecycle.max_customer_tickets`` says otherwise.
MAX_CUSTOMER_TICKETS = 20
QUOTA_TIME = timedelta(days=1)


class SaleOrder(models.Model):
    _inherit = 'sale.order'

    ticket_ids = fields.One2many(
        'order.ticket', 'order_id', string="Tickets",
        groups='sale_order_lifecycle.group_reviewer,sales_team.group_sale_salesman')
    ticket_count = fields.Integer(compute='_compute_ticket_count', compute_sudo=True)
    open_ticket_count = fields.Integer("Open Tickets", compute='_compute_ticket_count', compute_sudo=True)
    visit_ids = fields.One2many(
        'order.visit', 'order_id', string="Visits",
        groups='sale_order_lifecycle.group_reviewer,sales_team.group_sale_salesman')
    visit_count = fields.Integer("Visits Planned or Done", compute='_compute_visit_count', compute_sudo=True)

    # -- compute --------------------------------------------------------------------------------

    @api.depends('ticket_ids.closed_at')
    def _compute_ticket_count(self):
        domain = Domain('order_id', 'in', self.ids)
        counts = {order.id: count for order, count in self.env['order.ticket']._read_group(
            domain, ['order_id'], ['__count'])}
        open_counts = {order.id: count for order, count in self.env['order.ticket']._read_group(
            domain & Domain('closed_at', '=', False), ['order_id'], ['__count'])}
        for order in self:
            order.ticket_count = counts.get(order._origin.id, 0)
            order.open_ticket_count = open_counts.get(order._origin.id, 0)

    @api.depends('visit_ids.state')
    def _compute_visit_count(self):
        counts = {order.id: count for order, count in self.env['order.visit']._read_group(
            [('order_id', 'in', self.ids), ('state', '!=', 'cancelled')], ['order_id'], ['__count'])}
        for order in self:
            order.visit_count = counts.get(order._origin.id, 0)

    def _follow_fulfilment(self):
        result = super()._follow_fulfilment()
        self.env['order.visit'].sudo()._follow_orders(self)
        return result

    def _get_waiting_for(self):
        waiting = super()._get_waiting_for()
        settled = self.filtered(lambda order: order.lifecycle_phase == 'aftersales')
        for order in settled:
            if order.open_ticket_count:
                waiting[order.id] += self._get_role_names(['aftersales'])
        return waiting

    # -- actions --------------------------------------------------------------------------------

    def action_open_tickets(self):
        """:return: the action with the tickets of these orders"""
        return self._open_action(
            'order_ticket_action', domain=[('order_id', 'in', self.ids)],
            context={'default_order_id': self.id} if len(self) == 1 else {})

    def action_open_visits(self):
        """:return: the action with the visits of these orders"""
        return self._open_action(
            'order_visit_action', domain=[('order_id', 'in', self.ids)],
            context={'default_order_id': self.id} if len(self) == 1 else {})

    # -- business -------------------------------------------------------------------------------

    def _get_reporting_partner(self):
        """Who may report a problem with this order on its portal page (article A1).

        Whoever holds the link speaks for the customer; people who are logged in speak for themselves, and
        only for their own company. Staff opens tickets in the backend.

        :return: ``res.partner``, empty where nobody can
        """
        self.ensure_one()
        user, partner = self.env.user, self.sudo().partner_id
        if not self.sudo().policy_id or self.state != 'sale' or user._is_internal():
            return partner.browse()
        if user._is_public():
            return partner
        own = user.sudo().partner_id
        return own if own.commercial_partner_id == partner.commercial_partner_id else partner.browse()

    def _get_reporting_obstacle(self):
        """:return: one sentence why the customer of this order cannot report one more problem now, or False"""
        self.ensure_one()
        limit = self.env['order.submission']._get_limit('max_customer_tickets', MAX_CUSTOMER_TICKETS)
        # What staff has entered for the customer counts for nobody.
        count = self.env['order.ticket'].sudo().search_count([
            ('partner_id.commercial_partner_id', '=', self.sudo().partner_id.commercial_partner_id.id),
            ('company_id', '=', self.company_id.id), ('create_uid.share', '=', True),
            ('create_date', '>', fields.Datetime.now() - QUOTA_TIME)], limit=limit)
        return count >= limit and self.env._(
            "You have reported %(count)s problems within a day: add a message to one of those requests, or report the "
            "next one tomorrow.", count=limit)

    def _get_reportable_products(self):
        """:return: the ``product.product`` of the order that a customer can choose from, as superuser"""
        self.ensure_one()
        return self.sudo().order_line.filtered(lambda line: line._counts_for_fulfilment()).product_id

    def _open_customer_ticket(self, values, attachments=()):
        """Open the ticket of a customer on this order, who has the access that the page has asked for.

        :param values: dict with what the customer has entered: kind, subject, description, product_id
        :param attachments: list of pairs (file name, content as bytes)
        :return: the ``order.ticket`` as superuser
        :raise UserError: if the customer has reported too much within a day
        """
        self.ensure_one()
        if problem := self._get_reporting_obstacle():
            raise UserError(problem)
        ticket_sudo = self.env['order.ticket'].sudo().with_company(self.company_id).with_context(
            mail_create_nosubscribe=True).create({
                **{name: values.get(name) or False for name in ('kind', 'subject', 'description', 'product_id')},
                'order_id': self.id,
                'partner_id': self._get_reporting_partner().id,
            })
        ticket_sudo._welcome_customer(attachments)
        return ticket_sudo

    def _prepare_visit_vals(self):
        """:return: values of the visit that is planned when this order is fulfilled"""
        self.ensure_one()
        return {
            'order_id': self.id,
            'is_planned': True,
            'due_date': self.env['order.visit']._get_default_due_date(self),
            'user_id': self._get_visitor().id,
        }

    def _get_visitor(self):
        """:return: the ``res.users`` who calls the customer: whoever is in charge of after-sales, else of sales"""
        self.ensure_one()
        in_charge = self.policy_id.responsibility_ids.filtered(lambda row: row.role_id.code == 'aftersales').user_id
        return in_charge[:1] or self.user_id

    @api.model
    def _get_incident_sources(self):
        return super()._get_incident_sources() | {'order.ticket'}

    @api.model
    def _get_open_ticket_domain(self):
        """:return: Domain of the orders with a matter that is not settled: they are not ready for the archive"""
        return Domain('ticket_ids', 'any', Domain('closed_at', '=', False))

    # -- what goes into a dossier -----------------------------------------------------------------

    def _get_dossier_parts(self):
        return {
            **super()._get_dossier_parts(),
            'tickets': self.ticket_ids.sorted('id'), 'visits': self.visit_ids.sorted('id'),
        }

    def _get_dossier_kinds(self):
        kinds = super()._get_dossier_kinds()
        for order in self:
            if order.ticket_ids:
                kinds[order.id].add('aftersales')
        return kinds

    # -- readers --------------------------------------------------------------------------------

    @api.model
    def _get_reader_button_names(self):
        return super()._get_reader_button_names() | {'action_open_tickets', 'action_open_visits'}
