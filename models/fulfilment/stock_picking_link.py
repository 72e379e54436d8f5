from odoo import models


class StockPicking(models.Model):
    _name = 'stock.picking'
    _inherit = ['stock.picking', 'order.link.mixin']

    def _get_order_links(self):
        links = {}
        for picking in self:
            if ties := set().union(*picking.move_ids._get_order_links().values()):
                links[picking.id] = ties
        return links

    def write(self, vals):
        if 'partner_id' in vals:
            self._check_address(vals['partner_id'])
        if vals.keys().isdisjoint({'sale_id', 'location_dest_id', 'picking_type_id', 'company_id'}):
            return super().write(vals)
        with self.move_ids._order_links_kept():
            return super().write(vals)

    def _check_address(self, partner_id):
        """Goods go where the departments have approved. Core empties the address where it puts orders together.

        :raise UserError: when a person would send an open delivery of an order under policy to another address, or
            say that a delivery has gone elsewhere
        """
        if self._is_system_recording() or not self.env['order.policy']._has_any_governed():
            return
        self.sudo().filtered(
            lambda picking: picking.state == 'done' and picking.partner_id.id != (partner_id or False)
        ).move_ids._check_delivery_facts({})
        if not partner_id:
            return
        changed = self._get_open_for_orders().filtered(lambda picking: picking.partner_id.id != partner_id)
        for picking_id, ties in changed._get_order_links().items():
            order = self.env['sale.order'].sudo().browse(min(ties)[0])
            if order.partner_shipping_id.id != partner_id:
                raise changed.browse(picking_id)._get_link_error(order)
