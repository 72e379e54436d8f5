from odoo import api, models
from odoo.fields import Domain


class OrderCustomerMixin(models.AbstractModel):
    """Documents of which customers read what a list says, and about which they find out nothing else.

    What is not on the list they neither read nor search, sort or group by, from here or from another model that
    leads here: a note that may be searched can be guessed word by word.
    """
    _name = 'order.customer.mixin'
    _description = "Fields for Customers"

    @api.model
    def _get_portal_fields(self):
        """What customers read over the API; the company's own notes are not for their eyes.

        :return: set of field names; extend the set of ``super()``
        """
        return set()

    @api.model
    def _is_held_to_portal_fields(self):
        """:return: bool, whether the person reads what the list says and nothing else"""
        return not self.env.su and not self.env.user._is_internal()

    def _has_field_access(self, field, operation):
        return super()._has_field_access(field, operation) and (
            not self._is_held_to_portal_fields() or operation == 'read' and field.name in self._get_portal_fields())

    @api.model
    def _search(self, domain, *args, bypass_access=False, **kwargs):
        # Asked before core replaces related fields and those with a search method by what they stand for.
        if not bypass_access and self._is_held_to_portal_fields():
            domain = Domain(domain)
            for condition in domain.iter_conditions():
                self._check_portal_field(condition.field_expr)
        return super()._search(domain, *args, bypass_access=bypass_access, **kwargs)

    @api.model
    def _field_to_sql(self, alias, field_expr, query=None):
        if self._is_held_to_portal_fields():
            self._check_portal_field(field_expr)
        return super()._field_to_sql(alias, field_expr, query)

    @api.model
    def _read_group_groupby(self, alias, groupby_spec, query):
        # Of a stored many2many field core asks nothing.
        if self._is_held_to_portal_fields():
            self._check_portal_field(groupby_spec.partition(':')[0])
        return super()._read_group_groupby(alias, groupby_spec, query)

    @api.model
    def _check_portal_field(self, field_expr):
        if field := self._fields.get(field_expr.partition('.')[0]):
            self._check_field_access(field, 'read')
