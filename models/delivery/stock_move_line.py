from odoo import api, models

# What the lines of a move say of what it has moved.
FACTS = (
    'company_id', 'date', 'location_dest_id', 'location_id', 'lot_id', 'lot_name', 'owner_id', 'package_id', 'picked',
    'picking_id', 'product_id', 'product_uom_id', 'production_id', 'quantity', 'result_package_id', 'state',
)


class StockMoveLine(models.Model):
    _inherit = 'stock.move.line'
    _is_ruled = True

    @api.constrains('location_dest_id', 'move_id', 'quantity')
    def _check_payment_condition(self):
        """The goods of a move go where its lines say, and lines of what is done can still be changed."""
        self.filtered(lambda line: line.move_id.state == 'done').move_id._get_shipped_orders()._check_condition(
            'shipping')

    @api.constrains('location_dest_id', 'lot_id', 'move_id', 'quantity')
    def _check_inspected(self):
        """What was delivered and is changed afterwards has passed, too."""
        self.filtered(lambda line: line.move_id.state == 'done').move_id._check_inspected()

    @api.constrains('product_id', 'move_id')
    def _check_product_of_move(self):
        """What a move hands over for an order under policy is what the move says."""
        for line in self.sudo():
            move = line.move_id
            if move and line.product_id != move.product_id and (orders := move._get_tied_orders()):
                raise move._get_product_error(orders[0], line.product_id)

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        moves = lines.move_id.filtered(lambda move: move.state == 'done')
        if moves and not moves._is_system_recording():
            moves._check_delivery_facts({})
        return lines

    def write(self, vals):
        touched = vals.keys() & {*FACTS, 'move_id', 'quant_id'}
        moves = self.move_id if touched else self.move_id.browse()
        if vals.get('move_id'):
            moves |= moves.browse(vals['move_id'])
        if vals.get('picking_id') and any(line.state not in ('done', 'cancel') for line in self):
            self.env['stock.picking'].browse(vals['picking_id'])._check_ended()
        with moves._delivery_facts_kept(bool(moves)):
            return super().write(vals)

    def _get_facts(self):
        """:return: tuple of what is on record of this line, in comparable form; records as their ids"""
        self.ensure_one()
        return tuple(
            self[name].id if self._fields[name].relational else self[name] for name in FACTS)
