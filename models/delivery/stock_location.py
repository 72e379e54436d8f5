from odoo import models
from odoo.exceptions import UserError
from odoo.fields import Domain


class StockLocation(models.Model):
    _inherit = 'stock.location'

    def write(self, vals):
        # What goes to customers is told by the type of its destination, and of places in transit by what is above.
        if vals.keys().isdisjoint({'usage', 'location_id'}) or not self.env['order.policy']._has_any_governed():
            return super().write(vals)
        before = self._get_places_of_customers()
        result = super().write(vals)
        self.browse(before ^ self._get_places_of_customers())._check_no_deliveries()
        return result

    def _get_places_of_customers(self):
        """:return: set of the ids of these locations, and of those below them, that are places of customers"""
        Move = self.env['stock.move']
        places_sudo = self.sudo().with_context(active_test=False).search(
            Domain('id', 'child_of', self.ids) & Domain('usage', 'in', ('customer', 'transit')))
        return {place.id for place in places_sudo if Move._is_customer_location(place)}

    def _check_no_deliveries(self):
        """What was or is moved for an order does not become a delivery, or cease to be one, by the type of its place.

        :raise UserError: when goods of orders under policy come to these locations or from there
        """
        if not self or self.env['stock.move']._is_system_recording():
            return
        governed = Domain('policy_id', '!=', False)
        places = Domain.OR(
            Domain(f'{path}{name}', 'in', self.ids)
            for path in ('', 'move_line_ids.') for name in ('location_id', 'location_dest_id')
        ) | Domain('location_final_id', 'in', self.ids)
        move_sudo = self.env['stock.move'].sudo().search(Domain('state', '!=', 'cancel') & places & Domain.OR(
            Domain(path, 'any', governed)
            for path in ('sale_line_id.order_id', 'picking_id.sale_id', 'reference_ids.sale_ids')), limit=1)
        if move_sudo:
            order = move_sudo._get_ruling_orders().filtered('policy_id')[:1]
            places = (move_sudo.location_dest_id | move_sudo.location_final_id | move_sudo.location_id
                      | move_sudo.move_line_ids.location_dest_id | move_sudo.move_line_ids.location_id)
            raise UserError(self.env._(
                "%(location)s is used by transfers of %(order)s, so its type and its parent location cannot be changed."
                " Create another location.", order=order.name, location=(places & self.sudo())[:1].display_name))
