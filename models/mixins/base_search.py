from odoo import api, models
from odoo.fields import Domain


class Base(models.AbstractModel):
    """What a person asks of the records behind a relation is asked with the rights of that person.

    Some searches of Odoo hand what they are given on to a search as superuser. That is meant for ids; a condition
    (``any``, or a path) would be answered there about every field of every record that it leads to.
    """
    _inherit = 'base'

    @api.model
    def _settle_operand(self, name, operator, operand, **options):
        """:param name: the relational field of this model that is searched
        :param operand: what is searched for
        :param options: of the search that would be made of a condition
        :return: the operand; instead of a condition, the query of the records that the person finds by it
        """
        if self.env.su or not isinstance(operand, Domain) or operator not in ('any', 'not any'):
            return operand
        return self.env[self._fields[name].comodel_name]._search(operand, **options)

    @api.model
    def _settle_domain(self, domain):
        """:return: the domain, which asks for nothing any more that the person may not read, here or elsewhere"""
        def settle(condition):
            field = self._fields[condition.field_expr.partition('.')[0]]
            self._check_field_access(field, 'read')
            options = {'active_test': False} if field.type == 'many2one' else {}
            operand = self._settle_operand(
                field.name, condition.operator, condition.value, bypass_access=field.bypass_search_access, **options,
            ) if field.relational else condition.value
            return condition if operand is condition.value else Domain(field.name, condition.operator, operand)
        return Domain(domain).optimize(self).map_conditions(settle)
