from odoo import api, models


class SaleOrder(models.Model):
    _inherit = 'sale.order'

    @api.model
    def _get_intake_machine_fields(self):
        return super()._get_intake_machine_fields() | {'promised_date', 'fulfilled_at'}

    def _prepare_channel_status(self):
        facts = super()._prepare_channel_status()
        for order in self:
            deliveries = order._get_done_deliveries()
            tracking = [delivery['tracking'] for delivery in deliveries if delivery['tracking']]
            facts[order.id].update(
                confirmed_at=self._to_iso(order.confirmed_at), promised_date=self._to_iso(order.promised_date),
                delivered_at=self._to_iso(order.fulfilled_at), deliveries=deliveries,
                tracking=list(dict.fromkeys(tracking)))
        return facts

    def _get_done_deliveries(self):
        """:return: list of what has left for the customer, the first one first: ``name``, ``delivered_at`` and
            ``tracking``, the carrier's number, False without one
        """
        pickings = self.picking_ids.filtered(
            lambda picking: picking.state == 'done' and picking.location_dest_id.usage == 'customer')
        return [{
            'name': picking.name,
            'delivered_at': self._to_iso(picking.date_done),
            # A field of the module of carriers, which this addon does not depend on.
            'tracking': 'carrier_tracking_ref' in picking._fields and picking.carrier_tracking_ref or False,
        } for picking in pickings.sorted(lambda picking: (picking.date_done, picking.id))]
