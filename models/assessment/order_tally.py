from typing import NamedTuple

from odoo.fields import Domain


class Facts(NamedTuple):
    """What a computed indicator looks at: the numbers and the evidence behind them come from this alone."""
    model: str  # name of the model that holds the facts
    domain: Domain  # the facts that count
    success: Domain  # those of them that are as they should be
    person: str  # field with the user whose fact it is
    role: str | None = None  # field with the role whose fact it is; None where the indicator has the role
    points: str | None = None  # field with the points of each fact; without one a success is one point
    best: float = 1.0  # points that a fact can have at most


class Tally(tuple):
    """A pair (numerator, denominator) that remembers the records behind it."""

    def __new__(cls, numerator, denominator, model=False, case_ids=(), failed_ids=()):
        """
        :param model: name of the model of the records
        :param case_ids: ids of all records that count
        :param failed_ids: ids of those that are not as they should be
        """
        tally = super().__new__(cls, (numerator, denominator))
        tally.model = model
        tally.case_ids = list(case_ids)
        tally.failed_ids = list(failed_ids)
        return tally

    def __add__(self, other):
        return Tally(
            self[0] + other[0], self[1] + other[1], self.model,
            self.case_ids + other.case_ids, self.failed_ids + other.failed_ids)
