from odoo import api, models
from odoo.exceptions import AccessError
from odoo.tools import ormcache

# What waits to be printed by OdooBot, as whoever has left it there wants it: model → fields of the model, the id and
# the report of what is printed.
QUEUED_PRINTS = {'snailmail.letter': ('model', 'res_id', 'report_template')}


class Base(models.AbstractModel):
    """What a file holds, and what is printed for somebody, is told with the rights of that person.

    Some models of Odoo, which every employee writes, read as superuser the content of whatever file a row or a form
    names, or have OdooBot print whatever document a row names.
    """
    _inherit = 'base'

    def onchange(self, values, field_names, fields_spec):
        self._check_files_sent([values])
        return super().onchange(values, field_names, fields_spec)

    @api.model_create_multi
    def create(self, vals_list):
        self._check_files_sent(vals_list)
        records = super().create(vals_list)
        if self._name in QUEUED_PRINTS:
            records._check_queued_prints()
        return records

    def write(self, vals):
        self._check_files_sent([vals])
        result = super().write(vals)
        if not vals.keys().isdisjoint(QUEUED_PRINTS.get(self._name, ())):
            self._check_queued_prints()
        return result

    @api.model
    @ormcache()
    def _get_file_relations(self):
        """:return: frozenset of the names of the fields by which rows and forms of this model tell, as superuser, of
            files that they name"""
        paths = (
            field.related.split('.') for field in self._fields.values()
            if field.related and not field.store and field.compute_sudo and '.' in field.related)
        return frozenset(
            path[0] for path in paths if self._fields[path[0]].comodel_name == 'ir.attachment')

    def _check_files_sent(self, vals_list):
        """:raise AccessError: for values that name files which the person may not read, unless these rows do already"""
        names = not self.env.su and self._get_file_relations()
        if not names or not self.env['order.policy']._has_any_governed():
            return
        known = {name: set(self.sudo()[name].ids) for name in names}
        sent = [{name: value for name, value in vals.items() if name in names and value not in known[name]}
                for vals in vals_list]
        if unreadable := self._find_unreadable(sent, names):
            raise AccessError(self.env._(
                "You do not have access to the value of “%(field)s”: select another one, or ask your manager.",
                field=unreadable[0]._description_string(self.env)))

    def _check_queued_prints(self):
        """:raise AccessError: when a person lets something be printed that this person may not print"""
        if self.env.su or not self.env['order.policy']._has_any_governed():
            return
        for row in self.sudo():
            model, res_id, report = (row[name] for name in QUEUED_PRINTS[self._name])
            document = self.env[model].browse(res_id)
            document.check_access('read')
            if report:
                self.env['ir.actions.report']._check_report_access(report, document.ids)
