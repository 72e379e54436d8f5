"""Whatever happens to orders, in whatever sequence, their figures are those of the moves, invoices and payments.

Histories are random and come again: each has the number that a failure names. ``HISTORIES=200`` runs so many of them,
``HISTORIES=17-17`` one.
"""
import os
import random
from fractions import Fraction

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from ..settlement.common import SettlementCommon
from .books import Books, fraction

STEPS = 10
# Those that run every time.
SUITE = (4, 20, 33)


def read_numbers():
    """:return: the numbers of the histories to run"""
    if numbers := os.environ.get('HISTORIES'):
        first, _dash, last = numbers.rpartition('-')
        return range(int(first or 1), int(last) + 1)
    return SUITE


@tagged('post_install', '-at_install')
class TestHistories(SettlementCommon):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.unit, cls.dozen = cls.env.ref('uom.product_uom_unit'), cls.env.ref('uom.product_uom_dozen')
        cls.part, cls.other = cls._new_product("Part"), cls._new_product("Other Part")
        for product in (cls.part, cls.other):
            cls._put_in_stock(product, 100000)
        cls.box = cls._new_kit((cls.part, 1), (cls.other, 1), name="Box")
        cls.set = cls._new_kit((cls.part, 2), (cls.other, 1), (cls.part, 1), invoice_policy='delivery')
        cls.chest = cls._new_kit((cls.box, 2), (cls.part, 1), name="Chest")
        cls.taxes = [cls.env['account.tax'], *cls.env['account.tax'].create([
            {'name': "Test 19 %", 'amount': 19},
            {'name': "Test 10 % included", 'amount': 10, 'price_include_override': 'tax_included'}])]
        cls.pricelists = [cls._new_pricelist(name) for name in ('base.USD', 'base.EUR')]
        cls.pricelist_of_yen = cls._new_pricelist('base.JPY')
        cls.policy.settlement_tolerance = 0

    @classmethod
    def _new_pricelist(cls, name):
        """:return: a pricelist in a currency, which is always worth half of the company's"""
        currency = cls.env.ref(name)
        currency.active = True
        if currency != cls.company.currency_id:
            currency.rate_ids.unlink()
            cls.env['res.currency.rate'].create({
                'name': '2020-01-01', 'rate': 2, 'currency_id': currency.id, 'company_id': cls.company.id})
        return cls.env['product.pricelist'].create({'name': currency.name, 'currency_id': currency.id})

    def test_histories(self):
        for number in read_numbers():
            with self.subTest(history=number):
                savepoint = self.cr.savepoint()
                try:
                    History(self, number).run()
                finally:
                    savepoint.close(rollback=True)
                    self.env.invalidate_all()


