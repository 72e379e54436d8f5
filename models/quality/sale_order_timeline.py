from odoo import models

from ..policy.timeline import TimelineEvent


class SaleOrder(models.Model):
    _inherit = 'sale.order'

    def _get_timeline_events(self):
        events = super()._get_timeline_events()
        states = dict(self.env['order.inspection']._fields['state']._description_selection(self.env))
        for order in self:
            for inspection in order.inspection_ids:
                state = {'todo': 'open', 'cancelled': 'cancelled'}.get(inspection.state, 'done')
                events[order.id].append(TimelineEvent(
                    'inspection', self.env._("Inspection"), inspection.judged_at, state,
                    detail=states[inspection.state], who=inspection.judged_by_id.name, record=inspection))
        return events
