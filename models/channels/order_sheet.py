"""What is peculiar to the exports of platforms: fields of theirs that are none of an order, marks around values,
several rows or several products in one; without the ORM.

A known sheet says which of its columns hold what. :class:`SheetConverter` makes orders of the rows, as
:mod:`order_payload` reads them; :mod:`order_sheet_cells` reads what is in a cell, and :mod:`order_sheet_order` puts an
order together.
"""
from . import order_file
from .order_file import COLUMN_FIELDS
from .order_sheet_cells import clean_mark, plain_moment
from .order_sheet_order import Completion, get_items

_ADDRESS_FIELDS = [
    ('nick', "Name on the Platform"),
    ('last_name', "Last Name"),
    ('company', "Company"),
    ('phone2', "Another Phone"),
    ('street2', "Street, Continued"),
    ('district', "District"),
    ('state', "State or Province"),
    ('text', "Whole Address in One Cell"),
]
# What the columns of known sheets can hold besides.
SHEET_FIELDS = [
    ('status', "Order: Status"),
    ('cancelled_at', "Order: Cancelled At"),
    ('more_notes', "Order: Note with the Name of the Column"),
    ('amounts.shipping', "Order: Shipping Costs"),
    ('amounts.discount', "Order: Discount (Amount)"),
    ('amounts.change', "Order: Surcharge or Discount"),
    ('amounts.tax', "Order: Taxes"),
    ('amounts.refund', "Order: Refunded Amount"),
    ('amounts.total', "Order: Total"),
    *[('customer.' + field, "Customer: " + label) for field, label in _ADDRESS_FIELDS],
    *[('delivery_address.' + field, "Delivery Address: " + label) for field, label in _ADDRESS_FIELDS
      if field != 'nick'],
    ('lines.sku2', "Line: Another Internal Reference"),
    ('lines.product', "Line: [Internal Reference] Name"),
    ('lines.items', "Line: Several Products in One Cell"),
    ('lines.kinds', "Line: Number of Different Products"),
    ('lines.variant', "Line: Variant"),
    ('lines.status', "Line: Status"),
    ('lines.amount', "Line: Amount"),
    ('lines.discount_amount', "Line: Discount (Amount)"),
    ('lines.shipping', "Line: Shipping Costs"),
    ('lines.shipping_discount', "Line: Discount of Shipping Costs"),
    ('lines.charge', "Line: Other Charge"),
]
ALL_FIELDS = COLUMN_FIELDS + SHEET_FIELDS
_OWN_FIELDS = {field for field, _label in SHEET_FIELDS}

# Of these a file may have several columns.
REPEATED_FIELDS = {
    'status', 'more_notes', 'amounts.discount', 'lines.status', 'lines.items', 'lines.discount_amount', 'lines.charge',
    'lines.variant', 'customer.street2', 'delivery_address.street2'}

# What can stand for a field that every order needs, the most telling first.
ALTERNATIVES = {
    'customer.name': ('customer.name', 'customer.company', 'customer.nick', 'customer.text', 'delivery_address.name',
                      'delivery_address.company', 'delivery_address.text'),
    'lines.sku': ('lines.sku', 'lines.sku2', 'lines.product', 'lines.items', 'lines.name'),
    'lines.quantity': ('lines.quantity', 'lines.items'),
}

# What is made of other columns.
SOURCES = {
    'lines.unit_price': ('lines.amount', 'lines.items'),
    'lines.discount': ('lines.discount_amount', 'amounts.discount'),
    'customer.phone': ('customer.phone2', 'delivery_address.phone', 'delivery_address.phone2'),
    'delivery_address.phone': ('delivery_address.phone2',),
}

# Less is a matter of how computers calculate.
SMALLEST = 1e-9

_NUMBERS = {
    field for field, _label in SHEET_FIELDS
    if field.startswith('amounts.') or field in (
        'lines.amount', 'lines.discount_amount', 'lines.shipping', 'lines.shipping_discount', 'lines.charge',
        'lines.kinds')}
# All columns that have a decimal sign.
NUMBER_FIELDS = _NUMBERS | set(order_file.NUMBER_FIELDS)
# In front of these spreadsheets and platforms write an apostrophe, so that they stay as they are.
_CODES = {'reference', 'lines.sku', 'lines.sku2', 'customer.ref', 'customer.vat'} | {
    f'{container}.{key}' for container in ('customer', 'delivery_address') for key in ('zip', 'phone', 'phone2')}


