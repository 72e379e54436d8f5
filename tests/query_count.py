from contextlib import contextmanager
from datetime import datetime, timedelta
from unittest.mock import patch

from odoo.fields import Datetime
from odoo.models import BaseModel

from odoo.addons.sale_order_lifecycle.models.mixins.mail_thread import MailThread


class QueryCounter:
    """Counts the queries of what a test does, in one way for all tests, so that their figures can be compared."""

    def _end_transaction(self):
        """Compute and write what is pending, and run what waits for the commit (``cr.precommit``)."""
        self.env.flush_all()
        self.env.cr.flush()

    @contextmanager
    def _clock_stands(self):
        """Stop the clock of the ORM a second after all that was before.

        Times are stored in seconds, and records that get the same values are written with one query: where a second
        ends in the middle, or between what was before and now, there are others that share their values.
        """
        now = max(Datetime.now(), getattr(self, '_stopped_at', datetime.min)) + timedelta(seconds=1)
        self._stopped_at = now
        with patch.object(Datetime, 'now', staticmethod(lambda *_args: now)):
            yield

    def _count_queries(self, action, *args, **kwargs):
        """Call ``action`` as if it were alone in its transaction: nothing pending from before, caches cold.

        :return: number of queries up to the commit; changed values are logged and browsers notified just before it,
            so a count that ends earlier would miss them
        """
        self._end_transaction()
        self.env.invalidate_all()
        # Core cleans up some tables at random. What it notes of each changed record is its own cost: tests switch that
        # off in their context, and people cannot.
        with (
            self._clock_stands(), patch('random.random', return_value=1),
            patch.object(MailThread, '_keep_tracking', lambda threads: threads),
        ):
            before = self.env.cr.sql_log_count
            action(*args, **kwargs)
            self._end_transaction()
            return self.env.cr.sql_log_count - before

    def assertSameCounts(self, get_counts, sizes=(1, 20), more=0, warm=None):
        """Fail where two numbers of records differ in their queries by more than ``more``.

        One size runs beforehand, because what is kept between requests is read at its first use. Fewer
        queries for more records fail as well: the smaller number then pays for something else, which can hide growth.

        :param get_counts: function of a number of records that returns the queries they cost, or a dict of them by step
        :param sizes: the two numbers of records, in the order in which they are measured
        :param more: by how many queries the two may differ
        :param warm: the number of records that runs beforehand, the first size by default
        """
        get_counts(warm or sizes[0])
        first, second = (get_counts(size) for size in sizes)
        if not isinstance(first, dict):
            first, second = {None: first}, {None: second}
        self.assertEqual(first.keys(), second.keys())
        for step, count in first.items():
            with self.subTest(step=step):
                self.assertLessEqual(
                    abs(second[step] - count), more,
                    f"queries{f' of {step}' if step else ''}: {count} for {sizes[0]}, {second[step]} for {sizes[1]}")

    def assertSameQueries(self, prepare, act, sizes=(1, 20), more=0):
        """Measure ``act`` on what ``prepare`` returns, and compare as :meth:`assertSameCounts` does.

        :param prepare: function of a number that returns so many records, or other values; it is not measured
        :param act: function of these records, or a dict of functions by step, which run one after the other
        """
        steps = act if isinstance(act, dict) else {None: act}

        def get_counts(number):
            records = prepare(number)
            if isinstance(records, BaseModel):
                # As a client names them: what is prefetched follows from their ids alone.
                records = records.browse(records.ids)
            return {step: self._count_queries(function, records) for step, function in steps.items()}

        self.assertSameCounts(get_counts, sizes, more)
