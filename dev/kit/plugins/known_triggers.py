"""A pytest plugin: which fields depend on those that were modified is found out once, not at each write.

Odoo merges the trees of the modified fields anew each time, because it leaves out the computed fields that are neither
stored nor in the cache. What is left out may differ each time, the trees do not.
"""

from functools import wraps

import pytest

# Enough for all that is modified together; each is a small tree.
LIMIT = 50000


class _Known:
    """What is known of one registry, until its fields are others."""

    def __init__(self, triggers):
        self.triggers = triggers
        self.trees = {}  # modified fields → tree of all that depends on them, and those of it that may be left out
        self.chosen = {}  # modified fields, and which of these are in → tree

    def get(self, merge, fields, select):
        key = tuple(fields)
        if key not in self.trees:
            tree = merge(fields)
            found = dict.fromkeys(field for node in tree.depth_first() for field in node.root)
            self.trees[key] = tree, [field for field in found if not (field.compute and field.store)]
        tree, optional = self.trees[key]
        flags = key, tuple(map(bool, map(select, optional)))
        if flags not in self.chosen:
            if len(self.chosen) > LIMIT:
                self.chosen.clear()
            left_out = {field for field, is_in in zip(optional, flags[1]) if not is_in}
            self.chosen[flags] = tree.merge([tree], lambda field: field not in left_out)
        return self.chosen[flags]


@pytest.hookimpl
def pytest_sessionstart():
    from odoo.orm.registry import Registry

    get_trigger_tree = Registry.get_trigger_tree

    @wraps(get_trigger_tree)
    def get_known_trigger_tree(self, fields, select=bool):
        known = vars(self).get("_known_triggers")
        # Odoo finds out anew what triggers what whenever fields come or go.
        if known is None or known.triggers is not self._field_triggers:
            known = self._known_triggers = _Known(self._field_triggers)
        return known.get(lambda fields: get_trigger_tree(self, fields), fields, select)

    Registry.get_trigger_tree = get_known_trigger_tree
