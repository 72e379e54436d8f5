"""A pytest plugin: what Odoo caches of the database (rights, rules, views, templates) outlives a test.

Odoo empties its caches after every test, for what a test has changed is rolled back; each page of a tour fills them
again. What was not invalidated while a test, or a class, ran is as true afterwards as it was before. What was
invalidated goes back to what was known when it began. When models were set up anew, as with a field that a person adds,
nothing goes back: what is cached may hold fields that are no more.
"""

from functools import wraps

import pytest

setups = []  # an entry for each time that models were set up anew


class _Mark:
    """A key of each cache for as long as nobody empties it."""


def _get_caches(registry):
    return registry._Registry__caches.values()


class _Knowledge:
    """What the caches know at one moment."""

    def __init__(self, registry):
        self.registry = registry
        self.sequence = registry.registry_sequence
        self.setups = len(setups)
        self.mark = _Mark()
        self.known = []
        for cache in _get_caches(registry):
            self.known.append((cache, cache.snapshot))
            cache[self.mark] = True

    def learn(self):
        """Take over what was learned in the meantime, where it still holds."""
        if self.registry.registry_invalidated or self.registry.registry_sequence != self.sequence:
            return
        self.known = [(cache, cache.snapshot if self.mark in cache else known) for cache, known in self.known]

    def restore(self):
        for cache, known in self.known:
            cache.clear()
            if self.setups != len(setups):
                continue
            for key, value in known.items():
                if key is not self.mark:
                    cache[key] = value


@pytest.hookimpl
def pytest_sessionstart():
    from odoo.orm.registry import Registry
    from odoo.tests.common import TransactionCase

    set_up_models = Registry._setup_models__

    @wraps(set_up_models)
    def counted_set_up_models(self, *args, **kwargs):
        setups.append(self.db_name)
        return set_up_models(self, *args, **kwargs)

    Registry._setup_models__ = counted_set_up_models
    set_up, set_up_class = TransactionCase.setUp, TransactionCase.setUpClass.__func__

    @wraps(set_up)
    def warm_set_up(self):
        # Cleanups run in the opposite order; that of Odoo, which empties the caches, lies between these two.
        knowledge = _Knowledge(self.registry)
        self.addCleanup(knowledge.restore)
        set_up(self)
        self.addCleanup(knowledge.learn)

    @wraps(set_up_class)
    def warm_set_up_class(cls):
        from odoo.modules.registry import Registry
        from odoo.tests.common import get_db_name

        knowledge = _Knowledge(Registry(get_db_name()))
        cls.addClassCleanup(knowledge.restore)
        set_up_class(cls)
        cls.addClassCleanup(knowledge.learn)

    TransactionCase.setUp, TransactionCase.setUpClass = warm_set_up, classmethod(warm_set_up_class)
