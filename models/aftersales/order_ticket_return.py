from odoo import api, models
from odoo.exceptions import UserError


class OrderTicket(models.Model):
    _inherit = 'order.ticket'

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
        moves = {}
        for product, quantity in quantities.items():
            for move, part in self_sudo._allot_return(product.sudo(), quantity).items():
                moves[move] = moves.get(move, 0.0) + part
        pickings = self.env['stock.picking'].sudo()
        for picking in {move.picking_id: True for move in moves}:
            wizard = self.env['stock.return.picking'].sudo().with_context(
                active_id=picking.id, active_ids=picking.ids, active_model='stock.picking',
            ).create({'picking_id': picking.id})
            for line in wizard.product_return_moves:
                line.quantity = moves.get(line.move_id, 0.0)
            pickings |= wizard._create_return()
        pickings._write_guarded({'ticket_id': self.id})
        self_sudo._message_log(
            body=self.env._("Return created: %(transfers)s", transfers=", ".join(pickings.mapped('name'))),
            author_id=self.env.user.partner_id.id)
        return pickings

    def _get_delivered_moves(self, product=None):
        """The moves that brought goods of the order to the customer, oldest first, as superuser.

        :param product: only those for this product, which may be a kit; all by default
        """
        self.ensure_one()
        lines = self.sudo().order_id.order_line
        moves = lines.move_ids.filtered(lambda move: move.state == 'done' and move._is_to_customer())
        if product:
            moves = moves.filtered(lambda move: product in (move.product_id, move.sale_line_id.product_id))
        if self.lot_id and product == self.product_id:
            moves = moves.filtered(lambda move: self.sudo().lot_id in move.move_line_ids.lot_id)
        return moves.sorted('id')

    @api.model
    def _get_returnable_quantity(self, move):
        """:return: how much of a done move has not been taken back, nor is about to be, in the unit of the move"""
        back = sum(
            returned.product_uom._compute_quantity(
                returned.quantity if returned.state == 'done' else returned.product_uom_qty, move.product_uom)
            for returned in move.returned_move_ids if returned.state != 'cancel')
        return max(move.quantity - back, 0.0)

    def _get_returnable_quantities(self):
        """What of the order can still come back.

        :return: dict ``product.product`` → quantity in the unit of the product
        """
        self.ensure_one()
        quantities = {}
        for move in self._get_delivered_moves():
            product = move.product_id
            quantities[product] = quantities.get(product, 0.0) + move.product_uom._compute_quantity(
                self._get_returnable_quantity(move), product.uom_id)
        return quantities

    def _allot_return(self, product, quantity):
        """Which moves a quantity of a product is taken back from; a kit in all of its parts.

        :return: dict ``stock.move`` → quantity in the unit of the move
        :raise UserError: if there is not so much to take back
        """
        self.ensure_one()
        if product.uom_id.compare(quantity, 0) <= 0:
            raise UserError(self.env._(
                "Enter the quantity of %(product)s to be returned for %(ticket)s.",
                product=product.display_name, ticket=self.display_name))
        allotted = {}
        moves = self._get_delivered_moves(product)
        for part, part_moves in moves.grouped('product_id').items():
            needed = quantity * self._get_parts_per_unit(product, part_moves)
            for move in part_moves:
                available = move.product_uom._compute_quantity(self._get_returnable_quantity(move), part.uom_id)
                taken = min(needed, available)
                if part.uom_id.compare(taken, 0) > 0:
                    allotted[move] = part.uom_id._compute_quantity(taken, move.product_uom)
                    needed -= taken
            if part.uom_id.compare(needed, 0) > 0:
                moves = moves.browse()
                break
        if not moves:
            raise UserError(self.env._(
                "The customer of %(ticket)s has not received %(quantity)s of %(product)s with this order: correct the "
                "product, the quantity or the order.",
                ticket=self.display_name, quantity=f"{quantity:g}", product=product.display_name))
        return allotted

    @api.model
    def _get_parts_per_unit(self, product, moves):
        """How much of one component was delivered for one unit of a product; 1 unless the product is a kit.

        :param moves: the done moves of the component for the product's order lines
        """
        if moves.product_id == product:
            return 1.0
        lines = moves.sale_line_id.filtered(lambda line: line.product_id == product)
        ordered = sum(line.product_uom_id._compute_quantity(line.product_uom_qty, product.uom_id) for line in lines)
        parts = lines.move_ids.filtered(
            lambda move: move.product_id == moves.product_id and move.state != 'cancel' and move._goes_to_customer())
        total = sum(move.product_uom._compute_quantity(move.product_uom_qty, move.product_id.uom_id) for move in parts)
        return total / ordered if ordered else 0.0

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
