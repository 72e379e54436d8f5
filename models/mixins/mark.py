from contextlib import contextmanager
from functools import wraps

from odoo import SUPERUSER_ID
from odoo.models import BaseModel
from odoo.tools import clean_context


def is_system(records):
    """Whether OdooBot works in a transaction of its own: a scheduled action, the data of a module, a migration, the
    shell; never what came in by mail. Superuser rights alone do not tell who acts: core runs the values of people as
    superuser, too.

    :param records: of any model
    :return: bool
    """
    env = records.env
    return (
        env.su and env.transaction.default_env.uid == SUPERUSER_ID and not env.context.get('order_lifecycle_outside'))


class Mark:
    """An authority that the addon gives to its own code, or to a piece of core's work, for as long as that runs.

    The mark lies in the context under its own key, and is this very object: a client can send the key, never the
    object. Only what is derived from the marked records carries it, so whatever leaves the work is freed of it.
    """

    def __init__(self, name):
        """:param name: what is allowed, unique among the marks"""
        self.key = f'order_lifecycle_{name}'

    def __repr__(self):
        return f"<{self.key}>"

    def put(self, records):
        """:return: these records with the mark, and without the defaults of whoever calls (``default_<field>``): under
            the mark they would fill what that person may not enter"""
        if self.lies_on(records):
            return records
        context = clean_context(records.env.context)
        return records.with_context(context, **{self.key: self})

    def lies_on(self, records):
        """:return: whether these records carry the mark; a value that a client sends under its key is none"""
        return records.env.context.get(self.key) is self

    def take_off(self, result, records):
        """What the work of marked records returns, without the mark.

        :param result: records go back to the environment of ``records``, dicts (actions, contexts) lose the key;
            also within lists and tuples
        """
        if isinstance(result, BaseModel):
            return result.with_env(records.env) if self.lies_on(result) else result
        if isinstance(result, dict):
            return {
                self.take_off(key, records): self.take_off(value, records)
                for key, value in result.items() if value is not self}
        if type(result) in (list, tuple):
            return type(result)(self.take_off(value, records) for value in result)
        return result

    def during(self, method):
        """Decorator of an override: the method runs with marked records, and what it returns carries no mark."""
        @wraps(method)
        def run(records, *args, **kwargs):
            if self.lies_on(records):
                return method(records, *args, **kwargs)
            return self.take_off(method(self.put(records), *args, **kwargs), records)
        return run


class Work(Mark):
    """A mark of one piece of work: which records it is about, and what it collects for its end.

    It lies in the context of the work and not in the data of ``cr.precommit``, which every savepoint empties.
    """

    def __init__(self, name):
        super().__init__(name)
        self.ids = set()
        self.result = None
        self.goes_on = False

    @classmethod
    @contextmanager
    def begin(cls, name, records, ids=()):
        """Begin a piece of work, which ends with the block; the block puts it on its records.

        Whoever works again in this transaction gets the same object: each further one would be another context, and
        with it some environments that live, and are looked through, to the end of the transaction.

        :param ids: of the records that the work is about, in the beginning
        :return: context manager that gives the work
        """
        idle = records.env.cr.cache.setdefault(f'order_lifecycle_idle_{name}', [])
        work = idle.pop() if idle else cls(name)
        work.ids, work.result, work.goes_on = set(ids), None, True
        try:
            yield work
        finally:
            work.goes_on = False
            idle.append(work)

    @classmethod
    def find(cls, name, records):
        """:return: the work of this name that goes on with these records, or None"""
        found = records.env.context.get(f'order_lifecycle_{name}')
        return found if isinstance(found, cls) and found.goes_on else None
