from odoo import api, fields, models
from odoo.fields import Domain

from .order_incident import OPEN_STATES


class OrderDocumentMixin(models.AbstractModel):
    """Incidents are reported on the documents of orders, too."""
    _inherit = 'order.document.mixin'

    open_incident_count = fields.Integer(
        "Open Incidents", compute='_compute_open_incident_count', compute_sudo=True,
        help="Open incidents of the sales orders that this document serves.")

    @api.depends(lambda self: self._get_served_order_paths())
    def _compute_open_incident_count(self):
        governed = self.filtered(lambda document: document._may_serve_governed())
        orders = {document: document._get_served_orders() for document in governed}
        counts = {order.id: count for order, count in self.env['order.incident']._read_group(
            Domain('order_id', 'in', self.env['sale.order'].union(*orders.values()).ids)
            & Domain('state', 'in', OPEN_STATES), ['order_id'], ['__count'])} if orders else {}
        for document in self:
            document.open_incident_count = sum(counts.get(order.id, 0) for order in orders.get(document, ()))

    @api.model
    def _get_promise_node_names(self):
        return super()._get_promise_node_names() | {'open_incident_count'}

    def action_open_report_incident(self):
        """:return: the action that asks what has gone wrong with the orders that this document serves"""
        self._check_one().check_access('read')
        orders = self.sudo()._get_served_orders().sudo(False)._filtered_access('read')._get_possible_for_incident()
        return orders._open_incident_report(self)

    def action_open_incidents(self):
        """:return: the action with the incidents of the orders that these documents serve"""
        self.check_access('read')
        orders = self.sudo()._get_served_orders().sudo(False)._filtered_access('read')
        return self._open_action('order_incident_action', domain=[('order_id', 'in', orders.ids)], context={})
