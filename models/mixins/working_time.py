from bisect import bisect_left, bisect_right
from datetime import datetime, timedelta
from itertools import accumulate

_EPOCH = datetime(1970, 1, 1)


class WorkingTime:
    """Working time over a span, cumulated once and bisected for each question."""

    def __init__(self, intervals):
        """:param intervals: sorted, disjoint pairs of naive UTC datetimes"""
        self.starts = [start for start, _stop in intervals]
        self.stops = [stop for _start, stop in intervals]
        durations = [(stop - start).total_seconds() / 3600 for start, stop in intervals]
        self.before = [0.0, *accumulate(durations)]

    def hours_until(self, moment):
        """Working hours from the beginning of the span to ``moment``."""
        index = bisect_right(self.starts, moment)
        if not index:
            return 0.0
        elapsed = (min(moment, self.stops[index - 1]) - self.starts[index - 1]).total_seconds() / 3600
        return self.before[index - 1] + elapsed

    def hours_between(self, start, stop):
        """Working hours between two moments of the span."""
        return self.hours_until(stop) - self.hours_until(start)

    def moment_after(self, hours):
        """The moment at which ``hours`` working hours of the span have passed, None beyond its end."""
        index = bisect_left(self.before, hours - 1e-9, 1) - 1
        if index >= len(self.starts):
            return None
        return self.starts[index] + timedelta(hours=max(hours - self.before[index], 0.0))


def join(intervals):
    """:param intervals: pairs of datetimes in any order, which may overlap
    :return: list of the same time in sorted, disjoint pairs
    """
    joined = []
    for start, stop in sorted(intervals):
        if start >= stop:
            continue
        if joined and start <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(joined[-1][1], stop)
        else:
            joined.append((start, stop))
    return joined


def clip(intervals, start, stop):
    """:return: list of the part of sorted, disjoint pairs of datetimes that lies between two moments"""
    return [(max(begin, start), min(end, stop)) for begin, end in intervals if end > start and begin < stop]


def pack(intervals):
    """:return: pairs of naive UTC datetimes as lists of seconds, to be stored"""
    return [[(start - _EPOCH).total_seconds(), (stop - _EPOCH).total_seconds()] for start, stop in intervals]


def unpack(stored):
    """:return: list of pairs of naive UTC datetimes, as :func:`pack` has stored them"""
    return [(_EPOCH + timedelta(seconds=start), _EPOCH + timedelta(seconds=stop)) for start, stop in stored]
