from odoo import models
from odoo.exceptions import UserError
from odoo.fields import Domain


class StockLocation(models.Model):
    """Where goods lie that have to stay in their warehouse (article F4)."""
    _inherit = 'stock.location'

    def _is_in_house(self):
        """:return: whether goods lie here that the company has, and that are counted; asked as superuser"""
        self.ensure_one()
        return self.usage == 'internal' or self.usage == 'transit' and not self._is_outgoing()

    def write(self, vals):
        # A shelf that becomes one of another warehouse, or of the vendor, takes along what lies on it.
        if vals.keys().isdisjoint(('usage', 'location_id')) or not self.env['order.policy']._get_requiring_ids():
            return super().write(vals)
        places_sudo = self.sudo().with_context(active_test=False).search(Domain('id', 'child_of', self.ids))
        before = {place.id: place._get_house_mark() for place in places_sudo}
        result = super().write(vals)
        places_sudo.filtered(lambda place: before[place.id] != place._get_house_mark())._check_holds_nothing()
        return result

    def _get_house_mark(self):
        """:return: tuple of what decides whether goods that lie here have left their warehouse"""
        self.ensure_one()
        return self.usage, self._is_in_house(), self.warehouse_id.id

    def _check_holds_nothing(self):
        """:raise UserError: when goods lie here that have not passed their inspection; asked as superuser"""
        places = dict(self.env['stock.quant']._read_group(
            [('location_id', 'in', self.ids), ('quantity', '>', 0)], ['product_id'],
            ['location_id:recordset'])) if self else {}
        products = self.env['product.product'].union(*places)
        if held := self.env['order.inspection']._get_held_inspections(products)[:1].product_id:
            raise UserError(self.env._(
                "“%(product)s” lies in %(location)s and has not passed its inspection, so the type and the parent "
                "of the location cannot be changed. Move the products first, or ask quality to inspect them.",
                product=held.display_name, location=places[held][:1].display_name))
