from odoo import models
from odoo.exceptions import UserError
from odoo.fields import Domain


class StockLocation(models.Model):
    _inherit = 'stock.location'

    def write(self, vals):
        if 'usage' in vals:
            self._check_usage_kept(vals['usage'])
        return super().write(vals)

    def _check_usage_kept(self, usage):
        """What goes to customers is told by the type of its destination.

        :raise UserError: when goods of orders under policy are under way to a location of customers that would be
            one of another type
        """
        places = self.filtered(lambda location: location.usage in ('customer', 'transit') and location.usage != usage)
        if not places:
            return
        move_sudo = self.env['stock.move'].sudo().search(
            Domain('state', 'not in', ('done', 'cancel')) & Domain('sale_line_id.order_id.policy_id', '!=', False)
            & (Domain('location_dest_id', 'in', places.ids) | Domain('location_final_id', 'in', places.ids)), limit=1)
        if move_sudo:
            raise UserError(self.env._(
                "Goods of %(order)s are on their way to %(location)s, so it stays a location of customers.",
                order=move_sudo.sale_line_id.order_id.name,
                location=((move_sudo.location_dest_id | move_sudo.location_final_id) & places)[:1].display_name))
