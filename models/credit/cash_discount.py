"""Which of what entries take off documents is a cash discount that was agreed; amounts in one currency."""
from typing import NamedTuple


class Entry(NamedTuple):
    """An entry that settles documents, and was made in the time in which they grant a discount."""
    settled: dict  # document → how much of it the entry settles
    total: float  # all that the entry settles
    reduced: float  # how much of that is taken off, and not paid
    rounding: float  # what a rounding of amounts may be


def grant_discounts(rates, entries):
    """Find what the terms of documents grant of what entries take off them.

    What is granted is at most what the terms take off what was settled, and off what was paid for it. An entry takes
    off where a discount is granted before it does elsewhere.

    :param rates: dict document → which part of it its terms take off, above 0 and below 1
    :param entries: dict entry → :class:`Entry`, the earlier first, with settled amounts of these documents only
    :return: dict entry → pair of a dict document → part of what it settles of the document that is granted, and the
        part of all that it settles that is taken off beside
    """
    allowed = {
        key: sum(rates[document] * amount for document, amount in entry.settled.items())
        for key, entry in entries.items()}
    taken = {
        (key, document): (
            entry.reduced * rates[document] * amount / allowed[key] if _is_covered(entry, allowed[key])
            else entry.reduced * amount / entry.total)
        for key, entry in entries.items() for document, amount in entry.settled.items()}
    left = {}
    for document, rate in rates.items():
        settled = sum(entry.settled.get(document, 0.0) for entry in entries.values())
        paid = settled - sum(taken.get((key, document), 0.0) for key in entries)
        left[document] = max(min(rate * settled, rate / (1 - rate) * paid), 0.0)
    result = {}
    for key, entry in entries.items():
        parts, rest = {}, entry.reduced
        for document, amount in entry.settled.items():
            granted = min(left[document], taken[key, document] if _is_covered(entry, allowed[key]) else rest)
            if abs(granted - rates[document] * amount) <= entry.rounding:
                granted = rates[document] * amount
            left[document] = max(left[document] - granted, 0.0)
            rest -= granted
            parts[document] = granted / amount
        result[key] = parts, rest / entry.total if rest > entry.rounding else 0.0
    return result


def _is_covered(entry, allowed):
    """:return: bool, whether an entry takes off no more than the discounts that may be granted"""
    return allowed > 0 and entry.reduced <= allowed + entry.rounding
