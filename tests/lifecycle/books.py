"""What an order is worth, worked out from moves, move lines, invoices and payments: from nothing that the addon says.

Quantities and amounts are fractions: nothing is rounded before its end, so that a difference is one. Where prices and
taxes are such that documents have to be rounded, amounts may differ by that, and by no more.
"""
from collections import defaultdict
from fractions import Fraction
from math import floor

PIECES = 'uom.product_uom_unit'


def fraction(value):
    """:return: a float of the database, which has two digits, as it was meant"""
    return Fraction(round(value * 100), 100)


def round_half_up(value):
    """:return: fraction with two digits"""
    sign = -1 if value < 0 else 1
    return Fraction(sign * floor(abs(value) * 100 + Fraction(1, 2)), 100)


class Books:
    """One order as it was agreed, and what came of it.

    :param order: confirmed ``sale.order``
    :param recipes: dict ``sale.order.line`` → dict ``product.product`` → pieces for one unit of the line, as it was
        when the order was confirmed; lines of kits only
    :param is_exact: whether no amount of this order is ever rounded
    """

    def __init__(self, order, recipes, is_exact=True):
        self.order = order
        self.recipes = recipes
        # Each line may be rounded, and each tax, on each of some documents.
        self.rounding = 0 if is_exact else 2 * len(order.order_line) * Fraction(str(order.currency_id.rounding))
        # What the steps of a history have paid, in the currency of the order.
        self.money = Fraction(0)
        self.services = {}
        self.settled = None

    # -- goods --------------------------------------------------------------------------------------

    def get_flows(self, line):
        """:return: list of (product, pieces, kind) of what has moved between company and customer for a line: out, back
            for a credit, back without, and out once more without"""
        flows = []
        for move in line.move_ids.filtered(lambda move: move.state == 'done'):
            pieces = sum(fraction(row.quantity) * Fraction(row.product_uom_id.factor) for row in move.move_line_ids)
            pieces /= Fraction(move.product_id.uom_id.factor)
            if move.location_dest_id.usage == 'customer':
                kind = 'again' if move.origin_returned_move_id and not move.to_refund else 'out'
            elif move.location_id.usage == 'customer':
                kind = 'back' if move.to_refund else 'lent'
            else:
                continue
            flows.append((move.product_id, pieces, kind))
        return flows

    def get_held(self, line):
        """:return: dict product → pieces that the customer has of a line"""
        held = defaultdict(Fraction)
        for product, pieces, kind in self.get_flows(line):
            held[product] += pieces if kind in ('out', 'again') else -pieces
        return held

    def get_delivered(self, line):
        """:return: fraction in the unit of the line that counts as delivered"""
        if line.product_id.type == 'service':
            return self.services.get(line, Fraction(0))
        held, lent = self.get_held(line), defaultdict(Fraction)
        for product, pieces, kind in self.get_flows(line):
            lent[product] += {'lent': pieces, 'again': -pieces}.get(kind, 0)
        recipe = self.recipes.get(line) or {line.product_id: Fraction(line.product_uom_id.factor)}
        ordered = fraction(line.product_uom_qty)
        counts = []
        for product, per_unit in recipe.items():
            # What comes back without a credit counts on, but for nothing beyond the order.
            without, asked = held[product] + max(lent[product], 0), per_unit * ordered
            counts.append((without if without <= asked else max(held[product], asked)) / per_unit)
        delivered = min(counts)
        if line in self.recipes and delivered != ordered:
            factor = Fraction(line.product_uom_id.factor)
            delivered = max(floor(delivered * factor) / factor, ordered if delivered > ordered else -10 ** 9)
        return round_half_up(delivered)

    def get_returnable(self):
        """:return: dict product → pieces that could come back: goods that the customer has and nobody brings back yet,
            and whole kits of them"""
        returnable = defaultdict(Fraction)
        for line in self.order.order_line:
            held = self.get_held(line)
            for move in line.move_ids.filtered(
                    lambda move: move.location_id.usage == 'customer' and move.state not in ('done', 'cancel')):
                held[move.product_id] -= fraction(move.product_uom_qty) * Fraction(move.product_uom.factor)
            for product, pieces in held.items():
                returnable[product] += pieces
            if line in self.recipes and held:
                factor = Fraction(line.product_uom_id.factor)
                kits = min(held[product] * factor / pieces for product, pieces in self.recipes[line].items())
                ordered = fraction(line.product_uom_qty) * factor
                returnable[line.product_id] += max(floor(kits), ordered if kits >= ordered else 0)
        return returnable

    # -- fulfilment -----------------------------------------------------------------------------------

    def get_fulfilment(self):
        """:return: value of ``fulfilment_state``"""
        facts, is_begun, is_ready = [], False, False
        for line in self.order.order_line.filtered(lambda line: line.product_uom_qty and not line.is_downpayment):
            if line.product_id.type == 'service':
                delivered = self.get_delivered(line)
                facts.append('done' if delivered >= fraction(line.product_uom_qty) else (
                    'partial' if delivered else 'waiting'))
                is_begun |= facts[-1] == 'done'
                continue
            leaving = line.move_ids.filtered(
                lambda move: move.location_id.usage != 'customer'
                and 'customer' in (move.location_dest_id.usage, move.location_final_id.usage))
            done = leaving.filtered(lambda move: move.state == 'done' and move.location_dest_id.usage == 'customer')
            pending = leaving.filtered(lambda move: move.state not in ('done', 'cancel'))
            facts.append({
                (True, True): 'partial', (True, False): 'waiting', (False, True): 'done',
                (False, False): 'cancelled' if leaving else 'waiting'}[bool(pending), bool(done)])
            is_begun |= bool(done)
            is_ready |= any(move.state == 'assigned' and move.location_dest_id.usage == 'customer' for move in pending)
        if set(facts) <= {'done'} or is_begun and set(facts) <= {'done', 'cancelled'}:
            return 'done'
        if {'partial', 'done'} & set(facts):
            return 'partial'
        return 'ready' if is_ready else 'waiting'

    # -- money ----------------------------------------------------------------------------------------

    def get_price(self, line):
        """:return: what one unit of a line costs, taxes included; prices are such that this is exact"""
        price = fraction(line.price_unit) * (1 - fraction(line.discount) / 100)
        for tax in line.tax_ids:
            if not tax.price_include:
                price *= 1 + fraction(tax.amount) / 100
        return price

    def get_owed(self):
        """:return: what the customer owes for what was delivered"""
        return sum(self.get_owed_quantity(line) * self.get_price(line) for line in self.get_lines())

    def get_owed_quantity(self, line):
        """:return: how much of a line the customer owes: what was delivered, and no more than was ordered where that is
            what is invoiced"""
        delivered = self.get_delivered(line)
        if line.product_id.invoice_policy == 'order':
            return min(delivered, fraction(line.product_uom_qty))
        return delivered

    def get_contract(self):
        return sum(fraction(line.product_uom_qty) * self.get_price(line) for line in self.get_lines())

    def get_documents(self):
        """:return: posted invoices and credit notes, which are of this order alone"""
        return self.order.order_line.invoice_lines.move_id.filtered(lambda move: move.state == 'posted')

    def get_invoiced(self):
        """:return: what invoices ask for, less what credit notes give back"""
        return sum(-move.direction_sign * fraction(move.amount_total) for move in self.get_documents())

    def get_missing(self):
        """:return: what was delivered and has not been charged yet, whatever was taken back of it"""
        missing = Fraction(0)
        for line in self.get_lines():
            # A credit note that gives an advance back charges what it was paid for.
            billed = sum(
                max(-row.move_id.direction_sign * fraction(row.quantity), 0) for row in line.invoice_lines
                if row.move_id.state == 'posted')
            missing += max(self.get_owed_quantity(line) - billed, 0) * self.get_price(line)
        # What was charged in advance is no part of it, until an invoice takes it off.
        advance = self.order.order_line.filtered(lambda line: line.is_downpayment).invoice_lines.filtered(
            lambda row: row.move_id.state == 'posted')
        missing -= sum(-row.move_id.direction_sign * fraction(row.price_total) for row in advance)
        return max(missing, 0)

    # -- all of it --------------------------------------------------------------------------------------

    def get_values(self):
        """:return: dict of what the order and its settlement have to say"""
        order, fulfilment = self.order, self.get_fulfilment()
        owed, contract, invoiced, paid = self.get_owed(), self.get_contract(), self.get_invoiced(), self.money
        unpaid, missing = invoiced - paid, self.get_missing()
        difference = paid + unpaid + missing - contract
        if fulfilment != 'done' or unpaid or missing > self.rounding:
            state = 'open'
        else:
            state = 'difference' if max(abs(difference), abs(invoiced - owed)) > self.rounding else 'to_check'
        values = {
            'delivered': [self.get_delivered(line) for line in self.get_lines()],
            'fulfilment': fulfilment,
            **self.settled,
        } if self.settled else {
            'delivered': [self.get_delivered(line) for line in self.get_lines()],
            'fulfilment': fulfilment,
            'phase': {'done': 'settlement', 'partial': 'delivery', 'ready': 'delivery'}.get(fulfilment, 'production'),
            'state': state if order.settlement_ids else 'none',
        }
        if order.settlement_ids and not self.settled:
            values.update(
                contract=contract, owed=owed, invoiced=invoiced, paid=paid, unpaid=unpaid, to_invoice=missing,
                difference=difference)
        return values

    def settle(self):
        """Keep what holds now: it is settled, whatever comes."""
        values = self.get_values()
        self.settled = {
            **{name: value for name, value in values.items() if name not in ('delivered', 'fulfilment')},
            'phase': 'aftersales', 'state': 'settled'}

    def get_faults(self):
        """:return: dict of what is not as it has to be → what it is, and what it has to be"""
        found = self.read_values()
        faults = {}
        for name, value in self.get_values().items():
            is_amount = isinstance(value, (int, Fraction))
            if abs(found[name] - value) > self.rounding if is_amount else found[name] != value:
                faults[name] = (str(found[name]), str(value))
        return faults

    def read_values(self):
        """:return: dict of the same, as the order and its settlement say it"""
        order, settlement = self.order, self.order.settlement_ids
        values = {
            'delivered': [fraction(line.qty_delivered) for line in self.get_lines()],
            'fulfilment': order.fulfilment_state,
            'phase': order.lifecycle_phase,
            'state': order.settlement_state,
        }
        if settlement:
            values.update({
                name: fraction(settlement[f'{name}_amount'])
                for name in ('contract', 'owed', 'invoiced', 'paid', 'unpaid', 'to_invoice', 'difference')})
        return values

    def get_lines(self):
        return self.order.order_line.filtered(lambda line: not line.is_downpayment and not line.display_type)