class SheetConverter(order_file.Converter):
    """Turns the rows of a file into orders, those of a known sheet by what is peculiar to it."""

    def __init__(self, fields, *args, sheet=None, find_products=None, digits=2, decimal_places=None, **kwargs):
        """
        :param sheet: :class:`Sheet` of a file that is known, else None
        :param find_products: function of a set of names of products that returns a dict name → internal reference
        :param digits: decimal places of prices
        :param decimal_places: dict field → how many decimals of it an order keeps
        """
        super().__init__(fields, *args, **kwargs)
        self.sheet = sheet
        # Taken where the company has a pricelist in it, which is told.
        self.currency = sheet and sheet.currency
        self.find_products = find_products
        self.digits = digits
        self.decimal_places = decimal_places or {}
        self.codes_by_name = {}
        self.is_special = bool(sheet) or any(field in _OWN_FIELDS for _index, field in self.columns)
        # Several columns of one field are kept apart until they are put together.
        self.columns = [
            (index, f'{field}#{index}' if field in REPEATED_FIELDS else field) for index, field in self.columns]

    # -- values ---------------------------------------------------------------------------------

    def convert(self, field, cell, decimal=None):
        name = field.partition('#')[0]
        cell = clean_mark(cell, name in _CODES)
        if not self.is_special or cell is None or cell == '':
            return super().convert(name, cell, decimal)
        if name in _NUMBERS or name == 'lines.unit_price':
            return self.convert_number(cell, decimal)
        if name in ('received_at', 'promised_date') and isinstance(cell, str):
            cell = plain_moment(cell)
        return super().convert(name, cell, decimal)

    def convert_number(self, cell, decimal=None):
        """:return: float of an amount, also with a unit of money; its text where it is none"""
        return order_file.Converter.convert(self, 'lines.unit_price', cell, decimal)

    def find_fault(self, field, cell, value, decimal):
        if isinstance(cell, str) and not cell[:1].isalnum():
            cell = clean_mark(cell, field in _CODES)
        fault = super().find_fault(field, cell, value, decimal)
        return fault or ('decimals' if self.is_cut(field, value) else None)

    def is_cut(self, field, value):
        """:return: whether a number has more decimals than an order keeps"""
        return isinstance(value, float) and field in self.decimal_places and (
            abs(round(value, self.decimal_places[field]) - value) > SMALLEST)

    def _get_currency(self, cell):
        return super()._get_currency(clean_mark(cell))

    def get_name(self, field):
        return self.get_heading(field)

    # -- rows -----------------------------------------------------------------------------------

    def get_reference(self, cells):
        return order_file.to_text(clean_mark(super().get_reference(cells), True))

    def get_references(self, rows):
        """:param rows: iterable of lists of cells, in the order of the file
        :return: list of the references of rows; one that continues the order above has the same"""
        references, last = [], ''
        for cells in rows:
            reference = self.get_reference(cells)
            if not reference and self.sheet and self.sheet.is_continued:
                reference = last
            references.append(reference)
            last = reference
        return references

    def build_orders(self, rows):
        if not self.is_special:
            return super().build_orders(rows)
        groups = {}
        for (number, cells), reference in zip(rows, self.get_references([cells for _number, cells in rows])):
            groups.setdefault(reference or number, []).append((number, cells))
        orders = [self._build_order(reference, group) for reference, group in groups.items()]
        self._find_codes(orders)
        return [self._complete(order) for order in orders]

    def _find_codes(self, orders):
        """Look up the products that are given by their names only."""
        names = {
            name for order in orders for line in order.payload['lines']
            for item in get_items(line) or [line] if item and not item.get('sku') and not item.get('product')
            if (name := item.get('name'))}
        names |= {
            item['sku'] for order in orders for line in order.payload['lines'] for item in get_items(line) or ()
            if item and 'name' not in item and 'sku' in item}
        if names and self.find_products:
            self.codes_by_name = self.find_products(names)

    def _complete(self, order):
        """:return: :class:`order_file.FileOrder` without the fields that only sheets have"""
        return Completion(self, order).complete()

    def get_heading(self, field):
        """:return: the name of the column of a field such as ``status#3``"""
        index = next((index for index, name in self.columns if name == field), None)
        return self.headings[index] if index is not None and index < len(self.headings) else field
