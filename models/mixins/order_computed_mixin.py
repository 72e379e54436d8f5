from odoo import api, models
from odoo.tools import ormcache

from .base import ADDON

# With this in the context, which a client may send, Odoo computes quantities as they were on a day.
AS_OF = 'accrual_entry_date'


class OrderComputedMixin(models.AbstractModel):
    """What core computes and keeps of a document is no person's to write.

    Core shows these fields read-only and takes every value that comes in a call. It stands until the next change of
    what it is computed from, and record rules, amounts and quantities follow from it.
    """
    _name = 'order.computed.mixin'
    _description = "Computed Values of Documents"
    _is_ruled = True

    @api.model
    def _get_computed_left_out(self):
        """:return: set of names of computed fields that core writes itself, as whoever does its work, or that have a
            rule of their own"""
        return set()

    @api.model
    @ormcache()
    def _get_computed_by_core(self):
        """:return: set of names of the fields of other modules that are computed, stored and nobody's to change"""
        return frozenset(
            name for name, field in self._fields.items()
            if field.store and field.compute and field.readonly and not field.inverse and field._module != ADDON
        ) - self._get_computed_left_out()

    def _has_field_access(self, field, operation):
        return super()._has_field_access(field, operation) and (
            operation != 'write' or field.name not in self._get_computed_by_core() or not self._is_computed_kept())

    @api.model
    def _is_computed_kept(self):
        """:return: whether these fields are kept from whoever writes: from people, not from core itself"""
        return not self.env.su

    def _compute_field_value(self, field):
        if field.store and AS_OF in self.env.context:
            # What is kept is how things are. The quantities of a day are in fields that nobody keeps.
            context = {key: value for key, value in self.env.context.items() if key != AS_OF}
            self = self.with_env(self.env(context=context))  # noqa: PLW0642
        return super()._compute_field_value(field)

    @api.model
    def default_get(self, fields):
        defaults = super().default_get(fields)
        computed = defaults.keys() & self._get_computed_by_core()
        if computed and self._is_computed_kept():
            return {name: value for name, value in defaults.items() if name not in computed}
        return defaults
