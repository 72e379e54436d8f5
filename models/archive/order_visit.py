from odoo import models

from .order_sealed_mixin import get_sealed_error


class OrderVisit(models.Model):
    """Visits that are in a sealed dossier stay as they are; those that are still to be made go on."""
    _inherit = 'order.visit'

    def write(self, vals):
        for visit in self.sudo():
            sealed = visit.done_at and visit.order_id._get_sealed_archives()
            if sealed and visit.done_at <= sealed.sealed_at:
                raise get_sealed_error(visit.order_id)
        self.sudo().order_id._meet_seal()
        return super().write(vals)
