from odoo import models

from ..policy.timeline import TimelineEvent


class SaleOrder(models.Model):
    _inherit = 'sale.order'

    def _get_timeline_events(self):
        events = super()._get_timeline_events()
        for order in self:
            events[order.id] += [
                TimelineEvent('ready', self.env._("Ready to deliver"), order.ready_at),
                TimelineEvent(
                    'fulfilled', self.env._("Everything delivered"), order.fulfilled_at, for_customer=True),
            ]
        return events

    def _is_shipment(self, document, state):
        return super()._is_shipment(document, state) or (
            document._name == 'stock.picking' and state == 'done' and document.location_dest_id.usage == 'customer')