class History:
    """What happens to two orders, each step one of those that can be taken."""

    def __init__(self, test, number):
        self.test = test
        self.random = random.Random(number)
        self.log = [f"History {number}"]
        self.warehouse = test.warehouse
        self.books = []

    # -- beginning ------------------------------------------------------------------------------------

    def run(self):
        self.warehouse.delivery_steps = self.random.choice(['ship_only', 'ship_only', 'pick_ship'])
        self.test.company.tax_calculation_rounding_method = self.random.choice(['round_per_line', 'round_globally'])
        for _index in range(2):
            self.books.append(self.confirm_order())
        self.check()
        steps = self.get_steps()
        for _index in range(STEPS):
            books = self.random.choice(self.books)
            # The first one that can be taken, in an order of chance that has the frequent ones first.
            for step in sorted(steps, key=lambda step: self.random.random() ** steps[step], reverse=True):
                text = step(books)
                if text:
                    self.log.append(f"{books.order.name}: {text}")
                    break
            self.check()
        for books in self.books:
            self.check_returnable(books)

    def get_steps(self):
        """:return: dict of what can happen → how seldom it does"""
        return {
            self.deliver: 0.3, self.invoice: 0.5, self.pay: 0.5, self.serve: 0.7, self.take_back: 0.7, self.exchange: 1,
            self.send_again: 1, self.cancel_rest: 2, self.pay_down: 1, self.credit: 1.5, self.offset: 1,
            self.change_recipe: 2, self.return_by_ticket: 1, self.settle: 1,
        }

    def confirm_order(self):
        test, chance = self.test, self.random
        is_exact, lines = chance.random() < 0.5, []
        for _index in range(chance.randint(1, 3)):
            product = chance.choice([
                test.product_stock, test.product_delivered, test.set, test.chest, test.product_service])
            is_dozen = product.type == 'consu' and chance.random() < 0.3
            tax = chance.choice(test.taxes)
            lines.append({
                'product_id': product.id, 'product_uom_qty': chance.randint(1, 2 if is_dozen else 12),
                'product_uom_id': (test.dozen if is_dozen else test.unit).id,
                'tax_ids': [Command.set(tax.ids)],
                # A hundredth of such a price is a number of cents, discounted and taxed.
                'price_unit': (4400 if tax.price_include else 4000) if is_exact else chance.randint(10, 30000) / 100,
                'discount': chance.choice([0, 0, 10, 25] if is_exact else [0, 0, 5, 12.5, 33.33])})
        pricelists = test.pricelists if is_exact else [*test.pricelists, test.pricelist_of_yen]
        pricelist = chance.choice([None, None, *pricelists])
        vals = {'pricelist_id': pricelist.id} if pricelist else {}
        order = test._confirm(test._new_order(lines=lines, **vals))
        self.log.append(f"{order.name} in {order.currency_id.name}, {self.warehouse.delivery_steps}: " + ", ".join(
            f"{line.product_uom_qty:g} {line.product_uom_id.name} {line.product_id.name} at {line.price_unit:g} "
            f"-{line.discount:g} % {line.tax_ids.name or ''}" for line in order.order_line))
        return Books(order, {
            line: {product: pieces * Fraction(line.product_uom_id.factor) for product, pieces in recipe.items()}
            for line in order.order_line if (recipe := self.get_recipe(line.product_id)) != {line.product_id: 1}
        }, is_exact)

    def get_recipe(self, product):
        """:return: dict product → pieces that one of a product consists of now"""
        if not product.bom_ids:
            return {product: Fraction(1)}
        recipe = {}
        for row in product.bom_ids.bom_line_ids:
            for part, pieces in self.get_recipe(row.product_id).items():
                recipe[part] = recipe.get(part, 0) + pieces * fraction(row.product_qty)
        return recipe

    # -- what is compared -----------------------------------------------------------------------------

    def check(self):
        test = self.test
        test.env.flush_all()
        test.env.invalidate_all()
        for books in self.books:
            test.assertFalse(
                books.get_faults(), "\n".join([f"{books.order.name} is not what its documents say.", *self.log]))

    def check_returnable(self, books):
        test = self.test
        ticket = test.env['order.ticket'].create({'subject': "Return", 'order_id': books.order.id})
        found = {product.name: fraction(quantity) for product, quantity in ticket._get_returnable_quantities().items()}
        expected = {product.name: quantity for product, quantity in books.get_returnable().items()}
        test.assertEqual(
            {name: quantity for name, quantity in found.items() if quantity},
            {name: quantity for name, quantity in expected.items() if quantity},
            "\n".join([f"{books.order.name} can return something else.", *self.log]))

    # -- goods ------------------------------------------------------------------------------------------

    def get_transfers(self, books, is_open, is_return=False):
        """:return: transfers of an order; those that lead to the customer or from there"""
        return books.order.picking_ids.filtered(lambda picking: (
            picking.state not in ('done', 'cancel') if is_open else picking.state == 'done'
        ) and any(move.location_id.usage == 'customer' for move in picking.move_ids) == is_return)

    def validate(self, picking, backorder):
        result = picking.with_context(
            skip_backorder=True, skip_sms=True, picking_ids_not_to_backorder=[] if backorder else picking.ids,
        ).button_validate()
        assert result is True, result

    def deliver(self, books):
        pickings = self.get_transfers(books, is_open=True).filtered(
            lambda picking: any(move.state in ('assigned', 'partially_available') for move in picking.move_ids)
            or picking.location_dest_id.usage == 'customer')
        if not pickings:
            return None
        picking = self.random.choice(pickings).with_user(self.test.user_stock)
        picking.action_assign()
        moves = picking.move_ids.filtered(lambda move: move.state == 'assigned')
        if not moves:
            return None
        is_whole, can_exceed = self.random.random() < 0.4, picking.location_id == self.warehouse.lot_stock_id
        quantities = []
        for move in moves:
            asked = int(move.product_uom_qty)
            most = asked + 1 if can_exceed and self.random.random() < 0.2 else asked
            quantities.append(asked if is_whole else self.random.randint(0, most))
        if not any(quantities):
            quantities[0] = int(moves[0].product_uom_qty)
        for move, quantity in zip(moves, quantities):
            move.write({'quantity': quantity, 'picked': bool(quantity)})
        backorder = self.random.random() < 0.8
        self.validate(picking, backorder)
        return f"{picking.name} moves {quantities}{'' if backorder else ', and the rest is cancelled'}"

    def get_return_dialog(self, books):
        """:return: core's dialog with quantities that may come back, and a text; None where nothing can"""
        pickings = self.get_transfers(books, is_open=False).filtered(
            lambda picking: picking.location_dest_id.usage == 'customer')
        if not pickings:
            return None
        picking = self.random.choice(pickings)
        wizard = Form(self.test.env['stock.return.picking'].with_user(self.test.user_stock).with_context(
            active_id=picking.id, active_ids=picking.ids, active_model='stock.picking')).save()
        refund = self.random.random() < 0.7
        for row in wizard.product_return_moves:
            left = row.move_id.quantity - sum(
                move.quantity if move.state == 'done' else move.product_uom_qty
                for move in row.move_id.returned_move_ids if move.state != 'cancel')
            row.write({'quantity': self.random.randint(0, max(int(left), 0)), 'to_refund': refund})
        if not any(wizard.product_return_moves.mapped('quantity')):
            return None
        text = f"of {picking.name} {wizard.product_return_moves.mapped('quantity')}"
        return wizard, text if refund else f"{text} without a credit"

    def take_back(self, books):
        open_returns = self.get_transfers(books, is_open=True, is_return=True)
        if open_returns:
            picking = open_returns[0]
            if self.random.random() < 0.2:
                picking.with_user(self.test.user_stock).action_cancel()
                return f"{picking.name} is cancelled"
            self.test._deliver(picking)
            return f"{picking.name} comes back"
        dialog = self.get_return_dialog(books)
        if not dialog:
            return None
        wizard, text = dialog
        picking = self.test.env['stock.picking'].browse(wizard.action_create_returns()['res_id'])
        if self.random.random() < 0.7:
            self.test._deliver(picking)
            text += " at once"
        return f"{picking.name} takes back {text}"

    def exchange(self, books):
        dialog = self.get_return_dialog(books)
        if not dialog:
            return None
        wizard, text = dialog
        picking = self.test.env['stock.picking'].browse(wizard.action_create_exchanges()['res_id'])
        if self.random.random() < 0.7:
            self.test._deliver(picking)
        return f"{picking.name} exchanges {text}"

    def send_again(self, books):
        returns = self.get_transfers(books, is_open=False, is_return=True).filtered(
            lambda picking: not picking.move_ids.returned_move_ids.filtered(lambda move: move.state != 'cancel'))
        if not returns:
            return None
        picking = self.random.choice(returns)
        wizard = Form(self.test.env['stock.return.picking'].with_user(self.test.user_stock).with_context(
            active_id=picking.id, active_ids=picking.ids, active_model='stock.picking')).save()
        for row in wizard.product_return_moves:
            row.write({'quantity': row.move_id.quantity, 'to_refund': row.move_id.to_refund})
        again = self.test.env['stock.picking'].browse(wizard.action_create_returns()['res_id'])
        return f"{again.name} will send again what {picking.name} brought"

    def cancel_rest(self, books):
        pickings = self.get_transfers(books, is_open=True)
        if not pickings:
            return None
        pickings.with_user(self.test.user_stock).action_cancel()
        return f"{', '.join(pickings.mapped('name'))} cancelled"

    def serve(self, books):
        lines = books.get_lines().filtered(lambda line: line.product_id.type == 'service')
        if not lines:
            return None
        line = self.random.choice(lines)
        quantity = self.random.randint(1, int(line.product_uom_qty))
        line.with_user(self.test.user_sales).qty_delivered = quantity
        books.services[line] = Fraction(quantity)
        return f"{quantity} of the service are done"

    def return_by_ticket(self, books):
        products = [product for product, pieces in books.get_returnable().items() if pieces >= 1]
        if not products:
            return None
        product = self.random.choice(products)
        quantity = self.random.randint(1, int(books.get_returnable()[product]))
        ticket = self.test.env['order.ticket'].create({
            'subject': "Return", 'order_id': books.order.id, 'product_id': product.id, 'quantity': quantity})
        ticket.action_create_return()
        for picking in ticket.return_picking_ids:
            self.test._deliver(picking)
        return f"a ticket takes back {quantity} {product.name}"

    def change_recipe(self, books):
        row = self.random.choice([*self.test.set.bom_ids.bom_line_ids, *self.test.box.bom_ids.bom_line_ids])
        row.product_qty = self.random.randint(1, 4)
        return f"{row.bom_id.product_tmpl_id.name} has {row.product_qty:g} {row.product_id.name}"

    # -- money ------------------------------------------------------------------------------------------

    def invoice(self, books):
        order = books.order
        try:
            with self.test.cr.savepoint():
                invoice = self.test._invoice(order)
        except UserError:
            return None
        return f"{invoice.move_type} of {invoice.amount_total:g}"

    def pay_down(self, books):
        if books.get_documents() or not books.order.amount_total:
            return None
        percent = self.random.choice([10, 25, 50])
        invoice = self.test._down_payment(books.order, percent)
        return f"down payment of {percent} %, {invoice.amount_total:g}"

    def pay(self, books):
        documents = books.get_documents().filtered(lambda move: move.amount_residual)
        if not documents:
            return None
        document = self.random.choice(documents)
        # Of a credit note what is left is paid back.
        part = self.random.choice([1, 1, 2, 4]) if document.move_type == 'out_invoice' else 1
        amount = document.currency_id.round(document.amount_residual / part)
        vals = {'amount': amount, 'currency_id': document.currency_id.id}
        own = self.test.company.currency_id
        if document.currency_id != own and self.random.random() < 0.5 and own.round(amount / 2) == amount / 2:
            vals = {'amount': amount / 2, 'currency_id': own.id}
        self.test._pay(document, **vals)
        books.money += fraction(amount) * (1 if document.move_type == 'out_invoice' else -1)
        return f"{amount:g} of {document.name} paid"

    def credit(self, books):
        invoices = books.get_documents().filtered(
            lambda move: move.move_type == 'out_invoice' and not move.reversal_move_ids
            and not move.invoice_line_ids.sale_line_ids.filtered('is_downpayment'))
        if not invoices:
            return None
        invoice = self.random.choice(invoices)
        if self.random.random() < 0.5:
            refund = self.test._credit(invoice)
        else:
            line = invoice.invoice_line_ids.filtered(lambda line: line.display_type == 'product')[0]
            refund = self.test._credit(invoice, quantity=min(line.quantity, 1))
        return f"{refund.amount_total:g} of {invoice.name} credited"

    def settle(self, books):
        if books.get_values()['state'] not in ('to_check', 'difference'):
            return None
        reason = None if books.get_values()['state'] == 'to_check' else "As agreed"
        books.settle()
        self.test._settle(books.order, reason)
        return f"settled{', with a reason' if reason else ''}"

    def offset(self, books):
        documents = books.get_documents().filtered(lambda move: move.amount_residual)
        refunds = documents.filtered(lambda move: move.move_type == 'out_refund')
        if not refunds or refunds == documents:
            return None
        invoice = self.random.choice(documents - refunds)
        self.test._reconcile(invoice, refunds[0])
        return f"{refunds[0].name} set off against {invoice.name}"
