import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from odoo import api, models
from odoo.exceptions import ConcurrencyError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

_logger = logging.getLogger(__name__)
# How often something is begun again when another transaction has changed the same records.
MAX_ATTEMPTS = 5


@dataclass(frozen=True)
class Task:
    """What a scheduled action does with its records."""
    # Model and method of the action, as ``order.review._cron_lapse``: failures are kept by it.
    job: str
    # The recordsets, each of another model.
    groups: list
    # Function of one recordset for each group.
    work: Callable
    # Function of a record that has failed and its exception.
    on_failure: Callable | None
    allow_referencing: bool
    # Pairs of model and id of what has failed before.
    failed: set

    def lock(self, keys):
        """:return: the records of these pairs of model and id, a recordset for each group, without those that another
            transaction is at work on"""
        return [
            group.browse([record_id for model, record_id in keys if model == group._name]).try_lock_for_update(
                allow_referencing=self.allow_referencing) for group in self.groups]

    def get_record(self, key):
        model, record_id = key
        return next(group for group in self.groups if group._name == model).browse(record_id)


class IrCron(models.Model):
    """How the scheduled actions of this addon go through their records: one that fails keeps nothing else from being
    done, neither today nor tomorrow."""
    _inherit = 'ir.cron'

    @api.model
    def _work_off(self, job, records, work, size, on_failure=None, allow_referencing=False, waiting=None):
        """Do something with all of these records, in committed chunks.

        A chunk is done as a whole. Where that fails its halves are, down to single records, each in a savepoint; what
        fails is kept (see :class:`OrderJobFailure`), reported to the managers once, and done last, by itself, from
        the next run on. Records that another transaction is at work on are left to the next run.

        :param job: model and method of the scheduled action, as ``order.review._cron_lapse``
        :param records: recordset, or a list of recordsets of different models, of which ``work`` then takes one each
        :param work: function of the records, which are locked; others may have changed them since they were found, so
            it asks again whether there is something to do. Of a single one it may return whether more is to be done
        :param size: how many records are done between two commits
        :param on_failure: function of a record that has failed and its exception, for what else is to be kept of it; it
            returns False where the record is not tried again
        :param allow_referencing: whether others may refer to the records meanwhile
        :param waiting: recordset of what is not due now and will be: what has failed of it stays on the list
        :return: whether there was enough time for all of them
        """
        groups = records if isinstance(records, list) else [records]
        keys = [(group._name, record_id) for group in groups for record_id in group._ids]
        kept = keys + [(waiting._name, record_id) for record_id in waiting._ids] if waiting else keys
        task = Task(
            job, groups, work, on_failure, allow_referencing, self.env['order.job.failure']._keep_only(job, kept))
        fresh = [key for key in keys if key not in task.failed]
        chunks = deque(fresh[start:start + size] for start in range(0, len(fresh), size))
        chunks.extend([key] for key in keys if key in task.failed)
        remaining = len(keys)
        time_left = self._commit_progress(remaining=remaining)
        while chunks:
            if not time_left:
                return False
            keys = chunks.popleft()
            if self._work_off_chunk(task, keys):
                chunks.appendleft(keys)
            else:
                remaining -= len(keys)
            time_left = self._commit_progress(len(keys), remaining=remaining)
        return True

    @api.model
    def _work_off_chunk(self, task, keys):
        """Do a chunk, else each of its halves.

        :param task: :class:`Task`
        :param keys: list of pairs of model and id
        :return: whether more is to be done with the only record of the chunk
        """
        for _attempt in range(MAX_ATTEMPTS):
            try:
                with self.env.cr.savepoint():
                    parts = task.lock(keys)
                    more = any(parts) and task.work(*parts)
                    if any(parts) and task.failed.intersection(keys):
                        self.env['order.job.failure']._forget(task.job, parts)
                return bool(more) and len(keys) == 1
            except (*PG_CONCURRENCY_EXCEPTIONS_TO_RETRY, ConcurrencyError) as error:
                _logger.info("%s begins again: %s", task.job, error)
                self.env.cr.rollback()
            except Exception as error:
                if len(keys) > 1:
                    # In halves: what is told of many in one message stays together, but for the one that fails.
                    half = len(keys) // 2
                    for part in (keys[:half], keys[half:]):
                        self._work_off_chunk(task, part)
                        # The next one may have to begin again.
                        self._commit_progress()
                else:
                    self._keep_failure(task, task.get_record(keys[0]), error)
                return False
        return False

    @api.model
    def _keep_failure(self, task, record, error):
        if task.on_failure and task.on_failure(record, error) is False:
            self.env['order.job.failure']._report(
                task.job, record, self.env['order.job.failure']._describe_error(error))
        else:
            self.env['order.job.failure']._keep(task.job, record, error)
