from odoo import models

from ..policy.timeline import TimelineEvent


class SaleOrder(models.Model):
    _inherit = 'sale.order'

    def _get_timeline_events(self):
        events = super()._get_timeline_events()
        methods = dict(self._fields['customer_confirmed_method']._description_selection(self.env))
        for order in self:
            own = events[order.id]
            own.append(TimelineEvent(
                'registered', self.env._("Order received"), order.received_at, for_customer=True,
                detail=order.channel_id.name, who=order.registered_by_id.name))
            if order.customer_confirmed_at:
                own.append(TimelineEvent(
                    'customer_confirmed', self.env._("Confirmed with the customer"), order.customer_confirmed_at,
                    detail=methods.get(order.customer_confirmed_method), who=order.customer_confirmed_by_id.name))
        return events
