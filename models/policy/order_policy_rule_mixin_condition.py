from ast import literal_eval
from collections.abc import Iterable

from odoo import api, models
from odoo.exceptions import AccessError
from odoo.fields import Domain

_NESTED = ('any', 'not any', 'any!', 'not any!')


class OrderPolicyRuleMixin(models.AbstractModel):
    """Conditions ask for nothing that their writer may not read.

    They are evaluated as superuser: which orders match would tell of fields that are hidden from who writes them.
    """
    _inherit = 'order.policy.rule.mixin'

    @api.model
    def _get_field_choices(self):
        """:return: list of names of the fields in which the rule names fields of other models"""
        return [name for name, field in self._fields.items() if field.comodel_name == 'ir.model.fields']

    def _check_condition_readable(self, names):
        """Asked of the writer, whatever ``env.su`` is, and not again of who copies a rule, as a new version does.

        :param names: the fields that have been written
        :raise AccessError: if a condition goes by what the person may not read
        """
        if self.env.user._is_superuser():
            return
        for name in self._get_condition_models().keys() & names:
            for text, rules in self.sudo().grouped(name).items():
                if not rules._is_known_elsewhere(name, text) and (
                        label := rules[0]._find_unreadable_in_condition(name)):
                    raise self._get_condition_error(label, rules[0])
        for name in set(self._get_field_choices()) & names:
            for rule in self.sudo():
                for chosen in rule[name]:
                    if not self._is_readable_field(chosen.model, chosen.name) and not rule._is_known_elsewhere(
                            name, chosen.id):
                        raise self._get_condition_error(chosen.field_description, rule)

    def _get_condition_error(self, label, rule):
        return AccessError(self.env._(
            "“%(rule)s” uses “%(field)s”, which you do not have access to: select another field, or ask a user with "
            "access to enter the condition.", field=label, rule=rule.display_name))

    def _is_known_elsewhere(self, name, value):
        """:return: whether another rule that the person may read has this value: then its writer has been asked"""
        others = self.sudo(False).with_context(active_test=False)
        return bool(others.search_count([(name, 'in', [value]), ('id', 'not in', self.ids)], limit=1))

    def _find_unreadable_in_condition(self, name):
        """What the person may not read of what a condition goes by, along the whole path of each of its fields.

        :param name: the field of this rule that holds the text of the condition
        :return: the label of the first such field or model, None if there is none
        """
        self.ensure_one()
        text = (self[name] or '').strip()
        if not text or self.env.user._is_superuser():
            return None
        return self._find_unreadable_term(self._get_condition_models()[name], Domain(literal_eval(text)))

    @api.model
    def _find_unreadable_term(self, model, domain):
        """:return: the label of what the person may not read in a Domain on a model, None if there is nothing"""
        for condition in domain.iter_conditions():
            label, field = self._find_unreadable_step(model, condition.field_expr)
            if label:
                return label
            if field is None:
                continue
            if condition.operator in _NESTED:
                if label := self._find_unreadable_term(field.comodel_name, Domain(condition.value)):
                    return label
            elif self._names_unreadable(field, condition.value):
                return field._description_string(self.env)
        return None

    @api.model
    def _find_unreadable_step(self, model, path):
        """:return: pair of the label of the first field of a path that the person may not read, or None, and the last
            field of the path, None where there is no such field"""
        field = None
        for name in path.split('.'):
            if not model or name not in self.env[model]._fields:
                # A part of a date, or nothing that can be read at all.
                break
            field = self.env[model]._fields[name]
            if not self._is_readable_field(model, name):
                return field._description_string(self.env), field
            model = field.comodel_name
            if field.type in ('one2many', 'many2many') and not self.env[model].sudo(False).has_access('read'):
                # Whether there are any is told by who may read them only.
                return field._description_string(self.env), field
        return None, field

    @api.model
    def _is_readable_field(self, model, name):
        """:return: whether the person may read this field, asked of ``env.user``"""
        records = self.env[model].sudo(False)
        return records.has_access('read') and records._has_field_access(records._fields[name], 'read')

    @api.model
    def _names_unreadable(self, field, value):
        """:return: whether the value of a condition names records that the person may not read: the printed policy
            tells their names"""
        comodel = field.comodel_name or (field.model_name if field.name == 'id' else None)
        if not comodel or isinstance(value, (str, bool)):
            return False
        values = [value] if isinstance(value, int) else value if isinstance(value, Iterable) else ()
        ids = [item for item in values if isinstance(item, int) and not isinstance(item, bool)]
        records = self.env[comodel].sudo().browse(ids).exists().sudo(False)
        return len(records._filtered_access('read')) < len(records)
