from collections import Counter, defaultdict

from odoo import api, models
from odoo.tools import SQL


class OrderInspection(models.Model):
    """Which batches are inspected: inspections come with the goods, by the plans that are in force."""
    _inherit = 'order.inspection'

    @api.model
    def _create_inspections(self, vals_list):
        """Create inspections with their checks, in batch and as superuser; what a plan leaves out is let through.

        :param vals_list: list of dicts of values
        :return: the inspections
        """
        self._choose_batches(vals_list)
        self._choose_severities(vals_list)
        inspections = self.sudo()._create_guarded([
            {**vals, **{name: [(6, 0, vals[name])] for name in ('order_ids', 'handled_by_ids') if name in vals}}
            for vals in vals_list])
        self.env['order.inspection.check'].sudo()._create_guarded([
            {**vals, 'inspection_id': inspection.id}
            for inspection in inspections if inspection.state == 'todo'
            for vals in inspection.plan_id._prepare_check_vals_list()])
        return inspections

    @api.model
    def _choose_batches(self, vals_list):
        """Let through the batches that their plans leave out: of several the first is inspected, then one in so many.

        :param vals_list: list of dicts of values of new inspections; gets their ``state``
        """
        Plan = self.env['order.inspection.plan'].sudo()
        plans = Plan.browse({vals['plan_id'] for vals in vals_list if vals.get('plan_id')}).filtered(
            lambda plan: plan.frequency == 'interval')
        if not plans:
            return
        counts = Counter({(plan.id, product.id): count for plan, product, count in self.sudo()._read_group(
            [('plan_id', 'in', plans.ids), ('state', '!=', 'cancelled'), ('origin_id', '=', False)],
            ['plan_id', 'product_id'], ['__count'])})
        for vals in vals_list:
            plan = Plan.browse(vals.get('plan_id') or [])
            # What was reworked, or has come back or was found, is always inspected again.
            if plan in plans and not vals.get('origin_id') and 'state' not in vals:
                key = (plan.id, vals['product_id'])
                if counts[key] % plan.interval:
                    vals['state'] = 'skipped'
                counts[key] += 1

    @api.model
    def _get_held_inspections(self, products):
        """:param products: ``product.product``
        :return: the inspections by which something of these products stays in a warehouse; as superuser"""
        return self.sudo().search([('product_id', 'in', products.ids), ('held_quantity', '>', 0)], order='id')

    def _get_held_quantities(self):
        """What stays in the warehouses because it was not inspected or has failed.

        :return: dict (``product.product``, ``stock.warehouse``) → dict ``stock.lot`` → quantity in the unit of the
            product
        """
        held = defaultdict(lambda: defaultdict(float))
        for row in self:
            held[row.product_id, row.warehouse_id][row.lot_id] += row.held_quantity
        return held

    def _claim(self):
        """What is about to leave counts by these inspections: whoever counts by them at the same time does so again,
        on the truth of this transaction."""
        if self:
            self.env.cr.execute(SQL(
                "UPDATE order_inspection SET quantity = quantity WHERE id = ANY(%s)", sorted(self.ids)))
