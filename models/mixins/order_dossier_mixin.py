from odoo import api, models


def to_facts(records, names):
    """:return: list of a dict a record, field name → value that JSON can hold; records as their id and name"""
    return [{name: _to_fact(record, name) for name in names} for record in records]


def _to_fact(record, name):
    value, field = record[name], record._fields[name]
    if field.type == 'many2one':
        return {'id': value.id, 'name': value.display_name} if value else None
    if field.relational:
        return [{'id': one.id, 'name': one.display_name} for one in value]
    if field.type in ('date', 'datetime'):
        return field.to_string(value) if value else None
    if field.type in ('float', 'monetary'):
        return round(value, 6)
    if field.type in ('boolean', 'integer', 'json'):
        return value
    return str(value) if value else None


class OrderDossierMixin(models.AbstractModel):
    """Records whose names and values are kept when their order is archived: no live record can tell them later."""
    _name = 'order.dossier.mixin'
    _description = "Facts of a Dossier"

    @api.model
    def _get_dossier_fields(self):
        """:return: list of names of the fields that the dossier keeps; each room adds its own to that of ``super()``"""
        return []

    def _get_dossier_parts(self):
        """What belongs to this record and is kept with it; each room adds its own to the dict of ``super()``.

        :return: dict name in the dossier → records with this mixin
        """
        self.ensure_one()
        return {}

    def _get_dossier_facts(self):
        """:return: list of a dict a record, with its values and those of its parts, that JSON can hold"""
        return [
            {**values, **record._get_dossier_part_facts()}
            for record, values in zip(self, to_facts(self, self._get_dossier_fields()))]

    def _get_dossier_part_facts(self):
        """:return: dict name in the dossier → list of the facts of each part of this record"""
        return {name: parts._get_dossier_facts() for name, parts in self._get_dossier_parts().items()}
