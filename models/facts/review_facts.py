"""What a reviewer judges an order by: its form and the judgements, without a database."""
from odoo.tools import format_amount, format_date, formatLang

# From harmless to grave; None is a fact that nothing is said about.
LEVELS = (None, 'ok', 'warn', 'bad')

# A credit limit and a work centre are watched before they are full.
_CREDIT_NEAR = 80.0
_LOAD_NEAR = 85.0
# An invoice may be forgotten for a month.
_OVERDUE_GRAVE = 30


def get_worst(levels):
    """:return: the gravest of some levels, None without any"""
    return max((level or None for level in levels), key=LEVELS.index, default=None)


# -- judgements -------------------------------------------------------------------------------------


def get_discount(list_price, price):
    """:return: by how many percent ``price`` is below ``list_price``, negative above it; 0 without a list price"""
    return 100.0 * (1.0 - price / list_price) if list_price > 0 else 0.0


def get_margin(revenue, cost):
    """:return: percent of the revenue that the cost leaves; None without a revenue"""
    return 100.0 * (revenue - cost) / revenue if revenue > 0 else None


def judge_price(list_price, price, discount_limit=0.0, minimum=0.0):
    """Whether a price may be given.

    :param discount_limit: the largest discount in percent; 0 where there is none
    :param minimum: the lowest price in percent of the list price; 0 where there is none
    :return: ``bad`` below the lowest price, ``warn`` beyond the discount, None where nothing is limited
    """
    if list_price <= 0 or not (discount_limit or minimum):
        return None
    if minimum and price < list_price * minimum / 100.0 - 1e-6:
        return 'bad'
    if discount_limit and get_discount(list_price, price) > discount_limit + 1e-6:
        return 'warn'
    return 'ok'


def judge_margin(margin, minimum=0.0):
    """:return: ``bad`` for a loss, ``warn`` below the margin that is wanted, None without a margin"""
    if margin is None:
        return None
    if margin < 0:
        return 'bad'
    return 'warn' if minimum and margin < minimum - 1e-6 else 'ok'


def judge_credit(exposure, limit):
    """:return: ``bad`` beyond the limit, ``warn`` close to it, None without a limit"""
    if not limit:
        return None
    if exposure > limit:
        return 'bad'
    return 'warn' if exposure > limit * _CREDIT_NEAR / 100.0 else 'ok'


def judge_overdue(amount, days):
    """:return: ``warn`` where something is overdue, ``bad`` where that is so for longer than a month"""
    if amount <= 0:
        return 'ok'
    return 'bad' if days > _OVERDUE_GRAVE else 'warn'


def judge_date(date, promised):
    """:return: ``ok`` where a date comes in time, ``bad`` where it does not or is not known; None without a promise"""
    if not promised:
        return None
    return 'ok' if date and date <= promised else 'bad'


def judge_load(percent):
    """:return: whether a work centre has time left, None where it has no working hours"""
    if percent is None:
        return None
    if percent > 100.0:
        return 'bad'
    return 'warn' if percent > _LOAD_NEAR else 'ok'


# -- form -------------------------------------------------------------------------------------------
# What is empty is False, because XML-RPC knows no None.


def make_row(name, label, cell, note=None):
    """:return: dict of one fact: a cell with its name, its label and a remark"""
    return {'name': name, 'label': label, 'note': note or False, **cell}


def make_table(columns, rows):
    """:param columns: dict name → label
    :param rows: list of lists of cells, as many as there are columns; a cell may be None
    :return: dict of a table; a row is as grave as its gravest cell"""
    return {
        'columns': [{'name': name, 'label': label} for name, label in columns.items()],
        'rows': [
            {
                'level': get_worst(cell['level'] for cell in cells if cell) or False,
                'cells': [cell or False for cell in cells],
            } for cells in rows
        ],
    }


def make_section(name, title, rows=(), table=None):
    """:return: dict of facts under one title; as grave as the gravest of them"""
    rows = [row for row in rows if row]
    levels = [row['level'] for row in rows] + [row['level'] for row in (table or {'rows': ()})['rows']]
    return {'name': name, 'title': title, 'level': get_worst(levels) or False, 'rows': rows, 'table': table or False}


class FactWriter:
    """Writes values as cells: each has its kind, its value for machines and its text for people."""

    def __init__(self, env, currency):
        """:param currency: ``res.currency`` of amounts that name none"""
        self.env = env
        self.currency = currency

    def _make(self, kind, value, text, level, **details):
        return {'kind': kind, 'value': value, 'text': text, 'level': level or False, **details}

    def text(self, value, level=None):
        """:return: cell of a text, a dash where it is empty"""
        return self._make('text', value or False, value or "—", level)

    def amount(self, value, level=None, currency=None):
        """:return: cell of an amount of money"""
        currency = currency or self.currency
        return self._make(
            'amount', currency.round(value), format_amount(self.env, value, currency), level, currency=currency.name)

    def percent(self, value, level=None):
        """:return: cell of a percentage, a dash where it is None"""
        if value is None:
            return self._make('percent', False, "—", level)
        value = round(value, 1) + 0.0  # no “-0.0”
        text = self.env._("%(number)s %%", number=formatLang(self.env, value, digits=1))
        return self._make('percent', value, text, level)

    def date(self, value, level=None):
        """:return: cell of a date, a dash where there is none"""
        if not value:
            return self._make('date', False, "—", level)
        return self._make('date', value.isoformat(), format_date(self.env, value), level)

    def number(self, value, level=None):
        """:return: cell of a whole number"""
        return self._make('number', value, formatLang(self.env, value, digits=0), level)

    def hours(self, value, level=None):
        """:return: cell of a number of hours"""
        return self._make(
            'number', round(value, 1), self.env._("%(hours)s h", hours=formatLang(self.env, value, digits=1)), level)

    def days(self, value, level=None):
        """:return: cell of a number of days, a dash where it is None"""
        if value is None:
            return self._make('number', False, "—", level)
        return self._make('number', value, self.env._("%(days)s d", days=f"{value:g}"), level)

    def quantity(self, value, uom, level=None):
        """:return: cell of a quantity in a unit"""
        value = uom.round(value) + 0.0
        number = formatLang(self.env, value, digits=0) if float(value).is_integer() else formatLang(
            self.env, value, dp='Product Unit')
        return self._make('quantity', value, self.env._("%(quantity)s %(uom)s", quantity=number, uom=uom.name), level)

    def measure(self, value, unit, level=None):
        """:return: cell of a weight, a volume or the like"""
        return self._make('quantity', round(value, 3), f"{formatLang(self.env, value)} {unit}", level)

    def link(self, text, url, level=None):
        """:return: cell of a text that opens an address of this server"""
        return self._make('link', text, text, level, url=url)
