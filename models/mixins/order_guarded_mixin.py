from odoo import api, models
from odoo.fields import Domain


class OrderGuardedMixin(models.AbstractModel):
    """Fields that only actions of the addon may write.

    A guarded field is refused to every person, in ``write`` and in ``create``, for given values and
    for ``default_<field>`` keys of the context, over every way in. Actions check state and right on
    ``self.env.user`` first and then write with ``sudo()``; over RPC nobody has that.
    """
    _name = 'order.guarded.mixin'
    _description = "Guarded Fields"

    def _get_guarded_fields(self):
        """Names of the fields that only actions write.

        :return: set of field names; extend the set of ``super()``
        """
        return set()

    def _has_field_access(self, field, operation):
        return super()._has_field_access(field, operation) and (
            operation != 'write' or self.env.su or field.name not in self._get_guarded_fields()
        )

    @api.model
    def _search(self, domain, *args, **kwargs):
        domain = Domain(domain)
        for condition in domain.iter_conditions():
            self._check_related_access(condition.field_expr)
        return super()._search(domain, *args, **kwargs)

    @api.model
    def _field_to_sql(self, alias, field_expr, query=None):
        self._check_related_access(field_expr)
        return super()._field_to_sql(alias, field_expr, query)

    @api.model
    def _check_related_access(self, field_expr):
        # Of a related field that somebody filters, sorts or groups by, core asks at its end only, as superuser.
        field = self._fields.get(field_expr.partition('.')[0])
        if field and field.related and not field.store and field._module == 'sale_order_lifecycle':
            self._check_field_access(field, 'read')

    @api.model
    def default_get(self, fields):
        # Every employee may keep an ir.default of his own, and contexts come from the client:
        # neither may speak for a guarded field. What the code itself declares as default stays.
        guarded = self._get_guarded_fields()
        names = [name for name in fields if name not in guarded]
        defaults = super().default_get(names)
        for name in guarded.intersection(fields):
            field = self._fields[name]
            if field.default:
                value = field.convert_to_cache(field.default(self), self, validate=False)
                defaults[name] = field.convert_to_write(value, self)
        return defaults
