from odoo import models

from ..policy.timeline import TimelineEvent


class SaleOrder(models.Model):
    _inherit = 'sale.order'

    def _get_timeline_events(self):
        events = super()._get_timeline_events()
        for settlement in self.settlement_ids:
            order, is_settled = settlement.order_id, bool(settlement.settled_at)
            events[order.id].append(TimelineEvent(
                'settlement', self.env._("Settlement"), settlement.settled_at or settlement.deadline,
                'done' if is_settled else order._get_due_state(settlement.deadline),
                detail='' if is_settled else settlement._get_summary(),
                who=settlement.settled_by_id.name, record=settlement, is_private=True))
        return events
