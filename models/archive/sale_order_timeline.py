from odoo import models

from ..policy.timeline import TimelineEvent


class SaleOrder(models.Model):
    _inherit = 'sale.order'

    def _get_timeline_events(self):
        events = super()._get_timeline_events()
        for archive in self.archive_ids:
            if archive.sealed_at:
                events[archive.order_id.id].append(TimelineEvent(
                    'archive', self.env._("Dossier sealed"), archive.sealed_at, who=archive.sealed_by_id.name,
                    record=archive, is_private=True))
        return events
