from collections import defaultdict

from odoo import models
from odoo.exceptions import ValidationError
from odoo.tools import SQL


class SaleOrder(models.Model):
    """What is inspected before it leaves, and what may leave (article F4)."""
    _inherit = 'sale.order'

    # -- what is inspected ------------------------------------------------------------------------

    def _follow_inspections(self):
        """Bring the inspections before delivery up to date with what is delivered, in batch and as superuser: what is
        missing is opened, what goes with other goods or not at all is changed or cancelled, and what has left where
        nothing requires an inspection was not inspected."""
        super()._follow_inspections()
        inspecting = self.env['order.policy']._get_inspecting_ids()
        orders = self.filtered(lambda order: order.policy_id.id in inspecting and order.state != 'draft')
        if not orders:
            return
        needs, rows = orders._get_inspection_needs(), orders._get_delivery_inspections()
        vals_list = []
        # In their order: of several batches the first is inspected.
        for key in {**needs, **rows}:
            vals_list += self._follow_need(key, needs.get(key), rows.get(key, self.env['order.inspection'].sudo()))
        if vals_list:
            self.browse({vals['order_id'] for vals in vals_list})._claim_missing_inspections()
            self.env['order.inspection']._create_inspections(vals_list)._tell_unplanned()

    def _claim_missing_inspections(self):
        """What is missing is opened once: whoever finds the same missing at the same time looks again, on the truth of
        this transaction."""
        self.env.cr.execute(SQL(
            "UPDATE sale_order SET policy_id = policy_id WHERE id = ANY(%s)", sorted(self.ids)))

    def _get_inspection_needs(self):
        """What is delivered for these orders and has to be inspected before; as superuser.

        :return: dict (order, plan, product) → dict ``lots``, lot → quantity that is delivered or planned to be;
            ``left``, lot → quantity that has left; ``moves``, ``stock.move`` that deliver it
        """
        needs, plans, asked = {}, {}, None
        for move in self._get_delivery_moves():
            left, planned = move._get_quantities_by_lot()
            for order in move._get_ruling_orders() & self:
                products = (order.policy_id, move.product_id, move.sale_line_id.product_id, move._is_never_in_house())
                if products not in plans:
                    plans[products] = move._get_plans_before_delivery(order.policy_id)
                own = plans[products]
                if not any(own):
                    # What was to be inspected is, also where the product has another category now.
                    asked = self._get_asked_plans() if asked is None else asked
                    own = list(asked.get((order, move.product_id), ())) or own
                for plan in own:
                    need = needs.setdefault((order, plan, move.product_id), {
                        'lots': defaultdict(float), 'left': defaultdict(float), 'moves': self.env['stock.move']})
                    need['moves'] |= move
                    for name, quantities in (('lots', planned), ('left', left)):
                        for lot, quantity in quantities.items():
                            need[name][lot] += quantity
        return needs

    def _get_asked_plans(self):
        """:return: dict (order, product) → the ``order.inspection.plan`` by which its delivery is or was inspected; as
            superuser"""
        return {(order, product): plans for order, product, plans in self.env['order.inspection'].sudo()._read_group([
            ('order_id', 'in', self.ids), ('point', '=', 'delivery'), ('state', '!=', 'cancelled'),
            ('plan_id', '!=', False)], ['order_id', 'product_id'], ['plan_id:recordset'])}

    def _get_delivery_moves(self):
        """:return: the ``stock.move`` that bring goods of these orders to customers, as superuser"""
        moves = self.order_line.move_ids | self.picking_ids.move_ids | self.stock_reference_ids.move_ids
        return moves.filtered(lambda move: move.state not in ('draft', 'cancel') and move._leaves_company())

    def _get_delivery_inspections(self):
        """:return: dict (order, plan, product) → ``order.inspection`` before delivery, oldest first; as superuser"""
        rows = {}
        for row in self.env['order.inspection'].sudo().search([
                ('order_id', 'in', self.ids), ('point', '=', 'delivery'), ('state', '!=', 'cancelled')], order='id'):
            key = (row.order_id, row.plan_id, row.product_id)
            rows[key] = rows.get(key, row) | row
        return rows

    def _follow_need(self, key, need, rows):
        """Bring the inspections of one product of one order up to date.

        :param key: triple (order, plan, product)
        :param need: what :meth:`_get_inspection_needs` says of them, None where nothing is delivered
        :param rows: the ``order.inspection`` that there are
        :return: list of dicts of values of the inspections that are missing
        """
        order, plan, product = key
        open_rows = rows.filtered(lambda row: row.state == 'todo')
        missing = self._get_missing_quantities(need, rows - open_rows, product, undecided=True)
        lots = [lot for row in open_rows if (lot := row.lot_id) in missing]
        # Rows about the same goods first; then those that are left over take the goods of which there is no row.
        for row in open_rows.sorted(lambda row: row.lot_id not in lots):
            lot = row.lot_id if row.lot_id in missing else next((lot for lot in missing if lot not in lots), None)
            if lot is None:
                row._write_guarded({'state': self._get_ended_state(need, plan, order)})
                continue
            quantity = missing.pop(lot)
            if (row.lot_id, row.quantity) != (lot, quantity):
                row._write_guarded({'lot_id': lot.id, 'quantity': quantity})
            if not self._is_to_be_inspected(need, plan, order):
                row._write_guarded({'state': 'skipped'})
        if not missing or not self._is_to_be_inspected(need, plan, order):
            return []
        return [
            self._prepare_delivery_inspection_vals(order, plan, product, need['moves'], lot, quantity)
            for lot, quantity in missing.items()]

    def _get_missing_quantities(self, need, rows, product, undecided=False):
        """:param need: as in :meth:`_follow_need`
        :param rows: the inspections that have ended
        :param undecided: whether what has failed counts, too, as long as nobody has decided what becomes of it
        :return: dict lot → quantity that none of the inspections has released"""
        if not need:
            return {}
        missing = dict(need['lots'])
        anyhow = 0
        for row in rows:
            if row.lot_id in missing:
                missing[row.lot_id] -= row.released_quantity
                if undecided and not row.disposition:
                    missing[row.lot_id] -= row.failed_quantity
            elif not row.lot_id:
                # A batch that its plan lets through, whatever its lots are.
                anyhow += row.released_quantity
        # What was reworked is inspected by another row; it is among the open ones.
        for lot in list(missing):
            used = min(anyhow, max(missing[lot], 0))
            missing[lot], anyhow = missing[lot] - used, anyhow - used
            if product.uom_id.compare(missing[lot], 0) <= 0:
                del missing[lot]
        return missing

    def _is_to_be_inspected(self, need, plan, order):
        """:return: whether somebody still has to inspect: not what has left where nothing asks for it"""
        return bool(need) and (
            bool(plan) and order.policy_id.require_inspection
            or any(move.state != 'done' for move in need['moves']))

    def _get_ended_state(self, need, plan, order):
        """:return: the state of an inspection of goods that do not leave any more, or have left"""
        return 'skipped' if need and not self._is_to_be_inspected(need, plan, order) else 'cancelled'

    def _prepare_delivery_inspection_vals(self, order, plan, product, moves, lot, quantity):
        """:return: dict of values of an inspection before delivery"""
        move = moves.filtered(lambda move: move.state != 'done' and (
            not lot or lot in move.move_line_ids.lot_id))[:1] or moves[-1:]
        return {
            'company_id': move.company_id.id,
            'plan_id': plan.id,
            'point': 'delivery',
            'product_id': product.id,
            'lot_id': lot.id,
            'quantity': quantity,
            'move_id': move.id,
            'picking_id': move.picking_id.id,
            'warehouse_id': move.location_id.warehouse_id.id if (
                product.is_storable and move.location_id.usage == 'internal') else False,
            'order_ids': order.ids,
            'order_id': order.id,
        }

    # -- what may leave ---------------------------------------------------------------------------

    def _check_inspected(self, products):
        """Nothing leaves for these orders before it has passed the inspection that its plan asks for.

        :param products: ``product.product`` that have just left
        :raise ValidationError: with the first product of which more has left than has passed; asked as superuser
        """
        needs, rows = self._get_inspection_needs(), None
        for key, need in needs.items():
            order, plan, product = key
            if not plan or product not in products or not need['left']:
                continue
            rows = self._get_delivery_inspections() if rows is None else rows
            own = rows.get(key, self.env['order.inspection'].sudo())
            if missing := self._get_missing_quantities({'lots': need['left']}, own, product):
                raise self._get_inspection_error(order, plan, product, need['left'], missing)
            own._claim()

    def _get_inspection_error(self, order, plan, product, left, missing):
        """:param left: dict lot → quantity that would have left
        :param missing: dict lot → quantity of it that has not passed
        :return: ValidationError"""
        lot = next(iter(missing))
        values = {
            'product': product.display_name, 'order': order.name, 'plan': plan.name, 'unit': product.uom_id.name,
            'left': f"{left[lot]:g}", 'passed': f"{left[lot] - missing[lot]:g}", 'lot': lot.name}
        if lot:
            return ValidationError(self.env._(
                "%(left)s %(unit)s of “%(product)s” (%(lot)s) would be delivered for %(order)s, and %(passed)s "
                "%(unit)s have passed the inspection “%(plan)s”. Ask quality to inspect the rest, or remove it from "
                "the transfer: the other products can be delivered.", **values))
        return ValidationError(self.env._(
            "%(left)s %(unit)s of “%(product)s” would be delivered for %(order)s, and %(passed)s %(unit)s have passed "
            "the inspection “%(plan)s”. Ask quality to inspect the rest, or remove it from the transfer: the other "
            "products can be delivered.", **values))
