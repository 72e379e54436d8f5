from odoo import models

from .order_sealed_mixin import get_sealed_error


class OrderInspection(models.Model):
    """Inspections that are in a sealed dossier stay as they are."""
    _inherit = 'order.inspection'

    def _get_sealed_writable_fields(self):
        """:return: set of the fields of inspections in a sealed dossier that stay writable: what others decide of goods
            that are still in the house goes on"""
        return self.env['sale.order']._get_message_fields() | {
            'disposal_move_id', 'disposed_at', 'disposed_by_id', 'disposed_quantity', 'disposition', 'consent_note',
            'disposition_note', 'held_quantity', 'released_quantity'}

    def write(self, vals):
        if not (vals.keys() <= self._get_sealed_writable_fields()):
            for inspection in self.sudo():
                sealed = inspection.judged_at and inspection.order_ids._get_sealed_archives()
                if sealed and any(inspection.judged_at <= archive.sealed_at for archive in sealed):
                    raise get_sealed_error(sealed[0].order_id)
        return super().write(vals)
