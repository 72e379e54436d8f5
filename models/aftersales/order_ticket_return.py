from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import UserError

from .holdings import Holdings, get_parts


class OrderTicket(models.Model):
    _inherit = 'order.ticket'

    lot_product_ids = fields.Many2many(
        'product.product', string="Products with Lots", compute='_compute_lot_product_ids', compute_sudo=True,
        help="The product concerned and the components of the kit, as far as they have lots or serial numbers.")

    # -- compute --------------------------------------------------------------------------------

    @api.depends('order_id', 'product_id')
    def _compute_lot_product_ids(self):
        for ticket in self:
            lines = ticket.order_id.order_line.filtered(lambda line: line.product_id == ticket.product_id)
            parts = [product_id for line in lines for product_id in get_parts(line)]
            ticket.lot_product_ids = (ticket.product_id | ticket.product_id.browse(parts)).filtered(
                lambda product: product.tracking != 'none')

    # -- returns --------------------------------------------------------------------------------

    def _create_return(self, quantities):
        """Make the return of one ticket in other quantities than its own, for the dialog.

        :param quantities: dict ``product.product`` → quantity in the unit of the product
        :return: as :meth:`action_create_return`
        """
        self._check_agent()
        return self._show_returns(self._make_return(quantities))

    def _make_return(self, quantities):
        """Take delivered goods back, with core's own return of each transfer that brought them.

        :param quantities: dict ``product.product`` → quantity in the unit of the product
        :return: the return transfers as superuser, which the person may have no access to
        :raise UserError: if a closed ticket or more than what the customer has is to come back
        """
        self.ensure_one()
        if self.is_closed:
            raise UserError(self.env._(
                "%(ticket)s is closed: reopen it before you return goods.", ticket=self.display_name))
        # The right has been asked of the person; transfers are no matter of after-sales.
        self_sudo = self.sudo()
        holdings = self_sudo._get_holdings()
        moves = defaultdict(lambda: defaultdict(float))
        for product, quantity in quantities.items():
            for (move, lot), part in self_sudo._allot_return(holdings, product.sudo(), quantity).items():
                moves[move][lot] += part
        pickings = self.env['stock.picking'].sudo()
        for picking in {move.picking_id: True for move in moves}:
            wizard = self.env['stock.return.picking'].sudo().with_context(
                active_id=picking.id, active_ids=picking.ids, active_model='stock.picking',
            ).create({'picking_id': picking.id})
            for line in wizard.product_return_moves:
                unit = line.move_id.product_id.uom_id
                line.quantity = unit._compute_quantity(
                    unit.round(sum(moves.get(line.move_id, {}).values())), line.move_id.product_uom)
            returned = wizard._create_return()
            returned._write_guarded({'ticket_id': self.id})
            for move in returned.move_ids:
                if lots := moves.get(move.origin_returned_move_id):
                    self_sudo._fit_return(move, sum(lots.values()), any(lots))
            # Core has freed what others are about to bring back.
            picking.move_ids.returned_move_ids.filtered(
                lambda move: move.state in ('confirmed', 'partially_available'))._action_assign()
            pickings |= returned
        self_sudo._message_log(
            body=self.env._("Return created: %(transfers)s", transfers=", ".join(pickings.mapped('name'))),
            author_id=self.env.user.partner_id.id)
        return pickings

    @api.model
    def _fit_return(self, move, quantity, is_named):
        """Let a move of a return bring back just what was asked for: core counts in the unit of what went out, and
        reserves lots as they come.

        :param move: ``stock.move`` as superuser
        :param quantity: in the unit of the product
        :param is_named: whether the ticket names the lot
        """
        unit = move.product_id.uom_id
        is_exact = unit.compare(move._in_product_unit(move.product_uom_qty), quantity) == 0
        if is_exact and not is_named:
            return
        move._do_unreserve()
        if not is_exact:
            move.write({'product_uom': unit.id, 'product_uom_qty': unit.round(quantity)})
        move._action_assign()

    # -- what can come back -------------------------------------------------------------------------

    def _get_holdings(self):
        """:return: what the customer of this ticket has of its order; asked as superuser"""
        self.ensure_one()
        return Holdings(self.order_id.order_line)

    def _get_lot_to_return(self, product):
        """:return: ``stock.lot`` that a product of this ticket shall be of, None where it is not said; that of a
            component is named whether it comes back with its kit or alone"""
        return self.lot_id if self.lot_id and product in (self.product_id, self.lot_id.product_id) else None

    def _get_returnable_quantities(self):
        """What of the order can still come back.

        :return: dict ``product.product`` → quantity in the unit of the product
        """
        self.ensure_one()
        self_sudo = self.sudo()
        holdings = self_sudo._get_holdings()
        return {
            product: sum(
                holdings.count_sold(line, product, self_sudo._get_lot_to_return(product)) for line in holdings.lines)
            for product in holdings.get_products()}

    def _allot_return(self, holdings, product, quantity):
        """Which moves a quantity of a product is taken back from; a kit in all of its parts.

        :param holdings: what the customer has, from which it is taken
        :return: dict pair of ``stock.move`` and ``stock.lot``, empty where any may come back → quantity in the unit of
            the product of the move
        :raise UserError: if there is not so much to take back
        """
        self.ensure_one()
        if product.uom_id.compare(quantity, 0) <= 0:
            raise UserError(self.env._(
                "Enter the quantity of %(product)s to be returned for %(ticket)s.",
                product=product.display_name, ticket=self.display_name))
        allotted, lot = defaultdict(float), self._get_lot_to_return(product)
        needed = quantity
        for line in holdings.get_lines(product):
            part = min(needed, holdings.count_sold(line, product, lot))
            if product.uom_id.compare(part, 0) > 0:
                needed -= part
                for key, taken in holdings.take_sold(line, product, part, lot).items():
                    allotted[key] += taken
        if product.uom_id.compare(needed, 0) > 0:
            raise self._get_not_received_error(product, quantity, lot)
        return allotted

    def _get_not_received_error(self, product, quantity, lot):
        """:return: UserError for goods that cannot come back, because the customer does not have them"""
        if lot:
            return UserError(self.env._(
                "The customer of %(ticket)s has not received %(quantity)s of %(product)s with the number %(lot)s, or "
                "has returned it. Correct the number, the quantity or the order.",
                ticket=self.display_name, quantity=f"{quantity:g}", product=product.display_name, lot=lot.name))
        return UserError(self.env._(
            "The customer of %(ticket)s has not received %(quantity)s of %(product)s with this order: correct the "
            "product, the quantity or the order.",
            ticket=self.display_name, quantity=f"{quantity:g}", product=product.display_name))

    def _show_returns(self, pickings_sudo):
        if self.env['stock.picking'].has_access('read'):
            return {
                'type': 'ir.actions.act_window',
                'res_model': 'stock.picking',
                'res_id': pickings_sudo.id if len(pickings_sudo) == 1 else False,
                'domain': [('id', 'in', pickings_sudo.ids)],
                'views': [(False, 'form')] if len(pickings_sudo) == 1 else [(False, 'list'), (False, 'form')],
            }
        return self._get_summary_notification(self.env._(
            "Return created: %(transfers)s. Logistics receives the goods with it.",
            transfers=", ".join(pickings_sudo.mapped('name'))), {})
