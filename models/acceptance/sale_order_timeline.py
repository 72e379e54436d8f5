from odoo import models

from ..policy.timeline import TimelineEvent


class SaleOrder(models.Model):
    _inherit = 'sale.order'

    def _get_timeline_events(self):
        events = super()._get_timeline_events()
        methods = dict(self._fields['customer_accepted_method']._description_selection(self.env))
        for order in self.filtered('customer_accepted_at'):
            events[order.id].append(TimelineEvent(
                'customer_accepted', self.env._("Accepted by the customer"), order.customer_accepted_at,
                for_customer=True, detail=methods.get(order.customer_accepted_method), who=order.customer_accepted_by))
        return events
