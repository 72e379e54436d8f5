from odoo import api, models
from odoo.tools import SQL


class OrderBoardMixin(models.AbstractModel):
    """Selection fields that are the columns of a board.

    Boards, lists and pivots show the values in the order of the work, not of the alphabet, and the board folds those
    that wait for nobody.
    """
    _name = 'order.board.mixin'
    _description = "Columns of a Board"

    @api.model
    def _get_board_columns(self):
        """:return: dict name of a selection field → set of its values whose columns are folded; extend ``super()``"""
        return {}

    def _open_groups(self, *, groups, groupby, **kwargs):
        # The client folds columns of records only; a value is none.
        if folded := self._get_board_columns().get(groupby[0]):
            for group in groups:
                group['__fold'] = group[groupby[0]] in folded
        return super()._open_groups(groups=groups, groupby=groupby, **kwargs)

    @api.model
    def _order_field_to_sql(self, alias, field_name, direction, nulls, query):
        if field_name in self._get_board_columns():
            return SQL(
                "%s %s %s", self._get_column_position_sql(field_name, self._field_to_sql(alias, field_name, query)),
                direction, nulls)
        return super()._order_field_to_sql(alias, field_name, direction, nulls, query)

    @api.model
    def _read_group_orderby(self, order, groupby_terms, query):
        positions = {
            name: self._get_column_position_sql(name, groupby_terms[name])
            for name in self._get_board_columns() if name in groupby_terms
        }
        terms = {**groupby_terms, **positions}
        result = super()._read_group_orderby(order, terms, query)
        # Core may add terms for what it orders by.
        groupby_terms.update({name: term for name, term in terms.items() if name not in positions})
        return result

    @api.model
    def _get_column_position_sql(self, field_name, value):
        """:return: SQL of the place of a value of a selection field among its values"""
        return SQL("array_position(%s::varchar[], %s)", list(dict(self._fields[field_name].selection)), value)
