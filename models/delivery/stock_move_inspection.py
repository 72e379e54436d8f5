from collections import defaultdict

from odoo import api, models
from odoo.exceptions import MissingError


class StockMove(models.Model):
    """Inspections come with the deliveries, and deliveries wait for them (article F4)."""
    _inherit = 'stock.move'

    # -- what is inspected ------------------------------------------------------------------------

    def _action_confirm(self, merge=True, merge_into=False, create_proc=True):
        moves = super()._action_confirm(merge=merge, merge_into=merge_into, create_proc=create_proc)
        moves._follow_inspections()
        return moves

    def _action_assign(self, force_qty=False):
        result = super()._action_assign(force_qty=force_qty)
        self._follow_inspections()
        return result

    def _follow_inspections(self):
        """Bring the inspections before delivery up to date with these moves."""
        policy_ids = self.env['order.policy']._get_inspecting_ids()
        if not policy_ids:
            return
        moves = self.sudo()
        try:
            orders = moves._get_inspected_orders(policy_ids)
        except MissingError:
            # Core has put some of them together. It is asked only then, as most moves are of orders without plans.
            orders = moves.exists()._get_inspected_orders(policy_ids)
        orders._follow_inspections()

    def _get_inspected_orders(self, policy_ids):
        """:param policy_ids: ids of ``order.policy``
        :return: the orders under one of these policies for which these moves deliver; as superuser"""
        orders = self.env['sale.order']
        for move in self:
            own = move._get_ruling_orders().filtered(lambda order: order.policy_id.id in policy_ids)
            if own and move._leaves_company():
                orders |= own
        return orders

    def _is_never_in_house(self):
        """:return: whether the goods of this move cannot be held in a warehouse: they come from the vendor or from
            nowhere, or nobody counts what is there; asked as superuser"""
        self.ensure_one()
        return not self.product_id.is_storable or any(
            not location._is_in_house() for location in self.location_id | self.move_line_ids.location_id)

    def _get_plans_before_delivery(self, policy):
        """:return: list of the ``order.inspection.plan`` of a policy by which the goods of this move are inspected
            before they leave; an empty one where the policy has none for them, and asks for inspections"""
        plans = policy.inspection_plan_ids
        own = plans._filter_for(self.product_id) | plans._filter_for(self.sale_line_id.product_id)
        if not own and policy.require_inspection and self.product_id.type == 'consu':
            return [own]
        return list(own.filtered(lambda plan: plan.point == 'delivery' or self._is_never_in_house()))

    def _get_quantities_by_lot(self):
        """What this move delivers, in the unit of its product; as superuser.

        :return: pair of dicts ``stock.lot`` (empty for what has none) → quantity: what has left, and what has left or
            is to
        """
        self.ensure_one()
        by_lot, no_lot = defaultdict(float), self.env['stock.lot'].sudo()
        is_tracked = self.product_id.tracking != 'none'
        for line in self.move_line_ids:
            by_lot[line.lot_id.sudo() if is_tracked else no_lot] += line.quantity_product_uom
        if self.state == 'done':
            if not self.move_line_ids:
                by_lot[no_lot] = self.product_qty
            return by_lot, by_lot
        if (rest := self.product_qty - sum(by_lot.values())) > 0:
            by_lot[no_lot] += rest
        return {}, by_lot

    # -- what may leave ---------------------------------------------------------------------------

    @api.constrains('state', 'sale_line_id', 'location_dest_id')
    def _check_inspected(self):
        """Nothing is handed over that has not passed, as the policy of its order asks (article F4)."""
        requiring = self.env['order.policy']._get_requiring_ids()
        if not requiring:
            return
        done = self.sudo().filtered(lambda move: move.state == 'done')
        if orders := done._get_inspected_orders(requiring):
            orders._check_inspected(done.product_id)
