from collections import defaultdict

from odoo import api, models
from odoo.exceptions import UserError

from .stock_move import DISPOSED

# What a line says of the goods that have come.
ARRIVED = {
    'location_dest_id', 'location_id', 'lot_id', 'lot_name', 'move_id', 'product_id', 'product_uom_id', 'quant_id',
    'quantity',
}


class StockMoveLine(models.Model):
    _inherit = 'stock.move.line'

    # -- CRUD -------------------------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        if self.env['order.policy']._get_inspecting_ids():
            # What is added to a transfer that is done has moved at once.
            done = lines.sudo().filtered(lambda line: line.move_id.state == 'done')
            done._inspect_arrivals()
            done.move_id._check_held_goods()
        return lines

    def write(self, vals):
        if ARRIVED.isdisjoint(vals) or not self.env['order.policy']._get_inspecting_ids():
            return super().write(vals)
        done = self.sudo().filtered(lambda line: line.move_id.state == 'done')
        done._check_not_inspected()
        before = {line.id: line._get_quantity_brought() for line in done}
        result = super().write(vals)
        done = done.exists()
        done._inspect_what_came_back(before)
        done.move_id._check_held_goods()
        return result

    def _check_not_inspected(self):
        """:raise UserError: when a person would change what was received or produced, and is inspected"""
        if not self or self.env['stock.move']._is_system_recording():
            return
        inspection = self.env['order.inspection'].sudo().search([
            ('move_id', 'in', self.move_id.ids), ('point', '!=', 'delivery'), ('state', '!=', 'cancelled')], limit=1)
        if inspection:
            raise UserError(self.env._(
                "“%(product)s” of %(document)s is inspected as it was received or produced, so this cannot be changed. "
                "Return the goods, or adjust the inventory.",
                product=inspection.product_id.display_name, document=inspection.document_name))

    # -- goods that arrive ------------------------------------------------------------------------

    def _arrives(self):
        """:return: whether this line has brought goods into the house; asked as superuser"""
        self.ensure_one()
        return (
            not self.location_id._is_in_house() and self.location_dest_id._is_in_house()
            and self.product_id.is_storable)

    def _get_quantity_brought(self):
        """:return: how much more is in the house by this line, which is done; negative for what it has taken out"""
        self.ensure_one()
        brought = self.location_dest_id._is_in_house() - self.location_id._is_in_house()
        return brought * self.quantity_product_uom if self.product_id.is_storable else 0

    def _inspect_what_came_back(self, before):
        """Let be inspected what is in the house again because somebody has changed what was done; as superuser.

        :param before: dict line id → what the line had brought
        """
        came = {}
        for line in self if not self.env['stock.move']._is_system_recording() else ():
            quantity = line._get_quantity_brought() - before.get(line.id, 0)
            if line.product_id.uom_id.compare(quantity, 0) > 0:
                came[line.id] = quantity
        if came:
            self.browse(came)._inspect_arrivals(came)

    def _inspect_arrivals(self, came=None):
        """Let be inspected what these lines, which are done, have brought into the house; in batch, as superuser.

        :param came: dict line id → quantity in the unit of the product, where it is not what the lines say
        """
        inspecting = self.env['order.policy']._get_inspecting_ids()
        lines = self.filtered(
            lambda line: line.move_id.company_id.order_policy_id.id in inspecting and (came or line._arrives()))
        plans, quantities = {}, defaultdict(float)
        for line in lines:
            move = line.move_id
            key = (move.company_id, line.product_id)
            if key not in plans:
                plans[key] = move.company_id.order_policy_id.inspection_plan_ids._filter_for(line.product_id)
            points = move._get_arrival_points(move)
            for plan in plans[key].filtered(lambda plan, points=points: plan.point in points):
                place = line.location_dest_id if line.location_dest_id._is_in_house() else line.location_id
                quantities[move, plan, line.lot_id, place.warehouse_id] += (
                    came[line.id] if came else line.quantity_product_uom)
        self.env['order.inspection']._create_inspections([
            self._prepare_arrival_inspection_vals(*key, quantity)
            for key, quantity in quantities.items() if quantity > 0])

    @api.model
    def _prepare_arrival_inspection_vals(self, move, plan, lot, warehouse, quantity):
        """:return: dict of values of the inspection of what a move has brought in"""
        orders = move._get_inspection_orders()
        production = move.production_id
        handlers = self.env['order.inspection']._get_production_handlers(production) | move.picking_id.user_id
        # What is found, or comes back, may be what was not good enough: it is no batch that a plan leaves out.
        comes_back = len(move._get_arrival_points(move)) > 1
        return {
            **({'state': 'todo'} if comes_back else {}),
            'company_id': move.company_id.id,
            'plan_id': plan.id,
            'point': plan.point,
            'product_id': move.product_id.id,
            'lot_id': lot.id,
            'quantity': quantity,
            'move_id': move.id,
            'picking_id': move.picking_id.id,
            'production_id': production.id,
            'warehouse_id': warehouse.id,
            'vendor_id': move.picking_id.partner_id.commercial_partner_id.id if (
                move.location_id.usage == 'supplier') else False,
            'order_ids': orders.ids,
            'order_id': orders.id if len(orders) == 1 else False,
            'handled_by_ids': list({*handlers.ids, *self.env['order.inspection']._get_present_handler_ids()}),
        }

    # -- goods that stay --------------------------------------------------------------------------

    def _leaves_warehouse(self):
        """:return: whether the goods of this line have left their warehouse, other than as what is disposed of; asked
            as superuser"""
        self.ensure_one()
        origin, destination = self.location_id, self.location_dest_id
        return origin._is_in_house() and destination.usage not in DISPOSED and (
            destination.usage != 'internal' or destination.warehouse_id != origin.warehouse_id)

    def _is_taken_from_outside(self):
        """:return: whether the goods of this line were used or handed over from where goods are written off, or used
            from the vendor's; asked as superuser"""
        self.ensure_one()
        origin, destination = self.location_id.usage, self.location_dest_id.usage
        return origin in DISPOSED and destination == 'production' or (origin, destination) == ('inventory', 'customer')

    def _check_nothing_held(self):
        """:raise ValidationError: when what was taken from outside may be what has to stay in the house; as
            superuser"""
        inspections = self.env['order.inspection']._get_held_inspections(self.product_id)
        Move = self.env['stock.move'].sudo()
        for line in self:
            own = inspections.filtered(lambda row, line=line: row.product_id == line.product_id and (
                not row.lot_id or not line.lot_id or row.lot_id == line.lot_id))
            if own:
                raise Move._get_held_error(line.product_id, line.location_id, line.lot_id, 0, 0)

    def _check_held_quantities(self):
        """:raise ValidationError: when less is left in a warehouse than what stays there; as superuser"""
        inspections = self.env['order.inspection']._get_held_inspections(self.product_id)
        if not inspections:
            return
        Move = self.env['stock.move'].sudo()
        held, present = inspections._get_held_quantities(), Move._get_present_quantities(self.product_id)
        for line in self.filtered(lambda line: line.product_id in inspections.product_id):
            product, warehouse, lot = line.product_id, line.location_id.warehouse_id, line.lot_id
            stays, there = held[product, warehouse], present[product, warehouse]
            # What is not there must not be taken either: it would be what is held elsewhere.
            if lot and product.uom_id.compare(there[lot], stays[lot]) < 0:
                raise Move._get_held_error(product, warehouse, lot, stays[lot], there[lot])
            if product.uom_id.compare(sum(there.values()), sum(stays.values())) < 0:
                raise Move._get_held_error(
                    product, warehouse, lot.browse(), sum(stays.values()), sum(there.values()))
        inspections._claim()
