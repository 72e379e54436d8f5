from odoo import api, fields, models
from odoo.fields import Domain


class SaleOrder(models.Model):
    _inherit = 'sale.order'

    ticket_ids = fields.One2many('order.ticket', 'order_id', string="Tickets")
    ticket_count = fields.Integer(compute='_compute_ticket_count', compute_sudo=True)
    open_ticket_count = fields.Integer("Open Tickets", compute='_compute_ticket_count', compute_sudo=True)

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
        action = self.env['ir.actions.actions']._for_xml_id('sale_order_lifecycle.order_ticket_action')
        action['domain'] = [('order_id', 'in', self.ids)]
        action['context'] = {'default_order_id': self.id} if len(self) == 1 else {}
        return action

    # -- business -------------------------------------------------------------------------------

    @api.model
    def _get_open_ticket_domain(self):
        """:return: Domain of the orders with a matter that is not settled: they are not ready for the archive"""
        return Domain('ticket_ids', 'any', Domain('closed_at', '=', False))
