from collections import defaultdict

from odoo import api, models

# The fields that lead from what is made and what is needed for it to its manufacturing order.
PRODUCTIONS = {'production_id', 'raw_material_production_id'}


class StockMove(models.Model):
    _name = 'stock.move'
    _inherit = ['stock.move', 'order.link.mixin']

    # -- CRUD -------------------------------------------------------------------------------------

    def write(self, vals):
        if not PRODUCTIONS.isdisjoint(vals):
            self._check_production_kept(vals)
        if vals.get('state') == 'done':
            self._check_produced()
        return super().write(vals)

    # -- sales orders ---------------------------------------------------------------------------

    def _get_order_shares(self, orders, quantity):
        """For which orders the goods are that these moves wait for.

        :param orders: ``sale.order`` that the document behind the moves serves
        :param quantity: how much the document brings, in the unit of the product
        :return: dict order id → float between 0 and 1; the rest is for nobody yet
        """
        demand = defaultdict(float)
        for move in self:
            if move.state != 'cancel':
                served = (move.sale_line_id.order_id or move.reference_ids.sale_ids) & orders
                for order in served:
                    demand[order.id] += move.product_qty / len(served)
        total = max(sum(demand.values()), quantity)
        if not total or not any(demand.values()):
            return {order.id: 1 / len(orders) for order in orders}
        return {order_id: part / total for order_id, part in demand.items()}

    def _get_upstream_documents_and_responsibles(self, visited):
        # Whoever cancels an order, or takes something off it, notifies purchasing: core asks for the right to read
        # purchases there, which salespersons do not have.
        if self.env.su or not any(order.policy_id for order in self.sudo().sale_line_id.order_id):
            return super()._get_upstream_documents_and_responsibles(visited)
        return super(StockMove, self.sudo())._get_upstream_documents_and_responsibles(visited)

    @api.model
    def _get_reference_orders_sql(self, alias):
        """:return: SQL query of the ids of the orders of the references of the row ``alias``"""
        return self.env['order.document.mixin']._get_relation_orders_sql(self._fields['reference_ids'], alias)

    # -- production -------------------------------------------------------------------------------

    def _check_production_kept(self, vals):
        """What is made for an order stays in its manufacturing order, whose rules hold it.

        :raise UserError: when a person would lead open moves of a manufacturing order for an order under policy away
        """
        if not self.env['order.policy']._has_any_governed() or self._is_system_recording():
            return
        for move in self.sudo():
            for name in vals.keys() & PRODUCTIONS:
                production = move[name]
                if production.id != (vals[name] or False) and move.state not in ('done', 'cancel'):
                    orders = production._get_ruling_orders().filtered(
                        lambda order: order.policy_id and order.state != 'cancel')
                    if orders:
                        raise production._get_link_error(orders[0])

    def _check_produced(self):
        """What is made and used for an order is told by producing it.

        :raise UserError: when a person would call moves of manufacturing orders for an order under policy done; core
            does so with those that nothing was moved with
        """
        if not self.env['order.policy']._has_any_governed() or self._is_system_recording():
            return
        for move in self.sudo():
            production = move.production_id | move.raw_material_production_id
            if production and move.quantity and move.state not in ('done', 'cancel'):
                production._check_made_by_moves()
