from contextlib import contextmanager

from odoo import api, models
from odoo.exceptions import UserError, ValidationError

from ..production.order_link_mixin import CORE_RECORDING
from ..review.sale_order_line_loose import CORE_PRICING

# What a transfer that is done was, beside its state, its date and its quantities: what was moved for which order, and
# how it counts there.
FACTS = (
    'sale_line_id', 'picking_id', 'product_id', 'product_uom', 'product_uom_qty', 'location_id', 'location_dest_id',
    'origin_returned_move_id', 'to_refund', 'bom_line_id', 'company_id', 'location_final_id', 'partner_id', 'picked',
    'picking_type_id', 'production_id', 'purchase_line_id', 'raw_material_production_id', 'reference', 'reference_ids',
    'repair_id', 'repair_line_type', 'restrict_partner_id', 'scrap_id', 'unbuild_id',
)


class StockMove(models.Model):
    _inherit = 'stock.move'

    # -- CRUD -------------------------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        self._check_new_repair_ties(vals_list)
        moves = super().create(vals_list)
        if not self._is_system_recording():
            moves._check_delivery_facts({})
        moves._check_ties()
        return moves

    def write(self, vals):
        if not vals.keys().isdisjoint(('repair_id', 'sale_line_id')):
            self._check_repair_tie(vals)
        if vals.get('picking_id') and any(move.state not in ('done', 'cancel') for move in self):
            self.env['stock.picking'].browse(vals['picking_id'])._check_ended()
        with self._links_kept(vals), self._delivery_facts_kept(vals.keys() & {'state', 'date', 'quantity', *FACTS}):
            return super().write(vals)

    # -- facts ----------------------------------------------------------------------------------

    def _is_to_customer(self):
        """Whether this move hands goods over to the customer, or to a sister company that delivers them."""
        self.ensure_one()
        return self._is_customer_location(self.location_dest_id)

    @api.model
    def _is_customer_location(self, location):
        # Core's own question costs a query each; most locations answer by their type.
        return location.usage == 'customer' or location.usage == 'transit' and location._is_outgoing()

    def _goes_to_customer(self):
        """Whether this move delivers, at its end or after steps that it has not brought forth yet.

        With several delivery steps only the first exists in the beginning; each step makes the next
        one when it is done. What is left of a step would otherwise not be missed.
        """
        self.ensure_one()
        return self._is_to_customer() or self.state != 'cancel' and self._is_meant_for_customer()

    def _is_meant_for_customer(self):
        """Whether this move delivers or would have delivered, at its end or after steps that it was to bring forth."""
        self.ensure_one()
        return self._is_to_customer() or bool(
            self.state != 'done'
            and self._is_customer_location(self.location_final_id)
            and not self.move_dest_ids
        )

    def _is_taken_from_stock(self):
        """Whether this move takes goods for a customer from what is there, in the first of its steps: nobody makes or
        buys them for it, and no earlier step hands them over."""
        self.ensure_one()
        return (
            self.state != 'cancel' and self.procure_method != 'make_to_order' and not self.move_orig_ids
            and not self.origin_returned_move_id and self.location_id.usage in ('internal', 'transit')
            and self._is_customer_location(self.location_final_id or self.location_dest_id))

    def _in_product_unit(self, quantity):
        """:return: a quantity in the unit of this move in that of its product, as it is: sums are rounded, not what is
            added up"""
        self.ensure_one()
        return self.product_uom._compute_quantity(quantity, self.product_id.uom_id, round=False)

    @api.model
    def _is_core_recording(self):
        """:return: whether core is just recording what happens, as whoever validates the transfer"""
        return CORE_RECORDING.lies_on(self)

    def _get_delivery_facts(self):
        """What is on record of these moves for orders under policy.

        :return: dict move id → tuple of values, the id of the order first; deliveries and returns that are done only
        """
        facts = {}
        for move in self.sudo() if self.env['order.policy']._has_any_governed() else ():
            if move.state != 'done' or not (move._is_to_customer() or self._is_customer_location(move.location_id)):
                continue
            if order := move._get_ruling_orders().filtered('policy_id')[:1]:
                facts[move.id] = (
                    order.id, *(move[name] for name in FACTS), move.date,
                    sorted((line._get_facts() for line in move.move_line_ids), key=str))
        return facts

    # -- what may change ------------------------------------------------------------------------

    @api.constrains('state', 'sale_line_id', 'location_dest_id', 'location_final_id')
    def _check_order_accepted(self):
        """Nothing is delivered for an order that is not accepted (article F1), whoever makes the move."""
        for move in self.sudo():
            order = move.sale_line_id.order_id
            if (
                order.policy_id and order.state != 'sale' and move.state != 'cancel' and move._goes_to_customer()
            ):
                raise ValidationError(self.env._(
                    "%(order)s is not confirmed, so nothing can be delivered for it. Complete the review and confirm "
                    "the order first.", order=order.name))

    @api.constrains('state', 'sale_line_id', 'location_dest_id')
    def _check_payment_condition(self):
        """Nothing is handed over that the customer has to pay for before, as an approval says (article R2)."""
        self.filtered(lambda move: move.state == 'done')._get_shipped_orders()._check_condition('shipping')

    def _get_shipped_orders(self):
        """:return: the orders whose goods these moves hand over to customers, as superuser"""
        orders = self.env['sale.order'].sudo()
        for move in self.sudo():
            if move._may_be_ruled() and move._leaves_company():
                orders |= move._get_ruling_orders()
        return orders

    def _leaves_company(self):
        """Whether goods of this move go to a customer, by its own destination or by that of a line of it."""
        self.ensure_one()
        return self._is_to_customer() or any(
            self._is_customer_location(location) for location in self.move_line_ids.location_dest_id)

    @api.constrains('state', 'sale_line_id', 'location_id', 'location_dest_id')
    def _check_places_of_lines(self):
        """What is on record as delivered or returned has gone to the customer or come from there, line by line, and
        not both: what the customer has is no delivery."""
        for move in self.sudo():
            if move.state != 'done' or not move.sale_line_id.order_id.policy_id:
                continue
            if self._is_customer_location(move.location_dest_id) and any(
                    place.usage == 'customer' for place in move.location_id | move.move_line_ids.location_id):
                raise ValidationError(self.env._(
                    "The transfer of “%(product)s” for %(order)s takes the goods from the customer, so it delivers "
                    "nothing. Select the location that they leave.",
                    product=move.product_id.display_name, order=move.sale_line_id.order_id.name))
            for name in ('location_id', 'location_dest_id'):
                places = move.move_line_ids[name].filtered(lambda place: not self._is_customer_location(place))
                if places and self._is_customer_location(move[name]):
                    raise ValidationError(self.env._(
                        "The transfer of “%(product)s” for %(order)s is between the company and its customer, but "
                        "%(location)s is not a customer location. Select one in the detailed operations.",
                        product=move.product_id.display_name, order=move.sale_line_id.order_id.name,
                        location=places[0].display_name))

    @contextmanager
    def _delivery_facts_kept(self, touched=True):
        """Let values change in the block as long as what is on record of these moves stays.

        :param touched: whether the block may touch a fact
        :raise UserError: when a person changes what was delivered for an order under policy
        """
        kept = touched and not self._is_system_recording()
        before = self._get_delivery_facts() if kept else {}
        yield
        if kept:
            self._check_delivery_facts(before)

    def _check_delivery_facts(self, before):
        """:raise UserError: when the facts of deliveries are other than ``before``, by no transfer"""
        after = self._get_delivery_facts()
        for move_id in before.keys() | after.keys():
            if before.get(move_id) != after.get(move_id):
                raise self._get_delivery_error((before.get(move_id) or after[move_id])[0])

    def _get_delivery_error(self, order_id):
        """:return: UserError for whoever would change what was delivered for an order"""
        return UserError(self.env._(
            "Deliveries of %(order)s cannot be changed. Validate a transfer to deliver, create a return to undo a "
            "delivery.", order=self.env['sale.order'].sudo().browse(order_id).name))

    @api.ondelete(at_uninstall=False)
    def _unlink_except_delivered(self):
        self._check_not_delivered()

    def _check_not_delivered(self):
        """:raise UserError: when one of these moves has delivered goods for an order under policy"""
        if facts := self._get_delivery_facts():
            raise UserError(self.env._(
                "Deliveries of %(order)s cannot be deleted. Create a return to undo the delivery.",
                order=self.env['sale.order'].sudo().browse(next(iter(facts.values()))[0]).name))

    # -- core records -----------------------------------------------------------------------------

    @CORE_RECORDING.during
    def _action_done(self, cancel_backorder=False):
        done = super()._action_done(cancel_backorder=cancel_backorder)
        done._get_credited_returns()._check_returned_quantities()
        done.sudo().sale_line_id.order_id._follow_facts()
        done._follow_inspections()
        return done

    def _action_cancel(self):
        result = super()._action_cancel()
        self.sudo().sale_line_id.order_id._follow_facts()
        self._follow_inspections()
        return result

    def _get_credited_returns(self):
        """:return: those of these moves that bring back goods of orders to be credited; as superuser"""
        return self.sudo().filtered(
            lambda move: move.to_refund and move.picked and move.location_id.usage == 'customer')

    def _check_returned_quantities(self):
        """:raise UserError: when more comes back for a line of an order under policy than it has delivered"""
        for line in self.sale_line_id:
            if line.order_id.policy_id and line.product_uom_id.compare(
                    line.qty_delivered, min(line.product_uom_qty, 0)) < 0:
                raise UserError(self.env._(
                    "The returned quantity of “%(product)s” would exceed the quantity delivered with %(order)s. Return "
                    "the delivered quantity, and receive the rest with a separate transfer.",
                    product=line.product_id.display_name, order=line.order_id.name))

    def _check_sold(self):
        """:raise UserError: for goods that would be credited by an order under policy, which has not sold them"""
        for move in self:
            orders = move._get_ruling_orders().filtered('policy_id')
            if orders and not move.sale_line_id and move.product_id not in orders.order_line.product_id:
                raise UserError(self.env._(
                    "“%(product)s” was not sold with %(order)s, so its return cannot be credited there. Remove it from "
                    "this transfer, and receive it with a separate transfer.",
                    product=move.product_id.display_name, order=orders[0].name))

    def _action_synch_order(self):
        # Core adds a line to the order for goods that were not ordered, as the person who validates
        # the transfer; the order is none of that person's business.
        self._get_credited_returns()._check_sold()
        governed = self.filtered(lambda move: move.sudo().picking_id.sale_id.policy_id)
        if governed:
            super(StockMove, governed.sudo())._action_synch_order()
        return super(StockMove, self - governed)._action_synch_order()

    # The parts that a repair needs come to the order, and change there, as the repair changes.

    @CORE_PRICING.during
    def _create_repair_sale_order_line(self):
        without = self.filtered(lambda move: not move.sale_line_id)
        without._check_repair_quantity()
        result = super()._create_repair_sale_order_line()
        for line in without.sale_line_id.sudo()._filter_loose():
            # A part may have a price of its own, which whoever repairs can enter.
            if not line._is_within_product_price():
                line._reset_price_unit()
        return result

    def _check_repair_quantity(self):
        """:raise UserError: when these parts of a repair would take something off an order under policy"""
        for move in self.sudo():
            order = move.repair_id.sale_order_id
            if order.policy_id and move.product_uom_qty < 0:
                raise UserError(self.env._(
                    "The quantity of “%(product)s” in a repair of %(order)s cannot be negative.",
                    order=order.name, product=move.product_id.display_name))

    @CORE_PRICING.during
    def _update_repair_sale_order_line(self):
        self._check_repair_quantity()
        return super()._update_repair_sale_order_line()

    @CORE_PRICING.during
    def _clean_repair_sale_order_line(self):
        return super()._clean_repair_sale_order_line()
