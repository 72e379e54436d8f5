from contextlib import nullcontext

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, ormcache

from ..production.order_link_mixin import CORE_RECORDING
from ..review.sale_order_line_loose import CORE_PRICING
from .stock_move import FACTS as MOVE_FACTS
from .stock_move_line import FACTS as LINE_FACTS


class StockPicking(models.Model):
    _name = 'stock.picking'
    _inherit = ['stock.picking', 'order.document.mixin', 'order.link.mixin']

    payment_obstacle = fields.Char(
        "Missing Payment", compute='_compute_payment_obstacle', compute_sudo=True,
        help="The payment required by an approval of the order before shipping.")

    # -- CRUD -------------------------------------------------------------------------------------

    def write(self, vals):
        if 'partner_id' in vals:
            self._check_address(vals['partner_id'])
        if vals.get('state') == 'done':
            self._check_done_by_moves()
        elif 'state' in vals:
            self._check_done_kept()
        if 'date_done' in vals:
            self._check_date_done(fields.Datetime.to_datetime(vals['date_done']) or False)
        leads_away = not vals.keys().isdisjoint({'sale_id', 'location_dest_id', 'picking_type_id', 'company_id'})
        # Facts of moves are computed from the transfer, too.
        touched = not vals.keys().isdisjoint(self._get_sources_of_facts())
        with self.move_ids._order_links_kept() if leads_away else nullcontext(), \
                self.move_ids._delivery_facts_kept(touched):
            return super().write(vals)

    @api.model
    @ormcache()
    def _get_sources_of_facts(self):
        """:return: frozenset of the fields of a transfer that facts of what it has moved are computed from"""
        return self._find_fields_behind({
            *(('stock.move', name) for name in MOVE_FACTS), *(('stock.move.line', name) for name in LINE_FACTS)}) - {
            'state', 'move_ids', 'move_line_ids'}

    # -- sales orders ---------------------------------------------------------------------------

    @api.model
    def _get_served_order_paths(self):
        # Deliveries by their order lines, receipts and internal transfers by what they fetch the goods for.
        return ['sale_id', 'move_ids.sale_line_id.order_id', 'move_ids.reference_ids.sale_ids']

    def _get_served_orders_sql(self, alias):
        return SQL(
            """(SELECT %(sale_id)s
                UNION ALL
                SELECT line.order_id FROM stock_move move JOIN sale_order_line line ON line.id = %(sale_line_id)s
                 WHERE %(picking_id)s = %(id)s
                UNION ALL
                SELECT reference.id FROM stock_move move
                       CROSS JOIN LATERAL (%(references)s) AS reference(id)
                 WHERE %(picking_id)s = %(id)s)""",
            sale_id=self._field_to_sql(alias, 'sale_id'), id=SQL.identifier(alias, 'id'),
            sale_line_id=self.env['stock.move'].sudo()._field_to_sql('move', 'sale_line_id'),
            picking_id=self.env['stock.move'].sudo()._field_to_sql('move', 'picking_id'),
            references=self.env['stock.move']._get_reference_orders_sql('move'))

    @api.model
    def _get_document_end_fields(self):
        return ['scheduled_date', 'state']

    def _prepare_order_row(self):
        self.ensure_one()
        return {
            **super()._prepare_order_row(),
            'kind': 'transfer',
            'kind_label': self.env._("Transfer"),
            'subject': self.picking_type_id.name,
            'quantity': '',
            'done': self.state == 'done' and self.date_done,
        }

    # -- facts ----------------------------------------------------------------------------------

    @CORE_RECORDING.during
    def _action_done(self):
        return super()._action_done()

    @CORE_PRICING.during
    def _add_delivery_cost_to_so(self):
        # A method of stock_delivery, which need not be there; then nobody calls this.
        return super()._add_delivery_cost_to_so()

    def _check_done_by_moves(self):
        """A transfer is done when its moves are; core lets no transfer end in another way.

        :raise UserError: when a person would call one done that holds goods of an order under policy
        """
        if self._is_system_recording():
            return
        for picking_id, ties in self._get_open_for_orders()._get_order_links().items():
            raise UserError(self.env._(
                "%(transfer)s delivers goods of %(order)s. Validate it to set it to done.",
                transfer=self.browse(picking_id).sudo().name,
                order=self.env['sale.order'].sudo().browse(min(ties)[0]).name))

    def _check_done_kept(self):
        """:raise UserError: when a person would call a delivery for an order under policy not done"""
        if not self._is_system_recording():
            self.filtered(lambda picking: picking.state == 'done').move_ids._check_not_delivered()

    def _check_ended(self):
        """A transfer that is done is not open again by what is put into it: core puts moves into open ones.

        :raise UserError: when a person would put something into one that has delivered for an order under policy
        """
        if self._is_system_recording():
            return
        if facts := self.sudo().filtered(lambda picking: picking.state == 'done').move_ids._get_delivery_facts():
            raise self.move_ids._get_delivery_error(next(iter(facts.values()))[0])

    def _check_date_done(self, moment):
        """:raise UserError: when a person would move the day of a delivery for an order under policy"""
        if self._is_system_recording():
            return
        for picking in self.sudo():
            if picking.date_done != moment and (facts := picking.move_ids._get_delivery_facts()):
                order = self.env['sale.order'].sudo().browse(next(iter(facts.values()))[0])
                raise UserError(self.env._(
                    "%(transfer)s was delivered for %(order)s, so its date cannot be changed. Use the chatter for "
                    "notes.", transfer=picking.name, order=order.name))

    # -- links ------------------------------------------------------------------------------------

    def _get_order_links(self):
        links = {}
        for picking in self:
            if ties := set().union(*picking.move_ids._get_order_links().values()):
                links[picking.id] = ties
        return links

    def _check_address(self, partner_id):
        """Goods go where the departments have approved. Core empties the address where it puts orders together.

        :raise UserError: when a person would send an open delivery of an order under policy to another address, or
            say that a delivery has gone elsewhere
        """
        if self._is_system_recording() or not self.env['order.policy']._has_any_governed():
            return
        self.sudo().filtered(
            lambda picking: picking.state == 'done' and picking.partner_id.id != (partner_id or False)
        ).move_ids._check_delivery_facts({})
        if not partner_id:
            return
        changed = self._get_open_for_orders().filtered(lambda picking: picking.partner_id.id != partner_id)
        for picking_id, ties in changed._get_order_links().items():
            order = self.env['sale.order'].sudo().browse(min(ties)[0])
            if order.partner_shipping_id.id != partner_id:
                raise changed.browse(picking_id)._get_link_error(order)

    # -- payments that approvals ask for ----------------------------------------------------------

    @api.depends('state', 'move_ids.sale_line_id')
    @api.depends_context('lang')
    def _compute_payment_obstacle(self):
        open_pickings = self.filtered(lambda picking: picking.state not in ('done', 'cancel', 'draft'))
        orders = {picking: picking.move_ids._get_shipped_orders() for picking in open_pickings}
        obstacles = self.env['sale.order'].union(*orders.values()).filtered(
            lambda order: order.policy_id and order.state == 'sale')._get_condition_obstacles('shipping')
        for picking in self:
            own = [obstacles[order.id] for order in orders.get(picking, ()) if order.id in obstacles]
            picking.payment_obstacle = "\n".join(own) or False

    def button_validate(self):
        # Before anything is asked about quantities and backorders.
        self.move_ids._get_shipped_orders()._check_condition('shipping')
        return super().button_validate()
