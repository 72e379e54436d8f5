"""From when the goods of an order are there: from stock, from what is on its way, made or bought. No database."""
from typing import NamedTuple

EPSILON = 1e-9


class Recipe(NamedTuple):
    """How a product is put together: ``kit`` is delivered as its parts, otherwise it is made."""
    is_kit: bool
    days: float
    parts: tuple  # of pairs (product, quantity for one)


class Source(NamedTuple):
    """From whom a product is bought, and how many days that takes."""
    name: str
    days: float


def get_first_covered(projection, quantity):
    """From when on a projected stock covers a quantity.

    :param projection: list of pairs (day, quantity that is projected from then on), sorted by day
    :return: the first day after which the projection never falls below ``quantity``; None where it does not reach it
    """
    first = None
    for day, projected in reversed(projection):
        if projected < quantity - EPSILON:
            break
        first = day
    return first


class MaterialPlan:
    """What one order takes from stock, has made and has bought, and on which day it is all there.

    Days are counted from today. Products are any hashable. What one line takes is no longer free for the next.
    """

    def __init__(self, free=None, projections=None, recipes=None, sources=None):
        """
        :param free: dict product → quantity that is free now; a product that is missing is always there
        :param projections: dict product → projection, as :func:`get_first_covered` takes it
        :param recipes: dict product → :class:`Recipe`
        :param sources: dict product → :class:`Source`
        """
        self.free = free or {}
        self.projections = projections or {}
        self.recipes = recipes or {}
        self.sources = sources or {}
        self.needed = {}  # product → quantity
        self.made = {}  # product → quantity
        self.bought = {}  # product → quantity
        self.days = {}  # product → day on which the last of it is there, None where nobody knows

    def add(self, product, quantity, _path=()):
        """Plan one more need.

        :return: the day on which it is there; None where nobody supplies what is short
        """
        recipe = None if product in _path else self.recipes.get(product)
        if recipe and recipe.is_kit:
            return self._get_last(
                self.add(part, quantity * share, (*_path, product)) for part, share in recipe.parts)
        before = self.needed.get(product, 0.0)
        self.needed[product] = before + quantity
        day = self._get_day(product, before, quantity, recipe, _path)
        self.days[product] = self._get_last([self.days.get(product, 0), day])
        return day

    def _get_day(self, product, before, quantity, recipe, path):
        if product not in self.free:
            return 0
        short = quantity - max(self.free[product] - before, 0.0)
        if short <= EPSILON:
            return 0
        covered = get_first_covered(self.projections.get(product, ()), before + quantity)
        if covered is not None:
            return covered
        if recipe:
            self.made[product] = self.made.get(product, 0.0) + short
            start = self._get_last(self.add(part, short * share, (*path, product)) for part, share in recipe.parts)
            return None if start is None else start + recipe.days
        self.bought[product] = self.bought.get(product, 0.0) + short
        source = self.sources.get(product)
        return source.days if source else None

    @staticmethod
    def _get_last(days):
        """:return: the last of some days, None if one of them is not known; 0 without any"""
        days = list(days)
        return None if None in days else max(days, default=0)
