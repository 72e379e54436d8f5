"""What the customer of an order has of its goods."""
from collections import defaultdict


def get_parts(line):
    """:param line: ``sale.order.line`` as superuser
    :return: dict id of a component → how much of it a unit of the line is delivered as, where it is a kit; without what
        its confirmation has kept, as what was procured for it says
    """
    if parts := line._get_kit_parts():
        return parts
    # What was cancelled is the rest of a transfer, or what an earlier confirmation has asked for.
    pickings = line.move_ids.filtered(lambda move: move.state != 'cancel').picking_id
    return line._get_procured_parts(line.move_ids.filtered(
        lambda move: move.state != 'cancel' or move.picking_id in pickings or move.picking_id.backorder_id))


class Holdings:
    """What moves of order lines have brought to the customer, less what has come back or is about to, move by move and
    lot by lot, in the unit of each product. What is taken from here is no longer there.

    :param lines: ``sale.order.line`` as superuser
    """

    def __init__(self, lines):
        self.lines = lines
        self.left = {}
        self.lots = {}
        self.brought = {}
        for line in lines:
            moves = line.move_ids.filtered(lambda move: move.state != 'cancel').sorted('id')
            brought = moves.filtered(lambda move: move.state == 'done' and move._is_to_customer())
            for move in brought:
                key = line, move.product_id
                self.brought[key] = self.brought.get(key, move.browse()) | move
                self.left[move] = move._in_product_unit(move.quantity)
                self.lots[move] = self._sum_lots(move)
            for move in moves - brought:
                if move._is_customer_location(move.location_id) and not move._is_to_customer():
                    # What came back without a word on its delivery came from the last one.
                    origin = move.origin_returned_move_id & brought
                    self._count_return(move, origin or brought.filtered(
                        lambda origin, product=move.product_id: origin.product_id == product)[::-1])

    def _count_return(self, move, origins):
        """:param origins: the moves that may have brought what comes back with a move"""
        is_done = move.state == 'done'
        total = move._in_product_unit(move.quantity if is_done else move.product_uom_qty)
        # What core has reserved for a return of any lot is nothing that somebody has said.
        if is_done or move.picked or move._get_named_lot():
            for lot, quantity in self._sum_lots(move).items():
                total -= sum(self._take(origins, min(quantity, total), lot).values())
        self._take(origins, total)

    def _sum_lots(self, move):
        """:return: dict ``stock.lot`` → quantity in the lines of a move"""
        quantities = defaultdict(float)
        for row in move.move_line_ids.filtered('lot_id'):
            quantities[row.lot_id] += row.product_uom_id._compute_quantity(
                row.quantity, move.product_id.uom_id, round=False)
        return quantities

    # -- goods as they were delivered -------------------------------------------------------------

    def get_moves(self, line, product):
        """:return: the moves that have brought a product for a line, the oldest first"""
        return self.brought.get((line, product), line.move_ids.browse())

    def _sum_left(self, moves, lot=None):
        """:return: how much of what moves have brought is there, of one lot where it is given"""
        return sum(min(self.left[move], self.lots[move].get(lot, 0.0)) if lot else self.left[move] for move in moves)

    def _take(self, moves, quantity, lot=None):
        """Take what is there, at most a quantity.

        :return: dict ``stock.move`` → how much of it
        """
        taken = {}
        for move in moves:
            part = min(self._sum_left(move, lot), quantity)
            if move.product_id.uom_id.compare(part, 0) > 0:
                taken[move] = part
                quantity -= part
                self.left[move] -= part
                if lot:
                    self.lots[move][lot] -= part
        return taken

    # -- products as they were sold -----------------------------------------------------------------

    def get_products(self):
        """:return: ``product.product``, what can come back: kits as they were sold, and all goods as they were
            delivered"""
        goods = self.lines.product_id.union(*(move.product_id for move in self.left))
        return goods.filtered(lambda product: any(self._get_parts(line, product) for line in self.lines))

    def get_lines(self, product):
        """:return: the lines of which a product may come back, those first that have sold it"""
        return self.lines.sorted(lambda line: line.product_id != product)

    def _get_parts(self, line, product):
        """What one unit of a product was delivered as, for a line.

        :return: dict ``product.product`` → quantity: the product itself, or the parts of the kit that the line has
            sold; empty where nothing of it was delivered
        """
        is_sold = line.product_id == product
        if self.get_moves(line, product) and not (is_sold and line.kit_parts):
            return {product: 1.0}
        parts = get_parts(line) if is_sold else {}
        whole = line.product_uom_id._compute_quantity(1, product.uom_id, round=False)
        parts = {product.browse(product_id): quantity / whole for product_id, quantity in parts.items()}
        return parts if any(self.get_moves(line, part) for part in parts) else {}

    def count_sold(self, line, product, lot=None):
        """How much of a product can come back of a line.

        :param lot: ``stock.lot`` that it shall be, of the product itself or of a part of the kit
        :return: quantity in the unit of the product
        """
        parts = self._get_parts(line, product)
        if not parts or lot and lot.product_id not in parts:
            return 0.0
        if parts.keys() == {product}:
            return self._sum_left(self.get_moves(line, product), lot)
        counts = [self._sum_left(self.get_moves(line, part)) / quantity for part, quantity in parts.items()]
        if lot:
            of_lot = self._sum_left(self.get_moves(line, lot.product_id), lot)
            # A set of several pieces has several serial numbers, and one lot.
            counts.append(of_lot and min(counts) if lot.product_id.tracking == 'serial' else (
                of_lot / parts[lot.product_id]))
        whole = line.product_uom_id._compute_quantity(1, product.uom_id, round=False)
        return max(line._round_kits(min(counts) / whole, product.uom_id), 0.0)

    def take_sold(self, line, product, quantity, lot=None):
        """Take a quantity of a product from what a line has delivered, at most what :meth:`count_sold` says.

        :return: dict pair of ``stock.move`` and ``stock.lot``, empty where any may be taken → quantity
        """
        taken = {}
        for part, per_unit in self._get_parts(line, product).items():
            moves, needed = self.get_moves(line, part), quantity * per_unit
            unnamed = part.env['stock.lot']
            # A set of several pieces has others beside the one that is named.
            for number in [lot, unnamed] if lot and lot.product_id == part else [unnamed]:
                for move, share in self._take(moves, needed, number).items():
                    taken[move, number] = share
                    needed -= share
        return taken
