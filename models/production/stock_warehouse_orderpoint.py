from odoo import models


class StockWarehouseOrderpoint(models.Model):
    _inherit = 'stock.warehouse.orderpoint'

    def _prepare_procurement_values(self, date=False):
        values = super()._prepare_procurement_values(date=date)
        # Core procures at once what all waiting orders need, and refers to the one that it looks at first only.
        if values.get('reference_ids') and self.env['order.policy']._has_governed(self.company_id.id):
            values['reference_ids'] |= self._get_waiting_references()
        return values

    def _get_waiting_references(self):
        """:return: the references of orders under policy whose goods wait for this reordering rule and for nothing
            that was procured before"""
        self.ensure_one()
        moves = self.env['stock.move'].sudo().search([
            ('product_id', '=', self.product_id.id), ('location_id', 'child_of', self.location_id.id),
            ('state', 'in', ('confirmed', 'partially_available')), ('procure_method', '=', 'make_to_stock'),
            ('product_qty', '>', self.product_min_qty), ('sale_line_id.order_id.policy_id', '!=', False)])
        return moves.reference_ids.filtered(lambda reference: self.product_id not in (
            reference.production_ids.product_id | reference.purchase_ids.order_line.product_id))
