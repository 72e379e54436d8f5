from collections import defaultdict
from math import isfinite

from odoo import api, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tools import ormcache

from .mark import is_system

ADDON = 'sale_order_lifecycle'


class Base(models.AbstractModel):
    """What a client sends as a relation is read with the rights of that client.

    Related and computed fields are read as superuser, so that a reviewer sees the order to be decided. A row, or
    a form that is not stored, which names a record of somebody else's would tell of it the same way. Whoever names a
    record in a model of this addon, dialogs included, has to be able to read it. Forms of Odoo's own models stay as
    they are: where they name a record that the person may not read, the fields of this addon are left out of them.
    """
    _inherit = 'base'

    # Whether rules of this addon hold records of this model of Odoo, as they do those of its own models.
    _is_ruled = False

    # -- ways in --------------------------------------------------------------------------------

    def onchange(self, values, field_names, fields_spec):
        if not self.env.su:
            if self._original_module == ADDON:
                self._check_sent([values])
            elif self._has_addon_fields(fields_spec) and self._sends_unreadable(values, fields_spec):
                fields_spec = self._leave_out_addon_fields(fields_spec)
                values = {name: value for name, value in values.items() if not self._is_addon_field(name)}
                own_names = [name for name in field_names if not self._is_addon_field(name)]
                if field_names and not own_names:
                    return {}
                field_names = own_names
        return super().onchange(values, field_names, fields_spec)

    @api.model
    def default_get(self, fields):
        defaults = super().default_get(fields)
        # Of the context and of a person's own defaults.
        if self._original_module == ADDON and not self.env.su:
            self._check_sent([defaults])
        return defaults

    @api.model_create_multi
    def create(self, vals_list):
        if self.env.context.get('_import_current_module'):
            self._check_external_ids(vals_list)
        if self._is_ruled or self._original_module == ADDON:
            self._check_numbers(vals_list)
        if self._original_module == ADDON and not self.env.su:
            self._check_sent(vals_list)
        return super().create(vals_list)

    def write(self, vals):
        if self._is_ruled or self._original_module == ADDON:
            self._check_numbers([vals])
        if self._original_module == ADDON and not self.env.su:
            self._check_sent([vals])
        return super().write(vals)

    # -- checks ---------------------------------------------------------------------------------

    @api.model
    def _check_numbers(self, vals_list):
        """What is infinite, and what is no number, is neither within a limit nor beyond it, and equal to nothing.

        :param vals_list: list of dicts of values, of whoever writes them
        :raise UserError: if one of them is such a number
        """
        for vals in vals_list:
            for name, value in vals.items():
                # Texts become numbers, too: Python reads “nan” as one.
                if isinstance(value, (float, str)) and (field := self._fields.get(name)) and (
                        field.type in ('float', 'monetary')) and not self._is_finite(value):
                    raise UserError(self.env._(
                        "“%(field)s” is not a valid number. Enter a number.",
                        field=field._description_string(self.env)))

    @api.model
    def _check_external_ids(self, vals_list):
        """Where the context says that a file is imported, which a client may send, Odoo gives new records the external
        ids of their values, and takes those from whatever has them. Groups and types are known by theirs: whoever took
        that of a group would put an end to what is asked of the people in it.

        :raise AccessError: if one of the values is the external id of something else
        """
        xmlids = [str(vals['id']) for vals in vals_list if vals.get('id')]
        if not xmlids or is_system(self) or self.env.user._is_superuser():
            return
        module = self.env.context['_import_current_module']
        Data = self.env['ir.model.data'].sudo()
        for xmlid in xmlids:
            if Data._xmlid_to_res_id(xmlid if '.' in xmlid else f'{module}.{xmlid}', raise_if_not_found=False):
                raise AccessError(self.env._(
                    "The external ID %(xmlid)s belongs to another record. Use another one.", xmlid=xmlid))

    @api.model
    def _is_finite(self, value):
        """:return: whether a float or text is a number; text that is none at all is refused by Odoo"""
        try:
            return isfinite(float(value or 0))
        except ValueError:
            return True

    @api.model
    def _check_sent(self, vals_list):
        """:param vals_list: list of dicts of values as a client sends them, one2many lines included
        :raise AccessError: if they name a record that the person may not read
        """
        unreadable = self._find_unreadable(vals_list, set(self._fields))
        if unreadable:
            field = unreadable[0]
            raise AccessError(self.env._(
                "You do not have access to the value of “%(field)s”: select another one, or ask your manager.",
                field=field._description_string(self.env)))

    @api.model
    def _sends_unreadable(self, values, fields_spec):
        """:return: whether a form of a model of Odoo names records that the person may not read, in fields that those
            of this addon go by; what the form gets by default is included"""
        names = self._get_addon_names()
        defaults = {}
        if not self:
            defaults = self.default_get([
                name for name in names if name not in values and self._fields[name].relational])
        return bool(self._find_unreadable([defaults, values], names))

    @api.model
    def _find_unreadable(self, vals_list, names):
        """:param names: set of names of the fields of this model to look at
        :return: list of the fields whose values name records that the person may not read
        """
        sent = defaultdict(set)
        for vals in vals_list:
            self._collect_sent(vals, names, sent)
        by_model = defaultdict(set)
        for (_field, model), ids in sent.items():
            by_model[model] |= ids
        readable = {
            model: set(self.env[model].browse(ids)._filtered_access('read')._ids) for model, ids in by_model.items()}
        return [field for (field, model), ids in sent.items() if ids - readable[model]]

    @api.model
    def _collect_sent(self, vals, names, sent):
        """Add to ``sent``, a dict (field, model) → set of ids, what the values name."""
        for name, value in vals.items():
            field = self._fields.get(name)
            if not value or not field or name not in names:
                continue
            if field.type == 'many2one':
                self._collect_sent_record(field, value, sent)
            elif field.type in ('one2many', 'many2many'):
                self._collect_sent_rows(field, value, sent)
            elif field.type == 'reference' and isinstance(value, str):
                model, _comma, res_id = value.partition(',')
                if model in self.env and res_id.isdigit() and int(res_id):
                    sent[field, model].add(int(res_id))
            elif field.type == 'many2one_reference' and isinstance(value, int):
                model = vals.get(field.model_field) or (self[field.model_field] if len(self) == 1 else None)
                if model in self.env:
                    sent[field, model].add(value)

    @api.model
    def _collect_sent_record(self, field, value, sent):
        comodel = self.env[field.comodel_name]
        if isinstance(value, (list, tuple)):
            value = value[0] if value else False
        if isinstance(value, models.BaseModel):
            value = value.id
        if isinstance(value, dict):
            comodel._collect_sent(value, comodel._get_sent_names(), sent)
            value = value.get('id')
        if isinstance(value, int) and value:
            sent[field, comodel._name].add(value)

    @api.model
    def _collect_sent_rows(self, field, value, sent):
        comodel = self.env[field.comodel_name]
        if isinstance(value, models.BaseModel):
            value = value.ids
        for command in value if isinstance(value, (list, tuple)) else ():
            if isinstance(command, dict):
                command = Command.create(command)
            if not isinstance(command, (list, tuple)):
                command = Command.link(command)
            operation, row_id, rest = (*command, None, None)[:3]
            if operation == Command.SET:
                sent[field, comodel._name].update(item for item in rest or () if isinstance(item, int))
            elif operation in (Command.UPDATE, Command.LINK) and isinstance(row_id, int):
                sent[field, comodel._name].add(row_id)
            if operation in (Command.CREATE, Command.UPDATE) and isinstance(rest, dict):
                comodel._collect_sent(rest, comodel._get_sent_names(), sent)

    # -- fields ---------------------------------------------------------------------------------

    @api.model
    def _get_sent_names(self):
        """:return: set of names of the fields by which a row of this model tells of others through this addon"""
        return set(self._fields) if self._original_module == ADDON else self._get_addon_names()

    @api.model
    @ormcache()
    def _get_addon_names(self):
        """:return: set of names of the fields of this addon, and of those on this model that they are made from"""
        names = {name for name, field in self._fields.items() if field._module == ADDON}
        todo = list(names)
        while todo:
            for path in self.pool.field_depends[self._fields[todo.pop()]]:
                name = path.partition('.')[0]
                if name in self._fields and name not in names:
                    names.add(name)
                    todo.append(name)
        return frozenset(names)

    @api.model
    def _is_addon_field(self, name):
        return name in self._fields and self._fields[name]._module == ADDON

    @api.model
    def _has_addon_fields(self, fields_spec):
        """:return: whether the specification of a form asks for fields of this addon, at whatever depth"""
        for name, spec in fields_spec.items():
            field = self._fields.get(name)
            if self._is_addon_field(name):
                return True
            if field and field.relational and (spec or {}).get('fields') and (
                    self.env[field.comodel_name]._has_addon_fields(spec['fields'])):
                return True
        return False

    @api.model
    def _leave_out_addon_fields(self, fields_spec):
        """:return: the specification without the fields of this addon"""
        kept = {}
        for name, spec in fields_spec.items():
            field = self._fields.get(name)
            if self._is_addon_field(name):
                continue
            if field and field.relational and (spec or {}).get('fields'):
                spec = {**spec, 'fields': self.env[field.comodel_name]._leave_out_addon_fields(spec['fields'])}
            kept[name] = spec
        return kept

    @api.model
    def _find_fields_behind(self, computed):
        """Whoever writes what a value is computed from writes that value, and no write of that value is seen.

        :param computed: set of pairs of the name of a model and of one of its fields
        :return: frozenset of the names of the fields of this model that one of them is computed from, at any distance
        """
        return frozenset(
            name for name, field in self._fields.items() if (field.store or field.inverse) and any(
                (other.model_name, other.name) in computed for other in self.pool.get_dependent_fields(field)))
