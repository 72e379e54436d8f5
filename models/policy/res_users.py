from odoo import api, models
from odoo.exceptions import UserError

from ..mixins.base import ADDON

# Whom something is assigned to may change; who has done it does not.
_ASSIGNED = {'user_id'}


class ResUsers(models.Model):
    _inherit = 'res.users'

    @api.ondelete(at_uninstall=False)
    def _unlink_except_on_record(self):
        """Who has registered, decided, settled … stays on record, and four eyes go by it; who leaves is archived."""
        for field in self._get_fields_on_record():
            Model = self.env[field.model_name].sudo().with_context(active_test=False)
            if found := Model.search([(field.name, 'in', self.ids)], limit=1):
                raise UserError(self.env._(
                    "%(person)s is referenced by the records of orders: archive the user instead of deleting it.",
                    person=(found[field.name] & self.sudo())[:1].name))

    @api.model
    def _get_fields_on_record(self):
        """:return: list of the fields that say who has done something, on whatever model"""
        return [
            field
            for model_class in self.env.registry.values()
            if model_class._auto and not model_class._abstract and not model_class._transient
            and hasattr(model_class, '_get_guarded_fields')
            for field in model_class._fields.values()
            if field._module == ADDON and field.comodel_name == self._name and field.store and not field.related
            and field.type in ('many2one', 'many2many') and field.name not in _ASSIGNED
            and field.name in self.env[model_class._name]._get_guarded_fields()
        ]
