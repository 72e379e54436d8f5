"""An order of a known sheet on its way from the columns of a platform to the payload of an order; without the ORM.

What a platform says and an order has no place for is written into the note of the order, or told of its rows.
"""
import re
from collections import namedtuple

from odoo.tools import float_compare, float_round
from odoo.tools.translate import LazyTranslate

from . import order_address, order_file
from .order_file_orders import NO_PRICE, Remark, describe_fault
from .order_payload import Problem
from .order_sheet_cells import (
    format_money,
    is_number,
    join_names,
    join_parts,
    simplify_status,
    split_items,
)

_lt = LazyTranslate(__name__)

# How the files of a platform are read, from ``order.channel.sheet``; ``shipping_sku`` is the product of its shipping
# costs, ``statuses`` are those that are no orders, in the form of :func:`simplify_status`; ``currency`` is the one of
# files that name none, ``other_currency`` that of the company where no pricelist has the first.
Sheet = namedtuple(
    'Sheet', ('is_continued', 'statuses', 'shipping_sku', 'currency', 'other_currency'),
    defaults=(False, frozenset(), None, None, None))

# What makes an address a place.
_PLACE = {'street', 'city', 'zip', 'country'}

CENTS = 2


class Completion:
    """One order of a known sheet on its way to a payload."""

    def __init__(self, converter, order):
        self.converter = converter
        self.sheet = converter.sheet or Sheet()
        self.order = order
        self.payload = order.payload
        self.problems = list(order.problems)
        self.remarks = list(order.remarks)
        self.notes = []
        self.lines, self.line_numbers = [], []
        self.shipping = 0
        # Discounts that the lines have got, and those of rows without a product.
        self.line_discount = 0
        self.other_discount = 0
        self.is_discount_noted = False
        # Whether what the lines say is without the discounts of the order already.
        self.is_net = False
        # Why a line was left out.
        self.left_out = None
        # What the lines are before discounts of the whole order; None where one has no price of its own.
        self.goods = 0.0

    def complete(self):
        if reason := self._get_skip_reason():
            return self.order._replace(problems=[], remarks=[], skipped=reason)
        amounts = self.payload.pop('amounts', {})
        for line, number in zip(self.payload['lines'], self.order.line_numbers):
            self._add_line(line, number)
        if self.left_out and not self.lines and not self.problems:
            return self.order._replace(problems=[], remarks=[], skipped=self.left_out)
        for container in ('customer', 'delivery_address'):
            if container in self.payload:
                self._complete_address(container)
        self._complete_customer()
        self._complete_currency()
        self._add_amounts(amounts)
        self._add_notes()
        self.payload['lines'] = self.lines
        return self.order._replace(
            payload=self.payload, line_numbers=self.line_numbers, problems=self.problems, remarks=self.remarks)

    # -- what is no order -----------------------------------------------------------------------

    def _get_skip_reason(self):
        """:return: why it is no order, None if it is one"""
        cancelled = self.payload.pop('cancelled_at', None)
        statuses = self._pop(self.payload, 'status')
        if cancelled:
            return _lt("The order was cancelled on the platform (%(date)s): it is not imported.", date=str(cancelled))
        return self._get_reason(statuses)

    def _get_reason(self, statuses):
        """:param statuses: list of pairs (name of the column, status)
        :return: why one of them is that of no order, None if none is
        """
        return next(filter(None, (self._get_status_reason(status) for _heading, status in statuses)), None)

    def _get_status_reason(self, status):
        text = simplify_status(str(status))
        for word in self.sheet.statuses:
            if is_status(text, word):
                return _lt("The status on the platform is “%(status)s”: this is not imported.", status=str(status))
        return None

    # -- lines ----------------------------------------------------------------------------------

    def _add_line(self, line, number):
        statuses = self._pop(line, 'status', 'lines.')
        if reason := self._get_reason(statuses):
            self.left_out = reason
            self.remarks.append(Remark(number, reason, True))
            return
        self._take_charges(line, number)
        kinds = line.pop('kinds', None)
        if is_number(kinds) and kinds > 1:
            self._refuse(number, 'lines.kinds', _lt(
                "The row has %(count)s different products, and does not say how many of each: export the products of "
                "the orders instead.", count=int(kinds)))
        cells = self._pop(line, 'items', 'lines.')
        if not cells:
            self._add_item(line, number)
            return
        for heading, text in cells:
            items = split_items(text)
            if None in items:
                self._refuse(number, 'lines.items', _lt(
                    "“%(field)s” cannot be read: write each product with its quantity, such as CHAIR × 2; DESK × 1.",
                    field=heading))
            for item in filter(None, items):
                self._add_item({**line, **self._read_item(item, heading, number)}, number)

    def _read_item(self, item, heading, number):
        """
        :param heading: name of the column with the products
        :return: line of one of several products; what it costs less than before is a discount of its own
        """
        convert = self._read_number
        line = {key: value for key, value in item.items() if key in ('sku', 'name')} | {
            key: convert(item[key]) for key in ('quantity', 'unit_price', 'amount') if key in item}
        whole = convert(item['whole']) if 'whole' in item else None
        if is_number(whole) and is_number(line.get('amount')) and whole > line['amount']:
            line.update({'amount': whole, 'discount_amount': float_round(
                whole - line['amount'], precision_digits=CENTS)})
        elif 'amount' in line:
            self.is_net = True
        if self.converter.is_cut('lines.quantity', line['quantity']):
            self._refuse(number, 'lines.items', describe_fault('decimals', heading, item['quantity']))
        return line

    def _read_number(self, text):
        """:return: float of a number in a cell with several products, which a program has written, else its text"""
        number = order_file.read_number(text)
        if number is None or number.currency is not None or number.percent or (
                self.converter.decimal == ',' and None not in (number.point, number.comma)
                and number.point != number.comma):
            return text
        return number.comma if number.point is None else number.point

    def _take_charges(self, line, number):
        """What a row says of shipping costs and other charges is summed up."""
        for key, sign in (('shipping', 1), ('shipping_discount', -1)):
            value = line.pop(key, None)
            if value is not None and self._check_number(value, number, f'lines.{key}'):
                self.shipping += sign * abs(value)
        for heading, value in self._pop(line, 'charge', 'lines.'):
            if self._check_number(value, number, 'lines.charge', heading) and value:
                self._note_amount(heading, value, number)

    def _add_item(self, line, number):
        if product := line.pop('product', None):
            self._take_product(line, str(product))
        if (other := line.pop('sku2', None)) and not line.get('sku'):
            line['sku'] = other
        if not line.get('sku') and not line.get('quantity') and not line.get('unit_price') and not line.get('amount'):
            # The rest of a row above, or a text between the lines.
            if name := line.get('name'):
                self.notes.append(str(name))
            for heading, value in self._pop(line, 'discount_amount', 'lines.'):
                if self._check_number(value, number, 'lines.discount_amount', heading):
                    self.other_discount += abs(value)
            return
        variants = [str(value) for _heading, value in self._pop(line, 'variant', 'lines.')]
        # A product is called by its name where it has no reference; of several in one cell either may be meant.
        called = line.get('name') if not line.get('sku') else line['sku'] if 'name' not in line else None
        if code := self.converter.codes_by_name.get(called):
            line['sku'] = code
        if variants:
            name = line.get('name') or line.get('sku') or ''
            line['name'] = f"{name} ({', '.join(variants)})" if name else ', '.join(variants)
        self._settle(line, number)
        self.lines.append(line)
        self.line_numbers.append(number)

    def _take_product(self, line, text):
        """Odoo calls a product by its reference in brackets and its name."""
        match = re.match(r'\[([^\[\]]{1,64})\]', text)
        if match:
            line.setdefault('sku', match[1].strip())
        if 'name' not in line:
            line['name'] = match and text[match.end():].strip() or text

    def _settle(self, line, number):
        """Find the price of one piece, where the row gives an amount, and the discount in percent."""
        amount = line.pop('amount', None)
        is_priced = amount is not None
        discounts = self._pop(line, 'discount_amount', 'lines.')
        quantity = line.get('quantity')
        if not is_number(quantity) or quantity <= 0:
            self.goods = None
            return
        if amount is not None and not self._check_number(amount, number, 'lines.amount'):
            amount = None
        elif amount is not None and 'unit_price' not in line:
            line['unit_price'] = float_round(amount / quantity, precision_digits=self.converter.digits)
            self._check_amount(line, amount, number)
            amount = None
        if not all(
                self._check_number(value, number, 'lines.discount_amount', heading) for heading, value in discounts):
            self.goods = None
            return
        price = line.get('unit_price')
        if price is None:
            if not is_priced:
                self.remarks.append(Remark(number, NO_PRICE))
            self.goods = None
            return
        if not is_number(price):
            self.goods = None
            return
        discount = sum(abs(value) for _heading, value in discounts)
        if amount is not None and not discount and not line.get('discount'):
            # What a row comes to is less than its pieces.
            discount = max(float_round(price * quantity - amount, precision_digits=CENTS), 0)
        if discount:
            if line.get('discount'):
                # One in percent is there already.
                self.other_discount += discount
            else:
                self.line_discount += discount
                self._take_off(line, discount, number)
        if amount is not None and float_compare(self._get_net(line), amount, precision_digits=CENTS):
            self._compare_amount(line, price, amount, number)
        if self.goods is not None:
            self.goods += self._get_net(line)

    def _take_off(self, line, discount, number):
        """Write the discount of a line in percent, else take it off its price."""
        quantity, price = line['quantity'], line['unit_price']
        whole = float_round(price * quantity, precision_digits=CENTS)
        net = float_round(whole - discount, precision_digits=CENTS)
        if net < 0:
            self._refuse(number, 'lines.discount_amount', _lt(
                "The discount, %(discount)s, is more than the price of the line, %(price)s.",
                discount=format_money(discount), price=format_money(whole)))
            return
        percent = float_round(100 * discount / whole, precision_digits=2) if whole else 0
        if float_compare(whole * (1 - percent / 100), net, precision_digits=CENTS) == 0:
            line['discount'] = percent
            return
        line['unit_price'] = float_round(net / quantity, precision_digits=self.converter.digits)
        self.remarks.append(Remark(number, _lt(
            "The discount of %(discount)s is taken off the price: %(before)s becomes %(after)s.",
            discount=format_money(discount), before=format_money(price), after=format_money(line['unit_price']))))
        self._check_amount(line, net, number)

    def _compare_amount(self, line, price, amount, number):
        """An amount beside a price may be that before or after the discount of the row.

        :param price: before what was taken off it
        """
        whole = float_round(price * line['quantity'], precision_digits=CENTS)
        if float_compare(whole, amount, precision_digits=CENTS):
            self._check_amount(line, amount, number)

    def _check_amount(self, line, amount, number):
        product = float_round(line['unit_price'] * line['quantity'], precision_digits=CENTS)
        if float_compare(product, amount, precision_digits=CENTS):
            self.remarks.append(Remark(number, _lt(
                "The amount of the row is %(amount)s, and %(quantity)s × %(price)s is %(product)s.",
                amount=format_money(amount), quantity=order_file.to_text(line['quantity']),
                price=format_money(line['unit_price']), product=format_money(product))))

    @staticmethod
    def _get_net(line):
        return float_round(
            line['unit_price'] * line['quantity'] * (1 - line.get('discount', 0) / 100)
            if is_number(line.get('discount', 0)) else line['unit_price'] * line['quantity'], precision_digits=CENTS)

    # -- addresses ------------------------------------------------------------------------------

    def _complete_address(self, container):
        """Put the parts of an address together."""
        address = self.payload[container]
        if text := address.pop('text', None):
            for key, value in order_address.split_address(str(text)).items():
                if address.setdefault(key, value) != value:
                    self._note(self.converter.get_heading(f'{container}.text'), value)
        self._complete_phone(container, address)
        if last := address.pop('last_name', None):
            address['name'] = join_names(address.get('name', ''), last)
        if company := address.pop('company', None):
            self._complete_company(container, address, company)
        streets = [address.pop('district', None), address.pop('street', None)] + [
            value for _heading, value in self._pop(address, 'street2')]
        if streets := [street for street in streets if street]:
            address['street'] = join_parts(streets, ', ')
        if state := address.pop('state', None):
            city = address.get('city', '')
            if 'country' not in address and (code := order_address.get_country(state)):
                address['country'] = code
            if not city:
                address['city'] = state
            elif not is_same_place(city, state):
                address['city'] = join_parts([state, city] if order_address.is_han(city) else [city, state], ', ')

    def _complete_phone(self, container, address):
        """Another number takes the place of one that is missing or masked; what is left over is noted."""
        numbers = [
            (key, address.pop(key)) for key in ('phone', 'phone2') if address.get(key)]
        chosen = next((number for _key, number in numbers if '*' not in number), None)
        if chosen:
            address['phone'] = chosen
        for key, number in numbers:
            if number != chosen:
                self._note(self.converter.get_heading(f'{container}.{key}'), number)

    def _complete_company(self, container, address, company):
        name = address.get('name')
        if container == 'delivery_address':
            address['name'] = f'{company}, {name}' if name and name != company else company
            return
        address['name'] = company
        if name and name != company:
            self._note(self.converter.get_heading('customer.name'), name)

    def _complete_customer(self):
        """Who is the customer, where a platform names the recipient only, or a name on the platform."""
        customer, delivery = self.payload['customer'], self.payload.get('delivery_address', {})
        nick = customer.pop('nick', None)
        if nick and not customer.get('name'):
            customer['name'] = nick
        elif nick and nick != customer['name']:
            self._note(self.converter.get_heading('customer.nick'), nick)
        name = customer.get('name')
        if delivery.get('name') and (not name or name == delivery['name'] and not customer.keys() & _PLACE):
            # Who gets the goods at his own place.
            for key, value in delivery.items():
                customer.setdefault(key, value)
        if not customer.get('phone') and not customer.get('email') and delivery.get('phone'):
            customer['phone'] = delivery['phone']
        if delivery and all(customer.get(key) == value for key, value in delivery.items()):
            # One address, which the customer may have in full; an order still says where it goes.
            delivery.update({key: value for key, value in customer.items() if key != 'vat'})
        if delivery and not delivery.keys() & _PLACE and delivery.get('name', name) == customer.get('name'):
            # A name without a place says nothing of the delivery.
            del self.payload['delivery_address']
            if delivery.get('phone', customer.get('phone')) != customer.get('phone'):
                self._note(self.converter.get_heading('delivery_address.phone'), delivery['phone'])

    def _complete_currency(self):
        """Orders of a platform are in its currency, where the company has a pricelist in it."""
        if 'currency' in self.payload or not self.sheet.currency:
            return
        if self.sheet.other_currency:
            self.remarks.append(Remark(self.order.numbers[0], _lt(
                "The amounts of this sheet are in %(currency)s; without a pricelist in it the order is in %(other)s.",
                currency=self.sheet.currency, other=self.sheet.other_currency)))
        else:
            self.payload['currency'] = self.sheet.currency

    # -- amounts of the whole order -------------------------------------------------------------

    def _add_amounts(self, amounts):
        number = self.order.numbers[0]
        discounts = self._pop(amounts, 'discount', 'amounts.')
        fields = [('amounts.discount', value, heading) for heading, value in discounts] + [
            (f'amounts.{key}', value, None) for key, value in amounts.items()]
        # Each of them is told.
        if [field for field, value, heading in fields if not self._check_number(value, number, field, heading)]:
            return
        change = amounts.get('change', 0)
        if change > 0:
            self._note_amount(self._get_heading('amounts.change'), change, number)
        shipping = abs(amounts.get('shipping', 0)) + self.shipping
        # The discount of the order has in it what the lines say of theirs.
        discount = self.other_discount - min(change, 0) - min(shipping, 0) + (0 if self.is_net else max(
            sum(abs(value) for _heading, value in discounts) - self.line_discount, 0))
        if discount > 0.004:
            heading = discounts[0][0] if discounts else self._get_heading('amounts.change', 'lines.discount_amount')
            self._spread(discount, heading, number)
        if self.goods is not None:
            self.goods = sum(map(self._get_net, self.lines))
        if shipping > 0.004:
            self._add_shipping(shipping, number)
        if refund := amounts.get('refund'):
            self.remarks.append(Remark(number, _lt(
                "%(amount)s has been refunded on the platform: the order is imported as it was placed.",
                amount=format_money(abs(refund)))))
        others = max(shipping, 0) + max(change, 0) - (discount if self.is_discount_noted else 0)
        self._compare_total(amounts, others, number)

    def _spread(self, discount, heading, number):
        """Give the lines the discount of the whole order where that comes out even, else note it."""
        priced = self.goods is not None and self.lines and not any(line.get('discount') for line in self.lines)
        whole = sum(map(self._get_net, self.lines)) if priced else 0
        if priced and len(self.lines) == 1 and whole >= discount:
            self._take_off(self.lines[0], discount, self.line_numbers[0])
            return
        percent = float_round(100 * discount / whole, precision_digits=2) if whole > discount else 0
        if percent:
            spread = sum(self._get_net({**line, 'discount': percent}) for line in self.lines)
            if float_compare(spread, whole - discount, precision_digits=CENTS) == 0:
                for line in self.lines:
                    line['discount'] = percent
                self.remarks.append(Remark(number, _lt(
                    "The discount of %(amount)s is spread over the lines: %(percent)s %%.",
                    amount=format_money(discount), percent=order_file.to_text(percent))))
                return
        self.is_discount_noted = True
        self._note_amount(heading, discount, number)

    def _add_shipping(self, shipping, number):
        heading = self._get_heading('amounts.shipping', 'lines.shipping')
        if not self.sheet.shipping_sku:
            self._note_amount(heading, shipping, number)
            return
        self.lines.append({'sku': self.sheet.shipping_sku, 'quantity': 1, 'unit_price': float_round(
            shipping, precision_digits=self.converter.digits)})
        self.line_numbers.append(number)

    def _compare_total(self, amounts, others, number):
        """Tell of an order whose lines do not come to the total of the platform, with or without its taxes.

        :param others: what is in no line
        """
        total = amounts.get('total')
        if total is None or self.goods is None or not self.lines:
            return
        expected = self.goods + others
        possible = (expected, expected + amounts.get('tax', 0))
        if not any(float_compare(value, total, precision_digits=CENTS) == 0 for value in possible):
            self.remarks.append(Remark(number, _lt(
                "The total of the platform is %(total)s, and lines, shipping costs and discounts come to %(sum)s.",
                total=format_money(total), sum=format_money(expected))))

    # -- notes ----------------------------------------------------------------------------------

    def _add_notes(self):
        for heading, value in self._pop(self.payload, 'more_notes'):
            if value not in (0, '0', '0.00'):
                self._note(heading, order_file.to_text(value))
        if self.notes:
            note = self.payload.get('note')
            self.payload['note'] = '\n'.join([note] * bool(note) + self.notes)

    def _note(self, heading, text):
        self.notes.append(f'{heading}: {text}')

    def _note_amount(self, heading, amount, number):
        """What is no part of the lines is written into the note, and told."""
        self._note(heading, format_money(amount))
        self.remarks.append(Remark(number, _lt(
            "“%(heading)s”, %(amount)s, is in no line: it is written into the note of the order.",
            heading=heading, amount=format_money(amount))))

    # -- tools ----------------------------------------------------------------------------------

    def _pop(self, container, field, prefix=''):
        """:return: list of pairs (name of the column, value) of the columns of a field, taken out of a dict"""
        keys = [key for key in container if key.partition('#')[0] == field]
        return [(self.converter.get_heading(prefix + key), container.pop(key)) for key in keys]

    def _get_heading(self, *fields):
        """:return: the name of the first column that holds one of these fields"""
        names = {name.partition('#')[0]: name for _index, name in reversed(self.converter.columns)}
        return next((self.converter.get_heading(names[field]) for field in fields if field in names), fields[0])

    def _check_number(self, value, number, field, heading=None):
        """:param heading: name of the column, where several hold the field"""
        if is_number(value):
            return True
        # What a cell with several products says has no column of its own.
        self._refuse(number, field, _lt(
            "“%(field)s” must be a number.", field=heading or self._get_heading(field, 'lines.items')))
        return False

    def _refuse(self, number, field, message):
        self.problems.append((number, Problem('invalid_value', field, message)))


def is_status(text, word):
    """:return: whether a status is one of a list, where a star at an end of it stands for anything"""
    core = word.strip('*')
    if word.startswith('*'):
        return core in text if word.endswith('*') else text.endswith(core)
    return text.startswith(core) if word.endswith('*') else text == word


def is_same_place(city, state):
    """Whether a city is a region itself, as 上海市 is in 上海."""
    return city == state or city.removesuffix("市") == state.removesuffix("市") or city.startswith(state)


def get_items(line):
    """:return: list of the products in the cells of a row that hold several, as ``split_items`` gives them"""
    return [item for key, text in line.items() if key.startswith('items') for item in split_items(text)]
