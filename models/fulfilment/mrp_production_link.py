from odoo import models


class MrpProduction(models.Model):
    _name = 'mrp.production'
    _inherit = ['mrp.production', 'order.link.mixin']

    def _get_order_links(self):
        links = {}
        for production in self:
            if production._may_serve_governed():
                orders = production._get_served_orders().filtered(
                    lambda order: order.policy_id and order.state == 'sale')
                if orders:
                    links[production.id] = {(order_id, 'order') for order_id in orders.ids}
        return links

    def write(self, vals):
        if vals.keys().isdisjoint({'sale_line_id', 'reference_ids', 'company_id'}):
            return super().write(vals)
        with self._order_links_kept():
            return super().write(vals)
