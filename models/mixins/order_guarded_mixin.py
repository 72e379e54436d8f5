from odoo import api, models
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tools import ormcache

from .base import ADDON
from .mark import Mark, is_system

# The addon's own writes.
ACTING = Mark('acting')


class OrderGuardedMixin(models.AbstractModel):
    """Fields that only actions of the addon may write, and rows that only actions make.

    A guarded field is refused to every person, in ``write`` and in ``create``, for given values and
    for ``default_<field>`` keys of the context, over every way in. Actions check state and right on
    ``self.env.user`` first and then write with :meth:`_write_guarded` or :meth:`_create_guarded`. Superuser
    rights alone open nothing: core runs values of people as superuser, those of a mail, for example.
    """
    _name = 'order.guarded.mixin'
    _description = "Guarded Fields"
    _is_ruled = True

    # Whether rows are made and removed by actions only; their defaults then come from the code alone.
    _made_by_actions = False

    def _get_guarded_fields(self):
        """Names of the fields that only actions write.

        What the server computes and keeps belongs to them by itself: a value that somebody writes would stand until
        the next change of what it is computed from.

        :return: set of field names; extend the set of ``super()``
        """
        return set(self._get_computed_fields())

    @api.model
    @ormcache()
    def _get_computed_fields(self):
        """:return: set of names of the fields of this addon that are computed, stored and no person's to change"""
        return frozenset(
            name for name, field in self._fields.items()
            if field.store and field.compute and field.readonly and not field.inverse and field._module == ADDON)

    def _has_field_access(self, field, operation):
        return super()._has_field_access(field, operation) and (
            operation != 'write' or field.name not in self._get_guarded_fields() or self._is_acting())

    # -- who acts -------------------------------------------------------------------------------

    def _is_acting(self):
        """:return: whether the addon itself writes, or OdooBot in a transaction of its own"""
        return self.env.su and ACTING.lies_on(self) or is_system(self)

    def _acting(self):
        """:return: these records as superuser with the mark of the addon's own writes; for one write only, as
        what is called with them passes the mark on"""
        return ACTING.put(self.sudo())

    def _write_guarded(self, vals):
        """Write fields that only actions may write, as superuser; state and right are checked before.

        :param vals: as for ``write``
        """
        return self._acting().write(vals)

    @api.model
    def _create_guarded(self, vals_list):
        """Create rows with fields that only actions may write, as superuser; state and right are checked before.

        :param vals_list: as for ``create``
        :return: the records, as superuser without the mark
        """
        return self._acting().create(vals_list).with_env(self.sudo().env)

    def _unlink_guarded(self):
        """Delete rows that only actions remove, as superuser; state and right are checked before."""
        return self._acting().unlink()

    def _check_made_by_actions(self, operation):
        """:raise AccessError: for rows that only actions make or remove, unless one does or the person may"""
        if self._made_by_actions and not self._is_acting() and not self.sudo(False).has_access(operation):
            raise AccessError(self.env._(
                "Records of “%(model)s” can only be created and deleted by actions: use the buttons of the order to "
                "which they belong.", model=self.env['ir.model']._get(self._name).name))

    @api.model_create_multi
    def create(self, vals_list):
        self._check_made_by_actions('create')
        return super().create(vals_list)

    def unlink(self):
        self._check_made_by_actions('unlink')
        return super().unlink()

    # -- what may be asked ----------------------------------------------------------------------

    @api.model
    def _search(self, domain, *args, **kwargs):
        domain = Domain(domain)
        for condition in domain.iter_conditions():
            self._check_related_access(condition.field_expr)
        return super()._search(domain, *args, **kwargs)

    @api.model
    def _field_to_sql(self, alias, field_expr, query=None):
        # Each column of each record that is read comes here.
        field = self._fields.get(field_expr)
        if not (field and field.store):
            self._check_related_access(field_expr)
        return super()._field_to_sql(alias, field_expr, query)

    @api.model
    def _check_related_access(self, field_expr):
        # Of a related field that somebody filters, sorts or groups by, core asks at its end only, as superuser.
        field = self._fields.get(field_expr.partition('.')[0])
        if field and field.related and not field.store and field._module == 'sale_order_lifecycle':
            self._check_field_access(field, 'read')

    @api.model
    def _get_names_of_code_defaults(self, fields):
        """:return: set of names of the fields, those of ``fields`` among them, with the defaults of the code only"""
        return set(fields) if self._made_by_actions else self._get_guarded_fields()

    @api.model
    def default_get(self, fields):
        # Every employee may keep an own ir.default, and contexts come from the client:
        # neither may speak for a guarded field. What the code itself declares as default stays.
        guarded = self._get_names_of_code_defaults(fields)
        names = [name for name in fields if name not in guarded]
        defaults = super().default_get(names)
        for name in guarded.intersection(fields):
            field = self._fields.get(name)
            if field and field.default:
                value = field.convert_to_cache(field.default(self), self, validate=False)
                defaults[name] = field.convert_to_write(value, self)
        return defaults
